"""The measures of the ladder that a person decides: 通报, 曝光, 约谈, 问责, 移送, and 加强指导 beside them.

Time and conditions only propose (:mod:`process.decide`, :mod:`process.triggers`); people of the office may propose too.
A manager approves, changes into another measure, or waives with a reason. What is approved takes effect at once: its
letter is signed, its notice queued, its talk or matter opened.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session, select

from casework.actor import OFFICE, TIME, Actor
from casework.load import load_case
from casework.matters import Matter, open_matters
from casework.notify import Queued
from casework.particulars import addressees, completed, measure_fields
from casework.signing import LetterDraft, sign
from casework.write import about, insert_climb, record
from db.queries.accountability import accountability_record
from db.tables import Case as CaseRow
from db.tables import Climb, Round, Talk
from db.workdays import work_calendar
from process.calendar import local_day
from process.decide import EventDraft, NoticeDraft, next_action, open_item
from process.definition import Rung
from process.errors import CaseNotOpen, Conflict, InvalidInput, NotFound, RungAlreadyDecided
from process.ladder import in_force
from process.state import Case
from process.triggers import BASES, Proposal, aggravations
from process.vocabulary import (
    CaseStatus,
    ClimbStatus,
    EventKind,
    LetterKind,
    NoticeKind,
    Position,
    Role,
    RungKind,
    TalkStatus,
    Trigger,
)

_HEADS = (Position.COMMISSION_HEAD, Position.GOVERNMENT_OFFICE, Position.DEPUTY_HEAD)
_LETTERS = {
    RungKind.CIRCULAR: (LetterKind.CIRCULAR, NoticeKind.CIRCULAR),
    RungKind.EXPOSURE: (LetterKind.EXPOSURE, NoticeKind.EXPOSURE),
    RungKind.REFERRAL: (LetterKind.REFERRAL, NoticeKind.REFERRAL),
}
_PROCESSES = {RungKind.ACCOUNTABILITY: "accountability", RungKind.SUPPORT: "support"}
MEASURES = tuple(kind for kind in RungKind if kind.formal)


class Ruling(StrEnum):
    """What a manager makes of a proposal."""

    APPROVE = "approve"
    CHANGE = "change"
    WAIVE = "waive"


def propose_by_hand(
    session: Session,
    actor: Actor,
    now: datetime,
    case_id: int,
    expected_version: int | None,
    *,
    kind: RungKind,
    reason: str,
    trigger: Trigger = Trigger.BY_HAND,
) -> int:
    """Somebody of the office, or an inspector who found 弄虚作假, puts a measure before the managers: its key.

    Raises :class:`InvalidInput`, :class:`Conflict` (one of the kind is proposed or in force).
    """
    actor = actor.require(*OFFICE, Role.INSPECTOR)
    if not kind.formal:
        raise InvalidInput(f"{kind.title_zh}由系统按期发出", field="kind")
    if trigger not in (Trigger.BY_HAND, Trigger.FALSIFICATION):
        raise InvalidInput("只能人工提出，或因弄虚作假提出", field="trigger")
    if not reason.strip():
        raise InvalidInput(f"提出{kind.title_zh}须写明事由", field="reason")
    case = load_case(session, actor, case_id, expected_version)
    item = open_item(case)
    if in_force(kind, item.climbs) or (kind is RungKind.TALK and case.talk_alive):
        raise Conflict(f"已有一项{kind.title_zh}正在办理")
    same = sum(climb.rung.startswith(f"{kind}@{trigger}") for climb in item.climbs)
    key = f"{kind}@{trigger}" + (f"#{same + 1}" if same else "")
    return _write(session, actor, now, case, key, Proposal(trigger, kind, reason.strip(), BASES[kind]))


def propose(session: Session, now: datetime, case: Case, proposals: Iterable[Proposal]) -> list[int]:
    """Put what conditions propose before the managers, for a deed that does not move the case."""
    return [_write(session, TIME, now, case, found.key, found) for found in proposals]


def _write(session: Session, actor: Actor, now: datetime, case: Case, key: str, found: Proposal) -> int:
    climb_id, talk_id = insert_climb(
        session,
        actor,
        now,
        case,
        rung=key,
        kind=found.kind,
        trigger=found.trigger,
        reason=found.reason,
        basis=found.basis,
    )
    data = {"rung": key, "kind": found.kind, "trigger": found.trigger, "reason": found.reason}
    notice = NoticeDraft(NoticeKind.RUNG_PROPOSED, roles=(Role.MANAGER,), step=key, data=data)
    said = Queued(notice, **about(case, climb_id=climb_id, talk_id=talk_id))
    record(session, case, actor, now, [EventDraft(EventKind.RUNG_PROPOSED, data)], said)
    return climb_id


def decide_measure(
    session: Session,
    actor: Actor,
    now: datetime,
    climb_id: int,
    *,
    ruling: Ruling,
    note: str = "",
    instead: RungKind | None = None,
    particulars: Mapping[str, str] | None = None,
) -> Climb:
    """A manager decides a proposed measure; ``particulars`` are what its letter needs besides the record.

    While the case is suspended nobody is reproached for being late: such a measure may only be waived.
    曝光 needs ``reviewed_by`` (legal review), 移送 ``received_by``. Raises :class:`RungAlreadyDecided`,
    :class:`InvalidInput` (a waiver or a change needs its reason), :class:`LetterIncomplete`.
    """
    actor = actor.require(Role.MANAGER)
    case, climb = _loaded(session, actor, climb_id)
    if case.status is CaseStatus.SUSPENDED and climb.trigger.of_lateness and ruling is not Ruling.WAIVE:
        raise CaseNotOpen(f"当前为「{case.status.title_zh}」，恢复后再决定")
    if ruling is not Ruling.APPROVE and not note.strip():
        raise InvalidInput("不予采取或改用其他措施须写明理由", field="note")
    if ruling is Ruling.CHANGE and (instead is None or instead is climb.kind or not instead.formal):
        raise InvalidInput("须选定另一项措施", field="instead")
    status = {
        Ruling.APPROVE: ClimbStatus.APPROVED,
        Ruling.CHANGE: ClimbStatus.CHANGED,
        Ruling.WAIVE: ClimbStatus.WAIVED,
    }[ruling]
    settle(session, climb, actor, now, status, note)
    _settle_talk(session, climb, actor, now, note)
    data = {"rung": climb.rung, "kind": climb.kind, "note": note, "reason": climb.reason, "basis": climb.basis}
    talk = climb.kind is RungKind.TALK
    event = {
        Ruling.APPROVE: EventKind.TALK_APPROVED if talk else EventKind.RUNG_APPROVED,
        Ruling.CHANGE: EventKind.RUNG_CHANGED,
        Ruling.WAIVE: EventKind.TALK_WAIVED if talk else EventKind.RUNG_WAIVED,
    }[ruling]
    if instead is not None and ruling is Ruling.CHANGE:
        data["instead"] = instead
    record(session, case, actor, now, [EventDraft(event, data)])
    if ruling is Ruling.APPROVE:
        _take_effect(session, actor, now, case, climb, particulars or {})
    elif ruling is Ruling.CHANGE and instead is not None:
        _change(session, actor, now, case, climb, instead, particulars or {})
    _look_again(session, actor, now, case.id)
    return climb


def settle(session: Session, climb: Climb, actor: Actor, now: datetime, status: ClimbStatus, note: str) -> None:
    """Write a decision on a proposed measure once. Raises :class:`RungAlreadyDecided`."""
    if climb.status is not ClimbStatus.PROPOSED:
        raise RungAlreadyDecided(f"当前为「{climb.status.title_zh}」")
    climb.status, climb.decided_by, climb.decided_at, climb.decision_note = status, actor.person, now, note
    session.add(climb)
    session.flush()


def _loaded(session: Session, actor: Actor, climb_id: int) -> tuple[Case, Climb]:
    case_id = session.exec(select(Climb.case_id).where(Climb.id == climb_id)).first()
    if case_id is None:
        raise NotFound("待决定事项")
    case = load_case(session, actor, case_id, None)
    return case, session.get_one(Climb, climb_id, populate_existing=True)


def _settle_talk(session: Session, climb: Climb, actor: Actor, now: datetime, note: str) -> None:
    talk = session.exec(select(Talk).where(Talk.climb_id == climb.id)).first()
    if talk is None or talk.status is not TalkStatus.PROPOSED:
        return
    approved = climb.status is ClimbStatus.APPROVED
    talk.status = TalkStatus.APPROVED if approved else TalkStatus.WAIVED
    talk.decided_by, talk.decided_at, talk.decision_note = actor.person, now, note
    session.add(talk)
    session.flush()


def _change(
    session: Session,
    actor: Actor,
    now: datetime,
    case: Case,
    climb: Climb,
    instead: RungKind,
    particulars: Mapping[str, str],
) -> None:
    """Another measure in place of the proposed one, in force at once."""
    if case.item is not None and in_force(instead, case.item.climbs):
        raise Conflict(f"已有一项{instead.title_zh}正在办理")
    new_id, talk_id = insert_climb(
        session,
        actor,
        now,
        case,
        rung=f"{instead}@changed#{climb.id}",
        kind=instead,
        trigger=climb.trigger,
        reason=climb.reason,
        basis=BASES[instead],
        status=ClimbStatus.APPROVED,
    )
    if instead is RungKind.TALK and talk_id is None:
        raise Conflict("已有一次约谈正在办理")
    new = session.get_one(Climb, new_id)
    new.decided_by, new.decided_at, new.decision_note = actor.person, now, climb.decision_note
    session.add(new)
    session.flush()
    _take_effect(session, actor, now, case, new, particulars)


def _take_effect(
    session: Session, actor: Actor, now: datetime, case: Case, climb: Climb, particulars: Mapping[str, str]
) -> None:
    if climb.kind in _LETTERS:
        _send_letter(session, actor, now, case, climb, particulars)
    elif climb.kind in _PROCESSES:
        _open_matter(session, actor, now, case, climb)


def _send_letter(
    session: Session, actor: Actor, now: datetime, case: Case, climb: Climb, particulars: Mapping[str, str]
) -> None:
    kind, said = _LETTERS[climb.kind]
    missed = climb.due_on if climb.trigger.of_lateness else None
    fields = completed(measure_fields(climb.kind, climb.reason, climb.basis, missed), particulars)
    to = addressees(session, [case.id])[case.id]
    if climb.kind is RungKind.REFERRAL:
        to = (fields.get("received_by", ""),)
    elif climb.kind is RungKind.EXPOSURE:
        to = ()  # a text for the media, not for the district
    draft = LetterDraft(kind, case.round_id, fields, to, case_id=case.id, climb_id=climb.id)
    letter = sign(session, actor, now, [draft])[0]
    data = {"rung": climb.rung, "kind": climb.kind, "reason": climb.reason, "number": letter.number}
    notice = NoticeDraft(said, _told(case, climb), _office(case, climb), step=climb.rung, data=data)
    event = EventDraft(EventKind.LETTER_ISSUED, {"letter": kind, "number": letter.number, "id": letter.id})
    # A 移送函 is for the authority it is addressed to; the district is told, but not sent it.
    attached = None if climb.kind is RungKind.REFERRAL else letter.id
    queued = Queued(notice, **about(case, climb_id=climb.id, letter_id=attached))
    record(session, case, actor, now, [event], queued)


def _told(case: Case, climb: Climb) -> tuple[Position, ...]:
    rung = _rung(case, climb)
    return rung.to if rung and rung.to else _HEADS


def _office(case: Case, climb: Climb) -> tuple[Role, ...]:
    rung = _rung(case, climb)
    return rung.to_office if rung else ()


def _rung(case: Case, climb: Climb) -> Rung | None:
    if case.item is None:
        return None
    rungs = case.process.ladder(case.process.stage(case.item.stage).ladder).rungs
    return next((rung for rung in rungs if rung.kind is climb.kind), None)


def _open_matter(session: Session, actor: Actor, now: datetime, case: Case, climb: Climb) -> None:
    """问责 or 加强指导 goes its own way from here; the case it came from is not suspended by it."""
    row = session.get_one(Round, case.round_id)
    title = f"{climb.reason}（{row.title}·{climb.kind.title_zh}{climb.id}）"
    if climb.kind is RungKind.ACCOUNTABILITY:
        today = local_day(now)
        earlier = accountability_record(session, case.subject_id, today)
        heavier = aggravations(earlier.decided_on, today, uncorrected=earlier.uncorrected)
        if heavier:
            title += "；从重情形：" + "、".join(kind.title_zh for kind in heavier)
    matter = Matter(case.subject_id, title, origin_climb_id=climb.id)
    opened = open_matters(session, actor, now, _PROCESSES[climb.kind], [matter], row.coordinator_id)
    data = {"kind": climb.kind, "case": opened[0], "title": title}
    said = []
    if climb.kind is RungKind.SUPPORT:
        notice = NoticeDraft(NoticeKind.SUPPORT, _HEADS, step=climb.rung, data=data)
        said.append(Queued(notice, **about(case, climb_id=climb.id)))
    record(session, case, actor, now, [EventDraft(EventKind.MATTER_OPENED, data)], *said)


def _look_again(session: Session, actor: Actor, now: datetime, case_id: int) -> None:
    """What was decided may open the way for what comes after it."""
    case = load_case(session, actor, case_id, None)
    row = session.get_one(CaseRow, case_id)
    row.next_action_at = next_action(case, now, work_calendar(session))
    session.add(row)
    session.flush()
