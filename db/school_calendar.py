"""The school calendar in force: the packaged terms and those the office has entered."""

from __future__ import annotations

from sqlmodel import Session, select

from db.tables import SchoolTerm as Entered
from db.workdays import work_calendar
from process.school_calendar import SchoolCalendar, SchoolTerm, packaged_terms


def school_calendar(session: Session) -> SchoolCalendar:
    """The calendar by which visits are owed at this moment."""
    known = {(term.year, term.season): term for term in packaged_terms()}
    for row in session.exec(select(Entered)):
        known[row.year, row.season] = SchoolTerm(row.year, row.season, row.starts_on, row.ends_on, row.source)
    return SchoolCalendar(tuple(sorted(known.values(), key=lambda term: term.starts_on)), work_calendar(session))
