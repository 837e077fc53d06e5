"""要点第8项「开展“双减”专项督导」: 8a, the half-monthly reports and what follows from them.

"对工作进展缓慢区县进行通报,对典型问题加大曝光力度,对任务重、困难多、基础差的地区加强指导,对责任不落实、措施不到位、问题多发的地区进行约谈,对问题
严重造成恶劣影响的,依法依规严肃追究相关责任人责任。"

These are conditions, not steps of time: whoever judges a report says which of them holds and why, and what the sentence
says for it is put before the managers. Rungs may be skipped. 8b, the monthly visits, is :mod:`flows.visits`.
"""

from __future__ import annotations

from datetime import datetime

from prefect import flow

from flows.common import (
    DISTRICT_LADDER,
    EXTENSIONS,
    FORMAL_BASIS,
    OFFICE_LADDER,
    TALK_BASIS,
    end,
    to,
    working_days,
)
from flows.stages import paper, step
from process.definition import Outcome, Process, Recurrence, Stage, TriggerRule
from process.vocabulary import (
    Cadence,
    CaseOutcome,
    LetterKind,
    NoticeKind,
    Role,
    RungKind,
    SubjectKind,
    Template,
    Trigger,
)
from tasks.rounds import pass_over_round

NAME = "double-reduction"
TITLE = "「双减」专项督导"
_SOURCE = "2022年教育督导工作要点第8项"

METRICS = ("作业时间达标学校", "课后服务时间达标学校", "学科类机构压减", "违规广告查处", "举报线索核查")
"""What a half-monthly report says."""

_CONDITIONS = (
    ("slow", "工作进展缓慢", Trigger.SLOW),
    ("typical", "典型问题", Trigger.TYPICAL),
    ("hardship", "任务重、困难多、基础差", Trigger.HARDSHIP),
    ("neglect", "责任不落实、措施不到位、问题多发", Trigger.NEGLECT),
    ("harm", "问题严重造成恶劣影响", Trigger.HARM),
)

PROCESS = Process(
    name=NAME,
    version=1,
    title=TITLE,
    source=_SOURCE,
    item=8,
    sentence=(
        "对工作进展缓慢区县进行通报,对典型问题加大曝光力度,对任务重、困难多、基础差的地区加强指导,"
        "对责任不落实、措施不到位、问题多发的地区进行约谈,对问题严重造成恶劣影响的,依法依规严肃追究相关责任人责任。"
    ),
    template=Template.SPECIAL,
    subjects=SubjectKind.DISTRICT,
    recurrence=Recurrence(cadence=Cadence.HALF_MONTHLY, offset=-3),
    first="report",
    stages=(
        step(
            "report",
            "报送半月进展",
            Role.DISTRICT,
            working_days(3, "市政府教育督导室工作安排（每月15日和月末）"),
            f"请报送半月进展：{'、'.join(METRICS)}。",
            "ranking",
            papers=(paper("progress_report", "半月进展情况表"),),
        ),
        Stage(
            key="ranking",
            title="排名与研判",
            owner=Role.COORDINATOR,
            period=working_days(3),
            asks="请按五项指标排名，研判进展和问题；有应予通报、曝光、指导、约谈或追责情形的，写明事实。",
            outcomes=(
                Outcome(key="on_track", title="进展正常", routes=(end(CaseOutcome.MONITORED),)),
                *(
                    Outcome(key=key, title=title, routes=(to("improvement"),), states=trigger)
                    for key, title, trigger in _CONDITIONS
                ),
            ),
            ladder="office",
        ),
        step(
            "improvement",
            "限期改进",
            Role.DISTRICT,
            working_days(10),
            "请针对研判指出的问题限期改进，报送改进情况。",
            "improvement_check",
            papers=(paper("improvement_report", "改进情况"),),
        ),
        Stage(
            key="improvement_check",
            title="核查改进",
            owner=Role.COORDINATOR,
            period=working_days(5),
            asks="请核查改进情况。",
            outcomes=(
                Outcome(key="improved", title="已改进", routes=(end(CaseOutcome.RECTIFIED),)),
                Outcome(
                    key="returned",
                    title="退回再改进",
                    routes=(to("improvement", again=True),),
                    notice=NoticeKind.RETURNED,
                ),
            ),
            ladder="office",
        ),
    ),
    ladders=(DISTRICT_LADDER, OFFICE_LADDER),
    triggers=(
        TriggerRule(trigger=Trigger.SLOW, proposes=RungKind.CIRCULAR, basis=_SOURCE),
        TriggerRule(trigger=Trigger.TYPICAL, proposes=RungKind.EXPOSURE, basis=_SOURCE),
        TriggerRule(trigger=Trigger.HARDSHIP, proposes=RungKind.SUPPORT, threshold=10, basis=_SOURCE),
        TriggerRule(trigger=Trigger.NEGLECT, proposes=RungKind.TALK, basis=TALK_BASIS),
        TriggerRule(trigger=Trigger.HARM, proposes=RungKind.ACCOUNTABILITY, basis="《教育督导问责办法》第十三条"),
        TriggerRule(trigger=Trigger.SECOND_LATE, proposes=RungKind.CIRCULAR, threshold=1, basis=FORMAL_BASIS),
        TriggerRule(
            trigger=Trigger.RETURNED, proposes=RungKind.TALK, threshold=2, stage="improvement", basis=TALK_BASIS
        ),
    ),
    extensions=EXTENSIONS,
    launch_letter=LetterKind.WORK_NOTICE,
)


@flow(name=TITLE, description=__doc__, flow_run_name="第{round_id}轮次")
async def follow_double_reduction(round_id: int, now: datetime | None = None) -> dict[str, int]:
    """One pass of time over a half month of 要点第8项; safe to run twice, late, or beside another."""
    return await pass_over_round(round_id, now)
