"""Measures and what follows from them, by page."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import text

from casework.delegations import delegate
from casework.measures import Ruling, decide_measure, propose_by_hand
from casework.standing import withdraw
from casework.talks import Commitment, hold_talk, minute_talk, notify_talk
from process.vocabulary import RungKind
from tests.api.conftest import SAMPLED, Office
from tests.api.test_pages import form_of

if TYPE_CHECKING:
    from tests.api.conftest import TestClient


@pytest.fixture
def accountable(launched: Office) -> str:
    """The path of a 问责 that waits for the manager's decision."""
    world = launched.world
    kind = RungKind.ACCOUNTABILITY
    measure = world.do(propose_by_hand, world.coordinator, launched.case_id(), None, kind=kind, reason="拒不整改")
    world.do(decide_measure, world.manager, measure, ruling=Ruling.APPROVE)
    matter = f"/cases/{world.rows('SELECT id FROM cases WHERE origin_climb_id = :id', id=measure)[0]['id']}"
    office, district = launched.browser("coordinator"), launched.browser(SAMPLED.lower())
    file = {"file": ("事实.txt", "事实".encode())}
    sent = office.post(f"{matter}/documents", data={"deliverable": "fact_file"}, files=file)
    assert sent.status_code == 303
    for browser, deed, more in (
        (office, "complete", {"outcome": "established"}),
        (office, "letters", {"content": "拟给予通报批评"}),
        (district, "complete", {"outcome": "no_objection"}),
        (office, "complete", {"outcome": "consulted"}),
    ):
        fields = {**form_of(browser.get(matter), deed), **more}
        assert browser.post(f"{matter}/{deed}", data=fields).status_code == 303
    return matter


def _signed(office: Office) -> list[Any]:
    return office.world.rows("SELECT id FROM letters WHERE kind = 'accountability_decision'")


def test_a_manager_alone_decides_a_matter(launched: Office, accountable: str) -> None:
    coordinator, manager = launched.browser("coordinator"), launched.browser("manager")
    page = BeautifulSoup(coordinator.get(accountable).text, "html.parser")
    assert page.select_one("form[action$='/letters']") is None
    assert page.select_one("form[action$='/complete']") is None
    assert accountable not in coordinator.get("/todo").text
    assert accountable in manager.get("/todo").text
    version = launched.world.rows("SELECT version FROM cases WHERE id = :id", id=int(accountable.split("/")[-1]))[0]
    letter = {"version": version["version"], "kind": "accountability_decision", "content": "通报批评"}
    for who in ("coordinator", "inspector"):
        refused = launched.browser(who).post(f"{accountable}/letters", data=letter)
        assert refused.status_code == 403
        assert "由督导室负责人办理" in refused.text
    drop = {"version": version["version"], "stage": "decision", "outcome": "dropped"}
    assert coordinator.post(f"{accountable}/complete", data=drop).status_code == 403
    assert _signed(launched) == [], "a number is not taken for nothing"
    assert manager.post(f"{accountable}/letters", data=letter).status_code == 303
    assert len(_signed(launched)) == 1


def test_the_managers_deputy_decides_it_and_is_written_down_as_such(launched: Office, accountable: str) -> None:
    world = launched.world
    period = {"first_day": world.now.date(), "last_day": world.now.date(), "reason": "外出培训"}
    away, deputy = world.manager.user_id, world.coordinator.user_id
    world.do(delegate, world.manager, user_id=away, to_user_id=deputy, **period)
    coordinator = launched.browser("coordinator")
    assert accountable in coordinator.get("/todo").text
    fields = form_of(coordinator.get(accountable), "letters")
    assert coordinator.post(f"{accountable}/letters", data={**fields, "content": "通报批评"}).status_code == 303
    said = world.rows("SELECT actor_name FROM events WHERE kind = 'letter_issued' ORDER BY id DESC LIMIT 1")[0]
    assert said["actor_name"] == f"{world.coordinator.name}（代{world.manager.name}）"


def _proposed(office: Office, kind: RungKind) -> int:
    world = office.world
    return int(world.do(propose_by_hand, world.coordinator, office.case_id(), None, kind=kind, reason="整改不力"))


