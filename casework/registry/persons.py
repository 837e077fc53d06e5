"""Principals and inspectors from a table, with their terms of office."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from casework.registry.kinds import plain
from casework.registry.planning import (
    SCHOOLS,
    TAUGHT_AT,
    Plan,
    district_of,
    key_of,
    place_of,
    places,
    repeated,
    run,
)
from casework.registry.reading import Line, Table
from casework.registry.units import write_contacts
from process.vocabulary import Position, Role, SubjectKind

_PRINCIPALS = text(
    """
    SELECT s.id, s.alias AS name, s.parent_id, k.id AS contact_id, k.name AS operator, k.email, k.phone
    FROM subjects s LEFT JOIN LATERAL (
        SELECT k.id, k.name, k.email, k.phone FROM contacts k WHERE k.subject_id = s.id AND k.position = 'head'
            AND coalesce(k.valid_from, :today) <= :today AND coalesce(k.valid_to, :today) >= :today
        ORDER BY k.id LIMIT 1) k ON true
    WHERE s.kind = 'principal'
    """
)
_TERMS = text(
    """
    SELECT id, subject_id, inspector_id, post, ordinal, starts_on, ends_on, ended_on, ended_why FROM terms
    WHERE subject_id = ANY(:subjects) OR inspector_id = ANY(:inspectors)
    """
)
_WRITE_PRINCIPALS = """
INSERT INTO subjects (id, kind, code, name, alias, region_kind, education_office, parent_id, district_id)
SELECT id, 'principal', '', name, alias, '', '', parent_id, district_id
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(id text, name text, alias text, parent_id text, district_id text)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, district_id = excluded.district_id
"""
_TERM_COLUMNS = "post text, ordinal int, starts_on date, ends_on date, ended_on date, ended_why text"
_WRITE_TERMS = f"""
INSERT INTO terms (subject_id, inspector_id, post, ordinal, starts_on, ends_on, ended_on, ended_why)
SELECT subject_id, inspector_id, post, ordinal, starts_on, ends_on, ended_on, ended_why
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(subject_id text, inspector_id bigint, {_TERM_COLUMNS})
ON CONFLICT ({{key}}, starts_on) DO UPDATE SET post = excluded.post, ordinal = excluded.ordinal,
    ends_on = excluded.ends_on, ended_on = excluded.ended_on, ended_why = excluded.ended_why
"""

Periods = dict[Any, list[tuple[date, date, int]]]
"""Per person the terms known and read so far: first and last day, the row that says so (0: known before)."""


def principal_name(name: str, school: str, post: str) -> str:
    """How a principal's cases are headed: a name alone would tell nobody which school it is about."""
    return f"{name}（{school}{post}）"


def plan_principals(session: Session, table: Table, today: date) -> Plan:
    """Principals by school and name, a term each row; a row without a term enters the person only."""
    plan = Plan()
    found = session.execute(_PRINCIPALS, {"today": today}).mappings()
    known = {(row["parent_id"], plain(row["name"])): dict(row) for row in found}
    ids = [row["id"] for row in known.values()]
    terms, periods = _known_terms(session, subjects=ids)
    there = places(session, today, SubjectKind.DISTRICT, *SCHOOLS)
    seen: dict[Any, int] = {}
    people: dict[str, dict[str, Any]] = {}
    written: list[dict[str, Any]] = []
    for line in table.lines:
        within = district_of(table, line, there)
        school = place_of(table, line, there, "school", SCHOOLS, within)
        name = line.get("name")
        if school is None or name is None:
            continue
        before = known.get((school.id, plain(name)))
        id_ = before["id"] if before else key_of("P", school.id, name)
        post = line.get("post") or ("园长" if school.kind is SubjectKind.KINDERGARTEN else "校长")
        term = _term(table, line, post, today)
        if repeated(table, seen, line, (id_, line.get("starts_on")), "name"):
            continue
        _check_overlap(table, line, periods, id_, term)
        was = terms.get((id_, line.get("starts_on"))) if term else before
        email, phone = line.get("email"), line.get("phone", "")
        if id_ in people:  # an earlier row of the same person may have said it
            _, _, _, said, rung = people[id_]["holder"]
            email, phone = email or said, phone or rung
        contact = {key: value for key, value in (("email", email), ("phone", phone)) if value}
        known_as = {key: before[key] for key in contact} if before else contact
        if plan.note(line, f"{name}（{school.name}）", {**was, **known_as} if was and before else None,
                     {**(term or {}), **contact}):  # fmt: skip
            people[id_] = {
                "id": id_,
                "name": principal_name(name, school.name, post),
                "alias": name,
                "parent_id": school.id,
                "district_id": school.district_id,
                "holder": (id_, before if before and before["contact_id"] else None, name, email, phone),
            }
            written += [{"subject_id": id_, "inspector_id": None, **term}] if term else []

    def write(session: Session) -> None:
        run(session, _WRITE_PRINCIPALS, [{k: v for k, v in row.items() if k != "holder"} for row in people.values()])
        run(session, _WRITE_TERMS.format(key="subject_id"), written)
        write_contacts(session, Position.HEAD, [row["holder"] for row in people.values()], today)

    plan.write = write
    return plan


