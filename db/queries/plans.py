"""Planned rounds as people see them: what begins soon, and one of them with what was done to it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import Field
from sqlalchemy import text
from sqlmodel import Session

from db.queries.rows import Row
from process.vocabulary import PlanStatus


class PlannedRow(Row):
    """A launch that the calendar foresees."""

    id: int
    process_name: str
    occurrence: str = Field(description="哪一次：如 2022、2022-spring、2022-03、2022-03-15")
    title: str
    year: int
    launch_on: date
    moved: bool = Field(description="启动日是否由人工确定")
    status: PlanStatus
    status_title: str = ""
    proposed_at: datetime | None
    launched_at: datetime | None
    round_id: int | None
    stopped_at: datetime | None
    stopped_by: str | None
    stopped_reason: str
    trouble: str = Field(description="到期未能启动的原因")
    coordinator_id: int | None
    coordinator: str | None = Field(description="指定的负责人；空为自动确定")
    subject_ids: list[str] | None = Field(description="选定的督导对象；空为启动日的全部有效对象")
    log: list[dict[str, Any]] = Field(description="办理记录")


_PLANNED = """
SELECT p.id, p.process_name, p.occurrence, p.title, p.year, p.launch_on, p.moved, p.status, p.proposed_at,
       p.launched_at, p.round_id, p.stopped_at, s.name AS stopped_by, p.stopped_reason, p.trouble, p.coordinator_id,
       c.name AS coordinator, p.subject_ids, p.log
FROM planned_rounds p LEFT JOIN users s ON s.id = p.stopped_by LEFT JOIN users c ON c.id = p.coordinator_id
"""
# What should have begun and could not is still to come.
SOON = f"{_PLANNED} WHERE p.status IN ('planned', 'proposed') AND p.launch_on <= :until ORDER BY p.launch_on, p.id"


def planned_soon(session: Session, until: date) -> list[PlannedRow]:
    """What begins by a day, and what was to begin before and could not."""
    return [PlannedRow(**dict(row)) for row in session.execute(text(SOON), {"until": until}).mappings()]


def planned_one(session: Session, plan_id: int) -> PlannedRow | None:
    """One planned round."""
    row = session.execute(text(f"{_PLANNED} WHERE p.id = :id"), {"id": plan_id}).mappings().first()
    return PlannedRow(**dict(row)) if row else None


def named(session: Session, ids: list[str]) -> dict[str, str]:
    """Subjects by their names, in the order given."""
    rows = session.execute(text("SELECT id, name FROM subjects WHERE id = ANY(:ids)"), {"ids": ids})
    names = {row.id: row.name for row in rows}
    return {id_: names[id_] for id_ in ids if id_ in names}


def office_accounts(session: Session) -> list[tuple[int, str]]:
    """The accounts that may look after a round, coordinators first."""
    found = text(
        "SELECT id, name FROM users WHERE active AND role IN ('coordinator', 'manager') "
        "ORDER BY role = 'coordinator' DESC, id"
    )
    return [(id_, name) for id_, name in session.execute(found)]
