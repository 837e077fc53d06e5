"""Queueing what is to be said, in the transaction in which it became true."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlmodel import Session

from casework.keys import CHANNEL_MESSAGE_ID, MESSAGE_ID, NOTICE_KEY
from db.workdays import work_calendar
from process.calendar import local_day
from process.decide import NoticeDraft
from process.quiet import receipt_expected, release
from process.vocabulary import NoticeKind, Urgency


@dataclass(frozen=True, slots=True)
class Queued:
    """A notice draft with what it is about."""

    draft: NoticeDraft
    round_id: int | None
    case_id: int | None
    subject_id: str | None
    work_item_id: int | None = None
    attempt: int | None = None
    due_on: date | None = None
    climb_id: int | None = None
    talk_id: int | None = None
    letter_id: int | None = None


FROM_JSON = """
SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(
    kind text, step text, positions jsonb, roles jsonb, by_mail boolean, data jsonb, round_id bigint, case_id bigint,
    subject_id text, work_item_id bigint, attempt int, due_on date, climb_id bigint, talk_id bigint, letter_id bigint,
    people jsonb)
"""
COLUMNS = (
    "kind", "step", "positions", "roles", "by_mail", "data", "round_id", "case_id", "subject_id", "work_item_id",
    "attempt", "due_on", "climb_id", "talk_id", "letter_id", "people",
)  # fmt: skip
"""The columns of a source."""


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
            "letter_id": queued.letter_id,
            "people": list(queued.draft.people),
        }
        for queued in notices
    ]
    queue_from(session, FROM_JSON, {"rows": json.dumps(rows, ensure_ascii=False)}, now)


def queue_from(session: Session, source: str, parameters: dict[str, object], now: datetime) -> None:
    """Queue what a SELECT yields (columns as :data:`FROM_JSON`), resolving positions, roles and accounts to people as
    a set.

    Whoever is on leave is stood in for; where a round's coordinator has no account any more, all others are told. Where
    a subject has nobody in the positions addressed, its district's people in them are told, or its operator; where
    there is nobody there either, that is itself news: the round's coordinator is told so, outside rounds all of them.
    The copies leave when the urgency of their kind and the reader's wish allow.
    """
    statement = text(_QUEUE.replace("/*source*/", source))
    session.execute(statement, {**timing(session, now), "today": local_day(now), **parameters})


def timing(session: Session, now: datetime) -> dict[str, object]:
    """The parameters of :data:`COPIES` and of receipts: which kinds are how urgent, and from when they may be sent."""
    calendar = work_calendar(session)
    prompt, routine = (release(urgency, now, calendar) for urgency in (Urgency.PROMPT, Urgency.ROUTINE))
    return {
        **_KINDS,
        "now": now,
        "prompt_at": prompt,
        "prompt_day": local_day(prompt),
        "routine_at": routine,
        "routine_day": local_day(routine),
        "chase_at": receipt_expected(now, calendar),
    }


_KINDS = {
    "urgent": [kind.value for kind in NoticeKind if kind.urgency is Urgency.URGENT],
    "routine": [kind.value for kind in NoticeKind if kind.urgency is Urgency.ROUTINE],
    "mandatory": [kind.value for kind in NoticeKind if kind.mandatory],
    "signed_for": [kind.value for kind in NoticeKind if kind.needs_receipt],
}

# Copies of notices just written (rows of ``said``): which channels, by themselves or in the digest, and from when. A
# reminder for which the next digest is a day too late does not wait for it.
COPIES = f"""
INSERT INTO deliveries (notice_id, channel, mode, status, next_attempt_at, attempts, message_id, answer)
SELECT id, channel, mode, 'pending',
       CASE WHEN mode = 'digest' THEN CAST(:routine_at AS timestamptz) WHEN urgent THEN :now ELSE :prompt_at END, 0,
       CASE WHEN channel = 'email' THEN {MESSAGE_ID} ELSE {CHANNEL_MESSAGE_ID} END, ''
