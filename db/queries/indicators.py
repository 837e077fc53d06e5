"""What the values of a set and year say: per district and requirement, per school, in all.

One body of common table expressions (:data:`_JUDGED`) serves a gate's two numbers and a page's table, so that they
cannot disagree. The rules of the set go in as rows; schools are those of the district in force at the end of the year.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, TypeVar

from pydantic import Field
from sqlalchemy import text
from sqlmodel import Session

from db.queries.rows import Page, Row, Window, page_of
from process.definition import Process
from process.errors import NotFound
from process.indicators import Direction, Indicator, IndicatorSet, Level, Requires, Verdict
from process.vocabulary import SchoolStage, SubjectKind, Template

# The newest version at that moment; before the first was published, the first.
_PUBLISHED = text(
    """
    SELECT definition::text FROM indicator_sets WHERE name = :name
    ORDER BY published_at <= :at DESC, CASE WHEN published_at <= :at THEN -version ELSE version END LIMIT 1
    """
)
_NEWEST = text("SELECT DISTINCT ON (name) definition::text FROM indicator_sets ORDER BY name, version DESC")


@lru_cache(maxsize=64)
def _parsed(definition: str) -> IndicatorSet:
    return IndicatorSet.model_validate_json(definition)


def set_in_force(session: Session, name: str, at: datetime) -> IndicatorSet:
    """A published set as it read at a moment: a round keeps the version of its launch. Raises :class:`NotFound`."""
    found = session.execute(_PUBLISHED, {"name": name, "at": at}).scalar()
    if found is None:
        raise NotFound(f"指标体系 {name}", field="set")
    return _parsed(found)


def newest_sets(session: Session) -> list[IndicatorSet]:
    """The newest version of every published set."""
    return [_parsed(definition) for definition in session.execute(_NEWEST).scalars()]


# The difference coefficient: CV = S / X with X = Σ Pᵢxᵢ / Σ Pᵢ and S² = Σ Pᵢ(xᵢ − X)² / Σ Pᵢ, where xᵢ is the value of
# a school per student (or per hundred) and Pᵢ its students; schools of one kind within a district.
_JUDGED = """
asked AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(CAST(:asked AS jsonb))
        AS r(key text, n int, sign int, strict boolean, threshold float8, veto boolean, weight float8)
), rules AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(CAST(:rules AS jsonb)) AS r(key text, n int, stage text, counted_as text, sign int,
        strict boolean, threshold float8, least float8, difference float8)
), district AS (
    SELECT unnest(CAST(:districts AS text[])) AS id
), own AS (
    SELECT d.id AS district_id, 'indicator' AS requires, a.key, a.n, CAST(NULL AS text) AS counted_as, v.value,
           a.threshold,
           CASE WHEN v.value IS NULL THEN 'missing'
                WHEN v.value * a.sign > a.threshold * a.sign OR NOT a.strict AND v.value = a.threshold THEN 'met'
                WHEN a.veto THEN 'vetoed' ELSE 'short' END AS verdict,
           a.weight * CASE
               WHEN v.value IS NULL THEN NULL
               WHEN v.value * a.sign >= a.threshold * a.sign THEN 1
               WHEN a.sign > 0 THEN greatest(v.value / nullif(a.threshold, 0), 0)
               ELSE greatest(a.threshold / nullif(v.value, 0), 0) END AS score
    FROM district d CROSS JOIN asked a
    LEFT JOIN indicator_values v
        ON v.set_name = :set AND v.year = :year AND v.subject_id = d.id AND v.key = a.key
), school AS MATERIALIZED (
    SELECT s.district_id, s.id, s.name, c.stage, c.students
    FROM subjects s JOIN schools c ON c.subject_id = s.id
    WHERE s.district_id = ANY(CAST(:districts AS text[])) AND s.kind IN ('school', 'kindergarten')
        AND c.stage = ANY(CAST(:stages AS text[]))
        AND (s.valid_from IS NULL OR s.valid_from <= :day) AND (s.valid_to IS NULL OR s.valid_to >= :day)
), measured AS MATERIALIZED (
    SELECT k.district_id, k.id, k.name, k.stage, k.students, r.key, r.n, r.counted_as, r.sign, r.threshold,
           r.difference, v.value,
           v.value * r.sign > r.threshold * r.sign OR NOT r.strict AND v.value = r.threshold AS met,
           v.value * r.sign < r.least * r.sign AS under
    FROM school k JOIN rules r ON r.stage = k.stage
    LEFT JOIN indicator_values v
        ON v.set_name = :set AND v.year = :year AND v.subject_id = k.id AND v.key = r.key
), by_school AS (
    SELECT m.district_id, m.id, m.name, m.stage, m.students, m.counted_as,
           count(*) AS asked, count(*) FILTER (WHERE m.met) AS met,
           count(*) FILTER (WHERE m.value IS NULL) AS missing,
           coalesce(array_agg(m.key ORDER BY m.n) FILTER (WHERE NOT m.met), '{}') AS short_of,
           coalesce(array_agg(m.key ORDER BY m.n) FILTER (WHERE m.under), '{}') AS under,
           CASE WHEN count(*) FILTER (WHERE m.under) > 0
                     OR count(*) FILTER (WHERE NOT m.met) > count(*) - :at_least THEN 'short'
                WHEN count(*) FILTER (WHERE m.value IS NULL) > 0 THEN 'missing' ELSE 'met' END AS verdict
    FROM measured m GROUP BY m.district_id, m.id, m.name, m.stage, m.students, m.counted_as
), spread AS (
    SELECT x.district_id, x.key, x.n, x.counted_as, x.difference, count(*) AS schools, x.mean,
           sqrt(sum(x.students * (x.value - x.mean) ^ 2) / nullif(sum(x.students), 0)) / nullif(abs(x.mean), 0) AS cv
    FROM (SELECT m.*, sum(m.students * m.value) OVER w / nullif(sum(m.students) OVER w, 0) AS mean
          FROM measured m WHERE m.value IS NOT NULL AND m.difference IS NOT NULL
          WINDOW w AS (PARTITION BY m.district_id, m.key, m.counted_as)) x
    GROUP BY x.district_id, x.key, x.n, x.counted_as, x.difference, x.mean
), required AS (
    SELECT district_id, requires, key, n, counted_as, value, threshold, verdict, score FROM own
    UNION ALL
    SELECT d.id, 'reported', r.key, r.n, NULL, t.share, NULL,
           CASE WHEN t.schools > 0 AND t.missing = 0 AND NOT EXISTS (
               SELECT FROM spread p WHERE p.district_id = d.id AND p.key = r.key AND p.cv IS NULL)
               THEN 'met' ELSE 'missing' END, NULL
    FROM district d CROSS JOIN (SELECT DISTINCT key, n FROM rules) r
    LEFT JOIN (
        SELECT m.district_id, m.key, count(*) AS schools, count(*) FILTER (WHERE m.value IS NULL) AS missing,
               count(*) FILTER (WHERE m.met)::float8 / count(*) AS share
        FROM measured m GROUP BY m.district_id, m.key) t ON t.district_id = d.id AND t.key = r.key
    UNION ALL
    SELECT district_id, 'difference', key, n, counted_as, cv, difference,
           CASE WHEN cv IS NULL THEN 'missing' WHEN cv <= difference THEN 'met' ELSE 'short' END, NULL
    FROM spread
    UNION ALL
    SELECT district_id, 'schools', '', 0, NULL, count(*) FILTER (WHERE verdict = 'short'), NULL,
           CASE WHEN bool_or(verdict = 'short') THEN 'short' WHEN bool_or(verdict = 'missing') THEN 'missing'
                ELSE 'met' END, NULL
    FROM by_school GROUP BY district_id
)
"""
# What lacks its value is counted once per indicator, whatever else could not be judged for it.
_IN_ALL = """
SELECT q.district_id,
       count(*) FILTER (WHERE q.verdict IN ('short', 'vetoed')) AS unmet,
       count(*) FILTER (WHERE q.verdict = 'missing' AND q.requires IN ('indicator', 'reported')) AS missing,
       count(*) FILTER (WHERE q.verdict = 'vetoed') AS vetoed,
       coalesce(max(q.value) FILTER (WHERE q.requires = 'schools'), 0)::int AS schools_short,
       sum(q.score) AS score
