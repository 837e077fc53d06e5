"""Signing for notices (签收)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from casework.actor import Actor
from casework.load import load_case
from casework.write import record
from db.tables import Notice
from process.decide import EventDraft
from process.errors import NotFound
from process.vocabulary import EventKind, Role


def sign(session: Session, actor: Actor, now: datetime, notice_id: int) -> Notice:
    """Sign for a notice, once; signing again changes nothing. A notice to others does not exist for the actor."""
    notice = session.get(Notice, notice_id, with_for_update=True)
    if notice is None or not _is_for(notice, actor):
        raise NotFound("通知")
    if notice.signed_at is not None:
        return notice
    notice.signed_at, notice.signed_by = now, actor.person
    session.add(notice)
    session.flush()
    if notice.climb_id is not None and notice.subject_id is not None:
        # Signed for by the district is delivered, whatever became of the mail.
        session.execute(
            text("UPDATE climbs SET delivered_at = coalesce(delivered_at, :now) WHERE id = :id"),
            {"now": now, "id": notice.climb_id},
        )
    case = load_case(session, actor, notice.case_id, None)
    data = {"notice": notice.id, "kind": notice.kind}
    record(session, case, actor, now, [EventDraft(EventKind.NOTICE_SIGNED, data)])
    return notice


def _is_for(notice: Notice, actor: Actor) -> bool:
    if actor.role is Role.DISTRICT:
        return notice.subject_id == actor.subject_id
    return notice.user_id == actor.user_id
