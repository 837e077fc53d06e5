"""Distributed mode: ``prefect deploy --all`` on a Prefect server of its own, and a process worker that runs a pass."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import httpx
import pytest
import yaml

from cli.prefect_server import PrefectServer
from db.embedded import EmbeddedPostgres
from tests.world import World

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def own_server(postgres: EmbeddedPostgres, tmp_path: Path) -> Iterator[PrefectServer]:
    """A server that nothing else in the session knows."""
    postgres.create_database("prefect_elsewhere")
    with PrefectServer(postgres.prefect_url("prefect_elsewhere"), home=tmp_path, log=tmp_path / "server.log") as server:
        yield server


def prefect(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "prefect", *arguments],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_a_process_worker_runs_a_pass_from_the_deployments(
    world: World, database_url: str, own_server: PrefectServer
) -> None:
    round_id = world.launch("CQ-500103")
    world.now = world.at(date(2022, 9, 7))
    environment = {**os.environ, "PREFECT_API_URL": own_server.api_url, "DUDAO_DATABASE_URL": database_url}
    prefect(environment, "work-pool", "create", "dudao", "--type", "process")
    prefect(environment, "deploy", "--all")
    listed = httpx.post(f"{own_server.api_url}/deployments/filter", json={}, trust_env=False).json()
    by_name = {deployment["name"]: deployment for deployment in listed}
    listing = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))
    assert set(by_name) == {deployment["name"] for deployment in listing["deployments"]}
    [schedule] = by_name["patrol"]["schedules"]
    assert schedule["schedule"]["timezone"] == "Asia/Shanghai"

    assert_scheduled(own_server.api_url)
    for name in by_name:  # only what this test asks for shall run
        pause = {"paused": True}
        httpx.patch(f"{own_server.api_url}/deployments/{by_name[name]['id']}", json=pause, trust_env=False)
    runs = f"{own_server.api_url}/deployments/{by_name['district-evaluation']['id']}/create_flow_run"
    body = {"parameters": {"round_id": round_id, "now": world.now.isoformat()}, "state": {"type": "SCHEDULED"}}
    run = httpx.post(runs, json=body, trust_env=False).raise_for_status().json()
    worker = subprocess.Popen(
        [sys.executable, "-m", "prefect", "worker", "start", "--pool", "dudao", "--type", "process"],
        cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        state = finished(own_server.api_url, run["id"])
    finally:
        worker.kill()  # what it may have begun besides is nobody's matter here
        worker.wait()
    assert state == "COMPLETED"
    assert world.rows("SELECT kind, status FROM climbs ORDER BY id") == [
        {"kind": "reminder", "status": "collapsed"},
        {"kind": "reminder", "status": "collapsed"},
        {"kind": "urge", "status": "climbed"},
    ]


def assert_scheduled(api_url: str) -> None:
    """The server's scheduler has planned runs from the schedules: without it nothing would ever happen by itself."""
    deadline = time.monotonic() + 60
    body = {"flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}}
    while httpx.post(f"{api_url}/flow_runs/count", json=body, trust_env=False).json() < 2:
        assert time.monotonic() < deadline, "no run was scheduled"
        time.sleep(0.5)


def finished(api_url: str, run_id: str) -> str:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        state = httpx.get(f"{api_url}/flow_runs/{run_id}", trust_env=False).json()["state"]["type"]
        if state in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED"):
            return str(state)
        time.sleep(0.5)
    raise AssertionError("the run did not end")
