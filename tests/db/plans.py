"""What the database really reads for a query of ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import event
from sqlmodel import Session


def read_by(session: Session, query: Callable[[], object]) -> tuple[set[str], int]:
    """The indexes that the statements of a query read, and the most rows any step of theirs had in hand."""
    asked: list[tuple[str, Any]] = []

    def listen(connection: object, cursor: object, statement: str, parameters: Any, *more: object) -> None:
        asked.append((statement, parameters))

    event.listen(session.get_bind(), "before_cursor_execute", listen)
    query()
    event.remove(session.get_bind(), "before_cursor_execute", listen)
    indexes: set[str] = set()
    most = 0

    def walk(node: dict[str, Any]) -> None:
        nonlocal most
        most = max(most, int(node["Actual Rows"]))
        indexes.update([node["Index Name"]] if "Index Name" in node else [])
        for child in node.get("Plans", []):
            walk(child)

    for statement, parameters in asked:
        explain = f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}"
        walk(session.connection().exec_driver_sql(explain, parameters).scalar_one()[0]["Plan"])
    return indexes, most
