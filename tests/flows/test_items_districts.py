"""Items 4 to 15: every number and word of the priorities and of the law that a definition stands for.

A test here fails when the definition departs from what is written; the sentence is named beside it.
"""

from __future__ import annotations

import pytest

from flows import (
    balanced_education,
    compulsory_monitoring,
    district_evaluation,
    double_reduction,
    moral_education,
    preschool_inclusion,
    preschool_monitoring,
    principal_terms,
    quality_evaluation,
    responsibility_areas,
    senior_monitoring,
    term_opening,
)
from flows.catalogue import definitions
from process.definition import Condition, Process, Quota, Requirement, Unit
from process.vocabulary import (
    Cadence,
    CaseOutcome,
    LetterKind,
    QuotaKind,
    Role,
    RungKind,
    Scope,
    SubjectKind,
    Template,
    Trigger,
)
from tests.flows.priorities import ITEMS

MINE = [process for process in definitions() if 4 <= process.item <= 15]
RECOGNITIONS = (balanced_education.RECOGNITION, preschool_inclusion.RECOGNITION)
RECHECKS = (balanced_education.RECHECK, preschool_inclusion.RECHECK)


def quota(process: Process, kind: QuotaKind) -> Quota:
    found = process.quota(kind)
    assert found is not None, f"{process.name}: {kind}"
    return found


def rungs(process: Process) -> set[RungKind]:
    """What lateness of the subject can lead to."""
    owed = {stage.ladder for stage in process.stages if stage.owner is Role.DISTRICT}
    return {rung.kind for key in owed for rung in process.ladder(key).rungs}


def by_name(process: Process) -> str:
    return process.name


# every definition


def test_every_item_of_the_priorities_has_a_process() -> None:
    assert {process.item for process in definitions()} >= set(range(1, 21))


@pytest.mark.parametrize("process", MINE, ids=by_name)
def test_quotas_of_the_priorities_quote_their_item(process: Process) -> None:
    for one in process.quotas:
        if "工作要点" in one.basis:
            assert one.quote in ITEMS[process.item], one


@pytest.mark.parametrize("process", MINE, ids=by_name)
def test_every_stage_lies_on_a_way_to_the_end(process: Process) -> None:
    """Walked by outcomes: from the first stage each is reached, and from each some outcome leads nearer to the end."""
    ways = {s.key: {route.to for outcome in s.outcomes for route in outcome.routes} for s in process.stages}
    seen, waiting = set(), [process.first]
    while waiting:
        key = waiting.pop()
        if key not in seen:
            seen.add(key)
            waiting += [to for to in ways[key] if to is not None]
    assert seen == ways.keys()
    ending = {None}
    for _ in ways:
        ending |= {key for key, leads in ways.items() if leads & ending}
    assert ways.keys() <= ending


@pytest.mark.parametrize("process", MINE, ids=by_name)
def test_only_law_is_cited_as_law(process: Process) -> None:
    """A period cites an article, the item or the office's own arrangements, nothing from hearsay."""
    known = (
        "《教育督导条例》",
        "《重庆市教育督导条例》",
        "督导意见书所定期限",
        "市政府教育督导室工作安排",
        "上级工作安排",
        "要点第",
        "2022年教育督导工作要点第",
    )
    assert [s.period.basis for s in process.stages if not s.period.basis.startswith(known)] == []


@pytest.mark.parametrize("process", MINE, ids=by_name)
def test_findings_can_be_put_right_where_they_can_be_written_down(process: Process) -> None:
    keys = {stage.key for stage in process.stages}
    if any(stage.records_findings for stage in process.stages):
        assert {"rectification", "verification"} <= keys


@pytest.mark.parametrize("process", [p for p in MINE if any(stage.key == "on_site" for stage in p.stages)], ids=by_name)
def test_a_supervision_keeps_the_clock_of_the_regulations(process: Process) -> None:
    """REG 16, 17; CQREG 22, 26, 27, 28."""
    assert process.launch_letter is LetterKind.SUPERVISION_NOTICE, "事先发出书面督导通知"
    assert process.team_minimum == quota(process, QuotaKind.TEAM_SIZE).minimum == 3
    assert process.stage("preliminary_opinion").period.n in (5, 10)
    assert process.stage("preliminary_opinion").period.anchor == "on_site"
    assert (process.stage("defence").period.n, process.stage("defence").on_lapse) == (5, "lapsed")
    assert (process.stage("opinion").period.n, process.stage("opinion").period.anchor) == (30, "preliminary_opinion")
    assert process.stage("rectification_report").period.n == 10


