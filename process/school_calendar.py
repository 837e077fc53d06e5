"""The school calendar (校历): terms, school days, and which months count for monthly visits.

"责任督学每月至少到校督导1次" (要点第8项) cannot mean the holidays: a month counts where it has at least
:data:`COUNTED_FROM` school days. The packaged terms are what the press said of the city's calendars, or a guess from
the years around; all of them are provisional (暂定) until the office enters the term itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from process.calendar import WorkCalendar
from process.errors import InvalidInput
from process.vocabulary import Season

COUNTED_FROM = 10
"""School days from which a month counts (市政府教育督导室工作安排)."""
_LONGEST = 240
"""Days; a term that is longer is a slip of the pen."""
_REPORTED = "据市教委{}学年度校历的公开报道，待核实"
_GUESSED = "参照相邻学年暂定，待核实"


@dataclass(frozen=True, slots=True)
class SchoolTerm:
    """One term, both days included; ``year`` is the year in which it opens."""

    year: int
    season: Season
    starts_on: date
    ends_on: date
    source: str
    provisional: bool = False
    """Whether it is packaged and nobody of the office has entered it."""

    @property
    def title(self) -> str:
        """``2022年春季学期``."""
        return f"{self.year}年{self.season.title_zh}学期"


def month_of(day: date) -> date:
    """The first day of a day's month: how months are named."""
    return day.replace(day=1)


def next_month(month: date) -> date:
    """The first day of the month after."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def last_day(month: date) -> date:
    """The last day of a month."""
    return next_month(month) - timedelta(days=1)


@dataclass(frozen=True)
class SchoolCalendar:
    """Terms over a calendar of working days. A school day is a working day within a term."""

    terms: tuple[SchoolTerm, ...]
    """By the day on which they open."""
    work: WorkCalendar

    def with_term(self, term: SchoolTerm) -> SchoolCalendar:
        """This calendar with one term entered or corrected. Raises :class:`InvalidInput` for one that cannot be."""
        others = [known for known in self.terms if (known.year, known.season) != (term.year, term.season)]
        _check(term, others)
        return replace(self, terms=tuple(sorted([*others, term], key=lambda one: one.starts_on)))

    def term_of(self, day: date) -> SchoolTerm | None:
        """The term in which a day lies."""
        return next((term for term in self.terms if term.starts_on <= day <= term.ends_on), None)

    def term(self, year: int, season: Season) -> SchoolTerm | None:
        """The term that opens in a season of a year."""
        return next((term for term in self.terms if (term.year, term.season) == (year, season)), None)

    def is_school_day(self, day: date) -> bool:
        """Whether schools teach that day."""
        return self.term_of(day) is not None and self.work.is_working(day)

    def school_days(self, month: date) -> tuple[date, ...]:
        """The school days of a month, in order."""
        first, last = month_of(month), last_day(month)
        return tuple(
            day
            for term in self.terms
            if term.starts_on <= last and term.ends_on >= first
            for day in _days(max(first, term.starts_on), min(last, term.ends_on))
            if self.work.is_working(day)
        )

    def counts(self, month: date) -> bool:
        """Whether every school must be visited in that month."""
        return len(self.school_days(month)) >= COUNTED_FROM

    def counted_months(self, year: int) -> tuple[date, ...]:
        """The months of a calendar year that count."""
        return tuple(month for month in (date(year, n, 1) for n in range(1, 13)) if self.counts(month))

    def months_of(self, term: SchoolTerm) -> tuple[date, ...]:
        """The months of a term that count, by its own school days and those of a term beside it."""
        months, month = [], month_of(term.starts_on)
        while month <= term.ends_on:
            if self.counts(month):
                months.append(month)
            month = next_month(month)
        return tuple(months)

    def known(self, year: int) -> bool:
        """Whether both terms that open in a year are known."""
        return all(self.term(year, season) is not None for season in Season)

    def remind_from(self, month: date) -> date:
        """The day from which who has not visited yet is reminded: the first of the last third of its school days."""
        days = self.school_days(month)
        if not days:
            raise ValueError("a month without school days has nobody to remind")
        return days[len(days) * 2 // 3]

    def span(self, month: date) -> tuple[date, date]:
        """Since when at the latest, and until when at least, a school must be open for the month to be owed.

        Whoever opens later, or closes earlier, has fewer than :data:`COUNTED_FROM` school days in it.
        """
        days = self.school_days(month)
        if len(days) < COUNTED_FROM:
            raise ValueError("only a month that counts is owed")
        return days[-COUNTED_FROM], days[COUNTED_FROM - 1]


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def _check(term: SchoolTerm, others: Iterable[SchoolTerm]) -> None:
    if not term.source.strip():
        raise InvalidInput("须写明依据，如市教委校历的文号", field="source")
    if term.starts_on.year != term.year:
        raise InvalidInput(f"开学须在{term.year}年", field="starts_on")
    if not term.starts_on < term.ends_on:
        raise InvalidInput("放假须在开学之后", field="ends_on")
    if (term.ends_on - term.starts_on).days > _LONGEST:
        raise InvalidInput(f"一个学期不会超过{_LONGEST}天", field="ends_on")
    for other in others:
        if other.starts_on <= term.ends_on and term.starts_on <= other.ends_on:
            between = f"{other.starts_on.isoformat()}至{other.ends_on.isoformat()}"
            raise InvalidInput(f"与{other.title}（{between}）重叠", field="starts_on")


def packaged_terms() -> tuple[SchoolTerm, ...]:
    """The terms known, or guessed, on the day of writing; where primary and secondary schools differ, the longer."""
    return tuple(
        SchoolTerm(
            first.year,
            Season.AUTUMN if first.month > 6 else Season.SPRING,
            first,
            last,
            _REPORTED.format(reported) if reported else _GUESSED,
            provisional=True,
        )
        for first, last, reported in (
            (date(2021, 3, 1), date(2021, 7, 9), "2020—2021"),
            (date(2021, 9, 1), date(2022, 1, 21), "2021—2022"),
            (date(2022, 2, 16), date(2022, 7, 8), "2021—2022"),
            (date(2022, 9, 1), date(2023, 1, 6), "2022—2023"),
            (date(2023, 2, 6), date(2023, 7, 7), ""),
            (date(2023, 9, 1), date(2024, 1, 19), ""),
            (date(2024, 2, 26), date(2024, 7, 5), ""),
            (date(2024, 9, 2), date(2025, 1, 17), ""),
            (date(2025, 2, 17), date(2025, 7, 4), ""),
            (date(2025, 9, 1), date(2026, 1, 30), "2025—2026"),
            (date(2026, 3, 5), date(2026, 7, 1), "2025—2026"),
            (date(2026, 9, 1), date(2027, 1, 22), ""),
            (date(2027, 2, 22), date(2027, 7, 9), ""),
            (date(2027, 9, 1), date(2028, 1, 14), ""),
        )
    )
