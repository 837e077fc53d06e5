"""The matrix of monthly visits: making a month's cells and checking them, beside the bare statements."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from bench.ground import Ground
from bench.measure import Figure, in_turns
from casework.visits_matrix import make_month
from db.queries.rows import Window
from db.queries.visits import coverage, missing
from process.calendar import SHANGHAI

MONTH = date(2022, 9, 1)
NOW = datetime(2022, 9, 20, 9, tzinfo=SHANGHAI)
DISTRICTS = 41
EACH = 5
"""Schools of one inspector."""
PAGE = Window(50)

_FILL = (
    "INSERT INTO inspectors (name, is_inspector, expertise, active, full_time, number, education) "
    "SELECT '督学' || n, true, '', true, false, '', '' FROM generate_series(1, %(schools)s / %(each)s) n",
    "INSERT INTO subjects (id, kind, code, name, alias, region_kind, education_office, parent_id, district_id) "
    "SELECT 'V' || lpad(n::text, 6, '0'), 'school', '', '学校' || n, '', '', '', d, d "
    "FROM generate_series(1, %(schools)s) n, "
    "LATERAL (SELECT 'B' || lpad((n %% %(districts)s + 1)::text, 6, '0') AS d) d",
    "INSERT INTO schools (subject_id, stage, students, private) "
    "SELECT id, 'primary', 500, false FROM subjects WHERE kind = 'school'",
    "INSERT INTO responsible_inspectors (inspector_id, school_id, from_day) "
    "SELECT (SELECT min(id) FROM inspectors) + (row_number() OVER (ORDER BY id) - 1) / %(each)s, id, '2022-03-01' "
    "FROM subjects WHERE kind = 'school'",
)
# Nothing refers to the schools any more; looking for it in every table would take longer than the measuring.
_CLEAR = (
    "SET LOCAL session_replication_role = replica",
    "TRUNCATE visit_duties",
    "TRUNCATE responsible_inspectors",
    "TRUNCATE schools",
    "DELETE FROM subjects WHERE kind = 'school'",
    "DELETE FROM inspectors",
)
_MAKE = """
INSERT INTO visit_duties (school_id, month, district_id, inspector_id)
SELECT s.id, %(month)s, s.district_id, r.inspector_id
FROM subjects s JOIN schools k ON k.subject_id = s.id AND k.stage = 'primary'
LEFT JOIN responsible_inspectors r ON r.school_id = s.id
"""
_LEFT = "SELECT count(*), count(inspector_id), count(DISTINCT district_id), count(visited_on) FROM visit_duties"
# Nine in ten were visited.
_VISIT = "UPDATE visit_duties SET visited_on = '2022-09-14' WHERE right(school_id, 1) <> '0'"
_SUM = "SELECT district_id, count(*), count(visited_on) FROM visit_duties WHERE month = %(month)s GROUP BY district_id"
_LACK = "SELECT count(*) FROM visit_duties WHERE month = %(month)s AND visited_on IS NULL"
_NAMES = """
SELECT d.school_id, s.name FROM visit_duties d JOIN subjects s ON s.id = d.school_id
WHERE d.month = %(month)s AND d.visited_on IS NULL ORDER BY d.district_id, d.school_id LIMIT 50
"""


@contextmanager
def _schools(ground: Ground, schools: int) -> Iterator[dict[str, Any]]:
    """So many schools in the districts, with their inspectors; gone afterwards."""
    values = {"schools": schools, "each": EACH, "districts": DISTRICTS, "month": MONTH}
    for statement in _FILL:
        ground.bare.execute(statement, values)
    ground.bare.commit()
    _settle(ground, "subjects, schools, responsible_inspectors, inspectors")
    yield values
    for statement in _CLEAR:
        ground.bare.execute(statement)
    ground.bare.commit()
    _settle(ground, "subjects, inspectors")


def _settle(ground: Ground, tables: str) -> None:
    ground.bare.autocommit = True
    ground.bare.execute(f"VACUUM (ANALYZE) {tables}")
    ground.bare.execute("CHECKPOINT")
    ground.bare.autocommit = False


def make(ground: Ground, *, key: str, schools: int, times: int = 3) -> Figure:
    """A month's cells for every school, into an empty table."""
    with _schools(ground, schools) as values:

        def ours() -> None:
            with ground.unit() as session:
                make_month(session, ground.coordinator, NOW, MONTH)

        def floor() -> None:
            ground.bare.execute(_MAKE, values)
            ground.bare.commit()

        def before() -> None:
            ground.bare.execute("TRUNCATE visit_duties")
            ground.bare.commit()
            _settle(ground, "visit_duties")

        def left() -> Any:
            row = ground.bare.execute(_LEFT).fetchone()
            ground.bare.commit()
            return row

        taken = in_turns(ours, floor, times, before=before, left=left)
    return Figure(key, f"生成{_count(schools)}所学校一个月的到校督导台账：每秒学校数", schools, *taken)


def check(ground: Ground, *, key: str, schools: int, times: int = 5) -> Figure:
    """The coverage of every district in a month, and the first page of the schools that are missing."""
    with _schools(ground, schools) as values:
        ground.bare.execute(_MAKE, values)
        ground.bare.execute(_VISIT)
        ground.bare.commit()
        _settle(ground, "visit_duties")
        found: list[tuple[int, int]] = []

        def ours() -> None:
            with ground.unit() as session:
                rows = coverage(session, [MONTH], only=None)
                page = missing(session, MONTH, PAGE)
            found.append((sum(row.visited for row in rows), page.total))

        def floor() -> None:
            rows = ground.bare.execute(_SUM, values).fetchall()
            lacking = ground.bare.execute(_LACK, values).fetchone()
            ground.bare.execute(_NAMES, values).fetchall()
            ground.bare.commit()
            found.append((sum(row[2] for row in rows), lacking[0] if lacking else 0))

        taken = in_turns(ours, floor, times, left=lambda: found[-1])
    return Figure(key, f"核对{_count(schools)}所学校一个月的覆盖率并列出未到校的：每秒学校数", schools, *taken)


def _count(schools: int) -> str:
    return f"{schools // 10000}万" if schools % 10000 == 0 else str(schools)
