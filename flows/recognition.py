"""What the two recognitions of districts share (要点第5、6项): from the plan to the title, and its yearly re-check.

创建规划 → 年度监测 → 过程评估 → 整改提升 → 申报 → 市级评估（督导）→ 推荐 → 国家资格审查、质量监测、社会认可度调查、
指标审核、核查评估 → 认定 → 公布宣传. Chongqing has no level between district and city. A case lives for one to three
years. Declaring is of one's own will: the ladder ends at 督办, and only 弄虚作假 (or a level that falls after
recognition) proposes a talk.
"""

from __future__ import annotations

from flows.common import (
    EXTENSIONS,
    INTEGRITY,
    OFFICE_LADDER,
    TALK_BASIS,
    TEAM_OF_THREE,
    WARNING_LADDER,
    days,
    end,
    from_above,
    on_day,
    right_ladder,
    to,
    working_days,
)
from flows.stages import DISTRICT_HEADS, inspection, paper, rectification, review_of, step, supervision
from process.definition import (
    Condition,
    Outcome,
    Process,
    Quota,
    Recurrence,
    Requirement,
    Stage,
    TriggerRule,
)
from process.vocabulary import (
    Cadence,
    CaseOutcome,
    LetterKind,
    NoticeKind,
    Position,
    Role,
    RungKind,
    Scope,
    SubjectKind,
    Template,
    Trigger,
)

LADDER = "warning"


def recognition(
    *,
    name: str,
    title: str,
    item: int,
    sentence: str,
    indicators: str,
    grants: str,
    evaluation: str,
    quotas: tuple[Quota, ...] = (),
    batch: bool = False,
) -> Process:
    """The way to a title. ``evaluation`` says what the 过程评估 looks at.

    ``batch``: one district that fails ends the year's recognition for all, so that a weak one can be held back before
    the recommendation, and what the nation ended is recommended again.
    """
    return Process(
        name=name,
        version=1,
        title=title,
        source=f"2022年教育督导工作要点第{item}项",
        item=item,
        sentence=sentence,
        template=Template.ACCREDITATION,
        subjects=SubjectKind.DISTRICT,
        quotas=(*quotas, TEAM_OF_THREE),
        recurrence=Recurrence(cadence=Cadence.YEARLY, month=3, day=1),
        indicators=indicators,
        grants=grants,
        first="creation_plan",
        stages=(
            *_preparation(evaluation),
            *_declaration(),
            *supervision(
                (to("rectification_plan", Condition.HAS_FINDINGS), to("recommendation", Condition.NO_FINDINGS)),
                on_site=inspection(
                    days(15, "市政府教育督导室工作安排"),
                    "请开展市级综合督导评估，核查指标和佐证，征求学生、家长、教师和公众意见，登记发现的问题。",
                    on_site_days=5,
                    title="市级综合督导评估",
                ),
            ),
            *rectification((to("recommendation"),), ladder=LADDER),
            _recommendation(batch=batch),
            *_national_steps(batch=batch),
        ),
        ladders=(WARNING_LADDER, OFFICE_LADDER, right_ladder(Position.OPERATOR, Position.OFFICE_HEAD)),
        triggers=INTEGRITY,
        extensions=EXTENSIONS,
        launch_letter=LetterKind.SUPERVISION_NOTICE,
    )


