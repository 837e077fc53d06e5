"""When processes begin anew: known days of 2022, and what holds of every year."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from process.calendar import packaged_calendar
from process.definition import Ladder, Outcome, Period, Process, Recurrence, Route, Stage
from process.recurrence import Occurrence, chinese_number, occurrences, roll_back
from process.school_calendar import SchoolCalendar, SchoolTerm, packaged_terms
from process.vocabulary import Cadence, CaseOutcome, Role, Season, SubjectKind

CALENDAR = packaged_calendar()
SCHOOL = SchoolCalendar(packaged_terms(), CALENDAR)
NO_TERMS = SchoolCalendar((), CALENDAR)


def process(recurrence: Recurrence | None, title: str = "专项督导") -> Process:
    """The smallest process there is."""
    stage = Stage(
        key="only", title="办理", owner=Role.DISTRICT, period=Period(n=5), asks="请办理。", ladder="none",
        outcomes=(Outcome(key="done", title="办结", routes=(Route(closes_as=CaseOutcome.DONE),)),),
    )  # fmt: skip
    return Process(
        name="small", version=1, title=title, source="", subjects=SubjectKind.DISTRICT, first="only", stages=(stage,),
        ladders=(Ladder(key="none", rungs=()),), recurrence=recurrence,
    )  # fmt: skip


def days(recurrence: Recurrence, year: int = 2022, school: SchoolCalendar = SCHOOL) -> dict[str, str]:
    """Key to launch day."""
    found = occurrences(process(recurrence), year, school)
    return {one.key: one.launch_on.isoformat() for one in found}


def titles(recurrence: Recurrence, title: str, year: int) -> list[str]:
    return [one.title for one in occurrences(process(recurrence, title), year, SCHOOL)]


def test_what_does_not_recur_has_no_launches() -> None:
    assert occurrences(process(None), 2022, SCHOOL) == []
    assert days(Recurrence(cadence=Cadence.ON_DEMAND)) == {}


@pytest.mark.parametrize(
    ("month", "day", "on"),
    [
        (9, 1, "2022-09-01"),
        (10, 1, "2022-10-08"),  # Saturday, but it works
        (2, 1, "2022-02-07"),  # 春节
        (2, 29, "2022-02-28"),  # not a leap year
        (12, 31, "2022-12-30"),  # a Saturday at the end of the year: back, not into the next
    ],
)
def test_every_year_on_its_day_or_the_next_working_day(month: int, day: int, on: str) -> None:
    assert days(Recurrence(cadence=Cadence.YEARLY, month=month, day=day)) == {"2022": on}


def test_a_cycle_begins_in_its_own_years_only() -> None:
    five = Recurrence(cadence=Cadence.CYCLE, month=3, day=1, every_years=5, since=2022)
    assert [year for year in range(2015, 2035) if days(five, year)] == [2022, 2027, 2032]
    once = Recurrence(cadence=Cadence.YEARLY, month=3, day=1, since=2022, until=2022)
    assert [year for year in range(2020, 2026) if days(once, year)] == [2022]
    three = Recurrence(cadence=Cadence.CYCLE, month=3, day=1, every_years=3, since=2021)
    assert [year for year in range(2020, 2029) if days(three, year)] == [2021, 2024, 2027]


def test_numbered_rounds_are_called_by_their_number() -> None:
    inspectors = Recurrence(
        cadence=Cadence.CYCLE, month=5, day=6, every_years=3, since=2022, ordinal=5, counted="届"
    )  # fmt: skip
    assert titles(inspectors, "市政府督学换届", 2022) == ["第五届市政府督学换届"]
    assert titles(inspectors, "市政府督学换届", 2025) == ["第六届市政府督学换届"]
    colleges = Recurrence(cadence=Cadence.CYCLE, month=5, day=6, every_years=2, since=2022, ordinal=4, counted="轮")
    assert titles(colleges, "第四轮职业院校督导评估", 2024) == ["第五轮职业院校督导评估"]
    assert titles(Recurrence(cadence=Cadence.YEARLY, month=5, day=6), "评价", 2022) == ["2022年评价"]
    assert [chinese_number(n) for n in (4, 10, 11, 20, 99)] == ["四", "十", "十一", "二十", "九十九"]


def test_twice_a_year_before_each_term() -> None:
    early = Recurrence(cadence=Cadence.TERMLY, offset=-15)
    # From Wednesday 16 February back over 春节 (31 January to 6 February off, the weekend before it works).
    assert days(early) == {"2022-spring": "2022-01-21", "2022-autumn": "2022-08-11"}
    assert titles(early, "春秋季开学工作专项督导检查", 2022) == [
        "2022年春季开学工作专项督导检查",
        "2022年秋季开学工作专项督导检查",
    ]
    assert days(early, school=NO_TERMS) == {}, "without a school calendar nothing is guessed"


def test_every_school_month_from_its_first_school_day() -> None:
    months = days(Recurrence(cadence=Cadence.SCHOOL_MONTHLY))
    # February has 9 school days, July 6, August none.
    assert list(months) == [f"2022-{month:02}" for month in (1, 3, 4, 5, 6, 9, 10, 11, 12)]
    assert (months["2022-01"], months["2022-09"], months["2022-10"]) == ("2022-01-04", "2022-09-01", "2022-10-08")


def test_twice_a_month_on_the_fifteenth_and_the_last_day() -> None:
    keys = list(days(Recurrence(cadence=Cadence.HALF_MONTHLY)))
    assert len(keys) == 24
    assert keys[:4] == ["2022-01-15", "2022-01-31", "2022-02-15", "2022-02-28"], "February has no 30th"
    assert "2024-02-29" in days(Recurrence(cadence=Cadence.HALF_MONTHLY), 2024)


def test_a_half_month_is_reported_by_its_end() -> None:
    on_the_day = days(Recurrence(cadence=Cadence.HALF_MONTHLY))
    assert on_the_day["2022-01-15"] == "2022-01-14", "a Saturday: the last working day before it"
    assert on_the_day["2022-01-31"] == "2022-01-30", "春节 begins; the Sunday before works"
    before = days(Recurrence(cadence=Cadence.HALF_MONTHLY, offset=-3))
    assert before["2022-03-15"] == "2022-03-10"
    assert CALENDAR.add_working_days(date(2022, 3, 10), 3) == date(2022, 3, 15), "due on the day itself"
    # The 30th of April is off until the 4th of May: due on the 5th, as any time limit.
    assert CALENDAR.add_working_days(date.fromisoformat(before["2022-04-30"]), 3) == date(2022, 5, 5)


def test_those_whose_terms_end_together_are_one_batch() -> None:
    rule = Recurrence(cadence=Cadence.TERM_END, offset=120)
    ends = [date(2022, 8, 31), date(2022, 8, 31), date(2022, 8, 15), date(2022, 12, 31), date(2023, 2, 28)]
    found = occurrences(process(rule, "任期届满校（园）长综合督导"), 2022, SCHOOL, term_ends=ends)
    assert [(one.key, one.launch_on.isoformat()) for one in found] == [
        ("2022-08", "2022-04-15"),  # 120 days before the 15th is the 17th of April, a Sunday
        ("2022-12", "2022-09-02"),
        ("2023-02", "2022-10-31"),
    ]
    assert found[0].title == "2022年8月任期届满校（园）长综合督导"
    assert found[0].ends == (date(2022, 8, 15), date(2022, 8, 31))


_RULES = st.one_of(
    st.builds(
        Recurrence,
        cadence=st.sampled_from((Cadence.YEARLY, Cadence.CYCLE)),
        month=st.integers(1, 12),
        day=st.integers(1, 31),
        every_years=st.integers(1, 5),
        since=st.integers(2018, 2024),
    ),
    st.builds(Recurrence, cadence=st.just(Cadence.TERMLY), offset=st.integers(-20, 20)),
    st.builds(Recurrence, cadence=st.just(Cadence.SCHOOL_MONTHLY), offset=st.integers(0, 5)),
    st.builds(Recurrence, cadence=st.just(Cadence.HALF_MONTHLY), offset=st.integers(-5, 0)),
    st.builds(Recurrence, cadence=st.just(Cadence.TERM_END), offset=st.integers(30, 200)),
)


@st.composite
def _terms(draw: st.DrawFn, year: int) -> list[SchoolTerm]:
    spring = date(year, 2, 1) + timedelta(days=draw(st.integers(0, 40)))
    autumn = date(year, 8, 25) + timedelta(days=draw(st.integers(0, 14)))
    return [
        SchoolTerm(year, Season.SPRING, spring, date(year, 7, draw(st.integers(1, 20))), "校历"),
        SchoolTerm(year, Season.AUTUMN, autumn, date(year + 1, 1, draw(st.integers(5, 25))), "校历"),
    ]


def _all_of(rule: Recurrence, data: st.DataObject) -> dict[int, list[Occurrence]]:
    """What a rule gives in three years on end, all of them asked with the same knowledge."""
    years = range(2021, 2024)
    terms = tuple(term for year in (2020, *years) for term in data.draw(_terms(year)))
    school = SchoolCalendar(terms, CALENDAR)
    ends = data.draw(st.lists(st.dates(date(2021, 1, 1), date(2024, 12, 31)), max_size=20))
    return {year: occurrences(process(rule), year, school, term_ends=ends) for year in years}


@given(rule=_RULES, data=st.data())
def test_no_occurrence_twice_none_in_the_wrong_year_and_all_on_working_days(
    rule: Recurrence, data: st.DataObject
) -> None:
    by_year = _all_of(rule, data)
    every = [one for found in by_year.values() for one in found]
    assert len({one.key for one in every}) == len(every), "an occurrence is begun only once, across years too"
    for year, found in by_year.items():
        assert len({one.title for one in found}) == len(found), "titles of a year differ: a round's must"
        assert found == sorted(found, key=lambda one: one.launch_on)
        for one in found:
            assert one.year == year
            assert CALENDAR.is_working(one.launch_on)
            festival = CALENDAR.spring_festival(one.launch_on.year)
            assert festival is not None
            assert not festival[0] <= one.launch_on <= festival[1]
            if rule.offset == 0 or rule.cadence is Cadence.TERM_END:
                assert one.launch_on.year == year, "only an offset may reach over the turn of a year"


@given(data=st.data())
def test_everybody_whose_term_ends_is_in_one_batch_that_begins_in_time(data: st.DataObject) -> None:
    rule = Recurrence(cadence=Cadence.TERM_END, offset=120, since=2021)
    ends = data.draw(st.lists(st.dates(date(2022, 1, 1), date(2022, 12, 31)), min_size=1, max_size=30))
    found = [one for year in (2021, 2022) for one in occurrences(process(rule), year, SCHOOL, term_ends=ends)]
    for end in ends:
        [batch] = [one for one in found if one.ends and one.ends[0] <= end <= one.ends[1]]
        assert batch.launch_on <= end - timedelta(days=120)
        first = batch.ends[0] if batch.ends else end
        assert batch.launch_on == roll_back(first - timedelta(days=120), CALENDAR)
