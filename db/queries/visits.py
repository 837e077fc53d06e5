"""What the screens ask of the visits: coverage, the schools that are missing, an inspector's own, a school's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from pydantic import Field, computed_field
from sqlalchemy import text
from sqlmodel import Session

from db.queries.rows import Page, Row, Window, page_of
from process.school_calendar import month_of, next_month
from process.vocabulary import SchoolStage


class CoverageRow(Row):
    """A district in a month."""

    district_id: str
    district: str
    month: date
    owed: int = Field(description="应到校督导的学校数")
    visited: int = Field(description="已到校的，含补督导")
    made_up: int = Field(description="其中当月以后补的")
    nobody: int = Field(description="没有责任督学的")

    @computed_field(description="尚未到校的")  # type: ignore[prop-decorator]
    @property
    def missing(self) -> int:
        """Schools that nobody has visited."""
        return self.owed - self.visited

    @computed_field(description="覆盖率（%）")  # type: ignore[prop-decorator]
    @property
    def percent(self) -> float:
        """Of the schools owed a visit, how many had one."""
        return round(100 * self.visited / self.owed, 1)


COVERAGE = """
SELECT d.district_id, s.name AS district, d.month, d.owed, d.visited, d.made_up, d.nobody
FROM (
    SELECT district_id, month, count(*) AS owed, count(visited_on) AS visited,
           count(*) FILTER (WHERE visited_on >= month + interval '1 month') AS made_up,
           count(*) - count(inspector_id) AS nobody
    FROM visit_duties WHERE month = ANY(CAST(:months AS date[]))
        AND (CAST(:only AS text) IS NULL OR district_id = :only)
    GROUP BY district_id, month
) d JOIN subjects s ON s.id = d.district_id
ORDER BY s.code = '', s.code, d.district_id, d.month
"""


def coverage(session: Session, months: Sequence[date], *, only: str | None) -> list[CoverageRow]:
    """Every district (or one) in each of these months, as far as the months were made."""
    rows = session.execute(text(COVERAGE), {"months": list(months), "only": only})
    return [CoverageRow(**row) for row in rows.mappings()]


class MissingRow(Row):
    """A school that nobody has visited in a month."""

    month: date
    school_id: str
    school: str
    stage: SchoolStage
    stage_title: str = ""
    district_id: str
    district: str
    inspector_id: int | None
    inspector: str | None = Field(description="责任督学；空为没有")


MISSING = """
SELECT d.month, d.school_id, s.name AS school, k.stage, d.district_id, b.name AS district, d.inspector_id,
       i.name AS inspector, d.total
