"""要点第19项「推进教育督导信息化工作」.

"加强市教育督导管理信息系统的使用培训和推广工作,全面推进教育督导日常工作与信息化平台有机结合,探索教育督导数据管理与分析的新模式
……做好与国家教育督导信息化管理平台的对接工作。"

Two definitions: a district is trained and puts the system to daily use; the city connects to the national platform,
for which 台账 are exported in its fixed templates (no public interface is known, 待核实).
"""

from __future__ import annotations

from datetime import datetime

from prefect import flow

from flows.common import EXTENSIONS, OFFICE_LADDER, WARNING_LADDER, days, end, to, working_days
from flows.common import OFFICE_PRACTICE as _PRACTICE
from flows.stages import paper, review_of, step
from process.definition import Outcome, Process, Recurrence, Requirement
from process.vocabulary import Cadence, CaseOutcome, LetterKind, Role, SubjectKind, Template
from tasks.rounds import pass_over_round

TITLE = "教育督导信息化"
_SOURCE = "2022年教育督导工作要点第19项"

USE = Process(
    name="system-use",
    version=1,
    title="教育督导管理信息系统使用培训和推广",
    source=_SOURCE,
    item=19,
    sentence="加强市教育督导管理信息系统的使用培训和推广工作",
    template=Template.TASK,
    subjects=SubjectKind.DISTRICT,
    recurrence=Recurrence(cadence=Cadence.YEARLY, month=4, day=18),
    launch_letter=LetterKind.WORK_NOTICE,
    first="training",
    stages=(
        step(
            "training",
            "使用培训",
            Role.DISTRICT,
            working_days(30),
            "请组织本区县使用培训，报送参训名单和签到。",
            "promotion",
            papers=(paper("participants", "参训名单和签到"),),
            ladder="warning",
        ),
        step(
            "promotion",
            "推广应用",
            Role.DISTRICT,
            days(120, _PRACTICE),
            "请将日常督导工作纳入系统办理，报送应用情况：用户数、在线办理数、按时报送率。",
            "closing_check",
            papers=(paper("usage_report", "应用情况报告"),),
            ladder="warning",
            rework=working_days(10),
        ),
        review_of("promotion", (end(CaseOutcome.DONE),), key="closing_check", title="审核销号"),
    ),
    ladders=(WARNING_LADDER, OFFICE_LADDER),
    extensions=EXTENSIONS,
)

PLATFORM = Process(
    name="national-platform",
    version=1,
    title="国家教育督导信息化管理平台对接",
    source=_SOURCE,
    item=19,
    sentence="做好与国家教育督导信息化管理平台的对接工作",
    template=Template.TASK,
    subjects=SubjectKind.CITY,
    recurrence=Recurrence(cadence=Cadence.YEARLY, month=4, day=18, until=2022),
    launch_letter=LetterKind.WORK_NOTICE,
    first="connection_plan",
    stages=(
        step(
            "connection_plan",
            "制定对接方案",
            Role.COORDINATOR,
            working_days(20),
            "请制定对接方案，明确数据项、报送模板和责任单位。",
            "connection",
            papers=(paper("connection_plan", "对接方案"),),
            done="确定方案",
        ),
        step(
            "connection",
            "对接联调",
            Role.COORDINATOR,
            days(90, _PRACTICE),
            "请将数据整理和联调逐项交办有关单位，跟踪至全部销号。",
            "trial_upload",
            requires=(Requirement.PARTS_DONE,),
            done="联调完成",
        ),
        step(
            "trial_upload",
            "按月报送数据",
            Role.COORDINATOR,
            days(60, _PRACTICE),
            "请按国家平台模板导出台账，按月报送数据，登记报送回执。",
            CaseOutcome.DONE,
            papers=(paper("upload_receipts", "数据报送回执"),),
            done="对接完成",
            others=(Outcome(key="again", title="数据有误，重新联调", routes=(to("connection", again=True),)),),
        ),
    ),
    ladders=(OFFICE_LADDER,),
)

PROCESSES = (USE, PLATFORM)


@flow(name=TITLE, description=__doc__, flow_run_name="第{round_id}轮次")
async def follow_informatisation(round_id: int, now: datetime | None = None) -> dict[str, int]:
    """One pass of time over the system's milestones; safe to run twice, late, or beside another."""
    return await pass_over_round(round_id, now)
