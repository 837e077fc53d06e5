"""Moving cases: one by one as people do, and in sets as time does, beside bare statements with the same effects."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from bench.ground import START, Ground
from bench.launching import launch_bare
from bench.measure import Figure, in_turns
from casework.actor import Actor
from casework.hand_in import acknowledge
from casework.keys import MESSAGE_ID, NOTICE_KEY
from casework.passing import BATCH, pass_stage
from flows.district_evaluation import PROCESS
from process.vocabulary import Role

AROUND = 5_000
"""Cases in the round while people work on some of them."""
DEEDS = 300
LAPSED = 10_000

DAY_AFTER = START + timedelta(days=1)
DUE_AT = START + timedelta(days=5)
LAPSES_AT = DUE_AT + timedelta(days=1)

_LOCK = "SELECT version, work_item_id, round_id FROM cases WHERE id = ANY(%(cases)s) ORDER BY id FOR UPDATE"
_CLAIM = """
SELECT id FROM cases WHERE round_id = %(round)s AND stage = %(stage)s AND next_action_at <= %(now)s
ORDER BY next_action_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
"""
_LEAVE = """
UPDATE work_items SET status = 'done', outcome = %(outcome)s, completed_at = %(now)s
WHERE case_id = ANY(%(cases)s) AND status = 'open'
"""
_OPEN = """
INSERT INTO work_items (case_id, stage, owner, visit, attempt, status, opened_at, due_on, due_since, provisional)
SELECT id, %(next_stage)s, %(owner)s, 1, 1, 'open', %(now)s, %(due_on)s, %(now)s, false
FROM unnest(%(cases)s::bigint[]) id
"""
_MOVE = """
UPDATE cases c SET stage = w.stage, work_item_id = w.id, version = version + 1, next_action_at = %(next)s
FROM work_items w WHERE c.id = ANY(%(cases)s) AND w.case_id = c.id AND w.status = 'open'
"""
_EVENTS = """
INSERT INTO events (round_id, case_id, case_version, ordinal, work_item_id, kind, actor_id, actor_name, at, data)
SELECT c.round_id, c.id, c.version, o.ordinal, w.id, o.kind, %(user)s, 'district', %(now)s, o.data
FROM cases c JOIN work_items w ON w.case_id = c.id AND w.stage = %(stage)s
CROSS JOIN (VALUES (0, %(how)s, %(left)s::jsonb), (1, 'stage_entered', %(entered)s::jsonb)) o(ordinal, kind, data)
WHERE c.id = ANY(%(cases)s)
"""
# The 回执 that is written with the signature, and its line of history.
_RECEIPT = """
INSERT INTO letters (round_id, case_id, kind, number, issued_on, content, fields, heading, issuer, addressees, copies,
                     note, published_at_url, issued_by, issued_at, trouble)
SELECT c.round_id, c.id, 'acknowledgement', '', %(now)s, '', '{}', h.heading, h.issuer, '[]', '[]', '', '', %(user)s,
       %(now)s, ''
FROM cases c CROSS JOIN letterheads h WHERE c.id = ANY(%(cases)s) AND h.kind = 'acknowledgement'
"""
_RECEIPT_EVENT = """
INSERT INTO events (round_id, case_id, case_version, ordinal, work_item_id, kind, actor_id, actor_name, at, data)
SELECT round_id, id, version, 2, work_item_id, 'letter_issued', %(user)s, 'district', %(now)s, '{}'
FROM cases WHERE id = ANY(%(cases)s)
"""
_NOTICE_COLUMNS = f"""
INSERT INTO notices (key, kind, round_id, case_id, work_item_id, attempt, due_on, subject_id, contact_id, position,
                     user_id, data, created_at)
SELECT {NOTICE_KEY}, kind, round_id, case_id, work_item_id, 1, %(due_on)s, subject_id, contact_id, position,
       user_id, %(data)s, %(now)s
"""
_TELL_DISTRICT = f"""
{_NOTICE_COLUMNS}
FROM (SELECT 'stage_opened' AS kind, '' AS step, c.round_id, c.id AS case_id, c.work_item_id, 1 AS attempt,
             c.subject_id, k.id AS contact_id, k.position, NULL::bigint AS user_id
      FROM cases c JOIN contacts k ON k.subject_id = c.subject_id WHERE c.id = ANY(%(cases)s)) d
