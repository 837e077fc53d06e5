"""Errors as answers: ``application/problem+json`` for programs, a page for people."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import BaseModel, Field, ValidationError
from sqlalchemy.exc import DataError, InterfaceError, OperationalError
from starlette.exceptions import HTTPException

from api.render import page
from process.errors import DudaoError, FileTooLarge, InvalidInput, NotFound, NotSignedIn

log = logging.getLogger(__name__)


class Place(BaseModel):
    """One of several things wrong with a text."""

    line: int | None = Field(description="第几行（从1起）；不是文本的没有行号")
    where: str = Field(description="哪一项", examples=["stages.report.period"])
    says: str = Field(description="违反了什么规则")


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str = Field(description="错误种类的标识", examples=["/errors/stale_version"])
    title: str = Field(description="错误说明", examples=["此任务刚被他人办理过，请看过最新情况再办"])
    status: int = Field(description="HTTP 状态码", examples=[409])
    code: str = Field(description="错误代码", examples=["stale_version"])
    detail: str | None = Field(default=None, description="这一次的具体情况", examples=["您看到的是第3版，现在是第4版"])
    field: str | None = Field(default=None, description="不符合要求的那一项")
    problems: list[Place] | None = Field(default=None, description="督导事项定义的全部问题")


class InternalError(DudaoError):
    """系统内部出错，已记录，请稍后再试"""

    code = "internal_error"
    status = 500


class Unavailable(DudaoError):
    """数据库暂时不可用，请稍后再试"""

    code = "unavailable"
    status = 503


class MethodNotAllowed(DudaoError):
    """这个地址不支持这种请求方法"""

    code = "method_not_allowed"
    status = 405


_SAID = {
    "missing": "必须填写",
    "string_too_short": "至少{min_length}个字",
    "string_too_long": "至多{max_length}个字",
    "too_short": "至少{min_length}项",
    "too_long": "至多{max_length}项",
    "greater_than_equal": "不能小于{ge}",
    "less_than_equal": "不能大于{le}",
    "greater_than": "须大于{gt}",
    "less_than": "须小于{lt}",
    "enum": "须是{expected}之一",
    "literal_error": "须是{expected}之一",
    "extra_forbidden": "没有这一项",
    "json_invalid": "不是有效的 JSON",
    "string_type": "须是文字",
    "list_type": "须是列表",
    "dict_type": "须是对象",
    "model_attributes_type": "须是对象",
    "model_type": "须是对象",
    "timezone_aware": "须写明时区",
}
_KINDS = (
    ("int", "须是整数"),
    ("float", "须是数字"),
    ("bool", "须是是或否"),
    ("datetime", "不是有效的时间（应如 2022-05-13T15:00:00+08:00）"),
    ("date", "不是有效的日期（应如 2022-05-13）"),
)
_PLACES = ("body", "query", "path", "header", "cookie")


def invalid(
    errors: Sequence[Mapping[str, Any]], named: Callable[[Sequence[str | int]], str] | None = None
) -> InvalidInput:
    """The first of pydantic's errors, in Chinese. ``named`` says how people call a field; programs know its key."""
    first = errors[0]
    where = [str(part) for part in first["loc"]]
    field = ".".join(where[1:] if where and where[0] in _PLACES else where)
    kind = str(first["type"])
    said = _SAID.get(kind) or next((words for prefix, words in _KINDS if kind.startswith(prefix)), str(first["msg"]))
    words = said.format_map({"expected": "", **first.get("ctx", {})}).removeprefix("Value error, ")
    called = named(first["loc"]) if named else field
    return InvalidInput(f"{called}：{words}" if called else words, field=field or None)


def problem(error: DudaoError) -> JSONResponse:
    """An error as problem+json."""
    content = Problem(
        type=f"/errors/{error.code}",
        title=error.message,
        status=error.status,
        code=error.code,
        detail=error.detail,
        field=error.field,
        problems=[Place(**each._asdict()) for each in error.context.get("problems", ())] or None,
    ).model_dump(exclude=None if "problems" in error.context else {"problems"})
    return JSONResponse(content, error.status, media_type="application/problem+json")


def answer(request: Request, error: DudaoError) -> Response:
    """An error as whoever asks can read it."""
    if request.url.path.startswith("/api/"):
        return problem(error)
    if isinstance(error, NotSignedIn):
        back = request.url.path if request.method == "GET" else "/"
        return RedirectResponse(f"/sign-in?next={back}", 303)
    return page(request, "error.html", status=error.status, error=error)


def install(app: FastAPI) -> None:
    """Give the application its error handlers."""

    @app.exception_handler(DudaoError)
    async def business(request: Request, error: DudaoError) -> Response:
        return answer(request, error)

    @app.exception_handler(RequestValidationError)
    async def unreadable(request: Request, error: RequestValidationError) -> Response:
        return answer(request, invalid(error.errors()))

    @app.exception_handler(ValidationError)
    async def unfit(request: Request, error: ValidationError) -> Response:
        log.exception("a row did not fit its model", exc_info=error)
        return answer(request, InternalError())

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        match error.status_code:
            case 404:
                return answer(request, NotFound("地址不存在"))
            case 405:
                return answer(request, MethodNotAllowed())
            case 413:
                return answer(request, FileTooLarge(field="file"))
            case _:
                return answer(request, InvalidInput("提交的内容无法读取"))

    @app.exception_handler(DataError)
    async def unstorable(request: Request, error: DataError) -> Response:
        return answer(request, InvalidInput("含有不能保存的字符或超出范围的数"))

    @app.exception_handler(OperationalError)
    @app.exception_handler(InterfaceError)
    async def no_database(request: Request, error: Exception) -> Response:
        log.error("the database did not answer", exc_info=error)
        return answer(request, Unavailable())

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> Response:
        log.error("%s %s failed", request.method, request.url.path, exc_info=error)
        return answer(request, InternalError())
