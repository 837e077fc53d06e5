"""Time as Prefect runs it: the patrol, the pass over a round, on a real Prefect server."""

from __future__ import annotations

import asyncio
import json
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from casework.actor import TIME
from casework.definitions import install
from flows.deliver import deliver_notices
from flows.patrol import patrol
from tests.world import World

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "campus-food-safety.yaml"

pytestmark = pytest.mark.usefixtures("prefect_api", "flow_database")


def filtered(api: str, what: str, body: dict[str, Any]) -> list[dict[str, Any]]:
    answer = httpx.post(f"{api}/{what}/filter", json=body, trust_env=False)
    found: list[dict[str, Any]] = answer.raise_for_status().json()
    return found


def test_a_patrol_urges_who_is_late_and_shows_it_in_prefect(world: World, prefect_api: str) -> None:
    round_id = world.launch("CQ-500103", "CQ-500231")
    world.now = world.at(date(2022, 9, 7))
    state = asyncio.run(patrol(now=world.now, return_state=True))
    assert state.name == "已巡查"
    assert {row["kind"] for row in world.rows("SELECT kind FROM climbs WHERE status = 'climbed'")} == {"urge"}
    assert world.rows("SELECT count(*) AS n FROM climbs WHERE status = 'climbed'") == [{"n": 2}]

    runs = filtered(prefect_api, "flow_runs", {"sort": "START_TIME_DESC", "limit": 2})
    assert any(run["name"] == f"第{round_id}轮次" for run in runs), "the pass is a flow run named after its round"
    tasks = filtered(prefect_api, "task_runs", {"sort": "EXPECTED_START_TIME_DESC", "limit": 5})
    assert "签收督导通知" in {task["name"] for task in tasks}, "a stage is a task by its Chinese title"


def test_the_patrol_passes_over_what_an_office_has_installed(world: World, prefect_api: str) -> None:
    world.do(install, TIME, EXAMPLE.read_bytes())
    round_id = world.launch("CQ-500103", title="食安", process_name="campus-food-safety")
    world.now = world.at(date(2022, 9, 5))
    asyncio.run(patrol(now=world.now))
    assert world.rows("SELECT kind, position FROM notices WHERE kind = 'reminder'") == [
        {"kind": "reminder", "position": "operator"}
    ]
    world.now = world.at(date(2022, 9, 7))
    asyncio.run(patrol(now=world.now))
    assert {row["kind"] for row in world.rows("SELECT kind FROM notices")} >= {"reminder", "urge"}
    [run] = filtered(prefect_api, "flow_runs", {"flows": {"name": {"any_": ["自定督导事项"]}}, "limit": 1})
    assert run["name"] == f"第{round_id}轮次"


def test_a_second_patrol_at_the_same_moment_does_nothing(world: World) -> None:
    world.launch("CQ-500103")
    world.now = world.at(date(2022, 9, 7))
    asyncio.run(patrol(now=world.now))
    before = world.rows("SELECT count(*) AS n FROM events")
    state = asyncio.run(patrol(now=world.now, return_state=True))
    assert state.name == "无事到期"
    assert world.rows("SELECT count(*) AS n FROM events") == before


def test_a_pass_that_moves_cases_publishes_the_rounds_districts(world: World, prefect_api: str) -> None:
    round_id = world.launch("CQ-500103")
    case = world.case("CQ-500103")
    with world.unit() as session:  # a right that lapses is what time moves by itself
        world_to_defence(session, case.id or 0)
    world.now = world.at(date(2022, 9, 20))
    asyncio.run(patrol(now=world.now))
    assert world.case("CQ-500103").stage == "opinion"
    [artifact] = filtered(prefect_api, "artifacts/latest", {"artifacts": {"key": {"any_": [f"round-{round_id}"]}}})
    assert json.loads(artifact["data"])[0]["环节"] == "发出督导意见书"


def world_to_defence(session: Any, case_id: int) -> None:
    """Put a case into the defence stage as its events would have, with word of it received."""
    from sqlalchemy import text

    session.execute(text("UPDATE notices SET opened_at = created_at WHERE case_id = :id"), {"id": case_id})
    session.execute(
        text("UPDATE work_items SET stage = 'defence', due_on = '2022-09-06' WHERE case_id = :id"), {"id": case_id}
    )
    session.execute(
        text(
            "INSERT INTO events (round_id, case_id, case_version, ordinal, kind, at, actor_name, data) "
            "SELECT round_id, id, 2, 0, 'stage_entered', now(), '', '{}' FROM cases WHERE id = :id"
        ),
        {"id": case_id},
    )
    session.execute(
        text("UPDATE cases SET stage = 'defence', version = 2, next_action_at = '2022-09-07' WHERE id = :id"),
        {"id": case_id},
    )


def test_no_channel_waits_for_the_mail_to_have_letters_rendered(world: World) -> None:
    world.launch("CQ-500103")
    asyncio.run(deliver_notices(now=world.now, channel="bot"))
    assert world.rows("SELECT sha256 IS NOT NULL AS made FROM letters") == [{"made": True}]
