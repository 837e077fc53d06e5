"""送达情况: the delivery report of a round."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.context import At
from api.render import page
from api.v1.deliveries import report
from api.v1.rounds import visible_round
from db.queries.deliveries import Lack, round_subjects
from db.queries.rows import MOST, Window
from process.errors import InvalidInput
from process.vocabulary import NoticeKind

router = APIRouter()


@router.get("/rounds/{round_id}/notices")
def of_round(
    request: Request,
    round_id: int,
    at: At,
    lack: str = "",
    kind: str = "",
    subject_id: str = "",
    offset: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """Every notice of a round to the districts, and what became of it."""
    at.office()
    row = visible_round(at, round_id)
    for name, value, words in (("lack", lack, set(Lack)), ("kind", kind, set(NoticeKind))):
        if value and value not in words:
            raise InvalidInput("没有这种筛选", field=name)
    found = report(
        at,
        round_id,
        Window(50, offset),
        Lack(lack) if lack else None,
        NoticeKind(kind) if kind else None,
        subject_id or None,
    )
    return page(
        request,
        "deliveries.html",
        actor=at.actor,
        round=row,
        report=found,
        cut={"lack": lack, "kind": kind, "subject_id": subject_id},
        lacks=[
            (Lack.UNDELIVERED, found.figures.undelivered),
            (Lack.UNOPENED, found.figures.queued - found.figures.opened),
            (Lack.UNSIGNED, found.figures.unsigned),
        ],
        subjects=round_subjects(at.session, round_id, MOST),
    )
