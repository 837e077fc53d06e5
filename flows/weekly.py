"""督导周报: every Monday the office reads what is open, late, climbing and newly talked to."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from casework.bulletins import publish_week
from db.session import unit_of_work
from tasks.database import domain_engine
from tasks.rounds import moment


@flow(name="督导周报", description=__doc__)
async def publish_bulletin(now: datetime | None = None) -> State[Any]:
    """Queue the bulletin of last week, once; a run that comes late still sends the week that ended last."""
    told = await asyncio.to_thread(_publish, moment(now))
    return Completed(name="已发周报" if told else "无在办轮次")


def _publish(now: datetime) -> bool:
    with unit_of_work(domain_engine()) as session:
        return publish_week(session, now)
