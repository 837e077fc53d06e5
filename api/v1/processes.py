"""Process definitions."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from api.bodies import DefinitionBody, FormBody, RehearsedBody
from api.context import At
from api.processes import Rehearsal, rehearsal, written
from api.v1.answers import READ, WRITE
from casework.definitions import install, newest, published
from db.queries.processes import VersionRow, versions
from process.definition import Process
from process.form.check import installable
from process.form.schema import form_schema

router = APIRouter(prefix="/processes", tags=["督导事项"])

Version = Annotated[int | None, Query(description="版本；不填为最新")]


class Checked(BaseModel):
    """A definition that is sound."""

    name: str
    version: int
    title: str
    stages: list[str] = Field(description="环节，依次")


@router.get("", summary="督导事项列表", responses=READ)
def processes(at: At) -> list[Process]:
    """各督导事项最新版本的完整定义：环节、期限、材料、办理结果、阶梯。"""
    return newest(at.session)


@router.get("/schema", summary="督导事项的 JSON Schema")
def schema() -> dict[str, Any]:
    """定义（YAML 或 JSON）的 JSON Schema，供编辑器提示和校验；不须登录。"""
    return form_schema()


@router.get("/versions", summary="督导事项的各版本", responses=READ)
def all_versions(at: At) -> list[VersionRow]:
    """已发布的全部版本：自带的还是安装的、何人何时、启动过几个轮次。"""
    at.office()
    return versions(at.session)


@router.post("/check", summary="校验督导事项定义", responses=READ)
def check(body: DefinitionBody, at: At) -> Checked:
    """校验一份定义（JSON，或 yaml 一项中的文本）：不合格返回 invalid_definition，problems 列出全部问题及行。"""
    at.office()
    return _checked(installable(body.form()))


@router.post("/preview", summary="预演督导事项定义", responses=READ)
def preview(body: RehearsedBody, at: At) -> Rehearsal:
    """从某日启动，主线各环节的办理人、到期日和催督办日期，以及流程图。不保存。"""
    at.office()
    return rehearsal(at, installable(body.yaml), body.start)


@router.post("", summary="安装督导事项", status_code=201, responses=WRITE)
def add(body: FormBody, at: At) -> Checked:
    """作为新版本发布，此后不可更改；自带事项的标识不能用。须由管理员办理。"""
    return _checked(install(at.session, at.actor, at.now, body.yaml))


@router.get("/{name}", summary="一项督导事项", responses=READ)
def one(name: str, at: At, version: Version = None) -> Process:
    """一项督导事项的定义。"""
    return published(at.session, name, version)


@router.get(
    "/{name}/yaml",
    summary="一项督导事项的 YAML",
    responses={**READ, 200: {"content": {"application/yaml": {}}, "description": "YAML 文本"}},
)
def text(name: str, at: At, version: Version = None) -> Response:
    """一项督导事项的 YAML：安装时的原文，或由定义写成；改了标识和版本即可作为新事项安装。"""
    at.office()
    return yaml_file(written(at, published(at.session, name, version)), name)


@router.get("/{name}/preview", summary="预演一项督导事项", responses=READ)
def preview_one(
    name: str,
    at: At,
    version: Version = None,
    start: Annotated[date | None, Query(description="启动之日；不填则为今天")] = None,
) -> Rehearsal:
    """从某日启动，主线各环节的办理人、到期日和催督办日期，以及流程图。"""
    at.office()
    return rehearsal(at, published(at.session, name, version), start)


def yaml_file(content: str, name: str) -> Response:
    """A form to be kept as a file."""
    headers = {"content-disposition": f'attachment; filename="{name}.yaml"'}
    return Response(content.encode(), media_type="application/yaml", headers=headers)


def _checked(process: Process) -> Checked:
    return Checked(
        name=process.name,
        version=process.version,
        title=process.title,
        stages=[stage.title for stage in process.stages],
    )