FROM (
    SELECT s.id, s.key, s.kind = ANY(:urgent) AS urgent, v.channel,
           CASE WHEN m.mode = 'digest' AND s.kind = 'reminder' AND s.due_on >= :prompt_day AND s.due_on < :routine_day
                THEN 'at_once' ELSE m.mode END AS mode
    FROM said s
    LEFT JOIN preferences p ON p.kind = s.kind AND (p.contact_id = s.contact_id OR p.user_id = s.user_id)
    CROSS JOIN LATERAL (SELECT CASE WHEN s.kind = ANY(:mandatory) THEN 'at_once' ELSE coalesce(p.mode,
        CASE WHEN s.kind = ANY(:routine) OR s.for_another THEN 'digest' ELSE 'at_once' END) END AS mode) m
    LEFT JOIN contacts c ON c.id = s.contact_id
    LEFT JOIN users u ON u.id = s.user_id
    CROSS JOIN LATERAL (VALUES
        ('email', true),
        -- A bot says what stands by itself; a short message only what cannot wait.
        ('bot', coalesce(nullif(c.bot_url, ''), nullif(u.bot_url, '')) IS NOT NULL),
        ('sms', s.kind = ANY(:urgent) AND coalesce(nullif(c.phone, ''), nullif(u.phone, '')) IS NOT NULL)
    ) AS v(channel, reaches)
    WHERE s.by_mail AND v.reaches
) copies WHERE mode = 'at_once' OR (mode = 'digest' AND channel = 'email')
"""

_HOLDS = "coalesce({0}.valid_from, :today) <= :today AND coalesce({0}.valid_to, :today) >= :today"
_D = ", ".join(f"d.{name}" for name in COLUMNS)
_HELD = ", ".join("h.told AS subject_id" if name == "subject_id" else f"h.{name}" for name in COLUMNS)

# Who stands in for whom today. A deputy's deputy is not asked: whoever hands over names somebody who is there. What a
# district is told in place of its schools may be much at once, so it comes in one mail unless it must come by itself.
_QUEUE = f"""
WITH d AS (/*source*/),
alone AS (
    SELECT d.*, s.district_id, s.name AS of FROM d JOIN subjects s ON s.id = d.subject_id
    WHERE jsonb_array_length(d.positions) > 0 AND NOT EXISTS (
        SELECT FROM contacts c
        WHERE c.subject_id = d.subject_id AND d.positions ? c.position::text AND {_HOLDS.format("c")})
),
holders AS (
    SELECT {_D}, c.id, c.position, c.name, c.subject_id AS told, '{{}}'::jsonb AS standing
    FROM d JOIN contacts c ON c.subject_id = d.subject_id AND d.positions ? c.position::text AND {_HOLDS.format("c")}
    UNION ALL
    SELECT {_D}, c.id, c.position, c.name, c.subject_id, jsonb_build_object('on_behalf_of', d.of)
    FROM alone d JOIN contacts c ON c.subject_id = d.district_id AND {_HOLDS.format("c")}
        AND (d.positions ? c.position::text OR (c.position = 'operator' AND NOT EXISTS (
            SELECT FROM contacts k
            WHERE k.subject_id = d.district_id AND d.positions ? k.position::text AND {_HOLDS.format("k")})))
),
held AS (
    SELECT {_HELD}, coalesce(l.to_contact_id, h.id) AS contact_id, h.position, NULL::bigint AS user_id,
           h.standing || CASE WHEN l.id IS NULL THEN '{{}}'::jsonb ELSE jsonb_build_object('in_place_of', h.name) END
               AS standing
    FROM holders h LEFT JOIN delegations l ON l.contact_id = h.id AND l.revoked_at IS NULL
        AND :today BETWEEN l.first_day AND l.last_day
),
office AS (
    SELECT d.*, u.id AS person, u.name
    FROM d LEFT JOIN rounds r ON r.id = d.round_id
    JOIN users u ON u.active AND (
        (d.roles ? 'coordinator' AND (u.id = r.coordinator_id OR (u.role = 'coordinator' AND (r.id IS NULL
            OR NOT EXISTS (SELECT FROM users a WHERE a.id = r.coordinator_id AND a.active)))))
        OR (d.roles ? 'manager' AND u.role = 'manager'))
    UNION ALL
    SELECT d.*, u.id, u.name
    FROM d CROSS JOIN LATERAL jsonb_array_elements_text(d.people) p(id) JOIN users u ON u.id = p.id::bigint AND u.active
),
deputies AS (
    SELECT o.person, l.to_user_id FROM (SELECT DISTINCT person FROM office) o
    JOIN delegations l ON l.user_id = o.person AND l.revoked_at IS NULL AND :today BETWEEN l.first_day AND l.last_day
    JOIN users u ON u.id = l.to_user_id AND u.active
),
addressed AS (
    SELECT * FROM held
    UNION ALL
    SELECT {{office}}, NULL, NULL, o.person, '{{}}'::jsonb
    FROM office o
    UNION ALL
    SELECT {{office}}, NULL, NULL, p.to_user_id, jsonb_build_object('in_place_of', o.name)
    FROM office o JOIN deputies p ON p.person = o.person
    UNION ALL
    SELECT 'undeliverable', concat_ws(':', d.kind, d.step, CASE WHEN r.id IS NULL THEN d.subject_id END), d.positions,
           d.roles, false, jsonb_build_object('kind', d.kind, 'answer', '没有在任的联系人')
               || CASE WHEN d.case_id IS NOT NULL THEN '{{}}'::jsonb
                       ELSE jsonb_build_object('subject', d.of, 'name', '联系人') END, d.round_id, d.case_id, NULL,
           d.work_item_id, d.attempt, d.due_on, NULL, NULL, NULL, NULL, NULL, NULL, u.id, '{{}}'::jsonb
    FROM alone d LEFT JOIN rounds r ON r.id = d.round_id
    JOIN users u ON u.id = r.coordinator_id OR (r.id IS NULL AND u.role = 'coordinator' AND u.active)
    WHERE NOT EXISTS (
        SELECT FROM contacts c WHERE c.subject_id = d.district_id AND {_HOLDS.format("c")}
            AND (c.position = 'operator' OR d.positions ? c.position::text))
),
said AS (
    INSERT INTO notices (key, kind, round_id, case_id, work_item_id, attempt, due_on, climb_id, talk_id, letter_id,
                         subject_id, contact_id, position, user_id, data, created_at, chase_at)
    SELECT {NOTICE_KEY}, kind, round_id, case_id, work_item_id, attempt, due_on, climb_id, talk_id, letter_id,
           CASE WHEN contact_id IS NOT NULL THEN subject_id END, contact_id, position, user_id,
           data || standing || jsonb_build_object('by_mail', by_mail AND NOT EXISTS (
               SELECT FROM deputies p WHERE p.person = user_id)), :now,
           CASE WHEN contact_id IS NOT NULL AND kind = ANY(:signed_for) THEN CAST(:chase_at AS timestamptz) END
    FROM addressed
    ON CONFLICT (key) DO NOTHING
    RETURNING id, key, kind, due_on, contact_id, user_id, (data ->> 'by_mail')::boolean AS by_mail,
        data ? 'on_behalf_of' AS for_another
)
{COPIES}
""".replace("{office}", ", ".join(f"o.{name}" for name in COLUMNS))
