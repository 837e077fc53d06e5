"""The one function in the middle: what a happening means for a case.

``decide(case, happening, now, calendar)`` is pure. It returns the case afterwards, the history, what is to be said, the
rungs climbed and the moment at which time must look again; or it raises the business error that forbids the happening.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from process.calendar import WorkCalendar, end_of_day, local_day
from process.definition import Outcome, Period, Process, Route, Rung, Stage
from process.due import Due, due, due_outside
from process.errors import (
    CaseNotOpen,
    InvalidExtension,
    InvalidInput,
    MissingDeliverable,
    NotAllowed,
    NotSuspendable,
    RequirementUnmet,
    UnknownOutcome,
    WindowClosed,
    WrongStage,
)
from process.ladder import Early, dwelt, late_from, next_morning, step
from process.state import Case, Climb, Item, holds, unmet
from process.triggers import BASES, Proposal, on_entry, on_hardship, on_opinion, on_return, on_statement
from process.vocabulary import (
    CaseOutcome,
    CaseStatus,
    ClimbStatus,
    EventKind,
    LetterKind,
    NoticeKind,
    Position,
    Role,
    RungKind,
    Trigger,
)

DISTRICT_CONTACTS = (Position.OPERATOR, Position.OFFICE_HEAD)


# What can happen


@dataclass(frozen=True, slots=True)
class Completed:
    """A person ends a stage by one of its outcomes."""

    outcome: str
    role: Role
    stage: str
    deliverables: frozenset[str] = frozenset()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TimePassed:
    """A pass of time looks at the case."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """The draw of the on-site sample fell on the case, or did not."""

    sampled: bool


@dataclass(frozen=True, slots=True)
class DueMoved:
    """The due date of the open item becomes another day, for a reason (extension, calendar notice).

    Only what somebody above us set makes it ``earlier``; otherwise nobody loses days they were promised. Where a notice
    of its own tells it, nothing is ``told`` here.
    """

    due_on: date
    provisional: bool
    reason: str
    told: NoticeKind | None = NoticeKind.DUE_MOVED
    earlier: bool = False


@dataclass(frozen=True, slots=True)
class Suspended:
    """Work on the case stops; its clock stands still."""

    reason: str


@dataclass(frozen=True, slots=True)
class Resumed:
    """Work goes on; the due date moves by the working days that passed meanwhile."""

    reason: str


@dataclass(frozen=True, slots=True)
class Ended:
    """A person takes the case out: withdrawn, or closed by hand."""

    outcome: CaseOutcome
    reason: str


Happening = Completed | TimePassed | Drawn | DueMoved | Suspended | Resumed | Ended


# What follows


@dataclass(frozen=True, slots=True)
class EventDraft:
    """A line of history to be written."""

    kind: EventKind
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NoticeDraft:
    """Something to be said. ``step`` makes it distinct among notices of its kind for the same attempt.

    ``positions`` are those of the subject it is about; where nobody there holds one of them, its district's people are
    told in its place (its operator, if it has none of these positions), before it counts as undeliverable. ``roles``
    are those of the office. ``people`` are accounts told in person, by id: the responsible inspector, a reviewer.
    """

    kind: NoticeKind
    positions: tuple[Position, ...] = ()
    roles: tuple[Role, ...] = ()
    people: tuple[int, ...] = ()
    step: str = ""
    about_next: bool = False
    """Whether it speaks of the item the case enters rather than of the one it leaves."""
    by_mail: bool = True
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClimbDraft:
    """A rung, or a proposed measure, to be written for the open item."""

    rung: Rung
    status: ClimbStatus
    reason: str
    trigger: Trigger = Trigger.OVERDUE
    basis: str = ""
    late: int = 0
    """Working days past the due date."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Everything that follows from a happening, for one case."""

    before: Case
    after: Case
    leaves: str | None = None
    """The outcome by which ``before.item`` is done; ``None`` while it stays open."""
    events: tuple[EventDraft, ...] = ()
    notices: tuple[NoticeDraft, ...] = ()
    climbs: tuple[ClimbDraft, ...] = ()
    excuses: bool = False
    """Whether what was climbed because the open item was late is void: more time was granted."""
    next_action_at: datetime | None = None

    @property
    def changed(self) -> bool:
        """Whether anything but the next moment to look differs."""
        return bool(self.events)


# the function


