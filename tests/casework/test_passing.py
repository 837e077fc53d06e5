"""What time does, day by day, and that nothing is said that nobody expected."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest

from casework.hand_in import acknowledge, upload
from casework.measures import Ruling, decide_measure
from casework.passing import pass_stage
from casework.standing import suspend
from casework.steps import complete
from casework.talks import Commitment, decide_talk, follow_up_talk, hold_talk, minute_talk, notify_talk
from process.errors import (
    InvalidInput,
    NotAllowed,
    NotSuspendable,
    RequirementUnmet,
    RungAlreadyDecided,
    WrongTalkState,
)
from tests.world import World

DISTRICT = "CQ-500103"
# 签收 is due three working days after Thursday 2022-09-01: Tuesday 09-06; 中秋 is off on 09-10..12.


def said(world: World, since: int = 0) -> list[tuple[str, str | None]]:
    """What was said after the notice numbered ``since``: kind, and the position (or nobody's, for the office)."""
    rows = world.rows("SELECT kind, position FROM notices WHERE id > :since ORDER BY id", since=since)
    return [(row["kind"], row["position"]) for row in rows]


def last_notice(world: World) -> int:
    return int(world.rows("SELECT coalesce(max(id), 0) AS id FROM notices")[0]["id"])


def deliver(world: World) -> None:
    """What delivery would write down for everything said so far."""
    with world.unit() as session:
        session.connection().exec_driver_sql(
            "UPDATE climbs SET delivered_at = %s WHERE delivered_at IS NULL AND status IN ('climbed', 'approved')",
            (world.now + timedelta(hours=1),),
        )


def rungs(world: World) -> list[tuple[str, str]]:
    return [(r["rung"], r["status"]) for r in world.rows("SELECT rung, status FROM climbs ORDER BY id")]


def day(world: World, *month_day: int) -> list[tuple[str, str | None]]:
    """Let that morning pass; what was said."""
    before = last_notice(world)
    world.now = world.at(date(2022, *month_day))
    world.act()
    heard = said(world, before)
    deliver(world)
    return heard


def proposal(world: World, kind: str) -> int:
    rows = world.rows("SELECT id FROM climbs WHERE kind = :kind AND status = 'proposed'", kind=kind)
    return int(rows[0]["id"])


def test_a_district_that_never_answers_climbs_to_a_talk_step_by_step(world: World) -> None:
    world.launch(DISTRICT)
    assert sorted(said(world)) == [
        ("stage_opened", position) for position in ("commission_head", "government_office", "office_head", "operator")
    ]
    assert day(world, 9, 2) == []
    assert day(world, 9, 5) == [("reminder", "operator")]
    assert day(world, 9, 6) == [("reminder", "operator")]
    assert sorted(day(world, 9, 7)) == [("urge", "office_head"), ("urge", "operator")]
    assert day(world, 9, 8) == []
    assert [kind for kind, _ in day(world, 9, 14)] == ["supervise"] * 4
    assert day(world, 9, 20) == []
    assert day(world, 9, 21) == [("rung_proposed", None)], "a circular is only proposed"
    circular = proposal(world, "circular")
    with pytest.raises(NotAllowed):
        world.do(decide_measure, world.coordinator, circular, ruling=Ruling.APPROVE)
    with pytest.raises(InvalidInput):
        world.do(decide_measure, world.manager, circular, ruling=Ruling.WAIVE)
    before = last_notice(world)
    world.do(decide_measure, world.manager, circular, ruling=Ruling.APPROVE)
    assert {kind for kind, _ in said(world, before)} == {"circular"}
    with pytest.raises(RungAlreadyDecided):
        world.do(decide_measure, world.manager, circular, ruling=Ruling.APPROVE)
    deliver(world)
    assert day(world, 9, 29) == []
    assert day(world, 10, 9) == [], "National Day week holds the days back"
    assert day(world, 10, 10) == [("rung_proposed", None)]
    assert [rung for rung, _ in rungs(world)] == ["remind_1", "remind_0", "urge", "supervise", "circular", "talk"]
    [talk] = world.rows("SELECT id, status, evidence FROM talks")
    assert [step["kind"] for step in talk["evidence"]][-3:] == ["urge", "supervise", "circular"]
    assert all(step["delivered_at"] for step in talk["evidence"])


def test_without_delivery_nobody_is_proposed_for_anything(world: World) -> None:
    world.launch(DISTRICT)
    world.pass_time(date(2022, 11, 30))
    assert [status for _, status in rungs(world) if status == "proposed"] == []


def test_after_downtime_one_message_not_four(world: World) -> None:
    world.launch(DISTRICT)
    before = last_notice(world)
    world.now = world.at(date(2022, 9, 20))
    world.act()
    assert {kind for kind, _ in said(world, before)} == {"supervise"}
    assert [status for _, status in rungs(world)] == ["collapsed", "collapsed", "collapsed", "climbed"]


def test_a_second_pass_finds_nothing_to_do(world: World) -> None:
    world.launch(DISTRICT)
    day(world, 9, 7)
    events = world.rows("SELECT count(*) AS n FROM events")
    assert day(world, 9, 7) == []
    assert world.rows("SELECT count(*) AS n FROM events") == events


def test_two_passes_side_by_side_climb_once(world: World) -> None:
    world.launch()
    world.now = world.at(date(2022, 9, 7))

    def passing(_: int) -> None:
        with world.unit() as session:
            pass_stage(session, world.now, world.round_id, "acknowledgement")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(passing, range(4)))
    world.act()
    assert world.rows("SELECT count(*) AS n FROM climbs WHERE rung = 'urge'") == [{"n": 41}]


