"""How errors are described to programs."""

from __future__ import annotations

from typing import Any

from api.problems import Problem

_SAID = {
    401: "未登录或登录已过期",
    403: "岗位不能办理此事，或请求不是从本系统页面发出",
    404: "没有找到（包括别的区县的任务）",
    409: "版本过时，或当前状态不能这样办理",
    413: "文件过大",
    415: "不接受的文件类型",
    422: "填写的内容不符合要求",
}


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The error answers of an operation."""
    return {
        status: {"model": Problem, "description": _SAID[status], "content": {"application/problem+json": {}}}
        for status in (401, *statuses)
    }


READ = errors(403, 404, 422)
WRITE = errors(403, 404, 409, 422)