def decide(case: Case, happening: Happening, now: datetime, calendar: WorkCalendar) -> Decision:
    """What follows from a happening. ``now`` is aware; raises a :class:`process.errors.DudaoError` if forbidden."""
    match happening:
        case TimePassed():
            return _time_passed(case, now, calendar)
        case Completed():
            return _completed(case, happening, now, calendar)
        case Drawn():
            return _drawn(case, happening, now, calendar)
        case DueMoved():
            return _due_moved(case, happening, now, calendar)
        case Suspended():
            return _suspended(case, happening, now)
        case Resumed():
            return _resumed(case, happening, now, calendar)
        case Ended():
            return _ended(case, happening)


def first_item(
    process: Process, year: int, now: datetime, calendar: WorkCalendar, *, due_on: date | None = None
) -> tuple[Item, datetime | None]:
    """The item with which every case of a launch opens, and when time must first look at it.

    ``due_on`` is a day that was agreed for this case and takes the place of the definition's period.
    """
    stage = process.stage(process.first)
    today = local_day(now)
    ends = due(stage.period, entered=today, anchor=today, year=year, calendar=calendar)
    if due_on is not None:
        ends = Due(due_on, calendar.is_provisional(today, due_on))
    item = Item(None, stage.key, 1, 1, now, ends.on, now, ends.provisional)
    return item, _next_action(process, stage, item, now, calendar, None)


def next_action(case: Case, now: datetime, calendar: WorkCalendar) -> datetime | None:
    """When time must next look at the case; ``None`` when there is nothing left for time to do."""
    if case.status is not CaseStatus.OPEN or case.item is None:
        return None
    stage = case.process.stage(case.item.stage)
    if _gate_outcome(case, stage) is not None:
        return now
    return _next_action(case.process, stage, case.item, now, calendar, _early(case, stage, case.item, calendar))


def may(role: Role, owner: Role) -> bool:
    """Whether a role may act for the owner of a stage: the office for its people, but nobody for a manager."""
    office = (Role.COORDINATOR, Role.MANAGER)
    return role is owner or (role in office and owner not in (Role.DISTRICT, Role.MANAGER))


def _next_action(
    process: Process, stage: Stage, item: Item, now: datetime, calendar: WorkCalendar, early: Early | None
) -> datetime | None:
    climbing = step(process.ladder(stage.ladder), item, now, calendar, early)
    moments = [now] if climbing.climb is not None else []
    if climbing.next_at is not None:
        moments.append(climbing.next_at)
    if stage.period.from_receipt and item.received_at is None:
        moments.append(next_morning(now, process.ladder(stage.ladder), calendar))
    elif stage.on_lapse:
        moments.append(max(now, end_of_day(item.due_on)))
    return min(moments, default=None)


def _early(case: Case, stage: Stage, item: Item, calendar: WorkCalendar) -> Early | None:
    """What a second late item in one round proposes at once, once the warning about an earlier one has stood.

    Only for what the district owes: the office's own lateness is no ground against it.
    """
    rule = case.process.rule(Trigger.SECOND_LATE)
    if rule is None or stage.owner is not Role.DISTRICT or case.late_before < rule.threshold or case.warned_at is None:
        return None
    ladder = case.process.ladder(stage.ladder)
    known = next((rung for rung in ladder.rungs if rung.kind is rule.proposes), None)
    rung = Rung(
        key=f"{rule.proposes}@{rule.trigger}",
        kind=rule.proposes,
        offset=1,
        to=known.to if known else DISTRICT_CONTACTS,
        basis=rule.basis,
    )
    # As with the rungs below, the dwell begins anew with a moved due date: a suspension does not count towards it.
    stood = dwelt(ladder, max(case.warned_at, item.due_since), calendar)
    return Early(rung, max(late_from(ladder, item.due_on, calendar), stood))


def open_item(case: Case) -> Item:
    """What the case waits for. Raises :class:`CaseNotOpen` when it is suspended, closed or withdrawn."""
    if case.status is not CaseStatus.OPEN or case.item is None:
        raise CaseNotOpen(f"当前为「{case.status.title_zh}」")
    return case.item


