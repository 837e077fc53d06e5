"""How a number of the priorities stands on a day."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from process.definition import Quota
from process.quotas import Measured, QuotaState, judge, period_end, wanted
from process.vocabulary import QuotaKind


def quota(kind: QuotaKind = QuotaKind.ON_SITE_A_YEAR, **more: Any) -> Quota:
    return Quota(**{"kind": kind, "minimum": 8, "maximum": 8, "quote": "8个区县", "basis": "要点第4项", **more})


def state(of: Quota, measured: Measured, today: date, year: int = 2022) -> QuotaState:
    return judge(of, measured, year=year, since=2022, today=today).state


@pytest.mark.parametrize(
    ("done", "today", "expected"),
    [
        (None, date(2022, 3, 1), QuotaState.UNKNOWN),
        (0, date(2022, 3, 1), QuotaState.UNDER_WAY),
        (7, date(2022, 9, 29), QuotaState.UNDER_WAY),
        (7, date(2022, 9, 30), QuotaState.IN_DANGER),
        (7, date(2022, 12, 31), QuotaState.IN_DANGER),
        (7, date(2023, 1, 1), QuotaState.MISSED),
        (8, date(2022, 1, 1), QuotaState.REACHED),
    ],
)
def test_a_yearly_number(done: float | None, today: date, expected: QuotaState) -> None:
    assert state(quota(), Measured(done), today) is expected


def test_what_rolls_over_stays_open_after_its_year() -> None:
    rolling = quota(QuotaKind.RECOGNISED, minimum=1, maximum=2, rolls_over=True)
    late = judge(rolling, Measured(0), year=2022, since=2022, today=date(2023, 2, 1))
    assert late.state is QuotaState.IN_DANGER
    assert "结转" in late.said


def test_more_than_the_maximum_is_said() -> None:
    judged = judge(quota(), Measured(9), year=2022, since=2022, today=date(2022, 3, 1))
    assert judged.state is QuotaState.REACHED
    assert "超过上限" in judged.said


def test_a_cover_that_cannot_be_reached_is_in_danger_from_the_first_day() -> None:
    cover = quota(QuotaKind.COVERAGE_CYCLE, minimum=1, maximum=None, years=5)
    judged = judge(cover, Measured(0, 41, 41, within_reach=40), year=2022, since=2022, today=date(2022, 1, 4))
    assert judged.state is QuotaState.IN_DANGER, "8个区县×5年=40，少于41个区县"
    assert "还差1个" in judged.said
    assert judged.ends_on == date(2026, 12, 31)
    assert state(cover, Measured(0, 39, 39, within_reach=40), date(2022, 1, 4)) is QuotaState.UNDER_WAY


def test_what_must_always_hold_is_in_danger_at_once_and_names_who_falls_short() -> None:
    team = quota(QuotaKind.TEAM_SIZE, minimum=3, maximum=None)
    assert state(team, Measured(8, 8), date(2022, 3, 1)) is QuotaState.REACHED
    judged = judge(team, Measured(7, 8, 30, ("渝中区",)), year=2022, since=2022, today=date(2022, 3, 1))
    assert judged.state is QuotaState.IN_DANGER
    assert "渝中区等30个" in judged.said


def test_periods_follow_each_other() -> None:
    five = quota(QuotaKind.COVERAGE_CYCLE, years=5)
    ends = [period_end(five, year, 2022).year for year in (2022, 2026, 2027, 2031, 2021)]
    assert ends == [2026, 2026, 2031, 2031, 2021]
    by = quota(QuotaKind.DONE_BY, minimum=None, maximum=None, by_month=12, by_day=31)
    assert period_end(by, 2022, 2022) == date(2022, 12, 31)


def test_wanted_in_words() -> None:
    assert wanted(quota()) == "8"
    assert wanted(quota(minimum=1, maximum=2)) == "1~2"
    assert wanted(quota(minimum=3, maximum=None)) == "3以上"
    assert wanted(quota(minimum=None, maximum=5)) == "5以下"
    assert wanted(quota(QuotaKind.SHARE_DRAWN, minimum=0.02, maximum=None)) == "2%以上"
    assert wanted(quota(QuotaKind.DONE_BY, minimum=None, maximum=None, by_month=12, by_day=31)) == "12月31日前"
