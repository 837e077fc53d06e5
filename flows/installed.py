"""自定事项: processes an office has written itself and installed (docs/processes.md); they have no module of their own.

Their rounds carry the definition they were launched with, so one flow serves them all.
"""

from __future__ import annotations

from datetime import datetime

from prefect import flow

from tasks.rounds import pass_over_round


@flow(name="自定督导事项", description=__doc__, flow_run_name="第{round_id}轮次")
async def follow_installed(round_id: int, now: datetime | None = None) -> dict[str, int]:
    """One pass of time over a round of an installed process; safe to run twice, late, or beside another."""
    return await pass_over_round(round_id, now)
