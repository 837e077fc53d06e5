"""Experts of the rehearsal: drawn for an entry by lot, then each scores it without knowing whose it is."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, text

from cli.demo.deeds import Turn
from cli.demo.people import Cast, temper
from db.session import unit_of_work

_WAITING = text(
    """
    SELECT v.id, u.username, c.id AS case_id FROM reviews v JOIN inspectors i ON i.id = v.reviewer_id
    JOIN users u ON u.id = i.user_id AND u.active JOIN cases c ON c.id = v.case_id
    WHERE v.score IS NULL AND v.recused_reason = '' AND c.status = 'open' ORDER BY v.id
    """
)


def draw_experts(turn: Turn, round_id: int) -> None:
    """The experts still missing for an entry, by lot."""
    body: dict[str, Any] = {"case_ids": [turn.case_id], "seed": f"{turn.case_id}-{turn.seed}"}
    turn.coordinator.post(f"/rounds/{round_id}/reviewers", body)


def score_all(engine: Engine, cast: Cast, seed: int) -> None:
    """Every expert scores what waits on them."""
    with unit_of_work(engine) as session:
        waiting = session.execute(_WAITING).all()
    for row in waiting:
        score = 60 + temper(seed, "score", row.id).random() * 38
        body = {"score": round(score, 1), "comment": "选题有价值，论证充分，有推广意义。"}
        cast.office(row.username).post(f"/reviews/{row.id}/score", body)
