"""The problem list (问题清单)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import SQLModel

from db.tables.base import identity, key_to, moment, text, words
from process.vocabulary import FindingLevel, FindingSource, FindingStatus, Severity


class Finding(SQLModel, table=True):
    """A line of the problem list, with its measure, evidence and close-out (销号)."""

    __tablename__ = "findings"
    __table_args__ = (
        UniqueConstraint("case_id", "number"),
        CheckConstraint("verified_by IS NULL OR verified_by <> claimed_by", name="second_person"),
        CheckConstraint("(level = 'school') = (school <> '')", name="school_named"),
        Index("ix_findings_case_id_status", "case_id", "status"),
    )

    id: int | None = identity()
    case_id: int = key_to("cases.id")
    number: int
    """Counted within the case from 1."""
    level: FindingLevel = words(FindingLevel)
    school: str = text(default="")
    indicator: str = text(default="")
    category: str = text(default="")
    severity: Severity = words(Severity, default=Severity.ORDINARY)
    description: str = text()
    source: FindingSource = words(FindingSource)
    status: FindingStatus = words(FindingStatus, default=FindingStatus.OPEN)
    recorded_by: int = key_to("users.id")
    recorded_at: datetime = moment()
    measure: str = text(default="")
    responsible_unit: str = text(default="")
    responsible_person: str = text(default="")
    due_on: date | None = None
    planned_at: datetime | None = moment(default=None)
    evidence: str = text(default="")
    claimed_by: int | None = key_to("users.id", default=None)
    claimed_at: datetime | None = moment(default=None)
    verified_by: int | None = key_to("users.id", default=None)
    verified_at: datetime | None = moment(default=None)
    verification_note: str = text(default="")
    returned_count: int = 0
    looked_back_in: int | None = key_to("work_items.id", default=None)
    """The work item of the look-back that last judged it."""
    look_back_note: str = text(default="")
