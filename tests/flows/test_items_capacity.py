"""Items 18, 19, 20: what the priorities and DOMAIN say of people, the system and research, in numbers."""

from __future__ import annotations

import pytest

from flows import informatisation, inspectorate, research_awards
from process.calendar import packaged_calendar
from process.definition import Process, Requirement, Unit
from process.recurrence import occurrences
from process.school_calendar import SchoolCalendar
from process.vocabulary import CaseOutcome, LetterKind, QuotaKind, SubjectKind, Template
from tests.flows.priorities import ITEMS

NO_TERMS = SchoolCalendar((), packaged_calendar())


def ends(process: Process) -> set[CaseOutcome]:
    routes = (route for stage in process.stages for outcome in stage.outcomes for route in outcome.routes)
    return {route.closes_as for route in routes if route.closes_as}


def titles(process: Process, *years: int) -> list[str]:
    return [one.title for year in years for one in occurrences(process, year, NO_TERMS)]


def test_item_18_appoints_the_fifth_inspectors_of_the_city() -> None:
    process = inspectorate.APPOINTMENT
    assert titles(process, 2022) == ["第五届市政府督学换届"]
    assert "第五届市政府督学换届" in ITEMS[18]
    assert process.recurrence is not None
    assert process.recurrence.every_years == 3, "CQREG 9: 任期3年"
    assert titles(process, 2023, 2024, 2025) == ["第六届市政府督学换届"]
    assert [stage.key for stage in process.stages] == [
        "nomination", "qualification", "publicity", "appointment", "certificate",
    ]  # fmt: skip
    assert ends(process) == {CaseOutcome.APPOINTED, CaseOutcome.NOT_APPOINTED}


def test_item_18_trains_for_forty_hours_a_year() -> None:
    quota = inspectorate.TRAINING.quota(QuotaKind.TRAINING_HOURS)
    assert quota is not None
    assert (quota.minimum, quota.years) == (40, 1)
    assert "40学时" in inspectorate.TRAINING.stage("attendance").asks


def test_item_18_reviews_four_points_and_may_dismiss() -> None:
    points = [paper.key for paper in inspectorate.REVIEW.stage("appraisal").deliverables]
    assert points == ["discipline", "reports", "follow_up", "training"]
    assert ends(inspectorate.REVIEW) == {CaseOutcome.EVALUATED, CaseOutcome.DISMISSED}
    assert inspectorate.REVIEW.stage("statement").period.from_receipt, "nobody is dismissed unheard"


@pytest.mark.parametrize("process", inspectorate.PROCESSES, ids=lambda process: process.name)
def test_item_18_is_about_persons_and_climbs_nowhere(process: Process) -> None:
    assert process.subjects is SubjectKind.INSPECTOR
    assert process.subjects.personal
    assert process.template is Template.ROSTER
    assert not {rung.kind for ladder in process.ladders for rung in ladder.rungs if rung.kind.formal}
    assert process.rules == ()


def test_item_19_trains_promotes_and_connects() -> None:
    assert [stage.key for stage in informatisation.USE.stages] == ["training", "promotion", "closing_check"]
    assert informatisation.USE.subjects is SubjectKind.DISTRICT
    assert informatisation.PLATFORM.subjects is SubjectKind.CITY
    assert informatisation.PLATFORM.stage("connection").outcomes[0].requires == (Requirement.PARTS_DONE,)
    for process in informatisation.PROCESSES:
        assert process.template is Template.TASK
        assert not {rung.kind for ladder in process.ladders for rung in ladder.rungs if rung.kind.formal}


def test_item_20_is_the_fourth_award() -> None:
    assert titles(research_awards.DISTRICTS, 2022) == ["第四届教育督导典型案例及研究论文评选"]
    assert "第四届教育督导典型案例及研究论文评选" in ITEMS[20]
    assert {process.subjects for process in research_awards.PROCESSES} == {
        SubjectKind.DISTRICT,
        SubjectKind.UNIVERSITY,
    }


@pytest.mark.parametrize("process", research_awards.PROCESSES, ids=lambda process: process.name)
def test_item_20_is_scored_by_three_and_public_for_five_days(process: Process) -> None:
    quota = process.quota(QuotaKind.REVIEWERS)
    assert quota is not None
    assert quota.minimum == process.reviewers == 3
    assert all(outcome.requires == (Requirement.REVIEWED,) for outcome in process.stage("blind_review").outcomes)
    publicity = process.stage("publicity")
    assert (publicity.period.n, publicity.period.unit, publicity.on_lapse) == (5, Unit.WORKING_DAY, "lapsed")
    assert process.stage("result").outcomes[0].letter is LetterKind.RESULT_CIRCULAR
    assert ends(process) == {CaseOutcome.AWARDED, CaseOutcome.NOT_AWARDED}
    assert not {rung.kind for ladder in process.ladders for rung in ladder.rungs if rung.kind.formal}
    assert process.rules == (), "nobody is called to a talk about an award"
