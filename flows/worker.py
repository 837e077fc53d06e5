"""A Prefect worker that runs flow runs inside its own process: ``python -m flows.worker --pool dudao``.

Prefect's process worker starts an interpreter per flow run, which costs seconds of CPU; our flows run every minute
and take milliseconds. This worker serves the same work pool of the type ``process``, so ``prefect.yaml`` is one and
the same, and ``prefect worker start --pool dudao`` may take its place (or stand beside it) at any time.

What it does differently, and what follows:

- A deployment's flow is loaded once and kept: new code needs a restart. It is loaded from beside the worker, so
  pull steps, and the ``env``, ``command`` and ``working_dir`` of a process pool, mean nothing here.
- Async flows run on the worker's event loop and must not block it; sync flows run in threads.
- An exception of a flow ends its run; a crash of the interpreter ends the worker. Runs that a dead worker of the same
  name left behind are cleared up when it starts again, so that they hold no concurrency slot.
"""

from __future__ import annotations

import abc
import argparse
import asyncio
import logging
import os
import signal
import socket
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from uuid import UUID

import anyio
import anyio.abc
import anyio.to_thread
import httpx
import psutil
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
    WorkPoolFilter,
    WorkPoolFilterName,
)
from prefect.client.schemas.objects import StateType
from prefect.exceptions import Abort, Pause
from prefect.flow_engine import run_flow_async, run_flow_sync
from prefect.flows import load_flow_from_entrypoint
from prefect.states import Crashed, Scheduled
from prefect.workers.base import BaseWorker
from prefect.workers.process import ProcessJobConfiguration, ProcessVariables, ProcessWorkerResult

if TYPE_CHECKING:
    from prefect import Flow
    from prefect.client.schemas.objects import FlowRun, State

log = logging.getLogger("dudao.worker")

POLL_SECONDS = 2.0
# Runs are fetched this early and then wait for their moment here, so a scheduled run starts on time, not at a poll.
PREFETCH_SECONDS = 5.0
BACKOFF_LIMIT_SECONDS = 30.0
DEFAULT_LIMIT = 4
DEFAULT_GRACE_SECONDS = 20.0
LAST_WORDS_SECONDS = 5.0


# Naming abc.ABC keeps the class out of Prefect's registry of worker types, where "process" is Prefect's own.
class InProcessWorker(BaseWorker[ProcessJobConfiguration, ProcessVariables, ProcessWorkerResult], abc.ABC):
    """Executes the flow runs of a ``process`` work pool in this very process."""

    type = "process"
    job_configuration = ProcessJobConfiguration
    job_configuration_variables = ProcessVariables

    def __init__(self, work_pool_name: str, *, name: str | None = None, limit: int = DEFAULT_LIMIT) -> None:
        super().__init__(
            work_pool_name=work_pool_name,
            name=name or f"inprocess-{socket.gethostname()}",
            limit=limit,
            prefetch_seconds=PREFETCH_SECONDS,
        )
        self._flows: dict[UUID, Flow[..., Any]] = {}
        self._active: dict[UUID, anyio.CancelScope] = {}
        self._cleared_up = False

    # -- running one flow run ---------------------------------------------------------------------------------

    async def run(
        self,
        flow_run: FlowRun,
        configuration: ProcessJobConfiguration,
        task_status: anyio.abc.TaskStatus[int] | None = None,
    ) -> ProcessWorkerResult:
        """Run to the end. The engine reports the run's states itself; only its own failure is told to the caller."""
        if task_status is not None:
            task_status.started(os.getpid())
        with anyio.CancelScope() as scope:
            self._active[flow_run.id] = scope
            try:
                return ProcessWorkerResult(identifier=str(os.getpid()), status_code=await self._execute(flow_run))
            finally:
                del self._active[flow_run.id]
        # Cancelled at shutdown: the engine has reported the run as crashed on its way out.
        return ProcessWorkerResult(identifier=str(os.getpid()), status_code=0)

    async def _execute(self, flow_run: FlowRun) -> int:
        """0 when the engine has reported how the run ended, 1 when the caller must report a crash."""
        try:
            flow = await self._flow_of(flow_run)
            await anyio.sleep(_seconds_until_due(flow_run))
            if flow.isasync:
                await run_flow_async(flow, flow_run=flow_run, parameters=_parameters(flow_run), return_type="state")
            else:
                await anyio.to_thread.run_sync(_run_sync_flow, flow, flow_run, abandon_on_cancel=True)
        except (Abort, Pause) as signalled:
            log.info("flow run %s was put aside: %s", flow_run.id, signalled)
        except SystemExit:
            # A flow that calls sys.exit() has been reported by the engine; it must not take the others along.
            log.warning("flow run %s asked to exit", flow_run.id)
        except Exception:
            log.exception("flow run %s could not be run", flow_run.id)
            return 1
        return 0

    async def _flow_of(self, flow_run: FlowRun) -> Flow[..., Any]:
        if flow_run.deployment_id is None:
            raise ValueError(f"flow run {flow_run.id} has no deployment")
        if flow_run.deployment_id not in self._flows:
            deployment = await self.client.read_deployment(flow_run.deployment_id)
            if deployment.entrypoint is None:
                raise ValueError(f"deployment {deployment.name} has no entrypoint")
            self._flows[flow_run.deployment_id] = await anyio.to_thread.run_sync(_load_flow, deployment.entrypoint)
        return self._flows[flow_run.deployment_id]

    # -- serving ----------------------------------------------------------------------------------------------

    async def serve(self, stop: asyncio.Event, *, grace: float = DEFAULT_GRACE_SECONDS) -> None:
        """Poll until ``stop`` is set; then let the running flows end, for at most ``grace`` seconds."""
        async with self:
            async with anyio.create_task_group() as loops:
                loops.start_soon(_repeat, self._poll, POLL_SECONDS, stop)
                loops.start_soon(_repeat, self.sync_with_backend, float(self.heartbeat_interval_seconds), stop)
            await self._drain(grace)

    async def _poll(self) -> None:
        if not self._cleared_up:
            await self.clear_up()
            self._cleared_up = True
        await self.get_and_submit_flow_runs()

    async def clear_up(self) -> list[UUID]:
        """Settle the runs that a dead worker of our name left: begun ones are crashed, the others run again."""
        left = await self.client.read_flow_runs(
            work_pool_filter=WorkPoolFilter(name=WorkPoolFilterName(any_=[self._work_pool_name])),
            flow_run_filter=FlowRunFilter(
                state=FlowRunFilterState(
                    type=FlowRunFilterStateType(any_=[StateType.PENDING, StateType.RUNNING, StateType.CANCELLING])
                )
            ),
        )
        lost = [run for run in left if self._is_lost(run)]
        for run in lost:
            state: State[Any] = Crashed(message="执行进程已中断")
            if run.state is not None and run.state.is_pending():  # it never began
                state = Scheduled(message="执行进程已中断，重新排队")
            await self.client.set_flow_run_state(run.id, state, force=True)
            log.warning("flow run %s (%s) was left by a dead worker: now %s", run.name, run.id, state.name)
        return [run.id for run in lost]

    def _is_lost(self, run: FlowRun) -> bool:
        if run.labels.get("prefect.worker.name") != self.name or run.id in self._active:
            return False
        return run.infrastructure_pid is None or not _lives(run.infrastructure_pid, since=run)

    async def _drain(self, grace: float) -> None:
        with anyio.move_on_after(grace):
            await self._idle()
        for scope in self._active.values():
            scope.cancel()
        with anyio.move_on_after(LAST_WORDS_SECONDS):
            await self._idle()

    async def _idle(self) -> None:
        while self._active or self._submitting_flow_run_ids:
            await anyio.sleep(0.05)


