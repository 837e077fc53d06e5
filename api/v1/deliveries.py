"""The delivery report: what became of everything said to the districts in a round."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.bodies import ServedBody
from api.context import At, Desk, Paging
from api.v1.answers import READ, WRITE
from api.v1.rounds import visible_round
from casework.inbox import serve
from casework.load import round_process
from db.queries.deliveries import Figures, KindFigures, Lack, NoticeReport, notice_report, summed
from db.queries.deliveries import delivery_figures as find_figures
from db.queries.deliveries import delivery_report as find_notices
from db.queries.rows import Page, Window
from process.errors import NotFound
from process.vocabulary import NoticeKind

router = APIRouter(tags=["待办与通知"])


class DeliveryReport(BaseModel):
    """The figures of the chosen kind and subject, and the notices themselves."""

    figures: Figures = Field(description="合计；不随 lack 变化")
    by_kind: list[KindFigures] = Field(description="分种类，不随 kind 和 lack 变化")
    notices: Page[NoticeReport]


def report(
    at: Desk, round_id: int, window: Window, lack: Lack | None, kind: NoticeKind | None, subject_id: str | None
) -> DeliveryReport:
    """The report of a round that is seen; about persons only for who keeps the rosters."""
    at.keepers(round_process(at.session, round_id).subjects)
    by_kind = find_figures(at.session, round_id, subject_id=subject_id)
    notices = find_notices(at.session, round_id, window, lack=lack, kind=kind, subject_id=subject_id)
    figures = summed(row for row in by_kind if kind in (None, row.kind))
    return DeliveryReport(figures=figures, by_kind=by_kind, notices=notices)


@router.get("/rounds/{round_id}/notices", summary="送达情况", responses=READ)
def of_round(
    round_id: int,
    at: At,
    window: Paging,
    lack: Annotated[Lack | None, Query(description="只看未送达、未打开或未签收的")] = None,
    kind: Annotated[NoticeKind | None, Query(description="通知种类")] = None,
    subject_id: Annotated[str | None, Query(description="督导对象")] = None,
) -> DeliveryReport:
    """一个轮次发给各督导对象的每份通知：经何渠道、何时交付、对方如何答复、何时打开、何时由谁签收。"""
    at.office()
    visible_round(at, round_id)
    return report(at, round_id, window, lack, kind, subject_id)


@router.get("/notices/{notice_id}/deliveries", summary="一份通知的送达情况", responses=READ)
def of_notice(notice_id: int, at: At) -> NoticeReport:
    """一份通知在各渠道的发送、打开和签收；区县看不到。"""
    found = notice_report(at.session, notice_id, sight=at.sight) if at.only is None else None
    if found is None:
        raise NotFound("通知")
    return found


def served(at: Desk, notice_id: int, body: ServedBody) -> NoticeReport:
    """Write down that it was handed over, and how."""
    serve(at.session, at.actor, at.now, notice_id, how=body.how)
    found = notice_report(at.session, notice_id)
    if found is None:
        raise NotFound("通知")
    return found


@router.post("/notices/{notice_id}/service", summary="登记送达", responses=WRITE)
def write_service(notice_id: int, body: ServedBody, at: At) -> NoticeReport:
    """邮件以外的送达（当面、邮寄、留置），由督导室登记；对方的权利自此起算，已签收的不能再登记。"""
    return served(at, notice_id, body)
