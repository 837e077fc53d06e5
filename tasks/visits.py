"""What a day does to the matrix of monthly visits."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

from casework.actor import TIME
from casework.visits_check import open_cases, remind, settle, tell_short
from casework.visits_matrix import make_month, stages_of
from db.school_calendar import school_calendar
from db.session import unit_of_work
from process.calendar import local_day
from process.school_calendar import month_of
from settings import get_settings
from tasks.database import domain_engine


@dataclass(frozen=True, slots=True)
class Kept:
    """What one run did."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    told: int = 0
    opened: int = 0
    closed: int = 0

    def __str__(self) -> str:
        done = {
            "新增": self.added,
            "变更": self.changed,
            "取消": self.removed,
            "告知": self.told,
            "立项": self.opened,
            "办结": self.closed,
        }
        return "，".join(f"{what}{n}" for what, n in done.items() if n)


async def keep(now: datetime) -> Kept:
    """Everything a day asks for, each step in a unit of work of its own."""
    return await asyncio.to_thread(_keep, now)


def _keep(now: datetime) -> Kept:
    engine, today = domain_engine(), local_day(now)
    stages = stages_of(all_schools=get_settings().visits_to_all_schools)
    added = changed = removed = 0
    with unit_of_work(engine) as session:
        calendar = school_calendar(session)
        month = month_of(today)
        if calendar.counts(month):
            made = make_month(session, TIME, now, month, stages=stages)
            added, changed, removed = made.added, made.changed, made.removed
            remind(session, now, month)
    with unit_of_work(engine) as session:
        closed = settle(session, now)
        told = tell_short(session, now)
    with unit_of_work(engine) as session:
        opened = open_cases(session, now)
    return Kept(added, changed, removed, told, opened, closed)
