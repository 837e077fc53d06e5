"""What must never happen, the database itself refuses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from casework.findings import Claim, Measure, NewFinding, claim_done, plan_measures, record_findings
from casework.hand_in import accept, acknowledge, submit, upload
from tests.world import World

DISTRICT = "CQ-500103"


def refused(world: World, *statements: str, **parameters: Any) -> str:
    """The database's complaint about statements that must not be possible together."""

    def attempt() -> None:
        with world.unit() as session:
            for statement in statements:
                session.execute(text(statement), parameters)

    with pytest.raises(DBAPIError) as raised:
        attempt()
    return str(raised.value.orig)


@pytest.fixture
def case_id(world: World) -> int:
    world.launch(DISTRICT)
    return world.case(DISTRICT).id or 0


def test_a_case_cannot_be_in_two_stages(world: World, case_id: int) -> None:
    second = (
        "INSERT INTO work_items (case_id, stage, owner, visit, attempt, status, opened_at, due_on, due_since, "
        "provisional) SELECT case_id, 'self_evaluation', owner, 1, 1, 'open', opened_at, due_on, due_since, false "
        "FROM work_items WHERE case_id = :id"
    )
    assert "uq_work_items_one_open" in refused(world, second, id=case_id)


def test_an_open_case_cannot_be_in_no_stage(world: World, case_id: int) -> None:
    closed_item = "UPDATE work_items SET status = 'done', outcome = 'x' WHERE case_id = :id"
    assert "fk_cases_live_item" in refused(world, closed_item, id=case_id)
    assert "live_has_item" in refused(
        world, "UPDATE cases SET version = 2, stage = NULL, work_item_id = NULL WHERE id = :id", id=case_id
    )


def test_a_closed_case_cannot_keep_an_open_item(world: World, case_id: int) -> None:
    closed = (
        "UPDATE cases SET status = 'closed', outcome = 'evaluated', stage = NULL, work_item_id = NULL, version = 2, "
        "next_action_at = NULL WHERE id = :id"
    )
    event = (
        "INSERT INTO events (round_id, case_id, case_version, ordinal, kind, actor_name, at, data) "
        "SELECT round_id, id, 2, 0, 'case_closed', '', now(), '{}' FROM cases WHERE id = :id"
    )
    assert "fk_work_items_live_case" in refused(world, closed, event, id=case_id)


def test_a_transition_needs_its_event(world: World, case_id: int) -> None:
    assert "fk_cases_has_event" in refused(world, "UPDATE cases SET version = 2 WHERE id = :id", id=case_id)
    moved = "UPDATE cases SET stage = 'self_evaluation' WHERE id = :id"
    assert "never changed" in refused(world, moved, id=case_id), "nor can a case move without counting"


@pytest.mark.parametrize("change", ["UPDATE events SET kind = 'resumed'", "DELETE FROM events"])
def test_history_is_never_changed(world: World, case_id: int, change: str) -> None:
    assert "never changed" in refused(world, change)


def test_a_launched_definition_is_never_changed(world: World, case_id: int) -> None:
    assert "never changed" in refused(world, "UPDATE rounds SET definition = '{}'")
    assert "never changed" in refused(world, "UPDATE process_definitions SET title = 'x'")


def test_an_accepted_submission_is_never_changed(world: World, case_id: int) -> None:
    district = world.districts[DISTRICT]
    world.do(acknowledge, district, case_id, None)
    for deliverable in ("self_evaluation_report", "evidence_index"):
        world.do(
            upload, district, case_id, deliverable=deliverable, filename="a.txt", content=b"text", max_bytes=100
        )  # fmt: skip
    world.do(submit, district, case_id, None, stage="self_evaluation")
    world.do(accept, world.coordinator, case_id, None)
    assert "never changed" in refused(world, "UPDATE submissions SET note = 'x'")
    assert "never changed" in refused(world, "DELETE FROM submissions")
    assert "never changed" in refused(world, "UPDATE documents SET filename = 'x'")


def test_a_rung_is_climbed_once_per_attempt(world: World, case_id: int) -> None:
    climb = (
        "INSERT INTO climbs (case_id, work_item_id, attempt, rung, kind, due_on, status, reason, at, decision_note) "
        "SELECT id, work_item_id, 1, 'urge', 'urge', '2022-09-06', 'climbed', '', now(), '' FROM cases WHERE id = :id"
    )
    assert "uq_climbs_rung" in refused(world, climb, climb, id=case_id)


def test_a_notice_is_said_once(world: World, case_id: int) -> None:
    again = (
        "INSERT INTO notices (key, kind, round_id, case_id, subject_id, contact_id, data, created_at) "
        "SELECT key, kind, round_id, case_id, subject_id, contact_id, data, created_at FROM notices LIMIT 1"
    )
    assert "uq_notices_key" in refused(world, again)


def test_whoever_claimed_a_finding_cannot_have_verified_it(world: World, case_id: int) -> None:
    with world.unit() as session:  # walk the case to where findings are put right
        for statement in (
            "UPDATE work_items SET stage = 'on_site' WHERE case_id = :id",
            "INSERT INTO events (round_id, case_id, case_version, ordinal, kind, actor_name, at, data) "
            "SELECT round_id, id, 2, 0, 'stage_entered', '', now(), '{}' FROM cases WHERE id = :id",
            "UPDATE cases SET stage = 'on_site', version = 2 WHERE id = :id",
        ):
            session.execute(text(statement), {"id": case_id})
    [finding] = world.do(record_findings, world.inspector, case_id, None, [NewFinding(description="问题一")])
    with world.unit() as session:
        for statement in (
            "UPDATE work_items SET stage = 'rectification' WHERE case_id = :id",
            "INSERT INTO events (round_id, case_id, case_version, ordinal, kind, actor_name, at, data) "
            "SELECT round_id, id, 3, 0, 'stage_entered', '', now(), '{}' FROM cases WHERE id = :id",
            "UPDATE cases SET stage = 'rectification', version = 3 WHERE id = :id",
        ):
            session.execute(text(statement), {"id": case_id})
    measure = Measure(
        finding_id=finding.id,
        measure="整改",
        responsible_unit="区教委",
        responsible_person="张三",
        due_on=(world.now + timedelta(days=30)).date(),
    )
    world.do(plan_measures, world.districts[DISTRICT], case_id, None, [measure])
    world.do(claim_done, world.districts[DISTRICT], case_id, None, [Claim(finding_id=finding.id, evidence="完成")])
    same = "UPDATE findings SET status = 'verified', verified_by = claimed_by"
    assert "second_person" in refused(world, same)