def _completed(case: Case, happening: Completed, now: datetime, calendar: WorkCalendar) -> Decision:
    item = open_item(case)
    stage = case.process.stage(item.stage)
    if happening.stage != stage.key:
        wanted = case.process.stage(happening.stage).title
        raise WrongStage(f"当前在「{stage.title}」环节，不在「{wanted}」环节")
    outcome = stage.outcome(happening.outcome)
    if outcome is None:
        raise UnknownOutcome(f"「{stage.title}」没有「{happening.outcome}」", field="outcome")
    if not may(happening.role, outcome.by or stage.owner):
        raise NotAllowed(f"「{stage.title}」由{case.process.owner_title(outcome.by or stage.owner)}办理")
    if stage.on_lapse:
        _right_is_open(case, stage, outcome, item, now, calendar)
    if outcome.within is not None:
        entered = local_day(_runs_from(outcome.within, item) or now)
        last = due(outcome.within, entered=entered, anchor=entered, year=case.year, calendar=calendar).on
        if local_day(now) > last:
            raise WindowClosed(f"「{outcome.title}」须在{last}前提出", field="outcome")
    if outcome.needs_deliverables:
        missing = [d.title for d in stage.deliverables if d.required and d.key not in happening.deliverables]
        if missing:
            raise MissingDeliverable("、".join(missing), field="deliverables")
    if needs_reason(outcome) and not happening.reason.strip():
        raise InvalidInput(f"「{outcome.title}」须写明理由", field="reason")
    if outcome.letter is not None and outcome.letter not in case.letters:
        raise RequirementUnmet(f"尚未发出{outcome.letter.title_zh}")
    for requirement in outcome.requires:
        why = unmet(case, requirement)
        if why:
            raise RequirementUnmet(why)
    return _leave(case, stage, outcome, EventKind.STAGE_COMPLETED, happening.reason, now, calendar)


def needs_reason(outcome: Outcome) -> bool:
    """Whether whoever chooses it must say why."""
    return outcome.notice is NoticeKind.RETURNED or outcome.states is not None


def _right_is_open(
    case: Case, stage: Stage, outcome: Outcome, item: Item, now: datetime, calendar: WorkCalendar
) -> None:
    """A right is exercised to the end of its last day, and lapses by time alone."""
    ends = _right_ends(case, stage, item, calendar)
    if outcome.key == stage.on_lapse:
        when = f"在{ends.on}期满后" if ends else "自送达之日起期满后"
        raise RequirementUnmet(f"「{outcome.title}」{when}自动认定，不能人工办理")
    if ends is not None and now >= end_of_day(ends.on):
        raise WindowClosed(f"「{outcome.title}」须在{ends.on}前提出", field="outcome")


def _runs_from(period: Period, item: Item) -> datetime | None:
    """The moment whose day is not counted any more; ``None`` while nobody has received word of the right."""
    return item.received_at if period.from_receipt else item.opened_at


def _right_ends(case: Case, stage: Stage, item: Item, calendar: WorkCalendar) -> Due | None:
    """The last day of a right: never before the due date that was told, later where word of it came later."""
    told = Due(item.due_on, item.provisional)
    if not stage.period.from_receipt:
        return told
    if item.received_at is None:
        return None
    day = local_day(item.received_at)
    period = stage.rework if stage.rework is not None and item.attempt > 1 else stage.period
    counted = due(period, entered=day, anchor=day, year=case.year, calendar=calendar)
    return counted if counted.on > item.due_on else told


def _time_passed(case: Case, now: datetime, calendar: WorkCalendar) -> Decision:
    item = case.item
    if case.status is not CaseStatus.OPEN or item is None:
        return Decision(case, case)
    stage = case.process.stage(item.stage)
    opened = _gate_outcome(case, stage)
    if opened is not None:
        return _leave(case, stage, opened, EventKind.STAGE_PASSED, "", now, calendar)
    if stage.on_lapse:
        ends = _right_ends(case, stage, item, calendar)
        if ends is not None and ends.on > item.due_on and now < end_of_day(ends.on):
            return _due_moved(case, DueMoved(ends.on, ends.provisional, "期限自送达之日起算"), now, calendar)
        lapse = stage.outcome(stage.on_lapse)
        if lapse is not None and ends is not None and now >= end_of_day(ends.on):
            return _leave(case, stage, lapse, EventKind.STAGE_LAPSED, "期限届满", now, calendar)
    return _climb(case, stage, item, now, calendar)


