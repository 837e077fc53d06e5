"""Launches that the calendar foresees."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ARRAY, CheckConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from db.tables.base import identity, json, key_to, moment, text, words
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
    moved: bool = False
    """Whether somebody set the day by hand; the calendar then leaves it alone."""
    coordinator_id: int | None = key_to("users.id", default=None)
    """Who is to look after the round; empty: whoever looked after the last one."""
    subject_ids: list[str] | None = Field(default=None, sa_type=ARRAY(Text))
    """The subjects chosen for it; empty: those of the process's kind on the day of the launch."""
    status: PlanStatus = words(PlanStatus, default=PlanStatus.PLANNED)
    proposed_at: datetime | None = moment(default=None)
    launched_at: datetime | None = moment(default=None)
    round_id: int | None = key_to("rounds.id", default=None, index=True)
    stopped_at: datetime | None = moment(default=None)
    stopped_by: int | None = key_to("users.id", default=None)
    stopped_reason: str = text(default="")
    trouble: str = text(default="")
    """Why it could not be launched when its day came, in words."""
    log: list[dict[str, Any]] = json(default_factory=list)
    """What people did to it, in order: ``{at, by, name, deed, note}``."""
