"""Items 1, 2, 3: what the priorities and DOMAIN say of them, in numbers."""

from __future__ import annotations

from flows import leadership_meetings, national_evaluation, reform_ledger
from flows.assignment import PROCESS as ASSIGNMENT
from process.calendar import packaged_calendar
from process.definition import Period, Process, Requirement, Unit
from process.recurrence import occurrences
from process.school_calendar import SchoolCalendar
from process.vocabulary import (
    Cadence,
    CaseOutcome,
    LetterKind,
    Position,
    QuotaKind,
    Role,
    RungKind,
    SubjectKind,
    Template,
)
from tests.flows.priorities import ITEMS

NO_TERMS = SchoolCalendar((), packaged_calendar())


def periods(process: Process) -> dict[str, int]:
    return {stage.key: stage.period.n for stage in process.stages}


def rungs(process: Process) -> set[RungKind]:
    return {rung.kind for ladder in process.ladders for rung in ladder.rungs}


def fixed(period: Period) -> tuple[int | None, int | None, int]:
    assert period.unit is Unit.FIXED_DATE
    return period.month, period.day, period.year_offset


def test_item_1_names_two_meetings_a_year() -> None:
    for process in leadership_meetings.PROCESSES:
        assert process.title in ITEMS[1]
        assert process.subjects is SubjectKind.CITY
        assert process.template is Template.TASK
        assert process.recurrence is not None
        assert process.recurrence.cadence is Cadence.YEARLY
    launches = [one.title for process in leadership_meetings.PROCESSES for one in occurrences(process, 2022, NO_TERMS)]
    assert launches == ["2022年市政府教育督导委员会工作会议", "2022年全市教育督导工作会议"]


def test_item_1_from_preparation_to_minutes_and_resolutions() -> None:
    [process, _] = leadership_meetings.PROCESSES
    assert [stage.key for stage in process.stages] == [
        "preparation", "meeting_notice", "meeting", "minutes", "resolutions",
    ]  # fmt: skip
    assert periods(process)["preparation"] == 20
    assert periods(process)["meeting"] == 10, "the notice goes out ten working days before"
    assert periods(process)["minutes"] == 5
    assert process.stage("minutes").outcomes[0].letter is LetterKind.MEETING_MINUTES
    assert process.stage("resolutions").outcomes[0].requires == (Requirement.PARTS_DONE,)
    assert not {kind for kind in rungs(process) if kind.formal}, "L0 to L2 only"


def test_an_assignment_is_for_a_member_unit_and_opened_as_a_part_only() -> None:
    assert ASSIGNMENT.subjects is SubjectKind.AUTHORITY
    assert ASSIGNMENT.launch_letter is None, "no launch of its own"
    assert not {kind for kind in rungs(ASSIGNMENT) if kind.formal}
    assert [stage.owner for stage in ASSIGNMENT.stages] == [Role.DISTRICT, Role.COORDINATOR]
    assert ASSIGNMENT.rules == (), "no talk with a member unit"


def test_item_2_ends_with_2022() -> None:
    ledger = reform_ledger.LEDGER
    quota = ledger.quota(QuotaKind.DONE_BY)
    assert quota is not None
    assert (quota.by_month, quota.by_day) == (12, 31)
    assert quota.quote == "到2022年底"
    assert quota.quote in ITEMS[2]
    assert fixed(ledger.stage("year_end").period) == (12, 31, 0), "the hard date"
    assert [fixed(ledger.stage(key).period) for key in ("half_year", "third_quarter")] == [(6, 30, 0), (9, 30, 0)]
    assert all(process.recurrence and process.recurrence.until == 2022 for process in reform_ledger.PROCESSES)


def test_item_2_asks_every_district_for_four_things_and_names_who_is_slow() -> None:
    ledger = reform_ledger.LEDGER
    assert ledger.subjects is SubjectKind.DISTRICT
    required = [paper.key for paper in ledger.stage("year_end").deliverables if paper.required]
    assert required == ["ledger", "chief_inspectors", "supervision_office", "monitoring_body", "staff_and_funds"]
    assert RungKind.CIRCULAR in rungs(ledger), "L3"
    assert RungKind.TALK not in rungs(ledger)
    circular = next(rung for rung in ledger.ladder("district").rungs if rung.kind is RungKind.CIRCULAR)
    assert Position.PARTY_OFFICE in circular.to, "争取当地党委政府的支持"
    assert ledger.rules == ()


def test_item_2_drafts_the_rules_in_their_order_and_time() -> None:
    rules = reform_ledger.RULES
    assert rules.subjects is SubjectKind.CITY
    assert "《重庆市教育督导问责实施细则》" in rules.title
    assert list(periods(rules)) == [
        "drafting", "consultation", "legality_review", "deliberation", "issue", "filing",
    ]  # fmt: skip
    assert [periods(rules)[key] for key in ("drafting", "consultation", "legality_review")] == [30, 15, 15]


def test_item_3_evaluates_the_year_before() -> None:
    process = national_evaluation.PROCESS
    assert "2021年履行教育职责情况" in ITEMS[3]
    assert 2022 + process.evaluated_year == 2021
    assert (process.subjects, process.template) == (SubjectKind.CITY, Template.UPWARD)


def test_item_3_keeps_a_buffer_before_the_nations_days() -> None:
    process = national_evaluation.PROCESS
    outside = {stage.key: stage.period for stage in process.stages if stage.period.external}
    assert list(outside) == ["submission", "national_visit", "feedback", "rectification_report", "national_review"]
    assert fixed(outside["submission"]) == (5, 15, 0)
    assert all(period.buffer == national_evaluation.BUFFER > 0 for period in outside.values())
    assert fixed(process.stage("national_notice").period) == (3, 31, 0), "by the end of March"


def test_item_3_gathers_parts_into_a_report_of_at_most_5000_characters() -> None:
    process = national_evaluation.PROCESS
    report = process.stage("self_report").deliverables[0]
    assert report.max_characters == 5000
    assert "5000字" in report.title
    assert [stage.key for stage in process.stages if Requirement.PARTS_DONE in stage.outcomes[0].requires] == [
        "materials", "rectification",
    ]  # fmt: skip
    assert [periods(process)[key] for key in ("assignment", "materials", "self_report")] == [5, 20, 10]
    assert process.stage("approval").owner is Role.MANAGER
    assert not {kind for kind in rungs(process) if kind.formal}, "urged inside the house only"


def test_item_3_is_inspected_on_site_or_not() -> None:
    inspected, not_inspected = national_evaluation.PROCESS.stage("readiness").outcomes
    assert [route.to for route in inspected.routes] == ["national_visit"]
    assert [route.to for route in not_inspected.routes] == ["feedback"]
    ends = {
        route.closes_as
        for stage in national_evaluation.PROCESS.stages
        for outcome in stage.outcomes
        for route in outcome.routes
        if route.closes_as
    }
    assert ends == {CaseOutcome.EVALUATED, CaseOutcome.RECTIFIED}
