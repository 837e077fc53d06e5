"""Cases, their work items, what is handed in, and the history.

The database itself makes impossible: two open items of one case (a partial unique index), an open case without one
(composite foreign keys over generated columns), a transition without its event (``cases`` points at an event of its
own version), a changed event or accepted submission (triggers).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    UniqueConstraint,
)
from sqlmodel import Field, SQLModel

from db.tables.base import identity, json, key_to, moment, text, words
from process.vocabulary import (
    CaseOutcome,
    CaseStatus,
    EventKind,
    ExtensionStatus,
    ItemStatus,
    Role,
    SubmissionStatus,
    TeamRole,
)


class Case(SQLModel, table=True):
    """One subject in one round; in a standing round one matter of a subject (a commitment, an accountability).

    ``version`` counts transitions; a writer must know the one it saw. ``live`` (true or NULL) is for the foreign keys.
    """

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("round_id", "subject_id", "matter"),
        UniqueConstraint("id", "live"),
        CheckConstraint(
            "(status IN ('open', 'suspended')) = (work_item_id IS NOT NULL AND stage IS NOT NULL)",
            name="live_has_item",
        ),
        CheckConstraint("(status IN ('closed', 'withdrawn')) = (outcome IS NOT NULL)", name="ended_has_outcome"),
        CheckConstraint("next_action_at IS NULL OR status = 'open'", name="time_acts_on_open_only"),
        ForeignKeyConstraint(
            ["work_item_id", "id", "live"],
            ["work_items.id", "work_items.case_id", "work_items.live"],
            name="fk_cases_live_item",
            deferrable=True,
            initially="DEFERRED",
            use_alter=True,
        ),
        ForeignKeyConstraint(
            ["id", "version", "first_event"],
            ["events.case_id", "events.case_version", "events.ordinal"],
            name="fk_cases_has_event",
            deferrable=True,
            initially="DEFERRED",
            use_alter=True,
        ),
        ForeignKeyConstraint(["origin_climb_id"], ["climbs.id"], name="fk_cases_origin_climb_id", use_alter=True),
        ForeignKeyConstraint(["origin_talk_id"], ["talks.id"], name="fk_cases_origin_talk_id", use_alter=True),
        Index(
            "ix_cases_due",
            "round_id",
            "stage",
            "next_action_at",
            postgresql_where="next_action_at IS NOT NULL",
        ),
        Index(
            "ix_cases_next_action_at",
            "next_action_at",
            "round_id",
            postgresql_where="next_action_at IS NOT NULL",
        ),
        Index("ix_cases_subject_id", "subject_id"),
        Index("ix_cases_origin_talk_id", "origin_talk_id", postgresql_where="origin_talk_id IS NOT NULL"),
        Index("ix_cases_origin_case_id", "origin_case_id", postgresql_where="origin_case_id IS NOT NULL"),
        Index("ix_cases_round_id_stage", "round_id", "stage"),
    )

    id: int | None = identity()
    round_id: int = key_to("rounds.id")
    subject_id: str = Field(foreign_key="subjects.id")
    matter: str = text(default="")
    """What it is about, where a round holds several cases of one subject; empty in ordinary rounds."""
    origin_climb_id: int | None = Field(default=None, sa_type=BigInteger)
    """The decided measure that opened it."""
    origin_talk_id: int | None = Field(default=None, sa_type=BigInteger)
    """The talk whose commitment it follows."""
    origin_case_id: int | None = key_to("cases.id", default=None)
    """The case of which it is a part that was assigned to somebody."""
    year: int
    status: CaseStatus = words(CaseStatus)
    stage: str | None = text(default=None)
    work_item_id: int | None = Field(default=None, sa_type=BigInteger)
    outcome: CaseOutcome | None = words(CaseOutcome, default=None, nullable=True)
    sampled: bool | None = None
    version: int = 1
    next_action_at: datetime | None = moment(default=None)
    opened_at: datetime = moment()
    suspended_at: datetime | None = moment(default=None)
    closed_at: datetime | None = moment(default=None)
    live: bool | None = Field(
        default=None,
        sa_column=Column(
            "live",
            Boolean,
            Computed("CASE WHEN status IN ('open', 'suspended') THEN true END", persisted=True),
        ),
    )
    first_event: int | None = Field(
        default=None, sa_column=Column("first_event", Integer, Computed("0", persisted=True))
    )


class WorkItem(SQLModel, table=True):
    """One visit of a case to a stage. Sent back is the same item, next attempt."""

    __tablename__ = "work_items"
    __table_args__ = (
        UniqueConstraint("case_id", "stage", "visit"),
        UniqueConstraint("id", "case_id", "live"),
        Index("uq_work_items_one_open", "case_id", unique=True, postgresql_where="status = 'open'"),
        Index("ix_work_items_open_due", "due_on", postgresql_where="status = 'open'"),
        CheckConstraint("(status = 'done') = (outcome IS NOT NULL)", name="done_has_outcome"),
        ForeignKeyConstraint(
            ["case_id", "live"],
            ["cases.id", "cases.live"],
            name="fk_work_items_live_case",
            deferrable=True,
            initially="DEFERRED",
        ),
    )

    id: int | None = identity()
    case_id: int = key_to("cases.id", index=True)
    stage: str = text()
    owner: Role = words(Role)
    visit: int = 1
    attempt: int = 1
    status: ItemStatus = words(ItemStatus, default=ItemStatus.OPEN)
    outcome: str | None = text(default=None)
    opened_at: datetime = moment()
    """When this attempt began."""
    due_on: date
    due_since: datetime = moment()
    provisional: bool = False
    completed_at: datetime | None = moment(default=None)
    live: bool | None = Field(
        default=None,
        sa_column=Column("live", Boolean, Computed("CASE WHEN status = 'open' THEN true END", persisted=True)),
    )


class Event(SQLModel, table=True):
    """History: append-only. Transitions carry the case version they made; other deeds carry none."""

    __tablename__ = "events"
    __table_args__ = (
        UniqueConstraint("case_id", "case_version", "ordinal"),
        Index("ix_events_case_id_id", "case_id", "id"),
        Index("ix_events_round_id_id", "round_id", "id"),
    )

    id: int | None = identity()
    round_id: int = key_to("rounds.id")
    case_id: int | None = key_to("cases.id", default=None)
    case_version: int | None = None
    ordinal: int | None = None
    work_item_id: int | None = Field(default=None, sa_type=BigInteger)
    kind: EventKind = words(EventKind)
    actor_id: int | None = key_to("users.id", default=None)
    """Who did it; empty where time did."""
    actor_name: str = text(default="")
    at: datetime = moment()
    data: dict[str, Any] = json(default_factory=dict)


class Submission(SQLModel, table=True):
    """What a district handed in for one attempt of a work item; unchangeable once accepted."""

    __tablename__ = "submissions"
    __table_args__ = (UniqueConstraint("work_item_id", "attempt"),)

    id: int | None = identity()
    case_id: int = key_to("cases.id", index=True)
    work_item_id: int = key_to("work_items.id")
    attempt: int
    status: SubmissionStatus = words(SubmissionStatus, default=SubmissionStatus.SUBMITTED)
    note: str = text(default="")
    submitted_by: int = key_to("users.id")
    submitted_at: datetime = moment()
    decided_by: int | None = key_to("users.id", default=None)
    decided_at: datetime | None = moment(default=None)
    decision_note: str = text(default="")


class Document(SQLModel, table=True):
    """A file handed in for a deliverable of a work item; rows are never changed, a better one is added."""

    __tablename__ = "documents"

    id: int | None = identity()
    case_id: int = key_to("cases.id", index=True)
    work_item_id: int = key_to("work_items.id", index=True)
    attempt: int
    deliverable: str = text()
    filename: str = text()
    media_type: str = text()
    size: int = Field(sa_type=BigInteger)
    sha256: str = Field(foreign_key="blobs.sha256")
    uploaded_by: int = key_to("users.id")
    uploaded_at: datetime = moment()


class Blob(SQLModel, table=True):
    """The bytes of documents, each content once."""

    __tablename__ = "blobs"

    sha256: str = text(primary_key=True)
    content: bytes = Field(sa_type=LargeBinary)


class Extension(SQLModel, table=True):
    """A request for more time, made before the due date, and what was decided."""

    __tablename__ = "extensions"
    __table_args__ = (
        Index("uq_extensions_one_pending", "work_item_id", unique=True, postgresql_where="status = 'requested'"),
        CheckConstraint("requested_due_on > due_on", name="later"),
    )

    id: int | None = identity()
    case_id: int = key_to("cases.id", index=True)
    work_item_id: int = key_to("work_items.id")
    attempt: int
    due_on: date
    requested_due_on: date
    reason: str = text()
    approver: Role = words(Role, default=Role.COORDINATOR)
    """Who must decide it: long or repeated requests need the higher signature."""
    status: ExtensionStatus = words(ExtensionStatus, default=ExtensionStatus.REQUESTED)
    requested_by: int = key_to("users.id")
    requested_at: datetime = moment()
    decided_by: int | None = key_to("users.id", default=None)
    decided_at: datetime | None = moment(default=None)
    decision_note: str = text(default="")


class TeamMember(SQLModel, table=True):
    """Who inspects a case on site."""

    __tablename__ = "team_members"

    case_id: int = key_to("cases.id", primary_key=True)
    inspector_id: int = key_to("inspectors.id", primary_key=True)
    role: TeamRole = words(TeamRole)
