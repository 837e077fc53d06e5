"""Titles (称号) that recognitions give (要点第5、6项): held, described by the decision, lost; batches that fail as one.

A recognition that ends well grants its title by itself, and a re-check that ends in its loss takes it away
(:mod:`casework.write`); the day and number of the decision from above are entered afterwards.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import text
from sqlmodel import Session, col, select

from casework.actor import OFFICE, Actor
from casework.definitions import newest
from casework.load import load_cases, round_process
from casework.notify import Queued
from casework.write import about, record, write
from db.queries.letters import NOT_VOID
from db.tables import Recognition, Round, Subject
from db.workdays import work_calendar
from process.calendar import local_day
from process.decide import DISTRICT_CONTACTS, Ended, EventDraft, NoticeDraft, decide
from process.definition import Process
from process.errors import Conflict, InvalidInput, NotFound
from process.vocabulary import CaseOutcome, EventKind, LetterKind, NoticeKind, Position, Role

BATCH_ENDS = "batch_ended"
"""The outcome by which a definition says that its entries fail as one (普及普惠: 教督〔2020〕1号)."""

_RECOMMENDED = text(
    f"""
    SELECT c.id FROM cases c WHERE c.round_id = :round AND c.status IN ('open', 'suspended')
        AND EXISTS (SELECT FROM letters l WHERE l.case_id = c.id AND l.kind = :kind AND {NOT_VOID})
    ORDER BY c.id
    """
)


def enter_title(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    process_name: str,
    subject_id: str,
    granted_on: date,
    document: str,
    batch: int | None = None,
) -> Recognition:
    """Enter a title that was granted before this system followed it.

    Raises :class:`NotFound` (no such subject, or no process that grants one), :class:`Conflict` (held already),
    :class:`InvalidInput`.
    """
    actor.require(*OFFICE)
    process = next((one for one in newest(session) if one.name == process_name and one.grants), None)
    if process is None:
        raise NotFound("授予称号的督导事项", field="process_name")
    if session.get(Subject, subject_id) is None:
        raise NotFound("督导对象", field="subject_id")
    _check(granted_on, document, now)
    held = select(Recognition.id).where(
        Recognition.subject_id == subject_id,
        Recognition.title == process.grants,
        col(Recognition.revoked_on).is_(None),
    )
    if session.exec(held).first() is not None:
        raise Conflict(f"已有「{process.grants}」称号", field="subject_id")
    row = Recognition(
        process_name=process.name,
        title=process.grants,
        subject_id=subject_id,
        batch=batch or granted_on.year,
        granted_on=granted_on,
        document=document.strip(),
    )
    session.add(row)
    session.flush()
    return row


def describe_title(
    session: Session, actor: Actor, now: datetime, recognition_id: int, *, granted_on: date, document: str
) -> Recognition:
    """Enter the day and the number of the decision that granted a title. Raises as :func:`enter_title`."""
    actor = actor.require(*OFFICE)
    row = _held(session, recognition_id)
    _check(granted_on, document, now)
    row.granted_on, row.document = granted_on, document.strip()
    session.add(row)
    session.flush()
    data = {"title": row.title, "document": row.document, "granted_on": granted_on.isoformat()}
    _tell(session, actor, now, row, EventDraft(EventKind.TITLE_GRANTED, data))
    return row


def revoke_title(
    session: Session, actor: Actor, now: datetime, recognition_id: int, *, reason: str, revoked_on: date | None = None
) -> Recognition:
    """Write down that a title was taken away, on what day (today, if not given) and why; its holder is told.

    Raises :class:`NotFound`, :class:`Conflict` (lost already), :class:`InvalidInput`.
    """
    actor = actor.require(Role.MANAGER)
    row = _held(session, recognition_id)
    if not reason.strip():
        raise InvalidInput("取消称号须写明理由", field="reason")
    day = revoked_on or local_day(now)
    if not row.granted_on <= day <= local_day(now):
        raise InvalidInput("取消的日期须在授予之后、今天之前", field="revoked_on")
    row.revoked_on, row.revoked_reason = day, reason.strip()
    session.add(row)
    session.flush()
    data = {"title": row.title, "reason": reason.strip(), "on": day.isoformat()}
    notice = NoticeDraft(
        NoticeKind.CLOSED,
        (*DISTRICT_CONTACTS, Position.COMMISSION_HEAD, Position.GOVERNMENT_OFFICE),
        step=f"revoked@{row.id}",
        data={"outcome": CaseOutcome.REVOKED, "reason": f"取消「{row.title}」称号：{reason.strip()}"},
    )
    _tell(session, actor, now, row, EventDraft(EventKind.TITLE_REVOKED, data), notice)
    return row


def end_batch(session: Session, actor: Actor, now: datetime, round_id: int, *, reason: str) -> list[int]:
    """The nation ended the recognition of the whole batch this year: every subject recommended in it is closed.

    One sampled district that clearly fails, many complaints or false data sink all the province recommended that year;
    those not recommended yet go on. Returns the keys of the cases closed. Raises :class:`NotFound`,
    :class:`InvalidInput` (no reason, no such rule in the definition), :class:`Conflict` (nothing to end).
    """
    actor = actor.require(Role.MANAGER)
    if session.get(Round, round_id, with_for_update={"key_share": True}) is None:
        raise NotFound("轮次")
    process = round_process(session, round_id)
    if not fails_as_one(process):
        raise InvalidInput("此事项不按批次整体认定")
    if not reason.strip():
        raise InvalidInput("须写明终止的理由", field="reason")
    ids = session.execute(_RECOMMENDED, {"round": round_id, "kind": LetterKind.RECOMMENDATION}).scalars()
    cases = load_cases(session, list(ids))
    if not cases:
        raise Conflict("本批次没有正在国家认定的督导对象")
    calendar = work_calendar(session)
    ended = Ended(CaseOutcome.NOT_RECOGNISED, f"本年全市认定终止：{reason.strip()}")
    write(session, [decide(case, ended, now, calendar) for case in cases], actor, now)
    return [case.id for case in cases]


def fails_as_one(process: Process) -> bool:
    """Whether the entries of a round of it are recognised or fail together."""
    return any(stage.outcome(BATCH_ENDS) is not None for stage in process.stages)


def _check(granted_on: date, document: str, now: datetime) -> None:
    if granted_on > local_day(now):
        raise InvalidInput("授予的日期不能在今天之后", field="granted_on")
    if not document.strip():
        raise InvalidInput("须写明认定文件的文号", field="document")


def _held(session: Session, recognition_id: int) -> Recognition:
    row = session.get(Recognition, recognition_id, with_for_update=True)
    if row is None:
        raise NotFound("称号")
    if row.revoked_on is not None:
        raise Conflict("此称号已经取消")
    return row


def _tell(
    session: Session, actor: Actor, now: datetime, row: Recognition, event: EventDraft, *notices: NoticeDraft
) -> None:
    """Write it into the history of the case that granted the title; one entered by hand has none."""
    if row.case_id is None:
        return
    [case] = load_cases(session, [row.case_id])
    record(session, case, actor, now, [event], *(Queued(notice, **about(case)) for notice in notices))
