"""A supervision process as data: stages, who acts, periods, what must be handed in, where each outcome leads.

A :class:`Process` is frozen, checked when it is built, and goes to JSON and back without loss
(``model_dump_json`` / ``model_validate_json``). A round keeps the JSON it was launched with.
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from process.errors import InvalidDefinition
from process.vocabulary import (
    Cadence,
    CaseOutcome,
    LetterKind,
    NoticeKind,
    Position,
    QuotaKind,
    Role,
    RungKind,
    Scope,
    SubjectKind,
    Template,
    Trigger,
)


class Part(BaseModel):
    """A frozen piece of a definition; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Unit(StrEnum):
    """How a period is counted."""

    WORKING_DAY = "working_day"
    CALENDAR_DAY = "calendar_day"
    CALENDAR_DAY_ROLL = "calendar_day_roll"
    """Calendar days, rolled to the next working day (《民法典》第203条)."""
    MONTH_END = "month_end"
    """The last working day of the n-th month after (0: of the same month)."""
    FIXED_DATE = "fixed_date"
    """``month``/``day`` of the round's year plus ``year_offset``."""


class Period(Part):
    """How long a stage may take, counted from its anchor, and by which rule.

    ``anchor`` names a stage whose completion starts the period (empty: entering the stage itself does).
    ``set_by_letter`` says that a date written in that letter is the due date; the computed one is only its default.
    ``at_least`` working days always remain after entry, whatever the rule gives.
    ``external`` and ``buffer`` speak of days that the nation sets.
    ``from_receipt`` says that a right runs from the day on which the notice of it was received (收到之日), and does not
    run out while it was not.
    """

    n: int = Field(default=0, ge=0, le=3650)
    unit: Unit = Unit.WORKING_DAY
    month: int | None = Field(default=None, ge=1, le=12)
    day: int | None = Field(default=None, ge=1, le=31)
    year_offset: int = Field(default=0, ge=-5, le=10)
    anchor: str = ""
    set_by_letter: LetterKind | None = None
    at_least: int = Field(default=0, ge=0, le=400)
    from_receipt: bool = False
    external: bool = False
    """The day is set by somebody above us, entered once per round; the definition's own is a default until then."""
    buffer: int = Field(default=0, ge=0)
    """Working days before an external day by which our side must be ready."""
    basis: str = ""

    @model_validator(mode="after")
    def _fixed_date_has_a_date(self) -> Self:
        if (self.unit is Unit.FIXED_DATE) != (self.month is not None and self.day is not None):
            raise ValueError("固定日期须且仅须写明月、日")
        if self.unit not in (Unit.FIXED_DATE, Unit.MONTH_END) and self.n == 0:
            raise ValueError("期限的天数须大于0")
        return self


class Deliverable(Part):
    """Something that must (or may) be handed in at a stage."""

    key: str
    title: str
    required: bool = True
    max_characters: int = Field(default=0, ge=0)
    """How long the text may be, in characters without blanks; 0: as long as it wants. Checked where it can be read."""
    blind: bool = False
    """Nothing in it names its author: what experts who score blind may read, and they nothing else."""


class Condition(StrEnum):
    """Named facts of a case on which a route may depend."""

    SAMPLED = "sampled"
    NOT_SAMPLED = "not_sampled"
    HAS_FINDINGS = "has_findings"
    NO_FINDINGS = "no_findings"
    SCORES_SOUND = "scores_sound"
    """No expert scored it below the process's ``pass_score``."""
    SCORES_DOUBTFUL = "scores_doubtful"
    """Exactly one did."""
    SCORES_FAIL = "scores_fail"
    """Two or more did."""


