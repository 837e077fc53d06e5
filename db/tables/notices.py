"""What is said: the notice (it is the inbox), and its copies on other channels (they are the outbox)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from db.tables.base import identity, json, key_to, moment, text, words
from process.vocabulary import Channel, DeliveryStatus, NoticeKind, Position


class Notice(SQLModel, table=True):
    """Something said to one recipient, written in the transaction of what it tells.

    ``key`` is built in ``casework/keys.py`` only, from stable ids. The recipient is a position's contact or an account.
    """

    __tablename__ = "notices"
    __table_args__ = (
        CheckConstraint("num_nonnulls(contact_id, user_id) = 1", name="one_recipient"),
        Index("ix_notices_subject_id_id", "subject_id", "id"),
        Index("ix_notices_user_id_id", "user_id", "id"),
        Index("ix_notices_case_id_id", "case_id", "id"),
    )

    id: int | None = identity()
    key: str = text(unique=True)
    kind: NoticeKind = words(NoticeKind)
    round_id: int = key_to("rounds.id")
    case_id: int = key_to("cases.id")
    work_item_id: int | None = key_to("work_items.id", default=None)
    attempt: int | None = None
    due_on: date | None = None
    """The due date when it was queued: a reminder for another one is not sent."""
    climb_id: int | None = key_to("climbs.id", default=None, index=True)
    talk_id: int | None = key_to("talks.id", default=None)
    subject_id: str | None = Field(default=None, foreign_key="subjects.id")
    """The district in whose inbox it lies; empty for the office's own people."""
    contact_id: int | None = key_to("contacts.id", default=None)
    position: Position | None = words(Position, default=None, nullable=True)
    user_id: int | None = key_to("users.id", default=None)
    data: dict[str, Any] = json(default_factory=dict)
    created_at: datetime = moment()
    signed_at: datetime | None = moment(default=None)
    signed_by: int | None = key_to("users.id", default=None)


class Delivery(SQLModel, table=True):
    """One copy of a notice on a channel. Rendered and addressed when it is sent, then kept as sent."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("notice_id", "channel"),
        Index("ix_deliveries_waiting", "next_attempt_at", postgresql_where="status IN ('pending', 'sending')"),
        Index("ix_deliveries_trouble", "status", postgresql_where="status IN ('dead', 'uncertain')"),
    )

    id: int | None = identity()
    notice_id: int = key_to("notices.id")
    channel: Channel = words(Channel)
    status: DeliveryStatus = words(DeliveryStatus, default=DeliveryStatus.PENDING)
    next_attempt_at: datetime = moment()
    """Not before this moment; while sending, the end of the sender's lease."""
    attempts: int = 0
    message_id: str = text(unique=True)
    """The part before the @ of the Message-ID, fixed from the notice's key before the first attempt."""
    address: str | None = text(default=None)
    subject_line: str | None = text(default=None)
    body: str | None = text(default=None)
    sent_at: datetime | None = moment(default=None)
    answer: str = text(default="")
    """The server's answer, or why it was cancelled or given up."""
