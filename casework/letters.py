"""Sending official letters: the date of one may set a deadline, and its sending ends the stage that waits for it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from casework.actor import OFFICE, TIME, Actor
from casework.load import load_case
from casework.notify import Queued
from casework.steps import apply
from casework.talks import propose
from casework.write import about, record
from db.tables import Letter
from db.workdays import work_calendar
from process.calendar import local_day
from process.decide import EventDraft, NoticeDraft, default_letter_date
from process.definition import Outcome, Stage
from process.errors import CaseNotOpen, Conflict, InvalidInput, WrongStage
from process.state import Case
from process.vocabulary import EventKind, LetterKind, NoticeKind, Position, Role, TalkTrigger

_TOLD = (Position.OPERATOR, Position.OFFICE_HEAD, Position.COMMISSION_HEAD)


def issue_letter(
    session: Session,
    actor: Actor,
    now: datetime,
    case_id: int,
    expected_version: int | None,
    *,
    kind: LetterKind,
    number: str,
    content: str = "",
    sets_due_on: date | None = None,
    published_at_url: str = "",
) -> Case:
    """Issue a letter of the kind the open stage waits for; that ends the stage.

    ``sets_due_on`` is the day a 督导意见书 names for rectification (REG 21, CQREG 27); without one the definition's
    default is written into it. Raises :class:`WrongStage`, :class:`Conflict` (文号 used before), :class:`InvalidInput`.
    """
    actor.require(*OFFICE, Role.INSPECTOR)
    case = load_case(session, actor, case_id, expected_version)
    stage, outcome = _waiting_for(case, kind)
    today = local_day(now)
    due_on = sets_due_on or default_letter_date(case.process, kind, today, work_calendar(session))
    if due_on is not None and due_on <= today:
        raise InvalidInput("整改期限须在发文之后", field="sets_due_on")
    if not number.strip():
        raise InvalidInput("须写明文号", field="number")
    if kind is LetterKind.SUPERVISION_REPORT and not published_at_url.startswith(("http://", "https://")):
        raise InvalidInput("督导报告须写明公开的网址（《重庆市教育督导条例》第三十条）", field="published_at_url")
    letter = Letter(
        case_id=case.id,
        kind=kind,
        number=number.strip(),
        issued_on=today,
        sets_due_on=due_on,
        content=content,
        published_at_url=published_at_url,
        issued_by=actor.person,
        issued_at=now,
    )
    session.add(letter)
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict(f"文号「{number}」已经用过", field="number") from error
    _announce(session, actor, now, case, letter)
    issued = load_case(session, actor, case_id, None)
    after = apply(session, actor, now, issued, stage=stage.key, outcome=outcome.key).after
    if kind is LetterKind.OPINION:
        _propose_for_findings(session, after, now)
    return after


def _waiting_for(case: Case, kind: LetterKind) -> tuple[Stage, Outcome]:
    if case.item is None:
        raise CaseNotOpen(f"当前为「{case.status.title_zh}」")
    stage = case.process.stage(case.item.stage)
    outcome = next((outcome for outcome in stage.outcomes if outcome.letter is kind), None)
    if outcome is None:
        raise WrongStage(f"「{stage.title}」环节不发{kind.title_zh}")
    return stage, outcome


def _announce(session: Session, actor: Actor, now: datetime, case: Case, letter: Letter) -> None:
    data = {
        "letter": letter.kind,
        "number": letter.number,
        "issued_on": letter.issued_on.isoformat(),
        "sets_due_on": letter.sets_due_on.isoformat() if letter.sets_due_on else None,
        "published_at_url": letter.published_at_url,
    }
    notice = NoticeDraft(NoticeKind.LETTER, _TOLD, step=f"{letter.kind}:{letter.number}", data=data)
    record(session, case, actor, now, [EventDraft(EventKind.LETTER_ISSUED, data)], Queued(notice, **about(case)))


def _propose_for_findings(session: Session, case: Case, now: datetime) -> None:
    """A talk is proposed for many or grave problems (要点第8项：措施不到位、问题多发)."""
    counts, rules = case.findings, case.process.talk
    if counts.total >= rules.many_findings or counts.grave >= rules.grave_findings:
        reason = f"督导发现问题{counts.total}个，其中严重{counts.grave}个"
        propose(session, TIME, now, case, TalkTrigger.MANY_FINDINGS, reason)
