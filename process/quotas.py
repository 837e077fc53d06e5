"""The numbers of the priorities and the law, held against what was done: reached, under way, in danger, or missed.

A quota that fills up over its period (8 districts on site a year) is in danger when the period ends within
:data:`WARN_DAYS`, or when what is left cannot be done at the rate the items allow; one that must always hold (three
inspectors a team) is in danger as soon as somebody falls short.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from process.definition import Quota
from process.vocabulary import QuotaKind, Titled

WARN_DAYS = 92
"""Calendar days before the end of a period from which what is not reached is warned of."""
NAMED = 20
"""How many of those who fall short are named."""

ALWAYS = frozenset(
    {
        QuotaKind.SCHOOLS_PER_INSPECTOR,
        QuotaKind.SCHOOLS_PER_FULL_TIME_INSPECTOR,
        QuotaKind.INSPECTORS_OF_LARGE_SCHOOLS,
        QuotaKind.TEAM_SIZE,
        QuotaKind.REVIEWERS,
        QuotaKind.SHARE_DRAWN,
    }
)
"""What must hold at any time, not only by the end of a period."""


class QuotaState(Titled):
    """How a quota stands."""

    UNKNOWN = "unknown", "尚无数据"
    UNDER_WAY = "under_way", "进行中"
    REACHED = "reached", "已达到"
    IN_DANGER = "in_danger", "预警"
    MISSED = "missed", "未达到"


@dataclass(frozen=True, slots=True)
class Measured:
    """What was counted: ``done`` of ``of`` (``None`` where there is no whole), and who falls short.

    ``short`` may be more than are named. ``within_reach`` is how many can still be done in the period, where the
    items themselves limit that (a five-year cover at eight a year).
    """

    done: float | None
    of: float | None = None
    short: int = 0
    names: tuple[str, ...] = ()
    within_reach: int | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """A quota with how it stands, in words."""

    state: QuotaState
    said: str
    ends_on: date


def period_end(quota: Quota, year: int, since: int) -> date:
    """The last day of the quota's period in which a year lies; periods of several years follow each other."""
    if quota.by_month is not None and quota.by_day is not None:
        return date(year, quota.by_month, quota.by_day)
    first = year - (year - since) % quota.years
    return date(first + quota.years - 1, 12, 31)


def judge(quota: Quota, measured: Measured, *, year: int, since: int, today: date) -> Judged:
    """How a quota stands on a day."""
    ends_on = period_end(quota, year, since)
    if measured.done is None:
        return Judged(QuotaState.UNKNOWN, "尚无可计算的数据", ends_on)
    over = today > ends_on
    falls_short = measured.short > 0 or (quota.minimum is not None and _below(quota, measured))
    exceeds = quota.kind not in ALWAYS and quota.maximum is not None and measured.done > quota.maximum
    if not falls_short:
        return Judged(QuotaState.REACHED, _said(quota, measured) + ("，已超过上限" if exceeds else ""), ends_on)
    if over and not quota.rolls_over:
        return Judged(QuotaState.MISSED, _said(quota, measured), ends_on)
    unreachable = measured.within_reach is not None and measured.short > measured.within_reach
    if unreachable:
        left = measured.short - (measured.within_reach or 0)
        return Judged(QuotaState.IN_DANGER, f"{_said(quota, measured)}；按现有安排周期内还差{left}个排不进", ends_on)
    if over or quota.kind in ALWAYS or (ends_on - today).days <= WARN_DAYS:
        rolled = "，结转以后年度继续推进" if over else ""
        return Judged(QuotaState.IN_DANGER, _said(quota, measured) + rolled, ends_on)
    return Judged(QuotaState.UNDER_WAY, _said(quota, measured), ends_on)


def _below(quota: Quota, measured: Measured) -> bool:
    if measured.of is not None or quota.minimum is None or measured.done is None:
        return False  # a whole is counted by who falls short
    return measured.done < quota.minimum


def wanted(quota: Quota) -> str:
    """What a quota asks, in words: ``8``, ``1~2``, ``3以上``, ``2%以上``, ``12月31日前``."""
    if quota.by_month is not None:
        return f"{quota.by_month}月{quota.by_day}日前"
    low, high = (_number(quota, n) for n in (quota.minimum, quota.maximum))
    if low and high:
        return low if low == high else f"{low}~{high}"
    return f"{low}以上" if low else f"{high}以下"


def _number(quota: Quota, n: float | None) -> str:
    if n is None:
        return ""
    return f"{n * 100:g}%" if quota.kind is QuotaKind.SHARE_DRAWN else f"{n:g}"


def _said(quota: Quota, measured: Measured) -> str:
    done = f"{measured.done:g}"
    counted = f"{done}/{measured.of:g}" if measured.of is not None else done
    said = f"{quota.kind.title_zh}：{counted}"
    if measured.names:
        more = f"等{measured.short}个" if measured.short > len(measured.names) else ""
        said += f"，未达到的：{'、'.join(measured.names)}{more}"
    elif measured.short:
        said += f"，还差{measured.short}"
    return said
