"""Subjects, contacts, inspectors, accounts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from pydantic import Field
from sqlalchemy import text
from sqlmodel import Session

from db.queries.rows import Page, Row, Window, page_of
from db.queries.sight import Sight, seen_subject
from process.vocabulary import Position, Role, SubjectKind


class SubjectRow(Row):
    """A supervised subject."""

    id: str
    kind: SubjectKind
    kind_title: str = ""
    code: str
    name: str
    alias: str
    region_kind: str
    education_office: str
    valid_from: date | None
    valid_to: date | None
    successor_id: str | None


_SUBJECTS = text(
    f"""
    SELECT id, kind, code, name, alias, region_kind, education_office, valid_from, valid_to, successor_id,
           count(*) OVER () AS total
    FROM subjects s
    WHERE {seen_subject("s.id")}
        AND (CAST(:kinds AS text[]) IS NULL OR kind = ANY(CAST(:kinds AS text[])))
        AND (CAST(:day AS date) IS NULL OR (coalesce(valid_from, :day) <= :day AND coalesce(valid_to, :day) >= :day))
    ORDER BY code = '', code, id LIMIT :limit OFFSET :offset
    """
)


def subjects(
    session: Session, *, sight: Sight, day: date | None, window: Window, kinds: Sequence[SubjectKind] | None = None
) -> Page[SubjectRow]:
    """Subjects, all or those valid on a day or of some kinds; a district sees itself and those it answers for."""
    wanted = [kind.value for kind in kinds] if kinds is not None else None
    parameters = {**sight.parameters, "day": day, "kinds": wanted, **window.parameters}
    return page_of(SubjectRow, session.execute(_SUBJECTS, parameters).mappings().all(), window)


class ContactRow(Row):
    """Who holds a position."""

    id: int
    subject_id: str
    subject: str
    position: Position
    position_title: str = ""
    name: str
    email: str | None
    phone: str
    valid_from: date | None
    valid_to: date | None


_CONTACTS = text(
    f"""
    SELECT k.id, k.subject_id, s.name AS subject, k.position, k.name, k.email, k.phone, k.valid_from, k.valid_to,
           count(*) OVER () AS total
    FROM contacts k JOIN subjects s ON s.id = k.subject_id
    WHERE {seen_subject("k.subject_id")}
        AND (CAST(:subject_id AS text) IS NULL OR k.subject_id = :subject_id)
        AND (CAST(:id AS bigint) IS NULL OR k.id = :id)
        AND (CAST(:kinds AS text[]) IS NULL OR s.kind = ANY(CAST(:kinds AS text[])))
    ORDER BY s.code = '', s.code, s.id, k.position, k.id LIMIT :limit OFFSET :offset
    """
)


def contacts(
    session: Session,
    *,
    sight: Sight,
    window: Window,
    subject_id: str | None = None,
    contact_id: int | None = None,
    kinds: Sequence[SubjectKind] | None = None,
) -> Page[ContactRow]:
    """Contacts past and present; a district sees its own, and those of whom it answers for."""
    asked = {
        "subject_id": subject_id,
        "id": contact_id,
        "kinds": [kind.value for kind in kinds] if kinds is not None else None,
        **sight.parameters,
        **window.parameters,
    }
    return page_of(ContactRow, session.execute(_CONTACTS, asked).mappings().all(), window)


class InspectorRow(Row):
    """An inspector or expert, with the grounds of recusal and the work in hand."""

    id: int
    name: str
    is_inspector: bool = Field(description="督学；否则为专家，不计入三名督学")
    expertise: str
    home_subject_id: str | None
    home: str | None
    user_id: int | None
    active: bool
    workload: int = Field(description="正在参加的督导小组数")
    ties: list[dict[str, Any]] = Field(description="应回避的对象及事由")


_INSPECTORS = text(
    """
    SELECT i.id, i.name, i.is_inspector, i.expertise, i.home_subject_id, h.name AS home, i.user_id, i.active,
           (SELECT count(*) FROM team_members m JOIN cases c ON c.id = m.case_id
            WHERE m.inspector_id = i.id AND c.status IN ('open', 'suspended')) AS workload,
           coalesce((SELECT jsonb_agg(jsonb_build_object('subject_id', t.subject_id, 'subject', s.name,
                                                         'ground', t.ground, 'left_on', t.left_on) ORDER BY t.id)
                     FROM inspector_ties t JOIN subjects s ON s.id = t.subject_id
                     WHERE t.inspector_id = i.id), '[]'::jsonb) AS ties,
           count(*) OVER () AS total
    FROM inspectors i LEFT JOIN subjects h ON h.id = i.home_subject_id
    ORDER BY i.active DESC, i.is_inspector DESC, i.id LIMIT :limit OFFSET :offset
    """
)


def inspectors(session: Session, window: Window) -> Page[InspectorRow]:
    """Inspectors and experts. For the office only."""
    return page_of(InspectorRow, session.execute(_INSPECTORS, window.parameters).mappings().all(), window)


class UserRow(Row):
    """An account."""

    id: int
    username: str
    name: str
    role: Role
    role_title: str = ""
    email: str | None
    subject_id: str | None
    subject: str | None
    active: bool


_USERS = text(
    """
    SELECT u.id, u.username, u.name, u.role, u.email, u.subject_id, s.name AS subject, u.active,
           count(*) OVER () AS total
    FROM users u LEFT JOIN subjects s ON s.id = u.subject_id
    ORDER BY u.active DESC, u.role = 'district', u.role, u.id LIMIT :limit OFFSET :offset
    """
)


def users(session: Session, window: Window) -> Page[UserRow]:
    """Accounts. For administrators only."""
    return page_of(UserRow, session.execute(_USERS, window.parameters).mappings().all(), window)


class CalendarYear(Row):
    """A year of the calendar in force."""

    year: int
    announced: bool = Field(description="放假安排已公布；否则为暂定")
    holidays: list[date] = Field(description="放假日")
    make_up_days: list[date] = Field(description="调休上班日")
    source: str = Field(description="依据")
    imported_at: datetime | None


_NOTICES = text("SELECT year, source, imported_at FROM announced_calendars ORDER BY year")


def imported_notices(session: Session) -> dict[int, tuple[str, datetime]]:
    """The yearly notices imported since the packaged ones: year, source, when."""
    return {year: (source, at) for year, source, at in session.execute(_NOTICES)}