_INSPECTORS = text(
    """
    SELECT i.id, i.name, i.number, i.is_inspector, i.full_time, i.home_subject_id AS home, i.education,
           i.years_in_education AS years, i.expertise, i.subject_id, u.username, k.id AS contact_id,
           k.name AS operator, k.email, k.phone
    FROM inspectors i LEFT JOIN users u ON u.id = i.user_id LEFT JOIN LATERAL (
        SELECT k.id, k.name, k.email, k.phone FROM contacts k WHERE k.subject_id = i.subject_id AND k.position = 'head'
            AND coalesce(k.valid_from, :today) <= :today AND coalesce(k.valid_to, :today) >= :today
        ORDER BY k.id LIMIT 1) k ON true
    WHERE i.active
    """
)
_ACCOUNTS = text("SELECT username, id FROM users WHERE active AND role = :role AND username = ANY(:names)")
_NEW_IDS = text("SELECT nextval('inspectors_id_seq') FROM generate_series(1, :n)")
_WRITE_SUBJECTS = """
INSERT INTO subjects (id, kind, code, name, alias, region_kind, education_office)
SELECT subject_id, 'inspector', number, name, '', '', ''
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(subject_id text, number text, name text)
ON CONFLICT (id) DO UPDATE SET code = excluded.code, name = excluded.name
"""
_WRITE_INSPECTORS = """
INSERT INTO inspectors (id, name, number, is_inspector, full_time, home_subject_id, education, years_in_education,
                        expertise, user_id, subject_id, active)
SELECT id, name, number, is_inspector, full_time, home, education, years, expertise, user_id, subject_id, true
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(id bigint, name text, number text, is_inspector boolean,
    full_time boolean, home text, education text, years int, expertise text, user_id bigint, subject_id text)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, number = excluded.number, is_inspector = excluded.is_inspector,
    full_time = excluded.full_time, home_subject_id = excluded.home_subject_id, education = excluded.education,
    years_in_education = excluded.years_in_education, expertise = excluded.expertise,
    user_id = coalesce(excluded.user_id, inspectors.user_id), subject_id = excluded.subject_id
"""
HOMES = (SubjectKind.DISTRICT, *TAUGHT_AT)


def plan_inspectors(session: Session, table: Table, today: date) -> Plan:
    """Inspectors and experts: by the number of the certificate; without one, by a name that only one of them has."""
    plan = Plan()
    known = {row["id"]: dict(row) for row in session.execute(_INSPECTORS, {"today": today}).mappings()}
    who = Inspectors(known)
    terms, periods = _known_terms(session, inspectors=list(known))
    there = places(session, today, *HOMES)
    names = [line.get("username") for line in table.lines if line.get("username")]
    accounts = dict(session.execute(_ACCOUNTS, {"role": Role.INSPECTOR.value, "names": names}).tuples().all())
    new = iter(session.execute(_NEW_IDS, {"n": len(table.lines)}).scalars().all())
    seen: dict[Any, int] = {}
    people: dict[int, dict[str, Any]] = {}
    written: list[dict[str, Any]] = []
    for line in table.lines:
        name, number = line.get("name"), line.get("number", "")
        if name is None:
            continue
        home = place_of(table, line, there, "home", HOMES, None)
        if line.get("username") and line.get("username") not in accounts:
            table.wrong(line, "username", f"没有名为「{line.get('username')}」的督学账号")
        alike = who.find(name, number)
        if len(alike) > 1:
            table.wrong(line, "number", f"有{len(alike)}名「{name}」，请填写督学证号")
            continue
        id_ = alike[0] if alike else next(new)
        if not alike:
            who.add(id_, name, number)
        term = _term(table, line, "督学", today)
        if repeated(table, seen, line, (id_, line.get("starts_on")), "name"):
            continue
        _check_overlap(table, line, periods, id_, term)
        before = known.get(id_) or people.get(id_)
        wanted = _inspector(line, before, name, number, home.id if home else None)
        contact = {key: line.get(key) for key in ("email", "username") if line.get(key)}
        was = {**before, **terms.get((id_, line.get("starts_on")), {})} if before else None
        if plan.note(line, name, was, {**wanted, **contact, **(term or {})}):
            row = {
                "id": id_,
                **wanted,
                "user_id": accounts.get(line.get("username")),
                "subject_id": (before or {}).get("subject_id") or f"DX-{id_}",
            }
            holding = known.get(id_) if id_ in known and known[id_]["contact_id"] else None
            said = people[id_]["holder"][3] if id_ in people else None
            row["holder"] = (row["subject_id"], holding, name, line.get("email") or said, "")
            people[id_] = row
            written += [{"subject_id": None, "inspector_id": id_, **term}] if term else []

    def write(session: Session) -> None:
        rows = [{key: value for key, value in row.items() if key != "holder"} for row in people.values()]
        run(session, _WRITE_SUBJECTS, rows)
        run(session, _WRITE_INSPECTORS, rows)
        run(session, _WRITE_TERMS.format(key="inspector_id"), written)
        write_contacts(session, Position.HEAD, [row["holder"] for row in people.values()], today)

    plan.write = write
    return plan


