"""Subjects, their contacts, the accounts, the inspectors."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from db.tables.base import identity, key_to, moment, text, words
from process.vocabulary import Position, RecusalGround, Role, SubjectKind


class Subject(SQLModel, table=True):
    """Whom rounds are about. Effective-dated: both ends inclusive, empty is open. Codes are unique per time only."""

    __tablename__ = "subjects"
    __table_args__ = (
        Index("ix_subjects_district_id_kind", "district_id", "kind"),
        Index("ix_subjects_parent_id", "parent_id"),
    )

    id: str = text(primary_key=True)
    kind: SubjectKind = words(SubjectKind)
    code: str = text(default="")
    name: str = text(index=True)
    alias: str = text(default="")
    region_kind: str = text(default="")
    """区, 县, 自治县 or 管委会."""
    education_office: str = text(default="")
    """What the education authority is called there (教委, 教育局, 公共服务局); empty where unknown."""
    valid_from: date | None = None
    valid_to: date | None = None
    successor_id: str | None = Field(default=None, foreign_key="subjects.id")
    parent_id: str | None = Field(default=None, foreign_key="subjects.id")
    """Of a school its district, of a principal the school; empty for districts and what the city runs itself."""
    district_id: str | None = Field(default=None, foreign_key="subjects.id")
    """The district that answers for it: it sees its cases and is told where the subject has no contact of its own."""


class Contact(SQLModel, table=True):
    """Who holds a position at a subject, from when until when (inclusive)."""

    __tablename__ = "contacts"
    __table_args__ = (Index("ix_contacts_subject_id_position", "subject_id", "position"),)

    id: int | None = identity()
    subject_id: str = Field(foreign_key="subjects.id")
    position: Position = words(Position)
    name: str = text()
    email: str | None = text(default=None)
    phone: str = text(default="")
    bot_url: str = text(default="")
    """An Apprise address of the office's bot (企业微信, 钉钉, 飞书), if there is one."""
    valid_from: date | None = None
    valid_to: date | None = None


class User(SQLModel, table=True):
    """An account. District accounts belong to one subject and see only it."""

    __tablename__ = "users"
    __table_args__ = (CheckConstraint("(role = 'district') = (subject_id IS NOT NULL)", name="district_has_subject"),)

    id: int | None = identity()
    username: str = text(unique=True)
    name: str = text()
    role: Role = words(Role)
    email: str | None = text(default=None)
    phone: str = text(default="")
    bot_url: str = text(default="")
    password_hash: str = text()
    subject_id: str | None = Field(default=None, foreign_key="subjects.id")
    active: bool = True


class SignIn(SQLModel, table=True):
    """A session of an account; only the hash of its token is kept."""

    __tablename__ = "sign_ins"

    token_hash: str = text(primary_key=True)
    user_id: int = key_to("users.id", index=True)
    created_at: datetime = moment()
    expires_at: datetime = moment()


class Inspector(SQLModel, table=True):
    """A 督学 or an expert who can join teams."""

    __tablename__ = "inspectors"

    id: int | None = identity()
    name: str = text()
    home_subject_id: str | None = Field(default=None, foreign_key="subjects.id")
    is_inspector: bool = True
    """False for an expert, who does not count towards the three (条例 16)."""
    expertise: str = text(default="")
    user_id: int | None = key_to("users.id", default=None)
    active: bool = True
    full_time: bool = False
    """专职督学."""
    number: str = text(default="")
    """The number of the certificate (督学证)."""
    education: str = text(default="")
    years_in_education: int | None = None
    """教育工作年限 (《教育督导条例》第七条)."""
    subject_id: str | None = Field(default=None, foreign_key="subjects.id", unique=True)
    """The subject under which cases about this person run."""


class InspectorTie(SQLModel, table=True):
    """A ground on which an inspector must not inspect a subject. ``left_on`` dates a past employment."""

    __tablename__ = "inspector_ties"
    __table_args__ = (UniqueConstraint("inspector_id", "subject_id", "ground"),)

    id: int | None = identity()
    inspector_id: int = key_to("inspectors.id", index=True)
    subject_id: str = Field(foreign_key="subjects.id")
    ground: RecusalGround = words(RecusalGround)
    left_on: date | None = None


class Delegation(SQLModel, table=True):
    """A person on leave hands over to another, both days included: an account to one of its own role, or a contact
    to another of its subject. Notices go to the deputy; an account's deputy may also decide in its stead."""

    __tablename__ = "delegations"
    __table_args__ = (
        CheckConstraint(
            "num_nonnulls(user_id, contact_id) = 1 AND (user_id IS NULL) = (to_user_id IS NULL) "
            "AND (contact_id IS NULL) = (to_contact_id IS NULL)",
            name="like_to_like",
        ),
        CheckConstraint("user_id <> to_user_id", name="another_account"),
        CheckConstraint("contact_id <> to_contact_id", name="another_contact"),
        CheckConstraint("first_day <= last_day", name="period"),
        Index("ix_delegations_to_user_id", "to_user_id"),
    )

    id: int | None = identity()
    user_id: int | None = key_to("users.id", default=None, index=True)
    to_user_id: int | None = key_to("users.id", default=None)
    contact_id: int | None = key_to("contacts.id", default=None, index=True)
    to_contact_id: int | None = key_to("contacts.id", default=None)
    first_day: date
    last_day: date
    reason: str = text()
    created_by: int = key_to("users.id")
    created_at: datetime = moment()
    revoked_at: datetime | None = moment(default=None)
