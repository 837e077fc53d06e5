"""Working days with 调休: announced years exact, later ones provisional and never an error."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from process.calendar import AnnouncedYear, WorkCalendar, packaged_calendar

VECTORS = list(csv.DictReader((Path(__file__).parent / "workday_vectors.csv").read_text("utf-8").splitlines()))
CALENDAR = packaged_calendar()
days = st.dates(date(2010, 1, 1), date(2050, 12, 31))


@pytest.mark.parametrize("vector", VECTORS, ids=[f"{v['kind']}-{v['start']}-{v['n']}" for v in VECTORS])
def test_vector(vector: dict[str, str]) -> None:
    expected = date.fromisoformat(vector["expected"])
    if vector["kind"] == "working":
        assert CALENDAR.add_working_days(date.fromisoformat(vector["start"]), int(vector["n"])) == expected
    elif vector["kind"] == "calendar_roll":
        start = date.fromisoformat(vector["start"])
        assert CALENDAR.roll(start + timedelta(days=int(vector["n"]))) == expected
    else:
        year, month = map(int, vector["start"].split("-"))
        assert CALENDAR.month_last_working_day(year, month) == expected


def test_every_vector_kind_is_known() -> None:
    assert {vector["kind"] for vector in VECTORS} == {"working", "calendar_roll", "month_last_workday"}


def test_the_known_numbers_of_working_days() -> None:
    for year, expected in ((2022, 249), (2025, 248), (2026, 248)):
        assert CALENDAR.working_days_between(date(year - 1, 12, 31), date(year, 12, 31)) == expected


@pytest.mark.parametrize("year", [2027, 2032, 2045])
def test_an_unannounced_year_is_provisional_and_no_error(year: int) -> None:
    start = date(year - 1, 12, 20)
    end = CALENDAR.add_working_days(start, 30)
    assert CALENDAR.is_provisional(start, end)
    assert not CALENDAR.is_working(date(year, 10, 1)), "the statutory days are known"


def test_a_years_notice_replaces_what_was_provisional() -> None:
    holidays = frozenset(date(2027, 10, n) for n in range(1, 9))
    known = CALENDAR.with_year(AnnouncedYear(2027, holidays, frozenset({date(2027, 10, 9)})))
    assert not known.is_provisional(date(2027, 1, 1), date(2027, 12, 31))
    assert known.is_working(date(2027, 10, 9))
    assert not known.is_working(date(2027, 10, 8))
    assert CALENDAR.is_working(date(2027, 10, 8)), "a calendar never changes, another one is made"


@given(days, st.integers(1, 200))
def test_counting_forth_and_back_agree(start: date, n: int) -> None:
    end = CALENDAR.add_working_days(start, n)
    assert CALENDAR.is_working(end)
    assert CALENDAR.working_days_between(start, end) == n
    assert CALENDAR.add_working_days(end, -n) <= start


@given(days)
def test_rolling_twice_is_rolling_once(day: date) -> None:
    rolled = CALENDAR.roll(day)
    assert rolled >= day
    assert CALENDAR.roll(rolled) == rolled
    assert CALENDAR.is_working(rolled)


def test_calendars_are_equal_by_what_was_announced() -> None:
    assert WorkCalendar(CALENDAR.years) == CALENDAR
