"""What a request works with: one unit of work, who asks, the moment, the settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated

from fastapi import Depends, Query, Request
from sqlalchemy import Engine
from sqlmodel import Session

from api.security import same_origin, token_of
from casework.accounts import whoever_has
from casework.actor import KEEPERS, OFFICE, Actor
from db.queries.lines import Wanted
from db.queries.rows import MOST, Window
from db.queries.sight import Sight
from db.session import unit_of_work
from db.workdays import work_calendar
from process.calendar import SHANGHAI, WorkCalendar, local_day
from process.errors import NotSignedIn
from process.vocabulary import Role, SubjectKind
from settings import Settings

Clock = Callable[[], datetime]

SOON = 5
"""Working days before the due date from which a light is yellow."""


def real_clock() -> datetime:
    """Now, in the office's time zone."""
    return datetime.now(SHANGHAI)


@dataclass(frozen=True, slots=True)
class Desk:
    """One request's unit of work: committed when the endpoint returns, before anything is answered."""

    session: Session
    actor: Actor
    now: datetime
    settings: Settings
    _known: dict[str, WorkCalendar] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The day in Asia/Shanghai."""
        return local_day(self.now)

    @property
    def sight(self) -> Sight:
        """What exists for whoever asks."""
        return self.actor.sight

    @property
    def only(self) -> str | None:
        """The unit whose account asks; ``None`` for the office's people."""
        return self.sight.only

    @property
    def calendar(self) -> WorkCalendar:
        """The calendar in force, read once per request."""
        if "calendar" not in self._known:
            self._known["calendar"] = work_calendar(self.session)
        return self._known["calendar"]

    def office(self) -> None:
        """Only those who run rounds, inspectors and administrators; never a district."""
        self.actor.require(*_OFFICE)

    def keepers(self, about: SubjectKind) -> None:
        """The office; where it is about persons, only those who keep the rosters."""
        self.actor.require(*_readers(about))

    def keeps(self, about: SubjectKind) -> bool:
        """Whether :meth:`keepers` lets this actor pass: a page links only to what it may open."""
        return self.actor.role in _readers(about)

    def wanted(self, **cut: object) -> Wanted:
        """A cut of the cases this actor may see, with today's lights."""
        soon = self.calendar.add_working_days(self.today, SOON)
        return Wanted(today=self.today, soon=soon, sight=self.sight, **cut)  # type: ignore[arg-type]


_OFFICE = (*OFFICE, Role.INSPECTOR, Role.ADMINISTRATOR)


def _readers(about: SubjectKind) -> tuple[Role, ...]:
    return KEEPERS if about.personal else _OFFICE


def engine_of(request: Request) -> Engine:
    """The application's engine."""
    engine: Engine = request.app.state.engine
    return engine


def settings_of(request: Request) -> Settings:
    """The application's settings."""
    settings: Settings = request.app.state.settings
    return settings


def now_of(request: Request) -> datetime:
    """The application's clock, read once per request."""
    if not hasattr(request.state, "now"):
        request.state.now = request.app.state.clock()
    now: datetime = request.state.now
    return now


def open_desk(request: Request, session: Session) -> Desk:
    """The desk of whoever signed in. Raises :class:`NotSignedIn`."""
    token = token_of(request)
    if token is None:
        raise NotSignedIn()
    now = now_of(request)
    return Desk(session, whoever_has(session, now, token), now, settings_of(request))


def _desk(request: Request) -> Iterator[Desk]:
    same_origin(request)
    with unit_of_work(engine_of(request)) as session:
        yield open_desk(request, session)


def _unsigned(request: Request) -> Iterator[Session]:
    with unit_of_work(engine_of(request)) as session:
        yield session


# scope="function": the unit of work ends, and its commit may still fail, before the answer is sent.
At = Annotated[Desk, Depends(_desk, scope="function")]
Unsigned = Annotated[Session, Depends(_unsigned, scope="function")]


def _window(
    limit: Annotated[int, Query(ge=1, le=MOST, description=f"每页至多，最大{MOST}")] = 50,
    offset: Annotated[int, Query(ge=0, description="自第几项起（从0数）")] = 0,
) -> Window:
    return Window(limit, offset)


Paging = Annotated[Window, Depends(_window)]
