"""The rehearsal: 41 districts, one round, from launch to the last look-back, in a minute or two."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from cli.demo.clock import at
from cli.demo.course import PARTICULARS, Course
from cli.demo.deeds import HABITS, Habit
from cli.demo.invariants import check, shown
from cli.demo.people import lateness, temper
from cli.demo.report import Report, make_report
from cli.demo.scenes import SCENES
from cli.demo.stage import Stage, set_stage
from db.session import unit_of_work
from process.calendar import local_day

START = datetime.combine(date(2022, 9, 1), datetime.min.time())
TITLE = "2022年区县政府履行教育职责评价"
DRAW_WHEN_WAITING = 30
"""The draw is held when this many districts wait for it; the laggards learn their lot when they arrive."""
DISTRICT_DAYS = (3,)
LONGEST = timedelta(days=1100)
_DEFINITION = "SELECT definition::text FROM rounds WHERE id = :id"
_UNSENT = "SELECT count(*) FROM deliveries WHERE status IN ('pending', 'sending')"
_SENDABLE = _UNSENT + " AND next_attempt_at <= :now"


def run_demo(seed: int, *, quiet: bool) -> Report:
    """Play a whole round; ``quiet`` shows no progress."""
    began = time.monotonic()
    console = Console(stderr=True, quiet=quiet)
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )
    with bar:
        shown = bar.add_task("准备", total=41)
        with set_stage(at(START.date(), 9), lambda what: bar.update(shown, description=what)) as stage:
            rehearsal = Rehearsal(stage, seed)
            try:
                rehearsal.play(lambda day, closed: bar.update(shown, description=f"模拟 {day}", completed=closed))
                return rehearsal.report(time.monotonic() - began)
            finally:
                rehearsal.cast.close()


class Rehearsal(Course):
    """One round over all districts, with everything that can befall it."""

    def __init__(self, stage: Stage, seed: int) -> None:
        super().__init__(stage, seed)
        self.round_id = 0
        self._planned: set[tuple[int, str, int, int]] = set()
        self._decided: Counter[str] = Counter()
        self._shown: set[str] = set()
        self._drawn = False
        self._first_promise: int | None = None
        self._definition: Any = None

    # The course of time.

    def play(self, show: Callable[[date, int], None]) -> None:
        """Launch, then day after day until nobody and nothing has anything left to do."""
        self.clock.go_to(at(self.clock.today, 10))
        self._launch()
        first = self.clock.today
        self._look_around()
        self.stage.deliver()
        while (day := self._next_day()) is not None:
            if day - first > LONGEST:
                raise RuntimeError(f"the round is still open on {day}")
            self._one_day(day)
            show(day, self._closed())
        self.keep_watch()

    def _one_day(self, day: date) -> None:
        morning = at(day, 9)
        if self._time_is_due(morning):
            self.clock.go_to(morning)
            self.stage.let_time_act()
        self.clock.go_to(max(self.clock.now, at(day, 10)))
        self._look_around()
        self.do_planned(day)
        self._look_around()
        self.keep_watch()
        self.clock.go_to(max(self.clock.now, at(day, 17)))
        if self.scalar(_SENDABLE, now=self.clock.now):
            self.stage.deliver()
            self.sign_by_mail()

    def _next_day(self) -> date | None:
        planned = self.next_planned()
        days = [planned] if planned else []
        moment = self.scalar("SELECT min(next_action_at) FROM cases")
        if planned is None and moment is None and self.scalar(_UNSENT) and self._closed() >= 41:
            # What waits for its digest on the last day.
            days.append(self.calendar.add_working_days(self.clock.today, 1))
        if moment is not None:
            due = max(moment, self.clock.now)
            days.append(local_day(due) + timedelta(days=due > at(local_day(due), 9)))
        return min(days, default=None)

    def _time_is_due(self, moment: datetime) -> bool:
        return bool(
            self.scalar("SELECT count(*) FROM cases WHERE next_action_at <= :now", now=moment)
            or self.scalar("SELECT count(*) FROM notices WHERE chase_at <= :now", now=moment)
        )

    def _closed(self) -> int:
        return int(self.scalar("SELECT count(*) FROM cases WHERE status = 'closed'"))

    # People look at what waits on them, and decide when they will do it.

    def _launch(self) -> None:
        coordinator = self.cast.office("coordinator")
        launched = coordinator.post(
            "/rounds",
            {
                "process_name": "district-evaluation",
                "title": TITLE,
                "year": 2022,
                "subject_ids": sorted(self.stage.example.districts),
            },
        )
        self.round_id = launched["id"]
        self._definition = self.scalar(_DEFINITION, id=self.round_id)

    def _look_around(self) -> None:
        rows = self.cast.office("coordinator").get("/queue", limit=200)["items"]
        for row in rows:
            if row["stage"] is not None:
                self._consider(row)
        if not self._drawn and sum(row["stage"] == "sampling" for row in rows) >= DRAW_WHEN_WAITING:
            self._drawn = True
            self.plan(self.clock.today, self._draw)
        for proposal in self.cast.office("manager").get("/proposals", limit=200)["items"]:
            self._decide(proposal)
        for scene in SCENES:
            if scene.name not in self._shown and scene.ready(self, rows):
                self._shown.add(scene.name)
                scene.act(self, rows)

    def _consider(self, row: dict[str, Any]) -> None:
        turn = (row["case_id"], row["stage"], row["visit"], row["attempt"])
        habit = HABITS.get(row["stage"])
        if turn in self._planned or habit is None:
            return
        self._planned.add(turn)
        mood = temper(self.seed, row["subject_id"], *turn[1:], "when")
        if habit.after is not None:
            day = self.calendar.add_working_days(self.clock.today, mood.randint(*habit.after))
            self.plan(day, lambda: habit.deed(self.turn(row)), at_the_latest=habit.punctual)
            return
        due_on = date.fromisoformat(row["due_on"])
        if habit.may_extend and mood.random() < 0.15:
            asked = self.calendar.add_working_days(due_on, -4)
            self.plan(asked, lambda: self._ask_for_time(row, habit), at_the_latest=True, desk_days=DISTRICT_DAYS)
            return
        self._plan_hand_in(row, habit, due_on)

    def _plan_hand_in(self, row: dict[str, Any], habit: Habit, due_on: date) -> None:
        mood = temper(self.seed, row["subject_id"], row["stage"], row["visit"], row["attempt"], "late")
        late = lateness(mood)
        if row["stage"] == "fulfilment":
            # The first promise of all is kept only after 问责 was proposed; the others are kept in time.
            first = self._first_promise in (None, row["case_id"])
            self._first_promise = row["case_id"] if first else self._first_promise
            late = 17 if first and row["attempt"] == 1 else -2
        day = self.calendar.add_working_days(due_on, late) if late else due_on
        self.plan(day, lambda: habit.deed(self.turn(row)), at_the_latest=late <= 0, desk_days=DISTRICT_DAYS)

    def _ask_for_time(self, row: dict[str, Any], habit: Habit) -> None:
        turn = self.turn(row)
        due_on = date.fromisoformat(row["due_on"])
        # Up to ten working days the coordinator decides, beyond that the manager.
        wanted = self.calendar.add_working_days(due_on, 8 if turn.mood.random() < 0.5 else 12)
        asked = turn.do(turn.unit, "extensions", due_on=wanted.isoformat(), reason="人手紧张，佐证材料尚在汇总")
        grant = turn.mood.random() < 0.7

        def decide() -> None:
            body = {"grant": grant, "note": "" if grant else "任务已有充足时间"}
            self.decider.post(f"/extensions/{asked['created'][0]}/decide", body)
            self._plan_hand_in(row, habit, wanted if grant else due_on)

        self.plan(self.clock.today, decide)

    def _draw(self) -> None:
        body = {"seed": f"{TITLE}-{self.seed}", "witness": "市纪委监委派驻纪检监察组"}
        self.cast.office("coordinator").post(f"/rounds/{self.round_id}/draw", body)

    # What the manager decides, and what follows from it.

    def _decide(self, proposal: dict[str, Any]) -> None:
        """Most are approved; the second talk is waived, the second exposure becomes a circular."""
        kind = proposal["kind"]
        self._decided[kind] += 1
        body: dict[str, Any] = {"ruling": "approve", "note": ""}
        if kind == "talk" and self._decided[kind] == 2:
            body = {"ruling": "waive", "note": "已当面督促，暂不约谈"}
        elif kind == "exposure" and self._decided[kind] == 2:
            body = {"ruling": "change", "instead": "circular", "note": "先予通报，责令改正"}
        elif kind == "circular" and self._decided[kind] % 5 == 2:
            body = {"ruling": "waive", "note": "已说明情况，先行督促"}
        elif kind in PARTICULARS:
            body["particulars"] = PARTICULARS[kind]
        self.decider.post(f"/measures/{proposal['id']}/decide", body)
        if kind == "talk" and body["ruling"] == "approve":
            self.plan(self.clock.today, lambda: self.call_to_talk(proposal["talk_id"]))

    def decided(self, kind: str) -> int:
        """How many measures of a kind were decided so far."""
        return self._decided[kind]

    def report(self, seconds: float) -> Report:
        """The figures and the invariants, after the last day."""
        received = [mail.message_id.split("@")[0] for mail in self.stage.sink.received]
        with unit_of_work(self.stage.engine) as session:
            invariants = {**check(session, self.calendar, received), **shown(session)}
            invariants["accepted_work_unchanged"] = self.unchanged
            invariants["definition_unchanged"] = self._definition == self.scalar(_DEFINITION, id=self.round_id)
            invariants["districts_see_only_their_own"] = self._isolated()
            return make_report(
                session,
                title=TITLE,
                seed=self.seed,
                days=(self.clock.today - START.date()).days,
                seconds=seconds,
                received=len(received),
                flow_runs=self.stage.flow_runs(),
                invariants=invariants,
            )

    def _isolated(self) -> bool:
        """Every district asks for every case of the round: its own answers, no other exists."""
        rows = self.cast.office("coordinator").get(f"/rounds/{self.round_id}/board", limit=200)["items"]
        for subject_id in sorted(self.stage.example.districts)[:5]:
            person = self.cast.unit(subject_id)
            for row in rows:
                expected = 200 if row["subject_id"] == subject_id else 404
                if person.try_get(f"/cases/{row['case_id']}").status_code != expected:
                    return False
        return True
