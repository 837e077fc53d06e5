"""Titles by API and page."""

from __future__ import annotations

from casework.letters import issue_letter
from casework.steps import complete
from process.vocabulary import LetterKind
from tests.api.conftest import Office
from tests.casework import upward

DISTRICT, OTHER = "CQ-500106", "CQ-500107"


def recognised(office: Office) -> int:
    world = office.world
    upward.launched(world, DISTRICT, OTHER, first="national")
    for subject in (DISTRICT, OTHER):
        case_id = world.case(subject).id
        world.do(complete, world.coordinator, case_id, None, stage="national", outcome="recognised")
    [row] = world.rows("SELECT id FROM recognitions WHERE subject_id = :s", s=DISTRICT)
    id_: int = row["id"]
    return id_


def test_titles_by_program(office: Office) -> None:
    title = recognised(office)
    path = "/api/v1/recognitions"
    decision = {"granted_on": "2022-08-30", "document": "教督函〔2022〕3号"}
    assert office.coordinator.put(f"{path}/{title}", json=decision).status_code == 200
    own = office.program(DISTRICT.lower()).get(path).json()
    assert [(row["subject_id"], row["document"]) for row in own["items"]] == [(DISTRICT, "教督函〔2022〕3号")]
    assert office.program(DISTRICT.lower()).put(f"{path}/{title}", json=decision).status_code == 403
    assert office.coordinator.post(f"{path}/{title}/revoke", json={"reason": "弄虚作假"}).status_code == 403
    case_id = upward.rechecked(office.world, DISTRICT)
    held = office.coordinator.get(f"{path}?held=true").json()["items"]
    [row] = [one for one in held if one["subject_id"] == DISTRICT]
    assert (row["checked_case_id"], row["checked_year"]) == (case_id, 2022)
    assert office.manager.post(f"{path}/{title}/revoke", json={"reason": "弄虚作假"}).status_code == 200
    [lost] = office.coordinator.get(f"{path}?held=false").json()["items"]
    assert (lost["subject_id"], lost["revoked_reason"]) == (DISTRICT, "弄虚作假")
    before = {"process_name": "upward", "subject_id": "CQ-500108", **decision}
    assert office.coordinator.post(path, json=before).status_code == 201
    assert office.coordinator.post(path, json=before).status_code == 409


def test_titles_on_the_page(office: Office) -> None:
    title = recognised(office)
    round_id = office.world.round_id
    browser, manager = office.browser("coordinator"), office.browser("manager")
    assert "/recognitions" in browser.get(f"/rounds/{round_id}").text
    assert "认定文件未登记" in browser.get("/recognitions").text
    given = {"granted_on": "2022-08-30", "document": "教督函〔2022〕3号"}
    wrong = browser.post(f"/recognitions/{title}/describe", data={**given, "granted_on": "2030-01-01"})
    assert (wrong.status_code, "不能在今天之后" in wrong.text) == (422, True)
    assert browser.post(f"/recognitions/{title}/describe", data=given).status_code == 303
    assert f'action="/recognitions/{title}/revoke"' not in browser.get("/recognitions").text
    assert manager.post(f"/recognitions/{title}/revoke", data={"reason": "弄虚作假"}).status_code == 303
    assert "弄虚作假" in manager.get("/recognitions").text
    entered = {**given, "process_name": "upward", "subject_id": "CQ-500108"}
    assert browser.post("/recognitions", data=entered).status_code == 303
    shown = office.browser(OTHER.lower()).get("/recognitions").text
    assert "九龙坡区" in shown
    assert "沙坪坝区" not in shown


def test_the_batch_is_ended_on_the_round(office: Office) -> None:
    world = office.world
    upward.launched(world, DISTRICT, OTHER, first="recommend")
    case_id = world.case(DISTRICT).id
    world.do(issue_letter, world.coordinator, case_id, None, kind=LetterKind.RECOMMENDATION, content="达标")
    page = f"/rounds/{world.round_id}"
    assert "终止本批次" not in office.browser("coordinator").get(page).text
    manager = office.browser("manager")
    assert "终止本批次" in manager.get(page).text
    assert manager.post(f"{page}/end-batch", data={"reason": ""}).status_code == 422
    assert manager.post(f"{page}/end-batch", data={"reason": "抽查区县未达标"}).status_code == 303
    assert world.case(DISTRICT).outcome == "not_recognised"
    assert office.manager.post(f"/api/v1{page}/end-batch", json={"reason": "再次"}).status_code == 409
