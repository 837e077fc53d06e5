"""要点第4项「开展对区县政府履行教育职责评价」.

"全面开展网络监测评价，重点对8个区县开展实地督查。将评价结果及时反馈区县政府，并报市委市政府分管领导、通报市政府教育督导委员会
各成员单位。对2021年接受实地督查的区县，适时组织开展「回头看」，对照问题清单及整改措施核查整改落实情况。"

Periods marked CQREG are the binding ones of 《重庆市教育督导条例》; the others are the office's own defaults and can be
adjusted for a round when it is launched. Districts that are not drawn get an evaluation result instead of a 督导意见书
(《教育督导条例》第十八条: a supervision must inspect on site).
"""

from __future__ import annotations

from datetime import datetime

from prefect import flow

from flows.common import (
    DISTRICT_LADDER,
    EXTENSIONS,
    FIVE_YEAR_COVER,
    OFFICE_LADDER,
    TEAM_OF_THREE,
    TRIGGERS,
    days,
    end,
    right_ladder,
    to,
    working_days,
)
from flows.stages import acknowledgement, paper, rectification, review_of, supervision
from process.definition import (
    Condition,
    Outcome,
    Period,
    Process,
    Quota,
    Recurrence,
    Requirement,
    Stage,
    TalkRules,
    Unit,
)
from process.vocabulary import (
    Cadence,
    CaseOutcome,
    LetterKind,
    NoticeKind,
    Position,
    QuotaKind,
    Role,
    SubjectKind,
    Template,
)
from tasks.rounds import pass_over_round

NAME = "district-evaluation"
TITLE = "对区县政府履行教育职责评价"

