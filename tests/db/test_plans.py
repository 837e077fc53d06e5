"""The hot statements use the indexes that were made for them, with enough rows that it matters."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session

from casework.passing import CLAIM, DUE_ROUNDS
from db.queries.parts import parts_of
from db.queries.recognitions import titles
from db.queries.reviews import reviews_of_account, scores_of
from db.queries.rows import Window
from db.session import unit_of_work
from tests.db.plans import read_by
from tests.world import World

CASES = 30_000


@pytest.fixture
def crowded(world: World) -> World:
    """A round of many thousand open cases, of which a handful are due."""
    world.launch("CQ-500103")
    with unit_of_work(world.engine) as session:
        # Rows are what the planner looks at; that they belong together is not this test's matter.
        session.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in (
            "INSERT INTO subjects (id, kind, code, name, alias, region_kind, education_office) "
            "SELECT 'S' || n, 'district', '', 'S' || n, '', '', '' FROM generate_series(1, :n) n",
            "INSERT INTO cases (id, round_id, subject_id, year, status, stage, work_item_id, version, next_action_at, "
            "opened_at) SELECT 1000 + n, 1, 'S' || n, 2022, 'open', 'self_evaluation', 1000 + n, 1, "
            "timestamptz '2023-01-01' + n * interval '1 minute', now() FROM generate_series(1, :n) n",
            "INSERT INTO work_items (id, case_id, stage, owner, visit, attempt, status, opened_at, due_on, due_since, "
            "provisional) SELECT id, id, stage, 'district', 1, 1, 'open', now(), '2023-01-10', now(), false FROM cases "
            "WHERE id > 1000",
            "INSERT INTO events (round_id, case_id, case_version, ordinal, kind, actor_name, at, data) "
            "SELECT 1, id, 1, 0, 'launched', '', now(), '{}' FROM cases WHERE id > 1000",
            "INSERT INTO notices (key, kind, round_id, case_id, subject_id, contact_id, data, created_at) "
            "SELECT 'k' || id, 'stage_opened', 1, id, subject_id, 1, '{}', now() FROM cases WHERE id > 1000",
            "INSERT INTO deliveries (notice_id, channel, status, next_attempt_at, attempts, message_id, answer) "
            "SELECT id, 'email', 'sent', now(), 1, key, '' FROM notices WHERE key LIKE 'k%'",
        ):
            session.execute(text(statement), {"n": CASES} if ":n" in statement else {})
    with world.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    return world


def indexes(session: Session, statement: str, **parameters: Any) -> set[str]:
    """The indexes a statement's plan reads."""
    plan = session.execute(text(f"EXPLAIN (FORMAT JSON) {statement}"), parameters).scalar_one()
    found: set[str] = set()

    def walk(node: dict[str, Any]) -> None:
        if "Index Name" in node:
            found.add(node["Index Name"])
        for child in node.get("Plans", []):
            walk(child)

    walk((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"])
    return found


def test_hot_statements_use_their_indexes(crowded: World) -> None:
    now = crowded.at(crowded.now.date())
    with crowded.unit() as session:
        claim = indexes(session, CLAIM, round=1, stage="self_evaluation", now=now, limit=500)
        assert claim <= {"ix_cases_due", "ix_cases_next_action_at"}, "only what is due is read"
        assert claim
        assert "ix_cases_next_action_at" in indexes(session, DUE_ROUNDS, now=now)
        waiting = (
            "SELECT id FROM deliveries WHERE status IN ('pending', 'sending') AND next_attempt_at <= :now "
            "ORDER BY next_attempt_at LIMIT 100"
        )
        assert "ix_deliveries_waiting" in indexes(session, waiting, now=now)
        inbox = "SELECT * FROM notices WHERE subject_id = 'S7' ORDER BY id DESC LIMIT 50"
        assert "ix_notices_subject_id_id" in indexes(session, inbox)
        history = "SELECT * FROM events WHERE case_id = 1007 ORDER BY id"
        assert {"ix_events_case_id_id"} & indexes(session, history)
        one = "SELECT * FROM work_items WHERE case_id = ANY(:ids) ORDER BY visit"
        assert "ix_work_items_case_id" in indexes(session, one, ids=[1007])


def test_parts_reviews_and_titles_are_found_without_reading_all(crowded: World) -> None:
    with crowded.unit() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in (
            "UPDATE cases SET origin_case_id = 1000 + id / 100 WHERE id % 10 = 0 AND id > 1000",
            "INSERT INTO inspectors (id, name, is_inspector, expertise, active, user_id) OVERRIDING SYSTEM VALUE "
            "SELECT 1000 + n, 'E' || n, false, '', true, n FROM generate_series(1, 500) n",
            "INSERT INTO reviews (case_id, reviewer_id, assigned_at, comment, recused_reason) "
            "SELECT 1000 + n, 1001 + (n + k) % 500, now(), '', '' FROM generate_series(1, 20000) n, "
            "generate_series(0, 2) k",
            "INSERT INTO recognitions (process_name, title, subject_id, batch, granted_on, document, revoked_reason) "
            "SELECT 'p', 't', 'S' || n, 2022, '2022-01-01', '', '' FROM generate_series(1, 200) n",
        ):
            session.execute(text(statement))
        session.execute(text("ANALYZE cases, reviews, inspectors, recognitions"))
        used, most = read_by(session, lambda: parts_of(session, 1300))
        assert "ix_cases_origin_case_id" in used
        assert most < 100
        used, most = read_by(session, lambda: reviews_of_account(session, 7))
        assert "ix_reviews_reviewer_id" in used
        assert most < 1000
        used, most = read_by(session, lambda: scores_of(session, 1500))
        assert "uq_reviews_case_id_reviewer_id" in used
        assert most < 1000
        used, most = read_by(session, lambda: titles(session, Window(50)))
        assert "ix_cases_subject_id" in used
        assert most < 1000
