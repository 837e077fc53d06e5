"""送达情况: the delivery report of a round."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from api.bodies import ServedBody
from api.context import At, Desk
from api.pages.forms import Failed, Form, attempt, reading
from api.render import go, page
from api.v1.deliveries import report, served
from api.v1.rounds import visible_round
from casework.actor import OFFICE
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
    return _report(request, at, round_id, {"lack": lack, "kind": kind, "subject_id": subject_id}, offset, None)


@router.post("/rounds/{round_id}/notices/{notice_id}/service")
def write_service(request: Request, round_id: int, notice_id: int, form: Form) -> Response:
    """Write down that a notice was handed over by other means."""
    cut = {name: form.get(name) for name in ("lack", "kind", "subject_id")}
    chosen = {name: value for name, value in cut.items() if value}
    here = f"/rounds/{round_id}/notices" + (f"?{urlencode(chosen)}" if chosen else "")
    return attempt(
        request,
        f"service-{notice_id}",
        form,
        lambda at: served(at, notice_id, ServedBody(how=form.get("how"))),
        lambda _: go(here, "送达已登记"),
        lambda failed: reading(request, lambda at: _report(request, at, round_id, cut, 0, failed)),
    )


def _report(
    request: Request, at: Desk, round_id: int, cut: dict[str, str], offset: int, failed: Failed | None
) -> Response:
    at.office()
    row = visible_round(at, round_id)
    for name, words in (("lack", set(Lack)), ("kind", set(NoticeKind))):
        if cut[name] and cut[name] not in words:
            raise InvalidInput("没有这种筛选", field=name)
    found = report(
        at,
        round_id,
        Window(50, offset),
        Lack(cut["lack"]) if cut["lack"] else None,
        NoticeKind(cut["kind"]) if cut["kind"] else None,
        cut["subject_id"] or None,
    )
    return page(
        request,
        "deliveries.html",
        status=failed.error.status if failed else 200,
        actor=at.actor,
        failed=failed,
        round=row,
        report=found,
        cut=cut,
        serving=at.actor.role in OFFICE,
        lacks=[
            (Lack.UNDELIVERED, found.figures.undelivered),
            (Lack.UNOPENED, found.figures.queued - found.figures.opened),
            (Lack.UNSIGNED, found.figures.unsigned),
        ],
        subjects=round_subjects(at.session, round_id, MOST),
    )
