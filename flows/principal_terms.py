"""要点第9项「启动中小学校(幼儿园)校(园)长任期结束综合督导工作」.

"研制市级督导评估工作方案。指导各区县结合本地实际,研究制定实施方案,细化督导评估指标体系,积极稳妥开展试点工作,推动建立中小学幼儿园校(园)长任期
结束综合督导评估工作机制"

Three parts: the city's own scheme, each district's scheme and pilot, and the supervision of a principal, which begins
120 days before the term ends, in a cycle of five years. It is about a person: its report is not published but goes to
whoever decides on appointments.
"""

from __future__ import annotations

from datetime import datetime

from prefect import flow

from flows.common import (
    EXTENSIONS,
    INTEGRITY,
    OFFICE_LADDER,
    TEAM_OF_THREE,
    UNIT_LADDER,
    WARNING_LADDER,
    days,
    end,
    right_ladder,
    to,
    working_days,
)
from flows.stages import UNIT_HEADS, inspection, paper, rectification, review_of, step, supervision
from process.definition import Condition, Outcome, Process, Recurrence, Stage
from process.vocabulary import Cadence, CaseOutcome, LetterKind, Position, Role, SubjectKind, Template
from tasks.rounds import pass_over_round

TITLE = "校（园）长任期结束综合督导评估"
_SOURCE = "2022年教育督导工作要点第9项"

CITY_SCHEME = Process(
    name="principal-terms-scheme",
    version=1,
    title="校（园）长任期结束综合督导评估市级方案",
    source=_SOURCE,
    item=9,
    sentence="研制市级督导评估工作方案。",
    template=Template.TASK,
    subjects=SubjectKind.CITY,
    recurrence=Recurrence(cadence=Cadence.YEARLY, month=3, day=1, until=2022),
    first="explanation",
    stages=(
        step(
            "explanation",
            "宣传解读",
            Role.COORDINATOR,
            working_days(20),
            "请做好《关于开展中小学幼儿园校（园）长任期结束综合督导评估工作的意见》的宣传解读。",
            "draft",
            papers=(paper("explanation", "宣传解读材料"),),
        ),
        step(
            "draft",
            "研制市级工作方案",
            Role.COORDINATOR,
            working_days(40),
            "请研制市级督导评估工作方案。",
            "consultation",
            papers=(paper("city_scheme", "市级工作方案（稿）"),),
        ),
        step(
            "consultation",
            "征求意见",
            Role.COORDINATOR,
            working_days(15),
            "请征求有关部门和区县意见，修改完善。",
            "issue",
            papers=(paper("opinions", "意见采纳情况"),),
        ),
        step(
            "issue",
            "印发方案",
            Role.COORDINATOR,
            working_days(10),
            "请按程序审定并印发市级工作方案。",
            CaseOutcome.DONE,
            papers=(paper("issued_scheme", "市级工作方案（印发稿）"),),
            done="印发",
        ),
    ),
    ladders=(OFFICE_LADDER,),
    triggers=INTEGRITY,
    launch_letter=LetterKind.WORK_NOTICE,
)

