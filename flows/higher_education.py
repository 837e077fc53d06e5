"""要点第17项「督促指导有关高校接受国家本科教学工作合格评估」.

"督促重庆人文科技学院做好国家评估反馈问题的整改工作。指导重庆工程学院做好接受国家评估的各项准备工作。配合有关处室开展本科毕业论文
(设计)抽检、博士硕士学位论文抽检等专项工作。"

17a follows the rectification of one named college, 17b the readiness of another, 17c the sampling of theses: a case is
a university's sample, or one thesis of it where the round is launched thesis by thesis. At least 2% are drawn and every
thesis has three reviewers; problems in a second year running propose a talk (质量约谈) (教督〔2020〕5号).
"""

from __future__ import annotations

from datetime import datetime

from prefect import flow

from flows.common import (
    EXTENSIONS,
    OFFICE_LADDER,
    OFFICE_PRACTICE,
    TALK_BASIS,
    UNIT_LADDER,
    days,
    days_from_receipt,
    end,
    right_ladder,
    to,
    working_days,
)
from flows.stages import UNIT_HEADS, paper, publicity, rectification, review_of, step
from process.definition import (
    Condition,
    Deliverable,
    Outcome,
    Period,
    Process,
    Quota,
    Recurrence,
    Requirement,
    Stage,
    TriggerRule,
)
from process.vocabulary import (
    Cadence,
    CaseOutcome,
    LetterKind,
    QuotaKind,
    Role,
    RungKind,
    SubjectKind,
    Template,
    Trigger,
)
from tasks.rounds import pass_over_round

TITLE = "高校合格评估与论文抽检"
_SOURCE = "2022年教育督导工作要点第17项"
_THESES = "本科毕业论文抽检（教督〔2020〕5号）"
_NATION = "国家通知确定的时间"

QUALIFICATION_RECTIFICATION = Process(
    name="qualification-rectification",
    version=1,
    title="本科教学工作合格评估反馈问题整改",
    source=_SOURCE,
    item=17,
    sentence="督促重庆人文科技学院做好国家评估反馈问题的整改工作",
    template=Template.UPWARD,
    subjects=SubjectKind.UNIVERSITY,
    only=("重庆人文科技学院",),
    recurrence=Recurrence(cadence=Cadence.YEARLY, month=3, day=1, until=2022),
    launch_letter=LetterKind.WORK_NOTICE,
    first="national_feedback",
    stages=(
        step(
            "national_feedback",
            "登记国家反馈问题",
            Role.COORDINATOR,
            working_days(10),
            "请登记国家评估结论，逐条登记反馈问题。",
            (
                to("rectification_plan", Condition.HAS_FINDINGS),
                end(CaseOutcome.EVALUATED, Condition.NO_FINDINGS),
            ),
            records=True,
            done="已登记",
            papers=(paper("national_feedback", "国家评估反馈意见"),),
        ),
        *rectification(
            (to("report_to_nation"),),
            days_given=180,
            by_opinion=False,
            tells=UNIT_HEADS,
            ladder="unit",
            after_plan="midterm",
        ),
        step(
            "midterm",
            "报送整改中期进展",
            Role.DISTRICT,
            days(90, OFFICE_PRACTICE),
            "请报送整改中期进展：已完成、推进中的问题和下一步措施。",
            "rectification",
            papers=(paper("midterm_report", "整改中期报告"),),
            tells=UNIT_HEADS,
            ladder="unit",
        ),
        step(
            "report_to_nation",
            "报送国家",
            Role.COORDINATOR,
            Period(n=20, external=True, buffer=5, basis=_NATION),
            "请将学校整改情况报送国家；暂缓通过的，须在一年内申请复评。",
            "return_visit",
            done="已报送",
            papers=(paper("submission_proof", "报送凭证"),),
        ),
        step(
            "return_visit",
            "国家回访",
            Role.COORDINATOR,
            Period(n=60, external=True, basis=_NATION),
            "请登记国家回访（复评）结论。",
            CaseOutcome.RECTIFIED,
            done="通过",
            others=(Outcome(key="again", title="须继续整改", routes=(to("rectification", again=True),)),),
        ),
    ),
    ladders=(UNIT_LADDER, OFFICE_LADDER),
    extensions=EXTENSIONS,
)