FROM required q GROUP BY q.district_id
"""
_COUNTS = text(f"WITH {_JUDGED} {_IN_ALL}")
_STANDINGS = text(
    f"""
    WITH {_JUDGED}, standing AS ({_IN_ALL})
    SELECT t.district_id AS subject_id, s.name AS subject, t.unmet, t.missing, t.vetoed, t.schools_short,
           (SELECT count(*) FROM school k WHERE k.district_id = t.district_id) AS schools, t.score,
           CASE WHEN t.vetoed > 0 THEN 'vetoed' WHEN t.unmet > 0 THEN 'short' WHEN t.missing > 0 THEN 'missing'
                ELSE 'met' END AS verdict,
           rank() OVER (ORDER BY t.score DESC NULLS LAST) AS rank, count(*) OVER () AS total
    FROM standing t JOIN subjects s ON s.id = t.district_id
    ORDER BY t.score DESC NULLS LAST, t.vetoed, t.unmet, t.missing, s.code = '', s.code, s.id
    LIMIT :limit OFFSET :offset
    """
)
_DISTRICTS = text(
    """
    SELECT id FROM subjects s WHERE s.kind = 'district'
        AND (s.valid_from IS NULL OR s.valid_from <= :day) AND (s.valid_to IS NULL OR s.valid_to >= :day)
        AND (CAST(:only AS text) IS NULL OR s.id = :only)
    """
)
_REQUIRED = text(
    f"""
    WITH {_JUDGED}
    SELECT q.requires, q.key, q.counted_as, q.value, q.threshold AS standard, q.verdict, q.score, p.mean, p.schools
    FROM required q LEFT JOIN spread p
        ON q.requires = 'difference' AND p.key = q.key AND p.counted_as = q.counted_as
    ORDER BY q.requires = 'schools', q.requires = 'difference', q.requires = 'indicator', q.n, q.counted_as DESC
    """
)
_SCHOOLS = text(
    f"""
    WITH {_JUDGED}
    SELECT b.id, b.name, b.stage, b.students, b.asked, b.met, b.missing, b.short_of, b.under, b.verdict,
           count(*) OVER () AS total
    FROM by_school b
    ORDER BY b.verdict = 'met', b.verdict = 'missing', cardinality(b.short_of) DESC, b.name, b.id
    LIMIT :limit OFFSET :offset
    """
)
_SHORTFALLS = text(
    f"""
    WITH {_JUDGED}
    SELECT m.id, m.name, m.key, m.counted_as, m.value, m.threshold AS standard
    FROM by_school b JOIN measured m ON m.id = b.id
    WHERE b.verdict = 'short' AND NOT m.met ORDER BY m.name, m.id, m.n
    """
)


class Required(Row):
    """One thing that is required of a district, and what its values say."""

    requires: Requires
    requires_title: str = ""
    key: str
    counted_as: SchoolStage | None
    counted_as_title: str = ""
    value: float | None = Field(
        description="区县指标为其值，各校填报为达标学校占比，差异系数为其值，学校达标为不达标学校数"
    )
    standard: float | None
    verdict: Verdict
    verdict_title: str = ""
    score: float | None = Field(description="得分；不计分的指标体系为空")
    mean: float | None = Field(description="差异系数的均值（以学生数加权）")
    schools: int | None = Field(description="差异系数涉及的学校数")


class Standing(Row):
    """Where a district stands in a set and year."""

    subject_id: str
    subject: str
    verdict: Verdict
    verdict_title: str = ""
    unmet: int = Field(description="未达标（含一票否决）的项数")
    missing: int = Field(description="缺数据的指标数")
    vetoed: int = Field(description="一票否决的项数")
    schools: int = Field(description="应填报的学校数")
    schools_short: int = Field(description="不达标的学校数")
    score: float | None = Field(description="得分；不计分的指标体系为空")
    rank: int = Field(description="按得分的名次；不计分的指标体系不排名次")


class SchoolStanding(Row):
    """Where a school stands."""

    id: str
    name: str
    stage: SchoolStage
    stage_title: str = ""
    students: int
    asked: int
    met: int = Field(description="达标的项数")
    missing: int
    short_of: list[str] = Field(description="未达标的指标")
    under: list[str] = Field(description="低于余项下限的指标")
    verdict: Verdict
    verdict_title: str = ""


class Shortfall(Row):
    """An indicator in which a school that is not up to standard falls short."""

    id: str
    name: str
    key: str
    counted_as: SchoolStage
    value: float
    standard: float


S = TypeVar("S", Standing, Required)


@dataclass(frozen=True, slots=True)
class Counts:
    """What a gate asks: how many requirements are not met, how many indicators lack their value."""

    unmet: int
    missing: int


def counts(session: Session, wanted: IndicatorSet, year: int, districts: Sequence[str]) -> dict[str, Counts]:
    """For many districts at once, in one statement."""
    rows = session.execute(_COUNTS, _parameters(wanted, year, districts)).mappings()
    return {row["district_id"]: Counts(row["unmet"], row["missing"]) for row in rows}


def districts_of(session: Session, year: int, *, only: str | None) -> list[str]:
    """The districts in force at the end of a year; for a district, itself."""
    return list(session.execute(_DISTRICTS, {"day": date(year, 12, 31), "only": only}).scalars())


def standings(
    session: Session, wanted: IndicatorSet, year: int, districts: Sequence[str], window: Window
) -> Page[Standing]:
    """The districts, the best first: by score where the set is scored, else by what is short and missing."""
    parameters = {**_parameters(wanted, year, districts), **window.parameters}
    found = page_of(Standing, session.execute(_STANDINGS, parameters).mappings().all(), window)
    return found if wanted.full_score else found.model_copy(update={"items": [_unscored(x) for x in found.items]})


def required(session: Session, wanted: IndicatorSet, year: int, district: str) -> list[Required]:
    """Everything that is required of a district."""
    rows = session.execute(_REQUIRED, _parameters(wanted, year, [district])).mappings()
    found = [Required(**row) for row in rows]
    return found if wanted.full_score else [_unscored(row) for row in found]


def _unscored(row: S) -> S:
    """Without the noughts of a set that gives no scores."""
    return row.model_copy(update={"score": None})


def schools(session: Session, wanted: IndicatorSet, year: int, district: str, window: Window) -> Page[SchoolStanding]:
    """A district's schools, those not up to standard first."""
    parameters = {**_parameters(wanted, year, [district]), **window.parameters}
    return page_of(SchoolStanding, session.execute(_SCHOOLS, parameters).mappings().all(), window)