_STAGES = (
    acknowledgement("self_evaluation"),
    Stage(
        key="self_evaluation",
        title="自查自评",
        owner=Role.DISTRICT,
        period=days(45, "《教育督导条例》第十八条、《重庆市教育督导条例》第二十三条"),
        rework=working_days(5),
        asks="请对照评价指标开展自查自评，报送自评报告和佐证材料目录，并在本级政府门户网站公示。",
        deliverables=(
            paper("self_evaluation_report", "自评报告"),
            paper("evidence_index", "佐证材料目录"),
            paper("publication_proof", "公示情况", required=False),
        ),
        outcomes=(Outcome(key="submitted", title="报送", routes=(to("formal_review"),)),),
        ladder="district",
    ),
    review_of("self_evaluation", "monitoring"),
    Stage(
        key="monitoring",
        title="网络监测评价",
        owner=Role.COORDINATOR,
        period=working_days(20),
        asks="请完成网络监测评价和满意度调查，登记监测发现的问题。",
        deliverables=(paper("monitoring_report", "监测报告"),),
        outcomes=(Outcome(key="monitored", title="完成监测", routes=(to("sampling"),)),),
        ladder="office",
        records_findings=True,
    ),
    Stage(
        key="sampling",
        title="抽取实地督查对象",
        owner=Role.COORDINATOR,
        period=working_days(2),
        asks="请在监督人见证下抽取实地督查的区县。",
        outcomes=(
            Outcome(key="sampled", title="抽中", routes=(to("team"),), notice=NoticeKind.SAMPLED),
            Outcome(key="not_sampled", title="未抽中", routes=(to("result_feedback"),), notice=NoticeKind.NOT_SAMPLED),
        ),
        gate=((Condition.SAMPLED, "sampled"), (Condition.NOT_SAMPLED, "not_sampled")),
        ladder="office",
        records_findings=True,
    ),
    *supervision(
        (to("reporting"),),
        on_site=Stage(
            key="on_site",
            title="实地督查",
            owner=Role.INSPECTOR,
            period=days(15, "市政府教育督导室工作安排（实地督查5天）"),
            on_site_days=5,
            asks="请开展实地督查，征求学生、家长、教师和公众意见，登记发现的问题。",
            deliverables=(paper("consultation_record", "座谈与问卷记录"),),
            outcomes=(Outcome(key="inspected", title="评议结束", routes=(to("preliminary_opinion"),)),),
            ladder="office",
        ),
    ),
    Stage(
        key="result_feedback",
        title="反馈评价结果",
        owner=Role.COORDINATOR,
        period=working_days(20),
        asks="请向区县政府发出评价结果反馈函。",
        outcomes=(Outcome(key="fed_back", title="反馈", routes=(to("reporting"),), letter=LetterKind.RESULT_FEEDBACK),),
        ladder="office",
        records_findings=True,
    ),
    Stage(
        key="reporting",
        title="结果上报与通报",
        owner=Role.COORDINATOR,
        period=working_days(5, "要点第4项：报市委市政府分管领导、通报委员会各成员单位"),
        asks="请将评价结果专报市委市政府分管领导，通报市政府教育督导委员会各成员单位。",
        deliverables=(paper("leaders_report", "专报和通报"),),
        outcomes=(
            Outcome(
                key="reported",
                title="已上报通报",
                routes=(
                    to("rectification_plan", Condition.HAS_FINDINGS),
                    end(CaseOutcome.EVALUATED, Condition.NO_FINDINGS),
                ),
            ),
        ),
        ladder="office",
    ),
    *rectification((to("supervision_report", Condition.SAMPLED), end(CaseOutcome.RECTIFIED, Condition.NOT_SAMPLED))),
    Stage(
        key="supervision_report",
        title="督导报告与公开",
        owner=Role.COORDINATOR,
        period=working_days(20, "《教育督导条例》第二十三条、《重庆市教育督导条例》第二十九条、第三十条"),
        asks="请将督导报告报本级政府、报上一级备案，并向社会公开。",
        outcomes=(
            Outcome(
                key="published",
                title="公开",
                routes=(
                    to("look_back", Condition.HAS_FINDINGS),
                    end(CaseOutcome.EVALUATED, Condition.NO_FINDINGS),
                ),
                letter=LetterKind.SUPERVISION_REPORT,
            ),
        ),
        ladder="office",
    ),
    Stage(
        key="look_back",
        title="回头看",
        owner=Role.INSPECTOR,
        on_site_days=2,
        period=Period(
            unit=Unit.FIXED_DATE,
            month=12,
            day=31,
            year_offset=1,
            at_least=20,
            basis="要点第4项：对上年度接受实地督查的区县适时组织「回头看」",
        ),
        asks="请对照问题清单和整改措施，逐条核查整改落实情况。",
        outcomes=(
            Outcome(
                key="confirmed",
                title="巩固",
                routes=(end(CaseOutcome.CONFIRMED),),
                requires=(Requirement.FINDINGS_JUDGED_AGAIN,),
            ),
            Outcome(
                key="relapsed",
                title="反弹，再整改",
                routes=(to("rectification_plan"),),
                requires=(Requirement.FINDING_RELAPSED,),
            ),
        ),
        ladder="office",
        records_findings=True,
    ),
)

PROCESS = Process(
    name=NAME,
    version=3,
    title=TITLE,
    source="2022年教育督导工作要点第4项",
    item=4,
    sentence="全面开展网络监测评价,重点对8个区县开展实地督查。",
    template=Template.ANNUAL_EVALUATION,
    quotas=(
        Quota(
            kind=QuotaKind.ON_SITE_A_YEAR,
            minimum=8,
            quote="重点对8个区县开展实地督查",
            basis="2022年教育督导工作要点第4项",
        ),
        FIVE_YEAR_COVER,
        TEAM_OF_THREE,
    ),
    recurrence=Recurrence(cadence=Cadence.YEARLY, month=9, day=1),
    subjects=SubjectKind.DISTRICT,
    first="acknowledgement",
    stages=_STAGES,
    ladders=(DISTRICT_LADDER, OFFICE_LADDER, right_ladder(Position.OPERATOR, Position.OFFICE_HEAD)),
    talk=TalkRules(),
    triggers=TRIGGERS,
    extensions=EXTENSIONS,
    launch_letter=LetterKind.SUPERVISION_NOTICE,
    sample_size=8,
    team_minimum=3,
)


@flow(name=TITLE, description=__doc__, flow_run_name="第{round_id}轮次")
async def evaluate_districts(round_id: int, now: datetime | None = None) -> dict[str, int]:
    """One pass of time over a round of 要点第4项; safe to run twice, late, or beside another."""
    return await pass_over_round(round_id, now)
