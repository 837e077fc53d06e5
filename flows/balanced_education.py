"""要点第5项「开展义务教育优质均衡发展督导评估」.

"稳步推进全国义务教育优质均衡发展区县创建工作,召开工作推进会,开展县域义务教育优质均衡发展情况监测,加强过程督导,指导区县补短板、提质量、增
资源、促均衡。对申报区县开展市级综合督导评估,指导整改存在问题,推动1~2个区县通过义务教育优质均衡发展国家督导认定。"

The number stays open beyond the year (those of 2022 were recognised in 2025). There is no score: every indicator of the
set must be met and none of the vetoes stand. What it shares with item 6 is in :mod:`flows.recognition`.
"""

from __future__ import annotations

from datetime import datetime

from prefect import flow

from flows.recognition import recheck, recognition
from process.definition import Quota
from process.vocabulary import QuotaKind
from tasks.rounds import pass_over_round

TITLE = "义务教育优质均衡发展督导评估"
_INDICATORS = "balanced-education"
_GRANTS = "义务教育优质均衡发展区县"

RECOGNITION = recognition(
    name="balanced-education",
    title=TITLE,
    item=5,
    sentence="对申报区县开展市级综合督导评估,指导整改存在问题,推动1~2个区县通过义务教育优质均衡发展国家督导认定。",
    indicators=_INDICATORS,
    grants=_GRANTS,
    evaluation="请开展过程评估：审核区县自评，采集重点指标数据，实地抽查学校，登记区县和学校两级问题。",
    quotas=(
        Quota(
            kind=QuotaKind.RECOGNISED,
            minimum=1,
            maximum=2,
            rolls_over=True,
            quote="推动1~2个区县通过义务教育优质均衡发展国家督导认定",
            basis="2022年教育督导工作要点第5项",
        ),
    ),
)
RECHECK = recheck(
    name="balanced-education-recheck",
    title="义务教育优质均衡发展区县监测复查",
    item=5,
    sentence="开展县域义务教育优质均衡发展情况监测",
    indicators=_INDICATORS,
    grants=_GRANTS,
)
PROCESSES = (RECOGNITION, RECHECK)


@flow(name=TITLE, description=__doc__, flow_run_name="第{round_id}轮次")
async def evaluate_balance(round_id: int, now: datetime | None = None) -> dict[str, int]:
    """One pass of time over a round of 要点第5项; safe to run twice, late, or beside another."""
    return await pass_over_round(round_id, now)
