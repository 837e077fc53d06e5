"""Whose contacts an actor keeps: a district its own, the office everybody's."""

from __future__ import annotations

from sqlmodel import Session

from casework.actor import OFFICE, Actor
from db.tables import Contact
from process.errors import NotFound
from process.vocabulary import Role

KEEPERS = (*OFFICE, Role.ADMINISTRATOR)


def kept_contact(session: Session, actor: Actor, contact_id: int, *, field: str = "contact_id") -> Contact:
    """A contact this actor keeps. Another district's does not exist for them.

    Raises :class:`NotFound`, :class:`NotAllowed` (inspectors keep none).
    """
    actor.require(*KEEPERS, Role.DISTRICT)
    contact = session.get(Contact, contact_id)
    if contact is None or not actor.sees(contact.subject_id):
        raise NotFound("联系人", field=field)
    return contact
