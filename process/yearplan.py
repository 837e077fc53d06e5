"""A year as one calendar: when the stages of its rounds are expected, what that asks of whom, and where it clashes.

A dry walk of a definition along its main path gives the expected days: everything is done on its last day, the sample
is drawn, problems are found, nothing is sent back. Rounds under way give their real days as far as they have come.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import combinations

from process.calendar import WorkCalendar
from process.definition import Condition, Outcome, Process, Stage
from process.due import due
from process.school_calendar import last_day
from process.vocabulary import Role, SubjectKind, Titled

ONE_ON_SITE = "同一区县一年内实地督查不超过一次（市政府教育督导室工作安排：统筹安排、减轻基层负担）"
MOST_AT_ONCE = 5
"""Things a district has to hand in within one month beyond which the plan says so [the office's own measure]."""


# Expected days


@dataclass(frozen=True, slots=True)
class Span:
    """A stage of a round: from when to when, for how many cases."""

    stage: str
    title: str
    owner: str
    starts_on: date
    due_on: date
    cases: int = 0
    on_site_days: int = 0
    by_unit: bool = False
    """Whether the subject itself acts."""
    hands_in: bool = False
    """Whether the subject must hand something in."""
    real: bool = False
    """Whether cases have been there: the days are those that were set."""
    beside: bool = False
    """Whether it is the way of those that the sample did not take."""


def walk(
    process: Process,
    entered: date,
    year: int,
    calendar: WorkCalendar,
    *,
    sampled: bool = True,
    start: str = "",
    done: Mapping[str, date] | None = None,
) -> list[Span]:
    """The stages from ``start`` (the first, if empty) to the end with their expected days.

    ``done`` says when earlier stages were completed, for periods that count from them.
    """
    assumed = {Condition.SAMPLED if sampled else Condition.NOT_SAMPLED, Condition.HAS_FINDINGS}
    completed = dict(done or {})
    spans: list[Span] = []
    key: str | None = start or process.first
    while key is not None and key not in {span.stage for span in spans}:
        stage = process.stage(key)
        anchor = completed.get(stage.period.anchor, entered)
        on = due(stage.period, entered=entered, anchor=anchor, year=year, calendar=calendar).on
        spans.append(_span(process, stage, entered, on))
        completed[key] = on
        entered = on
        key = _next(stage, assumed)
    return spans


def _span(process: Process, stage: Stage, starts_on: date, due_on: date) -> Span:
    by_unit = stage.owner is Role.DISTRICT
    return Span(
        stage.key,
        stage.title,
        process.owner_title(stage.owner),
        starts_on,
        due_on,
        on_site_days=stage.on_site_days,
        by_unit=by_unit,
        hands_in=by_unit and any(deliverable.required for deliverable in stage.deliverables),
    )


def _next(stage: Stage, assumed: Collection[Condition]) -> str | None:
    """Where the main path leads: by the gate that is assumed to open, else by the first way out."""
    outcome = _gate(stage, assumed) or stage.outcomes[0]
    for route in outcome.routes:
        if (route.when is None or route.when in assumed) and not route.again:
            return route.to
    return None


def _gate(stage: Stage, assumed: Collection[Condition]) -> Outcome | None:
    return next((stage.outcome(key) for condition, key in stage.gate if condition in assumed), None)


def draws(process: Process) -> bool:
    """Whether its rounds draw who is inspected on site."""
    return any(Condition.SAMPLED in dict(stage.gate) for stage in process.stages)


@dataclass(frozen=True, slots=True)
class Reached:
    """How far the cases of a round under way have come in one stage."""

    stage: str
    cases: int
    open: int
    starts_on: date
    due_on: date


@dataclass(frozen=True, slots=True)
class YearRound:
    """One round of a year, planned or under way, with what is known of whom it is about."""

    item: int
    process: Process
    title: str
    year: int
    launch_on: date
    cases: int
    districts: frozenset[str] = frozenset()
    """The districts it is about; empty where it is about others."""
    drawn: frozenset[str] | None = None
    """Those drawn to be inspected on site; ``None`` while nobody has drawn."""
    reached: tuple[Reached, ...] = ()
    begun: bool = False

    @property
    def on_site(self) -> int:
        """How many cases are inspected on site, if any."""
        if self.drawn is not None:
            return len(self.drawn)
        return min(self.process.sample_size, self.cases) if draws(self.process) else self.cases


def spans(one: YearRound, calendar: WorkCalendar) -> list[Span]:
    """The stages of a round in order of their days, real as far as it has come, expected from there on."""
    real = _real(one)
    main = _way(one, real, calendar, sampled=True)
    if not draws(one.process):
        return [*real, *(replace(span, cases=_left(one)) for span in main)]
    way_beside = _way(one, real, calendar, sampled=False)
    split = next((n for n, span in enumerate(main) if Condition.SAMPLED in _gates(one, span)), None)
    before = {span.stage for span in main[: split + 1]} if split is not None else set[str]()
    # After the draw both ways may meet again (the results are told of all), at other days.
    left, chosen = _left(one), min(one.on_site, _left(one))
    taken = [replace(span, cases=left if span.stage in before else chosen) for span in main]
    others = [
        replace(span, cases=max(left - chosen, 0), beside=True) for span in way_beside if span.stage not in before
    ]
    return [*real, *taken, *(span for span in others if span.cases)]


def _gates(one: YearRound, span: Span) -> dict[Condition, str]:
    return dict(one.process.stage(span.stage).gate)


def _real(one: YearRound) -> list[Span]:
    found = []
    for reached in sorted(one.reached, key=lambda reached: (reached.starts_on, reached.due_on)):
        span = _span(one.process, one.process.stage(reached.stage), reached.starts_on, reached.due_on)
        found.append(replace(span, cases=reached.cases, real=True))
    return found


def _left(one: YearRound) -> int:
    """How many cases still go on."""
    return sum(reached.open for reached in one.reached) if one.begun else one.cases


def _way(one: YearRound, real: Sequence[Span], calendar: WorkCalendar, *, sampled: bool) -> list[Span]:
    """What is still to come on one of the ways: all of it, or what follows the stages reached."""
    if not one.begun:
        return walk(one.process, one.launch_on, one.year, calendar, sampled=sampled)
    if not _left(one):
        return []
    whole = [span.stage for span in walk(one.process, one.launch_on, one.year, calendar, sampled=sampled)]
    by_stage = {span.stage: span for span in real}
    waiting = [reached for reached in one.reached if reached.open and reached.stage in whole]
    if not waiting:
        return []
    latest = max(waiting, key=lambda reached: whole.index(reached.stage))
    assumed = {Condition.SAMPLED if sampled else Condition.NOT_SAMPLED, Condition.HAS_FINDINGS}
    following = _next(one.process.stage(latest.stage), assumed)
    if following is None or following in by_stage:
        return []
    done = {span.stage: span.due_on for span in real}
    rest = walk(one.process, latest.due_on, one.year, calendar, sampled=sampled, start=following, done=done)
    return [span for span in rest if span.stage not in by_stage]


# Load


@dataclass(frozen=True, slots=True)
class MonthLoad:
    """What a month asks of whom. On-site work that spans months is divided by their working days."""

    month: int
    launches: int = 0
    """Rounds that begin."""
    cases: int = 0
    """Cases under way at some time in the month."""
    to_hand_in: int = 0
    """Things that subjects must hand in by a day of the month."""
    office_tasks: int = 0
    """Steps of cases that the office must take by a day of the month."""
    most_at_once: int = 0
    """The most that any one district must hand in."""
    on_site_cases: float = 0
    on_site_days: float = 0
    """Days on site, all teams together."""
    inspector_days: float = 0
    """The same times the inspectors of a team."""
    visits: int = 0
    """School visits owed (责任督学每月至少到校督导1次)."""
    inspector_days_each: float = 0
    """Days on site per inspector available for teams."""
    visits_each: float = 0
    """Visits per responsible inspector."""


def load(
    rounds: Iterable[tuple[YearRound, Sequence[Span]]],
    year: int,
    calendar: WorkCalendar,
    *,
    inspectors: int,
    responsible: int,
    visits: Mapping[int, int],
) -> list[MonthLoad]:
    """The twelve months. ``visits``: month to school visits owed in it."""
    months = {month: MonthLoad(month, visits=visits.get(month, 0)) for month in range(1, 13)}
    asked: dict[tuple[int, str], int] = {}
    for one, its in rounds:
        for month, before in months.items():
            months[month] = _with(before, one, its, year, calendar)
        for span in its:
            if span.hands_in and span.due_on.year == year:
                for district in one.districts:
                    asked[span.due_on.month, district] = asked.get((span.due_on.month, district), 0) + 1
    for (month, _), n in asked.items():
        months[month] = replace(months[month], most_at_once=max(months[month].most_at_once, n))
    return [_rounded(one, inspectors, responsible) for one in months.values()]


def _with(before: MonthLoad, one: YearRound, its: Sequence[Span], year: int, calendar: WorkCalendar) -> MonthLoad:
    first, last = month_span(year, before.month)
    here = [span for span in its if span.starts_on <= last and span.due_on >= first]
    ending = [span for span in here if first <= span.due_on <= last]
    shares = [(span, _share(span, first, last, calendar)) for span in here if span.on_site_days]
    days = sum(span.cases * span.on_site_days * share for span, share in shares)
    return replace(
        before,
        launches=before.launches + (first <= one.launch_on <= last),
        cases=before.cases + min(one.cases, _most(here, beside=False) + _most(here, beside=True)),
        to_hand_in=before.to_hand_in + sum(span.cases for span in ending if span.hands_in),
        office_tasks=before.office_tasks + sum(span.cases for span in ending if not span.by_unit),
        on_site_cases=before.on_site_cases + sum(span.cases * share for span, share in shares),
        on_site_days=before.on_site_days + days,
        inspector_days=before.inspector_days + days * one.process.team_minimum,
    )


def _most(its: Iterable[Span], *, beside: bool) -> int:
    return max((span.cases for span in its if span.beside is beside), default=0)


def month_span(year: int, month: int) -> tuple[date, date]:
    """The first and last day of a month."""
    first = date(year, month, 1)
    return first, last_day(first)


def _share(span: Span, first: date, last: date, calendar: WorkCalendar) -> float:
    """The part of a stage's working days that lies between two days."""
    whole = calendar.working_days_between(span.starts_on, span.due_on)
    if whole == 0:
        return 1.0 if first <= span.due_on <= last else 0.0
    start, end = max(span.starts_on, first - timedelta(days=1)), min(span.due_on, last)
    return max(calendar.working_days_between(start, end), 0) / whole


def _rounded(one: MonthLoad, inspectors: int, responsible: int) -> MonthLoad:
    return replace(
        one,
        on_site_cases=round(one.on_site_cases, 1),
        on_site_days=round(one.on_site_days, 1),
        inspector_days=round(one.inspector_days, 1),
        inspector_days_each=round(one.inspector_days / inspectors, 2) if inspectors else 0,
        visits_each=round(one.visits / responsible, 2) if responsible else 0,
    )


# Clashes


class ClashKind(Titled):
    """What in a plan should be looked at."""

    TWO_ON_SITE = "two_on_site", "一年内两次实地督查"
    SPRING_FESTIVAL = "spring_festival", "落在春节假期"
    MUCH_AT_ONCE = "much_at_once", "集中报送"


@dataclass(frozen=True, slots=True)
class Clash:
    """One thing in a plan that should be looked at; ``certain`` unless the draw may still avoid it (可能)."""

    kind: ClashKind
    certain: bool
    says: str
    rounds: tuple[str, ...]
    subjects: tuple[str, ...] = ()


def clashes(
    rounds: Sequence[tuple[YearRound, Sequence[Span]]], year: int, calendar: WorkCalendar, months: Iterable[MonthLoad]
) -> list[Clash]:
    """What clashes in a year, the certain first."""
    found = [*_twice(rounds, year), *_in_festival(rounds, year, calendar), *_at_once(months)]
    return sorted(found, key=lambda clash: not clash.certain)


@dataclass(frozen=True, slots=True)
class _Visit:
    """One on-site stage of a round in the year: which districts for certain, which perhaps, and how many of them."""

    process: str
    title: str
    what: str
    certain: frozenset[str]
    perhaps: frozenset[str]
    size: int
    everybody: bool
    """Whether the definition sends a team to every district."""

    @property
    def named(self) -> str:
        return f"{self.title}（{self.what}）"

    @property
    def chance(self) -> float:
        """How likely any one of its districts is inspected."""
        return self.size / len(self.perhaps) if self.perhaps else 1.0


def _visits(one: YearRound, its: Sequence[Span], year: int) -> Iterable[_Visit]:
    if one.process.subjects is not SubjectKind.DISTRICT:
        return
    for span in its:
        if not span.on_site_days or span.due_on.year != year or span.beside:
            continue
        known = one.drawn is not None or not draws(one.process)
        certain = (one.districts if one.drawn is None else one.drawn) if known else frozenset[str]()
        perhaps = frozenset[str]() if known else one.districts
        yield _Visit(one.process.title, one.title, span.title, certain, perhaps, one.on_site, not draws(one.process))


def _twice(rounds: Sequence[tuple[YearRound, Sequence[Span]]], year: int) -> Iterable[Clash]:
    """Said once for each two processes, however many rounds they have in the year.

    That a process which visits everybody comes twice a year (春秋季) is what the priorities ask, and no clash.
    """
    visits = [visit for one, its in rounds for visit in _visits(one, its, year)]
    by_processes: dict[tuple[str, str], list[tuple[_Visit, _Visit]]] = {}
    for a, b in combinations(visits, 2):
        if a.process == b.process and a.everybody and b.everybody:
            continue
        by_processes.setdefault(
            (a.process, b.process) if a.process <= b.process else (b.process, a.process), []
        ).append((a, b))
    for pairs in by_processes.values():
        yield from _both(pairs)


def _both(pairs: Sequence[tuple[_Visit, _Visit]]) -> Iterable[Clash]:
    certain = [(a, b) for a, b in pairs if a.certain & b.certain]
    if certain:
        districts = frozenset[str]().union(*(a.certain & b.certain for a, b in certain))
        rounds = _titles(certain)
        says = f"{len(districts)}个区县一年内两次以上实地督查：{_list(rounds)}。{ONE_ON_SITE}"
        yield Clash(ClashKind.TWO_ON_SITE, True, says, rounds, tuple(sorted(districts)))
    perhaps = [(a, b, _perhaps(a, b)) for a, b in pairs if a.title != b.title]
    perhaps = [(a, b, districts) for a, b, districts in perhaps if districts]
    if perhaps:
        expected = sum(len(districts) * a.chance * b.chance for a, b, districts in perhaps)
        rounds = _titles([(a, b) for a, b, _ in perhaps])
        says = (
            f"可能有区县一年内两次实地督查（随机抽取时预计{expected:.1f}次）：{_list(rounds)}。"
            f"抽取时请排除已安排的区县。{ONE_ON_SITE}"
        )
        yield Clash(ClashKind.TWO_ON_SITE, False, says, rounds)


def _perhaps(a: _Visit, b: _Visit) -> frozenset[str]:
    """Districts that both may inspect, beside those that both certainly do."""
    return ((a.certain | a.perhaps) & (b.certain | b.perhaps)) - (a.certain & b.certain)


def _titles(pairs: Sequence[tuple[_Visit, _Visit]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(visit.named for pair in pairs for visit in pair))


def _list(rounds: Sequence[str]) -> str:
    few = "、".join(rounds[:4])
    return few if len(rounds) <= 4 else f"{few}等{len(rounds)}项"


def _in_festival(
    rounds: Sequence[tuple[YearRound, Sequence[Span]]], year: int, calendar: WorkCalendar
) -> Iterable[Clash]:
    """Stages that begin or end inside the days off of 春节, and teams that would be on site in them."""
    festival = calendar.spring_festival(year)
    if festival is None:
        return
    first, last = festival
    for one, its in rounds:
        for span in its:
            ends = [what for what, on in (("开始", span.starts_on), ("到期", span.due_on)) if first <= on <= last]
            if span.on_site_days and span.starts_on < first and span.due_on > last and _short(span, calendar):
                ends.append("实地期间跨越")
            if ends:
                says = f"「{one.title}」的「{span.title}」{'、'.join(ends)}于春节假期（{first}至{last}）"
                yield Clash(ClashKind.SPRING_FESTIVAL, True, says, (one.title,))


def _short(span: Span, calendar: WorkCalendar) -> bool:
    """Whether a team has little room to avoid the festival: a stage of up to a month."""
    return calendar.working_days_between(span.starts_on, span.due_on) <= 22


def _at_once(months: Iterable[MonthLoad]) -> Iterable[Clash]:
    for month in months:
        if month.most_at_once > MOST_AT_ONCE:
            says = f"{month.month}月同一区县须报送{month.most_at_once}项材料，超过{MOST_AT_ONCE}项，宜错开启动"
            yield Clash(ClashKind.MUCH_AT_ONCE, True, says, ())
