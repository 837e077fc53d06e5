"""The official letters: which fields the law or office practice requires of each, and whether it bears a 文号.

Pure data and one check. How a letter looks is the business of ``notifications/letters``; who signs it, and when it is
numbered, of ``casework/letters``. A field's ``basis`` is the article that demands it; where it is empty the field is
office practice (DOMAIN: documents) and must not be cited as law.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from process.errors import LetterIncomplete
from process.vocabulary import LetterKind

_CQ = "《重庆市教育督导条例》"


class Layout(StrEnum):
    """The form of GB/T 9704-2012 in which a letter is set."""

    DOCUMENT = "document"
    """文件: red heading over the first page, 文号 centred below, a red rule."""
    LETTER = "letter"
    """信函格式: heading, double red rules, 文号 at the right."""
    SHEET = "sheet"
    """A form to fill in or a record: title, table, signatures; no red heading."""


@dataclass(frozen=True, slots=True)
class Field:
    """One particular of a letter: its name in ``fields``, how it is called, and what demands it."""

    name: str
    title_zh: str
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """What a kind of letter must say. ``numbered``: it gets a number of the 文号 register when it is signed."""

    layout: Layout
    required: tuple[Field, ...]
    numbered: bool = True


_PROBLEMS = Field("findings", "存在问题")
_DEADLINE = Field("due_on", "时限")
_STAGE = Field("stage", "环节")
_SUMMARY = Field("summary", "情况")

FORMS: dict[LetterKind, Form] = {
    LetterKind.SUPERVISION_NOTICE: Form(
        Layout.DOCUMENT,
        (
            Field("matters", "督导事项", f"{_CQ}第二十三条"),
            Field("team", "督导小组基本情况", f"{_CQ}第二十三条"),
            Field("self_evaluation", "自评要求", f"{_CQ}第二十三条"),
            Field("self_evaluation_due_on", "自评报告报送时限", f"{_CQ}第二十三条"),
            Field("recusal", "回避申请办法", f"{_CQ}第十二条"),
            Field("contact", "联系人"),
        ),
    ),
    LetterKind.ACKNOWLEDGEMENT: Form(
        Layout.SHEET,
        (Field("unit", "单位"), Field("received_at", "收到时间"), Field("contact", "联系人")),
        numbered=False,
    ),
    LetterKind.PRELIMINARY_OPINION: Form(
        Layout.LETTER,
        (
            Field("evaluation", "评价"),
            Field("defence_days", "申辩权利和期限", f"{_CQ}第二十六条"),
            Field("team_leader", "组长"),
        ),
    ),
    LetterKind.OPINION: Form(
        Layout.DOCUMENT,
        (
            Field("evaluation", "就督导事项的评价", f"{_CQ}第二十七条"),
            Field("findings", "存在问题", f"{_CQ}第二十七条"),
            Field("due_on", "整改期限", f"{_CQ}第二十七条"),
            Field("report_days", "整改结束后报告的期限", f"{_CQ}第二十八条"),
            Field("defence", "申辩采纳情况"),
        ),
    ),
    LetterKind.RESULT_FEEDBACK: Form(Layout.LETTER, (Field("evaluation", "评价结果"),)),
    LetterKind.SUPERVISION_REPORT: Form(
        Layout.DOCUMENT,
        (
            Field("evaluation", "督导结果", "《教育督导条例》第二十三条"),
            Field("published_at_url", "公开网址", f"{_CQ}第三十条"),
        ),
    ),
    LetterKind.RECTIFICATION_NOTICE: Form(
        Layout.SHEET,
        (Field("unit", "学校（单位）"), _PROBLEMS, Field("requirement", "整改要求"), _DEADLINE),
    ),
    LetterKind.URGE: Form(Layout.SHEET, (_STAGE, _DEADLINE, Field("late", "逾期工作日数"))),
    LetterKind.SUPERVISE: Form(
        Layout.SHEET, (_STAGE, _DEADLINE, Field("late", "逾期工作日数"), Field("basis", "依据"))
    ),
    LetterKind.CIRCULAR: Form(
        Layout.DOCUMENT,
        (
            Field("reason", "事由"),
            Field("basis", "依据", "《教育督导条例》第二十五条"),
            Field("requirement", "责令改正的要求", f"{_CQ}第三十七条"),
        ),
    ),
    LetterKind.EXPOSURE: Form(
        Layout.LETTER, (Field("reason", "事实"), Field("basis", "依据"), Field("reviewed_by", "法务审签人"))
    ),
    LetterKind.TALK_NOTICE: Form(
        Layout.LETTER,
        (
            Field("persons", "被约谈人"),
            Field("reason", "事由"),
            Field("basis", "依据", f"{_CQ}第三十一条"),
            Field("scheduled_for", "时间"),
            Field("place", "地点"),
            Field("talkers", "约谈人"),
            Field("filed_with", "报送备案单位"),
        ),
    ),
    LetterKind.TALK_RECORD: Form(
        Layout.SHEET,
        (
            Field("held_at", "时间"),
            Field("place", "地点"),
            Field("attended", "参加人员"),
            Field("reason", "事由"),
            Field("minutes", "约谈情况"),
            Field("commitments", "承诺事项和时限"),
        ),
        numbered=False,
    ),
    LetterKind.LOOK_BACK_SHEET: Form(
        Layout.SHEET, (Field("opinion_number", "原督导意见书文号"), _PROBLEMS), numbered=False
    ),
    LetterKind.EXTENSION_REPLY: Form(
        Layout.LETTER,
        (_STAGE, Field("granted", "批复意见"), Field("due_on", "原定期限"), Field("requested_due_on", "申请延至")),
    ),
    LetterKind.LEADERS_REPORT: Form(Layout.DOCUMENT, (_SUMMARY, Field("figures", "数据"))),
    LetterKind.MEMBERS_CIRCULAR: Form(Layout.DOCUMENT, (_SUMMARY, Field("figures", "数据"))),
    LetterKind.ACCOUNTABILITY_NOTICE: Form(
        Layout.LETTER,
        (
            Field("facts", "认定的事实", "《教育督导问责办法》第十四条"),
            Field("proposal", "问责意见", "《教育督导问责办法》第十四条"),
            Field("defence_days", "陈述申辩的期限"),
        ),
    ),
    LetterKind.ACCOUNTABILITY_DECISION: Form(
        Layout.DOCUMENT,
        (
            Field("subject", "被问责对象基本情况", "《教育督导问责办法》第十六条"),
            Field("facts", "问责事实", "《教育督导问责办法》第十六条"),
            Field("basis", "依据", "《教育督导问责办法》第十六条"),
            Field("manner", "问责方式", "《教育督导问责办法》第十六条"),
            Field("effective_on", "生效时间", "《教育督导问责办法》第十六条"),
            Field("remedy", "复核和申诉的期限", "《教育督导问责办法》第十九条"),
        ),
    ),
    LetterKind.REVIEW_DECISION: Form(
        Layout.DOCUMENT,
        (
            Field("decision", "复核决定"),
            Field("reason", "理由"),
            Field("appeal_days", "申诉的期限", "《教育督导问责办法》第十九条"),
        ),
    ),
    LetterKind.APPEAL_DECISION: Form(Layout.DOCUMENT, (Field("decision", "处理决定"), Field("reason", "理由"))),
    LetterKind.REFERRAL: Form(
        Layout.LETTER, (Field("reason", "事由"), Field("basis", "依据"), Field("received_by", "受移送机关"))
    ),
    LetterKind.WORK_NOTICE: Form(
        Layout.DOCUMENT,
        (
            Field("basis", "依据"),
            Field("matters", "工作事项"),
            Field("requirement", "工作要求"),
            Field("due_on", "完成时限"),
            Field("contact", "联系人"),
        ),
    ),
    LetterKind.RECOMMENDATION: Form(
        Layout.LETTER, (Field("recommended", "推荐对象"), Field("basis", "依据"), Field("reason", "推荐理由"))
    ),
    LetterKind.RESULT_CIRCULAR: Form(Layout.DOCUMENT, (_SUMMARY, Field("results", "结果"))),
    LetterKind.MEETING_MINUTES: Form(
        Layout.SHEET,
        (
            Field("held_at", "时间"),
            Field("place", "地点"),
            Field("present", "出席人员"),
            Field("agreed", "议定事项"),
        ),
        numbered=False,
    ),
}

ASKED: dict[LetterKind, tuple[Field, ...]] = {
    LetterKind.MEETING_MINUTES: (
        Field("held_at", "会议时间"),
        Field("place", "会议地点"),
        Field("present", "出席人员"),
    ),
}
"""What whoever issues a letter at a stage must add besides its words: nothing of the record says it."""


def _is_empty(value: Any) -> bool:
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, list | tuple | dict):
        return not value or all(_is_empty(part) for part in (value.values() if isinstance(value, dict) else value))
    return value is None


def check_complete(kind: LetterKind, fields: Mapping[str, Any]) -> None:
    """Refuse a letter that lacks what its kind must say. Raises :class:`LetterIncomplete` naming field and source."""
    missing = [field for field in FORMS[kind].required if _is_empty(fields.get(field.name))]
    if missing:
        said = "、".join(f.title_zh + (f"（{f.basis}）" if f.basis else "") for f in missing)
        raise LetterIncomplete(f"{kind.title_zh}没有写明{said}", field=missing[0].name)