def _climb(case: Case, stage: Stage, item: Item, now: datetime, calendar: WorkCalendar) -> Decision:
    ladder = case.process.ladder(stage.ladder)
    early = _early(case, stage, item, calendar)
    climbing = step(ladder, item, now, calendar, early)
    rung = climbing.climb
    if rung is None:
        again = _next_action(case.process, stage, item, now, calendar, early)
        return Decision(case, case, next_action_at=again)
    late = calendar.working_days_between(item.due_on, local_day(now))
    reason = f"「{stage.title}」逾期{late}个工作日" if late > 0 else f"「{stage.title}」将于{item.due_on}到期"
    trigger = Trigger.OVERDUE
    if early is not None and rung is early.rung:
        trigger, reason = Trigger.SECOND_LATE, f"本轮次第{case.late_before + 1}次逾期：{reason}"
    drafts = [ClimbDraft(lower, ClimbStatus.COLLAPSED, f"并入{rung.kind.title_zh}") for lower in climbing.collapsed]
    status = ClimbStatus.PROPOSED if rung.kind.formal else ClimbStatus.CLIMBED
    if rung.kind is RungKind.TALK and case.talk_alive:
        # One talk at a time: this slip belongs before the talk that is under way.
        status, reason = ClimbStatus.COLLAPSED, f"{reason}；并入正在办理的约谈"
    basis = rung.basis or BASES.get(rung.kind, stage.period.basis)
    drafts.append(ClimbDraft(rung, status, reason, trigger, basis, max(late, 0)))
    proposed = status is ClimbStatus.PROPOSED
    help_offered = [_proposed(p) for p in on_hardship(case)] if proposed else []
    drafts += help_offered
    after = _with_climbs(replace(case, version=case.version + 1), drafts, now)
    data = {"rung": rung.key, "kind": rung.kind, "reason": reason, "due_on": item.due_on.isoformat()}
    events = [EventDraft(EventKind.RUNG_PROPOSED if proposed else EventKind.CLIMBED, data)]
    notices = [_climb_notice(rung, item, data)] if status is not ClimbStatus.COLLAPSED else []
    for draft in help_offered:
        event, notice = _proposal_said(draft)
        events.append(event)
        notices.append(notice)
    return Decision(
        case,
        after,
        events=tuple(events),
        notices=tuple(notices),
        climbs=tuple(drafts),
        next_action_at=next_action(after, now, calendar),
    )


def _with_climbs(case: Case, drafts: list[ClimbDraft], now: datetime) -> Case:
    item = open_item(case)
    climbs = tuple(Climb(d.rung.key, d.rung.kind, item.due_on, d.status, now, trigger=d.trigger) for d in drafts)
    return replace(
        case,
        item=replace(item, climbs=item.climbs + climbs),
        supported=case.supported or any(d.rung.kind is RungKind.SUPPORT for d in drafts),
        talk_alive=case.talk_alive
        or any(d.rung.kind is RungKind.TALK and d.status is ClimbStatus.PROPOSED for d in drafts),
    )


def _proposed(found: Proposal) -> ClimbDraft:
    rung = Rung(key=found.key, kind=found.kind, offset=0, basis=found.basis)
    return ClimbDraft(rung, ClimbStatus.PROPOSED, found.reason, found.trigger, found.basis)


def _proposal_said(draft: ClimbDraft) -> tuple[EventDraft, NoticeDraft]:
    """The history and the notice to the managers of a measure that a condition proposes."""
    data = {"rung": draft.rung.key, "kind": draft.rung.kind, "trigger": draft.trigger, "reason": draft.reason}
    notice = NoticeDraft(
        NoticeKind.RUNG_PROPOSED, roles=(Role.MANAGER,), step=draft.rung.key, about_next=True, data=data
    )
    return EventDraft(EventKind.RUNG_PROPOSED, data), notice


_SAID = {
    RungKind.REMINDER: NoticeKind.REMINDER,
    RungKind.URGE: NoticeKind.URGE,
    RungKind.SUPERVISE: NoticeKind.SUPERVISE,
}


def _climb_notice(rung: Rung, item: Item, data: Mapping[str, Any]) -> NoticeDraft:
    # Reminders, and what was excused, may come again for a moved due date; otherwise once per attempt.
    again = rung.kind is RungKind.REMINDER or any(climb.rung == rung.key and climb.excused for climb in item.climbs)
    step_key = f"{rung.key}@{item.due_on}" if again else rung.key
    if rung.kind.formal:
        return NoticeDraft(NoticeKind.RUNG_PROPOSED, roles=(Role.MANAGER,), step=step_key, data=data)
    return NoticeDraft(_SAID[rung.kind], rung.to, rung.to_office, step=step_key, data=data)


