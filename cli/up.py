"""``dudao up``: everything a small installation needs, started from one command and kept alive.

PostgreSQL, the migrations and the web come first: people work while Prefect is still starting, and when it is down.
The parts are child processes that cannot outlive this one (see :mod:`cli.lifeline`); one that dies is started again.
A single loop looks after all of them, so there are no threads to wait for and a signal is seen at once.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.metadata
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO, Any

import httpx
import psycopg
import psycopg.sql
from pydantic import SecretStr
from rich.console import Console
from rich.markup import escape
from rich.status import Status
from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError

from cli import lifeline
from cli.prefect_api import POOL, PrefectApi
from cli.prefect_server import HOST as PREFECT_HOST
from cli.prefect_server import PrefectServerError, api_healthy, free_port, quiet_environment, server_environment
from db import migrate
from db.embedded import (
    PREFECT_DATABASE,
    Databases,
    EmbeddedPostgresError,
    open_databases,
)
from notifications.sink import MailSink
from settings import Settings

ROOT = Path(__file__).parent.parent
PREFECT_FILE = ROOT / "prefect.yaml"
LOCK_FILE = "up.lock"
API_URL_FILE = "api_url"
TICK_SECONDS = 0.1
DATABASE_CHECK_SECONDS = 2.0
BACKOFF_SECONDS = (1.0, 2.0, 5.0, 10.0, 30.0)
STEADY_SECONDS = 60.0
WORKER_GRACE_SECONDS = 20.0
STOP_SECONDS = 10.0
LOG_LIMIT = 10 * 1024 * 1024

FirstRunHint = Callable[[str], str | None]


class UpError(RuntimeError):
    """``dudao up`` cannot go on; the message says what a person should do."""


@dataclass
class Part:
    """A child process under supervision: started when what it ``needs`` is ready, and again whenever it dies."""

    title: str
    spawn: Callable[[], subprocess.Popen[bytes] | None]  # None: there was nothing to do
    is_ready: Callable[[], bool]
    address: str
    log: Path
    needs: Sequence[Part] = ()
    grace: float = STOP_SECONDS
    runs_once: bool = False
    when_done: Callable[[], None] = lambda: None
    process: subprocess.Popen[bytes] | None = None
    ready: bool = False
    finished: bool = False
    announced: bool = False
    started_at: float = 0.0
    next_start: float = 0.0
    failures: int = 0

    def stop(self) -> None:
        """End it, politely first."""
        if self.process is not None:
            lifeline.stop(self.process, self.grace)
            self.process = None
        self.ready = False


class Supervisor:
    """Starts the parts in order, keeps them alive, stops them in reverse."""

    def __init__(self, settings: Settings, console: Console, first_run: FirstRunHint | None) -> None:
        # The children run elsewhere: a relative data directory must mean the same to them.
        self.settings = settings.model_copy(update={"data_dir": settings.data_dir.expanduser().resolve()})
        settings = self.settings
        self.console = console
        self.first_run = first_run
        self.logs = settings.data_dir / "logs"
        self.prefect_home = settings.data_dir / "prefect"
        self.mails = settings.data_dir / "mails"
        self.parts: list[Part] = []
        self.stopping = False
        self._signals = 0
        self._said_all = False
        self._hint: str | None = None

    # -- the course of things ---------------------------------------------------------------------------------

    def run(self) -> None:
        """Until a signal comes. Whatever was started is stopped, in reverse order, however this ends."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        self._make_folders()
        with ExitStack() as stack:
            stack.enter_context(self._only_one())
            self._check_web_port()
            databases = self._open_databases()
            stack.callback(self._close_databases, databases)
            mail = self._start_sink(stack) if self.settings.smtp_host is None else {}
            stack.callback(self._stop_parts)
            with self.console.status("正在启动……") as status:
                self._start(databases, mail)
                self._supervise(databases, status)

    def _start(self, databases: Databases, mail: dict[str, str]) -> None:
        environment = self._environment(databases) | mail
        prefect = self._prefect_part(environment, databases)
        if prefect is not None:
            self._tick(prefect)  # it takes the longest: let it import while we migrate
        self._migrate(databases.url)
        self._hint = self.first_run(databases.url) if self.first_run else None
        self._web_part(environment)
        self._definitions_part(environment)
        self._flow_parts(environment, prefect)

    def _supervise(self, databases: Databases, status: Status) -> None:
        check_database_at = 0.0
        while not self.stopping:
            for part in self.parts:
                self._tick(part)
            if time.monotonic() >= check_database_at:
                self._check_database(databases)
                check_database_at = time.monotonic() + DATABASE_CHECK_SECONDS
            if not self._said_all and all(part.announced for part in self.parts):
                self._said_all = True
                status.stop()
                self._say_all()
            time.sleep(TICK_SECONDS)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._signals += 1
        self.stopping = True
        if self._signals > 1:
            for part in self.parts:
                if part.process is not None:
                    part.process.kill()

    # -- looking after a part ---------------------------------------------------------------------------------

    def _tick(self, part: Part) -> None:
        if part.finished or (part.process is None and not self._may_start(part)):
            return
        if part.process is None:
            self._begin(part)
        elif (code := part.process.poll()) is not None:
            self._ended(part, code)
        elif not part.ready and not part.runs_once and part.is_ready():
            self._became_ready(part)

    def _may_start(self, part: Part) -> bool:
        return time.monotonic() >= part.next_start and all(other.ready for other in part.needs)

    def _begin(self, part: Part) -> None:
        part.started_at = time.monotonic()
        try:
            part.process = part.spawn()
        except (httpx.HTTPError, OSError) as error:
            self._later(part, str(error))
            return
        if part.process is None:
            part.finished = True
            self._became_ready(part)

    def _ended(self, part: Part, code: int) -> None:
        part.process = None
        if part.runs_once and code == 0:
            part.finished = True
            part.when_done()
            self._became_ready(part)
        else:
            part.ready = False
            self._later(part, f"退出码 {code}")

    def _later(self, part: Part, why: str) -> None:
        if time.monotonic() - part.started_at > STEADY_SECONDS:
            part.failures = 0
        pause = BACKOFF_SECONDS[min(part.failures, len(BACKOFF_SECONDS) - 1)]
        part.failures += 1
        part.next_start = time.monotonic() + pause
        self._say("[yellow]![/]", part.title, f"已中断（{why}），{pause:.0f} 秒后重新启动；日志 {part.log}")

    def _became_ready(self, part: Part) -> None:
        part.ready = True
        again = "，已恢复" if part.announced else ""
        part.announced = True
        self._say("[green]✓[/]", part.title, f"{part.address}{again}")

    def _stop_parts(self) -> None:
        for part in reversed(self.parts):
            part.stop()

    # -- the parts --------------------------------------------------------------------------------------------

    def _add(self, part: Part) -> Part:
        self.parts.append(part)
        return part

    def _child(
        self, environment: dict[str, str], log: Path, module: str, *arguments: str
    ) -> Callable[[], subprocess.Popen[bytes]]:
        def spawn() -> subprocess.Popen[bytes]:
            with _open_log(log) as file:
                return lifeline.spawn(module, *arguments, log=file, env=environment, cwd=ROOT)

        return spawn

    def _prefect_part(self, environment: dict[str, str], databases: Databases) -> Part | None:
        """Our own Prefect server, unless the environment names another. Sets ``PREFECT_API_URL``."""
        if configured := os.environ.get("PREFECT_API_URL"):
            self._say("[green]✓[/]", "Prefect", f"{configured}（已配置，不另启动）")
            return None
        port = free_port(self.settings.prefect_port)
        server = server_environment(self.prefect_home, self._prefect_database(databases), port)
        environment["PREFECT_API_URL"] = server["PREFECT_API_URL"]
        # Plain HTTP on loopback: spares every client the reading of certificates (a sixth of a flow run's CPU).
        environment["PREFECT_API_TLS_INSECURE_SKIP_VERIFY"] = "true"
        (self.prefect_home / API_URL_FILE).write_text(server["PREFECT_API_URL"], "ascii")
        log = self.logs / "prefect.log"
        arguments = ("prefect", "server", "start", "--host", PREFECT_HOST, "--port", str(port))
        return self._add(
            Part(
                title="Prefect",
                spawn=self._child(environment | server, log, *arguments),
                is_ready=lambda: api_healthy(server["PREFECT_API_URL"]),
                address=f"http://{PREFECT_HOST}:{port}",
                log=log,
            )
        )

    def _web_part(self, environment: dict[str, str]) -> None:
        host, port, log = self.settings.web_host, self.settings.web_port, self.logs / "web.log"
        # No access log: receipts and calendars have their secret in the address.
        where = ("--host", host, "--port", str(port), "--no-access-log")
        arguments = ("--factory", "api.app:create_app_from_environment", *where)
        self._add(
            Part(
                title="网页",
                spawn=self._child(environment, log, "uvicorn", *arguments),
                is_ready=lambda: web_answers(self.settings),
                address=self.settings.public_url,
                log=log,
            )
        )

    def _definitions_part(self, environment: dict[str, str]) -> None:
        """Publish the definitions rounds are launched from: a child, because importing the flows takes seconds."""
        log = self.logs / "definitions.log"
        self._add(
            Part(
                title="督导事项",
                spawn=self._child(environment, log, "cli.app", "migrate"),
                is_ready=lambda: False,
                address="定义已发布",
                log=log,
                runs_once=True,
            )
        )

    def _flow_parts(self, environment: dict[str, str], prefect: Part | None) -> None:
        needs = () if prefect is None else (prefect,)
        self._deployments_part(environment, needs)
        log, api_url = self.logs / "worker.log", environment["PREFECT_API_URL"]
        grace = ("--grace", str(WORKER_GRACE_SECONDS))
        self._add(
            Part(
                title="流程执行",
                spawn=self._child(environment, log, "flows.worker", "--pool", POOL, *grace),
                is_ready=lambda: _worker_online(api_url),
                address=f"工作池 {POOL}",
                log=log,
                needs=needs,
                grace=WORKER_GRACE_SECONDS + STOP_SECONDS,
            )
        )

    def _deployments_part(self, environment: dict[str, str], needs: Sequence[Part]) -> None:
        log, api_url = self.logs / "deploy.log", environment["PREFECT_API_URL"]
        arguments = ("prefect", "--no-prompt", "deploy", "--all", "--prefect-file", str(PREFECT_FILE))
        deploy = self._child(environment, log, *arguments)
        seal = DeploymentSeal(self.prefect_home / "deployed.json", api_url)

        def spawn() -> subprocess.Popen[bytes] | None:
            with PrefectApi(api_url) as api:
                api.ensure_pool()
                return None if seal.holds(api.deployments()) else deploy()

        def when_done() -> None:
            with PrefectApi(api_url) as api, suppress(httpx.HTTPError):
                seal.set(api.deployments())

        part = Part(
            title="流程部署",
            spawn=spawn,
            is_ready=lambda: False,
            address=str(PREFECT_FILE),
            log=log,
            needs=needs,
            runs_once=True,
            when_done=when_done,
        )
        self._add(part)

    def _start_sink(self, stack: ExitStack) -> dict[str, str]:
        sink = MailSink(self.mails)
        sink.start()
        stack.callback(sink.stop)
        self._say("[green]✓[/]", "本地邮件箱", f"{self.mails}（未配置 SMTP，邮件不外发）")
        return {
            "DUDAO_SMTP_HOST": "127.0.0.1",
            "DUDAO_SMTP_PORT": str(sink.port),
            "DUDAO_SMTP_SECURITY": "none",
        }

    # -- the database -----------------------------------------------------------------------------------------

    def _open_databases(self) -> Databases:
        databases = open_databases(self.settings)
        server = databases.embedded
        parts = make_url(databases.url)
        kind = "嵌入式，" if server is not None else ""
        self._say("[green]✓[/]", "PostgreSQL", f"{kind}{parts.host}:{parts.port or 5432}/{parts.database}")
        return databases

    def _close_databases(self, databases: Databases) -> None:
        if databases.embedded is not None and self._signals > 1:
            databases.embedded.stop(mode="immediate")
        databases.close()

    def _check_database(self, databases: Databases) -> None:
        server = databases.embedded
        if server is None:
            return
        port = server.port
        if not server.ensure_running():
            return
        self._say("[yellow]![/]", "PostgreSQL", "曾中断，已重新启动")
        if server.port != port:
            raise UpError(f"数据库的端口 {port} 已被其他程序占用，请重新运行 dudao up")

    def _migrate(self, url: str) -> None:
        try:
            migrate.upgrade(url)
        except OperationalError as error:
            raise UpError(f"无法使用数据库：{error.orig}") from error
        self._say("[green]✓[/]", "数据结构", migrate.head())

    def _prefect_database(self, databases: Databases) -> str:
        """Prefect's own database: the configured one, or ``prefect`` beside ours."""
        for name in ("PREFECT_SERVER_DATABASE_CONNECTION_URL", "PREFECT_API_DATABASE_CONNECTION_URL"):
            if configured := os.environ.get(name):
                return configured
        if databases.embedded is None:
            _create_database(databases.url, PREFECT_DATABASE)
        return databases.prefect_url

    # -- the surroundings -------------------------------------------------------------------------------------

    def _environment(self, databases: Databases) -> dict[str, str]:
        """What all children are told. Settings read from a ``.env`` here are passed on: theirs may be another one."""
        told = {**os.environ, **settings_environment(self.settings), **quiet_environment(self.prefect_home)}
        return told | {"DUDAO_DATABASE_URL": databases.url, "PYTHONUNBUFFERED": "1"}

    def _make_folders(self) -> None:
        try:
            for folder in (self.logs, self.prefect_home):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UpError(f"无法写入数据目录 {self.settings.data_dir}:{error.strerror}") from error

    def _only_one(self) -> IO[bytes]:
        lock = (self.settings.data_dir / LOCK_FILE).open("ab")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.close()
            raise UpError(f"数据目录 {self.settings.data_dir} 已有一个 dudao up 在运行") from error
        return lock

    def _check_web_port(self) -> None:
        host, port = self.settings.web_host, self.settings.web_port
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                raise UpError(
                    f"网页端口 {host}:{port} 不可用（{error.strerror}）。"
                    f"请结束占用它的程序，或用 DUDAO_WEB_PORT 换一个端口，例如 DUDAO_WEB_PORT={port + 1} dudao up"
                ) from error

    # -- what is said -----------------------------------------------------------------------------------------

    def _say(self, mark: str, title: str, text: str) -> None:
        self.console.print(f"{mark} [bold]{title}[/] {escape(text)}", soft_wrap=True, highlight=False)

    def _say_all(self) -> None:
        addresses = {part.title: part.address for part in self.parts}
        lines = [f"网页 {self.settings.public_url}"]
        lines.append(f"Prefect {addresses.get('Prefect', os.environ.get('PREFECT_API_URL', ''))}")
        lines.append(f"日志 {self.logs}")
        if self.settings.smtp_host is None:
            lines.append(f"邮件 {self.mails}")
        if self._hint:
            lines.append(self._hint)
        lines.append("按 Ctrl-C 停止")
        self.console.print("\n" + escape("\n".join(lines)) + "\n", soft_wrap=True, highlight=False)


