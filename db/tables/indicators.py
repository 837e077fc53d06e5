"""Indicator sets, and the values that were uploaded for subjects (网络监测)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from db.tables.base import identity, json, key_to, moment, text


class IndicatorSet(SQLModel, table=True):
    """A published version of an indicator set; never changed afterwards."""

    __tablename__ = "indicator_sets"

    name: str = text(primary_key=True)
    version: int = Field(primary_key=True)
    title: str = text()
    definition: dict[str, Any] = json()
    published_at: datetime = moment()


class IndicatorUpload(SQLModel, table=True):
    """One file of values that was taken in, with what the checks remarked."""

    __tablename__ = "indicator_uploads"
    __table_args__ = (
        ForeignKeyConstraint(["set_name", "set_version"], ["indicator_sets.name", "indicator_sets.version"]),
    )

    id: int | None = identity()
    set_name: str = text()
    set_version: int
    year: int
    filename: str = text()
    values: int
    """How many values it held."""
    remarks: list[dict[str, Any]] = json(default_factory=list)
    uploaded_by: int = key_to("users.id")
    uploaded_at: datetime = moment()


class IndicatorValue(SQLModel, table=True):
    """The value of one indicator for one subject (district or school) and year: the last one uploaded."""

    __tablename__ = "indicator_values"
    __table_args__ = (
        UniqueConstraint("set_name", "year", "subject_id", "key"),
        Index("ix_indicator_values_set_name_year_key", "set_name", "year", "key"),
    )

    id: int | None = identity()
    set_name: str = text()
    year: int
    subject_id: str = Field(foreign_key="subjects.id")
    key: str = text()
    value: float
    upload_id: int = key_to("indicator_uploads.id", index=True)