def _inspector(
    line: Line, before: Mapping[str, Any] | None, name: str, number: str, home: str | None
) -> dict[str, Any]:
    """A blank cell leaves what is known."""
    known: Mapping[str, Any] = before or {}
    return {
        "name": name,
        "number": number or known.get("number", ""),
        "is_inspector": line.get("is_inspector", known.get("is_inspector", True)),
        "full_time": line.get("full_time", known.get("full_time", False)),
        "home": home or known.get("home"),
        "education": line.get("education", known.get("education", "")),
        "years": line.get("years", known.get("years")),
        "expertise": line.get("expertise", known.get("expertise", "")),
    }


class Inspectors:
    """Inspectors by what people call them."""

    def __init__(self, known: Mapping[int, Mapping[str, Any]]) -> None:
        self._numbered: dict[str, int] = {}
        self._named: dict[str, list[int]] = defaultdict(list)
        self._number_of: dict[int, str] = {}
        for id_, row in known.items():
            self.add(id_, row["name"], row["number"])

    def add(self, id_: int, name: str, number: str) -> None:
        """Another one."""
        if number:
            self._numbered[plain(number)] = id_
        self._named[plain(name)].append(id_)
        self._number_of[id_] = number

    def find(self, name: str, number: str) -> list[int]:
        """Who is meant: whoever has that number, else all of that name (without a number, where one is given)."""
        if number and plain(number) in self._numbered:
            return [self._numbered[plain(number)]]
        alike = self._named.get(plain(name), [])
        return [id_ for id_ in alike if not self._number_of[id_]] if number else list(alike)

    def one(self, table: Table, line: Line) -> int | None:
        """The one whom a row names; else what is wrong is noted."""
        name, number = line.get("inspector"), line.get("number", "")
        if name is None:
            return None
        if number and plain(number) not in self._numbered:
            table.wrong(line, "number", f"没有督学证号为「{number}」的督学")
            return None
        found = self.find(name, number)
        if len(found) == 1:
            return found[0]
        said = f"没有名为「{name}」的督学" if not found else f"有{len(found)}名「{name}」，请填写督学证号"
        table.wrong(line, "inspector" if not found else "number", said)
        return None


def _term(table: Table, line: Line, post: str, today: date) -> dict[str, Any] | None:
    """The term of a row, where it has one."""
    first, last = line.get("starts_on"), line.get("ends_on")
    if first is None and last is None:
        return None
    if first is None or last is None:
        table.wrong(line, "starts_on" if first is None else "ends_on", "任期须同时填写开始和结束")
        return None
    ended = line.get("ended_on")
    if last < first:
        table.wrong(line, "ends_on", "早于任期开始")
    if ended is not None and not first <= ended <= last:
        table.wrong(line, "ended_on", "须在任期之内")
    if (ended is None) != (not line.get("ended_why")):
        table.wrong(line, "ended_why", "离任日期和离任原因须同时填写")
    return {
        "post": line.get("post") or post,
        "ordinal": line.get("ordinal", 1),
        "starts_on": first,
        "ends_on": last,
        "ended_on": ended,
        "ended_why": line.get("ended_why", ""),
    }


def _known_terms(
    session: Session, *, subjects: list[str] | None = None, inspectors: list[int] | None = None
) -> tuple[dict[tuple[Any, date], dict[str, Any]], Periods]:
    terms: dict[tuple[Any, date], dict[str, Any]] = {}
    periods: Periods = defaultdict(list)
    asked = {"subjects": subjects or [], "inspectors": inspectors or []}
    for row in session.execute(_TERMS, asked).mappings():
        whose = row["subject_id"] or row["inspector_id"]
        terms[whose, row["starts_on"]] = {key: row[key] for key in _OF_TERM}
        periods[whose].append((row["starts_on"], row["ended_on"] or row["ends_on"], 0))
    return terms, periods


_OF_TERM = ("post", "ordinal", "starts_on", "ends_on", "ended_on", "ended_why")


def _check_overlap(table: Table, line: Line, periods: Periods, whose: Any, term: dict[str, Any] | None) -> None:
    """No two terms of one person at a time; a row with the first day of a known term is that term."""
    if term is None:
        return
    first, last = term["starts_on"], term["ended_on"] or term["ends_on"]
    for other_first, other_last, row in periods[whose]:
        if other_first != first and first <= other_last and other_first <= last:
            of = f"第{row}行的任期" if row else "已有的任期"
            table.wrong(line, "starts_on", f"与{of}（{other_first}至{other_last}）重叠")
            return
    periods[whose].append((first, last, line.row))
