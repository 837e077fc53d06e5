"""What a patrol asks for besides its rounds: receipts that are missing, what waits for the office."""

from __future__ import annotations

import asyncio
from datetime import datetime

from casework.receipts import chase_receipts, recall_waiting
from db.session import unit_of_work
from tasks.database import domain_engine


async def chase(now: datetime) -> int:
    """Ask for missing receipts and recall what waits for the office: how many. Nothing to do costs two statements."""
    return await asyncio.to_thread(_chase, now)


def _chase(now: datetime) -> int:
    asked = 0
    while True:
        with unit_of_work(domain_engine()) as session:
            batch = chase_receipts(session, now)
        asked += batch
        if not batch:
            break
    with unit_of_work(domain_engine()) as session:
        return asked + recall_waiting(session, now)
