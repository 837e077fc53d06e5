"""Receipts that are missing, and decisions that wait: asked for once each, by time.

A formal notice that nobody signed for is asked for once; two working days later the round's coordinator is told. A
measure or an extension that waits for its decision, or a talk for its next step, is recalled every third working day.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from casework.keys import NOTICE_KEY
from casework.notify import COPIES, Queued, queue, timing
from db.workdays import work_calendar
from process.calendar import local_day
from process.decide import NoticeDraft
from process.quiet import receipt_expected
from process.vocabulary import NoticeKind, Role

BATCH = 500
RECALL_EVERY = 3
"""Working days after which the office is reminded of what waits for it, and again."""

# What is left, withdrawn or closed is not asked for any more; the second time the coordinator is told instead.
_CHASE = f"""
WITH due AS MATERIALIZED (
    SELECT n.* FROM notices n LEFT JOIN cases c ON c.id = n.case_id
    WHERE n.chase_at <= :now AND n.signed_at IS NULL
    ORDER BY n.chase_at, n.id LIMIT :limit FOR UPDATE OF n SKIP LOCKED
),
alive AS (
    SELECT u.* FROM due u LEFT JOIN cases c ON c.id = u.case_id WHERE c.id IS NULL OR c.status = 'open'
),
chased AS (
    UPDATE notices n SET data = n.data || '{{"chased": true}}',
        chase_at = CASE WHEN a.id IS NULL OR n.data ? 'chased' THEN NULL ELSE CAST(:again AS timestamptz) END
    FROM due u LEFT JOIN alive a ON a.id = u.id WHERE n.id = u.id
),
d AS (
    SELECT CASE WHEN a.data ? 'chased' THEN 'receipt_missing' ELSE 'receipt_reminder' END AS kind,
           'n' || a.id AS step, a.round_id, a.case_id, a.subject_id, a.work_item_id, a.attempt, a.due_on,
           CASE WHEN a.data ? 'chased' THEN NULL ELSE a.contact_id END AS contact_id,
           CASE WHEN a.data ? 'chased' THEN NULL ELSE a.position END AS position,
           CASE WHEN a.data ? 'chased' THEN r.coordinator_id END AS user_id,
           jsonb_build_object('kind', a.kind, 'said_on', a.created_at, 'notice', a.id, 'name', k.name,
                              'by_mail', true) AS data
    FROM alive a JOIN rounds r ON r.id = a.round_id JOIN contacts k ON k.id = a.contact_id
),
said AS (
    INSERT INTO notices (key, kind, round_id, case_id, work_item_id, attempt, due_on, subject_id, contact_id, position,
                         user_id, data, created_at)
    SELECT {NOTICE_KEY}, kind, round_id, case_id, work_item_id, attempt, due_on,
           CASE WHEN contact_id IS NOT NULL THEN subject_id END, contact_id, position, user_id, data, :now FROM d
    ON CONFLICT (key) DO NOTHING
    RETURNING id, key, kind, due_on, contact_id, user_id, true AS by_mail
)
{COPIES}
"""

# What waits for the office, since when, and whose turn it is. A talk's last step waits for its last commitment.
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
               WHERE m.origin_talk_id = t.id HAVING bool_and(m.status = 'closed')) END,
           jsonb_build_object('status', t.status, 'reason', t.reason)
    FROM talks t WHERE t.status IN ('approved', 'notified', 'held', 'minuted')
) w JOIN cases c ON c.id = w.case_id WHERE w.since < :before ORDER BY w.step
"""


def chase_receipts(session: Session, now: datetime, *, limit: int = BATCH) -> int:
    """Ask for missing receipts: how many copies went to the outbox. Repeat until none do."""
    calendar = work_calendar(session)
    parameters = {**timing(session, now), "again": receipt_expected(now, calendar), "limit": limit}
    result = session.execute(text(_CHASE), parameters)
    return int(getattr(result, "rowcount", 0))


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