@pytest.mark.parametrize("page", ["/queue", "/cases/{case}"])
def test_another_measure_is_chosen_on_the_page_with_what_its_letter_needs(launched: Office, page: str) -> None:
    measure = _proposed(launched, RungKind.CIRCULAR)
    browser = launched.browser("manager")
    where = page.format(case=launched.case_id())
    form = BeautifulSoup(browser.get(where).text, "html.parser").select_one("form[action$='/decide']")
    assert form is not None
    assert form.select("[required]") == [], "nothing that only an approval needs stands in the way of a waiver"
    assert {str(f["name"]) for f in form.select("input, select")} >= {"note", "instead", "reviewed_by", "received_by"}
    wish = {**form_of(browser.get(where), "decide"), "ruling": "change", "instead": "exposure", "note": "情节较重"}
    refused = browser.post(str(form["action"]), data=wish)
    assert refused.status_code == 422
    assert "没有写明法务审签人" in refused.text
    again = BeautifulSoup(refused.text, "html.parser")
    assert "情节较重" in {tag.get("value") for tag in again.select("form[action$='/decide'] input[name=note]")}
    assert browser.post(str(form["action"]), data={**wish, "reviewed_by": "法规处"}).status_code == 303
    rows = launched.world.rows("SELECT kind, status FROM climbs WHERE id >= :id ORDER BY id", id=measure)
    assert [(row["kind"], row["status"]) for row in rows] == [("circular", "changed"), ("exposure", "approved")]
    assert "通报 → 曝光" in browser.get(f"/cases/{launched.case_id()}").text


def test_the_evidence_names_what_is_late_and_who_was_told(launched: Office) -> None:
    world = launched.world
    world.pass_time(world.now.date() + timedelta(days=12))
    _proposed(launched, RungKind.CIRCULAR)
    for page in ("/queue", f"/cases/{launched.case_id()}"):
        shown = launched.browser("manager").get(page).text
        assert "「签收督导通知」：2022-09-01 09:30开始，2022-09-06到期，尚未办结" in shown
        assert "此前1次催办督办等" in shown
        assert "垫江县经办人未送达" in shown


def test_a_talk_proposed_before_there_were_measures_is_still_decided(launched: Office) -> None:
    """Its evidence knew neither letters nor readers."""
    step = '[{"rung": "urge", "kind": "urge", "at": "2022-09-07T09:30:00+08:00", "delivered_at": null}]'
    with launched.world.unit() as session:
        session.execute(
            text(
                "INSERT INTO talks (case_id, work_item_id, trigger, reason, evidence, status, proposed_at, "
                "decision_note, place, talkers, persons, attended, minutes, commitments, follow_up_note) "
                "SELECT id, work_item_id, 'overdue', '逾期', CAST(:step AS jsonb), 'proposed', :now, '', '', '', "
                "'', '', '', '[]', '' FROM cases WHERE id = :case"
            ),
            {"step": step, "now": launched.world.now, "case": launched.case_id()},
        )
    browser = launched.browser("manager")
    shown = browser.get("/queue")
    assert "此前1次催办督办等" in shown.text
    fields = form_of(shown, "decide")
    assert browser.post("/queue/decide", data={**fields, "ruling": "approve"}).status_code == 303


def test_a_talk_waits_in_the_to_do_list_until_it_is_closed(launched: Office) -> None:
    world, case = launched.world, f"/cases/{launched.case_id()}"
    browser, district = launched.browser("coordinator"), launched.browser(SAMPLED.lower())

    def waits(browser: TestClient = browser) -> bool:
        return f'href="{case}"' in browser.get("/todo").text

    def post(deed: str, **fields: str) -> None:
        answer = browser.post(f"{case}/{deed}", data={**form_of(browser.get(case), deed), **fields})
        assert answer.status_code == 303, answer.text

    measure = _proposed(launched, RungKind.TALK)
    assert not waits()
    world.do(decide_measure, world.manager, measure, ruling=Ruling.APPROVE)
    assert waits()
    post("talk-notify", scheduled_for="2022-09-13T15:00", place="市教委", persons="副区长")
    assert not waits(), "until the day of the talk"
    world.now = world.at(date(2022, 9, 13), 17)
    browser, district = launched.browser("coordinator"), launched.browser(SAMPLED.lower())
    assert waits(browser)
    post("talk-hold", held_at="2022-09-13T15:00", attended="副区长")
    assert waits(browser)
    wrong = {**form_of(browser.get(case), "talk-minutes"), "minutes": "提出要求", "commitments": "2022-13-01 报告"}
    refused = browser.post(f"{case}/talk-minutes", data=wrong)
    assert "承诺事项及时限第1项完成时限：不是有效的日期" in refused.text
    post("talk-minutes", minutes="提出要求", commitments="2022-09-30 报送报告")
    assert not waits(browser), "while promises are open"
    kept = world.rows("SELECT id, version FROM cases WHERE origin_talk_id IS NOT NULL")[0]
    matter = f"/cases/{kept['id']}"
    assert f'href="{matter}"' in browser.get(case).text
    assert f'href="{case}"' in browser.get(matter).text
    assert "报送报告" in district.get("/todo").text
    file = {"file": ("落实.txt", "落实".encode())}
    district.post(f"{matter}/documents", data={"deliverable": "fulfilment_report"}, files=file)
    for who, outcome in ((district, "reported"), (browser, "kept")):
        fields = {**form_of(who.get(matter), "complete"), "outcome": outcome}
        assert who.post(f"{matter}/complete", data=fields).status_code == 303
    assert waits(browser)
    post("talk-follow-up", note="均已落实")
    assert not waits(browser)