class Requirement(StrEnum):
    """Named facts that must hold before an outcome may be chosen."""

    FINDINGS_PLANNED = "findings_planned"
    FINDINGS_CLAIMED = "findings_claimed"
    FINDINGS_VERIFIED = "findings_verified"
    FINDING_REJECTED = "finding_rejected"
    FINDINGS_JUDGED_AGAIN = "findings_judged_again"
    FINDING_RELAPSED = "finding_relapsed"
    TEAM_COMPOSED = "team_composed"
    PARTS_DONE = "parts_done"
    """Every part that was assigned to a department or unit is done, and at least one was assigned."""
    REVIEWED = "reviewed"
    """At least ``Process.reviewers`` experts of other units have scored it."""
    REVIEWED_AGAIN = "reviewed_again"
    """And ``Process.more_reviewers`` besides."""
    INDICATORS_MET = "indicators_met"
    """No indicator of ``Process.indicators`` falls short, and none of the vetoes speaks against it."""
    INDICATORS_COMPLETE = "indicators_complete"
    """Every indicator of ``Process.indicators`` has its value for the subject and year."""


class Route(Part):
    """Where an outcome leads: to a stage, or to the end (``closes_as``).

    ``again`` reopens the last visit of that stage as its next attempt instead of opening a new visit.
    """

    to: str | None = None
    closes_as: CaseOutcome | None = None
    when: Condition | None = None
    again: bool = False

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.to is None) == (self.closes_as is None):
            raise ValueError("去向须是一个环节或办结，二者取一")
        if self.again and self.to is None:
            raise ValueError("办结不能「重办」")
        return self


class Outcome(Part):
    """One way in which a stage can end."""

    key: str
    title: str
    routes: tuple[Route, ...] = Field(min_length=1)
    requires: tuple[Requirement, ...] = ()
    letter: LetterKind | None = None
    """The letter that must have been issued (its sending is what ends the stage)."""
    notice: NoticeKind | None = None
    """What the district is told besides the opening of its next stage."""
    needs_deliverables: bool = True
    by: Role | None = None
    """Who may choose it, if not the stage's owner; time itself for a lapse."""
    within: Period | None = None
    """How long after the stage was entered it may still be chosen, where that is less than the stage's own period."""
    states: Trigger | None = None
    """The condition that choosing it states, with its reason; the rule of that condition proposes its measure."""


class Stage(Part):
    """One step of a process."""

    key: str
    title: str
    owner: Role
    period: Period
    rework: Period | None = None
    """The period of the second and later attempts; the ordinary one if not given."""
    asks: str
    """What is asked, in one or two sentences, as the recipient reads it."""
    deliverables: tuple[Deliverable, ...] = ()
    outcomes: tuple[Outcome, ...] = Field(min_length=1)
    ladder: str
    tells: tuple[Position, ...] = (Position.OPERATOR, Position.OFFICE_HEAD)
    """Whom at the subject the opening of the stage is told, where the district owns it."""
    on_lapse: str = ""
    """The outcome by which the case proceeds when the period ends with nothing done (a right that lapses)."""
    on_site_days: int = Field(default=0, ge=0)
    """Days that a team spends at the subject in this stage; 0 where nobody goes there."""
    gate: tuple[tuple[Condition, str], ...] = ()
    """Outcomes taken at once on entry, or as soon as the condition holds, without anybody acting."""
    records_findings: bool = False
    """Whether problems may be written down in it: from the first look at the subject until the list is closed."""

    def outcome(self, key: str) -> Outcome | None:
        """The outcome of that key."""
        return next((outcome for outcome in self.outcomes if outcome.key == key), None)

    @property
    def needs(self) -> frozenset[Requirement]:
        """Every requirement that some outcome has."""
        return frozenset(need for outcome in self.outcomes for need in outcome.requires)


class Rung(Part):
    """One step of a ladder: ``offset`` working days from the due date (negative: before it)."""

    key: str
    kind: RungKind
    offset: int = Field(ge=-250, le=500)
    to: tuple[Position, ...] = ()
    to_office: tuple[Role, ...] = ()
    basis: str = ""


