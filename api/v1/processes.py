"""Process definitions."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.bodies import DefinitionBody
from api.context import At
from api.v1.answers import READ
from casework.definitions import newest, published
from process.definition import Process, parse_process

router = APIRouter(prefix="/processes", tags=["督导事项"])


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


@router.post("/check", summary="校验督导事项定义", responses=READ)
def check(body: DefinitionBody, at: At) -> Checked:
    """校验一份定义：环节可达、结果有去向、阶梯由低到高等；不合格返回 invalid_definition 并指明位置。不保存。"""
    at.office()
    process = parse_process(json.dumps(body.text()))
    return Checked(
        name=process.name,
        version=process.version,
        title=process.title,
        stages=[stage.title for stage in process.stages],
    )


@router.get("/{name}", summary="一项督导事项", responses=READ)
def one(name: str, at: At, version: Annotated[int | None, Query(description="版本；不填为最新")] = None) -> Process:
    """一项督导事项的定义。"""
    return published(at.session, name, version)
