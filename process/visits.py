"""The visits of responsible inspectors (责任督学): what is looked at, and what cannot be written down as a visit.

"以区县为主实现对义务教育学校督导全覆盖，责任督学每月至少到校督导1次" (要点第8项); "督学对责任区内学校实施经常性督导
每学期不得少于2次" (《教育督导条例》第十四条).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from process.errors import (
    DudaoError,
    InvalidInput,
    NotAllowed,
    NotASchoolDay,
    NotFound,
    RecusalRequired,
    VisitInFuture,
    VisitRecorded,
)
from process.school_calendar import SchoolCalendar, month_of
from process.vocabulary import RecusalGround, Titled

VISITS_A_TERM = 2
"""《教育督导条例》第十四条、《重庆市教育督导条例》第十九条."""
GRACE = 5
"""Working days after a month's end in which visits may still be entered or made up before a case is opened
(市政府教育督导室工作安排)."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One line of the checklist."""

    key: str
    title: str
    asks: str


TOPICS = (
    Topic("homework", "作业管理", "作业总量、时长、类型是否合规，有无要求家长批改作业"),
    Topic("after_school", "课后服务", "是否全覆盖、时间和内容是否达标，有无借机上新课"),
    Topic("training", "校外培训", "有无教师有偿补课、学校与培训机构勾连，学生参加违规培训的情况"),
    Topic("fees", "收费", "有无违规收费、强制或变相强制购买教辅和服务"),
    Topic("five_managements", "五项管理", "作业、睡眠、手机、读物、体质管理是否落实"),
    Topic("burden", "考试与招生", "考试次数、成绩呈现是否合规，有无以考试方式招生、分重点班"),
)
"""What is looked at on a visit about 「双减」 (要点第8、19项); the wording of the questions is the office's own."""


class Look(Titled):
    """What was found under a topic."""

    FINE = "fine", "正常"
    PROBLEM = "problem", "有问题"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the record knows of a visit to be written down. Names are empty for what does not exist, or not here."""

    visited_on: date
    month: date
    """For which month it shall count."""
    school: str
    inspector: str
    open_from: date | None
    """Since when the school exists."""
    open_until: date | None
    may_record: bool
    """Whether whoever writes it down may do so for this inspector at this school."""
    recusal: RecusalGround | None
    recorded: bool
    """Whether the inspector's visit of that day is written down already."""
    owed: bool
    """Whether that month's visit to the school is owed and not made."""


def objection(
    facts: Facts, checked: Mapping[str, tuple[Look, str]], calendar: SchoolCalendar, today: date
) -> DudaoError | None:
    """Why this cannot be written down as a visit; nothing where it can. ``checked``: by topic, with a remark each."""
    if not facts.school:
        return NotFound("学校", field="school_id")
    if not facts.inspector:
        return NotFound("在任督学", field="inspector_id")
    if not facts.may_record:
        return NotAllowed(f"{facts.inspector}不是{facts.school}所在区县的责任督学", field="inspector_id")
    if facts.recusal is not None:
        return RecusalRequired(f"{facts.inspector}（{facts.recusal.title_zh}）", field="inspector_id")
    if facts.visited_on > today:
        return VisitInFuture(facts.visited_on.isoformat(), field="visited_on")
    if (facts.open_from or facts.visited_on) > facts.visited_on or (
        facts.open_until or facts.visited_on
    ) < facts.visited_on:
        return NotFound(f"{facts.school}当日无效", field="visited_on")
    if not calendar.is_school_day(facts.visited_on):
        term = calendar.term_of(facts.visited_on)
        why = "休息日" if term else "不在任何学期内"
        return NotASchoolDay(f"{facts.visited_on.isoformat()}：{why}", field="visited_on")
    if facts.recorded:
        return VisitRecorded(f"{facts.inspector}，{facts.visited_on.isoformat()}，{facts.school}", field="visited_on")
    return _misfit(facts) or _misfilled(checked)


def _misfit(facts: Facts) -> DudaoError | None:
    own = month_of(facts.visited_on)
    if facts.month == own:
        return None
    if facts.month > own:
        return InvalidInput("补督导只能补以前的月份", field="month")
    if not facts.owed:
        return InvalidInput(f"{facts.school}{facts.month:%Y-%m}没有欠到校督导", field="month")
    return None


def _misfilled(checked: Mapping[str, tuple[Look, str]]) -> DudaoError | None:
    unknown = set(checked) - {topic.key for topic in TOPICS}
    if unknown:
        return InvalidInput(f"没有督导内容「{min(unknown)}」", field="checked")
    if not checked:
        return InvalidInput("至少填写一项督导内容", field="checked")
    for topic in TOPICS:
        look, remark = checked.get(topic.key, (Look.FINE, ""))
        if look is Look.PROBLEM and not remark.strip():
            return InvalidInput(f"「{topic.title}」有问题的，须说明情况", field=topic.key)
    return None
