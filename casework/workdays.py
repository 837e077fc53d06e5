"""Importing a year's notice of 国务院办公厅, and what that does to open due dates."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime

from sqlalchemy import text
from sqlmodel import Session

from casework.actor import TIME, Actor
from casework.load import load_cases
from casework.write import write
from db.tables import AnnouncedCalendar
from db.workdays import work_calendar
from process.calendar import AnnouncedYear, WorkCalendar, local_day
from process.decide import DueMoved, decide
from process.due import due, due_outside
from process.errors import InvalidCalendar
from process.state import Case
from process.vocabulary import NoticeKind, Role


def parse_notice(csv_text: str) -> AnnouncedYear:
    """A notice from CSV lines ``day,kind`` with kind 休 or 班 (header optional), all of one year.

    Raises :class:`InvalidCalendar` naming the line.
    """
    off: set[date] = set()
    on: set[date] = set()
    for number, row in enumerate(csv.reader(io.StringIO(csv_text.lstrip("\ufeff"))), start=1):
        if not row or (number == 1 and not row[0][:1].isdigit()):
            continue
        try:
            day = date.fromisoformat(row[0].strip())
            kind = row[1].strip()
        except (ValueError, IndexError) as error:
            raise InvalidCalendar(f"第{number}行应为「日期,休」或「日期,班」", field=f"line {number}") from error
        if kind not in ("休", "班"):
            raise InvalidCalendar(f"第{number}行的类别应为「休」或「班」", field=f"line {number}")
        (off if kind == "休" else on).add(day)
    years = {day.year for day in off | on}
    if len(years) != 1:
        raise InvalidCalendar("须是同一年的放假与调休日期")
    if off & on:
        raise InvalidCalendar(f"{min(off & on)}既休又班")
    if any(day.weekday() < 5 for day in on):
        raise InvalidCalendar("调休上班日须是周末")
    return AnnouncedYear(years.pop(), frozenset(off), frozenset(on))


class Replanned(list[tuple[int, date, date, bool]]):
    """What an import did to open due dates: ``(case_id, old, new, applied)`` each."""


def import_notice(session: Session, actor: Actor, now: datetime, notice: AnnouncedYear, source: str) -> Replanned:
    """Store a year's notice and recompute the open due dates that were provisional.

    A due date moves later by itself; one that would move earlier stays where it is and is reported as not applied,
    because nobody may lose days they were promised.
    """
    if actor is not TIME:
        actor.require(Role.ADMINISTRATOR, Role.COORDINATOR, Role.MANAGER)
    session.merge(
        AnnouncedCalendar(
            year=notice.year,
            holidays=sorted(day.isoformat() for day in notice.holidays),
            make_up_days=sorted(day.isoformat() for day in notice.make_up_days),
            source=source,
            imported_at=now,
        )
    )
    session.flush()
    calendar = work_calendar(session)
    ids = session.execute(
        text("SELECT case_id FROM work_items WHERE status = 'open' AND provisional ORDER BY case_id")
    ).scalars()
    replanned = Replanned()
    decisions = []
    for case in load_cases(session, list(ids)):
        item = case.item
        new = _recomputed(case, calendar)
        if item is None or new is None:
            continue
        later = new >= item.due_on
        if new != item.due_on:
            replanned.append((case.id, item.due_on, new, later))
        still = calendar.is_provisional(local_day(item.opened_at), item.due_on)
        if later and new >= local_day(now) and (new != item.due_on or not still):
            told = None if new == item.due_on else NoticeKind.DUE_MOVED
            moved = DueMoved(new, still, f"{notice.year}年放假安排已公布", told=told)
            decisions.append(decide(case, moved, now, calendar))
    write(session, decisions, actor, now)
    return replanned


def _recomputed(case: Case, calendar: WorkCalendar) -> date | None:
    item = case.item
    if item is None:
        return None
    stage = case.process.stage(item.stage)
    period = stage.rework if item.attempt > 1 and stage.rework else stage.period
    if period.set_by_letter in case.letters and period.set_by_letter is not None:
        return item.due_on
    entered = local_day(item.opened_at)
    if period.external and item.stage in case.external:
        return due_outside(period, case.external[item.stage], entered, calendar).on
    anchored = case.visits.get(period.anchor) if period.anchor else None
    start = anchored.completed_on if anchored and anchored.completed_on else entered
    return due(period, entered=entered, anchor=start, year=case.year, calendar=calendar).on
