"""Queueing what is to be said, in the transaction in which it became true."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlmodel import Session

from casework.keys import MESSAGE_ID, NOTICE_KEY
from process.calendar import local_day
from process.decide import NoticeDraft


@dataclass(frozen=True, slots=True)
class Queued:
    """A notice draft with what it is about."""

    draft: NoticeDraft
    round_id: int
    case_id: int
    subject_id: str
    work_item_id: int | None = None
    attempt: int | None = None
    due_on: date | None = None
    climb_id: int | None = None
    talk_id: int | None = None


FROM_JSON = """
SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(
    kind text, step text, positions jsonb, roles jsonb, by_mail boolean, data jsonb, round_id bigint, case_id bigint,
    subject_id text, work_item_id bigint, attempt int, due_on date, climb_id bigint, talk_id bigint)
"""


def queue(session: Session, notices: Sequence[Queued], now: datetime) -> None:
    """Write the notices of a unit of work to the inboxes, and their copies to the outbox."""
    if not notices:
        return
    rows = [
        {
            "kind": queued.draft.kind,
            "step": queued.draft.step,
            "positions": list(queued.draft.positions),
            "roles": list(queued.draft.roles),
            "by_mail": queued.draft.by_mail,
            "data": dict(queued.draft.data),
            "round_id": queued.round_id,
            "case_id": queued.case_id,
            "subject_id": queued.subject_id,
            "work_item_id": queued.work_item_id,
            "attempt": queued.attempt,
            "due_on": queued.due_on.isoformat() if queued.due_on else None,
            "climb_id": queued.climb_id,
            "talk_id": queued.talk_id,
        }
        for queued in notices
    ]
    queue_from(session, FROM_JSON, {"rows": json.dumps(rows, ensure_ascii=False)}, now)


def queue_from(session: Session, source: str, parameters: dict[str, object], now: datetime) -> None:
    """Queue what a SELECT yields (columns as :data:`FROM_JSON`), resolving positions and roles to people as a set.

    A district without anybody in the positions addressed is itself news: the round's coordinator is told so.
    """
    session.execute(text(_QUEUE.replace("/*source*/", source)), {**parameters, "now": now, "today": local_day(now)})


_QUEUE = f"""
WITH d AS (/*source*/),
held AS (
    SELECT d.*, c.id AS contact_id, c.position, NULL::bigint AS user_id
    FROM d JOIN contacts c ON c.subject_id = d.subject_id AND d.positions ? c.position::text
        AND coalesce(c.valid_from, :today) <= :today AND coalesce(c.valid_to, :today) >= :today
),
addressed AS (
    SELECT * FROM held
    UNION ALL
    SELECT d.*, NULL, NULL, u.id
    FROM d JOIN rounds r ON r.id = d.round_id
    JOIN users u ON u.active AND (
        (d.roles ? 'coordinator' AND u.id = r.coordinator_id) OR (d.roles ? 'manager' AND u.role = 'manager'))
    UNION ALL
    SELECT 'undeliverable', d.kind || ':' || d.step, d.positions, d.roles, false,
           jsonb_build_object('kind', d.kind, 'answer', '没有在任的联系人'), d.round_id, d.case_id, NULL,
           d.work_item_id, d.attempt, d.due_on, NULL, NULL, NULL, NULL, r.coordinator_id
    FROM d JOIN rounds r ON r.id = d.round_id
    WHERE jsonb_array_length(d.positions) > 0 AND NOT EXISTS (
        SELECT FROM contacts c WHERE c.subject_id = d.subject_id AND d.positions ? c.position::text
        AND coalesce(c.valid_from, :today) <= :today AND coalesce(c.valid_to, :today) >= :today)
),
said AS (
    INSERT INTO notices (key, kind, round_id, case_id, work_item_id, attempt, due_on, climb_id, talk_id, subject_id,
                         contact_id, position, user_id, data, created_at)
    SELECT {NOTICE_KEY}, kind, round_id, case_id, work_item_id, attempt, due_on, climb_id, talk_id,
           CASE WHEN contact_id IS NOT NULL THEN subject_id END, contact_id, position, user_id,
           data || jsonb_build_object('by_mail', by_mail), :now
    FROM addressed
    ON CONFLICT (key) DO NOTHING
    RETURNING id, key, (data ->> 'by_mail')::boolean AS by_mail
)
INSERT INTO deliveries (notice_id, channel, status, next_attempt_at, attempts, message_id, answer)
SELECT id, 'email', 'pending', :now, 0, {MESSAGE_ID}, '' FROM said WHERE by_mail
"""
