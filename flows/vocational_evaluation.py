"""要点第16项「配合开展第四轮职业院校督导评估」.

"按照国务院教育督导委员会办公室统一部署和要求,配合有关处室完成第四轮对中等职业学校办学能力、高等职业院校适应社会需求能力的督导评估,
组织好数据采集、实地调研、报告撰写等工作,提高评估的针对性、实效性。以适当方式向社会公开督导评估报告,推动有关方面将评估结果作为资源配置
的重要参考和依据。"

Two definitions: every college collects its data and reports; the city sums up, reports to the nation and publishes.
"""

from __future__ import annotations

from datetime import datetime

from prefect import flow

from flows.common import EXTENSIONS, MANAGER_LADDER, OFFICE_LADDER, UNIT_LADDER, to, working_days
from flows.stages import UNIT_HEADS, paper, review_of, step
from process.definition import Outcome, Period, Process, Recurrence, Requirement, Unit
from process.vocabulary import Cadence, CaseOutcome, LetterKind, Role, SubjectKind, Template
from tasks.rounds import pass_over_round

TITLE = "职业院校督导评估"
_SOURCE = "2022年教育督导工作要点第16项"
_ROUND = Recurrence(cadence=Cadence.CYCLE, month=9, day=1, every_years=3, ordinal=4, counted="轮")
"""The fourth round began in 2022. How many years lie between two rounds the nation decides each time (待核实)."""

COLLEGES = Process(
    name="vocational-evaluation",
    version=1,
    title="职业院校督导评估",
    source=_SOURCE,
    item=16,
    sentence="配合有关处室完成第四轮对中等职业学校办学能力、高等职业院校适应社会需求能力的督导评估,"
    "组织好数据采集、实地调研、报告撰写等工作",
    template=Template.UPWARD,
    subjects=SubjectKind.COLLEGE,
    recurrence=_ROUND,
    launch_letter=LetterKind.WORK_NOTICE,
    first="data_collection",
    stages=(
        step(
            "data_collection",
            "数据采集",
            Role.DISTRICT,
            working_days(20),
            "请按国家平台要求采集并核对学校数据，报送数据采集表。",
            "self_report",
            papers=(paper("data_sheet", "数据采集表"),),
            tells=UNIT_HEADS,
            ladder="unit",
        ),
        step(
            "self_report",
            "自评报告",
            Role.DISTRICT,
            working_days(20),
            "请对照办学能力（适应社会需求能力）评估指标，报送学校自评报告。",
            "formal_review",
            papers=(paper("self_report", "学校自评报告"),),
            rework=working_days(5),
            tells=UNIT_HEADS,
            ladder="unit",
        ),
        review_of("self_report", "field_research", title="审核数据和报告"),
        step(
            "field_research",
            "实地调研",
            Role.INSPECTOR,
            working_days(20),
            "请组织实地调研，核实数据，形成调研记录。",
            "result",
            done="完成调研",
            on_site_days=1,
            papers=(paper("research_record", "调研记录"),),
        ),
        step(
            "result",
            "反馈评估结果",
            Role.COORDINATOR,
            working_days(20),
            "请向学校反馈评估结果，推动有关方面将其作为资源配置的重要参考和依据。",
            CaseOutcome.EVALUATED,
            done="反馈",
            letter=LetterKind.RESULT_FEEDBACK,
        ),
    ),
    ladders=(UNIT_LADDER, OFFICE_LADDER),
    extensions=EXTENSIONS,
)

REPORT = Process(
    name="vocational-report",
    version=1,
    title="职业院校督导评估市级报告",
    source=_SOURCE,
    item=16,
    sentence="以适当方式向社会公开督导评估报告,推动有关方面将评估结果作为资源配置的重要参考和依据",
    template=Template.UPWARD,
    subjects=SubjectKind.CITY,
    recurrence=_ROUND,
    launch_letter=LetterKind.WORK_NOTICE,
    first="division",
    stages=(
        step(
            "division",
            "分解任务",
            Role.COORDINATOR,
            working_days(5),
            "请按国家统一部署，会同有关处室制定工作方案，逐项交办。",
            "summary",
            done="已分解",
            papers=(paper("work_plan", "工作方案"),),
        ),
        step(
            "summary",
            "汇总市级报告",
            Role.COORDINATOR,
            working_days(60),
            "请汇总各校数据、自评和实地调研情况，形成市级督导评估报告。",
            "approval",
            done="形成报告",
            requires=(Requirement.PARTS_DONE,),
            papers=(paper("city_report", "市级督导评估报告"),),
        ),
        step(
            "approval",
            "审签",
            Role.MANAGER,
            working_days(5),
            "请审签市级督导评估报告。",
            "submission",
            done="审签",
            others=(Outcome(key="revise", title="退回修改", routes=(to("summary", again=True),)),),
        ),
        step(
            "submission",
            "报送国家",
            Role.COORDINATOR,
            Period(
                unit=Unit.FIXED_DATE,
                month=12,
                day=31,
                external=True,
                buffer=5,
                at_least=5,
                basis="国家通知确定的时间",
            ),
            "请在国家规定的时间前报送市级督导评估报告。",
            "publication",
            done="已报送",
            papers=(paper("submission_proof", "报送凭证"),),
        ),
        step(
            "publication",
            "向社会公开",
            Role.COORDINATOR,
            working_days(20),
            "请以适当方式向社会公开督导评估报告，登记公开方式和网址。",
            CaseOutcome.EVALUATED,
            done="已公开",
            papers=(paper("publication_proof", "公开情况"),),
        ),
    ),
    ladders=(OFFICE_LADDER, MANAGER_LADDER),
)

PROCESSES = (COLLEGES, REPORT)


@flow(name=TITLE, description=__doc__, flow_run_name="第{round_id}轮次")
async def follow_vocational_evaluation(round_id: int, now: datetime | None = None) -> dict[str, int]:
    """One pass of time over a round of the evaluation; safe to run twice, late, or beside another."""
    return await pass_over_round(round_id, now)
