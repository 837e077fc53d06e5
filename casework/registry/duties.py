"""What is known of inspectors besides themselves, from a table: training, grounds of recusal, their schools."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from casework.registry.persons import HOMES, Inspectors
from casework.registry.planning import SCHOOLS, Plan, district_of, place_of, places, repeated, run
from casework.registry.reading import Table
from process.vocabulary import RecusalGround, SubjectKind

_WHO = text("SELECT id, name, number FROM inspectors WHERE active")
_TRAININGS = text("SELECT inspector_id, title, held_on, hours, before_service FROM trainings")
_WRITE_TRAININGS = """
INSERT INTO trainings (inspector_id, title, held_on, hours, before_service)
SELECT inspector_id, title, held_on, hours, before_service
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(inspector_id bigint, title text, held_on date, hours float,
    before_service boolean)
ON CONFLICT (inspector_id, held_on, title) DO UPDATE SET hours = excluded.hours,
    before_service = excluded.before_service
"""


def _inspectors(session: Session) -> Inspectors:
    return Inspectors({row["id"]: dict(row) for row in session.execute(_WHO).mappings()})


def plan_trainings(session: Session, table: Table, today: date) -> Plan:
    """Training by inspector, day and title."""
    plan = Plan()
    who = _inspectors(session)
    known: dict[Any, Mapping[str, Any]] = {
        (row["inspector_id"], row["held_on"], row["title"]): dict(row) for row in session.execute(_TRAININGS).mappings()
    }
    seen: dict[Any, int] = {}
    written = []
    for line in table.lines:
        id_ = who.one(table, line)
        if line.get("held_on") and line.get("held_on") > today:
            table.wrong(line, "held_on", "是以后的日期，培训结束后再登记")
        if id_ is None or not {"title", "held_on", "hours"} <= line.values.keys():
            continue
        key = (id_, line.get("held_on"), line.get("title"))
        row = {"hours": line.get("hours"), "before_service": line.get("before_service", False)}
        if repeated(table, seen, line, key, "title"):
            continue
        if plan.note(line, f"{line.get('inspector')}：{line.get('title')}", known.get(key), row):
            written.append({"inspector_id": id_, "title": key[2], "held_on": key[1], **row})
    plan.write = lambda session: run(session, _WRITE_TRAININGS, written)
    return plan


_TIES = text("SELECT inspector_id, subject_id, ground, left_on FROM inspector_ties")
_WRITE_TIES = """
INSERT INTO inspector_ties (inspector_id, subject_id, ground, left_on)
SELECT inspector_id, subject_id, ground, left_on
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(inspector_id bigint, subject_id text, ground text, left_on date)
ON CONFLICT (inspector_id, subject_id, ground) DO UPDATE SET left_on = excluded.left_on
"""


def plan_ties(session: Session, table: Table, today: date) -> Plan:
    """Grounds of recusal (《重庆市教育督导条例》第十二条) by inspector, subject and ground."""
    plan = Plan()
    who = _inspectors(session)
    known: dict[Any, Mapping[str, Any]] = {
        (row["inspector_id"], row["subject_id"], row["ground"]): dict(row) for row in session.execute(_TIES).mappings()
    }
    there = places(session, today, *HOMES)
    seen: dict[Any, int] = {}
    written = []
    for line in table.lines:
        id_ = who.one(table, line)
        subject = place_of(table, line, there, "subject", HOMES, district_of(table, line, there))
        ground: RecusalGround | None = line.get("ground")
        if ground is RecusalGround.LEFT_RECENTLY and line.get("left_on") is None:
            table.wrong(line, "left_on", "离任不满三年的须填写离开日期")
        if id_ is None or subject is None or ground is None:
            continue
        key = (id_, subject.id, ground.value)
        if repeated(table, seen, line, key, "subject"):
            continue
        row = {"left_on": line.get("left_on")}
        if plan.note(line, f"{line.get('inspector')}：{subject.name}", known.get(key), row):
            written.append({"inspector_id": id_, "subject_id": subject.id, "ground": ground.value, **row})
    plan.write = lambda session: run(session, _WRITE_TIES, written)
    return plan


_ASSIGNED = text("SELECT inspector_id, school_id, from_day, to_day FROM responsible_inspectors")
# Who answered for a school until now hands over on the day before (轮换).
_HAND_OVER = """
UPDATE responsible_inspectors a SET to_day = r.from_day - 1
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(inspector_id bigint, school_id text, from_day date)
WHERE a.school_id = r.school_id AND a.to_day IS NULL AND a.from_day < r.from_day AND a.inspector_id <> r.inspector_id
"""
_ASSIGN = """
INSERT INTO responsible_inspectors (inspector_id, school_id, from_day, to_day)
SELECT inspector_id, school_id, from_day, to_day
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(inspector_id bigint, school_id text, from_day date, to_day date)
ON CONFLICT (school_id, inspector_id, from_day) DO UPDATE SET to_day = excluded.to_day
"""


def plan_responsibilities(session: Session, table: Table, today: date) -> Plan:
    """Who answers for which school from when (挂牌督导); whoever did before hands over."""
    plan = Plan()
    who = _inspectors(session)
    known: dict[Any, Mapping[str, Any]] = {
        (row["school_id"], row["inspector_id"], row["from_day"]): dict(row)
        for row in session.execute(_ASSIGNED).mappings()
    }
    there = places(session, today, SubjectKind.DISTRICT, *SCHOOLS)
    seen: dict[Any, int] = {}
    written: list[dict[str, Any]] = []
    for line in table.lines:
        id_ = who.one(table, line)
        school = place_of(table, line, there, "school", SCHOOLS, district_of(table, line, there))
        first, last = line.get("from_day"), line.get("to_day")
        if first and last and last < first:
            table.wrong(line, "to_day", "早于起始日期")
        if id_ is None or school is None or first is None:
            continue
        key = (school.id, id_, first)
        if repeated(table, seen, line, key, "school"):
            continue
        if plan.note(line, f"{line.get('inspector')}：{school.name}", known.get(key), {"to_day": last}):
            written.append({"inspector_id": id_, "school_id": school.id, "from_day": first, "to_day": last})

    def write(session: Session) -> None:
        run(session, _HAND_OVER, written)
        run(session, _ASSIGN, written)

    plan.write = write
    return plan