DISTRICT_SCHEME = Process(
    name="principal-terms-district",
    version=1,
    title="区县校（园）长任期结束综合督导评估试点",
    source=_SOURCE,
    item=9,
    sentence="指导各区县结合本地实际,研究制定实施方案,细化督导评估指标体系,积极稳妥开展试点工作",
    template=Template.TASK,
    subjects=SubjectKind.DISTRICT,
    recurrence=Recurrence(cadence=Cadence.YEARLY, month=6, day=1, until=2022),
    first="scheme",
    stages=(
        step(
            "scheme",
            "制定实施方案",
            Role.DISTRICT,
            working_days(40),
            "请结合本地实际制定实施方案，细化督导评估指标体系，确定试点学校（园）。",
            "formal_review",
            papers=(paper("district_scheme", "实施方案"), paper("indicator_system", "督导评估指标体系")),
            ladder="warning",
        ),
        review_of("scheme", "pilot", title="审核实施方案"),
        step(
            "pilot",
            "开展试点",
            Role.DISTRICT,
            days(120, "市政府教育督导室工作安排"),
            "请积极稳妥开展试点，报送试点情况。",
            "mechanism",
            papers=(paper("pilot_report", "试点情况报告"),),
            ladder="warning",
        ),
        step(
            "mechanism",
            "建立工作机制",
            Role.COORDINATOR,
            working_days(20),
            "请总结试点，指导区县建立任期结束综合督导评估工作机制。",
            CaseOutcome.DONE,
        ),
    ),
    ladders=(WARNING_LADDER, OFFICE_LADDER),
    triggers=INTEGRITY,
    extensions=EXTENSIONS,
    launch_letter=LetterKind.WORK_NOTICE,
)

_AFTER_REPORT = (to("rectification_plan", Condition.HAS_FINDINGS), end(CaseOutcome.EVALUATED, Condition.NO_FINDINGS))
PRINCIPAL = Process(
    name="principal-term",
    version=1,
    title=TITLE,
    source=_SOURCE,
    item=9,
    sentence="推动建立中小学幼儿园校(园)长任期结束综合督导评估工作机制",
    template=Template.ROSTER,
    subjects=SubjectKind.PRINCIPAL,
    quotas=(TEAM_OF_THREE,),
    recurrence=Recurrence(cadence=Cadence.TERM_END, offset=-120, every_years=5),
    first="self_report",
    stages=(
        step(
            "self_report",
            "述职与自评",
            Role.DISTRICT,
            working_days(20),
            "请对照党建、立德树人、学校治理、教师工作、规范办学、安全卫生和任期效能述职并自评。",
            "team",
            papers=(paper("duty_report", "任期述职报告"), paper("self_evaluation_report", "自评报告")),
            ladder="unit",
            tells=UNIT_HEADS,
        ),
        *supervision(
            (to("evaluation_report"),),
            on_site=inspection(
                days(10, "市政府教育督导室工作安排（实地1至2天）"),
                "请到校开展汇报、访谈、满意度测评、查阅和巡课，登记发现的问题。",
                on_site_days=2,
            ),
            tells=UNIT_HEADS,
        ),
        Stage(
            key="evaluation_report",
            title="综合督导评估报告",
            owner=Role.COORDINATOR,
            period=days(30, "市政府教育督导室工作安排"),
            asks="请形成综合督导评估报告，作出结论，抄送干部人事部门；不对社会公开。",
            deliverables=(
                paper("evaluation_report", "综合督导评估报告"),
                paper("personnel_copy", "抄送干部人事部门情况"),
            ),
            outcomes=(
                Outcome(key="excellent", title="优秀", routes=_AFTER_REPORT),
                Outcome(key="good", title="良好", routes=_AFTER_REPORT),
                Outcome(key="qualified", title="合格", routes=_AFTER_REPORT),
                Outcome(key="unqualified", title="不合格", routes=_AFTER_REPORT),
            ),
            ladder="office",
        ),
        *rectification((end(CaseOutcome.RECTIFIED),), tells=UNIT_HEADS, ladder="unit"),
    ),
    ladders=(UNIT_LADDER, OFFICE_LADDER, right_ladder(Position.HEAD, Position.OPERATOR)),
    triggers=INTEGRITY,
    extensions=EXTENSIONS,
    launch_letter=LetterKind.SUPERVISION_NOTICE,
)

PROCESSES = (CITY_SCHEME, DISTRICT_SCHEME, PRINCIPAL)


@flow(name=TITLE, description=__doc__, flow_run_name="第{round_id}轮次")
async def follow_principal_terms(round_id: int, now: datetime | None = None) -> dict[str, int]:
    """One pass of time over a round of 要点第9项; safe to run twice, late, or beside another."""
    return await pass_over_round(round_id, now)
