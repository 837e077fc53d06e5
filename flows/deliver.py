"""发送通知: delivers what people and time have queued."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from tasks.delivery import deliver_outbox
from tasks.rounds import moment


@flow(name="发送通知", description=__doc__)
async def deliver_notices(now: datetime | None = None, limit: int = 5000) -> State[Any]:
    """Deliver the outbox. What fails for the moment is tried again by a later run."""
    report = await deliver_outbox(moment(now), limit)
    return Completed(name="已发送" if report["sent"] else "无待发", message=str(report))
