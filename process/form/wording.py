"""What a definition says of itself in sentences: its periods, numbers, recurrences, subjects."""

from __future__ import annotations

from process.definition import Period, Process, Quota, Recurrence
from process.form.short import counted_in_words
from process.vocabulary import Cadence, QuotaKind


def period_in_words(process: Process, period: Period) -> str:
    """``10个工作日``, ``「实地督查」办结后10日``, without its basis."""
    after = f"「{process.stage(period.anchor).title}」" if period.anchor else ""
    notes = [f"以{period.set_by_letter.title_zh}所定日期为准"] if period.set_by_letter else []
    notes += [f"至少{period.at_least}个工作日"] if period.at_least else []
    notes += ["以上级所定日期为准"] if period.external else []
    notes += [f"提前{period.buffer}个工作日"] if period.buffer else []
    return "，".join([counted_in_words(period, after), *notes])


def recurrence_in_words(rule: Recurrence | None) -> str:
    """``每年3月1日``, ``每5年（2022年为第五届）12月1日``, ``按需``."""
    if rule is None:
        return Cadence.ON_DEMAND.title_zh
    on = f"{rule.month}月{rule.day}日" if rule.month and rule.day else ""
    match rule.cadence:
        case Cadence.YEARLY | Cadence.CYCLE:
            every = "每年" if rule.every_years == 1 else f"每{rule.every_years}年"
            said = f"{rule.since}年{on}" if rule.until == rule.since else f"{every}{on}"
        case Cadence.TERMLY | Cadence.SCHOOL_MONTHLY:
            anchor = "开学" if rule.cadence is Cadence.TERMLY else "当月首个教学日"
            said = f"{rule.cadence.title_zh}，{_offset(anchor, rule.offset)}"
        case Cadence.HALF_MONTHLY:
            said = rule.cadence.title_zh + (f"，提前{-rule.offset}个工作日" if rule.offset else "")
        case Cadence.TERM_END:
            said = f"任期届满前{abs(rule.offset)}天"
        case Cadence.ON_DEMAND:
            said = rule.cadence.title_zh
    notes = [f"{rule.since}年为第{rule.ordinal}{rule.counted}"] if rule.ordinal else []
    if rule.until is not None and rule.until > rule.since:
        notes.append(f"至{rule.until}年止")
    return f"{said}（{'，'.join(notes)}）" if notes else said


def _offset(anchor: str, offset: int) -> str:
    return f"{anchor}{'后' if offset > 0 else '前'}{abs(offset)}个工作日" if offset else anchor


def quota_in_words(quota: Quota) -> str:
    """``一年内实地督查的区县：8`` with the words of the priorities or the law that ask for it."""
    if quota.kind is QuotaKind.DONE_BY:
        number = f"{quota.by_month}月{quota.by_day}日前"
    else:
        least, most = _number(quota, quota.minimum), _number(quota, quota.maximum)
        number = least if least == most else f"{least}至{most}" if least and most else f"{least}以上" if least else ""
        number = number or f"至多{most}"
    span = f"，{quota.years}年内" if quota.years > 1 else ""
    return f"{quota.kind.title_zh}：{number}{span}（{quota.quote}）"


def _number(quota: Quota, n: float | None) -> str:
    if n is None:
        return ""
    return f"{n * 100:g}%" if quota.kind is QuotaKind.SHARE_DRAWN else f"{n:g}"


def subjects_in_words(process: Process) -> str:
    """``区县``, ``高等学校（重庆工程学院）``."""
    only = f"（{'、'.join(process.only)}）" if process.only else ""
    return f"{process.subjects.title_zh}{only}"
