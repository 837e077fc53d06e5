"""发送通知: renders the letters that were signed, then delivers what was queued, channel by channel."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from process.vocabulary import Channel
from tasks.delivery import deliver_outbox, render_letters
from tasks.rounds import moment


@flow(name="发送通知", description=__doc__)
async def deliver_notices(now: datetime | None = None, limit: int = 5000, channel: str = "email") -> State[Any]:
    """Deliver one channel of the outbox; each has its own runs, so that one that is down delays no other.

    What fails for the moment is tried again by a later run. Each renders the letters first, which all of them wait for.
    """
    at = moment(now)
    rendered = await render_letters(at)
    report = await deliver_outbox(at, limit, Channel(channel))
    return Completed(name="已发送" if report["sent"] else "无待发", message=str({**report, "rendered": rendered}))
