"""Items 16 and 17: what the priorities and DOMAIN say of colleges and universities, in numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from flows import higher_education as higher
from flows import vocational_evaluation as vocational
from process.calendar import SHANGHAI, packaged_calendar
from process.decide import Completed, Decision, TimePassed, decide
from process.definition import Condition, Requirement
from process.recurrence import occurrences
from process.school_calendar import SchoolCalendar
from process.state import Case, Item, holds, unmet
from process.vocabulary import (
    CaseOutcome,
    CaseStatus,
    LetterKind,
    QuotaKind,
    Role,
    RungKind,
    SubjectKind,
    Template,
    Trigger,
)
from tests.flows.priorities import ITEMS

CALENDAR = packaged_calendar()
NO_TERMS = SchoolCalendar((), CALENDAR)
NOW = datetime(2022, 11, 1, 10, tzinfo=SHANGHAI)
THESES = higher.UNDERGRADUATE_THESES


def standing(stage: str, **facts: object) -> Case:
    """A university's case at a stage."""
    item = Item(1, stage, 1, 1, NOW, date(2022, 12, 1), NOW, provisional=False, received_at=NOW)
    return replace(Case(7, 1, "U-1", 2022, THESES, CaseStatus.OPEN, item, version=3), **facts)  # type: ignore[arg-type]


def completed(case: Case, outcome: str, role: Role = Role.COORDINATOR) -> Decision:
    assert case.item is not None
    stage = case.item.stage
    papers = frozenset(paper.key for paper in THESES.stage(stage).deliverables)
    return decide(case, Completed(outcome, role, stage, papers), NOW, CALENDAR)


def led_to(decision: Decision) -> str:
    assert decision.after.item is not None
    return decision.after.item.stage


def test_item_16_is_the_fourth_round() -> None:
    for process in vocational.PROCESSES:
        rule = process.recurrence
        assert rule is not None
        assert (rule.ordinal, rule.counted, rule.since) == (4, "轮", 2022)
        assert process.template is Template.UPWARD
    assert "第四轮" in ITEMS[16]
    [first] = occurrences(vocational.COLLEGES, 2022, NO_TERMS)
    assert first.title == "第四轮职业院校督导评估"


def test_item_16_collects_reports_visits_sums_up_and_publishes() -> None:
    assert vocational.COLLEGES.subjects is SubjectKind.COLLEGE
    assert [stage.key for stage in vocational.COLLEGES.stages] == [
        "data_collection", "self_report", "formal_review", "field_research", "result",
    ]  # fmt: skip
    assert [stage.key for stage in vocational.REPORT.stages] == [
        "division", "summary", "approval", "submission", "publication",
    ]  # fmt: skip
    assert vocational.REPORT.stage("submission").period.external
    assert vocational.REPORT.stage("submission").period.buffer > 0
    assert Requirement.PARTS_DONE in vocational.REPORT.stage("summary").outcomes[0].requires


def test_item_17_names_two_universities() -> None:
    assert higher.QUALIFICATION_RECTIFICATION.only == ("重庆人文科技学院",)
    assert higher.QUALIFICATION_READINESS.only == ("重庆工程学院",)
    for process in (higher.QUALIFICATION_RECTIFICATION, higher.QUALIFICATION_READINESS):
        assert all(name in ITEMS[17] for name in process.only)
        assert process.subjects is SubjectKind.UNIVERSITY
        assert process.recurrence is not None
        assert process.recurrence.until == 2022


def test_item_17_rectifies_with_a_report_midway() -> None:
    keys = [stage.key for stage in higher.QUALIFICATION_RECTIFICATION.stages]
    assert {"rectification_plan", "midterm", "rectification", "rectification_report", "verification"} <= set(keys)
    plan = higher.QUALIFICATION_RECTIFICATION.stage("rectification_plan")
    assert [route.to for route in plan.outcomes[0].routes] == ["midterm"]
    conclusions = [outcome.title for outcome in higher.QUALIFICATION_READINESS.stage("conclusion").outcomes]
    assert [title.split("，")[0] for title in conclusions] == ["通过", "暂缓通过", "不通过"]
    assert "一年内" in conclusions[1]
    assert "两年" in conclusions[2]


