"""Items 4 to 15 are playable to their ends by people and time, on a real database, by their several ways."""

from __future__ import annotations

from typing import Any

import pytest

from flows import balanced_education, double_reduction, preschool_inclusion, responsibility_areas, term_opening
from flows.catalogue import definitions
from process.definition import Process
from process.vocabulary import CaseOutcome, CaseStatus, SchoolStage, SubjectKind
from tests.flows.player import Player, account, launched, unit
from tests.schooled import DISTRICT, add_school
from tests.world import World

SCHOOLS = {"P1": SchoolStage.PRIMARY, "J1": SchoolStage.JUNIOR}
MINE = [process for process in definitions() if 4 <= process.item <= 15 and process.launch_letter]


@pytest.fixture
def furnished_world(world: World) -> World:
    """With a few schools, a university, the city itself and a principal."""
    with world.unit() as session:
        for id_, stage in SCHOOLS.items():
            add_school(session, id_, stage)
    for kind, name in ((SubjectKind.SCHOOL, "实验学校"), (SubjectKind.UNIVERSITY, "某大学"),
                       (SubjectKind.CITY, "重庆市人民政府"), (SubjectKind.PRINCIPAL, "校长张三")):  # fmt: skip
        unit(world, f"U-{kind}", kind, name)
    return world


def player(world: World, process: Process, **more: Any) -> Player:
    subject = DISTRICT if process.subjects is SubjectKind.DISTRICT else f"U-{process.subjects}"
    case = launched(world, process, subject)
    return Player(
        world,
        case,
        account(world, subject),
        schools=SCHOOLS if process.indicators == "balanced-education" else {},
        **more,
    )


def test_each_is_played_to_its_end(furnished_world: World) -> None:
    for process in MINE:
        ended = player(furnished_world, process).to_the_end()
        assert ended.status is CaseStatus.CLOSED, process.name
        assert ended.outcome is not None, process.name


def test_a_district_is_recognised_stage_by_stage(furnished_world: World) -> None:
    course = player(furnished_world, balanced_education.RECOGNITION)
    assert course.to_the_end().outcome is CaseOutcome.RECOGNISED
    assert course.went == [
        "creation_plan", "monitoring", "process_evaluation", "improvement", "declaration", "formal_review", "team",
        "on_site", "preliminary_opinion", "defence", "opinion", "rectification_plan", "rectification",
        "rectification_report", "verification", "recommendation", "qualification", "national_monitoring",
        "approval_survey", "indicator_review", "national_check", "national_decision", "publicity",
    ]  # fmt: skip


def test_a_weak_district_is_held_back_and_declares_again(furnished_world: World) -> None:
    """The second time nothing more is found and it is recommended."""
    course = player(furnished_world, preschool_inclusion.RECOGNITION, choose={"recommendation": "held_back"})
    course.until("recommendation")
    course._play(course.case(), course.case().process.stage("recommendation"))
    assert course.until("declaration").status is CaseStatus.OPEN
    course.choose = {}
    assert course.to_the_end().outcome is CaseOutcome.RECOGNISED
    assert course.went.count("declaration") == course.went.count("recommendation") + 1 == 2


@pytest.mark.parametrize(
    ("choose", "outcome"),
    [
        ({"declaration": "not_this_year"}, CaseOutcome.NOT_DECLARED),
        ({"indicator_review": "failed"}, CaseOutcome.NOT_RECOGNISED),
        ({"national_decision": "not_recognised"}, CaseOutcome.NOT_RECOGNISED),
    ],
)
def test_not_every_district_is_recognised(furnished_world: World, choose: dict[str, str], outcome: CaseOutcome) -> None:
    course = player(furnished_world, balanced_education.RECOGNITION, choose=choose)
    assert course.to_the_end().outcome is outcome
    assert course.went[-1] == next(iter(choose))


def test_a_title_is_lost_when_the_level_falls_and_does_not_rise_again(furnished_world: World) -> None:
    choose = {"monitoring": "declined", "recheck": "revoked"}
    course = player(furnished_world, balanced_education.RECHECK, choose=choose)
    assert course.until("rectification_plan").talk_alive, "水平下降"
    assert course.to_the_end().outcome is CaseOutcome.REVOKED


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        ("slow", "circular"),
        ("typical", "exposure"),
        ("hardship", "support"),
        ("neglect", "talk"),
        ("harm", "accountability"),
    ],
)
def test_what_a_half_month_shows_is_proposed_and_put_right(furnished_world: World, outcome: str, kind: str) -> None:
    course = player(furnished_world, double_reduction.PROCESS, choose={"ranking": outcome})
    assert course.to_the_end().outcome is CaseOutcome.RECTIFIED
    assert furnished_world.rows("SELECT kind, status, trigger, reason <> '' AS why FROM climbs") == [
        {"kind": kind, "status": "proposed", "trigger": outcome, "why": True}
    ]


def test_a_shortfall_of_inspectors_is_filled(furnished_world: World) -> None:
    course = player(furnished_world, responsibility_areas.PROCESS, choose={"compliance": "short"})
    assert course.until("staffing").status is CaseStatus.OPEN
    course.choose = {}
    assert course.to_the_end().outcome is CaseOutcome.DONE
    assert course.went == ["areas", "compliance", "staffing", "compliance"]


def test_where_nothing_is_found_nothing_is_put_right(furnished_world: World) -> None:
    quiet = frozenset({"spot_check", "check"})
    for process, end in zip(term_opening.PROCESSES, ("summary", "check"), strict=True):
        course = player(furnished_world, process, quiet=quiet)
        assert course.to_the_end().outcome is CaseOutcome.EVALUATED
        assert course.went[-1] == end
        assert "rectification" not in course.went
