"""The problem list: recorded, planned, claimed done, verified by a second person, looked back upon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field
from sqlalchemy import func
from sqlmodel import Session, col, select

from casework.actor import OFFICE, Actor
from casework.load import load_case
from casework.measures import propose
from casework.particulars import addressees, last_number
from casework.particulars import findings as listed
from casework.signing import LetterDraft, sign
from casework.write import record
from db.tables import Finding
from process.calendar import local_day
from process.decide import EventDraft, open_item
from process.errors import (
    InvalidInput,
    NotFound,
    SecondPersonRequired,
    WrongFindingState,
    WrongStage,
)
from process.state import Case
from process.triggers import on_hardship, on_relapse
from process.vocabulary import EventKind, FindingLevel, FindingSource, FindingStatus, LetterKind, Role, Severity

_UNSETTLED = (FindingStatus.OPEN, FindingStatus.PLANNED, FindingStatus.RETURNED, FindingStatus.REOPENED)
_SETTLED = (FindingStatus.VERIFIED, FindingStatus.LONG_TERM)


class NewFinding(BaseModel):
    """A problem as an inspector writes it down."""

    level: FindingLevel = Field(default=FindingLevel.DISTRICT, description="问题层级：区县问题或学校问题")
    school: str = Field(default="", max_length=200, description="学校（园）名称，学校问题必填")
    indicator: str = Field(default="", max_length=100, description="指标编号")
    category: str = Field(default="", max_length=100, description="问题类别")
    severity: Severity = Field(default=Severity.ORDINARY, description="严重程度")
    description: str = Field(min_length=2, max_length=4000, description="问题描述")
    source: FindingSource = Field(default=FindingSource.ON_SITE, description="问题来源")


class Measure(BaseModel):
    """What a district will do about a finding (整改措施)."""

    finding_id: int
    measure: str = Field(min_length=2, max_length=4000, description="整改措施")
    responsible_unit: str = Field(min_length=1, max_length=200, description="牵头责任单位")
    responsible_person: str = Field(min_length=1, max_length=100, description="责任人")
    due_on: date = Field(description="整改时限")


class Claim(BaseModel):
    """A district's statement that a finding is put right (申请销号)."""

    finding_id: int
    evidence: str = Field(min_length=2, max_length=4000, description="完成情况与佐证")


class Verdict(BaseModel):
    """What the verification found."""

    finding_id: int
    verdict: Literal["verified", "long_term", "returned"] = Field(description="销号、长期坚持或退回")
    note: str = Field(default="", max_length=4000, description="核查情况；退回时必填")


class LookBack(BaseModel):
    """What the look-back found: the result held, or the problem is back (反弹)."""

    finding_id: int
    held: bool = Field(description="是否巩固")
    note: str = Field(default="", max_length=4000, description="核查情况；反弹时必填")


def record_findings(
    session: Session, actor: Actor, now: datetime, case_id: int, expected_version: int | None, new: Sequence[NewFinding]
) -> list[Finding]:
    """Write down one or many findings, numbered within the case, until the opinion letter closes the list.

    Raises :class:`WrongStage` once rectification has begun, :class:`InvalidInput` naming the line.
    """
    actor = actor.require(*OFFICE, Role.INSPECTOR)
    case = load_case(session, actor, case_id, expected_version)
    _require_stage(case, *case.process.recording)
    if not new:
        raise InvalidInput("没有填写问题", field="findings")
    for line, finding in enumerate(new, start=1):
        if (finding.level is FindingLevel.SCHOOL) != bool(finding.school.strip()):
            raise InvalidInput(f"第{line}条：学校问题须写明学校，区县问题不写学校", field=f"findings.{line - 1}.school")
    last = session.exec(select(func.max(Finding.number)).where(Finding.case_id == case.id)).one() or 0
    rows = [
        Finding(
            **finding.model_dump(),
            case_id=case.id,
            number=last + offset,
            recorded_by=actor.person,
            recorded_at=now,
        )
        for offset, finding in enumerate(new, start=1)
    ]
    session.add_all(rows)
    session.flush()
    numbers = [row.number for row in rows]
    record(session, case, actor, now, [EventDraft(EventKind.FINDING_RECORDED, {"numbers": numbers})])
    return rows


