"""What processes have in common, whether they are written here or installed: bases and ladders."""

from __future__ import annotations

from process.definition import Ladder, Rung
from process.vocabulary import Position, Role, RungKind

FORMAL_BASIS = "《教育督导条例》第二十五条、《重庆市教育督导条例》第三十七条"
TALK_BASIS = "《重庆市教育督导条例》第三十一条"
OFFICE_PRACTICE = "市政府教育督导室工作安排"

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

MANAGER_LADDER = Ladder(
    key="manager",
    rungs=tuple(
        rung.model_copy(update={"to_office": (Role.MANAGER, Role.COORDINATOR)}) for rung in OFFICE_LADDER.rungs
    ),
)


def warning_ladder(
    reminded: tuple[Position, ...] = (Position.OPERATOR,),
    urged: tuple[Position, ...] = URGE.to,
    supervised: tuple[Position, ...] = SUPERVISE.to,
    *,
    key: str = "warning",
) -> Ladder:
    """L0 to L2 (提醒、催办、督办) and nothing beyond: what is no supervision knows no 通报 and no 约谈."""
    return Ladder(
        key=key,
        rungs=(
            *(rung.model_copy(update={"to": reminded}) for rung in REMINDERS),
            URGE.model_copy(update={"to": urged}),
            SUPERVISE.model_copy(update={"to": supervised}),
        ),
    )


WARNING_LADDER = warning_ladder()
"""For districts."""
PART_HOLDERS = (Position.LIAISON, Position.OPERATOR, Position.HEAD)
"""Whom a unit is told by that is given a part: of a member unit its one liaison."""
MEMBER_LADDER = warning_ladder(PART_HOLDERS, PART_HOLDERS, PART_HOLDERS, key="member")
UNIT_LADDER = warning_ladder((Position.OPERATOR,), (Position.HEAD, Position.OPERATOR), (Position.HEAD,), key="unit")
"""For schools, colleges and universities."""
REMINDER_LADDER = Ladder(key="reminder", rungs=REMINDERS)
"""For whom nothing but a chance is lost by not handing in."""

PERSON_LADDER = Ladder(
    key="person", rungs=tuple(rung.model_copy(update={"to": (Position.HEAD,)}) for rung in REMINDERS)
)
"""For an inspector or a principal in person."""


def right_ladder(*to: Position) -> Ladder:
    """Whoever has a right is reminded of it before it lapses; not using it is no lateness."""
    return Ladder(
        key="right",
        rungs=tuple(
            Rung(key=f"remind_{days_left}", kind=RungKind.REMINDER, offset=-days_left, to=to)
            for days_left in (10, 3, 1)
        ),
    )
