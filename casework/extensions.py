"""More time: asked for before the due date, decided by the office."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from casework.actor import OFFICE, Actor
from casework.load import load_case
from casework.notify import Queued
from casework.particulars import addressees
from casework.signing import LetterDraft, Signed, sign
from casework.write import about, record, write
from db.tables import Extension
from db.workdays import work_calendar
from process.calendar import local_day
from process.decide import DISTRICT_CONTACTS, DueMoved, EventDraft, NoticeDraft, decide, open_item
from process.errors import (
    Conflict,
    ExtensionTooLate,
    HigherSignature,
    InvalidExtension,
    InvalidInput,
    NotFound,
)
from process.state import Case, Item
from process.vocabulary import EventKind, ExtensionStatus, LetterKind, NoticeKind, Role


def request_extension(
    session: Session,
    actor: Actor,
    now: datetime,
    case_id: int,
    expected_version: int | None,
    *,
    due_on: date,
    reason: str,
) -> Extension:
    """A district asks for a later due date, on or before the present one.

    Raises :class:`ExtensionTooLate`, :class:`InvalidExtension` (also when no more may be granted),
    :class:`Conflict` (one is pending already).
    """
    case = load_case(session, actor, case_id, expected_version)
    actor = actor.facing(case.subject_id).require(Role.DISTRICT)
    item = open_item(case)
    stage = case.process.stage(item.stage)
    if stage.owner is not Role.DISTRICT or stage.on_lapse:
        raise InvalidExtension(f"「{stage.title}」不能申请延期")
    if local_day(now) > item.due_on:
        raise ExtensionTooLate(f"{item.due_on}已到期")
    if due_on <= item.due_on:
        raise InvalidExtension(f"须晚于现在的到期日{item.due_on}", field="due_on")
    if not work_calendar(session).is_working(due_on):
        raise InvalidExtension(f"{due_on}不是工作日", field="due_on")
    if not reason.strip():
        raise InvalidInput("申请延期须写明理由", field="reason")
    approver = _approver(session, case, item, due_on)
    extension = Extension(
        case_id=case.id,
        work_item_id=item.id or 0,
        attempt=item.attempt,
        due_on=item.due_on,
        requested_due_on=due_on,
        reason=reason,
        approver=approver,
        requested_by=actor.person,
        requested_at=now,
    )
    session.add(extension)
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict("已有一份延期申请待审批") from error
    data = {"from": item.due_on.isoformat(), "to": due_on.isoformat(), "reason": reason, "extension": extension.id}
    roles = (Role.COORDINATOR,) if approver is Role.COORDINATOR else (Role.COORDINATOR, approver)
    told = NoticeDraft(NoticeKind.EXTENSION_REQUESTED, roles=roles, step=f"extension{extension.id}", data=data)
    event = EventDraft(EventKind.EXTENSION_REQUESTED, data)
    record(session, case, actor, now, [event], Queued(told, **about(case)))
    return extension


def decide_extension(
    session: Session, actor: Actor, now: datetime, extension_id: int, *, grant: bool, note: str = ""
) -> Extension:
    """The office grants a request (the due date moves, the climb stops) or refuses it with a reason (延期批复).

    Raises :class:`HigherSignature` when a manager must decide, :class:`Conflict` when it is decided already.
    """
    actor = actor.require(*OFFICE)
    case_id = session.exec(select(Extension.case_id).where(Extension.id == extension_id)).first()
    if case_id is None:
        raise NotFound("延期申请")
    case = load_case(session, actor, case_id, None)
    extension = session.get_one(Extension, extension_id, populate_existing=True)
    if extension.status is not ExtensionStatus.REQUESTED:
        raise Conflict(f"此申请已为「{extension.status.title_zh}」")
    if extension.approver is Role.MANAGER and actor.role is not Role.MANAGER:
        if Role.MANAGER not in (role for role, _ in actor.deputy_for):
            raise HigherSignature("延期较长或多次延期，由督导室负责人审批")
        actor = actor.require(Role.MANAGER)
    if not grant and not note.strip():
        raise InvalidInput("不同意延期须写明理由", field="note")
    extension.status = ExtensionStatus.GRANTED if grant else ExtensionStatus.REFUSED
    extension.decided_by, extension.decided_at, extension.decision_note = actor.person, now, note
    session.flush()
    data = {
        "granted": grant,
        "from": extension.due_on.isoformat(),
        "to": extension.requested_due_on.isoformat(),
        "note": note,
        "extension": extension.id,
    }
    if grant:
        calendar = work_calendar(session)
        provisional = calendar.is_provisional(extension.due_on, extension.requested_due_on)
        moved = DueMoved(extension.requested_due_on, provisional, "批准延期", told=None)
        decision = decide(case, moved, now, calendar)
        write(session, [decision], actor, now)
        case = decision.after
    letter = _reply(session, actor, now, case, extension, grant=grant)
    told = NoticeDraft(NoticeKind.EXTENSION_DECIDED, DISTRICT_CONTACTS, step=f"extension{extension.id}", data=data)
    event = EventDraft(EventKind.EXTENSION_DECIDED, {**data, "number": letter.number})
    record(session, case, actor, now, [event], Queued(told, **about(case, letter_id=letter.id)))
    return extension


def _approver(session: Session, case: Case, item: Item, due_on: date) -> Role:
    """Who must decide: long extensions, and the second one, need the higher signature (DOMAIN §4.1)."""
    rules = case.process.extensions
    if rules.limit is not None and case.item_extensions >= rules.limit:
        raise InvalidExtension(f"此事项最多延期{rules.limit}次")
    days = work_calendar(session).working_days_between(item.due_on, due_on)
    long = rules.coordinator_days is not None and days > rules.coordinator_days
    again = rules.limit is not None and case.item_extensions + 1 >= rules.higher_from
    return Role.MANAGER if long or again else Role.COORDINATOR


def _reply(session: Session, actor: Actor, now: datetime, case: Case, extension: Extension, *, grant: bool) -> Signed:
    item = case.item
    fields = {
        "stage": case.process.stage(item.stage).title if item else "",
        "granted": grant,
        "due_on": extension.due_on.isoformat(),
        "requested_due_on": extension.requested_due_on.isoformat(),
        "applied_on": local_day(extension.requested_at).isoformat(),
        "granted_due_on": extension.requested_due_on.isoformat() if grant else "",
        "reason": extension.decision_note or ("情况属实" if grant else ""),
    }
    to = addressees(session, [case.id])[case.id]
    draft = LetterDraft(LetterKind.EXTENSION_REPLY, case.round_id, fields, to, case_id=case.id)
    return sign(session, actor, now, [draft])[0]
