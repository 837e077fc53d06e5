"""The matrix of monthly visits: a cell for every school and month that counts, made and mended as a set."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlmodel import Session

from casework.actor import OFFICE, TIME, Actor
from db.school_calendar import school_calendar
from process.calendar import local_day
from process.errors import MonthNotCounted
from process.school_calendar import COUNTED_FROM, last_day, month_of
from process.vocabulary import Role, SchoolStage

COMPULSORY = tuple(stage for stage in SchoolStage if stage.compulsory)
"""Whose schools 「双减」 is about (义务教育)."""


def stages_of(*, all_schools: bool) -> tuple[SchoolStage, ...]:
    """Whose schools are visited every month: those of compulsory education, or every school of a district."""
    return tuple(SchoolStage) if all_schools else COMPULSORY


@dataclass(frozen=True, slots=True)
class Made:
    """What making a month did to its cells."""

    added: int = 0
    changed: int = 0
    """Not visited yet, and another inspector or district answers now."""
    removed: int = 0
    """Not visited, and no longer owed: the school closed, or teaches something else."""


# Who answers for a school on the day is whoever took it over last. A visit may have been written down before.
MAKE = """
WITH owed AS MATERIALIZED (
    SELECT s.id AS school_id, s.district_id, r.inspector_id, v.visited_on
    FROM subjects s JOIN schools k ON k.subject_id = s.id AND k.stage = ANY(:stages)
    LEFT JOIN (
        SELECT DISTINCT ON (a.school_id) a.school_id, a.inspector_id
        FROM responsible_inspectors a JOIN inspectors i ON i.id = a.inspector_id AND i.active
        WHERE a.from_day <= :day AND (a.to_day IS NULL OR a.to_day >= :day)
        ORDER BY a.school_id, a.from_day DESC, a.id DESC) r ON r.school_id = s.id
    LEFT JOIN (
        SELECT school_id, min(visited_on) AS visited_on FROM school_visits WHERE month = :month GROUP BY school_id
    ) v ON v.school_id = s.id
    WHERE s.district_id IS NOT NULL AND (s.valid_from IS NULL OR s.valid_from <= :opens)
        AND (s.valid_to IS NULL OR s.valid_to >= :closes)
), gone AS (
    DELETE FROM visit_duties d WHERE d.month = :month AND d.visited_on IS NULL
        AND NOT EXISTS (SELECT FROM owed o WHERE o.school_id = d.school_id)
    RETURNING d.school_id
), written AS (
    INSERT INTO visit_duties (school_id, month, district_id, inspector_id, visited_on)
    SELECT school_id, :month, district_id, inspector_id, visited_on FROM owed
    ON CONFLICT (school_id, month) DO UPDATE
        SET district_id = excluded.district_id, inspector_id = excluded.inspector_id, visited_on = excluded.visited_on
        WHERE visit_duties.visited_on IS NULL
            AND (visit_duties.district_id, visit_duties.inspector_id, visit_duties.visited_on)
                IS DISTINCT FROM (excluded.district_id, excluded.inspector_id, excluded.visited_on)
    RETURNING xmax = 0 AS added
)
SELECT count(*) FILTER (WHERE added), count(*) FILTER (WHERE NOT added), (SELECT count(*) FROM gone) FROM written
"""


def make_month(
    session: Session, actor: Actor, now: datetime, month: date, *, stages: Collection[SchoolStage] = COMPULSORY
) -> Made:
    """Make the cells of a month that counts, or bring them up to date; running it again changes nothing.

    A school is owed a visit where it is open for ten school days of the month. What was visited is never touched.
    Raises :class:`MonthNotCounted`.
    """
    if actor is not TIME:
        actor.require(*OFFICE, Role.ADMINISTRATOR)
    calendar, month, today = school_calendar(session), month_of(month), local_day(now)
    if not calendar.counts(month):
        raise MonthNotCounted(f"{month.year}年{month.month}月的教学日不足{COUNTED_FROM}天")
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('visit_duties'), :n)"), {"n": month.toordinal()})
    opens, closes = calendar.span(month)
    parameters = {
        "month": month,
        "stages": [stage.value for stage in stages],
        # A month gone by keeps its last day's inspectors, one to come has its first day's.
        "day": min(max(today, month), last_day(month)),
        "opens": opens,
        "closes": closes,
    }
    added, changed, removed = session.execute(text(MAKE), parameters).one()
    return Made(added, changed, removed)
