"""要点第7项「开展中小学落实立德树人根本任务督导」.

7a "会同有关处室和市教育评估院开展中小学校体育、美育和劳动教育督导评估,推进五育并举。"

7b "指导各区县持续开展中小学校党建及党建带团建队建、教育教学、师德师风、资源配置、教育收费、安全稳定、依法治校办学等情
况开展经常性督导。"

7c "加强对民办学校落实立德树人根本任务的全方位督导。"

7a is a 专项督导 of chosen schools (five days to the 初步督导意见), 7c a 综合督导 of private ones (ten days, each school
once in three to five years), 7b the districts' own 经常性督导, reported every term. What endangers lives does not wait
for a report: it has a case of its own, the same day.
"""

from __future__ import annotations

from datetime import datetime

from prefect import flow

from flows.common import (
    DISTRICT_LADDER,
    EXTENSIONS,
    OFFICE_LADDER,
    SCHOOL_COVER,
    SCHOOL_LADDER,
    TEAM_OF_THREE,
    TRIGGERS,
    TWO_VISITS_A_TERM,
    days,
    end,
    right_ladder,
    to,
    working_days,
)
from flows.stages import UNIT_HEADS, inspection, paper, rectification, review_of, step, supervision
from process.definition import Condition, Process, Quota, Recurrence, Stage
from process.vocabulary import (
    Cadence,
    CaseOutcome,
    LetterKind,
    Position,
    Role,
    Scope,
    SubjectKind,
    Template,
)
from tasks.rounds import pass_over_round

TITLE = "中小学落实立德树人根本任务督导"
_SOURCE = "2022年教育督导工作要点第7项"


def _of_schools(*, comprehensive: bool, asks: str, on_site: str) -> tuple[Stage, ...]:
    """A supervision of schools, from the self-evaluation to the report in public."""
    return (
        step(
            "self_evaluation",
            "自查自评",
            Role.DISTRICT,
            working_days(20),
            asks,
            "team",
            papers=(paper("self_evaluation_report", "自评报告"),),
            ladder="school",
            tells=UNIT_HEADS,
        ),
        *supervision(
            (to("rectification_plan", Condition.HAS_FINDINGS), to("special_report", Condition.NO_FINDINGS)),
            on_site=inspection(days(10, "市政府教育督导室工作安排"), on_site, on_site_days=2 if comprehensive else 1),
            comprehensive=comprehensive,
            tells=UNIT_HEADS,
        ),
        *rectification((to("special_report"),), tells=UNIT_HEADS, ladder="school"),
        step(
            "special_report",
            "督导报告与公开",
            Role.COORDINATOR,
            working_days(20, "《教育督导条例》第二十三条、《重庆市教育督导条例》第二十九条、第三十条"),
            "请将督导报告报本级政府、报上一级备案，并向社会公开。",
            CaseOutcome.EVALUATED,
            done="公开",
            letter=LetterKind.SUPERVISION_REPORT,
        ),
    )


def _school_process(
    *,
    name: str,
    title: str,
    sentence: str,
    recurrence: Recurrence,
    stages: tuple[Stage, ...],
    quotas: tuple[Quota, ...] = (),
    scope: Scope | None = None,
    sample_size: int = 0,
) -> Process:
    return Process(
        name=name,
        version=1,
        title=title,
        source=_SOURCE,
        item=7,
        sentence=sentence,
        template=Template.SPECIAL,
        subjects=SubjectKind.SCHOOL,
        scope=scope,
        quotas=(*quotas, TEAM_OF_THREE),
        recurrence=recurrence,
        first="self_evaluation",
        stages=stages,
        ladders=(SCHOOL_LADDER, OFFICE_LADDER, right_ladder(Position.HEAD, Position.OPERATOR)),
        triggers=TRIGGERS,
        extensions=EXTENSIONS,
        launch_letter=LetterKind.SUPERVISION_NOTICE,
        sample_size=sample_size,
    )


