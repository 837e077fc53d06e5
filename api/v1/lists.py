"""What waits for whom: to-do list, queue, inbox, deliveries in trouble."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.context import At, Desk, Paging
from api.notices import in_words
from api.titles import titled_lines
from api.todo import Task, tasks
from api.v1.answers import READ, WRITE
from casework.inbox import sign
from db.queries import lines
from db.queries.decisions import Trouble
from db.queries.decisions import trouble as find_trouble
from db.queries.inbox import NoticeRow, one_notice
from db.queries.inbox import inbox as find_inbox
from db.queries.lines import Light, Line
from db.queries.rows import Page
from process.errors import NotFound
from process.vocabulary import Role, RungKind

router = APIRouter(tags=["待办与通知"])


class NoticeInWords(BaseModel):
    """A notice as it reads."""

    notice: NoticeRow
    title: str = Field(description="标题")
    html: str = Field(description="正文（安全的 HTML 片段）")


def visible_notice(at: Desk, notice_id: int) -> NoticeRow:
    """A notice to this actor. Raises :class:`NotFound`."""
    found = one_notice(at.session, notice_id, sight=at.sight, user_id=at.actor.person)
    if found is None:
        raise NotFound("通知")
    return found


@router.get("/todo", summary="我的待办", responses=READ)
def todo(at: At, window: Paging) -> Page[Task]:
    """等我办理的事项，最急的在前：办什么、何时到期、依据、逾期会怎样。"""
    return tasks(at, window)


@router.get("/queue", summary="办理队列", responses=READ)
def queue(
    at: At,
    window: Paging,
    process: Annotated[str | None, Query(description="督导事项")] = None,
    round_id: Annotated[int | None, Query(description="轮次")] = None,
    subject_id: Annotated[str | None, Query(description="督导对象")] = None,
    stage: Annotated[str | None, Query(description="环节")] = None,
    rung: Annotated[RungKind | None, Query(description="已到的一级")] = None,
    owner: Annotated[Role | None, Query(description="由谁办理")] = None,
    light: Annotated[Light | None, Query(description="灯")] = None,
) -> Page[Line]:
    """各轮次中所有在办任务，最急的在前。"""
    at.office()
    wanted = at.wanted(
        process=process,
        round_id=round_id,
        subject_id=subject_id,
        stage=stage,
        rung=rung,
        owner=owner,
        light=light,
        live=True,
    )
    return titled_lines(at, lines.worst_first(at.session, wanted, window))


@router.get("/inbox", summary="收件箱", responses=READ)
def inbox(
    at: At, window: Paging, unsigned: Annotated[bool, Query(description="只看须签收而未签收的")] = False
) -> Page[NoticeRow]:
    """发给本区县（或本人）的通知，新的在前。"""
    return find_inbox(at.session, sight=at.sight, user_id=at.actor.person, unsigned=unsigned, window=window)


@router.get("/inbox/{notice_id}", summary="一份通知", responses=READ)
def one(notice_id: int, at: At) -> NoticeInWords:
    """通知的全文。"""
    notice = visible_notice(at, notice_id)
    title, html = in_words(at, notice)
    return NoticeInWords(notice=notice, title=title, html=html)


@router.post("/inbox/{notice_id}/sign", summary="签收通知", responses=WRITE)
def sign_for(notice_id: int, at: At) -> NoticeRow:
    """签收一份通知；重复签收不变。"""
    sign(at.session, at.actor, at.now, notice_id)
    return visible_notice(at, notice_id)


@router.get("/deliveries/trouble", summary="未送达的邮件", responses=READ)
def trouble(at: At, window: Paging) -> Page[Trouble]:
    """发送失败或结果不明的邮件，须人工处理。"""
    at.office()
    return find_trouble(at.session, window, sight=at.sight)
