"""The tasks that render what was signed and deliver the outbox."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import datetime

from prefect import task

from db.session import unit_of_work
from notifications.deliver import deliver
from notifications.letters.pending import BATCH, render_pending
from process.vocabulary import Channel
from settings import get_settings
from tasks.database import domain_engine


@task(name="投递", retries=2, retry_delay_seconds=[2, 20])
async def deliver_outbox(now: datetime, limit: int, channel: Channel) -> dict[str, int | str]:
    """Send what is due on a channel; running it twice sends nothing twice."""
    return asdict(await deliver(domain_engine(), get_settings(), now, channel=channel, limit=limit))


async def render_letters(now: datetime) -> int:
    """Render every signed letter that is not rendered yet; how many. Nothing to do costs one statement."""
    return await asyncio.to_thread(_render_letters, now)


def _render_letters(now: datetime) -> int:
    done = 0
    while True:
        with unit_of_work(domain_engine()) as session:
            batch = render_pending(session, now)
        done += batch
        if batch < BATCH:
            return done