def _gate_outcome(case: Case, stage: Stage) -> Outcome | None:
    return next((stage.outcome(key) for condition, key in stage.gate if holds(case, condition)), None)


def _route(case: Case, outcome: Outcome) -> Route:
    return next(route for route in outcome.routes if route.when is None or holds(case, route.when))


def _leave(
    case: Case,
    stage: Stage,
    outcome: Outcome,
    how: EventKind,
    reason: str,
    now: datetime,
    calendar: WorkCalendar,
) -> Decision:
    """The case leaves its open item by an outcome and enters what follows, through any gate that stands open."""
    item = open_item(case)
    data = {"stage": stage.key, "outcome": outcome.key, "title": outcome.title, "attempt": item.attempt}
    if reason:
        data["reason"] = reason
    events = [EventDraft(how, data)]
    notices = _outcome_notices(stage, outcome, item, reason)
    left = _with_completion(case, item, local_day(now))
    if any(map(_is_talk_for_lateness, item.climbs)):
        left = replace(left, talk_alive=False)  # what lateness proposed is void once the item is left
    route = _route(left, outcome)
    while route.to is not None:
        following = case.process.stage(route.to)
        passed = _gate_outcome(left, following)
        if passed is None:
            return _enter(case, left, following, route, outcome, reason, events, notices, now, calendar)
        events.append(
            EventDraft(
                EventKind.STAGE_PASSED,
                {"stage": following.key, "outcome": passed.key, "title": passed.title},
            )
        )
        notices += _outcome_notices(following, passed, item, "")
        route = _route(left, passed)
    return _close(case, left, outcome.key, route.closes_as, events, notices)


def _outcome_notices(stage: Stage, outcome: Outcome, item: Item, reason: str) -> list[NoticeDraft]:
    notices = []
    if outcome.notice is not None:
        again = any(route.again for route in outcome.routes)
        notices.append(
            NoticeDraft(
                outcome.notice,
                DISTRICT_CONTACTS,
                step=f"{stage.key}:{outcome.key}:{item.attempt}",
                about_next=again,
                data={"reason": reason, "stage": stage.key, "outcome": outcome.key},
            )
        )
    if stage.owner is Role.DISTRICT and stage.deliverables:
        notices.append(NoticeDraft(NoticeKind.RECEIVED, roles=(Role.COORDINATOR,), step=stage.key, by_mail=False))
    return notices


def _with_completion(case: Case, item: Item, today: date) -> Case:
    visits = dict(case.visits)
    if item.stage in visits:
        visits[item.stage] = replace(visits[item.stage], completed_on=today)
    return replace(case, visits=visits)


def _enter(
    before: Case,
    left: Case,
    stage: Stage,
    route: Route,
    outcome: Outcome,
    reason: str,
    events: list[EventDraft],
    notices: list[NoticeDraft],
    now: datetime,
    calendar: WorkCalendar,
) -> Decision:
    item = _next_item(left, stage, route, now, calendar)
    kind = EventKind.STAGE_REOPENED if route.again else EventKind.STAGE_ENTERED
    entered = {
        "stage": stage.key,
        "due_on": item.due_on.isoformat(),
        "attempt": item.attempt,
        "visit": item.visit,
        "provisional": item.provisional,
    }
    told = list(notices)
    if not any(notice.about_next for notice in notices):
        told.append(_opening_notice(stage))
    after = replace(left, item=item, version=before.version + 1)
    found = [
        *(on_return(after) if route.again else ()),
        *(on_opinion(after) if _closes_problem_list(outcome) else ()),
        *on_statement(after, outcome.states, reason),
        *(on_entry(after) if not route.again else ()),
    ]
    if found:
        found += on_hardship(after)
    first_of_kind: dict[RungKind, Proposal] = {}
    for proposal in found:
        first_of_kind.setdefault(proposal.kind, proposal)
    drafts = [_proposed(proposal) for proposal in first_of_kind.values()]
    said = [_proposal_said(draft) for draft in drafts]
    after = _with_climbs(after, drafts, now)
    return Decision(
        before,
        after,
        leaves=outcome.key,
        events=(*events, EventDraft(kind, entered), *(event for event, _ in said)),
        notices=(*told, *(notice for _, notice in said)),
        climbs=tuple(drafts),
        next_action_at=next_action(after, now, calendar),
    )


def _closes_problem_list(outcome: Outcome) -> bool:
    """A 督导意见书 (or the result of who was not inspected) says what the problems are."""
    return outcome.letter in (LetterKind.OPINION, LetterKind.RESULT_FEEDBACK)


