"""The matrix of visits at scale: made by one statement, read by its indexes, however many months there are."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text
from sqlmodel import Session

from casework.visits_check import SETTLED, remind, tell_short
from casework.visits_matrix import Made, make_month
from db.queries.rows import Window
from db.queries.visits import coverage, missing, schools_by_month, visits_of
from tests.db.plans import read_by
from tests.db.test_plans import indexes
from tests.schools import DISTRICT
from tests.world import World

SCHOOLS = 5_000
MONTH = date(2022, 9, 1)


@pytest.fixture
def many(world: World) -> World:
    """5,000 schools over all districts, with 1,000 inspectors and years of visits."""
    world.now = world.at(date(2022, 9, 26))
    with world.unit() as session:
        for statement in (
            "INSERT INTO inspectors (name, is_inspector, expertise, active, full_time, number, education) "
            "SELECT 'I' || n, true, '', true, false, '', '' FROM generate_series(1, 1000) n",
            "INSERT INTO subjects (id, kind, code, name, alias, region_kind, education_office, district_id) "
            "SELECT 'V' || lpad(n::text, 5, '0'), 'school', '', 'V' || n, '', '', '', d.id "
            "FROM generate_series(1, :n) n JOIN ("
            "SELECT id, row_number() OVER (ORDER BY id) AS r, count(*) OVER () AS c "
            "FROM subjects WHERE kind = 'district') d ON d.r = n % d.c + 1",
            "INSERT INTO schools (subject_id, stage, students, private) "
            "SELECT id, 'primary', 500, false FROM subjects WHERE kind = 'school'",
            "INSERT INTO responsible_inspectors (inspector_id, school_id, from_day) "
            "SELECT 12 + (row_number() OVER (ORDER BY id) - 1) / 5 + 1, id, '2021-09-01' FROM subjects "
            "WHERE kind = 'school'",
            "INSERT INTO visit_duties (school_id, month, district_id, visited_on) "
            "SELECT s.id, m, s.district_id, m + interval '3 days' FROM subjects s, "
            "generate_series(date '2022-03-01', date '2022-06-01', interval '1 month') m WHERE s.kind = 'school'",
            "INSERT INTO school_visits (school_id, inspector_id, visited_on, month, checked, note, hazard, "
            "recorded_by, recorded_at) "
            "SELECT school_id, 1, visited_on, month, '{}', '', false, 1, now() FROM visit_duties",
        ):
            session.execute(text(statement), {"n": SCHOOLS} if ":n" in statement else {})
    with world.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    return world


def made(world: World, session: Session) -> Made:
    return make_month(session, world.coordinator, world.now, MONTH)


def test_five_thousand_schools(many: World) -> None:
    with many.unit() as session:
        assert made(many, session) == Made(added=SCHOOLS)
        assert made(many, session) == Made()
        session.execute(text("UPDATE visit_duties SET visited_on = '2022-09-14' WHERE right(school_id, 1) <> '0'"))
    with many.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM (ANALYZE) visit_duties"))
    with many.unit() as session:
        read, most = read_by(session, lambda: coverage(session, [MONTH], only=None))
        assert "ix_visit_duties_month_district_id" in read
        assert most < SCHOOLS * 1.1, "of other months nothing is read"
        read, most = read_by(session, lambda: coverage(session, [MONTH], only=DISTRICT))
        assert most < SCHOOLS / 20, "nor of other districts"
        read, most = read_by(session, lambda: missing(session, MONTH, Window(50)))
        assert read & {"ix_visit_duties_owed", "ix_visit_duties_month_district_id"}
        assert missing(session, MONTH, Window(50)).total == SCHOOLS / 10
        read, most = read_by(session, lambda: schools_by_month(session, DISTRICT, [MONTH], Window(50)))
        assert {"ix_subjects_district_id_kind", "pk_visit_duties"} <= read
        read, most = read_by(session, lambda: visits_of(session, "V00007", Window(50)))
        assert "uq_school_visits_school_id_visited_on_inspector_id" in read
        assert most <= 20
        settled = indexes(session, SETTLED, schools=["V00007"], months=[MONTH])
        assert "pk_visit_duties" in settled
        # Nobody has an account: each district is told once what belongs to nobody it could be told to.
        assert remind(session, many.now, MONTH)
        told = "SELECT count(*) FROM notices WHERE kind IN ('visit_reminder', 'undeliverable')"
        lacking = "SELECT count(DISTINCT district_id) FROM visit_duties WHERE visited_on IS NULL"
        districts = session.execute(text(lacking)).scalar_one()
        assert session.execute(text(told)).scalar_one() == districts
        assert tell_short(session, many.at(date(2022, 10, 8))) == districts
