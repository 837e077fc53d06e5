"""我的通知 by form and by program."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from process.vocabulary import NoticeKind
from tests.api.conftest import SAMPLED, UNSAMPLED, Office

EVERYBODY = ("coordinator", "manager", "inspector", "administrator", SAMPLED.lower())


def operator(office: Office, subject: str = SAMPLED) -> int:
    rows = office.world.rows("SELECT id FROM contacts WHERE subject_id = :s AND position = 'operator'", s=subject)
    return int(rows[0]["id"])


@pytest.mark.parametrize("who", EVERYBODY)
def test_the_page_shows_every_kind(office: Office, who: str) -> None:
    answer = office.browser(who).get("/preferences")
    assert answer.status_code == 200
    soup = BeautifulSoup(answer.text, "html.parser")
    assert soup.select_one('.who a[href="/preferences"][aria-current]') is not None
    chosen = {str(tag["name"]): tag.select("option[selected]") for tag in soup.select("main select")}
    told = [kind for kind in NoticeKind if who != SAMPLED.lower() or not kind.for_office]
    assert set(chosen) == {f"mode_{kind}" for kind in told if not kind.mandatory}
    assert all(len(options) == 1 for options in chosen.values())
    for kind in told:
        assert kind.title_zh in answer.text
    assert "须签收，具有正式效力" in answer.text
    assert "紧急事项，随时发送" in answer.text
    labelled = {label.get("for") for label in soup.find_all("label")}
    assert {tag["id"] for tag in soup.select("main select")} <= labelled


def test_choosing_by_form(office: Office) -> None:
    browser = office.browser("manager")
    form = {"mode_bulletin": "inbox", "mode_closed": "digest", "mode_urge": "digest"}
    done = browser.post("/preferences", data=form)
    assert (done.status_code, done.headers["location"]) == (303, "/preferences")
    assert "已更改2类通知的方式" in browser.get("/preferences").text
    rows = office.world.rows("SELECT user_id, kind, mode FROM preferences ORDER BY kind")
    whose = office.world.manager.user_id
    assert [dict(row) for row in rows] == [
        {"user_id": whose, "kind": "bulletin", "mode": "inbox"},
        {"user_id": whose, "kind": "urge", "mode": "digest"},
    ]
    page = BeautifulSoup(browser.get("/preferences").text, "html.parser")
    selected = page.select_one("#mode_bulletin option[selected]")
    assert selected is not None
    assert selected["value"] == "inbox"
    refused = browser.post("/preferences", data={"mode_urge": "inbox", "mode_letter": "inbox"})
    assert refused.status_code == 422
    assert "一律单独发送" in refused.text
    kept = BeautifulSoup(refused.text, "html.parser").select_one("#mode_urge option[selected]")
    assert kept is not None
    assert kept["value"] == "inbox", "what was typed is still there"
    assert len(office.world.rows("SELECT 1 FROM preferences WHERE mode = 'inbox'")) == 1, "nothing was written"
    assert browser.post("/preferences", data={"mode_urge": "sometimes"}).status_code == 422


def test_a_district_chooses_for_its_contacts_only(office: Office) -> None:
    mine, theirs = operator(office), operator(office, UNSAMPLED)
    browser, program = office.browser(SAMPLED.lower()), office.district()
    done = browser.post("/preferences", data={"contact_id": str(mine), "mode_reminder": "at_once"})
    assert (done.status_code, done.headers["location"]) == (303, f"/preferences?contact_id={mine}")
    assert browser.get(f"/preferences?contact_id={theirs}").status_code == 404
    assert browser.post("/preferences", data={"contact_id": str(theirs), "mode_reminder": "inbox"}).status_code == 404
    assert browser.post("/preferences", data={"contact_id": "x", "mode_reminder": "inbox"}).status_code == 422
    assert program.get(f"/api/v1/preferences?contact_id={theirs}").status_code == 404
    body = {"kind": "reminder", "mode": "inbox", "contact_id": theirs}
    assert program.post("/api/v1/preferences", json=body).json()["code"] == "not_found"
    assert program.get("/api/v1/preferences").json()["code"] == "not_allowed"
    rows = office.world.rows("SELECT contact_id, mode FROM preferences")
    assert [dict(row) for row in rows] == [{"contact_id": mine, "mode": "at_once"}]


def test_programs_choose(office: Office) -> None:
    chosen = office.coordinator.post("/api/v1/preferences", json={"kind": "extension_requested", "mode": "at_once"})
    assert chosen.status_code == 200
    assert (chosen.json()["default_title"], chosen.json()["mode_title"]) == ("每日汇总", "单独发送")
    rows = {row["kind"]: row for row in office.coordinator.get("/api/v1/preferences").json()}
    assert rows["extension_requested"]["chosen"] == "at_once"
    assert rows["urge"]["chosen"] is None
    refused = office.coordinator.post("/api/v1/preferences", json={"kind": "talk_notice", "mode": "inbox"})
    assert (refused.status_code, refused.json()["code"]) == (422, "mandatory_notice")
    assert "约谈通知" in refused.json()["detail"]


def test_where_one_is_reached_is_changed_by_form(office: Office) -> None:
    browser, contact = office.browser("coordinator"), operator(office)
    form = {"email": "new@office.example", "phone": "13800000000", "bot_url": "wecombot://secret-key"}
    assert browser.post("/addresses", data=form).headers["location"] == "/preferences"
    shown = browser.get("/preferences").text
    assert "联络方式：new@office.example、13800000000、办公机器人" in shown
    assert "secret-key" not in shown, "it is a secret"
    assert browser.post("/addresses", data={"email": "new@office.example"}).status_code == 303
    who = office.world.coordinator.user_id
    mine = "SELECT email, phone, bot_url FROM users WHERE id = :id"
    assert dict(office.world.rows(mine, id=who)[0]) == {**form, "phone": ""}
    assert browser.post("/addresses", data={"email": "new@office.example", "no_bot": "1"}).status_code == 303
    assert office.world.rows(mine, id=who)[0]["bot_url"] == ""
    for wrong, said in (({"bot_url": "ftp://x"}, "wecombot://"), ({"email": "坏"}, "电子邮件地址无效")):
        refused = browser.post("/addresses", data={**form, "contact_id": str(contact), **wrong})
        assert refused.status_code == 422
        assert said in refused.text
        assert 'value="13800000000"' in refused.text, "what was typed is still there"
    district = office.browser(SAMPLED.lower())
    done = district.post("/addresses", data={**form, "contact_id": str(contact)})
    assert done.headers["location"] == f"/preferences?contact_id={contact}"
    foreign = {**form, "contact_id": str(operator(office, UNSAMPLED))}
    assert district.post("/addresses", data=foreign).status_code == 404
    assert district.post("/addresses", data=form).status_code == 403
    there = office.district().get("/api/v1/addresses", params={"contact_id": contact})
    assert there.json() == {"email": "new@office.example", "phone": "13800000000", "bot": True}


def test_a_contact_is_entered_with_a_bot(office: Office) -> None:
    browser = office.browser(SAMPLED.lower())
    form = {"subject_id": SAMPLED, "position": "operator", "name": "张三", "bot_url": "telegram://x"}
    refused = browser.post("/contacts", data=form)
    assert (refused.status_code, "办公机器人地址应以" in refused.text) == (422, True)
    assert browser.post("/contacts", data={**form, "bot_url": "dingtalk://token/"}).status_code == 303
    rows = office.world.rows("SELECT bot_url FROM contacts WHERE name = '张三'")
    assert [row["bot_url"] for row in rows] == ["dingtalk://token/"]
