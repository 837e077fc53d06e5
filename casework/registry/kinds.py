"""The kinds of rosters and their columns, as offices head them; how each cell is read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from casework.accounts import mail_address
from process.errors import InvalidMailAddress
from process.vocabulary import RecusalGround, SchoolStage, Titled


class RosterKind(Titled):
    """What a table lists."""

    DISTRICTS = "districts", "区县"
    SCHOOLS = "schools", "学校和幼儿园"
    COLLEGES = "colleges", "职业院校和高校"
    PRINCIPALS = "principals", "校（园）长和任期"
    INSPECTORS = "inspectors", "督学和专家"
    TRAININGS = "trainings", "督学培训"
    TIES = "ties", "回避情形"
    RESPONSIBILITIES = "responsibilities", "责任督学"


class Unreadable(ValueError):
    """A cell does not say what its column asks."""


def plain(text: str) -> str:
    """What is compared: without spaces, with full-width letters, digits and brackets as ordinary ones."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()


def heading(text: str) -> str:
    """A column's name without stars, notes in brackets, and spaces."""
    return re.sub(r"\(.*?\)|[*:：]", "", plain(text))


def words(text: str) -> str:
    """Text as written, but for spaces around it."""
    return text.strip(" \t\r\n\u3000")


_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:\D.*)?")
_FIRST_SERIAL = date(1899, 12, 30)
"""Day 0 of spreadsheets."""


def day(text: str) -> date:
    """A day: 2022-09-01, 2022/9/1, 2022.9.1, 2022年9月1日, 20220901, or a spreadsheet's number."""
    said = plain(text)
    if re.fullmatch(r"\d{8}", said):
        said = f"{said[:4]}-{said[4:6]}-{said[6:]}"
    if re.fullmatch(r"[2-6]\d{4}(\.0)?", said):
        return _FIRST_SERIAL + timedelta(days=int(float(said)))
    found = _DAY.fullmatch(said)
    try:
        if found:
            return date(*(int(part) for part in found.groups()))
    except ValueError:
        pass
    raise Unreadable(f"「{text}」不是日期（应如 2022-09-01）")


def whole(text: str) -> int:
    """A whole number, not negative; 1,860 and 1860人 are read too."""
    found = re.fullmatch(r"(\d+)(?:\.0+)?[人名所年届次期个]*", plain(text).replace(",", ""))
    if not found or len(found[1]) > 9:
        raise Unreadable(f"「{text}」不是整数")
    return int(found[1])


def hours(text: str) -> float:
    """Hours of training, more than none."""
    found = re.fullmatch(r"(\d{1,4}(?:\.\d+)?)(?:学时|小时|个学时)?", plain(text))
    if not found or float(found[1]) <= 0:
        raise Unreadable(f"「{text}」不是学时数")
    return float(found[1])


def ordinal(text: str) -> int:
    """Which term it is: 2, 第2任期, 第二届."""
    said = re.sub(r"[第届任期个次]", "", plain(text))
    chinese = "一二三四五六七八九"
    if said in chinese and said:
        return chinese.index(said) + 1
    found = whole(said)
    if not 1 <= found <= 20:
        raise Unreadable(f"「{text}」不是任期序数")
    return found


def mail(text: str) -> str:
    """An address of electronic mail."""
    try:
        return mail_address(plain(text))
    except InvalidMailAddress as error:
        raise Unreadable(f"「{text}」不是电子邮箱地址") from error


def one_of(*choices: tuple[Any, str]) -> Callable[[str], Any]:
    """A reader of one of several words; each choice is given with its words, parted by spaces."""
    known = {plain(word): value for value, said in choices for word in said.split()}

    def read(text: str) -> Any:
        if plain(text) not in known:
            raise Unreadable(f"「{text}」应为{'、'.join(said.split()[0] for _, said in choices)}之一")
        return known[plain(text)]

    return read


