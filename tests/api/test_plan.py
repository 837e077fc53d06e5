"""The plan of the year as pages, JSON and spreadsheet; and what the office does to a planned round."""

from __future__ import annotations

import io
from datetime import date

import pytest
from bs4 import BeautifulSoup
from openpyxl import load_workbook

from casework.definitions import publish
from casework.plans import plan_ahead, propose_due
from flows.district_evaluation import PROCESS
from process.definition import Recurrence
from process.vocabulary import Cadence
from tests.api.conftest import SAMPLED, UNSAMPLED, Office
from tests.api.test_statements import counted

TITLE = f"2022年{PROCESS.title}"


@pytest.fixture
def planned(office: Office) -> int:
    """The evaluation of 2022, planned for the 20th of September; the key of its plan."""
    world = office.world
    world.forget_processes()
    yearly = PROCESS.model_copy(
        update={"version": 4, "recurrence": Recurrence(cadence=Cadence.YEARLY, month=9, day=20)}
    )
    with world.unit() as session:
        publish(session, [yearly], world.now)
        plan_ahead(session, world.now)
        propose_due(session, world.now)
    [row] = world.rows("SELECT id FROM planned_rounds WHERE process_name = :name AND year = 2022", name=PROCESS.name)
    return int(row["id"])


def text_of(html: str) -> str:
    return BeautifulSoup(html, "html.parser").get_text()


def test_the_year_stands_before_anything_is_planned(office: Office) -> None:
    plan = office.coordinator.get("/api/v1/plan/2023").json()
    [evaluation] = [process for process in plan["processes"] if process["name"] == PROCESS.name]
    assert evaluation["item"] == 4
    [one] = evaluation["rounds"]
    assert (one["status"], one["cases"], one["on_site"]) == ("foreseen", 41, 8)
    assert [span["title"] for span in one["spans"]][:2] == ["签收督导通知", "自查自评"]
    assert len(plan["months"]) == 12


def test_the_page_of_the_year(office: Office, planned: int) -> None:
    browser = office.browser("coordinator")
    assert browser.get("/plan").headers["location"] == "/plan/2022"
    page = browser.get("/plan/2022")
    assert page.status_code == 200
    said = text_of(page.text)
    assert TITLE in said
    assert "今后30天启动" in said
    soup = BeautifulSoup(page.text, "html.parser")
    assert soup.find("a", href=f"/planned/{planned}")
    assert soup.find("a", href="/plan/2022.xlsx")
    nav = soup.find("nav", attrs={"aria-label": "主导航"})
    assert nav is not None
    assert nav.find("a", href="/plan")


def test_a_round_under_way_has_its_real_days_in_the_plan(office: Office, planned: int) -> None:
    office.world.launch(SAMPLED, UNSAMPLED)
    plan = office.coordinator.get("/api/v1/plan/2022").json()
    [evaluation] = [process for process in plan["processes"] if process["name"] == PROCESS.name]
    begun = [one for one in evaluation["rounds"] if one["status"] == "open"]
    assert [(one["cases"], one["spans"][0]["real"], one["spans"][1]["real"]) for one in begun] == [(2, True, False)]
    assert "进行中" in text_of(office.browser("manager").get("/plan/2022").text)


def test_the_spreadsheet(office: Office, planned: int) -> None:
    for path in ("/plan/2022.xlsx", "/api/v1/plan/2022/xlsx"):
        answer = office.browser("coordinator").get(path)
        assert answer.status_code == 200
        book = load_workbook(io.BytesIO(answer.content))
        assert book.sheetnames == ["轮次", "环节", "月度工作量", "指标", "提示"]
        titles = [row[2] for row in book["轮次"].iter_rows(min_row=2, values_only=True)]
        assert TITLE in titles
        assert book["月度工作量"].max_row == 13


def test_districts_do_not_see_the_plan(office: Office, planned: int) -> None:
    for path in ("/api/v1/plan/2022", "/api/v1/plan/2022/xlsx", "/api/v1/planned", f"/api/v1/planned/{planned}"):
        assert office.district().get(path).status_code == 403
    for path in ("/plan", "/plan/2022", f"/planned/{planned}"):
        assert office.browser(SAMPLED.lower()).get(path).status_code == 403


def test_what_begins_soon(office: Office, planned: int) -> None:
    client = office.coordinator
    assert planned in [row["id"] for row in client.get("/api/v1/planned").json()]
    assert planned not in [row["id"] for row in client.get("/api/v1/planned", params={"days": 10}).json()]
    assert client.get("/api/v1/planned/999").status_code == 404


