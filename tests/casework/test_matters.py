"""Rounds in which a subject has several cases, and cases that join a round under way."""

from __future__ import annotations

import pytest

from casework.actor import TIME
from casework.launch import launch
from casework.matters import Matter, add_matters
from flows.district_evaluation import PROCESS
from process.errors import Conflict, DudaoError, ExpiredSubject, NoSubjects, NotAllowed, NotFound
from tests.world import World

YUZHONG, DADUKOU = "CQ-500103", "CQ-500104"


def test_a_subject_may_have_several_cases_each_with_its_own_matter(world: World) -> None:
    round_id = world.launch(YUZHONG, matters=[(DADUKOU, "作品甲"), (DADUKOU, " 作品乙 ")])
    rows = world.rows("SELECT subject_id, matter FROM cases WHERE round_id = :r ORDER BY id", r=round_id)
    assert [tuple(row.values()) for row in rows] == [(YUZHONG, ""), (DADUKOU, "作品甲"), (DADUKOU, "作品乙")]
    told = world.rows("SELECT DISTINCT case_id FROM notices WHERE round_id = :r AND kind = 'stage_opened'", r=round_id)
    assert len(told) == 3


def test_the_same_matter_twice_is_refused(world: World) -> None:
    with pytest.raises(DudaoError, match="重复"):
        world.launch(matters=[(DADUKOU, "作品甲"), (DADUKOU, "作品甲 ")])


def test_cases_join_a_round_under_way(world: World) -> None:
    round_id = world.launch(YUZHONG)
    made = world.do(add_matters, world.coordinator, round_id, [Matter(YUZHONG, "第二件"), Matter(DADUKOU, "")])
    rows = world.rows("SELECT id, stage, status FROM cases WHERE id = ANY(:ids) ORDER BY id", ids=made)
    assert [(row["stage"], row["status"]) for row in rows] == [("acknowledgement", "open")] * 2
    with pytest.raises(Conflict, match="第二件"):
        world.do(add_matters, world.coordinator, round_id, [Matter(YUZHONG, "第二件")])
    with pytest.raises(NoSubjects):
        world.do(add_matters, world.coordinator, round_id, [])
    with pytest.raises(ExpiredSubject):
        world.do(add_matters, world.coordinator, round_id, [Matter("CQ-500157", "")])


def test_a_unit_adds_no_case_to_a_supervision_and_none_of_another(world: World) -> None:
    round_id = world.launch(YUZHONG)
    district = world.districts[YUZHONG]
    with pytest.raises(NotAllowed):
        world.do(add_matters, district, round_id, [Matter(YUZHONG, "再评一次")])
    with pytest.raises(NotFound):
        world.do(add_matters, district, round_id, [Matter(DADUKOU, "别人的")])


def test_time_launches_for_the_coordinator_it_names(world: World) -> None:
    with world.unit() as session:
        opened = launch(
            session,
            TIME,
            world.now,
            process_name=PROCESS.name,
            title="日历启动的一轮",
            year=2022,
            subject_ids=[YUZHONG],
            coordinator_id=world.coordinator.user_id,
        )
        assert opened.launched_by is None
        assert opened.coordinator_id == world.coordinator.user_id
    with pytest.raises(NotAllowed), world.unit() as session:
        launch(session, TIME, world.now, process_name=PROCESS.name, title="无人负责", year=2022, subject_ids=[YUZHONG])
