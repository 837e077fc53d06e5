"""Handing over while on leave: whom notices reach, what a deputy may decide, and what is refused."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from casework.accounts import whoever_has
from casework.actor import Actor
from casework.delegations import LONGEST, delegate, in_force, revoke
from casework.measures import Ruling, decide_measure, propose_by_hand
from casework.roster import add_inspector, end_contact
from db.queries.delegations import DelegationState
from db.queries.lines import Wanted, worst_first
from db.queries.rows import Window
from db.queries.sight import Sight
from db.tables import SignIn, TeamMember, User
from process.errors import (
    DelegationOver,
    DelegationOverlaps,
    DeputyAway,
    DudaoError,
    InvalidDelegation,
    InvalidInput,
    NotAllowed,
    NotFound,
    StandsInAlready,
    UnfitDeputy,
)
from process.vocabulary import Role, RungKind, TeamRole
from tests.world import World

DISTRICT, OTHER = "CQ-500103", "CQ-500231"
TODAY, FRIDAY = date(2022, 9, 1), date(2022, 9, 9)


def colleague(world: World, name: str, role: Role, *, active: bool = True) -> Actor:
    """Another account of the office."""
    with world.unit() as session:
        user = User(
            username=name, name=name, role=role, email=f"{len(name)}@office.example", password_hash="-", active=active
        )
        session.add(user)
        session.flush()
        return Actor(user.id, user.name, user.role)


def here(world: World, actor: Actor, now: datetime | None = None) -> Actor:
    """The actor as a request finds them today."""
    token = f"token-{actor.user_id}"
    digest = hashlib.sha256(token.encode()).hexdigest()
    with world.unit() as session:
        if session.get(SignIn, digest) is None:
            until = world.now + timedelta(days=400)
            session.add(SignIn(token_hash=digest, user_id=actor.person, created_at=world.now, expires_at=until))
            session.flush()
        return whoever_has(session, now or world.now, token)


def contact(world: World, position: str, subject: str = DISTRICT) -> int:
    found = world.rows("SELECT id FROM contacts WHERE subject_id = :s AND position = :p", s=subject, p=position)
    return int(found[0]["id"])


def hand_over(world: World, actor: Actor, to: Actor, *, by: Actor | None = None, **more: Any) -> int:
    given = {"first_day": TODAY, "last_day": FRIDAY, "reason": "外出培训", **more}
    return int(world.do(delegate, by or actor, user_id=actor.user_id, to_user_id=to.user_id, **given).id)


def hand_over_contact(world: World, by: Actor, person: int, deputy: int, **more: Any) -> int:
    given = {"first_day": TODAY, "last_day": date(2022, 9, 6), "reason": "休假", **more}
    return int(world.do(delegate, by, contact_id=person, to_contact_id=deputy, **given).id)


def propose(world: World, kind: RungKind = RungKind.CIRCULAR) -> int:
    case = world.case(DISTRICT)
    return int(world.do(propose_by_hand, world.coordinator, case.id, case.version, kind=kind, reason="拒不配合"))


def told(world: World, kind: str, *, contacts: bool = False) -> list[tuple[int, str | None, list[str]]]:
    """Who was told of it, in whose place, with the channels of the copies."""
    rows = world.rows(
        "SELECT n.id, n.user_id, n.contact_id, n.data ->> 'in_place_of' AS instead, "
        "array_remove(array_agg(d.channel::text), NULL) AS channels FROM notices n "
        "LEFT JOIN deliveries d ON d.notice_id = n.id WHERE n.kind = :kind GROUP BY n.id ORDER BY n.id",
        kind=kind,
    )
    whose = "contact_id" if contacts else "user_id"
    return [(row[whose], row["instead"], row["channels"]) for row in rows if row[whose] is not None]


def test_a_contacts_deputy_is_told_until_the_last_day(world: World) -> None:
    operator, deputy = contact(world, "operator"), contact(world, "party_office")
    hand_over_contact(world, world.districts[DISTRICT], operator, deputy)
    world.launch(DISTRICT)
    [row] = world.rows("SELECT name FROM contacts WHERE id = :id", id=operator)
    opened = told(world, "stage_opened", contacts=True)
    assert (deputy, row["name"], ["email"]) in opened
    assert operator not in {person for person, *_ in opened}
    assert world.rows("SELECT subject_id, position FROM notices WHERE contact_id = :id", id=deputy) == [
        {"subject_id": DISTRICT, "position": "operator"}
    ], "it lies in the district's inbox all the same"
    world.pass_time(date(2022, 9, 6))
    assert {person for person, *_ in told(world, "reminder", contacts=True)} == {deputy}
    world.pass_time(date(2022, 9, 7))
    urged = {person for person, *_ in told(world, "urge", contacts=True)}
    assert urged == {operator, contact(world, "office_head")}


def test_a_deputy_who_is_told_anyway_is_told_once(world: World) -> None:
    hand_over_contact(world, world.districts[DISTRICT], contact(world, "operator"), contact(world, "office_head"))
    world.launch(DISTRICT)
    people = [person for person, *_ in told(world, "stage_opened", contacts=True)]
    assert sorted(people) == sorted(contact(world, p) for p in ("office_head", "commission_head", "government_office"))


def test_the_account_keeps_its_inbox_and_the_deputy_has_the_mail(world: World) -> None:
    deputy = colleague(world, "协调员己", Role.COORDINATOR)
    hand_over(world, world.manager, deputy)
    world.launch(DISTRICT)
    propose(world)
    assert told(world, "rung_proposed") == [
        (world.manager.user_id, None, []),
        (deputy.user_id, "主任乙", ["email"]),
    ]
    world.now = world.at(date(2022, 9, 10))
    propose(world, RungKind.EXPOSURE)
    assert told(world, "rung_proposed")[2:] == [(world.manager.user_id, None, ["email"])], "after the last day"


def test_a_deputy_decides_in_the_managers_stead_and_is_written_down_so(world: World) -> None:
    deputy = colleague(world, "协调员己", Role.COORDINATOR)
    world.launch(DISTRICT)
    measure = propose(world)
    assert here(world, deputy).deputy_for == ()
    with pytest.raises(NotAllowed):
        world.do(decide_measure, here(world, deputy), measure, ruling=Ruling.WAIVE, note="已整改")
    hand_over(world, world.manager, deputy, first_day=date(2022, 9, 2))
    with pytest.raises(NotAllowed):
        world.do(decide_measure, here(world, deputy), measure, ruling=Ruling.WAIVE, note="不到时候")
    world.now = world.at(date(2022, 9, 2))
    assert here(world, deputy).deputy_for == ((Role.MANAGER, "主任乙"),)
    with pytest.raises(NotAllowed):
        world.do(decide_measure, here(world, world.coordinator), measure, ruling=Ruling.APPROVE)
    world.do(decide_measure, here(world, deputy), measure, ruling=Ruling.APPROVE)
    events = world.rows("SELECT DISTINCT actor_id, actor_name FROM events WHERE kind = 'rung_approved'")
    assert events == [{"actor_id": deputy.user_id, "actor_name": "协调员己（代主任乙）"}]
    assert world.rows("SELECT decided_by FROM climbs WHERE id = :id", id=measure) == [{"decided_by": deputy.user_id}]


def test_days_are_the_offices_own(world: World) -> None:
    deputy = colleague(world, "协调员己", Role.COORDINATOR)
    hand_over(world, world.manager, deputy, first_day=date(2022, 9, 2))
    for hour, stands_in in (
        (datetime(2022, 9, 1, 15, 59, tzinfo=UTC), False),
        (datetime(2022, 9, 1, 16, 0, tzinfo=UTC), True),
        (datetime(2022, 9, 9, 15, 59, tzinfo=UTC), True),
        (datetime(2022, 9, 9, 16, 0, tzinfo=UTC), False),
    ):
        assert bool(here(world, deputy, hour).deputy_for) is stands_in, hour


def test_one_may_stand_in_for_several(world: World) -> None:
    other = colleague(world, "主任庚", Role.MANAGER)
    deputy = colleague(world, "协调员己", Role.COORDINATOR)
    for person in (world.manager, other, world.coordinator):
        hand_over(world, person, deputy)
    assert sorted(name for _, name in here(world, deputy).deputy_for) == sorted(["主任乙", "主任庚", "协调员甲"])
    with world.unit() as session:
        session.connection().exec_driver_sql("UPDATE users SET active = false WHERE id = %s", (other.user_id,))
    assert len(here(world, deputy).deputy_for) == 2, "nobody stands in for an account that is closed"


def test_ended_early_it_ends_at_once(world: World) -> None:
    deputy = colleague(world, "协调员己", Role.COORDINATOR)
    made = hand_over(world, world.manager, deputy)
    world.launch(DISTRICT)
    with pytest.raises(NotAllowed):
        world.do(revoke, here(world, deputy), made)
    world.do(revoke, world.manager, made)
    assert here(world, deputy).deputy_for == ()
    propose(world)
    assert told(world, "rung_proposed") == [(world.manager.user_id, None, ["email"])]
    with pytest.raises(DelegationOver):
        world.do(revoke, world.manager, made)
    [row] = world.rows("SELECT created_by, created_at, revoked_at FROM delegations")
    assert dict(row) == {"created_by": world.manager.user_id, "created_at": world.now, "revoked_at": world.now}
    hand_over(world, world.manager, deputy)


REFUSED: dict[str, tuple[type[DudaoError], str | None, dict[str, Any]]] = {
    "yesterday": (InvalidDelegation, "first_day", {"first_day": date(2022, 8, 31)}),
    "backwards": (InvalidDelegation, "last_day", {"first_day": FRIDAY, "last_day": TODAY}),
    "too long": (InvalidDelegation, "last_day", {"last_day": TODAY + timedelta(days=LONGEST)}),
    "no reason": (InvalidInput, "reason", {"reason": " "}),
    "nobody": (InvalidInput, "to_user_id", {"to_user_id": None}),
    "a contact": (InvalidInput, None, {"to_contact_id": 1}),
    "unknown": (NotFound, "to_user_id", {"to_user_id": 10**9}),
}


@pytest.mark.parametrize("why", REFUSED)
def test_what_is_filled_in_wrongly_is_refused_by_name(world: World, why: str) -> None:
    error, field, given = REFUSED[why]
    deputy = colleague(world, "协调员己", Role.COORDINATOR)
    whole = {"to_user_id": deputy.user_id, "first_day": TODAY, "last_day": FRIDAY, "reason": "休假", **given}
    with pytest.raises(error) as raised:
        world.do(delegate, world.manager, user_id=world.manager.user_id, **whole)
    assert raised.value.field == field


def test_the_longest_period_is_allowed(world: World) -> None:
    deputy = colleague(world, "协调员己", Role.COORDINATOR)
    hand_over(world, world.coordinator, deputy, last_day=TODAY + timedelta(days=LONGEST - 1))


def test_only_who_fits_stands_in(world: World) -> None:
    second = colleague(world, "督学辛", Role.INSPECTOR)
    closed = colleague(world, "协调员壬", Role.COORDINATOR, active=False)
    unfit = (
        (world.manager, world.manager),
        (world.manager, world.inspector),
        (world.manager, closed),
        (world.coordinator, world.manager),
        (world.coordinator, world.districts[DISTRICT]),
        (world.inspector, world.coordinator),
    )
    for person, deputy in unfit:
        with pytest.raises(UnfitDeputy) as raised:
            hand_over(world, person, deputy)
        assert raised.value.field == "to_user_id"
    hand_over(world, world.inspector, second)
    administrator = colleague(world, "管理员", Role.ADMINISTRATOR)
    with pytest.raises(InvalidDelegation):
        hand_over(world, administrator, world.coordinator)


def test_no_two_at_a_time_and_no_chains(world: World) -> None:
    first, second, third = (colleague(world, f"协调员{n}", Role.COORDINATOR) for n in "己庚辛")
    made = hand_over(world, first, second)
    later = {"first_day": FRIDAY, "last_day": date(2022, 9, 20)}
    with pytest.raises(DelegationOverlaps):
        hand_over(world, first, third, **later)
    with pytest.raises(DeputyAway):
        hand_over(world, third, first, **later)
    with pytest.raises(StandsInAlready):
        hand_over(world, second, third, **later)
    after = {"first_day": date(2022, 9, 10), "last_day": date(2022, 9, 20)}
    hand_over(world, second, third, **after)
    world.do(revoke, first, made)
    hand_over(world, first, third, last_day=date(2022, 9, 20))


def test_two_who_name_each_other_at_once(world: World) -> None:
    first, second = (colleague(world, f"协调员{n}", Role.COORDINATOR) for n in "己庚")

    def attempt(pair: tuple[Actor, Actor]) -> str:
        try:
            hand_over(world, *pair)
        except (DeputyAway, StandsInAlready) as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(attempt, [(first, second), (second, first)]))
    assert sorted(answers) == ["deputy_away", "done"]


def test_who_may_hand_over_whose_work(world: World) -> None:
    other = colleague(world, "协调员己", Role.COORDINATOR)
    third = colleague(world, "协调员庚", Role.COORDINATOR)
    administrator = colleague(world, "管理员", Role.ADMINISTRATOR)
    for by in (world.coordinator, world.inspector, world.districts[DISTRICT]):
        with pytest.raises(NotAllowed):
            hand_over(world, other, third, by=by)
    district = world.districts[DISTRICT]
    with pytest.raises(NotAllowed):
        hand_over(world, district, world.districts[OTHER])
    made = hand_over(world, other, third, by=administrator)
    hand_over(world, world.coordinator, third, by=world.manager)
    with pytest.raises(NotAllowed):
        world.do(revoke, world.coordinator, made)
    world.do(revoke, other, made)
    hand_over(world, world.manager, third)
    standing_in = here(world, third)
    assert (Role.MANAGER, "主任乙") in standing_in.deputy_for
    with pytest.raises(NotAllowed):
        hand_over(world, world.manager, other, by=standing_in, first_day=date(2022, 9, 10), last_day=date(2022, 9, 20))


def test_a_district_keeps_to_its_own_contacts(world: World) -> None:
    mine, theirs = contact(world, "operator"), contact(world, "operator", OTHER)
    head, their_head = contact(world, "office_head"), contact(world, "office_head", OTHER)
    district = world.districts[DISTRICT]
    with pytest.raises(NotFound):
        hand_over_contact(world, district, theirs, their_head)
    with pytest.raises(NotFound):
        hand_over_contact(world, district, mine, theirs)
    with pytest.raises(UnfitDeputy):
        hand_over_contact(world, world.coordinator, mine, theirs)
    with pytest.raises(UnfitDeputy):
        hand_over_contact(world, district, mine, mine)
    with pytest.raises(NotAllowed):
        hand_over_contact(world, world.inspector, mine, head)
    made = hand_over_contact(world, world.coordinator, theirs, their_head)
    with pytest.raises(NotFound):
        world.do(revoke, district, made)
    with pytest.raises(NotFound):
        world.do(revoke, world.inspector, made)
    world.do(revoke, world.districts[OTHER], made)


def test_both_contacts_hold_their_positions_throughout(world: World) -> None:
    operator, head = contact(world, "operator"), contact(world, "office_head")
    with world.unit() as session:
        end_contact(session, head, date(2022, 9, 5))
    district = world.districts[DISTRICT]
    with pytest.raises(UnfitDeputy):
        hand_over_contact(world, district, operator, head)
    with pytest.raises(InvalidDelegation):
        hand_over_contact(world, district, head, operator)
    hand_over_contact(world, district, operator, head, last_day=date(2022, 9, 5))
    deputy = contact(world, "party_office")
    with pytest.raises(DelegationOverlaps):
        hand_over_contact(world, district, operator, deputy)
    with pytest.raises(DeputyAway):
        hand_over_contact(world, district, deputy, operator)


def test_everybody_sees_what_concerns_them(world: World) -> None:
    deputy = colleague(world, "协调员己", Role.COORDINATOR)
    second = colleague(world, "督学辛", Role.INSPECTOR)
    hand_over(world, world.manager, deputy)
    hand_over(world, world.inspector, second, first_day=date(2022, 9, 5))
    for subject in (DISTRICT, OTHER):
        person, head = contact(world, "operator", subject), contact(world, "office_head", subject)
        hand_over_contact(world, world.districts[subject], person, head)

    def seen(actor: Actor, **more: Any) -> list[tuple[str, DelegationState]]:
        look: Callable[..., Any] = in_force
        return [(row.deputy, row.state) for row in world.do(look, actor, **more).items]

    assert len(seen(world.coordinator)) == 4
    assert seen(world.inspector) == seen(second) == [("督学辛", DelegationState.UPCOMING)]
    [row] = world.do(in_force, world.districts[DISTRICT]).items
    assert (row.subject_id, row.state, row.position_title) == (DISTRICT, DelegationState.IN_FORCE, "经办人")
    world.now = world.at(date(2022, 9, 10))
    assert seen(world.coordinator) == []
    assert len(seen(world.coordinator, over=True)) == 4
    assert len(seen(world.districts[OTHER], over=True)) == 1


def test_an_inspectors_deputy_finds_the_work_in_the_own_list(world: World) -> None:
    world.launch(DISTRICT, OTHER)
    second = colleague(world, "督学辛", Role.INSPECTOR)
    with world.unit() as session:
        for person, subject in ((world.inspector, DISTRICT), (second, OTHER)):
            inspector = add_inspector(session, name=person.name, user_id=person.user_id).id or 0
            case_id = world.case(subject).id or 0
            session.add(TeamMember(case_id=case_id, inspector_id=inspector, role=TeamRole.LEADER))
    hand_over(world, world.inspector, second, first_day=date(2022, 9, 2))

    def listed(day: date) -> set[str]:
        wanted = Wanted(today=day, soon=day, sight=Sight(), inspector=second.user_id)
        with world.unit() as session:
            return {line.subject_id for line in worst_first(session, wanted, Window()).items}

    assert listed(TODAY) == {OTHER}
    assert listed(date(2022, 9, 2)) == listed(FRIDAY) == {DISTRICT, OTHER}
    assert listed(date(2022, 9, 10)) == {OTHER}
