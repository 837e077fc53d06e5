"""The rehearsal of a whole year: every item of the priorities, launched by the calendar, to its end."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import Any

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from sqlalchemy import text

from casework.load import round_process
from cli.demo.choices import DECLARING, choose
from cli.demo.clock import at
from cli.demo.course import PARTICULARS, Course
from cli.demo.invariants import check
from cli.demo.people import lateness, temper
from cli.demo.playing import Play, play
from cli.demo.preparing import choose_subjects
from cli.demo.reviewing import score_all
from cli.demo.stage import Stage, set_stage
from cli.demo.visiting import hand_in_lists
from cli.terminal import grid
from db.session import unit_of_work
from process.definition import Process
from process.priorities import ITEM_TITLES
from process.vocabulary import LetterKind

DESK_DAY = 2
"""Wednesday: everybody of the rehearsal works on one day a week, so that fewer days need to be played."""
LATE = 0.03
"""The share of units' turns that come late; some of them late enough for a talk."""
SIGN = 0.05
"""The share of those asked to sign who do so by the link in the mail."""
LONGEST = timedelta(days=1100)

_OPEN = text(
    """
    SELECT c.id AS case_id, c.round_id, c.subject_id, c.matter, c.version, s.name AS subject, c.stage, w.visit,
           w.attempt, w.due_on, w.owner, (w.opened_at AT TIME ZONE 'Asia/Shanghai')::date AS opened_on
    FROM cases c JOIN work_items w ON w.id = c.work_item_id JOIN subjects s ON s.id = c.subject_id
    WHERE c.status = 'open' ORDER BY c.id
    """
)
_ACCOUNTS = text(
    """
    SELECT s.id, s.kind, coalesce(own.username, person.username, district.username) AS username
    FROM subjects s
    LEFT JOIN inspectors i ON i.subject_id = s.id LEFT JOIN users person ON person.id = i.user_id AND person.active
    LEFT JOIN users own ON own.subject_id = s.id AND own.active
    LEFT JOIN users district ON district.subject_id = s.district_id AND district.active
    WHERE coalesce(own.username, person.username, district.username) IS NOT NULL
    ORDER BY s.id
    """
)
_SAMPLE_OF_CASES = text(
    """
    SELECT DISTINCT ON (r.process_name, c.subject_id) c.id, c.subject_id, s.district_id
    FROM cases c JOIN rounds r ON r.id = c.round_id JOIN subjects s ON s.id = c.subject_id
    WHERE s.kind <> 'inspector' AND c.subject_id IN (SELECT id FROM subjects ORDER BY id LIMIT 12)
    ORDER BY r.process_name, c.subject_id, c.id
    """
)
_DUE = "SELECT EXISTS (SELECT FROM cases WHERE next_action_at <= :now)"
_CHASED = "SELECT EXISTS (SELECT FROM notices WHERE chase_at <= :now)"
_WAITING_MAIL = (
    "SELECT EXISTS (SELECT FROM deliveries WHERE status IN ('pending', 'sending') AND next_attempt_at <= :now)"
)
_LIVE = "SELECT count(*) FROM cases WHERE status IN ('open', 'suspended')"


@dataclass(frozen=True)
class ItemFigures:
    """What became of one item of the priorities."""

    title: str
    rounds: int
    cases: int
    closed: int
    letters: int
    talks: int


