"""A Prefect server of our own, as a child process. Prefect itself is not imported here: that takes seconds."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from cli import lifeline

HOST = "127.0.0.1"
START_SECONDS = 120.0
STOP_SECONDS = 15.0


class PrefectServerError(RuntimeError):
    """The Prefect server did not start; the message says where to look."""


def free_port(preferred: int = 0, host: str = HOST) -> int:
    """``preferred`` if it is free, else the next free one above it; any free port for 0."""
    last = preferred + 100 if preferred else 0
    for port in range(preferred, last + 1):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            found: int = probe.getsockname()[1]
            return found
    raise PrefectServerError(f"端口 {preferred}-{last} 都被占用")


def quiet_environment(home: Path) -> dict[str, str]:
    """What every process that imports Prefect should have: our own home, no telemetry, no chatter."""
    return {
        "PREFECT_HOME": str(home),
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_CLI_PROMPT": "false",
        "DO_NOT_TRACK": "1",
    }


def server_environment(home: Path, database_url: str, port: int) -> dict[str, str]:
    """The settings of our Prefect server."""
    return {
        **quiet_environment(home),
        "PREFECT_API_URL": f"http://{HOST}:{port}/api",
        "PREFECT_UI_API_URL": f"http://{HOST}:{port}/api",
        "PREFECT_API_DATABASE_CONNECTION_URL": database_url,
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": database_url,
        # Leases kept in memory are lost with the server, and the concurrency slots they stand for never come back.
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
        # A delivery every minute is half a million runs a year; what matters of them is in our own database.
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(14 * 24 * 3600),
    }


class PrefectServer:
    """``prefect server start`` on loopback against a PostgreSQL database."""

    def __init__(
        self, database_url: str, *, home: Path, log: Path, port: int = 0, env: Mapping[str, str] | None = None
    ) -> None:
        self.port = free_port(port)
        self._log = log
        self._env = {**os.environ, **server_environment(home, database_url, self.port), **(env or {})}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def api_url(self) -> str:
        """What clients set as ``PREFECT_API_URL``."""
        return f"http://{HOST}:{self.port}/api"

    @property
    def ui_url(self) -> str:
        """What a person opens."""
        return f"http://{HOST}:{self.port}"

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the process without waiting for it to be ready."""
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            self._process = lifeline.spawn(
                "prefect", "server", "start", "--host", HOST, "--port", str(self.port), log=log, env=self._env
            )
        return self._process

    def healthy(self) -> bool:
        """Whether the API answers."""
        return api_healthy(self.api_url)

    def start(self, timeout: float = START_SECONDS) -> None:
        """Start and wait until the API answers."""
        process = self.launch()
        deadline = time.monotonic() + timeout
        while not self.healthy():
            if process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise PrefectServerError(f"Prefect 服务未能启动，请查看 {self._log}")
            time.sleep(0.05)

    def stop(self, grace: float = STOP_SECONDS) -> None:
        """End the process."""
        if self._process is not None:
            lifeline.stop(self._process, grace)
            self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def api_healthy(api_url: str, timeout: float = 1.0) -> bool:
    """Whether a Prefect API answers at this address."""
    try:
        return httpx.get(f"{api_url.rstrip('/')}/health", timeout=timeout, trust_env=False).is_success
    except httpx.HTTPError:
        return False


def start_prefect_server(database_url: str, *, home: Path, log: Path, port: int = 0) -> PrefectServer:
    """A running server; the caller stops it."""
    server = PrefectServer(database_url, home=home, log=log, port=port)
    server.start()
    return server
