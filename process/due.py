"""When a stage is due."""

from __future__ import annotations

import calendar as month_lengths
from dataclasses import dataclass
from datetime import date, timedelta

from process.calendar import WorkCalendar
from process.definition import Period, Unit


@dataclass(frozen=True, slots=True)
class Due:
    """A due day (ends at midnight, Asia/Shanghai); ``provisional`` when its span touches an unannounced year."""

    on: date
    provisional: bool


def due(period: Period, *, entered: date, anchor: date, year: int, calendar: WorkCalendar) -> Due:
    """The due day of a period that starts on ``anchor`` for a stage entered on ``entered``.

    ``year`` is the round's year, to which fixed dates refer.
    """
    on = max(_raw(period, anchor, year, calendar), entered)
    if period.at_least:
        on = max(on, calendar.add_working_days(entered, period.at_least))
    return Due(on, calendar.is_provisional(anchor, on))


def due_outside(period: Period, outside: date, today: date, calendar: WorkCalendar) -> Due:
    """The due day of our side where somebody above us set ``outside``: the buffer of working days before it."""
    on = calendar.add_working_days(outside, -period.buffer) if period.buffer else outside
    on = max(on, today)
    return Due(on, calendar.is_provisional(today, on))


def _raw(period: Period, start: date, year: int, calendar: WorkCalendar) -> date:
    match period.unit:
        case Unit.WORKING_DAY:
            return calendar.add_working_days(start, period.n)
        case Unit.CALENDAR_DAY:
            return start + timedelta(days=period.n)
        case Unit.CALENDAR_DAY_ROLL:
            return calendar.roll(start + timedelta(days=period.n))
        case Unit.MONTH_END:
            months = start.year * 12 + start.month - 1 + period.n
            return calendar.month_last_working_day(months // 12, months % 12 + 1)
        case Unit.FIXED_DATE:
            if period.month is None or period.day is None:
                raise ValueError("a fixed date needs month and day")
            in_year = year + period.year_offset
            last = month_lengths.monthrange(in_year, period.month)[1]
            return date(in_year, period.month, min(period.day, last))