def late_to_a_talk(world: World) -> int:
    """A district for which a talk is proposed."""
    world.launch(DISTRICT)
    for morning in ((9, 7), (9, 14), (9, 21)):
        day(world, *morning)
    world.do(decide_measure, world.manager, proposal(world, "circular"), ruling=Ruling.APPROVE)
    deliver(world)
    day(world, 10, 12)
    return int(world.rows("SELECT id FROM talks")[0]["id"])


def test_handing_in_takes_the_proposal_off_the_table(world: World) -> None:
    late_to_a_talk(world)
    case = world.case(DISTRICT)
    world.do(acknowledge, world.districts[DISTRICT], case.id, case.version)
    assert world.rows("SELECT status FROM talks") == [{"status": "lapsed"}]
    assert ("talk", "lapsed") in rungs(world)
    assert day(world, 10, 13) == [], "and the climb stops"


def test_a_talk_from_proposal_to_its_commitments(world: World) -> None:
    talk = late_to_a_talk(world)
    arrange = {"place": "三楼会议室", "persons": "分管副区长"}
    with pytest.raises(WrongTalkState):
        world.do(notify_talk, world.coordinator, talk, scheduled_for=world.at(date(2022, 10, 28)), **arrange)
    with pytest.raises(NotAllowed):
        world.do(decide_talk, world.coordinator, talk, approve=True)
    world.do(decide_talk, world.manager, talk, approve=True)
    with pytest.raises(InvalidInput, match="最早2022-10-19"):
        world.do(notify_talk, world.coordinator, talk, scheduled_for=world.at(date(2022, 10, 18)), **arrange)
    before = last_notice(world)
    world.do(notify_talk, world.coordinator, talk, scheduled_for=world.at(date(2022, 10, 19)), **arrange)
    told = {(kind, position) for kind, position in said(world, before)}
    called = ("deputy_head", "commission_head", "government_office")
    assert told == {
        *(("talk_notice", position) for position in called),
        ("filing", "party_office"),
        ("filing", "government_office"),
    }, "to those who are called, and filed with committee and government"
    with pytest.raises(WrongTalkState):
        world.do(minute_talk, world.coordinator, talk, minutes="…", commitments=[])
    with pytest.raises(InvalidInput):
        world.do(hold_talk, world.coordinator, talk, held_at=world.now + timedelta(days=1), attended="副区长")
    world.now = world.at(date(2022, 10, 19), 12)
    world.do(hold_talk, world.coordinator, talk, held_at=world.at(date(2022, 10, 19)), attended="副区长")
    promise = Commitment(text="一周内报送", due_on=date(2022, 10, 26))
    with pytest.raises(InvalidInput):
        world.do(minute_talk, world.coordinator, talk, minutes="谈话记录", commitments=[])
    world.do(minute_talk, world.coordinator, talk, minutes="谈话记录", commitments=[promise])
    with pytest.raises(RequirementUnmet, match="还有1项承诺"):
        world.do(follow_up_talk, world.coordinator, talk, note="已报送")
    [promised] = world.rows(
        "SELECT c.id, c.matter, c.stage, w.due_on FROM cases c JOIN work_items w ON w.id = c.work_item_id"
        " WHERE c.origin_talk_id = :talk", talk=talk,
    )  # fmt: skip
    assert promised["stage"] == "fulfilment"
    assert promised["due_on"] == date(2022, 10, 26)
    assert promised["matter"].startswith("一周内报送")
    with world.unit() as session:
        upload(session, world.districts[DISTRICT], world.now, promised["id"], deliverable="fulfilment_report",
               filename="a.txt", content=b"done", max_bytes=1000)  # fmt: skip
        complete(session, world.districts[DISTRICT], world.now, promised["id"], None, stage="fulfilment",
                 outcome="reported")  # fmt: skip
    world.do(complete, world.coordinator, promised["id"], None, stage="commitment_check", outcome="kept")
    world.do(follow_up_talk, world.coordinator, talk, note="已报送")
    [row] = world.rows("SELECT status, commitments FROM talks")
    assert row["status"] == "followed_up"
    assert row["commitments"] == [{"text": "一周内报送", "due_on": "2022-10-26"}]
    kinds = [row["kind"] for row in world.rows("SELECT kind FROM letters WHERE talk_id = :talk ORDER BY id", talk=talk)]
    assert kinds == ["talk_notice", "talk_record"]


