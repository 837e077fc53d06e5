"""Blind scores: who may give one, who must keep out, how the lot falls, when the stage may end."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from casework.actor import Actor
from casework.reviews import assign_reviewers, draw_for_round, draw_reviewers, recuse, score_review
from casework.steps import complete
from db.tables import InspectorTie
from process.drawing import drawn
from process.errors import (
    Conflict,
    InvalidInput,
    NotAllowed,
    NotFound,
    RecusalRequired,
    RequirementUnmet,
    WrongStage,
)
from process.vocabulary import RecusalGround
from tests.casework import upward
from tests.world import World

DISTRICT, OTHER = "CQ-500106", "CQ-500107"


def entries(world: World, *, stage: str = "review") -> list[int]:
    """Three entries, two of them of one district."""
    upward.launched(world, OTHER, matters=((DISTRICT, "责任督学的区域实践"), (DISTRICT, "督导评估研究")), first=stage)
    rows = world.rows("SELECT id FROM cases WHERE round_id = :r ORDER BY id", r=world.round_id)
    return [row["id"] for row in rows]


def review_of(world: World, case_id: int, reviewer: int) -> int:
    [row] = world.rows("SELECT id FROM reviews WHERE case_id = :c AND reviewer_id = :r", c=case_id, r=reviewer)
    id_: int = row["id"]
    return id_


def scored(world: World, actor: Actor, review_id: int, score: float = 80, comment: str = "论证充分") -> None:
    world.do(score_review, actor, review_id, score=score, comment=comment)


def end_review(world: World, case_id: int) -> None:
    world.do(complete, world.coordinator, case_id, None, stage="review", outcome="reviewed")


def events(world: World, case_id: int) -> list[Any]:
    return world.rows("SELECT kind, data FROM events WHERE case_id = :c AND kind LIKE 'review%' ORDER BY id", c=case_id)


def test_three_scores_end_the_stage(world: World) -> None:
    case_id, *_ = entries(world)
    experts = upward.reviewers(world, 3)
    world.do(assign_reviewers, world.coordinator, [case_id], [id_ for id_, _ in experts])
    for n, (id_, actor) in enumerate(experts):
        with pytest.raises(RequirementUnmet, match=f"现有{n}名"):
            end_review(world, case_id)
        scored(world, actor, review_of(world, case_id, id_), 80 + n)
    end_review(world, case_id)
    assert [row["kind"] for row in events(world, case_id)] == ["reviewer_assigned", *["reviewed"] * 3]


def test_a_score_is_given_once_by_its_own_reviewer_with_reasons(world: World) -> None:
    case_id, *_ = entries(world)
    [(id_, actor), (_, stranger)] = upward.reviewers(world, 2)
    world.do(assign_reviewers, world.coordinator, [case_id], [id_])
    review = review_of(world, case_id, id_)
    for score, comment, field in (
        (101, "好", "score"),
        (-1, "好", "score"),
        (float("nan"), "好", "score"),
        (80, " ", "comment"),
    ):
        with pytest.raises(InvalidInput) as error:
            scored(world, actor, review, score, comment)
        assert error.value.field == field
    with pytest.raises(NotFound):
        scored(world, stranger, review)
    for other in (world.coordinator, world.districts[DISTRICT]):
        with pytest.raises(NotAllowed):
            scored(world, other, review)
    scored(world, actor, review)
    for again in (lambda: scored(world, actor, review, 90), lambda: world.do(recuse, actor, review, reason="迟了")):
        with pytest.raises(Conflict):
            again()


def test_who_belongs_to_the_entry_must_keep_out(world: World) -> None:
    case_id, *others = entries(world)  # the first entry is the other district's
    [(at_home, _)] = upward.reviewers(world, 1, home=OTHER)
    [(tied, _), (past, _)] = upward.reviewers(world, 2)
    with world.unit() as session:
        for inspector, left_on in ((tied, date(2021, 1, 1)), (past, date(2019, 1, 1))):
            session.add(
                InspectorTie(
                    inspector_id=inspector, subject_id=OTHER, ground=RecusalGround.LEFT_RECENTLY, left_on=left_on
                )
            )
    for person in (at_home, tied):
        with pytest.raises(RecusalRequired):
            world.do(assign_reviewers, world.coordinator, [case_id], [person])
    world.do(assign_reviewers, world.coordinator, [case_id], [past])
    world.do(assign_reviewers, world.coordinator, others, [at_home, tied])


def test_whoever_recuses_is_replaced_and_not_asked_again(world: World) -> None:
    case_id, *_ = entries(world)
    experts = dict(upward.reviewers(world, 4))
    world.do(draw_reviewers, world.coordinator, [case_id], seed="一")
    rows = world.rows("SELECT id, reviewer_id FROM reviews WHERE case_id = :c ORDER BY id", c=case_id)
    out = rows[0]
    world.do(recuse, experts[out["reviewer_id"]], out["id"], reason="参与过该项研究")
    with pytest.raises(Conflict):
        world.do(assign_reviewers, world.coordinator, [case_id], [out["reviewer_id"]])
    [fourth] = world.do(draw_reviewers, world.coordinator, [case_id], seed="二")
    [row] = world.rows("SELECT reviewer_id FROM reviews WHERE id = :id", id=fourth)
    assert row["reviewer_id"] not in {one["reviewer_id"] for one in rows}
    with pytest.raises(Conflict):
        world.do(draw_reviewers, world.coordinator, [case_id], seed="三")


def test_the_lot_can_be_drawn_again_from_the_record(world: World) -> None:
    ids = entries(world)
    upward.reviewers(world, 9, expertise="学前教育")
    upward.reviewers(world, 2, expertise="财务")
    made = world.do(draw_for_round, world.coordinator, world.round_id, seed="20220901", expertise="学前")
    assert len(made) == 9
    for case_id in ids:
        [event] = events(world, case_id)
        data = event["data"]
        load = {int(one): n for one, n in data["load"].items()}
        again = drawn(f"20220901/{case_id}", data["pool"], 3, load)
        rows = world.rows("SELECT reviewer_id FROM reviews WHERE case_id = :c", c=case_id)
        assert {row["reviewer_id"] for row in rows} == set(again)
    per_expert = world.rows("SELECT count(*) AS n FROM reviews GROUP BY reviewer_id")
    assert [row["n"] for row in per_expert] == [1] * 9, "those with less to do come first"


def test_too_few_experts_are_said(world: World) -> None:
    ids = entries(world)
    upward.reviewers(world, 2)
    upward.reviewers(world, 5, home=DISTRICT)
    with pytest.raises(InvalidInput, match="只有2名"):
        world.do(draw_reviewers, world.coordinator, ids[1:2], seed="一")
    with pytest.raises(InvalidInput) as error:
        world.do(draw_reviewers, world.coordinator, ids[:1], seed=" ")
    assert error.value.field == "seed"
    with pytest.raises(NotFound):
        world.do(assign_reviewers, world.coordinator, ids[:1], [world.inspectors[0]])  # has no account


def test_each_expert_is_told_once_and_nothing_of_whose_it_is(world: World) -> None:
    ids = entries(world)
    experts = upward.reviewers(world, 3)
    world.do(draw_for_round, world.coordinator, world.round_id, seed="一")
    told = world.rows("SELECT user_id, case_id, subject_id, data FROM notices WHERE kind = 'review_assigned'")
    assert {row["user_id"] for row in told} == {actor.user_id for _, actor in experts}
    assert len(told) == 3
    for row in told:
        assert (row["case_id"], row["subject_id"], row["data"]["entries"]) == (None, None, len(ids))
        assert "沙坪坝" not in str(row["data"])
        assert "九龙坡" not in str(row["data"])


def test_only_where_scores_are_waited_for(world: World) -> None:
    case_id, *_ = entries(world, stage="collect")
    [(id_, _)] = upward.reviewers(world, 1)
    with pytest.raises(WrongStage):
        world.do(assign_reviewers, world.coordinator, [case_id], [id_])
    with pytest.raises(WrongStage):
        world.do(draw_for_round, world.coordinator, world.round_id, seed="一")
    with pytest.raises(NotAllowed):
        world.do(assign_reviewers, world.inspector, [case_id], [id_])
