"""Days that somebody above us sets (上级节点): entered once per round and stage, with where they were said.

What waits in that stage is due a buffer of working days before such a day; a new one re-plans it, earlier too, and
whoever is concerned is told so. Stages entered later take the day by themselves (:mod:`process.decide`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from casework.actor import OFFICE, Actor
from casework.load import load_cases, round_process
from casework.notify import Queued, queue
from casework.write import about, write
from db.tables import Event, ExternalDate, Round
from db.workdays import work_calendar
from process.calendar import WorkCalendar, local_day
from process.decide import DISTRICT_CONTACTS, Decision, DueMoved, NoticeDraft, decide
from process.definition import Stage
from process.due import due_outside
from process.errors import Conflict, InvalidInput, NotFound
from process.state import Case
from process.vocabulary import CaseStatus, EventKind, NoticeKind, Position, Role

_LIVE = text("SELECT id FROM cases WHERE round_id = :round AND status IN ('open', 'suspended') ORDER BY id")
_PARTS = text("SELECT id, origin_case_id FROM cases WHERE origin_case_id = ANY(:ids) AND status = 'open' ORDER BY id")
_TOLD = (*DISTRICT_CONTACTS, Position.HEAD, Position.LIAISON)


@dataclass(frozen=True, slots=True)
class Set:
    """What a day did: the cases whose due date moved, each from when to when."""

    moved: tuple[tuple[int, date, date], ...]


def set_external_date(
    session: Session, actor: Actor, now: datetime, round_id: int, *, stage: str, on_day: date, source: str
) -> Set:
    """Write down the day set from above for a stage of a round, and re-plan what waits in it.

    Raises :class:`NotFound`, :class:`Conflict` (the round is over), :class:`InvalidInput` (a stage whose day nobody
    above sets, a day gone by, no source).
    """
    actor = actor.require(*OFFICE)
    opened = session.get(Round, round_id, with_for_update={"key_share": True})
    if opened is None:
        raise NotFound("轮次")
    if opened.status is not CaseStatus.OPEN:
        raise Conflict("轮次已经办结")
    found = next((one for one in round_process(session, round_id).stages if one.key == stage), None)
    if found is None or not found.period.external:
        raise InvalidInput("此环节的期限不由上级确定", field="stage")
    today = local_day(now)
    if on_day < today:
        raise InvalidInput("上级确定的时间不能在今天之前", field="on_day")
    if not source.strip():
        raise InvalidInput("须写明来源，如上级通知的文号", field="source")
    row = session.get(ExternalDate, (round_id, stage), with_for_update=True)
    before = row.on_day if row is not None else None
    if row is None:
        row = ExternalDate(round_id=round_id, stage=stage, on_day=on_day, source="", set_by=actor.person, set_at=now)
    row.on_day, row.source, row.set_by, row.set_at = on_day, source.strip(), actor.person, now
    session.add(row)
    said = {
        "stage": stage,
        "title": found.title,
        "on": on_day.isoformat(),
        "source": source.strip(),
        "buffer": found.period.buffer,
    }
    data = {**said, **({"before": before.isoformat()} if before else {})}
    session.add(
        Event(
            round_id=round_id,
            kind=EventKind.EXTERNAL_DATE_SET,
            actor_id=actor.user_id,
            actor_name=actor.name,
            at=now,
            data=data,
        )
    )
    session.flush()
    return Set(_replan(session, actor, now, round_id, found, on_day, said))


def _replan(
    session: Session, actor: Actor, now: datetime, round_id: int, stage: Stage, on_day: date, said: Mapping[str, Any]
) -> tuple[tuple[int, date, date], ...]:
    calendar = work_calendar(session)
    due_on = due_outside(stage.period, on_day, local_day(now), calendar).on
    cases = load_cases(session, list(session.execute(_LIVE, {"round": round_id}).scalars()))
    here = [case for case in cases if case.item is not None and case.item.stage == stage.key]
    moves = [(case, due_on) for case in here if case.status is CaseStatus.OPEN]
    moves += _of_parts(session, moves)
    decisions = _moved(moves, f"上级确定{on_day}", now, calendar)
    write(session, decisions, actor, now)
    changed = {
        d.after.id: (d.before.item.due_on, d.after.item.due_on) for d in decisions if d.before.item and d.after.item
    }
    after = {decision.after.id: decision.after for decision in decisions}
    ahead = [case for case in cases if case not in here and stage.key not in case.visits]
    parts = [case for case in after.values() if case.round_id != round_id]
    told = [after.get(case.id, case) for case in (*here, *ahead)] + parts
    # Its coordinator need hear it once only, and not from themselves.
    office = [Role.COORDINATOR] if session.get_one(Round, round_id).coordinator_id != actor.user_id else []
    notices = []
    for case in told:
        notices.append(_notice(case, f"{stage.key}@{on_day}", said, changed.get(case.id), tuple(office)))
        office = []
    queue(session, notices, now)
    return tuple((id_, *days) for id_, days in changed.items())


def _of_parts(session: Session, moves: Sequence[tuple[Case, date]]) -> list[tuple[Case, date]]:
    """Parts of these cases still with their units, that would be due after their whole, or were due with it."""
    until = {case.id: (case.item.due_on if case.item else day, day) for case, day in moves}
    rows = session.execute(_PARTS, {"ids": list(until)}).all()
    whole = {row.id: until[row.origin_case_id] for row in rows}
    parts = load_cases(session, list(whole))
    return [
        (part, whole[part.id][1])
        for part in parts
        if part.item is not None
        and part.process.stage(part.item.stage).owner is Role.DISTRICT
        and (part.item.due_on == whole[part.id][0] or part.item.due_on > whole[part.id][1])
    ]


def _moved(moves: Sequence[tuple[Case, date]], reason: str, now: datetime, calendar: WorkCalendar) -> list[Decision]:
    today = local_day(now)
    return [
        decide(case, DueMoved(day, calendar.is_provisional(today, day), reason, None, earlier=True), now, calendar)
        for case, day in moves
        if case.item is not None and case.item.due_on != day
    ]


def _notice(
    case: Case, step: str, said: Mapping[str, Any], days: tuple[date, date] | None, office: tuple[Role, ...]
) -> Queued:
    data = dict(said)
    if days is not None:
        data |= {"from": days[0].isoformat(), "to": days[1].isoformat(), "earlier": days[1] < days[0]}
    draft = NoticeDraft(NoticeKind.EXTERNAL_DATE, _TOLD, office, step=f"{step}:{case.version}", data=data)
    return Queued(draft, **about(case))