def _preparation(evaluation: str) -> tuple[Stage, ...]:
    return (
        step(
            "creation_plan",
            "制定创建规划",
            Role.DISTRICT,
            working_days(20),
            "请制定创建规划，写明年度目标、补短板措施和拟申报年度。",
            "monitoring",
            papers=(paper("creation_plan", "创建规划"),),
            ladder=LADDER,
            tells=DISTRICT_HEADS,
        ),
        step(
            "monitoring",
            "年度监测",
            Role.COORDINATOR,
            working_days(30),
            "请汇总本年度各项指标数据，形成监测报告，登记没有达标的指标。",
            "process_evaluation",
            papers=(paper("monitoring_report", "监测报告"),),
            requires=(Requirement.INDICATORS_COMPLETE,),
            records=True,
        ),
        step(
            "process_evaluation",
            "过程评估",
            Role.COORDINATOR,
            days(60, "市政府教育督导室工作安排"),
            evaluation,
            "improvement",
            papers=(paper("process_report", "过程评估报告"),),
            records=True,
        ),
        step(
            "improvement",
            "整改提升",
            Role.DISTRICT,
            days(90, "市政府教育督导室工作安排"),
            "请对照监测和过程评估补短板、提质量、增资源、促均衡，报送整改提升情况。",
            "declaration",
            papers=(paper("improvement_report", "整改提升情况"),),
            ladder=LADDER,
        ),
    )


def _declaration() -> tuple[Stage, ...]:
    """Declaring is a chance, not a duty: whoever lets the last day of March pass has not declared this year."""
    not_declared = (end(CaseOutcome.NOT_DECLARED),)
    return (
        Stage(
            key="declaration",
            title="申报",
            owner=Role.DISTRICT,
            period=on_day(3, 31, year_offset=1, at_least=20).model_copy(update={"from_receipt": True}),
            rework=working_days(10).model_copy(update={"from_receipt": True}),
            asks="拟申报的，请于3月底前报送申报表、自评报告和指标达标表；本年不申报的，请予说明。",
            deliverables=(
                paper("declaration_form", "申报表"),
                paper("self_evaluation_report", "自评报告"),
                paper("indicator_table", "指标达标表（分校）"),
            ),
            outcomes=(
                Outcome(key="declared", title="申报", routes=(to("formal_review"),)),
                Outcome(key="not_this_year", title="本年不申报", routes=not_declared, needs_deliverables=False),
                Outcome(key="lapsed", title="逾期未申报", routes=not_declared, needs_deliverables=False),
            ),
            on_lapse="lapsed",
            tells=DISTRICT_HEADS,
            ladder="right",
        ),
        review_of("declaration", "team"),
    )


def _recommendation(*, batch: bool) -> Stage:
    """No score: every indicator must be met and no veto stand (一票否决)."""
    held_back = Outcome(
        key="held_back", title="暂不纳入本年批次", routes=(to("improvement"),), notice=NoticeKind.RETURNED
    )
    return Stage(
        key="recommendation",
        title="市级评估结论与推荐",
        owner=Role.COORDINATOR,
        period=working_days(20),
        asks="请对照全部指标作出市级评估结论：全部达标且无一票否决情形的向国家推荐，否则整改提升后再申报。",
        outcomes=(
            Outcome(
                key="recommended",
                title="推荐",
                routes=(to("qualification"),),
                requires=(Requirement.INDICATORS_MET,),
                letter=LetterKind.RECOMMENDATION,
            ),
            Outcome(
                key="returned",
                title="未通过，整改提升后再申报",
                routes=(to("improvement"),),
                notice=NoticeKind.RETURNED,
            ),
            *((held_back,) if batch else ()),
        ),
        ladder="office",
    )


_NATIONAL = (
    ("qualification", "国家资格审查", 30, "请跟踪国家资格审查，按要求补充材料。"),
    ("national_monitoring", "国家质量监测", 90, "请配合国家质量监测，登记结果。"),
    ("approval_survey", "社会认可度调查", 30, "请配合国家社会认可度调查，登记结果。"),
    ("indicator_review", "国家指标审核", 30, "请跟踪国家指标审核，按要求说明和补充。"),
    ("national_check", "国家核查评估", 60, "请做好国家实地核查评估的各项准备，登记结果。"),
)


