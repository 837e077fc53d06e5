"""What the quotas count in a real database, and the warning once a month."""

from __future__ import annotations

from datetime import date
from typing import Any

from casework.definitions import publish
from casework.quotas import YearQuota, warn, year_quotas
from casework.sampling import draw_sample
from db.tables import Inspector, ResponsibleInspector, School, Subject, TeamMember, Training
from flows.district_evaluation import PROCESS
from process.definition import Process, Quota
from process.quotas import QuotaState
from process.vocabulary import QuotaKind, SchoolStage, SubjectKind, TeamRole
from tests.world import World

NAME = "numbers"
YUZHONG, DADUKOU = "CQ-500103", "CQ-500104"


def numbers(*quotas: Quota) -> Process:
    return PROCESS.model_copy(update={"name": NAME, "version": 1, "quotas": quotas, "recurrence": None})


def quota(kind: QuotaKind, **more: Any) -> Quota:
    return Quota(kind=kind, quote="原文", basis="要点", **more)


def stands(world: World, *quotas: Quota, year: int = 2022, today: date | None = None) -> dict[QuotaKind, YearQuota]:
    with world.unit() as session:
        publish(session, [numbers(*quotas)], world.now)
        found = year_quotas(session, year, today or world.now.date())
        return {one.quota.kind: one for one in found if one.process.name == NAME}


def test_every_kind_can_be_asked_of_an_empty_year(world: World) -> None:
    every = [
        quota(kind, by_month=12, by_day=31) if kind is QuotaKind.DONE_BY else quota(kind, minimum=1, years=5)
        for kind in QuotaKind
    ]
    found = stands(world, *every)
    assert set(found) == set(QuotaKind)


def test_districts_on_site_and_the_cover_of_five_years(world: World) -> None:
    with world.unit() as session:
        publish(session, [numbers()], world.now)
    world.launch(title="数字轮次")
    world.do(draw_sample, world.coordinator, world.round_id, seed="1", witness="监督人")
    process = PROCESS.model_copy(
        update={
            "version": 99,
            "quotas": (
                quota(QuotaKind.ON_SITE_A_YEAR, minimum=8, maximum=8),
                quota(QuotaKind.COVERAGE_CYCLE, minimum=1, years=5),
            ),
        }
    )
    with world.unit() as session:
        publish(session, [process], world.now)
        found = {
            o.quota.kind: o for o in year_quotas(session, 2022, world.now.date()) if o.process.name == PROCESS.name
        }
    assert found[QuotaKind.ON_SITE_A_YEAR].judged.state is QuotaState.REACHED
    cover = found[QuotaKind.COVERAGE_CYCLE].judged
    assert cover.state is QuotaState.IN_DANGER, "none has been seen yet, and 8 a year reach 40 of 41"
    assert "0/41" in cover.said


def _school(id_: str, district: str, students: int = 500) -> list[Any]:
    return [
        Subject(id=id_, kind=SubjectKind.SCHOOL, name=f"学校{id_}", parent_id=district, district_id=district),
        School(subject_id=id_, stage=SchoolStage.PRIMARY, students=students),
    ]


def test_inspectors_and_schools(world: World) -> None:
    first, second = world.inspectors[:2]
    with world.unit() as session:
        for n in range(6):
            session.add_all(_school(f"S{n}", YUZHONG, 4000 if n == 5 else 500)[:1])
        session.flush()
        for n in range(6):
            session.add_all(_school(f"S{n}", YUZHONG, 4000 if n == 5 else 500)[1:])
            session.add(ResponsibleInspector(inspector_id=first, school_id=f"S{n}", from_day=date(2022, 1, 1)))
        session.get_one(Inspector, second).full_time = True
        session.get_one(Inspector, second).home_subject_id = YUZHONG
        session.add(Training(inspector_id=first, title="任职培训", held_on=date(2022, 5, 1), hours=40))
    found = stands(
        world,
        quota(QuotaKind.SCHOOLS_PER_INSPECTOR, minimum=3, maximum=5),
        quota(QuotaKind.SCHOOLS_PER_FULL_TIME_INSPECTOR, maximum=5),
        quota(QuotaKind.INSPECTORS_OF_LARGE_SCHOOLS, minimum=1),
        quota(QuotaKind.TRAINING_HOURS, minimum=40),
    )
    assert "6所" in found[QuotaKind.SCHOOLS_PER_INSPECTOR].judged.said
    assert "渝中区（1/2）" in found[QuotaKind.SCHOOLS_PER_FULL_TIME_INSPECTOR].judged.said
    assert "学校S5" in found[QuotaKind.INSPECTORS_OF_LARGE_SCHOOLS].judged.said
    assert f"1/{len(world.inspectors)}" in found[QuotaKind.TRAINING_HOURS].judged.said


def test_a_team_that_is_too_small_is_named(world: World) -> None:
    world.launch(YUZHONG)
    with world.unit() as session:
        session.add(TeamMember(case_id=world.case(YUZHONG).id, inspector_id=world.inspectors[0], role=TeamRole.LEADER))
        process = PROCESS.model_copy(update={"version": 99, "quotas": (quota(QuotaKind.TEAM_SIZE, minimum=3),)})
        publish(session, [process], world.now)
        session.flush()
        (found,) = [o for o in year_quotas(session, 2022, world.now.date()) if o.process.name == PROCESS.name]
    assert found.judged.state is QuotaState.IN_DANGER
    assert "渝中区" in found.judged.said


def test_the_coordinators_are_warned_once_a_month(world: World) -> None:
    with world.unit() as session:
        quotas = (quota(QuotaKind.ON_SITE_A_YEAR, minimum=8, maximum=8),)
        process = PROCESS.model_copy(update={"version": 99, "quotas": quotas})
        publish(session, [process], world.now)
    told = "SELECT data FROM notices WHERE kind = 'quota_warning' AND user_id = :u ORDER BY id"
    world.launch(YUZHONG)
    for day, expected in (
        (date(2022, 9, 1), 0),
        (date(2022, 10, 10), 1),
        (date(2022, 10, 11), 1),
        (date(2022, 11, 1), 2),
    ):
        world.now = world.at(day)
        with world.unit() as session:
            warn(session, world.now)
        rows = world.rows(told, u=world.coordinator.user_id)
        mine = [row for row in rows if any(w["title"] == PROCESS.title for w in row["data"]["warnings"])]
        assert len(mine) == expected, day
