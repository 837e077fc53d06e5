"""Stages that several items share (DOMAIN §3.2: RECTIFY, APPEAL, the supervision itself), written once.

Each function gives stages in order; ``then`` is where the last of them leads. What is special to an item stays in its
module.
"""

from __future__ import annotations

from flows.common import days, days_from_receipt, end, to, working_days
from process.definition import Deliverable, Outcome, Period, Requirement, Route, Stage, Unit
from process.vocabulary import CaseOutcome, LetterKind, NoticeKind, Position, Role

DISTRICT_HEADS = (Position.GOVERNMENT_OFFICE, Position.COMMISSION_HEAD, Position.OFFICE_HEAD, Position.OPERATOR)
UNIT_HEADS = (Position.HEAD, Position.OPERATOR)
"""Whom a school, college or university is told by."""


def step(
    key: str,
    title: str,
    owner: Role,
    period: Period,
    asks: str,
    then: str | CaseOutcome | tuple[Route, ...],
    *,
    papers: tuple[Deliverable, ...] = (),
    done: str = "",
    requires: tuple[Requirement, ...] = (),
    letter: LetterKind | None = None,
    ladder: str = "",
    tells: tuple[Position, ...] = (Position.OPERATOR, Position.OFFICE_HEAD),
    rework: Period | None = None,
    others: tuple[Outcome, ...] = (),
    records: bool = False,
    on_site_days: int = 0,
) -> Stage:
    """A stage with one way out (besides ``others``): handed in by the subject, done by the office."""
    unit = owner is Role.DISTRICT
    routes = then if isinstance(then, tuple) else (end(then) if isinstance(then, CaseOutcome) else to(then),)
    return Stage(
        key=key,
        title=title,
        owner=owner,
        period=period,
        rework=rework,
        asks=asks,
        deliverables=papers,
        outcomes=(
            Outcome(
                key="submitted" if unit else "done",
                title=done or ("报送" if unit else "完成"),
                routes=routes,
                requires=requires,
                letter=letter,
            ),
            *others,
        ),
        ladder=ladder or _OWN_LADDER.get(owner, "office"),
        tells=tells,
        records_findings=records,
        on_site_days=on_site_days,
    )


_OWN_LADDER = {Role.DISTRICT: "district", Role.MANAGER: "manager"}


def paper(key: str, title: str, *, required: bool = True, blind: bool = False) -> Deliverable:
    """Something to hand in; ``blind``: experts read it, for nothing in it names its author."""
    return Deliverable(key=key, title=title, required=required, blind=blind)


def publicity(then: Route, *, objection: Route, title: str = "公示", asks: str) -> Stage:
    """公示 for five working days: without a sustained objection it ends by itself."""
    return Stage(
        key="publicity",
        title=title,
        owner=Role.COORDINATOR,
        period=working_days(5),
        asks=asks,
        outcomes=(
            Outcome(key="lapsed", title="公示期满无异议", routes=(then,)),
            Outcome(key="objection_upheld", title="异议成立", routes=(objection,)),
        ),
        on_lapse="lapsed",
        ladder="office",
    )


def acknowledgement(
    then: str, *, title: str = "签收督导通知", tells: tuple[Position, ...] = DISTRICT_HEADS, ladder: str = "district"
) -> Stage:
    """The subject signs for the notice within three working days."""
    return Stage(
        key="acknowledgement",
        title=title,
        owner=Role.DISTRICT,
        period=working_days(3),
        asks="请签收通知，确认联系人；如需申请督学回避，请一并提出。",
        tells=tells,
        outcomes=(Outcome(key="acknowledged", title="签收", routes=(to(then),)),),
        ladder=ladder,
    )


def review_of(
    stage: str, then: str | tuple[Route, ...], *, key: str = "formal_review", title: str = "形式审查"
) -> Stage:
    """The office accepts what was handed in at ``stage``, or sends it back with its reason."""
    return Stage(
        key=key,
        title=title,
        owner=Role.COORDINATOR,
        period=working_days(5),
        asks="请审查报送的材料是否齐全、规范。",
        outcomes=(
            Outcome(
                key="accepted",
                title="通过",
                routes=(to(then),) if isinstance(then, str) else then,
                notice=NoticeKind.ACCEPTED,
            ),
            Outcome(key="returned", title="退回补正", routes=(to(stage, again=True),), notice=NoticeKind.RETURNED),
        ),
        ladder="office",
    )


