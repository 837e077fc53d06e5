"""The delivery report of a round is read by its index, however much was said in others."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from db.queries.deliveries import Lack, delivery_report
from db.queries.rows import Window
from tests.db.plans import read_by
from tests.world import World


@pytest.fixture
def noisy(world: World) -> World:
    """One round with a few notices, beside another with many."""
    loud = world.launch("CQ-500103", title="另一轮次")
    world.launch("CQ-500231")
    with world.unit() as session:
        session.execute(
            text(
                "INSERT INTO notices (key, kind, round_id, subject_id, contact_id, data, created_at) "
                "SELECT 'x' || n, 'letter', :round, 'CQ-500103', k.id, '{}', now() "
                "FROM generate_series(1, 20000) n, (SELECT min(id) AS id FROM contacts) k"
            ),
            {"round": loud},
        )
    with world.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    return world


def test_a_round_reads_its_own_notices_only(noisy: World) -> None:
    with noisy.unit() as session:
        contacts = session.execute(text("SELECT count(*) FROM contacts")).scalar_one()
        for lack in (None, *Lack):
            indexes, most = read_by(
                session, lambda lack=lack: delivery_report(session, noisy.round_id, Window(50), lack=lack)
            )
            assert "ix_notices_round_id_id" in indexes
            assert most <= contacts, "of what was said in the other round nothing is read"