def plan_measures(
    session: Session, actor: Actor, now: datetime, case_id: int, expected_version: int | None, plans: Sequence[Measure]
) -> list[Finding]:
    """The district plans a measure for each finding (整改方案)."""
    case, found = _district(session, actor, case_id, expected_version, [plan.finding_id for plan in plans])
    _require_stage(case, "rectification_plan", "rectification")
    for plan in plans:
        finding = _in_state(found[plan.finding_id], *_UNSETTLED)
        if plan.due_on < local_day(now):
            raise InvalidInput(f"问题{finding.number}的整改时限已过", field="due_on")
        finding.measure, finding.due_on = plan.measure, plan.due_on
        finding.responsible_unit, finding.responsible_person = plan.responsible_unit, plan.responsible_person
        finding.planned_at = now
        if finding.status is FindingStatus.OPEN:
            finding.status = FindingStatus.PLANNED
    return _saved(session, case, actor, now, EventKind.MEASURE_PLANNED, found)


def claim_done(
    session: Session, actor: Actor, now: datetime, case_id: int, expected_version: int | None, claims: Sequence[Claim]
) -> list[Finding]:
    """The district says that findings are put right (申请销号)."""
    case, found = _district(session, actor, case_id, expected_version, [claim.finding_id for claim in claims])
    _require_stage(case, "rectification")
    for claim in claims:
        finding = _in_state(found[claim.finding_id], *_UNSETTLED)
        if not finding.measure:
            raise WrongFindingState(f"问题{finding.number}还没有整改措施")
        finding.evidence, finding.status = claim.evidence, FindingStatus.CLAIMED
        finding.claimed_by, finding.claimed_at = actor.person, now
        finding.verified_by, finding.verified_at = None, None
    return _saved(session, case, actor, now, EventKind.FINDING_CLAIMED, found)


def verify(
    session: Session,
    actor: Actor,
    now: datetime,
    case_id: int,
    expected_version: int | None,
    verdicts: Sequence[Verdict],
) -> list[Finding]:
    """A second person checks claims (核查): 销号, 长期坚持 or back to the district.

    Raises :class:`SecondPersonRequired` for the person who claimed it.
    """
    actor = actor.require(*OFFICE, Role.INSPECTOR)
    case, found = _loaded(session, actor, case_id, expected_version, [verdict.finding_id for verdict in verdicts])
    _require_stage(case, "verification")
    for verdict in verdicts:
        finding = _in_state(found[verdict.finding_id], FindingStatus.CLAIMED)
        if finding.claimed_by == actor.person:
            raise SecondPersonRequired(f"问题{finding.number}")
        if verdict.verdict == "returned" and not verdict.note.strip():
            raise InvalidInput(f"问题{finding.number}退回须写明理由", field="note")
        finding.status = FindingStatus(verdict.verdict)
        finding.verified_by, finding.verified_at = actor.person, now
        finding.verification_note = verdict.note
        finding.returned_count += verdict.verdict == "returned"
    returned = [f.number for f in found.values() if f.status is FindingStatus.RETURNED]
    kept = [f.number for f in found.values() if f.status is not FindingStatus.RETURNED]
    events = [(EventKind.FINDING_VERIFIED, kept), (EventKind.FINDING_RETURNED, returned)]
    session.flush()
    record(session, case, actor, now, [EventDraft(kind, {"numbers": numbers}) for kind, numbers in events if numbers])
    return sorted(found.values(), key=lambda finding: finding.number)


