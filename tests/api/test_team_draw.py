"""A team drawn by program and on the page of its case."""

from __future__ import annotations

from tests.api.conftest import Office
from tests.casework import upward

DISTRICT, OTHER = "CQ-500106", "CQ-500107"


def test_drawn_by_program_and_on_the_page(office: Office) -> None:
    upward.inspected(office.world, DISTRICT, OTHER)
    made = office.coordinator.post(f"{office.path(DISTRICT)}/team/draw", json={"version": 1, "seed": "20220901"})
    assert made.status_code == 200, made.text
    file = office.coordinator.get(office.path(DISTRICT)).json()
    assert len(file["team"]) == 3
    assert any("随机抽取，种子20220901" in event["words"] for event in file["history"])
    browser, page = office.browser("coordinator"), f"/cases/{office.case_id(OTHER)}"
    assert "抽取并组成" in browser.get(page).text
    wrong = browser.post(f"{page}/draw-team", data={"version": "1", "seed": "一", "expertise": "没有的专长"})
    assert (wrong.status_code, "没有的专长" in wrong.text) == (422, True)
    assert browser.post(f"{page}/draw-team", data={"version": "1", "seed": "一", "size": "4"}).status_code == 303
    assert len(office.coordinator.get(office.path(OTHER)).json()["team"]) == 4
