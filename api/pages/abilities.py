"""What whoever looks at a case may do to it now: the forms its page offers. The rules themselves stay in casework."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

from api.context import Desk
from casework.actor import OFFICE
from casework.load import asked_besides
from casework.monitoring import Proposed, proposed_findings
from casework.standing import may_end
from casework.steps import may_act
from casework.teams import recusals
from db.queries import people
from db.queries.case_file import CaseFile, ClimbRow, ExtensionRow, FindingRow, TalkRow
from db.queries.people import InspectorRow
from db.queries.rows import MOST, Window
from process.calendar import local_day
from process.decide import default_letter_date, letter_date_required, needs_reason
from process.definition import Deliverable, Outcome, Process, Requirement, Stage
from process.due import due
from process.letters import ASKED, Field
from process.state import Case, FindingCounts, unmet
from process.vocabulary import (
    CaseStatus,
    ClimbStatus,
    ExtensionStatus,
    FindingStatus,
    LetterKind,
    Role,
    RungKind,
    TalkStatus,
)

_WORDS = {
    LetterKind.WORK_NOTICE: "工作要求",
    LetterKind.RECOMMENDATION: "推荐理由",
    LetterKind.RESULT_CIRCULAR: "总体情况",
    LetterKind.MEETING_MINUTES: "议定事项，一行一项",
    LetterKind.CIRCULAR: "事由",
}
_UNSETTLED = (FindingStatus.OPEN, FindingStatus.PLANNED, FindingStatus.RETURNED, FindingStatus.REOPENED)
_SETTLED = (FindingStatus.VERIFIED, FindingStatus.LONG_TERM)


@dataclass(frozen=True, slots=True)
class Choice:
    """An outcome that may be chosen, or why not yet."""

    outcome: Outcome
    unmet: str
    needs_reason: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who might join the team, and why not."""

    inspector: InspectorRow
    recusal: str


@dataclass(slots=True)
class Abilities:
    """The forms of a case page."""

    choices: list[Choice] = field(default_factory=list)
    uploads: tuple[Deliverable, ...] = ()
    letter: LetterKind | None = None
    letter_date: date | None = None
    letter_sets_date: bool = False
    letter_asks: tuple[Field, ...] = ()
    """What its kind must say that the record does not know."""
    letter_words: str = "评价或决定"
    """What is written in its text field."""
    letter_outcomes: list[Outcome] = field(default_factory=list)
    """The outcomes that wait for it: to be chosen between, where there are several."""
    candidates: list[Candidate] = field(default_factory=list)
    composing: bool = False
    drawing: bool = False
    recording: bool = False
    proposed: list[Proposed] = field(default_factory=list)
    """Problems that the values show and that are not on the list yet."""
    planning: list[FindingRow] = field(default_factory=list)
    claiming: list[FindingRow] = field(default_factory=list)
    verifying: list[FindingRow] = field(default_factory=list)
    looking_back: list[FindingRow] = field(default_factory=list)
    extending: bool = False
    extensions: list[ExtensionRow] = field(default_factory=list)
    measures: list[ClimbRow] = field(default_factory=list)
    talk: TalkRow | None = None
    proposing: bool = False
    notifying_schools: list[FindingRow] = field(default_factory=list)
    """Problems of schools, about which a 整改通知书 may be sent."""
    suspending: bool = False
    resuming: bool = False
    ending: bool = False

    @property
    def anything(self) -> bool:
        """Whether there is something to do here and now, besides the exceptions."""
        return bool(
            self.choices
            or self.uploads
            or self.letter
            or self.composing
            or self.drawing
            or self.recording
            or self.planning
            or self.claiming
            or self.verifying
            or self.looking_back
            or self.extensions
            or self.measures
            or self.talk
        )


def abilities(desk: Desk, file: CaseFile, process: Process) -> Abilities:
    """What this actor may do to this case now."""
    desk = replace(desk, actor=desk.actor.facing(file.case.subject_id))
    can = Abilities()
    item, role = file.item, desk.actor.role
    if item is None or role is None:
        return can
    office = role in OFFICE
    can.suspending = office and file.case.status is CaseStatus.OPEN and process.suspendable
    can.resuming = office and file.case.status is CaseStatus.SUSPENDED
    can.ending = any(desk.actor.can_act_as(one) for one in may_end(process))
    manager = desk.actor.can_act_as(Role.MANAGER)
    can.measures = [climb for climb in file.climbs if manager and climb.status is ClimbStatus.PROPOSED]
    decided_with = {climb.kind for climb in can.measures}
    can.talk = next((talk for talk in reversed(file.talks) if _acts_on(desk, talk, decided_with)), None)
    can.proposing = office or role is Role.INSPECTOR
    if file.case.status is not CaseStatus.OPEN:
        return can
    stage = process.stage(item.stage)
    _in_turn(can, desk, file, process, stage, role)
    can.recording = (office or role is Role.INSPECTOR) and stage.key in process.recording
    if can.recording and process.indicators:
        shown = proposed_findings(desk.session, desk.actor, file.case.id)
        can.proposed = [one for one in shown if not one.recorded]
    _with_findings(can, file, stage, role, item.id)
    asked = [x for x in file.extensions if x.status is ExtensionStatus.REQUESTED]
    can.extensions = [x for x in asked if office and may_act(desk.actor, x.approver)]
    district = role is Role.DISTRICT and stage.owner is Role.DISTRICT
    can.extending = district and not stage.on_lapse and not asked and desk.today <= item.due_on
    return can


