"""Whatever happens in whatever order, the ladder keeps its rules."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from flows.district_evaluation import PROCESS
from process.calendar import SHANGHAI, local_day, packaged_calendar
from process.decide import Completed, DueMoved, Resumed, Suspended, TimePassed, decide, first_item
from process.ladder import moment
from process.state import Case, Climb, Item
from process.vocabulary import CaseStatus, ClimbStatus, Role, RungKind

CALENDAR = packaged_calendar()
START = datetime(2022, 9, 1, 10, tzinfo=SHANGHAI)
LADDER = PROCESS.ladder("district")
ORDER = [rung.key for rung in LADDER.rungs]
HANDED_IN = frozenset({"self_evaluation_report", "evidence_index"})

deeds = st.lists(
    st.tuples(
        st.sampled_from(["pass", "pass", "pass", "deliver", "approve", "waive", "extend", "suspend", "hand in"]),
        st.integers(min_value=0, max_value=40),
        st.integers(min_value=0, max_value=23),
    ),
    max_size=60,
)


class History:
    """A case in self-evaluation and what was said about it; the rules are checked as it goes."""

    def __init__(self) -> None:
        item, _ = first_item(PROCESS, 2022, START, CALENDAR)
        first = Case(1, 1, "S", 2022, PROCESS, CaseStatus.OPEN, replace(item, id=1))
        entered = decide(first, Completed("acknowledged", Role.DISTRICT, "acknowledgement"), START, CALENDAR)
        self.case = self._written(entered.after)
        self.next_action_at = entered.next_action_at
        self.now = START
        self.said: list[tuple[int, Climb]] = []

    @staticmethod
    def _written(case: Case) -> Case:
        return replace(case, item=replace(case.item, id=2)) if case.item and case.item.id is None else case

    @property
    def item(self) -> Item | None:
        return self.case.item

    def time_passes(self) -> None:
        before = self.case
        decision = decide(before, TimePassed(), self.now, CALENDAR)
        fresh = [draft for draft in decision.climbs if draft.status is not ClimbStatus.COLLAPSED]
        assert len(fresh) <= 1, "never two rungs in one pass"
        if before.status is not CaseStatus.OPEN:
            assert not decision.events, "nothing climbs while the case stands still"
        elif decision.next_action_at is not None:
            assert decision.changed or decision.next_action_at > self.now, "time does not run on the spot"
        for draft in fresh:
            self._check(draft.rung.key, before)
        self.case, self.next_action_at = decision.after, decision.next_action_at
        if self.item:
            self.said += [(self.item.attempt, climb) for climb in self.item.climbs[len(before.item.climbs) :]]  # type: ignore[union-attr]

    def _check(self, key: str, before: Case) -> None:
        item, rung = before.item, LADDER.rung(key)
        assert item is not None
        assert self.now >= moment(LADDER, rung, item.due_on, CALENDAR)
        higher = [c for c in item.climbs if ORDER.index(c.rung) > ORDER.index(key) and c.due_on == item.due_on]
        assert not higher, "never downwards"
        if rung.kind.formal:
            warned = [c for c in item.climbs if c.kind is not RungKind.REMINDER and c.delivered_at]
            assert warned, "nobody is proposed for what they were never warned of"
            delivered = local_day(max(c.delivered_at for c in warned if c.delivered_at))
            assert CALENDAR.working_days_between(delivered, local_day(self.now)) >= LADDER.dwell
            assert not [c for c in item.climbs if c.status is ClimbStatus.PROPOSED], "one decision at a time"

    def mark(self, status: ClimbStatus | None) -> None:
        """Deliver what was said, or decide what was proposed."""
        if self.item is None:
            return
        climbs = tuple(
            replace(c, delivered_at=c.delivered_at or self.now)
            if status is None and c.status in (ClimbStatus.CLIMBED, ClimbStatus.APPROVED)
            else replace(c, status=status)
            if status is not None and c.status is ClimbStatus.PROPOSED
            else c
            for c in self.item.climbs
        )
        self.case = replace(self.case, item=replace(self.item, climbs=climbs))

    def extend(self) -> None:
        if self.item and self.case.status is CaseStatus.OPEN and local_day(self.now) <= self.item.due_on:
            later = CALENDAR.add_working_days(self.item.due_on, 10)
            self.case = decide(self.case, DueMoved(later, False, "延期"), self.now, CALENDAR).after

    def suspend_or_resume(self) -> None:
        if self.case.status is CaseStatus.SUSPENDED:
            self.case = decide(self.case, Resumed("恢复"), self.now, CALENDAR).after
        elif self.case.status is CaseStatus.OPEN:
            self.case = decide(self.case, Suspended("中止"), self.now, CALENDAR).after

    def hand_in_and_have_it_sent_back(self) -> None:
        if self.case.status is not CaseStatus.OPEN:
            return
        done = Completed("submitted", Role.DISTRICT, "self_evaluation", HANDED_IN)
        reviewed = replace(decide(self.case, done, self.now, CALENDAR).after)
        assert reviewed.item is not None
        assert reviewed.item.climbs == (), "a submission stops the climb"
        attempt = self.item.attempt + 1 if self.item else 1
        item = replace(reviewed.item, id=2, stage="self_evaluation", attempt=attempt, climbs=())
        due_on = CALENDAR.add_working_days(local_day(self.now), 5)
        self.case = replace(reviewed, item=replace(item, due_on=due_on, due_since=self.now, opened_at=self.now))


@settings(max_examples=300, deadline=None)
@given(deeds)
def test_the_ladder_keeps_its_rules(history: list[tuple[str, int, int]]) -> None:
    run = History()
    for deed, days, hour in history:
        run.now = max(run.now, (run.now + timedelta(days=days)).replace(hour=hour))
        match deed:
            case "pass":
                run.time_passes()
            case "deliver":
                run.mark(None)
            case "approve":
                run.mark(ClimbStatus.APPROVED)
            case "waive":
                run.mark(ClimbStatus.WAIVED)
            case "extend":
                run.extend()
            case "suspend":
                run.suspend_or_resume()
            case _:
                run.hand_in_and_have_it_sent_back()
    once = Counter((attempt, c.rung) for attempt, c in run.said if c.kind is not RungKind.REMINDER)
    reminded = Counter((attempt, c.rung, c.due_on) for attempt, c in run.said if c.kind is RungKind.REMINDER)
    assert max([*once.values(), *reminded.values()], default=1) == 1, "a rung was climbed twice"


@settings(max_examples=50, deadline=None)
@given(st.integers(min_value=0, max_value=700))
def test_passes_at_the_moments_time_asked_for_come_to_rest(delay: int) -> None:
    """A service that comes back after any downtime needs a bounded number of passes until nothing is left."""
    run = History()
    run.now += timedelta(days=delay)
    for _ in range(100):
        run.time_passes()
        run.mark(None)
        run.mark(ClimbStatus.APPROVED)
        if run.next_action_at is None:
            break
        run.now = max(run.now, run.next_action_at)
    assert run.next_action_at is None
    assert run.said[-1][1].kind is RungKind.TALK
