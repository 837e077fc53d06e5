"""Titles that districts hold, days that somebody above us sets, and scores that experts give."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from db.tables.base import identity, key_to, moment, text


class Recognition(SQLModel, table=True):
    """A title (称号) a subject holds, from the national recognition until it is lost."""

    __tablename__ = "recognitions"
    __table_args__ = (
        UniqueConstraint("process_name", "subject_id", "granted_on"),
        Index("ix_recognitions_subject_id", "subject_id"),
        CheckConstraint("(revoked_on IS NULL) = (revoked_reason = '')", name="revoked_has_reason"),
    )

    id: int | None = identity()
    process_name: str = text()
    title: str = text()
    subject_id: str = Field(foreign_key="subjects.id")
    case_id: int | None = key_to("cases.id", default=None, index=True)
    batch: int
    """The year of declaration."""
    granted_on: date
    document: str = text(default="")
    """The number of the decision."""
    revoked_on: date | None = None
    revoked_reason: str = text(default="")


class ExternalDate(SQLModel, table=True):
    """The day that somebody above us set for a stage of a round."""

    __tablename__ = "external_dates"

    round_id: int = key_to("rounds.id", primary_key=True)
    stage: str = text(primary_key=True)
    on_day: date
    source: str = text()
    set_by: int = key_to("users.id")
    set_at: datetime = moment()


class Review(SQLModel, table=True):
    """An expert's blind score for an entry: 0 to 100, or a recusal (本单位的作品须回避)."""

    __tablename__ = "reviews"
    __table_args__ = (
        UniqueConstraint("case_id", "reviewer_id"),
        Index("ix_reviews_reviewer_id", "reviewer_id"),
        CheckConstraint("score IS NULL OR score BETWEEN 0 AND 100", name="score"),
        CheckConstraint("(score IS NULL) = (scored_at IS NULL)", name="scored"),
        CheckConstraint("score IS NULL OR recused_reason = ''", name="not_both"),
    )

    id: int | None = identity()
    case_id: int = key_to("cases.id")
    reviewer_id: int = key_to("inspectors.id")
    assigned_at: datetime = moment()
    score: float | None = None
    comment: str = text(default="")
    scored_at: datetime | None = moment(default=None)
    recused_reason: str = text(default="")
