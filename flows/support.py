"""加强指导: the branch beside the ladder, for units where 任务重、困难多、基础差.

"对任务重、困难多、基础差的区县加强指导" stands in 要点第8项 beside 通报、曝光、约谈 and 追责.
"""

from __future__ import annotations

from datetime import datetime

from prefect import flow

from flows.common import OFFICE_LADDER, days, end, to, working_days
from process.definition import Deliverable, Outcome, Process, Stage
from process.vocabulary import CaseOutcome, Role, SubjectKind
from tasks.rounds import pass_over_round

NAME = "support"
TITLE = "加强指导"

PROCESS = Process(
    name=NAME,
    version=1,
    title=TITLE,
    source="2022年教育督导工作要点第8项",
    subjects=SubjectKind.DISTRICT,
    first="guidance_plan",
    stages=(
        Stage(
            key="guidance_plan",
            title="制定指导方案",
            owner=Role.COORDINATOR,
            period=working_days(10),
            asks="请会同督学和有关处室制定指导方案，明确指导人员和重点。",
            deliverables=(Deliverable(key="guidance_plan", title="指导方案"),),
            outcomes=(Outcome(key="planned", title="确定方案", routes=(to("guidance"),)),),
            ladder="office",
        ),
        Stage(
            key="guidance",
            title="到校（区县）指导",
            owner=Role.INSPECTOR,
            period=days(60, "市政府教育督导室工作安排"),
            asks="请按方案开展指导，记录指导情况和成效。",
            deliverables=(Deliverable(key="guidance_record", title="指导记录"),),
            outcomes=(Outcome(key="guided", title="指导结束", routes=(end(CaseOutcome.SUPPORTED),)),),
            ladder="office",
        ),
    ),
    ladders=(OFFICE_LADDER,),
)


@flow(name=TITLE, description=__doc__, flow_run_name="第{round_id}轮次")
async def follow_support(round_id: int, now: datetime | None = None) -> dict[str, int]:
    """One pass of time over the year's 加强指导; safe to run twice, late, or beside another."""
    return await pass_over_round(round_id, now)
