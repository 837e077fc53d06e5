"""Sending official letters: the date of one may set a deadline, and its sending ends the stage that waits for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from casework.actor import OFFICE, Actor
from casework.load import load_case
from casework.notify import Queued
from casework.particulars import (
    addressees,
    completed,
    findings,
    last_number,
    opinion_fields,
    result_title,
    team_leader,
)
from casework.signing import LetterDraft, Signed, addressed, sign, void
from casework.steps import acting, apply
from casework.write import about, record
from db.tables import Finding, Letter, Round, Subject, User
from db.workdays import work_calendar
from process.calendar import local_day
from process.decide import EventDraft, NoticeDraft, default_letter_date, open_item
from process.definition import Outcome, Stage
from process.due import due
from process.errors import Conflict, InvalidInput, NotFound, WrongStage
from process.state import Case
from process.vocabulary import EventKind, FindingLevel, LetterKind, NoticeKind, Position, Role

_TOLD = (Position.OPERATOR, Position.OFFICE_HEAD, Position.COMMISSION_HEAD, Position.HEAD, Position.LIAISON)
_ACCOUNTED = (Position.DEPUTY_HEAD, Position.GOVERNMENT_OFFICE, Position.COMMISSION_HEAD)
REMEDY = {"review_days": 30, "appeal_days": 15}
"""《教育督导问责办法》第十九条."""


def issue_letter(
    session: Session,
    actor: Actor,
    now: datetime,
    case_id: int,
    expected_version: int | None,
    *,
    kind: LetterKind,
    content: str = "",
    sets_due_on: date | None = None,
    published_at_url: str = "",
    particulars: Mapping[str, str] | None = None,
    outcome: str = "",
) -> Case:
    """Sign a letter of the kind the open stage waits for; that ends the stage. The register gives its number.

    ``content`` is the evaluation (or decision) in words; ``particulars`` are further fields of the kind.
    ``sets_due_on`` is the day a 督导意见书 names for rectification (REG 21, CQREG 27); without one the definition's
    default is written into it. ``outcome`` tells apart two outcomes that wait for the same letter.
    Raises :class:`WrongStage`, :class:`LetterIncomplete`, :class:`InvalidInput`.
    """
    actor = actor.require(*OFFICE, Role.INSPECTOR)
    case = load_case(session, actor, case_id, expected_version)
    stage, chosen = _waiting_for(case, kind, outcome)
    actor = acting(actor, case, chosen.key)
    today = local_day(now)
    due_on = sets_due_on or default_letter_date(case.process, kind, today, work_calendar(session))
    if due_on is not None and due_on <= today:
        raise InvalidInput("整改期限须在发文之后", field="sets_due_on")
    if kind is LetterKind.SUPERVISION_REPORT and not published_at_url.startswith(("http://", "https://")):
        raise InvalidInput("督导报告须写明公开的网址（《重庆市教育督导条例》第三十条）", field="published_at_url")
    fields = completed(
        _fields(session, case, chosen, kind, content.strip(), due_on, published_at_url, now), particulars or {}
    )
    draft = LetterDraft(
        kind,
        case.round_id,
        fields,
        addressed(session, kind) or addressees(session, [case.id])[case.id],
        case_id=case.id,
        sets_due_on=due_on,
        content=content,
        published_at_url=published_at_url,
    )
    letter = sign(session, actor, now, [draft])[0]
    _announce(session, actor, now, case, draft, letter, today)
    issued = load_case(session, actor, case_id, None)
    return apply(session, actor, now, issued, stage=stage.key, outcome=chosen.key).after


def issue_rectification_notice(
    session: Session,
    actor: Actor,
    now: datetime,
    case_id: int,
    expected_version: int | None,
    *,
    finding_ids: Sequence[int],
    requirement: str,
    due_on: date,
) -> Signed:
    """A 整改通知书 to one school about its problems, sent through its district (REG 15, the responsible inspector).

    Raises :class:`NotFound`, :class:`InvalidInput` (problems of several schools, a day gone by),
    :class:`LetterIncomplete`.
    """
    actor = actor.require(*OFFICE, Role.INSPECTOR)
    case = load_case(session, actor, case_id, expected_version)
    open_item(case)
    rows = session.exec(
        select(Finding)
        .where(Finding.case_id == case.id, col(Finding.id).in_(finding_ids))
        .order_by(col(Finding.number))
    ).all()
    if len(rows) != len(set(finding_ids)) or not rows:
        raise NotFound("问题", field="finding_ids")
    schools = {row.school for row in rows}
    if len(schools) != 1 or rows[0].level is not FindingLevel.SCHOOL:
        raise InvalidInput("一份整改通知书只发一所学校，区县问题不发整改通知书", field="finding_ids")
    if due_on <= local_day(now):
        raise InvalidInput("整改期限须在今天之后", field="due_on")
    listed = [row for row in findings(session, case.id) if row["number"] in {finding.number for finding in rows}]
    school = schools.pop()
    fields = {"unit": school, "findings": listed, "requirement": requirement, "due_on": due_on.isoformat()}
    draft = LetterDraft(LetterKind.RECTIFICATION_NOTICE, case.round_id, fields, (school,), case_id=case.id)
    letter = sign(session, actor, now, [draft])[0]
    _announce(session, actor, now, case, draft, letter, local_day(now))
    return letter


def void_letter(session: Session, actor: Actor, now: datetime, letter_id: int, *, reason: str) -> None:
    """Declare a letter void; its number stays in the register. Raises what :func:`casework.signing.void` raises."""
    actor = actor.require(Role.MANAGER)
    letter = session.get(Letter, letter_id)
    if letter is None:
        raise NotFound("文书")
    case = load_case(session, actor, letter.case_id, None) if letter.case_id is not None else None
    void(session, actor, now, letter_id, reason=reason)
    if case is not None:
        data = {"letter": letter.kind, "number": letter.number, "reason": reason}
        record(session, case, actor, now, [EventDraft(EventKind.LETTER_VOIDED, data)])


def render_again(session: Session, actor: Actor, now: datetime, letter_id: int) -> None:
    """Have a letter that could not be set tried once more. Raises :class:`NotFound`, :class:`Conflict`."""
    actor.require(*OFFICE)
    letter = session.get(Letter, letter_id, with_for_update=True)
    if letter is None:
        raise NotFound("文书")
    if letter.sha256 is not None or not letter.trouble:
        raise Conflict("此文书没有生成失败，不需要重新生成")
    letter.trouble = ""
    session.flush()


def _waiting_for(case: Case, kind: LetterKind, outcome: str) -> tuple[Stage, Outcome]:
    item = open_item(case)
    stage = case.process.stage(item.stage)
    fitting = [o for o in stage.outcomes if o.letter is kind and outcome in ("", o.key)]
    if not fitting:
        raise WrongStage(f"「{stage.title}」环节不发{kind.title_zh}")
    return stage, fitting[0]


def _coordinator(session: Session, case: Case) -> str:
    """Whom to ask about it."""
    return session.get_one(User, session.get_one(Round, case.round_id).coordinator_id).name


def _fields(
    session: Session,
    case: Case,
    chosen: Outcome,
    kind: LetterKind,
    content: str,
    due_on: date | None,
    url: str,
    now: datetime,
) -> dict[str, Any]:
    """What the record itself says for a letter that ends a stage."""
    today = local_day(now)
    match kind:
        case LetterKind.WORK_NOTICE:
            return _work_notice(session, case, chosen, content, now)
        case LetterKind.RECOMMENDATION:
            who = session.get_one(Subject, case.subject_id).name
            what = case.process.grants or case.matter or case.process.title
            return {
                "recommended": f"{who}申报{what}",
                "basis": case.process.source,
                "reason": content,
                "contact": _coordinator(session, case),
            }
        case LetterKind.RESULT_CIRCULAR:
            return {"summary": content, "results": [_result(session, case, chosen)]}
        case LetterKind.MEETING_MINUTES:
            return {"agreed": content, **({"meeting": case.matter} if case.matter else {})}
        case LetterKind.CIRCULAR:
            return {
                "reason": content,
                "basis": "《教育督导条例》第二十五条",
                "requirement": "请对照通报的情况立即改正，并书面报告改正情况。",
            }
        case LetterKind.OPINION:
            return opinion_fields(session, case, content, due_on)
        case LetterKind.PRELIMINARY_OPINION:
            leader = team_leader(session, case.id)
            return {
                "evaluation": content,
                "defence_days": 5,
                "team_leader": leader,
                "findings": findings(session, case.id),
            }
        case LetterKind.SUPERVISION_REPORT:
            number = last_number(session, case.id, LetterKind.OPINION)
            return {"evaluation": content, "published_at_url": url, "opinion_number": number}
        case LetterKind.RESULT_FEEDBACK:
            return {"evaluation": content, "findings": findings(session, case.id)}
        case LetterKind.ACCOUNTABILITY_NOTICE:
            return {"facts": case.matter, "proposal": content, "defence_days": 10}
        case LetterKind.ACCOUNTABILITY_DECISION:
            return {
                "subject": session.get_one(Subject, case.subject_id).name,
                "facts": case.matter,
                "basis": "《教育督导问责办法》",
                "manner": content,
                "effective_on": today.isoformat(),
                "remedy": REMEDY,
            }
        case _:
            number = last_number(session, case.id, LetterKind.ACCOUNTABILITY_DECISION)
            decided = {"decision": content, "reason": case.matter, "decision_number": number}
            return decided | ({"appeal_days": REMEDY["appeal_days"]} if kind is LetterKind.REVIEW_DECISION else {})


def _work_notice(session: Session, case: Case, chosen: Outcome, content: str, now: datetime) -> dict[str, Any]:
    """A 工作通知 at a stage: what is to be done next, as the stage it leads to asks it."""
    item = open_item(case)
    target = next((route.to for route in chosen.routes if route.to is not None), None)
    stage = case.process.stage(target or item.stage)
    by = item.due_on
    if target is not None:
        today = local_day(now)
        by = due(stage.period, entered=today, anchor=today, year=case.year, calendar=work_calendar(session)).on
        by = case.external.get(target, by) if stage.period.external else by
    return {
        "basis": case.process.source,
        "matters": case.matter or case.process.title,
        "requirement": content or stage.asks,
        "due_on": by.isoformat(),
        "materials": [deliverable.title for deliverable in stage.deliverables],
        "contact": _coordinator(session, case),
    }


def _result(session: Session, case: Case, chosen: Outcome) -> dict[str, str]:
    """A line of a list of results."""
    said = {"unit": session.get_one(Subject, case.subject_id).name, "result": result_title(case.process, chosen)}
    return {"title": case.matter, **said} if case.matter else said


def _announce(
    session: Session, actor: Actor, now: datetime, case: Case, draft: LetterDraft, letter: Signed, today: date
) -> None:
    data = {
        "letter": draft.kind,
        "number": letter.number,
        "id": letter.id,
        "issued_on": today.isoformat(),
        "sets_due_on": draft.sets_due_on.isoformat() if draft.sets_due_on else None,
        "published_at_url": draft.published_at_url,
    }
    told = _ACCOUNTED if case.process.name == "accountability" else _TOLD
    notice = NoticeDraft(NoticeKind.LETTER, told, step=f"{draft.kind}:{letter.number}", data=data)
    event = EventDraft(EventKind.LETTER_ISSUED, data)
    record(session, case, actor, now, [event], Queued(notice, **about(case, letter_id=letter.id)))
