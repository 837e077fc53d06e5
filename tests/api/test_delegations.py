"""离岗委托 by form and by program."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import text

from process.vocabulary import Role
from tests.api.conftest import HASH, SAMPLED, UNSAMPLED, Office

PERIOD = {"first_day": "2022-09-01", "last_day": "2022-09-09", "reason": "外出培训"}
EVERYBODY = ("coordinator", "manager", "inspector", "administrator", SAMPLED.lower())


@pytest.fixture
def second(office: Office) -> int:
    """Another coordinator, who can sign in."""
    with office.world.unit() as session:
        statement = text(
            "INSERT INTO users (username, name, role, email, password_hash, active) "
            "VALUES ('second', '协调员己', :role, 'second@office.example', :hash, true) RETURNING id"
        )
        return int(session.execute(statement, {"role": Role.COORDINATOR, "hash": HASH}).scalar_one())


def contacts(office: Office, subject: str = SAMPLED) -> list[int]:
    rows = office.world.rows("SELECT id FROM contacts WHERE subject_id = :s ORDER BY id", s=subject)
    return [row["id"] for row in rows]


@pytest.mark.parametrize("who", EVERYBODY)
def test_the_page_renders_and_is_linked(office: Office, second: int, who: str) -> None:
    person, deputy, *_ = contacts(office)
    body: dict[str, Any] = {**PERIOD, "contact_id": person, "to_contact_id": deputy}
    assert office.district().post("/api/v1/delegations", json=body).status_code == 201
    answer = office.browser(who).get("/delegations")
    assert answer.status_code == 200
    soup = BeautifulSoup(answer.text, "html.parser")
    assert soup.select_one('.who a[href="/delegations"][aria-current]') is not None
    labelled = {label.get("for") for label in soup.find_all("label")}
    for control in soup.select("input:not([type=hidden]), select"):
        assert control.get("id") in labelled, control
    assert ("提前结束" in answer.text) is (who != "inspector")
    assert office.browser(who).get("/delegations?over=1").status_code == 200


def test_a_manager_hands_over_by_form_and_ends_it(office: Office, second: int) -> None:
    browser, deputy = office.browser("manager"), office.browser("second")
    form = {**PERIOD, "user_id": str(office.world.manager.user_id), "to_user_id": str(second)}
    failed = browser.post("/delegations", data={**form, "last_day": "2023-09-09"})
    assert failed.status_code == 422
    assert "委托最长180天" in failed.text
    soup = BeautifulSoup(failed.text, "html.parser")
    typed = {tag["name"]: tag["value"] for tag in soup.select("input[name]")}
    assert typed == {"first_day": "2022-09-01", "last_day": "2023-09-09", "reason": "外出培训"}
    chosen = [tag["value"] for tag in soup.select("option[selected]")]
    assert chosen == [form["user_id"], form["to_user_id"]]
    assert browser.post("/delegations", data={**form, "reason": ""}).status_code == 422
    assert browser.post("/delegations", data={**form, "first_day": "明天"}).status_code == 422
    assert browser.post("/delegations", data=form).status_code == 303
    assert "协调员己" in browser.get("/delegations").text
    assert "代主任乙" in deputy.get("/todo").text, "it is said on every page"
    [row] = office.world.rows("SELECT id FROM delegations")
    refused = deputy.post(f"/delegations/{row['id']}/revoke")
    assert refused.status_code == 403
    assert "由离岗者本人" in refused.text
    assert browser.post(f"/delegations/{row['id']}/revoke").status_code == 303
    assert "代主任乙" not in deputy.get("/todo").text
    assert "已提前结束" in browser.get("/delegations?over=1").text


def test_a_deputy_decides_in_the_queue(launched: Office, second: int) -> None:
    launched.act(launched.coordinator, "measures", kind="talk", reason="佐证材料系伪造")
    deputy = launched.browser("second")
    assert "不予采取" not in deputy.get("/queue").text
    body = {**PERIOD, "to_user_id": second}
    assert launched.manager.post("/api/v1/delegations", json=body).status_code == 201
    assert "不予采取" in deputy.get("/queue").text
    soup = BeautifulSoup(deputy.get("/queue").text, "html.parser")
    form = soup.select_one('form[action$="/queue/decide"]')
    assert form is not None
    fields = {str(tag["name"]): str(tag["value"]) for tag in form.select("input[type=hidden]")}
    decided = deputy.post("/queue/decide", data={**fields, "ruling": "waive", "note": "已当面说明"})
    assert decided.status_code == 303, decided.text
    assert "协调员己（代主任乙）" in deputy.get(f"/cases/{launched.case_id()}").text


def test_programs_hand_over_and_look(office: Office, second: int) -> None:
    made = office.coordinator.post("/api/v1/delegations", json={**PERIOD, "to_user_id": second})
    assert made.status_code == 201, "the own work, where nobody is named"
    again = office.coordinator.post("/api/v1/delegations", json={**PERIOD, "to_user_id": second})
    assert (again.status_code, again.json()["code"]) == (409, "delegation_overlaps")
    [row] = office.manager.get("/api/v1/delegations").json()["items"]
    assert (row["name"], row["deputy"], row["state"], row["state_title"]) == (
        "协调员甲",
        "协调员己",
        "in_force",
        "委托中",
    )
    assert (row["role_title"], row["reason"], row["created_by_name"]) == ("督导协调员", "外出培训", "协调员甲")
    assert office.inspector.get("/api/v1/delegations").json()["total"] == 0
    ended = office.coordinator.post(f"/api/v1/delegations/{made.json()['id']}/revoke")
    assert ended.status_code == 200
    twice = office.coordinator.post(f"/api/v1/delegations/{made.json()['id']}/revoke")
    assert (twice.status_code, twice.json()["code"]) == (409, "delegation_over")
    assert office.coordinator.get("/api/v1/delegations?over=true").json()["total"] == 1


def test_a_district_sees_and_touches_only_its_own(office: Office) -> None:
    person, deputy, *_ = contacts(office)
    mine = {**PERIOD, "contact_id": person, "to_contact_id": deputy}
    assert office.district().post("/api/v1/delegations", json=mine).status_code == 201
    other, browser = office.district(UNSAMPLED), office.browser(UNSAMPLED.lower())
    assert other.get("/api/v1/delegations").json()["items"] == []
    [row] = office.world.rows("SELECT id FROM delegations")
    assert other.post(f"/api/v1/delegations/{row['id']}/revoke").status_code == 404
    assert other.post("/api/v1/delegations", json=mine).status_code == 404
    assert browser.get(f"/delegations?contact_id={person}").status_code == 404
    secret = office.world.rows("SELECT name FROM contacts WHERE id = :id", id=person)[0]["name"]
    assert secret not in browser.get("/delegations").text
    stolen = browser.post("/delegations", data={name: str(value) for name, value in mine.items()})
    assert stolen.status_code == 404
    assert secret not in stolen.text


def test_a_contact_by_form(office: Office) -> None:
    person, deputy, *_ = contacts(office)
    form = {**PERIOD, "contact_id": str(person), "to_contact_id": str(deputy)}
    for who in (SAMPLED.lower(), "coordinator"):
        browser = office.browser(who)
        link = f"/delegations?contact_id={person}"
        assert link in browser.get("/subjects").text
        page = BeautifulSoup(browser.get(link).text, "html.parser")
        selected = page.select_one("#delegations-contact_id option[selected]")
        assert selected is not None
        assert selected["value"] == str(person)
        failed = browser.post("/delegations", data={**form, "to_contact_id": str(person)})
        assert failed.status_code == 422
        assert "不能委托给本人" in failed.text
        chosen = BeautifulSoup(failed.text, "html.parser").select("option[selected]")
        assert [tag["value"] for tag in chosen] == [str(person), str(person)]
        assert browser.post("/delegations", data=form).status_code == 303
        [row] = office.world.rows("SELECT id FROM delegations WHERE revoked_at IS NULL")
        assert browser.post(f"/delegations/{row['id']}/revoke").status_code == 303
    assert office.browser("inspector").get(f"/delegations?contact_id={person}").status_code == 403
    tampered = office.browser("coordinator").post("/delegations", data={**form, "contact_id": "9" * 30})
    assert tampered.status_code == 422
