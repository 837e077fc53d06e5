"""Rungs climbed, measures proposed, and talks."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import SQLModel

from db.tables.base import identity, json, key_to, moment, text, words
from process.vocabulary import ClimbStatus, RungKind, TalkStatus, Trigger


class Climb(SQLModel, table=True):
    """A rung that fell due, or a measure that was proposed, for one attempt of a work item.

    Once per attempt and rung, reminders once per due date; again where more time excused the slip. What is
    proposed for another reason than the rung's own moment is told apart by its ``rung`` (``kind@trigger``).
    """

    __tablename__ = "climbs"
    __table_args__ = (
        Index(
            "uq_climbs_rung",
            "work_item_id",
            "attempt",
            "rung",
            unique=True,
            postgresql_where="kind <> 'reminder' AND excused_at IS NULL",
        ),
        Index(
            "uq_climbs_reminder",
            "work_item_id",
            "attempt",
            "rung",
            "due_on",
            unique=True,
            postgresql_where="kind = 'reminder'",
        ),
        Index("ix_climbs_proposed", "status", postgresql_where="status = 'proposed'"),
    )

    id: int | None = identity()
    case_id: int = key_to("cases.id", index=True)
    work_item_id: int = key_to("work_items.id")
    attempt: int
    rung: str = text()
    kind: RungKind = words(RungKind)
    due_on: date
    trigger: Trigger = words(Trigger, default=Trigger.OVERDUE)
    status: ClimbStatus = words(ClimbStatus)
    reason: str = text()
    basis: str = text(default="")
    """The article or sentence it rests on."""
    evidence: dict[str, Any] = json(default_factory=dict)
    """For what a person must decide: ``{items, warnings, findings}`` as they stood when it was proposed."""
    proposed_by: int | None = key_to("users.id", default=None)
    """Who proposed it; empty where time or a condition did."""
    at: datetime = moment()
    delivered_at: datetime | None = moment(default=None)
    """When the first of its notices was handed over (or signed for)."""
    excused_at: datetime | None = moment(default=None)
    """When more time was granted although the thing was late: the slip it spoke of is none any more."""
    decided_by: int | None = key_to("users.id", default=None)
    decided_at: datetime | None = moment(default=None)
    decision_note: str = text(default="")


class Talk(SQLModel, table=True):
    """A 约谈 from proposal to the follow-up of its commitments; at most one alive per case."""

    __tablename__ = "talks"
    __table_args__ = (
        Index(
            "uq_talks_one_alive",
            "case_id",
            unique=True,
            postgresql_where="status NOT IN ('waived', 'followed_up', 'lapsed')",
        ),
        Index("ix_talks_status", "status"),
    )

    id: int | None = identity()
    case_id: int = key_to("cases.id", index=True)
    climb_id: int | None = key_to("climbs.id", default=None)
    work_item_id: int | None = key_to("work_items.id", default=None)
    trigger: Trigger = words(Trigger)
    reason: str = text()
    evidence: list[dict[str, Any]] = json(default_factory=list)
    """What was said before and when it was delivered: ``{rung, kind, at, delivered_at}``."""
    status: TalkStatus = words(TalkStatus, default=TalkStatus.PROPOSED)
    proposed_at: datetime = moment()
    decided_by: int | None = key_to("users.id", default=None)
    decided_at: datetime | None = moment(default=None)
    decision_note: str = text(default="")
    notified_at: datetime | None = moment(default=None)
    scheduled_for: datetime | None = moment(default=None)
    place: str = text(default="")
    talkers: str = text(default="")
    """Who talks to them (约谈人)."""
    persons: str = text(default="")
    held_at: datetime | None = moment(default=None)
    attended: str = text(default="")
    minuted_at: datetime | None = moment(default=None)
    minutes: str = text(default="")
    commitments: list[dict[str, Any]] = json(default_factory=list)
    """``{text, due_on}`` each."""
    followed_up_at: datetime | None = moment(default=None)
    follow_up_note: str = text(default="")
