"""Whose contacts an actor keeps, and where people are reached.

A district keeps its own and its schools', the office everybody's.
"""

from __future__ import annotations

from sqlmodel import Session

from casework.accounts import mail_address
from casework.actor import KEEPERS, Actor
from db.queries.sight import sees_subjects
from db.tables import Contact, User
from process.errors import NotAllowed, NotFound
from process.vocabulary import Role


def kept_contact(session: Session, actor: Actor, contact_id: int, *, field: str = "contact_id") -> Contact:
    """A contact this actor keeps. Another district's does not exist for them.

    Raises :class:`NotFound`, :class:`NotAllowed` (inspectors keep none).
    """
    actor.require(*KEEPERS, Role.DISTRICT)
    contact = session.get(Contact, contact_id)
    if contact is None or not sees_subjects(session, actor.sight, contact.subject_id):
        raise NotFound("联系人", field=field)
    return contact


def addressed(session: Session, actor: Actor, contact_id: int | None) -> User | Contact:
    """The actor's own account, or a contact they keep. Raises as :func:`kept_contact`."""
    if contact_id is not None:
        return kept_contact(session, actor, contact_id)
    if actor.role is Role.DISTRICT:
        raise NotAllowed("区县的通知发给联系人，请选定联系人", field="contact_id")
    return session.get_one(User, actor.person)


def set_addresses(
    session: Session,
    actor: Actor,
    *,
    email: str | None,
    phone: str,
    bot_url: str | None,
    contact_id: int | None = None,
) -> User | Contact:
    """Under which addresses the actor's account, or a contact they keep, is reached from now on.

    ``bot_url`` holds a secret, so it is never shown again: ``None`` leaves it as it is, an empty one removes it.
    Raises :class:`InvalidMailAddress`, and as :func:`addressed`.
    """
    person = addressed(session, actor, contact_id)
    person.email = mail_address(email) if email else None
    person.phone = phone.strip()
    if bot_url is not None:
        person.bot_url = bot_url
    session.add(person)
    session.flush()
    return person
