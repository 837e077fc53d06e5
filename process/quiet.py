"""When something may be said: nothing but the urgent outside working hours, one digest a day for what can wait.

The hours are the office's own (Asia/Shanghai), on working days of the official calendar.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from process.calendar import SHANGHAI, WorkCalendar, local_day
from process.vocabulary import Urgency

OPENS = time(8, 30)
CLOSES = time(18, 0)
DIGEST = time(9, 30)
"""After the ladder's nine o'clock, so that the reminder of a due day still comes on that day."""
RECEIPT_DAYS = 2
"""Working days in which a receipt is expected before it is asked for."""


def release(urgency: Urgency, now: datetime, calendar: WorkCalendar) -> datetime:
    """The moment from which a notice of that urgency, said now, may be sent."""
    match urgency:
        case Urgency.URGENT:
            return now
        case Urgency.PROMPT:
            local = now.astimezone(SHANGHAI)
            if calendar.is_working(local.date()) and OPENS <= local.time() < CLOSES:
                return now
            return _next(OPENS, now, calendar)
        case Urgency.ROUTINE:
            return _next(DIGEST, now, calendar)


def may_leave(urgency: Urgency, now: datetime, calendar: WorkCalendar) -> bool:
    """Whether now is a time at which what was said earlier may be sent: a digest not before its hour, lest one that
    was held up yesterday makes two of today's.
    """
    if urgency is Urgency.ROUTINE and now.astimezone(SHANGHAI).time() < DIGEST:
        return False
    return urgency is Urgency.URGENT or release(Urgency.PROMPT, now, calendar) <= now


def receipt_expected(said_at: datetime, calendar: WorkCalendar) -> datetime:
    """When a missing receipt is first asked for."""
    day = calendar.add_working_days(local_day(said_at), RECEIPT_DAYS)
    return datetime.combine(day, OPENS, SHANGHAI)


def _next(hour: time, now: datetime, calendar: WorkCalendar) -> datetime:
    today = local_day(now)
    at = datetime.combine(calendar.roll(today), hour, SHANGHAI)
    if at <= now:
        at = datetime.combine(calendar.roll(today + timedelta(days=1)), hour, SHANGHAI)
    return at
