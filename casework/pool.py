"""Inspectors and experts who may be chosen for cases, and who must keep out of which (回避)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlmodel import Session

from process.vocabulary import RecusalGround

YEARS_AFTER_LEAVING = 3
"""《重庆市教育督导条例》第十二条第四项."""


def still_bars(tie: str, day: str) -> str:
    """The condition, in SQL, that a row of ``inspector_ties`` keeps its inspector out on a day."""
    return (
        f"NOT ({tie}.ground = 'left_recently' AND {tie}.left_on IS NOT NULL"
        f" AND {tie}.left_on + interval '{YEARS_AFTER_LEAVING} years' <= {day})"
    )


# A tie to the subject, to whom it belongs, or (of somebody employed there) to what belongs to it.
_TIED = text(
    f"""
    WITH asked AS (
        SELECT c.id AS case_id, s.id AS subject_id, s.parent_id, s.district_id
        FROM cases c JOIN subjects s ON s.id = c.subject_id WHERE c.id = ANY(:cases)
    )
    SELECT a.case_id, t.inspector_id, t.ground
    FROM asked a JOIN inspector_ties t ON t.inspector_id = ANY(:people)
        AND t.subject_id IN (a.subject_id, a.parent_id, a.district_id)
    WHERE {still_bars("t", ":today")}
    UNION
    SELECT a.case_id, i.id, 'staff'
    FROM asked a JOIN inspectors i ON i.id = ANY(:people) LEFT JOIN subjects h ON h.id = i.home_subject_id
    WHERE i.home_subject_id IN (a.subject_id, a.parent_id, a.district_id)
        OR a.subject_id IN (h.parent_id, h.district_id) OR i.subject_id = a.subject_id
    ORDER BY 1, 2, 3
    """
)
_POOL = text(
    """
    SELECT i.id, i.name, i.is_inspector, i.expertise, i.user_id FROM inspectors i
    WHERE i.active AND (CAST(:expertise AS text) = '' OR i.expertise ILIKE '%' || :expertise || '%')
        AND (NOT :with_account OR EXISTS (SELECT FROM users u WHERE u.id = i.user_id AND u.active))
    ORDER BY i.id
    """
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody of the pool."""

    id: int
    name: str
    is_inspector: bool
    expertise: str
    user_id: int | None


def candidates(session: Session, *, expertise: str = "", with_account: bool = False) -> list[Candidate]:
    """Whoever serves now, with some expertise (part of its words; empty: any); ``with_account``: who can sign in."""
    rows = session.execute(_POOL, {"expertise": expertise.strip(), "with_account": with_account})
    return [Candidate(row.id, row.name, row.is_inspector, row.expertise, row.user_id) for row in rows]


def tied(
    session: Session, case_ids: Sequence[int], people: Sequence[int], today: date
) -> dict[int, dict[int, RecusalGround]]:
    """By case whoever of these people must keep out, and why (《重庆市教育督导条例》第十二条)."""
    asked = {"cases": list(case_ids), "people": list(people), "today": today}
    found: dict[int, dict[int, RecusalGround]] = defaultdict(dict)
    for case_id, person, ground in session.execute(_TIED, asked):
        found[case_id].setdefault(person, RecusalGround(ground))
    return found
