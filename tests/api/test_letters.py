"""Official letters within reach: the register, the files, declaring void, the letterheads."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import quote

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import text

from casework.letterheads import change_letterhead
from casework.signing import LetterDraft, Signed, sign
from notifications.letters.pending import render_pending
from process.errors import InvalidInput, NotAllowed
from process.vocabulary import LetterKind
from tests.api.conftest import SAMPLED, UNSAMPLED, Office
from tests.api.test_statements import counted

API = "/api/v1/letters"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class Undone(Exception):
    """What rolls a unit of work back."""


def urge(office: Office, subject: str = SAMPLED) -> LetterDraft:
    fields = {"stage": "签收", "due_on": "2022-09-08", "late": 3}
    return LetterDraft(LetterKind.URGE, office.world.round_id, fields, ("某区",), case_id=office.case_id(subject))


def signed(office: Office, drafts: Sequence[LetterDraft]) -> list[Signed]:
    return office.world.do(sign, office.world.manager, drafts)


def undone(office: Office, number: str) -> None:
    """A letter signed in a unit of work that is rolled back."""
    with office.world.unit() as session:
        [one] = sign(session, office.world.manager, office.world.now, [urge(office)])
        assert one.number == number
        raise Undone


def rendered(office: Office) -> None:
    with office.world.unit() as session:
        while render_pending(session, office.world.now):
            pass


def notice_id(office: Office) -> int:
    """The letter that opened the round."""
    return office.world.rows("SELECT id FROM letters WHERE kind = 'supervision_notice'")[0]["id"]


def test_the_register_has_no_gaps_and_keeps_what_is_void(launched: Office) -> None:
    world = launched.world
    signed(launched, [urge(launched), urge(launched, UNSAMPLED)])
    with pytest.raises(Undone):
        undone(launched, "渝府教督催〔2022〕3号")
    [third] = signed(launched, [urge(launched)])
    assert third.number == "渝府教督催〔2022〕3号"
    voided = launched.manager.post(f"{API}/{third.id}/void", json={"reason": " 发错对象 "})
    assert (voided.status_code, voided.json()) == (200, {"id": third.id})
    [fourth] = signed(launched, [urge(launched)])
    assert fourth.number == "渝府教督催〔2022〕4号", "a void number is not given again"

    found = launched.coordinator.get(API).json()
    assert found["total"] == 5
    assert [row["number"] for row in found["items"]] == [
        *(f"渝府教督催〔2022〕{n}号" for n in (4, 3, 2, 1)),
        "渝府教督发〔2022〕1号",
    ]
    [name] = world.rows("SELECT name FROM subjects WHERE id = :id", id=SAMPLED)
    assert [row["subject"] for row in found["items"]][-2:] == [name["name"], "全部"]
    void = found["items"][1]
    assert (void["void_reason"], void["voided_by"], void["seq"], void["prefix"]) == (
        "发错对象", "主任乙", 3, "渝府教督催",
    )  # fmt: skip
    assert (void["kind_title"], void["signed_by"], void["round_title"]) == (
        "催办单", "主任乙", "2022年区县政府履行教育职责评价",
    )  # fmt: skip
    assert found["items"][-1]["signed_by"] == "协调员甲"
    assert not world.rows("SELECT 1 FROM letter_registers WHERE last <> (SELECT count(*) FROM letter_numbers n "
                          "WHERE n.prefix = letter_registers.prefix AND n.year = letter_registers.year)")  # fmt: skip


def test_the_register_is_cut_and_paged(launched: Office) -> None:
    [first, *_] = signed(launched, [urge(launched)] * 4)
    launched.manager.post(f"{API}/{first.id}/void", json={"reason": "重复"})

    def numbers(query: str) -> list[int]:
        answer = launched.coordinator.get(f"{API}?{query}")
        assert answer.status_code == 200, answer.text
        return [row["seq"] for row in answer.json()["items"]]

    assert numbers("prefix=渝府教督催") == [4, 3, 2, 1]
    assert numbers("kind=urge&void=false") == [4, 3, 2]
    assert numbers("void=true") == [1]
    assert numbers("year=2021") == []
    assert numbers("year=2022&kind=supervision_notice") == [1]
    assert numbers("prefix=渝府教督催&limit=2&offset=1") == [3, 2]
    assert launched.coordinator.get(f"{API}?limit=2").json()["total"] == 5
    assert launched.coordinator.get(f"{API}?kind=nonsense").status_code == 422


def test_what_time_sends_is_in_the_register_too(launched: Office) -> None:
    launched.act(launched.district(), "acknowledge")
    launched.world.pass_time(launched.world.now.date() + timedelta(days=12))
    found = launched.coordinator.get(f"{API}?kind=urge").json()["items"]
    assert [(row["seq"], row["signed_by"], row["case_id"]) for row in found] == [
        (1, "系统", launched.case_id(UNSAMPLED))
    ]
    rendered(launched)
    assert launched.district(UNSAMPLED).get(f"{API}/{found[0]['letter_id']}/file").status_code == 200
    assert launched.district().get(f"{API}/{found[0]['letter_id']}/file").status_code == 404


def test_asking_twice_for_void_is_refused(launched: Office) -> None:
    [letter] = signed(launched, [urge(launched)])
    path = f"{API}/{letter.id}/void"
    assert launched.coordinator.post(path, json={"reason": "错"}).status_code == 403
    assert launched.district().post(path, json={"reason": "错"}).status_code == 403
    unexplained = launched.manager.post(path, json={"reason": " "})
    assert (unexplained.status_code, unexplained.json()["field"]) == (422, "reason")
    assert launched.manager.post(path, json={"reason": "错"}).status_code == 200
    again = launched.manager.post(path, json={"reason": "还是错"})
    assert (again.status_code, again.json()["code"], again.json()["detail"]) == (409, "conflict", "此文书已经作废")
    [row] = launched.world.rows("SELECT void_reason FROM letter_numbers WHERE letter_id = :id", id=letter.id)
    assert row["void_reason"] == "错"
    assert launched.manager.post(f"{API}/999999/void", json={"reason": "错"}).status_code == 404
    history = launched.coordinator.get(launched.path()).json()["history"]
    assert [event["kind"] for event in history].count("letter_voided") == 1


def test_a_letter_is_downloaded_once_it_is_rendered(launched: Office) -> None:
    letter = notice_id(launched)
    waiting = launched.coordinator.get(f"{API}/{letter}/file")
    assert (waiting.status_code, waiting.json()["code"]) == (409, "not_rendered")
    page = launched.browser("coordinator").get(f"/letters/{letter}")
    assert (page.status_code, page.headers["content-type"]) == (409, "text/html; charset=utf-8")
    rendered(launched)
    answer = launched.coordinator.get(f"{API}/{letter}/file")
    assert (answer.status_code, answer.headers["content-type"]) == (200, DOCX)
    name = quote("督导通知渝府教督发〔2022〕1号.docx", safe="")
    assert answer.headers["content-disposition"] == f"attachment; filename*=UTF-8''{name}"
    assert zipfile.ZipFile(io.BytesIO(answer.content)).testzip() is None
    assert launched.browser(SAMPLED.lower()).get(f"/letters/{letter}").content == answer.content


def test_what_cannot_be_rendered_says_why(launched: Office) -> None:
    with launched.world.unit() as session:
        session.execute(text("UPDATE letters SET trouble = '无法生成文书：字段不全'"))
    answer = launched.coordinator.get(f"{API}/{notice_id(launched)}/file").json()
    assert (answer["code"], answer["detail"]) == ("not_rendered", "无法生成文书：字段不全")
    assert "字段不全" in launched.browser("coordinator").get("/letters").text


def test_what_could_not_be_rendered_is_tried_again(launched: Office) -> None:
    opening = notice_id(launched)
    path = f"{API}/{opening}/render"
    assert launched.coordinator.post(path).json()["code"] == "conflict", "it is still being rendered"
    with launched.world.unit() as session:
        session.execute(text("UPDATE letters SET trouble = '无法生成文书：字段不全'"))
    assert launched.district().post(path).status_code == 403
    assert launched.inspector.post(path).status_code == 403
    coordinator = launched.browser("coordinator")
    [form] = BeautifulSoup(coordinator.get("/letters?year=2022").text, "html.parser").select("form[action$='/render']")
    fields = {str(f["name"]): str(f["value"]) for f in form.select("input[type=hidden]")}
    assert fields == {"year": "2022"}
    assert coordinator.post(str(form["action"]), data=fields).headers["location"].startswith("/letters?year=2022")
    rendered(launched)
    assert launched.coordinator.get(f"{API}/{opening}/file").status_code == 200
    again = launched.coordinator.post(path)
    assert (again.status_code, again.json()["detail"]) == (409, "此文书没有生成失败，不需要重新生成")
    assert coordinator.post(str(form["action"]), data=fields).status_code == 409
    assert launched.coordinator.post(f"{API}/999999/render").status_code == 404


def test_a_district_has_its_own_letters_and_no_others(launched: Office) -> None:
    opening = notice_id(launched)
    referral = LetterDraft(
        LetterKind.REFERRAL,
        launched.world.round_id,
        {"reason": "事由", "basis": "依据", "received_by": "市纪委监委"},
        ("市纪委监委",),
        case_id=launched.case_id(),
    )
    general = {"reason": "事由", "basis": "依据", "requirement": "要求"}
    report = LetterDraft(LetterKind.CIRCULAR, launched.world.round_id, general, ("各成员单位",))
    mine, theirs, sent, told = signed(launched, [urge(launched), urge(launched, UNSAMPLED), referral, report])
    elsewhere = launched.world.districts.keys() - {SAMPLED, UNSAMPLED}
    rendered(launched)
    expected = {opening: 200, mine.id: 200, theirs.id: 404, sent.id: 404, told.id: 404, 999999: 404}
    for letter, status in expected.items():
        assert launched.district().get(f"{API}/{letter}/file").status_code == status, letter
        assert launched.browser(SAMPLED.lower()).get(f"/letters/{letter}").status_code == status
        if letter != 999999:
            assert launched.inspector.get(f"{API}/{letter}/file").status_code == 200
    stranger = launched.district(min(elsewhere))
    assert {stranger.get(f"{API}/{letter}/file").status_code for letter in expected} == {404}, "not in this round"
    for path in (API, "/api/v1/letterheads", "/api/v1/letterheads/opinion"):
        assert launched.district().get(path).status_code == 403
    for path in ("/letters", "/letterheads"):
        assert launched.browser(SAMPLED.lower()).get(path).status_code == 403


HEAD = {
    "heading": "重庆市教育督导局",
    "issuer": "重庆市教育督导局办公室",
    "prefix": "渝教督催",
    "copies": ["市教委", " ", "市教委", "市政府办公厅"],
    "note": "此件不公开",
}


def test_a_letterhead_changes_future_letters_only(launched: Office) -> None:
    [before] = signed(launched, [urge(launched)])
    path = "/api/v1/letterheads/urge"
    was = launched.coordinator.get(path).json()
    assert (was["prefix"], was["numbered"], was["kind_title"]) == ("渝府教督催", True, "催办单")
    assert launched.coordinator.put(path, json=HEAD).status_code == 403
    assert launched.district().put(path, json=HEAD).status_code == 403
    changed = launched.administrator.put(path, json=HEAD)
    assert changed.status_code == 200, changed.text
    assert changed.json() == launched.manager.get(path).json()
    assert changed.json()["copies"] == ["市教委", "市政府办公厅"]
    [after] = signed(launched, [urge(launched)])
    assert (before.number, after.number) == ("渝府教督催〔2022〕1号", "渝教督催〔2022〕1号")
    rows = launched.world.rows("SELECT heading, issuer, copies, note FROM letters WHERE kind = 'urge' ORDER BY id")
    assert [row["heading"] for row in rows] == [was["heading"], "重庆市教育督导局"]
    assert dict(rows[0]) == {name: was[name] for name in ("heading", "issuer", "copies", "note")}
    assert dict(rows[1]) == {
        **{name: HEAD[name] for name in ("heading", "issuer", "note")},
        "copies": rows[1]["copies"],
    }
    assert [row["number"] for row in launched.coordinator.get(f"{API}?kind=urge").json()["items"]] == [
        after.number,
        before.number,
    ]


@pytest.mark.parametrize(
    ("kind", "change", "field"),
    [
        (LetterKind.URGE, {"prefix": ""}, "prefix"),
        (LetterKind.URGE, {"prefix": "渝府〔"}, "prefix"),
        (LetterKind.URGE, {"prefix": "渝府2022"}, "prefix"),
        (LetterKind.URGE, {"prefix": "渝府２"}, "prefix"),
        (LetterKind.URGE, {"prefix": "渝府　教"}, "prefix"),
        (LetterKind.TALK_RECORD, {"prefix": "渝府"}, "prefix"),
        (LetterKind.URGE, {"heading": "  "}, "heading"),
        (LetterKind.URGE, {"issuer": "甲\n乙"}, "issuer"),
    ],
)
def test_a_letterhead_must_be_fit(launched: Office, kind: LetterKind, change: dict[str, str], field: str) -> None:
    before = launched.world.rows("SELECT * FROM letterheads ORDER BY kind")
    with pytest.raises(InvalidInput) as error:
        launched.world.do(change_letterhead, launched.world.manager, kind, **{**HEAD, **change})
    assert error.value.field == field
    answer = launched.manager.put(f"/api/v1/letterheads/{kind}", json={**HEAD, **change})
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert launched.world.rows("SELECT * FROM letterheads ORDER BY kind") == before


def test_only_managers_and_administrators_keep_letterheads(launched: Office) -> None:
    for actor in (launched.world.coordinator, launched.world.inspector, launched.world.districts[SAMPLED]):
        with pytest.raises(NotAllowed):
            launched.world.do(change_letterhead, actor, LetterKind.URGE, **HEAD)
    unnumbered = {**HEAD, "prefix": ""}
    head = launched.world.do(change_letterhead, launched.world.manager, LetterKind.TALK_RECORD, **unnumbered)
    assert head.heading == "重庆市教育督导局"


def labelled(html: str) -> BeautifulSoup:
    """A page, every field of which has its label, and no id twice."""
    soup = BeautifulSoup(html, "html.parser")
    names = {label.get("for") for label in soup.find_all("label")}
    for control in soup.select("input:not([type=hidden]):not([type=checkbox]), select, textarea"):
        assert control.get("id") in names, control
    ids = [tag["id"] for tag in soup.find_all(id=True)]
    assert len(ids) == len(set(ids))
    return soup


def test_the_register_as_a_page(launched: Office) -> None:
    [letter] = signed(launched, [urge(launched)])
    rendered(launched)
    for role in ("coordinator", "inspector", "administrator"):
        soup = labelled(launched.browser(role).get("/letters").text)
        assert not soup.select("form[action$='/void']"), "only a manager declares void"
    manager = launched.browser("manager")
    soup = labelled(manager.get("/letters?prefix=渝府教督催&year=2022&kind=urge&void=no").text)
    [form] = soup.select("form[action$='/void']")
    fields = {str(f["name"]): str(f["value"]) for f in form.select("input[type=hidden]")}
    assert fields == {"prefix": "渝府教督催", "year": "2022", "kind": "urge", "void": "no"}
    assert soup.select_one(f"a[href='/letters/{letter.id}']")
    unexplained = manager.post(str(form["action"]), data={**fields, "reason": " "})
    assert unexplained.status_code == 422
    assert "作废须写明理由" in unexplained.text
    done = manager.post(str(form["action"]), data={**fields, "reason": "文字有误"})
    assert done.status_code == 303
    assert done.headers["location"].startswith("/letters?prefix=%E6%B8%9D")
    shown = manager.get("/letters?void=yes")
    assert "文字有误" in shown.text
    assert len(labelled(shown.text).select("tbody tr")) == 1
    for query in ("year=二〇二二", "year=22", "kind=x", "void=x"):
        assert manager.get(f"/letters?{query}").status_code == 422


def test_letterheads_as_a_page(launched: Office) -> None:
    manager = launched.browser("manager")
    soup = labelled(manager.get("/letterheads").text)
    assert len(soup.select("form[action^='/letterheads/']")) == len(LetterKind)
    assert not soup.select("form[action='/letterheads/talk_record'] input[name=prefix]"), "it bears no number"
    assert not labelled(launched.browser("coordinator").get("/letterheads").text).select(
        "form[action^='/letterheads/']"
    )
    form = {"heading": "新机关", "issuer": "新署名", "prefix": "新〔代字", "copies": "甲\n\n乙", "note": ""}
    failed = manager.post("/letterheads/urge", data=form)
    assert failed.status_code == 422
    assert "机关代字不能含有" in failed.text
    assert "新〔代字" in failed.text, "what was typed is still there"
    assert manager.post("/letterheads/urge", data={**form, "prefix": "新代字"}).status_code == 303
    [row] = launched.world.rows("SELECT * FROM letterheads WHERE kind = 'urge'")
    assert (row["heading"], row["prefix"], row["copies"]) == ("新机关", "新代字", ["甲", "乙"])
    assert manager.post("/letterheads/nonsense", data=form).status_code == 422


def test_as_many_statements_for_many_letters_as_for_few(launched: Office) -> None:
    numbers = []
    for n in (1, 40):
        signed(launched, [urge(launched)] * n)
        for client, path in ((launched.coordinator, API), (launched.browser("manager"), "/letters")):
            with counted(launched.world.engine) as said:
                assert client.get(path).status_code == 200
            numbers.append(len(said))
        launched.world.now += timedelta(minutes=1)
    assert numbers[:2] == numbers[2:]
    assert max(numbers) <= 6
