"""Tasks of a pass of time over a round: one per stage in which something is due, then the table of its districts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from prefect import task
from prefect.artifacts import acreate_table_artifact
from sqlalchemy import text

from casework.load import round_process
from casework.passing import BATCH, Passed, pass_stage, rounds_due
from db.queries.board import board
from db.session import unit_of_work
from process.calendar import SHANGHAI
from tasks.database import domain_engine

_STAGES_DUE = text("SELECT DISTINCT stage FROM cases WHERE round_id = :round AND next_action_at <= :now")


def moment(now: datetime | None) -> datetime:
    """The moment a flow acts at: given by a rehearsal, else the clock. Flows are the outermost layer that reads it."""
    return now.astimezone(SHANGHAI) if now else datetime.now(UTC).astimezone(SHANGHAI)


@task(name="环节", retries=2, retry_delay_seconds=[1, 10])
async def pass_over_stage(round_id: int, stage: str, now: datetime) -> dict[str, int]:
    """Everything due in one stage of a round, batch by batch; running it again finds nothing left to do."""
    total = await asyncio.to_thread(_pass_over_stage, round_id, stage, now)
    return {"moved": total.moved, "climbed": total.climbed, "closed": total.closed, "looked_at": total.looked_at}


def _pass_over_stage(round_id: int, stage: str, now: datetime) -> Passed:
    total = Passed()
    while True:
        with unit_of_work(domain_engine()) as session:
            batch = pass_stage(session, now, round_id, stage)
        total += batch
        if batch.looked_at < BATCH:
            return total


@task(name="进度表", retries=1)
async def publish_board(round_id: int) -> None:
    """The round's districts as one table artifact."""
    rows, title = await asyncio.to_thread(_board_rows, round_id)
    await acreate_table_artifact(key=f"round-{round_id}", table=rows, description=title)


def _board_rows(round_id: int) -> tuple[list[dict[str, Any]], str]:
    with unit_of_work(domain_engine()) as session:
        process = round_process(session, round_id)
        title = session.execute(text("SELECT title FROM rounds WHERE id = :id"), {"id": round_id}).scalar_one()
        rows = [
            {
                "区县": row.subject,
                "环节": process.stage(row.stage).title if row.stage else row.status.title_zh,
                "到期": f"{row.due_on}{'(暂定)' if row.provisional else ''}" if row.due_on else "",
                "阶梯": row.rung.title_zh if row.rung else "",
                "结果": row.outcome.title_zh if row.outcome else "",
            }
            for row in board(session, round_id)
        ]
    return rows, title


async def pass_over_round(round_id: int, now: datetime | None) -> dict[str, int]:
    """One pass of time over a round: its stages in order, each for all of its districts at once."""
    at = moment(now)
    stages = await asyncio.to_thread(_stages_due, round_id, at)
    total = {"moved": 0, "climbed": 0, "closed": 0, "looked_at": 0}
    for key, title in stages:
        done = await pass_over_stage.with_options(task_run_name=title)(round_id, key, at)
        total = {name: total[name] + done[name] for name in total}
    if total["moved"] or total["climbed"] or total["closed"]:
        await publish_board(round_id)
    return total


def _stages_due(round_id: int, now: datetime) -> Sequence[tuple[str, str]]:
    with unit_of_work(domain_engine()) as session:
        process = round_process(session, round_id)
        due = set(session.execute(_STAGES_DUE, {"round": round_id, "now": now}).scalars())
        return [(stage.key, stage.title) for stage in process.stages if stage.key in due]


async def find_rounds_due(now: datetime) -> list[tuple[int, str]]:
    """Rounds in which time has something to do."""
    return await asyncio.to_thread(_find_rounds_due, now)


def _find_rounds_due(now: datetime) -> list[tuple[int, str]]:
    with unit_of_work(domain_engine()) as session:
        return rounds_due(session, now)
