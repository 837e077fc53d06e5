"""要点第10项「开展基础教育质量评价」.

10a "与区县政府履职评价结合,聚焦价值导向、组织领导、教学条件、教师队伍、均衡发展等方面,统筹开展县域义务教育质量评价":
no supervision of its own, but a part of the rounds of item 4.

10b "以区县为主,聚焦办学方向、课程教学、教师发展、教学管理、学生发展等,试点开展义务教育学校、普通高中学校办学质量评价
和学生发展质量评价。"
"""

from __future__ import annotations

from datetime import datetime

from prefect import flow

from flows.common import DATA_LADDER, EXTENSIONS, INTEGRITY, OFFICE_LADDER, WARNING_LADDER, days, working_days
from flows.stages import paper, review_of, step
from process.definition import Process, Recurrence
from process.vocabulary import Cadence, CaseOutcome, LetterKind, Role, SubjectKind, Template
from tasks.rounds import pass_over_round

TITLE = "基础教育质量评价"
_SOURCE = "2022年教育督导工作要点第10项"

COUNTY = Process(
    name="county-education-quality",
    version=1,
    title="县域义务教育质量评价",
    source=_SOURCE,
    item=10,
    sentence="与区县政府履职评价结合,聚焦价值导向、组织领导、教学条件、教师队伍、均衡发展等方面,统筹开展县域义务教育质量评价",
    template=Template.ANNUAL_EVALUATION,
    nested_in=4,
    subjects=SubjectKind.DISTRICT,
    recurrence=Recurrence(cadence=Cadence.YEARLY, month=9, day=1),
    first="data",
    stages=(
        step(
            "data",
            "报送评价数据",
            Role.DISTRICT,
            days(45, "市政府教育督导室工作安排（与履职评价自查自评同时）"),
            "请结合履职评价自查自评，报送价值导向、组织领导、教学条件、教师队伍、均衡发展五个方面的评价数据。",
            "evaluation",
            papers=(paper("quality_data", "县域义务教育质量评价数据"),),
            ladder="data",
        ),
        step(
            "evaluation",
            "县域义务教育质量评价",
            Role.COORDINATOR,
            working_days(20),
            "请结合网络监测评价作出县域义务教育质量评价，反馈区县政府。",
            CaseOutcome.EVALUATED,
            done="反馈",
            letter=LetterKind.RESULT_FEEDBACK,
        ),
    ),
    ladders=(DATA_LADDER, OFFICE_LADDER),
    triggers=INTEGRITY,
    extensions=EXTENSIONS,
    launch_letter=LetterKind.WORK_NOTICE,
)

SCHOOLS = Process(
    name="school-quality-pilot",
    version=1,
    title="学校办学质量评价和学生发展质量评价试点",
    source=_SOURCE,
    item=10,
    sentence=(
        "以区县为主,聚焦办学方向、课程教学、教师发展、教学管理、学生发展等,"
        "试点开展义务教育学校、普通高中学校办学质量评价和学生发展质量评价。"
    ),
    template=Template.TASK,
    subjects=SubjectKind.DISTRICT,
    recurrence=Recurrence(cadence=Cadence.YEARLY, month=4, day=1),
    first="scheme",
    stages=(
        step(
            "scheme",
            "制定试点方案",
            Role.DISTRICT,
            working_days(30),
            "请制定试点方案，确定义务教育和普通高中试点学校。",
            "formal_review",
            papers=(paper("pilot_scheme", "试点方案"), paper("pilot_schools", "试点学校名单")),
            ladder="warning",
        ),
        review_of("scheme", "school_evaluation", title="审核试点方案"),
        step(
            "school_evaluation",
            "学校自评",
            Role.DISTRICT,
            days(60, "市政府教育督导室工作安排"),
            "请组织试点学校围绕办学方向、课程教学、教师发展、教学管理、学生发展自评。",
            "county_evaluation",
            papers=(paper("school_reports", "试点学校自评报告"),),
            ladder="warning",
        ),
        step(
            "county_evaluation",
            "县级评价",
            Role.DISTRICT,
            days(60, "市政府教育督导室工作安排"),
            "请开展县级评价，报送办学质量评价和学生发展质量评价结果。",
            "summary",
            papers=(paper("county_results", "县级评价结果"),),
            ladder="warning",
        ),
        step(
            "summary",
            "总结试点",
            Role.COORDINATOR,
            working_days(20),
            "请总结试点情况，提出改进意见。",
            CaseOutcome.DONE,
        ),
    ),
    ladders=(WARNING_LADDER, OFFICE_LADDER),
    triggers=INTEGRITY,
    extensions=EXTENSIONS,
    launch_letter=LetterKind.WORK_NOTICE,
)

PROCESSES = (COUNTY, SCHOOLS)


@flow(name=TITLE, description=__doc__, flow_run_name="第{round_id}轮次")
async def evaluate_quality(round_id: int, now: datetime | None = None) -> dict[str, int]:
    """One pass of time over a round of 要点第10项; safe to run twice, late, or beside another."""
    return await pass_over_round(round_id, now)
