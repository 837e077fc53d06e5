"""Writing down visits to schools: one by its inspector, or a list at once; all checked and written as a set."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import text
from sqlmodel import Session

from casework.actor import OFFICE, Actor
from casework.notify import Queued, queue
from casework.pool import still_bars
from casework.visits_check import settle
from db.school_calendar import school_calendar
from process.calendar import local_day
from process.decide import NoticeDraft
from process.errors import DudaoError, NotAllowed, VisitRecorded
from process.school_calendar import month_of
from process.visits import TOPICS, Facts, Look, objection
from process.vocabulary import NoticeKind, Position, RecusalGround, Role

MOST = 5000
"""Visits in one list."""


class Checked(BaseModel):
    """What was found under one topic."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    look: Look = Field(description="结果：fine 正常，problem 有问题", examples=["fine"])
    remark: str = Field(default="", max_length=1000, description="说明；有问题的必填")


class NewVisit(BaseModel):
    """A visit to a school."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    school_id: str = Field(description="学校", examples=["CQ-500103-S001"])
    visited_on: date = Field(description="到校日期", examples=["2022-10-12"])
    inspector_id: int | None = Field(default=None, description="到校的督学；不填即本人")
    month: date | None = Field(default=None, description="补哪个月的督导（该月任一日）；不填即到校当月")
    checked: dict[str, Checked] = Field(default_factory=dict, description="各项督导内容的结果，按内容的代码")
    note: str = Field(default="", max_length=4000, description="情况记录")
    hazard: bool = Field(default=False, description="发现违法违规或危及师生安全的隐患，须当日报告")


# Every fact about every row at once. A district sees its own schools, an inspector speaks of themselves.
FACTS = f"""
SELECT r.n, s.name AS school, s.district_id, (SELECT b.name FROM subjects b WHERE b.id = s.district_id) AS district,
       s.valid_from, s.valid_to, i.id AS inspector_id, i.name AS inspector,
       CASE WHEN i.home_subject_id = s.id THEN 'staff' ELSE (
           SELECT min(t.ground) FROM inspector_ties t WHERE t.inspector_id = i.id AND t.subject_id = s.id
               AND {still_bars("t", "r.visited_on")}) END AS recusal,
       i.home_subject_id = s.district_id OR EXISTS (
           SELECT FROM responsible_inspectors a JOIN subjects other ON other.id = a.school_id
           WHERE a.inspector_id = i.id AND other.district_id = s.district_id AND a.from_day <= r.visited_on
               AND (a.to_day IS NULL OR a.to_day >= r.visited_on)) AS of_district,
       EXISTS (SELECT FROM school_visits v WHERE v.school_id = s.id AND v.inspector_id = i.id
               AND v.visited_on = r.visited_on) AS recorded,
       EXISTS (SELECT FROM visit_duties d WHERE d.school_id = s.id AND d.month = r.month
               AND d.visited_on IS NULL) AS owed
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(
    n int, school_id text, inspector_id bigint, visited_on date, month date)
LEFT JOIN subjects s ON s.id = r.school_id AND EXISTS (SELECT FROM schools k WHERE k.subject_id = s.id)
    AND (CAST(:only AS text) IS NULL OR s.district_id = :only)
LEFT JOIN inspectors i ON i.active AND i.is_inspector
    AND CASE WHEN CAST(:mine AS bigint) IS NULL THEN i.id = r.inspector_id
             ELSE i.user_id = :mine AND coalesce(r.inspector_id, i.id) = i.id END
ORDER BY r.n
"""
_WRITE = text(
    """
    INSERT INTO school_visits (school_id, inspector_id, visited_on, month, checked, note, hazard, recorded_by,
                               recorded_at)
    SELECT school_id, inspector_id, visited_on, month, checked, note, hazard, :person, :now
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(n int, school_id text, inspector_id bigint, visited_on date,
        month date, checked jsonb, note text, hazard boolean)
    ORDER BY n
    ON CONFLICT (school_id, visited_on, inspector_id) DO NOTHING
    RETURNING id, school_id, month
    """
)
# The first visit that counts for the month; a visit within it is better than one that makes up for it.
MARK = """
UPDATE visit_duties d SET visited_on = v.visited_on FROM (
    SELECT school_id, month, min(visited_on) AS visited_on FROM school_visits
    WHERE (school_id, month) IN (SELECT * FROM unnest(CAST(:schools AS text[]), CAST(:months AS date[])))
    GROUP BY school_id, month) v