def test_moved_stopped_resumed_and_launched_by_programs(office: Office, planned: int) -> None:
    client, path = office.coordinator, f"/api/v1/planned/{planned}"
    refused = client.post(f"{path}/move", json={"launch_on": "2022-10-01", "reason": "国庆"})
    assert (refused.status_code, refused.json()["field"]) == (422, "launch_on")
    moved = client.post(f"{path}/move", json={"launch_on": "2022-09-22", "reason": "让位"}).json()
    assert (moved["launch_on"], moved["moved"]) == ("2022-09-22", True)
    assert office.inspector.post(f"{path}/stop", json={"reason": "不办"}).status_code == 403
    stopped = client.post(f"{path}/stop", json={"reason": "不办"}).json()
    assert (stopped["status_title"], stopped["stopped_by"]) == ("已停止", "协调员甲")
    assert client.post(f"{path}/launch").status_code == 409
    client.post(f"{path}/resume", json={"launch_on": "2022-09-26"})
    prepared = client.post(f"{path}/prepare", json={"subject_ids": ["渝中区", "CQ-500231"]}).json()
    assert prepared["subject_ids"] == [UNSAMPLED, "CQ-500231"]
    opened = client.post(f"{path}/launch").json()["id"]
    assert client.get(f"/api/v1/rounds/{opened}").json()["cases"] == 2
    log = client.get(path).json()["log"]
    assert [line["deed"] for line in log] == ["改期", "停止", "恢复", "确定督导对象和负责人", "立即启动"]


def test_the_same_by_the_forms(office: Office, planned: int) -> None:
    browser, path = office.browser("coordinator"), f"/planned/{planned}"
    page = browser.get(path)
    assert page.status_code == 200
    assert len(BeautifulSoup(page.text, "html.parser").find_all("input", attrs={"name": "subject_ids"})) == 41
    failed = browser.post(f"{path}/move", data={"launch_on": "2022-10-01", "reason": "国庆前后"})
    assert failed.status_code == 422
    assert "不是工作日" in text_of(failed.text)
    assert "国庆前后" in failed.text, "what was typed stays"
    assert browser.post(f"{path}/move", data={"launch_on": "2022-09-22", "reason": "让位"}).status_code == 303
    empty = browser.post(f"{path}/prepare", data={"whom": "chosen"})
    assert empty.status_code == 422
    chosen = {"whom": "chosen", "subject_ids": [SAMPLED, UNSAMPLED], "coordinator_id": ""}
    assert browser.post(f"{path}/prepare", data=chosen).status_code == 303
    assert "区县2个（已选定）" in text_of(browser.get(path).text)
    assert browser.post(f"{path}/stop", data={"reason": ""}).status_code == 422
    assert browser.post(f"{path}/stop", data={"reason": "另行安排", "series": "yes"}).status_code == 303
    stopped = text_of(browser.get(path).text)
    assert "协调员甲停止：另行安排" in stopped
    assert browser.post(f"{path}/resume", data={"launch_on": "2022-09-23"}).status_code == 303
    launched = browser.post(f"{path}/launch", data={})
    assert launched.status_code == 303
    assert launched.headers["location"].startswith("/rounds/")
    assert "查看轮次" in text_of(browser.get(path).text)


def test_a_proposal_leads_to_its_page(office: Office, planned: int) -> None:
    world = office.world
    world.now = world.at(date(2022, 9, 13), 10)
    with world.unit() as session:
        assert propose_due(session, world.now) == [TITLE]
    inbox = office.browser("coordinator").get("/inbox")
    assert "拟启动" in inbox.text, text_of(inbox.text)
    [notice] = world.rows("SELECT id FROM notices WHERE kind = 'round_proposed'")
    page = office.browser("coordinator").get(f"/inbox/{notice['id']}")
    assert page.status_code == 200
    assert "届时不再另行询问" in text_of(page.text)
    assert f"/planned/{planned}" in page.text


def test_as_many_statements_for_many_rounds_as_for_few(office: Office, planned: int) -> None:
    world, browser = office.world, office.browser("coordinator")
    numbers = []
    for n, subjects in enumerate(((SAMPLED, UNSAMPLED), (), ())):
        world.launch(*subjects, title=f"轮次{n}")
        with counted(world.engine) as said:
            assert browser.get("/plan/2022").status_code == 200
        numbers.append(len(said))
    assert len(set(numbers)) == 1
    assert numbers[0] <= 20, said
