"""The real parts a rehearsal plays on: a scratch PostgreSQL, a Prefect server, a mail sink, the API over HTTP."""

from __future__ import annotations

import asyncio
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import uvicorn
from sqlalchemy import Engine

from api.app import create_app
from casework.definitions import publish
from casework.example import Example, install_example
from cli.demo.clock import SimulatedClock
from cli.prefect_server import PrefectServer, quiet_environment
from db.embedded import EmbeddedPostgres
from db.migrate import upgrade
from db.session import make_engine, unit_of_work
from notifications.sink import MailSink
from process.calendar import local_day
from settings import Settings, get_settings

if TYPE_CHECKING:
    from fastapi import FastAPI

PASSWORD = "rehearsal-2022"  # noqa: S105  (of a database that is thrown away)


@dataclass
class Stage:
    """What people, time and mail act through."""

    engine: Engine
    api_url: str
    prefect_url: str
    sink: MailSink
    clock: SimulatedClock
    example: Example
    loop: asyncio.AbstractEventLoop

    def let_time_act(self) -> None:
        """The patrol, as Prefect runs it."""
        from flows.patrol import patrol

        self.loop.run_until_complete(patrol(now=self.clock.now))

    def follow_the_calendar(self) -> None:
        """What the calendar foresees is planned, proposed and launched, and visits are counted, as Prefect runs it."""
        from flows.planning import launch_by_calendar
        from flows.visits import keep_visits

        self.loop.run_until_complete(launch_by_calendar(now=self.clock.now))
        self.loop.run_until_complete(keep_visits(now=self.clock.now))

    def deliver(self) -> None:
        """The delivery of the outbox, as Prefect runs it."""
        from flows.deliver import deliver_notices

        self.loop.run_until_complete(deliver_notices(now=self.clock.now))

    def publish_week(self) -> None:
        """The weekly bulletin, as Prefect runs it."""
        from flows.weekly import publish_bulletin

        self.loop.run_until_complete(publish_bulletin(now=self.clock.now))

    def fetch_calendar(self, address: str) -> str:
        """What a calendar program gets from a feed."""
        path = urlsplit(address).path
        return httpx.get(f"{self.api_url}{path}", timeout=30, trust_env=False).raise_for_status().text

    def flow_runs(self) -> int:
        """How many flow runs the Prefect server knows."""
        answer = httpx.post(f"{self.prefect_url}/flow_runs/count", json={}, timeout=30, trust_env=False)
        return int(answer.raise_for_status().json())


@contextmanager
def set_stage(start: datetime, say: Callable[[str], None]) -> Iterator[Stage]:
    """Everything up, in a folder that is gone afterwards."""
    clock = SimulatedClock(start)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dudao-demo-")))
        folder.chmod(0o755)  # PostgreSQL runs under an account of its own where we are root
        say("启动 PostgreSQL")
        postgres = EmbeddedPostgres(folder / "data", durable=False)
        postgres.start()
        stack.callback(postgres.stop, mode="immediate")
        for name in ("dudao", "prefect"):
            postgres.create_database(name)
        say("启动 Prefect")
        prefect = PrefectServer(postgres.prefect_url("prefect"), home=folder / "prefect", log=folder / "prefect.log")
        stack.callback(prefect.stop)
        starting = threading.Thread(target=prefect.start)
        starting.start()
        upgrade(postgres.url("dudao"))
        sink = MailSink(None)
        sink.start()
        stack.callback(sink.stop)
        settings = _configure(stack, folder, postgres, prefect, sink)
        # Prefect reads its settings at import, and importing it is the longest part: while its server starts.
        from flows.catalogue import definitions

        engine = make_engine(postgres.url("dudao"))
        stack.callback(engine.dispose)
        with unit_of_work(engine) as session:
            publish(session, definitions(), start)
            example = install_example(session, local_day(start), PASSWORD)
        say("启动接口")
        api_url = stack.enter_context(_serving(create_app(engine, settings, clock)))
        starting.join()
        if not prefect.healthy():
            raise RuntimeError((folder / "prefect.log").read_text()[-2000:])
        loop = asyncio.new_event_loop()
        stack.callback(loop.close)
        yield Stage(engine, api_url, prefect.api_url, sink, clock, example, loop)


def _configure(
    stack: ExitStack, folder: Path, postgres: EmbeddedPostgres, prefect: PrefectServer, sink: MailSink
) -> Settings:
    """Point this process's settings, and so the flows that run in it, at the scratch parts."""
    wanted = {
        **quiet_environment(folder / "prefect"),
        "PREFECT_API_URL": prefect.api_url,
        "PREFECT_LOGGING_LEVEL": "ERROR",
        "PREFECT_LOGGING_TO_API_ENABLED": "false",
        # Plain HTTP on loopback: spares every client the reading of certificates.
        "PREFECT_API_TLS_INSECURE_SKIP_VERIFY": "true",
        "DUDAO_DATABASE_URL": postgres.url("dudao"),
        "DUDAO_DATA_DIR": str(folder),
        "DUDAO_SMTP_HOST": "127.0.0.1",
        "DUDAO_SMTP_PORT": str(sink.port),
        "DUDAO_SMTP_SECURITY": "none",
        "DUDAO_SMTP_CONNECTIONS": "2",
        "DUDAO_SESSION_HOURS": "100000",  # nobody signs in again while months pass in seconds
    }
    before = {name: os.environ.get(name) for name in wanted}

    def restore() -> None:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        get_settings.cache_clear()

    stack.callback(restore)
    os.environ.update(wanted)
    get_settings.cache_clear()
    return get_settings()


@contextmanager
def _serving(application: FastAPI) -> Iterator[str]:
    config = uvicorn.Config(application, host="127.0.0.1", port=0, log_level="error", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise RuntimeError("the API did not start")
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)


def as_json(answer: httpx.Response) -> Any:
    """The body of an answer that must be a success."""
    if answer.is_error:
        raise RuntimeError(f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text}")
    return answer.json()
