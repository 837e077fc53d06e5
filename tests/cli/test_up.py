"""``dudao up`` as a person runs it: one command, everything there; killed anywhere, nothing lost and nothing left."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest
from pydantic import SecretStr
from rich.console import Console

from cli.doctor import Status, checks, examine
from cli.prefect_server import free_port
from cli.up import DeploymentSeal, settings_environment, up
from db.embedded import start_embedded
from settings import Settings

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="dudao-up-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name)


@dataclass
class Running:
    """A ``dudao up`` in another process."""

    process: subprocess.Popen[bytes]
    settings: Settings
    output: Path

    @property
    def said(self) -> str:
        return self.output.read_text("utf-8")

    def wait_until(self, what: Callable[[], bool], seconds: float = 90) -> None:
        deadline = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < deadline, self.said
            assert self.process.poll() is None, self.said
            time.sleep(0.1)

    def children(self) -> dict[str, psutil.Process]:
        """The parts by the module they run, without those that have just ended."""
        found = psutil.Process(self.process.pid).children()
        return {child.cmdline()[4]: child for child in found if child.status() != psutil.STATUS_ZOMBIE}


def start(folder: Path) -> Running:
    settings = Settings(data_dir=folder / "data", web_port=free_port(), prefect_port=free_port(), database_url=None)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT", "DUDAO"))}
    output = folder / "said.txt"
    with output.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-c", "from cli.up import up; from settings import Settings; up(Settings())"],
            cwd=folder,  # not the project's folder: it must work from anywhere
            env=environment | settings_environment(settings) | {"PYTHONPATH": str(ROOT)},
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    return Running(process, settings, output)


@pytest.fixture
def running(folder: Path) -> Iterator[Running]:
    started = start(folder)
    yield started
    started.process.terminate()
    try:
        started.process.wait(60)
    finally:
        started.process.kill()
        started.process.wait()


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    _, left = psutil.wait_procs(processes, timeout=20)
    return [process for process in left if process.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.slow
def test_everything_comes_up_is_kept_up_and_goes_down_again(running: Running) -> None:
    running.wait_until(lambda: "按 Ctrl-C 停止" in running.said)
    for part in ("PostgreSQL", "数据结构", "网页", "Prefect", "流程部署", "流程执行", "本地邮件箱"):
        assert f"✓ {part} " in running.said
    assert httpx.get(f"{running.settings.public_url}/api/health", trust_env=False).json()["status"] == "ok"
    health = {check.title: check.status for check in checks(running.settings)}
    assert Status.FAIL not in health.values(), health
    assert {"网页", "Prefect", "工作池", "流程执行", "流程部署"} <= {t for t, s in health.items() if s is Status.OK}

    parts = running.children()
    assert set(parts) == {"prefect", "uvicorn", "flows.worker"}
    parts["flows.worker"].kill()
    parts["uvicorn"].kill()
    embedded = start_embedded(running.settings.data_dir)
    assert embedded.pid is not None
    os.kill(embedded.pid, signal.SIGKILL)
    running.wait_until(lambda: running.said.count("已恢复") == 2)
    assert embedded.pid is not None
    embedded.stop()

    mine = [*running.children().values(), psutil.Process(embedded.pid)]
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(60) == 0
    assert "已全部停止" in running.said
    assert alive(mine) == []


@pytest.mark.slow
def test_a_killed_supervisor_takes_its_children_along_and_the_next_one_finds_the_data(folder: Path) -> None:
    first = start(folder)
    first.wait_until(lambda: "✓ 网页 " in first.said)
    children = list(first.children().values())
    first.process.kill()
    first.process.wait()
    assert alive(children) == []

    second = start(folder)
    try:
        second.wait_until(lambda: "✓ 网页 " in second.said)
    finally:
        second.process.terminate()
        assert second.process.wait(60) == 0


def test_a_port_in_use_is_named_and_nothing_is_started(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused, said = refuse(Settings(data_dir=folder, web_port=port, database_url=None))
    assert refused == 1
    assert f"127.0.0.1:{port}" in said
    assert "DUDAO_WEB_PORT" in said
    assert not (folder / "postgres").exists()


def test_a_database_that_does_not_answer_is_a_sentence_not_a_traceback(folder: Path) -> None:
    nowhere = f"postgresql://nobody:secret@127.0.0.1:{free_port()}/dudao"
    settings = Settings(data_dir=folder, web_port=free_port(), database_url=nowhere)
    refused, said = refuse(settings)
    assert refused == 1
    assert "无法连接数据库" in said
    assert "secret" not in said
    console = Console(record=True, width=200, quiet=True)
    assert examine(settings, console) == 1
    [database] = [check for check in checks(settings) if check.title == "数据库"]
    assert database.status is Status.FAIL
    assert "DUDAO_DATABASE_URL" in database.mend


def refuse(settings: Settings) -> tuple[object, str]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    with tempfile.TemporaryFile("w+") as file:
        try:
            with pytest.raises(SystemExit) as raised:
                up(settings, console=Console(file=file, width=200))
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        file.seek(0)
        return raised.value.code, file.read()


def test_deployments_are_made_again_only_when_something_changed(folder: Path) -> None:
    seal = DeploymentSeal(folder / "deployed.json", "http://127.0.0.1:4200/api")
    assert not seal.holds(["patrol"])
    seal.set(["patrol"])
    assert seal.holds(["patrol"])
    assert not seal.holds([])  # another Prefect database, or they were deleted
    assert not seal.holds(["deliver", "patrol"])
    assert not DeploymentSeal(folder / "deployed.json", "http://127.0.0.1:4201/api").holds(["patrol"])
    remembered = json.loads((folder / "deployed.json").read_text("utf-8"))
    (folder / "deployed.json").write_text(json.dumps(remembered | {"files": "older"}), "utf-8")
    assert not seal.holds(["patrol"])


def test_children_are_told_the_settings_of_their_parent(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(data_dir=folder, smtp_host="mail.example", smtp_password=SecretStr("s p"), web_port=8123)
    for name, value in settings_environment(settings).items():
        monkeypatch.setenv(name, value)
    assert Settings() == settings
