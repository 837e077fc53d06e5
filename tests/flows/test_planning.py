"""The calendar's flow on a real Prefect server: proposals and launches by their names, twice without harm."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

import httpx
import pytest

from casework.definitions import publish
from flows.district_evaluation import PROCESS
from flows.planning import launch_by_calendar
from process.definition import Recurrence
from process.vocabulary import Cadence
from tests.world import World

pytestmark = pytest.mark.usefixtures("prefect_api", "flow_database")


def named(api: str) -> set[str]:
    answer = httpx.post(f"{api}/task_runs/filter", json={"limit": 50}, trust_env=False)
    runs: list[dict[str, Any]] = answer.raise_for_status().json()
    return {run["name"] for run in runs}


def test_what_recurs_is_proposed_and_launched_by_the_daily_schedule(world: World, prefect_api: str) -> None:
    world.forget_processes()
    yearly = PROCESS.model_copy(
        update={"version": 9, "recurrence": Recurrence(cadence=Cadence.YEARLY, month=9, day=20)}
    )
    with world.unit() as session:
        publish(session, [yearly], world.now)
    assert run(world, date(2022, 9, 1)).name == "无轮次到期"
    proposed = run(world, date(2022, 9, 14))
    assert proposed.name == "启动0轮，预告1轮"
    assert "2022年对区县政府履行教育职责评价" in proposed.message
    launched = run(world, date(2022, 9, 20))
    assert launched.name == "启动1轮，预告0轮"
    assert "启动：2022年对区县政府履行教育职责评价" in named(prefect_api)
    assert world.rows("SELECT count(*) AS n FROM cases") == [{"n": 41}]
    assert run(world, date(2022, 9, 20)).name == "无轮次到期"


def run(world: World, day: date) -> Any:
    return asyncio.run(launch_by_calendar(now=world.at(day, 8), return_state=True))
