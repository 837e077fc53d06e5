"""Suspending, resuming, withdrawing and closing a case by hand. Each needs its reason."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from casework.actor import OFFICE, Actor
from casework.load import load_case, load_cases
from casework.write import write
from db.workdays import work_calendar
from process.decide import Ended, Happening, Resumed, Suspended, decide
from process.definition import Process
from process.errors import InvalidInput
from process.state import Case
from process.vocabulary import CaseOutcome, Role

# Whoever was given a part of a case that is taken out need not go on with it.
_LIVE_PARTS = text("SELECT id FROM cases WHERE origin_case_id = :case AND status IN ('open', 'suspended') ORDER BY id")


def suspend(
    session: Session, actor: Actor, now: datetime, case_id: int, expected_version: int | None, *, reason: str
) -> Case:
    """Stop the clock of a case."""
    return _happen(session, actor, now, case_id, expected_version, Suspended(reason), reason)


def resume(
    session: Session, actor: Actor, now: datetime, case_id: int, expected_version: int | None, *, reason: str
) -> Case:
    """Go on: the due date moves by the working days the clock stood still."""
    return _happen(session, actor, now, case_id, expected_version, Resumed(reason), reason)


def withdraw(
    session: Session, actor: Actor, now: datetime, case_id: int, expected_version: int | None, *, reason: str
) -> Case:
    """Take a subject out of the round."""
    ended = Ended(CaseOutcome.WITHDRAWN, reason)
    return _happen(session, actor, now, case_id, expected_version, ended, reason)


def close(
    session: Session, actor: Actor, now: datetime, case_id: int, expected_version: int | None, *, reason: str
) -> Case:
    """End a case before its process does."""
    ended = Ended(CaseOutcome.CLOSED_BY_HAND, reason)
    return _happen(session, actor, now, case_id, expected_version, ended, reason)


def may_end(process: Process) -> tuple[Role, ...]:
    """Who ends a case by hand: what a manager decides in the end (a 问责), nobody else does."""
    return (Role.MANAGER,) if any(stage.owner is Role.MANAGER for stage in process.stages) else OFFICE


def _happen(
    session: Session,
    actor: Actor,
    now: datetime,
    case_id: int,
    expected_version: int | None,
    happening: Happening,
    reason: str,
) -> Case:
    actor = actor.require(*OFFICE)
    if not reason.strip():
        raise InvalidInput("须写明理由", field="reason")
    case = load_case(session, actor, case_id, expected_version)
    if isinstance(happening, Ended):
        actor = actor.require(*may_end(case.process))
    calendar = work_calendar(session)
    decision = decide(case, happening, now, calendar)
    write(session, [decision], actor, now)
    if isinstance(happening, Ended):
        parts = load_cases(session, list(session.execute(_LIVE_PARTS, {"case": case.id}).scalars()))
        taken = Ended(CaseOutcome.WITHDRAWN, reason)
        write(session, [decide(part, taken, now, calendar) for part in parts], actor, now)
    return decision.after
