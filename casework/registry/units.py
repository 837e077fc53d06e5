"""Districts, schools, colleges and universities from a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from casework.registry.kinds import plain
from casework.registry.planning import (
    TAUGHT_AT,
    Plan,
    district_of,
    key_of,
    places,
    repeated,
    run,
)
from casework.registry.reading import Line, Table
from process.vocabulary import Position, SchoolStage, SubjectKind

_DISTRICTS = text(
    "SELECT id, code, name, alias, region_kind, education_office, valid_from, valid_to, successor_id AS successor "
    "FROM subjects WHERE kind = 'district'"
)
_WRITE_DISTRICTS = """
INSERT INTO subjects (id, kind, code, name, alias, region_kind, education_office, valid_from, valid_to)
SELECT id, 'district', code, name, alias, region_kind, education_office, valid_from, valid_to
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(id text, code text, name text, alias text, region_kind text,
    education_office text, valid_from date, valid_to date)
ON CONFLICT (id) DO UPDATE SET code = excluded.code, name = excluded.name, alias = excluded.alias,
    region_kind = excluded.region_kind, education_office = excluded.education_office,
    valid_from = excluded.valid_from, valid_to = excluded.valid_to
"""
_WRITE_SUCCESSORS = """
UPDATE subjects s SET successor_id = r.successor
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(id text, successor text) WHERE s.id = r.id
"""


def plan_districts(session: Session, table: Table, today: date | None = None) -> Plan:
    """Districts by id; without one, by code or name. A blank cell empties, as a whole list is given."""
    plan = Plan()
    known = {row["id"]: dict(row) for row in session.execute(_DISTRICTS).mappings()}
    by_name = {plain(row["name"]): id_ for id_, row in known.items()}
    seen: dict[Any, int] = {}
    rows: list[dict[str, Any]] = []
    for line in table.lines:
        name, code = line.get("name", ""), line.get("code", "")
        id_ = line.get("id") or (f"CQ-{code}" if code else by_name.get(plain(name)) or key_of("D", name))
        if repeated(table, seen, line, id_, "id"):
            continue
        wanted = {key: line.get(key) if key.startswith("valid") else line.get(key, "") for key in _OF_DISTRICT}
        wanted |= {"successor": line.get("successor")}
        if wanted["valid_from"] and wanted["valid_to"] and wanted["valid_to"] < wanted["valid_from"]:
            table.wrong(line, "valid_to", "早于有效期起")
        if plan.note(line, name, known.get(id_), wanted):
            rows.append({"id": id_, **wanted})
    there = set(known) | set(seen)
    for line in table.lines:
        if line.get("successor") and line.get("successor") not in there:
            table.wrong(line, "successor", f"继任单位 {line.get('successor')} 不存在")

    def write(session: Session) -> None:
        run(session, _WRITE_DISTRICTS, rows)
        run(session, _WRITE_SUCCESSORS, rows)

    plan.write = write
    return plan


_OF_DISTRICT = ("code", "name", "alias", "region_kind", "education_office", "valid_from", "valid_to")

_SCHOOLS = text(
    """
    SELECT s.id, s.kind, s.code, s.name, s.district_id AS district, c.stage, c.students, c.private,
           k.id AS contact_id, k.name AS operator, k.email AS operator_email
    FROM subjects s LEFT JOIN schools c ON c.subject_id = s.id
    LEFT JOIN LATERAL (
        SELECT k.id, k.name, k.email FROM contacts k WHERE k.subject_id = s.id AND k.position = 'operator'
            AND coalesce(k.valid_from, :today) <= :today AND coalesce(k.valid_to, :today) >= :today
        ORDER BY k.id LIMIT 1) k ON true
    WHERE s.kind = ANY(:kinds) AND coalesce(s.valid_to, :today) >= :today
    """
)
_WRITE_SUBJECTS = """
INSERT INTO subjects (id, kind, code, name, alias, region_kind, education_office, parent_id, district_id)
SELECT id, kind, code, name, '', '', '', district, district
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(id text, kind text, code text, name text, district text)
ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, code = excluded.code, name = excluded.name,
    parent_id = excluded.parent_id, district_id = excluded.district_id
"""
_WRITE_SCHOOLS = """
INSERT INTO schools (subject_id, stage, students, private)
SELECT id, stage, students, private
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(id text, stage text, students int, private boolean)
ON CONFLICT (subject_id) DO UPDATE SET stage = excluded.stage, students = excluded.students,
    private = excluded.private
"""
# A principal's case goes where the school goes.
_FOLLOW = """
UPDATE subjects p SET district_id = r.district
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(id text, district text)
WHERE p.parent_id = r.id AND p.kind = 'principal' AND p.district_id IS DISTINCT FROM r.district
"""
_END_CONTACTS = """
UPDATE contacts k SET valid_to = :yesterday
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(contact_id bigint) WHERE k.id = r.contact_id
"""
_WRITE_CONTACTS = """
INSERT INTO contacts (subject_id, position, name, email, phone, bot_url, valid_from)
SELECT id, position, name, email, phone, '', since
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(id text, position text, name text, email text, phone text,
    since date)