def shortfalls(session: Session, wanted: IndicatorSet, year: int, district: str) -> list[Shortfall]:
    """In what the schools that are not up to standard fall short."""
    return [Shortfall(**row) for row in session.execute(_SHORTFALLS, _parameters(wanted, year, [district])).mappings()]


def _parameters(wanted: IndicatorSet, year: int, districts: Sequence[str]) -> dict[str, Any]:
    return {
        **_rules(wanted),
        "set": wanted.name,
        "year": year,
        "day": date(year, 12, 31),
        "districts": list(districts),
    }


@lru_cache(maxsize=64)
def _rules(wanted: IndicatorSet) -> dict[str, Any]:
    """The set as the statements take it."""
    rule = wanted.schools
    limits = {one.stage: one.value for one in rule.differences} if rule else {}
    asked, rules = [], []
    for n, indicator in enumerate(wanted.indicators, start=1):
        base = {
            "key": indicator.key,
            "n": n,
            "sign": indicator.direction.sign,
            "strict": indicator.direction is Direction.ABOVE,
        }
        if indicator.level is Level.DISTRICT:
            asked.append({**base, "threshold": indicator.threshold, "veto": indicator.veto, "weight": indicator.weight})
            continue
        for counted in wanted.stages:
            standard = indicator.standard(counted.counted_as)
            rules.append(
                {
                    **base,
                    "stage": counted.stage,
                    "counted_as": counted.counted_as,
                    "threshold": standard,
                    "least": _least(indicator, standard, rule.floor if rule else 0),
                    "difference": limits.get(counted.counted_as),
                }
            )
    return {
        "asked": json.dumps(asked),
        "rules": json.dumps(rules),
        "stages": [counted.stage.value for counted in wanted.stages],
        "at_least": rule.at_least if rule else 0,
    }


