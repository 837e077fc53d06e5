"""The values of one district are read by the index, however many years and schools there are."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from db.queries.indicators import counts, districts_of, required, schools, standings, values
from db.queries.rows import Window
from db.session import unit_of_work
from process.indicator_sets import BALANCED_EDUCATION
from tests.db.plans import read_by
from tests.schooled import DISTRICT
from tests.world import World

SCHOOLS, YEARS = 4_000, 3


@pytest.fixture
def filled(world: World) -> World:
    """Every district with its schools, and the values of three years."""
    with unit_of_work(world.engine) as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in (
            "INSERT INTO subjects (id, kind, code, name, alias, region_kind, education_office, parent_id, district_id) "
            "SELECT 'M' || n, 'school', '', '学校' || n, '', '', '', d.id, d.id FROM generate_series(1, :schools) n "
            "JOIN (SELECT id, row_number() OVER (ORDER BY id) AS k, count(*) OVER () AS of FROM subjects "
            "WHERE kind = 'district') d "
            "ON n % d.of + 1 = d.k",
            "INSERT INTO schools (subject_id, stage, students, private) SELECT id, CASE WHEN length(id) % 2 = 0 "
            "THEN 'primary' ELSE 'junior' END, 300, false FROM subjects WHERE kind = 'school' AND :schools > 0",
            "INSERT INTO indicator_uploads (id, set_name, set_version, year, filename, values, remarks, uploaded_by, "
            "uploaded_at) SELECT 1, 'balanced-education', 1, 2022, '', 1, '[]', 1, now() WHERE :schools > 0",
            "INSERT INTO indicator_values (set_name, year, subject_id, key, value, upload_id) "
            "SELECT 'balanced-education', 2022 - y, c.subject_id, 'A' || k, 3000 + random(), 1 "
            "FROM schools c, generate_series(0, :years - 1) y, generate_series(1, 7) k",
        ):
            parameters = {"schools": SCHOOLS, "years": YEARS}
            session.execute(text(statement), {k: v for k, v in parameters.items() if f":{k}" in statement})
    with world.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    return world


def test_one_district_reads_its_own_values_and_the_city_takes_a_moment(filled: World) -> None:
    with filled.unit() as session:
        for query in (
            lambda: counts(session, BALANCED_EDUCATION, 2022, [DISTRICT]),
            lambda: required(session, BALANCED_EDUCATION, 2022, DISTRICT),
            lambda: schools(session, BALANCED_EDUCATION, 2022, DISTRICT, Window(50)),
        ):
            indexes, most = read_by(session, query)
            assert {"ix_subjects_district_id_kind", "uq_indicator_values_set_name_year_subject_id_key"} <= indexes
            assert most <= SCHOOLS, "its schools by seven indicators, not the values of the whole city"
        indexes, most = read_by(session, lambda: values(session, "balanced-education", 2022, [DISTRICT, "M1", "M2"]))
        assert indexes == {"uq_indicator_values_set_name_year_subject_id_key"}
        assert most <= 14
        everywhere = districts_of(session, 2022, only=None)
        found = standings(session, BALANCED_EDUCATION, 2022, everywhere, Window(200))
    assert sum(row.schools for row in found.items) > SCHOOLS * 0.9
