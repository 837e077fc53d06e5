"""Terms, school days, and the months that count, whatever the terms are."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from process.calendar import packaged_calendar
from process.errors import InvalidInput
from process.school_calendar import (
    COUNTED_FROM,
    SchoolCalendar,
    SchoolTerm,
    last_day,
    month_of,
    next_month,
    packaged_terms,
)
from process.vocabulary import Season

WORK = packaged_calendar()
CALENDAR = SchoolCalendar(packaged_terms(), WORK)


def term(starts_on: date, ends_on: date, season: Season = Season.SPRING, source: str = "校历") -> SchoolTerm:
    return SchoolTerm(starts_on.year, season, starts_on, ends_on, source)


@st.composite
def calendars(draw: st.DrawFn) -> SchoolCalendar:
    """Years of two terms each that do not overlap, as wide or narrow as they may be."""
    terms = []
    for year in (2021, 2022, 2023):
        start, rest = draw(st.integers(25, 80)), draw(st.integers(1, 90))
        spring = date(year, 1, 1) + timedelta(days=start)
        terms.append(term(spring, spring + timedelta(days=rest)))
        autumn = date(year, 8, 1) + timedelta(days=draw(st.integers(0, 60)))
        terms.append(term(autumn, autumn + timedelta(days=draw(st.integers(1, 110))), Season.AUTUMN))
    return SchoolCalendar(tuple(terms), WORK)


months = st.dates(date(2021, 1, 1), date(2023, 12, 31)).map(month_of)


@given(calendars(), months)
def test_a_month_counts_where_it_has_ten_school_days(calendar: SchoolCalendar, month: date) -> None:
    days = calendar.school_days(month)
    every_day = [month + timedelta(days=n) for n in range((last_day(month) - month).days + 1)]
    assert list(days) == [day for day in every_day if calendar.is_school_day(day)]
    assert all(WORK.is_working(day) and calendar.term_of(day) for day in days)
    assert calendar.counts(month) == (len(days) >= 10)
    assert (month in calendar.counted_months(month.year)) == calendar.counts(month)


@given(calendars(), months, st.integers(0, 40), st.integers(0, 40))
def test_a_school_owes_a_month_in_which_it_has_ten_school_days_itself(
    calendar: SchoolCalendar, month: date, opens: int, closes: int
) -> None:
    if not calendar.counts(month):
        return
    latest_opening, earliest_closing = calendar.span(month)
    opening = month + timedelta(days=opens)
    closing = month + timedelta(days=closes)
    after = [day for day in calendar.school_days(month) if day >= opening]
    before = [day for day in calendar.school_days(month) if day <= closing]
    assert (opening <= latest_opening) == (len(after) >= COUNTED_FROM)
    assert (closing >= earliest_closing) == (len(before) >= COUNTED_FROM)


@given(calendars(), months)
def test_reminding_begins_in_the_last_third(calendar: SchoolCalendar, month: date) -> None:
    if not calendar.counts(month):
        return
    days, first = calendar.school_days(month), calendar.remind_from(month)
    left = [day for day in days if day >= first]
    assert len(days) / 3 <= len(left) < len(days) / 3 + 1


def test_the_months_of_2022_that_count() -> None:
    """Neither the winter nor the summer holidays: February has nine school days, July six."""
    assert [month.month for month in CALENDAR.counted_months(2022)] == [1, 3, 4, 5, 6, 9, 10, 11, 12]
    assert len(CALENDAR.school_days(date(2022, 2, 1))) == 9
    assert len(CALENDAR.school_days(date(2022, 7, 1))) == 6
    assert CALENDAR.school_days(date(2022, 8, 1)) == ()
    assert CALENDAR.is_school_day(date(2022, 10, 8)), "a Saturday that works"
    spring = CALENDAR.term(2022, Season.SPRING)
    assert spring is not None
    assert [month.month for month in CALENDAR.months_of(spring)] == [3, 4, 5, 6]


def test_what_is_packaged_is_provisional_and_says_so() -> None:
    assert all(one.provisional and "待核实" in one.source for one in packaged_terms())
    assert all(CALENDAR.known(year) for year in range(2021, 2028))
    assert not CALENDAR.known(2030)
    assert CALENDAR.counted_months(2030) == ()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (term(date(2022, 7, 8), date(2022, 2, 16)), "ends_on"),
        (term(date(2022, 2, 16), date(2022, 9, 2)), "starts_on"),
        (term(date(2022, 2, 16), date(2023, 2, 16)), "ends_on"),
        (term(date(2022, 2, 16), date(2022, 7, 8), source=" "), "source"),
        (SchoolTerm(2022, Season.SPRING, date(2021, 2, 16), date(2021, 7, 8), "校历"), "starts_on"),
    ],
)
def test_a_term_that_cannot_be_is_refused(wrong: SchoolTerm, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        CALENDAR.with_term(wrong)
    assert refused.value.field == field


def test_a_term_entered_replaces_the_packaged_one() -> None:
    entered = term(date(2022, 2, 10), date(2022, 7, 1))
    calendar = CALENDAR.with_term(entered)
    assert calendar.term(2022, Season.SPRING) == entered
    assert len(calendar.terms) == len(CALENDAR.terms)
    assert date(2022, 2, 1) in calendar.counted_months(2022)
    assert next_month(date(2022, 12, 1)) == date(2023, 1, 1)
