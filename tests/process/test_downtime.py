"""The same slip, the same habits, once under a service that is always up and once under one that is not.

However long nobody looked, no rung of the ladder comes earlier than it would have come with perfect passes, and none
comes that would not have come at all.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.catalogue import PROCESSES
from process.calendar import SHANGHAI
from process.decide import Happening, Resumed, Suspended, TimePassed, decide
from process.vocabulary import CaseStatus, ClimbStatus, RungKind, Trigger
from tests.process.case_book import CaseBook, Line

Hours = int | None
"""``None``: never."""


@dataclass(frozen=True)
class Slip:
    """A district that does not hand in; days are counted from the start of its item."""

    start: datetime
    extended_by: int
    suspended_on: int | None
    resumed_after: int
    earlier_warning_arrives_on: int | None


@dataclass(frozen=True)
class Habits:
    """How long the post and the managers take."""

    urge_travels: Hours
    supervise_travels: Hours
    measure_travels: Hours
    managers_take: Hours
    managers_waive: bool

    def travel(self, kind: RungKind) -> Hours:
        known = {RungKind.URGE: self.urge_travels, RungKind.SUPERVISE: self.supervise_travels}
        return known.get(kind, self.measure_travels)


@dataclass(frozen=True)
class Outage:
    """Nothing passes and nothing is mailed."""

    from_day: int
    hours: int


class Silence:
    """Two hundred days in which the district does nothing."""

    def __init__(self, name: str, slip: Slip, habits: Habits, outages: list[Outage]) -> None:
        self.habits = habits
        self.order = itertools.count()
        self.book = CaseBook.launched(PROCESSES[name][0], slip.start)
        self.end = self.book.now + timedelta(days=200)
        self.agenda: list[tuple[datetime, int, Callable[[], object]]] = []
        self.down = [(self.book.now + timedelta(days=o.from_day), timedelta(hours=o.hours)) for o in outages]
        if name == "district-evaluation":
            self._happen(self.book.completed(self.book.stage.outcomes[0]))
            self._remember_an_earlier_warning(slip)
        if slip.extended_by:
            self._on(1, lambda: self._extend(slip.extended_by))
        if slip.suspended_on is not None:
            self._on(slip.suspended_on, lambda: self._happen(Suspended("洪灾")))
            self._on(slip.suspended_on + slip.resumed_after, lambda: self._happen(Resumed("恢复")))
        self._play()

    def first(self) -> dict[RungKind, datetime]:
        """When each kind was first said or proposed."""
        found: dict[RungKind, datetime] = {}
        for line in self.book.attempt:
            if line.status is not ClimbStatus.COLLAPSED:
                found.setdefault(line.kind, line.at)
        return found

    def _remember_an_earlier_warning(self, slip: Slip) -> None:
        now = self.book.now
        line = Line(1, 1, "urge", RungKind.URGE, now.date(), Trigger.OVERDUE, ClimbStatus.CLIMBED, now)
        if slip.earlier_warning_arrives_on is not None:
            self.book.lines.append(line)
            self._on(slip.earlier_warning_arrives_on, lambda: self._deliver(line))

    def _play(self) -> None:
        while True:
            moment = self.book.next_action_at
            look = self._up(max(self.book.now, moment)) if moment is not None else self.end
            planned = self.agenda[0][0] if self.agenda else self.end
            if min(look, planned) >= self.end:
                return
            self.book.now = max(self.book.now, min(look, planned))
            if planned <= look:
                heapq.heappop(self.agenda)[2]()
            else:
                self._happen(TimePassed())

    def _on(self, day: int, deed: Callable[[], object]) -> None:
        self._at(self.book.now + timedelta(days=day), deed)

    def _at(self, moment: datetime, deed: Callable[[], object]) -> None:
        heapq.heappush(self.agenda, (moment, next(self.order), deed))

    def _up(self, at: datetime) -> datetime:
        while ends := [begins + lasts for begins, lasts in self.down if begins <= at < begins + lasts]:
            at = max(ends)
        return at

    def _happen(self, happening: Happening) -> None:
        known = len(self.book.lines)
        self.book.write(decide(self.book.load(), happening, self.book.now, self.book.calendar))
        for line in self.book.lines[known:]:
            self._expect(line)

    def _expect(self, line: Line) -> None:
        """What becomes of something said or proposed, after a while."""
        if line.status is ClimbStatus.PROPOSED and self.habits.managers_take is not None:
            self._at(self.book.now + timedelta(hours=self.habits.managers_take), lambda: self._decide(line))
        travels = self.habits.travel(line.kind)
        if line.status in (ClimbStatus.CLIMBED, ClimbStatus.APPROVED) and travels is not None:
            self._at(self._up(self.book.now + timedelta(hours=travels)), lambda: self._deliver(line))

    def _decide(self, line: Line) -> None:
        self.book.rule(line, ClimbStatus.WAIVED if self.habits.managers_waive else ClimbStatus.APPROVED)
        self._expect(line)

    def _deliver(self, line: Line) -> None:
        line.delivered_at = self.book.now

    def _extend(self, working_days: int) -> None:
        self.book.ask_for_more_time(working_days)
        asked = self.book.pending
        if asked is not None and self.book.status is CaseStatus.OPEN:
            self._happen(self.book.grant(asked))
            self.book.granted_now(asked)


some_hours = st.none() | st.integers(min_value=0, max_value=480)
slips = st.builds(
    Slip,
    start=st.datetimes(datetime(2022, 1, 1), datetime(2025, 12, 31)).map(  # noqa: DTZ001
        lambda at: at.replace(second=0, microsecond=0, tzinfo=SHANGHAI)
    ),
    extended_by=st.integers(min_value=0, max_value=15),
    suspended_on=st.none() | st.integers(min_value=2, max_value=100),
    resumed_after=st.integers(min_value=0, max_value=30),
    earlier_warning_arrives_on=st.none() | st.integers(min_value=0, max_value=90),
)
habits = st.builds(Habits, some_hours, some_hours, some_hours, some_hours, st.booleans())
outages = st.lists(
    st.builds(Outage, st.integers(min_value=0, max_value=150), st.integers(min_value=1, max_value=960)), max_size=4
)


@pytest.mark.parametrize("name", ["district-evaluation", "commitment"])
@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(slip=slips, habits=habits, outages=outages)
def test_downtime_never_hastens_the_ladder(name: str, slip: Slip, habits: Habits, outages: list[Outage]) -> None:
    always_up, down = Silence(name, slip, habits, []), Silence(name, slip, habits, outages)
    perfect, patchy = always_up.first(), down.first()
    story = "\n  ".join(["always up", *always_up.book.story, "down at times", *down.book.story])
    for kind in RungKind:
        if kind is RungKind.REMINDER or kind is RungKind.SUPPORT or kind not in patchy:
            continue
        assert kind in perfect, f"{kind} would not have come at all\n  {story}"
        assert patchy[kind] >= perfect[kind], f"{kind} came sooner, at {patchy[kind]}\n  {story}"
