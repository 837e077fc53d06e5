"""Signing for notices (签收): in the system, or with one click from the mail."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from casework.actor import OFFICE, Actor
from casework.load import load_cases
from casework.write import record
from db.tables import Notice
from process.decide import EventDraft
from process.errors import Conflict, InvalidInput, LinkUsed, NotFound
from process.vocabulary import EventKind, Role

# Signed for by the district is delivered, whatever became of the mail.
_DELIVERED = text("UPDATE climbs SET delivered_at = coalesce(delivered_at, :now) WHERE id = :id")

# Whom the mail reached: a successor in the position, where it went to their address.
_READER = text("""
SELECT coalesce(s.name, k.name) FROM notices n JOIN contacts k ON k.id = n.contact_id
LEFT JOIN LATERAL (
    SELECT c.name FROM deliveries d JOIN contacts c ON c.subject_id = k.subject_id AND c.position = k.position
    WHERE d.notice_id = n.id AND d.channel = 'email' AND lower(c.email) = lower(d.address)
        AND lower(c.email) IS DISTINCT FROM lower(k.email)
    ORDER BY c.id DESC LIMIT 1) s ON true
WHERE n.id = :notice
""")


def sign(session: Session, actor: Actor, now: datetime, notice_id: int) -> Notice:
    """Sign for a notice, once; signing again changes nothing. A notice to others does not exist for the actor."""
    notice = session.get(Notice, notice_id, with_for_update=True)
    if notice is None or not _is_for(notice, actor):
        raise NotFound("通知")
    if notice.signed_at is None:
        _sign(session, actor, now, notice, signed_by=actor.user_id)
    return notice


def sign_by_link(session: Session, now: datetime, notice_id: int) -> Notice:
    """Sign by the link of the mail, in the name of whom it was sent to. Raises :class:`LinkUsed` thereafter."""
    notice = session.get(Notice, notice_id, with_for_update=True)
    if notice is None or notice.contact_id is None:
        raise NotFound("通知")
    if notice.signed_at is not None:
        raise LinkUsed("此通知已签收")
    name = session.execute(_READER, {"notice": notice_id}).scalar_one()
    signed_by = f"{name}（邮件签收）"
    notice.data = {**notice.data, "signed_by": signed_by}
    _sign(session, Actor(None, signed_by, None), now, notice, signed_by=None)
    return notice


def serve(session: Session, actor: Actor, now: datetime, notice_id: int, *, how: str) -> Notice:
    """The office writes down that a notice to a subject was handed over by other means (当面送达, 邮寄): received now.

    Raises :class:`NotFound` (no notice to a subject), :class:`Conflict` (signed for already), :class:`InvalidInput`.
    """
    actor = actor.require(*OFFICE)
    notice = session.get(Notice, notice_id, with_for_update=True)
    if notice is None or notice.contact_id is None:
        raise NotFound("通知")
    if notice.signed_at is not None:
        raise Conflict("此通知已签收")
    if not how.strip():
        raise InvalidInput("登记送达须写明送达方式", field="how")
    notice.data = {**notice.data, "signed_by": f"{how.strip()}，{actor.name}登记"}
    _sign(session, actor, now, notice, signed_by=None)
    return notice


def open_notice(session: Session, now: datetime, notice: Notice) -> None:
    """Write down that the reader has looked at it, the first time."""
    if notice.opened_at is None:
        notice.opened_at = now
        session.add(notice)
        session.flush()


def _sign(session: Session, actor: Actor, now: datetime, notice: Notice, *, signed_by: int | None) -> None:
    notice.signed_at, notice.signed_by, notice.chase_at = now, signed_by, None
    notice.opened_at = notice.opened_at or now
    session.add(notice)
    session.flush()
    if notice.climb_id is not None and notice.subject_id is not None:
        session.execute(_DELIVERED, {"now": now, "id": notice.climb_id})
    if notice.case_id is not None:
        case = load_cases(session, [notice.case_id])[0]
        data = {"notice": notice.id, "kind": notice.kind, "signed_by": notice.data.get("signed_by", "")}
        record(session, case, actor, now, [EventDraft(EventKind.NOTICE_SIGNED, data)])


def _is_for(notice: Notice, actor: Actor) -> bool:
    if actor.role is Role.DISTRICT:
        return notice.subject_id == actor.subject_id
    return notice.user_id == actor.user_id or (actor.in_person is not None and notice.subject_id == actor.in_person)
