"""The days that somebody above us set for the stages of a round."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field
from sqlalchemy import text
from sqlmodel import Session

from db.queries.rows import Row


class ExternalRow(Row):
    """A stage whose day is set from above."""

    stage: str
    stage_title: str = Field(default="", description="环节名称")
    on_day: date = Field(description="上级确定的时间")
    due_on: date | None = Field(default=None, description="我方办理期限")
    buffer: int = Field(default=0, description="提前的工作日数")
    source: str = Field(description="来源")
    set_by: str = Field(description="登记人")
    set_at: datetime


_DAYS = text(
    """
    SELECT e.stage, e.on_day, e.source, u.name AS set_by, e.set_at
    FROM external_dates e JOIN users u ON u.id = e.set_by WHERE e.round_id = :round
    """
)


def external_of(session: Session, round_id: int) -> dict[str, ExternalRow]:
    """The days of a round, by stage."""
    return {row["stage"]: ExternalRow(**dict(row)) for row in session.execute(_DAYS, {"round": round_id}).mappings()}
