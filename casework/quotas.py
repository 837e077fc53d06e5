"""Quotas of a year: how every number of the priorities stands, and the monthly warning of what may be missed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from casework.definitions import newest
from casework.notify import Queued, queue
from db.queries.quotas import measure
from db.workdays import work_calendar
from process.calendar import local_day
from process.decide import NoticeDraft
from process.definition import Process, Quota
from process.quotas import Judged, QuotaState, judge
from process.vocabulary import NoticeKind, Role

SINCE = 2022
"""The year from which cycles of several years are counted where a definition does not say."""


@dataclass(frozen=True, slots=True)
class YearQuota:
    """One quota of one process in a year."""

    process: Process
    quota: Quota
    judged: Judged


def year_quotas(session: Session, year: int, today: date) -> list[YearQuota]:
    """Every quota of the newest definitions, in the order of the items."""
    found = []
    for process in sorted(newest(session), key=lambda process: (process.item, process.name)):
        since = process.recurrence.since if process.recurrence else SINCE
        for quota in process.quotas:
            measured = measure(session, process, quota, year=year, since=since, today=today)
            found.append(YearQuota(process, quota, judge(quota, measured, year=year, since=since, today=today)))
    return found


def warn(session: Session, now: datetime) -> int:
    """Tell the coordinators, from the first working day of each month, what may be missed; how much that is.

    Run every day; what was said once in a month is not said again.
    """
    today = local_day(now)
    if not work_calendar(session).is_working(today):
        return 0
    warned = [one for one in year_quotas(session, today.year, today) if one.judged.state is QuotaState.IN_DANGER]
    if warned:
        data = {
            "year": today.year,
            "path": f"/quotas/{today.year}",
            "warnings": [
                {"title": one.process.title, "said": one.judged.said, "quote": one.quota.quote} for one in warned
            ],
        }
        draft = NoticeDraft(NoticeKind.QUOTA_WARNING, roles=(Role.COORDINATOR,), step=f"quota:{today:%Y-%m}", data=data)
        queue(session, [Queued(draft, None, None, None)], now)
    return len(warned)