def test_a_talk_whose_promise_was_withdrawn_waits_to_be_closed(launched: Office) -> None:
    world, case = launched.world, launched.case_id()
    world.do(decide_measure, world.manager, _proposed(launched, RungKind.TALK), ruling=Ruling.APPROVE)
    [talk] = world.rows("SELECT id FROM talks")
    meeting = world.at(date(2022, 9, 13), 15)
    world.do(notify_talk, world.coordinator, talk["id"], scheduled_for=meeting, place="市教委", persons="副区长")
    world.now = meeting + timedelta(hours=2)
    world.do(hold_talk, world.coordinator, talk["id"], held_at=meeting, attended="副区长")
    promised = [Commitment(text="报送报告", due_on=date(2022, 9, 30))]
    world.do(minute_talk, world.coordinator, talk["id"], minutes="提出要求", commitments=promised)
    browser = launched.browser("coordinator")
    assert f'href="/cases/{case}"' not in browser.get("/todo").text
    [promise] = world.rows("SELECT id FROM cases WHERE origin_talk_id IS NOT NULL")
    world.do(withdraw, world.coordinator, promise["id"], None, reason="事项已并入整改")
    assert f'href="/cases/{case}"' in browser.get("/todo").text


def test_more_time_that_is_a_managers_to_grant_waits_for_the_manager(launched: Office) -> None:
    case = f"/cases/{launched.case_id()}"
    district, browser = launched.browser(SAMPLED.lower()), launched.browser("coordinator")
    fields = {**form_of(district.get(case), "complete"), "outcome": "acknowledged"}
    district.post(f"{case}/complete", data=fields)
    wish = {**form_of(district.get(case), "extensions"), "due_on": "", "reason": "材料未齐"}
    assert "希望延至：不是有效的日期" in district.post(f"{case}/extensions", data=wish).text
    assert district.post(f"{case}/extensions", data={**wish, "due_on": "2022-12-30"}).status_code == 303
    shown = browser.get(case).text
    assert "待审批（由督导室负责人审批）" in shown
    assert "decide-extension" not in shown
    assert f'href="{case}"' not in browser.get("/todo").text
    manager = launched.browser("manager")
    assert f'href="{case}"' in manager.get("/todo").text
    fields = {**form_of(manager.get(case), "decide-extension"), "grant": "yes"}
    assert manager.post(f"{case}/decide-extension", data=fields).status_code == 303


def test_a_matter_is_never_suspended_and_ended_by_a_manager_alone(launched: Office, accountable: str) -> None:
    coordinator, manager = launched.browser("coordinator"), launched.browser("manager")
    shown = BeautifulSoup(coordinator.get(accountable).text, "html.parser")
    assert [str(form["action"]).split("/")[-1] for form in shown.select("main form")] == ["measures"]
    fields = {**form_of(manager.get(accountable), "close"), "reason": "查无实据"}
    for deed in ("close", "withdraw"):
        refused = coordinator.post(f"{accountable}/{deed}", data=fields)
        assert (refused.status_code, "须由督导室负责人办理" in refused.text) == (403, True)
    assert f'action="{accountable}/suspend"' not in manager.get(accountable).text
    assert manager.post(f"{accountable}/close", data=fields).status_code == 303


def test_what_the_manager_notes_is_the_offices_own(launched: Office) -> None:
    world, case = launched.world, launched.case_id()
    proposed = {"kind": "circular", "reason": "多次逾期", "version": world.case(SAMPLED).version}
    [climb] = launched.coordinator.post(f"/api/v1/cases/{case}/measures", json=proposed).json()["created"]
    decided = {"ruling": "approve", "note": "内部研究意见"}
    assert launched.program("manager").post(f"/api/v1/measures/{climb}/decide", json=decided).status_code == 200
    assert "内部研究意见" in launched.coordinator.get(f"/api/v1/cases/{case}").text
    theirs = launched.district().get(f"/api/v1/cases/{case}")
    assert "多次逾期" in theirs.text
    assert "内部研究意见" not in theirs.text
    assert "内部研究意见" not in launched.browser(SAMPLED.lower()).get(f"/cases/{case}").text
