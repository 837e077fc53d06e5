"""``dudao plan``: the year on the terminal, as JSON and as a spreadsheet, before anything was launched."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine, text
from typer.testing import CliRunner

from cli.app import app
from flows.catalogue import definitions

pytestmark = pytest.mark.usefixtures("flow_database")


def run(*arguments: str) -> str:
    answer = CliRunner().invoke(app, ["plan", *arguments], catch_exceptions=False)
    assert answer.exit_code == 0, answer.output
    return answer.output


def test_the_year_of_an_empty_installation(engine: Engine, tmp_path: Path) -> None:
    sheet = tmp_path / "plan.xlsx"
    plan = json.loads(run("2022", "--json", "--xlsx", str(sheet)))
    expected = {process.name for process in definitions() if process.item or process.launch_letter}
    assert {process["name"] for process in plan["processes"]} == expected
    evaluation = next(process for process in plan["processes"] if process["name"] == "district-evaluation")
    [one] = evaluation["rounds"]
    assert (one["title"], one["launch_on"]) == ("2022年对区县政府履行教育职责评价", "2022-09-01")
    assert (one["cases"], one["on_site"], one["drawn"]) == (41, 8, False)
    on_site = next(span for span in one["spans"] if span["on_site_days"] == 5)
    assert (on_site["starts_on"], on_site["due_on"]) == ("2022-12-06", "2022-12-21")
    assert plan["months"][8]["launches"] >= 1
    assert "轮次" in load_workbook(sheet).sheetnames
    with engine.connect() as connection:  # looking wrote nothing
        assert connection.execute(text("SELECT count(*) FROM subjects")).scalar() == 0
        assert connection.execute(text("SELECT count(*) FROM process_definitions")).scalar() == 0


def test_on_the_terminal() -> None:
    said = run("2022")
    assert "2022年对区县政府履行教育职责评价" in said
    assert "月度工作量" in said
    assert "重点对8个区县开展实地督查" in said
