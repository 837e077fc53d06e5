"""Subjects, their contacts and inspectors: importing and maintaining them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from importlib.resources import files

from sqlmodel import Session, col, select

from casework.accounts import mail_address
from casework.registry.kinds import RosterKind
from casework.registry.reading import read_table
from casework.registry.units import plan_districts
from db.tables import Contact, Inspector, InspectorTie, Subject, User
from process.errors import InvalidInput, NotFound, RosterRefused
from process.vocabulary import Position, RecusalGround, SubjectKind


def packaged_districts() -> str:
    """The districts of Chongqing with their validity, as CSV (41 valid in 2022, 39 from 2026-01-25)."""
    return (files("db") / "subjects_chongqing.csv").read_text(encoding="utf-8")


def import_subjects(session: Session, csv_text: str) -> int:
    """Add or update districts from CSV; returns how many rows were read.

    Raises :class:`RosterRefused` naming rows and columns; nothing is written then.
    """
    table = read_table(RosterKind.DISTRICTS, "区县.csv", csv_text.encode())
    plan = plan_districts(session, table)
    if table.troubles:
        raise RosterRefused("；".join(str(trouble) for trouble in table.troubles), field="csv")
    plan.write(session)
    return len(table.lines)


def subjects_valid_on(session: Session, day: date) -> list[Subject]:
    """Districts in force on a day: those with a code first, in its order, then the special zones."""
    rows = session.exec(
        select(Subject).where(
            Subject.kind == SubjectKind.DISTRICT,
            (col(Subject.valid_from).is_(None)) | (col(Subject.valid_from) <= day),
            (col(Subject.valid_to).is_(None)) | (col(Subject.valid_to) >= day),
        )
    )
    return sorted(rows, key=lambda subject: (not subject.code, subject.code, subject.id))


def add_contact(
    session: Session,
    *,
    subject_id: str,
    position: Position,
    name: str,
    email: str | None,
    phone: str = "",
    bot_url: str = "",
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> Contact:
    """Put somebody into a position. Raises :class:`InvalidMailAddress`, :class:`InvalidInput`, :class:`NotFound`."""
    if session.get(Subject, subject_id) is None:
        raise NotFound(f"督导对象 {subject_id}", field="subject_id")
    if not name.strip():
        raise InvalidInput("姓名不能为空", field="name")
    contact = Contact(
        subject_id=subject_id,
        position=position,
        name=name.strip(),
        email=mail_address(email) if email else None,
        phone=phone,
        bot_url=bot_url.strip(),
        valid_from=valid_from,
        valid_to=valid_to,
    )
    session.add(contact)
    session.flush()
    return contact


def end_contact(session: Session, contact_id: int, last_day: date) -> Contact:
    """The last day on which somebody holds a position."""
    contact = session.get(Contact, contact_id)
    if contact is None:
        raise NotFound("联系人")
    contact.valid_to = last_day
    session.flush()
    return contact


def add_inspector(
    session: Session,
    *,
    name: str,
    home_subject_id: str | None = None,
    is_inspector: bool = True,
    expertise: str = "",
    user_id: int | None = None,
    ties: Iterable[tuple[str, RecusalGround, date | None]] = (),
) -> Inspector:
    """Enter an inspector (or expert) with the grounds on which they must recuse themselves."""
    if not name.strip():
        raise InvalidInput("姓名不能为空", field="name")
    inspector = Inspector(
        name=name.strip(),
        home_subject_id=home_subject_id,
        is_inspector=is_inspector,
        expertise=expertise,
        user_id=user_id,
    )
    session.add(inspector)
    session.flush()
    _stand_for(session, inspector)
    session.add_all(
        InspectorTie(inspector_id=inspector.id or 0, subject_id=subject, ground=ground, left_on=left_on)
        for subject, ground, left_on in ties
    )
    session.flush()
    return inspector


def _stand_for(session: Session, inspector: Inspector) -> None:
    """The subject under which cases about the person run (要点第18项), and where word of them goes."""
    subject = Subject(id=f"DX-{inspector.id}", kind=SubjectKind.INSPECTOR, name=inspector.name)
    session.add(subject)
    session.flush()
    inspector.subject_id = subject.id
    account = session.get(User, inspector.user_id) if inspector.user_id is not None else None
    session.add(
        Contact(
            subject_id=subject.id,
            position=Position.HEAD,
            name=inspector.name,
            email=account.email if account else None,
            phone=account.phone if account else "",
            bot_url=account.bot_url if account else "",
        )
    )