yes = one_of((True, "是 有 对 √ ✓ y yes 1 true"), (False, "否 无 不是 × x n no 0 false"))
_STAGE_WORDS = {
    SchoolStage.KINDERGARTEN: "幼儿园 园 学前 学前教育",
    SchoolStage.PRIMARY: "小学 完全小学 完小",
    SchoolStage.JUNIOR: "初中 初级中学",
    SchoolStage.NINE_YEAR: "九年一贯制学校 九年一贯制 九年制",
    SchoolStage.SENIOR: "普通高中 高中 高级中学",
    SchoolStage.COMPLETE: "完全中学 完中 十二年一贯制学校 十二年一贯制",
    SchoolStage.SPECIAL: "特殊教育学校 特殊教育 特教",
    SchoolStage.SECONDARY_VOCATIONAL: "中等职业学校 中职 职高 中专",
    SchoolStage.HIGHER_VOCATIONAL: "高等职业院校 高职 高职院校 高职专科",
    SchoolStage.UNDERGRADUATE: "本科院校 本科 普通本科",
}
IN_SCHOOLS = tuple(
    stage
    for stage in SchoolStage
    if stage not in (SchoolStage.SECONDARY_VOCATIONAL, SchoolStage.HIGHER_VOCATIONAL, SchoolStage.UNDERGRADUATE)
)
IN_COLLEGES = tuple(stage for stage in SchoolStage if stage not in IN_SCHOOLS)
_GROUND_WORDS = {
    RecusalGround.RELATIVE_OF_HEAD: "近亲属 主要负责人近亲属 系被督导单位主要负责人的近亲属",
    RecusalGround.FAMILY_EMPLOYED: "亲属任职 配偶父母子女在该单位工作 配偶、父母、子女在被督导单位工作",
    RecusalGround.STAFF: "本单位人员 系被督导单位工作人员 在职",
    RecusalGround.LEFT_RECENTLY: "离任不满三年 离开被督导单位工作不满三年 离开不满三年",
    RecusalGround.OTHER: "其他 其他可能影响公正的情形",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the key of its value, its heading, whether it must be filled in, how it is read."""

    key: str
    title: str
    required: bool = False
    read: Callable[[str], Any] = words
    others: tuple[str, ...] = ()
    """Headings and technical names under which it may come as well."""
    note: str = ""
    example: str = ""


def _stages(*stages: SchoolStage) -> Callable[[str], Any]:
    return one_of(*((stage, _STAGE_WORDS[stage]) for stage in stages))


_PRIVATE = Column(
    "private",
    "办学性质",
    read=one_of((True, "民办 是 私立"), (False, "公办 否 公立")),
    others=("民办", "是否民办"),
    note="公办或民办，不填为公办",
    example="公办",
)
_STUDENTS = Column("students", "学生数", read=whole, others=("在校学生数", "在校生数", "在园幼儿数"), example="1860")
_OPERATOR = (
    Column(
        "operator",
        "经办人",
        others=("联系人", "经办人姓名"),
        note="接收通知的人；没有的，通知发给所在区县",
        example="赵老师",
    ),
    Column(
        "operator_email",
        "经办人邮箱",
        read=mail,
        others=("联系人邮箱", "邮箱", "电子邮箱"),
        example="zhao@school.example",
    ),
)
_INSPECTOR = (
    Column("inspector", "督学姓名", True, others=("督学", "姓名", "责任督学"), example="李督学"),
    Column("number", "督学证号", others=("证号", "督学证编号", "编号"), note="有同名的必须填写", example="CQDX0001"),
)
_TERM = (
    Column(
        "starts_on", "任期开始", read=day, others=("任职时间", "任期起", "聘期开始", "任职日期"), example="2021-09-01"
    ),
    Column(
        "ends_on", "任期结束", read=day, others=("任期止", "届满时间", "聘期结束", "届满日期"), example="2024-08-31"
    ),
    Column(
        "ordinal",
        "任期序数",
        read=ordinal,
        others=("第几任期", "届次", "任期数"),
        note="第几个任期，不填为1",
        example="1",
    ),
)
_DISTRICT = Column(
    "district", "所在区县", True, others=("区县", "所属区县", "区县名称"), note="区县名称、简称或代码", example="渝中区"
)
_OF_SCHOOL = (
    Column(
        "school",
        "学校",
        True,
        others=("学校名称", "所在学校", "学校幼儿园", "幼儿园"),
        note="学校名称或标识码",
        example="渝中区实验小学",
    ),
    Column("district", "所在区县", others=("区县", "所属区县"), note="有同名学校的必须填写", example="渝中区"),
)

COLUMNS: dict[RosterKind, tuple[Column, ...]] = {
    RosterKind.DISTRICTS: (
        Column("id", "编号", others=("id",), note="不填则由代码得出", example="CQ-500103"),
        Column("code", "行政区划代码", others=("code", "代码"), example="500103"),
        Column("name", "名称", True, others=("name", "区县", "区县名称"), example="渝中区"),
        Column("alias", "简称", others=("alias",)),
        Column("region_kind", "类别", others=("kind",), note="区、县、自治县、管委会", example="区"),
        Column("valid_from", "有效期起", read=day, others=("valid_from",)),
        Column("valid_to", "有效期止", read=day, others=("valid_to",)),
        Column("successor", "继任单位", others=("successor",), note="继任单位的编号"),
        Column("education_office", "教育部门", others=("edu_org", "教育部门名称"), note="教委、教育局、公共服务局"),
    ),
    RosterKind.SCHOOLS: (
        Column("code", "学校标识码", others=("标识码", "学校代码", "代码", "编号", "code"), example="2150000001"),
        Column("name", "学校名称", True, others=("学校", "名称", "幼儿园名称", "学校园名称"), example="渝中区实验小学"),
        _DISTRICT,
        Column(
            "stage",
            "学段",
            True,
            _stages(*IN_SCHOOLS),
            ("办学类型", "学校类别"),
            "、".join(s.title_zh for s in IN_SCHOOLS),
            "小学",
        ),
        _STUDENTS,
        _PRIVATE,
        *_OPERATOR,
    ),
    RosterKind.COLLEGES: (
        Column("code", "学校标识码", others=("标识码", "学校代码", "代码", "编号", "code"), example="4150000001"),
        Column("name", "学校名称", True, others=("学校", "名称", "院校名称"), example="重庆示例职业学院"),
        Column("district", "所在区县", others=("区县", "所属区县"), note="由区县管理的中等职业学校填写"),
        Column(
            "stage",
            "学段",
            True,
            _stages(*IN_COLLEGES),
            ("办学层次", "办学类型", "学校类别"),
            "、".join(s.title_zh for s in IN_COLLEGES),
            "高等职业院校",
        ),
        _STUDENTS,
        _PRIVATE,
        *_OPERATOR,
    ),
    RosterKind.PRINCIPALS: (
        Column("name", "姓名", True, others=("校长", "校园长", "校长姓名", "园长"), example="张某"),
        *_OF_SCHOOL,
        Column("post", "职务", others=("岗位",), note="不填为校长或园长", example="校长"),
        *_TERM,
        Column("ended_on", "离任日期", read=day, others=("提前离任日期",), note="任期届满前离任的填写"),
        Column("ended_why", "离任原因", others=("提前离任原因",)),
        Column("email", "邮箱", read=mail, others=("电子邮箱", "电子邮件")),
        Column("phone", "电话", others=("手机", "联系电话")),
    ),
    RosterKind.INSPECTORS: (
        Column("name", "姓名", True, others=("督学姓名", "督学", "专家"), example="李督学"),
        Column("number", "督学证号", others=("证号", "督学证编号", "编号"), example="CQDX0001"),
        Column(
            "is_inspector",
            "类别",
            read=one_of((True, "督学 专职督学 兼职督学"), (False, "专家")),
            note="督学或专家，不填为督学",
            example="督学",
        ),
        Column(
            "full_time",
            "专兼职",
            read=one_of((True, "专职 专职督学"), (False, "兼职 兼职督学")),
            note="不填为兼职",
            example="专职",
        ),
        Column(
            "home",
            "所在单位",
            others=("所在区县", "区县", "工作单位"),
            note="区县、学校或院校的名称；本单位须回避",
            example="渝中区",
        ),
        Column("education", "学历", example="本科"),
        Column("years", "教育工作年限", read=whole, others=("教龄", "从事教育工作年限", "年限"), example="15"),
        Column("expertise", "专长", others=("专业", "研究方向", "专业领域"), example="学前教育"),
        Column("email", "邮箱", read=mail, others=("电子邮箱", "电子邮件")),
        Column("username", "账号", others=("用户名",), note="系统中的督学账号"),
        *_TERM,
    ),
    RosterKind.TRAININGS: (
        *_INSPECTOR,
        Column("title", "培训名称", True, others=("培训项目", "培训班", "内容"), example="责任区督学示范培训"),
        Column("held_on", "培训日期", True, day, ("日期", "培训时间"), example="2022-05-20"),
        Column("hours", "学时", True, hours, ("培训学时", "学时数"), example="24"),
        Column(
            "before_service",
            "任职前培训",
            read=yes,
            others=("岗前培训", "任前培训"),
            note="是或否，不填为否",
            example="否",
        ),
    ),
    RosterKind.TIES: (
        *_INSPECTOR,
        Column(
            "subject",
            "应回避单位",
            True,
            others=("督导对象", "单位", "回避单位"),
            note="区县、学校或院校",
            example="渝中区",
        ),
        Column("district", "所在区县", others=("区县",), note="有同名学校的必须填写"),
        Column(
            "ground",
            "回避情形",
            True,
            one_of(*((ground, said) for ground, said in _GROUND_WORDS.items())),
            ("情形", "事由"),
            "、".join(said.split()[0] for said in _GROUND_WORDS.values()),
            "本单位人员",
        ),
        Column("left_on", "离开日期", read=day, others=("离任日期",), note="离任不满三年的填写"),
    ),
    RosterKind.RESPONSIBILITIES: (
        *_INSPECTOR,
        *_OF_SCHOOL,
        Column("from_day", "起始日期", True, day, ("自", "挂牌日期", "责任起始日期"), example="2022-09-01"),
        Column("to_day", "结束日期", read=day, others=("至", "责任结束日期"), note="仍在负责的不填"),
    ),
}
"""What may stand in each table; a column that is not required may be missing."""
