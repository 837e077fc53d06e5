"""Calendar feeds: whose they are, who may open and revoke them, what they choose."""

from __future__ import annotations

import hashlib
from datetime import date

import pytest
from sqlalchemy import text

from casework.actor import TIME, Actor
from casework.extensions import request_extension
from casework.feeds import MOST_FEEDS, feeds_of, open_feed, revoke_feed, whose_feed
from casework.standing import suspend
from db.queries.feeds import Cut, deadlines
from db.queries.sight import Sight
from process.errors import Conflict, LinkInvalid, NotAllowed, NotFound
from tests.world import World

DISTRICT, OTHER = "CQ-500103", "CQ-500231"


def opened(world: World, actor: Actor, round_id: int | None = None) -> tuple[int, str]:
    feed, token = world.do(open_feed, actor, round_id=round_id)
    return int(feed.id), str(token)


def reader(world: World, token: str) -> Actor:
    with world.unit() as session:
        return whose_feed(session, world.now, token)[1]


def test_only_the_hash_of_the_secret_is_kept(world: World) -> None:
    feed, token = opened(world, world.coordinator)
    assert len(token) >= 43
    [row] = world.rows("SELECT to_jsonb(f)::text AS kept, token_hash FROM calendar_feeds f WHERE id = :id", id=feed)
    assert row["token_hash"] == hashlib.sha256(token.encode()).hexdigest()
    assert token not in row["kept"]
    assert reader(world, token) == world.coordinator
    assert opened(world, world.coordinator)[1] != token


def test_unknown_revoked_and_closed_are_told_alike(world: World) -> None:
    feed, token = opened(world, world.manager)
    said = set()
    for forged in ("", token[:-1], token + "x", token.upper(), "坏\udcff"):
        with pytest.raises(LinkInvalid) as refused:
            reader(world, forged)
        said.add(str(refused.value))
    revoked = world.do(revoke_feed, world.manager, feed).revoked_at
    assert world.do(revoke_feed, world.manager, feed).revoked_at == revoked, "once is for good"
    with pytest.raises(LinkInvalid) as refused:
        reader(world, token)
    said.add(str(refused.value))
    _, token = opened(world, world.manager)
    with world.unit() as session:
        session.execute(text("UPDATE users SET active = false WHERE id = :id"), {"id": world.manager.user_id})
    with pytest.raises(LinkInvalid) as refused:
        reader(world, token)
    said.add(str(refused.value))
    assert len(said) == 1


def test_only_ones_own_feeds_exist(world: World) -> None:
    mine, _ = opened(world, world.coordinator)
    theirs, token = opened(world, world.districts[DISTRICT])
    with pytest.raises(NotFound):
        world.do(revoke_feed, world.coordinator, theirs)
    with pytest.raises(NotFound):
        world.do(revoke_feed, world.coordinator, 10**9)
    with world.unit() as session:
        assert [row.id for row in feeds_of(session, world.coordinator)] == [mine]
    assert reader(world, token) == world.districts[DISTRICT]
    with pytest.raises(NotAllowed):
        world.do(open_feed, TIME, round_id=None)
    for _ in range(MOST_FEEDS - 1):
        opened(world, world.coordinator)
    with pytest.raises(Conflict):
        opened(world, world.coordinator)
    world.do(revoke_feed, world.coordinator, mine)
    opened(world, world.coordinator)


def test_a_round_must_be_seen(world: World) -> None:
    round_id = world.launch(DISTRICT)
    feed, _ = opened(world, world.districts[DISTRICT], round_id)
    with world.unit() as session:
        [row] = feeds_of(session, world.districts[DISTRICT])
    assert (row.id, row.round_title) == (feed, "2022年区县政府履行教育职责评价")
    for actor, wanted in ((world.districts[OTHER], round_id), (world.coordinator, round_id + 1)):
        with pytest.raises(NotFound):
            world.do(open_feed, actor, round_id=wanted)


def test_what_a_cut_chooses(world: World) -> None:
    world.launch(DISTRICT, OTHER)

    def chosen(only: str | None = None, **cut: object) -> list[str]:
        with world.unit() as session:
            found = deadlines(session, Cut(sight=Sight(only=only), **cut))  # type: ignore[arg-type]
            assert [row.due_on for row in found] == sorted(row.due_on for row in found)
            return sorted(row.subject for row in found)

    everybody = chosen()
    assert len(everybody) == 2
    [own] = chosen(only=DISTRICT)
    assert own == "渝中区"
    assert chosen(only="") == []
    assert chosen(owners=()) == []
    assert chosen(owners=("district",)) == everybody
    assert chosen(owners=("coordinator", "manager")) == []
    assert chosen(round_id=world.round_id + 1) == []
    assert len(chosen(inspector=world.inspector.user_id)) == 2, "linked to no inspector: sees all"
    case = world.case(DISTRICT)
    with world.unit() as session:
        session.execute(
            text("UPDATE inspectors SET user_id = :user WHERE id = :id"),
            {"user": world.inspector.user_id, "id": world.inspectors[0]},
        )
    assert chosen(inspector=world.inspector.user_id) == []
    with world.unit() as session:
        session.execute(
            text("INSERT INTO team_members (case_id, inspector_id, role) VALUES (:case, :id, 'leader')"),
            {"case": case.id, "id": world.inspectors[0]},
        )
    assert chosen(inspector=world.inspector.user_id) == [own]
    world.do(
        request_extension,
        world.districts[DISTRICT],
        case.id,
        case.version,
        due_on=date(2022, 10, 14),
        reason="材料未齐",
    )
    assert chosen(owners=("coordinator", "manager")) == [own], "a request for more time waits on the office"
    world.do(suspend, world.coordinator, case.id, world.case(DISTRICT).version, reason="机构改革")
    assert own not in chosen(), "what is suspended has no deadline"
