"""A team by lot: reproducible from the record, nobody who must keep out, those in fewer teams first."""

from __future__ import annotations

import pytest

from casework.roster import add_inspector
from casework.teams import draw_team
from process.drawing import drawn
from process.errors import InvalidInput, NotAllowed, TeamTooSmall
from process.vocabulary import RecusalGround
from tests.casework import upward
from tests.world import World

DISTRICTS = ("CQ-500106", "CQ-500107", "CQ-500108", "CQ-500109")


def team(world: World, subject: str) -> list[tuple[int, str]]:
    rows = world.rows(
        "SELECT inspector_id, role FROM team_members WHERE case_id = :c ORDER BY role, inspector_id",
        c=world.case(subject).id,
    )
    return [(row["inspector_id"], row["role"]) for row in rows]


def test_the_team_can_be_drawn_again_from_the_record(world: World) -> None:
    upward.inspected(world, *DISTRICTS)
    with world.unit() as session:
        home = add_inspector(session, name="本区督学", home_subject_id=DISTRICTS[0]).id
        tied = add_inspector(session, name="近亲属", ties=[(DISTRICTS[0], RecusalGround.FAMILY_EMPLOYED, None)]).id
    for subject in DISTRICTS:
        case = world.case(subject)
        world.do(draw_team, world.coordinator, case.id, case.version, seed="20220901")
        [event] = world.rows("SELECT data FROM events WHERE case_id = :c AND kind = 'team_composed'", c=case.id)
        data = event["data"]
        load = {int(one): n for one, n in data["load"].items()}
        leader, *others = drawn(f"20220901/{case.id}", data["pool"], 3, load)
        assert team(world, subject) == [(leader, "leader"), *((one, "member") for one in sorted(others))]
        assert world.case(subject).stage == "report"
        assert ({home, tied} <= set(data["kept_out"])) is (subject == DISTRICTS[0])
    taken = [row["n"] for row in world.rows("SELECT count(*) AS n FROM team_members GROUP BY inspector_id")]
    assert max(taken) == 1, "fourteen inspectors are enough for four teams"


def test_what_is_refused(world: World) -> None:
    upward.inspected(world, DISTRICTS[0])
    case = world.case(DISTRICTS[0])
    with world.unit() as session:
        add_inspector(session, name="学前督学", expertise="学前教育")
    with pytest.raises(InvalidInput) as error:
        world.do(draw_team, world.coordinator, case.id, None, seed=" ")
    assert error.value.field == "seed"
    with pytest.raises(TeamTooSmall, match="只有1名"):
        world.do(draw_team, world.coordinator, case.id, None, seed="一", expertise="学前")
    with pytest.raises(TeamTooSmall):
        world.do(draw_team, world.coordinator, case.id, None, seed="一", size=2)
    with pytest.raises(NotAllowed):
        world.do(draw_team, world.inspector, case.id, None, seed="一")
    world.do(draw_team, world.coordinator, case.id, None, seed="一", size=5)
    assert len(team(world, DISTRICTS[0])) == 5
