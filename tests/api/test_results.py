"""A circular of results by program and on the page of its round."""

from __future__ import annotations

from tests.api.conftest import Office
from tests.casework import upward
from tests.casework.test_results import DISTRICT, ENTRIES


def test_published_on_the_round(office: Office) -> None:
    first, *_ = upward.awarded(office.world, *ENTRIES)
    page, browser = f"/rounds/{office.world.round_id}", office.browser("coordinator")
    assert "印发结果通报（3件）" in browser.get(page).text
    assert "印发结果通报" not in office.browser(DISTRICT.lower()).get(page).text
    wrong = browser.post(f"{page}/result-circular", data={"summary": "", f"grade_{first}": "一等奖"})
    assert (wrong.status_code, "一等奖" in wrong.text) == (422, True)
    assert (
        browser.post(f"{page}/result-circular", data={"summary": "评出3件", f"grade_{first}": "一等奖"}).status_code
        == 303
    )
    assert "印发结果通报（" not in browser.get(page).text
    letters = office.program(DISTRICT.lower()).get(f"/api/v1/cases/{first}").json()["letters"]
    assert "result_circular" in {letter["kind"] for letter in letters}
    again = office.coordinator.post(f"/api/v1{page}/result-circular", json={"summary": "再次"})
    assert again.status_code == 409