@dataclass(frozen=True)
class YearReport:
    """The figures of a year, item by item; ``holds`` only if every invariant does."""

    year: int
    seconds: float
    items: dict[str, ItemFigures]
    invariants: dict[str, bool]

    @property
    def holds(self) -> bool:
        """Whether the rehearsal passed."""
        return all(self.invariants.values())

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON says it."""
        return asdict(self)

    def show(self, console: Console) -> None:
        """The report as a table."""
        table = grid(
            "项", "名称", "轮次", "任务", "办结", "文书", "约谈", title=f"{self.year}年（{self.seconds:.0f}秒）"
        )
        for number, item in self.items.items():
            figures = (item.rounds, item.cases, item.closed, item.letters, item.talks)
            table.add_row(number, item.title, *map(str, figures))
        console.print(table)
        for name, holds in self.invariants.items():
            console.print(f"{'[green]成立[/green]' if holds else '[red]不成立[/red]'} {name}")


def run_year(year: int, seed: int, *, quiet: bool) -> YearReport:
    """Play a year of all twenty items; ``quiet`` shows no progress."""
    began = time.monotonic()
    console = Console(stderr=True, quiet=quiet)
    bar = Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console, transient=True
    )
    with bar:
        shown = bar.add_task("准备")
        start = at(date(year, 1, 1), 9)
        with set_stage(start, lambda what: bar.update(shown, description=what)) as stage:
            course = Year(stage, seed, year)
            try:
                course.play(lambda day, live: bar.update(shown, description=f"模拟 {day} 在办{live}"))
                return course.report(time.monotonic() - began)
            finally:
                course.cast.close()


class Year(Course):
    """Week after week: the calendar launches, time passes over the rounds, people do what waits on them."""

    desk_days = (DESK_DAY,)

    def __init__(self, stage: Stage, seed: int, year: int) -> None:
        super().__init__(stage, seed)
        self.year = year
        self._when: dict[tuple[int, str, int, int], date] = {}
        self._processes: dict[int, Process] = {}
        self._drawn: set[int] = set()
        self._external: set[tuple[int, str]] = set()
        self._declaring: Counter[int] = Counter()
        with unit_of_work(stage.engine) as session:
            accounts = session.execute(_ACCOUNTS).all()
        self.cast.units = {row.id: row.username for row in accounts}
        self.cast.departments = [row.id for row in accounts if row.kind == "authority"]

    def play(self, show: Callable[[date, int], None]) -> None:
        """From the first working day of the year until nothing is open and nothing more is to be launched."""
        first = self.clock.today
        day = self._next_desk_day(first - timedelta(days=1))
        while True:
            self._one_day(day)
            live = self.scalar(_LIVE)
            show(day, live)
            if day.year > self.year and not live and self.next_planned() is None:
                break
            if day - first > LONGEST:
                raise RuntimeError(f"{live} cases are still open on {day}")
            day = self._next_desk_day(day)
        self._deliver_the_last()
        self.keep_watch()

    def _next_desk_day(self, after: date) -> date:
        day = after + timedelta(days=1)
        while day.weekday() != DESK_DAY:
            day += timedelta(days=1)
        return self.calendar.roll(day)

    def _one_day(self, day: date) -> None:
        morning = at(day, 9)
        self.clock.go_to(max(self.clock.now, morning))
        if day.year == self.year:
            self.stage.follow_the_calendar()
            choose_subjects(self.stage.engine, self.cast, self.seed)
        if self.scalar(_DUE, now=morning) or self.scalar(_CHASED, now=morning):
            self.stage.let_time_act()
        self.clock.go_to(max(self.clock.now, at(day, 10)))
        self._decide_all()
        self.do_planned(day)
        if day.year == self.year:
            hand_in_lists(self.stage.engine, self.cast, day)
        score_all(self.stage.engine, self.cast, self.seed)
        self._work(day)
        self.keep_watch()
        self.clock.go_to(max(self.clock.now, at(day, 17)))
        if self.scalar(_WAITING_MAIL, now=self.clock.now):
            self.stage.deliver()
            self.sign_by_mail(SIGN)

    def _deliver_the_last(self) -> None:
        """What waits for its digest after the last day."""
        day = self.calendar.add_working_days(self.clock.today, 1)
        self.clock.go_to(at(day, 17))
        self.stage.deliver()

    # People do what waits on them.

    def _work(self, day: date) -> None:
        """Every open item whose day has come; what opens thereby gets its own day, mostly a week later."""
        before = self._open_items()
        self._draw(before)
        self._learn_external_dates(before)
        rows = self._open_items()
        versions = {row.case_id: row.version for row in rows}
        for row in rows:
            if self._day_of(row) > day or versions.get(row.case_id) != row.version:
                continue
            done = self._play(row)
            if done is not None and done.waits:
                self._when[_key(row)] = self._next_desk_day(day)
            if done is not None and done.chosen.letter is LetterKind.RESULT_CIRCULAR:
                # One circular ends the stage of all that wait for it.
                versions = {other.case_id: other.version for other in self._open_items()}

    def _draw(self, rows: Sequence[Any]) -> None:
        """The draw of a round is held when most of its districts wait for it."""
        waiting = Counter(row.round_id for row in rows if self._processes[row.round_id].stage(row.stage).gate)
        for round_id, n in waiting.items():
            if round_id not in self._drawn and n >= 0.7 * sum(row.round_id == round_id for row in rows):
                self._drawn.add(round_id)
                body = {"seed": f"{round_id}-{self.seed}", "witness": "市纪委监委派驻纪检监察组"}
                self.cast.office("coordinator").post(f"/rounds/{round_id}/draw", body)

    def _open_items(self) -> Sequence[Any]:
        with unit_of_work(self.stage.engine) as session:
            rows = session.execute(_OPEN).all()
            for row in rows:
                if row.round_id not in self._processes:
                    self._processes[row.round_id] = round_process(session, row.round_id)
        return rows

    def _day_of(self, row: Any) -> date:
        """When somebody means to do it: on the day it opens if it is due within the week, else the week after."""
        key = _key(row)
        if key not in self._when:
            today = self.clock.today
            day = today if row.due_on < self._next_desk_day(today) else self._next_desk_day(today)
            mood = temper(self.seed, row.subject_id, row.matter, row.round_id, *key[1:], "late")
            if row.owner == "district" and mood.random() < LATE:
                day = max(day, self.calendar.add_working_days(row.due_on, max(lateness(mood), 1)))
            self._when[key] = day
        return self._when[key]

    def _play(self, row: Any) -> Play | None:
        process = self._processes[row.round_id]
        if process.stage(row.stage).gate:
            return None
        turn = replace(self.turn(row._mapping), version=row.version)
        declares = row.stage == "declaration" and self._declaring[row.round_id] < DECLARING
        self._declaring[row.round_id] += declares
        chosen = choose(process.name, row.stage, row.visit, turn.mood, declares=declares)
        return play(process, turn, row.round_id, outcome=chosen)

    def _learn_external_dates(self, rows: Sequence[Any]) -> None:
        """The nation names its day for a stage when the first case comes to it; what waits there is planned anew."""
        for row in rows:
            stage = self._processes[row.round_id].stage(row.stage)
            if stage.period.external and (row.round_id, stage.key) not in self._external:
                self._external.add((row.round_id, stage.key))
                day = self.calendar.roll(self.clock.today + timedelta(days=30))
                body = {"on_day": day.isoformat(), "source": "国务院教育督导委员会办公室通知"}
                self.cast.office("coordinator").put(f"/rounds/{row.round_id}/external-dates/{stage.key}", body)

    # What managers decide.

    def _decide_all(self) -> None:
        manager = self.cast.office("manager")
        while proposals := manager.get("/proposals", limit=200)["items"]:
            for proposal in proposals:
                self._decide(proposal)

    def _decide(self, proposal: dict[str, Any]) -> None:
        kind = proposal["kind"]
        body: dict[str, Any] = {"ruling": "approve", "note": ""}
        if kind in PARTICULARS:
            body["particulars"] = PARTICULARS[kind]
        self.cast.office("manager").post(f"/measures/{proposal['id']}/decide", body)
        if kind == "talk":
            self.plan(self.clock.today, lambda: self.call_to_talk(proposal["talk_id"]))

    def _isolated(self) -> bool:
        """Districts ask for cases of others: they do not exist for them; their own do."""
        with unit_of_work(self.stage.engine) as session:
            rows = session.execute(_SAMPLE_OF_CASES).all()
        for district in sorted(self.stage.example.districts)[:3]:
            person = self.cast.unit(district)
            for row in rows:
                expected = 200 if district in (row.subject_id, row.district_id) else 404
                if person.try_get(f"/cases/{row.id}").status_code != expected:
                    return False
        return True

    # What the year came to.

    def report(self, seconds: float) -> YearReport:
        """The figures and the invariants, after the last day."""
        received = [mail.message_id.split("@")[0] for mail in self.stage.sink.received]
        with unit_of_work(self.stage.engine) as session:
            invariants = {
                **check(session, self.calendar, received),
                "accepted_work_unchanged": self.unchanged,
                "everything_closed": self.scalar(_LIVE) == 0,
                **{name: session.execute(text(query), {"year": self.year}).first() is None for name, query in _NEVER},
                "units_see_only_their_own": self._isolated(),
            }
            rows = {row.item: row for row in session.execute(_ITEMS)}
        items = {
            str(n): ItemFigures(
                title=ITEM_TITLES[n], rounds=rows[n].rounds, cases=rows[n].cases, closed=rows[n].closed,
                letters=rows[n].letters, talks=rows[n].talks,
            )
            for n in sorted(rows)
        }  # fmt: skip
        invariants["every_item_ran"] = set(items) == {str(n) for n in ITEM_TITLES}
        return YearReport(self.year, round(seconds, 1), items, invariants)


def _key(row: Any) -> tuple[int, str, int, int]:
    return (row.case_id, row.stage, row.visit, row.attempt)


_NEVER = (
    ("launched_by_the_calendar",
     "SELECT 1 FROM planned_rounds WHERE year = :year AND (status IN ('planned', 'proposed') OR trouble <> '')"),
    ("proposed_before_launched",
     "SELECT 1 FROM planned_rounds WHERE launched_at < proposed_at + interval '1 day'"),
    ("eight_on_site",
     "SELECT 1 FROM (SELECT count(DISTINCT c.subject_id) AS n FROM cases c JOIN rounds r ON r.id = c.round_id"
     " WHERE r.process_name = 'district-evaluation' AND r.year = :year AND c.sampled) s WHERE n <> 8"),
    ("every_school_visited_every_month",
     "SELECT 1 FROM visit_duties WHERE extract(year FROM month) = :year AND visited_on IS NULL"),
    ("three_experts_for_every_entry",
     "SELECT 1 FROM cases c JOIN rounds r ON r.id = c.round_id WHERE r.definition ->> 'template' = 'award'"
     " AND c.outcome = 'awarded' AND 3 > ("
     "SELECT count(*) FROM reviews v WHERE v.case_id = c.id AND v.score IS NOT NULL)"),
    ("titles_only_by_recognition",
     "SELECT 1 FROM recognitions t LEFT JOIN cases c ON c.id = t.case_id"
     " WHERE c.outcome IS DISTINCT FROM 'recognised'"),
)  # fmt: skip
"""What must not be found after a year."""


_ITEMS = text(
    """
    WITH r AS (
        SELECT id, (definition ->> 'item')::int AS item FROM rounds
        WHERE (definition ->> 'item')::int > 0
    ), c AS (
        SELECT r.item, count(*) AS cases, count(*) FILTER (WHERE c.status = 'closed') AS closed
        FROM cases c JOIN r ON r.id = c.round_id GROUP BY r.item
    ), l AS (
        SELECT r.item, count(*) AS letters FROM letters l JOIN r ON r.id = l.round_id GROUP BY r.item
    ), t AS (
        SELECT r.item, count(*) AS talks FROM talks t JOIN cases c ON c.id = t.case_id JOIN r ON r.id = c.round_id
        WHERE t.status NOT IN ('waived', 'lapsed') GROUP BY r.item
    )
    SELECT r.item, count(*) AS rounds,
           coalesce(min(c.cases), 0) AS cases,
           coalesce(min(c.closed), 0) AS closed, coalesce(min(l.letters), 0) AS letters,
           coalesce(min(t.talks), 0) AS talks
    FROM r LEFT JOIN c USING (item) LEFT JOIN l USING (item) LEFT JOIN t USING (item) GROUP BY r.item
    """
)