WHERE d.school_id = v.school_id AND d.month = v.month AND d.visited_on IS DISTINCT FROM v.visited_on
"""

TELL_OF_HAZARD = (Position.OFFICE_HEAD, Position.OPERATOR, Position.COMMISSION_HEAD)


class Refused(BaseModel):
    """A row of a list that cannot be written down, and why."""

    line: int = Field(description="第几项（从1数）")
    code: str
    message: str
    field: str | None = None


class Recorded(BaseModel):
    """What became of a list."""

    written: int = Field(description="登记数")
    known: int = Field(description="此前已登记、不再登记的")
    refused: list[Refused] = Field(description="有一项不对则一项也不登记")


def record_visit(session: Session, actor: Actor, now: datetime, visit: NewVisit) -> int:
    """Write one visit down; returns its key. Raises what :func:`process.visits.objection` names."""
    found, objections = _examine(session, actor, now, [visit])
    if objections[0] is not None:
        raise objections[0]
    return _record(session, actor, now, [visit], found)[0]


def record_visits(
    session: Session, actor: Actor, now: datetime, visits: Sequence[NewVisit], *, dry: bool = False
) -> Recorded:
    """Write a list down, whole or (where a row cannot be) not at all; rows that are known already are passed over.

    ``dry`` only says what would become of it. Raises :class:`NotAllowed`.
    """
    found, objections = _examine(session, actor, now, visits)
    known = {n for n, error in enumerate(objections) if isinstance(error, VisitRecorded)}
    twice = _twice(visits, found)
    refused = [
        Refused(line=n + 1, code=error.code, message=str(error), field=error.field)
        for n, error in enumerate(objections)
        if error is not None and n not in known
    ]
    wanted = [n for n in range(len(visits)) if n not in known | twice]
    if not refused and not dry and wanted:
        _record(session, actor, now, [visits[n] for n in wanted], [found[n] for n in wanted])
    return Recorded(written=0 if refused else len(wanted), known=len(known | twice), refused=refused)


def _twice(visits: Sequence[NewVisit], found: Sequence[Any]) -> set[int]:
    """Rows that repeat an earlier one of the same list."""
    seen: set[tuple[object, ...]] = set()
    again = set()
    for n, (visit, row) in enumerate(zip(visits, found, strict=True)):
        key = (visit.school_id, row["inspector_id"], visit.visited_on)
        again |= {n} if key in seen else set()
        seen.add(key)
    return again


def _examine(
    session: Session, actor: Actor, now: datetime, visits: Sequence[NewVisit]
) -> tuple[Sequence[Any], list[DudaoError | None]]:
    """What the record knows of each, and what speaks against writing it down."""
    actor = actor.require(Role.INSPECTOR, Role.DISTRICT, *OFFICE)
    if len(visits) > MOST:
        raise NotAllowed(f"一次至多登记{MOST}次到校督导")
    rows = [
        {
            "n": n,
            "school_id": visit.school_id,
            "inspector_id": visit.inspector_id,
            "visited_on": visit.visited_on.isoformat(),
            "month": month_of(visit.month or visit.visited_on).isoformat(),
        }
        for n, visit in enumerate(visits)
    ]
    parameters = {
        "rows": json.dumps(rows),
        "only": (actor.subject_id or "") if actor.role is Role.DISTRICT else None,
        "mine": actor.person if actor.role is Role.INSPECTOR else None,
    }
    found = session.execute(text(FACTS), parameters).mappings().all()
    calendar, today = school_calendar(session), local_day(now)
    objections = [
        objection(
            _facts(visit, row, actor), {key: (c.look, c.remark) for key, c in visit.checked.items()}, calendar, today
        )
        for visit, row in zip(visits, found, strict=True)
    ]
    return found, objections


def _facts(visit: NewVisit, row: Any, actor: Actor) -> Facts:
    return Facts(
        visited_on=visit.visited_on,
        month=month_of(visit.month or visit.visited_on),
        school=row["school"] or "",
        inspector=row["inspector"] or "",
        open_from=row["valid_from"],
        open_until=row["valid_to"],
        may_record=bool(row["of_district"]) or actor.role in OFFICE,
        recusal=RecusalGround(row["recusal"]) if row["recusal"] else None,
        recorded=row["recorded"],
        owed=row["owed"],
    )


def _record(
    session: Session, actor: Actor, now: datetime, visits: Sequence[NewVisit], found: Sequence[Any]
) -> list[int]:
    rows = [
        {
            **visit.model_dump(mode="json"),
            "n": n,
            "inspector_id": row["inspector_id"],
            "month": month_of(visit.month or visit.visited_on).isoformat(),
        }
        for n, (visit, row) in enumerate(zip(visits, found, strict=True))
    ]
    parameters = {"rows": json.dumps(rows, ensure_ascii=False), "person": actor.person, "now": now}
    written = session.execute(_WRITE, parameters).all()
    if len(written) < len(visits):  # somebody else wrote the same meanwhile
        raise VisitRecorded()
    cells = sorted({(row.school_id, row.month) for row in written})
    schools, months = [school for school, _ in cells], [month for _, month in cells]
    session.execute(text(MARK), {"schools": schools, "months": months})
    queue(session, [_alarm(visit, row) for visit, row in zip(visits, found, strict=True) if visit.hazard], now)
    settle(session, now, schools, months)
    return [row.id for row in written]


def _alarm(visit: NewVisit, row: Any) -> Queued:
    """违法违规或危及师生安全的隐患: district and coordinators hear of it the same day (《教育督导条例》第十五条)."""
    problems = [
        {"title": topic.title, "remark": visit.checked[topic.key].remark}
        for topic in TOPICS
        if topic.key in visit.checked and visit.checked[topic.key].look is Look.PROBLEM
    ]
    data = {
        "school": row["school"],
        "district": row["district"],
        "inspector": row["inspector"],
        "visited_on": visit.visited_on.isoformat(),
        "problems": problems,
        "note": visit.note,
        "path": f"/visits/schools/{visit.school_id}",
    }
    step = f"{visit.school_id}:{visit.visited_on.isoformat()}:{row['inspector_id']}"
    draft = NoticeDraft(NoticeKind.VISIT_HAZARD, TELL_OF_HAZARD, roles=(Role.COORDINATOR,), step=step, data=data)
    return Queued(draft, None, None, row["district_id"])