def _seconds_until_due(flow_run: FlowRun) -> float:
    """The engine waits too, but rounds: a pass that begins before the moment would not see what is due then."""
    due = flow_run.next_scheduled_start_time or flow_run.expected_start_time
    return 0.0 if due is None else max(0.0, due.timestamp() - time.time())


def _parameters(flow_run: FlowRun) -> dict[str, Any]:
    return dict(flow_run.parameters)


def _run_sync_flow(flow: Flow[..., Any], flow_run: FlowRun) -> None:
    run_flow_sync(flow, flow_run=flow_run, parameters=_parameters(flow_run), return_type="state")


def _load_flow(entrypoint: str) -> Flow[..., Any]:
    return load_flow_from_entrypoint(entrypoint, use_placeholder_flow=False)


def _lives(pid: str, *, since: FlowRun) -> bool:
    """Whether the process that took a run still lives: the same one, not a later one with its number."""
    try:
        process = psutil.Process(int(pid))
        born, taken = process.create_time(), since.state.timestamp.timestamp() if since.state else 0.0
    except (ValueError, psutil.NoSuchProcess):
        return False
    return process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE and born <= taken


async def _repeat(work: Callable[[], Awaitable[object]], interval: float, stop: asyncio.Event) -> None:
    """Do ``work`` every ``interval`` seconds until told to stop; with the API away, ever more rarely."""
    pause = interval
    while not stop.is_set():
        try:
            await work()
            pause = interval
        except httpx.HTTPError as error:
            pause = min(pause * 2, max(BACKOFF_LIMIT_SECONDS, interval))
            log.warning("the Prefect API does not answer (%s); next try in %.0f s", error, pause)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)


def serve_until_signalled(worker: InProcessWorker, *, grace: float) -> None:
    """Serve until SIGTERM or SIGINT arrives.

    The event loop runs beside the main thread: in the main thread Prefect's engine would put its own SIGTERM handler
    in the place of ours while a flow runs, and a signal would then break the loop instead of stopping it.
    """
    loop, stop = asyncio.new_event_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
    with ThreadPoolExecutor(1, thread_name_prefix="worker") as threads:
        threads.submit(loop.run_until_complete, worker.serve(stop, grace=grace)).result()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="在本进程内执行 Prefect 流程运行")
    parser.add_argument("--pool", default="dudao", help="工作池名称")
    parser.add_argument("--name", default=None, help="工作进程名称（同一主机上须唯一）")
    parser.add_argument("--limit", type=int, default=DEFAULT_LIMIT, help="同时执行的流程数上限")
    parser.add_argument("--grace", type=float, default=DEFAULT_GRACE_SECONDS, help="停止时等待流程结束的秒数")
    arguments = parser.parse_args()
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    log.setLevel(logging.INFO)
    worker = InProcessWorker(arguments.pool, name=arguments.name, limit=arguments.limit)
    log.info("worker %s serves the pool %s", worker.name, arguments.pool)
    serve_until_signalled(worker, grace=arguments.grace)
    logging.shutdown()
    # A sync flow that outlived the grace still runs in a thread, for which an ordinary exit would wait for ever.
    os._exit(0)


if __name__ == "__main__":
    main()
