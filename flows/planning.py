"""年度计划: launches by the calendar what recurs, a week after the coordinators were told of it.

Every recurrence of every definition (yearly, by term, by school month, twice a month, by 届 or 轮, before a term of
office ends) comes through this one schedule: what is owed is asked of the database each morning, so that a schedule
that was missed, or ran twice, neither loses a launch nor repeats one.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from tasks.plans import find_launches_due, launch_one, plan_and_propose, warn_of_quotas
from tasks.rounds import moment


@flow(name="年度计划", description=__doc__)
async def launch_by_calendar(now: datetime | None = None) -> State[Any]:
    """Plan ahead, propose what begins within a week, warn of the year's numbers, launch what is due (a task each)."""
    at = moment(now)
    proposed = await plan_and_propose(at)
    await warn_of_quotas(at)
    launched: list[str] = []
    failed: list[str] = []
    for plan_id, title in await find_launches_due(at):
        done = await launch_one.with_options(task_run_name=f"启动：{title}")(plan_id, at)
        (failed if done is None else launched).append(title)
    said = [(f"启动{len(launched)}轮", launched), (f"预告{len(proposed)}轮", proposed), ("未能启动", failed)]
    told = [f"{what}：{'、'.join(titles)}" for what, titles in said if titles]
    name = f"启动{len(launched)}轮，预告{len(proposed)}轮" if launched or proposed else "无轮次到期"
    return Completed(name=name, message="；".join(told))