def _least(indicator: Indicator, standard: float | None, floor: float) -> float | None:
    """What even the indicators that need not reach the standard may not fall short of."""
    if standard is None or not floor:
        return None
    return standard / floor if indicator.direction is Direction.AT_MOST else standard * floor


class UploadRow(Row):
    """One file that was taken in."""

    id: int
    filename: str
    values: int
    remarks: list[dict[str, Any]] = Field(description="数据的说明：与上年相比变化较大的值及其原因")
    uploaded_by: str
    uploaded_at: datetime


_UPLOADS = text(
    """
    SELECT u.id, u.filename, u.values, u.remarks, p.name AS uploaded_by, u.uploaded_at, count(*) OVER () AS total
    FROM indicator_uploads u JOIN users p ON p.id = u.uploaded_by
    WHERE u.set_name = :set AND u.year = :year AND (CAST(:only AS text) IS NULL OR p.subject_id = :only)
    ORDER BY u.id DESC LIMIT :limit OFFSET :offset
    """
)


def uploads(session: Session, name: str, year: int, *, only: str | None, window: Window) -> Page[UploadRow]:
    """The files of a set and year, newest first; a district sees its own."""
    parameters = {"set": name, "year": year, "only": only, **window.parameters}
    return page_of(UploadRow, session.execute(_UPLOADS, parameters).mappings().all(), window)


