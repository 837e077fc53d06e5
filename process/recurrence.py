"""When processes begin anew: from a :class:`~process.definition.Recurrence` to the launches of a year.

A launch always falls on a working day, so never inside the Spring Festival. What a rule dates to a day off moves to the
next working day, except where that would come too late: before a term's end, at a month's half, at the end of a year.
The key of an occurrence never changes, whatever happens to its day: a process begins each only once.
"""

from __future__ import annotations

import calendar as month_lengths
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from process.calendar import WorkCalendar
from process.definition import Process, Recurrence
from process.school_calendar import SchoolCalendar
from process.vocabulary import Cadence

PROPOSED_BEFORE = 7
"""Calendar days before its launch at which the coordinators are told of it."""

_DIGITS = "零一二三四五六七八九"
_NUMBERED = re.compile(r"第[零一二三四五六七八九十百]+(届|轮)")


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One launch that the calendar foresees."""

    key: str
    """What it is for ever: ``2022``, ``2022-spring``, ``2022-03``, ``2022-03-15``."""
    title: str
    """The title of its round."""
    year: int
    """The year of its round, to which the fixed dates of the definition refer."""
    launch_on: date
    ends: tuple[date, date] | None = None
    """Where it is about people whose term ends: the first and the last such day."""


def occurrences(
    process: Process,
    year: int,
    school: SchoolCalendar,
    *,
    term_ends: Iterable[date] = (),
) -> list[Occurrence]:
    """The launches of a process in a year, in order of their days.

    Where the school calendar does not know a term, nothing recurs by it. ``term_ends`` are the last days of the terms
    of office that the process is about.
    """
    rule = process.recurrence
    if rule is None or year < rule.since or (rule.until is not None and year > rule.until):
        return []
    match rule.cadence:
        case Cadence.YEARLY | Cadence.CYCLE:
            found = _by_year(process, rule, year, school.work)
        case Cadence.TERMLY:
            found = _by_term(process, rule, year, school)
        case Cadence.SCHOOL_MONTHLY:
            found = _by_school_month(process, rule, year, school)
        case Cadence.HALF_MONTHLY:
            found = _by_half_month(process, rule, year, school.work)
        case Cadence.TERM_END:
            found = _by_term_end(process, rule, year, school.work, term_ends)
        case Cadence.ON_DEMAND:
            found = iter(())
    return sorted(found, key=lambda one: (one.launch_on, one.key))


def _by_year(process: Process, rule: Recurrence, year: int, calendar: WorkCalendar) -> Iterator[Occurrence]:
    """The fixed day of every n-th year, rolled forward; at the end of December back, as it belongs to its year."""
    if (year - rule.since) % rule.every_years:
        return
    if rule.month is None or rule.day is None:  # the definition holds that
        return
    day = date(year, rule.month, min(rule.day, month_lengths.monthrange(year, rule.month)[1]))
    on = calendar.roll(day)
    if on.year != year:
        on = calendar.add_working_days(on, -1)
    yield Occurrence(str(year), round_title(process, year), year, on)


def round_title(process: Process, year: int) -> str:
    """What a round of a year is called: ``第五届市政府督学换届`` where they are numbered, else ``2022年…``."""
    rule = process.recurrence
    if rule is None or rule.ordinal is None or year < rule.since:
        return f"{year}年{process.title}"
    number = f"第{chinese_number(rule.ordinal + (year - rule.since) // rule.every_years)}{rule.counted or '届'}"
    if _NUMBERED.search(process.title):
        return _NUMBERED.sub(number, process.title, count=1)
    return f"{number}{process.title}"


def in_words(rule: Recurrence) -> str:
    """When it begins anew, as people say it: ``每年9月1日``, ``春秋两季开学前15个工作日``."""
    match rule.cadence:
        case Cadence.YEARLY | Cadence.CYCLE:
            every = "每年" if rule.every_years == 1 else f"每{rule.every_years}年"
            if rule.until is not None and rule.until < rule.since + rule.every_years:
                every = f"{rule.since}年"
            counted = (
                f"（{rule.since}年为第{chinese_number(rule.ordinal)}{rule.counted or '届'}）" if rule.ordinal else ""
            )
            return f"{every}{rule.month}月{rule.day}日{counted}"
        case Cadence.TERMLY:
            return f"春秋两季开学{_apart(rule.offset)}"
        case Cadence.SCHOOL_MONTHLY:
            return f"每个教学月第一个上课日{_apart(rule.offset) if rule.offset else ''}"
        case Cadence.HALF_MONTHLY:
            return f"每月15日和月末{_apart(rule.offset) if rule.offset else ''}"
        case Cadence.TERM_END:
            return f"任期届满前{abs(rule.offset)}日（按届满月份成批）"
        case Cadence.ON_DEMAND:
            return rule.cadence.title_zh


def _apart(offset: int) -> str:
    return "当日" if offset == 0 else f"{'后' if offset > 0 else '前'}{abs(offset)}个工作日"


def chinese_number(n: int) -> str:
    """1 to 99 in Chinese: 四, 十, 十二, 二十一."""
    if not 1 <= n <= 99:
        raise ValueError("only 1 to 99")
    tens, ones = divmod(n, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return f"{head}{_DIGITS[ones] if ones else ''}"


def _by_term(process: Process, rule: Recurrence, year: int, school: SchoolCalendar) -> Iterator[Occurrence]:
    """``offset`` working days from the first school day of each term that opens in the year."""
    for term in school.terms:
        if term.year == year:
            on = school.work.add_working_days(school.work.roll(term.starts_on), rule.offset)
            title = f"{year}年{term.season.title_zh}{process.title.removeprefix('春秋季')}"
            yield Occurrence(f"{year}-{term.season.value}", title, year, on)


def _by_school_month(process: Process, rule: Recurrence, year: int, school: SchoolCalendar) -> Iterator[Occurrence]:
    """``offset`` working days from the first school day of every month that counts."""
    for month in school.counted_months(year):
        on = school.work.add_working_days(school.school_days(month)[0], rule.offset)
        yield Occurrence(f"{month:%Y-%m}", f"{year}年{month.month}月{process.title}", year, on)


def _by_half_month(process: Process, rule: Recurrence, year: int, calendar: WorkCalendar) -> Iterator[Occurrence]:
    """The 15th and the last day of each month (in February the 28th or 29th, where others have their 30th).

    ``offset`` (negative) counts back from that day, so that a stage of as many working days is due on it; where it is a
    day off, on the next working day, as any time limit is. With an offset of 0 the launch itself comes on the last
    working day not after it: what is reported is the half month, and that ends whether offices work or not.
    """
    for month in range(1, 13):
        for n in (15, month_lengths.monthrange(year, month)[1]):
            day = date(year, month, n)
            half = "上半月" if n == 15 else "下半月"
            on = calendar.add_working_days(day, rule.offset) if rule.offset else roll_back(day, calendar)
            yield Occurrence(day.isoformat(), f"{year}年{month}月{half}{process.title}", year, on)


def _by_term_end(
    process: Process, rule: Recurrence, year: int, calendar: WorkCalendar, term_ends: Iterable[date]
) -> Iterator[Occurrence]:
    """One batch for all whose terms end in the same month, launched early enough for the first of them.

    A round per person would bury the office, and give each a number of its own in the register; one round per year
    would have to be written to piecemeal, while the written notice must go out before (《教育督导条例》第十七条). Terms
    end with the school year as a rule, so a month's batch mostly is of one day, and everybody has the days in full.
    """
    months: dict[tuple[int, int], list[date]] = {}
    for end in term_ends:
        months.setdefault((end.year, end.month), []).append(end)
    for (in_year, month), ends in months.items():
        on = roll_back(min(ends) - timedelta(days=abs(rule.offset)), calendar)
        if on.year == year:
            title = f"{in_year}年{month}月{process.title}"
            yield Occurrence(f"{in_year}-{month:02}", title, year, on, (min(ends), max(ends)))


def roll_back(day: date, calendar: WorkCalendar) -> date:
    """The day itself if it works, else the last one before that did."""
    return day if calendar.is_working(day) else calendar.add_working_days(day, -1)
