"""What the quotas count, each as one statement over sets."""

from __future__ import annotations

from datetime import date

from sqlalchemy import text
from sqlmodel import Session

from process.definition import Process, Quota
from process.quotas import NAMED, Measured
from process.vocabulary import QuotaKind

LARGE_FROM = 3000
"""Students from which a school counts as large (市政府教育督导室工作安排; the priorities give no number)."""

_VALID = "coalesce(s.valid_from, :today) <= :today AND coalesce(s.valid_to, :today) >= :today"

_ON_SITE = """
SELECT count(DISTINCT c.subject_id) AS done, NULL AS total, 0 AS short, NULL AS names
FROM cases c JOIN rounds r ON r.id = c.round_id
WHERE r.process_name = :process AND r.year = :year AND c.sampled AND c.status <> 'withdrawn'
"""
# On site is what a team saw: a stage of that name that ended, in whatever process.
_COVERED = f"""
WITH seen AS (
    SELECT DISTINCT c.subject_id FROM work_items w JOIN cases c ON c.id = w.case_id
    WHERE w.stage = 'on_site' AND w.status = 'done' AND c.year BETWEEN :first_year AND :year
)
SELECT count(seen.subject_id) AS done, count(*) AS total, count(*) - count(seen.subject_id) AS short,
       (array_agg(s.name ORDER BY s.code = '', s.code, s.id) FILTER (WHERE seen.subject_id IS NULL))[1:{NAMED}] AS names
FROM subjects s LEFT JOIN seen ON seen.subject_id = s.id WHERE s.kind = :kind AND {_VALID}
"""
_RECOGNISED = """
SELECT count(*) AS done, NULL AS total, 0 AS short, NULL AS names FROM recognitions
WHERE process_name = :process AND extract(year FROM granted_on) = :year
"""
_SCHOOLS_EACH = f"""
WITH load AS (
    SELECT i.id, i.name, count(r.school_id) AS n FROM inspectors i
    JOIN responsible_inspectors r ON r.inspector_id = i.id
        AND r.from_day <= :today AND coalesce(r.to_day, :today) >= :today
    WHERE i.active GROUP BY i.id
), each AS (SELECT *, n < :low OR n > :high AS short FROM load)
SELECT nullif(count(*), 0) - count(*) FILTER (WHERE short) AS done, count(*) AS total,
       count(*) FILTER (WHERE short) AS short,
       (array_agg(name || '（' || n || '所）' ORDER BY n DESC, id) FILTER (WHERE short))[1:{NAMED}] AS names
FROM each
"""
_FULL_TIME = f"""
WITH schools_of AS (
    SELECT s.district_id, count(*) AS n FROM subjects s JOIN schools k ON k.subject_id = s.id
    WHERE s.kind IN ('school', 'kindergarten') AND {_VALID} AND s.district_id IS NOT NULL GROUP BY s.district_id
), staff AS (
    SELECT i.home_subject_id AS district_id, count(*) AS n FROM inspectors i
    WHERE i.active AND i.is_inspector AND i.full_time AND i.home_subject_id IS NOT NULL GROUP BY 1
), each AS (
    SELECT d.id, d.name, d.code, ceil(o.n / CAST(:high AS numeric)) AS need, coalesce(f.n, 0) AS have
    FROM schools_of o JOIN subjects d ON d.id = o.district_id LEFT JOIN staff f ON f.district_id = o.district_id
)
SELECT nullif(count(*), 0) - count(*) FILTER (WHERE have < need) AS done, count(*) AS total,
       count(*) FILTER (WHERE have < need) AS short,
       (array_agg(name || '（' || have || '/' || need || '）' ORDER BY code = '', code, id)
           FILTER (WHERE have < need))[1:{NAMED}] AS names
FROM each
"""
_LARGE = f"""
WITH large AS (
    SELECT s.id, s.name, EXISTS (
        SELECT FROM responsible_inspectors r JOIN inspectors i ON i.id = r.inspector_id AND i.active
        WHERE r.school_id = s.id AND r.from_day <= :today AND coalesce(r.to_day, :today) >= :today AND NOT EXISTS (
            SELECT FROM responsible_inspectors o WHERE o.inspector_id = r.inspector_id AND o.school_id <> s.id
                AND o.from_day <= :today AND coalesce(o.to_day, :today) >= :today)) AS own
    FROM subjects s JOIN schools k ON k.subject_id = s.id AND k.students >= {LARGE_FROM}
    WHERE s.kind = 'school' AND {_VALID}
)
SELECT nullif(count(*), 0) - count(*) FILTER (WHERE NOT own) AS done, count(*) AS total,
       count(*) FILTER (WHERE NOT own) AS short,
       (array_agg(name ORDER BY id) FILTER (WHERE NOT own))[1:{NAMED}] AS names
FROM large
"""
_SAMPLED = """
SELECT nullif(count(DISTINCT c.subject_id), 0) AS done, NULL AS total, 0 AS short, NULL AS names
FROM cases c JOIN rounds r ON r.id = c.round_id
WHERE r.process_name = :process AND r.year = :year AND c.status <> 'withdrawn'
"""
_TEAMS = f"""
WITH teams AS (
    SELECT c.id, s.name, count(*) FILTER (WHERE i.is_inspector AND m.role <> 'expert') AS n
    FROM cases c JOIN rounds r ON r.id = c.round_id JOIN subjects s ON s.id = c.subject_id
    JOIN team_members m ON m.case_id = c.id JOIN inspectors i ON i.id = m.inspector_id
    WHERE r.process_name = :process AND r.year = :year GROUP BY c.id, s.name
)
SELECT nullif(count(*), 0) - count(*) FILTER (WHERE n < :low) AS done, count(*) AS total,
       count(*) FILTER (WHERE n < :low) AS short,
       (array_agg(name ORDER BY id) FILTER (WHERE n < :low))[1:{NAMED}] AS names
FROM teams
"""
# A term's visits: those of the school year's two terms that open in the year.
_A_TERM = f"""
WITH owed AS (SELECT DISTINCT school_id FROM visit_duties WHERE month BETWEEN :first AND :last),
seen AS (
    SELECT o.school_id, count(v.id) FILTER (WHERE v.visited_on < :middle) AS spring,
           count(v.id) FILTER (WHERE v.visited_on >= :middle) AS autumn
    FROM owed o LEFT JOIN school_visits v ON v.school_id = o.school_id AND v.visited_on BETWEEN :first AND :last
    GROUP BY o.school_id
), each AS (
    SELECT s.id, s.name, e.spring < :low OR (:autumn AND e.autumn < :low) AS short
    FROM seen e JOIN subjects s ON s.id = e.school_id
)
SELECT nullif(count(*), 0) - count(*) FILTER (WHERE short) AS done, count(*) AS total,
       count(*) FILTER (WHERE short) AS short, (array_agg(name ORDER BY id) FILTER (WHERE short))[1:{NAMED}] AS names
FROM each
"""
_A_MONTH = f"""
WITH each AS (
    SELECT s.id, s.name, s.code, count(*) AS owed, count(d.visited_on) AS made
    FROM visit_duties d JOIN subjects s ON s.id = d.district_id
    WHERE d.month BETWEEN :first AND :last AND d.month < date_trunc('month', CAST(:today AS date)) GROUP BY s.id
)
SELECT sum(made) AS done, sum(owed) AS total, coalesce(sum(owed - made), 0) AS short,
       (array_agg(name || '（缺' || (owed - made) || '）' ORDER BY owed - made DESC, id)
           FILTER (WHERE made < owed))[1:{NAMED}] AS names
FROM each
"""
_HOURS = f"""
WITH each AS (
    SELECT i.id, i.name, coalesce(sum(t.hours), 0) AS hours FROM inspectors i
    LEFT JOIN trainings t ON t.inspector_id = i.id AND t.held_on BETWEEN :first AND :last
    WHERE i.active AND i.is_inspector GROUP BY i.id
)
SELECT nullif(count(*), 0) - count(*) FILTER (WHERE hours < :low) AS done, count(*) AS total,
       count(*) FILTER (WHERE hours < :low) AS short,
       (array_agg(name ORDER BY id) FILTER (WHERE hours < :low))[1:{NAMED}] AS names
FROM each
"""
_REVIEWERS = f"""
WITH each AS (
    SELECT c.id, coalesce(nullif(c.matter, ''), s.name) AS name, c.status,
           (SELECT count(*) FROM reviews v WHERE v.case_id = c.id AND v.score IS NOT NULL) AS n
    FROM cases c JOIN rounds r ON r.id = c.round_id JOIN subjects s ON s.id = c.subject_id
    WHERE r.process_name = :process AND r.year = :year AND c.outcome IN ('awarded', 'evaluated', 'monitored', 'done')
)
SELECT nullif(count(*), 0) - count(*) FILTER (WHERE n < :low) AS done, count(*) AS total,
       count(*) FILTER (WHERE n < :low) AS short,
       (array_agg(name ORDER BY id) FILTER (WHERE n < :low))[1:{NAMED}] AS names
FROM each
"""
_DONE_BY = f"""
WITH each AS (
    SELECT c.id, s.name, s.code, coalesce(c.closed_at < (:by + 1)::timestamp AT TIME ZONE 'Asia/Shanghai', false) AS ok
    FROM cases c JOIN rounds r ON r.id = c.round_id JOIN subjects s ON s.id = c.subject_id
    WHERE r.process_name = :process AND r.year = :year AND c.status <> 'withdrawn'
)
SELECT nullif(count(*), 0) - count(*) FILTER (WHERE NOT ok) AS done, count(*) AS total,
       count(*) FILTER (WHERE NOT ok) AS short,
       (array_agg(name ORDER BY code = '', code, id) FILTER (WHERE NOT ok))[1:{NAMED}] AS names
FROM each
"""

