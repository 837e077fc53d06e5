"""Receipts that are missing, and decisions that wait: asked for once each, by time.

A formal notice that nobody signed for is asked for once; two working days later the round's coordinator is told. A
measure or an extension that waits for its decision, or a talk for its next step, is recalled every third working day.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from casework.keys import NOTICE_KEY
from casework.notify import COPIES, Queued, queue, queue_from, timing
from db.workdays import work_calendar
from process.calendar import local_day
from process.decide import NoticeDraft
from process.quiet import receipt_expected
from process.vocabulary import NoticeKind, Role

BATCH = 500
RECALL_EVERY = 3
"""Working days after which the office is reminded of what waits for it, and again."""

_DUE = """
SELECT id FROM notices WHERE chase_at <= :now AND signed_at IS NULL
ORDER BY chase_at, id LIMIT :limit FOR UPDATE SKIP LOCKED
"""

# Withdrawn or closed, nothing is asked for any more; while a case is suspended, asking waits.
_ASKED = """
SELECT n.*, coalesce(c.status, 'open') AS standing, k.name
FROM notices n LEFT JOIN cases c ON c.id = n.case_id JOIN contacts k ON k.id = n.contact_id WHERE n.id = ANY(:ids)
"""
_DATA = """
jsonb_build_object('kind', a.kind, 'said_on', a.created_at, 'notice', a.id, 'name', a.name)
"""

# Asked for once without effect: the coordinator is told instead, or whoever stands in for them.
_MISSING = f"""
SELECT 'receipt_missing' AS kind, 'n' || a.id AS step, '[]'::jsonb AS positions, '["coordinator"]'::jsonb AS roles,
       true AS by_mail, {_DATA} AS data, a.round_id, a.case_id, a.subject_id, a.work_item_id, a.attempt, a.due_on,
       NULL::bigint AS climb_id, NULL::bigint AS talk_id, NULL::bigint AS letter_id, '[]'::jsonb AS people
FROM ({_ASKED}) a WHERE a.standing = 'open' AND a.data ? 'chased'
"""
_CHASE = f"""
WITH a AS MATERIALIZED ({_ASKED}),
chased AS (
    UPDATE notices n SET data = CASE WHEN standing = 'open' THEN n.data || '{{"chased": true}}' ELSE n.data END,
        chase_at = CASE WHEN standing = 'suspended' OR (standing = 'open' AND NOT a.data ? 'chased')
                   THEN CAST(:again AS timestamptz) END
    FROM a WHERE n.id = a.id
),
d AS (
    SELECT 'receipt_reminder' AS kind, 'n' || a.id AS step, a.round_id, a.case_id, a.subject_id, a.work_item_id,
           a.attempt, a.due_on, a.contact_id, a.position, NULL::bigint AS user_id,
           {_DATA} || '{{"by_mail": true}}' AS data
    FROM a WHERE a.standing = 'open' AND NOT a.data ? 'chased'
),
said AS (
    INSERT INTO notices (key, kind, round_id, case_id, work_item_id, attempt, due_on, subject_id, contact_id, position,
                         user_id, data, created_at)
    SELECT {NOTICE_KEY}, kind, round_id, case_id, work_item_id, attempt, due_on, subject_id, contact_id, position,
           user_id, data, :now FROM d
    ON CONFLICT (key) DO NOTHING
    RETURNING id, key, kind, due_on, contact_id, user_id, true AS by_mail, false AS for_another
)
{COPIES}
"""

# What waits for the office, since when, and whose turn it is. A talk's last step waits for its last commitment.
# What is suspended waits for nobody.
_WAITING = """
SELECT w.*, c.round_id, c.subject_id, c.work_item_id FROM (
    SELECT 'decision_waiting' AS notice, 'climb' || k.id AS step, 'manager' AS role, k.case_id, k.id AS climb_id,
           CAST(NULL AS bigint) AS talk_id, k.at AS since,
           jsonb_build_object('kind', k.kind, 'reason', k.reason) AS data
    FROM climbs k WHERE k.status = 'proposed'
    UNION ALL
    SELECT 'decision_waiting', 'extension' || x.id, x.approver, x.case_id, NULL, NULL, x.requested_at,
           jsonb_build_object('kind', 'extension', 'reason', x.reason, 'from', x.due_on, 'to', x.requested_due_on)
    FROM extensions x WHERE x.status = 'requested'
    UNION ALL
    SELECT 'talk_waiting', 'talk' || t.id || t.status, 'coordinator', t.case_id, NULL, t.id,
           CASE t.status WHEN 'approved' THEN t.decided_at WHEN 'notified' THEN t.scheduled_for
           WHEN 'held' THEN t.held_at ELSE (SELECT max(m.closed_at) FROM cases m
               WHERE m.origin_talk_id = t.id HAVING bool_and(m.status IN ('closed', 'withdrawn'))) END,
           jsonb_build_object('status', t.status, 'reason', t.reason)
    FROM talks t WHERE t.status IN ('approved', 'notified', 'held', 'minuted')
) w JOIN cases c ON c.id = w.case_id WHERE w.since < :before AND c.status <> 'suspended' ORDER BY w.step
"""


def chase_receipts(session: Session, now: datetime, *, limit: int = BATCH) -> int:
    """Ask for missing receipts: how many were looked at. Repeat until none are."""
    ids = list(session.execute(text(_DUE), {"now": now, "limit": limit}).scalars())
    if not ids:
        return 0
    queue_from(session, _MISSING, {"ids": ids}, now)
    again = receipt_expected(now, work_calendar(session))
    session.execute(text(_CHASE), {**timing(session, now), "ids": ids, "again": again})
    return len(ids)


def recall_waiting(session: Session, now: datetime) -> int:
    """Remind the office of what has waited for it for three working days, six, nine, …: how much there was."""
    calendar = work_calendar(session)
    today = local_day(now)
    said = []
    for row in session.execute(text(_WAITING), {"before": now}).mappings():
        waited = calendar.working_days_between(local_day(row["since"]), today)
        if waited < RECALL_EVERY:
            continue
        turn = waited // RECALL_EVERY
        data = {**row["data"], "since": row["since"].isoformat(), "waited": turn * RECALL_EVERY}
        step, roles = f"{row['step']}:{turn}", (Role(row["role"]),)
        draft = NoticeDraft(NoticeKind(row["notice"]), roles=roles, step=step, data=data)
        whose = (row["round_id"], row["case_id"], row["subject_id"], row["work_item_id"])
        said.append(Queued(draft, *whose, climb_id=row["climb_id"], talk_id=row["talk_id"]))
    queue(session, said, now)
    return len(said)
