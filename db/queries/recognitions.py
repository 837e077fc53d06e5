"""Who holds which title, since when, by which decision; and what the last re-check said."""

from __future__ import annotations

from datetime import date

from pydantic import Field
from sqlalchemy import text
from sqlmodel import Session

from db.queries.rows import Page, Row, Window, page_of
from process.vocabulary import CaseOutcome, CaseStatus


class TitleRow(Row):
    """A title, held or lost."""

    id: int
    process_name: str
    title: str = Field(description="称号")
    subject_id: str
    subject: str
    case_id: int | None = Field(description="据以授予的任务；补登的没有")
    batch: int = Field(description="申报年度（批次）")
    granted_on: date
    document: str = Field(description="认定文件；尚未登记的为空")
    revoked_on: date | None
    revoked_reason: str
    checked_year: int | None = Field(description="最近一次监测复查的年度")
    checked_case_id: int | None
    checked_status: CaseStatus | None
    checked_status_title: str = ""
    checked_outcome: CaseOutcome | None
    checked_outcome_title: str = ""


# The page is cut out of the titles alone; what its lines say besides is looked up for these few.
TITLES = text(
    """
    WITH wanted AS (
        SELECT h.*, count(*) OVER () AS total FROM recognitions h
        WHERE (CAST(:only AS text) IS NULL OR h.subject_id = :only)
            AND (CAST(:process AS text) IS NULL OR h.process_name = :process)
            AND (CAST(:held AS boolean) IS NULL OR (h.revoked_on IS NULL) = :held)
        ORDER BY h.revoked_on IS NOT NULL, h.title, h.granted_on DESC, h.subject_id, h.id LIMIT :limit OFFSET :offset
    )
    SELECT h.id, h.process_name, h.title, h.subject_id, s.name AS subject, h.case_id, h.batch, h.granted_on, h.document,
           h.revoked_on, h.revoked_reason, k.year AS checked_year, k.id AS checked_case_id, k.status AS checked_status,
           k.outcome AS checked_outcome, h.total
    FROM wanted h JOIN subjects s ON s.id = h.subject_id
    LEFT JOIN LATERAL (
        SELECT c.id, c.year, c.status, c.outcome FROM cases c JOIN rounds r ON r.id = c.round_id
        WHERE c.subject_id = h.subject_id AND c.status <> 'withdrawn' AND r.definition ->> 'scope' = 'holders'
            AND r.definition ->> 'grants' = h.title
        ORDER BY c.year DESC, c.id DESC LIMIT 1) k ON true
    ORDER BY h.revoked_on IS NOT NULL, h.title, h.granted_on DESC, h.subject_id, h.id
    """
)


def titles(
    session: Session, window: Window, *, only: str | None = None, process: str | None = None, held: bool | None = None
) -> Page[TitleRow]:
    """Titles, those still held first."""
    asked = {"only": only, "process": process, "held": held, **window.parameters}
    return page_of(TitleRow, session.execute(TITLES, asked).mappings().all(), window)
