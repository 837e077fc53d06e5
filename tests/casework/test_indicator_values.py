"""Values come in by table: checked cell by cell, explained where they jump, the last upload counting."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import text

from casework.actor import Actor
from casework.indicator_values import UploadReport, blank_table, take_values
from process.errors import ForbiddenFileType, InvalidInput, NotAllowed, NotFound, ValuesRefused
from process.indicator_sets import BALANCED_EDUCATION, PRESCHOOL_INCLUSION
from process.indicators import Level
from process.vocabulary import SchoolStage
from tests.schooled import DISTRICT, OTHER, add_school, good, table, workbook
from tests.world import World

SET = BALANCED_EDUCATION.name
OWN = good(BALANCED_EDUCATION, Level.DISTRICT)
SCHOOL = good(BALANCED_EDUCATION, Level.SCHOOL, SchoolStage.PRIMARY)


def upload(world: World, actor: Actor, content: bytes, filename: str = "数据.xlsx", **more: Any) -> UploadReport:
    options = {"name": SET, "year": 2022, **more}
    return world.do(take_values, actor, filename=filename, content=content, **options)


@pytest.fixture
def schooled(world: World) -> World:
    with world.unit() as session:
        add_school(session, "S1")
        add_school(session, "S2", SchoolStage.JUNIOR)
        add_school(session, "S3", district=OTHER)
    return world


def stored(world: World, **cut: Any) -> dict[tuple[str, str], float]:
    rows = world.rows("SELECT subject_id, key, value FROM indicator_values WHERE year = :year", **{"year": 2022, **cut})
    return {(row["subject_id"], row["key"]): row["value"] for row in rows}


def test_the_last_upload_counts_and_every_upload_is_kept(schooled: World) -> None:
    district = schooled.districts[DISTRICT]
    report = upload(schooled, district, table({DISTRICT: OWN, "S1": SCHOOL}))
    assert (report.rows, report.values, report.problem_count, report.written) == (2, 38, 0, True)
    assert report.absent == 1, "S2 was not in the file"
    again = upload(schooled, schooled.coordinator, table({"S1": {"A1": 5.5}}), filename="更正.xlsx")
    assert again.written
    assert stored(schooled)["S1", "A1"] == 5.5
    assert stored(schooled)["S1", "A2"] == SCHOOL["A2"], "an empty cell takes nothing away"
    kept = schooled.rows("SELECT filename, values, uploaded_by FROM indicator_uploads ORDER BY id")
    assert [(row["filename"], row["values"]) for row in kept] == [("数据.xlsx", 38), ("更正.xlsx", 1)]
    assert [row["uploaded_by"] for row in kept] == [district.user_id, schooled.coordinator.user_id]


def test_every_problem_has_its_row_and_column_and_nothing_is_written(schooled: World) -> None:
    head = ["编号", "名称", "A1", "A2", "B5", "D1", "说明"]
    rows: list[list[Any]] = [
        [DISTRICT, "", "", "", "也许", 186, ""],
        ["S1", "S1学校", "四", 2, "", "", ""],
        ["S1", "", 5, 2, "", "", ""],
        ["S2", "别的学校", 5, 2, "是", "", ""],
        ["S9", "", 5, 2, "", "", ""],
        ["", "无号学校", 5, 2, "", "", ""],
    ]
    content = workbook(head, rows)
    report = upload(schooled, schooled.coordinator, content, dry_run=True)
    found = {(one.place, one.indicator): one.text for one in report.problems}
    assert set(found) == {
        ("数据!E2", "B5"), ("数据!F2", "D1"), ("数据!C3", "A1"), ("数据!A4", ""), ("数据!B5", ""), ("数据!E5", "B5"),
        ("数据!A6", ""), ("数据!A7", ""),
    }  # fmt: skip
    assert "「四」不是数字" in found["数据!C3", "A1"]
    assert "0至100" in found["数据!F2", "D1"]
    assert "重复" in found["数据!A4", ""]
    assert "按区县填报" in found["数据!E5", "B5"]
    with pytest.raises(ValuesRefused, match="数据!C3 「四」不是数字"):
        upload(schooled, schooled.coordinator, content)
    assert not stored(schooled)


def test_an_unknown_or_doubled_column_is_a_problem(schooled: World) -> None:
    content = workbook(["编号", "A1", "A1 每百名学生", "Z9 不知道的"], [["S1", 5, 5, 1]])
    report = upload(schooled, schooled.coordinator, content, dry_run=True)
    assert {one.place: one.text for one in report.problems} == {
        "数据!C1": "指标 A1 有两列", "数据!D1": "没有指标「Z9 不知道的」",
    }  # fmt: skip


def test_a_jump_against_last_year_wants_a_word(schooled: World) -> None:
    upload(schooled, schooled.coordinator, table({"S1": {"A1": 4.2, "A6": 2000}}), year=2021)
    jump = {"S1": {"A1": 8.4, "A6": 2500}}
    with pytest.raises(ValuesRefused, match=r"上年为4\.2人，本年为8\.4人"):
        upload(schooled, schooled.coordinator, table(jump))
    report = upload(schooled, schooled.coordinator, table(jump, why={"S1": "新招教师到岗"}))
    assert report.written
    assert [(one.indicator, one.text.split("：")[1]) for one in report.warnings] == [("A1", "新招教师到岗")]
    kept = schooled.rows("SELECT remarks FROM indicator_uploads WHERE year = 2022")[0]["remarks"]
    assert kept[0]["subject"] == "S1学校"


def test_what_is_still_missing_is_said(schooled: World) -> None:
    report = upload(schooled, schooled.coordinator, table({"S1": {"A1": 5}}))
    assert report.missing_count == 6
    assert report.missing[0].place == "数据!C2"
    report = upload(schooled, schooled.coordinator, table({"S1": {k: v for k, v in SCHOOL.items() if k != "A1"}}))
    assert report.missing_count == 0, "A1 is there from before"


def test_a_district_fills_in_for_itself_and_its_schools_only(schooled: World) -> None:
    district = schooled.districts[DISTRICT]
    for other in (OTHER, "S3"):
        with pytest.raises(ValuesRefused, match="没有编号为"):
            upload(schooled, district, table({other: {"A1": 5} if other == "S3" else OWN}))
    with pytest.raises(NotAllowed):
        upload(schooled, schooled.inspector, table({DISTRICT: OWN}))
    with pytest.raises(NotAllowed, match="督导室"):
        upload(schooled, district, table({DISTRICT: OWN}), year=2020)
    assert upload(schooled, schooled.coordinator, table({DISTRICT: OWN}), year=2020).written


def test_csv_in_either_encoding_and_percent_cells(schooled: World) -> None:
    lines = f'编号,名称,A1 每百名学生,D1,B5\nS1,,"4.5",,\n{DISTRICT},,—,90%,是\n'
    for encoding in ("utf-8-sig", "gb18030"):
        report = upload(schooled, schooled.coordinator, lines.encode(encoding), filename="数据.csv")
        assert (report.values, report.problem_count) == (3, 0)
    assert stored(schooled) == {("S1", "A1"): 4.5, (DISTRICT, "D1"): 90, (DISTRICT, "B5"): 1}
    book = load_workbook(io.BytesIO(workbook(["编号", "D1"], [[DISTRICT, 0.07]])))
    book.active["B2"].number_format = "0%"
    out = io.BytesIO()
    book.save(out)
    upload(schooled, schooled.coordinator, out.getvalue(), dry_run=True)
    report = upload(schooled, schooled.coordinator, out.getvalue())
    assert stored(schooled)[DISTRICT, "D1"] == 7, "what is shown as 7% is stored as 0.07"


@pytest.mark.parametrize(
    ("content", "filename", "error"),
    [
        (b"PK\x03\x04broken", "x.xlsx", InvalidInput),
        (b"", "x.xlsx", InvalidInput),
        (b"\xff\xfe\x00\xd8", "x.csv", InvalidInput),
        ("名称,A1\n甲,1\n".encode(), "x.csv", InvalidInput),
        ("编号,A1\n".encode(), "x.csv", InvalidInput),
        (b"%PDF", "x.pdf", ForbiddenFileType),
        (b"", "", ForbiddenFileType),
    ],
)
def test_what_is_no_table_is_refused(schooled: World, content: bytes, filename: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        upload(schooled, schooled.coordinator, content, filename=filename)
    with pytest.raises(NotFound):
        upload(schooled, schooled.coordinator, table({DISTRICT: OWN}), name="no-such-set")
    with pytest.raises(InvalidInput):
        upload(schooled, schooled.coordinator, table({DISTRICT: OWN}), year=2030)


def test_the_blank_table_goes_back_as_it_came(schooled: World) -> None:
    district = schooled.districts[DISTRICT]
    upload(schooled, schooled.coordinator, table({DISTRICT: OWN, "S1": SCHOOL}))
    content = schooled.do(blank_table, district, SET, 2022)
    book = load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["区县", "学校", "填报说明"]
    assert [row[0].value for row in book["学校"].iter_rows()] == ["编号", "S1", "S2"]
    assert book["学校"]["E1"].value == "A1 每百名学生拥有高于规定学历教师数（人）"
    assert "待核实" in {str(row[6].value).split("；")[0] for row in book["填报说明"].iter_rows(min_row=2)}
    report = upload(schooled, district, content)
    assert (report.values, report.problem_count) == (38, 0)
    everything = load_workbook(io.BytesIO(schooled.do(blank_table, schooled.coordinator, SET, 2022)))
    assert everything["区县"].max_row == 42
    assert everything["学校"].max_row == 4
    without = load_workbook(io.BytesIO(schooled.do(blank_table, district, PRESCHOOL_INCLUSION.name, 2022)))
    assert without.sheetnames == ["区县", "填报说明"]


def test_five_thousand_schools_in_one_list(world: World) -> None:
    with world.unit() as session:
        for statement in (
            "INSERT INTO subjects (id, kind, code, name, alias, region_kind, education_office, parent_id, district_id) "
            "SELECT 'M' || n, 'school', '', '学校' || n, '', '', '', d.id, d.id FROM generate_series(1, 5000) n JOIN "
            "(SELECT id, row_number() OVER (ORDER BY id) AS k, count(*) OVER () AS of FROM subjects "
            "WHERE kind = 'district' AND '2022-12-31' BETWEEN coalesce(valid_from, '2000-01-01') "
            "AND coalesce(valid_to, '2099-01-01')) d ON n % d.of + 1 = d.k",
            "INSERT INTO schools (subject_id, stage, students, private) "
            "SELECT id, 'primary', 300, false FROM subjects WHERE kind = 'school'",
        ):
            session.execute(text(statement))
    lines = ["编号," + ",".join(SCHOOL)] + [f"M{n}," + ",".join(map(str, SCHOOL.values())) for n in range(1, 5001)]
    content = "\n".join(lines).encode()
    report = upload(world, world.coordinator, content, filename="全市.csv")
    assert report.values == 35_000
    world.now += timedelta(days=1)
    assert upload(world, world.coordinator, content, filename="全市.csv").written
