"""Whatever people, the post and the clock do to a case, in whatever order, the rules keep their promises.

A history plays one definition with a book instead of a database. Every pass, every transition and every state in
between is held against :mod:`tests.process.promises`; a failure tells the story of the case, day by day.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from flows.catalogue import definitions
from process.calendar import SHANGHAI, local_day
from process.decide import Decision, Drawn, Ended, Happening, Resumed, Suspended, TimePassed, decide
from process.definition import Outcome, Process
from process.errors import InvalidExtension, NotSuspendable, WindowClosed
from process.state import FindingCounts
from process.vocabulary import CaseOutcome, ClimbStatus, Role, RungKind, Trigger
from tests.process.case_book import FINDINGS_FOR, SCORES_FOR, CaseBook, Line, distances, ways
from tests.process.promises import (
    FORGIVEN,
    NOT_SUSPENDED,
    NOT_TAKEN,
    TO_REST,
    WINDOW,
    check_book,
    check_pass,
    check_transition,
    check_written,
    midnight_after,
    owes,
    passes_allowed,
    promise,
)

PROCESSES = {process.name: process for process in definitions()}
FEW = 8
"""Histories of a definition that adds nothing to the rules."""
FORMAL = [kind for kind in RungKind if kind.formal]

days_of_launch = st.datetimes(datetime(2021, 11, 1), datetime(2026, 6, 30)).map(  # noqa: DTZ001
    lambda at: at.replace(second=0, microsecond=0, tzinfo=SHANGHAI)
)
first_or_any = st.integers(min_value=0, max_value=5)


class History(RuleBasedStateMachine):
    """One case after another of a definition, told deed by deed."""

    process: ClassVar[Process]

    def __init__(self) -> None:
        super().__init__()
        self.book = CaseBook.launched(self.process, datetime(2022, 9, 1, 10, tzinfo=SHANGHAI))
        self.prompt_post = False
        self.served = False
        self.stale = False

    @initialize(
        at=days_of_launch,
        stands_at=st.integers(min_value=0, max_value=40),
        prompt_post=st.booleans(),
        findings=st.sampled_from([FindingCounts(), FindingCounts(total=2), FindingCounts(total=45, grave=3)]),
    )
    def launch(self, at: datetime, stands_at: int, prompt_post: bool, findings: FindingCounts) -> None:
        self.book = CaseBook.launched(self.process, at)
        self.book.findings, self.prompt_post = findings, prompt_post
        stages = [stage.key for stage in self.process.stages]
        self._hurry_to(stages[stands_at % len(stages)])

    def _hurry_to(self, target: str) -> None:
        """What came before went smoothly, a day for each stage."""
        far = distances(self.process, target)
        while not self.book.over and self.book.stage.key != target:
            near = [(far[route.to], outcome, route) for outcome, route in ways(self.book.stage) if route.to in far]
            _, outcome, route = min(near, key=lambda way: way[0])
            if route.when in FINDINGS_FOR and self.book.findings.total == 0:
                self.book.findings = FINDINGS_FOR[route.when]
            if route.when in SCORES_FOR:
                self.book.reviews_below = SCORES_FOR[route.when]
            self._days_of_service(1)
            if self.book.over or self.book.stage.outcome(outcome.key) is not outcome:
                continue
            condition = next((when for when, key in self.book.stage.gate if key == outcome.key), None)
            if condition is not None:
                self._happen(Drawn(sampled=outcome.key == "sampled"))
            elif outcome.key == self.book.stage.on_lapse:
                self._time_until(midnight_after(self.book.entry.due_on))
            elif self.book.paperwork(outcome):
                self._happen(self.book.completed(outcome))

    # Time

    @rule(hours=st.integers(min_value=1, max_value=23))
    def hours_pass(self, hours: int) -> None:
        self._time_until(self.book.now + timedelta(hours=hours))

    @rule(days=st.integers(min_value=1, max_value=30))
    def days_pass(self, days: int) -> None:
        self._days_of_service(days)

    @rule(minutes=st.integers(min_value=0, max_value=600))
    def the_next_thing_is_waited_for(self, minutes: int) -> None:
        """Until time has something to do again, and a little longer."""
        if self.book.next_action_at is not None:
            self._time_until(max(self.book.now, self.book.next_action_at) + timedelta(minutes=minutes))

    @rule(days=st.integers(min_value=1, max_value=60), hours=st.integers(min_value=0, max_value=23))
    def the_service_is_down(self, days: int, hours: int) -> None:
        """Nobody looks; people may still do what they do before it is back."""
        self.book.tell(f"the service goes down for {days} days")
        self.book.now += timedelta(days=days, hours=hours)
        self.served = False

    @rule()
    def a_pass_looks_without_need(self) -> None:
        self._pass()

    def _days_of_service(self, days: int) -> None:
        self._time_until(self.book.now + timedelta(days=days))

    def _time_until(self, end: datetime) -> None:
        """The service is up: it catches up first, then passes at the moments it named itself."""
        self._catch_up()
        while self.book.next_action_at is not None and self.book.next_action_at <= end:
            self.book.now = max(self.book.now, self.book.next_action_at)
            self._catch_up()
        self.book.now = end
        self.served = True

    def _catch_up(self) -> None:
        for _ in range(passes_allowed(self.process)):
            if self.book.next_action_at is None or self.book.next_action_at > self.book.now:
                break
            self._pass()
        moment = self.book.next_action_at
        promise(self.book, TO_REST, moment is None or moment > self.book.now, "passes go on and on")

    def _pass(self) -> Decision:
        decision = self._happen(TimePassed())
        if self.prompt_post:
            self.book.post_arrives()
        return decision

    def _happen(self, happening: Happening) -> Decision:
        decision = decide(self.book.load(), happening, self.book.now, self.book.calendar)
        check_transition(self.book, decision)
        if isinstance(happening, TimePassed):
            check_pass(self.book, decision)
        self.book.write(decision)
        check_written(self.book, decision)
        self.stale = self.served = False
        return decision

    @precondition(lambda self: self.book.under_way and self.book.stage.owner is Role.DISTRICT)
    @rule(days=st.integers(min_value=10, max_value=50))
    def the_district_is_silent(self, days: int) -> None:
        """Mail arrives and circulars are approved, so that the climb goes on, as far as a talk."""
        for _ in range(days):
            self._days_of_service(1)
            for line in self.book.proposals:
                if line.kind is RungKind.CIRCULAR:
                    self._rule(line, ClimbStatus.APPROVED)
            if self.book.undelivered:
                self.the_post_arrives()

    # People

    @precondition(lambda self: self.book.under_way)
    @rule(which=first_or_any)
    def the_stage_is_completed(self, which: int) -> None:
        stage = self.book.stage
        gated = {key for _, key in stage.gate} | {stage.on_lapse}
        outcomes = [outcome for outcome in stage.outcomes if outcome.key not in gated]
        if outcomes:
            self._complete(outcomes[which % len(outcomes)])

    @precondition(lambda self: self.book.under_way and any(route.again for _, route in ways(self.book.stage)))
    @rule()
    def it_is_sent_back(self) -> None:
        before = self.book.entry
        self._complete(next(outcome for outcome, route in ways(self.book.stage) if route.again))
        if self.book.entry is not before:
            assert self.book.entry.attempt > 1
            assert all(line.kind.formal and line.at == self.book.now for line in self.book.attempt), "it starts anew"

    def _complete(self, outcome: Outcome) -> None:
        if not self.book.paperwork(outcome):
            return
        happening = self.book.completed(outcome)
        last = self._last_day(outcome)
        if last is None:
            self._happen(happening)
            return
        try:
            self._happen(happening)
        except WindowClosed:
            promise(self.book, WINDOW, self.book.now >= midnight_after(last), f"shut before {last} was over")
        else:
            promise(self.book, WINDOW, self.book.now < midnight_after(last), f"open after {last}")

    def _last_day(self, outcome: Outcome) -> date | None:
        """The last day on which a right may be exercised; ``None`` where the outcome is no right."""
        ends = [self.book.entry.due_on] if self.book.stage.on_lapse else []
        if outcome.within is not None:
            entered = local_day(self.book.entry.opened_at)
            ends.append(self.book.calendar.roll(entered + timedelta(days=outcome.within.n)))
        return min(ends, default=None)

    @precondition(lambda self: self.book.under_way and owes(self.book))
    @rule(working_days=st.integers(min_value=1, max_value=30), at_once=st.booleans())
    def more_time_is_asked_for(self, working_days: int, at_once: bool) -> None:
        self.book.ask_for_more_time(working_days)
        if at_once:
            self._grant()

    @precondition(lambda self: self.book.under_way and self.book.pending is not None)
    @rule()
    def more_time_is_granted(self) -> None:
        self._grant()

    @precondition(lambda self: self.book.under_way and owes(self.book))
    @rule(working_days=st.integers(min_value=10, max_value=40), late=st.integers(min_value=1, max_value=22))
    def more_time_is_granted_to_who_is_late(self, working_days: int, late: int) -> None:
        """Asked for in time, answered when the climb is under way."""
        self.book.ask_for_more_time(working_days)
        due_on = self.book.entry.due_on
        for gone in range(late + 1):
            day = midnight_after(self.book.calendar.add_working_days(due_on, gone))
            self._time_until(max(self.book.now, day))
        if self.book.under_way and self.book.pending is not None:
            self._grant()

    def _grant(self) -> None:
        asked = self.book.pending
        assert asked is not None
        if asked.due_on < local_day(self.book.now):
            return
        due_on = self.book.entry.due_on
        try:
            self._happen(self.book.grant(asked))
        except InvalidExtension:
            promise(self.book, NOT_TAKEN, asked.due_on < due_on, f"{asked.due_on} instead of {due_on} was refused")
            return
        self.book.granted_now(asked)
        late = [line for line in self.book.attempt if line.kind is not RungKind.REMINDER and line.trigger.of_lateness]
        void = all(line.excused and line.status is not ClimbStatus.PROPOSED for line in late)
        promise(self.book, FORGIVEN, void or self.book.entry.due_on == due_on, [line.rung for line in late])
        promise(self.book, NOT_TAKEN, self.book.entry.due_on >= due_on, f"{due_on} became {self.book.entry.due_on}")

    @precondition(lambda self: self.book.under_way)
    @rule()
    def it_is_suspended(self) -> None:
        if self.process.suspendable:
            self._happen(Suspended("洪灾"))
            return
        try:
            self._happen(Suspended("洪灾"))
        except NotSuspendable:
            return
        promise(self.book, NOT_SUSPENDED, False)

    @precondition(lambda self: self.book.suspended_at is not None and not self.book.over)
    @rule()
    def it_is_resumed(self) -> None:
        """What was left stays left, what was late stays as late as it was."""
        entry, since, today = self.book.entry, local_day(self.book.suspended_at), local_day(self.book.now)  # type: ignore[arg-type]
        left = self.book.calendar.working_days_between(since, entry.due_on)
        self._happen(Resumed("恢复"))
        assert self.book.calendar.working_days_between(today, self.book.entry.due_on) == left, "a day was lost or won"

    @precondition(lambda self: self.book.under_way and self.process.suspendable)
    @rule(days=st.integers(min_value=1, max_value=40))
    def it_stands_still_for_a_while(self, days: int) -> None:
        self.it_is_suspended()
        self._days_of_service(days)
        self.it_is_resumed()

    @precondition(lambda self: self.process.sample_size > 0 and self.book.sampled is None and not self.book.over)
    @rule(sampled=st.booleans())
    def the_lot_is_drawn(self, sampled: bool) -> None:
        self._happen(Drawn(sampled))

    @precondition(lambda self: not self.book.over)
    @rule(total=st.sampled_from([0, 1, 12, 45]), grave=st.sampled_from([0, 1, 3]))
    def the_problem_list_changes(self, total: int, grave: int) -> None:
        self.book.findings = replace(self.book.findings, total=total, grave=min(grave, total))

    @precondition(lambda self: self.book.under_way and self.book.stage.key == "look_back" and self.book.findings.total)
    @rule()
    def the_look_back_finds_problems_again(self) -> None:
        self.book.relapsed(1)

    # The post and the managers

    @precondition(lambda self: self.book.undelivered)
    @rule()
    def the_post_arrives(self) -> None:
        self.book.post_arrives()
        self.stale = True

    @precondition(lambda self: self.book.undelivered)
    @rule()
    def the_post_is_lost(self) -> None:
        self.book.post_is_lost()

    @precondition(lambda self: self.book.proposals)
    @rule(status=st.sampled_from([ClimbStatus.APPROVED, ClimbStatus.WAIVED]), which=first_or_any)
    def a_manager_decides(self, status: ClimbStatus, which: int) -> None:
        proposals = self.book.proposals
        self._rule(proposals[which % len(proposals)], status)

    @precondition(lambda self: self.book.proposals and self.book.under_way)
    @rule(which=first_or_any, instead=st.sampled_from(FORMAL))
    def a_manager_takes_another_measure(self, which: int, instead: RungKind) -> None:
        proposals = self.book.proposals
        self._rule(proposals[which % len(proposals)], ClimbStatus.CHANGED, instead)

    def _rule(self, line: Line, status: ClimbStatus, instead: RungKind | None = None) -> None:
        if self.book.rule(line, status, instead):
            self.stale = self.served = False
        if self.prompt_post:
            self.book.post_arrives()

    @precondition(lambda self: self.book.under_way)
    @rule(kind=st.sampled_from(FORMAL))
    def the_office_proposes_a_measure(self, kind: RungKind) -> None:
        self.book.propose(kind, Trigger.FALSIFICATION)

    @precondition(lambda self: self.book.talk_alive)
    @rule()
    def the_talk_is_followed_up(self) -> None:
        for talk in self.book.talks:
            talk.alive = talk.alive and talk.line.status is ClimbStatus.PROPOSED

    # The end

    @precondition(lambda self: self.book.over)
    @rule(at_once=st.booleans())
    def another_case_is_opened(self, at_once: bool) -> None:
        if not at_once:
            self.book.now += timedelta(days=7)
        self.book = CaseBook.launched(self.process, self.book.now)

    @precondition(lambda self: self.book.under_way and self.book.next_action_at is None)
    @rule()
    def it_is_withdrawn(self) -> None:
        """Time has done all it could; nothing that lateness proposed outlives the case."""
        self._happen(Ended(CaseOutcome.WITHDRAWN, "区划调整"))
        assert not [line for line in self.book.proposals if line.trigger.of_lateness]

    @invariant()
    def every_promise_is_kept(self) -> None:
        check_book(self.book, served=self.served, stale=self.stale)


def history_of(name: str, histories: int) -> type:
    """The machine of a definition as a test case."""
    machine = type("History", (History,), {"process": PROCESSES[name]})
    case = machine.TestCase

    case.settings = told(histories)
    return case


def told(histories: int) -> settings:
    """So many histories, the same ones every time."""
    return settings(max_examples=histories, stateful_step_count=40, deadline=None, derandomize=True, database=None)


TestDistrictEvaluation = history_of("district-evaluation", 500)
TestCommitment = history_of("commitment", 200)
TestAccountability = history_of("accountability", 200)
TestSupport = history_of("support", 100)


OWN = {"district-evaluation", "commitment", "accountability", "support"}


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(PROCESSES.keys() - OWN))
def test_every_other_definition_has_some_histories(name: str) -> None:
    """The rules are the same; what a definition adds is its stages and ladders."""
    run_state_machine_as_test(type("History", (History,), {"process": PROCESSES[name]}), settings=told(FEW))