_STATEMENTS: dict[QuotaKind, str] = {
    QuotaKind.ON_SITE_A_YEAR: _ON_SITE,
    QuotaKind.COVERAGE_CYCLE: _COVERED,
    QuotaKind.RECOGNISED: _RECOGNISED,
    QuotaKind.SCHOOLS_PER_INSPECTOR: _SCHOOLS_EACH,
    QuotaKind.SCHOOLS_PER_FULL_TIME_INSPECTOR: _FULL_TIME,
    QuotaKind.INSPECTORS_OF_LARGE_SCHOOLS: _LARGE,
    QuotaKind.SAMPLED_DISTRICTS: _SAMPLED,
    QuotaKind.TEAM_SIZE: _TEAMS,
    QuotaKind.VISITS_A_TERM: _A_TERM,
    QuotaKind.VISITS_A_MONTH: _A_MONTH,
    QuotaKind.TRAINING_HOURS: _HOURS,
    QuotaKind.REVIEWERS: _REVIEWERS,
    QuotaKind.DONE_BY: _DONE_BY,
}


def measure(session: Session, process: Process, quota: Quota, *, year: int, since: int, today: date) -> Measured:
    """What a quota of a process counts for a year, as of a day."""
    statement = _STATEMENTS.get(quota.kind)
    if statement is None:
        return Measured(None)
    first_year = year - (year - since) % quota.years
    by = date(year, quota.by_month, quota.by_day) if quota.by_month and quota.by_day else date(year, 12, 31)
    given = {
        "process": process.name,
        "kind": process.subjects,
        "year": year,
        "first_year": first_year,
        "today": min(max(today, date(year, 1, 1)), date(year, 12, 31)),
        "first": date(year, 1, 1),
        "middle": date(year, 8, 1),
        "last": date(year, 12, 31),
        "autumn": today > date(year, 12, 31),
        "low": quota.minimum or 0,
        "high": quota.maximum or quota.minimum or 0,
        "by": by,
    }
    named = {name: value for name, value in given.items() if f":{name}" in statement}
    row = session.execute(text(statement), named).one()
    return Measured(
        done=None if row.done is None else float(row.done),
        of=None if row.total is None else float(row.total),
        short=int(row.short),
        names=tuple(row.names or ()),
        within_reach=_within_reach(process, quota, first_year + quota.years - year),
    )


def _within_reach(process: Process, quota: Quota, years_left: int) -> int | None:
    """How many more a cover of several years can reach: those of this year and of the years left."""
    yearly = process.quota(QuotaKind.ON_SITE_A_YEAR)
    if quota.kind is not QuotaKind.COVERAGE_CYCLE or yearly is None or yearly.maximum is None:
        return None
    return int(yearly.maximum) * years_left
