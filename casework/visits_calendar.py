"""Entering the terms of the school calendar (校历)."""

from __future__ import annotations

from datetime import date

from sqlmodel import Session

from casework.actor import OFFICE, Actor
from db.school_calendar import school_calendar
from db.tables import SchoolTerm as Entered
from process.errors import InvalidInput
from process.school_calendar import SchoolCalendar, SchoolTerm
from process.vocabulary import Role, Season

KEEPERS = (*OFFICE, Role.ADMINISTRATOR)
YEARS = range(2000, 2061)


def set_term(
    session: Session, actor: Actor, *, year: int, season: Season, starts_on: date, ends_on: date, source: str
) -> SchoolCalendar:
    """Enter a term, or correct it; returns the calendar from now on.

    The matrix of a month follows when it is made the next time. Raises :class:`InvalidInput`.
    """
    actor.require(*KEEPERS)
    if year not in YEARS:
        raise InvalidInput("年份须为四位年份", field="year")
    term = SchoolTerm(year, season, starts_on, ends_on, source.strip())
    calendar = school_calendar(session).with_term(term)
    session.merge(Entered(year=year, season=season, starts_on=starts_on, ends_on=ends_on, source=term.source))
    session.flush()
    return calendar
