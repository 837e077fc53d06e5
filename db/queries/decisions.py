"""What waits for a manager's decision, the talks, and the deliveries that failed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import Field
from sqlalchemy import text
from sqlmodel import Session

from db.queries.case_file import TALK_COLUMNS, TALK_TABLES, TALK_VISIBLE, TalkRow
from db.queries.rows import Page, Row, Window, page_of
from db.queries.sight import Sight, seen_case
from process.vocabulary import DeliveryStatus, NoticeKind, RungKind, Trigger


class Proposal(Row):
    """A measure that waits for a manager."""

    id: int = Field(description="措施编号；早先提出的约谈没有，为0")
    talk_id: int | None = Field(description="约谈编号，仅约谈")
    kind: RungKind
    kind_title: str = ""
    trigger: Trigger
    trigger_title: str = ""
    case_id: int
    round_id: int
    round_title: str
    subject_id: str
    subject: str
    stage: str | None
    stage_title: str = ""
    due_on: date | None
    reason: str
    basis: str
    evidence: dict[str, Any] = Field(description="逾期的环节、此前各级的发出送达签收、问题数")
    proposed_at: datetime
    proposed_by: str


_PROPOSALS = text(
    f"""
    SELECT p.*, c.round_id, r.title AS round_title, c.subject_id, s.name AS subject, c.stage, w.due_on,
           coalesce(u.name, '系统') AS proposed_by, count(*) OVER () AS total
    FROM (
        SELECT k.id, t.id AS talk_id, k.kind, k.trigger, k.case_id, k.reason, k.basis, k.at AS proposed_at, k.evidence,
               k.proposed_by AS proposer
        FROM climbs k LEFT JOIN talks t ON t.climb_id = k.id WHERE k.status = 'proposed'
        UNION ALL
        SELECT 0, t.id, 'talk', t.trigger, t.case_id, t.reason, '', t.proposed_at,
               jsonb_build_object('warnings', t.evidence), NULL
        FROM talks t WHERE t.status = 'proposed' AND t.climb_id IS NULL
    ) p JOIN cases c ON c.id = p.case_id JOIN rounds r ON r.id = c.round_id JOIN subjects s ON s.id = c.subject_id
    LEFT JOIN work_items w ON w.id = c.work_item_id LEFT JOIN users u ON u.id = p.proposer
    WHERE {seen_case()}
    ORDER BY array_position(
            ARRAY['referral', 'accountability', 'talk', 'exposure', 'circular', 'support'], p.kind::text),
        p.proposed_at, p.id LIMIT :limit OFFSET :offset
    """
)


def proposals(session: Session, window: Window, *, sight: Sight) -> Page[Proposal]:
    """What waits for a decision, the gravest first. For the office only."""
    return page_of(
        Proposal, session.execute(_PROPOSALS, {**sight.parameters, **window.parameters}).mappings().all(), window
    )


_TALKS = text(
    f"""
    SELECT {TALK_COLUMNS}, count(*) OVER () AS total FROM {TALK_TABLES}
    WHERE {TALK_VISIBLE} AND (CAST(:status AS text) IS NULL OR t.status = :status)
    ORDER BY t.status IN ('waived', 'followed_up', 'lapsed'), t.id DESC LIMIT :limit OFFSET :offset
    """
)


def talks(session: Session, *, sight: Sight, status: str | None, window: Window) -> Page[TalkRow]:
    """Talks, those under way first; a district sees its own once notified."""
    parameters = {**sight.parameters, "status": status, **window.parameters}
    return page_of(TalkRow, session.execute(_TALKS, parameters).mappings().all(), window)


class Trouble(Row):
    """A letter whose delivery failed or is in doubt."""

    id: int
    notice_id: int
    kind: NoticeKind
    kind_title: str = ""
    case_id: int | None
    subject: str
    recipient: str
    status: DeliveryStatus
    status_title: str = ""
    address: str | None
    attempts: int
    answer: str
    created_at: datetime


_TROUBLE = text(
    f"""
    SELECT d.id, d.notice_id, n.kind, n.case_id, coalesce(s.name, '') AS subject,
           coalesce(k.name, u.name) AS recipient, d.status, d.address, d.attempts,
           d.answer, n.created_at, count(*) OVER () AS total
    FROM deliveries d JOIN notices n ON n.id = d.notice_id LEFT JOIN cases c ON c.id = n.case_id
    LEFT JOIN contacts k ON k.id = n.contact_id LEFT JOIN users u ON u.id = n.user_id
    LEFT JOIN subjects s ON s.id = coalesce(c.subject_id, k.subject_id)
    WHERE d.status IN ('dead', 'uncertain') AND (c.id IS NULL OR {seen_case()})
    ORDER BY d.id DESC LIMIT :limit OFFSET :offset
    """
)


def trouble(session: Session, window: Window, *, sight: Sight) -> Page[Trouble]:
    """Deliveries given up or of unknown outcome. For the office only."""
    return page_of(
        Trouble, session.execute(_TROUBLE, {**sight.parameters, **window.parameters}).mappings().all(), window
    )
