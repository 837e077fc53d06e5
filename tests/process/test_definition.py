"""A process is data: to JSON and back, and refused when it is unsound."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from flows.accountability import PROCESS as ACCOUNTABILITY
from flows.district_evaluation import PROCESS
from process.definition import Process, Unit, parse_process
from process.errors import InvalidDefinition

Document = dict[str, Any]


def test_to_json_and_back() -> None:
    assert parse_process(PROCESS.model_dump_json()) == PROCESS


def test_the_first_process_says_what_the_priorities_say() -> None:
    assert PROCESS.sample_size == 8, "重点对8个区县开展实地督查"
    assert PROCESS.team_minimum == 3
    law = {"preliminary_opinion": 10, "defence": 5, "opinion": 30, "rectification_report": 10}
    assert {key: PROCESS.stage(key).period.n for key in law} == law, "CQREG 26, 27, 28"
    assert len(PROCESS.stages) == 18


def test_accountability_keeps_the_clock_of_the_regulation() -> None:
    law = {"fact_finding": 60, "review_window": 30, "review": 30, "appeal_window": 15, "appeal": 60, "correction": 15}
    assert {key: ACCOUNTABILITY.stage(key).period.n for key in law} == law, "《教育督导问责办法》第十三条、第十九条"
    assert {ACCOUNTABILITY.stage(key).period.unit for key in law} == {Unit.CALENDAR_DAY_ROLL}
    direct = ACCOUNTABILITY.stage("review_window").outcome("appealed")
    assert direct is not None
    assert direct.within is not None
    assert direct.within.n == 15
    assert [route.to for route in direct.routes] == ["appeal"]
    rights = {stage.key for stage in ACCOUNTABILITY.stages if stage.on_lapse}
    assert rights == {"accountability_defence", "review_window", "appeal_window"}
    assert not ACCOUNTABILITY.suspendable
    assert ACCOUNTABILITY.extensions.limit == 0


def unreachable(document: Document) -> None:
    document["stages"].append({**document["stages"][0], "key": "island"})


def dead_end(document: Document) -> None:
    for stage in document["stages"]:
        if stage["key"] == "look_back":
            stage["outcomes"] = [{"key": "again", "title": "再来", "routes": [{"to": "look_back"}]}]


def unknown_target(document: Document) -> None:
    document["stages"][0]["outcomes"][0]["routes"][0]["to"] = "nowhere"


def unknown_ladder(document: Document) -> None:
    document["stages"][0]["ladder"] = "none"


def unknown_anchor(document: Document) -> None:
    document["stages"][0]["period"]["anchor"] = "nowhere"


def twice_the_same_stage(document: Document) -> None:
    document["stages"].append(document["stages"][0])


def sometimes_nowhere_to_go(document: Document) -> None:
    document["stages"][0]["outcomes"][0]["routes"][0]["when"] = "sampled"


def ladder_out_of_order(document: Document) -> None:
    document["ladders"][0]["rungs"].reverse()


def urging_before_it_is_due(document: Document) -> None:
    document["ladders"][1]["rungs"][1]["offset"] = -1
    document["ladders"][1]["rungs"].pop(0)


def date_without_a_day(document: Document) -> None:
    document["stages"][0]["period"] = {"unit": "fixed_date", "month": 5}


def unknown_field(document: Document) -> None:
    document["stages"][0]["colour"] = "red"


def no_period(document: Document) -> None:
    document["stages"][0]["period"] = {"unit": "working_day", "n": 0}


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (unreachable, "环节 island 无法到达"),
        (dead_end, "环节 look_back 无法走到办结"),
        (unknown_target, "nowhere"),
        (unknown_ladder, "阶梯 none 不存在"),
        (unknown_anchor, "起点 nowhere 不存在"),
        (twice_the_same_stage, "环节 acknowledgement 重复"),
        (sometimes_nowhere_to_go, "有时无处可去"),
        (ladder_out_of_order, "由低到高"),
        (urging_before_it_is_due, "到期之前只能提醒"),
        (date_without_a_day, "写明月、日"),
        (unknown_field, "stages.0.colour"),
        (no_period, "大于0"),
    ],
)
def test_an_unsound_definition_is_refused(spoil: Callable[[Document], None], says: str) -> None:
    document = json.loads(PROCESS.model_dump_json())
    spoil(document)
    with pytest.raises(InvalidDefinition) as refused:
        parse_process(json.dumps(document))
    assert says in str(refused.value)
    assert refused.value.code == "invalid_definition"


def test_a_definition_cannot_be_edited() -> None:
    with pytest.raises(ValueError, match="frozen"):
        PROCESS.title = "另一个"  # type: ignore[misc]
    assert isinstance(PROCESS, Process)
