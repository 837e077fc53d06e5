"""巡查: asks for what is missing, and lets time pass over every round in which something is due."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows.catalogue import flow_of
from tasks.receipts import chase
from tasks.rounds import find_rounds_due, moment


@flow(name="巡查", description=__doc__)
async def patrol(now: datetime | None = None) -> State[Any]:
    """Run the flow of every round in which something is due. A patrol that was missed is made good by the next."""
    at = moment(now)
    asked = await chase(at)
    due = await find_rounds_due(at)
    for round_id, process_name in due:
        await flow_of(process_name)(round_id=round_id, now=at)
    return Completed(name="已巡查" if due or asked else "无事到期", message=f"{len(due)}个轮次，催签和提醒{asked}件")
