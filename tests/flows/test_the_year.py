"""What the calendar makes of the twenty items in the year of the priorities."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from flows.catalogue import definitions
from process.calendar import packaged_calendar
from process.definition import Process
from process.recurrence import Occurrence, occurrences
from process.school_calendar import SchoolCalendar, packaged_terms
from process.vocabulary import Cadence
from process.yearplan import walk

CALENDAR = packaged_calendar()
SCHOOL = SchoolCalendar(packaged_terms(), CALENDAR)
# Principals' terms end with the school year.
ENDS = [date(2022, 8, 31), date(2023, 1, 31)]


def of(process: Process, year: int = 2022) -> list[Occurrence]:
    return occurrences(process, year, SCHOOL, term_ends=ENDS)


def by_item(year: int = 2022) -> dict[int, list[Occurrence]]:
    found: dict[int, list[Occurrence]] = {}
    for process in definitions():
        if process.item:
            found.setdefault(process.item, []).extend(of(process, year))
    return found


def test_every_item_begins_in_2022() -> None:
    assert {item for item, its in by_item().items() if its} == set(range(1, 21))


def test_what_the_priorities_say_of_how_often() -> None:
    how_often = Counter(
        process.recurrence.cadence for process in definitions() if process.item and process.recurrence is not None
    )
    assert how_often[Cadence.YEARLY] > 10
    assert [one.key for one in by_item()[11]][:2] == ["2022-spring", "2022-autumn"], "春秋季"
    half_months = [one for one in by_item()[8] if len(one.key) == len("2022-01-15")]
    assert len(half_months) == 24, "每月15日和月末"
    months = [one.key for one in by_item()[8] if len(one.key) == len("2022-01")]
    assert months == [f"2022-{month:02}" for month in (1, 3, 4, 5, 6, 9, 10, 11, 12)], "每月，教学月"
    titles = {item: " ".join(one.title for one in its) for item, its in by_item().items()}
    assert "第四轮" in titles[16]
    assert "第五届" in titles[18]
    assert "第四届" in titles[20]
    assert any(one.ends for one in by_item()[9]), "任期届满前"


def test_the_title_of_each_round_is_its_own() -> None:
    for year in (2022, 2023):
        for process in definitions():
            titles = [one.title for one in of(process, year)]
            assert len(set(titles)) == len(titles), process.name
            assert all(CALENDAR.is_working(one.launch_on) for one in of(process, year))


@pytest.mark.parametrize("process", definitions(), ids=lambda process: process.name)
def test_the_course_of_each_can_be_foreseen(process: Process) -> None:
    its = walk(process, date(2022, 3, 1), 2022, CALENDAR)
    assert its
    assert all(span.starts_on <= span.due_on for span in its)
    assert its[-1].due_on < date(2027, 1, 1)
