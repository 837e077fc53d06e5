"""How somebody wants to be told of each kind of thing (我的通知). The mandatory kinds ask nobody.

A wish is kept only where it differs from the kind's own way, so that an untouched kind follows the rules as they are.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import Field
from sqlalchemy import text
from sqlmodel import Session, select

from casework.actor import Actor
from casework.contacts import addressed
from db.queries.rows import Row
from db.tables import Contact, Preference
from process.errors import InvalidInput, MandatoryNotice
from process.vocabulary import Mode, NoticeKind, Urgency


class KindPreference(Row):
    """How one kind of notice comes to somebody."""

    kind: NoticeKind
    kind_title: str = ""
    urgency: Urgency
    urgency_title: str = ""
    default: Mode = Field(description="未选择时的方式")
    default_title: str = ""
    chosen: Mode | None = Field(description="选定的方式；未选择为空")
    chosen_title: str = ""
    mode: Mode = Field(description="实际的方式")
    mode_title: str = ""
    may_choose: bool = Field(description="可否选择")
    why: str = Field(description="不可选择的原因")


def default_mode(kind: NoticeKind) -> Mode:
    """How a kind comes to whoever wished for nothing (as ``casework.notify`` queues it)."""
    return Mode.DIGEST if kind.urgency is Urgency.ROUTINE and not kind.mandatory else Mode.AT_ONCE


def why_mandatory(kind: NoticeKind) -> str:
    """Why nothing can be chosen for a kind; empty where it can."""
    if not kind.mandatory:
        return ""
    return "须签收，具有正式效力" if kind.needs_receipt else "紧急事项，随时发送"


def preferences_of(session: Session, actor: Actor, *, contact_id: int | None = None) -> list[KindPreference]:
    """The kinds the actor (or that contact) may be told, with what was chosen. Raises as :func:`set_preference`."""
    user, contact = _whose(session, actor, contact_id)
    wished = session.exec(
        select(Preference).where(Preference.user_id == user if contact is None else Preference.contact_id == contact)
    )
    chosen = {row.kind: row.mode for row in wished}
    kinds = [kind for kind in NoticeKind if contact is None or not kind.for_office]
    return [_row(kind, None if kind.mandatory else chosen.get(kind)) for kind in kinds]


def set_preference(
    session: Session, actor: Actor, now: datetime, *, kind: NoticeKind, mode: Mode, contact_id: int | None = None
) -> KindPreference:
    """Choose how a kind of notice comes: to the own account, or to a contact that the actor keeps.

    It holds for what is queued from now on. Raises :class:`MandatoryNotice`, :class:`InvalidInput` (a warning kept from
    being delivered), :class:`NotFound` (another district's contact), :class:`NotAllowed`.
    """
    user, contact = _whose(session, actor, contact_id)
    if kind.mandatory:
        raise MandatoryNotice(f"「{kind.title_zh}」{why_mandatory(kind)}", field="kind")
    if mode is Mode.INBOX and kind.must_arrive:
        raise InvalidInput(f"「{kind.title_zh}」自送达之日起计时，不能仅站内", field="mode")
    whose = {"user": user, "contact": contact, "kind": kind}
    if mode is default_mode(kind):
        session.execute(_FORGET, whose)
        return _row(kind, None)
    session.execute(_FOR_CONTACT if contact is not None else _FOR_USER, {**whose, "mode": mode})
    return _row(kind, mode)


_FORGET = text("DELETE FROM preferences WHERE kind = :kind AND (user_id = :user OR contact_id = :contact)")
_WISH = """
INSERT INTO preferences (user_id, contact_id, kind, mode) VALUES (:user, :contact, :kind, :mode)
ON CONFLICT ({person}, kind) DO UPDATE SET mode = excluded.mode
"""
_FOR_USER, _FOR_CONTACT = text(_WISH.format(person="user_id")), text(_WISH.format(person="contact_id"))


def _whose(session: Session, actor: Actor, contact_id: int | None) -> tuple[int | None, int | None]:
    """The account or the contact that is meant."""
    person = addressed(session, actor, contact_id)
    return (None, person.id) if isinstance(person, Contact) else (person.id, None)


def _row(kind: NoticeKind, chosen: Mode | None) -> KindPreference:
    default = default_mode(kind)
    return KindPreference(
        kind=kind,
        urgency=kind.urgency,
        default=default,
        chosen=chosen,
        mode=chosen or default,
        may_choose=not kind.mandatory,
        why=why_mandatory(kind),
    )