ARTS_SPORTS_LABOUR = _school_process(
    name="arts-sports-labour",
    title="中小学校体育、美育和劳动教育督导评估",
    sentence="会同有关处室和市教育评估院开展中小学校体育、美育和劳动教育督导评估,推进五育并举。",
    recurrence=Recurrence(cadence=Cadence.YEARLY, month=4, day=6),
    stages=_of_schools(
        comprehensive=False,
        asks="请对照体育、美育和劳动教育督导评估要求开展自查自评，报送自评报告。",
        on_site="请会同有关处室和市教育评估院实地督导评估体育、美育和劳动教育，听取学生、家长和教师意见，登记发现的问题。",
    ),
    sample_size=40,
)
PRIVATE_SCHOOLS = _school_process(
    name="private-schools",
    title="民办学校落实立德树人根本任务全方位督导",
    sentence="加强对民办学校落实立德树人根本任务的全方位督导。",
    recurrence=Recurrence(cadence=Cadence.YEARLY, month=5, day=9),
    stages=_of_schools(
        comprehensive=True,
        asks="请对照落实立德树人根本任务的各项要求全面自查自评，报送自评报告。",
        on_site="请对办学各方面开展综合督导，听取学生、家长和教师意见，登记发现的问题。",
    ),
    quotas=(SCHOOL_COVER,),
    scope=Scope.PRIVATE,
    sample_size=20,
)

TOPICS = ("党建及党建带团建队建", "教育教学", "师德师风", "资源配置", "教育收费", "安全稳定", "依法治校办学")
"""What the districts' 经常性督导 looks at."""
_ROUTINELY = f"指导各区县持续开展中小学校{'、'.join(TOPICS)}等情况开展经常性督导。"

ROUTINE = Process(
    name="routine-supervision",
    version=1,
    title="区县经常性督导",
    source=_SOURCE,
    item=7,
    sentence=_ROUTINELY,
    template=Template.RECURRENT,
    subjects=SubjectKind.DISTRICT,
    quotas=(TWO_VISITS_A_TERM,),
    recurrence=Recurrence(cadence=Cadence.TERMLY, offset=5),
    first="term_plan",
    stages=(
        step(
            "term_plan",
            "制定学期计划",
            Role.DISTRICT,
            working_days(10),
            f"请制定本学期经常性督导计划，覆盖{'、'.join(TOPICS)}，每校每学期不少于2次。",
            "term_report",
            papers=(paper("term_plan", "学期督导计划"),),
        ),
        step(
            "term_report",
            "报送学期督导情况",
            Role.DISTRICT,
            days(110, "市政府教育督导室工作安排（学期结束前）"),
            "请报送本学期经常性督导情况、问题清单和整改通知书办理情况。",
            "formal_review",
            papers=(paper("term_report", "学期督导情况"), paper("problem_list", "问题清单")),
        ),
        review_of("term_report", (end(CaseOutcome.MONITORED),), title="审核学期督导情况"),
    ),
    ladders=(DISTRICT_LADDER, OFFICE_LADDER),
    triggers=tuple(rule for rule in TRIGGERS if not rule.stage),
    extensions=EXTENSIONS,
    launch_letter=LetterKind.WORK_NOTICE,
)

HAZARD = Process(
    name="urgent-hazard",
    version=1,
    title="学校安全隐患处置",
    source="《教育督导条例》第十五条",
    item=7,
    sentence=_ROUTINELY,
    template=Template.RECURRENT,
    subjects=SubjectKind.SCHOOL,
    recurrence=Recurrence(cadence=Cadence.ON_DEMAND),
    first="treatment",
    stages=(
        step(
            "treatment",
            "排除隐患",
            Role.DISTRICT,
            working_days(1, "《教育督导条例》第十五条（及时督促处理）"),
            "督导发现危及师生安全的隐患，请立即排除，会同主管部门报告处置情况。",
            "follow_up",
            papers=(paper("treatment_report", "处置情况"),),
            ladder="school",
            tells=UNIT_HEADS,
        ),
        step(
            "follow_up",
            "回访",
            Role.INSPECTOR,
            working_days(3),
            "请到校回访，核实隐患已经排除。",
            CaseOutcome.RECTIFIED,
            papers=(paper("follow_up_record", "回访记录"),),
            on_site_days=1,
        ),
    ),
    ladders=(SCHOOL_LADDER, OFFICE_LADDER),
    triggers=tuple(rule for rule in TRIGGERS if not rule.stage),
    extensions=EXTENSIONS,
    launch_letter=LetterKind.WORK_NOTICE,
)

PROCESSES = (ARTS_SPORTS_LABOUR, ROUTINE, PRIVATE_SCHOOLS, HAZARD)


@flow(name=TITLE, description=__doc__, flow_run_name="第{round_id}轮次")
async def supervise_schools(round_id: int, now: datetime | None = None) -> dict[str, int]:
    """One pass of time over a round of 要点第7项; safe to run twice, late, or beside another."""
    return await pass_over_round(round_id, now)
