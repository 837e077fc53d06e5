"""The parts of a case that were assigned to departments and units, with how far each is."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field
from sqlalchemy import text
from sqlmodel import Session

from db.queries.rows import Row
from process.vocabulary import CaseOutcome, CaseStatus


class PartRow(Row):
    """One part."""

    case_id: int
    round_id: int
    subject_id: str
    unit: str = Field(description="承办单位")
    matter: str = Field(description="任务")
    status: CaseStatus
    status_title: str = ""
    stage: str | None
    stage_title: str = ""
    outcome: CaseOutcome | None
    outcome_title: str = ""
    due_on: date | None
    version: int = Field(description="版本号，撤回时原样带回")
    opened_at: datetime
    closed_at: datetime | None


PARTS = text(
    """
    SELECT p.id AS case_id, p.round_id, p.subject_id, s.name AS unit, p.matter, p.status, p.stage, p.outcome, w.due_on,
           p.version, p.opened_at, p.closed_at
    FROM cases p JOIN subjects s ON s.id = p.subject_id LEFT JOIN work_items w ON w.id = p.work_item_id
    WHERE p.origin_case_id = :case ORDER BY p.id
    """
)


def parts_of(session: Session, case_id: int) -> list[PartRow]:
    """The parts of a case, in the order in which they were assigned."""
    return [PartRow(**dict(row)) for row in session.execute(PARTS, {"case": case_id}).mappings()]


_UNITS = text(
    """
    SELECT s.id, s.name FROM subjects s
    WHERE coalesce(s.valid_from, :today) <= :today AND coalesce(s.valid_to, :today) >= :today
        AND CASE WHEN CAST(:own AS text) IS NULL THEN s.kind IN ('authority', 'district', 'college', 'university')
                 ELSE :own IN (s.id, s.parent_id, s.district_id) AND s.kind NOT IN ('principal', 'inspector') END
    ORDER BY s.kind <> 'authority', s.kind, s.code = '', s.code, s.id LIMIT 400
    """
)


def units_for_parts(session: Session, today: date, *, own: str | None) -> list[tuple[str, str]]:
    """To whom parts may be assigned: by the office to units of the city, by a unit (``own``) to what is under it."""
    return [(row.id, row.name) for row in session.execute(_UNITS, {"today": today, "own": own})]
