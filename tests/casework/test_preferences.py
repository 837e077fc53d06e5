"""How people want to be told, and what asks nobody."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from casework.actor import Actor
from casework.measures import propose_by_hand
from casework.preferences import default_mode, preferences_of, set_preference
from process.errors import InvalidInput, MandatoryNotice, NotAllowed, NotFound
from process.vocabulary import Mode, NoticeKind, RungKind
from tests.world import World

DISTRICT, OTHER = "CQ-500103", "CQ-500231"


def contact(world: World, position: str, subject: str = DISTRICT) -> int:
    found = world.rows("SELECT id FROM contacts WHERE subject_id = :s AND position = :p", s=subject, p=position)
    return int(found[0]["id"])


def wish(world: World, actor: Actor, kind: NoticeKind, mode: Mode, **more: Any) -> None:
    world.do(set_preference, actor, kind=kind, mode=mode, **more)


def copies(world: World, kind: NoticeKind, **whose: Any) -> list[tuple[str, str]]:
    """The copies of the notices of a kind to somebody."""
    name, value = next(iter(whose.items()))
    rows = world.rows(
        f"SELECT d.channel, d.mode FROM deliveries d JOIN notices n ON n.id = d.notice_id "
        f"WHERE n.kind = :kind AND n.{name} = :value ORDER BY d.id",
        kind=kind,
        value=value,
    )
    return [(row["channel"], row["mode"]) for row in rows]


def test_a_wish_decides_how_the_copies_go(world: World) -> None:
    district = world.districts[DISTRICT]
    heads = {position: contact(world, position) for position in ("operator", "office_head", "commission_head")}
    wish(world, district, NoticeKind.STAGE_OPENED, Mode.DIGEST, contact_id=heads["operator"])
    wish(world, world.coordinator, NoticeKind.STAGE_OPENED, Mode.INBOX, contact_id=heads["office_head"])
    wish(world, district, NoticeKind.REMINDER, Mode.AT_ONCE, contact_id=heads["operator"])
    world.launch(DISTRICT)
    world.pass_time(date(2022, 9, 5))
    opened = {position: copies(world, NoticeKind.STAGE_OPENED, contact_id=heads[position]) for position in heads}
    assert opened == {"operator": [("email", "digest")], "office_head": [], "commission_head": [("email", "at_once")]}
    assert copies(world, NoticeKind.REMINDER, contact_id=heads["operator"]) == [("email", "at_once")]
    in_inbox = world.rows("SELECT id FROM notices WHERE contact_id = :id", id=heads["office_head"])
    assert len(in_inbox) == 1, "the notice itself is there"


def test_an_account_wishes_for_itself_and_changes_its_mind(world: World) -> None:
    world.launch(DISTRICT)
    for mode, kind in (
        (Mode.INBOX, RungKind.CIRCULAR),
        (Mode.DIGEST, RungKind.EXPOSURE),
        (Mode.AT_ONCE, RungKind.TALK),
    ):
        wish(world, world.manager, NoticeKind.RUNG_PROPOSED, mode)
        case = world.case(DISTRICT)
        world.do(propose_by_hand, world.coordinator, case.id, case.version, kind=kind, reason="拒不配合")
    modes = [mode for _, mode in copies(world, NoticeKind.RUNG_PROPOSED, user_id=world.manager.user_id)]
    assert modes == ["digest", "at_once"]
    assert world.rows("SELECT count(*) AS n FROM preferences") == [{"n": 0}], "the kind's own way is no wish"


@pytest.mark.parametrize("kind", [kind for kind in NoticeKind if kind.mandatory])
def test_what_has_legal_effect_asks_nobody(world: World, kind: NoticeKind) -> None:
    with pytest.raises(MandatoryNotice) as raised:
        wish(world, world.manager, kind, Mode.INBOX)
    assert raised.value.detail is not None
    assert ("签收" if kind.needs_receipt else "紧急") in raised.value.detail


def test_a_warning_from_whose_delivery_time_counts_must_arrive(world: World) -> None:
    head = contact(world, "office_head")
    with pytest.raises(InvalidInput) as raised:
        wish(world, world.districts[DISTRICT], NoticeKind.URGE, Mode.INBOX, contact_id=head)
    assert raised.value.field == "mode"
    wish(world, world.districts[DISTRICT], NoticeKind.URGE, Mode.DIGEST, contact_id=head)
    world.launch(DISTRICT)
    world.pass_time(date(2022, 9, 7))
    assert copies(world, NoticeKind.URGE, contact_id=head) == [("email", "digest")]


def test_all_kinds_are_listed(world: World) -> None:
    wish(world, world.manager, NoticeKind.BULLETIN, Mode.INBOX)
    rows = {row.kind: row for row in world.do(lambda s, a, now: preferences_of(s, a), world.manager)}
    assert set(rows) == set(NoticeKind)
    bulletin, letter, closed = rows[NoticeKind.BULLETIN], rows[NoticeKind.LETTER], rows[NoticeKind.CLOSED]
    assert (bulletin.default, bulletin.chosen, bulletin.mode) == (Mode.AT_ONCE, Mode.INBOX, Mode.INBOX)
    assert (closed.default, closed.chosen, closed.mode_title) == (Mode.DIGEST, None, "每日汇总")
    assert (letter.may_choose, letter.mode, letter.why) == (False, Mode.AT_ONCE, "须签收，具有正式效力")
    assert all(row.may_choose is not bool(row.why) and row.kind_title for row in rows.values())
    assert default_mode(NoticeKind.SUPERVISE) is Mode.AT_ONCE


def test_a_district_keeps_to_its_own_contacts(world: World) -> None:
    district, theirs = world.districts[DISTRICT], contact(world, "operator", OTHER)
    with pytest.raises(NotFound):
        wish(world, district, NoticeKind.REMINDER, Mode.INBOX, contact_id=theirs)
    with pytest.raises(NotFound), world.unit() as session:
        preferences_of(session, district, contact_id=theirs)
    with pytest.raises(NotAllowed):
        wish(world, district, NoticeKind.REMINDER, Mode.INBOX)
    with pytest.raises(NotAllowed):
        wish(world, world.inspector, NoticeKind.REMINDER, Mode.INBOX, contact_id=theirs)
    assert world.rows("SELECT count(*) AS n FROM preferences") == [{"n": 0}]