def test_item_17_draws_two_in_a_hundred_and_asks_three_experts() -> None:
    share, experts = THESES.quota(QuotaKind.SHARE_DRAWN), THESES.quota(QuotaKind.REVIEWERS)
    assert share is not None
    assert experts is not None
    assert share.minimum == 0.02
    assert experts.minimum == THESES.reviewers == higher.GRADUATE_THESES.reviewers == 3
    assert THESES.more_reviewers == 2
    assert unmet(standing("expert_review", reviews=2), Requirement.REVIEWED)
    assert unmet(standing("expert_review", reviews=3), Requirement.REVIEWED) is None
    assert unmet(standing("second_review", reviews=4), Requirement.REVIEWED_AGAIN)
    assert unmet(standing("second_review", reviews=5), Requirement.REVIEWED_AGAIN) is None


@pytest.mark.parametrize(
    ("below", "first", "second"),
    [(0, "result", "result"), (1, "second_review", "result"), (2, "objection_window", "objection_window")],
)
def test_item_17_two_of_three_or_one_of_two_more_make_a_problem(below: int, first: str, second: str) -> None:
    """教督〔2020〕5号: two of the three; or one of the three and then one of the two who score it again."""
    assert led_to(completed(standing("expert_review", reviews=3, reviews_below=below), "reviewed")) == first
    assert led_to(completed(standing("second_review", reviews=5, reviews_below=below), "reviewed")) == second


def test_scores_are_sound_doubtful_or_failed() -> None:
    known = {below: standing("expert_review", reviews_below=below) for below in range(4)}
    found = {
        below: [condition for condition in Condition if condition.startswith("scores") and holds(case, condition)]
        for below, case in known.items()
    }
    assert found == {
        0: [Condition.SCORES_SOUND],
        1: [Condition.SCORES_DOUBTFUL],
        2: [Condition.SCORES_FAIL],
        3: [Condition.SCORES_FAIL],
    }


@pytest.mark.parametrize(("earlier", "proposed"), [(0, False), (1, True), (2, True)])
def test_item_17_proposes_a_talk_in_the_second_year_running(earlier: int, proposed: bool) -> None:
    case = standing("objection_review", earlier_years=earlier)
    shown = completed(case, "done")
    publicity = replace(
        shown.after,
        item=replace(shown.after.item, id=2) if shown.after.item else None,
        visits={},
    )
    assert publicity.item is not None
    moment = datetime(2022, 12, 1, 10, tzinfo=SHANGHAI)
    entered = decide(publicity, TimePassed(), moment, CALENDAR)
    assert led_to(entered) == "thesis_rectification"
    talks = [draft for draft in entered.climbs if draft.rung.kind is RungKind.TALK]
    assert bool(talks) is proposed
    assert entered.after.talk_alive is proposed
    if talks:
        assert talks[0].trigger is Trigger.YEAR_AFTER_YEAR
        assert talks[0].reason == f"连续{earlier + 1}年存在问题"


def test_item_17_no_lateness_of_a_university_leads_to_a_talk() -> None:
    for process in higher.PROCESSES:
        assert not {rung.kind for ladder in process.ladders for rung in ladder.rungs if rung.kind.formal}
    assert [rule.trigger for rule in THESES.rules] == [Trigger.YEAR_AFTER_YEAR]
    assert THESES.rules[0].threshold == 2
    assert higher.GRADUATE_THESES.rules == ()


def test_results_are_told_by_letter() -> None:
    assert THESES.stage("result").outcomes[0].letter is LetterKind.RESULT_FEEDBACK
    assert THESES.stage("rectification_check").outcomes[0].routes[0].closes_as is CaseOutcome.RECTIFIED
