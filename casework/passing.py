"""What time does: look at every case where something is due, and let the same ``decide`` say what follows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from casework.actor import TIME
from casework.load import load_cases
from casework.write import write
from db.workdays import work_calendar
from process.decide import TimePassed, decide
from process.vocabulary import CaseStatus

BATCH = 500
"""Cases per transaction: large enough to be set-based, small enough to hold locks briefly."""

# SKIP LOCKED: what a person or another pass holds is theirs for the moment, and due again at the next pass.
CLAIM = """
SELECT id FROM cases
WHERE round_id = :round AND stage = :stage AND next_action_at <= :now
ORDER BY next_action_at LIMIT :limit FOR UPDATE SKIP LOCKED
"""

DUE_ROUNDS = """
SELECT c.round_id, r.process_name FROM (
    SELECT DISTINCT round_id FROM cases WHERE next_action_at <= :now
) c JOIN rounds r ON r.id = c.round_id ORDER BY c.round_id
"""


@dataclass(frozen=True, slots=True)
class Passed:
    """What one pass over a batch did."""

    looked_at: int = 0
    moved: int = 0
    climbed: int = 0
    closed: int = 0

    def __add__(self, other: Passed) -> Passed:
        return Passed(
            self.looked_at + other.looked_at,
            self.moved + other.moved,
            self.climbed + other.climbed,
            self.closed + other.closed,
        )


def pass_stage(session: Session, now: datetime, round_id: int, stage: str, *, limit: int = BATCH) -> Passed:
    """One batch of a stage's due cases, within the caller's unit of work. Repeat until ``looked_at`` is below limit."""
    parameters = {"round": round_id, "stage": stage, "now": now, "limit": limit}
    ids = list(session.execute(text(CLAIM), parameters).scalars())
    if not ids:
        return Passed()
    calendar = work_calendar(session)
    decisions = [decide(case, TimePassed(), now, calendar) for case in load_cases(session, ids)]
    write(session, decisions, TIME, now)
    return Passed(
        looked_at=len(ids),
        moved=sum(decision.leaves is not None for decision in decisions),
        climbed=sum(bool(decision.climbs) for decision in decisions),
        closed=sum(decision.after.status is CaseStatus.CLOSED for decision in decisions),
    )


def rounds_due(session: Session, now: datetime) -> list[tuple[int, str]]:
    """Rounds in which something is due, with the name of their process."""
    return [(round_id, name) for round_id, name in session.execute(text(DUE_ROUNDS), {"now": now})]
