"""问责: 《教育督导问责办法》 with its whole clock (DOMAIN §1.4).

60 days to the finding of facts (ACC-13), notice and defence (14), decision (15, 16), review within 30 days and decided
within 30 (19a, 19b), appeal within 15 days and decided within 60 (19c-19e), correction within 15 (19f). Nothing is
suspended meanwhile (19g). Rights that are not used lapse by time. Periods without a number in the 办法 are the
office's.
"""

from __future__ import annotations

from datetime import datetime

from prefect import flow

from flows.common import MANAGER_LADDER, OFFICE_LADDER, days, days_from_receipt, end, right_ladder, to, working_days
from process.definition import Deliverable, ExtensionRules, Outcome, Process, Stage
from process.vocabulary import CaseOutcome, LetterKind, Position, Role, SubjectKind
from tasks.rounds import pass_over_round

NAME = "accountability"
TITLE = "教育督导问责"

_TOLD = (Position.DEPUTY_HEAD, Position.GOVERNMENT_OFFICE, Position.COMMISSION_HEAD)
_ART = "《教育督导问责办法》第{}条"

PROCESS = Process(
    name=NAME,
    version=1,
    title=TITLE,
    source="《教育督导问责办法》（国教督〔2021〕2号）",
    subjects=SubjectKind.DISTRICT,
    first="fact_finding",
    stages=(
        Stage(
            key="fact_finding",
            title="调查认定",
            owner=Role.COORDINATOR,
            period=days(60, _ART.format("十三")),
            asks="请会同有关部门成立调查认定工作组，在60日内形成事实材料，提出是否启动问责的意见。",
            deliverables=(Deliverable(key="fact_file", title="事实材料"),),
            outcomes=(
                Outcome(key="established", title="事实成立", routes=(to("accountability_notice"),)),
                Outcome(key="not_established", title="不予问责", routes=(end(CaseOutcome.NOT_ACCOUNTABLE),)),
            ),
            ladder="office",
        ),
        Stage(
            key="accountability_notice",
            title="告知",
            owner=Role.COORDINATOR,
            period=working_days(10),
            asks="请书面告知认定的事实和问责意见，听取陈述申辩。",
            outcomes=(
                Outcome(
                    key="told",
                    title="告知",
                    routes=(to("accountability_defence"),),
                    letter=LetterKind.ACCOUNTABILITY_NOTICE,
                ),
            ),
            ladder="office",
        ),
        Stage(
            key="accountability_defence",
            title="陈述申辩",
            owner=Role.DISTRICT,
            period=days_from_receipt(10, _ART.format("十四")),
            asks="对认定的事实和问责意见有异议的，请在期限内书面陈述申辩；逾期视为放弃。",
            deliverables=(Deliverable(key="defence_statement", title="陈述申辩材料", required=False),),
            outcomes=(
                Outcome(key="defended", title="陈述申辩", routes=(to("members_opinion"),)),
                Outcome(key="no_objection", title="无异议", routes=(to("members_opinion"),)),
                Outcome(key="lapsed", title="逾期未陈述", routes=(to("members_opinion"),), needs_deliverables=False),
            ),
            on_lapse="lapsed",
            tells=_TOLD,
            ladder="right",
        ),
        Stage(
            key="members_opinion",
            title="征求成员单位意见",
            owner=Role.COORDINATOR,
            period=working_days(10, _ART.format("十五")),
            asks="请就问责意见征求有关成员单位意见。",
            outcomes=(Outcome(key="consulted", title="已征求", routes=(to("decision"),)),),
            ladder="office",
        ),
        Stage(
            key="decision",
            title="审定和决定",
            owner=Role.MANAGER,
            period=working_days(10, _ART.format("十五")),
            asks="请提交委员会主任或副主任审定，印发问责决定。",
            outcomes=(
                Outcome(
                    key="decided",
                    title="印发决定",
                    routes=(to("review_window"),),
                    letter=LetterKind.ACCOUNTABILITY_DECISION,
                ),
                Outcome(key="dropped", title="不予问责", routes=(end(CaseOutcome.NOT_ACCOUNTABLE),)),
            ),
            ladder="manager",
        ),
        Stage(
            key="review_window",
            title="复核申请期",
            owner=Role.DISTRICT,
            period=days_from_receipt(30, _ART.format("十九")),
            asks="如不服问责决定，可自收到之日起30日内申请复核，或15日内直接申诉。其间不停止执行。",
            deliverables=(Deliverable(key="review_request", title="复核或申诉申请", required=False),),
            outcomes=(
                Outcome(key="review_requested", title="申请复核", routes=(to("review"),)),
                Outcome(
                    key="appealed",
                    title="直接申诉",
                    routes=(to("appeal"),),
                    within=days_from_receipt(15, _ART.format("十九")),
                ),
                Outcome(key="lapsed", title="期满未申请", routes=(to("archiving"),), needs_deliverables=False),
            ),
            on_lapse="lapsed",
            tells=_TOLD,
            ladder="right",
        ),
        Stage(
            key="review",
            title="复核",
            owner=Role.MANAGER,
            period=days(30, _ART.format("十九")),
            asks="请在30日内作出复核决定并反馈。",
            outcomes=(
                Outcome(
                    key="upheld",
                    title="维持",
                    routes=(to("appeal_window"),),
                    letter=LetterKind.REVIEW_DECISION,
                ),
                Outcome(
                    key="overturned",
                    title="撤销或变更",
                    routes=(to("correction"),),
                    letter=LetterKind.REVIEW_DECISION,
                ),
            ),
            ladder="manager",
        ),
        Stage(
            key="appeal_window",
            title="申诉期",
            owner=Role.DISTRICT,
            period=days_from_receipt(15, _ART.format("十九")),
            asks="如不服复核决定，可自收到之日起15日内申诉。其间不停止执行。",
            deliverables=(Deliverable(key="appeal_request", title="申诉书", required=False),),
            outcomes=(
                Outcome(key="appealed", title="申诉", routes=(to("appeal"),)),
                Outcome(key="lapsed", title="期满未申诉", routes=(to("archiving"),), needs_deliverables=False),
            ),
            on_lapse="lapsed",
            tells=_TOLD,
            ladder="right",
        ),
        Stage(
            key="appeal",
            title="申诉处理",
            owner=Role.MANAGER,
            period=days(60, _ART.format("十九")),
            asks="请跟踪上一级的申诉处理，60日内送达《申诉处理决定书》。",
            outcomes=(
                Outcome(
                    key="upheld",
                    title="维持",
                    routes=(to("archiving"),),
                    letter=LetterKind.APPEAL_DECISION,
                ),
                Outcome(
                    key="overturned",
                    title="原问责有误",
                    routes=(to("correction"),),
                    letter=LetterKind.APPEAL_DECISION,
                ),
            ),
            ladder="manager",
        ),
        Stage(
            key="correction",
            title="纠正",
            owner=Role.MANAGER,
            period=days(15, _ART.format("十九")),
            asks="请在15日内纠正原问责决定。",
            outcomes=(Outcome(key="corrected", title="已纠正", routes=(end(CaseOutcome.NOT_ACCOUNTABLE),)),),
            ladder="manager",
        ),
        Stage(
            key="archiving",
            title="归档",
            owner=Role.COORDINATOR,
            period=days(30, "市政府教育督导室工作安排"),
            asks="请将问责材料归档。",
            outcomes=(Outcome(key="archived", title="归档", routes=(end(CaseOutcome.HELD_ACCOUNTABLE),)),),
            ladder="office",
        ),
    ),
    ladders=(OFFICE_LADDER, MANAGER_LADDER, right_ladder(*_TOLD)),
    extensions=ExtensionRules(limit=0),
    suspendable=False,
)


@flow(name=TITLE, description=__doc__, flow_run_name="第{round_id}轮次")
async def follow_accountability(round_id: int, now: datetime | None = None) -> dict[str, int]:
    """One pass of time over the year's 问责; safe to run twice, late, or beside another."""
    return await pass_over_round(round_id, now)
