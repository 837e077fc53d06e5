"""The leaders in charge and the committee's member units: told results, never supervised (要点第4项)."""

from __future__ import annotations

from sqlalchemy import func
from sqlmodel import Session, select

from casework.roster import add_contact
from db.tables import Contact, Subject
from process.errors import InvalidInput
from process.vocabulary import Position, SubjectKind


def add_authority(session: Session, *, name: str, position: Position, contact: str, email: str | None) -> Contact:
    """Enter a leader or a member unit with whoever is told for it. Raises :class:`InvalidInput`."""
    if position not in (Position.LEADER, Position.LIAISON):
        raise InvalidInput("只能是分管领导或成员单位联络员", field="position")
    if not name.strip():
        raise InvalidInput("名称不能为空", field="name")
    of_kind = Subject.kind == SubjectKind.AUTHORITY
    found = session.exec(select(Subject).where(of_kind, Subject.name == name.strip())).first()
    if found is None:
        number = session.exec(select(func.count()).select_from(Subject).where(of_kind)).one()
        found = Subject(id=f"AUTHORITY-{number + 1}", kind=SubjectKind.AUTHORITY, name=name.strip())
        session.add(found)
        session.flush()
    return add_contact(session, subject_id=found.id, position=position, name=contact, email=email)