class Ladder(Part):
    """What happens as a due date nears and passes. Rungs stand in climbing order."""

    key: str
    rungs: tuple[Rung, ...]
    dwell: int = Field(default=5, ge=0, le=250)
    """Working days that must lie between the delivery of a rung and a formal rung above it."""
    hour: int = Field(default=9, ge=0, le=23)
    """The hour of the day (Asia/Shanghai) at which rungs are climbed."""

    @model_validator(mode="after")
    def _climbs(self) -> Self:
        offsets = [rung.offset for rung in self.rungs]
        order = [list(RungKind).index(rung.kind) for rung in self.rungs]
        if offsets != sorted(set(offsets)) or order != sorted(order):
            raise ValueError("阶梯须由低到高、由先到后")
        if len({rung.key for rung in self.rungs}) != len(self.rungs):
            raise ValueError("阶梯各级的标识不得重复")
        if any(rung.offset < 0 and rung.kind is not RungKind.REMINDER for rung in self.rungs):
            raise ValueError("到期之前只能提醒")
        return self

    def rung(self, key: str) -> Rung:
        """The rung of that key."""
        return next(rung for rung in self.rungs if rung.key == key)


class TriggerRule(Part):
    """A measure proposed for another reason than a rung's own moment: what must hold, and what is proposed.

    ``threshold`` counts what the trigger counts (late items, times sent back, findings, years). ``stage`` narrows
    :attr:`Trigger.RETURNED` to one stage; for :attr:`Trigger.YEAR_AFTER_YEAR` it is the stage that a case enters only
    where something is wrong.
    """

    trigger: Trigger
    proposes: RungKind
    threshold: int = Field(default=1, ge=1)
    stage: str = ""
    basis: str = ""

    @model_validator(mode="after")
    def _is_formal(self) -> Self:
        if not self.proposes.formal:
            raise ValueError("按情形只能提出须由负责人决定的措施")
        if self.trigger is Trigger.YEAR_AFTER_YEAR and not self.stage:
            raise ValueError("连续几年的情形须写明环节")
        return self


class ExtensionRules(Part):
    """Who may grant more time, and how often."""

    coordinator_days: int | None = Field(default=None, ge=0)
    """Working days up to which a coordinator may grant; beyond them a manager must. ``None``: any number."""
    limit: int | None = Field(default=None, ge=0)
    """How many extensions one attempt of a work item may get."""
    higher_from: int = Field(default=2, ge=1)
    """From which grant on the higher signature is needed, where there is a ``limit``."""


class TalkRules(Part):
    """The clock of a talk; and, in definitions without ``triggers``, what proposes one besides lateness."""

    many_findings: int = Field(default=40, ge=1)
    """Findings of one case from which a talk is proposed (问题多发)."""
    grave_findings: int = Field(default=3, ge=1)
    notice_days: int = Field(default=5, ge=0)
    """Working days between notice and talk."""
    relapse: bool = True


class Quota(Part):
    """A number that the priorities or the law state, as something to be computed, shown and warned of.

    ``minimum`` and ``maximum`` count what ``kind`` counts (a share is a fraction of 1); ``years`` is the length of the
    period; ``rolls_over`` says that what was not reached stays open beyond it. ``quote`` is literal in ``basis``.
    """

    kind: QuotaKind
    minimum: float | None = Field(default=None, ge=0)
    maximum: float | None = Field(default=None, ge=0)
    years: int = Field(default=1, ge=1)
    rolls_over: bool = False
    by_month: int | None = Field(default=None, ge=1, le=12)
    by_day: int | None = Field(default=None, ge=1, le=31)
    quote: str
    basis: str

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if (self.kind is QuotaKind.DONE_BY) != (self.by_month is not None and self.by_day is not None):
            raise ValueError("完成时限须且仅须写明月、日")
        if self.kind is not QuotaKind.DONE_BY and self.minimum is None and self.maximum is None:
            raise ValueError("指标须写明下限或上限")
        return self