"""
_READDRESS = """
UPDATE contacts k SET email = coalesce(r.email, k.email), phone = coalesce(nullif(r.phone, ''), k.phone)
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(contact_id bigint, email text, phone text) WHERE k.id = r.contact_id
"""


def plan_schools(session: Session, table: Table, today: date) -> Plan:
    """Schools, kindergartens, colleges and universities: by code; without one, by name within the district.

    A blank cell leaves what is known. A new name under 经办人 takes over from yesterday's.
    """
    plan = Plan()
    rows = session.execute(_SCHOOLS, {"kinds": [kind.value for kind in TAUGHT_AT], "today": today}).mappings()
    known = {row["id"]: dict(row) for row in rows}
    by_code = {row["code"]: id_ for id_, row in known.items() if row["code"]}
    by_name = {(plain(row["name"]), row["district"]): id_ for id_, row in known.items()}
    districts = places(session, today, SubjectKind.DISTRICT)
    seen: dict[Any, int] = {}
    written: list[dict[str, Any]] = []
    people: list[dict[str, Any]] = []
    for line in table.lines:
        name, code = line.get("name"), line.get("code", "")
        district = district_of(table, line, districts)
        if name is None or (line.get("district") and district is None):
            continue
        alike = by_name.get((plain(name), district))
        # A school of that name that has another code is another school.
        same = alike if alike and (not code or known[alike]["code"] in ("", code)) else None
        id_ = by_code.get(code) if code else None
        id_ = id_ or same or (key_of("S", code) if code else key_of("S", district or "", name))
        if repeated(table, seen, line, id_, "name"):
            continue
        before = known.get(id_)
        wanted = _school(line, before, name, code, district)
        if line.get("operator_email") and not (line.get("operator") or (before and before["operator"])):
            table.wrong(line, "operator", "填写了邮箱的须填写姓名")
        contact = {key: line.get(key) for key in ("operator", "operator_email") if line.get(key)}
        if plan.note(line, name, before, {**wanted, **contact}):
            written.append({"id": id_, **wanted})
            if contact:
                people.append({"id": id_, "before": before, **contact})

    def write(session: Session) -> None:
        run(session, _WRITE_SUBJECTS, written)
        run(session, _WRITE_SCHOOLS, written)
        run(session, _FOLLOW, written)
        operators = [(row["id"], row["before"], row.get("operator"), row.get("operator_email"), "") for row in people]
        write_contacts(session, Position.OPERATOR, operators, today)

    plan.write = write
    return plan


def _school(line: Line, before: Mapping[str, Any] | None, name: str, code: str, district: str | None) -> dict[str, Any]:
    known = before or {}
    stage = SchoolStage(line.get("stage") or known.get("stage") or SchoolStage.PRIMARY)
    return {
        "kind": _KIND_OF.get(stage, SubjectKind.SCHOOL).value,
        "code": code or known.get("code", ""),
        "name": name,
        "district": district or known.get("district"),
        "stage": stage.value,
        "students": line.get("students", known.get("students") or 0),
        "private": line.get("private", known.get("private") or False),
    }


_KIND_OF = {
    SchoolStage.KINDERGARTEN: SubjectKind.KINDERGARTEN,
    SchoolStage.SECONDARY_VOCATIONAL: SubjectKind.COLLEGE,
    SchoolStage.HIGHER_VOCATIONAL: SubjectKind.COLLEGE,
    SchoolStage.UNDERGRADUATE: SubjectKind.UNIVERSITY,
}

Holder = tuple[str, Mapping[str, Any] | None, str | None, str | None, str]
"""Subject, who holds the position now (``contact_id``, ``operator``), the name, the address, the telephone."""


def write_contacts(session: Session, position: Position, wanted: Sequence[Holder], today: date) -> None:
    """Who holds a position from now on: the same person gets new addresses, another takes over from yesterday's."""
    there = [row for row in wanted if row[1] and row[1].get("contact_id")]
    same = [row for row in there if row[2] is None or plain(row[2]) == plain(str(row[1]["operator"] if row[1] else ""))]
    ending = [{"contact_id": row[1]["contact_id"]} for row in there if row[1] and row not in same]
    run(session, _END_CONTACTS, ending, yesterday=today - timedelta(days=1))
    run(
        session,
        _READDRESS,
        [{"contact_id": row[1]["contact_id"], "email": row[3], "phone": row[4]} for row in same if row[1]],
    )
    begun = [
        {
            "id": row[0],
            "position": position.value,
            "name": row[2],
            "email": row[3],
            "phone": row[4],
            "since": today if row in there else None,
        }
        for row in wanted
        if row not in same
    ]
    run(session, _WRITE_CONTACTS, begun)
