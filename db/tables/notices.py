"""What is said: the notice (it is the inbox), its copies on other channels (they are the outbox), who wants what."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from db.tables.base import identity, json, key_to, moment, text, words
from process.vocabulary import Channel, DeliveryStatus, Mode, NoticeKind, Position


class Notice(SQLModel, table=True):
    """Something said to one recipient, written in the transaction of what it tells.

    ``key`` is built in ``casework/keys.py`` only, from stable ids. The recipient is a position's contact or an account.
    """

    __tablename__ = "notices"
    __table_args__ = (
        CheckConstraint("num_nonnulls(contact_id, user_id) = 1", name="one_recipient"),
        Index("ix_notices_round_id_id", "round_id", "id"),
        Index("ix_notices_subject_id_id", "subject_id", "id"),
        Index("ix_notices_user_id_id", "user_id", "id"),
        Index("ix_notices_case_id_id", "case_id", "id"),
        Index("ix_notices_chase_at", "chase_at", postgresql_where="chase_at IS NOT NULL"),
        Index("ix_notices_letter_id", "letter_id", postgresql_where="letter_id IS NOT NULL"),
        Index("ix_notices_contact_id_id", "contact_id", "id"),
    )

    id: int | None = identity()
    key: str = text(unique=True)
    kind: NoticeKind = words(NoticeKind)
    round_id: int | None = key_to("rounds.id", default=None)
    """Empty for what speaks of all rounds (the weekly bulletin)."""
    case_id: int | None = key_to("cases.id", default=None)
    work_item_id: int | None = key_to("work_items.id", default=None)
    attempt: int | None = None
    due_on: date | None = None
    """The due date when it was queued: a reminder for another one is not sent."""
    climb_id: int | None = key_to("climbs.id", default=None, index=True)
    talk_id: int | None = key_to("talks.id", default=None)
    letter_id: int | None = key_to("letters.id", default=None)
    """The official letter that is attached to it."""
    subject_id: str | None = Field(default=None, foreign_key="subjects.id")
    """The district in whose inbox it lies; empty for the office's own people."""
    contact_id: int | None = key_to("contacts.id", default=None)
    position: Position | None = words(Position, default=None, nullable=True)
    user_id: int | None = key_to("users.id", default=None)
    data: dict[str, Any] = json(default_factory=dict)
    created_at: datetime = moment()
    opened_at: datetime | None = moment(default=None)
    """When its receipt page (or the notice in the inbox) was first looked at."""
    chase_at: datetime | None = moment(default=None)
    """When a missing receipt must be asked for next; empty where none is needed, or nothing is left to ask."""
    signed_at: datetime | None = moment(default=None)
    signed_by: int | None = key_to("users.id", default=None)
    """The account that signed; empty where it was signed by the link in the mail."""


class Delivery(SQLModel, table=True):
    """One copy of a notice on a channel. Rendered and addressed when it is sent, then kept as sent."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("notice_id", "channel"),
        Index(
            "ix_deliveries_waiting", "channel", "next_attempt_at", postgresql_where="status IN ('pending', 'sending')"
        ),
        Index("ix_deliveries_trouble", "status", postgresql_where="status IN ('dead', 'uncertain')"),
    )

    id: int | None = identity()
    notice_id: int = key_to("notices.id")
    channel: Channel = words(Channel)
    status: DeliveryStatus = words(DeliveryStatus, default=DeliveryStatus.PENDING)
    next_attempt_at: datetime = moment()
    """Not before this moment; while sending, the end of the sender's lease."""
    attempts: int = 0
    mode: Mode = words(Mode, default=Mode.AT_ONCE)
    """By itself, or with others of the day in one digest."""
    message_id: str = text(unique=True)
    """The part before the @ of the Message-ID, fixed from the notice's key before the first attempt."""
    mail_id: str | None = text(default=None)
    """The Message-ID under which it went out: its own, or that of the digest it was part of."""
    address: str | None = text(default=None)
    subject_line: str | None = text(default=None)
    body: str | None = text(default=None)
    sent_at: datetime | None = moment(default=None)
    answer: str = text(default="")
    """The server's answer, or why it was cancelled or given up."""


class Preference(SQLModel, table=True):
    """How a contact or an account wants to be told of one kind of thing. The mandatory kinds take none."""

    __tablename__ = "preferences"
    __table_args__ = (
        CheckConstraint("num_nonnulls(contact_id, user_id) = 1", name="one_person"),
        UniqueConstraint("contact_id", "kind"),
        UniqueConstraint("user_id", "kind"),
    )

    id: int | None = identity()
    contact_id: int | None = key_to("contacts.id", default=None)
    user_id: int | None = key_to("users.id", default=None)
    kind: NoticeKind = words(NoticeKind)
    mode: Mode = words(Mode)


class CalendarFeed(SQLModel, table=True):
    """An address under which a calendar program fetches deadlines; only the hash of its secret is kept."""

    __tablename__ = "calendar_feeds"

    id: int | None = identity()
    token_hash: str = text(unique=True)
    user_id: int = key_to("users.id", index=True)
    round_id: int | None = key_to("rounds.id", default=None)
    """Only this round's deadlines; empty for everything that waits on the person."""
    created_at: datetime = moment()
    revoked_at: datetime | None = moment(default=None)


class LinkSecret(SQLModel, table=True):
    """The key with which the links in mails are signed: one row, made with the table."""

    __tablename__ = "link_secrets"

    id: int = Field(primary_key=True)
    secret: str = text()
