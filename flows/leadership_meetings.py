"""要点第1项「强化党对教育督导工作的领导」.

"召开市政府教育督导委员会工作会议、全市教育督导工作会议,充分发挥市政府教育督导委员会成员单位作用,推动有关部门、地方各级人民政府切实
履行教育职责,构建统一协调、分工负责、齐抓共管的工作格局。"

A standing duty and two dated meetings a year: each is a definition of its own with the same stages, its case is the
city's, and what it resolves is given to member units as parts.
"""

from __future__ import annotations

from datetime import datetime

from prefect import flow

from flows.common import MANAGER_LADDER, OFFICE_LADDER, OFFICE_PRACTICE, days, end, working_days
from flows.stages import paper, step
from process.definition import Outcome, Process, Recurrence, Requirement
from process.vocabulary import Cadence, CaseOutcome, LetterKind, Role, SubjectKind, Template
from tasks.rounds import pass_over_round

TITLE = "教育督导工作会议"


def _meeting(name: str, title: str, *, month: int, day: int) -> Process:
    return Process(
        name=name,
        version=1,
        title=title,
        source="2022年教育督导工作要点第1项",
        item=1,
        sentence="召开市政府教育督导委员会工作会议、全市教育督导工作会议,充分发挥市政府教育督导委员会成员单位作用",
        template=Template.TASK,
        subjects=SubjectKind.CITY,
        recurrence=Recurrence(cadence=Cadence.YEARLY, month=month, day=day),
        launch_letter=LetterKind.WORK_NOTICE,
        first="preparation",
        stages=(
            step(
                "preparation",
                "议题和筹备",
                Role.COORDINATOR,
                working_days(20),
                "请征集议题，拟定会议方案和材料。",
                "meeting_notice",
                done="筹备就绪",
                papers=(paper("meeting_plan", "会议方案和议题"),),
            ),
            step(
                "meeting_notice",
                "会议通知",
                Role.MANAGER,
                working_days(3),
                "请至少在会前10个工作日印发会议通知。",
                "meeting",
                done="印发",
                papers=(paper("meeting_notice", "会议通知"),),
            ),
            step(
                "meeting",
                "召开会议",
                Role.COORDINATOR,
                working_days(10),
                "请按通知召开会议，留存签到和会议材料。",
                "minutes",
                done="召开",
                papers=(paper("attendance", "签到表"),),
            ),
            step(
                "minutes",
                "印发会议纪要",
                Role.COORDINATOR,
                working_days(5),
                "请印发会议纪要，列明议定事项和责任单位。",
                "resolutions",
                done="印发",
                letter=LetterKind.MEETING_MINUTES,
            ),
            step(
                "resolutions",
                "交办议定事项",
                Role.COORDINATOR,
                days(60, OFFICE_PRACTICE),
                "请将议定事项逐项交办成员单位，跟踪至全部销号。",
                CaseOutcome.DONE,
                done="全部销号",
                requires=(Requirement.PARTS_DONE,),
                others=(Outcome(key="none", title="无议定事项", routes=(end(CaseOutcome.DONE),)),),
            ),
        ),
        ladders=(OFFICE_LADDER, MANAGER_LADDER),
    )


COMMITTEE = _meeting("committee-meeting", "市政府教育督导委员会工作会议", month=3, day=1)
CITY = _meeting("supervision-conference", "全市教育督导工作会议", month=3, day=15)

PROCESSES = (COMMITTEE, CITY)


@flow(name=TITLE, description=__doc__, flow_run_name="第{round_id}轮次")
async def follow_meetings(round_id: int, now: datetime | None = None) -> dict[str, int]:
    """One pass of time over the meetings of a year; safe to run twice, late, or beside another."""
    return await pass_over_round(round_id, now)
