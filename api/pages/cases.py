"""The page of one case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter, Request, Response

from api.context import SOON, At, Desk
from api.pages.abilities import abilities
from api.pages.case_forms import FORMS
from api.pages.extras import extras
from api.pages.forms import Failed, Form, attempt, reading
from api.render import go, page
from api.titles import distance, light_of
from api.todo import basis, if_late
from api.v1.cases import download, visible_case, visible_document
from casework.measures import MEASURES
from db.queries.case_file import CaseFile, EventRow
from db.queries.lines import Light
from process.definition import Process
from process.errors import NotFound, StaleVersion
from process.vocabulary import CaseStatus, FindingSource

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the case stands, for the head of the page."""

    title: str
    asks: str
    owner: str
    due_on: date
    provisional: bool
    distance: str
    light: Light | None
    basis: str
    if_late: str
    attempt: int
    deliverables: list[str]


@router.get("/cases/{case_id}")
def one(request: Request, case_id: int, at: At) -> Response:
    """Where a case stands, what may be done, and everything in its file."""
    return _one(request, at, case_id, None)


def _one(request: Request, at: Desk, case_id: int, failed: Failed | None) -> Response:
    file, process = visible_case(at, case_id)
    return page(
        request,
        "case.html",
        status=failed.error.status if failed else 200,
        actor=at.actor,
        file=file,
        case=file.case,
        process=process,
        measures=MEASURES,
        stages={stage.key: stage.title for stage in process.stages},
        standing=_standing(at, file, process),
        can=abilities(at, file, process),
        more=extras(at, file, process),
        sources=list(FindingSource),
        changes=_changes(file, failed),
        deliveries=at.keeps(process.subjects),
        today=at.today,
        failed=failed,
    )


def _standing(at: Desk, file: CaseFile, process: Process) -> Standing | None:
    item = file.item
    if item is None:
        return None
    stage = process.stage(item.stage)
    running = file.case.status is CaseStatus.OPEN
    soon = at.calendar.add_working_days(at.today, SOON)
    return Standing(
        title=stage.title,
        asks=stage.asks,
        owner=stage.owner.title_zh,
        due_on=item.due_on,
        provisional=item.provisional,
        distance=distance(item.due_on, at.today, at.calendar) if running else "中止期间停计期限",
        light=light_of(item.due_on, at.today, soon) if running else None,
        basis=basis(stage, item.attempt),
        if_late=if_late(process, stage, item.due_on, at.today, at.calendar) if running else "",
        attempt=item.attempt,
        deliverables=[d.title if d.required else f"{d.title}（可选）" for d in stage.deliverables],
    )


def _changes(file: CaseFile, failed: Failed | None) -> list[EventRow]:
    """What happened since the version a failed form had seen."""
    if failed is None or not isinstance(failed.error, StaleVersion):
        return []
    seen = failed.typed.get("version")
    since = int(seen) if seen.isascii() and seen.isdigit() else 0
    return [event for event in file.history if event.case_version is not None and event.case_version > since]


@router.post("/cases/{case_id}/{deed}")
def do(request: Request, case_id: int, deed: str, form: Form) -> Response:
    """One of the forms of the page."""
    if deed not in FORMS:
        raise NotFound("地址不存在")
    act, said = FORMS[deed]
    return attempt(
        request,
        deed,
        form,
        lambda at: act(at, case_id, form),
        lambda _: go(f"/cases/{case_id}", said),
        lambda failed: reading(request, lambda at: _one(request, at, case_id, failed)),
    )


@router.get("/documents/{document_id}")
def get_document(document_id: int, at: At) -> Response:
    """Download a document."""
    return download(visible_document(at, document_id))
