"""What a year's plan reads: its rounds with how far they have come, its planned launches, the people there are."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import RowMapping, text
from sqlmodel import Session

_ROUNDS = text(
    """
    SELECT r.id, r.process_name, r.title, r.year, r.status, r.definition, r.launched_at, p.id AS plan_id,
           p.occurrence, d.chosen, c.cases, c.districts, c.sampled
    FROM rounds r LEFT JOIN draws d ON d.round_id = r.id
    LEFT JOIN LATERAL (SELECT id, occurrence FROM planned_rounds WHERE round_id = r.id ORDER BY id LIMIT 1) p ON true
    CROSS JOIN LATERAL (
        SELECT count(*) AS cases,
               array_agg(c.subject_id) FILTER (WHERE r.definition ->> 'subjects' = 'district') AS districts,
               array_agg(c.subject_id) FILTER (WHERE c.sampled) AS sampled
        FROM cases c WHERE c.round_id = r.id) c
    WHERE r.definition ->> 'launch_letter' IS NOT NULL AND r.launched_at < :next
        AND (r.year = :year OR r.launched_at >= :first OR r.closed_at IS NULL OR r.closed_at >= :first)
    ORDER BY r.launched_at, r.id
    """
)
_REACHED = text(
    """
    SELECT c.round_id, w.stage, count(DISTINCT c.id) AS cases,
           count(DISTINCT c.id) FILTER (WHERE w.status = 'open' AND c.status IN ('open', 'suspended')) AS open,
           min(w.opened_at)::date AS starts_on, max(w.due_on) AS due_on
    FROM cases c JOIN work_items w ON w.case_id = c.id
    WHERE c.round_id = ANY(:rounds) GROUP BY c.round_id, w.stage
    """
)
_PLANNED = text(
    """
    SELECT p.id, p.process_name, p.occurrence, p.title, p.year, p.launch_on, p.status, p.round_id, p.trouble,
           p.stopped_reason, p.moved, p.subject_ids
    FROM planned_rounds p WHERE p.year = :year OR p.launch_on BETWEEN :first AND :last ORDER BY p.launch_on, p.id
    """
)
_PEOPLE = text(
    """
    SELECT (SELECT count(*) FROM inspectors WHERE active AND is_inspector) AS inspectors,
           (SELECT count(DISTINCT r.inspector_id) FROM responsible_inspectors r
            JOIN inspectors i ON i.id = r.inspector_id AND i.active
            WHERE r.from_day <= :day AND coalesce(r.to_day, :day) >= :day) AS responsible
    """
)
_OWED = text(
    """
    SELECT extract(month FROM month)::int AS month, count(*) AS n FROM visit_duties
    WHERE month BETWEEN :first AND :last GROUP BY 1
    """
)
_SCHOOLS = text(
    """
    SELECT count(*) FROM subjects s JOIN schools k ON k.subject_id = s.id AND k.stage = ANY(:stages)
    WHERE s.district_id IS NOT NULL AND coalesce(s.valid_from, :day) <= :day AND coalesce(s.valid_to, :day) >= :day
    """
)


def rounds_of(session: Session, year: int) -> list[RowMapping]:
    """The rounds under way at some time in a year."""
    given = {"year": year, "first": date(year, 1, 1), "next": date(year + 1, 1, 1)}
    return list(session.execute(_ROUNDS, given).mappings())


def reached(session: Session, round_ids: list[int]) -> dict[int, list[RowMapping]]:
    """Stage by stage, how far the cases of rounds have come."""
    found: dict[int, list[RowMapping]] = {}
    for row in session.execute(_REACHED, {"rounds": round_ids}).mappings():
        found.setdefault(row["round_id"], []).append(row)
    return found


def planned_in(session: Session, year: int) -> list[RowMapping]:
    """The launches planned for a year."""
    given = {"year": year, "first": date(year, 1, 1), "last": date(year, 12, 31)}
    return list(session.execute(_PLANNED, given).mappings())


def people(session: Session, day: date) -> tuple[int, int]:
    """Inspectors who may join teams, and those who answer for schools."""
    inspectors, responsible = session.execute(_PEOPLE, {"day": day}).one()
    return inspectors, responsible


def visits_owed(session: Session, year: int) -> dict[int, int]:
    """The cells of the matrix of visits by month, as far as they are made."""
    given = {"first": date(year, 1, 1), "last": date(year, 12, 31)}
    return {row.month: row.n for row in session.execute(_OWED, given)}


def schools(session: Session, stages: list[str], day: date) -> int:
    """How many schools of these kinds a district answers for."""
    found: Any = session.execute(_SCHOOLS, {"stages": stages, "day": day}).scalar_one()
    return int(found)
