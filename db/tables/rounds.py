"""Definitions, rounds, the draw of the sample, the imported calendar."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Column, Computed, ForeignKeyConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from db.tables.base import identity, json, key_to, moment, text, words
from process.vocabulary import CaseStatus

_BLIND = """jsonb_path_exists(definition, '$.stages[*].outcomes[*].requires[*] ? (@ == "reviewed")')"""


class ProcessDefinition(SQLModel, table=True):
    """A published version of a process. Rows are never changed (a trigger holds that)."""

    __tablename__ = "process_definitions"

    name: str = text(primary_key=True)
    version: int = Field(primary_key=True)
    title: str = text()
    definition: dict[str, Any] = json()
    published_at: datetime = moment()
    source: str = text(default="")
    """The YAML it was installed from; empty for the processes that come with the program."""
    installed_by: int | None = key_to("users.id", default=None)


class Round(SQLModel, table=True):
    """One launch of a process. ``definition`` is what it was launched with and never changes."""

    __tablename__ = "rounds"
    __table_args__ = (
        ForeignKeyConstraint(
            ["process_name", "process_version"], ["process_definitions.name", "process_definitions.version"]
        ),
        UniqueConstraint("process_name", "year", "title"),
    )

    id: int | None = identity()
    process_name: str = text()
    process_version: int
    title: str = text()
    year: int
    definition: dict[str, Any] = json()
    status: CaseStatus = words(CaseStatus, default=CaseStatus.OPEN)
    coordinator_id: int = key_to("users.id")
    launched_at: datetime = moment()
    launched_by: int | None = key_to("users.id", default=None)
    """Who launched it; empty where the calendar did."""
    closed_at: datetime | None = moment(default=None)
    blind: bool | None = Field(default=None, sa_column=Column("blind", Boolean, Computed(_BLIND, persisted=True)))
    """Whether experts score its cases without knowing whose they are."""


class Draw(SQLModel, table=True):
    """The draw of a round's on-site sample: reproducible from ``pool``, ``seed`` and ``size``."""

    __tablename__ = "draws"

    round_id: int = key_to("rounds.id", primary_key=True)
    method: str = text()
    seed: str = text()
    size: int
    witness: str = text()
    pool: list[dict[str, Any]] = json()
    """The candidates in drawing order: ``{subject_id, years_since_last}``."""
    chosen: list[str] = json()
    excluded: list[dict[str, Any]] = json()
    """Subjects kept out, each with its reason."""
    drawn_at: datetime = moment()
    drawn_by: int = key_to("users.id")


class AnnouncedCalendar(SQLModel, table=True):
    """A yearly notice of 国务院办公厅 imported after the packaged ones."""

    __tablename__ = "announced_calendars"

    year: int = Field(primary_key=True)
    holidays: list[str] = json()
    make_up_days: list[str] = json()
    source: str = text()
    imported_at: datetime = moment()
