"""Launching a round, beside bare ``INSERT … SELECT`` of the same rows into the same tables."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from bench.ground import START, Ground
from bench.measure import Figure, in_turns
from casework.keys import MESSAGE_ID, NOTICE_KEY
from casework.launch import launch
from flows.district_evaluation import PROCESS
from process.definition import Process

CASES = 50_000

_ROUND = """
INSERT INTO rounds (process_name, process_version, title, year, definition, status, coordinator_id, launched_at,
                    launched_by)
SELECT name, version, %(title)s, 2022, definition, 'open', %(user)s, %(now)s, %(user)s
FROM process_definitions WHERE name = %(process)s RETURNING id
"""
_CASES = """
INSERT INTO cases (round_id, subject_id, year, status, stage, work_item_id, version, next_action_at, opened_at)
SELECT %(round)s, id, 2022, 'open', %(stage)s, nextval('work_items_id_seq'), 1, %(next)s, %(now)s
FROM subjects WHERE id = ANY(%(subjects)s)
"""
_ITEMS = """
INSERT INTO work_items (id, case_id, stage, owner, visit, attempt, status, opened_at, due_on, due_since, provisional)
SELECT work_item_id, id, %(stage)s, 'district', 1, 1, 'open', %(now)s, %(due_on)s, %(now)s, false
FROM cases WHERE round_id = %(round)s
"""
_EVENTS = """
INSERT INTO events (round_id, case_id, case_version, ordinal, work_item_id, kind, actor_id, actor_name, at, data)
SELECT round_id, id, 1, o.ordinal, work_item_id, o.kind, %(user)s, 'coordinator', %(now)s, %(data)s
FROM cases CROSS JOIN (VALUES (0, 'launched'), (1, 'stage_entered')) o(ordinal, kind) WHERE round_id = %(round)s
"""
_NOTICES = f"""
INSERT INTO notices (key, kind, round_id, case_id, work_item_id, attempt, due_on, subject_id, contact_id, position,
                     data, created_at)
SELECT {NOTICE_KEY}, kind, round_id, case_id, work_item_id, attempt, %(due_on)s, subject_id, contact_id, position,
       '{{"by_mail": true}}', %(now)s
FROM (SELECT 'stage_opened' AS kind, '' AS step, c.round_id, c.id AS case_id, c.work_item_id, 1 AS attempt,
             c.subject_id, k.id AS contact_id, k.position, NULL::bigint AS user_id
      FROM cases c JOIN contacts k ON k.subject_id = c.subject_id WHERE c.round_id = %(round)s) d
"""
_DELIVERIES = f"""
INSERT INTO deliveries (notice_id, channel, status, next_attempt_at, attempts, message_id, answer)
SELECT id, 'email', 'pending', %(now)s, 0, {MESSAGE_ID}, '' FROM notices WHERE round_id = %(round)s
"""


def launch_ours(ground: Ground, cases: int, process: Process, title: str = "轮次") -> int:
    """Launch over the first so many subjects through casework."""
    with ground.unit() as session:
        opened = launch(
            session,
            ground.coordinator,
            START,
            process_name=process.name,
            title=title,
            year=2022,
            subject_ids=ground.subjects[:cases],
        )
    return opened.id or 0


def launch_bare(
    ground: Ground,
    cases: int,
    process: Process,
    *,
    title: str = "轮次",
    stage: str = PROCESS.first,
    due_at: datetime = START + timedelta(days=5),
    notices: bool = True,
) -> int:
    """The same rows by bare statements, one after the other; also how cases are put at a later stage."""
    bare = ground.bare
    values: dict[str, Any] = {
        "subjects": ground.subjects[:cases],
        "process": process.name,
        "title": title,
        "user": ground.coordinator.user_id,
        "stage": stage,
        "now": START,
        "next": due_at,
        "due_on": due_at.date(),
        "data": Jsonb({"stage": stage, "due_on": str(due_at.date()), "attempt": 1, "visit": 1, "provisional": False}),
    }
    row = bare.execute(_ROUND, values).fetchone()
    values["round"] = row[0] if row else 0
    for statement in (_CASES, _ITEMS, _EVENTS, *((_NOTICES, _DELIVERIES) if notices else ())):
        bare.execute(statement, values)
    bare.commit()
    return int(values["round"])


def measure(ground: Ground, process: Process, key: str, meaning: str, *, notices: bool, times: int = 3) -> Figure:
    """Launch and floor in turns, each into empty tables."""

    def ours() -> None:
        launch_ours(ground, CASES, process)

    def floor() -> None:
        launch_bare(ground, CASES, process, notices=notices)

    taken = in_turns(ours, floor, times, before=ground.empty, left=ground.written)
    return Figure(key, meaning, CASES, *taken)
