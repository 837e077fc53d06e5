"""The worker that runs flows in its own process, against a real Prefect server."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.objects import ConcurrencyLimitStrategy, ConcurrencyOptions, FlowRun
from prefect.states import Pending, Running, Scheduled

from flows.worker import InProcessWorker

pytestmark = pytest.mark.usefixtures("prefect_api")

FLOWS = """
import asyncio, os, sys
from pathlib import Path
from prefect import flow

@flow
async def waits(seconds: float = 0, note: str = ""):
    await asyncio.sleep(seconds)
    if note:
        Path(note).write_text(str(os.getpid()))

@flow
def is_sync(note: str):
    Path(note).write_text(str(os.getpid()))

@flow
def fails():
    raise ValueError("no")

@flow
async def exits():
    sys.exit(3)
"""


@dataclass
class Bench:
    """A pool of its own, a worker for it, and a file with flows."""

    client: PrefectClient
    worker: InProcessWorker
    file: Path
    pool: str

    async def deploy(self, name: str, *, one_at_a_time: bool = False) -> UUID:
        flow_id = await self.client.create_flow_from_name(name.replace("_", "-"))
        options: dict[str, Any] = {}
        if one_at_a_time:
            strategy = ConcurrencyOptions(collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW)
            options = {"concurrency_limit": 1, "concurrency_options": strategy}
        return await self.client.create_deployment(
            flow_id, f"{name}-{self.pool}", work_pool_name=self.pool, entrypoint=f"{self.file}:{name}", **options
        )

    async def order(self, deployment: UUID, delay: float = 0, **parameters: object) -> UUID:
        due = datetime.now(UTC) + timedelta(seconds=delay)
        run = await self.client.create_flow_run_from_deployment(
            deployment, parameters=parameters, state=Scheduled(scheduled_time=due)
        )
        return run.id

    async def run(self, run_id: UUID) -> FlowRun:
        return await self.client.read_flow_run(run_id)

    async def ended(self, run_id: UUID) -> FlowRun:
        for _ in range(300):
            run = await self.run(run_id)
            if run.state is not None and run.state.is_final():
                return run
            await asyncio.sleep(0.1)
        raise AssertionError("the run did not end")

    async def began(self, run_id: UUID) -> None:
        for _ in range(300):
            if (state := (await self.run(run_id)).state) is not None and state.is_running():
                return
            await asyncio.sleep(0.1)
        raise AssertionError("the run did not begin")

    @asynccontextmanager
    async def serving(self, grace: float = 10) -> AsyncIterator[None]:
        stop = asyncio.Event()
        serving = asyncio.create_task(self.worker.serve(stop, grace=grace))
        try:
            yield
        finally:
            stop.set()
            await serving


@pytest.fixture
def flows_file(tmp_path: Path) -> Path:
    path = tmp_path / f"flows_{uuid4().hex}.py"
    path.write_text(FLOWS)
    return path


@asynccontextmanager
async def bench_on(file: Path) -> AsyncIterator[Bench]:
    pool = f"pool-{uuid4().hex[:8]}"
    async with get_client() as client:
        worker = InProcessWorker(pool, name=f"worker-{pool}", limit=2)
        async with worker:  # once, so that it makes its pool
            pass
        yield Bench(client, worker, file, pool)


def drive(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(story, 60))


def test_flows_run_on_time_in_the_workers_own_process(flows_file: Path, tmp_path: Path) -> None:
    async def story() -> None:
        async with bench_on(flows_file) as bench, bench.serving():
            waits, is_sync = await bench.deploy("waits"), await bench.deploy("is_sync")
            first = await bench.order(waits, note=str(tmp_path / "async"))
            second = await bench.order(is_sync, note=str(tmp_path / "sync"))
            for run_id in (first, second):
                assert (await bench.ended(run_id)).state_name == "Completed"
            later = await bench.ended(await bench.order(waits, delay=4))
            assert later.start_time is not None
            assert later.expected_start_time is not None
            late = (later.start_time - later.expected_start_time).total_seconds()
            assert 0 <= late < 1.5  # never before its moment, and not only at the next poll
            assert (await bench.client.read_work_pool(bench.pool)).type == "process"

    drive(story())
    assert {(tmp_path / name).read_text() for name in ("async", "sync")} == {str(os.getpid())}


def test_what_a_flow_does_wrong_is_its_own_affair(flows_file: Path) -> None:
    async def story() -> None:
        async with bench_on(flows_file) as bench, bench.serving():
            for name, outcome in (("fails", "Failed"), ("exits", "Crashed"), ("is_not_there", "Crashed")):
                run = await bench.ended(await bench.order(await bench.deploy(name)))
                assert run.state_name == outcome, name
            assert (await bench.ended(await bench.order(await bench.deploy("waits")))).state_name == "Completed"

    drive(story())


def test_stopping_lets_a_run_end_within_the_grace(flows_file: Path) -> None:
    async def story() -> None:
        async with bench_on(flows_file) as bench:
            waits = await bench.deploy("waits")
            async with bench.serving(grace=10):
                run_id = await bench.order(waits, seconds=2)
                await bench.began(run_id)
            assert (await bench.run(run_id)).state_name == "Completed"

    drive(story())


def test_stopping_does_not_wait_beyond_the_grace(flows_file: Path) -> None:
    async def story() -> None:
        async with bench_on(flows_file) as bench:
            waits = await bench.deploy("waits")
            async with bench.serving(grace=0.5):
                run_id = await bench.order(waits, seconds=300)
                await bench.began(run_id)
                stopped = time.monotonic()
            assert time.monotonic() - stopped < 10
            assert (await bench.run(run_id)).state_name == "Crashed"

    drive(story())


def test_a_run_left_by_a_killed_worker_holds_nothing_up(flows_file: Path) -> None:
    async def story() -> None:
        async with bench_on(flows_file) as bench:
            waits = await bench.deploy("waits", one_at_a_time=True)
            left = await bench.order(waits)
            await bench.client.set_flow_run_state(left, Pending())  # takes the deployment's only slot
            await bench.client.set_flow_run_state(left, Running())
            await bench.client.update_flow_run(left, infrastructure_pid=str(dead_pid()))
            await bench.client.update_flow_run_labels(left, {"prefect.worker.name": bench.worker.name})
            stranger = await bench.order(waits)
            await bench.client.set_flow_run_state(stranger, Running(), force=True)  # no worker of our name took it
            async with bench.serving():
                new = await bench.ended(await bench.order(waits))
            assert new.state_name == "Completed"
            assert (await bench.run(left)).state_name == "Crashed"
            assert (await bench.run(stranger)).state_name == "Running"

    drive(story())


def test_a_run_taken_but_never_begun_is_run_after_all(flows_file: Path) -> None:
    async def story() -> None:
        async with bench_on(flows_file) as bench:
            left = await bench.order(await bench.deploy("waits"))
            await bench.client.set_flow_run_state(left, Pending())
            await bench.client.update_flow_run_labels(left, {"prefect.worker.name": bench.worker.name})
            async with bench.serving():
                assert (await bench.ended(left)).state_name == "Completed"

    drive(story())


def dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_the_worker_is_named_after_its_host_unless_told_otherwise() -> None:
    assert InProcessWorker("pool").name == f"inprocess-{socket.gethostname()}"


def test_prefects_own_process_worker_stays_what_it_was() -> None:
    from prefect.workers.base import BaseWorker
    from prefect.workers.process import ProcessWorker

    assert BaseWorker.get_worker_class_from_type("process") is ProcessWorker
