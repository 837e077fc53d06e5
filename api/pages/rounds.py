"""Rounds: the list with the launch form, and one round's board with the draw form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from api.bodies import Body, DrawBody, LaunchBody
from api.context import At, Desk
from api.pages.forms import Failed, Filled, Form, attempt, reading
from api.pages.round_more import more_of_round
from api.render import go, page
from api.titles import processes_of, titled_lines
from api.v1.rounds import visible_round
from casework.actor import OFFICE
from casework.bulletins import report_results
from casework.definitions import newest
from casework.eligible import eligible, resolved
from casework.launch import launch
from casework.registry.choosing import Choice, described
from casework.registry.kinds import IN_COLLEGES, IN_SCHOOLS
from casework.roster import subjects_valid_on
from casework.sampling import draw_sample
from db.queries import lines
from db.queries.lines import Light
from db.queries.plans import named
from db.queries.rounds import draw_record
from db.queries.rounds import rounds as find_rounds
from db.queries.rows import MOST, Window
from process.definition import Condition, Process
from process.errors import InvalidInput
from process.recurrence import round_title
from process.vocabulary import SchoolStage, SubjectKind

router = APIRouter()

FEW = 200
"""Subjects that are ticked on the page; more are named, or all taken."""


@router.get("/rounds")
def rounds(request: Request, at: At, process: str = "", offset: Annotated[int, Query(ge=0)] = 0) -> Response:
    """The rounds, and for the office the launch form."""
    return _rounds(request, at, process, offset, None)


def _rounds(request: Request, at: Desk, process: str, offset: int, failed: Failed | None) -> Response:
    found = find_rounds(at.session, at.today, sight=at.sight, window=Window(50, offset))
    office = at.actor.role in OFFICE
    known = [p for p in newest(at.session) if p.launch_letter is not None] if office else []
    known.sort(key=lambda p: (not p.item, p.item, p.title))
    flagship = next((p for p in known if p.sample_size), known[0] if known else None)
    chosen = next((p for p in known if p.name == process), flagship)
    candidates = eligible(at.session, chosen, at.today) if chosen else []
    return page(
        request,
        "rounds.html",
        status=failed.error.status if failed else 200,
        actor=at.actor,
        rounds=found,
        stages={id_: p.stages for id_, p in processes_of(at, {row.id for row in found.items}).items()},
        processes=known,
        chosen=chosen,
        candidates=len(candidates),
        districts=subjects_valid_on(at.session, at.today) if len(candidates) > FEW else [],
        school_stages=_stages_of(chosen.subjects) if chosen else (),
        subjects=named(at.session, candidates) if 0 < len(candidates) <= FEW else {},
        round_title=round_title(chosen, at.today.year) if chosen else "",
        year=at.today.year,
        today=at.today,
        failed=failed,
    )


@router.post("/rounds")
def start(request: Request, form: Form) -> Response:
    """Launch a round."""

    def work(at: Desk) -> int:
        days = {name.removeprefix("days_"): n for name, n in form.values.items() if name.startswith("days_")}
        wanted = next((p for p in newest(at.session) if p.name == form.get("process_name")), None)
        body = LaunchBody.model_validate(
            {
                "process_name": form.get("process_name"),
                "title": form.get("title"),
                "year": form.get("year"),
                "subject_ids": _chosen(at, wanted, form),
                "days": _changed(wanted, days),
            }
        )
        opened = launch(
            at.session,
            at.actor,
            at.now,
            process_name=body.process_name,
            title=body.title,
            year=body.year,
            subject_ids=body.subject_ids,
            days=body.days,
        )
        return opened.id or 0

    return attempt(
        request,
        "launch",
        form,
        work,
        lambda id_: go(f"/rounds/{id_}", "轮次已启动，通知已进入各督导对象的收件箱"),
        lambda failed: reading(request, lambda at: _rounds(request, at, form.get("process_name"), 0, failed)),
    )


class DescribedBody(Body):
    """Which subjects, where there are too many to tick."""

    districts: list[str] = Field(default_factory=list, description="区县")
    stage: SchoolStage | None = Field(default=None, description="学段")
    ends_by: date | None = Field(default=None, description="任期在此日前届满")


def _stages_of(kind: SubjectKind) -> tuple[SchoolStage, ...]:
    """The stages among which one may choose."""
    if kind is SubjectKind.SCHOOL:
        return tuple(stage for stage in IN_SCHOOLS if stage is not SchoolStage.KINDERGARTEN)
    return tuple(s for s in IN_COLLEGES if s is not SchoolStage.UNDERGRADUATE) if kind is SubjectKind.COLLEGE else ()


def _chosen(at: Desk, process: Process | None, form: Filled) -> list[str]:
    """What was ticked; where there are too many for that, those that are described or named, or all."""
    if process is None or form.get("whom") not in ("all", "described", "chosen"):
        return form.several.get("subject_ids", [])
    if form.get("whom") == "described":
        given = {"districts": form.several.get("districts", []), **form.given("stage", "ends_by")}
        wanted = DescribedBody.model_validate(given)
        choice = Choice(tuple(wanted.districts), wanted.stage, wanted.ends_by)
        return described(at.session, process, at.today, choice)
    if form.get("whom") == "all":
        return eligible(at.session, process, at.today)
    return resolved(at.session, process, at.today, form.get("names").replace("、", "\n").splitlines())


def _changed(process: Process | None, days: Mapping[str, str]) -> dict[str, str]:
    """The periods that differ from the definition's."""
    usual = {stage.key: str(stage.period.n) for stage in process.stages} if process else {}
    return {key: n for key, n in days.items() if n.strip() and n.strip() != usual.get(key)}


