"""要点第2项「如期完成教育督导体制机制改革任务」.

"指导区县比照设立区县教委总督学、副总督学,规范政府教育督导室设置,加强评估监测机构建设。制定《重庆市教育督导问责实施细则》,健全问责
机制,推动督导问责落地。指导督促区县相关部门争取当地党委政府的支持,落实机构、给足编制、配强队伍、强化保障,确保到2022年底基本建成全面
覆盖、运转高效、结果权威、问责有力的教育督导体制机制。"

Two definitions: the ledger that every district keeps, checked each quarter until the end of the year, and the city's
own drafting of the 实施细则.
"""

from __future__ import annotations

from datetime import datetime

from prefect import flow

from flows.common import (
    DISTRICT_LADDER,
    EXTENSIONS,
    MANAGER_LADDER,
    OFFICE_LADDER,
    OFFICE_PRACTICE,
    end,
    to,
    working_days,
)
from flows.stages import paper, review_of, step
from process.definition import Ladder, Outcome, Period, Process, Quota, Recurrence, Stage, Unit
from process.vocabulary import (
    Cadence,
    CaseOutcome,
    LetterKind,
    Position,
    QuotaKind,
    Role,
    RungKind,
    SubjectKind,
    Template,
)
from tasks.rounds import pass_over_round

TITLE = "教育督导体制机制改革"
_SOURCE = "2022年教育督导工作要点第2项"

CHECKLIST = (
    paper("chief_inspectors", "设立总督学、副总督学的任命文件"),
    paper("supervision_office", "规范政府教育督导室设置的文件"),
    paper("monitoring_body", "评估监测机构建设情况"),
    paper("staff_and_funds", "机构编制、队伍和经费保障文件"),
)
_LEDGER = paper("ledger", "改革任务台账（逐项写明未启动、推进中或已完成）")

# A slow district is named before all (L3); there is no talk about a ledger. 党委办公室: 争取当地党委政府的支持.
_LADDER = Ladder(
    key="district",
    rungs=tuple(
        rung.model_copy(update={"to": (*rung.to, Position.PARTY_OFFICE)}) if rung.kind is RungKind.CIRCULAR else rung
        for rung in DISTRICT_LADDER.rungs
        if rung.kind is not RungKind.TALK
    ),
)
_TELLS = (Position.OFFICE_HEAD, Position.OPERATOR)


def _by(month: int, day: int) -> Period:
    return Period(unit=Unit.FIXED_DATE, month=month, day=day, basis=_SOURCE)


def _quarter(key: str, title: str, month: int, day: int, then: str) -> tuple[Stage, Stage]:
    """What a district reports at the end of a quarter, and what the office answers."""
    return (
        step(
            key,
            f"报送{title}进展",
            Role.DISTRICT,
            _by(month, day),
            "请更新改革任务台账，逐项附佐证：设立总督学和副总督学、规范督导室设置、评估监测机构建设、编制队伍经费保障。",
            f"{key}_check",
            papers=(_LEDGER, *(wanted.model_copy(update={"required": False}) for wanted in CHECKLIST)),
            rework=working_days(5),
            tells=_TELLS,
            ladder="district",
        ),
        review_of(key, then, key=f"{key}_check", title=f"{title}核查"),
    )


LEDGER = Process(
    name="reform-ledger",
    version=1,
    title="教育督导体制机制改革任务台账",
    source=_SOURCE,
    item=2,
    sentence="指导督促区县相关部门争取当地党委政府的支持,落实机构、给足编制、配强队伍、强化保障,"
    "确保到2022年底基本建成全面覆盖、运转高效、结果权威、问责有力的教育督导体制机制",
    template=Template.TASK,
    subjects=SubjectKind.DISTRICT,
    quotas=(Quota(kind=QuotaKind.DONE_BY, by_month=12, by_day=31, quote="到2022年底", basis=_SOURCE),),
    recurrence=Recurrence(cadence=Cadence.YEARLY, month=4, day=1, until=2022),
    launch_letter=LetterKind.WORK_NOTICE,
    first="half_year",
    stages=(
        *_quarter("half_year", "上半年", 6, 30, "third_quarter"),
        *_quarter("third_quarter", "第三季度", 9, 30, "year_end"),
        step(
            "year_end",
            "完成改革任务",
            Role.DISTRICT,
            _by(12, 31),
            "请在年底前完成全部改革任务，逐项报送佐证，申请销号。",
            "closing_check",
            papers=(_LEDGER, *CHECKLIST),
            rework=working_days(10),
            tells=(*_TELLS, Position.COMMISSION_HEAD),
            ladder="district",
        ),
        review_of("year_end", (end(CaseOutcome.DONE),), key="closing_check", title="核查销号"),
    ),
    ladders=(_LADDER, OFFICE_LADDER),
    extensions=EXTENSIONS,
)

RULES = Process(
    name="accountability-rules",
    version=1,
    title="制定《重庆市教育督导问责实施细则》",
    source=_SOURCE,
    item=2,
    sentence="制定《重庆市教育督导问责实施细则》,健全问责机制,推动督导问责落地",
    template=Template.TASK,
    subjects=SubjectKind.CITY,
    recurrence=Recurrence(cadence=Cadence.YEARLY, month=3, day=15, until=2022),
    launch_letter=LetterKind.WORK_NOTICE,
    first="drafting",
    stages=(
        step(
            "drafting",
            "起草",
            Role.COORDINATOR,
            working_days(30),
            "请起草实施细则，形成征求意见稿。",
            "consultation",
            done="形成征求意见稿",
            papers=(paper("draft", "征求意见稿和起草说明"),),
        ),
        step(
            "consultation",
            "征求意见",
            Role.COORDINATOR,
            working_days(15),
            "请征求成员单位和区县意见，汇总采纳情况。",
            "legality_review",
            done="意见汇总",
            papers=(paper("opinions", "意见采纳情况汇总表"),),
        ),
        step(
            "legality_review",
            "合法性审查",
            Role.COORDINATOR,
            working_days(15),
            "请送合法性审查，取得审查意见。",
            "deliberation",
            done="审查通过",
            papers=(paper("legality_opinion", "合法性审查意见"),),
            others=(Outcome(key="revise", title="须修改", routes=(to("drafting", again=True),)),),
        ),
        step(
            "deliberation",
            "审议",
            Role.MANAGER,
            working_days(20),
            "请提请市政府教育督导委员会审议。",
            "issue",
            done="审议通过",
            others=(Outcome(key="revise", title="修改后再审", routes=(to("drafting", again=True),)),),
        ),
        step(
            "issue",
            "印发",
            Role.COORDINATOR,
            working_days(5),
            "请印发实施细则。",
            "filing",
            done="印发",
            papers=(paper("issued_document", "印发文件"),),
        ),
        step(
            "filing",
            "备案",
            Role.COORDINATOR,
            working_days(10, OFFICE_PRACTICE),
            "请按规定报送备案。",
            CaseOutcome.DONE,
            done="备案",
            papers=(paper("filing_receipt", "备案材料"),),
        ),
    ),
    ladders=(OFFICE_LADDER, MANAGER_LADDER),
)

PROCESSES = (LEDGER, RULES)


@flow(name=TITLE, description=__doc__, flow_run_name="第{round_id}轮次")
async def follow_reform(round_id: int, now: datetime | None = None) -> dict[str, int]:
    """One pass of time over the reform's tasks; safe to run twice, late, or beside another."""
    return await pass_over_round(round_id, now)
