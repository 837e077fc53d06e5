"""The matrix of visits as Prefect keeps it: safe to run twice, and the definition against the priorities."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest

from casework.visits_check import MADE_UP, PROCESS_NAME
from flows.visits import PROCESS, keep_visits
from process.school_calendar import COUNTED_FROM
from process.visits import GRACE, VISITS_A_TERM
from process.vocabulary import Cadence, QuotaKind, Role
from tests.schools import DISTRICT, Schools
from tests.world import World


def test_the_numbers_of_the_priorities() -> None:
    a_month, a_term = PROCESS.quota(QuotaKind.VISITS_A_MONTH), PROCESS.quota(QuotaKind.VISITS_A_TERM)
    assert a_month is not None
    assert a_term is not None
    assert (a_month.minimum, a_month.quote) == (1, "责任督学每月至少到校督导1次")
    assert (a_term.minimum, VISITS_A_TERM) == (2, 2)
    assert PROCESS.recurrence is not None
    assert PROCESS.recurrence.cadence is Cadence.SCHOOL_MONTHLY
    assert (COUNTED_FROM, GRACE) == (10, 5)


def test_the_case_that_casework_opens_and_closes_is_this_one() -> None:
    assert PROCESS.name == PROCESS_NAME
    made_up = PROCESS.stage(PROCESS.first).outcome(MADE_UP)
    assert made_up is not None
    assert made_up.by is Role.COORDINATOR, "a district cannot say so itself"


@pytest.mark.usefixtures("prefect_api", "flow_database")
def test_a_day_that_was_missed_is_made_good_and_a_second_run_does_nothing(world: World) -> None:
    schools = Schools(world)
    inspector, _ = schools.inspector()
    schools.add(DISTRICT, 2, inspector=inspector)

    def keep(day: date) -> tuple[str, str]:
        state = asyncio.run(keep_visits(now=world.at(day, 7), return_state=True))
        return state.name or "", state.message or ""

    assert keep(date(2022, 8, 31))[0] == "无变动", "a month that does not count"
    assert keep(date(2022, 9, 5)) == ("已办理", "新增2")
    assert keep(date(2022, 9, 5)) == ("无变动", "")
    assert keep(date(2022, 9, 27)) == ("无变动", "")
    assert world.rows("SELECT count(*) AS n FROM notices WHERE kind = 'visit_reminder'") == [{"n": 1}]
    # Nothing ran until weeks later: October is made, September told; the case opens after the grace.
    assert keep(date(2022, 10, 17)) == ("已办理", "新增2，告知1")
    assert keep(date(2022, 10, 24)) == ("无变动", "")
    assert keep(date(2022, 10, 25)) == ("已办理", "立项1")
    assert keep(date(2022, 10, 25)) == ("无变动", "")
    assert world.rows("SELECT subject_id, stage FROM cases") == [{"subject_id": DISTRICT, "stage": "make_up"}]