class Recurrence(Part):
    """When a process begins anew.

    ``month``/``day`` is the day of a yearly launch or a cycle's; ``every_years`` the length of a cycle that began in
    ``since``; ``offset`` counts working days from the anchor (the first day of term, negative before it; for
    :attr:`Cadence.TERM_END` calendar days before a term's last day). ``ordinal`` is the number of the 届 or 轮 in
    ``since``. ``until`` is the last year in which it begins, where the priorities ask for it once.
    """

    cadence: Cadence
    month: int | None = Field(default=None, ge=1, le=12)
    day: int | None = Field(default=None, ge=1, le=31)
    every_years: int = Field(default=1, ge=1)
    since: int = Field(default=2022, ge=2000, le=2100)
    until: int | None = Field(default=None, ge=2000, le=2100)
    offset: int = 0
    ordinal: int | None = Field(default=None, ge=1)
    counted: str = ""
    """届 or 轮, where the rounds are numbered."""

    @model_validator(mode="after")
    def _has_its_day(self) -> Self:
        if self.cadence in (Cadence.YEARLY, Cadence.CYCLE) and (self.month is None or self.day is None):
            raise ValueError("每年或按届（轮）须写明月、日")
        if self.until is not None and self.until < self.since:
            raise ValueError("末次启动的年份不能早于首次")
        return self


class Fault(NamedTuple):
    """What makes a process unsound, and where in it."""

    where: tuple[str | int, ...]
    says: str


class Unsound(ValueError):
    """A process whose parts are well but do not fit together."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("；".join(fault.says for fault in faults))


class Process(Part):
    """A supervision process (督导事项): versioned, frozen, whole."""

    name: str
    version: int = Field(ge=1)
    title: str
    source: str
    """The item and sentence of the priorities, or the article, it stands for."""
    item: int = Field(default=0, ge=0, le=20)
    """The item of the priorities it stands for; 0 for what none of them asks by itself."""
    sentence: str = ""
    """The sentence of that item, word by word."""
    template: Template | None = None
    nested_in: int = Field(default=0, ge=0, le=20)
    """The item whose rounds it is part of (10a is evaluated within item 4)."""
    subjects: SubjectKind
    scope: Scope | None = None
    """Which of them, where not all."""
    only: tuple[str, ...] = ()
    """Names of the subjects it is about, where the item names them."""
    quotas: tuple[Quota, ...] = ()
    recurrence: Recurrence | None = None
    evaluated_year: int = Field(default=0, ge=-1, le=0)
    """Which year it evaluates, counted from the round's own: -1 for the year before."""
    indicators: str = ""
    """The name of the indicator set by which it is measured."""
    reviewers: int = Field(default=3, ge=1)
    """How many experts must score an entry."""
    more_reviewers: int = Field(default=2, ge=1)
    """How many more, where one of them doubts it."""
    pass_score: float = Field(default=60, ge=0, le=100)
    grants: str = ""
    """The title that a recognition gives, in words."""
    first: str
    stages: tuple[Stage, ...] = Field(min_length=1)
    ladders: tuple[Ladder, ...] = ()
    talk: TalkRules = TalkRules()
    triggers: tuple[TriggerRule, ...] = ()
    extensions: ExtensionRules = ExtensionRules()
    suspendable: bool = True
    """Whether its cases may be suspended (a 问责 may not: 《教育督导问责办法》第十九条)."""
    launch_letter: LetterKind | None = None
    """The letter that is signed at launch for all subjects at once."""
    sample_size: int = Field(default=0, ge=0)
    """How many are drawn for the inspection on site; where no stage draws them, how many are chosen at launch."""
    team_minimum: int = Field(default=3, ge=1)

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        faults = _faults(self)
        if faults:
            raise Unsound(faults)
        return self

    def stage(self, key: str) -> Stage:
        """The stage of that key."""
        found = next((stage for stage in self.stages if stage.key == key), None)
        if found is None:
            raise InvalidDefinition(f"没有环节 {key}")
        return found

    def ladder(self, key: str) -> Ladder:
        """The ladder of that key."""
        return next(ladder for ladder in self.ladders if ladder.key == key)

    def owner_title(self, role: Role) -> str:
        """What the owner of a stage is called: the subject's own people by the kind of subject."""
        return self.subjects.title_zh if role is Role.DISTRICT else role.title_zh

    def quota(self, kind: QuotaKind) -> Quota | None:
        """The quota of that kind."""
        return next((quota for quota in self.quotas if quota.kind is kind), None)

    @property
    def recording(self) -> frozenset[str]:
        """Keys of the stages in which problems may be written down; older definitions do not say."""
        return frozenset(stage.key for stage in self.stages if stage.records_findings) or _RECORDING

    @property
    def chosen_at_launch(self) -> int:
        """How many subjects are to be chosen before the launch; 0 where it is about all, or a stage draws them."""
        draws = any(condition is Condition.SAMPLED for stage in self.stages for condition, _ in stage.gate)
        return 0 if draws else self.sample_size

    @property
    def needs(self) -> frozenset[Requirement]:
        """Every requirement that some stage has."""
        return frozenset(need for stage in self.stages for need in stage.needs)

    @property
    def rules(self) -> tuple[TriggerRule, ...]:
        """What proposes a measure besides a rung's own moment; older definitions say it in ``talk``.

        Where no ladder knows a talk (an award, a roster, a monitoring), no condition proposes one by default.
        """
        talks = any(rung.kind is RungKind.TALK for ladder in self.ladders for rung in ladder.rungs)
        return self.triggers or (tuple(_rules_of(self.talk)) if talks else ())

    def rule(self, trigger: Trigger) -> TriggerRule | None:
        """The rule of that trigger, if the process has one."""
        return next((rule for rule in self.rules if rule.trigger is trigger), None)