def _opening_notice(stage: Stage) -> NoticeDraft:
    if stage.owner is Role.DISTRICT:
        return NoticeDraft(NoticeKind.STAGE_OPENED, stage.tells, about_next=True)
    if stage.owner is Role.MANAGER:
        return NoticeDraft(NoticeKind.STAGE_OPENED, roles=(Role.MANAGER, Role.COORDINATOR), about_next=True)
    return NoticeDraft(NoticeKind.STAGE_OPENED, roles=(Role.COORDINATOR,), about_next=True, by_mail=False)


def _next_item(left: Case, stage: Stage, route: Route, now: datetime, calendar: WorkCalendar) -> Item:
    today = local_day(now)
    last = left.visits.get(stage.key)
    again = route.again and last is not None
    period = stage.rework if again and stage.rework else stage.period
    anchored = left.visits.get(period.anchor) if period.anchor else None
    start = anchored.completed_on if anchored and anchored.completed_on else today
    ends = due(period, entered=today, anchor=start, year=left.year, calendar=calendar)
    on, provisional = ends.on, ends.provisional
    outside = left.external.get(stage.key) if period.external else None
    if outside is not None:
        inside = due_outside(period, outside, today, calendar)
        on, provisional = inside.on, inside.provisional
    written = left.letters.get(period.set_by_letter) if period.set_by_letter else None
    if written is not None and written > today:
        on = written
        provisional = calendar.is_provisional(today, on)
    if last is not None and again:
        return Item(last.item_id, stage.key, last.visit, last.attempt + 1, now, on, now, provisional)
    return Item(None, stage.key, last.visit + 1 if last else 1, 1, now, on, now, provisional)


def _close(
    before: Case,
    left: Case,
    leaves: str,
    outcome: CaseOutcome | None,
    events: list[EventDraft],
    notices: list[NoticeDraft],
    status: CaseStatus = CaseStatus.CLOSED,
    told: NoticeKind = NoticeKind.CLOSED,
    reason: str = "",
) -> Decision:
    data = {"outcome": outcome or "", "reason": reason}
    after = replace(left, status=status, outcome=outcome, item=None, version=before.version + 1)
    kind = EventKind.WITHDRAWN if status is CaseStatus.WITHDRAWN else EventKind.CASE_CLOSED
    return Decision(
        before,
        after,
        leaves=leaves,
        events=(*events, EventDraft(kind, data)),
        notices=(*notices, NoticeDraft(told, DISTRICT_CONTACTS, step="end", data=data)),
    )


def _drawn(case: Case, happening: Drawn, now: datetime, calendar: WorkCalendar) -> Decision:
    if case.status not in (CaseStatus.OPEN, CaseStatus.SUSPENDED):
        raise CaseNotOpen(f"当前为「{case.status.title_zh}」")
    kind = EventKind.SAMPLED if happening.sampled else EventKind.NOT_SAMPLED
    marked = replace(case, sampled=happening.sampled)
    drawn = EventDraft(kind)
    if case.status is CaseStatus.OPEN and case.item is not None:
        stage = case.process.stage(case.item.stage)
        opened = _gate_outcome(marked, stage)
        if opened is not None:
            decision = _leave(marked, stage, opened, EventKind.STAGE_COMPLETED, "", now, calendar)
            return replace(decision, before=case, events=(drawn, *decision.events))
    after = replace(marked, version=case.version + 1)
    return Decision(case, after, events=(drawn,), next_action_at=next_action(after, now, calendar))


def _due_moved(case: Case, happening: DueMoved, now: datetime, calendar: WorkCalendar) -> Decision:
    item = open_item(case)
    if happening.due_on < local_day(now):
        raise InvalidExtension("新的到期日不能在今天之前", field="due_on")
    if happening.due_on < item.due_on and not happening.earlier:
        raise InvalidExtension(f"到期日已是{item.due_on}，不能改早", field="due_on")
    excused = [climb.rung for climb in item.climbs if climb.warns] if happening.due_on > item.due_on else []
    after = replace(
        case,
        item=replace(
            item,
            due_on=happening.due_on,
            provisional=happening.provisional,
            due_since=now,
            climbs=tuple(_excused(climb) for climb in item.climbs) if excused else item.climbs,
        ),
        talk_alive=case.talk_alive and not (excused and any(map(_is_talk_for_lateness, item.climbs))),
        version=case.version + 1,
    )
    data = {"from": item.due_on.isoformat(), "to": happening.due_on.isoformat(), "reason": happening.reason}
    if excused:
        data["excused"] = "、".join(excused)
    notices = (
        (NoticeDraft(happening.told, DISTRICT_CONTACTS, step=f"due@{happening.due_on}:{after.version}", data=data),)
        if happening.told
        else ()
    )
    return Decision(
        case,
        after,
        events=(EventDraft(EventKind.DUE_MOVED, data),),
        notices=notices,
        excuses=bool(excused),
        next_action_at=next_action(after, now, calendar),
    )


