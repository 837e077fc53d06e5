"""What a notice knows when it is put into words: its rows and rules, gathered; nothing is fetched any more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from db.tables import Case, Climb, Notice, Subject, Talk, WorkItem
from notifications.words import Announced
from process.definition import Process, Rung, Stage
from process.vocabulary import LetterKind, NoticeKind, TeamRole


@dataclass(frozen=True, slots=True)
class RoundView:
    """A round as its notices speak of it."""

    id: int
    title: str
    year: int
    process: Process
    coordinator: str
    course: str = ""
    """The titles of its stages, in order."""
    announced: tuple[Announced, ...] = ()


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who reads it. ``unreachable`` says in Chinese why no mail can be addressed; empty where one can."""

    name: str
    post: str
    address: str | None
    unreachable: str
    of_subject: bool
    """Whether it is somebody of the subject itself, and not the office's own people."""
    invalid_address: str = ""
    """What is registered as the address where it cannot be one."""

    @property
    def salutation(self) -> str:
        """The post, and the person where the post does not already say it."""
        return f"{self.post} {self.name}".strip()


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the supervision team."""

    name: str
    role: TeamRole


@dataclass(frozen=True, slots=True)
class LetterView:
    """An official letter as its notice speaks of it."""

    kind: LetterKind
    number: str
    issued_on: date | None
    sets_due_on: date | None

    @property
    def title(self) -> str:
        """What it is called."""
        return self.kind.title_zh


@dataclass(frozen=True, slots=True)
class Attachment:
    """An official letter as a file."""

    filename: str
    content: bytes


@dataclass(frozen=True, slots=True)
class GeneralContext:
    """A notice that speaks of no single case (a bulletin, the results of a round): all it says is in its data."""

    notice: Notice
    recipient: Recipient
    said_on: date
    url: str
    sender: str
    attachment: Attachment | None = None
    receipt_url: str = ""

    @property
    def kind(self) -> NoticeKind:
        """What is said."""
        return self.notice.kind

    @property
    def data(self) -> Mapping[str, Any]:
        """The particulars written with the notice."""
        return self.notice.data


@dataclass(frozen=True, slots=True)
class NoticeContext:
    """Everything the templates of one notice may use."""

    notice: Notice
    round: RoundView
    case: Case
    subject: Subject
    recipient: Recipient
    said_on: date
    """The day on which it is said; lateness is counted up to it."""
    url: str
    sender: str
    item: WorkItem | None = None
    stage: Stage | None = None
    first: bool = False
    """Whether the stage is the one with which the process begins: its opening is the 督导通知."""
    due_on: date | None = None
    provisional: bool = False
    late: int = 0
    """Working days past the due date."""
    left: int = 0
    """Working days until the due date."""
    rung: Rung | None = None
    ahead: tuple[tuple[Rung, date], ...] = ()
    """The rungs above, each with the day it falls due."""
    climb: Climb | None = None
    talk: Talk | None = None
    letter: LetterView | None = None
    team: tuple[Member, ...] = ()
    attachment: Attachment | None = None
    receipt_url: str = ""
    """Where the reader signs for it with one click; empty where no receipt is needed."""
    waits: bool = True
    """Whether what it asks for (a receipt, a decision, the next step of a talk) is still to be done."""

    @property
    def kind(self) -> NoticeKind:
        """What is said."""
        return self.notice.kind

    @property
    def data(self) -> Mapping[str, Any]:
        """The particulars written with the notice."""
        return self.notice.data

    @property
    def overdue(self) -> bool:
        """Whether the due day is over."""
        return self.due_on is not None and self.said_on > self.due_on
