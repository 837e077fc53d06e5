"""Time that moves only when the rehearsal moves it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from process.calendar import SHANGHAI, local_day


class SimulatedClock:
    """A callable clock for the API, set by the rehearsal."""

    def __init__(self, start: datetime) -> None:
        self.now = start

    def __call__(self) -> datetime:
        """The moment it is. Each look at the clock takes a millisecond, so that deeds keep their order."""
        self.now += timedelta(milliseconds=1)
        return self.now

    @property
    def today(self) -> date:
        """The day it is in Asia/Shanghai."""
        return local_day(self.now)

    def go_to(self, moment: datetime) -> None:
        """Move forward; time never runs back."""
        if moment < self.now:
            raise ValueError(f"{moment} lies before {self.now}")
        self.now = moment

    def tick(self) -> None:
        """A second later: deeds of one day keep their order."""
        self.now += timedelta(seconds=1)


def at(day: date, hour: int) -> datetime:
    """An hour of a day in Asia/Shanghai."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=SHANGHAI)
