"""Blind reviews: experts read and score, the office assigns them and sees what came of it."""

from __future__ import annotations

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from api.bodies import Body, Made
from api.context import At, Desk, Paging
from api.titles import processes_of, stage_title
from api.v1.answers import READ, WRITE
from api.v1.cases import CASE, download, visible_case
from api.v1.rounds import visible_round
from casework.actor import OFFICE
from casework.reviews import assign_reviewers, draw_for_round, draw_reviewers, needed, recuse, score_review
from db.queries.case_file import Stored
from db.queries.reviews import (
    PaperRow,
    ResultRow,
    ReviewRow,
    ScoreRow,
    papers,
    results,
    reviews_of_account,
    scores_of,
    with_content,
)
from db.queries.rows import Page, Window
from process.definition import Process
from process.errors import NotFound
from process.vocabulary import CaseStatus, Role

router = APIRouter(tags=["评审"])


class ScoreBody(Body):
    """A score with its reasons; given once."""

    score: float = Field(ge=0, le=100, description="分数，0至100", examples=[86.5])
    comment: str = Field(min_length=1, max_length=4000, description="评语", examples=["选题有价值，论证充分"])


class RecusalBody(Body):
    """Why an expert keeps out."""

    reason: str = Field(min_length=1, max_length=2000, description="回避的理由", examples=["参与过该项研究"])


class ReviewersBody(Body):
    """Experts for entries: named, or to be drawn."""

    case_ids: list[int] = Field(
        default_factory=list, max_length=2000, description="任务；抽取时不填为本轮次所有在评任务"
    )
    reviewer_ids: list[int] = Field(default_factory=list, max_length=50, description="指定的专家；不填则随机抽取")
    seed: str = Field(default="", max_length=200, description="随机种子；随机抽取时必填", examples=["20220601"])
    expertise: str = Field(default="", max_length=100, description="只在有此专长的专家中抽取", examples=["学前教育"])


class Assigned(BaseModel):
    """What was assigned."""

    reviews: list[int] = Field(description="评审任务的编号")


class Entry(BaseModel):
    """An entry as its expert reads it."""

    review: ReviewRow
    asks: str = Field(description="评审要求")
    papers: list[PaperRow] = Field(description="评审材料，不含原文件名")


def my_reviews(at: Desk, review_id: int | None = None) -> list[ReviewRow]:
    """The actor's own reviews; whose the entries are is not among what is said."""
    if review_id is not None and at.actor.role is not Role.INSPECTOR:
        raise NotFound("评审任务")
    at.actor.require(Role.INSPECTOR)
    rows = reviews_of_account(at.session, at.actor.person, review_id)
    known = processes_of(at, {row.round_id for row in rows})
    return [row.model_copy(update=_said(row, known[row.round_id])) for row in rows]


def _said(row: ReviewRow, process: Process) -> dict[str, object]:
    waits = row.due_on is not None and row.stage is not None and needed(process, row.stage) > 0
    unanswered = row.score is None and not row.recused_reason
    return {"open": waits and unanswered, "matter": row.matter or f"第{row.id}号作品", "stage": None}


def entry_of(at: Desk, review_id: int) -> Entry:
    """One of the actor's own reviews with what may be read. Raises :class:`NotFound`."""
    return Entry(
        review=_mine(at, review_id), asks=_asks(at, review_id), papers=[one for one, _ in _papers(at, review_id)]
    )


def paper_of(at: Desk, review_id: int, document_id: int) -> Stored:
    """A file of an entry, without its own name. Raises :class:`NotFound`."""
    _mine(at, review_id)
    found = next((stored for shown, stored in _papers(at, review_id) if shown.id == document_id), None)
    if found is None:
        raise NotFound("材料")
    return with_content(at.session, found)


def _mine(at: Desk, review_id: int) -> ReviewRow:
    found = my_reviews(at, review_id)
    if not found:
        raise NotFound("评审任务")
    return found[0]


def _process(at: Desk, review_id: int) -> Process:
    row = _mine(at, review_id)
    return processes_of(at, {row.round_id})[row.round_id]


def _asks(at: Desk, review_id: int) -> str:
    process = _process(at, review_id)
    return f"请独立评审，给出0至100分和评语；{process.pass_score:g}分以下为不合格。"


def _papers(at: Desk, review_id: int) -> list[tuple[PaperRow, Stored]]:
    return papers(at.session, review_id, blind_papers(_process(at, review_id)))


