"""More time, standing still, leaving: extensions, suspension, withdrawal, closing by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from casework.extensions import decide_extension, request_extension
from casework.hand_in import acknowledge
from casework.load import load_case
from casework.standing import close, resume, suspend, withdraw
from casework.steps import complete
from process.errors import (
    CaseNotOpen,
    Conflict,
    ExtensionTooLate,
    HigherSignature,
    InvalidExtension,
    InvalidInput,
    NotAllowed,
    NotFound,
    StaleVersion,
)
from process.vocabulary import Role
from tests.world import World

DISTRICT, OTHER = "CQ-500103", "CQ-500231"


def due_on(world: World, subject: str = DISTRICT) -> date:
    case = world.case(subject)
    found: date = world.rows("SELECT due_on FROM work_items WHERE id = :id", id=case.work_item_id)[0]["due_on"]
    return found


def ask(world: World, until: date, reason: str = "材料未齐") -> int:
    case = world.case(DISTRICT)
    asked = world.do(request_extension, world.districts[DISTRICT], case.id, case.version, due_on=until, reason=reason)
    return int(asked.id)


@pytest.fixture
def evaluating(world: World) -> World:
    """Two districts; the first has signed and evaluates itself until 2022-10-17."""
    world.launch(DISTRICT, OTHER)
    case = world.case(DISTRICT)
    world.do(acknowledge, world.districts[DISTRICT], case.id, case.version)
    return world


def test_granted_on_the_last_day_it_moves_the_due_date_and_reminds_again(evaluating: World) -> None:
    evaluating.now = evaluating.at(date(2022, 10, 17), 16)
    extension = ask(evaluating, date(2022, 10, 31))
    evaluating.do(decide_extension, evaluating.coordinator, extension, grant=True)
    assert due_on(evaluating) == date(2022, 10, 31)
    evaluating.pass_time(date(2022, 10, 31))
    climbed = evaluating.rows(
        "SELECT rung FROM climbs k JOIN work_items w ON w.id = k.work_item_id "
        "WHERE w.stage = 'self_evaluation' AND k.due_on = '2022-10-31' AND k.status = 'climbed' ORDER BY k.id"
    )
    assert [row["rung"] for row in climbed] == ["remind_3", "remind_1", "remind_0"]


def test_what_is_refused(evaluating: World) -> None:
    with pytest.raises(InvalidExtension):
        ask(evaluating, date(2022, 10, 17))
    with pytest.raises(InvalidExtension, match="不是工作日"):
        ask(evaluating, date(2022, 10, 22))
    with pytest.raises(InvalidInput):
        ask(evaluating, date(2022, 10, 31), reason=" ")
    extension = ask(evaluating, date(2022, 10, 31))
    with pytest.raises(Conflict):
        ask(evaluating, date(2022, 10, 31))
    with pytest.raises(NotAllowed):
        evaluating.do(decide_extension, evaluating.districts[DISTRICT], extension, grant=True)
    with pytest.raises(InvalidInput):
        evaluating.do(decide_extension, evaluating.coordinator, extension, grant=False)
    evaluating.do(decide_extension, evaluating.coordinator, extension, grant=False, note="时间充足")
    assert due_on(evaluating) == date(2022, 10, 17)
    evaluating.now = evaluating.at(date(2022, 10, 18))
    with pytest.raises(ExtensionTooLate):
        ask(evaluating, date(2022, 10, 31))


def test_a_suspended_case_is_left_alone_and_loses_no_days(evaluating: World) -> None:
    case = evaluating.case(DISTRICT)
    evaluating.do(suspend, evaluating.coordinator, case.id, case.version, reason="洪灾")
    before = evaluating.rows("SELECT count(*) AS n FROM climbs WHERE case_id = :id", id=case.id)
    evaluating.pass_time(date(2022, 10, 20))
    assert evaluating.rows("SELECT count(*) AS n FROM climbs WHERE case_id = :id", id=case.id) == before
    with pytest.raises(CaseNotOpen):
        ask(evaluating, date(2022, 12, 1))
    case = evaluating.case(DISTRICT)
    evaluating.do(resume, evaluating.coordinator, case.id, case.version, reason="恢复")
    assert due_on(evaluating) > date(2022, 11, 15)


def test_leaving_needs_a_reason_and_the_last_one_closes_the_round(evaluating: World) -> None:
    first, second = evaluating.case(DISTRICT), evaluating.case(OTHER)
    with pytest.raises(InvalidInput):
        evaluating.do(withdraw, evaluating.coordinator, first.id, first.version, reason="")
    with pytest.raises(NotAllowed):
        evaluating.do(close, evaluating.districts[DISTRICT], first.id, first.version, reason="x")
    evaluating.do(withdraw, evaluating.coordinator, first.id, first.version, reason="区划调整")
    assert evaluating.rows("SELECT status FROM rounds") == [{"status": "open"}]
    evaluating.do(close, evaluating.coordinator, second.id, second.version, reason="合并办理")
    assert evaluating.rows("SELECT status FROM rounds") == [{"status": "closed"}]
    with pytest.raises(CaseNotOpen):
        evaluating.do(suspend, evaluating.coordinator, first.id, None, reason="x")


def test_a_stale_view_and_a_strangers_view_are_told_apart(evaluating: World) -> None:
    case = evaluating.case(OTHER)
    with pytest.raises(NotFound):
        evaluating.do(acknowledge, evaluating.districts[DISTRICT], case.id, case.version)
    with pytest.raises(StaleVersion):
        evaluating.do(acknowledge, evaluating.districts[OTHER], case.id, case.version + 1)


def test_more_time_granted_to_who_is_late_excuses_the_slip_and_the_next_one_climbs_anew(evaluating: World) -> None:
    """Asked for on the due day, granted a week later: the warnings are remembered, but count no longer."""
    evaluating.now = evaluating.at(date(2022, 10, 17), 16)
    extension = ask(evaluating, date(2022, 11, 7))
    evaluating.pass_time(date(2022, 10, 25))
    assert warnings(evaluating) == [("urge", "climbed", False), ("supervise", "climbed", False)]
    evaluating.do(decide_extension, evaluating.manager, extension, grant=True)
    assert warnings(evaluating) == [("urge", "climbed", True), ("supervise", "climbed", True)]
    evaluating.pass_time(date(2022, 11, 8))
    assert warnings(evaluating)[2:] == [("urge", "climbed", False)]
    told = evaluating.rows(
        "SELECT count(DISTINCT n.id) AS notices, count(DISTINCT l.id) AS letters FROM climbs k "
        "JOIN notices n ON n.climb_id = k.id JOIN letters l ON l.id = n.letter_id WHERE k.kind = 'urge'"
        "AND k.case_id = :case GROUP BY k.id ORDER BY k.id",
        case=evaluating.case(DISTRICT).id,
    )
    assert [row["letters"] for row in told] == [1, 1]
    assert told[0]["notices"] == told[1]["notices"] > 0


def test_a_proposal_for_lateness_lapses_when_more_time_is_granted(evaluating: World) -> None:
    evaluating.now = evaluating.at(date(2022, 10, 17), 16)
    extension = ask(evaluating, date(2022, 11, 30))
    for _ in range(3):
        evaluating.pass_time(evaluating.now.date() + timedelta(days=7))
        with evaluating.unit() as session:
            session.connection().exec_driver_sql("UPDATE climbs SET delivered_at = at WHERE status = 'climbed'")
    assert ("circular", "proposed", False) in warnings(evaluating)
    evaluating.do(decide_extension, evaluating.manager, extension, grant=True)
    assert ("circular", "lapsed", True) in warnings(evaluating)


def test_a_long_extension_needs_the_higher_signature_and_so_does_the_second(evaluating: World) -> None:
    """Ten working days from 2022-10-17 end on 10-31. There is no third."""
    deputy = replace(evaluating.coordinator, deputy_for=((Role.MANAGER, "主任乙"),))
    long = ask(evaluating, date(2022, 11, 1))
    with pytest.raises(HigherSignature):
        evaluating.do(decide_extension, evaluating.coordinator, long, grant=True)
    evaluating.do(decide_extension, evaluating.manager, long, grant=False, note="过长")
    evaluating.do(decide_extension, evaluating.coordinator, ask(evaluating, date(2022, 10, 31)), grant=True)
    second = ask(evaluating, date(2022, 11, 1))
    with pytest.raises(HigherSignature):
        evaluating.do(decide_extension, evaluating.coordinator, second, grant=True)
    evaluating.do(decide_extension, deputy, second, grant=True)
    with pytest.raises(Conflict):
        evaluating.do(decide_extension, evaluating.manager, second, grant=True)
    assert due_on(evaluating) == date(2022, 11, 1)
    with pytest.raises(InvalidExtension, match="最多延期2次"):
        ask(evaluating, date(2022, 11, 2))


def test_a_request_for_more_time_ends_with_what_it_was_for(world: World) -> None:
    world.launch(DISTRICT)
    asked = ask(world, date(2022, 9, 9))
    case = world.case(DISTRICT)
    world.do(acknowledge, world.districts[DISTRICT], case.id, case.version)
    assert world.rows("SELECT status FROM extensions") == [{"status": "lapsed"}]
    with pytest.raises(Conflict):
        world.do(decide_extension, world.coordinator, asked, grant=True)


def earlier_slips(world: World) -> int:
    """Earlier items of the first district that were late."""
    with world.unit() as session:
        return load_case(session, world.coordinator, world.case(DISTRICT).id or 0, None).late_before


@pytest.mark.parametrize("forgiven", [False, True])
def test_an_excused_slip_is_not_the_first_of_two(world: World, forgiven: bool) -> None:
    world.launch(DISTRICT)
    world.now = world.at(date(2022, 9, 6), 10)
    asked = ask(world, date(2022, 9, 16))
    world.pass_time(date(2022, 9, 8))
    assert warnings(world) == [("urge", "climbed", False)]
    world.do(decide_extension, world.coordinator, asked, grant=forgiven, note="已研究")
    case = world.case(DISTRICT)
    world.do(acknowledge, world.districts[DISTRICT], case.id, case.version)
    assert earlier_slips(world) == (0 if forgiven else 1)


def test_the_offices_own_lateness_is_no_slip_of_the_district(world: World) -> None:
    world.launch(DISTRICT)
    with world.unit() as session:
        connection = session.connection()
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        connection.exec_driver_sql("UPDATE cases SET stage = 'formal_review'")
        connection.exec_driver_sql("UPDATE work_items SET stage = 'formal_review', owner = 'coordinator'")
    world.pass_time(date(2022, 9, 8))
    assert warnings(world) == [("urge", "climbed", False)]
    case = world.case(DISTRICT)
    sent_back = {"stage": "formal_review", "outcome": "returned", "reason": "缺材料"}
    world.do(complete, world.coordinator, case.id, case.version, **sent_back)
    assert earlier_slips(world) == 0


def warnings(world: World) -> list[tuple[str, str, bool]]:
    """What was climbed because the first district was late: rung, status, whether excused."""
    rows = world.rows(
        "SELECT k.rung, k.status, k.excused_at IS NOT NULL AS excused FROM climbs k "
        "WHERE k.case_id = :case AND k.kind <> 'reminder' AND k.status <> 'collapsed' ORDER BY k.id",
        case=world.case(DISTRICT).id,
    )
    return [(row["rung"], row["status"], row["excused"]) for row in rows]
