"""Schools, principals and inspectors as the rosters show them. About persons only what whoever looks may see."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import Field
from sqlalchemy import text
from sqlmodel import Session

from db.queries.rows import Page, Row, Window, page_of
from db.queries.sight import Sight, seen_subject
from process.vocabulary import SchoolStage, SubjectKind


class SchoolRow(Row):
    """A school, kindergarten, college or university."""

    id: str
    kind: SubjectKind
    kind_title: str = ""
    code: str
    name: str
    stage: SchoolStage
    stage_title: str = ""
    students: int
    private: bool = Field(description="民办")
    district_id: str | None
    district: str | None
    inspector: str | None = Field(description="现任责任督学（挂牌公示）")


_SCHOOL = f"""
FROM schools c JOIN subjects s ON s.id = c.subject_id LEFT JOIN subjects d ON d.id = s.district_id
LEFT JOIN LATERAL (
    SELECT string_agg(i.name, '、' ORDER BY i.id) AS names FROM responsible_inspectors r
    JOIN inspectors i ON i.id = r.inspector_id
    WHERE r.school_id = s.id AND r.from_day <= :today AND coalesce(r.to_day, :today) >= :today
) v ON true
WHERE {seen_subject("s.id")} AND coalesce(s.valid_to, :today) >= :today
    AND (CAST(:id AS text) IS NULL OR s.id = :id)
    AND (CAST(:district AS text) IS NULL OR s.district_id = :district)
    AND (CAST(:stage AS text) IS NULL OR c.stage = :stage)
    AND (CAST(:kinds AS text[]) IS NULL OR s.kind = ANY(CAST(:kinds AS text[])))
    AND (CAST(:q AS text) IS NULL OR strpos(s.name, :q) > 0 OR s.code = :q)
