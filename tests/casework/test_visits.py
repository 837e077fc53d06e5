"""Monthly visits: the matrix, writing visits down, reminding, telling districts, and the case that follows."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import text

from casework.actor import TIME
from casework.steps import complete
from casework.visits import Checked, NewVisit, record_visit, record_visits
from casework.visits_calendar import set_term
from casework.visits_check import open_cases, remind, settle, tell_short
from casework.visits_matrix import Made, make_month, stages_of
from db.tables import InspectorTie
from process.errors import (
    DudaoError,
    InvalidInput,
    MonthNotCounted,
    NotAllowed,
    NotASchoolDay,
    NotFound,
    RecusalRequired,
    VisitInFuture,
    VisitRecorded,
)
from process.visits import Look
from process.vocabulary import RecusalGround, SchoolStage, Season
from tests.schools import DISTRICT, OTHER, Schools
from tests.world import World

SEPTEMBER, OCTOBER = date(2022, 9, 1), date(2022, 10, 1)
FINE = {"homework": Checked(look=Look.FINE)}


@pytest.fixture
def schools(world: World) -> Schools:
    """The world in mid-September, ready to get schools."""
    world.now = world.at(date(2022, 9, 14), 10)
    return Schools(world)


def made(world: World, month: date = SEPTEMBER, **more: object) -> Made:
    return world.do(lambda session, actor, now: make_month(session, actor, now, month, **more), world.coordinator)


def cells(world: World, month: date = SEPTEMBER) -> dict[str, tuple[int | None, date | None]]:
    rows = world.rows(
        "SELECT school_id, inspector_id, visited_on FROM visit_duties WHERE month = :m ORDER BY 1", m=month
    )
    return {row["school_id"]: (row["inspector_id"], row["visited_on"]) for row in rows}


def visit(school: str, on: date = date(2022, 9, 14), **more: object) -> NewVisit:
    return NewVisit.model_validate({"school_id": school, "visited_on": on, "checked": FINE, **more})


# The matrix


def test_every_school_of_compulsory_education_is_owed_a_visit(schools: Schools) -> None:
    inspector, _ = schools.inspector()
    [primary] = schools.add(inspector=inspector)
    [nine] = schools.add(stage=SchoolStage.NINE_YEAR)
    [kindergarten] = schools.add(stage=SchoolStage.KINDERGARTEN)
    assert made(schools.world) == Made(added=2)
    assert cells(schools.world) == {primary: (inspector, None), nine: (None, None)}
    assert made(schools.world) == Made(), "making it again changes nothing"
    assert made(schools.world, stages=stages_of(all_schools=True)) == Made(added=1)
    assert kindergarten in cells(schools.world)


def test_a_month_that_does_not_count_has_no_cells(schools: Schools) -> None:
    schools.add()
    for month in (date(2022, 7, 1), date(2022, 8, 1), date(2031, 3, 1)):
        with pytest.raises(MonthNotCounted):
            made(schools.world, month)


def test_a_school_that_opens_or_closes_owes_the_months_in_which_it_has_ten_school_days(schools: Schools) -> None:
    [opened_late] = schools.add(valid_from=date(2022, 9, 20))
    [closed_early] = schools.add(valid_to=date(2022, 9, 9))
    [opened] = schools.add(valid_from=date(2022, 9, 1))
    [closing] = schools.add(valid_to=date(2022, 9, 30))
    made(schools.world)
    assert set(cells(schools.world)) == {opened, closing}
    made(schools.world, OCTOBER)
    assert set(cells(schools.world, OCTOBER)) == {opened, opened_late}
    assert closed_early not in cells(schools.world, OCTOBER)


def test_the_inspector_follows_until_the_visit_is_made(schools: Schools) -> None:
    world = schools.world
    first, actor = schools.inspector()
    second, _ = schools.inspector("责任督学乙")
    a, b = schools.add(n=2, inspector=first)
    made(world)
    world.do(record_visit, actor, visit(a))
    with world.unit() as session:
        session.execute(text("UPDATE responsible_inspectors SET to_day = '2022-09-14'"))
        session.execute(
            text(
                "INSERT INTO responsible_inspectors (inspector_id, school_id, from_day) "
                "SELECT :i, school_id, '2022-09-15' FROM responsible_inspectors"
            ),
            {"i": second},
        )
    world.now += timedelta(days=1)
    assert made(world) == Made(changed=1)
    assert cells(world) == {a: (first, date(2022, 9, 14)), b: (second, None)}
    world.now = world.at(date(2022, 10, 20))
    assert made(world) == Made(), "a month gone by keeps its last day's inspector"


def test_what_is_no_longer_owed_goes_and_what_was_visited_stays(schools: Schools) -> None:
    world = schools.world
    inspector, actor = schools.inspector()
    visited, closed = schools.add(n=2, inspector=inspector)
    made(world)
    world.do(record_visit, actor, visit(visited))
    with world.unit() as session:
        session.execute(text("UPDATE subjects SET valid_to = '2022-09-05' WHERE id LIKE '%-S%'"))
    assert made(world) == Made(removed=1)
    assert set(cells(world)) == {visited}
    assert closed not in cells(world)


def test_a_visit_written_down_before_the_cell_was_made_counts(schools: Schools) -> None:
    inspector, actor = schools.inspector()
    [school] = schools.add(inspector=inspector)
    schools.world.do(record_visit, actor, visit(school))
    made(schools.world)
    assert cells(schools.world) == {school: (inspector, date(2022, 9, 14))}


def test_a_term_that_is_entered_changes_which_months_count(schools: Schools) -> None:
    world = schools.world
    schools.add()
    with world.unit() as session:
        set_term(session, world.coordinator, year=2022, season=Season.SPRING, starts_on=date(2022, 2, 10),
                 ends_on=date(2022, 7, 8), source="校历")  # fmt: skip
    assert made(world, date(2022, 2, 1)).added == 1
    with world.unit() as session, pytest.raises(NotAllowed):
        set_term(session, world.inspector, year=2022, season=Season.SPRING, starts_on=date(2022, 2, 10),
                 ends_on=date(2022, 7, 8), source="校历")  # fmt: skip


# Writing visits down


def test_an_inspector_marks_the_cell_from_where_they_stand(schools: Schools) -> None:
    world = schools.world
    inspector, actor = schools.inspector()
    [school] = schools.add(inspector=inspector)
    made(world)
    checked = {"homework": Checked(look=Look.PROBLEM, remark="作业超量"), "fees": Checked(look=Look.FINE)}
    world.do(record_visit, actor, visit(school, checked=checked, note="看了3个班"))
    assert cells(world) == {school: (inspector, date(2022, 9, 14))}
    [row] = world.rows("SELECT * FROM school_visits")
    assert row["checked"]["homework"] == {"look": "problem", "remark": "作业超量"}
    assert (row["month"], row["recorded_by"], row["hazard"]) == (SEPTEMBER, actor.user_id, False)
    assert world.rows("SELECT * FROM notices") == []


REFUSED = [
    ({"on": date(2022, 9, 15)}, VisitInFuture),
    ({"on": date(2022, 8, 10)}, NotASchoolDay),
    ({"on": date(2022, 9, 10)}, NotASchoolDay),
    ({"month": date(2022, 10, 1)}, InvalidInput),
    ({"month": date(2022, 6, 1)}, InvalidInput),
    ({"checked": {}}, InvalidInput),
    ({"checked": {"nonsense": {"look": "fine"}}}, InvalidInput),
    ({"checked": {"fees": {"look": "problem"}}}, InvalidInput),
]


@pytest.mark.parametrize(("more", "error"), REFUSED)
def test_what_cannot_be_a_visit_is_refused(schools: Schools, more: dict[str, object], error: type[DudaoError]) -> None:
    inspector, actor = schools.inspector()
    [school] = schools.add(inspector=inspector)
    made(schools.world)
    with pytest.raises(error):
        schools.world.do(record_visit, actor, visit(school, **more))
    assert cells(schools.world) == {school: (inspector, None)}


def test_the_same_visit_twice_is_refused(schools: Schools) -> None:
    inspector, actor = schools.inspector()
    [school] = schools.add(inspector=inspector)
    schools.world.do(record_visit, actor, visit(school))
    with pytest.raises(VisitRecorded):
        schools.world.do(record_visit, actor, visit(school))


@pytest.mark.parametrize("ground", [RecusalGround.STAFF, RecusalGround.FAMILY_EMPLOYED, RecusalGround.LEFT_RECENTLY])
def test_nobody_inspects_a_school_they_are_tied_to(schools: Schools, ground: RecusalGround) -> None:
    world = schools.world
    inspector, actor = schools.inspector()
    [school] = schools.add(inspector=inspector)
    with world.unit() as session:
        left = date(2020, 1, 1) if ground is RecusalGround.LEFT_RECENTLY else None
        session.add(InspectorTie(inspector_id=inspector, subject_id=school, ground=ground, left_on=left))
    with pytest.raises(RecusalRequired, match=ground.title_zh):
        world.do(record_visit, actor, visit(school))
    if ground is RecusalGround.LEFT_RECENTLY:
        world.now = world.at(date(2023, 1, 5))
        world.do(record_visit, actor, visit(school, date(2023, 1, 4)))


def test_who_writes_down_whose_visits(schools: Schools) -> None:
    world = schools.world
    mine, actor = schools.inspector()
    theirs, other = schools.inspector("责任督学乙")
    [school] = schools.add(inspector=mine)
    schools.add(OTHER, inspector=theirs)
    district, stranger = world.districts[DISTRICT], world.districts[OTHER]
    for who, visitor, error in (
        (other, theirs, NotAllowed),  # answers for no school of that district
        (actor, theirs, NotFound),  # nobody speaks for another
        (world.inspector, None, NotFound),  # an account without an inspector
        (stranger, mine, NotFound),  # another district's school is not there
        (district, theirs, NotAllowed),
        (district, None, NotFound),
    ):
        with pytest.raises(error):
            world.do(record_visit, who, visit(school, inspector_id=visitor))
    world.do(record_visit, district, visit(school, date(2022, 9, 5), inspector_id=mine))
    world.do(record_visit, world.coordinator, visit(school, date(2022, 9, 6), inspector_id=theirs))
    assert len(world.rows("SELECT FROM school_visits")) == 2


def test_a_hazard_is_told_the_same_day(schools: Schools) -> None:
    world = schools.world
    inspector, actor = schools.inspector()
    [school] = schools.add(inspector=inspector)
    world.do(record_visit, actor, visit(school, hazard=True, note="围墙开裂"))
    told = world.rows(
        "SELECT n.position, u.username, n.data, d.next_attempt_at, d.mode FROM notices n "
        "LEFT JOIN users u ON u.id = n.user_id JOIN deliveries d ON d.notice_id = n.id AND d.channel = 'email' "
        "WHERE n.kind = 'visit_hazard' ORDER BY n.position"
    )
    assert [row["position"] or row["username"] for row in told] == [
        "commission_head", "office_head", "operator", "coordinator",
    ]  # fmt: skip
    assert all(row["next_attempt_at"] == world.now and row["mode"] == "at_once" for row in told)
    assert told[0]["data"]["note"] == "围墙开裂"


def test_a_list_is_written_down_whole_or_not_at_all(schools: Schools) -> None:
    world = schools.world
    inspector, _ = schools.inspector()
    ids = schools.add(n=5, inspector=inspector)
    made(world)
    district = world.districts[DISTRICT]
    rows = [visit(id_, inspector_id=inspector) for id_ in ids]
    bad = [*rows, visit(ids[0], date(2022, 9, 20), inspector_id=inspector)]
    refused = world.do(record_visits, district, bad)
    assert (refused.written, [(one.line, one.code) for one in refused.refused]) == (0, [(6, "visit_in_future")])
    assert world.rows("SELECT FROM school_visits") == []
    assert world.do(record_visits, district, rows, dry=True).written == 5
    assert world.rows("SELECT FROM school_visits") == []
    assert world.do(record_visits, district, [*rows, rows[0]]).written == 5
    assert all(visited == date(2022, 9, 14) for _, visited in cells(world).values())
    again = world.do(record_visits, district, [*rows, visit(ids[0], date(2022, 9, 5), inspector_id=inspector)])
    assert (again.written, again.known) == (1, 5)
    assert cells(world)[ids[0]] == (inspector, date(2022, 9, 5)), "the first visit of the month"


# What follows


def test_who_owes_visits_is_reminded_once_in_the_last_third(schools: Schools) -> None:
    world = schools.world
    diligent, actor = schools.inspector("勤")
    late, _ = schools.inspector("迟")
    absent, _ = schools.inspector("无账号", account=False)
    [done] = schools.add(inspector=diligent)
    schools.add(n=12, inspector=late)
    schools.add(OTHER, n=2, inspector=absent)
    schools.add(OTHER)
    made(world)
    world.do(record_visit, actor, visit(done))
    assert not world.do(lambda session, _, now: remind(session, now, SEPTEMBER), TIME)
    for day in (date(2022, 9, 23), date(2022, 9, 26)):
        world.now = world.at(day)
        assert world.do(lambda session, _, now: remind(session, now, SEPTEMBER), TIME)
    told = world.rows(
        "SELECT u.username, n.subject_id, n.position, n.data FROM notices n LEFT JOIN users u ON u.id = n.user_id "
        "WHERE n.kind = 'visit_reminder' ORDER BY n.user_id NULLS LAST"
    )
    assert [(row["username"], row["subject_id"], row["position"], row["data"]["owed"]) for row in told] == [
        ("迟", None, None, 12),
        (None, OTHER, "operator", 3),
    ]
    assert len(told[0]["data"]["schools"]) == 10
    assert told[0]["data"]["until"] == "2022-09-30"


def follow(world: World, day: date) -> tuple[int, int, int]:
    """A day's run after the month: closed, told, opened."""
    world.now = world.at(day)
    with world.unit() as session:
        return settle(session, world.now), tell_short(session, world.now), open_cases(session, world.now)