def look_back(
    session: Session,
    actor: Actor,
    now: datetime,
    case_id: int,
    expected_version: int | None,
    results: Sequence[LookBack],
) -> list[Finding]:
    """The look-back (回头看) checks settled findings again; what is back is reopened."""
    actor = actor.require(*OFFICE, Role.INSPECTOR)
    case, found = _loaded(session, actor, case_id, expected_version, [result.finding_id for result in results])
    _require_stage(case, "look_back")
    seen: dict[int, dict[str, str]] = {}
    for result in results:
        finding = _in_state(found[result.finding_id], *_SETTLED)
        if not result.held and not result.note.strip():
            raise InvalidInput(f"问题{finding.number}反弹须写明情况", field="note")
        finding.looked_back_in = case.item.id if case.item else None
        finding.look_back_note = result.note
        said = "：".join(filter(None, ("巩固" if result.held else "反弹", result.note.strip())))
        seen[finding.number] = {"measure": finding.measure, "result": said}
        if not result.held:
            # A reopened problem needs a new plan: the old measure did not last.
            finding.status, finding.measure = FindingStatus.REOPENED, ""
            finding.verified_by, finding.verified_at = None, None
    held = [f.number for f in found.values() if f.status is not FindingStatus.REOPENED]
    back = [f.number for f in found.values() if f.status is FindingStatus.REOPENED]
    session.flush()
    record(session, case, actor, now, [EventDraft(EventKind.LOOKED_BACK, {"held": held, "relapsed": back})])
    _sign_sheet(session, actor, now, case, seen)
    if back:
        case = load_case(session, actor, case_id, None)
        relapsed = list(on_relapse(case, len(back)))
        propose(session, now, case, [*relapsed, *(on_hardship(case) if relapsed else ())])
    return sorted(found.values(), key=lambda finding: finding.number)


def _sign_sheet(
    session: Session, actor: Actor, now: datetime, case: Case, seen: Mapping[int, Mapping[str, str]]
) -> None:
    """The 回头看核查表: what was seen of each problem, beside the measure by which it had been settled."""
    fields = {
        "opinion_number": last_number(session, case.id, LetterKind.OPINION),
        "inspected_on": local_day(now).isoformat(),
        "findings": [{**row, **seen.get(row["number"], {})} for row in listed(session, case.id)],
    }
    to = addressees(session, [case.id])[case.id]
    draft = LetterDraft(LetterKind.LOOK_BACK_SHEET, case.round_id, fields, to, case_id=case.id)
    letter = sign(session, actor, now, [draft])[0]
    data = {"letter": draft.kind, "number": "", "id": letter.id}
    record(session, case, actor, now, [EventDraft(EventKind.LETTER_ISSUED, data)])


def _district(
    session: Session, actor: Actor, case_id: int, expected_version: int | None, ids: Sequence[int]
) -> tuple[Case, dict[int, Finding]]:
    case, found = _loaded(session, actor, case_id, expected_version, ids)
    actor.facing(case.subject_id).require(Role.DISTRICT)
    return case, found


def _loaded(
    session: Session, actor: Actor, case_id: int, expected_version: int | None, ids: Sequence[int]
) -> tuple[Case, dict[int, Finding]]:
    case = load_case(session, actor, case_id, expected_version)
    if not ids:
        raise InvalidInput("没有选定问题", field="findings")
    rows = session.exec(select(Finding).where(Finding.case_id == case.id, col(Finding.id).in_(ids)))
    found = {finding.id or 0: finding for finding in rows}
    missing = sorted(set(ids) - set(found))
    if missing:
        raise NotFound(f"问题 {missing[0]}", field="finding_id")
    return case, found


def _require_stage(case: Case, *stages: str) -> None:
    stage = open_item(case).stage
    if stage not in stages:
        raise WrongStage(f"当前在「{case.process.stage(stage).title}」环节")


def _in_state(finding: Finding, *states: FindingStatus) -> Finding:
    if finding.status not in states:
        raise WrongFindingState(f"问题{finding.number}当前为「{finding.status.title_zh}」")
    return finding


def _saved(
    session: Session, case: Case, actor: Actor, now: datetime, kind: EventKind, found: dict[int, Finding]
) -> list[Finding]:
    session.flush()
    rows = sorted(found.values(), key=lambda finding: finding.number)
    record(session, case, actor, now, [EventDraft(kind, {"numbers": [row.number for row in rows]})])
    return rows
