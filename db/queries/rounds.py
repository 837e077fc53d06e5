"""Rounds, with how many districts stand where."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from pydantic import Field
from sqlalchemy import text
from sqlmodel import Session

from db.queries.rows import Page, Row, Window, page_of
from db.queries.sight import Sight, seen_case
from process.vocabulary import CaseStatus


class RoundRow(Row):
    """A round in a list."""

    id: int
    process_name: str
    process_version: int
    title: str
    year: int
    status: CaseStatus
    status_title: str = ""
    coordinator: str
    launched_at: datetime
    closed_at: datetime | None
    cases: int = Field(description="督导对象数")
    open: int = Field(description="在办")
    suspended: int = Field(description="中止")
    ended: int = Field(description="办结与撤回")
    overdue: int = Field(description="逾期")
    stages: dict[str, int] = Field(description="各环节的督导对象数")
    drawn: bool = Field(description="是否已抽取实地督查对象")


_ROUNDS = text(
    f"""
    WITH visible AS (
        SELECT r.* FROM rounds r
        WHERE (:everything OR EXISTS (SELECT FROM cases c WHERE c.round_id = r.id AND {seen_case()}))
            AND (CAST(:round_id AS bigint) IS NULL OR r.id = :round_id)
    ), shown AS (
        SELECT *, count(*) OVER () AS total FROM visible ORDER BY status = 'open' DESC, launched_at DESC, id DESC
        LIMIT :limit OFFSET :offset
    ), standing AS (
        SELECT c.round_id, c.stage, c.status, count(*) AS n, count(*) FILTER (
            WHERE c.status = 'open' AND w.due_on < :today) AS late
        FROM cases c JOIN shown r ON r.id = c.round_id LEFT JOIN work_items w ON w.id = c.work_item_id
        WHERE :everything OR {seen_case()}
        GROUP BY c.round_id, c.stage, c.status
    ), staged AS (
        SELECT round_id, jsonb_object_agg(stage, n) AS stages FROM (
            SELECT round_id, stage, sum(n) AS n FROM standing WHERE stage IS NOT NULL GROUP BY round_id, stage) x
        GROUP BY round_id
    ), counted AS (
        SELECT round_id, sum(n) AS cases, coalesce(sum(n) FILTER (WHERE status = 'open'), 0) AS open,
               coalesce(sum(n) FILTER (WHERE status = 'suspended'), 0) AS suspended,
               coalesce(sum(n) FILTER (WHERE status IN ('closed', 'withdrawn')), 0) AS ended, sum(late) AS overdue
        FROM standing GROUP BY round_id
    )
    SELECT r.id, r.process_name, r.process_version, r.title, r.year, r.status, u.name AS coordinator, r.launched_at,
           r.closed_at, coalesce(n.cases, 0) AS cases, coalesce(n.open, 0) AS open,
           coalesce(n.suspended, 0) AS suspended, coalesce(n.ended, 0) AS ended, coalesce(n.overdue, 0) AS overdue,
           coalesce(g.stages, '{{}}'::jsonb) AS stages,
           EXISTS (SELECT FROM draws d WHERE d.round_id = r.id) AS drawn, r.total
    FROM shown r JOIN users u ON u.id = r.coordinator_id
    LEFT JOIN counted n ON n.round_id = r.id LEFT JOIN staged g ON g.round_id = r.id
    ORDER BY r.status = 'open' DESC, r.launched_at DESC, r.id DESC
    """
)


def rounds(
    session: Session, today: date, *, sight: Sight, round_id: int | None = None, window: Window | None = None
) -> Page[RoundRow]:
    """Rounds, open ones first: those with a case that is seen, and only these cases counted."""
    window = window or Window()
    parameters = {
        "today": today,
        "everything": sight.everything,
        "round_id": round_id,
        **sight.parameters,
        **window.parameters,
    }
    return page_of(RoundRow, session.execute(_ROUNDS, parameters).mappings().all(), window)


def definitions(session: Session, round_ids: Iterable[int]) -> dict[int, str]:
    """The definitions (JSON) with which rounds were launched."""
    ids = sorted(set(round_ids))
    if not ids:
        return {}
    rows = session.execute(text("SELECT id, definition::text FROM rounds WHERE id = ANY(:ids)"), {"ids": ids})
    return {row.id: row.definition for row in rows}


class DrawRow(Row):
    """The record of a draw (抽取记录)."""

    round_id: int
    method: str
    seed: str
    size: int
    witness: str
    pool: list[dict[str, Any]] = Field(description="抽取池：督导对象与距上次实地督查的年数")
    chosen: list[str]
    chosen_names: list[str]
    excluded: list[dict[str, Any]] = Field(description="不参加抽取的对象及理由")
    drawn_at: datetime
    drawn_by: str


_DRAW = text(
    """
    SELECT d.round_id, d.method, d.seed, d.size, d.witness, d.pool, d.chosen, d.excluded, d.drawn_at,
           u.name AS drawn_by, coalesce((
               SELECT jsonb_agg(s.name ORDER BY s.code, s.id) FROM subjects s WHERE d.chosen ? s.id), '[]'::jsonb
           ) AS chosen_names
    FROM draws d JOIN users u ON u.id = d.drawn_by WHERE d.round_id = :round_id
    """
)


def draw_record(session: Session, round_id: int) -> DrawRow | None:
    """The record of a round's draw, if it was drawn."""
    row = session.execute(_DRAW, {"round_id": round_id}).mappings().first()
    return DrawRow(**dict(row)) if row else None
