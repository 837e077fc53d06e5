"""Where the measuring happens: a throwaway PostgreSQL, synthetic subjects with two contacts each, one process."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Engine, text
from sqlmodel import Session

from casework.actor import Actor
from casework.definitions import publish
from db.embedded import EmbeddedPostgres
from db.migrate import upgrade
from db.session import make_engine, unit_of_work
from db.tables import User
from flows.district_evaluation import PROCESS
from process.calendar import SHANGHAI
from process.vocabulary import Role

START = datetime(2022, 9, 1, 9, 30, tzinfo=SHANGHAI)

# The same process with nobody to tell of its opening: what a launch costs without a single notice.
SILENT = PROCESS.model_copy(
    update={
        "name": f"{PROCESS.name}-silent",
        "stages": tuple(
            stage.model_copy(update={"tells": ()}) if stage.key == PROCESS.first else stage for stage in PROCESS.stages
        ),
    }
)

_SUBJECTS = """
INSERT INTO subjects (id, kind, code, name, alias, region_kind, education_office)
SELECT 'B' || lpad(n::text, 6, '0'), 'district', '', '区县' || n, '', '', '' FROM generate_series(1, :n) n
"""
_CONTACTS = """
INSERT INTO contacts (subject_id, position, name, email, phone)
SELECT s.id, p, s.name, p || '@' || lower(s.id) || '.example', ''
FROM subjects s CROSS JOIN unnest(ARRAY['operator', 'office_head']) p
"""
# All that cases leave behind; the subjects and their people stay.
_EMPTY = "TRUNCATE deliveries, notices, climbs, talks, events, work_items, cases, rounds RESTART IDENTITY CASCADE"

_WRITTEN = """
SELECT 'cases', status || ' ' || coalesce(stage, ''), count(*) FROM cases GROUP BY 2
UNION ALL SELECT 'items', status || ' ' || stage, count(*) FROM work_items GROUP BY 2
UNION ALL SELECT 'events', kind, count(*) FROM events GROUP BY 2
UNION ALL SELECT 'notices', kind || ' ' || coalesce(position, 'user'), count(*) FROM notices GROUP BY 2
UNION ALL SELECT 'deliveries', status, count(*) FROM deliveries GROUP BY 2
UNION ALL SELECT 'letters', kind, count(*) FROM letters WHERE case_id IS NOT NULL GROUP BY 2
ORDER BY 1, 2
"""

Rows = list[tuple[Any, ...]]


@dataclass
class Ground:
    """Both ways to the same database: ours, and a bare connection for the floors."""

    engine: Engine
    bare: psycopg.Connection
    coordinator: Actor
    district: Actor
    subjects: list[str]

    def unit(self) -> Any:
        """One unit of work."""
        return unit_of_work(self.engine)

    def empty(self) -> None:
        """Forget all rounds and settle the disk, so that no repetition pays for the one before it."""
        self.bare.execute(_EMPTY)
        self.bare.commit()
        self.settle()

    def settle(self) -> None:
        """Fresh statistics and nothing left to flush."""
        self.bare.autocommit = True
        self.bare.execute("VACUUM (ANALYZE) cases, work_items, events, notices, deliveries, climbs, talks")
        self.bare.execute("CHECKPOINT")
        self.bare.autocommit = False

    def written(self) -> Rows:
        """How many rows of which kind there are: both ways must have left the same."""
        rows = self.bare.execute(_WRITTEN).fetchall()
        self.bare.commit()
        return rows


@contextmanager
def ground(subjects: int, *, durable: bool) -> Iterator[Ground]:
    """A cluster of its own with so many subjects, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="dudao-bench-") as folder:
        Path(folder).chmod(0o755)  # as root the server has an account of its own
        server = EmbeddedPostgres(Path(folder) / "data", durable=durable)
        server.start()
        try:
            server.create_database("bench")
            upgrade(server.url("bench"))
            engine = make_engine(server.url("bench"), pool_size=1)
            with psycopg.connect(
                server.url("bench").replace("+psycopg", ""), options="-c timezone=Asia/Shanghai"
            ) as bare:
                yield _settled(engine, bare, subjects)
            engine.dispose()
        finally:
            server.stop(mode="immediate")


def _settled(engine: Engine, bare: psycopg.Connection, subjects: int) -> Ground:
    with unit_of_work(engine) as session:
        session.execute(text(_SUBJECTS), {"n": subjects})
        session.execute(text(_CONTACTS))
        ids = list(session.execute(text("SELECT id FROM subjects ORDER BY id")).scalars())
        coordinator = _account(session, "coordinator", Role.COORDINATOR)
        district = _account(session, "district", Role.DISTRICT, ids[0])
        publish(session, [PROCESS, SILENT], START)
    bare.autocommit = True
    bare.execute("VACUUM (ANALYZE) subjects, contacts")
    bare.autocommit = False
    return Ground(engine, bare, coordinator, district, ids)


def _account(session: Session, username: str, role: Role, subject_id: str | None = None) -> Actor:
    user = User(username=username, name=username, role=role, subject_id=subject_id, password_hash="-")
    session.add(user)
    session.flush()
    return Actor(user.id, user.name, user.role, subject_id)