# 4


def test_4_eight_on_site_five_year_cover_and_last_years_look_back() -> None:
    process = district_evaluation.PROCESS
    assert process.version == 3
    assert process.sample_size == quota(process, QuotaKind.ON_SITE_A_YEAR).minimum == 8, "重点对8个区县开展实地督查"
    cover = quota(process, QuotaKind.COVERAGE_CYCLE)
    assert (cover.minimum, cover.years) == (1, 5), "每五年至少实施一次专项督导或者综合督导"
    look_back = process.stage("look_back").period
    assert look_back.year_offset == 1, "对2021年接受实地督查的区县,适时组织开展“回头看”"
    assert process.stage("monitoring").key in process.recording, "全面开展网络监测评价"
    told = process.stage("reporting").outcomes[0]
    assert {route.when for route in told.routes} == {Condition.HAS_FINDINGS, Condition.NO_FINDINGS}
    assert process.recurrence is not None
    assert process.recurrence.cadence is Cadence.YEARLY
    assert rungs(process) >= {RungKind.CIRCULAR, RungKind.TALK}, "the full ladder"


# 5, 6


def test_5_one_or_two_recognised_and_what_is_left_stays_open() -> None:
    wanted = quota(balanced_education.RECOGNITION, QuotaKind.RECOGNISED)
    assert (wanted.minimum, wanted.maximum, wanted.rolls_over) == (1, 2, True), "推动1~2个区县通过"
    assert balanced_education.RECOGNITION.indicators == "balanced-education"
    assert preschool_inclusion.RECOGNITION.indicators == "preschool-inclusion"


@pytest.mark.parametrize("process", RECOGNITIONS, ids=by_name)
def test_5_6_from_the_plan_to_the_title(process: Process) -> None:
    assert process.template is Template.ACCREDITATION
    assert process.grants
    keys = [stage.key for stage in process.stages]
    order = ["creation_plan", "monitoring", "process_evaluation", "improvement", "declaration", "team", "opinion",
             "rectification", "recommendation", "qualification", "national_monitoring", "approval_survey",
             "indicator_review", "national_check", "national_decision", "publicity"]  # fmt: skip
    assert [key for key in keys if key in order] == order
    [monitored] = process.stage("monitoring").outcomes
    assert monitored.requires == (Requirement.INDICATORS_COMPLETE,)
    recommended = process.stage("recommendation").outcome("recommended")
    assert recommended is not None
    assert recommended.requires == (Requirement.INDICATORS_MET,), "促进指标全面达标; no score"
    assert recommended.letter is LetterKind.RECOMMENDATION
    returned = process.stage("recommendation").outcome("returned")
    assert returned is not None
    assert [route.to for route in returned.routes] == ["improvement"], "back next year"
    national = [stage.key for stage in process.stages if stage.period.external]
    assert national == order[order.index("qualification") : order.index("publicity")]
    ends = {route.closes_as for stage in process.stages for o in stage.outcomes for route in o.routes} - {None}
    assert ends == {CaseOutcome.RECOGNISED, CaseOutcome.NOT_RECOGNISED, CaseOutcome.NOT_DECLARED}


@pytest.mark.parametrize("process", [*RECOGNITIONS, *RECHECKS], ids=by_name)
def test_5_6_nobody_is_named_or_called_for_not_declaring(process: Process) -> None:
    assert rungs(process) <= {RungKind.REMINDER, RungKind.URGE, RungKind.SUPERVISE}
    assert {rule.trigger for rule in process.rules} <= {Trigger.FALSIFICATION, Trigger.DECLINE}


def test_5_6_declaring_is_a_chance_that_lapses_at_the_end_of_march() -> None:
    for process in RECOGNITIONS:
        stage = process.stage("declaration")
        assert (stage.period.month, stage.period.day, stage.period.year_offset) == (3, 31, 1)
        assert stage.on_lapse == "lapsed"


def test_6_one_district_that_fails_ends_the_batch() -> None:
    def outcomes(process: Process, stage: str) -> set[str]:
        return {outcome.key for outcome in process.stage(stage).outcomes}

    preschool, balanced = preschool_inclusion.RECOGNITION, balanced_education.RECOGNITION
    assert "held_back" in outcomes(preschool, "recommendation")
    assert "batch_ended" in outcomes(preschool, "national_decision")
    assert "held_back" not in outcomes(balanced, "recommendation")
    assert "batch_ended" not in outcomes(balanced, "national_decision")


