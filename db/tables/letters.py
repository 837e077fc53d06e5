"""Official letters, whose heading they bear, and the register of their numbers (文号)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlmodel import Field, SQLModel

from db.tables.base import identity, json, key_to, moment, text, words
from process.vocabulary import LetterKind


class Letterhead(SQLModel, table=True):
    """Under whose heading and prefix a kind of letter goes out.

    Offices are renamed: this is data, edited by the office. A letter keeps what it was signed with.
    """

    __tablename__ = "letterheads"

    kind: LetterKind = words(LetterKind, primary_key=True)
    heading: str = text()
    """发文机关标志, as 重庆市人民政府教育督导室."""
    issuer: str = text()
    """署名."""
    prefix: str = text(default="")
    """机关代字, as 渝府教督发; empty for kinds without a number."""
    addressees: list[str] = json(default_factory=list)
    """主送 of what goes to others than its subject: the authority above, all units at once. Empty: to the subject."""
    copies: list[str] = json(default_factory=list)
    """抄送."""
    note: str = text(default="")
    """附注, as 此件不公开."""


class Letter(SQLModel, table=True):
    """An official letter as it was signed, about a case or a whole round; rendered afterwards, once.

    ``sets_due_on`` is the day it names for rectification, if it does. Everything it says is in ``fields``: it can be
    written again from this row alone.
    """

    __tablename__ = "letters"
    __table_args__ = (
        Index("uq_letters_number", "number", unique=True, postgresql_where="number <> ''"),
        Index("ix_letters_unrendered", "id", postgresql_where="sha256 IS NULL AND trouble = ''"),
        Index("ix_letters_round_id_id", "round_id", "id"),
    )

    id: int | None = identity()
    round_id: int = key_to("rounds.id")
    case_id: int | None = key_to("cases.id", default=None, index=True)
    climb_id: int | None = key_to("climbs.id", default=None)
    talk_id: int | None = key_to("talks.id", default=None)
    kind: LetterKind = words(LetterKind)
    number: str = text(default="")
    """文号, as 渝府教督发〔2022〕5号; empty for kinds that bear none."""
    issued_on: date
    sets_due_on: date | None = None
    content: str = text(default="")
    fields: dict[str, Any] = json(default_factory=dict)
    """The particulars of its kind (process.letters)."""
    heading: str = text(default="")
    issuer: str = text(default="")
    addressees: list[str] = json(default_factory=list)
    copies: list[str] = json(default_factory=list)
    note: str = text(default="")
    published_at_url: str = text(default="")
    issued_by: int | None = key_to("users.id", default=None)
    """Who signed it; empty where time sends it by itself (催办单, 督办单)."""
    issued_at: datetime = moment()
    sha256: str | None = Field(default=None, foreign_key="blobs.sha256")
    """The .docx, once it is rendered."""
    rendered_at: datetime | None = moment(default=None)
    trouble: str = text(default="")
    """Why it could not be rendered, if it could not."""


class LetterRegister(SQLModel, table=True):
    """The last number given under a prefix in a year; its row is the lock that keeps the numbers without gaps."""

    __tablename__ = "letter_registers"

    prefix: str = text(primary_key=True)
    year: int = Field(primary_key=True)
    last: int


class LetterNumber(SQLModel, table=True):
    """A number of the register: given at signing, never given again, kept also when it is void."""

    __tablename__ = "letter_numbers"
    __table_args__ = (
        ForeignKeyConstraint(["prefix", "year"], ["letter_registers.prefix", "letter_registers.year"]),
        CheckConstraint("(voided_at IS NULL) = (void_reason = '')", name="void_has_reason"),
    )

    prefix: str = text(primary_key=True)
    year: int = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    letter_id: int = key_to("letters.id", unique=True)
    given_at: datetime = moment()
    voided_at: datetime | None = moment(default=None)
    voided_by: int | None = key_to("users.id", default=None)
    void_reason: str = text(default="")
