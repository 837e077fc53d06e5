"""The course of a rehearsal: a clock, an agenda of what people mean to do, and the habits all rehearsals share."""

from __future__ import annotations

import heapq
import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import text

from cli.demo.clock import at
from cli.demo.deeds import Turn
from cli.demo.mails import plain_text
from cli.demo.people import Cast, Person, temper
from cli.demo.stage import Stage
from db.session import unit_of_work
from db.workdays import work_calendar
from process.calendar import WorkCalendar, local_day

OFFICE_DAYS = (1, 3)
"""The days of the week on which people of the rehearsal do their desk work, so that fewer days need to be played."""
PARTICULARS = {
    "exposure": {"reviewed_by": "法规处张处长"},
    "referral": {"received_by": "市纪委监委派驻市教委纪检监察组"},
}
"""What a manager adds when a measure of the kind is approved."""
SIGN_BY_MAIL = 0.3
"""The share of those asked to sign who do so by the link in the mail."""
_RECEIPT = re.compile(r"/receipt/[\w.-]+")


@dataclass(order=True)
class _Entry:
    moment: datetime
    number: int
    act: Callable[[], None] = field(compare=False)


class Course:
    """Who does what when. Everything random hangs on the seed and the thing itself, never on the order of events."""

    desk_days: tuple[int, ...] = OFFICE_DAYS

    def __init__(self, stage: Stage, seed: int) -> None:
        self.stage = stage
        self.seed = seed
        self.clock = stage.clock
        self.cast = Cast(stage.api_url, stage.example.districts)
        self.away: tuple[date, date] | None = None
        self._agenda: list[_Entry] = []
        self._numbers = itertools.count()
        self._signed = 0
        self._accepted: dict[int, str] = {}
        self.unchanged = True
        with unit_of_work(stage.engine) as session:
            self.calendar: WorkCalendar = work_calendar(session)

    def scalar(self, query: str, **parameters: Any) -> Any:
        with unit_of_work(self.stage.engine) as session:
            return session.execute(text(query), parameters).scalar()

    def plan(
        self,
        day: date,
        act: Callable[[], None],
        *,
        at_the_latest: bool = False,
        desk_days: tuple[int, ...] | None = None,
    ) -> None:
        """On the desk day after a day; or before it, if there is one left, for whoever means to be on time."""
        tomorrow = self.clock.today + timedelta(days=1)
        desk_days = desk_days or self.desk_days
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

    def next_planned(self) -> date | None:
        """The day on which somebody means to do something next."""
        return local_day(self._agenda[0].moment) if self._agenda else None

    def do_planned(self, day: date) -> None:
        """All that people mean to do up to a day, in order."""
        while self._agenda and local_day(self._agenda[0].moment) <= day:
            heapq.heappop(self._agenda).act()
            self.clock.tick()

    def turn(self, row: Mapping[str, Any]) -> Turn:
        """One case waiting on somebody, from a line of a list or of the database."""
        about = ("case_id", "subject_id", "subject", "stage", "visit", "attempt")
        known = {name: row[name] for name in about}
        return Turn(cast=self.cast, seed=self.seed, calendar=self.calendar, today=self.clock.today, **known)

    # Talks, once a manager wants one.

    @property
    def decider(self) -> Person:
        """The manager, or whoever stands in while the manager is on leave."""
        away = self.away is not None and self.away[0] <= self.clock.today <= self.away[1]
        return self.cast.office("coordinator" if away else "manager")

    def call_to_talk(self, talk_id: int) -> None:
        coordinator = self.cast.office("coordinator")
        day = self.calendar.add_working_days(self.clock.today, 6)
        body = {
            "scheduled_for": at(day, 9).isoformat(),
            "place": "市教委第三会议室",
            "persons": "区县政府分管负责人、区县教委主任",
            "talkers": "市政府教育督导室负责人",
        }
        coordinator.post(f"/talks/{talk_id}/notify", body)

        def hold() -> None:
            held = {"held_at": at(self.clock.today, 9).isoformat(), "attended": "分管副区长、区教委主任、督导室主任"}
            coordinator.post(f"/talks/{talk_id}/hold", held)
            self.plan(self.clock.today, minute)

        def minute() -> None:
            promised = self.calendar.add_working_days(self.clock.today, 15)
            coordinator.post(
                f"/talks/{talk_id}/minutes",
                {
                    "minutes": "通报情况，指出问题，提出要求；被约谈人作表态发言。",
                    "commitments": [{"text": "一个月内补齐报送并完成整改", "due_on": promised.isoformat()}],
                },
            )
            self.plan(promised, follow_up)

        def follow_up() -> None:
            # Not before every promise is kept; asked again a week later.
            note = {"note": "承诺事项已落实"}
            answer = coordinator.try_post(f"/talks/{talk_id}/follow-up", note)
            if answer.is_error:
                self.plan(self.clock.today + timedelta(days=7), follow_up)

        self.plan(day, hold)

    # Districts sign for what they got by mail, without signing in.

    def sign_by_mail(self, share: float = SIGN_BY_MAIL) -> None:
        """Some sign by the link in the mail; the others forget, and are asked again."""
        received = self.stage.sink.received
        with httpx.Client(base_url=self.stage.api_url, timeout=60, trust_env=False) as browser:
            for mail in received[self._signed :]:
                if temper(self.seed, mail.message_id).random() >= share:
                    continue
                link = _RECEIPT.search(plain_text(mail.content))
                if link is not None:
                    answer = browser.post(link[0])
                    if answer.status_code not in (200, 410):
                        raise RuntimeError(f"{answer.status_code} {answer.text[:300]}")
        self._signed = len(received)

    # What is watched while the round runs.

    def keep_watch(self) -> None:
        with unit_of_work(self.stage.engine) as session:
            rows = {
                row.id: row.digest
                for row in session.execute(
                    text("SELECT s.id, md5(s::text) AS digest FROM submissions s WHERE status = 'accepted'")
                )
            }
        self.unchanged = self.unchanged and all(rows.get(id_) == was for id_, was in self._accepted.items())
        self._accepted = rows
