"""The rehearsal: 41 districts, one round, from launch to the last look-back, in a minute or two."""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from sqlalchemy import text

from cli.demo.clock import at
from cli.demo.deeds import HABITS, Habit, Turn
from cli.demo.invariants import check
from cli.demo.people import Cast, lateness, temper
from cli.demo.report import Report, make_report
from cli.demo.stage import Stage, set_stage
from db.session import unit_of_work
from db.workdays import work_calendar
from process.calendar import WorkCalendar, local_day

START = datetime.combine(date(2022, 9, 1), datetime.min.time())
TITLE = "2022年区县政府履行教育职责评价"
DRAW_WHEN_WAITING = 30
"""The draw is held when this many districts wait for it; the laggards learn their lot when they arrive."""
OFFICE_DAYS = (1, 3)
DISTRICT_DAYS = (3,)
"""The days of the week on which people of the rehearsal do their desk work, so that fewer days need to be played."""
LONGEST = timedelta(days=900)


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


@dataclass(order=True)
class _Entry:
    moment: datetime
    number: int
    act: Callable[[], None] = field(compare=False)


class Rehearsal:
    """Who does what when. Everything random hangs on the seed and the thing itself, never on the order of events."""

    def __init__(self, stage: Stage, seed: int) -> None:
        self.stage = stage
        self.seed = seed
        self.clock = stage.clock
        self.cast = Cast(stage.api_url, stage.example.districts)
        self.round_id = 0
        self._agenda: list[_Entry] = []
        self._numbers = itertools.count()
        self._planned: set[tuple[int, str, int, int]] = set()
        self._talks: set[int] = set()
        self._drawn = False
        self._accepted: dict[int, str] = {}
        self._unchanged = True
        self._definition: Any = None
        with unit_of_work(stage.engine) as session:
            self.calendar: WorkCalendar = work_calendar(session)

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
        self._keep_watch()

    def _one_day(self, day: date) -> None:
        morning = at(day, 9)
        if self._time_is_due(morning):
            self.clock.go_to(morning)
            self.stage.let_time_act()
        self.clock.go_to(max(self.clock.now, at(day, 10)))
        self._look_around()
        while self._agenda and local_day(self._agenda[0].moment) <= day:
            heapq.heappop(self._agenda).act()
            self.clock.tick()
        self._look_around()
        self._keep_watch()
        self.clock.go_to(max(self.clock.now, at(day, 17)))
        if self._scalar("SELECT count(*) FROM deliveries WHERE status IN ('pending', 'sending')"):
            self.stage.deliver()

    def _next_day(self) -> date | None:
        days = [local_day(self._agenda[0].moment)] if self._agenda else []
        moment = self._scalar("SELECT min(next_action_at) FROM cases")
        if moment is not None:
            due = max(moment, self.clock.now)
            days.append(local_day(due) + timedelta(days=due > at(local_day(due), 9)))
        return min(days, default=None)

    def _time_is_due(self, moment: datetime) -> bool:
        return bool(self._scalar("SELECT count(*) FROM cases WHERE next_action_at <= :now", now=moment))

    def _scalar(self, query: str, **parameters: Any) -> Any:
        with unit_of_work(self.stage.engine) as session:
            return session.execute(text(query), parameters).scalar()

    def _closed(self) -> int:
        return int(self._scalar("SELECT count(*) FROM cases WHERE status = 'closed'"))

    def _plan(
        self,
        day: date,
        act: Callable[[], None],
        *,
        at_the_latest: bool = False,
        desk_days: tuple[int, ...] = OFFICE_DAYS,
    ) -> None:
        """On the desk day after a day; or before it, if there is one left, for whoever means to be on time."""
        tomorrow = self.clock.today + timedelta(days=1)
        if at_the_latest and (before := self._desk_day(day, -1, desk_days)) >= tomorrow:
            day = before
        elif not at_the_latest:
            day = self._desk_day(max(day, tomorrow), 1, desk_days)
        day = max(self.calendar.roll(day), tomorrow)
        heapq.heappush(self._agenda, _Entry(at(day, 10), next(self._numbers), act))

    def _desk_day(self, day: date, step: int, desk_days: tuple[int, ...]) -> date:
        while day.weekday() not in desk_days or not self.calendar.is_working(day):
            day += timedelta(days=step)
        return day

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
        self._definition = self._scalar("SELECT definition::text FROM rounds")

    def _look_around(self) -> None:
        rows = self.cast.office("coordinator").get(f"/rounds/{self.round_id}/board", limit=200)["items"]
        for row in rows:
            if row["stage"] is not None:
                self._consider(row)
        if not self._drawn and sum(row["stage"] == "sampling" for row in rows) >= DRAW_WHEN_WAITING:
            self._drawn = True
            self._plan(self.clock.today, self._draw)
        for proposal in self.cast.office("manager").get("/proposals", limit=200)["items"]:
            if proposal["what"] == "talk":
                self._decide_talk(proposal)
            else:
                self._decide_rung(proposal)

    def _consider(self, row: dict[str, Any]) -> None:
        turn = (row["case_id"], row["stage"], row["visit"], row["attempt"])
        habit = HABITS.get(row["stage"])
        if turn in self._planned or habit is None:
            return
        self._planned.add(turn)
        mood = temper(self.seed, row["subject_id"], *turn[1:], "when")
        if habit.after is not None:
            day = self.calendar.add_working_days(self.clock.today, mood.randint(*habit.after))
            self._plan(day, lambda: habit.deed(self._turn(row)), at_the_latest=habit.punctual)
            return
        due_on = date.fromisoformat(row["due_on"])
        if habit.may_extend and mood.random() < 0.15:
            asked = self.calendar.add_working_days(due_on, -4)
            self._plan(asked, lambda: self._ask_for_time(row, habit), at_the_latest=True, desk_days=DISTRICT_DAYS)
            return
        self._plan_hand_in(row, habit, due_on)

    def _plan_hand_in(self, row: dict[str, Any], habit: Habit, due_on: date) -> None:
        mood = temper(self.seed, row["subject_id"], row["stage"], row["visit"], row["attempt"], "late")
        late = lateness(mood)
        day = self.calendar.add_working_days(due_on, late) if late else due_on
        self._plan(day, lambda: habit.deed(self._turn(row)), at_the_latest=late <= 0, desk_days=DISTRICT_DAYS)

    def _turn(self, row: dict[str, Any]) -> Turn:
        return Turn(
            cast=self.cast,
            seed=self.seed,
            calendar=self.calendar,
            today=self.clock.today,
            case_id=row["case_id"],
            subject_id=row["subject_id"],
            subject=row["subject"],
            stage=row["stage"],
            visit=row["visit"],
            attempt=row["attempt"],
        )

    def _ask_for_time(self, row: dict[str, Any], habit: Habit) -> None:
        turn = self._turn(row)
        due_on = date.fromisoformat(row["due_on"])
        wanted = self.calendar.add_working_days(due_on, 10)
        asked = turn.do(turn.district, "extensions", due_on=wanted.isoformat(), reason="人手紧张，佐证材料尚在汇总")
        grant = turn.mood.random() < 0.7

        def decide() -> None:
            body = {"grant": grant, "note": "" if grant else "任务已有充足时间"}
            turn.coordinator.post(f"/extensions/{asked['created'][0]}/decide", body)
            self._plan_hand_in(row, habit, wanted if grant else due_on)

        self._plan(self.clock.today, decide)

    def _draw(self) -> None:
        body = {"seed": f"{TITLE}-{self.seed}", "witness": "市纪委监委派驻纪检监察组"}
        self.cast.office("coordinator").post(f"/rounds/{self.round_id}/draw", body)

    # What the manager decides, and what follows from it.

    def _decide_rung(self, rung: dict[str, Any]) -> None:
        mood = temper(self.seed, rung["subject_id"], rung["stage"], rung["kind"], rung["due_on"])
        approve = mood.random() < 0.9
        body = {"approve": approve, "note": "" if approve else "已说明情况，先行督促"}
        self.cast.office("manager").post(f"/rungs/{rung['id']}/decide", body)

    def _decide_talk(self, talk: dict[str, Any]) -> None:
        mood = temper(self.seed, talk["subject_id"], talk["stage"], "talk", talk["reason"])
        approve = mood.random() < 0.7
        body = {"approve": approve, "note": "" if approve else "已当面督促，暂不约谈"}
        self.cast.office("manager").post(f"/talks/{talk['id']}/decide", body)
        if approve:
            self._plan(self.clock.today, lambda: self._call_to_talk(talk["id"]))

    def _call_to_talk(self, talk_id: int) -> None:
        coordinator = self.cast.office("coordinator")
        day = self.calendar.add_working_days(self.clock.today, 6)
        body = {
            "scheduled_for": at(day, 9).isoformat(),
            "place": "市教委第三会议室",
            "persons": "区县政府分管负责人、区县教委主任",
        }
        coordinator.post(f"/talks/{talk_id}/notify", body)

        def hold() -> None:
            held = {"held_at": at(self.clock.today, 9).isoformat(), "attended": "分管副区长、区教委主任、督导室主任"}
            coordinator.post(f"/talks/{talk_id}/hold", held)
            self._plan(self.clock.today, minute)

        def minute() -> None:
            promised = self.calendar.add_working_days(self.clock.today, 15)
            coordinator.post(
                f"/talks/{talk_id}/minutes",
                {
                    "minutes": "通报情况，指出问题，提出要求；被约谈人作表态发言。",
                    "commitments": [{"text": "一个月内补齐报送并完成整改", "due_on": promised.isoformat()}],
                },
            )
            self._plan(promised, follow_up)

        def follow_up() -> None:
            coordinator.post(f"/talks/{talk_id}/follow-up", {"note": "承诺事项已按期落实"})

        self._plan(day, hold)

    # What is watched while the round runs.

    def _keep_watch(self) -> None:
        with unit_of_work(self.stage.engine) as session:
            rows = {
                row.id: row.digest
                for row in session.execute(
                    text("SELECT s.id, md5(s::text) AS digest FROM submissions s WHERE status = 'accepted'")
                )
            }
        self._unchanged = self._unchanged and all(rows.get(id_) == was for id_, was in self._accepted.items())
        self._accepted = rows

    def report(self, seconds: float) -> Report:
        """The figures and the invariants, after the last day."""
        received = [mail.message_id.split("@")[0] for mail in self.stage.sink.received]
        with unit_of_work(self.stage.engine) as session:
            invariants = check(session, self.round_id, self.calendar, received)
            invariants["accepted_work_unchanged"] = self._unchanged
            invariants["definition_unchanged"] = self._definition == self._scalar("SELECT definition::text FROM rounds")
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
            person = self.cast.district(subject_id)
            for row in rows:
                expected = 200 if row["subject_id"] == subject_id else 404
                if person.try_get(f"/cases/{row['case_id']}").status_code != expected:
                    return False
        return True
