"""What a calendar feed shows: due dates of open items, and talks that are appointed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pydantic import Field
from sqlalchemy import text
from sqlmodel import Session

from db.queries.rows import Row
from db.queries.sight import Sight, seen_case

MOST_EVENTS = 2000
"""No feed is longer than this."""


class FeedRow(Row):
    """A live feed; its secret is known to whoever opened it only."""

    id: int
    round_id: int | None = Field(description="只含这一轮次；空为等本人办理的全部事项")
    round_title: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Which deadlines, among the cases that exist for whoever asks.

    ``owners`` are the roles whose turn it is; for the coordinators, items with a request for more time are added.
    ``inspector`` is an account: if it is an inspector's, only the cases of their teams count.
    """

    sight: Sight
    owners: tuple[str, ...] | None = None
    inspector: int | None = None
    round_id: int | None = None

    def conditions(self) -> Iterator[str]:
        """On cases. Only what is asked stands in the statement, so that the planner can use an index for it."""
        if not self.sight.everything:
            yield seen_case()
        if self.round_id is not None:
            yield "c.round_id = :round_id"
        if self.inspector is not None:
            yield (
                "(c.subject_id = :in_person OR NOT EXISTS (SELECT FROM inspectors i WHERE i.user_id = :inspector) "
                "OR c.id IN ("
                "SELECT m.case_id FROM team_members m JOIN inspectors i ON i.id = m.inspector_id "
                "WHERE i.user_id = :inspector))"
            )

    @property
    def parameters(self) -> dict[str, Any]:
        """What the conditions speak of."""
        return {
            **self.sight.parameters,
            "owners": list(self.owners or ()),
            "inspector": self.inspector,
            "round_id": self.round_id,
        }


class Deadline(Row):
    """An attempt of an open item, and when it is due."""

    id: int
    attempt: int
    stage: str
    due_on: date
    provisional: bool
    changed_at: datetime
    case_id: int
    version: int
    matter: str
    subject: str
    round_id: int
    round_title: str
    extension_pending: bool


class Appointment(Row):
    """A talk whose notice has gone out and that is still to be held."""

    id: int
    scheduled_for: datetime
    place: str
    changed_at: datetime
    case_id: int
    subject: str
    round_title: str


_LIVE_FEEDS = text(
    """
    SELECT f.id, f.round_id, r.title AS round_title, f.created_at
    FROM calendar_feeds f LEFT JOIN rounds r ON r.id = f.round_id
    WHERE f.user_id = :user AND f.revoked_at IS NULL ORDER BY f.id DESC
    """
)
# The items are chosen first, the few details looked up for the chosen only.
_DEADLINES = """
WITH item AS (
    SELECT w.id, w.attempt, w.stage, w.due_on, w.provisional, w.due_since, w.case_id, c.version, c.matter,
           c.subject_id, c.round_id
    FROM work_items w JOIN cases c ON c.id = w.case_id AND c.work_item_id = w.id
    WHERE w.status = 'open' AND c.status = 'open' AND {where}
    ORDER BY w.due_on, w.id LIMIT :limit
)
SELECT w.id, w.attempt, w.stage, w.due_on, w.provisional, greatest(w.due_since, x.changed_at) AS changed_at,
       w.case_id, w.version, w.matter, s.name AS subject, w.round_id, r.title AS round_title,
       coalesce(x.pending, false) AS extension_pending
FROM item w JOIN subjects s ON s.id = w.subject_id JOIN rounds r ON r.id = w.round_id
LEFT JOIN LATERAL (
    SELECT bool_or(x.status = 'requested') AS pending, max(greatest(x.requested_at, x.decided_at)) AS changed_at
    FROM extensions x WHERE x.case_id = w.case_id AND x.work_item_id = w.id AND x.attempt = w.attempt
) x ON true
ORDER BY w.due_on, w.id
"""
_OWNED = """(w.owner = ANY(CAST(:owners AS text[])) OR (w.owner = 'district' AND c.subject_id = :in_person)
     OR ('coordinator' = ANY(CAST(:owners AS text[]))
     AND w.id IN (SELECT work_item_id FROM extensions WHERE status = 'requested')))"""
_APPOINTMENTS = """
SELECT t.id, t.scheduled_for, t.place, t.notified_at AS changed_at, t.case_id, s.name AS subject,
       r.title AS round_title
FROM talks t JOIN cases c ON c.id = t.case_id JOIN subjects s ON s.id = c.subject_id JOIN rounds r ON r.id = c.round_id
WHERE t.status = 'notified' AND t.scheduled_for IS NOT NULL AND {where}
ORDER BY t.scheduled_for, t.id LIMIT :limit
"""


def live_feeds(session: Session, user_id: int) -> list[FeedRow]:
    """The feeds of an account that were not revoked."""
    return [FeedRow(**row) for row in session.execute(_LIVE_FEEDS, {"user": user_id}).mappings()]


def deadlines(session: Session, cut: Cut, limit: int = MOST_EVENTS) -> list[Deadline]:
    """The open items of a cut, the earliest due first. What is suspended has no deadline."""
    conditions = [*cut.conditions(), *([_OWNED] if cut.owners is not None else [])]
    return [Deadline(**row) for row in session.execute(*_asked(_DEADLINES, conditions, cut, limit)).mappings()]


def appointments(session: Session, cut: Cut, limit: int = MOST_EVENTS) -> list[Appointment]:
    """The talks of a cut, whoever's turn it is on the case."""
    return [
        Appointment(**row)
        for row in session.execute(*_asked(_APPOINTMENTS, list(cut.conditions()), cut, limit)).mappings()
    ]


def _asked(statement: str, conditions: list[str], cut: Cut, limit: int) -> tuple[Any, dict[str, Any]]:
    return text(statement.format(where=" AND ".join(conditions) or "true")), {**cut.parameters, "limit": limit}