def blind_papers(process: Process) -> dict[str, str]:
    """What experts may read, by ``stage/deliverable``: what is marked as blind, or all the unit's where nothing is."""
    own = {
        f"{stage.key}/{paper.key}": paper
        for stage in process.stages
        if stage.owner is Role.DISTRICT
        for paper in stage.deliverables
    }
    marked = {key: paper for key, paper in own.items() if paper.blind}
    return {key: paper.title for key, paper in (marked or own).items()}


def assigned(at: Desk, round_id: int, body: ReviewersBody) -> list[int]:
    """Assign or draw experts for entries of a round; the reviews' keys."""
    visible_round(at, round_id)
    if body.reviewer_ids:
        return assign_reviewers(at.session, at.actor, at.now, body.case_ids, body.reviewer_ids)
    if body.case_ids:
        return draw_reviewers(at.session, at.actor, at.now, body.case_ids, seed=body.seed, expertise=body.expertise)
    return draw_for_round(at.session, at.actor, at.now, round_id, seed=body.seed, expertise=body.expertise)


def round_results(at: Desk, round_id: int, window: Window) -> Page[ResultRow]:
    """The entries of a round by their scores; for those who run it only."""
    visible_round(at, round_id)
    at.actor.require(*OFFICE)
    process = processes_of(at, {round_id})[round_id]
    found = results(at.session, round_id, process.pass_score, window)
    items = [row.model_copy(update=_standing(row, process)) for row in found.items]
    return Page[ResultRow](items=items, total=found.total, limit=found.limit, offset=found.offset)


def _standing(row: ResultRow, process: Process) -> dict[str, object]:
    live = row.status is CaseStatus.OPEN and row.stage is not None
    wanted = needed(process, row.stage) if live and row.stage else 0
    return {"stage_title": stage_title(process, row.stage), "lacking": max(wanted - row.assigned, 0)}


@router.get("/reviews", summary="我的评审", responses=READ)
def mine(at: At) -> list[ReviewRow]:
    """分配给自己的评审任务；匿名，不含报送单位。"""
    return my_reviews(at)


@router.get("/reviews/{review_id}", summary="一件评审任务", responses=READ)
def one(review_id: int, at: At) -> Entry:
    """作品名称、评审要求和评审材料；不含报送单位、作者和原文件名。"""
    return entry_of(at, review_id)


@router.get(
    "/reviews/{review_id}/papers/{document_id}", summary="下载评审材料", response_class=Response, responses=READ
)
def paper(review_id: int, document_id: int, at: At) -> Response:
    """下载一份评审材料，文件名已隐去。"""
    return download(paper_of(at, review_id, document_id))


@router.post("/reviews/{review_id}/score", summary="评分", responses=WRITE)
def score(review_id: int, body: ScoreBody, at: At) -> Made:
    """提交分数和评语；只能提交一次。"""
    score_review(at.session, at.actor, at.now, review_id, score=body.score, comment=body.comment)
    return Made(id=review_id)


@router.post("/reviews/{review_id}/recuse", summary="申请回避", responses=WRITE)
def keep_out(review_id: int, body: RecusalBody, at: At) -> Made:
    """写明理由回避；须另行分配专家。"""
    recuse(at.session, at.actor, at.now, review_id, reason=body.reason)
    return Made(id=review_id)


@router.post("/rounds/{round_id}/reviewers", summary="分配评审专家", status_code=201, responses=WRITE)
def assign(round_id: int, body: ReviewersBody, at: At) -> Assigned:
    """指定专家，或以种子随机抽取（本单位和有回避情形的除外，任务少者优先）；方法、种子和候选名单留痕，可以复核。"""
    return Assigned(reviews=assigned(at, round_id, body))


@router.get("/rounds/{round_id}/reviews", summary="评审结果", responses=READ)
def of_round(round_id: int, at: At, window: Paging) -> Page[ResultRow]:
    """各件作品的平均分、评审进展，分数高的在前。"""
    return round_results(at, round_id, window)


@router.get(f"{CASE}/reviews", summary="一件作品的评审", responses=READ)
def of_case(case_id: int, at: At) -> list[ScoreRow]:
    """各位专家的评分和评语；报送单位不可见。"""
    visible_case(at, case_id)
    at.actor.require(*OFFICE)
    return scores_of(at.session, case_id)
