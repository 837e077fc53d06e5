"""Parts of a case by API and page: assigned, followed, taken back; a unit sees its own only."""

from __future__ import annotations

from sqlalchemy import text

from tests.api.conftest import HASH, Office
from tests.casework import upward

DISTRICT, OTHER = "CQ-500106", "CQ-500107"


def begun(office: Office) -> int:
    upward.launched(office.world, DISTRICT, first="collect")
    upward.department(office.world)
    with office.world.unit() as session:
        session.execute(text("UPDATE users SET password_hash = :hash WHERE username = 'a-cz'"), {"hash": HASH})
    return office.world.case(DISTRICT).id or 0


def test_assigned_by_program_and_followed(office: Office) -> None:
    case_id = begun(office)
    path = f"/api/v1/cases/{case_id}/parts"
    body = {
        "version": 1,
        "parts": [{"subject_id": "A-CZ", "title": "提供经费数据"}, {"subject_id": OTHER, "title": "学校数据"}],
    }
    made = office.coordinator.post(path, json=body)
    assert made.status_code == 201, made.text
    mine, theirs = made.json()["created"]
    rows = office.coordinator.get(path).json()
    assert [(row["unit"], row["stage_title"], row["due_on"]) for row in rows] == [
        ("市财政局", "承办", "2022-11-30"),
        ("九龙坡区", "承办", "2022-11-30"),
    ]
    unit = office.program("a-cz")
    assert unit.get(f"/api/v1/cases/{mine}").json()["case"]["origin_case_id"] is None
    assert {
        unit.get(f"/api/v1/cases/{id_}{more}").status_code for id_ in (case_id, theirs) for more in ("", "/parts")
    } == {404}
    unit.post(f"/api/v1/cases/{mine}/documents", data={"deliverable": "result"}, files={"file": ("情况.txt", b"done")})
    answer = unit.post(f"/api/v1/cases/{mine}/submit", json={"version": 1, "stage": "undertaking"})
    assert answer.status_code == 200, answer.text
    gone = office.coordinator.post(f"/api/v1/cases/{theirs}/withdraw-part", json={"version": 1, "reason": "已有"})
    assert gone.json()["status"] == "withdrawn"
    assert [row["stage_title"] for row in office.coordinator.get(path).json()] == ["审核销号", ""]


def test_assigned_and_taken_back_on_the_page(office: Office) -> None:
    case_id = begun(office)
    browser = office.browser("coordinator")
    page = f"/cases/{case_id}"
    assert "尚未分解交办" in browser.get(page).text
    form = {"version": "1", "title": "提供经费数据", "asks": "分项列出", "units": ["A-CZ", OTHER]}
    assert browser.post(f"{page}/parts", data={**form, "units": []}).status_code == 422
    wrong = browser.post(f"{page}/parts", data={**form, "due_on": "2022-12-30"})
    assert wrong.status_code == 422
    assert "分项列出" in wrong.text
    assert browser.post(f"{page}/parts", data=form).status_code == 303
    shown = browser.get(page).text
    assert "分解任务（2项，未办结2项）" in shown
    [part] = office.world.rows("SELECT id, version FROM cases WHERE subject_id = 'A-CZ'")
    assert f'href="/cases/{part["id"]}"' in shown
    back = {"version": "1", "part": part["id"], "part_version": part["version"], "reason": ""}
    assert browser.post(f"{page}/withdraw-part", data=back).status_code == 422
    assert browser.post(f"{page}/withdraw-part", data={**back, "reason": "已有"}).status_code == 303
    assert "未办结1项" in browser.get(page).text
    unit = office.browser("a-cz")
    assert unit.get(page).status_code == 404
    own = unit.get(f"/cases/{part['id']}")
    assert own.status_code == 200
    assert f"/cases/{case_id}" not in own.text
