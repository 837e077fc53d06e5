"""Deciding what time proposed: a formal rung is approved, or waived with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session, select

from casework.actor import Actor
from casework.load import load_case
from casework.notify import Queued
from casework.write import about, record
from db.tables import Case as CaseRow
from db.tables import Climb
from db.workdays import work_calendar
from process.decide import EventDraft, NoticeDraft, next_action
from process.errors import InvalidInput, NotFound, RungAlreadyDecided
from process.state import Case
from process.vocabulary import ClimbStatus, EventKind, NoticeKind, Role, RungKind


def decide_rung(
    session: Session, actor: Actor, now: datetime, climb_id: int, *, approve: bool, note: str = ""
) -> Climb:
    """A manager approves a proposed 通报 (it goes out) or waives it. A talk is decided through ``decide_talk``.

    Raises :class:`RungAlreadyDecided`, :class:`InvalidInput` (a waiver needs its reason).
    """
    actor.require(Role.MANAGER)
    case_id = session.exec(select(Climb.case_id).where(Climb.id == climb_id)).first()
    if case_id is None:
        raise NotFound("待决定事项")
    case = load_case(session, actor, case_id, None)
    climb = session.get_one(Climb, climb_id, populate_existing=True)
    if climb.kind is RungKind.TALK:
        raise InvalidInput("约谈请在约谈页面决定", field="climb_id")
    if not approve and not note.strip():
        raise InvalidInput("不予采取须写明理由", field="note")
    settle(session, climb, actor, now, ClimbStatus.APPROVED if approve else ClimbStatus.WAIVED, note)
    data = {"rung": climb.rung, "kind": climb.kind, "note": note, "reason": climb.reason}
    said = _circular(case, climb, data) if approve else ()
    kind = EventKind.RUNG_APPROVED if approve else EventKind.RUNG_WAIVED
    record(session, case, actor, now, [EventDraft(kind, data)], *said)
    _look_again(session, actor, now, case_id)
    return climb


def settle(session: Session, climb: Climb, actor: Actor, now: datetime, status: ClimbStatus, note: str) -> None:
    """Write a decision on a proposed rung once. Raises :class:`RungAlreadyDecided`."""
    if climb.status is not ClimbStatus.PROPOSED:
        raise RungAlreadyDecided(f"当前为「{climb.status.title_zh}」")
    climb.status, climb.decided_by, climb.decided_at, climb.decision_note = status, actor.person, now, note
    session.add(climb)
    session.flush()


def _circular(case: Case, climb: Climb, data: Mapping[str, Any]) -> tuple[Queued, ...]:
    if case.item is None:
        return ()
    ladder = case.process.ladder(case.process.stage(case.item.stage).ladder)
    rung = ladder.rung(climb.rung)
    draft = NoticeDraft(NoticeKind.CIRCULAR, rung.to, rung.to_office, step=climb.rung, data=data)
    return (Queued(draft, **about(case, climb_id=climb.id)),)


def _look_again(session: Session, actor: Actor, now: datetime, case_id: int) -> None:
    """What was decided may open the way for what comes after it."""
    case = load_case(session, actor, case_id, None)
    row = session.get_one(CaseRow, case_id)
    row.next_action_at = next_action(case, now, work_calendar(session))
    session.add(row)
    session.flush()
