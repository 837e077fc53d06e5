"""Working days of the PRC with 调休, and the arithmetic of periods.

Days are calendar days of Asia/Shanghai. Years for which the State Council's notice is known are *announced*; later
years are *provisional* (暂定): weekends and the statutory holidays of 《全国年节及纪念日放假办法》 without any guess at
make-up days. Nothing here raises for a far year. The start day is never counted (《民法典》第201条).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import chinese_calendar.constants as announced_days

SHANGHAI = ZoneInfo("Asia/Shanghai")

FIRST_DAY = date(2004, 1, 1)
LAST_DAY = date(2060, 12, 31)

# Lunar days of the years that may still be provisional; beyond them only the fixed days and weekends are known.
_NEW_YEAR = {
    2027: (2, 6), 2028: (1, 26), 2029: (2, 13), 2030: (2, 3), 2031: (1, 23), 2032: (2, 11),
}  # fmt: skip
_QINGMING = {
    2027: (4, 5), 2028: (4, 4), 2029: (4, 4), 2030: (4, 5), 2031: (4, 5), 2032: (4, 4),
}  # fmt: skip
_DRAGON_BOAT = {
    2027: (6, 9), 2028: (5, 28), 2029: (6, 16), 2030: (6, 5), 2031: (6, 24), 2032: (6, 12),
}  # fmt: skip
_MID_AUTUMN = {
    2027: (9, 15), 2028: (10, 3), 2029: (9, 22), 2030: (9, 12), 2031: (10, 1), 2032: (9, 19),
}  # fmt: skip


def local_day(moment: datetime) -> date:
    """The day in Asia/Shanghai on which an aware moment falls."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(SHANGHAI).date()


def at_hour(day: date, hour: int) -> datetime:
    """The full hour of a day in Asia/Shanghai."""
    return datetime.combine(day, time(hour), SHANGHAI)


def end_of_day(day: date) -> datetime:
    """The first moment after a day in Asia/Shanghai: what was due that day is late from here on."""
    return datetime.combine(day + timedelta(days=1), time(0), SHANGHAI)


def statutory_holidays(year: int) -> frozenset[date]:
    """The thirteen days off by law in a year (2024-11-10 revision), as far as its lunar dates are tabled."""
    days = {date(year, 1, 1), date(year, 5, 1), date(year, 5, 2)}
    days |= {date(year, 10, n) for n in (1, 2, 3)}
    if year in _NEW_YEAR:
        first = date(year, *_NEW_YEAR[year])
        days |= {first + timedelta(days=n) for n in (-1, 0, 1, 2)}
    for table in (_QINGMING, _DRAGON_BOAT, _MID_AUTUMN):
        if year in table:
            days.add(date(year, *table[year]))
    return frozenset(days)


@dataclass(frozen=True)
class AnnouncedYear:
    """The exceptions a yearly notice makes to "Monday to Friday": days off, and weekend days that work."""

    year: int
    holidays: frozenset[date]
    make_up_days: frozenset[date]


@dataclass(frozen=True)
class WorkCalendar:
    """Which days work. Immutable; ``with_year`` gives the calendar after another notice.

    ``version`` names the set of announced years, so that a due date can say by which calendar it was computed.
    """

    years: dict[int, AnnouncedYear]
    _working: tuple[date, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_working", tuple(self._list_working_days()))

    def _list_working_days(self) -> Iterable[date]:
        day, one = FIRST_DAY, timedelta(days=1)
        for year in range(FIRST_DAY.year, LAST_DAY.year + 1):
            known = self.years.get(year)
            holidays = known.holidays if known else statutory_holidays(year)
            make_up = known.make_up_days if known else frozenset()
            while day.year == year:
                if day in make_up or (day.weekday() < 5 and day not in holidays):
                    yield day
                day += one

    @property
    def version(self) -> str:
        """``announced-<last announced year>``."""
        return f"announced-{max(self.years)}"

    def is_working(self, day: date) -> bool:
        """Whether offices work that day."""
        at = bisect_left(self._working, day)
        return at < len(self._working) and self._working[at] == day

    def is_provisional(self, start: date, end: date) -> bool:
        """Whether the span touches a year without an announced calendar (shown as 暂定)."""
        return any(year not in self.years for year in range(min(start, end).year, max(start, end).year + 1))

    def add_working_days(self, start: date, n: int) -> date:
        """The n-th working day after (before, when negative) a day; 0 gives the day itself."""
        if n > 0:
            return self._working[bisect_right(self._working, start) + n - 1]
        if n < 0:
            return self._working[bisect_left(self._working, start) + n]
        return start

    def roll(self, day: date) -> date:
        """The day itself if it works, else the next one that does (《民法典》第203条)."""
        return self._working[bisect_left(self._working, day)]

    def working_days_between(self, start: date, end: date) -> int:
        """Working days after ``start`` up to and including ``end``; negative when ``end`` lies before."""
        if end < start:
            return -self.working_days_between(end, start)
        return bisect_right(self._working, end) - bisect_right(self._working, start)

    def month_last_working_day(self, year: int, month: int) -> date:
        """The last working day of a month."""
        following = date(year + month // 12, month % 12 + 1, 1)
        return self._working[bisect_left(self._working, following) - 1]

    def spring_festival(self, year: int) -> tuple[date, date] | None:
        """The first and last day off of a year's 春节, weekends included; ``None`` where its days are not known yet."""
        best: tuple[date, date] | None = None
        day = date(year, 1, 15)
        while day <= date(year, 2, 28):
            following = self.roll(day)
            if (following - day).days > 2 and (best is None or following - day > best[1] - best[0] + timedelta(days=1)):
                best = (day, following - timedelta(days=1))
            day = max(following, day) + timedelta(days=1)
        return best

    def with_year(self, announced: AnnouncedYear) -> WorkCalendar:
        """This calendar after one more year's notice (or a corrected one)."""
        return WorkCalendar({**self.years, announced.year: announced})


@lru_cache(maxsize=1)
def packaged_calendar() -> WorkCalendar:
    """The announced years that the package ``chinesecalendar`` ships (2004–2026 on the day of writing)."""
    years: dict[int, AnnouncedYear] = {}
    for year in sorted({day.year for day in announced_days.holidays}):
        if year < FIRST_DAY.year:
            continue
        years[year] = AnnouncedYear(
            year,
            frozenset(day for day in announced_days.holidays if day.year == year),
            frozenset(day for day in announced_days.workdays if day.year == year),
        )
    return WorkCalendar(years)
