"""Conditions that somebody states by the outcome they choose (要点第8项), and where problems may be written down."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from flows.district_evaluation import PROCESS as EVALUATION
from flows.double_reduction import PROCESS
from process.calendar import SHANGHAI, packaged_calendar
from process.decide import Completed, Decision, decide
from process.definition import Process, parse_process
from process.errors import InvalidDefinition, InvalidInput
from process.state import Case, Climb, Item, Visit
from process.vocabulary import CaseStatus, ClimbStatus, NoticeKind, Role, RungKind, Trigger

CALENDAR = packaged_calendar()
NOW = datetime(2022, 3, 18, 10, tzinfo=SHANGHAI)


def ranking(**more: Any) -> Case:
    item = Item(2, "ranking", 1, 1, NOW, date(2022, 3, 22), NOW, False)
    visits = {"ranking": Visit(2, 1, 1, None)}
    return Case(7, 1, "CQ-500103", 2022, PROCESS, CaseStatus.OPEN, item, version=3, visits=visits, **more)


def judged(outcome: str, reason: str = "作业时间达标学校不足六成", **more: Any) -> Decision:
    return decide(ranking(**more), Completed(outcome, Role.COORDINATOR, "ranking", reason=reason), NOW, CALENDAR)


@pytest.mark.parametrize(
    ("outcome", "rung"),
    [
        ("slow", "circular@slow"),
        ("typical", "exposure@typical"),
        ("hardship", "support@hardship"),
        ("neglect", "talk@neglect"),
        ("harm", "accountability@harm"),
    ],
)
def test_what_is_stated_is_put_before_the_managers_with_its_reason(outcome: str, rung: str) -> None:
    decision = judged(outcome)
    [draft] = decision.climbs
    assert (draft.rung.key, draft.status) == (rung, ClimbStatus.PROPOSED)
    assert draft.reason.endswith("：作业时间达标学校不足六成")
    assert draft.basis
    assert decision.after.item is not None
    assert decision.after.item.stage == "improvement"
    assert [n.roles for n in decision.notices if n.kind is NoticeKind.RUNG_PROPOSED] == [(Role.MANAGER,)]


def test_who_is_on_track_is_not_proposed_for_anything() -> None:
    assert judged("on_track", reason="").climbs == ()


def test_whoever_states_it_says_why() -> None:
    with pytest.raises(InvalidInput, match="须写明理由"):
        judged("slow", reason=" ")


def test_help_is_offered_once_and_one_talk_is_enough() -> None:
    assert judged("hardship", supported=True).climbs == ()
    assert judged("neglect", talk_alive=True).climbs == ()


def test_what_was_stated_is_no_lateness_and_stays_when_the_district_hands_in() -> None:
    """Handing in does not undo what was seen."""
    climb = Climb("circular@slow", RungKind.CIRCULAR, date(2022, 4, 2), ClimbStatus.PROPOSED, NOW, trigger=Trigger.SLOW)
    assert not climb.warns
    assert {trigger for trigger in Trigger if trigger.of_lateness} == {Trigger.OVERDUE, Trigger.SECOND_LATE}


def changed(process: Process, outcome: str, **more: Any) -> str:
    """The JSON of the process with one outcome of its ranking changed."""
    stages = []
    for stage in process.stages:
        outcomes = tuple(o.model_copy(update=more) if o.key == outcome else o for o in stage.outcomes)
        stages.append(stage.model_copy(update={"outcomes": outcomes}))
    return process.model_copy(update={"stages": tuple(stages)}).model_dump_json()


@pytest.mark.parametrize("trigger", [Trigger.DECLINE, Trigger.OVERDUE, Trigger.RETURNED])
def test_only_a_condition_with_its_rule_that_a_person_can_see_is_stated(trigger: Trigger) -> None:
    with pytest.raises(InvalidDefinition, match="陈述的情形"):
        parse_process(changed(PROCESS, "slow", states=trigger))


def test_a_case_that_closes_cannot_be_proposed_for_anything() -> None:
    with pytest.raises(InvalidDefinition, match="陈述的情形"):
        parse_process(changed(PROCESS, "on_track", states=Trigger.SLOW))


def test_problems_are_written_down_where_the_definition_says() -> None:
    assert EVALUATION.recording == {
        "monitoring",
        "sampling",
        "team",
        "on_site",
        "preliminary_opinion",
        "defence",
        "opinion",
        "result_feedback",
        "look_back",
    }


def test_a_definition_older_than_that_word_records_them_at_the_same_stages() -> None:
    silent = tuple(stage.model_copy(update={"records_findings": False}) for stage in EVALUATION.stages)
    assert EVALUATION.model_copy(update={"stages": silent}).recording == EVALUATION.recording
