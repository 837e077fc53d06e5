"""要点第6项「开展学前教育普及普惠发展督导评估」.

"聚焦学前教育普及普惠目标任务,统筹实施县域学前教育普及普惠、办园行为和保教质量督导评估…开展普及普惠发展情况监测,指导申报区县切实整改短板和
问题,促进指标全面达标。对申报区县开展市级督导评估,并指导区县做好接受国家督导评估认定的各项准备工作。"

One district that clearly fails ends the whole city's recognition of the year, so a weak one may be held back before
the recommendation. What it shares with item 5 is in :mod:`flows.recognition`.
"""

from __future__ import annotations

from datetime import datetime

from prefect import flow

from flows.recognition import recheck, recognition
from tasks.rounds import pass_over_round

TITLE = "学前教育普及普惠发展督导评估"
_INDICATORS = "preschool-inclusion"
_GRANTS = "学前教育普及普惠区县"

RECOGNITION = recognition(
    name="preschool-inclusion",
    title=TITLE,
    item=6,
    sentence="对申报区县开展市级督导评估,并指导区县做好接受国家督导评估认定的各项准备工作。",
    indicators=_INDICATORS,
    grants=_GRANTS,
    evaluation="请统筹开展普及普惠、办园行为和保教质量的过程评估，深入调研，登记区县和幼儿园两级问题。",
    batch=True,
)
RECHECK = recheck(
    name="preschool-inclusion-recheck",
    title="学前教育普及普惠区县监测复查",
    item=6,
    sentence="开展普及普惠发展情况监测",
    indicators=_INDICATORS,
    grants=_GRANTS,
)
PROCESSES = (RECOGNITION, RECHECK)


@flow(name=TITLE, description=__doc__, flow_run_name="第{round_id}轮次")
async def evaluate_inclusion(round_id: int, now: datetime | None = None) -> dict[str, int]:
    """One pass of time over a round of 要点第6项; safe to run twice, late, or beside another."""
    return await pass_over_round(round_id, now)