FROM (
    SELECT *, count(*) OVER () AS total FROM visit_duties
    WHERE month = :month AND visited_on IS NULL
        AND (CAST(:district AS text) IS NULL OR district_id = :district)
        AND (CAST(:inspector AS bigint) IS NULL OR inspector_id = :inspector)
    ORDER BY district_id, school_id LIMIT :limit OFFSET :offset
) d
JOIN subjects s ON s.id = d.school_id JOIN schools k ON k.subject_id = d.school_id
JOIN subjects b ON b.id = d.district_id LEFT JOIN inspectors i ON i.id = d.inspector_id
ORDER BY d.district_id, d.school_id
"""


def missing(
    session: Session, month: date, window: Window, *, district: str | None = None, inspector: int | None = None
) -> Page[MissingRow]:
    """The schools nobody has visited, of all districts or one, of all inspectors or one."""
    parameters = {"month": month, "district": district, "inspector": inspector, **window.parameters}
    return page_of(MissingRow, session.execute(text(MISSING), parameters).mappings().all(), window)


class OwingRow(Row):
    """An inspector in a month."""

    inspector_id: int
    inspector: str
    owed: int = Field(description="应到校督导的学校数")
    missing: int = Field(description="尚未到校的")
    has_account: bool = Field(description="有账号，系统能提醒本人")


_OWING = text(
    """
    SELECT d.inspector_id, i.name AS inspector, d.owed, d.missing, u.id IS NOT NULL AS has_account,
           count(*) OVER () AS total
    FROM (
        SELECT inspector_id, count(*) AS owed, count(*) - count(visited_on) AS missing FROM visit_duties
        WHERE month = :month AND inspector_id IS NOT NULL
            AND (CAST(:district AS text) IS NULL OR district_id = :district)
        GROUP BY inspector_id HAVING count(visited_on) < count(*)
    ) d JOIN inspectors i ON i.id = d.inspector_id LEFT JOIN users u ON u.id = i.user_id AND u.active
    ORDER BY d.missing DESC, d.inspector_id LIMIT :limit OFFSET :offset
    """
)


def owing(session: Session, month: date, window: Window, *, district: str | None) -> Page[OwingRow]:
    """The inspectors who still owe visits of a month, those who owe most first."""
    parameters = {"month": month, "district": district, **window.parameters}
    return page_of(OwingRow, session.execute(_OWING, parameters).mappings().all(), window)


class MineRow(Row):
    """A school for which the inspector answers."""

    school_id: str
    school: str
    stage: SchoolStage
    stage_title: str = ""
    owed: bool = Field(description="本月应到校")
    visited_on: date | None = Field(description="本月到校的日期")
    this_term: int = Field(description="本学期到校次数")
    behind: list[date] = Field(description="欠督导的以前月份")


_MINE = text(
    """
    WITH mine AS (
        SELECT a.school_id FROM responsible_inspectors a JOIN inspectors i ON i.id = a.inspector_id
        WHERE i.user_id = :user AND a.from_day <= :day AND (a.to_day IS NULL OR a.to_day >= :day)
        UNION
        SELECT d.school_id FROM visit_duties d JOIN inspectors i ON i.id = d.inspector_id
        WHERE i.user_id = :user AND d.month = :month AND d.visited_on IS NULL
    )
    SELECT m.school_id, s.name AS school, k.stage, d.school_id IS NOT NULL AS owed, d.visited_on,
           (SELECT count(*) FROM school_visits v WHERE v.school_id = m.school_id
                AND v.visited_on BETWEEN :term_from AND :term_to) AS this_term,
           (SELECT coalesce(jsonb_agg(b.month ORDER BY b.month), '[]'::jsonb) FROM visit_duties b
                WHERE b.school_id = m.school_id AND b.month < :month AND b.month >= CAST(:since AS date)
                    AND b.visited_on IS NULL) AS behind,
           count(*) OVER () AS total
    FROM mine m JOIN subjects s ON s.id = m.school_id JOIN schools k ON k.subject_id = m.school_id
    LEFT JOIN visit_duties d ON d.school_id = m.school_id AND d.month = :month
    ORDER BY d.visited_on IS NOT NULL, d.school_id IS NULL, m.school_id LIMIT :limit OFFSET :offset
    """
)


def mine(
    session: Session, user_id: int, day: date, window: Window, *, term: tuple[date, date], since: date
) -> Page[MineRow]:
    """The schools of whoever has this account, those to be visited first. ``term`` are its first and last day."""
    parameters = {
        "user": user_id,
        "day": day,
        "month": month_of(day),
        "term_from": term[0],
        "term_to": term[1],
        "since": since,
        **window.parameters,
    }
    return page_of(MineRow, session.execute(_MINE, parameters).mappings().all(), window)


class SchoolMonths(Row):
    """A school and its months."""

    school_id: str
    school: str
    stage: SchoolStage
    stage_title: str = ""
    inspector: str | None = Field(description="最近一个月的责任督学")
    months: dict[str, date | None] = Field(description="应到校的月份（2022-09）和到校日期；空为未到")


_SCHOOLS = text(
    """
    SELECT s.id AS school_id, s.name AS school, k.stage, c.months, i.name AS inspector, s.total
    FROM (
        SELECT s.id, s.name, count(*) OVER () AS total FROM subjects s
        WHERE s.district_id = :district AND EXISTS (
            SELECT FROM visit_duties d WHERE d.school_id = s.id AND d.month = ANY(CAST(:months AS date[])))
        ORDER BY s.id LIMIT :limit OFFSET :offset
    ) s JOIN schools k ON k.subject_id = s.id
    CROSS JOIN LATERAL (
        SELECT jsonb_object_agg(to_char(d.month, 'YYYY-MM'), d.visited_on) AS months,
               (array_agg(d.inspector_id ORDER BY d.month DESC))[1] AS inspector_id
        FROM visit_duties d WHERE d.school_id = s.id AND d.month = ANY(CAST(:months AS date[]))) c
    LEFT JOIN inspectors i ON i.id = c.inspector_id
    ORDER BY s.id
    """
)


def schools_by_month(
    session: Session, district: str, months: Sequence[date], window: Window
) -> Page[SchoolMonths]:  # fmt: skip
    """The schools of a district, each with the months in which it is owed a visit."""
    parameters = {"district": district, "months": list(months), **window.parameters}
    return page_of(SchoolMonths, session.execute(_SCHOOLS, parameters).mappings().all(), window)


class VisitRow(Row):
    """A visit that was made."""

    id: int
    school_id: str
    school: str
    inspector: str
    visited_on: date
    month: date = Field(description="计入的月份")
    checked: dict[str, Any] = Field(description="各项督导内容的结果")
    note: str
    hazard: bool
    recorded_by: str = Field(description="登记者")
    recorded_at: datetime


_VISITS = text(
    """
    SELECT v.id, v.school_id, s.name AS school, i.name AS inspector, v.visited_on, v.month, v.checked, v.note, v.hazard,
           u.name AS recorded_by, v.recorded_at, count(*) OVER () AS total
    FROM school_visits v JOIN subjects s ON s.id = v.school_id JOIN inspectors i ON i.id = v.inspector_id
    JOIN users u ON u.id = v.recorded_by
    WHERE v.school_id = :school ORDER BY v.visited_on DESC, v.id DESC LIMIT :limit OFFSET :offset
    """
)


def visits_of(session: Session, school_id: str, window: Window) -> Page[VisitRow]:
    """A school's visits, the last first."""
    rows = session.execute(_VISITS, {"school": school_id, **window.parameters}).mappings().all()
    return page_of(VisitRow, rows, window)


