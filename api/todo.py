"""What waits for whoever is signed in, most urgent first."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from api.context import Desk
from api.titles import processes_of, titled_lines
from casework.actor import Actor
from db.queries import lines
from db.queries.lines import Line
from db.queries.rows import Page, Window
from notifications.words import consequences
from process.calendar import WorkCalendar
from process.definition import Process, Stage
from process.vocabulary import Role

_OWNERS: dict[Role, tuple[Role, ...]] = {
    Role.DISTRICT: (Role.DISTRICT,),
    Role.INSPECTOR: (Role.INSPECTOR,),
    Role.COORDINATOR: (Role.COORDINATOR,),
    Role.MANAGER: (Role.COORDINATOR, Role.MANAGER),
    Role.ADMINISTRATOR: (),
}


class Task(Line):
    """A line with what is asked, on what ground, and what happens if it is late."""

    asks: str = Field(default="", description="要求")
    deliverables: list[str] = Field(default_factory=list, description="须报送的材料")
    basis: str = Field(default="", description="期限的依据")
    if_late: str = Field(default="", description="逾期会怎样")


def whose_turn(actor: Actor) -> tuple[tuple[Role, ...], int | None]:
    """The owners of the items that wait on this actor, and the account whose teams' cases count, for an inspector."""
    roles = [actor.role, *(role for role, _ in actor.deputy_for)]
    owners = dict.fromkeys(owner for role in roles if role for owner in _OWNERS[role])
    return tuple(owners), actor.user_id if actor.role is Role.INSPECTOR else None


def tasks(desk: Desk, window: Window) -> Page[Task]:
    """The actor's to-do list. An inspector linked to an account sees the cases of their teams."""
    owners, inspector = whose_turn(desk.actor)
    wanted = desk.wanted(owners=owners, inspector=inspector)
    found = titled_lines(desk, lines.worst_first(desk.session, wanted, window))
    known = processes_of(desk, {line.round_id for line in found.items})
    items = [_task(line, known[line.round_id], desk.today, desk.calendar) for line in found.items]
    return Page[Task](items=items, total=found.total, limit=found.limit, offset=found.offset)


def _task(line: Line, process: Process, today: date, calendar: WorkCalendar) -> Task:
    values = dict(line)
    if line.stage is None or line.due_on is None:
        return Task(**values)
    stage = process.stage(line.stage)
    return Task(
        **values,
        asks=stage.asks,
        deliverables=[d.title if d.required else f"{d.title}（可选）" for d in stage.deliverables],
        basis=basis(stage, line.attempt or 1),
        if_late=if_late(process, stage, line.due_on, today, calendar),
    )


def basis(stage: Stage, attempt: int) -> str:
    """On what ground the period rests."""
    period = stage.rework if attempt > 1 and stage.rework else stage.period
    return period.basis


def if_late(process: Process, stage: Stage, due_on: date, today: date, calendar: WorkCalendar) -> str:
    """What follows if the due date passes."""
    ahead = [
        (rung, calendar.add_working_days(due_on, rung.offset))
        for rung in process.ladder(stage.ladder).rungs
        if rung.offset > 0 and calendar.add_working_days(due_on, rung.offset) >= today
    ]
    return consequences(stage, tuple(ahead), overdue=due_on < today)
