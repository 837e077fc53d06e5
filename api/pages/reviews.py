"""Blind reviews: the expert's list and entry, and for the office the entries of a round by their scores."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.context import At, Desk
from api.pages.forms import Failed, Form, attempt, reading
from api.render import go, page
from api.v1.cases import download
from api.v1.reviews import (
    RecusalBody,
    ReviewersBody,
    ScoreBody,
    assigned,
    entry_of,
    my_reviews,
    paper_of,
    round_results,
)
from api.v1.rounds import visible_round
from casework.reviews import recuse, score_review
from db.queries.rows import MOST, Window
from process.errors import InvalidInput
from process.vocabulary import CaseStatus

router = APIRouter()


@router.get("/reviews")
def mine(request: Request, at: At) -> Response:
    """What I have to review, and had."""
    return page(request, "reviews.html", actor=at.actor, reviews=my_reviews(at), today=at.today)


@router.get("/reviews/{review_id}")
def one(request: Request, review_id: int, at: At) -> Response:
    """One entry to review."""
    return _one(request, at, review_id, None)


def _one(request: Request, at: Desk, review_id: int, failed: Failed | None) -> Response:
    status = failed.error.status if failed else 200
    entry = entry_of(at, review_id)
    return page(request, "review.html", status=status, actor=at.actor, entry=entry, review=entry.review, failed=failed)


@router.get("/reviews/{review_id}/papers/{document_id}")
def paper(review_id: int, document_id: int, at: At) -> Response:
    """A document of the entry, without its own name."""
    return download(paper_of(at, review_id, document_id))


@router.post("/reviews/{review_id}/score")
def score(request: Request, review_id: int, form: Form) -> Response:
    """Hand in the score."""

    def work(at: Desk) -> None:
        body = ScoreBody.model_validate({"score": _number(form.get("score")), "comment": form.get("comment")})
        score_review(at.session, at.actor, at.now, review_id, score=body.score, comment=body.comment)

    return attempt(
        request,
        "score",
        form,
        work,
        lambda _: go("/reviews", "评分已提交"),
        lambda failed: reading(request, lambda at: _one(request, at, review_id, failed)),
    )


def _number(value: str) -> float:
    try:
        return float(value)
    except ValueError as error:
        raise InvalidInput("分数须是数字", field="score") from error


@router.post("/reviews/{review_id}/recuse")
def keep_out(request: Request, review_id: int, form: Form) -> Response:
    """Keep out of it."""

    def work(at: Desk) -> None:
        body = RecusalBody.model_validate({"reason": form.get("reason")})
        recuse(at.session, at.actor, at.now, review_id, reason=body.reason)

    return attempt(
        request,
        "recuse",
        form,
        work,
        lambda _: go("/reviews", "已申请回避，协调员将另行安排专家"),
        lambda failed: reading(request, lambda at: _one(request, at, review_id, failed)),
    )


@router.get("/rounds/{round_id}/reviews")
def results(request: Request, round_id: int, at: At, offset: Annotated[int, Query(ge=0)] = 0) -> Response:
    """The entries by their scores."""
    return _results(request, at, round_id, offset, None)


def _results(request: Request, at: Desk, round_id: int, offset: int, failed: Failed | None) -> Response:
    found = round_results(at, round_id, Window(MOST, offset))
    row = visible_round(at, round_id)
    return page(
        request,
        "review_results.html",
        status=failed.error.status if failed else 200,
        actor=at.actor,
        round=row,
        found=found,
        lacking=sum(one.lacking for one in found.items) if row.status is CaseStatus.OPEN else 0,
        failed=failed,
    )


@router.post("/rounds/{round_id}/reviewers")
def draw(request: Request, round_id: int, form: Form) -> Response:
    """Draw experts for all entries that lack some."""

    def work(at: Desk) -> int:
        return len(assigned(at, round_id, ReviewersBody.model_validate(form.given("seed", "expertise"))))

    return attempt(
        request,
        "draw-reviewers",
        form,
        work,
        lambda n: go(f"/rounds/{round_id}/reviews", f"已抽取，分配{n}件次评审，专家已收到通知"),
        lambda failed: reading(request, lambda at: _results(request, at, round_id, 0, failed)),
    )
