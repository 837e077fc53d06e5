"""Visits of the rehearsal: the office takes in the lists of the month; one district forgets its own for a while."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

from sqlalchemy import Engine, text

from cli.demo.people import Cast
from db.school_calendar import school_calendar
from db.session import unit_of_work
from process.school_calendar import SchoolCalendar, month_of
from process.visits import TOPICS

FORGETFUL_MONTH = 5
"""In May the first district hands its list in three weeks late."""

HEAD = ("学校", "督学", "到校日期", "补督导月份", *(topic.title for topic in TOPICS))

_OWED = text(
    """
    SELECT d.school_id, d.district_id, d.month, coalesce(i.name, spare.name) AS inspector
    FROM visit_duties d LEFT JOIN inspectors i ON i.id = d.inspector_id
    LEFT JOIN LATERAL (SELECT o.name FROM inspectors o WHERE o.active AND o.is_inspector
                       AND o.home_subject_id = d.district_id ORDER BY o.id LIMIT 1) spare ON true
    WHERE d.visited_on IS NULL AND d.month <= :month ORDER BY d.district_id, d.school_id
    """
)


def hand_in_lists(engine: Engine, cast: Cast, today: date) -> None:
    """The lists of this month's visits, and of what was made up for."""
    with unit_of_work(engine) as session:
        calendar = school_calendar(session)
        owed = session.execute(_OWED, {"month": month_of(today)}).all()
    day = _last_school_day(calendar, today)
    if day is None or not owed:
        return
    forgetful = min(row.district_id for row in owed)
    rows = []
    for row in owed:
        late = row.district_id == forgetful and row.month.month == FORGETFUL_MONTH
        if late and today < row.month + timedelta(days=52):
            continue
        if row.inspector is not None and day >= row.month:
            made_up = "" if month_of(day) == row.month else f"{row.month:%Y-%m}"
            rows.append([row.school_id, row.inspector, day.isoformat(), made_up, *("正常" for _ in TOPICS)])
    if rows:
        sheet = io.StringIO()
        csv.writer(sheet).writerows([HEAD, *rows])
        answer = cast.office("coordinator").send_file("/visits/import", "到校督导.csv", sheet.getvalue().encode())
        if answer["refused"]:
            raise RuntimeError(str(answer["refused"][:5]))


def _last_school_day(calendar: SchoolCalendar, today: date) -> date | None:
    """The latest school day of the last week, today included."""
    days = (today - timedelta(days=n) for n in range(7))
    return next((day for day in days if calendar.is_school_day(day)), None)
