"""要点第15项「开展普通高中教育质量监测试点」.

"按照科学规范、减负提质、五育并举的原则,制定2022年普通高中教育质量监测试点方案,探索建立普通高中教育质量监测指标体系和监测问卷工具,推动普通高中学
生学业增值性评价。"

A pilot: one project of the city with its milestones, not yet a monitoring of all schools.
"""

from __future__ import annotations

from datetime import datetime

from prefect import flow

from flows.common import INTEGRITY, OFFICE_LADDER, working_days
from flows.stages import paper, step
from process.definition import Process, Recurrence
from process.vocabulary import Cadence, CaseOutcome, LetterKind, Role, SubjectKind, Template
from tasks.rounds import pass_over_round

NAME = "senior-monitoring"
TITLE = "普通高中教育质量监测试点"

_MILESTONES = (
    ("scheme", "制定试点方案", 30, "请按照科学规范、减负提质、五育并举的原则制定试点方案。", "试点方案"),
    (
        "tools",
        "建立指标体系和问卷工具",
        40,
        "请探索建立监测指标体系和监测问卷工具，突出学业增值性评价。",
        "指标体系和问卷工具",
    ),
    ("expert_opinion", "专家论证", 15, "请组织专家论证指标和工具。", "专家论证意见"),
    ("pilot_schools", "确定试点学校", 10, "请会同区县确定试点学校。", "试点学校名单"),
    ("trial", "试测", 30, "请在试点学校试测。", "试测情况"),
    ("revision", "修订工具", 20, "请根据试测修订指标和工具。", "修订稿"),
    ("report", "试点报告", 30, "请形成试点报告，提出推开建议。", "试点报告"),
)
_FOLLOWING: tuple[str | CaseOutcome, ...] = (*(key for key, *_ in _MILESTONES[1:]), CaseOutcome.MONITORED)

PROCESS = Process(
    name=NAME,
    version=1,
    title=TITLE,
    source="2022年教育督导工作要点第15项",
    item=15,
    sentence="制定2022年普通高中教育质量监测试点方案,探索建立普通高中教育质量监测指标体系和监测问卷工具,推动普通高中学生学业增值性评价。",
    template=Template.MONITORING,
    subjects=SubjectKind.CITY,
    recurrence=Recurrence(cadence=Cadence.YEARLY, month=3, day=1, until=2022),
    first="scheme",
    stages=tuple(
        step(key, title, Role.COORDINATOR, working_days(n), asks, then, papers=(paper(key, result),))
        for (key, title, n, asks, result), then in zip(_MILESTONES, _FOLLOWING, strict=True)
    ),
    ladders=(OFFICE_LADDER,),
    triggers=INTEGRITY,
    launch_letter=LetterKind.WORK_NOTICE,
)


@flow(name=TITLE, description=__doc__, flow_run_name="第{round_id}轮次")
async def pilot_senior_monitoring(round_id: int, now: datetime | None = None) -> dict[str, int]:
    """One pass of time over the year's pilot of 要点第15项; safe to run twice, late, or beside another."""
    return await pass_over_round(round_id, now)