QUALIFICATION_READINESS = Process(
    name="qualification-readiness",
    version=1,
    title="本科教学工作合格评估迎评准备",
    source=_SOURCE,
    item=17,
    sentence="指导重庆工程学院做好接受国家评估的各项准备工作",
    template=Template.UPWARD,
    subjects=SubjectKind.UNIVERSITY,
    only=("重庆工程学院",),
    recurrence=Recurrence(cadence=Cadence.YEARLY, month=3, day=1, until=2022),
    launch_letter=LetterKind.WORK_NOTICE,
    first="self_check",
    stages=(
        step(
            "self_check",
            "评建自查",
            Role.DISTRICT,
            working_days(40),
            "请对照合格评估指标开展评建自查，报送自查报告和评建任务清单。",
            "guidance",
            papers=(paper("self_check", "评建自查报告"), paper("checklist", "评建任务清单")),
            rework=working_days(20),
            tells=UNIT_HEADS,
            ladder="unit",
        ),
        step(
            "guidance",
            "评建指导",
            Role.COORDINATOR,
            working_days(20),
            "请组织专家指导评建工作，核对任务清单，形成指导意见。",
            "expert_visit",
            done="准备就绪",
            papers=(paper("guidance", "指导意见"),),
            others=(Outcome(key="continue", title="须继续准备", routes=(to("self_check", again=True),)),),
        ),
        step(
            "expert_visit",
            "国家专家组进校",
            Role.COORDINATOR,
            Period(n=60, external=True, buffer=10, basis=_NATION),
            "请协调学校配合国家专家组进校评估。",
            "conclusion",
            done="进校结束",
        ),
        step(
            "conclusion",
            "登记评估结论",
            Role.COORDINATOR,
            Period(n=60, external=True, basis=_NATION),
            "请登记国家评估结论：通过、暂缓通过或不通过。",
            CaseOutcome.EVALUATED,
            done="通过",
            papers=(paper("conclusion", "国家评估结论"),),
            others=(
                Outcome(key="deferred", title="暂缓通过，一年内申请复评", routes=(to("self_check"),)),
                Outcome(key="failed", title="不通过，整改期两年", routes=(to("self_check"),)),
            ),
        ),
    ),
    ladders=(UNIT_LADDER, OFFICE_LADDER),
    extensions=EXTENSIONS,
)


