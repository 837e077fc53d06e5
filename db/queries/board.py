"""A round's districts by stage."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlmodel import Session

from process.vocabulary import CaseOutcome, CaseStatus, RungKind

_BOARD = text(
    """
    SELECT c.id AS case_id, c.subject_id, s.name AS subject, c.status, c.stage, c.outcome, c.sampled, c.version,
           w.due_on, w.provisional, w.attempt, w.owner, w.opened_at, k.kind AS rung, k.status AS rung_status
    FROM cases c
    JOIN subjects s ON s.id = c.subject_id
    LEFT JOIN work_items w ON w.id = c.work_item_id
    LEFT JOIN LATERAL (
        SELECT kind, status FROM climbs k
        WHERE k.work_item_id = w.id AND k.attempt = w.attempt AND k.status NOT IN ('collapsed', 'waived', 'lapsed')
            AND k.excused_at IS NULL
        ORDER BY k.id DESC LIMIT 1
    ) k ON true
    WHERE c.round_id = :round
    ORDER BY s.code = '', s.code, s.id
    """
)


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One district of a round as the board shows it."""

    case_id: int
    subject_id: str
    subject: str
    status: CaseStatus
    stage: str | None
    outcome: CaseOutcome | None
    sampled: bool | None
    version: int
    due_on: date | None
    provisional: bool | None
    attempt: int | None
    owner: str | None
    opened_at: datetime | None
    rung: RungKind | None
    rung_status: str | None


def board(session: Session, round_id: int) -> list[BoardRow]:
    """Every case of a round, in the order of the districts' codes."""
    return [
        BoardRow(
            **{
                **row,
                "status": CaseStatus(row["status"]),
                "outcome": CaseOutcome(row["outcome"]) if row["outcome"] else None,
                "rung": RungKind(row["rung"]) if row["rung"] else None,
            }
        )
        for row in session.execute(_BOARD, {"round": round_id}).mappings()
    ]
