"""Which rung of a ladder is due now, and when to look again.

Rules (DESIGN: the ladder): a rung is climbed once per attempt (reminders once per due date, which an extension may
move); missed reminders collapse into one; a formal rung waits until the highest warning below it that was not waived
has been delivered at least ``dwell`` working days earlier, and stays unproposed while that one is undecided, nor does
it ever come before the working day after a warning. The dwell begins anew with a due date that was moved: while a case
stands still, so does the time its warnings have stood. One measure of a kind at a time: while one is proposed or in
force for the attempt, no other of its kind is proposed. More time granted to who is late already excuses the slip:
what was climbed for it warns of nothing any more, and the next slip climbs anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from process.calendar import WorkCalendar, at_hour, local_day
from process.definition import Ladder, Rung
from process.state import Climb, Item
from process.vocabulary import ClimbStatus, RungKind

_SKIPPED = (ClimbStatus.WAIVED, ClimbStatus.COLLAPSED, ClimbStatus.LAPSED, ClimbStatus.CHANGED)
_IN_FORCE = (ClimbStatus.PROPOSED, ClimbStatus.APPROVED)
_HEIGHT = {kind: height for height, kind in enumerate(RungKind)}


@dataclass(frozen=True, slots=True)
class Early:
    """A formal rung that a condition lets fall due before its own moment."""

    rung: Rung
    opens_at: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """What the ladder asks for now."""

    climb: Rung | None
    collapsed: tuple[Rung, ...]
    next_at: datetime | None
    """When to look again; ``None`` when nothing is left to climb."""


def moment(ladder: Ladder, rung: Rung, due_on: date, calendar: WorkCalendar) -> datetime:
    """When a rung falls due: working days are counted from the due date, a due date on a day off from the next."""
    day = due_on if rung.offset else calendar.roll(due_on)
    return at_hour(calendar.add_working_days(day, rung.offset), ladder.hour)


def late_from(ladder: Ladder, due_on: date, calendar: WorkCalendar) -> datetime:
    """From when a thing counts as late: the morning of the first working day after its due date."""
    return at_hour(calendar.add_working_days(due_on, 1), ladder.hour)


def is_climbed(rung: Rung, due_on: date, climbs: Sequence[Climb]) -> bool:
    """Whether a rung was climbed (or passed over) in this attempt, or a measure of its kind is in force."""
    return any(
        climb.rung == rung.key and not climb.excused and (rung.kind is not RungKind.REMINDER or climb.due_on == due_on)
        for climb in climbs
    ) or in_force(rung.kind, climbs)


def in_force(kind: RungKind, climbs: Sequence[Climb]) -> bool:
    """Whether a formal measure of that kind is proposed or approved for this attempt."""
    return kind.formal and any(climb.kind is kind and climb.status in _IN_FORCE for climb in climbs)


def step(ladder: Ladder, item: Item, now: datetime, calendar: WorkCalendar, early: Early | None = None) -> Step:
    """The rung to climb now, the ones it swallows, and when to look again.

    A reminder whose moment had passed when the due date was set is not owed, nor is one of a day that is over.
    ``early`` is considered like a ripe rung from the moment it opens.
    """
    climbs = item.climbs
    waiting = [
        (moment(ladder, rung, item.due_on, calendar), rung)
        for rung in ladder.rungs
        if not is_climbed(rung, item.due_on, climbs)
    ]
    waiting = [(at, rung) for at, rung in waiting if rung.offset > 0 or at > item.due_since]
    ripe = [rung for at, rung in waiting if at <= now]
    later = [at for at, _ in waiting if at > now]
    if early is not None and is_climbed(early.rung, item.due_on, climbs):
        early = None
    if early is not None and early.opens_at > now:
        later, early = [*later, early.opens_at], None
    informal = [rung for rung in ripe if not rung.kind.formal]
    if informal and informal[-1].kind is RungKind.REMINDER and local_day(now) > calendar.roll(item.due_on):
        informal = []  # the first word about being late will swallow them
    if informal:
        # What is missed is swallowed by the highest; formal rungs never on the same day as what warns of them.
        top = informal[-1]
        rest = early is not None or any(rung.kind.formal for rung in ripe)
        again = [next_morning(now, ladder, calendar)] if rest else later
        return Step(top, tuple(informal[:-1]), min(again, default=None))
    formal = [rung for rung in ripe if rung.kind.formal]
    if not formal and early is None:
        return Step(None, (), min(later, default=None))
    tomorrow = next_morning(now, ladder, calendar)
    after_last_word = _morning_after_last_word(ladder, climbs, calendar)
    if after_last_word is not None and now < after_last_word:
        return Step(None, (), after_last_word)
    if early is not None:
        return Step(early.rung, (), tomorrow)
    opens = _dwell_ends(ladder, formal[0], item, calendar)
    if opens is not None and opens <= now:
        return Step(formal[0], (), tomorrow if len(formal) > 1 else min(later, default=None))
    return Step(None, (), min([opens or tomorrow, *later]))


def _morning_after_last_word(ladder: Ladder, climbs: Sequence[Climb], calendar: WorkCalendar) -> datetime | None:
    last = max((climb.at for climb in climbs if not climb.kind.formal), default=None)
    return None if last is None else next_morning(last, ladder, calendar)


def _dwell_ends(ladder: Ladder, formal: Rung, item: Item, calendar: WorkCalendar) -> datetime | None:
    """When the warning below a formal rung has stood long enough; ``None`` while it is undecided or undelivered."""
    below = [
        climb
        for climb in item.climbs
        if climb.warns and _HEIGHT[climb.kind] < _HEIGHT[formal.kind] and climb.status not in _SKIPPED
    ]
    highest = max(below, key=lambda climb: (_HEIGHT[climb.kind], climb.at), default=None)
    if highest is None or highest.delivered_at is None:
        return None
    return dwelt(ladder, max(highest.delivered_at, item.due_since), calendar)


def dwelt(ladder: Ladder, delivered_at: datetime, calendar: WorkCalendar) -> datetime:
    """When a warning delivered at that moment has stood for the ladder's dwell."""
    return at_hour(calendar.add_working_days(local_day(delivered_at), ladder.dwell), ladder.hour)


def next_morning(now: datetime, ladder: Ladder, calendar: WorkCalendar) -> datetime:
    """The ladder's hour on the working day after today."""
    return at_hour(calendar.add_working_days(local_day(now), 1), ladder.hour)