def _excused(climb: Climb) -> Climb:
    """What is still only proposed is void with the slip; what was said or decided is remembered."""
    if not climb.warns:
        return climb
    lapses = climb.status is ClimbStatus.PROPOSED
    return replace(climb, status=ClimbStatus.LAPSED if lapses else climb.status, excused=True)


def _is_talk_for_lateness(climb: Climb) -> bool:
    return climb.warns and climb.kind is RungKind.TALK and climb.status is ClimbStatus.PROPOSED


def _suspended(case: Case, happening: Suspended, now: datetime) -> Decision:
    open_item(case)
    if not case.process.suspendable:
        raise NotSuspendable(case.process.title)
    after = replace(case, status=CaseStatus.SUSPENDED, suspended_at=now, version=case.version + 1)
    data = {"reason": happening.reason}
    notice = NoticeDraft(NoticeKind.SUSPENDED, DISTRICT_CONTACTS, step=f"v{after.version}", data=data)
    return Decision(case, after, events=(EventDraft(EventKind.SUSPENDED, data),), notices=(notice,))


def _resumed(case: Case, happening: Resumed, now: datetime, calendar: WorkCalendar) -> Decision:
    item = case.item
    if case.status is not CaseStatus.SUSPENDED or item is None or case.suspended_at is None:
        raise CaseNotOpen(f"当前为「{case.status.title_zh}」，没有中止")
    since, today = local_day(case.suspended_at), local_day(now)
    stood = calendar.working_days_between(since, today)
    # Both ways across the gap: what was left before stays left, what was late stays as late as it was.
    due_on = calendar.add_working_days(item.due_on, stood) if stood else item.due_on
    stage = case.process.stage(item.stage)
    outside = case.external.get(item.stage) if stage.period.external else None
    if outside is not None:  # nobody above us waits for a suspension
        due_on = due_outside(stage.period, outside, today, calendar).on
    moved = replace(item, due_on=due_on, due_since=now, provisional=calendar.is_provisional(today, due_on))
    after = replace(case, status=CaseStatus.OPEN, suspended_at=None, item=moved, version=case.version + 1)
    data = {"reason": happening.reason, "from": item.due_on.isoformat(), "to": due_on.isoformat()}
    notice = NoticeDraft(NoticeKind.RESUMED, DISTRICT_CONTACTS, step=f"v{after.version}", data=data)
    return Decision(
        case,
        after,
        events=(EventDraft(EventKind.RESUMED, data),),
        notices=(notice,),
        next_action_at=next_action(after, now, calendar),
    )


def _ended(case: Case, happening: Ended) -> Decision:
    if case.status not in (CaseStatus.OPEN, CaseStatus.SUSPENDED) or case.item is None:
        raise CaseNotOpen(f"当前为「{case.status.title_zh}」")
    withdrawn = happening.outcome is CaseOutcome.WITHDRAWN
    return _close(
        case,
        case,
        "ended",
        happening.outcome,
        [],
        [],
        status=CaseStatus.WITHDRAWN if withdrawn else CaseStatus.CLOSED,
        told=NoticeKind.WITHDRAWN if withdrawn else NoticeKind.CLOSED,
        reason=happening.reason,
    )


def letter_date_required(process: Process, kind: LetterKind) -> bool:
    """Whether a letter of that kind must name a day, because a stage is due by it."""
    return any(stage.period.set_by_letter is kind for stage in process.stages)


def default_letter_date(process: Process, kind: LetterKind, today: date, calendar: WorkCalendar) -> date | None:
    """The day a letter of that kind names unless its author writes another."""
    stage = next((stage for stage in process.stages if stage.period.set_by_letter is kind), None)
    if stage is None:
        return None
    return calendar.roll(today + timedelta(days=stage.period.n))
