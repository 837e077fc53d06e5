"""What people do to cases, from the edge: the same few functions serve the JSON operations and the forms.

Each takes the desk, the case and a body, calls one operation of :mod:`casework` and says where the case stands now.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import text

from api import bodies
from api.context import Desk
from casework import extensions, findings, hand_in, letters, measures, monitoring, standing, steps, teams
from casework.load import load_case
from db.tables import Finding
from process.definition import Stage
from process.errors import CaseNotOpen, NotFound
from process.state import Case
from process.vocabulary import CaseStatus, Role


def done(case: Case, created: Sequence[int] = ()) -> bodies.Done:
    """Where a case stands."""
    stage = case.process.stage(case.item.stage) if case.item else None
    return bodies.Done(
        case_id=case.id,
        version=case.version,
        status=case.status,
        status_title=case.status.title_zh,
        stage=stage.key if stage else None,
        stage_title=stage.title if stage else "",
        due_on=case.item.due_on if case.item else None,
        outcome=case.outcome,
        outcome_title=case.outcome.title_zh if case.outcome else "",
        created=list(created),
    )


def again(desk: Desk, case_id: int, created: Sequence[int] = ()) -> bodies.Done:
    """Where a case stands after a deed that says nothing of it."""
    return done(load_case(desk.session, desk.actor, case_id, None), created)


def acknowledge(desk: Desk, case_id: int, body: bodies.Versioned) -> bodies.Done:
    """签收."""
    return done(hand_in.acknowledge(desk.session, desk.actor, desk.now, case_id, body.version))


def submit(desk: Desk, case_id: int, body: bodies.Submitted) -> bodies.Done:
    """Hand in the open stage."""
    after = hand_in.submit(
        desk.session,
        desk.actor,
        desk.now,
        case_id,
        body.version,
        stage=body.stage,
        outcome=body.outcome,
        note=body.note,
    )
    return done(after)


def accept(desk: Desk, case_id: int, body: bodies.Accepted) -> bodies.Done:
    """Accept what was handed in."""
    return done(hand_in.accept(desk.session, desk.actor, desk.now, case_id, body.version, note=body.note))


def send_back(desk: Desk, case_id: int, body: bodies.Reasoned) -> bodies.Done:
    """退回补正."""
    return done(hand_in.send_back(desk.session, desk.actor, desk.now, case_id, body.version, reason=body.reason))


def complete(desk: Desk, case_id: int, body: bodies.CompletedBody) -> bodies.Done:
    """End the open stage; what has an operation of its own (hand in, accept, send back) goes through it."""
    case = load_case(desk.session, desk.actor, case_id, body.version)
    stage = case.process.stage(body.stage)
    here = case.item is not None and case.item.stage == stage.key
    if here and stage.outcome("accepted") is not None and body.outcome in ("accepted", "returned"):
        if body.outcome == "accepted":
            return accept(desk, case_id, bodies.Accepted(version=body.version, note=body.note))
        return send_back(desk, case_id, bodies.Reasoned(version=body.version, reason=body.note))
    if here and stage.owner is Role.DISTRICT and _handed_in(desk, case, stage):
        return submit(desk, case_id, bodies.Submitted(**body.model_dump()))
    after = steps.complete(
        desk.session,
        desk.actor,
        desk.now,
        case_id,
        body.version,
        stage=body.stage,
        outcome=body.outcome,
        reason=body.note,
    )
    return done(after)


def _handed_in(desk: Desk, case: Case, stage: Stage) -> bool:
    """Whether documents lie ready for this attempt: then ending the stage is a submission."""
    if case.item is None or not stage.deliverables:
        return False
    asked = {"item": case.item.id, "attempt": case.item.attempt}
    found = text("SELECT EXISTS (SELECT FROM documents WHERE work_item_id = :item AND attempt = :attempt)")
    return bool(desk.session.execute(found, asked).scalar())


def team(desk: Desk, case_id: int, body: bodies.TeamBody) -> bodies.Done:
    """Compose the team."""
    members = [teams.Member(member.inspector_id, member.role) for member in body.members]
    return done(teams.compose_team(desk.session, desk.actor, desk.now, case_id, body.version, members))


def draw_team(desk: Desk, case_id: int, body: bodies.TeamDrawBody) -> bodies.Done:
    """Compose the team by lot."""
    return done(
        teams.draw_team(
            desk.session,
            desk.actor,
            desk.now,
            case_id,
            body.version,
            seed=body.seed,
            expertise=body.expertise,
            size=body.size,
        )
    )


def record(desk: Desk, case_id: int, body: bodies.FindingsBody) -> bodies.Done:
    """Write findings down."""
    rows = findings.record_findings(desk.session, desk.actor, desk.now, case_id, body.version, body.findings)
    return again(desk, case_id, _ids(rows))


def take_over(desk: Desk, case_id: int, body: bodies.TakeOverBody) -> bodies.Done:
    """Write problems that the values show into the problem list."""
    rows = monitoring.take_over(desk.session, desk.actor, desk.now, case_id, body.version, body.chosen)
    return again(desk, case_id, _ids(rows))


def plan(desk: Desk, case_id: int, body: bodies.MeasuresBody) -> bodies.Done:
    """Plan measures."""
    findings.plan_measures(desk.session, desk.actor, desk.now, case_id, body.version, body.measures)
    return again(desk, case_id)


def claim(desk: Desk, case_id: int, body: bodies.ClaimsBody) -> bodies.Done:
    """申请销号."""
    findings.claim_done(desk.session, desk.actor, desk.now, case_id, body.version, body.claims)
    return again(desk, case_id)


def verify(desk: Desk, case_id: int, body: bodies.VerdictsBody) -> bodies.Done:
    """核查."""
    findings.verify(desk.session, desk.actor, desk.now, case_id, body.version, body.verdicts)
    return again(desk, case_id)


def look_back(desk: Desk, case_id: int, body: bodies.LookBacksBody) -> bodies.Done:
    """回头看."""
    findings.look_back(desk.session, desk.actor, desk.now, case_id, body.version, body.results)
    return again(desk, case_id)


def _ids(rows: Iterable[Finding]) -> list[int]:
    return [row.id for row in rows if row.id is not None]


def letter(desk: Desk, case_id: int, body: bodies.LetterBody) -> bodies.Done:
    """Issue a letter."""
    after = letters.issue_letter(
        desk.session,
        desk.actor,
        desk.now,
        case_id,
        body.version,
        kind=body.kind,
        content=body.content,
        sets_due_on=body.sets_due_on,
        published_at_url=body.published_at_url,
        particulars=body.particulars,
        outcome=body.outcome,
    )
    return done(after)


def rectification_notice(desk: Desk, case_id: int, body: bodies.RectificationNoticeBody) -> bodies.Done:
    """整改通知书 to a school."""
    signed = letters.issue_rectification_notice(
        desk.session,
        desk.actor,
        desk.now,
        case_id,
        body.version,
        finding_ids=body.finding_ids,
        requirement=body.requirement,
        due_on=body.due_on,
    )
    return again(desk, case_id, [signed.id])


def ask_extension(desk: Desk, case_id: int, body: bodies.ExtensionBody) -> bodies.Done:
    """Ask for more time."""
    row = extensions.request_extension(
        desk.session, desk.actor, desk.now, case_id, body.version, due_on=body.due_on, reason=body.reason
    )
    return again(desk, case_id, [row.id or 0])


def suspend(desk: Desk, case_id: int, body: bodies.Reasoned) -> bodies.Done:
    """中止."""
    return done(standing.suspend(desk.session, desk.actor, desk.now, case_id, body.version, reason=body.reason))


def resume(desk: Desk, case_id: int, body: bodies.Reasoned) -> bodies.Done:
    """恢复."""
    return done(standing.resume(desk.session, desk.actor, desk.now, case_id, body.version, reason=body.reason))


def withdraw(desk: Desk, case_id: int, body: bodies.Reasoned) -> bodies.Done:
    """撤回."""
    return done(standing.withdraw(desk.session, desk.actor, desk.now, case_id, body.version, reason=body.reason))


def close(desk: Desk, case_id: int, body: bodies.Reasoned) -> bodies.Done:
    """人工办结."""
    return done(standing.close(desk.session, desk.actor, desk.now, case_id, body.version, reason=body.reason))


def propose_measure(desk: Desk, case_id: int, body: bodies.MeasureBody) -> bodies.Done:
    """提出措施."""
    made = measures.propose_by_hand(
        desk.session,
        desk.actor,
        desk.now,
        case_id,
        body.version,
        kind=body.kind,
        reason=body.reason,
        trigger=body.trigger,
    )
    return again(desk, case_id, [made])


def upload(desk: Desk, case_id: int, deliverable: str, filename: str, content: bytes) -> int:
    """Add a file for a deliverable of the open stage; its id."""
    case = load_case(desk.session, desk.actor, case_id, None)
    if case.status is not CaseStatus.OPEN:
        raise CaseNotOpen(f"当前为「{case.status.title_zh}」")
    document = hand_in.upload(
        desk.session,
        desk.actor,
        desk.now,
        case_id,
        deliverable=deliverable,
        filename=filename,
        content=content,
        max_bytes=desk.settings.max_upload_mb * 1024 * 1024,
    )
    if document.id is None:
        raise NotFound("材料")
    return document.id
