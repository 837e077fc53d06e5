"""The embedded PostgreSQL under force: killed, shared, started by two at once, in awkward places."""

from __future__ import annotations

import os
import pwd
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from db.embedded import EmbeddedPostgres, resolve_database, sibling_for_prefect, start_embedded
from settings import Settings

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data directory that the service account can reach when we are root."""
    with tempfile.TemporaryDirectory(prefix="dudao-pg-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def quick(folder: Path) -> Iterator[EmbeddedPostgres]:
    """One that need not survive."""
    started = start_embedded(folder, durable=False)
    yield started
    started.stop(mode="immediate")


@pytest.fixture
def server(folder: Path) -> Iterator[EmbeddedPostgres]:
    started = start_embedded(folder)
    yield started
    started.stop(mode="immediate")


def plain(server: EmbeddedPostgres, database: str = "postgres") -> str:
    return server.url(database).replace("+psycopg", "")


def write_down(server: EmbeddedPostgres, text: str) -> None:
    with psycopg.connect(plain(server)) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS note (text text)")
        connection.execute("INSERT INTO note VALUES (%s)", (text,))


def read_back(server: EmbeddedPostgres) -> list[str]:
    with psycopg.connect(plain(server)) as connection:
        return [str(row[0]) for row in connection.execute("SELECT text FROM note")]


def kill_postmaster(server: EmbeddedPostgres) -> None:
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)


def elsewhere(folder: Path, code: str, **options: object) -> subprocess.Popen[str]:
    """Another ``dudao`` command on the same data directory."""
    preface = "import sys, time\nfrom pathlib import Path\nfrom db.embedded import *\nfolder = Path(sys.argv[1])\n"
    return subprocess.Popen(
        [sys.executable, "-c", preface + code, str(folder)],
        stdout=subprocess.PIPE, text=True, cwd=ROOT, **options,  # type: ignore[call-overload]
    )  # fmt: skip


def test_a_killed_server_comes_back_with_its_data_at_the_same_address(folder: Path, server: EmbeddedPostgres) -> None:
    write_down(server, "綦江区")
    address = server.url("postgres")
    kill_postmaster(server)
    again = start_embedded(folder)
    assert read_back(again) == ["綦江区"]
    assert again.url("postgres") == address
    again.stop()
    assert read_back(server) == ["綦江区"]


def test_whoever_watches_over_it_can_start_it_again(server: EmbeddedPostgres) -> None:
    write_down(server, "石柱县")
    assert server.ensure_running() is False
    kill_postmaster(server)
    while server.pid is not None:
        time.sleep(0.01)
    assert server.ensure_running() is True
    assert read_back(server) == ["石柱县"]


def test_a_backend_that_outlives_the_postmaster_does_not_stand_in_the_way(server: EmbeddedPostgres) -> None:
    write_down(server, "城口县")
    with psycopg.connect(plain(server), autocommit=True) as busy:
        pid = busy.info.backend_pid
        os.kill(pid, signal.SIGSTOP)  # as stuck as can be: it will never notice that its postmaster is gone
        kill_postmaster(server)
        while server.pid is not None:
            time.sleep(0.01)
        assert server.ensure_running() is True
    assert read_back(server) == ["城口县"]


def test_the_last_one_to_leave_stops_the_server(folder: Path, quick: EmbeddedPostgres) -> None:
    second = start_embedded(folder, durable=False)
    second.stop()
    assert quick.pid is not None
    third = start_embedded(folder, durable=False)
    quick.stop()
    assert third.pid is not None
    write_down(third, "巫溪县")
    third.stop()
    assert third.pid is None


def test_a_killed_command_leaves_no_claim_behind(folder: Path) -> None:
    other = elsewhere(folder, "start_embedded(folder, durable=False); print('up', flush=True); time.sleep(60)")
    assert other.stdout is not None
    assert other.stdout.readline() == "up\n"
    other.kill()
    other.communicate()
    server = start_embedded(folder)
    server.stop()
    assert server.pid is None


def test_two_commands_may_start_it_at_the_same_moment(folder: Path) -> None:
    code = "server = start_embedded(folder, durable=False); print(server.pid, flush=True); time.sleep(2); server.stop()"
    others = [elsewhere(folder, code) for _ in range(2)]
    pids = {other.communicate(timeout=60)[0] for other in others}
    assert len(pids) == 1
    assert all(other.returncode == 0 for other in others)


def test_a_pid_file_that_names_a_stranger_is_not_believed(folder: Path) -> None:
    server = start_embedded(folder)
    write_down(server, "黔江区")
    kill_postmaster(server)
    # As in a restarted container: the dead postmaster's number now belongs to somebody else.
    claim = server.cluster / "postmaster.pid"
    claim.write_text("\n".join([str(os.getpid()), *claim.read_text().splitlines()[1:]]) + "\n")
    again = start_embedded(folder)
    assert read_back(again) == ["黔江区"]
    server.stop()
    again.stop()
    assert again.pid is None


def test_a_long_path_is_no_obstacle(folder: Path) -> None:
    server = start_embedded(folder / ("很长的目录" * 8) / ("x" * 120), durable=False)
    write_down(server, "长")
    assert read_back(server) == ["长"]
    server.stop()


def test_no_password_no_entry(quick: EmbeddedPostgres) -> None:
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(host="127.0.0.1", port=quick.port, user="dudao", password="guess", dbname="postgres")
    secret = quick.cluster / "dudao_password"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    with psycopg.connect(plain(quick)) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("127.0.0.1",)
        assert connection.execute("SHOW unix_socket_directories").fetchone() == ("",)


def test_databases_are_created_once_and_copied_from_a_template(quick: EmbeddedPostgres) -> None:
    assert quick.create_database("model") is True
    assert quick.create_database("model") is False
    with psycopg.connect(plain(quick, "model")) as connection:
        connection.execute("CREATE TABLE ready (yes boolean)")
    assert quick.create_database("copy", template="model") is True
    with psycopg.connect(plain(quick, "copy")) as connection:
        assert connection.execute("SELECT count(*) FROM ready").fetchone() == (0,)
    quick.drop_database("copy")
    assert quick.create_database("copy") is True


def test_chinese_is_lower_cased_sorted_and_split_into_trigrams(quick: EmbeddedPostgres) -> None:
    with psycopg.connect(plain(quick)) as connection:
        connection.execute("CREATE EXTENSION pg_trgm")
        assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)
        assert connection.execute("SELECT similarity('重庆市綦江区', '綦江区') > 0.2").fetchone() == (True,)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can try to be somebody else")
def test_an_ordinary_user_needs_no_special_account(folder: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    child = os.fork()  # not a new interpreter: root's may well be where nobody can read it
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(nobody.pw_gid)
            os.setuid(nobody.pw_uid)
            server = start_embedded(folder, durable=False)
            write_down(server, "普通用户")
            server.stop()
            os._exit(0 if server.pid is None else 2)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert (folder / "postgres" / "data").stat().st_uid == nobody.pw_uid


def test_without_an_address_the_embedded_databases_are_there_for_the_block(folder: Path) -> None:
    with resolve_database(Settings(data_dir=folder, database_url=None)) as databases:
        with psycopg.connect(databases.url.replace("+psycopg", "")) as connection:
            assert connection.execute("SELECT current_database()").fetchone() == ("dudao",)
        assert databases.prefect_url.startswith("postgresql+asyncpg://")
        assert databases.embedded is not None
        assert databases.embedded.pid is not None
    assert databases.embedded.pid is None


def test_a_configured_address_is_used_and_nothing_is_started(folder: Path) -> None:
    settings = Settings(data_dir=folder, database_url="postgresql://u:p@db.example:6543/dudao?sslmode=require")
    with resolve_database(settings) as databases:
        assert databases.embedded is None
        assert databases.url == "postgresql+psycopg://u:p@db.example:6543/dudao?sslmode=require"
    assert list(folder.iterdir()) == []
    wanted = "postgresql+asyncpg://u:p@db.example:6543/prefect?ssl=require"
    assert sibling_for_prefect(settings.database_url or "") == wanted
