"""Which rung of a ladder is due now, and when to look again.

Rules (DESIGN: the ladder): a rung is climbed once per attempt (reminders once per due date, which an extension may
move); missed reminders collapse into one; a formal rung waits until the highest rung below it that was not waived has
been delivered at least ``dwell`` working days earlier, and stays unproposed while that rung is undecided.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from process.calendar import WorkCalendar, at_hour, local_day
from process.definition import Ladder, Rung
from process.state import Climb, Item
from process.vocabulary import ClimbStatus, RungKind

_SKIPPED = (ClimbStatus.WAIVED, ClimbStatus.COLLAPSED, ClimbStatus.LAPSED)


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


def is_climbed(rung: Rung, due_on: date, climbs: Sequence[Climb]) -> bool:
    """Whether a rung was climbed (or passed over) in this attempt."""
    return any(
        climb.rung == rung.key and (rung.kind is not RungKind.REMINDER or climb.due_on == due_on) for climb in climbs
    )


def step(ladder: Ladder, item: Item, now: datetime, calendar: WorkCalendar) -> Step:
    """The rung to climb now, the ones it swallows, and when to look again.

    A reminder whose moment had passed when the due date was set is not owed. 问责 is never proposed by time.
    """
    climbs = item.climbs
    waiting = [
        (moment(ladder, rung, item.due_on, calendar), rung)
        for rung in ladder.rungs
        if rung.kind is not RungKind.ACCOUNTABILITY and not is_climbed(rung, item.due_on, climbs)
    ]
    waiting = [(at, rung) for at, rung in waiting if rung.offset > 0 or at > item.due_since]
    ripe = [rung for at, rung in waiting if at <= now]
    later = [at for at, _ in waiting if at > now]
    informal = [rung for rung in ripe if not rung.kind.formal]
    if informal:
        # What is missed is swallowed by the highest; formal rungs never on the same day as what warns of them.
        top = informal[-1]
        rest = [rung for rung in ripe if rung.kind.formal]
        again = [_next_morning(now, ladder, calendar)] if rest else later
        return Step(top, tuple(informal[:-1]), min(again, default=None))
    if not ripe:
        return Step(None, (), min(later, default=None))
    formal = ripe[0]
    opens = _dwell_ends(ladder, formal, climbs, calendar)
    if opens is not None and opens <= now:
        return Step(formal, (), _next_morning(now, ladder, calendar) if len(ripe) > 1 else min(later, default=None))
    return Step(None, (), opens or _next_morning(now, ladder, calendar))


def _dwell_ends(ladder: Ladder, formal: Rung, climbs: Sequence[Climb], calendar: WorkCalendar) -> datetime | None:
    """When the warning below a formal rung has stood long enough; ``None`` while it is undecided or undelivered."""
    below = [rung.key for rung in ladder.rungs[: ladder.rungs.index(formal)] if rung.kind is not RungKind.REMINDER]
    by_key = {climb.rung: climb for climb in climbs}
    for key in reversed(below):
        climb = by_key.get(key)
        if climb is None or climb.status in _SKIPPED:
            continue
        if climb.delivered_at is None:
            return None
        delivered = local_day(climb.delivered_at)
        return at_hour(calendar.add_working_days(delivered, ladder.dwell), ladder.hour)
    return None


def _next_morning(now: datetime, ladder: Ladder, calendar: WorkCalendar) -> datetime:
    return at_hour(calendar.add_working_days(local_day(now), 1), ladder.hour)
