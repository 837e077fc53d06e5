"""Launches that the calendar foresees."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import SQLModel

from db.tables.base import identity, key_to, moment, text, words
from process.vocabulary import PlanStatus


class PlannedRound(SQLModel, table=True):
    """One occurrence of a recurring process: proposed a week before, launched unless somebody stops it.

    ``occurrence`` names it for ever (``2022``, ``2022-spring``, ``2022-03``, ``2022-03-15``, a term's key): a process
    begins each only once.
    """

    __tablename__ = "planned_rounds"
    __table_args__ = (
        UniqueConstraint("process_name", "occurrence"),
        Index("ix_planned_rounds_waiting", "launch_on", postgresql_where="status IN ('planned', 'proposed')"),
        CheckConstraint("(status = 'launched') = (launched_at IS NOT NULL)", name="launched"),
        CheckConstraint("(status = 'stopped') = (stopped_reason <> '')", name="stopped_has_reason"),
    )

    id: int | None = identity()
    process_name: str = text()
    occurrence: str = text()
    title: str = text()
    year: int
    launch_on: date
    status: PlanStatus = words(PlanStatus, default=PlanStatus.PLANNED)
    proposed_at: datetime | None = moment(default=None)
    launched_at: datetime | None = moment(default=None)
    round_id: int | None = key_to("rounds.id", default=None, index=True)
    stopped_at: datetime | None = moment(default=None)
    stopped_by: int | None = key_to("users.id", default=None)
    stopped_reason: str = text(default="")
    trouble: str = text(default="")
    """Why it could not be launched when its day came, in words."""
