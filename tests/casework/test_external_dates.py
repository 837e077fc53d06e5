"""Days set from above: what waits is re-planned, earlier too, and nobody is moved without being told."""

from __future__ import annotations

from datetime import date

import pytest

from casework.external_dates import set_external_date
from casework.letters import issue_letter
from casework.parts import NewPart, assign_parts
from casework.standing import resume, suspend
from casework.steps import complete
from process.errors import Conflict, InvalidInput, NotAllowed
from process.vocabulary import LetterKind
from tests.casework import upward
from tests.world import World

DISTRICT, OTHER, THIRD = "CQ-500106", "CQ-500107", "CQ-500108"
SOURCE = "国务院教育督导委员会办公室通知"
MOVED = "SELECT c.subject_id, n.data ->> 'from' AS old, n.data ->> 'to' AS new, n.position FROM notices n " \
    "JOIN cases c ON c.id = n.case_id WHERE n.kind = 'external_date' AND n.user_id IS NULL ORDER BY n.id"  # fmt: skip


def written(world: World, stage: str, day: date, source: str = SOURCE) -> list[tuple[int, date, date]]:
    moved = world.do(set_external_date, world.coordinator, world.round_id, stage=stage, on_day=day, source=source).moved
    return list(moved)


def due(world: World, subject: str) -> date:
    [row] = world.rows(
        "SELECT w.due_on FROM cases c JOIN work_items w ON w.id = c.work_item_id WHERE c.round_id = :r "
        "AND c.subject_id = :s", r=world.round_id, s=subject,
    )  # fmt: skip
    day: date = row["due_on"]
    return day


def test_an_earlier_day_moves_what_waits_and_says_so(world: World) -> None:
    upward.launched(world, DISTRICT, OTHER, first="collect")
    assert due(world, DISTRICT) == date(2022, 11, 30)
    moved = written(world, "collect", date(2022, 10, 31))
    assert [days for _, *days in moved] == [[date(2022, 11, 30), date(2022, 10, 24)]] * 2
    assert due(world, DISTRICT) == date(2022, 10, 24)
    told = world.rows(MOVED)
    assert {row["subject_id"] for row in told} == {DISTRICT, OTHER}
    assert {(row["old"], row["new"]) for row in told} == {("2022-11-30", "2022-10-24")}
    kinds = world.rows("SELECT kind FROM events WHERE kind IN ('external_date_set', 'due_moved') ORDER BY id")
    assert [row["kind"] for row in kinds] == ["external_date_set", "due_moved", "due_moved"]


def test_the_same_day_again_moves_nothing(world: World) -> None:
    upward.launched(world, DISTRICT, first="collect")
    written(world, "collect", date(2022, 12, 15))
    said = len(world.rows(MOVED))
    assert written(world, "collect", date(2022, 12, 15)) == []
    assert len(world.rows(MOVED)) == said


def test_a_stage_entered_later_takes_the_day_by_itself(world: World) -> None:
    upward.launched(world, DISTRICT, first="recommend")
    assert written(world, "national", date(2022, 12, 20)) == []
    assert {(row["old"], row["new"]) for row in world.rows(MOVED)} == {(None, None)}
    case = world.case(DISTRICT)
    world.do(issue_letter, world.coordinator, case.id, None, kind=LetterKind.RECOMMENDATION, content="达到要求")
    assert due(world, DISTRICT) == date(2022, 12, 15)


def test_parts_move_with_their_whole(world: World) -> None:
    upward.launched(world, DISTRICT, first="collect")
    case_id = world.case(DISTRICT).id
    early = date(2022, 9, 20)
    parts = world.do(
        assign_parts, world.coordinator, case_id, None, [NewPart(OTHER, "数据"), NewPart(THIRD, "佐证", due_on=early)]
    )
    moved = written(world, "collect", date(2022, 10, 31))
    assert {id_ for id_, *_ in moved} == {case_id, parts[0]}
    rows = world.rows("SELECT due_on FROM work_items WHERE case_id = ANY(:p) ORDER BY case_id", p=parts)
    assert [row["due_on"] for row in rows] == [date(2022, 10, 24), early]
    assert OTHER in {row["subject_id"] for row in world.rows(MOVED)}


def test_nobody_above_waits_for_a_suspension(world: World) -> None:
    upward.launched(world, DISTRICT, first="collect")
    case_id = world.case(DISTRICT).id
    world.do(suspend, world.coordinator, case_id, None, reason="疫情")
    written(world, "collect", date(2022, 10, 31))
    world.now = world.at(date(2022, 9, 20))
    world.do(resume, world.coordinator, case_id, None, reason="缓解")
    assert due(world, DISTRICT) == date(2022, 10, 24)


def test_what_is_refused(world: World) -> None:
    upward.launched(world, DISTRICT, first="collect")
    for stage, day, source, field in (
        ("review", date(2022, 10, 31), SOURCE, "stage"),
        ("nothing", date(2022, 10, 31), SOURCE, "stage"),
        ("collect", date(2022, 8, 31), SOURCE, "on_day"),
        ("collect", date(2022, 10, 31), " ", "source"),
    ):
        with pytest.raises(InvalidInput) as error:
            written(world, stage, day, source)
        assert error.value.field == field
    with pytest.raises(NotAllowed):
        world.do(
            set_external_date, world.inspector, world.round_id, stage="collect", on_day=date(2022, 10, 31), source="x"
        )


def test_a_round_that_is_over_has_no_days_to_set(world: World) -> None:
    upward.launched(world, DISTRICT, first="national")
    world.do(complete, world.coordinator, world.case(DISTRICT).id, None, stage="national", outcome="refused")
    with pytest.raises(Conflict):
        written(world, "national", date(2022, 12, 20))
