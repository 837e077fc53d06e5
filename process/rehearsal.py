"""A dry run of a process on paper: its main path, with the days on which its stages would be due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from process.calendar import WorkCalendar
from process.definition import Outcome, Process, Route, Rung, Stage
from process.due import due
from process.errors import InvalidInput
from process.vocabulary import RungKind


@dataclass(frozen=True, slots=True)
class Leg:
    """One stage of the main path: entered, due, and when its ladder would climb if nobody acted."""

    stage: Stage
    outcome: Outcome
    route: Route
    entered: date
    due_on: date
    provisional: bool
    rungs: tuple[tuple[Rung, date], ...]

    @property
    def climbs(self) -> dict[RungKind, list[date]]:
        """When each kind of word would be said or measure proposed."""
        days: dict[RungKind, list[date]] = {}
        for rung, on in self.rungs:
            days.setdefault(rung.kind, []).append(on)
        return days


def main_path(process: Process) -> list[tuple[Stage, Outcome, Route]]:
    """The stages to the end that come first where there is a choice, none twice, with the way each is left."""
    stages = {stage.key: stage for stage in process.stages}
    seen: set[str] = set()
    taken: list[tuple[Stage, Outcome, Route]] = []
    ways = [(process.first, _ways(stages[process.first]))]
    seen.add(process.first)
    while ways:
        key, left = ways[-1]
        if not left:  # a dead end: back, and another way from there
            ways.pop()
            if taken:
                taken.pop()
            continue
        outcome, route = left.pop(0)
        if route.to is None:
            return [*taken, (stages[key], outcome, route)]
        if route.to not in seen:
            seen.add(route.to)
            taken.append((stages[key], outcome, route))
            ways.append((route.to, _ways(stages[route.to])))
    return taken


def _ways(stage: Stage) -> list[tuple[Outcome, Route]]:
    return [(outcome, route) for outcome in stage.outcomes for route in outcome.routes if not route.again]


def rehearse(process: Process, start: date, calendar: WorkCalendar) -> list[Leg]:
    """The main path of a round launched on a day, every stage done on its last day.

    Raises :class:`InvalidInput` where it leads beyond the calendar.
    """
    try:
        return _legs(process, start, calendar)
    except (IndexError, OverflowError, ValueError) as error:
        raise InvalidInput("到期日超出工作日历（2004年至2060年）", field="start") from error


def _legs(process: Process, start: date, calendar: WorkCalendar) -> list[Leg]:
    legs: list[Leg] = []
    done: dict[str, date] = {}
    entered = start
    for stage, outcome, route in main_path(process):
        anchor = done.get(stage.period.anchor, entered)
        ends = due(stage.period, entered=entered, anchor=anchor, year=start.year, calendar=calendar)
        ladder = process.ladder(stage.ladder)
        rungs = tuple((rung, _climbed(rung, ends.on, calendar)) for rung in ladder.rungs)
        legs.append(
            Leg(
                stage,
                outcome,
                route,
                entered,
                ends.on,
                ends.provisional,
                tuple((rung, on) for rung, on in rungs if rung.offset > 0 or on > entered),
            )
        )
        done[stage.key] = entered = ends.on
    return legs


def _climbed(rung: Rung, due_on: date, calendar: WorkCalendar) -> date:
    return calendar.add_working_days(due_on, rung.offset) if rung.offset else calendar.roll(due_on)
