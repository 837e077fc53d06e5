"""Blind reviews: what an expert reads of an entry (never whose it is), and how the entries of a round stand."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import PurePath

from pydantic import Field
from sqlalchemy import text
from sqlmodel import Session

from db.queries.case_file import Stored
from db.queries.rows import Page, Row, Window, page_of
from process.vocabulary import CaseOutcome, CaseStatus


class ReviewRow(Row):
    """A review as the expert sees it: the entry without its subject."""

    id: int
    round_id: int
    round_title: str
    matter: str = Field(description="作品名称；没有的按编号称呼")
    stage: str | None
    open: bool = Field(default=False, description="是否还可以评分")
    due_on: date | None
    assigned_at: datetime
    score: float | None
    comment: str
    scored_at: datetime | None
    recused_reason: str


class PaperRow(Row):
    """A document of an entry, without its file's name."""

    id: int
    title: str = Field(default="", description="材料")
    size: int
    filename: str = Field(description="下载时的文件名，不含原名")


class ScoreRow(Row):
    """A review as the office sees it."""

    id: int
    reviewer_id: int
    reviewer: str
    expertise: str
    assigned_at: datetime
    score: float | None
    comment: str
    scored_at: datetime | None
    recused_reason: str


class ResultRow(Row):
    """How an entry stands."""

    case_id: int
    subject_id: str
    subject: str
    matter: str
    status: CaseStatus
    status_title: str = ""
    stage: str | None
    stage_title: str = ""
    outcome: CaseOutcome | None
    outcome_title: str = ""
    assigned: int = Field(description="已分配的专家（不含回避的）")
    scored: int = Field(description="已评分")
    recused: int = Field(description="已回避")
    average: float | None = Field(description="平均分")
    lowest: float | None
    highest: float | None
    below: int = Field(description="评为不合格的专家数")
    lacking: int = Field(default=0, description="本环节还须分配的专家数")


MINE = text(
    """
    SELECT v.id, c.round_id, r.title AS round_title, c.matter, c.stage, w.due_on, v.assigned_at, v.score, v.comment,
           v.scored_at, v.recused_reason
    FROM inspectors i JOIN reviews v ON v.reviewer_id = i.id JOIN cases c ON c.id = v.case_id
    JOIN rounds r ON r.id = c.round_id LEFT JOIN work_items w ON w.id = c.work_item_id AND c.status = 'open'
    WHERE i.user_id = :user AND (CAST(:id AS bigint) IS NULL OR v.id = :id)
    ORDER BY v.score IS NOT NULL OR v.recused_reason <> '', w.due_on, v.id
    """
)
# The newest file of each kind that the unit handed in; of ``keys`` only, as "stage/deliverable".
PAPERS = text(
    """
    SELECT d.id, d.deliverable, d.stage, d.filename, d.size, d.sha256, d.media_type FROM (
        SELECT DISTINCT ON (w.stage, d.deliverable) d.id, d.deliverable, w.stage, d.filename, d.size, d.sha256,
               d.media_type
        FROM reviews v JOIN documents d ON d.case_id = v.case_id JOIN work_items w ON w.id = d.work_item_id
        WHERE v.id = :review AND w.owner = 'district' AND w.stage || '/' || d.deliverable = ANY(:keys)
        ORDER BY w.stage, d.deliverable, d.id DESC) d
    ORDER BY d.id
    """
)
_CONTENT = text("SELECT content FROM blobs WHERE sha256 = :sha256")
OF_CASE = text(
    """
    SELECT v.id, v.reviewer_id, i.name AS reviewer, i.expertise, v.assigned_at, v.score, v.comment, v.scored_at,
           v.recused_reason
    FROM reviews v JOIN inspectors i ON i.id = v.reviewer_id WHERE v.case_id = :case ORDER BY v.id
    """
)
RESULTS = text(
    """
    SELECT c.id AS case_id, c.subject_id, s.name AS subject, c.matter, c.status, c.stage, c.outcome,
           count(v.id) FILTER (WHERE v.recused_reason = '') AS assigned, count(v.score) AS scored,
           count(v.id) FILTER (WHERE v.recused_reason <> '') AS recused,
           round(avg(v.score)::numeric, 2)::float AS average, min(v.score) AS lowest, max(v.score) AS highest,
           count(v.id) FILTER (WHERE v.score < :pass_score) AS below, count(*) OVER () AS total
    FROM cases c JOIN subjects s ON s.id = c.subject_id LEFT JOIN reviews v ON v.case_id = c.id
    WHERE c.round_id = :round GROUP BY c.id, s.id
    ORDER BY avg(v.score) DESC NULLS LAST, c.id LIMIT :limit OFFSET :offset
    """
)


def reviews_of_account(session: Session, user_id: int, review_id: int | None = None) -> list[ReviewRow]:
    """What an account has to review, and had; those that wait first."""
    return [ReviewRow(**dict(row)) for row in session.execute(MINE, {"user": user_id, "id": review_id}).mappings()]


def papers(session: Session, review_id: int, titles: dict[str, str]) -> list[tuple[PaperRow, Stored]]:
    """What the expert may read, by ``stage/deliverable`` and its title; contents are fetched one by one."""
    rows = session.execute(PAPERS, {"review": review_id, "keys": list(titles)}).mappings().all()
    found = []
    for n, row in enumerate(rows, start=1):
        name = f"评审材料{n}{PurePath(row['filename']).suffix.lower()}"
        title = titles[f"{row['stage']}/{row['deliverable']}"]
        shown = PaperRow(id=row["id"], title=title, size=row["size"], filename=name)
        found.append((shown, Stored(filename=name, media_type=row["media_type"], sha256=row["sha256"], content=b"")))
    return found


def with_content(session: Session, stored: Stored) -> Stored:
    """The file with its bytes."""
    content: bytes = session.execute(_CONTENT, {"sha256": stored.sha256}).scalar_one()
    return stored.model_copy(update={"content": content})


def scores_of(session: Session, case_id: int) -> list[ScoreRow]:
    """Everybody's score of an entry."""
    return [ScoreRow(**dict(row)) for row in session.execute(OF_CASE, {"case": case_id}).mappings()]


def results(session: Session, round_id: int, pass_score: float, window: Window) -> Page[ResultRow]:
    """The entries of a round, the best first."""
    asked = {"round": round_id, "pass_score": pass_score, **window.parameters}
    return page_of(ResultRow, session.execute(RESULTS, asked).mappings().all(), window)
