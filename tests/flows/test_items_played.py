"""Items 1, 2, 3, 16 to 20 are playable to their ends by people and time, on a real database."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from casework.hand_in import upload
from flows import (
    higher_education,
    informatisation,
    inspectorate,
    leadership_meetings,
    national_evaluation,
    reform_ledger,
    research_awards,
    vocational_evaluation,
)
from process.definition import Process
from process.errors import InvalidInput
from process.vocabulary import CaseOutcome, CaseStatus, SubjectKind
from tests.casework.test_lengths import word_file
from tests.flows.player import Player, account, launched, unit
from tests.world import World

DISTRICT = "CQ-500103"
MINE: tuple[Process, ...] = (
    *leadership_meetings.PROCESSES,
    *reform_ledger.PROCESSES,
    national_evaluation.PROCESS,
    *vocational_evaluation.PROCESSES,
    *higher_education.PROCESSES,
    *inspectorate.PROCESSES,
    *informatisation.PROCESSES,
    *research_awards.PROCESSES,
)
NAMES = {
    SubjectKind.CITY: "重庆市人民政府",
    SubjectKind.COLLEGE: "重庆某职业学院",
    SubjectKind.UNIVERSITY: "重庆某大学",
    SubjectKind.INSPECTOR: "督学张三",
}


def player(world: World, process: Process, **more: object) -> Player:
    """A case of the process just launched."""
    known = {row["id"] for row in world.rows("SELECT id FROM subjects")}
    member = "M-1" if "M-1" in known else unit(world, "M-1", SubjectKind.AUTHORITY, "市财政局").subject_id
    subject = DISTRICT
    if process.subjects is not SubjectKind.DISTRICT:
        name = process.only[0] if process.only else NAMES[process.subjects]
        subject = f"S-{name}"
        if subject not in known:
            unit(world, subject, process.subjects, name)
    case = launched(world, process, subject)
    return Player(world, case, account(world, subject), member=account(world, member or ""), **more)  # type: ignore[arg-type]


def test_each_is_played_to_its_end(world: World) -> None:
    for process in MINE:
        ended = player(world, process).to_the_end()
        assert ended.status is CaseStatus.CLOSED, process.name
        assert ended.outcome is not None, process.name


def test_a_thesis_in_doubt_goes_to_two_more_and_a_problem_is_put_right(world: World) -> None:
    course = player(world, higher_education.UNDERGRADUATE_THESES, scores=(80, 80, 55, 90, 50))
    assert course.to_the_end().outcome is CaseOutcome.RECTIFIED
    assert course.went == [
        "draw", "theses", "expert_review", "second_review", "objection_window", "objection_review", "publicity",
        "thesis_rectification", "rectification_check",
    ]  # fmt: skip


def test_problems_in_two_years_running_propose_a_talk(world: World) -> None:
    process = higher_education.UNDERGRADUATE_THESES
    first = player(world, process, scores=(50, 50, 50))
    first.to_the_end()
    talks = "SELECT count(*) AS n FROM talks"
    assert world.rows(talks) == [{"n": 0}]
    second = Player(world, launched(world, process, first.unit.subject_id or "", 2023), first.unit, scores=(50, 50, 50))
    assert second.until("thesis_rectification").earlier_years == 1
    assert world.rows(talks) == [{"n": 1}]
    assert world.rows("SELECT kind, status, trigger, reason FROM climbs WHERE kind = 'talk'") == [
        {"kind": "talk", "status": "proposed", "trigger": "year_after_year", "reason": "连续2年存在问题"}
    ]


def test_a_year_between_breaks_the_row(world: World) -> None:
    process = higher_education.UNDERGRADUATE_THESES
    first = player(world, process, scores=(50, 50, 50))
    first.to_the_end()
    later = Player(world, launched(world, process, first.unit.subject_id or "", 2024), first.unit, scores=(50, 50, 50))
    assert later.until("thesis_rectification").earlier_years == 0
    assert world.rows("SELECT id FROM talks") == []


def test_an_entry_that_does_not_come_takes_no_part(world: World) -> None:
    course = player(world, research_awards.DISTRICTS)
    with world.unit() as session:
        session.execute(text("UPDATE notices SET opened_at = created_at WHERE case_id = :c"), {"c": course.case_id})
    world.pass_time(world.at(world.now.date().replace(month=10, day=20)))
    ended = course.case()
    assert (ended.status, ended.outcome) == (CaseStatus.CLOSED, CaseOutcome.NOT_AWARDED)


def test_an_inspector_who_fails_the_review_is_heard_and_dismissed(world: World) -> None:
    course = player(world, inspectorate.REVIEW, choose={"appraisal": "unqualified", "statement": "stated"})
    assert course.to_the_end().outcome is CaseOutcome.DISMISSED
    assert course.went == ["work_report", "appraisal", "statement", "dismissal"]


def test_a_city_not_inspected_this_year_is_evaluated_without(world: World) -> None:
    course = player(
        world, national_evaluation.PROCESS, choose={"readiness": "not_inspected", "feedback": "no_problems"}
    )
    assert course.to_the_end().outcome is CaseOutcome.EVALUATED
    assert "national_visit" not in course.went


def test_the_self_report_of_the_city_has_at_most_5000_characters(world: World) -> None:
    course = player(world, national_evaluation.PROCESS)
    course.until("self_report")
    paper = {"deliverable": "self_report", "filename": "自评报告.docx", "max_bytes": 10_000_000}
    with pytest.raises(InvalidInput, match="有5001字，不得超过5000字"):
        world.do(upload, world.coordinator, course.case_id, content=word_file("评" * 5000), **paper)
    world.do(upload, world.coordinator, course.case_id, content=word_file("评" * 4999), **paper)


def test_the_launch_letter_says_which_year_is_evaluated(world: World) -> None:
    player(world, national_evaluation.PROCESS)
    [letter] = world.rows("SELECT fields ->> 'matters' AS matters FROM letters WHERE kind = 'work_notice'")
    assert letter["matters"].endswith("（评价2021年情况）")
