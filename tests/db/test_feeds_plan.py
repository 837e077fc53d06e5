"""Feeds read the indexes that are there, and stop at their limit."""

from __future__ import annotations

from sqlalchemy import text
from sqlmodel import Session

from db.queries.feeds import MOST_EVENTS, Cut, deadlines
from db.queries.lines import Wanted, worst_first
from db.queries.rows import Window
from db.queries.sight import Sight
from tests.db.plans import read_by
from tests.db.test_plans import crowded  # noqa: F401
from tests.world import World


def read(session: Session, cut: Cut) -> tuple[int, set[str], int]:
    """How many events there are, the indexes read, and the most rows any step had in hand."""
    indexes, most = read_by(session, lambda: deadlines(session, cut))
    return len(deadlines(session, cut)), indexes, most


def test_feeds_use_the_indexes_that_are_there(crowded: World) -> None:  # noqa: F811
    with crowded.unit() as session:
        assert len(deadlines(session, Cut(sight=Sight(), round_id=1))) == MOST_EVENTS
        # Years later: nearly all is done.
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text("UPDATE work_items SET status = 'done', outcome = 'submitted' WHERE id > 1100"))
    with crowded.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    with crowded.unit() as session:
        found, indexes, most = read(session, Cut(sight=Sight(only="S7"), owners=("district",)))
        assert (found, most) == (1, 1)
        assert "ix_cases_subject_id" in indexes
        for owners, wanted in ((("coordinator", "manager"), 0), (None, 101)):
            found, indexes, most = read(session, Cut(sight=Sight(), owners=owners))
            assert found == wanted
            assert {"ix_work_items_open_due", "pk_cases"} <= indexes
            assert most <= 101, "only what is open is read"


def test_a_unit_reads_its_own_cases_and_those_it_answers_for(crowded: World) -> None:  # noqa: F811
    with crowded.unit() as session:
        session.execute(text("UPDATE subjects SET district_id = 'S7' WHERE id IN ('S8', 'S9')"))
        today = crowded.now.date()
        wanted = Wanted(today=today, soon=today, sight=Sight(only="S7"))
        found = worst_first(session, wanted, Window())
        assert {line.subject_id for line in found.items} == {"S7", "S8", "S9"}
        indexes, most = read_by(session, lambda: worst_first(session, wanted, Window()))
        assert "ix_subjects_district_id_kind" in indexes
        assert {"ix_cases_subject_id", "uq_cases_round_id_subject_id_matter"} & indexes
        assert most <= 10, "not the cases of others"
