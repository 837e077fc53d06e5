"""``dudao process`` as a person types it."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import items
from cli.process import app
from flows.catalogue import PROCESSES
from process.form.schema import schema_text
from settings import get_settings
from tests.world import World

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "campus-food-safety.yaml"


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, arguments)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def test_a_file_is_checked(tmp_path: Path) -> None:
    assert run("check", str(EXAMPLE)) == (0, "可用：校园食品安全专项督导 第1版，11个环节\n")
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(
        EXAMPLE.read_text("utf-8").replace("owner: 督学", "owner: 校长").replace("version: 1", "version: 一")
    )
    code, said = run("check", str(wrong))
    assert code == 1
    assert "第5行 version：须是整数" in said
    assert said.count("没有「校长」") == 2, "all problems at once"


def test_a_file_is_rehearsed() -> None:
    code, said = run("preview", str(EXAMPLE), "--start", "2022-10-10")
    assert code == 0
    assert all(words in said for words in ("签收督导通知", "2022-10-13", "催办 10-14", "约谈 11-10"))
    code, drawn = run("preview", str(EXAMPLE), "--mermaid")
    assert (code, drawn.splitlines()[0]) == (0, "flowchart TD")


def test_a_file_is_installed_and_listed(world: World, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUDAO_DATABASE_URL", database_url)
    get_settings.cache_clear()
    try:
        assert run("install", str(EXAMPLE))[1] == "已安装：校园食品安全专项督导 第1版（campus-food-safety）\n"
        code, said = run("list")
        assert code == 0
        assert "安装（命令）" in said
        assert "district-evaluation" in said
    finally:
        get_settings.cache_clear()
    assert world.rows("SELECT installed_by FROM process_definitions WHERE name = 'campus-food-safety'") == [
        {"installed_by": None}
    ]


def test_the_documents_are_what_the_commands_print() -> None:
    assert run("schema")[1] == schema_text()
    printed = run("table")[1]
    assert printed == items.items_table()
    for process, _ in PROCESSES.values():
        [row] = [line for line in printed.splitlines() if f"| {process.title} |" in line]
        assert process.sentence in row
        assert all(stage.title in row for stage in process.stages)
    assert {process.item for process, _ in PROCESSES.values()} == set(range(21)), "every item, and what none asks for"
