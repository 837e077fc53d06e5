"""Schools, and the table of values that a district fills in, for tests of indicators."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from openpyxl import Workbook
from sqlmodel import Session

from db.tables import School, Subject
from process.indicator_sets import BALANCED_EDUCATION
from process.indicators import IndicatorSet, Level
from process.vocabulary import SchoolStage, SubjectKind

DISTRICT = "CQ-500103"
OTHER = "CQ-500231"


def add_school(
    session: Session,
    id_: str,
    stage: SchoolStage = SchoolStage.PRIMARY,
    *,
    district: str = DISTRICT,
    students: int = 400,
    name: str = "",
) -> None:
    """A school of a district."""
    kind = SubjectKind.KINDERGARTEN if stage is SchoolStage.KINDERGARTEN else SubjectKind.SCHOOL
    session.add(Subject(id=id_, kind=kind, name=name or f"{id_}学校", parent_id=district, district_id=district))
    session.flush()
    session.add(School(subject_id=id_, stage=stage, students=students))
    session.flush()


def good(wanted: IndicatorSet, level: Level, stage: SchoolStage | None = None) -> dict[str, float]:
    """Values that just reach every standard."""
    found = {}
    for one in wanted.at(level):
        standard = one.standard(wanted.counted_as(stage) if stage else None)
        assert standard is not None
        found[one.key] = standard + (0.5 if one.direction == "above" else 0)
    return found


def table(
    rows: Mapping[str, Mapping[str, Any]],
    wanted: IndicatorSet = BALANCED_EDUCATION,
    why: Mapping[str, str] | None = None,
) -> bytes:
    """A workbook of one sheet with the values of any subjects."""
    keys = [one.key for one in wanted.indicators]
    return workbook(
        ["编号", *keys, "说明"],
        [[id_, *(values.get(key, "") for key in keys), (why or {}).get(id_, "")] for id_, values in rows.items()],
    )


def workbook(head: Sequence[str], rows: Sequence[Sequence[Any]], title: str = "数据") -> bytes:
    """A workbook of one sheet."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in (head, *rows):
        sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