def supervision(
    then: tuple[Route, ...],
    *,
    on_site: Stage,
    comprehensive: bool = True,
    tells: tuple[Position, ...] = (Position.OPERATOR, Position.OFFICE_HEAD),
) -> tuple[Stage, ...]:
    """组队 → 实地督查 → 初步督导意见 → 申辩 → 督导意见书, by the clock of 《重庆市教育督导条例》第二十六、二十七条.

    ``on_site`` is the item's own inspection; its key must be ``on_site`` and it must lead to ``preliminary_opinion``.
    Problems may be written down in all of them.
    """
    within, article = (10, "综合督导十日内") if comprehensive else (5, "专项督导五日内")
    stages = (
        Stage(
            key="team",
            title="组建督导小组",
            owner=Role.COORDINATOR,
            period=working_days(5),
            asks="请组成3名以上督学的督导小组，核查回避情形，完成培训。",
            outcomes=(
                Outcome(key="composed", title="组成", routes=(to("on_site"),), requires=(Requirement.TEAM_COMPOSED,)),
            ),
            ladder="office",
        ),
        on_site,
        Stage(
            key="preliminary_opinion",
            title="反馈初步督导意见",
            owner=Role.INSPECTOR,
            period=days(within, f"《重庆市教育督导条例》第二十六条（{article}）", anchor="on_site"),
            asks="请书面反馈初步督导意见，告知申辩权利和期限。",
            outcomes=(
                Outcome(key="delivered", title="反馈", routes=(to("defence"),), letter=LetterKind.PRELIMINARY_OPINION),
            ),
            ladder="office",
        ),
        Stage(
            key="defence",
            title="申辩",
            owner=Role.DISTRICT,
            period=days_from_receipt(5, "《重庆市教育督导条例》第二十六条（五日内书面申辩）"),
            asks="如对初步督导意见有异议，请在期限内书面申辩；逾期视为无异议。",
            deliverables=(Deliverable(key="defence_statement", title="申辩意见", required=False),),
            outcomes=(
                Outcome(key="defended", title="提出申辩", routes=(to("opinion"),)),
                Outcome(key="no_objection", title="无异议", routes=(to("opinion"),)),
                Outcome(key="lapsed", title="逾期未申辩", routes=(to("opinion"),), needs_deliverables=False),
            ),
            on_lapse="lapsed",
            tells=tells,
            ladder="right",
        ),
        Stage(
            key="opinion",
            title="发出督导意见书",
            owner=Role.COORDINATOR,
            period=days(30, "《重庆市教育督导条例》第二十七条（反馈初步意见后三十日内）", anchor="preliminary_opinion"),
            asks="请发出督导意见书，写明评价、申辩采纳情况、存在问题和整改期限。",
            outcomes=(Outcome(key="issued", title="发出", routes=then, letter=LetterKind.OPINION),),
            ladder="office",
        ),
    )
    return tuple(stage.model_copy(update={"records_findings": True}) for stage in stages)


def inspection(period: Period, asks: str, *, on_site_days: int, title: str = "实地督查") -> Stage:
    """The inspection on site, from which the clock of the 初步督导意见 runs; the public is heard (REG 19, CQREG 25)."""
    return step(
        "on_site",
        title,
        Role.INSPECTOR,
        period,
        asks,
        "preliminary_opinion",
        papers=(paper("consultation_record", "座谈与问卷记录"),),
        done="评议结束",
        on_site_days=on_site_days,
    )


