"""The ladder: what is due now, and when to look again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from flows.district_evaluation import PROCESS
from process.calendar import SHANGHAI, at_hour, packaged_calendar
from process.ladder import Step, step
from process.state import Climb, Item
from process.vocabulary import ClimbStatus, RungKind

CALENDAR = packaged_calendar()
LADDER = PROCESS.ladder("district")
DUE = date(2022, 11, 16)  # a Wednesday
OPENED = datetime(2022, 10, 10, 10, tzinfo=SHANGHAI)
ITEM = Item(1, "self_evaluation", 1, 1, OPENED, DUE, OPENED, False)


def on(offset: int, hour: int = 9) -> datetime:
    """That many working days from the due date."""
    return at_hour(CALENDAR.add_working_days(DUE, offset), hour)


def climb(rung: str, at: datetime, status: ClimbStatus = ClimbStatus.CLIMBED, *, delivered: bool = True) -> Climb:
    kind = LADDER.rung(rung).kind
    return Climb(rung, kind, DUE, status, at, at + timedelta(hours=8) if delivered else None)


def look(now: datetime, *climbs: Climb, item: Item = ITEM) -> Step:
    return step(LADDER, replace(item, climbs=climbs), now, CALENDAR)


def rung_of(found: Step) -> str | None:
    return found.climb.key if found.climb else None


REMINDED = tuple(climb(f"remind_{n}", on(-n)) for n in (10, 3, 1, 0))
WARNED = (*REMINDED, climb("urge", on(1)), climb("supervise", on(5)))


def test_each_rung_comes_at_its_hour() -> None:
    for offset, expected in ((-10, "remind_10"), (-3, "remind_3"), (-1, "remind_1"), (0, "remind_0"), (1, "urge")):
        before = [c for c in REMINDED if LADDER.rung(c.rung).offset < offset]
        assert rung_of(look(on(offset, 8), *before)) is None
        assert look(on(offset, 8), *before).next_at == on(offset)
        assert rung_of(look(on(offset), *before)) == expected


def test_what_was_missed_collapses_into_the_highest() -> None:
    found = look(on(2))
    assert rung_of(found) == "urge"
    assert [rung.key for rung in found.collapsed] == ["remind_10", "remind_3", "remind_1", "remind_0"]


def test_after_weeks_of_downtime_nobody_is_called_to_a_talk_at_once() -> None:
    found = look(on(30))
    assert rung_of(found) == "supervise", "the highest that is said without a decision"
    assert found.next_at == on(31)


def test_reminders_older_than_the_due_date_are_not_owed() -> None:
    late_start = replace(ITEM, due_since=on(-2))
    assert rung_of(look(on(-2), item=late_start)) is None
    assert rung_of(look(on(-1), item=late_start)) == "remind_1"


def test_a_formal_rung_waits_for_delivery_and_dwell() -> None:
    assert rung_of(look(on(10), *WARNED)) == "circular"
    undelivered = (*WARNED[:-1], climb("supervise", on(5), delivered=False))
    assert rung_of(look(on(10), *undelivered)) is None
    assert look(on(10), *undelivered).next_at == on(11), "looked at again every working morning"
    late = (*WARNED[:-1], climb("supervise", on(8)))
    assert rung_of(look(on(12), *late)) is None
    assert look(on(12), *late).next_at == on(13)
    assert rung_of(look(on(13), *late)) == "circular"


def test_an_undecided_circular_blocks_the_talk_and_a_waived_one_does_not() -> None:
    proposed = (*WARNED, climb("circular", on(10), ClimbStatus.PROPOSED, delivered=False))
    assert rung_of(look(on(20), *proposed)) is None
    waived = (*WARNED, climb("circular", on(10), ClimbStatus.WAIVED, delivered=False))
    assert rung_of(look(on(20), *waived)) == "talk"
    changed = (*WARNED, climb("circular", on(10), ClimbStatus.CHANGED, delivered=False))
    assert rung_of(look(on(20), *changed)) == "talk", "into 加强指导, say, which warns of nothing"
    approved = (*WARNED, climb("circular", on(10), ClimbStatus.APPROVED))
    assert rung_of(look(on(20), *approved)) == "talk"


def test_a_warning_that_was_never_sent_is_no_warning() -> None:
    swallowed = (*REMINDED, climb("urge", on(1), ClimbStatus.COLLAPSED, delivered=False))
    assert rung_of(look(on(4), *swallowed)) is None
    only_reminders = (
        *REMINDED,
        *(climb(r, on(5), ClimbStatus.COLLAPSED, delivered=False) for r in ("urge", "supervise")),
    )
    assert rung_of(look(on(40), *only_reminders)) is None, "reminders do not warn of lateness"


def test_a_moved_due_date_is_reminded_of_again_but_urged_once() -> None:
    moved = replace(ITEM, due_on=date(2022, 12, 14), due_since=on(-2))
    climbs = (climb("remind_10", on(-10)), climb("remind_3", on(-3)))
    first = at_hour(CALENDAR.add_working_days(moved.due_on, -10), 9)
    assert rung_of(look(first, *climbs, item=moved)) == "remind_10"
    urged = (*climbs, climb("urge", on(1)))
    after = at_hour(CALENDAR.add_working_days(moved.due_on, 1), 9)
    assert rung_of(look(after, *urged, item=replace(moved, due_since=after - timedelta(hours=1)))) is None


def test_nothing_is_left_after_the_talk() -> None:
    everything = (
        *WARNED,
        climb("circular", on(10), ClimbStatus.APPROVED),
        climb("talk", on(20), ClimbStatus.APPROVED),
    )
    assert look(on(60), *everything) == Step(None, (), None)
    assert all(rung.kind is not RungKind.ACCOUNTABILITY for rung in LADDER.rungs), "问责 is never proposed by time"
