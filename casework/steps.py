"""Moving a case by a person's deed: every stage ends through here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from casework.actor import Actor
from casework.load import load_case
from casework.write import write
from db.workdays import work_calendar
from process.decide import Completed, Decision, decide, may
from process.errors import NotAllowed
from process.state import Case
from process.vocabulary import Role


def complete(
    session: Session,
    actor: Actor,
    now: datetime,
    case_id: int,
    expected_version: int | None,
    *,
    stage: str,
    outcome: str,
    reason: str = "",
) -> Case:
    """End a stage by one of its outcomes. Raises what :func:`process.decide.decide` raises, and stale or not found."""
    case = load_case(session, actor, case_id, expected_version)
    return apply(session, actor, now, case, stage=stage, outcome=outcome, reason=reason).after


def apply(
    session: Session, actor: Actor, now: datetime, case: Case, *, stage: str, outcome: str, reason: str = ""
) -> Decision:
    """The same for a case that is loaded (and locked) already."""
    actor = acting(actor, case, outcome)
    if actor.role is None:
        raise NotAllowed("须由有岗位的人办理")
    happening = Completed(outcome, actor.role, stage, _handed_in(session, case), reason)
    decision = decide(case, happening, now, work_calendar(session))
    write(session, [decision], actor, now)
    return decision


def may_act(actor: Actor, owner: Role) -> bool:
    """Whether the actor may do what is an owner's, in their own role or standing in for somebody."""
    return (actor.role is not None and may(actor.role, owner)) or actor.can_act_as(owner)


def acting(actor: Actor, case: Case, outcome: str) -> Actor:
    """The actor, or (where the outcome is for somebody they stand in for) the actor as that one's deputy."""
    actor = actor.facing(case.subject_id)
    owner = owner_of(case)
    if case.item is None or owner is None or actor.role is None:
        return actor
    chosen = case.process.stage(case.item.stage).outcome(outcome)
    owner = chosen.by if chosen and chosen.by else owner
    return actor.require(owner) if not may(actor.role, owner) and actor.can_act_as(owner) else actor


def _handed_in(session: Session, case: Case) -> frozenset[str]:
    if case.item is None:
        return frozenset()
    rows: Iterable[str] = session.execute(
        text("SELECT DISTINCT deliverable FROM documents WHERE work_item_id = :item"), {"item": case.item.id}
    ).scalars()
    return frozenset(rows)


def owner_of(case: Case) -> Role | None:
    """Whose turn it is."""
    return case.process.stage(case.item.stage).owner if case.item else None
