"""What the calendar's flow is made of: planning ahead, proposing, launching one round at a time."""

from __future__ import annotations

import asyncio
from datetime import datetime

from prefect import task

from casework.plans import launch_planned, launches_due, plan_ahead, propose_due
from casework.quotas import warn
from db.session import unit_of_work
from tasks.database import domain_engine


@task(name="预告", retries=2, retry_delay_seconds=[1, 10])
async def plan_and_propose(now: datetime) -> list[str]:
    """Plan ahead, and tell the coordinators what begins within a week: the titles. Again, it says nothing twice."""
    return await asyncio.to_thread(_plan_and_propose, now)


def _plan_and_propose(now: datetime) -> list[str]:
    with unit_of_work(domain_engine()) as session:
        plan_ahead(session, now)
        return propose_due(session, now)


@task(name="指标预警", retries=2, retry_delay_seconds=[1, 10])
async def warn_of_quotas(now: datetime) -> int:
    """Warn of the year's numbers that may be missed, once a month: how many. Again, it says nothing twice."""
    return await asyncio.to_thread(_warn_of_quotas, now)


def _warn_of_quotas(now: datetime) -> int:
    with unit_of_work(domain_engine()) as session:
        return warn(session, now)


async def find_launches_due(now: datetime) -> list[tuple[int, str]]:
    """What is to begin by today."""
    return await asyncio.to_thread(_find_launches_due, now)


def _find_launches_due(now: datetime) -> list[tuple[int, str]]:
    with unit_of_work(domain_engine()) as session:
        return launches_due(session, now)


@task(name="启动", retries=2, retry_delay_seconds=[1, 10])
async def launch_one(plan_id: int, now: datetime) -> int | None:
    """Launch a planned round in a transaction of its own, so that one that cannot begin keeps back no other."""
    return await asyncio.to_thread(_launch_one, plan_id, now)


def _launch_one(plan_id: int, now: datetime) -> int | None:
    with unit_of_work(domain_engine()) as session:
        return launch_planned(session, now, plan_id)
