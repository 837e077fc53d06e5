"""Rounds: launching, the board, the draw of the sample."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.bodies import CircularBody, DrawBody, LaunchBody, Made, MattersBody, ResultsBody
from api.context import At, Desk, Paging
from api.titles import titled_lines
from api.v1.answers import READ, WRITE
from casework.bulletins import report_results
from casework.launch import launch
from casework.load import round_process
from casework.matters import Matter, add_matters
from casework.results import publish_results
from casework.sampling import draw_sample
from db.queries import lines
from db.queries.lines import Light, Line
from db.queries.rounds import DrawRow, RoundRow, draw_record
from db.queries.rounds import rounds as find_rounds
from db.queries.rows import Page
from process.definition import Process
from process.errors import NotFound
from process.vocabulary import CaseStatus

router = APIRouter(prefix="/rounds", tags=["轮次"])


def visible_round(at: Desk, round_id: int) -> RoundRow:
    """A round this actor may see. Raises :class:`NotFound`."""
    found = find_rounds(at.session, at.today, sight=at.sight, round_id=round_id).items
    if not found:
        raise NotFound("轮次")
    return found[0]


@router.post("", summary="启动轮次", status_code=201, responses=WRITE)
def start(body: LaunchBody, at: At) -> Made:
    """对选定的督导对象启动一项督导：每个对象一件任务，进入起始环节并收到通知。要么全部启动，要么一件也没有。"""
    opened = launch(
        at.session,
        at.actor,
        at.now,
        process_name=body.process_name,
        process_version=body.process_version,
        title=body.title,
        year=body.year,
        subject_ids=body.subject_ids,
        matters=[(matter.subject_id, matter.title) for matter in body.matters],
        days=body.days,
    )
    return Made(id=opened.id or 0)


@router.post("/{round_id}/matters", summary="追加任务", status_code=201, responses=WRITE)
def add(round_id: int, body: MattersBody, at: At) -> list[int]:
    """在进行中的轮次里追加任务（评选的参评作品可由单位自己报送）；返回各任务的编号。"""
    wanted = [Matter(matter.subject_id, matter.title) for matter in body.matters]
    return add_matters(at.session, at.actor, at.now, round_id, wanted)


@router.get("", summary="轮次列表", responses=READ)
def rounds(at: At, window: Paging) -> Page[RoundRow]:
    """各轮次及其在各环节的督导对象数；区县只见自己参加的轮次。"""
    return find_rounds(at.session, at.today, sight=at.sight, window=window)


@router.get("/{round_id}", summary="一个轮次", responses=READ)
def one(round_id: int, at: At) -> RoundRow:
    """一个轮次及其进展。"""
    return visible_round(at, round_id)


@router.get("/{round_id}/definition", summary="轮次所用的定义", responses=READ)
def definition(round_id: int, at: At) -> Process:
    """启动时的定义（含本轮次调整的期限），此后不变。"""
    visible_round(at, round_id)
    return round_process(at.session, round_id)


@router.get("/{round_id}/board", summary="轮次看板", responses=READ)
def board(
    round_id: int,
    at: At,
    window: Paging,
    stage: Annotated[str | None, Query(description="只看某环节")] = None,
    light: Annotated[Light | None, Query(description="只看某灯：绿、黄、红")] = None,
    status: Annotated[CaseStatus | None, Query(description="只看某状态")] = None,
) -> Page[Line]:
    """各督导对象现在在哪个环节、由谁办理、何时到期、什么灯、为什么。"""
    visible_round(at, round_id)
    wanted = at.wanted(round_id=round_id, stage=stage, light=light, status=status)
    return titled_lines(at, lines.by_code(at.session, wanted, window))


@router.post("/{round_id}/draw", summary="抽取实地督查对象", status_code=201, responses=WRITE)
def draw(round_id: int, body: DrawBody, at: At) -> DrawRow:
    """在监督人见证下以种子随机抽取，可复核；每轮只抽一次。"""
    draw_sample(
        at.session,
        at.actor,
        at.now,
        round_id,
        seed=body.seed,
        witness=body.witness,
        size=body.size,
        exclude=body.exclude,
        rested=body.rested,
    )
    return drawn(round_id, at)


@router.post("/{round_id}/results", summary="专报和通报结果", status_code=201, responses=WRITE)
def results(round_id: int, body: ResultsBody, at: At) -> list[Made]:
    """向市委市政府分管领导发一页专报，向委员会各成员单位发通报；每轮一次。"""
    return [
        Made(id=letter.id) for letter in report_results(at.session, at.actor, at.now, round_id, summary=body.summary)
    ]


@router.post("/{round_id}/result-circular", summary="印发结果通报", status_code=201, responses=WRITE)
def circular(round_id: int, body: CircularBody, at: At) -> Made:
    """对本轮次所有等待结果通报的任务印发一份通报（名单按得分排列），并办结其环节；返回文书的编号。"""
    letter, _ = publish_results(at.session, at.actor, at.now, round_id, summary=body.summary, grades=body.grades)
    return Made(id=letter.id)


@router.get("/{round_id}/draw", summary="抽取记录", responses=READ)
def drawn(round_id: int, at: At) -> DrawRow:
    """抽取的方法、种子、抽取池、结果与监督人。"""
    at.keepers(round_process(at.session, round_id).subjects)
    record = draw_record(at.session, round_id)
    if record is None:
        raise NotFound("抽取记录")
    return record