@router.get("/rounds/{round_id}")
def one(
    request: Request,
    round_id: int,
    at: At,
    stage: str = "",
    light: str = "",
    offset: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """One round's districts by stage."""
    return show_round(request, at, round_id, stage=stage, light=light, offset=offset)


def show_round(
    request: Request,
    at: Desk,
    round_id: int,
    *,
    stage: str = "",
    light: str = "",
    offset: int = 0,
    failed: Failed | None = None,
) -> Response:
    """The page of a round, also after one of its forms failed."""
    if light and light not in set(Light):
        raise InvalidInput("灯须是 green、yellow 或 red", field="light")
    row = visible_round(at, round_id)
    process = processes_of(at, {round_id})[round_id]
    wanted = at.wanted(round_id=round_id, stage=stage or None, light=light or None)
    found = titled_lines(at, lines.by_code(at.session, wanted, Window(MOST, offset)))
    keeps = at.keeps(process.subjects)
    drawing = any(Condition.SAMPLED in dict(stage.gate) for stage in process.stages)
    return page(
        request,
        "round.html",
        status=failed.error.status if failed else 200,
        actor=at.actor,
        round=row,
        process=process,
        board=found,
        stage=stage,
        light=light,
        lights=list(Light),
        deliveries=keeps,
        reporting=at.actor.role in OFFICE and process.launch_letter is not None,
        drawing=drawing and not row.drawn and at.actor.role in OFFICE,
        more=more_of_round(at, row, process),
        draw=draw_record(at.session, round_id) if row.drawn and keeps else None,
        failed=failed,
    )


@router.post("/rounds/{round_id}/draw")
def draw(request: Request, round_id: int, form: Form) -> Response:
    """Draw the on-site sample."""

    def work(at: Desk) -> int:
        values: dict[str, object] = {
            "seed": form.get("seed"),
            "witness": form.get("witness"),
            **form.given("size"),
            **form.given("rested"),
        }
        body = DrawBody.model_validate({**values, "exclude": _excluded(form)})
        made = draw_sample(
            at.session,
            at.actor,
            at.now,
            round_id,
            seed=body.seed,
            witness=body.witness,
            size=body.size,
            exclude=body.exclude,
            rested=body.rested,
        )
        return len(made.chosen)

    return attempt(
        request,
        "draw",
        form,
        work,
        lambda n: go(f"/rounds/{round_id}", f"已抽取{n}个实地督查对象"),
        lambda failed: reading(request, lambda at: show_round(request, at, round_id, failed=failed)),
    )


@router.post("/rounds/{round_id}/results")
def results(request: Request, round_id: int, form: Form) -> Response:
    """Tell the leaders in charge and the member units."""
    return attempt(
        request,
        "results",
        form,
        lambda at: report_results(at.session, at.actor, at.now, round_id, summary=form.get("summary")),
        lambda _: go(f"/rounds/{round_id}", "专报和通报已签发"),
        lambda failed: reading(request, lambda at: show_round(request, at, round_id, failed=failed)),
    )


def _excluded(form: Filled) -> dict[str, str]:
    """Subjects kept out of the draw, with the reasons written beside them."""
    return {
        name.removeprefix("exclude_"): reason.strip()
        for name, reason in form.values.items()
        if name.startswith("exclude_") and reason.strip()
    }
