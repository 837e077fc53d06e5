"""要点第13项「开展学前教育质量监测」.

"优化学前教育质量监测指标和工具,制定学前教育质量监测工作方案。开展2022年学前教育质量监测工作,并对上年度监测结果进行反馈,促进幼儿园不断提升教育质
量。"

The city's tools and scheme are one task, each district's monitoring a case. What a year measured is fed back in the
next one. Results are for improvement: nobody is named, and late data are only urged for.
"""

from __future__ import annotations

from datetime import datetime

from prefect import flow

from flows.common import DATA_LADDER, EXTENSIONS, INTEGRITY, OFFICE_LADDER, on_day, working_days
from flows.stages import paper, step
from process.definition import Process, Recurrence
from process.vocabulary import Cadence, CaseOutcome, LetterKind, Role, SubjectKind, Template
from tasks.rounds import pass_over_round

TITLE = "学前教育质量监测"
_SOURCE = "2022年教育督导工作要点第13项"

TOOLS = Process(
    name="preschool-monitoring-tools",
    version=1,
    title="学前教育质量监测指标、工具和方案",
    source=_SOURCE,
    item=13,
    sentence="优化学前教育质量监测指标和工具,制定学前教育质量监测工作方案。",
    template=Template.TASK,
    subjects=SubjectKind.CITY,
    recurrence=Recurrence(cadence=Cadence.YEARLY, month=3, day=1),
    first="tools",
    stages=(
        step(
            "tools",
            "优化指标和工具",
            Role.COORDINATOR,
            working_days(60),
            "请会同市教育评估院优化监测指标和工具。",
            "scheme",
            papers=(paper("tools", "监测指标和工具"),),
        ),
        step(
            "scheme",
            "制定工作方案",
            Role.COORDINATOR,
            working_days(20),
            "请制定监测工作方案，确定样本幼儿园的抽取办法。",
            CaseOutcome.DONE,
            papers=(paper("scheme", "监测工作方案"),),
        ),
    ),
    ladders=(OFFICE_LADDER,),
    triggers=INTEGRITY,
    launch_letter=LetterKind.WORK_NOTICE,
)

MONITORING = Process(
    name="preschool-monitoring",
    version=1,
    title=TITLE,
    source=_SOURCE,
    item=13,
    sentence="开展2022年学前教育质量监测工作,并对上年度监测结果进行反馈,促进幼儿园不断提升教育质量。",
    template=Template.MONITORING,
    subjects=SubjectKind.DISTRICT,
    recurrence=Recurrence(cadence=Cadence.YEARLY, month=9, day=13),
    first="preparation",
    stages=(
        step(
            "preparation",
            "组织准备",
            Role.DISTRICT,
            working_days(15),
            "请核对样本幼儿园名单，确定联系人，参加培训。",
            "fieldwork",
            papers=(paper("kindergarten_list", "样本幼儿园名单"),),
            ladder="data",
        ),
        step(
            "fieldwork",
            "现场监测与问卷",
            Role.DISTRICT,
            working_days(15),
            "请在监测窗口期内组织现场监测和问卷，报送数据。",
            "report",
            papers=(paper("monitoring_data", "监测数据"),),
            ladder="data",
        ),
        step(
            "report",
            "数据清洗与监测报告",
            Role.COORDINATOR,
            working_days(60),
            "请清洗数据，形成监测报告；结果仅供内部改进使用。",
            "feedback",
            papers=(paper("monitoring_report", "监测报告"),),
        ),
        step(
            "feedback",
            "反馈上年度监测结果",
            Role.COORDINATOR,
            on_day(6, 30, year_offset=1, at_least=10, basis="2022年教育督导工作要点第13项（对上年度监测结果进行反馈）"),
            "请向区县和幼儿园反馈监测结果，提出改进建议。",
            "improvement",
            done="反馈",
            letter=LetterKind.RESULT_FEEDBACK,
        ),
        step(
            "improvement",
            "制定改进计划",
            Role.DISTRICT,
            working_days(20),
            "请根据监测结果制定改进计划，促进幼儿园提升教育质量。",
            CaseOutcome.MONITORED,
            papers=(paper("improvement_plan", "改进计划"),),
            ladder="data",
        ),
    ),
    ladders=(DATA_LADDER, OFFICE_LADDER),
    triggers=INTEGRITY,
    extensions=EXTENSIONS,
    launch_letter=LetterKind.WORK_NOTICE,
)

PROCESSES = (TOOLS, MONITORING)


@flow(name=TITLE, description=__doc__, flow_run_name="第{round_id}轮次")
async def monitor_preschools(round_id: int, now: datetime | None = None) -> dict[str, int]:
    """One pass of time over a round of 要点第13项; safe to run twice, late, or beside another."""
    return await pass_over_round(round_id, now)
