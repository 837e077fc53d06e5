"""Choosing the subjects of a round where there are too many to tick: by district, stage, or the end of a term."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlmodel import Session

from casework.eligible import eligible
from process.definition import Process
from process.vocabulary import SchoolStage


@dataclass(frozen=True, slots=True)
class Choice:
    """Which of the subjects a process may be about. Nothing given is all of them."""

    districts: tuple[str, ...] = ()
    stage: SchoolStage | None = None
    ends_by: date | None = None
    """Of people: whose present term ends until then."""


_CUT = text(
    """
    SELECT s.id FROM unnest(CAST(:ids AS text[])) WITH ORDINALITY w(id, n) JOIN subjects s ON s.id = w.id
    LEFT JOIN schools c ON c.subject_id = s.id LEFT JOIN inspectors i ON i.subject_id = s.id
    WHERE (cardinality(CAST(:districts AS text[])) = 0 OR s.district_id = ANY(CAST(:districts AS text[])))
        AND (CAST(:stage AS text) IS NULL OR c.stage = :stage)
        AND (CAST(:ends_by AS date) IS NULL OR EXISTS (
            SELECT FROM terms t WHERE (t.subject_id = s.id OR t.inspector_id = i.id) AND t.ended_on IS NULL
                AND t.ends_on BETWEEN :today AND :ends_by))
    ORDER BY w.n
    """
)


def described(session: Session, process: Process, day: date, choice: Choice) -> list[str]:
    """The subjects of a process on a day that a choice means."""
    asked = {
        "ids": eligible(session, process, day),
        "districts": list(choice.districts),
        "stage": choice.stage,
        "ends_by": choice.ends_by,
        "today": day,
    }
    return list(session.execute(_CUT, asked).scalars())
