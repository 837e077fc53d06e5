"""Published processes: which versions there are, where each came from, how often it was launched."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field
from sqlalchemy import text
from sqlmodel import Session

from db.queries.rows import Row
from process.vocabulary import SubjectKind


class VersionRow(Row):
    """One published version."""

    name: str
    version: int
    title: str
    subjects: SubjectKind
    published_at: datetime
    built_in: bool = Field(description="是否本系统自带")
    installed_by: str | None = Field(description="安装人；自带的和用命令安装的为空")
    rounds: int = Field(description="启动过几个轮次")


_VERSIONS = text(
    """
    SELECT d.name, d.version, d.title, d.definition->>'subjects' AS subjects, d.published_at, d.source = '' AS built_in,
           u.name AS installed_by, count(r.id) AS rounds
    FROM process_definitions d
    LEFT JOIN users u ON u.id = d.installed_by
    LEFT JOIN rounds r ON r.process_name = d.name AND r.process_version = d.version
    GROUP BY d.name, d.version, u.name
    ORDER BY d.source <> '' DESC, coalesce(nullif((d.definition->>'item')::int, 0), 99), d.name, d.version DESC
    """
)

_SOURCE = text("SELECT source FROM process_definitions WHERE name = :name AND version = :version")


def versions(session: Session) -> list[VersionRow]:
    """Every version of every process: those the office installed first, then by item; the newest version first."""
    return [VersionRow.model_validate(dict(row)) for row in session.execute(_VERSIONS).mappings()]


def source_of(session: Session, name: str, version: int) -> str:
    """The form a version was installed from; empty for one that comes with the program."""
    return session.execute(_SOURCE, {"name": name, "version": version}).scalar() or ""
