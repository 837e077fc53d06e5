"""要点第12项「强化督学责任区建设」.

"进一步完善责任区督学挂牌督导工作机制,指导各区县原则上按与学校数1:5的比例配备专职督学,部分学生数较多的学校按1:1的比例配备。"

No workflow by itself: the ratios are computed from the roster as quotas. Once a year every district shows its areas and
name boards; whoever falls short fills the posts. Naming is the highest rung; there is no talk.
"""

from __future__ import annotations

from datetime import datetime

from prefect import flow

from flows.common import CHECKLIST_LADDER, EXTENSIONS, INTEGRITY, OFFICE_LADDER, days, end, to, working_days
from flows.stages import paper, step
from process.definition import Outcome, Process, Quota, Recurrence, Stage
from process.vocabulary import (
    Cadence,
    CaseOutcome,
    LetterKind,
    NoticeKind,
    QuotaKind,
    Role,
    SubjectKind,
    Template,
)
from tasks.rounds import pass_over_round

NAME = "responsibility-areas"
TITLE = "督学责任区建设检查"
_SOURCE = "2022年教育督导工作要点第12项"

PROCESS = Process(
    name=NAME,
    version=1,
    title=TITLE,
    source=_SOURCE,
    item=12,
    sentence="指导各区县原则上按与学校数1:5的比例配备专职督学,部分学生数较多的学校按1:1的比例配备。",
    template=Template.ROSTER,
    subjects=SubjectKind.DISTRICT,
    quotas=(
        Quota(
            kind=QuotaKind.SCHOOLS_PER_FULL_TIME_INSPECTOR,
            maximum=5,
            quote="按与学校数1:5的比例配备专职督学",
            basis=_SOURCE,
        ),
        Quota(
            kind=QuotaKind.INSPECTORS_OF_LARGE_SCHOOLS,
            minimum=1,
            quote="部分学生数较多的学校按1:1的比例配备",
            basis=_SOURCE,
        ),
        Quota(
            kind=QuotaKind.SCHOOLS_PER_INSPECTOR,
            minimum=3,
            maximum=5,
            quote="按照一名督学负责三至五所学校的原则指派督学",
            basis="《重庆市教育督导条例》第十八条",
        ),
    ),
    recurrence=Recurrence(cadence=Cadence.YEARLY, month=4, day=11),
    first="areas",
    stages=(
        step(
            "areas",
            "报送责任区设置",
            Role.DISTRICT,
            working_days(20),
            "请报送责任区设置表、督学配备情况和挂牌公示照片。",
            "compliance",
            papers=(paper("area_table", "责任区设置表"), paper("board_photos", "挂牌公示照片")),
            ladder="checklist",
        ),
        Stage(
            key="compliance",
            title="核对配备比例",
            owner=Role.COORDINATOR,
            period=working_days(10),
            asks="请对照1:5、1:1的配备比例和每名督学三至五所学校的要求核对，写明缺额。",
            outcomes=(
                Outcome(key="compliant", title="达到要求", routes=(end(CaseOutcome.DONE),)),
                Outcome(key="short", title="尚有缺额", routes=(to("staffing"),), notice=NoticeKind.RETURNED),
            ),
            ladder="office",
        ),
        step(
            "staffing",
            "补足配备",
            Role.DISTRICT,
            days(90, "市政府教育督导室工作安排"),
            "请按缺额补足专职督学，落实挂牌和轮换，报送配备情况。",
            "compliance",
            papers=(paper("staffing_report", "督学配备情况"),),
            ladder="checklist",
        ),
    ),
    ladders=(CHECKLIST_LADDER, OFFICE_LADDER),
    triggers=INTEGRITY,
    extensions=EXTENSIONS,
    launch_letter=LetterKind.WORK_NOTICE,
)


@flow(name=TITLE, description=__doc__, flow_run_name="第{round_id}轮次")
async def check_responsibility_areas(round_id: int, now: datetime | None = None) -> dict[str, int]:
    """One pass of time over a round of 要点第12项; safe to run twice, late, or beside another."""
    return await pass_over_round(round_id, now)
