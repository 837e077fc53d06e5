"""Processes without programming, from the edge: checked, rehearsed, installed, launched; by programs and by form."""

from __future__ import annotations

from pathlib import Path

import yaml
from bs4 import BeautifulSoup

from process.form.check import process_of
from process.form.writing import form_of
from tests.api.conftest import SAMPLED, Office

EXAMPLE = (Path(__file__).resolve().parents[2] / "docs" / "examples" / "campus-food-safety.yaml").read_text("utf-8")
AT = "/api/v1/processes"


def test_a_program_checks_rehearses_installs_and_launches(office: Office) -> None:
    checked = office.coordinator.post(f"{AT}/check", json={"yaml": EXAMPLE})
    assert (checked.status_code, checked.json()["title"]) == (200, "校园食品安全专项督导")
    rehearsed = office.coordinator.post(f"{AT}/preview", json={"yaml": EXAMPLE, "start": "2022-10-10"}).json()
    assert [leg["due_on"] for leg in rehearsed["legs"][:2]] == ["2022-10-13", "2022-11-10"]
    assert rehearsed["mermaid"].startswith("flowchart")
    assert not office.world.rows("SELECT FROM process_definitions WHERE name = 'campus-food-safety'"), "nothing kept"

    for client in (office.coordinator, office.manager, office.district()):
        assert client.post(AT, json={"yaml": EXAMPLE}).status_code == 403
    assert office.administrator.post(AT, json={"yaml": EXAMPLE}).status_code == 201
    [row] = [row for row in office.manager.get(f"{AT}/versions").json() if row["name"] == "campus-food-safety"]
    assert (row["built_in"], row["installed_by"], row["rounds"]) == (False, "管理员丁", 0)
    assert office.coordinator.get(f"{AT}/campus-food-safety/yaml").text == EXAMPLE
    body = {"process_name": "campus-food-safety", "title": "食安", "year": 2022, "subject_ids": [SAMPLED]}
    assert office.coordinator.post("/api/v1/rounds", json=body).status_code == 201


def test_every_problem_is_answered_with_its_line(office: Office) -> None:
    wrong = EXAMPLE.replace("period: 20个工作日\n", "period: 二十天\n", 1).replace("to: team,", "to: nowhere,")
    answer = office.administrator.post(AT, json={"yaml": wrong.replace("owner: 督学", "owner: 校长", 1)})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_definition")
    lines = wrong.splitlines()
    for problem in answer.json()["problems"]:
        assert problem["where"].startswith("stages.")
    assert [lines[problem["line"] - 1].strip() for problem in answer.json()["problems"]] == [
        "period: 二十天",
        "owner: 督学",
    ]
    lost = EXAMPLE.replace("to: team,", "to: nowhere,")
    [unsound] = office.administrator.post(f"{AT}/check", json={"yaml": lost}).json()["problems"]
    assert "nowhere" in unsound["says"]
    assert "to: team" in EXAMPLE.splitlines()[unsound["line"] - 1]
    plain = office.administrator.post("/api/v1/sign-in", json={"username": "x", "password": "y"}).json()
    assert "problems" not in plain


def test_the_schema_needs_no_session(office: Office) -> None:
    assert office.client().get(f"{AT}/schema").json()["title"] == "督导事项"


def test_a_built_in_process_is_downloaded_changed_and_installed_as_another(office: Office) -> None:
    text = office.administrator.get(f"{AT}/district-evaluation/yaml").text
    assert text.startswith("# yaml-language-server: $schema=http")
    same = office.administrator.post(AT, json={"yaml": text})
    assert (same.status_code, same.json()["code"], same.json()["field"]) == (409, "conflict", "name")
    other = {**yaml.safe_load(text), "name": "own-evaluation", "item": 0, "sentence": ""}
    assert office.administrator.post(AT, json={"yaml": yaml.safe_dump(other, allow_unicode=True)}).status_code == 201


def test_days_beyond_the_calendar_are_refused(office: Office) -> None:
    for start in ("9999-12-01", "2060-06-01"):
        answer = office.coordinator.get(f"{AT}/district-evaluation/preview", params={"start": start})
        assert (answer.status_code, answer.json()["field"]) == (422, "start")
        shown = office.browser("manager").get("/processes/district-evaluation", params={"start": start})
        assert (shown.status_code, shown.text.count('role="alert"')) == (422, 1)


def test_installing_by_form(office: Office) -> None:
    browser = office.browser("administrator")
    wrong = EXAMPLE.replace("owner: 督学", "owner: 校长", 1).encode()
    failed = browser.post("/processes/new", data={"do": "check"}, files={"file": ("食安.yaml", wrong)})
    assert failed.status_code == 422
    soup = BeautifulSoup(failed.text, "html.parser")
    [marked] = soup.select("ol.code .wrong")
    assert "owner: 校长" in marked.text
    assert soup.select_one(f"a[href='#{marked['id']}']") is not None
    assert "owner: 校长" in soup.select_one("textarea").text, "what was uploaded can be put right in place"

    good = browser.post("/processes/new", data={"do": "check", "yaml": EXAMPLE, "start": "2022-10-10"})
    assert good.status_code == 200
    soup = BeautifulSoup(good.text, "html.parser")
    assert "2022-10-13" in soup.text
    hidden = soup.select_one("input[name=yaml]")["value"]
    done = browser.post("/processes/new", data={"do": "install", "yaml": hidden.replace("\n", "\r\n")})
    assert (done.status_code, done.headers["location"]) == (303, "/processes/campus-food-safety")
    assert browser.get("/processes/campus-food-safety").status_code == 200
    assert browser.get("/processes/campus-food-safety/yaml").text == EXAMPLE
    changed = hidden.replace("period: 3个工作日", "period: 4个工作日")
    again = browser.post("/processes/new", data={"do": "install", "yaml": changed})
    assert (again.status_code, "请改为第2版" in again.text) == (409, True)
    nothing = browser.post("/processes/new", data={"do": "check", "yaml": ""})
    assert (nothing.status_code, "文件是空的" in nothing.text) == (422, True)
    assert office.browser("manager").post("/processes/new", data={"do": "check", "yaml": EXAMPLE}).status_code == 403


def test_a_form_is_text_and_never_markup(office: Office) -> None:
    spoilt = EXAMPLE.replace("title: 校园食品安全专项督导", 'title: "<script>alert(1)</script>"', 1)
    shown = office.browser("administrator").post("/processes/new", data={"do": "check", "yaml": spoilt})
    assert shown.status_code == 200
    assert "<script>" not in shown.text


def test_what_is_downloaded_says_the_same(office: Office) -> None:
    text = office.coordinator.get(f"{AT}/district-evaluation/yaml").text
    process = process_of(text)
    assert form_of(process) == text.split("\n", 1)[1]
