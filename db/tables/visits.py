"""The monthly visits of responsible inspectors (责任督学每月至少到校督导1次): terms, duties by month, visits made."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from db.tables.base import identity, json, key_to, moment, text, words
from process.vocabulary import Season


class SchoolTerm(SQLModel, table=True):
    """A term of the school calendar (校历), both days included. ``year`` is the year in which it opens."""

    __tablename__ = "school_terms"
    __table_args__ = (CheckConstraint("starts_on < ends_on", name="period"),)

    year: int = Field(primary_key=True)
    season: Season = words(Season, primary_key=True)
    starts_on: date
    ends_on: date
    source: str = text(default="")


class VisitDuty(SQLModel, table=True):
    """One cell of the matrix: a school is to be visited in a month, by whoever answers for it then.

    ``visited_on`` is the first visit that counts for that month, later than it where it was made up for; the visits
    themselves stand in ``school_visits``.
    """

    __tablename__ = "visit_duties"
    __table_args__ = (
        CheckConstraint("extract(day FROM month) = 1", name="first_of_month"),
        Index("ix_visit_duties_month_district_id", "month", "district_id"),
        Index("ix_visit_duties_owed", "month", "inspector_id", postgresql_where="visited_on IS NULL"),
    )

    school_id: str = Field(foreign_key="subjects.id", primary_key=True)
    month: date = Field(primary_key=True)
    district_id: str = Field(foreign_key="subjects.id")
    inspector_id: int | None = key_to("inspectors.id", default=None)
    visited_on: date | None = None


class SchoolVisit(SQLModel, table=True):
    """A visit to a school, as its inspector recorded it. ``checked`` says what was found, topic by topic.

    ``month`` is the month for which it counts: its own, or an earlier one that it makes up for (补督导).
    """

    __tablename__ = "school_visits"
    __table_args__ = (
        CheckConstraint("extract(day FROM month) = 1", name="first_of_month"),
        CheckConstraint("month <= visited_on", name="not_before"),
        UniqueConstraint("school_id", "visited_on", "inspector_id"),
        Index("ix_school_visits_month_school_id", "month", "school_id"),
        Index("ix_school_visits_inspector_id_visited_on", "inspector_id", "visited_on"),
    )

    id: int | None = identity()
    school_id: str = Field(foreign_key="subjects.id")
    inspector_id: int = key_to("inspectors.id")
    visited_on: date
    month: date
    checked: dict[str, Any] = json(default_factory=dict)
    note: str = text(default="")
    hazard: bool = False
    """违法违规或危及师生安全的隐患, to be dealt with at once (《教育督导条例》第十五条)."""
    recorded_by: int = key_to("users.id")
    recorded_at: datetime = moment()


class VisitShortfall(SQLModel, table=True):
    """A month after which a district was told which schools nobody had visited, and the case that followed."""

    __tablename__ = "visit_shortfalls"
    __table_args__ = (
        CheckConstraint("extract(day FROM month) = 1", name="first_of_month"),
        CheckConstraint("missing > 0", name="missing"),
    )

    month: date = Field(primary_key=True)
    district_id: str = Field(foreign_key="subjects.id", primary_key=True)
    missing: int
    """Schools without a visit when the district was told."""
    told_at: datetime = moment()
    case_id: int | None = key_to("cases.id", default=None, unique=True)
    """Opened where visits were still missing some days later."""