"""
_DELIVERIES = f"""
INSERT INTO deliveries (notice_id, channel, status, next_attempt_at, attempts, message_id, answer)
SELECT n.id, 'email', 'pending', %(now)s, 0, {MESSAGE_ID}, ''
FROM cases c JOIN notices n ON n.case_id = c.id AND n.work_item_id = c.work_item_id WHERE c.id = ANY(%(cases)s)
"""
_TELL_OFFICE = f"""
{_NOTICE_COLUMNS}
FROM (SELECT o.kind, o.step, c.round_id, c.id AS case_id, w.id AS work_item_id, 1 AS attempt, NULL AS subject_id,
             NULL::bigint AS contact_id, NULL AS position, %(user)s::bigint AS user_id
      FROM cases c JOIN work_items w ON w.case_id = c.id
      JOIN (VALUES ('received', %(stage)s, %(stage)s), ('stage_opened', '', %(next_stage)s)) o(kind, step, stage)
          ON o.stage = w.stage
      WHERE c.id = ANY(%(cases)s)) d
"""


def _values(
    stage: str, outcome: str, next_stage: str, owner: Role, how: str, now: datetime, due: date
) -> dict[str, Any]:
    entered = {"stage": next_stage, "due_on": due.isoformat(), "attempt": 1, "visit": 1, "provisional": False}
    return {
        "stage": stage,
        "outcome": outcome,
        "next_stage": next_stage,
        "owner": owner,
        "how": how,
        "now": now,
        "due_on": due,
        "next": now + timedelta(days=20),
        "left": Jsonb({"stage": stage, "outcome": outcome, "title": "签收", "attempt": 1}),
        "entered": Jsonb(entered),
        "data": Jsonb({"by_mail": owner is Role.DISTRICT}),
    }


_ACKNOWLEDGED = _values(
    "acknowledgement",
    "acknowledged",
    "self_evaluation",
    Role.DISTRICT,
    "stage_completed",
    DAY_AFTER,
    date(2022, 10, 17),
)
_LAPSED = _values("defence", "lapsed", "opinion", Role.COORDINATOR, "stage_lapsed", LAPSES_AT, date(2022, 10, 8))


def deeds(ground: Ground, times: int = 5) -> Figure:
    """People's deeds one after the other, each a transaction of its own, on one connection."""

    def before() -> None:
        ground.empty()
        launch_bare(ground, AROUND, PROCESS, due_at=DUE_AT)
        ground.settle()

    def ours() -> None:
        for case_id, subject in enumerate(ground.subjects[:DEEDS], start=1):
            actor = Actor(ground.district.user_id, ground.district.name, Role.DISTRICT, subject)
            with ground.unit() as session:
                acknowledge(session, actor, DAY_AFTER, case_id, 1)

    def floor() -> None:
        bare = ground.bare
        for case_id in range(1, DEEDS + 1):
            values = {**_ACKNOWLEDGED, "cases": [case_id], "user": ground.district.user_id}
            bare.execute(_LOCK, values).fetchone()
            for statement in (
                _LEAVE, _OPEN, _MOVE, _EVENTS, _TELL_DISTRICT, _DELIVERIES, _RECEIPT, _RECEIPT_EVENT,
            ):  # fmt: skip
                bare.execute(statement, values)
            bare.commit()

    taken = in_turns(ours, floor, times, before=before, left=ground.written)
    return Figure("deeds", "区县逐件签收：每秒办理件数（单连接，每件一个事务）", DEEDS, *taken)


def lapses(ground: Ground, times: int = 3) -> Figure:
    """Time moves every case whose period has lapsed, batch by batch."""

    def before() -> None:
        ground.empty()
        launch_bare(ground, LAPSED, PROCESS, stage="defence", due_at=DUE_AT)
        ground.bare.execute("UPDATE notices SET opened_at = created_at")  # a right of which nobody heard does not lapse
        ground.bare.commit()
        ground.settle()

    def ours() -> None:
        looked_at = BATCH
        while looked_at == BATCH:
            with ground.unit() as session:
                looked_at = pass_stage(session, LAPSES_AT, 1, "defence").looked_at

    def floor() -> None:
        bare = ground.bare
        values = {**_LAPSED, "round": 1, "limit": BATCH, "user": ground.coordinator.user_id}
        while claimed := [row[0] for row in bare.execute(_CLAIM, values)]:
            values["cases"] = claimed
            for statement in (_LEAVE, _OPEN, _MOVE, _EVENTS, _TELL_OFFICE):
                bare.execute(statement, values)
            bare.commit()
        bare.commit()

    taken = in_turns(ours, floor, times, before=before, left=ground.written)
    return Figure("lapses", f"时间批量办理：每秒移动的逾期任务数（每批{BATCH}件）", LAPSED, *taken)
