"""The outbox in the database: claiming what is due, and writing down what became of it.

A claim is a lease. Whoever is killed between claim and result leaves rows ``sending``; once the lease has run out an
obligation is claimed again, and a reminder becomes ``uncertain``, because it may have gone out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from db.workdays import work_calendar
from notifications.settle import MAX_ATTEMPTS, Claim, Result
from process.calendar import local_day
from process.quiet import may_leave
from process.vocabulary import Channel, DeliveryStatus, EventKind, Mode, NoticeKind, Urgency

URGENT = [kind.value for kind in NoticeKind if kind.urgency is Urgency.URGENT]
AT_MOST_ONCE = [kind.value for kind in NoticeKind if not kind.obligation]

_ABANDONED = text("""
UPDATE deliveries SET status = 'uncertain', answer = '发送时中断，结果不明；提醒不重发'
WHERE id IN (
    SELECT d.id FROM deliveries d JOIN notices n ON n.id = d.notice_id
    WHERE d.channel = :channel AND d.status = 'sending' AND d.next_attempt_at <= :now AND n.kind = ANY(:at_most_once)
    ORDER BY d.id FOR UPDATE OF d SKIP LOCKED)
RETURNING id
""")

# Outside working hours only what is urgent, digests not before their hour; a notice with a letter waits until its
# letter is rendered.
_SENDABLE = """
d.status IN ('pending', 'sending') AND d.next_attempt_at <= :now
      AND NOT (d.status = 'sending' AND n.kind = ANY(:at_most_once))
      AND CASE WHEN d.mode = 'digest' THEN :digests ELSE :open OR n.kind = ANY(:urgent) END
      AND (n.letter_id IS NULL OR EXISTS (
          SELECT FROM letters l WHERE l.id = n.letter_id AND (l.sha256 IS NOT NULL OR l.trouble <> '')))
"""

_TAKE = """
UPDATE deliveries d SET status = 'sending', next_attempt_at = :lease, attempts = d.attempts + 1
FROM due WHERE d.id = due.id
RETURNING d.id, d.notice_id, due.kind, d.attempts, d.message_id, d.mode
"""

_CLAIM = text(f"""
WITH due AS MATERIALIZED (
    SELECT d.id, n.kind FROM deliveries d JOIN notices n ON n.id = d.notice_id
    WHERE d.channel = :channel AND {_SENDABLE}
    ORDER BY d.next_attempt_at, d.id LIMIT :limit
    FOR UPDATE OF d SKIP LOCKED)
{_TAKE}
""")

# The rest of the digests of which a part was claimed: nobody gets two in a row.
_CLAIM_REST = text(f"""
WITH readers AS (SELECT DISTINCT contact_id, user_id FROM notices WHERE id = ANY(:notices)),
due AS MATERIALIZED (
    SELECT d.id, n.kind FROM readers r
    JOIN notices n ON n.contact_id = r.contact_id OR n.user_id = r.user_id
    JOIN deliveries d ON d.notice_id = n.id
    WHERE d.channel = 'email' AND d.mode = 'digest' AND {_SENDABLE}
    ORDER BY d.id FOR UPDATE OF d SKIP LOCKED)
{_TAKE}
""")

# One at a time: else two deliverers side by side would each take a part of a digest.
_TURN = text("SELECT pg_advisory_xact_lock(hashtext('dudao:digests'))")

# Copies for a way that this installation does not have are not kept waiting for ever.
_UNUSED = text("""
UPDATE deliveries SET status = 'cancelled', answer = :words
WHERE channel = :channel AND status = 'pending' AND next_attempt_at <= :now
""")

_ROWS = """
SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(
    id bigint, attempt int, status text, answer text, next_attempt_at timestamptz, counted boolean,
    address text, subject_line text, body text, mail_id text)
"""

# A late "sent" may still correct "uncertain"; nothing else is written by one whose lease was lost.
_WRITE = text(f"""
WITH r AS ({_ROWS})
UPDATE deliveries d SET
    status = r.status, answer = r.answer, next_attempt_at = coalesce(r.next_attempt_at, d.next_attempt_at),
    attempts = d.attempts - CASE WHEN r.counted THEN 0 ELSE 1 END,
    address = coalesce(r.address, d.address), subject_line = coalesce(r.subject_line, d.subject_line),
    body = coalesce(r.body, d.body), mail_id = coalesce(r.mail_id, d.mail_id),
    sent_at = CASE WHEN r.status = 'sent' THEN :now ELSE d.sent_at END
FROM r WHERE d.id = r.id AND d.attempts = r.attempt
    AND (d.status = 'sending' OR (d.status = 'uncertain' AND r.status = 'sent'))
