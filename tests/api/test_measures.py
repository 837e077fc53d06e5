"""Measures and what follows from them, by page."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup

from casework.delegations import delegate
from casework.measures import Ruling, decide_measure, propose_by_hand
from process.vocabulary import RungKind
from tests.api.conftest import SAMPLED, Office
from tests.api.test_pages import form_of


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