def _national_steps(*, batch: bool) -> tuple[Stage, ...]:
    following = [key for key, *_ in _NATIONAL[1:]] + ["national_decision"]
    steps = tuple(
        Stage(
            key=key,
            title=title,
            owner=Role.COORDINATOR,
            period=from_above(n),
            asks=asks,
            outcomes=(
                Outcome(key="passed", title="通过", routes=(to(then),)),
                Outcome(key="failed", title="未通过", routes=(end(CaseOutcome.NOT_RECOGNISED),)),
            ),
            ladder="office",
        )
        for (key, title, n, asks), then in zip(_NATIONAL, following, strict=True)
    )
    ended = Outcome(key="batch_ended", title="本年全市认定终止，下年再推荐", routes=(to("recommendation"),))
    return (
        *steps,
        Stage(
            key="national_decision",
            title="国家认定",
            owner=Role.COORDINATOR,
            period=from_above(90, buffer=0),
            asks="请登记国家认定的结论。",
            outcomes=(
                Outcome(key="recognised", title="认定", routes=(to("publicity"),)),
                Outcome(key="not_recognised", title="不认定", routes=(end(CaseOutcome.NOT_RECOGNISED),)),
                *((ended,) if batch else ()),
            ),
            ladder="office",
        ),
        step(
            "publicity",
            "公布与宣传",
            Role.COORDINATOR,
            working_days(20),
            "请公布认定结果，做好宣传，营造氛围。",
            CaseOutcome.RECOGNISED,
            papers=(paper("publicity_record", "公布和宣传情况", required=False),),
        ),
    )


def recheck(*, name: str, title: str, item: int, sentence: str, indicators: str, grants: str) -> Process:
    """The yearly monitoring of those who hold the title: kept, restored, or lost."""
    decline = TriggerRule(trigger=Trigger.DECLINE, proposes=RungKind.TALK, basis=TALK_BASIS)
    return Process(
        name=name,
        version=1,
        title=title,
        source=f"2022年教育督导工作要点第{item}项",
        item=item,
        sentence=sentence,
        template=Template.ACCREDITATION,
        subjects=SubjectKind.DISTRICT,
        recurrence=Recurrence(cadence=Cadence.YEARLY, month=10, day=10),
        scope=Scope.HOLDERS,
        indicators=indicators,
        grants=grants,
        first="monitoring",
        stages=(
            Stage(
                key="monitoring",
                title="年度监测复查",
                owner=Role.COORDINATOR,
                period=working_days(30),
                asks="请汇总已认定区县本年度各项指标数据，登记下降和没有达标的指标。",
                deliverables=(paper("monitoring_report", "监测报告"),),
                outcomes=(
                    Outcome(
                        key="kept",
                        title="保持",
                        routes=(
                            to("rectification_plan", Condition.HAS_FINDINGS),
                            end(CaseOutcome.MONITORED, Condition.NO_FINDINGS),
                        ),
                        requires=(Requirement.INDICATORS_MET,),
                    ),
                    Outcome(
                        key="declined",
                        title="水平下降",
                        routes=(to("rectification_plan"),),
                        requires=(Requirement.INDICATORS_COMPLETE,),
                        states=Trigger.DECLINE,
                    ),
                ),
                ladder="office",
                records_findings=True,
            ),
            *rectification((to("recheck"),), by_opinion=False, ladder=LADDER),
            Stage(
                key="recheck",
                title="复查结论",
                owner=Role.COORDINATOR,
                period=working_days(20),
                asks="请复核整改后的指标，作出保持称号的结论；上级决定取消称号的，予以登记。",
                outcomes=(
                    Outcome(
                        key="restored",
                        title="保持称号",
                        routes=(end(CaseOutcome.MONITORED),),
                        requires=(Requirement.INDICATORS_MET,),
                    ),
                    Outcome(key="revoked", title="取消称号", routes=(end(CaseOutcome.REVOKED),)),
                ),
                ladder="office",
            ),
        ),
        ladders=(WARNING_LADDER, OFFICE_LADDER),
        triggers=(*INTEGRITY, decline),
        extensions=EXTENSIONS,
        launch_letter=LetterKind.WORK_NOTICE,
    )
