"""要点第20项「促进教育督导工作研究和交流」.

"开展重庆市第四届教育督导典型案例及研究论文评选工作,加强对基层教育督导实践成果的经验总结的和宣传推广。"

A case is an entry of a district or of a university (launched with the entry's name where there are several). It is
scored blind by at least three experts of other units; nobody is late with a chance that they let pass.
"""

from __future__ import annotations

from datetime import datetime

from prefect import flow

from flows.common import OFFICE_LADDER, OFFICE_PRACTICE, REMINDER_LADDER, days_from_receipt, end, to, working_days
from flows.stages import DISTRICT_HEADS, UNIT_HEADS, paper, publicity, step
from process.definition import Outcome, Process, Quota, Recurrence, Requirement, Stage
from process.vocabulary import (
    Cadence,
    CaseOutcome,
    LetterKind,
    NoticeKind,
    Position,
    QuotaKind,
    Role,
    SubjectKind,
    Template,
)
from tasks.rounds import pass_over_round

TITLE = "教育督导典型案例及研究论文评选"
_NOT_AWARDED = end(CaseOutcome.NOT_AWARDED)


def _award(name: str, subjects: SubjectKind, title: str, tells: tuple[Position, ...]) -> Process:
    """通知 → 报送 → 形式审查 → 专家盲评 → 公示 → 结果通报 → 推广."""
    return Process(
        name=name,
        version=1,
        title=title,
        source="2022年教育督导工作要点第20项",
        item=20,
        sentence="开展重庆市第四届教育督导典型案例及研究论文评选工作,加强对基层教育督导实践成果的经验总结的和宣传推广",
        template=Template.AWARD,
        subjects=subjects,
        quotas=(Quota(kind=QuotaKind.REVIEWERS, minimum=3, quote="3名以上", basis=OFFICE_PRACTICE),),
        # How many years lie between two 届 the priorities do not say (待核实).
        recurrence=Recurrence(cadence=Cadence.CYCLE, month=5, day=16, every_years=2, ordinal=4, counted="届"),
        launch_letter=LetterKind.WORK_NOTICE,
        reviewers=3,
        first="entry",
        stages=(
            Stage(
                key="entry",
                title="报送作品",
                owner=Role.DISTRICT,
                period=days_from_receipt(30, OFFICE_PRACTICE),
                rework=days_from_receipt(7, OFFICE_PRACTICE),
                asks="请在限额内报送典型案例或研究论文，作品中不得出现单位和作者信息；逾期视为不参评。",
                deliverables=(
                    paper("entry", "参评作品（匿名）", blind=True),
                    paper("declaration", "原创承诺和查重报告"),
                ),
                outcomes=(
                    Outcome(key="submitted", title="报送", routes=(to("formal_review"),)),
                    Outcome(key="declined", title="不参评", routes=(_NOT_AWARDED,), needs_deliverables=False),
                    Outcome(key="lapsed", title="逾期未报送", routes=(_NOT_AWARDED,), needs_deliverables=False),
                ),
                on_lapse="lapsed",
                tells=tells,
                ladder="reminder",
            ),
            Stage(
                key="formal_review",
                title="形式审查",
                owner=Role.COORDINATOR,
                period=working_days(5),
                asks="请审查作品是否符合要求，核对查重结果。",
                outcomes=(
                    Outcome(key="accepted", title="通过", routes=(to("blind_review"),), notice=NoticeKind.ACCEPTED),
                    Outcome(
                        key="returned",
                        title="退回补正",
                        routes=(to("entry", again=True),),
                        notice=NoticeKind.RETURNED,
                    ),
                    Outcome(key="rejected", title="不符合要求", routes=(_NOT_AWARDED,)),
                ),
                ladder="office",
            ),
            step(
                "blind_review",
                "专家盲评",
                Role.COORDINATOR,
                working_days(20),
                "请为作品分配3名以上外单位专家盲评，召开评审会确定拟获奖名单。",
                "publicity",
                requires=(Requirement.REVIEWED,),
                done="拟获奖",
                others=(
                    Outcome(
                        key="not_shortlisted",
                        title="未入围",
                        routes=(_NOT_AWARDED,),
                        requires=(Requirement.REVIEWED,),
                    ),
                ),
            ),
            publicity(
                to("result"),
                objection=_NOT_AWARDED,
                title="公示拟获奖名单",
                asks="请公示拟获奖名单，公示期5个工作日。",
            ),
            step(
                "result",
                "结果通报",
                Role.COORDINATOR,
                working_days(10),
                "请印发评选结果通报。",
                "promotion",
                letter=LetterKind.RESULT_CIRCULAR,
                done="通报",
            ),
            step(
                "promotion",
                "汇编推广",
                Role.COORDINATOR,
                working_days(40),
                "请将获奖作品汇编成册，做好经验总结和宣传推广。",
                CaseOutcome.AWARDED,
                done="已推广",
            ),
        ),
        ladders=(REMINDER_LADDER, OFFICE_LADDER),
    )


DISTRICTS = _award("research-awards", SubjectKind.DISTRICT, TITLE, DISTRICT_HEADS)
UNIVERSITIES = _award("university-research-awards", SubjectKind.UNIVERSITY, f"{TITLE}（高校）", UNIT_HEADS)

PROCESSES = (DISTRICTS, UNIVERSITIES)


@flow(name=TITLE, description=__doc__, flow_run_name="第{round_id}轮次")
async def follow_awards(round_id: int, now: datetime | None = None) -> dict[str, int]:
    """One pass of time over the entries of a 届; safe to run twice, late, or beside another."""
    return await pass_over_round(round_id, now)
