"""Calendar feeds as calendar programs and people meet them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from icalendar import Calendar, Event
from sqlalchemy import Engine, event, text

from casework.talks import decide_talk, notify_talk
from process.calendar import SHANGHAI
from tests.api.conftest import SAMPLED, UNSAMPLED, Office

FEEDS = "/api/v1/calendar-feeds"


def feed(office: Office, username: str, **body: Any) -> str:
    """Open a feed; its path."""
    answer = office.program(username).post(FEEDS, json=body)
    assert answer.status_code == 201, answer.text
    address: str = answer.json()["address"]
    assert address.startswith("http://127.0.0.1:8000/calendar/")
    return address.removeprefix("http://127.0.0.1:8000")


def fetch(office: Office, path: str) -> Calendar:
    answer = office.client().get(path)
    assert answer.status_code == 200, answer.text
    found = Calendar.from_ical(answer.content)
    assert isinstance(found, Calendar)
    assert not [error for part in found.walk() for error in part.errors]
    return found


def events(office: Office, path: str) -> list[Event]:
    return list(fetch(office, path).events)


def call_to_talk(office: Office, subject: str = SAMPLED) -> int:
    world = office.world
    office.act(office.coordinator, "measures", subject, kind="talk", reason="秘密事由")
    [talk] = world.rows("SELECT t.id FROM talks t JOIN cases c ON c.id = t.case_id WHERE c.subject_id = :s", s=subject)
    world.do(decide_talk, world.manager, talk["id"], approve=True)
    when = world.at(date(2022, 9, 23), 15)
    world.do(
        notify_talk, world.coordinator, talk["id"], scheduled_for=when, place="市教委301会议室", persons="副区长某某"
    )
    return int(talk["id"])


def test_a_deadline_is_a_whole_day(launched: Office) -> None:
    path = feed(launched, SAMPLED.lower())
    answer = launched.client().get(path)
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "private, max-age=900"
    assert "set-cookie" not in answer.headers
    lines = answer.text.split("\r\n")
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT1H" in lines
    assert "X-PUBLISHED-TTL:PT1H" in lines
    assert any(line.startswith("PRODID:-//Dudao") for line in lines)
    assert all(len(line.encode()) <= 75 for line in lines)
    assert "BEGIN:VALARM" not in answer.text
    assert "BEGIN:VTIMEZONE" not in answer.text, "days need no zone"
    found = fetch(launched, path)
    [row] = launched.world.rows(
        "SELECT w.*, s.name FROM work_items w JOIN cases c ON c.id = w.case_id JOIN subjects s ON s.id = c.subject_id "
        "WHERE c.subject_id = :s",
        s=SAMPLED,
    )
    assert str(found["x-wr-calname"]) == f"督导：{row['name']}经办人的待办"
    [item] = found.events
    assert (item.start, item.end) == (row["due_on"], row["due_on"] + timedelta(days=1))
    assert type(item.start) is date
    assert str(item["uid"]) == f"item-{row['id']}-1@dudao.example"
    assert item["summary"] == f"{row['name']}：签收督导通知 到期"
    assert item["description"].startswith("请签收")
    url = f"http://127.0.0.1:8000/cases/{row['case_id']}"
    assert str(item["url"]) == url
    assert item["description"].endswith(f"办理：{url}")
    assert "\n依据：" in item["description"]
    assert "\n轮次：2022年区县政府履行教育职责评价\n" in item["description"]
    assert item["transp"] == "TRANSPARENT"
    assert item["status"] == "CONFIRMED"
    assert item["dtstamp"].dt == item["last-modified"].dt == row["due_since"]
    assert launched.client().get(path).content == answer.content, "the same state, the same bytes"
    assert launched.client().head(path).status_code == 200


def test_a_provisional_deadline_says_so(launched: Office) -> None:
    path = feed(launched, SAMPLED.lower())
    with launched.world.unit() as session:
        session.execute(text("UPDATE work_items SET provisional = true"))
    [item] = events(launched, path)
    assert item["summary"].endswith("到期（暂定）")
    assert item["status"] == "TENTATIVE"
    assert "尚未公布放假安排" in item["description"]


def test_an_extension_moves_the_event(launched: Office) -> None:
    path, office_path = feed(launched, SAMPLED.lower()), feed(launched, "coordinator")
    launched.act(launched.district(), "acknowledge")
    [before] = events(launched, path)
    assert events(launched, office_path) == []
    launched.world.now += timedelta(hours=1)
    until = date(2022, 10, 31)
    asked = launched.act(launched.district(), "extensions", due_on=until.isoformat(), reason="数据核对需要时间")
    assert asked
    [pending] = events(launched, office_path)
    assert pending["uid"] == before["uid"]
    assert pending["summary"].endswith("到期（延期待审批）")
    assert pending.start == before.start
    launched.world.now += timedelta(hours=1)
    [row] = launched.world.rows("SELECT id FROM extensions")
    decided = launched.manager.post(f"/api/v1/extensions/{row['id']}/decide", json={"grant": True})
    assert decided.status_code == 200, decided.text
    [after] = events(launched, path)
    assert after["uid"] == before["uid"]
    assert (after.start, after.end) == (until, until + timedelta(days=1))
    assert after["sequence"] > before["sequence"]
    assert after["last-modified"].dt > before["last-modified"].dt
    assert "延期" not in after["summary"]
    assert events(launched, office_path) == []


def test_sent_back_is_another_event_and_done_is_none(launched: Office) -> None:
    path = feed(launched, SAMPLED.lower())
    district = launched.district()
    launched.act(district, "acknowledge")
    [first] = events(launched, path)
    for deliverable in ("self_evaluation_report", "evidence_index"):
        launched.hand_in(district, deliverable)
    launched.act(district, "submit", stage="self_evaluation")
    assert events(launched, path) == [], "it is the office's turn"
    [review] = [e for e in events(launched, feed(launched, "coordinator")) if first["summary"][:3] in e["summary"]]
    assert review["uid"] != first["uid"]
    launched.act(launched.coordinator, "send-back", reason="缺佐证材料目录")
    [again] = events(launched, path)
    assert str(again["uid"]) == str(first["uid"]).replace("-1@", "-2@")


def test_a_talk_is_an_hour_in_shanghai(launched: Office) -> None:
    talk = call_to_talk(launched)
    path = feed(launched, SAMPLED.lower())
    answer = launched.client().get(path)
    found = fetch(launched, path)
    [zone] = found.timezones
    assert zone.tz_name == "Asia/Shanghai"
    [told] = [e for e in found.events if str(e["uid"]) == f"talk-{talk}@dudao.example"]
    assert told.start == datetime(2022, 9, 23, 15, tzinfo=SHANGHAI)
    assert "DTSTART;TZID=Asia/Shanghai:20220923T150000" in answer.text
    assert told.end - told.start == timedelta(hours=1)
    assert told["location"] == "市教委301会议室"
    assert told["summary"].endswith("：约谈")
    assert "秘密事由" not in answer.text
    assert "副区长某某" not in answer.text
    for username in ("coordinator", "manager"):
        assert "约谈" in launched.client().get(feed(launched, username)).text
    assert events(launched, feed(launched, "administrator")) == [], "nothing waits on them"
    assert events(launched, feed(launched, UNSAMPLED.lower()))[0]["summary"].endswith("到期")


def test_a_district_never_sees_anothers(launched: Office) -> None:
    call_to_talk(launched, UNSAMPLED)
    [row] = launched.world.rows("SELECT name FROM subjects WHERE id = :id", id=UNSAMPLED)
    round_id, case = launched.world.round_id, launched.case_id(UNSAMPLED)
    for body in ({}, {"round_id": round_id}):
        said = launched.client().get(feed(launched, SAMPLED.lower(), **body)).text.replace("\r\n ", "")
        assert said.count("BEGIN:VEVENT") == 1
        for secret in (row["name"], UNSAMPLED, "约谈", f"/cases/{case}"):
            assert secret not in said
    theirs = events(launched, feed(launched, UNSAMPLED.lower(), round_id=round_id))
    assert len(theirs) == 2
    everything = fetch(launched, feed(launched, "coordinator", round_id=round_id))
    assert len(everything.events) == 3, "a round's feed shows all, whoever's turn it is"
    assert str(everything["x-wr-calname"]) == "督导：2022年区县政府履行教育职责评价"
    assert len(events(launched, feed(launched, "coordinator"))) == 1


def test_revoked_forged_and_closed_are_not_found(launched: Office) -> None:
    path = feed(launched, SAMPLED.lower())
    [row] = launched.world.rows("SELECT id, token_hash FROM calendar_feeds")
    said = set()
    for forged in ("/calendar/x.ics", path.replace(".ics", "x.ics"), f"/calendar/{row['token_hash']}.ics"):
        answer = launched.client().get(forged)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "text/plain; charset=utf-8")
        assert answer.headers["cache-control"] == "no-store"
        said.add(answer.text)
    other = launched.program(UNSAMPLED.lower())
    assert other.post(f"{FEEDS}/{row['id']}/revoke").status_code == 404
    assert launched.client().post(f"{FEEDS}/{row['id']}/revoke").status_code == 401
    assert launched.client().get(path).status_code == 200
    mine = launched.district()
    assert [line["id"] for line in mine.get(FEEDS).json()] == [row["id"]]
    assert path.split("/")[-1][:-4] not in mine.get(FEEDS).text
    for _ in range(2):
        assert mine.post(f"{FEEDS}/{row['id']}/revoke").json() == {"id": row["id"]}
    answer = launched.client().get(path)
    assert answer.status_code == 404
    assert mine.get(FEEDS).json() == []
    said.add(answer.text)
    path = feed(launched, SAMPLED.lower())
    [user] = launched.world.rows("SELECT id FROM users WHERE username = :u", u=SAMPLED.lower())
    assert launched.administrator.post(f"/api/v1/users/{user['id']}/deactivate").status_code == 200
    answer = launched.client().get(path)
    assert answer.status_code == 404
    assert said == {answer.text} == {"链接无效或已过期：日历订阅不存在或已撤销，请登录后重新订阅。\n"}


def test_what_is_refused(launched: Office) -> None:
    mine = launched.district()
    assert mine.post(FEEDS, json={"round_id": launched.world.round_id + 1}).status_code == 404
    assert mine.post(FEEDS, json={"round_id": 0}).status_code == 422
    assert mine.post(FEEDS, json={"round_id": 10**30}).status_code == 422
    assert mine.post(FEEDS, json={"round": 1}).status_code == 422


def test_the_page_opens_shows_once_and_revokes(launched: Office) -> None:
    browser = launched.browser(SAMPLED.lower())
    assert "还没有订阅" in browser.get("/feeds").text
    made = browser.post("/feeds", data={"round_id": str(launched.world.round_id)})
    assert made.status_code == 200
    soup = BeautifulSoup(made.text, "html.parser")
    assert not soup.find_all("script")
    labelled = {label.get("for") for label in soup.find_all("label")}
    assert {tag["id"] for tag in soup.select("main input, main select")} <= labelled
    address = str(soup.select_one("#address")["value"])  # type: ignore[index]
    for program in ("Outlook", "手机", "钉钉日历"):
        assert program in made.text
    assert made.headers["cache-control"] == "no-store"
    assert events(launched, address.removeprefix("http://127.0.0.1:8000"))
    shown = browser.get("/feeds").text
    assert address not in shown
    assert "（全部期限）" in shown
    for bad in ("9999", "x", "1" * 30):
        failed = browser.post("/feeds", data={"round_id": bad})
        assert failed.status_code in (404, 422), failed.text
    form = re.search(r'action="(/feeds/\d+/revoke)"', shown)
    assert form is not None
    theirs = launched.browser(UNSAMPLED.lower()).post(form[1])
    assert theirs.status_code == 404
    assert browser.post(form[1], headers={"origin": "https://evil.example"}).status_code == 403
    assert browser.post(form[1]).headers["location"] == "/feeds"
    assert "订阅已撤销" in browser.get("/feeds").text
    assert launched.client().get("/feeds").headers["location"] == "/sign-in?next=/feeds"
    for role in ("coordinator", "manager", "inspector", "administrator"):
        assert launched.browser(role).get("/feeds").status_code == 200


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    said: list[str] = []

    def listen(connection: object, cursor: object, statement: str, *more: object) -> None:
        said.append(statement)

    event.listen(engine, "before_cursor_execute", listen)
    yield said
    event.remove(engine, "before_cursor_execute", listen)


@pytest.mark.parametrize(("who", "of_round"), [("coordinator", True), (SAMPLED.lower(), False)])
def test_as_many_statements_for_many_as_for_few(office: Office, who: str, of_round: bool) -> None:
    numbers = []
    for subjects in ((SAMPLED, UNSAMPLED), ()):
        office.world.launch(*subjects, title=f"轮次{len(subjects)}")
        path = feed(office, who, **({"round_id": office.world.round_id} if of_round else {}))
        with counted(office.world.engine) as said:
            found = events(office, path)
        numbers.append((len(said), len(found)))
    assert numbers[0][0] == numbers[1][0] <= 5, said
    assert numbers[0][1] < numbers[1][1]


def test_a_long_feed_is_cut_and_says_so(launched: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    path = feed(launched, "coordinator", round_id=launched.world.round_id)
    assert len(events(launched, path)) == 2
    assert "只列出" not in launched.client().get(path).text
    monkeypatch.setattr("api.feeds.MOST_EVENTS", 1)
    assert len(events(launched, path)) == 1
    assert "只列出最早到期的1项" in launched.client().get(path).text
