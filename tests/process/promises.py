"""What the rules promise about a case, checked on every pass, every transition and every state of its book."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta

from process.calendar import SHANGHAI, WorkCalendar, local_day
from process.decide import ClimbDraft, Decision, TimePassed, decide
from process.definition import Ladder, Process, Rung
from process.state import Case, Climb, Item
from process.vocabulary import CaseStatus, ClimbStatus, EventKind, NoticeKind, Role, RungKind, Trigger
from tests.process.case_book import CaseBook

ORDER = list(RungKind)
IN_FORCE = (ClimbStatus.PROPOSED, ClimbStatus.APPROVED)
NO_WARNING = (ClimbStatus.WAIVED, ClimbStatus.COLLAPSED, ClimbStatus.LAPSED, ClimbStatus.CHANGED)
OF_LATENESS = (NoticeKind.REMINDER, NoticeKind.URGE, NoticeKind.SUPERVISE)

ONCE = "a rung is climbed once per attempt, a reminder once per due date"
IN_ORDER = "nothing lower is said after something higher"
ONLY_PROPOSED = "a formal rung is proposed, never climbed"
WARNED = "nobody is proposed for a slip of which no warning has stood for the dwell"
FORGIVEN = "a warning of a slip that an extension forgave is none of the next slip"
ANOTHER_DAY = "a formal rung never comes on the day of a warning"
ONE_NOTICE = "what was missed collapses into one notice"
ITS_MOMENT = "nothing is climbed for a due date that is gone, nor before its hour"
STILL_TRUE = "nobody is reminded of a day that is over"
ONE_OF_A_KIND = "one measure of a kind at a time, one talk, one offer of help"
LOOKED_AT = "time has nothing to do before the moment it named, and names one while something is left"
NOTHING_LOST = "with the service up all is said whose moment has come"
TO_REST = "passes at one moment come to rest"
ONE_VERSION = "a transition is one version and has its event; without one nothing changes"
AS_WRITTEN = "the record says what was decided"
NOT_EARLY = "a right lapses when its last day is over, never before"
NOT_LATE = "a right that has lapsed does not wait"
STANDS_STILL = "what is suspended or closed stands still"
WINDOW = "a window is open to the end of its last day, then shut"
NOT_TAKEN = "an extension takes no days away"
NOT_SUSPENDED = "what may not be suspended is not"


def promise(book: CaseBook, name: str, kept: bool, why: object = "") -> None:
    """Fail with the story of the case unless a promise is kept."""
    if not kept:
        story = "\n  ".join(book.story)
        raise AssertionError(f"{name}\n  {story}\n  {book.now.astimezone(SHANGHAI):%Y-%m-%d %a %H:%M}  !! {why}")


# An arithmetic of its own: days are counted one by one, not looked up.


def fallen_due(rung: Rung, ladder: Ladder, due_on: date, now: datetime, calendar: WorkCalendar) -> bool:
    """Whether the moment of a rung has come, counted from today instead of from the due date."""
    today = local_day(now)
    counted = today if now.astimezone(SHANGHAI).hour >= ladder.hour else today - timedelta(days=1)
    if rung.offset > 0:
        return calendar.working_days_between(due_on, counted) >= rung.offset
    if rung.offset < 0:
        left = days(counted + timedelta(days=1), due_on)
        return sum(calendar.is_working(day) for day in left) < -rung.offset
    return any(calendar.is_working(day) for day in days(due_on, counted + timedelta(days=1)))


def days(start: date, end: date) -> list[date]:
    """The days from ``start`` up to, not including, ``end``."""
    return [start + timedelta(days=n) for n in range((end - start).days)]


def midnight_after(day: date) -> datetime:
    """The end of a day in Chongqing, as a UTC moment."""
    return datetime.combine(day, time(16), UTC)


# A pass of time


def check_pass(book: CaseBook, decision: Decision) -> None:
    """Everything that may be said of one pass; called before it is written."""
    before, now = decision.before, book.now
    if before.status is not CaseStatus.OPEN or before.item is None:
        promise(book, STANDS_STILL, not decision.changed and decision.next_action_at is None, decision.events)
        return
    item = before.item
    stage = before.process.stage(item.stage)
    lapsed = [event for event in decision.events if event.kind is EventKind.STAGE_LAPSED]
    over = now >= midnight_after(item.due_on)
    promise(book, NOT_EARLY, not lapsed or (bool(stage.on_lapse) and over), lapsed)
    promise(book, NOT_LATE, not (stage.on_lapse and over) or decision.leaves is not None, item.due_on)
    lateness = [notice for notice in decision.notices if notice.kind in OF_LATENESS]
    promise(book, ONE_NOTICE, len(lateness) <= 1, lateness)
    if decision.leaves is None:
        _check_climbs(book, before, item, decision.climbs)


def _check_climbs(book: CaseBook, before: Case, item: Item, drafts: tuple[ClimbDraft, ...]) -> None:
    ladder = before.process.ladder(before.process.stage(item.stage).ladder)
    said = [draft for draft in drafts if draft.status is not ClimbStatus.COLLAPSED]
    promise(book, ONE_NOTICE, sum(draft.trigger is not Trigger.HARDSHIP for draft in said) <= 1, said)
    for draft in drafts:
        rung = draft.rung
        here = [c for c in item.climbs if c.rung == rung.key and not _forgiven(book, c)]
        known = [c for c in here if c.kind is not RungKind.REMINDER or c.due_on == item.due_on]
        promise(book, ONCE, not known, rung.key)
        if rung.kind.formal:
            _check_formal(book, before, item, ladder, draft)
        else:
            _check_informal(book, item, ladder, draft, said)


def _forgiven(book: CaseBook, climb: Climb) -> bool:
    """Whether more time was granted after it was said that the thing was late."""
    granted = book.entry.extended_at
    late = climb.kind is not RungKind.REMINDER and climb.trigger.of_lateness
    return late and granted is not None and climb.at < granted


def _check_informal(book: CaseBook, item: Item, ladder: Ladder, draft: ClimbDraft, said: list[ClimbDraft]) -> None:
    rung, now = draft.rung, book.now
    promise(book, ITS_MOMENT, fallen_due(rung, ladder, item.due_on, now, book.calendar), rung.key)
    owed = rung.offset > 0 or not fallen_due(rung, ladder, item.due_on, item.due_since, book.calendar)
    promise(book, ITS_MOMENT, owed, f"{rung.key} was over before the due date was set")
    if draft.status is ClimbStatus.COLLAPSED:
        swallowed = any(ORDER.index(d.rung.kind) >= ORDER.index(rung.kind) and not d.rung.kind.formal for d in said)
        promise(book, ONE_NOTICE, swallowed, f"{rung.key} is swallowed by nothing")
        return
    promise(book, ONLY_PROPOSED, draft.status is ClimbStatus.CLIMBED, draft)
    offsets = {r.key: r.offset for r in ladder.rungs}
    above = [
        c
        for c in item.climbs
        if c.rung in offsets
        and not _forgiven(book, c)
        and offsets[c.rung] > rung.offset
        and (c.due_on == item.due_on or (rung.kind is not RungKind.REMINDER and not c.kind.formal))
    ]
    promise(book, IN_ORDER, not above, f"{rung.key} after {[c.rung for c in above]}")
    if rung.kind is RungKind.REMINDER:
        due_day = book.calendar.roll(item.due_on)
        promise(book, STILL_TRUE, local_day(now) <= due_day, f"{rung.key} for {item.due_on}")


def _check_formal(book: CaseBook, before: Case, item: Item, ladder: Ladder, draft: ClimbDraft) -> None:
    kind, now = draft.rung.kind, book.now
    collapsed = draft.status is ClimbStatus.COLLAPSED and kind is RungKind.TALK and before.talk_alive
    promise(book, ONLY_PROPOSED, draft.status is ClimbStatus.PROPOSED or collapsed, draft)
    same = [c.rung for c in item.climbs if c.kind is kind and c.status in IN_FORCE]
    promise(book, ONE_OF_A_KIND, not same, f"{draft.rung.key} beside {same}")
    promise(book, ONE_OF_A_KIND, collapsed or kind is not RungKind.TALK or not before.talk_alive, draft)
    promise(book, ONE_OF_A_KIND, kind is not RungKind.SUPPORT or not before.supported, draft)
    if draft.trigger not in (Trigger.OVERDUE, Trigger.SECOND_LATE):
        return
    today = local_day(now)
    spoken = [c.rung for c in item.climbs if not c.kind.formal and local_day(c.at) == today]
    extended_at = book.entry.extended_at
    promise(book, ANOTHER_DAY, not spoken, f"{draft.rung.key} on the day of {spoken}")
    promise(book, WARNED, today > item.due_on, f"{draft.rung.key} while {item.due_on} is not over")
    if draft.trigger is Trigger.OVERDUE:
        promise(book, ITS_MOMENT, fallen_due(draft.rung, ladder, item.due_on, now, book.calendar), draft.rung.key)
        # What was said before it was late, or of a measure for another reason, does not warn of the slip.
        said = [
            c
            for c in item.climbs
            if c.kind is not RungKind.REMINDER
            and ORDER.index(c.kind) < ORDER.index(kind)
            and c.status not in NO_WARNING
            and local_day(c.at) > c.due_on
        ]
        anew = [c.delivered_at for c in said if extended_at is None or c.at >= extended_at]
        warnings = [c.delivered_at for c in said]
        promise(book, FORGIVEN, bool(_stood(book, anew, ladder)), f"{draft.rung.key}; extended {extended_at}")
    else:
        warnings = [line.delivered_at for line in book.earlier_warnings]
    promise(book, WARNED, bool(_stood(book, warnings, ladder)), f"{draft.rung.key}; delivered: {warnings}")


def _stood(book: CaseBook, delivered: list[datetime | None], ladder: Ladder) -> list[datetime]:
    """Those that have stood for the dwell, not counting what the case stood still."""
    today = local_day(book.now)
    return [
        at
        for at in delivered
        if at and book.calendar.working_days_between(local_day(at), today) - _stood_still(book, at) >= ladder.dwell
    ]


def _stood_still(book: CaseBook, since: datetime) -> int:
    """Working days since then in which the case was suspended."""
    stood = 0
    for stopped, resumed in book.suspensions:
        if resumed > since:
            stood += book.calendar.working_days_between(local_day(max(stopped, since)), local_day(resumed))
    return stood


# A transition


def check_transition(book: CaseBook, decision: Decision) -> None:
    """Everything that may be said of any decision; called before it is written."""
    before, after = decision.before, decision.after
    if decision.changed:
        promise(book, ONE_VERSION, after.version == before.version + 1, (before.version, after.version))
    else:
        promise(book, ONE_VERSION, before == after and not decision.notices and not decision.climbs, after)
    alive = after.status in (CaseStatus.OPEN, CaseStatus.SUSPENDED)
    promise(book, ONE_VERSION, alive is (after.item is not None), f"{after.status} with {after.item}")
    for draft in decision.climbs:
        promise(book, ONLY_PROPOSED, not draft.rung.kind.formal or draft.status is not ClimbStatus.CLIMBED, draft)
    moment = decision.next_action_at
    promise(book, LOOKED_AT, moment is None or moment >= book.now, f"next look at {moment}")
    promise(book, STANDS_STILL, moment is None or after.status is CaseStatus.OPEN, after.status)
    if decision.leaves and after.item is not None:
        fresh = after.item.opened_at == book.now == after.item.due_since and after.item.due_on >= local_day(book.now)
        promise(book, ITS_MOMENT, fresh, "a stage is entered now, and due today at the earliest")
        promise(
            book, ITS_MOMENT, all(c.at == book.now and c.kind.formal for c in after.item.climbs), "climbs came along"
        )
        talks = sum(draft.rung.kind is RungKind.TALK for draft in decision.climbs)
        promise(book, ONE_OF_A_KIND, talks + before.talk_alive <= 1 or not talks, "a talk is proposed beside another")


def check_written(book: CaseBook, decision: Decision) -> None:
    """What is loaded again is what the decision said; called after it is written."""
    after, now = decision.after, book.load()
    if after.item is None or now.item is None:
        promise(book, AS_WRITTEN, after.item is now.item, after.status)
        return
    said = [(c.rung, c.status, c.excused) for c in after.item.climbs]
    kept = [(c.rung, c.status, c.excused) for c in now.item.climbs]
    promise(book, AS_WRITTEN, said == kept, f"{said} is not {kept}")
    promise(book, AS_WRITTEN, after.talk_alive is now.talk_alive, f"a talk under way: {after.talk_alive}")


# The book as it stands


def check_book(book: CaseBook, *, served: bool, stale: bool) -> None:
    """What must be so at any time. ``served``: time has just been let pass; ``stale``: mail came since it looked."""
    once = Counter(
        (line.item, line.attempt, line.rung, line.excused and line.due_on)
        for line in book.lines
        if line.kind is not RungKind.REMINDER
    )
    reminded = Counter(
        (line.item, line.attempt, line.rung, line.due_on) for line in book.lines if line.kind is RungKind.REMINDER
    )
    promise(book, ONCE, max([*once.values(), *reminded.values()], default=1) == 1, once)
    force = Counter(line.kind for line in book.attempt if line.status in IN_FORCE)
    promise(book, ONE_OF_A_KIND, max(force.values(), default=1) == 1, force)
    promise(book, ONE_OF_A_KIND, sum(talk.alive for talk in book.talks) <= 1, "two talks")
    offered = sum(line.kind is RungKind.SUPPORT and line.trigger is Trigger.HARDSHIP for line in book.lines)
    promise(book, ONE_OF_A_KIND, offered <= 1, "加强指导 was offered twice")
    if not book.under_way:
        promise(book, STANDS_STILL, book.next_action_at is None, book.next_action_at)
        return
    if served:
        _check_nothing_lost(book)
    if not stale:
        _check_the_moment_named(book, served=served)


def _check_nothing_lost(book: CaseBook) -> None:
    """With the service up, everything has been said whose moment has come."""
    item, ladder, now = book.entry, book.process.ladder(book.stage.ladder), book.now
    said = {
        (line.rung, line.due_on) if line.kind is RungKind.REMINDER else line.rung
        for line in book.attempt
        if not line.excused
    }
    for rung in ladder.rungs:
        if not fallen_due(rung, ladder, item.due_on, now, book.calendar):
            continue
        if rung.kind is RungKind.REMINDER:
            over = fallen_due(rung, ladder, item.due_on, item.due_since, book.calendar)
            late = local_day(now) > item.due_on
            promise(book, NOTHING_LOST, over or late or (rung.key, item.due_on) in said, rung.key)
        elif not rung.kind.formal:
            promise(book, NOTHING_LOST, rung.key in said, rung.key)
        elif not any(line.kind.formal for line in book.attempt):
            # Only the warnings below it could keep the lowest measure from being proposed.
            warned = [line.delivered_at for line in book.attempt if line.status is ClimbStatus.CLIMBED]
            if book.entry.resumed_at is not None:
                continue  # the dwell began anew
            last = max((at for at in warned if at is not None), default=now)
            stood = None not in warned and book.calendar.working_days_between(local_day(last), local_day(now))
            promise(book, NOTHING_LOST, not warned or not stood or stood <= ladder.dwell, f"{rung.key}; {last}")


def _check_the_moment_named(book: CaseBook, *, served: bool) -> None:
    """Probe the time until then: a pass in between must find nothing."""
    case, named = book.load(), book.next_action_at
    promise(book, LOOKED_AT, named is None or not served or named > book.now, f"{named} was left undone")
    if named is None:
        probes = [book.now + timedelta(days=n) for n in (0, 1, 9, 400)]
    else:
        middle = book.now + (named - book.now) / 2
        eve = midnight_after(local_day(named) - timedelta(days=1)) - timedelta(minutes=1)
        probes = [at for at in (book.now, middle, eve, named - timedelta(minutes=1)) if book.now <= at < named]
    for at in probes:
        found = decide(case, TimePassed(), at, book.calendar)
        what = [(event.kind, event.data.get("rung")) for event in found.events]
        when = f"{at.astimezone(SHANGHAI):%Y-%m-%d %a %H:%M}"
        # Once a day of rest is over a proposal may come with any pass of the morning that was named.
        that_morning = named is not None and local_day(at) == local_day(named) and found.leaves is None
        promise(book, LOOKED_AT, not found.changed or that_morning, f"next look at {named}, but on {when}: {what}")


def passes_allowed(process: Process) -> int:
    """So many passes at one moment are enough for anything."""
    return len(process.stages) + max(len(ladder.rungs) for ladder in process.ladders)


def owes(book: CaseBook) -> bool:
    """Whether the district may ask for more time now."""
    stage = book.stage
    limit = book.process.extensions.limit
    return (
        stage.owner is Role.DISTRICT
        and not stage.on_lapse
        and local_day(book.now) <= book.entry.due_on
        and (limit is None or book.granted < limit)
        and book.pending is None
    )
