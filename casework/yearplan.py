"""The year as one calendar (年度计划): every item's rounds, quotas, load and clashes, planned and under way alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import RowMapping
from sqlmodel import Session

from casework.definitions import newest
from casework.eligible import eligible, to_choose
from casework.plans import Foreseen, foresee, term_end_month
from casework.visits_matrix import COMPULSORY
from db.queries import yearplan as rows
from db.school_calendar import school_calendar
from process.calendar import WorkCalendar, local_day
from process.definition import Process, Quota
from process.recurrence import in_words
from process.vocabulary import PlanStatus, QuotaKind, SubjectKind
from process.yearplan import Clash, MonthLoad, Reached, Span, YearRound, clashes, load, spans

FORESEEN, PASSED = "foreseen", "passed"
_STATUS = {
    FORESEEN: "待排期",
    PASSED: "未启动",
    "closed": "已办结",
    "open": "进行中",
    **{status.value: status.title_zh for status in PlanStatus},
}


@dataclass(frozen=True, slots=True)
class PlanRound:
    """One round in the plan of a year."""

    item: int
    process_name: str
    title: str
    launch_on: date
    ends_on: date
    """The last expected day."""
    status: str
    """``foreseen``, ``passed``, ``planned``, ``proposed``, ``stopped``; of a round begun ``open`` or ``closed``."""
    status_title: str
    plan_id: int | None
    round_id: int | None
    cases: int
    kind_title: str
    on_site: int
    """Cases inspected on site; 0 where nobody goes there."""
    drawn: bool
    trouble: str
    reason: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class PlanQuota:
    """A number that the definition states."""

    title: str
    quote: str
    basis: str
    bounds: str


@dataclass(frozen=True, slots=True)
class PlanProcess:
    """One process in the plan of a year."""

    item: int
    name: str
    title: str
    template_title: str
    recurs: str
    by_rounds: bool
    """Whether the calendar launches rounds of it; what opens case by case (到校督导) has its days elsewhere."""
    quotas: tuple[PlanQuota, ...]
    rounds: tuple[PlanRound, ...]


@dataclass(frozen=True, slots=True)
class YearPlan:
    """The whole year."""

    year: int
    processes: tuple[PlanProcess, ...]
    """In the order of the items they stand for."""
    months: tuple[MonthLoad, ...]
    clashes: tuple[Clash, ...]
    inspectors: int
    responsible: int
    remarks: tuple[str, ...]
    """What is provisional in it."""

    @property
    def rounds(self) -> list[PlanRound]:
        """All rounds by their days."""
        return sorted((r for p in self.processes for r in p.rounds), key=lambda r: (r.launch_on, r.title))


@dataclass
class _Making:
    session: Session
    year: int
    today: date
    calendar: WorkCalendar
    made: list[tuple[YearRound, PlanRound]] = field(default_factory=list)
    subjects: dict[tuple[Any, ...], list[str]] = field(default_factory=dict)
    lived: bool = False
    """Whether anything of the year was begun or planned."""

    @property
    def day(self) -> date:
        """A day of the year on which subjects are counted: today, as far as it lies in the year."""
        return min(max(self.today, date(self.year, 1, 1)), date(self.year, 12, 31))

    def whom(self, process: Process, occurrence: str, chosen: list[str] | None) -> list[str]:
        if chosen is not None:
            return chosen
        ends = term_end_month(process, occurrence)
        key = (process.subjects, process.only, process.scope, process.grants, ends)
        if key not in self.subjects:
            self.subjects[key] = eligible(self.session, process, self.day, ends)
        return self.subjects[key]

    def add(self, one: YearRound, name: str, status: str, **more: Any) -> None:
        its = tuple(spans(one, self.calendar))
        visited = any(stage.on_site_days for stage in one.process.stages)
        shown = PlanRound(
            item=one.item,
            process_name=name,
            title=one.title,
            launch_on=one.launch_on,
            ends_on=max((span.due_on for span in its), default=one.launch_on),
            status=status,
            status_title=_STATUS[status],
            plan_id=more.get("plan_id"),
            round_id=more.get("round_id"),
            cases=one.cases,
            kind_title=one.process.subjects.title_zh,
            on_site=one.on_site if visited else 0,
            drawn=one.drawn is not None,
            trouble=more.get("trouble", ""),
            reason=more.get("reason", ""),
            spans=its,
        )
        self.made.append((one, shown))


def year_plan(session: Session, today: date, year: int) -> YearPlan:
    """The plan of a year as it stands: real days of what was launched, expected ones of what is to come.

    It needs no planned rows: what the definitions foresee is in it from the day on which they are published.
    """
    school = school_calendar(session)
    making = _Making(session, year, today, school.work)
    # What opens matter by matter and stands for no item (a 问责) is nobody's plan.
    processes = [process for process in newest(session) if process.launch_letter is not None or process.item]
    under_way = rows.rounds_of(session, year)
    _begun(making, under_way)
    _to_come(making, {process.name: process for process in processes}, under_way)
    # A year in which nothing was ever begun or planned is reckoned as if it were to come.
    idle = {PlanStatus.STOPPED, PASSED} if making.lived else {PlanStatus.STOPPED}
    counted = [(one, shown.spans) for one, shown in making.made if shown.status not in idle]
    inspectors, responsible = rows.people(session, making.day)
    months = load(
        counted,
        year,
        school.work,
        inspectors=inspectors,
        responsible=responsible,
        visits=_visits(making, [month.month for month in school.counted_months(year)]),
    )
    remarks = []
    if not school.known(year):
        remarks.append(f"{year}年校历尚不完整，按学期、按教学月启动的轮次可能未列入")
    elif any(term.provisional for term in school.terms if term.year == year):
        remarks.append(f"{year}年校历为暂定，登记市教委校历后相应调整")
    if school.work.is_provisional(date(year, 1, 1), date(year, 12, 31)):
        remarks.append(f"{year}年放假安排尚未公布，工作日为暂定")
    return YearPlan(
        year=year,
        processes=_by_process(making, processes),
        months=tuple(months),
        clashes=tuple(clashes(counted, year, school.work, months)),
        inspectors=inspectors,
        responsible=responsible,
        remarks=tuple(remarks),
    )


def _begun(making: _Making, under_way: list[RowMapping]) -> None:
    far = rows.reached(making.session, [row["id"] for row in under_way])
    for row in under_way:
        process = Process.model_validate(row["definition"])
        launched: datetime = row["launched_at"]
        drawn = row["chosen"] if row["chosen"] is not None else row["sampled"]
        one = YearRound(
            item=process.item,
            process=process,
            title=row["title"],
            year=row["year"],
            launch_on=local_day(launched),
            cases=row["cases"],
            districts=frozenset(row["districts"] or ()),
            drawn=None if drawn is None else frozenset(drawn),
            reached=tuple(
                Reached(r["stage"], r["cases"], r["open"], r["starts_on"], r["due_on"]) for r in far.get(row["id"], ())
            ),
            begun=True,
        )
        status = "closed" if row["status"] == "closed" else "open"
        making.add(one, row["process_name"], status, plan_id=row["plan_id"], round_id=row["id"])


def _to_come(making: _Making, processes: Mapping[str, Process], under_way: list[RowMapping]) -> None:
    """What is planned and not begun, and what the definitions foresee beyond that."""
    written = rows.planned_in(making.session, making.year)
    making.lived = bool(written or under_way)
    for row in written:
        process = processes.get(row["process_name"])
        if row["status"] == PlanStatus.LAUNCHED or process is None:
            continue
        _add_planned(making, process, row)
    known = {(row["process_name"], row["occurrence"]) for row in written}
    titles = {(row["process_name"], row["title"]) for row in under_way}
    years = {(row["process_name"], str(row["year"])) for row in under_way}
    for one in foresee(making.session, [making.year], list(processes.values())):
        key = one.occurrence.key
        by_hand = (one.process.name, one.occurrence.title) in titles or (one.process.name, key) in years
        if (one.process.name, key) not in known and not by_hand:
            _add_foreseen(making, one)


def _add_planned(making: _Making, process: Process, row: RowMapping) -> None:
    subjects = making.whom(process, row["occurrence"], row["subject_ids"])
    chosen = row["subject_ids"] is not None
    one = _year_round(process, row["title"], row["year"], row["launch_on"], subjects, chosen=chosen)
    more = {"plan_id": row["id"], "trouble": row["trouble"], "reason": row["stopped_reason"]}
    making.add(one, process.name, row["status"], **more)


def _add_foreseen(making: _Making, foreseen: Foreseen) -> None:
    process, one = foreseen.process, foreseen.occurrence
    subjects = making.whom(process, one.key, None)
    status = FORESEEN if one.launch_on >= making.today else PASSED
    making.add(_year_round(process, one.title, one.year, one.launch_on, subjects), process.name, status)


def _year_round(
    process: Process, title: str, year: int, launch_on: date, subjects: list[str], *, chosen: bool = False
) -> YearRound:
    few = 0 if chosen else to_choose(process, len(subjects))
    if few:  # nobody knows yet which
        return YearRound(process.item, process, title, year, launch_on, few)
    return YearRound(
        item=process.item,
        process=process,
        title=title,
        year=year,
        launch_on=launch_on,
        cases=len(subjects),
        districts=frozenset(subjects) if process.subjects is SubjectKind.DISTRICT else frozenset(),
    )


def _visits(making: _Making, counted: list[int]) -> dict[int, int]:
    """School visits by month: the cells of the matrix where they are made, else one for every school."""
    made = rows.visits_owed(making.session, making.year)
    missing = [month for month in counted if month not in made]
    if missing:
        every = rows.schools(making.session, [stage.value for stage in COMPULSORY], making.day)
        made |= dict.fromkeys(missing, every)
    return made


def _by_process(making: _Making, processes: list[Process]) -> tuple[PlanProcess, ...]:
    of: dict[str, list[PlanRound]] = {}
    for _, shown in making.made:
        of.setdefault(shown.process_name, []).append(shown)
    # A process that is not published any more may still have rounds under way.
    gone = {one.process.name: one.process for one, _ in making.made}
    every = {**gone, **{process.name: process for process in processes}}
    found = [
        PlanProcess(
            item=process.item,
            name=process.name,
            title=process.title,
            template_title=process.template.title_zh if process.template else "",
            recurs=in_words(process.recurrence) if process.recurrence else "",
            by_rounds=process.launch_letter is not None,
            quotas=tuple(_quota(quota) for quota in process.quotas),
            rounds=tuple(sorted(of.get(process.name, ()), key=lambda r: (r.launch_on, r.title))),
        )
        for process in every.values()
    ]
    return tuple(sorted(found, key=lambda process: (process.item or 99, process.name)))


def _quota(quota: Quota) -> PlanQuota:
    shown = "{:.4g}%" if quota.kind is QuotaKind.SHARE_DRAWN else "{:g}"
    factor = 100 if quota.kind is QuotaKind.SHARE_DRAWN else 1
    low, high = (shown.format(n * factor) if n is not None else "" for n in (quota.minimum, quota.maximum))
    bounds = low if low == high else f"{low}—{high}" if low and high else f"不少于{low}" if low else f"不超过{high}"
    if quota.by_month is not None:
        bounds = f"{quota.by_month}月{quota.by_day}日前"
    return PlanQuota(quota.kind.title_zh, quota.quote, quota.basis, bounds)
