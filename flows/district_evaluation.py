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
    OFFICE_LADDER,
    TRIGGERS,
    days,
    days_from_receipt,
    end,
    right_ladder,
    to,
    working_days,
)
from process.definition import (
    Condition,
    Deliverable,
    Outcome,
    Period,
    Process,
    Requirement,
    Stage,
    TalkRules,
    Unit,
)
from process.vocabulary import CaseOutcome, LetterKind, NoticeKind, Position, Role, SubjectKind
from tasks.rounds import pass_over_round

NAME = "district-evaluation"
TITLE = "对区县政府履行教育职责评价"

_STAGES = (
    Stage(
        key="acknowledgement",
        title="签收督导通知",
        owner=Role.DISTRICT,
        period=working_days(3),
        asks="请签收督导通知，确认联系人；如需申请督学回避，请一并提出。",
        tells=(Position.GOVERNMENT_OFFICE, Position.COMMISSION_HEAD, Position.OFFICE_HEAD, Position.OPERATOR),
        outcomes=(Outcome(key="acknowledged", title="签收", routes=(to("self_evaluation"),)),),
        ladder="district",
    ),
    Stage(
        key="self_evaluation",
        title="自查自评",
        owner=Role.DISTRICT,
        period=days(45, "《教育督导条例》第十八条、《重庆市教育督导条例》第二十三条"),
        rework=working_days(5),
        asks="请对照评价指标开展自查自评，报送自评报告和佐证材料目录，并在本级政府门户网站公示。",
        deliverables=(
            Deliverable(key="self_evaluation_report", title="自评报告"),
            Deliverable(key="evidence_index", title="佐证材料目录"),
            Deliverable(key="publication_proof", title="公示情况", required=False),
        ),
        outcomes=(Outcome(key="submitted", title="报送", routes=(to("formal_review"),)),),
        ladder="district",
    ),
    Stage(
        key="formal_review",
        title="形式审查",
        owner=Role.COORDINATOR,
        period=working_days(5),
        asks="请审查自评报告和佐证材料是否齐全、规范。",
        outcomes=(
            Outcome(key="accepted", title="通过", routes=(to("monitoring"),), notice=NoticeKind.ACCEPTED),
            Outcome(
                key="returned",
                title="退回补正",
                routes=(to("self_evaluation", again=True),),
                notice=NoticeKind.RETURNED,
            ),
        ),
        ladder="office",
    ),
    Stage(
        key="monitoring",
        title="网络监测评价",
        owner=Role.COORDINATOR,
        period=working_days(20),
        asks="请完成网络监测评价和满意度调查，登记监测发现的问题。",
        deliverables=(Deliverable(key="monitoring_report", title="监测报告"),),
        outcomes=(Outcome(key="monitored", title="完成监测", routes=(to("sampling"),)),),
        ladder="office",
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
    ),
    Stage(
        key="team",
        title="组建督导小组",
        owner=Role.COORDINATOR,
        period=working_days(5),
        asks="请组成3名以上督学的督导小组，核查回避情形，完成培训。",
        outcomes=(
            Outcome(
                key="composed",
                title="组成",
                routes=(to("on_site"),),
                requires=(Requirement.TEAM_COMPOSED,),
            ),
        ),
        ladder="office",
    ),
    Stage(
        key="on_site",
        title="实地督查",
        owner=Role.INSPECTOR,
        period=days(15, "市政府教育督导室工作安排（实地督查5天）"),
        asks="请开展实地督查，征求学生、家长、教师和公众意见，登记发现的问题。",
        deliverables=(Deliverable(key="consultation_record", title="座谈与问卷记录"),),
        outcomes=(Outcome(key="inspected", title="评议结束", routes=(to("preliminary_opinion"),)),),
        ladder="office",
    ),
    Stage(
        key="preliminary_opinion",
        title="反馈初步督导意见",
        owner=Role.INSPECTOR,
        period=days(10, "《重庆市教育督导条例》第二十六条（综合督导十日内）", anchor="on_site"),
        asks="请向区县政府书面反馈初步督导意见，告知申辩权利和期限。",
        outcomes=(
            Outcome(
                key="delivered",
                title="反馈",
                routes=(to("defence"),),
                letter=LetterKind.PRELIMINARY_OPINION,
            ),
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
        ladder="right",
    ),
    Stage(
        key="opinion",
        title="发出督导意见书",
        owner=Role.COORDINATOR,
        period=days(30, "《重庆市教育督导条例》第二十七条（反馈初步意见后三十日内）", anchor="preliminary_opinion"),
        asks="请发出督导意见书，写明评价、申辩采纳情况、存在问题和整改期限。",
        outcomes=(Outcome(key="issued", title="发出", routes=(to("reporting"),), letter=LetterKind.OPINION),),
        ladder="office",
    ),
    Stage(
        key="result_feedback",
        title="反馈评价结果",
        owner=Role.COORDINATOR,
        period=working_days(20),
        asks="请向区县政府发出评价结果反馈函。",
        outcomes=(Outcome(key="fed_back", title="反馈", routes=(to("reporting"),), letter=LetterKind.RESULT_FEEDBACK),),
        ladder="office",
    ),
    Stage(
        key="reporting",
        title="结果上报与通报",
        owner=Role.COORDINATOR,
        period=working_days(5, "要点第4项：报市委市政府分管领导、通报委员会各成员单位"),
        asks="请将评价结果专报市委市政府分管领导，通报市政府教育督导委员会各成员单位。",
        deliverables=(Deliverable(key="leaders_report", title="专报和通报"),),
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
                routes=(to("rectification"),),
                requires=(Requirement.FINDINGS_PLANNED,),
            ),
        ),
        ladder="district",
    ),
    Stage(
        key="rectification",
        title="整改",
        owner=Role.DISTRICT,
        period=Period(
            n=90,
            unit=Unit.CALENDAR_DAY_ROLL,
            set_by_letter=LetterKind.OPINION,
            at_least=10,
            basis="督导意见书所定期限（《教育督导条例》第二十一条、《重庆市教育督导条例》第二十七条）",
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
        ladder="district",
    ),
    Stage(
        key="rectification_report",
        title="报送整改情况报告",
        owner=Role.DISTRICT,
        period=days(10, "《重庆市教育督导条例》第二十八条（整改结束后十日内）", anchor="rectification"),
        asks="请报送整改情况报告。",
        deliverables=(Deliverable(key="rectification_report", title="整改情况报告"),),
        outcomes=(Outcome(key="submitted", title="报送", routes=(to("verification"),)),),
        ladder="district",
    ),
    Stage(
        key="verification",
        title="核查销号",
        owner=Role.COORDINATOR,
        period=working_days(20, "《教育督导条例》第二十二条、《重庆市教育督导条例》第二十八条"),
        asks="请由申请人以外的人逐条核查，作出销号、长期坚持或退回的结论。",
        outcomes=(
            Outcome(
                key="verified",
                title="核查通过",
                routes=(
                    to("supervision_report", Condition.SAMPLED),
                    end(CaseOutcome.RECTIFIED, Condition.NOT_SAMPLED),
                ),
                requires=(Requirement.FINDINGS_VERIFIED,),
            ),
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
    ),
)

PROCESS = Process(
    name=NAME,
    version=2,
    title=TITLE,
    source="2022年教育督导工作要点第4项",
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