def test_a_district_is_told_what_is_missing_and_then_has_a_case_that_climbs(schools: Schools) -> None:
    world = schools.world
    inspector, actor = schools.inspector()
    a, b, c = schools.add(n=3, inspector=inspector)
    [elsewhere] = schools.add(OTHER, inspector=inspector)
    made(world)
    world.do(record_visit, actor, visit(a))
    world.do(record_visit, actor, visit(elsewhere))
    assert follow(world, date(2022, 9, 30)) == (0, 0, 0)
    assert follow(world, date(2022, 10, 1)) == (0, 1, 0)
    assert follow(world, date(2022, 10, 2)) == (0, 0, 0), "once"
    told = world.rows("SELECT position, data FROM notices WHERE kind = 'coverage_short' ORDER BY position")
    assert [row["position"] for row in told] == ["office_head", "operator"]
    assert (told[0]["data"]["owed"], told[0]["data"]["missing"], len(told[0]["data"]["schools"])) == (3, 2, 2)
    assert told[0]["data"]["until"] == "2022-10-12"
    assert follow(world, date(2022, 10, 12)) == (0, 0, 0)
    assert follow(world, date(2022, 10, 13)) == (0, 0, 1)
    assert follow(world, date(2022, 10, 14)) == (0, 0, 0)
    [case] = world.rows("SELECT * FROM cases")
    assert (case["subject_id"], case["matter"], case["stage"]) == (DISTRICT, "2022年9月2所学校没有到校督导", "make_up")
    world.pass_time(date(2022, 10, 31))
    assert {row["kind"] for row in world.rows("SELECT kind FROM climbs WHERE status = 'climbed'")} >= {"urge"}

    # Made up for later: the last one closes the case.
    world.do(record_visit, actor, visit(b, date(2022, 10, 20), month=SEPTEMBER))
    [case] = world.rows("SELECT * FROM cases")
    assert case["status"] == "open"
    world.do(record_visit, actor, visit(c, date(2022, 10, 21), month=SEPTEMBER))
    [case] = world.rows("SELECT * FROM cases")
    assert (case["status"], case["outcome"]) == ("closed", "done")
    assert cells(world)[c] == (inspector, date(2022, 10, 21))
    assert not cells(world, OCTOBER), "what makes up for September is no visit of October"


def test_a_district_cannot_say_itself_that_all_is_made_up(schools: Schools) -> None:
    world = schools.world
    schools.add()
    made(world)
    follow(world, date(2022, 10, 1))
    follow(world, date(2022, 10, 13))
    [case] = world.rows("SELECT id, version FROM cases")
    with pytest.raises(NotAllowed):
        world.do(complete, world.districts[DISTRICT], case["id"], case["version"], stage="make_up", outcome="made_up")
