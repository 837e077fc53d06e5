"""Whose inbox holds what."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from db.queries.rows import Page, Row, Window, page_of
from db.queries.sight import Sight
from process.vocabulary import NoticeKind, Position


class NoticeRow(Row):
    """A notice in an inbox."""

    id: int
    kind: NoticeKind
    kind_title: str = ""
    round_title: str
    case_id: int | None
    subject: str
    position: Position | None
    position_title: str = ""
    due_on: date | None
    letter_id: int | None
    data: dict[str, Any]
    created_at: datetime
    signed_at: datetime | None
    signed_by: str | None

    @property
    def needs_receipt(self) -> bool:
        """Whether it must be signed for: by a district's people, never by the office for a copy."""
        return self.kind.needs_receipt and self.position is not None


# A unit's inbox is the unit's; everybody else's is their own, with what is said to them as the one it is about.
_INBOX = text(
    """
    SELECT n.id, n.kind, coalesce(r.title, '') AS round_title, n.case_id, coalesce(s.name, '') AS subject,
           n.position, n.due_on, n.letter_id, n.data,
           n.created_at, n.signed_at,
           coalesce(g.name, n.data ->> 'signed_by') AS signed_by,
           count(*) OVER () AS total
    FROM notices n LEFT JOIN rounds r ON r.id = n.round_id LEFT JOIN cases c ON c.id = n.case_id
    LEFT JOIN subjects s ON s.id = c.subject_id LEFT JOIN users g ON g.id = n.signed_by
    WHERE CASE WHEN CAST(:only AS text) IS NOT NULL THEN n.subject_id = :only
               ELSE n.user_id = :user OR n.subject_id = CAST(:in_person AS text) END
        AND (NOT :unsigned OR (n.signed_at IS NULL AND n.position IS NOT NULL AND n.kind = ANY(:signed_for)))
        AND (CAST(:notice AS bigint) IS NULL OR n.id = :notice)
    ORDER BY n.id DESC LIMIT :limit OFFSET :offset
    """
)


def inbox(
    session: Session, *, sight: Sight, user_id: int, unsigned: bool = False, window: Window | None = None
) -> Page[NoticeRow]:
    """The notices to a district, or to an account of the office, newest first."""
    return _asked(session, sight, user_id, unsigned, None, window or Window())


def one_notice(session: Session, notice_id: int, *, sight: Sight, user_id: int) -> NoticeRow | None:
    """One notice of that inbox."""
    found = _asked(session, sight, user_id, False, notice_id, Window(1)).items
    return found[0] if found else None


def _asked(
    session: Session, sight: Sight, user_id: int, unsigned: bool, notice: int | None, window: Window
) -> Page[NoticeRow]:
    signed_for = [kind.value for kind in NoticeKind if kind.needs_receipt]
    parameters = {
        "signed_for": signed_for,
        **sight.parameters,
        "user": user_id,
        "unsigned": unsigned,
        "notice": notice,
        **window.parameters,
    }
    return page_of(NoticeRow, session.execute(_INBOX, parameters).mappings().all(), window)
