"""What is known of schools beyond their name; terms of office; training; who is responsible for which school."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from db.tables.base import identity, key_to, text, words
from process.vocabulary import SchoolStage


class School(SQLModel, table=True):
    """A school, kindergarten, college or university, beside its row in ``subjects``."""

    __tablename__ = "schools"
    __table_args__ = (Index("ix_schools_stage", "stage"), CheckConstraint("students >= 0", name="students"))

    subject_id: str = Field(foreign_key="subjects.id", primary_key=True)
    stage: SchoolStage = words(SchoolStage)
    students: int = 0
    private: bool = False
    """民办."""


class Term(SQLModel, table=True):
    """A term of office of a principal (``subject_id``) or an inspector (``inspector_id``).

    ``ordinal`` counts the person's terms in that office; ``ended_on`` is the real last day where it came earlier.
    """

    __tablename__ = "terms"
    __table_args__ = (
        CheckConstraint("num_nonnulls(subject_id, inspector_id) = 1", name="one_person"),
        CheckConstraint("starts_on <= ends_on", name="period"),
        CheckConstraint("(ended_on IS NULL) = (ended_why = '')", name="ended_has_reason"),
        UniqueConstraint("subject_id", "starts_on"),
        UniqueConstraint("inspector_id", "starts_on"),
        Index("ix_terms_ends_on", "ends_on"),
    )

    id: int | None = identity()
    subject_id: str | None = Field(default=None, foreign_key="subjects.id")
    inspector_id: int | None = key_to("inspectors.id", default=None)
    post: str = text(default="")
    ordinal: int = 1
    starts_on: date
    ends_on: date
    ended_on: date | None = None
    ended_why: str = text(default="")


class Training(SQLModel, table=True):
    """Hours of training an inspector has had."""

    __tablename__ = "trainings"
    __table_args__ = (
        CheckConstraint("hours > 0", name="hours"),
        UniqueConstraint("inspector_id", "held_on", "title"),
    )

    id: int | None = identity()
    inspector_id: int = key_to("inspectors.id")
    title: str = text()
    held_on: date
    hours: float
    before_service: bool = False
    """任职前培训."""


class ResponsibleInspector(SQLModel, table=True):
    """Which inspector answers for which school (挂牌督导), from when until when (inclusive)."""

    __tablename__ = "responsible_inspectors"
    __table_args__ = (
        CheckConstraint("to_day IS NULL OR from_day <= to_day", name="period"),
        UniqueConstraint("school_id", "inspector_id", "from_day"),
        Index("ix_responsible_inspectors_inspector_id", "inspector_id"),
    )

    id: int | None = identity()
    inspector_id: int = key_to("inspectors.id")
    school_id: str = Field(foreign_key="subjects.id")
    from_day: date
    to_day: date | None = None