def test_a_promise_that_is_not_kept_is_put_before_the_managers(world: World) -> None:
    talk = late_to_a_talk(world)
    world.do(decide_talk, world.manager, talk, approve=True)
    day_of = world.at(date(2022, 10, 19))
    world.do(notify_talk, world.coordinator, talk, scheduled_for=day_of, place="三楼", persons="分管副区长")
    world.now = world.at(date(2022, 10, 19), 12)
    world.do(hold_talk, world.coordinator, talk, held_at=day_of, attended="副区长")
    promise = Commitment(text="一周内报送", due_on=date(2022, 10, 26))
    world.do(minute_talk, world.coordinator, talk, minutes="谈话记录", commitments=[promise])
    for morning in (date(2022, 10, 27), date(2022, 11, 2), date(2022, 11, 9)):
        world.pass_time(morning)
        deliver(world)
    kinds = [row["kind"] for row in world.rows(
        "SELECT k.kind FROM climbs k JOIN cases c ON c.id = k.case_id WHERE c.origin_talk_id = :talk AND"
        " k.kind <> 'reminder' ORDER BY k.id", talk=talk)]  # fmt: skip
    assert kinds == ["urge", "supervise", "accountability"]
    measure = world.rows("SELECT id FROM climbs WHERE kind = 'accountability'")[0]["id"]
    world.do(decide_measure, world.manager, measure, ruling=Ruling.APPROVE)
    [opened] = world.rows("SELECT c.stage, w.due_on, c.matter, c.id FROM cases c JOIN rounds r"
                          " ON r.id = c.round_id JOIN work_items w ON w.id = c.work_item_id"
                          " WHERE r.process_name = 'accountability'")  # fmt: skip
    assert opened["stage"] == "fact_finding"
    assert opened["due_on"] == date(2023, 1, 9), "sixty days, rolled over a weekend"
    with pytest.raises(NotSuspendable):
        world.do(suspend, world.manager, opened["id"], None, reason="先放一放")


def test_a_waived_talk_needs_its_reason_and_is_not_proposed_again(world: World) -> None:
    talk = late_to_a_talk(world)
    with pytest.raises(InvalidInput):
        world.do(decide_talk, world.manager, talk, approve=False)
    world.do(decide_talk, world.manager, talk, approve=False, note="已说明情况")
    before = last_notice(world)
    world.pass_time(date(2022, 12, 1))
    assert said(world, before) == []
    assert [row["status"] for row in world.rows("SELECT status FROM talks")] == ["waived"]


def history(world: World) -> list[Any]:
    return [row["kind"] for row in world.rows("SELECT kind FROM events ORDER BY id")]


def test_everything_that_happened_is_written_down(world: World) -> None:
    talk = late_to_a_talk(world)
    world.do(decide_talk, world.manager, talk, approve=True)
    assert history(world) == [
        "launched",
        "stage_entered",
        "climbed",
        "climbed",
        "rung_proposed",
        "rung_approved",
        "letter_issued",
        "rung_proposed",
        "talk_approved",
    ]
