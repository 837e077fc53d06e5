"""要点第11项「开展春秋季开学工作专项督导检查」.

"制定春秋季开学工作专项督导方案,重点督查疫情防控、开学准备、安全稳定等工作情况,督促区县全覆盖督查、高校全面自查,及时发现和解决问题,确保各级各类学
校春秋季开学工作正常有序。"

Twice a year. The written notice goes to the district (《教育督导条例》第十七条); the city's spot check then comes to
schools unannounced. Problems are put right at once. Universities check themselves: a definition of its own.
"""

from __future__ import annotations

from datetime import datetime

from prefect import flow

from flows.common import (
    DISTRICT_LADDER,
    EXTENSIONS,
    OFFICE_LADDER,
    TRIGGERS,
    UNIT_LADDER,
    end,
    to,
    working_days,
)
from flows.stages import UNIT_HEADS, paper, prompt_rectification, step
from process.definition import Condition, Process, Recurrence
from process.vocabulary import Cadence, CaseOutcome, LetterKind, Role, SubjectKind, Template
from tasks.rounds import pass_over_round

TITLE = "春秋季开学工作专项督导"
_SOURCE = "2022年教育督导工作要点第11项"
_FOCUS = "疫情防控、开学准备、安全稳定"

DISTRICTS = Process(
    name="term-opening",
    version=1,
    title=TITLE,
    source=_SOURCE,
    item=11,
    sentence="制定春秋季开学工作专项督导方案,重点督查疫情防控、开学准备、安全稳定等工作情况,督促区县全覆盖督查、高校全面自查,及时发现和解决问题",
    template=Template.SPECIAL,
    subjects=SubjectKind.DISTRICT,
    recurrence=Recurrence(cadence=Cadence.TERMLY, offset=-15),
    first="self_check",
    stages=(
        step(
            "self_check",
            "学校全面自查",
            Role.DISTRICT,
            working_days(15, "市政府教育督导室工作安排（开学前）"),
            f"请组织各级各类学校围绕{_FOCUS}全面自查，报送自查情况。",
            "full_coverage",
            papers=(paper("self_check_report", "学校自查情况"),),
        ),
        step(
            "full_coverage",
            "区县全覆盖督查",
            Role.DISTRICT,
            working_days(5, "市政府教育督导室工作安排（开学后5个工作日内）"),
            "请对辖区内学校（园）全覆盖督查，报送督查情况和问题清单。",
            "spot_check",
            papers=(paper("coverage_report", "全覆盖督查情况"), paper("problem_list", "问题清单")),
        ),
        step(
            "spot_check",
            "市级抽查",
            Role.INSPECTOR,
            working_days(10),
            f"请不打招呼直接到校抽查{_FOCUS}情况，登记发现的问题。",
            (to("rectification", Condition.HAS_FINDINGS), to("summary", Condition.NO_FINDINGS)),
            papers=(paper("spot_check_record", "抽查记录"),),
            on_site_days=1,
            records=True,
        ),
        *prompt_rectification((to("summary"),), period=working_days(5)),
        step(
            "summary",
            "总结与通报",
            Role.COORDINATOR,
            working_days(10),
            "请总结开学工作专项督导情况，通报结果。",
            CaseOutcome.EVALUATED,
            done="通报结果",
            letter=LetterKind.RESULT_CIRCULAR,
        ),
    ),
    ladders=(DISTRICT_LADDER, OFFICE_LADDER),
    triggers=TRIGGERS,
    extensions=EXTENSIONS,
    launch_letter=LetterKind.SUPERVISION_NOTICE,
)

UNIVERSITIES = Process(
    name="term-opening-universities",
    version=1,
    title="春秋季高校开学工作自查",
    source=_SOURCE,
    item=11,
    sentence="督促区县全覆盖督查、高校全面自查,及时发现和解决问题",
    template=Template.SPECIAL,
    subjects=SubjectKind.UNIVERSITY,
    recurrence=Recurrence(cadence=Cadence.TERMLY, offset=-5),
    first="self_check",
    stages=(
        step(
            "self_check",
            "高校全面自查",
            Role.DISTRICT,
            working_days(5),
            f"请围绕{_FOCUS}全面自查，报送自查报告。",
            "check",
            papers=(paper("self_check_report", "自查报告"),),
            ladder="unit",
            tells=UNIT_HEADS,
        ),
        step(
            "check",
            "审核自查报告",
            Role.COORDINATOR,
            working_days(10),
            "请审核自查报告，登记需要解决的问题。",
            (to("rectification", Condition.HAS_FINDINGS), end(CaseOutcome.EVALUATED, Condition.NO_FINDINGS)),
            records=True,
        ),
        *prompt_rectification((end(CaseOutcome.RECTIFIED),), period=working_days(5), tells=UNIT_HEADS, ladder="unit"),
    ),
    ladders=(UNIT_LADDER, OFFICE_LADDER),
    triggers=TRIGGERS,
    extensions=EXTENSIONS,
    launch_letter=LetterKind.WORK_NOTICE,
)

PROCESSES = (DISTRICTS, UNIVERSITIES)


@flow(name=TITLE, description=__doc__, flow_run_name="第{round_id}轮次")
async def supervise_term_opening(round_id: int, now: datetime | None = None) -> dict[str, int]:
    """One pass of time over a round of 要点第11项; safe to run twice, late, or beside another."""
    return await pass_over_round(round_id, now)