_RECORDING = frozenset(
    {
        "monitoring",
        "sampling",
        "team",
        "on_site",
        "preliminary_opinion",
        "defence",
        "opinion",
        "result_feedback",
        "look_back",
    }
)


def _rules_of(talk: TalkRules) -> list[TriggerRule]:
    counts = {Trigger.MANY_FINDINGS: talk.many_findings, Trigger.GRAVE_FINDINGS: talk.grave_findings}
    if talk.relapse:
        counts[Trigger.RELAPSE] = 1
    return [TriggerRule(trigger=t, proposes=RungKind.TALK, threshold=n) for t, n in counts.items()]


@lru_cache(maxsize=256)
def parse_process(text: str) -> Process:
    """A process from its JSON, remembered: definitions are read with every case, list and page, and never change.

    Raises :class:`InvalidDefinition` naming the place and the rule.
    """
    try:
        return Process.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InvalidDefinition(f"{where}：{first['msg'].removeprefix('Value error, ')}", field=where) from error


def _faults(process: Process) -> list[Fault]:
    keys = [stage.key for stage in process.stages]
    faults = [Fault(("stages", n, "key"), f"环节 {key} 重复") for n, key in enumerate(keys) if keys.index(key) < n]
    ladders = {ladder.key for ladder in process.ladders}
    known = set(keys)
    if process.first not in known:
        return [*faults, Fault(("first",), f"起始环节 {process.first} 不存在")]
    for n, stage in enumerate(process.stages):
        faults += [Fault(("stages", n, *where), says) for where, says in _stage_faults(stage, known, ladders)]
    faults += [
        Fault(("triggers", n, "stage"), f"情形规则的环节 {rule.stage} 不存在")
        for n, rule in enumerate(process.triggers)
        if rule.stage and rule.stage not in known
    ]
    faults += [
        Fault(
            ("stages", n, "outcomes", m, "states"),
            f"环节 {stage.key} 的办理结果 {outcome.key} 陈述的情形没有规则，或不能由人陈述，或就此办结",
        )
        for n, stage in enumerate(process.stages)
        for m, outcome in enumerate(stage.outcomes)
        if outcome.states and not _can_state(process, outcome)
    ]
    if faults:
        return faults  # whither ways lead can be told once all of them lead somewhere
    reachable, finishing = _reachable(process, known), _finishing(process)
    for n, key in enumerate(keys):
        if key not in reachable:
            faults.append(Fault(("stages", n), f"环节 {key} 无法到达"))
        if key not in finishing:
            faults.append(Fault(("stages", n), f"环节 {key} 无法走到办结"))
    return faults


