"""The task that delivers the outbox."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from prefect import task

from notifications.deliver import deliver
from settings import get_settings
from tasks.database import domain_engine


@task(name="投递", retries=2, retry_delay_seconds=[2, 20])
async def deliver_outbox(now: datetime, limit: int) -> dict[str, int | str]:
    """Send what is due; running it twice sends nothing twice."""
    return asdict(await deliver(domain_engine(), get_settings(), now, limit=limit))