def rectification(
    then: tuple[Route, ...],
    *,
    days_given: int = 90,
    by_opinion: bool = True,
    after_plan: str = "rectification",
    tells: tuple[Position, ...] = (Position.OPERATOR, Position.OFFICE_HEAD),
    ladder: str = "district",
) -> tuple[Stage, ...]:
    """整改方案 → 整改 → 整改情况报告 → 核查销号（退回 ↺）. ``then`` is where a verified rectification leads.

    ``after_plan`` names a stage of the item's own between plan and rectification, which must lead to ``rectification``.
    ``by_opinion``: the day of the 督导意见书 is the due date, ``days_given`` only its default.
    """
    basis = (
        "督导意见书所定期限（《教育督导条例》第二十一条、《重庆市教育督导条例》第二十七条）"
        if by_opinion
        else "市政府教育督导室工作安排"
    )
    return (
        Stage(
            key="rectification_plan",
            title="制定整改方案",
            owner=Role.DISTRICT,
            period=working_days(20),
            asks="请对照问题清单逐条制定整改措施，写明责任单位、责任人和时限，报送整改方案。",
            deliverables=(Deliverable(key="rectification_plan", title="整改方案"),),
            outcomes=(
                Outcome(
                    key="submitted",
                    title="报送",
                    routes=(to(after_plan),),
                    requires=(Requirement.FINDINGS_PLANNED,),
                ),
            ),
            tells=tells,
            ladder=ladder,
        ),
        Stage(
            key="rectification",
            title="整改",
            owner=Role.DISTRICT,
            period=Period(
                n=days_given,
                unit=Unit.CALENDAR_DAY_ROLL,
                set_by_letter=LetterKind.OPINION if by_opinion else None,
                at_least=10,
                basis=basis,
            ),
            rework=working_days(20),
            asks="请按整改方案完成整改，逐条申请销号并附佐证。",
            outcomes=(
                Outcome(
                    key="completed",
                    title="整改结束",
                    routes=(to("rectification_report"),),
                    requires=(Requirement.FINDINGS_CLAIMED,),
                ),
            ),
            tells=tells,
            ladder=ladder,
        ),
        Stage(
            key="rectification_report",
            title="报送整改情况报告",
            owner=Role.DISTRICT,
            period=days(10, "《重庆市教育督导条例》第二十八条（整改结束后十日内）", anchor="rectification"),
            asks="请报送整改情况报告。",
            deliverables=(Deliverable(key="rectification_report", title="整改情况报告"),),
            outcomes=(Outcome(key="submitted", title="报送", routes=(to("verification"),)),),
            tells=tells,
            ladder=ladder,
        ),
        Stage(
            key="verification",
            title="核查销号",
            owner=Role.COORDINATOR,
            period=working_days(20, "《教育督导条例》第二十二条、《重庆市教育督导条例》第二十八条"),
            asks="请由申请人以外的人逐条核查，作出销号、长期坚持或退回的结论。",
            outcomes=(
                Outcome(key="verified", title="核查通过", routes=then, requires=(Requirement.FINDINGS_VERIFIED,)),
                Outcome(
                    key="returned",
                    title="退回整改",
                    routes=(to("rectification", again=True),),
                    requires=(Requirement.FINDING_REJECTED,),
                    notice=NoticeKind.FINDINGS_RETURNED,
                ),
            ),
            ladder="office",
        ),
    )


def prompt_rectification(
    then: tuple[Route, ...],
    *,
    period: Period,
    asks: str = "请立行立改，逐条写明整改措施，完成后申请销号并附佐证；危及师生安全的隐患须在24小时内排除。",
    tells: tuple[Position, ...] = (Position.OPERATOR, Position.OFFICE_HEAD),
    ladder: str = "district",
) -> tuple[Stage, ...]:
    """立行立改 → 核查销号（退回 ↺）: no plan and no report of their own, for what is put right in days."""
    _, rectifying, _, verification = rectification(then, by_opinion=False, tells=tells, ladder=ladder)
    [completed] = rectifying.outcomes
    needs = (Requirement.FINDINGS_PLANNED, Requirement.FINDINGS_CLAIMED)
    return (
        rectifying.model_copy(
            update={
                "title": "立行立改",
                "period": period,
                "rework": working_days(3),
                "asks": asks,
                "outcomes": (completed.model_copy(update={"routes": (to("verification"),), "requires": needs}),),
            }
        ),
        verification.model_copy(update={"period": working_days(5)}),
    )
