"""Parts of a case: assigned to units, followed like any other case, waited for by the stage that needs them."""

from __future__ import annotations

from datetime import date

import pytest

from casework.hand_in import upload
from casework.load import load_case
from casework.parts import NewPart, assign_parts, withdraw_part
from casework.standing import withdraw
from casework.steps import complete
from process.errors import Conflict, ExpiredSubject, InvalidInput, NotAllowed, NotFound, RequirementUnmet
from process.vocabulary import CaseStatus
from tests.casework import upward
from tests.world import World

DISTRICT, OTHER = "CQ-500106", "CQ-500107"


def begun(world: World) -> int:
    upward.launched(world, DISTRICT, first="collect")
    return world.case(DISTRICT).id or 0


def assigned(world: World, case_id: int, *parts: NewPart) -> list[int]:
    made: list[int] = world.do(assign_parts, world.coordinator, case_id, None, parts)
    return made


def done(world: World, part: int, by: object) -> None:
    paper = {"deliverable": "result", "filename": "办理情况.txt", "content": "已办理".encode(), "max_bytes": 1000}
    world.do(upload, by, part, **paper)
    world.do(complete, by, part, None, stage="undertaking", outcome="submitted")
    world.do(complete, world.coordinator, part, None, stage="closing_check", outcome="accepted")


def collect(world: World, case_id: int) -> None:
    world.do(complete, world.coordinator, case_id, None, stage="collect", outcome="collected")


def test_the_stage_waits_for_every_part(world: World) -> None:
    case_id, treasury = begun(world), upward.department(world)
    with pytest.raises(RequirementUnmet, match="尚未分解交办"):
        collect(world, case_id)
    first, second = assigned(
        world, case_id, NewPart(treasury.subject_id or "", "提供经费数据"), NewPart(OTHER, "提供学校数据", "分学段")
    )
    with pytest.raises(RequirementUnmet, match="还有2项"):
        collect(world, case_id)
    done(world, first, treasury)
    world.do(withdraw_part, world.coordinator, second, None, reason="已从年报取得")
    collect(world, case_id)
    assert world.case(DISTRICT).stage == "entry"
    kinds = [row["kind"] for row in world.rows("SELECT kind FROM events WHERE case_id = :c ORDER BY id", c=case_id)]
    assert kinds.count("part_assigned") == 2
    assert "part_withdrawn" in kinds


def test_a_part_is_due_with_its_stage_unless_earlier(world: World) -> None:
    case_id = begun(world)
    soon = date(2022, 10, 14)
    parts = assigned(world, case_id, NewPart(OTHER, "数据"), NewPart(OTHER, "佐证", due_on=soon))
    rows = world.rows("SELECT due_on FROM work_items WHERE case_id = ANY(:p) ORDER BY case_id", p=parts)
    assert [row["due_on"] for row in rows] == [date(2022, 11, 30), soon]
    for wrong in (date(2022, 12, 1), date(2022, 8, 31)):
        with pytest.raises(InvalidInput) as error:
            assigned(world, case_id, NewPart(OTHER, "又一项", due_on=wrong))
        assert error.value.field == "due_on"


def test_the_unit_is_told_and_sees_its_part_alone(world: World) -> None:
    case_id, treasury = begun(world), upward.department(world)
    mine, theirs = assigned(
        world, case_id, NewPart(treasury.subject_id or "", "提供经费数据"), NewPart(OTHER, "提供学校数据")
    )
    [notice] = world.rows("SELECT kind, position FROM notices WHERE subject_id = :s", s=treasury.subject_id)
    assert tuple(notice.values()) == ("matter_opened", "liaison")
    with world.unit() as session:
        assert load_case(session, treasury, mine, None).matter.startswith("提供经费数据（2022年优质均衡申报·沙坪坝区")
        for hidden in (case_id, theirs):
            with pytest.raises(NotFound):
                load_case(session, treasury, hidden, None)


def test_nobody_is_given_the_same_twice_but_may_be_again(world: World) -> None:
    case_id = begun(world)
    [part] = assigned(world, case_id, NewPart(OTHER, "数据"))
    with pytest.raises(Conflict):
        assigned(world, case_id, NewPart(OTHER, "数据"))
    world.do(withdraw_part, world.coordinator, part, None, reason="口径有误")
    [again] = assigned(world, case_id, NewPart(OTHER, "数据"))
    [row] = world.rows("SELECT matter FROM cases WHERE id = :id", id=again)
    assert row["matter"].endswith("（第2次）")


def test_only_the_office_assigns_to_others(world: World) -> None:
    case_id = begun(world)
    # To an inspector what is scored blind does not exist.
    for actor, error in ((world.inspector, NotFound), (world.districts[DISTRICT], NotAllowed)):
        with pytest.raises(error):
            world.do(assign_parts, actor, case_id, None, [NewPart(OTHER, "数据")])
    with pytest.raises(NotFound):
        world.do(assign_parts, world.districts[OTHER], case_id, None, [NewPart(OTHER, "数据")])
    with pytest.raises(ExpiredSubject):
        assigned(world, case_id, NewPart("nobody", "数据"))
    with pytest.raises(NotFound):
        world.do(withdraw_part, world.coordinator, case_id, None, reason="不是分解任务")


def test_who_takes_the_case_out_takes_its_parts_out(world: World) -> None:
    case_id = begun(world)
    [part] = assigned(world, case_id, NewPart(OTHER, "数据"))
    world.do(withdraw, world.coordinator, case_id, None, reason="本年不申报")
    [row] = world.rows("SELECT status FROM cases WHERE id = :id", id=part)
    assert row["status"] == CaseStatus.WITHDRAWN