class MeasuredSubject(Row):
    """A subject whose values are asked."""

    id: str
    name: str
    alias: str
    kind: SubjectKind
    district_id: str | None
    district: str | None
    stage: SchoolStage | None


_SUBJECTS = """
    SELECT s.id, s.name, s.alias, s.kind, s.district_id, d.name AS district, c.stage
    FROM subjects s LEFT JOIN subjects d ON d.id = s.district_id LEFT JOIN schools c ON c.subject_id = s.id
    WHERE {which}
        AND (s.kind = 'district' OR s.kind IN ('school', 'kindergarten') AND c.stage = ANY(CAST(:stages AS text[])))
        AND (s.valid_from IS NULL OR s.valid_from <= :day) AND (s.valid_to IS NULL OR s.valid_to >= :day)
        AND (CAST(:only AS text) IS NULL OR s.id = :only OR s.district_id = :only)
    ORDER BY s.kind <> 'district', coalesce(d.code, s.code) = '', coalesce(d.code, s.code), d.id,
        array_position(CAST(:stages AS text[]), CAST(c.stage AS text)), s.name, s.id
"""
_ASKED = text(_SUBJECTS.format(which="true"))
_NAMED = text(_SUBJECTS.format(which="s.id = ANY(:ids)"))


def subjects_asked(
    session: Session, wanted: IndicatorSet, year: int, *, only: str | None, ids: Sequence[str] | None = None
) -> list[MeasuredSubject]:
    """Districts and schools whose values a set asks, all or those named; a district: itself and its schools."""
    parameters = {
        "stages": [counted.stage.value for counted in wanted.stages],
        "day": date(year, 12, 31),
        "only": only,
    }
    found = session.execute(_ASKED, parameters) if ids is None else session.execute(_NAMED, {**parameters, "ids": ids})
    return [MeasuredSubject(**row) for row in found.mappings()]


_VALUES = text(
    "SELECT subject_id, key, value FROM indicator_values "
    "WHERE set_name = :set AND year = :year AND subject_id = ANY(:ids)"
)


def values(session: Session, name: str, year: int, ids: Sequence[str]) -> dict[tuple[str, str], float]:
    """What is stored, by subject and indicator."""
    rows = session.execute(_VALUES, {"set": name, "year": year, "ids": list(ids)})
    return {(row.subject_id, row.key): row.value for row in rows}


_NEWEST_YEARS = text(
    """
    SELECT subject_id, max(year) AS year FROM indicator_values
    WHERE set_name = :set AND year > :year AND subject_id = ANY(:ids) GROUP BY subject_id
    """
)


def years_counted(session: Session, process: Process, year: int, districts: Sequence[str]) -> dict[int, list[str]]:
    """The districts by the year whose values count for their cases of a year.

    A recognition takes years, and what counts is how the district stands by the newest values it has; everything else
    judges its own year.
    """
    found = dict.fromkeys(districts, year)
    if process.template is Template.ACCREDITATION:
        rows = session.execute(_NEWEST_YEARS, {"set": process.indicators, "year": year, "ids": list(districts)})
        found |= {row.subject_id: row.year for row in rows}
    grouped: dict[int, list[str]] = {}
    for district, counted in found.items():
        grouped.setdefault(counted, []).append(district)
    return grouped


_YEARS = text("SELECT DISTINCT year FROM indicator_uploads WHERE set_name = :set ORDER BY year DESC")


def years(session: Session, name: str) -> list[int]:
    """The years for which something was uploaded, newest first."""
    return list(session.execute(_YEARS, {"set": name}).scalars())