def _sampling(
    name: str,
    title: str,
    *,
    recurrence: Recurrence,
    quotas: tuple[Quota, ...] = (),
    triggers: tuple[TriggerRule, ...] = (),
) -> Process:
    """抽取 → 报送论文 → 专家评审（不合格一票再送两名专家）→ 反馈和异议 → 公示 → 办结或整改."""
    return Process(
        name=name,
        version=1,
        title=title,
        source=_SOURCE,
        item=17,
        sentence="配合有关处室开展本科毕业论文(设计)抽检、博士硕士学位论文抽检等专项工作",
        template=Template.AWARD,
        subjects=SubjectKind.UNIVERSITY,
        quotas=quotas,
        triggers=triggers,
        recurrence=recurrence,
        launch_letter=LetterKind.WORK_NOTICE,
        reviewers=3,
        first="draw",
        stages=(
            step(
                "draw",
                "抽取论文",
                Role.COORDINATOR,
                working_days(10),
                "请按规定比例抽取论文，登记抽样记录（时间、范围、方法、种子、监督人）。",
                "theses",
                done="已抽取",
                papers=(paper("draw_record", "抽样记录单"),),
            ),
            step(
                "theses",
                "报送论文",
                Role.DISTRICT,
                working_days(10),
                "请报送抽中论文的电子文本，隐去作者和导师信息。",
                "expert_review",
                papers=(paper("theses", "抽中论文（匿名）", blind=True),),
                tells=UNIT_HEADS,
                ladder="unit",
            ),
            Stage(
                key="expert_review",
                title="专家评审",
                owner=Role.COORDINATOR,
                period=working_days(30),
                asks="请为论文分配3名以上外单位专家盲评；1名专家评为不合格的，再送2名专家复评。",
                outcomes=(
                    Outcome(
                        key="reviewed",
                        title="评审结束",
                        requires=(Requirement.REVIEWED,),
                        routes=(
                            to("result", Condition.SCORES_SOUND),
                            to("second_review", Condition.SCORES_DOUBTFUL),
                            to("objection_window", Condition.SCORES_FAIL),
                        ),
                    ),
                ),
                ladder="office",
            ),
            Stage(
                key="second_review",
                title="复评",
                owner=Role.COORDINATOR,
                period=working_days(20),
                asks="请再送2名外单位专家复评。",
                outcomes=(
                    Outcome(
                        key="reviewed",
                        title="复评结束",
                        requires=(Requirement.REVIEWED_AGAIN,),
                        routes=(
                            to("result", Condition.SCORES_SOUND),
                            to("result", Condition.SCORES_DOUBTFUL),
                            to("objection_window", Condition.SCORES_FAIL),
                        ),
                    ),
                ),
                ladder="office",
            ),
            Stage(
                key="objection_window",
                title="存在问题论文异议期",
                owner=Role.DISTRICT,
                period=days_from_receipt(10, OFFICE_PRACTICE),
                asks="抽检认定存在问题的论文，如有异议请在期限内书面提出；逾期视为无异议。",
                deliverables=(Deliverable(key="objection", title="异议申请", required=False),),
                outcomes=(
                    Outcome(key="objected", title="提出异议", routes=(to("objection_review"),)),
                    Outcome(key="no_objection", title="无异议", routes=(to("publicity"),)),
                    Outcome(key="lapsed", title="逾期未提出", routes=(to("publicity"),), needs_deliverables=False),
                ),
                on_lapse="lapsed",
                tells=UNIT_HEADS,
                ladder="right",
            ),
            step(
                "objection_review",
                "复核异议",
                Role.COORDINATOR,
                working_days(10),
                "请组织专家复核异议，形成复核意见。",
                "publicity",
                done="维持存在问题",
                papers=(paper("objection_review", "复核意见"),),
                others=(Outcome(key="upheld", title="异议成立", routes=(to("result"),)),),
            ),
            publicity(
                to("thesis_rectification"),
                objection=to("result"),
                asks="请公示存在问题论文的抽检结果，公示期5个工作日。",
            ),
            step(
                "thesis_rectification",
                "限期整改",
                Role.DISTRICT,
                days(60, OFFICE_PRACTICE),
                "请分析原因，限期整改，报送整改报告；连续两年存在问题的，通报并减少招生计划、质量约谈。",
                "rectification_check",
                papers=(paper("rectification_report", "整改报告"),),
                rework=working_days(20),
                tells=UNIT_HEADS,
                ladder="unit",
            ),
            review_of(
                "thesis_rectification", (end(CaseOutcome.RECTIFIED),), key="rectification_check", title="核查整改"
            ),
            step(
                "result",
                "反馈抽检结果",
                Role.COORDINATOR,
                working_days(10),
                "请向学校反馈抽检结果。",
                CaseOutcome.EVALUATED,
                done="反馈",
                letter=LetterKind.RESULT_FEEDBACK,
            ),
        ),
        ladders=(UNIT_LADDER, OFFICE_LADDER, right_ladder(*UNIT_HEADS)),
        extensions=EXTENSIONS,
    )


UNDERGRADUATE_THESES = _sampling(
    "undergraduate-theses",
    "本科毕业论文（设计）抽检",
    recurrence=Recurrence(cadence=Cadence.YEARLY, month=9, day=15),
    quotas=(
        Quota(kind=QuotaKind.SHARE_DRAWN, minimum=0.02, quote="2%", basis=_THESES),
        Quota(kind=QuotaKind.REVIEWERS, minimum=3, quote="3", basis=_THESES),
    ),
    triggers=(
        TriggerRule(
            trigger=Trigger.YEAR_AFTER_YEAR,
            proposes=RungKind.TALK,
            threshold=2,
            stage="thesis_rectification",
            basis=f"{_THESES}、{TALK_BASIS}",
        ),
    ),
)

GRADUATE_THESES = _sampling(
    "graduate-theses",
    "博士硕士学位论文抽检",
    recurrence=Recurrence(cadence=Cadence.YEARLY, month=10, day=15),
)

PROCESSES = (QUALIFICATION_RECTIFICATION, QUALIFICATION_READINESS, UNDERGRADUATE_THESES, GRADUATE_THESES)


@flow(name=TITLE, description=__doc__, flow_run_name="第{round_id}轮次")
async def follow_higher_education(round_id: int, now: datetime | None = None) -> dict[str, int]:
    """One pass of time over what universities owe; safe to run twice, late, or beside another."""
    return await pass_over_round(round_id, now)
