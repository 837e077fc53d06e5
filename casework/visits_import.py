"""Visits from a list (.xlsx or .csv) that an office keeps: names become keys, every row is checked, all or none is
written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field, ValidationError
from sqlalchemy import text
from sqlmodel import Session

from casework.actor import Actor
from casework.spreadsheets import Sheet, read_sheets, write_workbook
from casework.visits import MOST, Checked, NewVisit, record_visits
from db.queries.visits import MissingRow
from process.errors import InvalidInput
from process.visits import TOPICS, Look
from process.vocabulary import Role

SCHOOL, INSPECTOR, DAY, MONTH, NOTE, HAZARD = "学校", "督学", "到校日期", "补督导月份", "情况记录", "隐患"
COLUMNS = (SCHOOL, INSPECTOR, DAY, MONTH, *(topic.title for topic in TOPICS), NOTE, HAZARD)
"""What a list is headed with. A school by its code or full name, an inspector by name or number."""
NEEDED = (SCHOOL, DAY)
_FINE = ("正常", "无", "√", "是", "合格", "无问题")
_YES = ("是", "有", "√")
_NO = ("", "否", "无")


class RowRefused(BaseModel):
    """A row that cannot be written down, and why."""

    line: int = Field(description="表格中的行号")
    code: str
    message: str


class ListRead(BaseModel):
    """What became, or would become, of a list."""

    rows: int = Field(description="读到的行数")
    written: int = Field(description="登记（或可登记）的")
    known: int = Field(description="此前已登记而跳过的")
    refused: list[RowRefused] = Field(description="不能登记的行；有一行则一行也不登记")
    dry: bool = Field(description="只检查，未登记")


@dataclass(slots=True)
class _Names:
    """What names in a list may stand for."""

    schools: dict[str, list[tuple[str, str | None]]] = field(default_factory=dict)
    """By code or name: key and district."""
    inspectors: dict[str, list[tuple[int, frozenset[str]]]] = field(default_factory=dict)
    """By name or number: key and the districts in which they serve."""


_SCHOOLS = text(
    """
    SELECT s.id, s.name, s.district_id FROM subjects s JOIN schools k ON k.subject_id = s.id
    WHERE (s.id = ANY(:names) OR s.name = ANY(:names)) AND (CAST(:only AS text) IS NULL OR s.district_id = :only)
    """
)
_INSPECTORS = text(
    """
    SELECT i.id, i.name, i.number, array_remove(array_agg(DISTINCT d.id), NULL) AS districts FROM inspectors i
    LEFT JOIN LATERAL (
        SELECT i.home_subject_id AS id UNION ALL
        SELECT s.district_id FROM responsible_inspectors a JOIN subjects s ON s.id = a.school_id
        WHERE a.inspector_id = i.id) d ON true
    WHERE i.active AND i.is_inspector AND (i.name = ANY(:names) OR i.number = ANY(:names)) GROUP BY i.id
    """
)
_RESPONSIBLE = text(
    """
    SELECT r.n, a.inspector_id
    FROM unnest(CAST(:n AS int[]), CAST(:schools AS text[]), CAST(:days AS date[])) AS r(n, school_id, day)
    CROSS JOIN LATERAL (
        SELECT a.inspector_id FROM responsible_inspectors a JOIN inspectors i ON i.id = a.inspector_id AND i.active
        WHERE a.school_id = r.school_id AND a.from_day <= r.day AND (a.to_day IS NULL OR a.to_day >= r.day)
        ORDER BY a.from_day DESC, a.id DESC LIMIT 1) a
    """
)


def import_visits(
    session: Session, actor: Actor, now: datetime, filename: str, content: bytes, *, dry: bool
) -> ListRead:
    """Write down the visits of a list, or say what would become of it.

    Raises :class:`InvalidInput` for a list that cannot be read, :class:`ForbiddenFileType`.
    """
    rows = _table(read_sheets(filename, content))
    names = _named(session, actor, rows)
    refused: list[RowRefused] = []
    visits: dict[int, NewVisit] = {}
    for line, row in rows:
        try:
            visits[line] = _visit(row, names)
        except InvalidInput as error:
            refused.append(RowRefused(line=line, code=error.code, message=error.detail or error.message))
        except ValidationError as error:
            where = "、".join(str(part) for part in error.errors()[0]["loc"])
            refused.append(RowRefused(line=line, code=InvalidInput.code, message=f"{where} 过长或不能读取"))
    if actor.role is not Role.INSPECTOR:
        visits = _by_responsible(session, visits)
    lines = list(visits)
    done = record_visits(session, actor, now, [visits[line] for line in lines], dry=dry or bool(refused))
    refused += [RowRefused(line=lines[one.line - 1], code=one.code, message=one.message) for one in done.refused]
    refused.sort(key=lambda one: one.line)
    return ListRead(
        rows=len(rows), written=0 if refused else done.written, known=done.known, refused=refused, dry=dry
    )  # fmt: skip


def blank(rows: Sequence[MissingRow]) -> bytes:
    """A list to be filled in: the schools that are missing, with their inspectors."""
    empty = [""] * (len(COLUMNS) - 2)
    return write_workbook([("到校督导", COLUMNS, ([row.school_id, row.inspector or "", *empty] for row in rows))])


def _table(sheets: Sequence[Sheet]) -> list[tuple[int, dict[str, str]]]:
    """The rows of the first sheet that are filled in, each with its line number, by their column."""
    sheet = next((sheet for sheet in sheets if sheet.rows), None)
    if sheet is None:
        raise InvalidInput("表格是空的", field="file")
    head = sheet.rows[0]
    lacking = [name for name in NEEDED if name not in head]
    if lacking:
        raise InvalidInput(f"第一行须是列名，缺少「{'」「'.join(lacking)}」", field="file")
    strange = [name for name in head if name and name not in COLUMNS]
    if strange:
        raise InvalidInput(f"没有这种列：「{'」「'.join(strange)}」", field="file")
    found = []
    for line, cells in enumerate(sheet.rows[1:], start=2):
        row = {name: cell for name, cell in zip(head, cells, strict=False) if name}
        # A list that was handed out names every school; a row without its day is not filled in.
        if any(cell for name, cell in row.items() if name not in (SCHOOL, INSPECTOR)):
            found.append((line, row))
    if not found:
        raise InvalidInput("表格中没有填写到校日期的行", field="file")
    if len(found) > MOST:
        raise InvalidInput(f"一次至多登记{MOST}次到校督导", field="file")
    return found


def _named(session: Session, actor: Actor, rows: Sequence[tuple[int, Mapping[str, str]]]) -> _Names:
    only = (actor.subject_id or "") if actor.role is Role.DISTRICT else None
    names = _Names()
    wanted = sorted({row.get(SCHOOL, "") for _, row in rows} - {""})
    for found in session.execute(_SCHOOLS, {"names": wanted, "only": only}):
        for name in {found.id, found.name}:
            names.schools.setdefault(name, []).append((found.id, found.district_id))
    people = sorted({row.get(INSPECTOR, "") for _, row in rows} - {""})
    for found in session.execute(_INSPECTORS, {"names": people}):
        for name in {found.name, found.number} - {""}:
            names.inspectors.setdefault(name, []).append((found.id, frozenset(found.districts)))
    return names


def _visit(row: Mapping[str, str], names: _Names) -> NewVisit:
    schools = names.schools.get(row.get(SCHOOL, ""), [])
    if len(schools) != 1:
        why = "有多所同名学校，请填代码" if schools else "没有这所学校"
        raise InvalidInput(f"{row.get(SCHOOL) or '未填学校'}：{why}")
    school, district = schools[0]
    hazard = row.get(HAZARD, "")
    if hazard not in (*_YES, *_NO):
        raise InvalidInput(f"「{HAZARD}」须填是或否")
    values: dict[str, Any] = {
        "school_id": school,
        "inspector_id": _inspector(row.get(INSPECTOR, ""), district, names),
        "visited_on": _day(row.get(DAY, ""), DAY),
        "month": _month(row[MONTH]) if row.get(MONTH) else None,
        "checked": _checked(row),
        "note": row.get(NOTE, ""),
        "hazard": hazard in _YES,
    }
    return NewVisit.model_validate(values)


def _inspector(name: str, district: str | None, names: _Names) -> int | None:
    if not name:
        return None
    found = names.inspectors.get(name, [])
    here = [id_ for id_, districts in found if district in districts] or [id_ for id_, _ in found]
    if len(here) != 1:
        raise InvalidInput(f"{name}：{'有多名同名督学，请填督学证号' if here else '没有这名在任督学'}")
    return here[0]


def _by_responsible(session: Session, visits: dict[int, NewVisit]) -> dict[int, NewVisit]:
    """Where no inspector is named, it was whoever answered for the school on that day."""
    open_ = [line for line, visit in visits.items() if visit.inspector_id is None]
    parameters = {
        "n": open_,
        "schools": [visits[line].school_id for line in open_],
        "days": [visits[line].visited_on for line in open_],
    }
    found = dict(session.execute(_RESPONSIBLE, parameters).tuples().all()) if open_ else {}
    return {
        line: visit.model_copy(update={"inspector_id": found[line]}) if line in found else visit
        for line, visit in visits.items()
    }


def _checked(row: Mapping[str, str]) -> dict[str, Checked]:
    """Empty is not looked at; 正常 is fine; anything else says what is wrong."""
    found = {}
    for topic in TOPICS:
        said = row.get(topic.title, "")
        if said:
            fine = said in _FINE
            found[topic.key] = Checked(look=Look.FINE if fine else Look.PROBLEM, remark="" if fine else said)
    return found


def _day(said: str, column: str) -> date:
    for form in ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日"):
        try:
            return datetime.strptime(said, form).date()  # noqa: DTZ007 - a day has no time zone
        except ValueError:
            continue
    raise InvalidInput(f"「{column}」不是日期：{said or '未填'}（应如 2022-09-14）")


def _month(said: str) -> date:
    for form in ("%Y-%m", "%Y/%m", "%Y.%m", "%Y年%m月", "%Y-%m-%d"):
        try:
            return datetime.strptime(said, form).date()  # noqa: DTZ007 - a month has no time zone
        except ValueError:
            continue
    raise InvalidInput(f"「{MONTH}」不是月份：{said}（应如 2022-09）")
