"""Days set from above, by API and page, and where they are shown."""

from __future__ import annotations

from tests.api.conftest import Office
from tests.casework import upward

DISTRICT = "CQ-500106"
BODY = {"on_day": "2022-10-31", "source": "教督办函〔2022〕3号"}


def test_written_down_and_shown(office: Office) -> None:
    round_id = upward.launched(office.world, DISTRICT, first="collect")
    case_id = office.world.case(DISTRICT).id
    path = f"/api/v1/rounds/{round_id}/external-dates"
    assert office.coordinator.get(path).json() == []
    assert office.program(DISTRICT.lower()).put(f"{path}/collect", json=BODY).status_code == 403
    moved = office.coordinator.put(f"{path}/collect", json=BODY)
    assert moved.json() == [{"case_id": case_id, "from_day": "2022-11-30", "to_day": "2022-10-24"}]
    [row] = office.program(DISTRICT.lower()).get(path).json()
    assert (row["stage_title"], row["on_day"], row["due_on"], row["buffer"]) == (
        "分解落实", "2022-10-31", "2022-10-24", 5,
    )  # fmt: skip
    assert office.program("cq-500107").get(path).status_code == 404
    for page in (f"/rounds/{round_id}", f"/cases/{case_id}"):
        assert BODY["source"] in office.browser(DISTRICT.lower()).get(page).text


def test_the_form_on_the_round(office: Office) -> None:
    round_id = upward.launched(office.world, DISTRICT, first="collect")
    browser, path = office.browser("coordinator"), f"/rounds/{round_id}"
    assert "上级尚未确定时间" in browser.get(path).text
    wrong = browser.post(
        f"{path}/external-dates", data={"stage": "collect", "on_day": "2022-08-01", "source": "来源甲"}
    )
    assert wrong.status_code == 422
    assert "来源甲" in wrong.text
    assert browser.post(f"{path}/external-dates", data={"stage": "collect", **BODY}).status_code == 303
    shown = browser.get(path).text
    assert "2022年10月24日" in shown
    assert f'action="{path}/external-dates"' not in office.browser("inspector").get(path).text