def _acts_on(desk: Desk, talk: TalkRow, decided_with: set[RungKind]) -> bool:
    if talk.status is TalkStatus.PROPOSED:
        # With its measure; only talks proposed before there were measures are decided by themselves.
        return desk.actor.can_act_as(Role.MANAGER) and RungKind.TALK not in decided_with
    return desk.actor.role in OFFICE and talk.status in (TalkStatus.APPROVED, TalkStatus.NOTIFIED, TalkStatus.HELD,
                                                         TalkStatus.MINUTED)  # fmt: skip


def _in_turn(can: Abilities, desk: Desk, file: CaseFile, process: Process, stage: Stage, role: Role) -> None:
    gated = {key for _, key in stage.gate}
    case = _as_rules_see_it(desk, file, process, stage)
    for outcome in stage.outcomes:
        if not may_act(desk.actor, outcome.by or stage.owner):
            continue
        if outcome.letter is not None:
            can.letter = outcome.letter
            can.letter_asks = ASKED.get(outcome.letter, ())
            can.letter_words = _WORDS.get(outcome.letter, "评价或决定")
            can.letter_sets_date = letter_date_required(process, outcome.letter)
            can.letter_date = default_letter_date(process, outcome.letter, desk.today, desk.calendar)
            can.letter_outcomes.append(outcome)
        elif Requirement.TEAM_COMPOSED in outcome.requires:
            can.composing = role in OFFICE
        elif outcome.key in gated:
            can.drawing = role in OFFICE
        elif outcome.key != stage.on_lapse:
            reasons = [why for why in (unmet(case, requirement) for requirement in outcome.requires) if why]
            missing = _missing(file, stage) if outcome.needs_deliverables else []
            if missing:
                reasons.append(f"尚未上传{'、'.join(missing)}")
            reasons += _closed(desk, file, outcome)
            can.choices.append(Choice(outcome, "；".join(reasons), needs_reason(outcome)))
    if may_act(desk.actor, stage.owner) and can.choices:
        can.uploads = stage.deliverables
    if can.composing:
        can.candidates = _candidates(desk, file.case.subject_id)


def _closed(desk: Desk, file: CaseFile, outcome: Outcome) -> list[str]:
    """Why an outcome can no longer be chosen, where its own time is over."""
    if outcome.within is None or file.item is None:
        return []
    entered = local_day(file.item.opened_at)
    last = due(outcome.within, entered=entered, anchor=entered, year=file.case.year, calendar=desk.calendar).on
    return [f"须在{last}前提出"] if desk.today > last else []


def _missing(file: CaseFile, stage: Stage) -> list[str]:
    item = file.item
    there = {document.deliverable for document in file.documents if item and document.work_item_id == item.id}
    return [wanted.title for wanted in stage.deliverables if wanted.required and wanted.key not in there]


def _with_findings(can: Abilities, file: CaseFile, stage: Stage, role: Role, item_id: int) -> None:
    if role is Role.DISTRICT:
        unsettled = [finding for finding in file.findings if finding.status in _UNSETTLED]
        can.planning = unsettled if stage.key in ("rectification_plan", "rectification") else []
        can.claiming = [f for f in unsettled if f.measure] if stage.key == "rectification" else []
        return
    can.notifying_schools = [f for f in file.findings if f.school and f.status in _UNSETTLED]
    if stage.key == "verification":
        can.verifying = [finding for finding in file.findings if finding.status is FindingStatus.CLAIMED]
    if stage.key == "look_back":
        can.looking_back = [f for f in file.findings if f.status in _SETTLED and f.looked_back_in != item_id]


def _candidates(desk: Desk, subject_id: str) -> list[Candidate]:
    rows = [row for row in people.inspectors(desk.session, Window(MOST)).items if row.active]
    ties = recusals(desk.session, subject_id, [row.id for row in rows], desk.today)
    why = {tie.inspector_id: tie.ground.title_zh for tie in ties}
    return [Candidate(row, why.get(row.id, "")) for row in rows]


def _as_rules_see_it(desk: Desk, file: CaseFile, process: Process, stage: Stage) -> Case:
    """Enough of the case for :func:`process.state.unmet` to say what is missing."""
    head = file.case
    return Case(
        id=head.id,
        round_id=head.round_id,
        subject_id=head.subject_id,
        year=head.year,
        process=process,
        status=head.status,
        item=None,
        sampled=head.sampled,
        findings=_counts(file),
        inspectors=sum(member.is_inspector for member in file.team),
        **asked_besides(desk.session, (head.id, head.round_id, head.subject_id, head.year), process, stage.key),
    )


def _counts(file: CaseFile) -> FindingCounts:
    rows = file.findings
    item = file.item

    def number(*states: FindingStatus) -> int:
        return sum(row.status in states for row in rows)

    unplanned = (FindingStatus.OPEN, FindingStatus.RETURNED, FindingStatus.REOPENED)
    return FindingCounts(
        total=len(rows),
        unplanned=sum(row.status in unplanned and not row.measure for row in rows),
        unclaimed=number(*_UNSETTLED),
        unjudged=number(FindingStatus.CLAIMED),
        returned=number(FindingStatus.RETURNED),
        reopened=number(FindingStatus.REOPENED),
        settled=number(*_SETTLED),
        unlooked=sum(row.status in _SETTLED and (item is None or row.looked_back_in != item.id) for row in rows),
    )
