"""Who stands in for whom, and who may be asked to."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import Field
from sqlalchemy import text
from sqlmodel import Session

from db.queries.rows import Page, Row, Window, page_of
from db.queries.sight import own
from process.vocabulary import Position, Role, Titled


class DelegationState(Titled):
    """Where a delegation stands on a day."""

    UPCOMING = "upcoming", "未开始"
    IN_FORCE = "in_force", "委托中"
    OVER = "over", "已结束"
    REVOKED = "revoked", "已提前结束"


class DelegationRow(Row):
    """A delegation: of an account (``user_id``) or of a contact (``contact_id``)."""

    id: int
    state: DelegationState
    state_title: str = ""
    user_id: int | None
    contact_id: int | None
    name: str = Field(description="离岗者")
    role: Role | None
    role_title: str = ""
    position: Position | None
    position_title: str = ""
    to_user_id: int | None
    to_contact_id: int | None
    deputy: str = Field(description="受托人")
    deputy_role: Role | None
    deputy_role_title: str = ""
    deputy_position: Position | None
    deputy_position_title: str = ""
    subject_id: str | None = Field(description="联系人所属的督导对象")
    subject: str | None
    first_day: date
    last_day: date
    reason: str
    created_by: int
    created_by_name: str = Field(description="登记者")
    created_at: datetime
    revoked_at: datetime | None


_DELEGATIONS = text(
    f"""
    SELECT l.id, l.user_id, l.contact_id, coalesce(u.name, c.name) AS name, u.role, c.position,
           l.to_user_id, l.to_contact_id, coalesce(v.name, d.name) AS deputy, v.role AS deputy_role,
           d.position AS deputy_position, c.subject_id, s.name AS subject, l.first_day, l.last_day, l.reason,
           l.created_by, m.name AS created_by_name, l.created_at, l.revoked_at,
           CASE WHEN l.revoked_at IS NOT NULL THEN 'revoked' WHEN l.last_day < :today THEN 'over'
                WHEN l.first_day > :today THEN 'upcoming' ELSE 'in_force' END AS state,
           count(*) OVER () AS total
    FROM delegations l JOIN users m ON m.id = l.created_by
    LEFT JOIN users u ON u.id = l.user_id LEFT JOIN users v ON v.id = l.to_user_id
    LEFT JOIN contacts c ON c.id = l.contact_id LEFT JOIN contacts d ON d.id = l.to_contact_id
    LEFT JOIN subjects s ON s.id = c.subject_id
    WHERE {own("c.subject_id")}
        AND (CAST(:mine AS bigint) IS NULL OR :mine IN (l.user_id, l.to_user_id))
        AND (CAST(:id AS bigint) IS NULL OR l.id = :id)
        AND (CAST(:over AS boolean) IS NULL OR :over = (l.revoked_at IS NOT NULL OR l.last_day < :today))
    ORDER BY l.contact_id IS NOT NULL, CASE WHEN :over THEN DATE '9999-12-31' - l.last_day END, l.first_day, l.id
    LIMIT :limit OFFSET :offset
    """
)


def delegations(
    session: Session, *, today: date, only: str | None, mine: int | None, over: bool, window: Window
) -> Page[DelegationRow]:
    """Those in force or to come, or those over; of one subject (``only``), of one account (``mine``), or all."""
    return _asked(session, window, today=today, only=only, mine=mine, over=over, id=None)


def one_delegation(
    session: Session, delegation_id: int, *, today: date, only: str | None, mine: int | None
) -> DelegationRow | None:
    """One delegation, if it is among those."""
    found = _asked(session, Window(1), today=today, only=only, mine=mine, over=None, id=delegation_id).items
    return found[0] if found else None


def _asked(session: Session, window: Window, **cut: Any) -> Page[DelegationRow]:
    rows = session.execute(_DELEGATIONS, {**cut, **window.parameters}).mappings().all()
    return page_of(DelegationRow, rows, window)


class Colleague(Row):
    """An account of the office that hands over, or stands in."""

    id: int
    name: str
    role: Role
    role_title: str = ""


_COLLEAGUES = text("SELECT id, name, role FROM users WHERE active AND role = ANY(:roles) ORDER BY role, name, id")


def colleagues(session: Session, roles: tuple[Role, ...]) -> list[Colleague]:
    """The active accounts of those roles."""
    found = session.execute(_COLLEAGUES, {"roles": [role.value for role in roles]})
    return [Colleague(**row) for row in found.mappings()]
