"""Rosters from tables: what is read, what is refused (all of it, by row and column), what is written."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from casework.actor import Actor
from casework.registry.importing import ImportReport, import_roster, template
from casework.registry.kinds import COLUMNS, RosterKind
from process.errors import InvalidInput, NotAllowed, RosterRefused
from tests.world import World

K = RosterKind
DISTRICT = "CQ-500103"


def xlsx(*rows: list[Any]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def take_in(
    world: World, kind: RosterKind, *rows: list[Any], dry_run: bool = False, by: Actor | None = None
) -> ImportReport:
    content = xlsx(*rows)
    report: ImportReport = world.do(import_roster, by or world.coordinator, kind, "名册.xlsx", content, dry_run=dry_run)
    return report


SCHOOLS = [
    ["学校名称", "所在区县", "学段", "学生数", "办学性质", "经办人", "经办人邮箱"],
    ["渝中甲小学", "渝中区", "小学", 1860, "公办", "赵老师", "zhao@school.example"],
    ["渝中乙幼儿园", "渝中", "幼儿园", "320人", "民办", None, None],
    ["垫江丙中学", "500231", "完全中学", "3,200", "", "钱老师", ""],
]
PRINCIPALS = [
    ["姓名", "学校", "任期开始", "任期结束", "任期序数", "邮箱"],
    ["张某", "渝中甲小学", datetime(2019, 9, 1), "2022年8月31日", 1, "zhang@school.example"],  # noqa: DTZ001 - as spreadsheets have it
    ["张某", "渝中甲小学", "2022.9.1", "20250831", "第2任期", ""],
    ["李某", "渝中乙幼儿园", 44440, "2024/8/31", "", ""],
]
INSPECTORS = [
    ["姓名", "督学证号", "专兼职", "所在单位", "学历", "教育工作年限", "邮箱", "任期开始", "任期结束"],
    ["孙某", "DX001", "专职", "渝中区", "本科", "15年", "sun@x.example", "2021-07-01", "2024-06-30"],
    ["周某", "DX002", "兼职", "渝中甲小学", "硕士研究生", 20, "", "", ""],
    ["周某", "DX003", "兼职", "", "", "", "", "", ""],
]


def furnish(world: World) -> None:
    take_in(world, K.SCHOOLS, *SCHOOLS)
    take_in(world, K.PRINCIPALS, *PRINCIPALS)
    take_in(world, K.INSPECTORS, *INSPECTORS)


def test_schools_are_added_once_and_then_known(world: World) -> None:
    assert take_in(world, K.SCHOOLS, *SCHOOLS, dry_run=True).added == 3
    assert world.rows("SELECT count(*) AS n FROM schools") == [{"n": 0}], "a dry run writes nothing"
    first = take_in(world, K.SCHOOLS, *SCHOOLS)
    assert (first.added, first.changed, first.unchanged, first.written) == (3, 0, 0, True)
    rows = world.rows(
        "SELECT s.name, s.kind, s.district_id, s.parent_id, c.stage, c.students, c.private FROM subjects s "
        "JOIN schools c ON c.subject_id = s.id ORDER BY s.name"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("垫江丙中学", "school", "CQ-500231", "CQ-500231", "complete", 3200, False),
        ("渝中乙幼儿园", "kindergarten", "CQ-500103", "CQ-500103", "kindergarten", 320, True),
        ("渝中甲小学", "school", "CQ-500103", "CQ-500103", "primary", 1860, False),
    ]
    again = take_in(world, K.SCHOOLS, *SCHOOLS)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 3)
    assert world.rows("SELECT count(*) AS n FROM contacts WHERE name LIKE '%老师'") == [{"n": 2}]


def test_a_school_changes_and_its_operator_is_succeeded(world: World) -> None:
    furnish(world)
    report = take_in(
        world, K.SCHOOLS, ["学校", "区县", "学段", "在校生数", "联系人", "邮箱"],
        ["渝中甲小学", "渝中区", "小学", 2000, "吴老师", "wu@school.example"],
        ["垫江丙中学", "垫江县", "完全中学", "", "钱老师", "qian@school.example"],
    )  # fmt: skip
    assert [(change.name, change.added, change.fields) for change in report.changes] == [
        ("渝中甲小学", False, ["学生数", "经办人", "经办人邮箱"]),
        ("垫江丙中学", False, ["经办人邮箱"]),
    ]
    people = world.rows("SELECT name, email, valid_from, valid_to FROM contacts WHERE name LIKE '%老师' ORDER BY id")
    assert [tuple(row.values()) for row in people] == [
        ("赵老师", "zhao@school.example", None, date(2022, 8, 31)),
        ("钱老师", "qian@school.example", None, None),
        ("吴老师", "wu@school.example", date(2022, 9, 1), None),
    ]
    [row] = world.rows("SELECT students FROM schools WHERE stage = 'complete'")
    assert row["students"] == 3200, "a blank cell leaves what is known"


def test_by_its_code_a_school_is_known_under_another_name(world: World) -> None:
    furnish(world)
    head = ["标识码", "学校名称", "区县", "学段"]
    take_in(world, K.SCHOOLS, head, ["215001", "渝中甲小学", "渝中区", "小学"])
    report = take_in(world, K.SCHOOLS, head, ["215001", "渝中区示范小学", "渝中区", "小学"])
    assert (report.added, report.changed) == (0, 1)
    assert world.rows("SELECT count(*) AS n FROM schools") == [{"n": 3}]


def test_every_problem_is_reported_and_nothing_is_written(world: World) -> None:
    table = [
        ["2022年学校名册"],
        ["＊ 学校名称（全称）", "区县", "学 段", "学生数", "经办人邮箱"],
        ["甲小学", "渝中区", "小学", "很多", ""],
        ["", "渝中区", "大学", "1", "不是邮箱"],
        [],
        ["乙小学", "无此区", "小学", "", ""],
        ["丙小学", "渝中区", "小学", "10", ""],
        ["丙 小学", "渝中区", "小学", "10", ""],
    ]
    report = take_in(world, K.SCHOOLS, *table, dry_run=True)
    assert [(p.row, p.column) for p in report.problems] == [
        (3, "学生数"), (4, "学校名称"), (4, "学段"), (4, "经办人邮箱"), (6, "所在区县"), (8, "学校名称"),
    ]  # fmt: skip
    with pytest.raises(RosterRefused, match=r"第3行「学生数」：「很多」不是整数.*第8行"):
        take_in(world, K.SCHOOLS, *table)
    assert world.rows("SELECT count(*) AS n FROM schools") == [{"n": 0}]


def test_principals_have_terms_and_a_subject_that_their_district_sees(world: World) -> None:
    furnish(world)
    rows = world.rows(
        "SELECT s.name, s.alias, s.district_id, p.name AS school, t.post, t.ordinal, t.starts_on, t.ends_on "
        "FROM subjects s JOIN subjects p ON p.id = s.parent_id JOIN terms t ON t.subject_id = s.id "
        "WHERE s.kind = 'principal' ORDER BY t.starts_on, s.name"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("张某（渝中甲小学校长）", "张某", DISTRICT, "渝中甲小学", "校长", 1, date(2019, 9, 1), date(2022, 8, 31)),
        ("李某（渝中乙幼儿园园长）", "李某", DISTRICT, "渝中乙幼儿园", "园长", 1, date(2021, 9, 1), date(2024, 8, 31)),
        ("张某（渝中甲小学校长）", "张某", DISTRICT, "渝中甲小学", "校长", 2, date(2022, 9, 1), date(2025, 8, 31)),
    ]  # fmt: skip
    assert take_in(world, K.PRINCIPALS, *PRINCIPALS).unchanged == 3
    head = [*PRINCIPALS[0], "离任日期", "离任原因"]
    ended = ["张某", "渝中甲小学", "2022-09-01", "2025-08-31", 2, "", "2023-02-01", "交流轮岗"]
    assert take_in(world, K.PRINCIPALS, head, ended).changed == 1
    wrong = take_in(
        world, K.PRINCIPALS, head,
        ["张某", "渝中甲小学", "2021-09-01", "2022-10-31", 2, "", "", ""],
        ["王某", "无此校", "2021-09-01", "", 2, "", "", ""],
        ["赵某", "垫江丙中学", "2021-09-01", "2020-09-01", 2, "", "2021-10-01", ""],
        dry_run=True,
    )  # fmt: skip
    assert [(p.row, p.column) for p in wrong.problems] == [
        (2, "任期开始"), (3, "学校"), (4, "任期结束"), (4, "离任日期"), (4, "离任原因"),
    ]  # fmt: skip


def test_inspectors_are_told_apart_by_their_numbers(world: World) -> None:
    furnish(world)
    rows = world.rows(
        "SELECT i.name, i.number, i.full_time, h.name AS home, i.years_in_education, s.kind, "
        "s.id = 'DX-' || i.id AS own, (SELECT count(*) FROM terms t WHERE t.inspector_id = i.id) AS terms, "
        "k.email FROM inspectors i "
        "JOIN subjects s ON s.id = i.subject_id LEFT JOIN subjects h ON h.id = i.home_subject_id "
        "LEFT JOIN contacts k ON k.subject_id = s.id WHERE i.number LIKE 'DX%' ORDER BY i.number"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("孙某", "DX001", True, "渝中区", 15, "inspector", True, 1, "sun@x.example"),
        ("周某", "DX002", False, "渝中甲小学", 20, "inspector", True, 0, None),
        ("周某", "DX003", False, None, None, "inspector", True, 0, None),
    ]
    assert take_in(world, K.INSPECTORS, *INSPECTORS).unchanged == 3
    unclear = take_in(world, K.INSPECTORS, ["姓名", "学历"], ["周某", "本科"], dry_run=True)
    assert [str(p.message) for p in unclear.problems] == ["有2名「周某」，请填写督学证号"]


def test_training_ties_and_schools_are_entered_under_the_right_inspector(world: World) -> None:
    furnish(world)
    training = [["督学", "证号", "培训名称", "日期", "学时"], ["孙某", "", "示范培训", "2022-05-20", "24学时"]]
    assert take_in(world, K.TRAININGS, *training).added == 1
    assert take_in(world, K.TRAININGS, *training).unchanged == 1
    ahead = take_in(world, K.TRAININGS, training[0], ["孙某", "DX001", "以后", "2022-12-01", 0], dry_run=True)
    assert [p.column for p in ahead.problems] == ["学时", "培训日期"]
    ties = [
        ["督学", "证号", "督导对象", "回避情形", "离开日期"],
        ["孙某", "", "垫江县", "离任不满三年", "2021-06-30"],
        ["周某", "DX003", "渝中甲小学", "近亲属", ""],
    ]
    assert take_in(world, K.TIES, *ties).added == 2
    unclear = take_in(world, K.TIES, ties[0], ["周某", "", "垫江县", "离任不满三年", ""], dry_run=True)
    assert [p.column for p in unclear.problems] == ["督学证号", "离开日期"]
    take_in(world, K.RESPONSIBILITIES, ["督学", "学校", "自"], ["孙某", "渝中甲小学", "2021-09-01"])
    head = ["督学", "证号", "学校", "自"]
    take_in(world, K.RESPONSIBILITIES, head, ["周某", "DX002", "渝中甲小学", "2022-09-01"])
    held = world.rows("SELECT from_day, to_day FROM responsible_inspectors ORDER BY from_day")
    assert [tuple(row.values()) for row in held] == [
        (date(2021, 9, 1), date(2022, 8, 31)),
        (date(2022, 9, 1), None),
    ], "whoever answered for it hands over"


def test_colleges_may_belong_to_nobody(world: World) -> None:
    report = take_in(
        world, K.COLLEGES, ["学校名称", "办学层次", "区县"], ["某职业学院", "高职", ""], ["某职中", "中职", "渝中区"],
        ["某大学", "本科", ""],
    )  # fmt: skip
    assert report.added == 3
    rows = world.rows(
        "SELECT kind, district_id FROM subjects WHERE name LIKE '某%' ORDER BY kind DESC, district_id NULLS FIRST"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("university", None), ("college", None), ("college", "CQ-500103"),
    ]  # fmt: skip
    wrong = take_in(world, K.SCHOOLS, ["学校", "区县", "学段"], ["某大学", "渝中区", "本科"], dry_run=True)
    assert wrong.problem_count == 1


def test_districts_as_offices_write_them_and_as_the_packaged_file_does(world: World) -> None:
    content = "id,code,name,kind,valid_to\nCQ-500103,500103,渝中区,区,\nX-1,,新区,区,不知道\n".encode()
    report = world.do(import_roster, world.coordinator, K.DISTRICTS, "a.csv", content, dry_run=True)
    assert (report.unchanged, report.added, [p.column for p in report.problems]) == (1, 1, ["有效期止"])
    chinese = "名称,行政区划代码,教育部门\r\n示例区,500199,教委\r\n".encode("gb18030")
    assert world.do(import_roster, world.coordinator, K.DISTRICTS, "a.csv", chinese, dry_run=False).added == 1
    assert world.rows("SELECT education_office FROM subjects WHERE id = 'CQ-500199'") == [{"education_office": "教委"}]


def test_only_those_who_keep_the_rosters_take_tables_in(world: World) -> None:
    for by in (world.inspector, world.districts["CQ-500103"]):
        with pytest.raises(NotAllowed):
            take_in(world, K.SCHOOLS, *SCHOOLS, by=by)
    with pytest.raises(InvalidInput, match="缺少列「学段」"):
        take_in(world, K.SCHOOLS, ["学校名称", "所在区县"], ["某小学", "渝中区"])


@pytest.mark.parametrize("kind", RosterKind)
def test_the_template_of_a_kind_is_read_back(world: World, kind: RosterKind) -> None:
    book = load_workbook(io.BytesIO(template(kind)))
    head = [cell.value for cell in book.worksheets[0][1]]
    assert head == [column.title for column in COLUMNS[kind]]
    report = take_in(world, kind, head, dry_run=True)
    assert (report.rows, report.problem_count) == (0, 0)


def test_five_thousand_schools_are_taken_in_at_once(world: World) -> None:
    rows = [[f"学校{n}", "渝中区" if n % 2 else "垫江县", "小学", n, "公办", f"教师{n}", f"t{n}@s.example"]
            for n in range(5000)]  # fmt: skip
    assert take_in(world, K.SCHOOLS, SCHOOLS[0], *rows).added == 5000
    assert world.rows("SELECT count(*) AS n FROM contacts WHERE name LIKE '教师%'") == [{"n": 5000}]
