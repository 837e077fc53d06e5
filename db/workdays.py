"""The calendar in force: the packaged years and the notices imported since."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from sqlmodel import Session, col, select

from db.tables import AnnouncedCalendar
from process.calendar import AnnouncedYear, WorkCalendar, packaged_calendar

_Imported = tuple[tuple[int, tuple[str, ...], tuple[str, ...]], ...]


def work_calendar(session: Session) -> WorkCalendar:
    """The calendar by which this moment's decisions are made; built once per state of the imported notices."""
    rows = session.exec(select(AnnouncedCalendar).order_by(col(AnnouncedCalendar.year))).all()
    return _built(tuple((row.year, tuple(row.holidays), tuple(row.make_up_days)) for row in rows))


@lru_cache(maxsize=8)
def _built(imported: _Imported) -> WorkCalendar:
    calendar = packaged_calendar()
    for year, holidays, make_up_days in imported:
        days_off, days_on = (frozenset(map(date.fromisoformat, days)) for days in (holidays, make_up_days))
        calendar = calendar.with_year(AnnouncedYear(year, days_off, days_on))
    return calendar
