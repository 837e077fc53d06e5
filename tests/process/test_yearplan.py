"""A year as one calendar: expected days by hand, load that adds up, clashes that are there and those that may be."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.district_evaluation import PROCESS as EVALUATION
from process.calendar import packaged_calendar
from process.definition import Period, Process, Unit
from process.vocabulary import SubjectKind
from process.yearplan import (
    Clash,
    ClashKind,
    MonthLoad,
    Reached,
    Span,
    YearRound,
    clashes,
    load,
    spans,
    walk,
)

CALENDAR = packaged_calendar()
DISTRICTS = frozenset(f"D{n:02}" for n in range(41))


def evaluation(title: str = "评价", launch_on: date = date(2022, 9, 1), **more: Any) -> YearRound:
    given = {"cases": 41, "districts": DISTRICTS, **more}
    return YearRound(item=4, process=EVALUATION, title=title, year=launch_on.year, launch_on=launch_on, **given)


def due_days(its: list[Span]) -> dict[str, str]:
    return {span.stage: span.due_on.isoformat() for span in its if not span.beside}


def months(*rounds: YearRound, year: int = 2022, **people: Any) -> list[MonthLoad]:
    given: dict[str, Any] = {"inspectors": 12, "responsible": 0, "visits": {}, **people}
    return load([(one, spans(one, CALENDAR)) for one in rounds], year, CALENDAR, **given)


def found(*rounds: YearRound, year: int = 2022) -> list[Clash]:
    return clashes([(one, spans(one, CALENDAR)) for one in rounds], year, CALENDAR, months(*rounds, year=year))


def test_the_evaluation_of_2022_by_hand() -> None:
    its = walk(EVALUATION, date(2022, 9, 1), 2022, CALENDAR)
    by_hand = {
        "acknowledgement": "2022-09-06",  # 3 working days
        "self_evaluation": "2022-10-21",  # 45 days
        "formal_review": "2022-10-28",
        "monitoring": "2022-11-25",
        "sampling": "2022-11-29",
        "team": "2022-12-06",
        "on_site": "2022-12-21",  # 15 days
        "preliminary_opinion": "2023-01-03",  # 10 days after the inspection: 31 December, over the New Year
        "defence": "2023-01-09",  # 5 days: a Sunday
        "opinion": "2023-02-02",  # 30 days after the preliminary opinion
    }
    assert {key: day for key, day in due_days(its).items() if key in by_hand} == by_hand
    assert list(due_days(its))[-1] == "look_back"
    assert its[-1].due_on == date(2023, 12, 31)


@pytest.mark.parametrize("sampled", [True, False])
def test_the_main_path_ends_and_visits_no_stage_twice(sampled: bool) -> None:
    its = walk(EVALUATION, date(2022, 9, 1), 2022, CALENDAR, sampled=sampled)
    keys = [span.stage for span in its]
    assert len(set(keys)) == len(keys)
    assert ("on_site" in keys) is sampled
    assert ("result_feedback" in keys) is not sampled
    assert all(span.starts_on <= span.due_on for span in its)


def test_the_sample_goes_one_way_and_the_others_another() -> None:
    its = spans(evaluation(), CALENDAR)
    cases = {(span.stage, span.beside): span.cases for span in its}
    assert cases["monitoring", False] == cases["sampling", False] == 41
    assert cases["on_site", False] == cases["opinion", False] == 8
    assert cases["result_feedback", True] == 33
    assert cases["reporting", False] == 8
    assert cases["reporting", True] == 33, "the ways meet again, at other days"


def test_a_round_under_way_has_its_real_days_and_goes_on_from_there() -> None:
    reached = (
        Reached("acknowledgement", 41, 0, date(2022, 9, 1), date(2022, 9, 6)),
        Reached("self_evaluation", 41, 3, date(2022, 9, 2), date(2022, 11, 15)),
        Reached("formal_review", 38, 38, date(2022, 10, 20), date(2022, 11, 16)),
    )
    its = spans(evaluation(begun=True, reached=reached), CALENDAR)
    assert [(span.stage, span.real) for span in its[:4]] == [
        ("acknowledgement", True), ("self_evaluation", True), ("formal_review", True), ("monitoring", False),
    ]  # fmt: skip
    assert its[3].starts_on == date(2022, 11, 16)
    assert its[3].cases == 41, "those that are late come after"
    over = tuple(replace(one, open=0) for one in reached)
    assert all(span.real for span in spans(evaluation(begun=True, reached=over), CALENDAR))


def test_the_load_adds_up() -> None:
    year = months(evaluation())
    assert [month.launches for month in year] == [0] * 8 + [1, 0, 0, 0]
    assert [month.cases for month in year] == [0] * 8 + [41, 41, 41, 41]
    december = year[11]
    # Eight districts, five days each, three inspectors a team, twelve of them.
    assert (december.on_site_cases, december.on_site_days, december.inspector_days) == (8, 40, 120)
    assert december.inspector_days_each == 10
    assert year[9].to_hand_in == 41, "self-evaluations in October"
    assert year[9].most_at_once == 1
    following = months(evaluation(), year=2023)
    # Eight look-backs of two days, over the months until the end of 2023.
    assert round(sum(month.on_site_days for month in following)) == 16


def test_work_on_site_that_spans_months_is_divided_by_their_working_days() -> None:
    year = months(evaluation(launch_on=date(2022, 8, 18)))
    both = [month.on_site_days for month in year if month.on_site_days]
    assert len(both) == 2
    assert sum(both) == pytest.approx(40)


@given(day=st.dates(date(2022, 1, 1), date(2022, 12, 31)))
def test_no_day_on_site_is_lost_or_counted_twice(day: date) -> None:
    one = evaluation(launch_on=day)
    its = spans(one, CALENDAR)
    assert all(before.due_on <= after.starts_on for before, after in pairwise(s for s in its if not s.beside))
    years = [months(one, year=year) for year in (2022, 2023, 2024)]
    # Eight districts: five days, and two of look-back.
    assert sum(month.on_site_days for year in years for month in year) == pytest.approx(56, abs=1)
    assert sum(month.launches for year in years for month in year) == 1


def test_visits_are_shared_among_the_responsible_inspectors() -> None:
    [march] = [m for m in months(visits={3: 5000}, responsible=1000) if m.month == 3]
    assert (march.visits, march.visits_each) == (5000, 5)
    assert months()[0] == MonthLoad(1)


def test_two_draws_over_the_same_districts_may_meet() -> None:
    [clash] = found(evaluation("甲"), evaluation("乙", date(2022, 3, 1)))
    assert (clash.kind, clash.certain) == (ClashKind.TWO_ON_SITE, False)
    assert "预计1.6次" in clash.says, "41 × 8/41 × 8/41"
    assert clash.subjects == ()


def test_a_series_is_named_once_however_many_rounds_it_has() -> None:
    series = [evaluation(f"第{n}轮", date(2022, 1, n + 4), districts=frozenset({"D01"})) for n in range(6)]
    twice = [clash for clash in found(*series) if clash.kind is ClashKind.TWO_ON_SITE]
    assert len(twice) == 1
    assert len(twice[0].rounds) == 6
    assert "等6项" in twice[0].says


def test_what_visits_everybody_twice_by_its_rule_clashes_only_with_others() -> None:
    gate_free = tuple(stage.model_copy(update={"gate": ()}) for stage in EVALUATION.stages)
    everybody = EVALUATION.model_copy(update={"stages": gate_free, "title": "开学检查"})
    spring = replace(evaluation("春季", date(2022, 1, 10)), process=everybody)
    autumn = replace(evaluation("秋季", date(2022, 8, 11)), process=everybody)
    assert found(spring, autumn) == []
    [clash] = found(spring, autumn, evaluation("甲", date(2022, 3, 1)))
    assert not clash.certain
    assert len(clash.rounds) == 3


def test_two_draws_that_met_are_certain_and_name_the_districts() -> None:
    one = evaluation("甲", drawn=frozenset({"D01", "D02"}))
    other = evaluation("乙", date(2022, 3, 1), drawn=frozenset({"D02", "D03"}))
    [clash] = found(one, other)
    assert clash.certain
    assert clash.subjects == ("D02",)
    assert found(one, replace(other, drawn=frozenset({"D03"}))) == []


def test_a_draw_to_come_may_meet_one_that_was_made() -> None:
    [clash] = found(evaluation("甲", drawn=frozenset({"D01", "D02"})), evaluation("乙", date(2022, 3, 1)))
    assert not clash.certain
    assert "预计0.4次" in clash.says


def test_one_round_a_year_clashes_with_nothing() -> None:
    assert found(evaluation()) == []


def test_visits_to_others_than_districts_are_not_counted_against_them() -> None:
    schools = EVALUATION.model_copy(update={"subjects": SubjectKind.SCHOOL})
    one = replace(evaluation("校"), process=schools, districts=frozenset())
    assert found(one, evaluation("甲", date(2022, 3, 1))) == []


def test_a_stage_that_ends_in_the_spring_festival_is_named() -> None:
    stages = list(EVALUATION.stages)
    stages[0] = stages[0].model_copy(update={"period": Period(n=10, unit=Unit.CALENDAR_DAY)})
    process: Process = EVALUATION.model_copy(update={"stages": tuple(stages)})
    early = replace(evaluation("甲", date(2022, 1, 25)), process=process)
    says = [clash.says for clash in found(early) if clash.kind is ClashKind.SPRING_FESTIVAL]
    assert says == [
        "「甲」的「签收督导通知」到期于春节假期（2022-01-31至2022-02-06）",
        "「甲」的「自查自评」开始于春节假期（2022-01-31至2022-02-06）",
    ]


def test_a_team_that_would_be_on_site_over_the_spring_festival_is_named() -> None:
    crossing = [
        clash
        for clash in found(evaluation("甲", date(2021, 10, 20)))
        if clash.kind is ClashKind.SPRING_FESTIVAL and "实地督查" in clash.says
    ]
    assert len(crossing) == 1
    assert "跨越" in crossing[0].says


def test_much_at_once_for_one_district() -> None:
    rounds = [evaluation(f"第{n}轮", drawn=frozenset()) for n in range(6)]
    [clash] = [clash for clash in found(*rounds) if clash.kind is ClashKind.MUCH_AT_ONCE]
    assert "10月同一区县须报送6项" in clash.says
