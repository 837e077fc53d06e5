"""``dudao doctor``: what is configured, what answers, what is missing, and how to mend it."""

from __future__ import annotations

import fcntl
import os
import platform
import smtplib
import ssl
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

import httpx
import psycopg
from rich.console import Console
from rich.markup import escape
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from cli.prefect_api import POOL, PrefectApi
from cli.terminal import grid
from cli.up import LOCK_FILE, web_answers
from cli.up import prefect_api_url as api_url_of_up
from db import migrate
from db.embedded import EmbeddedPostgresError, bin_dir, resolve_database
from db.session import make_engine, unit_of_work
from db.workdays import work_calendar
from process.calendar import SHANGHAI
from settings import Settings

OLDEST_PYTHON = (3, 11)
SMTP_SECONDS = 10


class Status(Enum):
    """How a check went."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


MARKS = {Status.OK: "[green]✓ 正常[/]", Status.WARN: "[yellow]! 注意[/]", Status.FAIL: "[red]✗ 异常[/]"}


@dataclass(frozen=True)
class Check:
    """One thing looked at: what was seen, and how to mend it if it is not well."""

    title: str
    status: Status
    seen: str
    mend: str = ""


def checks(settings: Settings) -> list[Check]:
    """Look at everything. Nothing is changed, and only an embedded database is started, for the length of the look."""
    running = _up_is_running(settings)
    found = [_python(), _data_dir(settings), _wheel(settings), *_database(settings)]
    found += _prefect(api_url_of_up(settings), expected=running or "PREFECT_API_URL" in os.environ)
    found += [_mail(settings), _web(settings, expected=running)]
    return found


def examine(settings: Settings, console: Console) -> int:
    """Show the checks; the exit code is 1 if any of them failed."""
    shown = grid("项目", "结果", "所见", "处理办法", title="督导体检")
    found = checks(settings)
    for check in found:
        shown.add_row(check.title, MARKS[check.status], escape(check.seen), escape(check.mend))
    console.print(shown)
    return int(any(check.status is Status.FAIL for check in found))


# -- this machine -------------------------------------------------------------------------------------------------


def _python() -> Check:
    if sys.version_info < OLDEST_PYTHON:
        return Check("Python", Status.FAIL, platform.python_version(), "请使用 Python 3.11 或更高版本")
    return Check("Python", Status.OK, platform.python_version())


def _data_dir(settings: Settings) -> Check:
    title, folder = "数据目录", settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return Check(title, Status.OK, str(folder))
    except OSError as error:
        mend = "请改正目录的权限，或用 DUDAO_DATA_DIR 指定可写的目录"
        return Check(title, Status.FAIL, f"{folder}:{error.strerror}", mend)


def _wheel(settings: Settings) -> Check:
    title = "嵌入式 PostgreSQL"
    try:
        return Check(title, Status.OK, str(bin_dir()))
    except EmbeddedPostgresError as error:
        status = Status.WARN if settings.database_url else Status.FAIL
        return Check(title, status, "未安装", str(error))


def _up_is_running(settings: Settings) -> bool:
    try:
        with (settings.data_dir / LOCK_FILE).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


# -- the database -------------------------------------------------------------------------------------------------


def _database(settings: Settings) -> Iterator[Check]:
    title = "数据库"
    try:
        with resolve_database(settings) as databases:
            where = make_url(databases.url).render_as_string(hide_password=True)
            current = migrate.current(databases.url)
            calendar = _calendar(databases.url) if current == migrate.head() else None
    except (SQLAlchemyError, psycopg.Error, EmbeddedPostgresError) as error:
        mend = "请检查 DUDAO_DATABASE_URL 及该 PostgreSQL 是否在运行" if settings.database_url else "请查看所示日志"
        yield Check(title, Status.FAIL, str(error).strip().splitlines()[0], mend)
        return
    yield Check(title, Status.OK, where)
    yield _schema(current, migrate.head())
    if calendar is not None:
        yield calendar


def _calendar(url: str) -> Check:
    """Whether due dates of this year and the next are counted by announced calendars."""
    engine = make_engine(url, pool_size=1)
    with unit_of_work(engine) as session:
        known = work_calendar(session)
    engine.dispose()
    this_year = datetime.now(SHANGHAI).year
    missing = [str(year) for year in (this_year, this_year + 1) if year not in known.years]
    if not missing:
        return Check("工作日历", Status.OK, f"已有{this_year}、{this_year + 1}年的放假安排")
    mend = "国务院办公厅公布后运行 dudao calendar import 文件.csv --source 文号；此前到期日标「暂定」"
    return Check("工作日历", Status.WARN, f"没有{'、'.join(missing)}年的放假安排", mend)


def _schema(current: str | None, head: str) -> Check:
    title = "数据结构"
    if current == head:
        return Check(title, Status.OK, head)
    if current is None:
        return Check(title, Status.WARN, "尚未建立", "请运行 dudao migrate(dudao up 会自动执行)")
    return Check(title, Status.FAIL, f"现为 {current}，应为 {head}", "请运行 dudao migrate(dudao up 会自动执行)")


# -- what should be running ---------------------------------------------------------------------------------------


def _prefect(api_url: str, *, expected: bool) -> Iterator[Check]:
    absent = Status.FAIL if expected else Status.WARN
    try:
        with PrefectApi(api_url) as api:
            yield Check("Prefect", Status.OK, f"{api_url}，版本 {api.version()}")
            yield _pool(api, absent)
            yield _worker(api, absent)
            yield _deployments(api, absent)
    except httpx.HTTPError as error:
        mend = "请运行 dudao up,或检查 PREFECT_API_URL;在此期间人工办理不受影响，提醒和邮件暂停"
        yield Check("Prefect", absent, f"{api_url} 没有应答({type(error).__name__})", mend)


def _pool(api: PrefectApi, absent: Status) -> Check:
    kind = api.pool_type()
    if kind is None:
        mend = f"请运行 dudao up,或 prefect work-pool create {POOL} --type process"
        return Check("工作池", absent, f"没有名为 {POOL} 的工作池", mend)
    return Check("工作池", Status.OK, f"{POOL}({kind})")


def _worker(api: PrefectApi, absent: Status) -> Check:
    if workers := api.online_workers():
        return Check("流程执行", Status.OK, "、".join(workers))
    mend = f"请运行 dudao up,或 python -m flows.worker --pool {POOL}"
    return Check("流程执行", absent, "没有在线的执行进程", mend)


def _deployments(api: PrefectApi, absent: Status) -> Check:
    if names := api.deployments():
        return Check("流程部署", Status.OK, "、".join(names))
    return Check("流程部署", absent, "没有部署", "请运行 dudao up,或在项目目录运行 prefect deploy --all")


def _web(settings: Settings, *, expected: bool) -> Check:
    if web_answers(settings):
        return Check("网页", Status.OK, settings.public_url)
    absent = Status.FAIL if expected else Status.WARN
    return Check("网页", absent, f"{settings.public_url} 没有应答", "请运行 dudao up")


# -- mail ---------------------------------------------------------------------------------------------------------


def _mail(settings: Settings) -> Check:
    title, host = "邮件", settings.smtp_host
    if host is None:
        mend = "需要外发时请设置 DUDAO_SMTP_HOST 等"
        return Check(title, Status.WARN, "未配置 SMTP,邮件只存入本地邮件箱", mend)
    where = f"{host}:{settings.smtp_port}({settings.smtp_security})"
    try:
        with _smtp(settings) as server:
            server.ehlo_or_helo_if_needed()
            if settings.smtp_username and settings.smtp_password:
                server.login(settings.smtp_username, settings.smtp_password.get_secret_value())
    except smtplib.SMTPAuthenticationError as error:
        words = error.smtp_error.decode(errors="replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
        return Check(
            title, Status.FAIL, f"{where} 拒绝登录：{words}", "请检查 DUDAO_SMTP_USERNAME 和 DUDAO_SMTP_PASSWORD"
        )
    except ssl.SSLError as error:
        mend = "请检查 DUDAO_SMTP_SECURITY、端口和服务器证书"
        return Check(title, Status.FAIL, f"{where} 加密失败：{error.reason}", mend)
    except (OSError, smtplib.SMTPException) as error:
        return Check(title, Status.FAIL, f"{where}:{error}", "请检查 DUDAO_SMTP_HOST、DUDAO_SMTP_PORT 和网络")
    return Check(title, Status.OK, where)


@contextmanager
def _smtp(settings: Settings) -> Iterator[smtplib.SMTP]:
    """A connection, encrypted as configured, with the server's certificate checked."""
    host, port = settings.smtp_host or "", settings.smtp_port
    seconds = min(settings.smtp_timeout, SMTP_SECONDS)
    with _open_smtp(host, port, seconds, tls=settings.smtp_security == "tls") as server:
        if settings.smtp_security == "starttls":
            server.starttls(context=ssl.create_default_context())
        yield server


def _open_smtp(host: str, port: int, seconds: float, *, tls: bool) -> smtplib.SMTP:
    if tls:
        return smtplib.SMTP_SSL(host, port, timeout=seconds, context=ssl.create_default_context())
    return smtplib.SMTP(host, port, timeout=seconds)
