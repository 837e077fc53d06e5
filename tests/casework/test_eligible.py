"""Whom a launch of the calendar is about, where not every subject of its kind: holders of a title, private schools."""

from __future__ import annotations

from datetime import date

from casework.eligible import eligible, to_choose
from db.tables import Recognition, School
from flows.balanced_education import RECHECK, RECOGNITION
from flows.district_evaluation import PROCESS as EVALUATION
from flows.moral_education import ARTS_SPORTS_LABOUR, PRIVATE_SCHOOLS
from tests.schools import DISTRICT, OTHER, Schools
from tests.world import World

DAY = date(2022, 10, 10)


def title(world: World, subject_id: str, title: str, granted_on: date, revoked_on: date | None = None) -> None:
    with world.unit() as session:
        session.add(
            Recognition(
                process_name=RECOGNITION.name,
                title=title,
                subject_id=subject_id,
                batch=granted_on.year,
                granted_on=granted_on,
                revoked_on=revoked_on,
                revoked_reason="水平下降" if revoked_on else "",
            )
        )


def test_the_re_check_is_about_those_who_hold_the_title_that_day(world: World) -> None:
    title(world, "CQ-500103", RECHECK.grants, date(2020, 3, 1))
    title(world, "CQ-500106", RECHECK.grants, date(2023, 3, 1))
    title(world, "CQ-500107", RECHECK.grants, date(2019, 3, 1), revoked_on=date(2021, 12, 1))
    title(world, "CQ-500108", "另一称号", date(2020, 3, 1))
    with world.unit() as session:
        assert eligible(session, RECHECK, DAY) == ["CQ-500103"]
        assert len(eligible(session, RECOGNITION, DAY)) == 41


def test_private_schools_and_no_others(world: World) -> None:
    schools = Schools(world)
    [public], [private] = schools.add(DISTRICT), schools.add(OTHER)
    with world.unit() as session:
        session.get_one(School, private).private = True
    with world.unit() as session:
        assert eligible(session, PRIVATE_SCHOOLS, DAY) == [private]
        assert sorted(eligible(session, ARTS_SPORTS_LABOUR, DAY)) == sorted([public, private])


def test_how_many_are_chosen_where_no_stage_draws_them() -> None:
    assert to_choose(ARTS_SPORTS_LABOUR, 5000) == ARTS_SPORTS_LABOUR.sample_size > 0
    assert to_choose(ARTS_SPORTS_LABOUR, 3) == 0, "all of them then"
    assert to_choose(EVALUATION, 41) == 0, "the eight are drawn later"