def _stage_faults(stage: Stage, known: set[str], ladders: set[str]) -> list[Fault]:
    faults: list[Fault] = []
    outcomes = [outcome.key for outcome in stage.outcomes]
    for n, key in enumerate(outcomes):
        if outcomes.index(key) < n:
            faults.append(Fault(("outcomes", n, "key"), f"环节 {stage.key} 的办理结果重复"))
    if stage.ladder not in ladders:
        faults.append(Fault(("ladder",), f"环节 {stage.key} 的阶梯 {stage.ladder} 不存在"))
    for name, period in (("period", stage.period), ("rework", stage.rework)):
        if period is not None and period.anchor and period.anchor not in known:
            faults.append(Fault((name, "anchor"), f"环节 {stage.key} 的期限起点 {period.anchor} 不存在"))
    named = [(("on_lapse",), stage.on_lapse), *((("gate", n), key) for n, (_, key) in enumerate(stage.gate))]
    faults += [
        Fault(where, f"环节 {stage.key} 没有办理结果 {key}") for where, key in named if key and key not in outcomes
    ]
    for n, outcome in enumerate(stage.outcomes):
        faults += [
            Fault(
                ("outcomes", n, "routes", m, "to"),
                f"环节 {stage.key} 的办理结果 {outcome.key} 指向不存在的环节 {route.to}",
            )
            for m, route in enumerate(outcome.routes)
            if route.to is not None and route.to not in known
        ]
        if not _covers_everything(outcome.routes):
            faults.append(Fault(("outcomes", n, "routes"), f"环节 {stage.key} 的办理结果 {outcome.key} 有时无处可去"))
    return faults


def _can_state(process: Process, outcome: Outcome) -> bool:
    """A measure is proposed for an open item, so the outcome that calls for one must not close the case."""
    rule = process.rule(outcome.states) if outcome.states and outcome.states.stated else None
    return rule is not None and all(route.to is not None for route in outcome.routes)


_OPPOSITES = (
    {Condition.SAMPLED, Condition.NOT_SAMPLED},
    {Condition.HAS_FINDINGS, Condition.NO_FINDINGS},
    {Condition.SCORES_SOUND, Condition.SCORES_DOUBTFUL, Condition.SCORES_FAIL},
)


def _covers_everything(routes: tuple[Route, ...]) -> bool:
    conditions = {route.when for route in routes}
    return None in conditions or any(every <= conditions for every in _OPPOSITES)


def _targets(stage: Stage) -> set[str]:
    return {route.to for outcome in stage.outcomes for route in outcome.routes if route.to is not None}


def _reachable(process: Process, known: set[str]) -> set[str]:
    seen: set[str] = set()
    waiting = {process.first}
    by_key = {stage.key: stage for stage in process.stages}
    while waiting:
        key = waiting.pop()
        seen.add(key)
        waiting |= (_targets(by_key[key]) & known) - seen
    return seen


def _finishing(process: Process) -> set[str]:
    finishing = {
        stage.key
        for stage in process.stages
        if any(route.to is None for outcome in stage.outcomes for route in outcome.routes)
    }
    while True:
        more = {stage.key for stage in process.stages if _targets(stage) & finishing} - finishing
        if not more:
            return finishing
        finishing |= more
