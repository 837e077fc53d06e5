"""The plan of the year, and one planned round with what can be done about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, TypeVar

from fastapi import APIRouter, Path, Request, Response

from api.context import At, Desk
from api.pages.forms import Failed, Filled, Form, attempt, reading
from api.render import go, page
from api.v1.plan import MoveBody, PrepareBody, ResumeBody, StopBody, visible_plan, workbook
from casework import plans
from casework.actor import OFFICE
from casework.definitions import published
from casework.eligible import eligible, to_choose
from casework.yearplan import PlanProcess, year_plan
from db.queries.plans import named, office_accounts, planned_soon
from process.recurrence import in_words
from process.vocabulary import PlanStatus
from process.yearplan import month_span

router = APIRouter()
T = TypeVar("T")
Year = Annotated[int, Path(ge=2000, le=2100)]
SOON = 30
"""Days of which the page tells what begins."""
FEW = 200
"""Subjects up to which they are ticked one by one; beyond, their names are written."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What one month of one process shows."""

    launches: int
    on_site: bool
    under_way: bool
    due: tuple[str, ...]


@router.get("/plan")
def this_year(at: At) -> Response:
    """The plan of the year that it is."""
    at.office()
    return go(f"/plan/{at.today.year}")


@router.get("/plan/{year}.xlsx")
def sheet(year: Year, at: At) -> Response:
    """The plan as a spreadsheet."""
    at.office()
    return workbook(at, year)


@router.get("/plan/{year}")
def plan(request: Request, year: Year, at: At) -> Response:
    """The year by month."""
    at.office()
    found = year_plan(at.session, at.today, year)
    return page(
        request,
        "plan.html",
        actor=at.actor,
        plan=found,
        cells={process.name: _cells(process, year) for process in found.processes},
        names=named(at.session, sorted({subject for clash in found.clashes for subject in clash.subjects})),
        soon=planned_soon(at.session, at.today + timedelta(days=SOON)),
        days=SOON,
        today=at.today,
    )


def _cells(process: PlanProcess, year: int) -> list[Cell]:
    counted = [one for one in process.rounds if one.status != PlanStatus.STOPPED]
    cells = []
    for month in range(1, 13):
        first, last = month_span(year, month)
        here = [span for one in counted for span in one.spans if span.starts_on <= last and span.due_on >= first]
        ending = [span.title for span in here if first <= span.due_on <= last]
        cells.append(
            Cell(
                launches=sum(first <= one.launch_on <= last for one in counted),
                on_site=any(span.on_site_days for span in here),
                under_way=bool(here),
                due=tuple(dict.fromkeys(ending)),
            )
        )
    return cells


@router.get("/planned/{plan_id}")
def one(request: Request, plan_id: int, at: At) -> Response:
    """One planned round."""
    return _one(request, at, plan_id, None)


def _one(request: Request, at: Desk, plan_id: int, failed: Failed | None) -> Response:
    row = visible_plan(at, plan_id)
    process = published(at.session, row.process_name)
    waiting = row.status in plans.WAITING
    candidates = eligible(at.session, process, row.launch_on, plans.term_end_month(process, row.occurrence))
    chosen = candidates if row.subject_ids is None else row.subject_ids
    shown = list(dict.fromkeys([*candidates, *chosen])) if len(candidates) <= FEW else chosen
    return page(
        request,
        "planned.html",
        status=failed.error.status if failed else 200,
        actor=at.actor,
        row=row,
        process=process,
        recurs=in_words(process.recurrence) if process.recurrence else "",
        waiting=waiting,
        may_act=at.actor.role in OFFICE,
        candidates=len(candidates),
        chosen=set(chosen),
        subjects=named(at.session, shown[:FEW]) if shown else {},
        few=len(candidates) <= FEW,
        to_choose=to_choose(process, len(candidates)) if row.subject_ids is None else 0,
        coordinators=office_accounts(at.session),
        failed=failed,
    )


@router.post("/planned/{plan_id}/stop")
def stop(request: Request, plan_id: int, form: Form) -> Response:
    """It will not begin."""

    def work(at: Desk) -> int:
        body = StopBody.model_validate({"reason": form.get("reason"), "series": form.get("series") == "yes"})
        return plans.stop(at.session, at.actor, at.now, plan_id, reason=body.reason, series=body.series)

    def said(n: int) -> Response:
        return go(f"/planned/{plan_id}", f"已停止{n}轮" if n > 1 else "已停止")

    return _deed(request, "stop", plan_id, form, work, said)


@router.post("/planned/{plan_id}/resume")
def resume(request: Request, plan_id: int, form: Form) -> Response:
    """It is planned again."""

    def work(at: Desk) -> None:
        body = ResumeBody.model_validate({"launch_on": form.get("launch_on")})
        plans.resume(at.session, at.actor, at.now, plan_id, launch_on=body.launch_on)

    return _deed(request, "resume", plan_id, form, work, lambda _: go(f"/planned/{plan_id}", "已恢复排期"))


@router.post("/planned/{plan_id}/move")
def move(request: Request, plan_id: int, form: Form) -> Response:
    """Another day."""

    def work(at: Desk) -> None:
        body = MoveBody.model_validate({"launch_on": form.get("launch_on"), "reason": form.get("reason")})
        plans.move(at.session, at.actor, at.now, plan_id, launch_on=body.launch_on, reason=body.reason)

    return _deed(request, "move", plan_id, form, work, lambda _: go(f"/planned/{plan_id}", "已改期"))


@router.post("/planned/{plan_id}/prepare")
def prepare(request: Request, plan_id: int, form: Form) -> Response:
    """Its subjects, and who looks after it."""

    def work(at: Desk) -> None:
        body = PrepareBody.model_validate({"subject_ids": _chosen(form), **form.given("coordinator_id")})
        plans.prepare(
            at.session,
            at.actor,
            at.now,
            plan_id,
            subject_ids=body.subject_ids,
            coordinator_id=body.coordinator_id,
        )

    return _deed(request, "prepare", plan_id, form, work, lambda _: go(f"/planned/{plan_id}", "已保存"))


def _chosen(form: Filled) -> list[str] | None:
    """What was ticked or written, unless all are to be taken."""
    if form.get("whom") != "chosen":
        return None
    return [*form.several.get("subject_ids", []), *form.get("names").replace("、", "\n").splitlines()]


@router.post("/planned/{plan_id}/launch")
def launch(request: Request, plan_id: int, form: Form) -> Response:
    """Begin it now."""
    return _deed(
        request,
        "launch",
        plan_id,
        form,
        lambda at: plans.launch_now(at.session, at.actor, at.now, plan_id),
        lambda id_: go(f"/rounds/{id_}", "轮次已启动，通知已进入各督导对象的收件箱"),
    )


def _deed(
    request: Request, name: str, plan_id: int, form: Filled, work: Callable[[Desk], T], said: Callable[[T], Response]
) -> Response:
    """Do something with a planned round; a form that is refused is shown again."""
    return attempt(
        request, name, form, work, said, lambda failed: reading(request, lambda at: _one(request, at, plan_id, failed))
    )
