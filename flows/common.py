"""What the processes have in common: periods, routes, the two ladders, what conditions propose."""

from __future__ import annotations

from process.definition import Condition, ExtensionRules, Ladder, Period, Route, Rung, TriggerRule, Unit
from process.vocabulary import CaseOutcome, Position, Role, RungKind, Trigger

FORMAL_BASIS = "《教育督导条例》第二十五条、《重庆市教育督导条例》第三十七条"
TALK_BASIS = "《重庆市教育督导条例》第三十一条"
OFFICE_PRACTICE = "市政府教育督导室工作安排"


def days(n: int, basis: str = "", anchor: str = "") -> Period:
    """Calendar days, rolled to a working day."""
    return Period(n=n, unit=Unit.CALENDAR_DAY_ROLL, basis=basis, anchor=anchor)


def days_from_receipt(n: int, basis: str) -> Period:
    """The calendar days of a right, rolled to a working day, from the day on which word of it was received."""
    return Period(n=n, unit=Unit.CALENDAR_DAY_ROLL, basis=basis, from_receipt=True)


def working_days(n: int, basis: str = OFFICE_PRACTICE) -> Period:
    """Working days."""
    return Period(n=n, unit=Unit.WORKING_DAY, basis=basis)


def to(stage: str, when: Condition | None = None, *, again: bool = False) -> Route:
    """On to a stage."""
    return Route(to=stage, when=when, again=again)


def end(outcome: CaseOutcome, when: Condition | None = None) -> Route:
    """The case is closed."""
    return Route(closes_as=outcome, when=when)


REMINDERS = tuple(
    Rung(key=f"remind_{days_left}", kind=RungKind.REMINDER, offset=-days_left, to=(Position.OPERATOR,))
    for days_left in (10, 3, 1, 0)
)
URGE = Rung(
    key="urge",
    kind=RungKind.URGE,
    offset=1,
    to=(Position.OFFICE_HEAD, Position.OPERATOR),
    basis=OFFICE_PRACTICE,
)
SUPERVISE = Rung(
    key="supervise",
    kind=RungKind.SUPERVISE,
    offset=5,
    to=(Position.COMMISSION_HEAD, Position.GOVERNMENT_OFFICE, Position.OFFICE_HEAD),
    to_office=(Role.COORDINATOR,),
    basis=OFFICE_PRACTICE,
)

DISTRICT_LADDER = Ladder(
    key="district",
    rungs=(
        *REMINDERS,
        URGE,
        SUPERVISE,
        Rung(
            key="circular",
            kind=RungKind.CIRCULAR,
            offset=10,
            to=(Position.COMMISSION_HEAD, Position.GOVERNMENT_OFFICE, Position.DEPUTY_HEAD),
            basis=FORMAL_BASIS,
        ),
        Rung(
            key="talk",
            kind=RungKind.TALK,
            offset=20,
            to=(Position.DEPUTY_HEAD, Position.COMMISSION_HEAD, Position.GOVERNMENT_OFFICE),
            basis=TALK_BASIS,
        ),
    ),
)

OFFICE_LADDER = Ladder(
    key="office",
    rungs=(
        Rung(key="remind_1", kind=RungKind.REMINDER, offset=-1, to_office=(Role.COORDINATOR,)),
        Rung(key="urge", kind=RungKind.URGE, offset=1, to_office=(Role.COORDINATOR,)),
        Rung(key="supervise", kind=RungKind.SUPERVISE, offset=5, to_office=(Role.COORDINATOR, Role.MANAGER)),
    ),
)


def right_ladder(*to: Position) -> Ladder:
    """Whoever has a right is reminded of it before it lapses; not using it is no lateness."""
    return Ladder(
        key="right",
        rungs=tuple(
            Rung(key=f"remind_{days_left}", kind=RungKind.REMINDER, offset=-days_left, to=to)
            for days_left in (10, 3, 1)
        ),
    )


# Conditions besides time (DOMAIN §3.3). The numbers are the office's own and stand in each definition.
TRIGGERS = (
    TriggerRule(trigger=Trigger.SECOND_LATE, proposes=RungKind.CIRCULAR, threshold=1, basis=FORMAL_BASIS),
    TriggerRule(trigger=Trigger.RETURNED, proposes=RungKind.TALK, threshold=2, stage="rectification", basis=TALK_BASIS),
    TriggerRule(trigger=Trigger.MANY_FINDINGS, proposes=RungKind.TALK, threshold=40, basis=TALK_BASIS),
    TriggerRule(trigger=Trigger.GRAVE_FINDINGS, proposes=RungKind.TALK, threshold=3, basis=TALK_BASIS),
    TriggerRule(trigger=Trigger.RELAPSE, proposes=RungKind.TALK, threshold=1, basis=TALK_BASIS),
    TriggerRule(trigger=Trigger.HARDSHIP, proposes=RungKind.SUPPORT, threshold=10, basis="2022年教育督导工作要点第8项"),
)

EXTENSIONS = ExtensionRules(coordinator_days=10, limit=2)
"""Up to ten working days the coordinator grants; a longer or a second extension the manager; there is no third."""