@pytest.mark.parametrize("process", RECHECKS, ids=by_name)
def test_5_6_holders_are_checked_every_year_and_may_lose_the_title(process: Process) -> None:
    assert process.scope is Scope.HOLDERS
    assert process.recurrence is not None
    assert process.recurrence.cadence is Cadence.YEARLY
    ends = {route.closes_as for stage in process.stages for o in stage.outcomes for route in o.routes}
    assert {CaseOutcome.MONITORED, CaseOutcome.REVOKED} <= ends
    declined = process.stage("monitoring").outcome("declined")
    assert declined is not None
    assert declined.states is Trigger.DECLINE, "约谈/通报 for 水平下降"


# 7


def test_7_a_special_a_routine_and_a_comprehensive_supervision() -> None:
    arts, private = moral_education.ARTS_SPORTS_LABOUR, moral_education.PRIVATE_SCHOOLS
    assert arts.stage("preliminary_opinion").period.n == 5, "实施专项督导…五日内"
    assert private.stage("preliminary_opinion").period.n == 10, "实施综合督导…十日内书面反馈"
    assert (arts.subjects, private.subjects, private.scope) == (SubjectKind.SCHOOL, SubjectKind.SCHOOL, Scope.PRIVATE)
    assert quota(private, QuotaKind.COVERAGE_CYCLE).years == 5, "每三至五年实施一次综合督导"
    routine = moral_education.ROUTINE
    assert quota(routine, QuotaKind.VISITS_A_TERM).minimum == 2, "每学期不得少于2次"
    assert routine.recurrence is not None
    assert routine.recurrence.cadence is Cadence.TERMLY
    assert len(moral_education.TOPICS) == 7
    assert "、".join(moral_education.TOPICS) in ITEMS[7]
    assert all(topic in routine.stage("term_plan").asks for topic in moral_education.TOPICS)


def test_7_a_hazard_is_removed_at_once_and_looked_at_within_three_days() -> None:
    hazard = moral_education.HAZARD
    assert [(s.key, s.period.n, s.period.unit) for s in hazard.stages] == [
        ("treatment", 1, Unit.WORKING_DAY),
        ("follow_up", 3, Unit.WORKING_DAY),
    ]


# 8


def test_8_what_each_condition_leads_to() -> None:
    """The clauses of the sentence, one by one."""
    process = double_reduction.PROCESS
    said = {
        "slow": ("工作进展缓慢", RungKind.CIRCULAR),  # 对工作进展缓慢区县进行通报
        "typical": ("典型问题", RungKind.EXPOSURE),  # 对典型问题加大曝光力度
        "hardship": ("任务重、困难多、基础差", RungKind.SUPPORT),  # 加强指导
        "neglect": ("责任不落实、措施不到位、问题多发", RungKind.TALK),  # 进行约谈
        "harm": ("问题严重造成恶劣影响", RungKind.ACCOUNTABILITY),  # 依法依规严肃追究相关责任人责任
    }
    ranking = process.stage("ranking")
    assert [outcome.key for outcome in ranking.outcomes] == ["on_track", *said]
    for key, (words, measure) in said.items():
        outcome = ranking.outcome(key)
        assert outcome is not None
        assert words in ITEMS[8]
        assert outcome.title == words
        rule = process.rule(outcome.states) if outcome.states else None
        assert rule is not None
        assert rule.proposes is measure
    assert process.recurrence is not None
    assert process.recurrence.cadence is Cadence.HALF_MONTHLY, "每月15日和月末"
    assert len(double_reduction.METRICS) == 5


def test_8_once_a_month() -> None:
    [visits] = [process for process in MINE if process.quota(QuotaKind.VISITS_A_MONTH)]
    assert quota(visits, QuotaKind.VISITS_A_MONTH).minimum == 1, "责任督学每月至少到校督导1次"
    assert visits.item == 8


# 9, 10