"""
_SCHOOLS = text(
    f"""
    SELECT s.id, s.kind, s.code, s.name, c.stage, c.students, c.private, s.district_id, d.name AS district,
           v.names AS inspector, count(*) OVER () AS total
    {_SCHOOL}
    ORDER BY d.code = '' NULLS LAST, d.code, d.id, s.name, s.id LIMIT :limit OFFSET :offset
    """
)


def schools(
    session: Session,
    today: date,
    *,
    sight: Sight,
    window: Window,
    school_id: str | None = None,
    district_id: str | None = None,
    stage: SchoolStage | None = None,
    kinds: tuple[SubjectKind, ...] | None = None,
    search: str | None = None,
) -> Page[SchoolRow]:
    """Schools that are seen, by district and name; ``search`` is part of a name, or a code."""
    asked = {
        "today": today,
        "id": school_id,
        "district": district_id,
        "stage": stage,
        "kinds": [kind.value for kind in kinds] if kinds else None,
        "q": search or None,
        **sight.parameters,
        **window.parameters,
    }
    return page_of(SchoolRow, session.execute(_SCHOOLS, asked).mappings().all(), window)


class DistrictCount(Row):
    """How many schools a district has."""

    id: str
    name: str
    schools: int
    kindergartens: int
    students: int


_BY_DISTRICT = text(
    f"""
    SELECT d.id, d.name, count(*) FILTER (WHERE s.kind = 'school') AS schools,
           count(*) FILTER (WHERE s.kind = 'kindergarten') AS kindergartens, coalesce(sum(c.students), 0) AS students
    FROM subjects s JOIN schools c ON c.subject_id = s.id JOIN subjects d ON d.id = s.district_id
    WHERE s.kind IN ('school', 'kindergarten') AND {seen_subject("s.id")} AND coalesce(s.valid_to, :today) >= :today
    GROUP BY d.id, d.name, d.code ORDER BY d.code = '', d.code, d.id
    """
)


def schools_by_district(session: Session, today: date, *, sight: Sight) -> list[DistrictCount]:
    """The districts that have schools in the roster, as far as they are seen."""
    rows = session.execute(_BY_DISTRICT, {"today": today, **sight.parameters}).mappings()
    return [DistrictCount(**row) for row in rows]


class TermRow(Row):
    """A term of office."""

    id: int
    post: str
    ordinal: int
    starts_on: date
    ends_on: date
    ended_on: date | None
    ended_why: str


class PrincipalRow(Row):
    """A principal with the term now running, or the last one."""

    id: str
    name: str
    school_id: str | None
    school: str | None
    district: str | None
    post: str | None
    ordinal: int | None
    starts_on: date | None
    ends_on: date | None
    ended_on: date | None


_PRINCIPALS = text(
    f"""
    SELECT s.id, coalesce(nullif(s.alias, ''), s.name) AS name, p.id AS school_id, p.name AS school, d.name AS district,
           t.post, t.ordinal, t.starts_on, t.ends_on, t.ended_on, count(*) OVER () AS total
    FROM subjects s LEFT JOIN subjects p ON p.id = s.parent_id LEFT JOIN subjects d ON d.id = s.district_id
    LEFT JOIN LATERAL (SELECT * FROM terms t WHERE t.subject_id = s.id ORDER BY t.starts_on DESC LIMIT 1) t ON true
    WHERE s.kind = 'principal' AND {seen_subject("s.id")}
        AND (CAST(:id AS text) IS NULL OR s.id = :id)
        AND (CAST(:school AS text) IS NULL OR s.parent_id = :school)
        AND (CAST(:district AS text) IS NULL OR s.district_id = :district)
        AND (CAST(:q AS text) IS NULL OR strpos(s.name, :q) > 0)
    ORDER BY d.code = '' NULLS LAST, d.code, d.id, p.name, s.id LIMIT :limit OFFSET :offset
    """
)


def principals(
    session: Session,
    *,
    sight: Sight,
    window: Window,
    principal_id: str | None = None,
    school_id: str | None = None,
    district_id: str | None = None,
    search: str | None = None,
) -> Page[PrincipalRow]:
    """Principals that are seen: by those who keep the rosters, the district of the school, and the person."""
    asked = {
        "id": principal_id,
        "school": school_id,
        "district": district_id,
        "q": search or None,
        **sight.parameters,
        **window.parameters,
    }
    return page_of(PrincipalRow, session.execute(_PRINCIPALS, asked).mappings().all(), window)


_TERMS = text(
    """
    SELECT id, post, ordinal, starts_on, ends_on, ended_on, ended_why FROM terms
    WHERE subject_id = :subject OR inspector_id = :inspector ORDER BY starts_on DESC
    """
)


def terms(session: Session, *, subject_id: str | None = None, inspector_id: int | None = None) -> list[TermRow]:
    """The terms of one person, the newest first. Whether they may be seen is settled before."""
    rows = session.execute(_TERMS, {"subject": subject_id, "inspector": inspector_id}).mappings()
    return [TermRow(**row) for row in rows]


class RosterInspector(Row):
    """An inspector or expert in the roster."""

    id: int
    name: str
    number: str
    is_inspector: bool
    full_time: bool
    home: str | None
    education: str
    years_in_education: int | None
    expertise: str
    active: bool
    user_id: int | None
    subject_id: str | None
    hours: float = Field(description="本年度培训学时")
    schools: int = Field(description="现负责的学校数")
    ends_on: date | None = Field(description="现任期的结束")


_INSPECTORS = text(
    """
    SELECT i.id, i.name, i.number, i.is_inspector, i.full_time, h.name AS home, i.education, i.years_in_education,
           i.expertise, i.active, i.user_id, i.subject_id,
           coalesce((SELECT sum(t.hours) FROM trainings t WHERE t.inspector_id = i.id
               AND t.held_on >= date_trunc('year', CAST(:today AS date)) AND t.held_on <= :today), 0) AS hours,
           (SELECT count(*) FROM responsible_inspectors r WHERE r.inspector_id = i.id AND r.from_day <= :today
               AND coalesce(r.to_day, :today) >= :today) AS schools,
           (SELECT coalesce(t.ended_on, t.ends_on) FROM terms t WHERE t.inspector_id = i.id
               ORDER BY t.starts_on DESC LIMIT 1) AS ends_on,
           count(*) OVER () AS total
    FROM inspectors i LEFT JOIN subjects h ON h.id = i.home_subject_id
    WHERE (CAST(:id AS bigint) IS NULL OR i.id = :id)
        AND (CAST(:home AS text) IS NULL OR i.home_subject_id = :home)
        AND (CAST(:inspectors AS boolean) IS NULL OR i.is_inspector = :inspectors)
        AND (CAST(:q AS text) IS NULL OR strpos(i.name, :q) > 0 OR i.number = :q)
    ORDER BY i.active DESC, i.is_inspector DESC, i.name, i.id LIMIT :limit OFFSET :offset
    """
)


def roster_inspectors(
    session: Session,
    today: date,
    *,
    window: Window,
    inspector_id: int | None = None,
    home: str | None = None,
    inspectors: bool | None = None,
    search: str | None = None,
) -> Page[RosterInspector]:
    """Inspectors and experts. For those who keep the rosters; one of them for the person too."""
    asked = {
        "today": today,
        "id": inspector_id,
        "home": home,
        "inspectors": inspectors,
        "q": search or None,
        **window.parameters,
    }
    return page_of(RosterInspector, session.execute(_INSPECTORS, asked).mappings().all(), window)


class TrainingRow(Row):
    """Hours of training."""

    title: str
    held_on: date
    hours: float
    before_service: bool


class AssignedRow(Row):
    """A school that somebody answers for, or did."""

    school_id: str
    school: str
    district: str | None
    from_day: date
    to_day: date | None


_TRAININGS = text(
    "SELECT title, held_on, hours, before_service FROM trainings WHERE inspector_id = :id ORDER BY held_on DESC, id"
)
_ASSIGNED = text(
    """
    SELECT r.school_id, s.name AS school, d.name AS district, r.from_day, r.to_day
    FROM responsible_inspectors r JOIN subjects s ON s.id = r.school_id LEFT JOIN subjects d ON d.id = s.district_id
    WHERE r.inspector_id = :id ORDER BY r.to_day IS NOT NULL, r.from_day DESC, s.name
    """
)
_TIES = text(
    """
    SELECT s.name AS subject, t.ground, t.left_on FROM inspector_ties t JOIN subjects s ON s.id = t.subject_id
    WHERE t.inspector_id = :id ORDER BY t.id
    """
)


def trainings(session: Session, inspector_id: int) -> list[TrainingRow]:
    """The training of one inspector, the newest first."""
    return [TrainingRow(**row) for row in session.execute(_TRAININGS, {"id": inspector_id}).mappings()]


def assigned(session: Session, inspector_id: int) -> list[AssignedRow]:
    """The schools of one inspector, those of today first."""
    return [AssignedRow(**row) for row in session.execute(_ASSIGNED, {"id": inspector_id}).mappings()]


def ties(session: Session, inspector_id: int) -> list[dict[str, Any]]:
    """The grounds on which one inspector must recuse themselves."""
    return [dict(row) for row in session.execute(_TIES, {"id": inspector_id}).mappings()]


class ExpiringRow(Row):
    """A last term that ends soon, or has ended without another."""

    term_id: int
    person: str
    subject_id: str | None
    inspector_id: int | None
    of: str | None = Field(description="学校；督学为所在单位")
    district: str | None
    post: str
    ordinal: int
    ends_on: date


_EXPIRING = text(
    f"""
    SELECT t.id AS term_id, coalesce(nullif(s.alias, ''), s.name, i.name) AS person, t.subject_id, t.inspector_id,
           coalesce(p.name, h.name) AS of, d.name AS district, t.post, t.ordinal, t.ends_on, count(*) OVER () AS total
    FROM terms t LEFT JOIN subjects s ON s.id = t.subject_id LEFT JOIN subjects p ON p.id = s.parent_id
    LEFT JOIN subjects d ON d.id = s.district_id
    LEFT JOIN inspectors i ON i.id = t.inspector_id LEFT JOIN subjects h ON h.id = i.home_subject_id
    WHERE t.ends_on BETWEEN :first AND :last AND t.ended_on IS NULL
        AND (CAST(:principals AS boolean) IS NULL OR :principals = (t.subject_id IS NOT NULL))
        AND (i.id IS NULL OR i.active) AND {seen_subject("coalesce(s.id, i.subject_id)")}
        AND NOT EXISTS (SELECT FROM terms n WHERE n.starts_on > t.starts_on
            AND (n.subject_id = t.subject_id OR n.inspector_id = t.inspector_id))
    ORDER BY t.ends_on, t.id LIMIT :limit OFFSET :offset
    """
)


def expiring(
    session: Session,
    *,
    sight: Sight,
    first: date,
    last: date,
    window: Window,
    principals: bool | None = None,
) -> Page[ExpiringRow]:
    """Terms that end between two days and are not followed by another, the first to end first."""
    asked = {"first": first, "last": last, "principals": principals, **sight.parameters, **window.parameters}
    return page_of(ExpiringRow, session.execute(_EXPIRING, asked).mappings().all(), window)


class PersonalCase(Row):
    """A case about a subject, in short."""

    id: int
    round_title: str
    status: str


_CASES = text(
    """
    SELECT c.id, r.title AS round_title, c.status FROM cases c JOIN rounds r ON r.id = c.round_id
    WHERE c.subject_id = :subject ORDER BY c.id DESC LIMIT 50
    """
)


def cases_about(session: Session, subject_id: str) -> list[PersonalCase]:
    """The cases of one subject, the newest first. Whether it may be seen is settled before."""
    return [PersonalCase(**row) for row in session.execute(_CASES, {"subject": subject_id}).mappings()]


def inspector_of(session: Session, user_id: int) -> int | None:
    """The inspector whose account it is."""
    found = session.execute(
        text("SELECT id FROM inspectors WHERE user_id = :id AND active ORDER BY id"), {"id": user_id}
    )
    return found.scalars().first()
