"""The register is read by its indexes, however many numbers it holds."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session

from db.queries.letters import RegisterCut, register, register_statement
from db.queries.rows import Window
from db.session import unit_of_work
from process.vocabulary import LetterKind
from tests.world import World

LETTERS = 20_000


@pytest.fixture
def full(world: World) -> World:
    """Two prefixes over ten years."""
    world.launch("CQ-500103")
    with unit_of_work(world.engine) as session:
        for statement in (
            "INSERT INTO letters (id, round_id, kind, number, issued_on, content, fields, heading, issuer, addressees, "
            "copies, note, published_at_url, issued_at, trouble) SELECT 1000 + n, :round, CASE WHEN n % 100 = 0 THEN "
            "'opinion' ELSE 'urge' END, '测' || n, now(), '', '{}', '', '', '[]', '[]', '', '', now(), '' "
            "FROM generate_series(1, :n) n",
            "INSERT INTO letter_registers SELECT p, y, 1000 FROM (VALUES ('甲'), ('乙')) p(p), "
            "generate_series(2012, 2021) y WHERE :n > 0 AND :round > 0",
            "INSERT INTO letter_numbers (prefix, year, seq, letter_id, given_at, voided_at, void_reason) "
            "SELECT CASE WHEN n % 2 = 0 THEN '甲' ELSE '乙' END, 2012 + (n - 1) / (:n / 10), "
            "(n - 1) % (:n / 10) / 2 + 1, "
            "1000 + n, now(), CASE WHEN n % 500 = 0 THEN now() END, CASE WHEN n % 500 = 0 THEN '错' ELSE '' END "
            "FROM generate_series(1, :n) n WHERE :round > 0",
        ):
            session.execute(text(statement), {"n": LETTERS, "round": world.round_id})
    with world.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    return world


def page_plan(session: Session, cut: RegisterCut) -> list[dict[str, Any]]:
    """What the page itself reads; that counting reads all it counts is no news."""
    asked = {"prefix": cut.prefix, "year": cut.year, "kind": cut.kind, "void": cut.void, "limit": 50, "offset": 0}
    plan = session.execute(text(f"EXPLAIN (FORMAT JSON) {register_statement(cut)}"), asked).scalar_one()
    found = []

    def walk(node: dict[str, Any]) -> None:
        if node.get("Parent Relationship") == "InitPlan":
            return
        found.append(node)
        for child in node.get("Plans", []):
            walk(child)

    walk((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"])
    return found


@pytest.mark.parametrize(
    "cut",
    [
        RegisterCut(),
        RegisterCut(void=False),
        RegisterCut(prefix="甲"),
        RegisterCut(prefix="甲", year=2015),
        RegisterCut(kind=LetterKind.URGE),
        RegisterCut(prefix="甲", year=2015, kind=LetterKind.URGE, void=False),
    ],
)
def test_the_page_is_read_by_an_index(full: World, cut: RegisterCut) -> None:
    with full.unit() as session:
        nodes = page_plan(session, cut)
        read = {node.get("Index Name") for node in nodes if node.get("Relation Name", "letter_numbers") != "x"}
        assert read & {"uq_letter_numbers_letter_id", "pk_letter_numbers"}
        assert not [
            n for n in nodes if n["Node Type"] == "Seq Scan" and n["Relation Name"] in ("letters", "letter_numbers")
        ]
        found = register(session, Window(50), cut)
    seqs = [(row.year, row.seq) for row in found.items if row.prefix == "甲"]
    assert seqs == sorted(seqs, reverse=True), "newest first, in every register"
    assert found.total >= len(found.items) > 0