RETURNING d.id, d.status
""")

# A rung counts as delivered once it reached those it warns: the office's own copies count only where there are no
# others, and a proposal put to a manager never does.
_DELIVERED = text("""
UPDATE climbs SET delivered_at = :now WHERE id IN (
    SELECT c.id FROM climbs c WHERE c.delivered_at IS NULL AND c.id IN (
        SELECT n.climb_id FROM notices n JOIN deliveries d ON d.notice_id = n.id
        WHERE d.id = ANY(:sent) AND n.kind <> 'rung_proposed' AND (
            n.contact_id IS NOT NULL OR NOT EXISTS (
                SELECT FROM notices o WHERE o.climb_id = n.climb_id AND o.contact_id IS NOT NULL)))
    ORDER BY c.id FOR UPDATE)
""")

_DEAD = """
WITH dead AS (
    SELECT n.*, coalesce(d.address, '') AS address, d.answer, coalesce(c.name, u.name) AS name, s.name AS subject
    FROM deliveries d JOIN notices n ON n.id = d.notice_id LEFT JOIN cases k ON k.id = n.case_id
    LEFT JOIN contacts c ON c.id = n.contact_id LEFT JOIN users u ON u.id = n.user_id
    JOIN subjects s ON s.id = coalesce(k.subject_id, c.subject_id)
    WHERE d.id = ANY(:dead) AND n.round_id IS NOT NULL)
"""

_DEAD_EVENTS = text(
    _DEAD
    + """
INSERT INTO events (round_id, case_id, work_item_id, kind, actor_name, at, data)
SELECT round_id, case_id, work_item_id, :event, '', :now,
       jsonb_build_object('notice', id, 'kind', kind, 'name', name, 'address', address, 'answer', answer)
FROM dead ORDER BY id
"""
)

# One per address and round: a dead mailbox is news once, and again if mail had reached it in between. By recipient
# where there is no address.
_DEAD_NOTICES = text(
    _DEAD
    + """,
news AS (
    SELECT DISTINCT ON (told) * FROM (
        SELECT dead.id, dead.round_id, dead.case_id, dead.address, dead.contact_id,
               coalesce(l.to_user_id, r.coordinator_id) AS coordinator_id,
               concat('undeliverable:', dead.round_id, ':', coalesce(
                   nullif(dead.address, ''), 'contact-' || dead.contact_id, 'user-' || dead.user_id)) AS told,
               jsonb_build_object(
                   'kind', dead.kind, 'name', dead.name, 'address', dead.address, 'answer', dead.answer,
                   'position', dead.position, 'subject', dead.subject, 'notice', dead.id) AS data
        FROM dead JOIN rounds r ON r.id = dead.round_id
        LEFT JOIN delegations l ON l.user_id = r.coordinator_id AND l.revoked_at IS NULL
            AND :today BETWEEN l.first_day AND l.last_day) each_one
    ORDER BY told, id),
before AS (
    SELECT news.id, b.times, b.last
    FROM news JOIN notices p ON p.key = told CROSS JOIN LATERAL (
        SELECT count(*) AS times, max(q.created_at) AS last FROM notices q
        WHERE q.round_id = news.round_id AND q.kind = :notice AND (q.key = told OR starts_with(q.key, told || ':'))) b)
INSERT INTO notices (key, kind, round_id, case_id, user_id, data, created_at)
SELECT told || CASE WHEN EXISTS (
           SELECT FROM notices n JOIN deliveries d ON d.notice_id = n.id
           WHERE n.round_id = news.round_id AND d.sent_at > last
               AND CASE WHEN address = '' THEN n.contact_id = news.contact_id ELSE d.address = news.address END)
       THEN ':' || times + 1 ELSE '' END, :notice, round_id, case_id, coordinator_id, data, :now
FROM news LEFT JOIN before ON before.id = news.id
ORDER BY told
ON CONFLICT (key) DO NOTHING
"""
)

_PENDING = text("SELECT count(*) FROM deliveries WHERE status IN ('pending', 'sending') AND next_attempt_at <= :now")

_DEAD_LETTERS = text("""
SELECT d.id AS delivery_id, d.notice_id, n.round_id, n.case_id, n.kind, d.status, d.attempts, d.answer,
       coalesce(d.address, c.email, u.email) AS address, coalesce(c.name, u.name) AS name,
       coalesce(s.name, '') AS subject, coalesce(r.title, '') AS round, n.created_at
