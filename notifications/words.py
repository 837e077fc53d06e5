"""Chinese wording of days, periods and persons: the small change of which every notice is made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from db.tables import Subject
from process.calendar import SHANGHAI
from process.definition import Period, Process, Rung, Stage, Unit
from process.vocabulary import Position, Role, SubjectKind

_ENDS = "。！？；！？;"
WEEKDAYS = "一二三四五六日"


def as_day(value: date | datetime | str) -> date:
    """A day from what templates meet: a date, an aware moment, or the ISO text that JSON keeps."""
    if isinstance(value, str):
        return date.fromisoformat(value[:10])
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).date()
    return value


def day(value: date | datetime | str) -> str:
    """``2022年5月13日（星期五）``."""
    on = as_day(value)
    return f"{on.year}年{on.month}月{on.day}日（星期{WEEKDAYS[on.weekday()]}）"


def short_day(value: date | datetime | str) -> str:
    """``5月13日``, where the year is plain from its surroundings."""
    on = as_day(value)
    return f"{on.month}月{on.day}日"


def month_words(value: date | str) -> str:
    """``2022年9月``."""
    on = as_day(value)
    return f"{on.year}年{on.month}月"


def moment(value: datetime | str) -> str:
    """``2022年5月13日（星期五）15:00``, in the office's time zone."""
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    local = at.astimezone(SHANGHAI)
    return f"{day(local)}{local:%H:%M}"


def period_words(process: Process, period: Period, year: int) -> str:
    """How long a stage may take, said before its dates are known."""
    start = f"「{process.stage(period.anchor).title}」办结之日起" if period.anchor else "进入本环节之日起"
    if period.from_receipt:
        start = "收到之日起"
    match period.unit:
        case Unit.WORKING_DAY:
            words = f"{start}{period.n}个工作日内"
        case Unit.CALENDAR_DAY:
            words = f"{start}{period.n}日内"
        case Unit.CALENDAR_DAY_ROLL:
            words = f"{start}{period.n}日内（末日逢节假日顺延）"
        case Unit.MONTH_END:
            words = "当月最后一个工作日前" if period.n == 0 else f"此后第{period.n}个月的最后一个工作日前"
        case Unit.FIXED_DATE:
            words = f"{year + period.year_offset}年{period.month}月{period.day}日前"
    return f"按{period.set_by_letter.title_zh}载明的日期（一般为{words}）" if period.set_by_letter else words


def deliverables(stage: Stage) -> str:
    """What is to be handed in, in one line; empty where nothing is."""
    return "、".join(d.title if d.required else f"{d.title}（可选）" for d in stage.deliverables)


def sentence(text: str) -> str:
    """Text that ends like a sentence, so that another may follow it."""
    text = text.strip()
    return text if not text or text[-1] in _ENDS else f"{text}。"


def thing(stage: Stage) -> str:
    """What is late when the stage is late: its report rather than its name, where it has one."""
    required = [d.title for d in stage.deliverables if d.required]
    return required[0] if required else f"「{stage.title}」"


_ADDRESSED = {
    SubjectKind.SCHOOL: "你校",
    SubjectKind.KINDERGARTEN: "你园",
    SubjectKind.COLLEGE: "你校",
    SubjectKind.UNIVERSITY: "你校",
    SubjectKind.PRINCIPAL: "您",
    SubjectKind.INSPECTOR: "您",
}


def you(subject: Subject) -> str:
    """How a superior addresses the subject."""
    if subject.kind in _ADDRESSED:
        return _ADDRESSED[subject.kind]
    match subject.region_kind:
        case "区":
            return "你区"
        case "县" | "自治县":
            return "你县"
        case _:
            return "你单位"


def post(subject: Subject, position: Position) -> str:
    """An office with its holder's rank, as on an envelope: ``垫江县政府教育督导室主任``."""
    committee = subject.region_kind == "管委会"
    government = subject.name + (
        "管委会" if committee and "管委会" not in subject.name else "" if committee else "政府"
    )
    match position:
        case Position.OPERATOR:
            return f"{subject.name}教育督导工作经办人"
        case Position.OFFICE_HEAD:
            return f"{government}教育督导室主任"
        case Position.COMMISSION_HEAD:
            office = subject.education_office or "教委"
            return f"{subject.name}{office}{'局长' if office.endswith('局') else '主任'}"
        case Position.GOVERNMENT_OFFICE:
            return f"{government}办公室"
        case Position.DEPUTY_HEAD:
            rank = {"区": "副区长", "县": "副县长", "自治县": "副县长"}.get(subject.region_kind, "副主任")
            return f"{government}分管{rank}"
        case Position.PARTY_OFFICE:
            return f"中共{subject.name}委员会办公室"
        case Position.LEADER:
            return subject.name
        case Position.LIAISON:
            return f"{subject.name}联络员"
        case Position.HEAD:
            return subject.name if subject.kind.personal else f"{subject.name}负责人"


def consequences(stage: Stage, ahead: tuple[tuple[Rung, date], ...], *, overdue: bool) -> str:
    """What follows if nothing is done, from the rungs still ahead with their days; empty where nothing does."""
    if stage.on_lapse:
        outcome = stage.outcome(stage.on_lapse)
        title = outcome.title if outcome else "放弃"
        return f"期限届满未办理的，按「{title}」处理，程序继续进行。"
    informal = [f"自{short_day(on)}起{rung.kind.title_zh}" for rung, on in ahead if not rung.kind.formal]
    formal = list(dict.fromkeys(rung.kind.title_zh for rung, _ in ahead if rung.kind.formal))
    if not informal and not formal:
        return ""
    said = "仍未办理的，将" if overdue else "逾期未办理的，将"
    said += "、".join(informal)
    if formal:
        said += f"{'，此后' if informal else ''}依规提请{'、'.join(formal)}"
    return f"{said}。"


@dataclass(frozen=True, slots=True)
class Announced:
    """What the 督导通知 must state of the stages to come (《重庆市教育督导条例》第二十三条)."""

    title: str
    asks: str
    deliverables: str
    period: str
    basis: str


def announced(process: Process, year: int) -> tuple[Announced, ...]:
    """The stages in which the subject itself must hand something in, the self-evaluation first, with time limits."""
    return tuple(
        Announced(
            stage.title,
            stage.asks,
            deliverables(stage),
            period_words(process, stage.period, year),
            stage.period.basis,
        )
        for stage in process.stages
        if stage.owner is Role.DISTRICT and any(deliverable.required for deliverable in stage.deliverables)
    )
