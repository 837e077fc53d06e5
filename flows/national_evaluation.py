"""要点第3项「接受国家对市政府履行教育职责评价」.

"根据国务院教育督导委员会办公室安排部署,对照年度重点评价内容,协调市级相关部门开展市政府2021年履行教育职责情况自查自评工作,完成
自评报告及印证材料报送工作,做好迎接国家对市政府履行教育职责评价实地督查准备。"

Here the city is the evaluated side: the nation's days cannot be moved, so that ours lie a buffer before them, and what
is late is urged on inside the house only. The year evaluated is the one before the round's.
"""

from __future__ import annotations

from datetime import datetime

from prefect import flow

from flows.common import MANAGER_LADDER, OFFICE_LADDER, days, end, to, working_days
from flows.stages import paper, step
from process.definition import Deliverable, Outcome, Period, Process, Recurrence, Requirement, Unit
from process.vocabulary import Cadence, CaseOutcome, LetterKind, Role, SubjectKind, Template
from tasks.rounds import pass_over_round

NAME = "national-evaluation"
TITLE = "接受国家对市政府履行教育职责评价"

_NATION = "国家通知确定的时间"
BUFFER = 5
"""Working days before a national day by which our side is ready: the office's own."""


def _national(month: int, day: int, year_offset: int = 0) -> Period:
    """A day that the nation sets; this one stands until its notice is entered."""
    return Period(
        unit=Unit.FIXED_DATE,
        month=month,
        day=day,
        year_offset=year_offset,
        external=True,
        buffer=BUFFER,
        at_least=5,
        basis=_NATION,
    )


PROCESS = Process(
    name=NAME,
    version=1,
    title=TITLE,
    source="2022年教育督导工作要点第3项",
    item=3,
    sentence="协调市级相关部门开展市政府2021年履行教育职责情况自查自评工作,完成自评报告及印证材料报送工作,"
    "做好迎接国家对市政府履行教育职责评价实地督查准备",
    template=Template.UPWARD,
    subjects=SubjectKind.CITY,
    evaluated_year=-1,
    recurrence=Recurrence(cadence=Cadence.YEARLY, month=3, day=1),
    launch_letter=LetterKind.WORK_NOTICE,
    first="national_notice",
    stages=(
        step(
            "national_notice",
            "接收国家通知",
            Role.COORDINATOR,
            Period(unit=Unit.FIXED_DATE, month=3, day=31, basis=_NATION),
            "请登记国家评价通知和各时间节点，对照年度重点评价内容。",
            "assignment",
            done="已登记",
            papers=(paper("national_notice", "国家评价通知"),),
        ),
        step(
            "assignment",
            "分解任务",
            Role.COORDINATOR,
            working_days(5),
            "请将评价指标分解到市级相关部门，逐项交办。",
            "materials",
            done="已分解",
            papers=(paper("division", "任务分解表"),),
        ),
        step(
            "materials",
            "收集部门材料",
            Role.COORDINATOR,
            working_days(20),
            "请跟踪各部门报送材料，逐项审核销号。",
            "self_report",
            done="材料齐备",
            requires=(Requirement.PARTS_DONE,),
        ),
        step(
            "self_report",
            "汇总自评报告",
            Role.COORDINATOR,
            working_days(10),
            "请汇总形成自评报告，不超过5000字，并编制印证材料目录。",
            "approval",
            done="形成报告",
            papers=(
                Deliverable(key="self_report", title="自评报告（不超过5000字）", max_characters=5000),
                Deliverable(key="evidence_index", title="印证材料目录"),
            ),
        ),
        step(
            "approval",
            "审签",
            Role.MANAGER,
            working_days(5),
            "请报分管领导和市政府审签。",
            "publication",
            done="审签",
            others=(Outcome(key="revise", title="退回修改", routes=(to("self_report", again=True),)),),
        ),
        step(
            "publication",
            "公示",
            Role.COORDINATOR,
            working_days(5),
            "请在市政府门户网站公示自评报告。",
            "submission",
            done="已公示",
            papers=(paper("publication_proof", "公示情况"),),
        ),
        step(
            "submission",
            "报送国家",
            Role.COORDINATOR,
            _national(5, 15),
            "请在国家规定的时间前报送自评报告和印证材料（纸质和电子）。",
            "readiness",
            done="已报送",
            papers=(paper("submission_proof", "报送凭证"),),
        ),
        step(
            "readiness",
            "监测、满意度调查和迎检准备",
            Role.COORDINATOR,
            working_days(40),
            "请配合第三方监测评估，动员参加满意度调查，做好迎接实地督查准备；确定本年是否实地督查后办结。",
            "national_visit",
            done="列入实地督查",
            papers=(paper("readiness_plan", "迎检工作方案"),),
            others=(Outcome(key="not_inspected", title="未列入实地督查", routes=(to("feedback"),)),),
        ),
        step(
            "national_visit",
            "迎接实地督查",
            Role.COORDINATOR,
            _national(10, 31),
            "请协调有关部门和区县配合国家督查组实地督查。",
            "feedback",
            done="督查结束",
        ),
        step(
            "feedback",
            "接收国家反馈",
            Role.COORDINATOR,
            _national(12, 31),
            "请登记国家反馈意见和问题清单。",
            "rectification",
            done="有整改任务",
            papers=(paper("national_feedback", "国家反馈意见和问题清单"),),
            others=(Outcome(key="no_problems", title="无整改任务", routes=(end(CaseOutcome.EVALUATED),)),),
        ),
        step(
            "rectification",
            "组织整改",
            Role.COORDINATOR,
            days(90, _NATION),
            "请制定整改方案，将问题逐项交办责任部门，跟踪至全部销号。",
            "rectification_report",
            done="全部销号",
            requires=(Requirement.PARTS_DONE,),
            papers=(paper("rectification_plan", "整改方案"),),
        ),
        step(
            "rectification_report",
            "报送整改报告",
            Role.COORDINATOR,
            _national(4, 30, year_offset=1),
            "请经审签后向国家报送整改情况报告。",
            "national_review",
            done="已报送",
            papers=(paper("rectification_report", "整改情况报告"),),
        ),
        step(
            "national_review",
            "国家复查",
            Role.COORDINATOR,
            _national(6, 30, year_offset=1),
            "请登记国家复查结论。",
            CaseOutcome.RECTIFIED,
            done="复查通过",
            others=(Outcome(key="reopened", title="须继续整改", routes=(to("rectification", again=True),)),),
        ),
    ),
    ladders=(OFFICE_LADDER, MANAGER_LADDER),
)


@flow(name=TITLE, description=__doc__, flow_run_name="第{round_id}轮次")
async def follow_national_evaluation(round_id: int, now: datetime | None = None) -> dict[str, int]:
    """One pass of time over the nation's evaluation of the city; safe to run twice, late, or beside another."""
    return await pass_over_round(round_id, now)