FROM deliveries d JOIN notices n ON n.id = d.notice_id LEFT JOIN cases k ON k.id = n.case_id
LEFT JOIN contacts c ON c.id = n.contact_id LEFT JOIN users u ON u.id = n.user_id
LEFT JOIN subjects s ON s.id = coalesce(k.subject_id, c.subject_id) LEFT JOIN rounds r ON r.id = n.round_id
WHERE d.status IN ('dead', 'uncertain') ORDER BY d.id DESC LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A delivery that failed or whose fate is unknown, as a screen lists it."""

    delivery_id: int
    notice_id: int
    round_id: int | None
    case_id: int | None
    kind: NoticeKind
    status: DeliveryStatus
    attempts: int
    answer: str
    address: str | None
    name: str
    subject: str
    round: str
    created_at: datetime


def pending(session: Session, now: datetime) -> int:
    """How many deliveries are due, leases that ran out included."""
    return int(session.execute(_PENDING, {"now": now}).scalar_one())


def dead_letters(session: Session, limit: int = 100) -> list[DeadLetter]:
    """What failed or is uncertain, newest first."""
    rows = session.execute(_DEAD_LETTERS, {"limit": limit}).mappings()
    return [
        DeadLetter(**{**row, "kind": NoticeKind(row["kind"]), "status": DeliveryStatus(row["status"])}) for row in rows
    ]


def abandon_reminders(session: Session, channel: Channel, now: datetime) -> int:
    """Reminders whose sender never came back: uncertain. How many there were."""
    parameters = {"now": now, "at_most_once": AT_MOST_ONCE, "channel": channel}
    return len(session.execute(_ABANDONED, parameters).all())


def claim(session: Session, channel: Channel, now: datetime, lease: datetime, limit: int) -> list[Claim]:
    """Take up to ``limit`` due deliveries of a channel; they are ours until ``lease``.

    Digests are taken whole, so there may be more. Outside working hours only what is urgent is due.
    """
    calendar = work_calendar(session)
    parameters = {
        "now": now,
        "lease": lease,
        "at_most_once": AT_MOST_ONCE,
        "urgent": URGENT,
        "open": may_leave(Urgency.PROMPT, now, calendar),
        "digests": may_leave(Urgency.ROUTINE, now, calendar),
    }
    if channel is Channel.EMAIL:
        session.execute(_TURN)
    claims = _claims(session.execute(_CLAIM, {**parameters, "channel": channel, "limit": limit}))
    parts = [claimed.notice_id for claimed in claims if claimed.mode is Mode.DIGEST]
    if parts:
        claims += _claims(session.execute(_CLAIM_REST, {**parameters, "notices": parts}))
    return sorted(claims, key=lambda claimed: claimed.id)


def _claims(rows: Iterable[Any]) -> list[Claim]:
    return [
        Claim(id_, notice, NoticeKind(kind), attempt, message, Mode(mode))
        for id_, notice, kind, attempt, message, mode in rows
    ]


def cancel_unused(session: Session, channel: Channel, now: datetime, words: str) -> int:
    """Cancel what waits for a channel that is not configured, saying so."""
    result = session.execute(_UNUSED, {"channel": channel, "now": now, "words": words})
    return int(getattr(result, "rowcount", 0))


def exhausted(claimed: Claim) -> bool:
    """Whether it was already tried as often as may be: its senders keep dying, perhaps of it."""
    return claimed.attempt > MAX_ATTEMPTS


def record(session: Session, results: Sequence[Result], now: datetime) -> list[Result]:
    """Write results down, with what follows from them, and return those that were still ours to write."""
    written = session.execute(_WRITE, {"rows": json.dumps([_row(r) for r in results], ensure_ascii=False), "now": now})
    status = {row.id: row.status for row in written}
    sent = [id_ for id_, became in status.items() if became == DeliveryStatus.SENT]
    dead = [id_ for id_, became in status.items() if became == DeliveryStatus.DEAD]
    if sent:
        session.execute(_DELIVERED, {"now": now, "sent": sent})
    if dead:
        session.execute(_DEAD_EVENTS, {"now": now, "dead": dead, "event": EventKind.UNDELIVERABLE.value})
        told = {"now": now, "today": local_day(now), "dead": dead, "notice": NoticeKind.UNDELIVERABLE.value}
        session.execute(_DEAD_NOTICES, told)
    return [result for result in results if result.claim.id in status]


def _row(result: Result) -> dict[str, Any]:
    at = result.next_attempt_at
    return {
        "id": result.claim.id,
        "attempt": result.claim.attempt,
        "status": result.status.value,
        "answer": result.answer,
        "next_attempt_at": at.isoformat() if at else None,
        "counted": result.counted,
        "address": result.address,
        "subject_line": result.subject_line,
        "body": result.body,
        "mail_id": result.mail_id,
    }
