"""The draw, the teams, whom notices reach, and a year's notice of days off."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from casework.actor import TIME
from casework.hand_in import acknowledge
from casework.inbox import sign
from casework.roster import add_contact, add_inspector, end_contact, subjects_valid_on
from casework.sampling import draw_sample
from casework.standing import suspend
from casework.teams import Member, recusals
from casework.workdays import import_notice, parse_notice
from process.calendar import SHANGHAI
from process.errors import InvalidCalendar, InvalidInput, NotFound, SampleAlreadyDrawn, SampleTooLarge
from process.vocabulary import Position, RecusalGround, TeamRole
from tests.world import World

DISTRICT, OTHER = "CQ-500103", "CQ-500231"


def chosen(world: World) -> list[str]:
    return [row["subject_id"] for row in world.rows("SELECT subject_id FROM cases WHERE sampled ORDER BY subject_id")]


def test_the_draw_is_reproducible_and_everybody_learns_their_lot(world: World) -> None:
    world.launch()
    case = world.case(OTHER)
    world.do(suspend, world.coordinator, case.id, case.version, reason="洪灾")
    with pytest.raises(SampleTooLarge):
        world.do(draw_sample, world.coordinator, world.round_id, seed="7", witness="监督人", size=42)
    with pytest.raises(InvalidInput):
        world.do(draw_sample, world.coordinator, world.round_id, seed="7", witness="")
    kept_out = {DISTRICT: "上年已接受实地督查"}
    draw = world.do(draw_sample, world.coordinator, world.round_id, seed="7", witness="监督人", exclude=kept_out)
    assert chosen(world) == draw.chosen
    assert len(draw.chosen) == 8
    assert DISTRICT not in draw.chosen
    assert world.rows("SELECT count(*) AS n FROM cases WHERE sampled IS NULL") == [{"n": 0}], "the suspended one too"
    with pytest.raises(SampleAlreadyDrawn):
        world.do(draw_sample, world.coordinator, world.round_id, seed="7", witness="监督人")
    world.launch(title="另一轮")
    again = world.do(draw_sample, world.coordinator, world.round_id, seed="7", witness="监督人", exclude=kept_out)
    assert again.chosen == draw.chosen


def test_a_cycle_of_five_years_comes_to_everybody(world: World) -> None:
    seen: list[str] = []
    for year in (2018, 2019, 2020, 2021, 2022):
        with world.unit() as session:
            ids = [s.id for s in subjects_valid_on(session, date(2022, 9, 1))]
        world.launch(*ids, title=f"{year}年", year=year)
        draw = world.do(draw_sample, world.coordinator, world.round_id, seed=f"{year}", witness="监督人", rested=5)
        seen += draw.chosen
        assert {one["subject_id"] for one in draw.excluded} == set(seen) - set(draw.chosen)
    assert len(set(seen)) == 40, "eight a year for five years, nobody twice: one of 41 is left"
    world.launch(*ids, title="2023年", year=2023)
    draw = world.do(draw_sample, world.coordinator, world.round_id, seed="2023", witness="监督人", rested=5)
    pool = {one["subject_id"] for one in draw.pool}
    assert pool == (set(ids) - set(seen)) | set(seen[:8]), "who was seen five years ago may be drawn again"


@pytest.mark.parametrize(
    ("ground", "left_on", "forbidden"),
    [
        (RecusalGround.STAFF, None, True),
        (RecusalGround.LEFT_RECENTLY, date(2019, 9, 2), True),
        (RecusalGround.LEFT_RECENTLY, date(2019, 9, 1), False),
        (RecusalGround.RELATIVE_OF_HEAD, None, True),
    ],
)
def test_who_must_not_inspect(world: World, ground: RecusalGround, left_on: date | None, forbidden: bool) -> None:
    with world.unit() as session:
        inspector = add_inspector(session, name="钱某", ties=[(DISTRICT, ground, left_on)]).id or 0
        assert bool(recusals(session, DISTRICT, [inspector], date(2022, 9, 1))) is forbidden
        assert not recusals(session, OTHER, [inspector], date(2022, 9, 1))


def test_nobody_inspects_the_district_they_come_from(world: World) -> None:
    with world.unit() as session:
        inspector = add_inspector(session, name="钱某", home_subject_id=DISTRICT).id or 0
        [tie] = recusals(session, DISTRICT, [inspector], date(2022, 9, 1))
    assert tie.ground is RecusalGround.STAFF
    assert Member(inspector, TeamRole.LEADER).inspector_id == inspector


def test_the_keys_of_notices_never_change_their_form(world: World) -> None:
    world.launch(DISTRICT)
    case = world.case(DISTRICT)
    [contact] = world.rows("SELECT id FROM contacts WHERE subject_id = :s AND position = 'operator'", s=DISTRICT)
    keys = {row["key"] for row in world.rows("SELECT key FROM notices")}
    assert f"r{world.round_id}:c{case.id}:i{case.work_item_id}:1:stage_opened::k{contact['id']}" in keys
    world.now = world.at(date(2022, 9, 6))
    world.act()
    [reminder] = world.rows("SELECT key FROM notices WHERE kind = 'reminder'")
    assert reminder["key"] == (
        f"r{world.round_id}:c{case.id}:i{case.work_item_id}:1:reminder:remind_0@2022-09-06:k{contact['id']}"
    )


def test_whoever_holds_the_position_on_the_day_is_told(world: World) -> None:
    with world.unit() as session:
        [old] = world.rows("SELECT id FROM contacts WHERE subject_id = :s AND position = 'operator'", s=DISTRICT)
        end_contact(session, old["id"], date(2022, 9, 4))
        new = add_contact(
            session, subject_id=DISTRICT, position=Position.OPERATOR, name="新经办人", email="new@yz.example",
            valid_from=date(2022, 9, 5),
        )  # fmt: skip
        new_id = new.id
    world.launch(DISTRICT)
    told = "SELECT contact_id FROM notices WHERE position = 'operator' ORDER BY id"
    assert [row["contact_id"] for row in world.rows(told)] == [old["id"]]
    world.pass_time(date(2022, 9, 5))
    assert [row["contact_id"] for row in world.rows(told)] == [old["id"], new_id]


def test_a_district_without_people_is_news_for_the_coordinator(world: World) -> None:
    with world.unit() as session:
        session.connection().exec_driver_sql("DELETE FROM contacts WHERE subject_id = %s", (DISTRICT,))
    world.launch(DISTRICT)
    rows = world.rows("SELECT kind, user_id, data FROM notices")
    assert [(row["kind"], row["user_id"]) for row in rows] == [("undeliverable", world.coordinator.user_id)]
    assert world.rows("SELECT count(*) AS n FROM deliveries") == [{"n": 0}]


def test_signing_is_done_once_by_whom_it_concerns(world: World) -> None:
    world.launch(DISTRICT, OTHER)
    world.now = world.at(date(2022, 9, 7))
    world.act()
    [notice] = world.rows(
        "SELECT id, climb_id FROM notices WHERE kind = 'urge' AND subject_id = :s AND position = 'operator'", s=DISTRICT
    )
    with pytest.raises(NotFound):
        world.do(sign, world.districts[OTHER], notice["id"])
    world.do(sign, world.districts[DISTRICT], notice["id"])
    [climb] = world.rows("SELECT delivered_at FROM climbs WHERE id = :id", id=notice["climb_id"])
    assert climb["delivered_at"] == world.now, "signed for is delivered"
    first = world.now
    world.now = world.at(date(2022, 9, 8))
    world.do(sign, world.districts[DISTRICT], notice["id"])
    assert world.rows("SELECT signed_at FROM notices WHERE id = :id", id=notice["id"]) == [{"signed_at": first}]


def test_a_years_notice_moves_provisional_dates_later_never_earlier(world: World) -> None:
    world.now = datetime(2026, 12, 1, 10, tzinfo=SHANGHAI)
    world.launch("CQ-500103")
    case = world.case("CQ-500103")
    world.do(acknowledge, world.districts["CQ-500103"], case.id, case.version)
    item = "SELECT due_on, provisional FROM work_items WHERE status = 'open'"
    assert world.rows(item) == [{"due_on": date(2027, 1, 15), "provisional": True}]
    off = "\n".join(f"2027-01-{n},休" for n in range(14, 18))
    with world.unit() as session:
        [moved] = import_notice(session, TIME, world.now, parse_notice(f"日期，类别\n{off}\n2027-01-23,班"), "通知")
    assert moved[1:] == (date(2027, 1, 15), date(2027, 1, 18), True)
    assert world.rows(item) == [{"due_on": date(2027, 1, 18), "provisional": False}]
    assert world.rows("SELECT count(*) AS n FROM notices WHERE kind = 'due_moved'") == [{"n": 2}]


@pytest.mark.parametrize(
    "text",
    ["2027-01-01", "2027-01-01,放", "2027-01-01,休\n2028-01-01,休", "2027-01-04,班", "2027-01-02,休\n2027-01-02,班"],
)
def test_a_notice_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(InvalidCalendar):
        parse_notice(text)
