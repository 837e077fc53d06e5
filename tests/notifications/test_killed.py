"""A deliverer killed by force in the middle of its work, twice, beside mail that must and mail that must not repeat."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, select

from db.tables import Delivery, Notice
from notifications.deliver import deliver
from process.vocabulary import DeliveryStatus, NoticeKind
from settings import Settings
from tests.notifications.builders import NOW, World
from tests.notifications.faults import FaultySink

ROOT = Path(__file__).parents[2]
DELIVERER = """
import asyncio, sys
from datetime import datetime
from db.session import make_engine
from notifications.deliver import deliver
from settings import Settings
url, port, now = sys.argv[1:]
settings = Settings(_env_file=None, smtp_host="127.0.0.1", smtp_port=int(port), smtp_security="none")
asyncio.run(deliver(make_engine(url), settings, datetime.fromisoformat(now)))
"""


def test_killed_by_force(database_url: str, engine: Engine, settings: Settings, sink: FaultySink) -> None:
    with Session(engine) as session:
        world = World.made(session)
        case = world.case()
        for n in range(400):
            world.notice(case, NoticeKind.REMINDER if n % 2 else NoticeKind.URGE)
        session.commit()
    now = NOW
    for kill_at in (30, 170):
        arguments = [sys.executable, "-c", DELIVERER, database_url, str(sink.port), now.isoformat()]
        victim = subprocess.Popen(arguments, cwd=ROOT)
        assert sink.wait_for(kill_at, timeout=60)
        victim.kill()
        victim.wait()
        now += timedelta(hours=1)
    asyncio.run(deliver(engine, settings, now))
    with Session(engine) as session:
        rows = session.exec(select(Delivery, Notice).where(Delivery.notice_id == Notice.id)).all()
    arrived = Counter(mail.message_id.partition("@")[0] for mail in sink.received)
    for delivery, notice in rows:
        if notice.kind is NoticeKind.REMINDER:
            assert delivery.status in (DeliveryStatus.SENT, DeliveryStatus.UNCERTAIN)
            assert arrived[delivery.message_id] <= 1
            assert delivery.status is DeliveryStatus.UNCERTAIN or arrived[delivery.message_id] == 1
        else:
            assert delivery.status is DeliveryStatus.SENT
            assert arrived[delivery.message_id] >= 1
    assert any(delivery.status is DeliveryStatus.UNCERTAIN for delivery, _ in rows)
