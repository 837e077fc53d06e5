"""A case as the rules see it: a snapshot without database or clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from process.definition import Condition, Process, Requirement
from process.vocabulary import CaseOutcome, CaseStatus, ClimbStatus, LetterKind, RungKind, Trigger


@dataclass(frozen=True, slots=True)
class Climb:
    """A rung that fell due for a work item."""

    rung: str
    kind: RungKind
    due_on: date
    status: ClimbStatus
    at: datetime
    delivered_at: datetime | None = None
    trigger: Trigger = Trigger.OVERDUE
    excused: bool = False
    """Whether more time was granted afterwards: the slip it spoke of is none."""

    @property
    def warns(self) -> bool:
        """Whether it speaks of a slip that still stands; not a measure taken for another reason."""
        return self.kind is not RungKind.REMINDER and self.trigger.of_lateness and not self.excused


@dataclass(frozen=True, slots=True)
class Item:
    """The open work item. ``id`` is ``None`` until written."""

    id: int | None
    stage: str
    visit: int
    attempt: int
    opened_at: datetime
    due_on: date
    due_since: datetime
    """When this due date was set: reminders that would have come before it are not owed."""
    provisional: bool
    climbs: tuple[Climb, ...] = ()
    received_at: datetime | None = None
    """When word of it first reached somebody of the subject: handed over, opened or signed for."""


@dataclass(frozen=True, slots=True)
class Visit:
    """The latest visit of a case to a stage."""

    item_id: int
    visit: int
    attempt: int
    completed_on: date | None


@dataclass(frozen=True, slots=True)
class FindingCounts:
    """Findings of the case by what is still to be done with them."""

    total: int = 0
    grave: int = 0
    unplanned: int = 0
    """open, returned or reopened: without an agreed measure"""
    unclaimed: int = 0
    """not yet claimed done (nor settled)"""
    unjudged: int = 0
    """claimed, waiting for verification"""
    returned: int = 0
    reopened: int = 0
    settled: int = 0
    """verified or long-term"""
    unlooked: int = 0
    """settled, but without a look-back result in this visit"""


@dataclass(frozen=True, slots=True)
class Case:
    """One subject in one round."""

    id: int
    round_id: int
    subject_id: str
    year: int
    process: Process
    status: CaseStatus
    item: Item | None
    version: int = 0
    outcome: CaseOutcome | None = None
    sampled: bool | None = None
    matter: str = ""
    """What it is about, where a round holds several cases of one subject."""
    visits: dict[str, Visit] = field(default_factory=dict)
    findings: FindingCounts = FindingCounts()
    inspectors: int = 0
    letters: dict[LetterKind, date | None] = field(default_factory=dict)
    """Letters issued, with the date they set (rectification due), if any."""
    suspended_at: datetime | None = None
    late_before: int = 0
    """Earlier items (or attempts) of this case that were late."""
    warned_at: datetime | None = None
    """When the last warning about one of those was delivered."""
    extensions: int = 0
    """Extensions granted in this case."""
    item_extensions: int = 0
    """Those granted for the present attempt of the open item."""
    talk_alive: bool = False
    """Whether a talk of this case is proposed or under way."""
    supported: bool = False
    """Whether 加强指导 was proposed in this case before."""
    parts: int = 0
    """Parts of it assigned to departments or units."""
    parts_open: int = 0
    reviews: int = 0
    """Scores given by experts of other units."""
    reviews_below: int = 0
    """Those of them below the process's ``pass_score``."""
    earlier_years: int = 0
    """Years running before its own in which a case of its process about its subject came to the stage that its rule
    :attr:`~process.vocabulary.Trigger.YEAR_AFTER_YEAR` names."""
    indicators_unmet: int = 0
    """Indicators of its set that fall short or are vetoed, in its year."""
    indicators_missing: int = 0
    """Indicators of its set without a value, in its year."""
    external: dict[str, date] = field(default_factory=dict)
    """Stage keys to the day that somebody above us set for it."""


def holds(case: Case, condition: Condition) -> bool:
    """Whether a named condition holds for the case."""
    match condition:
        case Condition.SAMPLED:
            return case.sampled is True
        case Condition.NOT_SAMPLED:
            return case.sampled is False
        case Condition.HAS_FINDINGS:
            return case.findings.total > 0
        case Condition.NO_FINDINGS:
            return case.findings.total == 0
        case Condition.SCORES_SOUND:
            return case.reviews_below == 0
        case Condition.SCORES_DOUBTFUL:
            return case.reviews_below == 1
        case Condition.SCORES_FAIL:
            return case.reviews_below > 1


def unmet(case: Case, requirement: Requirement) -> str | None:
    """Why a requirement is not met, in Chinese; ``None`` when it is."""
    counts = case.findings
    match requirement:
        case Requirement.FINDINGS_PLANNED:
            return f"还有{counts.unplanned}个问题没有整改措施" if counts.unplanned else None
        case Requirement.FINDINGS_CLAIMED:
            return f"还有{counts.unclaimed}个问题没有申请销号" if counts.unclaimed else None
        case Requirement.FINDINGS_VERIFIED:
            left = counts.total - counts.settled
            return f"还有{left}个问题没有核查销号" if left else None
        case Requirement.FINDING_REJECTED:
            if counts.unjudged:
                return f"还有{counts.unjudged}个问题没有核查"
            return None if counts.returned else "没有核查退回的问题"
        case Requirement.FINDINGS_JUDGED_AGAIN:
            if counts.reopened:
                return f"有{counts.reopened}个问题反弹，不能认定为巩固"
            return f"还有{counts.unlooked}个问题没有回头看结论" if counts.unlooked else None
        case Requirement.FINDING_RELAPSED:
            return None if counts.reopened else "没有反弹的问题"
        case Requirement.PARTS_DONE:
            if not case.parts:
                return "尚未分解交办"
            return f"还有{case.parts_open}项分解任务没有办结" if case.parts_open else None
        case Requirement.REVIEWED | Requirement.REVIEWED_AGAIN:
            again = requirement is Requirement.REVIEWED_AGAIN
            need = case.process.reviewers + (case.process.more_reviewers if again else 0)
            return f"现有{case.reviews}名专家评审，须{need}名以上" if case.reviews < need else None
        case Requirement.INDICATORS_COMPLETE:
            return f"还有{case.indicators_missing}项指标没有数据" if case.indicators_missing else None
        case Requirement.INDICATORS_MET:
            if case.indicators_missing:
                return f"还有{case.indicators_missing}项指标没有数据"
            return f"有{case.indicators_unmet}项指标没有达标" if case.indicators_unmet else None
        case Requirement.TEAM_COMPOSED:
            need = case.process.team_minimum
            return f"督导小组现有督学{case.inspectors}名，须{need}名以上" if case.inspectors < need else None