class SchoolHead(Row):
    """A school, as the head of its page."""

    id: str
    name: str
    stage: SchoolStage
    stage_title: str = ""
    district_id: str | None
    district: str | None
    inspector_id: int | None
    inspector: str | None


_HEAD = text(
    """
    SELECT s.id, s.name, k.stage, s.district_id, b.name AS district, i.id AS inspector_id, i.name AS inspector
    FROM subjects s JOIN schools k ON k.subject_id = s.id LEFT JOIN subjects b ON b.id = s.district_id
    LEFT JOIN LATERAL (
        SELECT a.inspector_id FROM responsible_inspectors a JOIN inspectors i ON i.id = a.inspector_id AND i.active
        WHERE a.school_id = s.id AND a.from_day <= :day AND (a.to_day IS NULL OR a.to_day >= :day)
        ORDER BY a.from_day DESC, a.id DESC LIMIT 1) a ON true
    LEFT JOIN inspectors i ON i.id = a.inspector_id
    WHERE s.id = :school AND (CAST(:only AS text) IS NULL OR :only IN (s.id, s.district_id))
        AND (CAST(:user AS bigint) IS NULL OR EXISTS (
            SELECT FROM inspectors j WHERE j.user_id = :user AND (j.home_subject_id = s.district_id OR EXISTS (
                SELECT FROM responsible_inspectors a JOIN subjects o ON o.id = a.school_id
                WHERE a.inspector_id = j.id AND o.district_id = s.district_id))))
    """
)


def school_head(
    session: Session, school_id: str, day: date, *, only: str | None, user_id: int | None
) -> SchoolHead | None:
    """A school that exists for whoever asks, with its responsible inspector on that day.

    ``only`` narrows to a unit and what it answers for, ``user_id`` to the districts in which that inspector serves.
    """
    parameters = {"school": school_id, "day": day, "only": only, "user": user_id}
    row = session.execute(_HEAD, parameters).mappings().first()
    return SchoolHead(**row) if row else None


_BEHIND = text(
    "SELECT month FROM visit_duties WHERE school_id = :school AND month < :month AND visited_on IS NULL "
    "ORDER BY month DESC LIMIT 12"
)


def behind(session: Session, school_id: str, month: date) -> list[date]:
    """The months before this one in which nobody visited a school that was owed it, the last first."""
    return list(session.execute(_BEHIND, {"school": school_id, "month": month}).scalars())


class Visitor(Row):
    """An inspector who may have visited the schools of a district."""

    id: int
    name: str


