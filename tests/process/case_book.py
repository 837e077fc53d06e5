"""A case without a database: its record is kept as ``casework`` keeps it, and put to ``decide`` as ``casework`` does.

:meth:`CaseBook.load` is :mod:`casework.load`, :meth:`CaseBook.write` is :mod:`casework.write`; the deeds of managers
and of the post are those of :mod:`casework.measures` and :mod:`notifications.outbox`. ``story`` tells what happened.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from process.calendar import SHANGHAI, WorkCalendar, local_day, packaged_calendar
from process.decide import (
    Completed,
    Decision,
    DueMoved,
    first_item,
    next_action,
)
from process.definition import Condition, Outcome, Process, Requirement, Route, Stage
from process.ladder import in_force
from process.state import Case, Climb, FindingCounts, Item, Visit
from process.triggers import on_relapse
from process.vocabulary import CaseOutcome, CaseStatus, ClimbStatus, LetterKind, Role, RungKind, Trigger

CALENDAR = packaged_calendar()
WARNINGS = (RungKind.URGE, RungKind.SUPERVISE)


@dataclass
class Entry:
    """A work item as the table has it."""

    id: int
    stage: str
    visit: int
    attempt: int
    opened_at: datetime
    due_on: date
    due_since: datetime
    provisional: bool
    completed_on: date | None = None
    extended_at: datetime | None = None
    resumed_at: datetime | None = None


@dataclass
class Line:
    """A climb as the table has it."""

    item: int
    attempt: int
    rung: str
    kind: RungKind
    due_on: date
    trigger: Trigger
    status: ClimbStatus
    at: datetime
    delivered_at: datetime | None = None
    lost: bool = False
    excused: bool = False


@dataclass
class TalkLine:
    """A talk as the table has it."""

    line: Line
    alive: bool = True


@dataclass
class Asked:
    """A request for more time."""

    item: int
    attempt: int
    due_on: date
    granted: bool = False


@dataclass
class CaseBook:
    """One case, everything written about it, and the clock on the wall."""

    process: Process
    now: datetime
    year: int
    calendar: WorkCalendar = CALENDAR
    status: CaseStatus = CaseStatus.OPEN
    version: int = 0
    outcome: CaseOutcome | None = None
    sampled: bool | None = None
    suspended_at: datetime | None = None
    suspensions: list[tuple[datetime, datetime]] = field(default_factory=list)
    """Those that are over: from when to when."""
    next_action_at: datetime | None = None
    open_id: int | None = None
    entries: dict[int, Entry] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    talks: list[TalkLine] = field(default_factory=list)
    requests: list[Asked] = field(default_factory=list)
    findings: FindingCounts = field(default_factory=FindingCounts)
    letters: dict[LetterKind, date | None] = field(default_factory=dict)
    inspectors: int = 0
    parts: int = 0
    reviews: int = 0
    reviews_below: int = 0
    indicators_missing: int = 1
    story: list[str] = field(default_factory=list)

    @classmethod
    def launched(cls, process: Process, now: datetime) -> CaseBook:
        """A case on the day of its launch."""
        now = now.astimezone(UTC)
        book = cls(process, now, local_day(now).year)
        item, book.next_action_at = first_item(process, book.year, now, book.calendar)
        book._open(item)
        book.tell(f"{process.title} is launched at 「{book.stage.title}」, due {item.due_on}")
        return book

    def tell(self, what: str) -> None:
        """One more sentence of the story."""
        self.story.append(f"{self.now.astimezone(SHANGHAI):%Y-%m-%d %a %H:%M}  {what}")

    # What is in the book

    @property
    def entry(self) -> Entry:
        """The open work item."""
        assert self.open_id is not None
        return self.entries[self.open_id]

    @property
    def stage(self) -> Stage:
        """Where the case stands."""
        return self.process.stage(self.entry.stage)

    @property
    def under_way(self) -> bool:
        """Whether people can move it."""
        return self.status is CaseStatus.OPEN

    @property
    def over(self) -> bool:
        """Whether it is closed."""
        return self.status in (CaseStatus.CLOSED, CaseStatus.WITHDRAWN)

    @property
    def attempt(self) -> list[Line]:
        """What was climbed and proposed in the open attempt."""
        if self.open_id is None:
            return []
        here = (self.open_id, self.entry.attempt)
        return [line for line in self.lines if (line.item, line.attempt) == here]

    @property
    def proposals(self) -> list[Line]:
        """What waits for a manager, of whatever attempt."""
        return [line for line in self.lines if line.status is ClimbStatus.PROPOSED]

    @property
    def undelivered(self) -> list[Line]:
        """What was said to somebody and is still on its way."""
        said = (ClimbStatus.CLIMBED, ClimbStatus.APPROVED)
        return [line for line in self.lines if line.status in said and line.delivered_at is None and not line.lost]

    @property
    def talk_alive(self) -> bool:
        """Whether a talk is proposed or under way."""
        return any(talk.alive for talk in self.talks)

    @property
    def earlier_warnings(self) -> list[Line]:
        """What was said about lateness in other attempts of what the district owes."""
        here = (self.open_id, self.entry.attempt) if self.open_id is not None else None
        return [
            line
            for line in self.lines
            if line.kind in WARNINGS
            and not line.excused
            and (line.item, line.attempt) != here
            and self.process.stage(self.entries[line.item].stage).owner is Role.DISTRICT
        ]

    @property
    def granted(self) -> int:
        """Extensions of the open attempt."""
        here = (self.open_id, self.entry.attempt)
        return sum(asked.granted for asked in self.requests if (asked.item, asked.attempt) == here)

    @property
    def pending(self) -> Asked | None:
        """The request for more time that nobody has answered."""
        here = (self.open_id, self.entry.attempt)
        return next((a for a in self.requests if not a.granted and (a.item, a.attempt) == here), None)

    def load(self) -> Case:
        """The case as the rules see it."""
        warnings = self.earlier_warnings
        delivered = [line.delivered_at for line in warnings if line.delivered_at is not None]
        item = None
        if self.open_id is not None:
            e = self.entry
            climbs = tuple(
                Climb(
                    line.rung,
                    line.kind,
                    line.due_on,
                    line.status,
                    line.at,
                    line.delivered_at,
                    line.trigger,
                    line.excused,
                )
                for line in self.attempt
            )
            item = Item(
                e.id,
                e.stage,
                e.visit,
                e.attempt,
                e.opened_at,
                e.due_on,
                e.due_since,
                e.provisional,
                climbs,
                received_at=e.opened_at,  # word of it comes at once; test_decide has what follows when it does not
            )
        return Case(
            id=1,
            round_id=1,
            subject_id="CQ-500103",
            year=self.year,
            process=self.process,
            status=self.status,
            item=item,
            version=self.version,
            outcome=self.outcome,
            sampled=self.sampled,
            visits={e.stage: Visit(e.id, e.visit, e.attempt, e.completed_on) for e in self.entries.values()},
            findings=self.findings,
            inspectors=self.inspectors,
            letters=dict(self.letters),
            parts=self.parts,
            reviews=self.reviews,
            reviews_below=self.reviews_below,
            indicators_missing=self.indicators_missing,
            suspended_at=self.suspended_at,
            late_before=len({(w.item, w.attempt) for w in warnings if w.status is not ClimbStatus.LAPSED}),
            warned_at=max(delivered, default=None),
            extensions=sum(asked.granted for asked in self.requests),
            item_extensions=self.granted if self.open_id is not None else 0,
            talk_alive=self.talk_alive,
            supported=any(line.kind is RungKind.SUPPORT for line in self.lines),
        )

    # Writing into it

    def write(self, decision: Decision) -> None:
        """What follows from a decision is so from now on."""
        self.next_action_at = decision.next_action_at
        if not decision.changed:
            return
        before, after = decision.before.item, decision.after.item
        if decision.leaves and before is not None and before.id is not None:
            left = self.entries[before.id]
            left.completed_on = local_day(self.now)
            self.open_id = None
            self._lapse(left.id)
        if decision.excuses:
            self._excuse()
        if after is not None:
            self._open(after)
        case = decision.after
        if self.suspended_at is not None and case.suspended_at is None and not self.over:
            self.suspensions.append((self.suspended_at, self.now))
            if self.open_id is not None:
                self.entry.resumed_at = self.now
        self.status, self.version, self.outcome = case.status, case.version, case.outcome
        self.sampled, self.suspended_at = case.sampled, case.suspended_at
        for draft in decision.climbs:
            self._add(draft.rung.key, draft.rung.kind, draft.trigger, draft.status)
        self.tell(
            "; ".join(str(event.kind) + _said(event.data) for event in decision.events)
            + (f"; now 「{self.stage.title}」 due {self.entry.due_on}" if decision.leaves and after else "")
        )

    def _open(self, item: Item) -> None:
        id_ = item.id or len(self.entries) + 1
        known = self.entries.get(id_)
        same = known if known and known.attempt == item.attempt else None
        self.entries[id_] = Entry(
            id_,
            item.stage,
            item.visit,
            item.attempt,
            item.opened_at,
            item.due_on,
            item.due_since,
            item.provisional,
            extended_at=same.extended_at if same else None,
            resumed_at=same.resumed_at if same else None,
        )
        self.open_id = id_

    def _lapse(self, item: int) -> None:
        """What lateness proposed is void once the item is left; so is a request for more time."""
        for line in self.lines:
            if line.item == item and line.status is ClimbStatus.PROPOSED and line.trigger.of_lateness:
                line.status = ClimbStatus.LAPSED
                for talk in self.talks:
                    talk.alive = talk.alive and talk.line is not line
        self.requests = [asked for asked in self.requests if asked.granted or asked.item != item]

    def _excuse(self) -> None:
        """More time was granted to who was late already."""
        for line in self.attempt:
            if line.kind is RungKind.REMINDER or not line.trigger.of_lateness:
                continue
            line.excused = True
            if line.status is ClimbStatus.PROPOSED:
                line.status = ClimbStatus.LAPSED
                for talk in self.talks:
                    talk.alive = talk.alive and talk.line is not line

    # What people and the post do besides moving the case

    def look_again(self) -> None:
        """What a manager decided may open the way for what comes after it."""
        self.next_action_at = next_action(self.load(), self.now, self.calendar)

    def post_arrives(self) -> None:
        """All that was said reaches whom it was said to."""
        for line in self.undelivered:
            line.delivered_at = self.now

    def post_is_lost(self) -> None:
        """Nothing that is on its way ever arrives."""
        for line in self.undelivered:
            line.lost = True

    def rule(self, line: Line, status: ClimbStatus, instead: RungKind | None = None) -> bool:
        """A manager decides a proposal; whether that was possible."""
        if instead is not None and (instead is line.kind or not self._free(instead, besides=line)):
            return False
        if self.status is CaseStatus.SUSPENDED and line.trigger.of_lateness and status is not ClimbStatus.WAIVED:
            return False
        line.status = status
        if status is not ClimbStatus.APPROVED:
            for talk in self.talks:
                talk.alive = talk.alive and talk.line is not line
        if instead is not None:
            self._add(f"{instead}@changed#{self.lines.index(line)}", instead, line.trigger, ClimbStatus.APPROVED)
        self.tell(f"a manager decides {line.rung}: {status}{f' into {instead}' if instead else ''}")
        self.look_again()
        return True

    def propose(self, kind: RungKind, trigger: Trigger) -> bool:
        """Somebody of the office, or a look-back, puts a measure before the managers; whether it was possible."""
        if not self._free(kind):
            return False
        same = sum(line.rung.startswith(f"{kind}@{trigger}") for line in self.attempt)
        key = f"{kind}@{trigger}" + (f"#{same + 1}" if same else "")
        self._add(key, kind, trigger, ClimbStatus.PROPOSED)
        self.tell(f"{key} is put before the managers")
        return True

    def _free(self, kind: RungKind, besides: Line | None = None) -> bool:
        """Whether no measure of the kind is in force for the attempt, and no talk under way."""
        item = self.load().item
        talking = any(talk.alive and talk.line is not besides for talk in self.talks)
        return item is not None and not in_force(kind, item.climbs) and not (kind is RungKind.TALK and talking)

    def _add(self, key: str, kind: RungKind, trigger: Trigger, status: ClimbStatus) -> Line:
        e = self.entry
        line = Line(e.id, e.attempt, key, kind, e.due_on, trigger, status, self.now)
        self.lines.append(line)
        if kind is RungKind.TALK and status in (ClimbStatus.PROPOSED, ClimbStatus.APPROVED):
            assert not self.talk_alive, "one talk at a time"
            self.talks.append(TalkLine(line))
        return line

    def relapsed(self, count: int) -> None:
        """A look-back finds problems again."""
        self.findings = replace(self.findings, reopened=count, settled=max(self.findings.total - count, 0))
        for found in on_relapse(self.load(), count):
            self.propose(found.kind, found.trigger)

    def ask_for_more_time(self, working_days: int) -> None:
        """The district asks for a later day, before its own is over."""
        e = self.entry
        self.requests.append(Asked(e.id, e.attempt, self.calendar.add_working_days(e.due_on, working_days)))
        self.tell(f"the district asks for {self.requests[-1].due_on} instead of {e.due_on}")

    def grant(self, asked: Asked) -> DueMoved:
        """The office grants what was asked for: what happens thereby."""
        provisional = self.calendar.is_provisional(self.entry.due_on, asked.due_on)
        return DueMoved(asked.due_on, provisional, "批准延期", told=None)

    def granted_now(self, asked: Asked) -> None:
        """It is written down that what was asked for is granted."""
        asked.granted, self.entry.extended_at = True, self.now

    # Completing a stage

    def paperwork(self, outcome: Outcome) -> bool:
        """All that an outcome needs is there; whether it can be."""
        counts, total = self.findings, self.findings.total
        for requirement in outcome.requires:
            match requirement:
                case Requirement.FINDINGS_PLANNED:
                    counts = replace(counts, unplanned=0)
                case Requirement.FINDINGS_CLAIMED:
                    counts = replace(counts, unclaimed=0)
                case Requirement.FINDINGS_VERIFIED:
                    counts = replace(counts, unjudged=0, returned=0, reopened=0, unclaimed=0, settled=total)
                case Requirement.FINDING_REJECTED if total:
                    counts = replace(counts, unjudged=0, returned=1, unclaimed=1, settled=total - 1)
                case Requirement.FINDINGS_JUDGED_AGAIN:
                    counts = replace(counts, reopened=0, unlooked=0)
                case Requirement.FINDING_RELAPSED if counts.reopened:
                    pass
                case Requirement.TEAM_COMPOSED:
                    self.inspectors = self.process.team_minimum
                case Requirement.PARTS_DONE:
                    self.parts = max(self.parts, 1)
                case Requirement.REVIEWED:
                    self.reviews = max(self.reviews, self.process.reviewers)
                case Requirement.REVIEWED_AGAIN:
                    self.reviews = self.process.reviewers + self.process.more_reviewers
                case Requirement.INDICATORS_COMPLETE | Requirement.INDICATORS_MET:
                    self.indicators_missing = 0
                case _:
                    return False
        self.findings = counts
        if outcome.letter is not None:
            self.letters.setdefault(outcome.letter, None)
        return True

    def completed(self, outcome: Outcome) -> Completed:
        """The stage's owner ends it by that outcome, with everything handed in."""
        handed_in = frozenset(deliverable.key for deliverable in self.stage.deliverables)
        return Completed(outcome.key, outcome.by or self.stage.owner, self.stage.key, handed_in, "情况属实")


def _said(data: object) -> str:
    words = data if isinstance(data, dict) else {}
    told = [str(words[key]) for key in ("rung", "outcome", "stage", "to", "reason") if words.get(key)]
    return f" ({', '.join(told)})" if told else ""


def distances(process: Process, target: str) -> dict[str, int]:
    """How many completions each stage is from a target."""
    far = {target: 0}
    for _ in process.stages:
        for stage in process.stages:
            steps = [far[route.to] + 1 for _, route in ways(stage) if route.to in far]
            if stage.key not in far and steps:
                far[stage.key] = min(steps)
    return far


def ways(stage: Stage) -> list[tuple[Outcome, Route]]:
    """Every way out of a stage."""
    return [(outcome, route) for outcome in stage.outcomes for route in outcome.routes]


SCORES_FOR = {Condition.SCORES_SOUND: 0, Condition.SCORES_DOUBTFUL: 1, Condition.SCORES_FAIL: 2}
FINDINGS_FOR = {Condition.HAS_FINDINGS: FindingCounts(total=2), Condition.NO_FINDINGS: FindingCounts()}
