"""Titles: who holds them, by which decision; entering, describing and revoking them; a batch that fails as one."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from api.bodies import Body, Made
from api.context import At, Paging
from api.v1.answers import READ, WRITE
from casework.recognitions import describe_title, end_batch, enter_title, revoke_title
from db.queries.recognitions import TitleRow, titles
from db.queries.rows import Page

router = APIRouter(tags=["称号"])


class DecisionBody(Body):
    """The decision from above that granted a title."""

    granted_on: date = Field(description="授予的日期", examples=["2025-03-10"])
    document: str = Field(min_length=1, max_length=200, description="认定文件", examples=["教督函〔2025〕3号"])


class TitleBody(DecisionBody):
    """A title granted before this system followed it."""

    process_name: str = Field(description="督导事项", examples=["balanced-education"])
    subject_id: str = Field(description="督导对象", examples=["CQ-500106"])
    batch: int | None = Field(default=None, ge=2000, le=2100, description="申报年度；不填则为授予的年度")


class RevocationBody(Body):
    """Why a title is lost."""

    reason: str = Field(min_length=1, max_length=2000, description="理由", examples=["监测复查主要指标严重下降"])
    revoked_on: date | None = Field(default=None, description="取消的日期；不填则为今天")


class BatchBody(Body):
    """Why the batch is ended."""

    reason: str = Field(min_length=1, max_length=2000, description="理由", examples=["抽查区县未达到标准"])


@router.get("/recognitions", summary="称号", responses=READ)
def held(
    at: At,
    window: Paging,
    process: Annotated[str | None, Query(description="督导事项")] = None,
    held: Annotated[bool | None, Query(description="只看现有的，或只看已取消的")] = None,
) -> Page[TitleRow]:
    """各督导对象的称号、认定文件和最近一次监测复查；区县只见自己的。"""
    return titles(at.session, window, only=at.only, process=process, held=held)


@router.post("/recognitions", summary="补登称号", status_code=201, responses=WRITE)
def enter(body: TitleBody, at: At) -> Made:
    """登记本系统启用之前授予的称号；认定任务办结时的称号自动登记。"""
    return Made(id=enter_title(at.session, at.actor, at.now, **body.model_dump()).id or 0)


@router.put("/recognitions/{recognition_id}", summary="登记认定文件", responses=WRITE)
def describe(recognition_id: int, body: DecisionBody, at: At) -> Made:
    """登记上级认定文件的日期和文号。"""
    describe_title(at.session, at.actor, at.now, recognition_id, **body.model_dump())
    return Made(id=recognition_id)


@router.post("/recognitions/{recognition_id}/revoke", summary="取消称号", responses=WRITE)
def revoke(recognition_id: int, body: RevocationBody, at: At) -> Made:
    """由督导室负责人写明理由登记；通知该督导对象。"""
    revoke_title(at.session, at.actor, at.now, recognition_id, **body.model_dump())
    return Made(id=recognition_id)


@router.post("/rounds/{round_id}/end-batch", summary="本批次终止", responses=WRITE)
def end(round_id: int, body: BatchBody, at: At) -> list[int]:
    """国家终止本年对全市的认定：已推荐的督导对象全部以「未通过认定」办结；返回各任务的编号。只用于按批次整体认定的事项。"""
    return end_batch(at.session, at.actor, at.now, round_id, reason=body.reason)
