"""A right runs from the day on which word of it was received (收到之日), whatever the day it was written on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from flows.accountability import PROCESS as ACCOUNTABILITY
from flows.catalogue import definitions
from flows.district_evaluation import PROCESS
from process.calendar import SHANGHAI, end_of_day, packaged_calendar
from process.decide import Completed, Decision, TimePassed, decide
from process.definition import Process
from process.due import due
from process.errors import RequirementUnmet, WindowClosed
from process.state import Case, Item, Visit
from process.vocabulary import CaseStatus, EventKind, NoticeKind, Role

CALENDAR = packaged_calendar()
FRIDAY = datetime(2022, 11, 11, 19, tzinfo=SHANGHAI)
"""After hours: the mail leaves on Monday."""
MONDAY = datetime(2022, 11, 14, 8, 31, tzinfo=SHANGHAI)


def waiting(stage: str, process: Process = PROCESS, received_at: datetime | None = None) -> Case:
    """A case in which a right was opened on Friday evening."""
    opened = FRIDAY.date()
    ends = due(process.stage(stage).period, entered=opened, anchor=opened, year=2022, calendar=CALENDAR)
    item = Item(1, stage, 1, 1, FRIDAY, ends.on, FRIDAY, ends.provisional, received_at=received_at)
    case = Case(7, 1, "CQ-500103", 2022, process, CaseStatus.OPEN, item, version=3)
    return replace(case, visits={stage: Visit(1, 1, 1, None)})


def passes(case: Case, now: datetime) -> Decision:
    return decide(case, TimePassed(), now, CALENDAR)


def test_every_right_that_lapses_runs_from_its_receipt() -> None:
    """What lapses at the office itself (a publicity without objection) is nobody's right."""
    rights = [
        (process, stage)
        for process in definitions()
        for stage in process.stages
        if stage.on_lapse and stage.owner is Role.DISTRICT
    ]
    assert len(rights) > 3
    assert all(stage.period.from_receipt and not stage.period.anchor for _, stage in rights)


def test_what_arrives_on_monday_is_counted_from_monday() -> None:
    case = waiting("defence", received_at=MONDAY)
    assert case.item is not None
    assert case.item.due_on == date(2022, 11, 16)
    moved = passes(case, MONDAY + timedelta(minutes=5))
    assert moved.after.item is not None
    assert moved.after.item.due_on == date(2022, 11, 21), "the 19th is a Saturday"
    assert [event.kind for event in moved.events] == [EventKind.DUE_MOVED]
    assert [notice.kind for notice in moved.notices] == [NoticeKind.DUE_MOVED]
    again = passes(moved.after, MONDAY + timedelta(minutes=10))
    assert not again.changed, "once"
    assert again.next_action_at is not None
    assert passes(moved.after, end_of_day(date(2022, 11, 16))).leaves is None
    assert passes(moved.after, end_of_day(date(2022, 11, 21))).leaves == "lapsed"


def test_what_arrives_the_same_day_moves_nothing() -> None:
    case = waiting("defence", received_at=FRIDAY + timedelta(hours=2))
    assert not passes(case, MONDAY).changed
    assert passes(case, end_of_day(date(2022, 11, 16))).leaves == "lapsed"


def test_nothing_lapses_of_which_nobody_has_heard() -> None:
    case = waiting("defence")
    opened = passes(case, FRIDAY)
    assert opened.next_action_at is not None
    assert opened.next_action_at < end_of_day(date(2022, 11, 14)), "looked at again every working day"
    late = end_of_day(date(2022, 12, 30))
    still = passes(case, late)
    assert still.leaves is None
    assert still.next_action_at is not None
    assert decide(case, Completed("defended", Role.DISTRICT, "defence"), late, CALENDAR).leaves == "defended"
    with pytest.raises(RequirementUnmet):
        decide(case, Completed("lapsed", Role.DISTRICT, "defence"), late, CALENDAR)


def test_a_right_is_used_to_its_last_day_though_no_pass_has_moved_it_yet() -> None:
    case = waiting("defence", received_at=MONDAY)
    done = decide(case, Completed("defended", Role.DISTRICT, "defence"), end_of_day(date(2022, 11, 20)), CALENDAR)
    assert done.leaves == "defended"
    with pytest.raises(WindowClosed):
        decide(case, Completed("defended", Role.DISTRICT, "defence"), end_of_day(date(2022, 11, 21)), CALENDAR)


def test_what_was_missed_for_weeks_lapses_at_once() -> None:
    assert passes(waiting("defence", received_at=MONDAY), end_of_day(date(2022, 12, 30))).leaves == "lapsed"


@pytest.mark.parametrize("received", [MONDAY, MONDAY + timedelta(days=30)])
def test_a_direct_appeal_has_fifteen_days_from_the_receipt_too(received: datetime) -> None:
    case = waiting("review_window", ACCOUNTABILITY, received)
    day = received.date()
    last = due(ACCOUNTABILITY.stage("appeal_window").period, entered=day, anchor=day, year=2022, calendar=CALENDAR).on
    appeal = Completed("appealed", Role.DISTRICT, "review_window")
    assert decide(case, appeal, end_of_day(last) - timedelta(minutes=1), CALENDAR).leaves == "appealed"
    with pytest.raises(WindowClosed):
        decide(case, appeal, end_of_day(last), CALENDAR)


def test_a_second_attempt_has_its_own_days_from_its_own_receipt() -> None:
    stage = PROCESS.stage("defence")
    shorter = stage.model_copy(update={"rework": stage.period.model_copy(update={"n": 2})})
    stages = tuple(shorter if known.key == "defence" else known for known in PROCESS.stages)
    case = waiting("defence", PROCESS.model_copy(update={"stages": stages}), received_at=MONDAY)
    assert case.item is not None
    again = replace(case, item=replace(case.item, attempt=2, due_on=date(2022, 11, 14)))
    assert passes(again, end_of_day(date(2022, 11, 15))).leaves is None
    assert passes(again, end_of_day(date(2022, 11, 16))).leaves == "lapsed", "two days from Monday, not five"
