"""The talk (约谈): proposed → approved or waived → notified → held → minuted → commitments followed up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from pydantic import BaseModel, Field
from sqlmodel import Session, select

from casework.actor import OFFICE, Actor
from casework.load import load_case
from casework.notify import Queued
from casework.rungs import settle
from casework.write import about, insert_talk, record
from db.tables import Climb, Talk
from db.workdays import work_calendar
from process.calendar import local_day
from process.decide import EventDraft, NoticeDraft
from process.errors import InvalidInput, NotFound, WrongTalkState
from process.state import Case
from process.vocabulary import ClimbStatus, EventKind, NoticeKind, Position, Role, TalkStatus, TalkTrigger

_CALLED = (Position.DEPUTY_HEAD, Position.COMMISSION_HEAD, Position.GOVERNMENT_OFFICE)
"""Whom a talk addresses: the head in charge first (DOMAIN §3.3)."""


class Commitment(BaseModel):
    """Something promised at a talk, and by when."""

    text: str = Field(min_length=2, max_length=2000, description="承诺事项")
    due_on: date = Field(description="完成时限")


def propose(session: Session, actor: Actor, now: datetime, case: Case, trigger: TalkTrigger, reason: str) -> int | None:
    """Propose a talk for another reason than lateness, and put it before the managers.

    ``None`` if one is alive for the case already.
    """
    talk_id = insert_talk(session, case, trigger, reason, now)
    if talk_id is not None:
        data = {"kind": "talk", "reason": reason, "talk": talk_id}
        notice = NoticeDraft(NoticeKind.RUNG_PROPOSED, roles=(Role.MANAGER,), step=f"talk{talk_id}", data=data)
        said = Queued(notice, **about(case, talk_id=talk_id))
        record(session, case, actor, now, [EventDraft(EventKind.TALK_PROPOSED, data)], said)
    return talk_id


def propose_by_hand(
    session: Session, actor: Actor, now: datetime, case_id: int, expected_version: int | None, *, reason: str
) -> Talk:
    """A coordinator or manager proposes a talk. Raises :class:`WrongTalkState` if one is under way."""
    actor.require(*OFFICE)
    if not reason.strip():
        raise InvalidInput("提出约谈须写明事由", field="reason")
    case = load_case(session, actor, case_id, expected_version)
    talk_id = propose(session, actor, now, case, TalkTrigger.BY_HAND, reason)
    if talk_id is None:
        raise WrongTalkState("已有一次约谈正在办理")
    return session.get_one(Talk, talk_id)


def decide_talk(session: Session, actor: Actor, now: datetime, talk_id: int, *, approve: bool, note: str = "") -> Talk:
    """A manager approves a proposed talk, or waives it with a reason."""
    actor.require(Role.MANAGER)
    case, talk = _loaded(session, actor, talk_id, TalkStatus.PROPOSED)
    if not approve and not note.strip():
        raise InvalidInput("不予约谈须写明理由", field="note")
    talk.status = TalkStatus.APPROVED if approve else TalkStatus.WAIVED
    talk.decided_by, talk.decided_at, talk.decision_note = actor.person, now, note
    if talk.climb_id is not None:
        climb = session.get_one(Climb, talk.climb_id)
        settle(session, climb, actor, now, ClimbStatus.APPROVED if approve else ClimbStatus.WAIVED, note)
    session.flush()
    kind = EventKind.TALK_APPROVED if approve else EventKind.TALK_WAIVED
    record(session, case, actor, now, [EventDraft(kind, {"talk": talk.id, "note": note})])
    return talk


def notify_talk(
    session: Session, actor: Actor, now: datetime, talk_id: int, *, scheduled_for: datetime, place: str, persons: str
) -> Talk:
    """Send the talk notice, at least the process's notice period (working days) before the talk."""
    actor.require(*OFFICE)
    case, talk = _loaded(session, actor, talk_id, TalkStatus.APPROVED)
    calendar = work_calendar(session)
    days = case.process.talk.notice_days
    earliest = calendar.add_working_days(local_day(now), days)
    if local_day(scheduled_for) < earliest:
        raise InvalidInput(f"约谈通知须提前{days}个工作日，最早{earliest}", field="scheduled_for")
    for field, value in (("place", place), ("persons", persons)):
        if not value.strip():
            raise InvalidInput("约谈通知须写明地点和被约谈人", field=field)
    talk.status, talk.notified_at = TalkStatus.NOTIFIED, now
    talk.scheduled_for, talk.place, talk.persons = scheduled_for, place, persons
    return _told(session, actor, now, case, talk, EventKind.TALK_NOTIFIED, NoticeKind.TALK_NOTICE)