def test_9_begins_120_days_before_a_term_ends() -> None:
    process = principal_terms.PRINCIPAL
    assert process.subjects is SubjectKind.PRINCIPAL
    assert process.subjects.personal
    rule = process.recurrence
    assert rule is not None
    assert (rule.cadence, rule.offset, rule.every_years) == (Cadence.TERM_END, -120, 5)
    assert not any(o.letter is LetterKind.SUPERVISION_REPORT for s in process.stages for o in s.outcomes), "not public"
    assert [p.subjects for p in principal_terms.PROCESSES] == [
        SubjectKind.CITY,
        SubjectKind.DISTRICT,
        SubjectKind.PRINCIPAL,
    ], "市级方案、区县方案和试点、每名校（园）长"


def test_10_is_part_of_item_4_and_a_pilot_of_the_districts() -> None:
    county, schools = quality_evaluation.PROCESSES
    assert county.nested_in == 4, "与区县政府履职评价结合"
    assert county.recurrence == district_evaluation.PROCESS.recurrence
    for aspect in ("价值导向", "组织领导", "教学条件", "教师队伍", "均衡发展"):
        assert aspect in county.stage("data").asks
    assert (schools.template, schools.subjects) == (Template.TASK, SubjectKind.DISTRICT)
    for aspect in ("办学方向", "课程教学", "教师发展", "教学管理", "学生发展"):
        assert aspect in schools.stage("school_evaluation").asks


# 11, 12


def test_11_spring_and_autumn_districts_in_full_universities_by_themselves() -> None:
    for process in term_opening.PROCESSES:
        assert process.recurrence is not None
        assert process.recurrence.cadence is Cadence.TERMLY, "春秋季"
        assert "疫情防控、开学准备、安全稳定" in process.stage("self_check").asks
    districts, universities = term_opening.PROCESSES
    assert (districts.subjects, universities.subjects) == (SubjectKind.DISTRICT, SubjectKind.UNIVERSITY)
    assert districts.recurrence is not None
    assert districts.recurrence.offset == -15
    assert [stage.key for stage in districts.stages][:3] == ["self_check", "full_coverage", "spot_check"]
    assert "全覆盖" in districts.stage("full_coverage").title


def test_12_one_to_five_one_to_one_and_three_to_five_schools() -> None:
    process = responsibility_areas.PROCESS
    assert quota(process, QuotaKind.SCHOOLS_PER_FULL_TIME_INSPECTOR).maximum == 5, "1:5"
    assert quota(process, QuotaKind.INSPECTORS_OF_LARGE_SCHOOLS).minimum == 1, "1:1"
    area = quota(process, QuotaKind.SCHOOLS_PER_INSPECTOR)
    assert (area.minimum, area.maximum) == (3, 5), "一名督学负责三至五所学校"
    assert RungKind.TALK not in rungs(process)


# 13 to 15


def test_13_last_years_results_are_fed_back() -> None:
    process = preschool_monitoring.MONITORING
    feedback = process.stage("feedback")
    assert feedback.period.year_offset == 1, "对上年度监测结果进行反馈"
    assert feedback.outcomes[0].letter is LetterKind.RESULT_FEEDBACK


def test_14_eight_districts_twelve_and_eight_schools_thirty_students() -> None:
    process = compulsory_monitoring.NATIONAL
    sampled = quota(process, QuotaKind.SAMPLED_DISTRICTS)
    assert (sampled.minimum, sampled.maximum) == (8, 8), "对重庆8个区县的抽样监测"
    assert "12所小学、8所初中，每校30名学生" in process.stage("sample").asks
    external = [stage.key for stage in process.stages if stage.period.external]
    assert external == ["sample", "training", "test_day", "results"], "days that the nation sets"
    assert compulsory_monitoring.MUNICIPAL.quotas == ()


def test_15_is_a_project_with_its_milestones() -> None:
    process = senior_monitoring.PROCESS
    assert process.subjects is SubjectKind.CITY
    titles = [stage.title for stage in process.stages]
    assert titles == [
        "制定试点方案",
        "建立指标体系和问卷工具",
        "专家论证",
        "确定试点学校",
        "试测",
        "修订工具",
        "试点报告",
    ]
    assert process.recurrence is not None
    assert process.recurrence.until == 2022, "制定2022年普通高中教育质量监测试点方案"


@pytest.mark.parametrize("process", [p for p in MINE if p.template is Template.MONITORING], ids=by_name)
def test_13_to_15_who_is_late_with_data_is_urged_and_no_more(process: Process) -> None:
    assert rungs(process) <= {RungKind.REMINDER, RungKind.URGE}
    assert {rule.trigger for rule in process.rules} == {Trigger.FALSIFICATION}