class DeploymentSeal:
    """Remembers which deployments were made from which files, so that an unchanged list is not deployed again.

    ``prefect deploy`` costs some four seconds of CPU each time, which a restart should not.
    """

    def __init__(self, path: Path, api_url: str) -> None:
        self._path = path
        self._api_url = api_url

    def holds(self, present: Sequence[str]) -> bool:
        """Whether these deployments, all still there, were made from the files as they are now."""
        with suppress(FileNotFoundError, json.JSONDecodeError):
            return bool(present) and json.loads(self._path.read_text("utf-8")) == self._content(present)
        return False

    def set(self, present: Sequence[str]) -> None:
        """Remember."""
        self._path.write_text(json.dumps(self._content(present), ensure_ascii=False), "utf-8")

    def _content(self, present: Sequence[str]) -> dict[str, object]:
        return {"api": self._api_url, "files": self._fingerprint(), "deployments": list(present)}

    def _fingerprint(self) -> str:
        digest = hashlib.sha256(importlib.metadata.version("prefect").encode())
        for path in [PREFECT_FILE, *sorted((ROOT / "flows").rglob("*.py"))]:
            digest.update(str(path).encode() + b"\0" + path.read_bytes())
        return digest.hexdigest()


def _as_environment(value: Any) -> str:
    """A setting as the environment carries it: secrets laid open, lists and mappings as JSON."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, list | dict):
        return json.dumps(value, default=lambda secret: secret.get_secret_value())
    return str(value)


def settings_environment(settings: Settings) -> dict[str, str]:
    """The settings as the environment variables they came from."""
    told = {}
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if value is not None:
            told[f"DUDAO_{name.upper()}"] = _as_environment(value)
    return told


def _create_database(url: str, name: str) -> None:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        with psycopg.connect(plain, autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone() is None:
                connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))
    except psycopg.errors.InsufficientPrivilege as error:
        raise UpError(
            f"数据库账号无权创建 Prefect 所需的数据库 {name}。请让管理员执行 CREATE DATABASE {name},"
            "或设置 PREFECT_API_URL 使用已有的 Prefect"
        ) from error
    except psycopg.OperationalError as error:
        raise UpError(f"无法连接数据库：{error}") from error


def _open_log(path: Path) -> IO[bytes]:
    with suppress(FileNotFoundError):
        if path.stat().st_size > LOG_LIMIT:
            path.replace(path.with_suffix(".log.1"))
    return path.open("ab")


def web_answers(settings: Settings) -> bool:
    """Whether the web of this installation answers, be it only to complain about the database."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.web_host, settings.web_host)  # noqa: S104 - compared
    try:
        httpx.get(f"http://{host}:{settings.web_port}/api/health", timeout=2, trust_env=False)
    except httpx.HTTPError:
        return False
    return True


def prefect_api_url(settings: Settings) -> str:
    """Where Prefect is or would be: as configured, else where the last ``dudao up`` put it."""
    if configured := os.environ.get("PREFECT_API_URL"):
        return configured
    with suppress(OSError):
        return (settings.data_dir / "prefect" / API_URL_FILE).read_text("ascii").strip()
    return f"http://{PREFECT_HOST}:{settings.prefect_port}/api"


def _worker_online(api_url: str) -> bool:
    try:
        with PrefectApi(api_url, timeout=2) as api:
            return bool(api.online_workers())
    except httpx.HTTPError:
        return False


def up(settings: Settings, *, console: Console | None = None, first_run: FirstRunHint | None = None) -> None:
    """Run everything until Ctrl-C or SIGTERM.

    ``first_run`` is asked after the migrations, with the address of the database, for a hint to show (how to make the
    first account, say), or ``None``.
    """
    console = console or Console()
    try:
        Supervisor(settings, console, first_run).run()
    except (UpError, EmbeddedPostgresError, PrefectServerError) as error:
        console.print(f"[red]✗[/] {escape(str(error))}", soft_wrap=True, highlight=False)
        raise SystemExit(1) from error
    console.print("已全部停止")