def hold_talk(session: Session, actor: Actor, now: datetime, talk_id: int, *, held_at: datetime, attended: str) -> Talk:
    """Record that the talk took place: when, and who attended."""
    actor.require(*OFFICE)
    case, talk = _loaded(session, actor, talk_id, TalkStatus.NOTIFIED)
    if held_at > now or (talk.notified_at is not None and held_at < talk.notified_at):
        raise InvalidInput("约谈时间须在通知之后、现在之前", field="held_at")
    if not attended.strip():
        raise InvalidInput("须写明参加人员", field="attended")
    talk.status, talk.held_at, talk.attended = TalkStatus.HELD, held_at, attended
    return _told(session, actor, now, case, talk, EventKind.TALK_HELD, None)


def minute_talk(
    session: Session, actor: Actor, now: datetime, talk_id: int, *, minutes: str, commitments: Sequence[Commitment]
) -> Talk:
    """Write the talk record (约谈记录) with what was promised."""
    actor.require(*OFFICE)
    case, talk = _loaded(session, actor, talk_id, TalkStatus.HELD)
    if not minutes.strip():
        raise InvalidInput("约谈记录不能为空", field="minutes")
    if not commitments:
        raise InvalidInput("约谈记录须写明承诺事项和时限", field="commitments")
    talk.status, talk.minuted_at, talk.minutes = TalkStatus.MINUTED, now, minutes
    talk.commitments = [commitment.model_dump(mode="json") for commitment in commitments]
    return _told(session, actor, now, case, talk, EventKind.TALK_MINUTED, NoticeKind.TALK_MINUTES)


def follow_up_talk(session: Session, actor: Actor, now: datetime, talk_id: int, *, note: str) -> Talk:
    """Close the talk: its commitments are kept."""
    actor.require(*OFFICE)
    case, talk = _loaded(session, actor, talk_id, TalkStatus.MINUTED)
    if not note.strip():
        raise InvalidInput("须写明承诺落实情况", field="note")
    talk.status, talk.followed_up_at, talk.follow_up_note = TalkStatus.FOLLOWED_UP, now, note
    return _told(session, actor, now, case, talk, EventKind.TALK_FOLLOWED_UP, NoticeKind.TALK_CLOSED)


def _loaded(session: Session, actor: Actor, talk_id: int, state: TalkStatus) -> tuple[Case, Talk]:
    """The case first, then the talk: everybody locks in this order."""
    case_id = session.exec(select(Talk.case_id).where(Talk.id == talk_id)).first()
    if case_id is None:
        raise NotFound("约谈")
    case = load_case(session, actor, case_id, None)
    talk = session.get_one(Talk, talk_id, populate_existing=True)
    if talk.status is not state:
        raise WrongTalkState(f"当前为「{talk.status.title_zh}」，须为「{state.title_zh}」")
    return case, talk


def _told(
    session: Session,
    actor: Actor,
    now: datetime,
    case: Case,
    talk: Talk,
    event: EventKind,
    notice: NoticeKind | None,
) -> Talk:
    session.flush()
    said = []
    if notice is not None:
        draft = NoticeDraft(notice, _CALLED, step=f"talk{talk.id}", data={"talk": talk.id})
        climb = talk.climb_id if notice is NoticeKind.TALK_NOTICE else None
        said.append(Queued(draft, **about(case, talk_id=talk.id, climb_id=climb)))
    record(session, case, actor, now, [EventDraft(event, {"talk": talk.id})], *said)
    return talk
