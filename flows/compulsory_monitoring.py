"""要点第14项「开展义务教育质量监测」.

14a "组织完成2022年国家义务教育质量监测对重庆8个区县的抽样监测工作。" The nation names the eight and sets the days; in
each district 12 primary and 8 junior schools are drawn, and 30 students in each.

14b "采取定期监测与动态监测相结合的方式,稳步推进全市区县义务教育质量监测工作,优化完善各监测学科的测评工具与测试技术。"

What is measured is not ranked and nobody is called to a talk for it; whose carelessness lets test material out answers
for that alone, which a person proposes.
"""

from __future__ import annotations

from datetime import datetime

from prefect import flow

from flows.common import DATA_LADDER, EXTENSIONS, INTEGRITY, OFFICE_LADDER, from_above, working_days
from flows.stages import paper, step
from process.definition import Process, Quota, Recurrence
from process.vocabulary import Cadence, CaseOutcome, LetterKind, QuotaKind, Role, SubjectKind, Template
from tasks.rounds import pass_over_round

TITLE = "义务教育质量监测"
_SOURCE = "2022年教育督导工作要点第14项"

PRIMARY_SCHOOLS = 12
JUNIOR_SCHOOLS = 8
STUDENTS_PER_SCHOOL = 30
"""The national design (《国家义务教育质量监测方案（2021年修订版）》): schools per district, students per school."""

NATIONAL = Process(
    name="national-monitoring",
    version=1,
    title="国家义务教育质量监测",
    source=_SOURCE,
    item=14,
    sentence="组织完成2022年国家义务教育质量监测对重庆8个区县的抽样监测工作。",
    template=Template.MONITORING,
    subjects=SubjectKind.DISTRICT,
    quotas=(
        Quota(
            kind=QuotaKind.SAMPLED_DISTRICTS,
            minimum=8,
            maximum=8,
            quote="国家义务教育质量监测对重庆8个区县的抽样监测工作",
            basis=_SOURCE,
        ),
    ),
    recurrence=Recurrence(cadence=Cadence.YEARLY, month=4, day=18),
    first="roster_check",
    stages=(
        step(
            "roster_check",
            "校核名单",
            Role.DISTRICT,
            working_days(10),
            "请校核学校和学生名单；样本个人信息严格保密。",
            "sample",
            papers=(paper("rosters", "校核后的名单"),),
            ladder="data",
        ),
        step(
            "sample",
            "确认样本",
            Role.COORDINATOR,
            from_above(20, buffer=3),
            f"请按国家抽样结果确认样本：{PRIMARY_SCHOOLS}所小学、{JUNIOR_SCHOOLS}所初中，每校{STUDENTS_PER_SCHOOL}名学生。",
            "training",
        ),
        step(
            "training",
            "主试培训",
            Role.DISTRICT,
            from_above(15, buffer=5),
            "请组织主试和考务人员培训，落实保密责任。",
            "test_day",
            papers=(paper("training_record", "培训记录"),),
            ladder="data",
        ),
        step(
            "test_day",
            "测试日",
            Role.DISTRICT,
            from_above(30, buffer=0),
            "请按国家统一时间组织测试，回收并寄送材料。",
            "results",
            papers=(paper("test_record", "测试组织与材料回收情况"),),
            ladder="data",
        ),
        step(
            "results",
            "结果报告",
            Role.COORDINATOR,
            from_above(300, buffer=0),
            "请在国家发布结果后向区县反馈结果报告。",
            "interpretation",
            done="反馈",
            letter=LetterKind.RESULT_FEEDBACK,
        ),
        step(
            "interpretation",
            "解读与改进",
            Role.DISTRICT,
            working_days(30),
            "请组织解读结果，制定改进措施。",
            CaseOutcome.MONITORED,
            papers=(paper("improvement_plan", "改进措施"),),
            ladder="data",
        ),
    ),
    ladders=(DATA_LADDER, OFFICE_LADDER),
    triggers=INTEGRITY,
    extensions=EXTENSIONS,
    launch_letter=LetterKind.WORK_NOTICE,
)

MUNICIPAL = Process(
    name="municipal-monitoring",
    version=1,
    title="全市义务教育质量监测",
    source=_SOURCE,
    item=14,
    sentence="采取定期监测与动态监测相结合的方式,稳步推进全市区县义务教育质量监测工作,优化完善各监测学科的测评工具与测试技术。",
    template=Template.MONITORING,
    subjects=SubjectKind.DISTRICT,
    recurrence=Recurrence(cadence=Cadence.YEARLY, month=10, day=17),
    first="data",
    stages=(
        step(
            "data",
            "定期监测与动态监测",
            Role.DISTRICT,
            working_days(30),
            "请组织定期监测，更新动态监测数据。",
            "analysis",
            papers=(paper("monitoring_data", "监测数据"),),
            ladder="data",
        ),
        step(
            "analysis",
            "分析与反馈",
            Role.COORDINATOR,
            working_days(40),
            "请分析数据，优化测评工具与测试技术，反馈区县。",
            "improvement",
            done="反馈",
            letter=LetterKind.RESULT_FEEDBACK,
        ),
        step(
            "improvement",
            "改进",
            Role.DISTRICT,
            working_days(20),
            "请根据反馈制定改进措施。",
            CaseOutcome.MONITORED,
            papers=(paper("improvement_plan", "改进措施"),),
            ladder="data",
        ),
    ),
    ladders=(DATA_LADDER, OFFICE_LADDER),
    triggers=INTEGRITY,
    extensions=EXTENSIONS,
    launch_letter=LetterKind.WORK_NOTICE,
)

PROCESSES = (NATIONAL, MUNICIPAL)


@flow(name=TITLE, description=__doc__, flow_run_name="第{round_id}轮次")
async def monitor_compulsory_education(round_id: int, now: datetime | None = None) -> dict[str, int]:
    """One pass of time over a round of 要点第14项; safe to run twice, late, or beside another."""
    return await pass_over_round(round_id, now)
