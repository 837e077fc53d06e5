"""The values of indicators: the table to fill in, and what is filled in taken over after its checks (网络监测)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Float, Text
from sqlmodel import Session

from casework.actor import OFFICE, Actor
from casework.spreadsheets import Sheet, read_sheets, write_workbook
from db.queries.indicators import MeasuredSubject, set_in_force, subjects_asked, values
from db.tables import IndicatorUpload
from process.calendar import local_day
from process.errors import InvalidInput, NotAllowed, ValuesRefused
from process.indicators import UNVERIFIED, Indicator, IndicatorSet, Level
from process.vocabulary import EventKind, Role, SubjectKind

SHOWN = 200
"""Remarks of a kind that a report lists; their number it always says."""
_ID, _NAME, _WHY = "编号", "名称", "说明"
_ASIDE = (_NAME, "区县", "学段")
_EMPTY = ("", "—", "-", "/")


class Remark(BaseModel):
    """Something to be said of one cell or row."""

    place: str = Field(description="位置：工作表!列行", examples=["学校!D12"])
    subject: str = Field(default="", description="区县或学校")
    indicator: str = Field(default="", description="指标编号")
    text: str = Field(description="说明")


class UploadReport(BaseModel):
    """What the checks found in a file, and whether its values were taken over."""

    rows: int = Field(default=0, description="读到的行数")
    values: int = Field(default=0, description="读到的数据个数")
    problems: list[Remark] = Field(default_factory=list, description=f"须改正的问题，至多列出{SHOWN}条")
    problem_count: int = 0
    warnings: list[Remark] = Field(default_factory=list, description="变化较大而已说明原因的数据")
    warning_count: int = 0
    missing: list[Remark] = Field(default_factory=list, description="还没有数据的指标（含以前未上传的）")
    missing_count: int = 0
    absent: int = Field(default=0, description="文件中没有列入的应填报区县、学校数")
    written: bool = False
    upload_id: int | None = None


@dataclass(slots=True)
class _Read:
    """A file as it was read: the values by subject and indicator, with the places they came from."""

    report: UploadReport = field(default_factory=UploadReport)
    values: dict[tuple[str, str], float] = field(default_factory=dict)
    places: dict[tuple[str, str], str] = field(default_factory=dict)
    blanks: dict[tuple[str, str], str] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)
    subjects: dict[str, MeasuredSubject] = field(default_factory=dict)

    def problem(self, place: str, said: str, subject: str = "", indicator: str = "") -> None:
        self.report.problem_count += 1
        if len(self.report.problems) < SHOWN:
            self.report.problems.append(Remark(place=place, subject=subject, indicator=indicator, text=said))


def blank_table(
    session: Session, actor: Actor, now: datetime, name: str, year: int, subject_id: str | None = None
) -> bytes:
    """The .xlsx to fill in: a sheet for districts, one for schools, with the rows of whoever asks and what is known.

    ``subject_id`` narrows it to one district and its schools.
    """
    wanted = set_in_force(session, name, now)
    actor = _may_fill_in(actor)
    only = actor.subject_id if actor.role is Role.DISTRICT else subject_id
    rows = subjects_asked(session, wanted, year, only=only)
    known = values(session, wanted.name, year, [row.id for row in rows])
    sheets: list[tuple[str, Sequence[str], Iterator[list[str | float | None]]]] = []
    for level in Level:
        indicators = wanted.at(level)
        if indicators:
            of_level = [row for row in rows if _level(row) is level]
            sheets.append((level.title_zh, _head(level, indicators), _filled(level, indicators, of_level, known)))
    head = ("指标", "名称", "单位", "标准", "合理范围", "来源", "备注")
    return write_workbook([*sheets, ("填报说明", head, _explained(wanted))])


def _head(level: Level, indicators: Sequence[Indicator]) -> list[str]:
    aside = [_ID, _NAME] if level is Level.DISTRICT else [_ID, _NAME, "区县", "学段"]
    return [*aside, *(f"{one.key} {one.title}（{one.unit or '数值'}）" for one in indicators), _WHY]


def _filled(
    level: Level, indicators: Sequence[Indicator], rows: Sequence[MeasuredSubject], known: dict[tuple[str, str], float]
) -> Iterator[list[str | float | None]]:
    for row in rows:
        aside = [] if level is Level.DISTRICT else [row.district, row.stage.title_zh if row.stage else ""]
        yield [row.id, row.name, *aside, *(_cell(one, known.get((row.id, one.key))) for one in indicators), ""]


def _cell(indicator: Indicator, value: float | None) -> str | float | None:
    if value is None or not indicator.yes_no:
        return value
    return "是" if value else "否"


def _explained(wanted: IndicatorSet) -> Iterator[list[str | float | None]]:
    for one in wanted.indicators:
        note = "；".join(filter(None, ("" if one.verified else UNVERIFIED, one.note)))
        yield [one.key, one.title, one.unit, one.standard_text(), one.range_text(), one.source, note]


def take_values(
    session: Session,
    actor: Actor,
    now: datetime,
    name: str,
    year: int,
    *,
    filename: str,
    content: bytes,
    dry_run: bool = False,
) -> UploadReport:
    """Check a filled-in table, and take its values over unless something must be put right or ``dry_run``.

    A district fills in for itself and its schools, the office for all; the last upload counts. What changed much
    against last year needs a word in the column 说明. Raises :class:`ValuesRefused` naming rows and columns (a dry run
    lists all of them), :class:`InvalidInput`, :class:`NotAllowed`.
    """
    actor = _may_fill_in(actor)
    wanted = set_in_force(session, name, now)
    this_year = local_day(now).year
    if not 2000 <= year <= this_year + 1:
        raise InvalidInput(f"年度应在2000至{this_year + 1}之间", field="year")
    if actor.role is Role.DISTRICT and year < this_year - 1:
        raise NotAllowed("更早年度的数据由督导室更正")
    only = actor.subject_id or "" if actor.role is Role.DISTRICT else None
    read = _read(session, wanted, year, only, read_sheets(filename, content))
    _compare(session, wanted, year, read)
    _complete(session, wanted, year, only, read)
    report = read.report
    if not report.values and not report.problem_count:
        raise InvalidInput("文件中没有数据", field="file")
    if dry_run:
        return report
    if report.problem_count:
        raise ValuesRefused(_said(report), field="file", report=report)
    report.upload_id = _write(session, actor, now, wanted, year, filename, read)
    report.written = True
    return report


def _may_fill_in(actor: Actor) -> Actor:
    return actor.require(Role.DISTRICT, *OFFICE)


def _level(row: MeasuredSubject) -> Level:
    return Level.DISTRICT if row.kind is SubjectKind.DISTRICT else Level.SCHOOL


def _said(report: UploadReport) -> str:
    shown = "；".join(f"{one.place} {one.text}" for one in report.problems[:10])
    more = f"；等共{report.problem_count}处" if report.problem_count > 10 else ""
    return f"{shown}{more}"


def _read(session: Session, wanted: IndicatorSet, year: int, only: str | None, sheets: Sequence[Sheet]) -> _Read:
    read = _Read()
    tables = [(sheet, columns) for sheet in sheets if (columns := _columns(wanted, sheet, read)) is not None]
    if not tables:
        raise InvalidInput("没有一个工作表的第一行有「编号」列，请用下载的模板填报", field="file")
    ids = [row[columns.id] for sheet, columns in tables for row in sheet.rows[1:] if columns.id < len(row)]
    asked = subjects_asked(session, wanted, year, only=only, ids=[id_ for id_ in set(ids) if id_])
    read.subjects = {row.id: row for row in asked}
    seen: dict[str, str] = {}
    for sheet, columns in tables:
        for number, row in enumerate(sheet.rows[1:], start=1):
            if any(row):
                read.report.rows += 1
                _read_row(read, sheet, columns, number, row, seen)
    return read


@dataclass(frozen=True, slots=True)
class _Columns:
    id: int
    name: int | None
    why: int | None
    indicators: dict[int, Indicator]


def _columns(wanted: IndicatorSet, sheet: Sheet, read: _Read) -> _Columns | None:
    """Where what stands; ``None`` for a sheet that is no table of ours."""
    head = sheet.rows[0] if sheet.rows else []
    if _ID not in head:
        return None
    indicators: dict[int, Indicator] = {}
    for column, title in enumerate(head):
        if title in (_ID, _WHY, *_ASIDE, ""):
            continue
        # «A1 每百名学生…（人）» as in the table we give out, or the key or the title alone.
        found = wanted.indicator(title.split(maxsplit=1)[0]) or next(
            (one for one in wanted.indicators if one.title == title), None
        )
        if found is None:
            read.problem(sheet.place(0, column), f"没有指标「{title}」")
        elif found in indicators.values():
            read.problem(sheet.place(0, column), f"指标 {found.key} 有两列", indicator=found.key)
        else:
            indicators[column] = found
    name, why = (head.index(one) if one in head else None for one in (_NAME, _WHY))
    return _Columns(head.index(_ID), name, why, indicators)


def _read_row(read: _Read, sheet: Sheet, columns: _Columns, number: int, row: list[str], seen: dict[str, str]) -> None:
    def cell(column: int | None) -> str:
        return row[column] if column is not None and column < len(row) else ""

    id_, place = cell(columns.id), sheet.place(number, columns.id)
    subject = read.subjects.get(id_)
    if subject is None:
        read.problem(place, f"没有编号为「{id_}」的应填报对象" if id_ else "没有编号", cell(columns.name))
        return
    if id_ in seen:
        read.problem(place, f"与{seen[id_]}重复", subject.name)
        return
    seen[id_] = place
    named = cell(columns.name)
    if named and named not in (subject.name, subject.alias):
        read.problem(sheet.place(number, columns.name or 0), f"编号 {id_} 是{subject.name}，不是{named}", subject.name)
    if cell(columns.why):
        read.why[id_] = cell(columns.why)
    for column, indicator in columns.indicators.items():
        written, where = cell(column), sheet.place(number, column)
        asked = indicator.level is _level(subject)
        if written in _EMPTY:
            if asked:
                read.blanks[id_, indicator.key] = where
            continue
        if not asked:
            read.problem(where, f"指标 {indicator.key} 按{indicator.level.title_zh}填报", subject.name, indicator.key)
            continue
        try:
            value = indicator.read(written)
        except ValueError as error:
            read.problem(where, str(error), subject.name, indicator.key)
            continue
        if not indicator.in_range(value):
            said = f"{indicator.written(value)}超出合理范围（{indicator.range_text()}）"
            read.problem(where, said, subject.name, indicator.key)
            continue
        read.values[id_, indicator.key], read.places[id_, indicator.key] = value, where
        read.report.values += 1


def _compare(session: Session, wanted: IndicatorSet, year: int, read: _Read) -> None:
    """What changed much against last year must be explained."""
    before = values(session, wanted.name, year - 1, list(read.subjects))
    for (id_, key), value in read.values.items():
        indicator, was = wanted.indicator(key), before.get((id_, key))
        if indicator is None or was is None or not indicator.jumped(value, was):
            continue
        name, place = read.subjects[id_].name, read.places[id_, key]
        said = f"上年为{indicator.written(was)}，本年为{indicator.written(value)}，变化较大"
        if id_ not in read.why:
            read.problem(place, f"{said}，请在「{_WHY}」栏写明原因", name, key)
            continue
        read.report.warning_count += 1
        if len(read.report.warnings) < SHOWN:
            text_ = f"{said}：{read.why[id_]}"
            read.report.warnings.append(Remark(place=place, subject=name, indicator=key, text=text_))


def _complete(session: Session, wanted: IndicatorSet, year: int, only: str | None, read: _Read) -> None:
    """What is still without a value after this file: named where the file has its row, else counted."""
    stored = values(session, wanted.name, year, list(read.subjects))
    for (id_, key), place in read.blanks.items():
        if (id_, key) in stored:
            continue
        read.report.missing_count += 1
        if len(read.report.missing) < SHOWN:
            remark = Remark(place=place, subject=read.subjects[id_].name, indicator=key, text="没有数据")
            read.report.missing.append(remark)
    levels = {level for level in Level if wanted.at(level)}
    asked = subjects_asked(session, wanted, year, only=only)
    read.report.absent = sum(row.id not in read.subjects and _level(row) in levels for row in asked)


_UPSERT = text(
    """
    INSERT INTO indicator_values (set_name, year, subject_id, key, value, upload_id)
    SELECT :set, :year, r.subject_id, r.key, r.value, :upload
    FROM unnest(:subjects, :keys, :values) AS r(subject_id, key, value)
    ORDER BY r.subject_id, r.key
    ON CONFLICT (set_name, year, subject_id, key) DO UPDATE SET value = excluded.value, upload_id = excluded.upload_id
    """
).bindparams(
    bindparam("subjects", type_=ARRAY(Text)),
    bindparam("keys", type_=ARRAY(Text)),
    bindparam("values", type_=ARRAY(Float)),
)
# Whoever reads a running case sees that the figures under it changed.
_EVENTS = text(
    """
    INSERT INTO events (round_id, case_id, work_item_id, kind, actor_id, actor_name, at, data)
    SELECT c.round_id, c.id, c.work_item_id, :kind, :actor, :actor_name, :now,
           jsonb_build_object('filename', CAST(:filename AS text), 'upload', CAST(:upload AS bigint))
    FROM cases c JOIN rounds r ON r.id = c.round_id
    WHERE c.status = 'open' AND r.definition ->> 'indicators' = :set
        AND (c.year = :year OR c.year < :year AND r.definition ->> 'template' = 'accreditation')
        AND c.subject_id IN (SELECT coalesce(s.district_id, s.id) FROM subjects s WHERE s.id = ANY(:ids))
    ORDER BY c.id
    """
)


def _write(
    session: Session, actor: Actor, now: datetime, wanted: IndicatorSet, year: int, filename: str, read: _Read
) -> int:
    upload = IndicatorUpload(
        set_name=wanted.name,
        set_version=wanted.version,
        year=year,
        filename=filename.replace("\\", "/").rsplit("/", 1)[-1],
        values=read.report.values,
        remarks=[remark.model_dump() for remark in read.report.warnings],
        uploaded_by=actor.person,
        uploaded_at=now,
    )
    session.add(upload)
    session.flush()
    common: dict[str, Any] = {"set": wanted.name, "year": year, "upload": upload.id}
    rows = {
        "subjects": [id_ for id_, _ in read.values],
        "keys": [key for _, key in read.values],
        "values": list(read.values.values()),
    }
    session.execute(_UPSERT, {**common, **rows})
    said = {"kind": EventKind.VALUES_UPLOADED, "actor": actor.user_id, "actor_name": actor.name, "now": now}
    session.execute(_EVENTS, {**common, **said, "filename": upload.filename, "ids": list({i for i, _ in read.values})})
    return upload.id or 0
