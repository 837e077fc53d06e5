"""What the processes here have in common: periods, routes, what conditions propose; and the ladders of all."""

from __future__ import annotations

from process.definition import Condition, ExtensionRules, Ladder, Period, Quota, Route, Rung, TriggerRule, Unit
from process.standards import DISTRICT_LADDER as DISTRICT_LADDER
from process.standards import FORMAL_BASIS as FORMAL_BASIS
from process.standards import MANAGER_LADDER as MANAGER_LADDER
from process.standards import MEMBER_LADDER as MEMBER_LADDER
from process.standards import OFFICE_LADDER as OFFICE_LADDER
from process.standards import OFFICE_PRACTICE as OFFICE_PRACTICE
from process.standards import PART_HOLDERS as PART_HOLDERS
from process.standards import PERSON_LADDER as PERSON_LADDER
from process.standards import REMINDER_LADDER as REMINDER_LADDER
from process.standards import REMINDERS as REMINDERS
from process.standards import SUPERVISE as SUPERVISE
from process.standards import TALK_BASIS as TALK_BASIS
from process.standards import UNIT_LADDER as UNIT_LADDER
from process.standards import URGE as URGE
from process.standards import WARNING_LADDER as WARNING_LADDER
from process.standards import right_ladder as right_ladder
from process.standards import warning_ladder as warning_ladder
from process.vocabulary import CaseOutcome, Position, QuotaKind, RungKind, Trigger


def days(n: int, basis: str = "", anchor: str = "") -> Period:
    """Calendar days, rolled to a working day."""
    return Period(n=n, unit=Unit.CALENDAR_DAY_ROLL, basis=basis, anchor=anchor)


def days_from_receipt(n: int, basis: str) -> Period:
    """The calendar days of a right, rolled to a working day, from the day on which word of it was received."""
    return Period(n=n, unit=Unit.CALENDAR_DAY_ROLL, basis=basis, from_receipt=True)


def working_days(n: int, basis: str = OFFICE_PRACTICE) -> Period:
    """Working days."""
    return Period(n=n, unit=Unit.WORKING_DAY, basis=basis)


def on_day(month: int, day: int, *, year_offset: int = 0, at_least: int = 0, basis: str = OFFICE_PRACTICE) -> Period:
    """A day of the round's year, or of a year after it; ``at_least`` working days are left whatever the day."""
    return Period(unit=Unit.FIXED_DATE, month=month, day=day, year_offset=year_offset, at_least=at_least, basis=basis)


def from_above(n: int, *, buffer: int = 5, basis: str = "上级工作安排，以上级通知的时间为准") -> Period:
    """A day that the nation sets, ready ``buffer`` working days before it; ``n`` calendar days until it is known."""
    return Period(n=n, unit=Unit.CALENDAR_DAY_ROLL, external=True, buffer=buffer, basis=basis)


def to(stage: str, when: Condition | None = None, *, again: bool = False) -> Route:
    """On to a stage."""
    return Route(to=stage, when=when, again=again)


def end(outcome: CaseOutcome, when: Condition | None = None) -> Route:
    """The case is closed."""
    return Route(closes_as=outcome, when=when)


DATA_LADDER = Ladder(key="data", rungs=(*REMINDERS, URGE))
"""Monitoring: who is late with data is urged, and no more."""
CHECKLIST_LADDER = Ladder(
    key="checklist", rungs=tuple(rung for rung in DISTRICT_LADDER.rungs if rung.kind is not RungKind.TALK)
)
"""Tasks with a day: as far as 通报, no talk."""

# Conditions besides time (DOMAIN §3.3). The numbers are the office's own and stand in each definition.
TRIGGERS = (
    TriggerRule(trigger=Trigger.SECOND_LATE, proposes=RungKind.CIRCULAR, threshold=1, basis=FORMAL_BASIS),
    TriggerRule(trigger=Trigger.RETURNED, proposes=RungKind.TALK, threshold=2, stage="rectification", basis=TALK_BASIS),
    TriggerRule(trigger=Trigger.MANY_FINDINGS, proposes=RungKind.TALK, threshold=40, basis=TALK_BASIS),
    TriggerRule(trigger=Trigger.GRAVE_FINDINGS, proposes=RungKind.TALK, threshold=3, basis=TALK_BASIS),
    TriggerRule(trigger=Trigger.RELAPSE, proposes=RungKind.TALK, threshold=1, basis=TALK_BASIS),
    TriggerRule(trigger=Trigger.HARDSHIP, proposes=RungKind.SUPPORT, threshold=10, basis="2022年教育督导工作要点第8项"),
)

SCHOOL_LADDER = Ladder(
    key="school",
    rungs=(
        *UNIT_LADDER.rungs,
        Rung(
            key="circular",
            kind=RungKind.CIRCULAR,
            offset=10,
            to=(Position.HEAD, Position.COMMISSION_HEAD),
            basis=FORMAL_BASIS,
        ),
    ),
)
"""Schools under a supervision: as far as 通报; a talk with one is proposed for its problems, not for being late."""

INTEGRITY = (TriggerRule(trigger=Trigger.FALSIFICATION, proposes=RungKind.TALK, basis=TALK_BASIS),)
"""The one thing for which a talk is proposed where neither lateness nor the number of problems is a ground."""

TEAM_OF_THREE = Quota(
    kind=QuotaKind.TEAM_SIZE,
    minimum=3,
    quote="督导小组由3名以上督学组成",
    basis="《教育督导条例》第十六条",
)
FIVE_YEAR_COVER = Quota(
    kind=QuotaKind.COVERAGE_CYCLE,
    minimum=1,
    years=5,
    quote="每五年至少实施一次专项督导或者综合督导",
    basis="《重庆市教育督导条例》第二十条",
)
SCHOOL_COVER = Quota(
    kind=QuotaKind.COVERAGE_CYCLE,
    minimum=1,
    years=5,
    quote="对本行政区域内的学校，应当每三至五年实施一次综合督导",
    basis="《重庆市教育督导条例》第二十条",
)

TWO_VISITS_A_TERM = Quota(
    kind=QuotaKind.VISITS_A_TERM,
    minimum=2,
    quote="督学对责任区内学校实施经常性督导每学期不得少于2次",
    basis="《教育督导条例》第十四条",
)

EXTENSIONS = ExtensionRules(coordinator_days=10, limit=2)
"""Up to ten working days the coordinator grants; a longer or a second extension the manager; there is no third."""
