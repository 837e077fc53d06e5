"""What all tables share."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, DateTime, Enum, Identity, MetaData, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

# Deterministic names, so that migrations can speak of constraints.
SQLModel.metadata.naming_convention = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
).naming_convention


def identity() -> Any:
    """A bigint key given by the database."""
    return Field(default=None, primary_key=True, sa_type=BigInteger, sa_column_args=[Identity(always=False)])


def words(kind: type[StrEnum], **options: Any) -> Any:
    """A column of one of our vocabularies, stored as its value and held to it by a CHECK."""
    return Field(
        sa_type=Enum(
            kind,
            native_enum=False,
            create_constraint=True,
            length=32,
            name=kind.__name__.lower(),
            values_callable=lambda members: [member.value for member in members],
        ),
        **options,
    )


def moment(**options: Any) -> Any:
    """An aware point in time."""
    return Field(sa_type=DateTime(timezone=True), **options)


def text(**options: Any) -> Any:
    """Text without a limit."""
    return Field(sa_type=Text, **options)


def json(**options: Any) -> Any:
    """A JSONB document."""
    return Field(sa_type=JSONB, **options)


def key_to(target: str, **options: Any) -> Any:
    """A bigint foreign key."""
    return Field(foreign_key=target, sa_type=BigInteger, **options)


__all__ = ["SQLModel", "datetime", "identity", "json", "key_to", "moment", "text", "words"]
