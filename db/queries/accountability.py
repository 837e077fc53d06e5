"""What the record says about earlier accountability of a subject."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlmodel import Session

from db.queries.letters import NOT_VOID

# Neither void nor found wrong on review or appeal.
_STANDS = f"""
    {NOT_VOID}
        AND NOT EXISTS (SELECT FROM work_items v WHERE v.case_id = l.case_id AND v.outcome = 'overturned')
"""
_DECIDED = text(
    f"""
    SELECT l.issued_on FROM letters l JOIN cases c ON c.id = l.case_id
    WHERE c.subject_id = :subject AND l.kind = 'accountability_decision' AND {_STANDS}
    ORDER BY l.issued_on
    """
)
# The case from which an earlier decision came still owes what was due by now: a document, or a problem put right.
_UNCORRECTED = text(
    f"""
    SELECT EXISTS (
        SELECT FROM letters l
        JOIN cases c ON c.id = l.case_id AND c.subject_id = :subject
        JOIN climbs k ON k.id = c.origin_climb_id
        JOIN cases o ON o.id = k.case_id
        WHERE l.kind = 'accountability_decision' AND {_STANDS} AND o.status = 'open' AND (
            EXISTS (SELECT FROM findings f WHERE f.case_id = o.id AND f.due_on < :today
                    AND f.status NOT IN ('claimed', 'verified', 'long_term'))
            OR EXISTS (SELECT FROM work_items w WHERE w.id = o.work_item_id AND w.owner = 'district'
                       AND w.due_on < :today)))
    """
)


@dataclass(frozen=True, slots=True)
class AccountabilityRecord:
    """Days of earlier decisions, and whether the matter of one is still not put right."""

    decided_on: list[date]
    uncorrected: bool


def accountability_record(session: Session, subject_id: str, today: date) -> AccountabilityRecord:
    """The subject's record as of a day: two short statements."""
    days = list(session.execute(_DECIDED, {"subject": subject_id}).scalars())
    asked = {"subject": subject_id, "today": today}
    open_still = bool(session.execute(_UNCORRECTED, asked).scalar()) if days else False
    return AccountabilityRecord(days, open_still)
