"""The talk (约谈): proposed → approved or waived → notified → held → minuted → commitments followed up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy import func
from sqlmodel import Session, col, select

from casework.actor import OFFICE, Actor
from casework.load import load_case
from casework.matters import Matter, open_matters
from casework.measures import Ruling, decide_measure
from casework.notify import Queued
from casework.particulars import addressees, filed_with
from casework.signing import LetterDraft, Signed, sign
from casework.write import about, record
from db.tables import Case as CaseRow
from db.tables import Round, Subject, Talk
from db.workdays import work_calendar
from process.calendar import local_day
from process.decide import EventDraft, NoticeDraft
from process.errors import InvalidInput, NotFound, RequirementUnmet, WrongTalkState
from process.state import Case
from process.triggers import BASES
from process.vocabulary import (
    CaseStatus,
    EventKind,
    LetterKind,
    NoticeKind,
    Position,
    Role,
    RungKind,
    TalkStatus,
)

COMMITMENT = "commitment"
"""The process by which promises are followed."""

_CALLED = (Position.DEPUTY_HEAD, Position.COMMISSION_HEAD, Position.GOVERNMENT_OFFICE)
"""Whom a talk addresses: the head in charge first (DOMAIN §3.3)."""
_FILED = (Position.PARTY_OFFICE, Position.GOVERNMENT_OFFICE)
"""With whom it is filed."""


_UNDER_WAY = (CaseStatus.OPEN, CaseStatus.SUSPENDED)


class Commitment(BaseModel):
    """Something promised at a talk, and by when."""

    text: str = Field(min_length=2, max_length=2000, description="承诺事项")
    due_on: date = Field(description="完成时限")


def decide_talk(session: Session, actor: Actor, now: datetime, talk_id: int, *, approve: bool, note: str = "") -> Talk:
    """A manager approves a proposed talk, or waives it with a reason."""
    actor = actor.require(Role.MANAGER)
    case, talk = _loaded(session, actor, talk_id, TalkStatus.PROPOSED)
    if talk.climb_id is not None:
        ruling = Ruling.APPROVE if approve else Ruling.WAIVE
        decide_measure(session, actor, now, talk.climb_id, ruling=ruling, note=note)
        session.refresh(talk)
        return talk
    # Proposed before measures were written down as such.
    if not approve and not note.strip():
        raise InvalidInput("不予约谈须写明理由", field="note")
    talk.status = TalkStatus.APPROVED if approve else TalkStatus.WAIVED
    talk.decided_by, talk.decided_at, talk.decision_note = actor.person, now, note
    session.flush()
    kind = EventKind.TALK_APPROVED if approve else EventKind.TALK_WAIVED
    record(session, case, actor, now, [EventDraft(kind, {"talk": talk.id, "note": note})])
    return talk


def notify_talk(
    session: Session,
    actor: Actor,
    now: datetime,
    talk_id: int,
    *,
    scheduled_for: datetime,
    place: str,
    persons: str,
    talkers: str = "",
) -> Talk:
    """Sign and send the 约谈通知书, at least the process's notice period (working days) before the talk.

    ``talkers`` who talk to them; the managers' office, if not given. It is filed with the party committee and the
    government of the place.
    """
    actor = actor.require(*OFFICE)
    case, talk = _loaded(session, actor, talk_id, TalkStatus.APPROVED)
    earliest = _earliest(session, case, now)
    if local_day(scheduled_for) < earliest:
        raise InvalidInput(_too_short(case, earliest), field="scheduled_for")
    for field, value in (("place", place), ("persons", persons)):
        if not value.strip():
            raise InvalidInput("约谈通知须写明地点和被约谈人", field=field)
    talk.status, talk.notified_at = TalkStatus.NOTIFIED, now
    talk.scheduled_for, talk.place, talk.persons = scheduled_for, place, persons
    talk.talkers = talkers.strip() or "市政府教育督导室负责人"
    session.flush()
    fields = {
        "persons": persons,
        "reason": talk.reason,
        "basis": BASES[RungKind.TALK],
        "scheduled_for": scheduled_for.isoformat(),
        "place": place,
        "talkers": talk.talkers,
        "filed_with": "、".join(_filed_with(session, case)),
        "contact": actor.name,
    }
    letter = _signed(session, actor, now, case, talk, LetterKind.TALK_NOTICE, fields)
    return _told(session, actor, now, case, talk, EventKind.TALK_NOTIFIED, NoticeKind.TALK_NOTICE, letter)


def hold_talk(session: Session, actor: Actor, now: datetime, talk_id: int, *, held_at: datetime, attended: str) -> Talk:
    """Record that the talk took place: when, and who attended."""
    actor = actor.require(*OFFICE)
    case, talk = _loaded(session, actor, talk_id, TalkStatus.NOTIFIED)
    if held_at > now or (talk.notified_at is not None and held_at < talk.notified_at):
        raise InvalidInput("约谈时间须在通知之后、现在之前", field="held_at")
    earliest = _earliest(session, case, talk.notified_at or held_at)
    if talk.notified_at is not None and local_day(held_at) < earliest:
        raise InvalidInput(_too_short(case, earliest), field="held_at")
    if not attended.strip():
        raise InvalidInput("须写明参加人员", field="attended")
    talk.status, talk.held_at, talk.attended = TalkStatus.HELD, held_at, attended
    return _told(session, actor, now, case, talk, EventKind.TALK_HELD, None, None)


def minute_talk(
    session: Session, actor: Actor, now: datetime, talk_id: int, *, minutes: str, commitments: Sequence[Commitment]
) -> Talk:
    """Write the 约谈记录 with what was promised; each promise becomes a deadline that is followed like any other."""
    actor = actor.require(*OFFICE)
    case, talk = _loaded(session, actor, talk_id, TalkStatus.HELD)
    if not minutes.strip():
        raise InvalidInput("约谈记录不能为空", field="minutes")
    if not commitments:
        raise InvalidInput("约谈记录须写明承诺事项和时限", field="commitments")
    talk.status, talk.minuted_at, talk.minutes = TalkStatus.MINUTED, now, minutes
    if any(commitment.due_on <= local_day(now) for commitment in commitments):
        raise InvalidInput("承诺的时限须在今天之后", field="commitments")
    talk.commitments = [commitment.model_dump(mode="json") for commitment in commitments]
    session.flush()
    fields = {
        "held_at": talk.held_at.isoformat() if talk.held_at else "",
        "place": talk.place,
        "attended": talk.attended,
        "talkers": talk.talkers,
        "persons": talk.persons,
        "reason": talk.reason,
        "minutes": minutes,
        "commitments": talk.commitments,
        "filed_with": "、".join(_filed_with(session, case)),
    }
    letter = _signed(session, actor, now, case, talk, LetterKind.TALK_RECORD, fields)
    row = session.get_one(Round, case.round_id)
    matters = [
        Matter(case.subject_id, f"{promise.text}（约谈{talk.id}·{n}）", promise.due_on, talk.climb_id, talk.id)
        for n, promise in enumerate(commitments, start=1)
    ]
    open_matters(session, actor, now, COMMITMENT, matters, row.coordinator_id)
    return _told(session, actor, now, case, talk, EventKind.TALK_MINUTED, NoticeKind.TALK_MINUTES, letter)


def follow_up_talk(session: Session, actor: Actor, now: datetime, talk_id: int, *, note: str) -> Talk:
    """Close the talk: its commitments are kept, or withdrawn. Raises :class:`RequirementUnmet` while one is open."""
    actor = actor.require(*OFFICE)
    case, talk = _loaded(session, actor, talk_id, TalkStatus.MINUTED)
    left = session.exec(
        select(func.count()).where(CaseRow.origin_talk_id == talk_id, col(CaseRow.status).in_(_UNDER_WAY))
    ).one()
    if left:
        raise RequirementUnmet(f"还有{left}项承诺没有落实")
    if not note.strip():
        raise InvalidInput("须写明承诺落实情况", field="note")
    talk.status, talk.followed_up_at, talk.follow_up_note = TalkStatus.FOLLOWED_UP, now, note
    return _told(session, actor, now, case, talk, EventKind.TALK_FOLLOWED_UP, NoticeKind.TALK_CLOSED, None)


def _earliest(session: Session, case: Case, notified_at: datetime) -> date:
    """The first day on which a talk may be held after its notice."""
    return work_calendar(session).add_working_days(local_day(notified_at), case.process.talk.notice_days)


def _too_short(case: Case, earliest: date) -> str:
    return f"约谈通知须提前{case.process.talk.notice_days}个工作日，最早{earliest}"


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


def _filed_with(session: Session, case: Case) -> tuple[str, str]:
    subject = session.get_one(Subject, case.subject_id)
    return filed_with(subject.name, subject.region_kind)


def _signed(
    session: Session,
    actor: Actor,
    now: datetime,
    case: Case,
    talk: Talk,
    kind: LetterKind,
    fields: Mapping[str, Any],
) -> Signed:
    draft = LetterDraft(
        kind,
        case.round_id,
        fields,
        addressees(session, [case.id])[case.id],
        case_id=case.id,
        climb_id=talk.climb_id,
        talk_id=talk.id,
        copies=_filed_with(session, case),
    )
    return sign(session, actor, now, [draft])[0]


def _told(
    session: Session,
    actor: Actor,
    now: datetime,
    case: Case,
    talk: Talk,
    event: EventKind,
    notice: NoticeKind | None,
    letter: Signed | None,
) -> Talk:
    session.flush()
    said = []
    data: dict[str, Any] = {"talk": talk.id}
    if letter is not None:
        data |= {"letter_id": letter.id, "number": letter.number}
    if notice is not None:
        draft = NoticeDraft(notice, _CALLED, step=f"talk{talk.id}", data=data)
        climb = talk.climb_id if notice is NoticeKind.TALK_NOTICE else None
        letter_id = letter.id if letter else None
        said.append(Queued(draft, **about(case, talk_id=talk.id, climb_id=climb, letter_id=letter_id)))
        if letter is not None:
            filing = NoticeDraft(NoticeKind.FILING, _FILED, step=f"talk{talk.id}:{notice}", data=data)
            said.append(Queued(filing, **about(case, talk_id=talk.id, letter_id=letter_id)))
    record(session, case, actor, now, [EventDraft(event, data)], *said)
    return talk