_VISITORS = text(
    """
    SELECT i.id, i.name FROM inspectors i
    WHERE i.active AND i.is_inspector AND (i.home_subject_id = :district OR i.id IN (
        SELECT a.inspector_id FROM responsible_inspectors a JOIN subjects s ON s.id = a.school_id
        WHERE s.district_id = :district AND a.from_day <= :day AND (a.to_day IS NULL OR a.to_day >= :day)))
    ORDER BY i.name, i.id
    """
)


def visitors(session: Session, district: str, day: date) -> list[Visitor]:
    """Whose visits a district may write down."""
    return [Visitor(**row) for row in session.execute(_VISITORS, {"district": district, "day": day}).mappings()]


class TermRow(Row):
    """A district in a term: how many of its schools were visited twice (《教育督导条例》第十四条)."""

    district_id: str
    district: str
    schools: int = Field(description="学校（园）数")
    enough: int = Field(description="本学期已到校两次以上的")
    once: int = Field(description="只到过一次的")


_VISITED = """
    SELECT s.id, s.name, s.district_id, k.stage, coalesce(v.n, 0) AS n
    FROM subjects s JOIN schools k ON k.subject_id = s.id
    LEFT JOIN (SELECT school_id, count(*) AS n FROM school_visits
               WHERE month BETWEEN :first_month AND :last_month AND visited_on BETWEEN :first AND :last
               GROUP BY school_id) v ON v.school_id = s.id
    WHERE s.district_id IS NOT NULL AND k.stage NOT IN ('higher_vocational', 'undergraduate')
        AND (s.valid_from IS NULL OR s.valid_from <= :first) AND (s.valid_to IS NULL OR s.valid_to >= :last)
        AND (CAST(:only AS text) IS NULL OR s.district_id = :only)
"""
_TERM = text(
    f"""
    SELECT v.district_id, b.name AS district, v.schools, v.enough, v.once FROM (
        SELECT district_id, count(*) AS schools, count(*) FILTER (WHERE n >= 2) AS enough,
               count(*) FILTER (WHERE n = 1) AS once
        FROM ({_VISITED}) v GROUP BY district_id) v JOIN subjects b ON b.id = v.district_id
    ORDER BY b.code = '', b.code, b.id
    """
)


def term_coverage(session: Session, term: tuple[date, date], *, only: str | None) -> list[TermRow]:
    """Schools of every district (or one) that stood the whole term, by how often they were visited."""
    rows = session.execute(_TERM, {**_term(term), "only": only}).mappings()
    return [TermRow(**row) for row in rows]


class SeldomRow(Row):
    """A school visited less than twice in a term."""

    school_id: str
    school: str
    stage: SchoolStage
    stage_title: str = ""
    district_id: str
    district: str
    visits: int


_SELDOM = text(
    f"""
    SELECT v.id AS school_id, v.name AS school, v.stage, v.district_id, b.name AS district, v.n AS visits, v.total
    FROM (SELECT v.*, count(*) OVER () AS total FROM ({_VISITED}) v WHERE n < 2
          ORDER BY district_id, n, id LIMIT :limit OFFSET :offset) v JOIN subjects b ON b.id = v.district_id
    ORDER BY v.district_id, v.n, v.id
    """
)


def seldom_visited(session: Session, term: tuple[date, date], window: Window, *, only: str | None) -> Page[SeldomRow]:
    """The schools visited less than twice, by district, those never visited first."""
    parameters = {**_term(term), "only": only, **window.parameters}
    return page_of(SeldomRow, session.execute(_SELDOM, parameters).mappings().all(), window)


def _term(term: tuple[date, date]) -> dict[str, date]:
    # Counted by its own day; the months only lead to the index. What makes up for the term before is of that month.
    first, last = term
    return {
        "first": first,
        "last": last,
        "first_month": date(first.year - 1, first.month, 1),
        "last_month": next_month(last),
    }


_HOMELESS = text(
    """
    SELECT count(*) FROM subjects s JOIN schools k ON k.subject_id = s.id AND k.stage = ANY(:stages)
    WHERE s.district_id IS NULL AND coalesce(s.valid_from, :day) <= :day AND coalesce(s.valid_to, :day) >= :day
    """
)


def of_no_district(session: Session, stages: Sequence[SchoolStage], day: date) -> int:
    """Schools that no district answers for, and so are in nobody's matrix."""
    found = session.execute(_HOMELESS, {"stages": [stage.value for stage in stages], "day": day}).scalar_one()
    return int(found)
