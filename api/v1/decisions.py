"""Deciding extensions, measures and talks."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api import bodies
from api.context import At, Desk, Paging
from api.titles import processes_of, stage_title
from api.v1.answers import READ, WRITE
from casework import talks as operations
from casework.extensions import decide_extension
from casework.measures import decide_measure
from db.queries.case_file import TalkRow
from db.queries.decisions import Proposal
from db.queries.decisions import proposals as find_proposals
from db.queries.decisions import talks as find_talks
from db.queries.rows import Page, Window
from process.vocabulary import TalkStatus

router = APIRouter(tags=["决定与约谈"])
TALK = "/talks/{talk_id}"


def titled_proposals(at: Desk, window: Window) -> Page[Proposal]:
    """What waits for a decision, with the titles of the stages."""
    at.office()
    found = find_proposals(at.session, window, sight=at.sight)
    known = processes_of(at, {row.round_id for row in found.items})
    items = [r.model_copy(update={"stage_title": stage_title(known[r.round_id], r.stage)}) for r in found.items]
    return found.model_copy(update={"items": items})


@router.get("/proposals", summary="待决定事项", responses=READ)
def proposals(at: At, window: Paging) -> Page[Proposal]:
    """待负责人决定的各项措施，附事由、依据和此前各级的发出、送达与签收。"""
    return titled_proposals(at, window)


@router.post("/extensions/{extension_id}/decide", summary="审批延期", responses=WRITE)
def extension(extension_id: int, body: bodies.ExtensionDecision, at: At) -> bodies.Made:
    """同意则到期日顺延、停止升级；不同意须写明理由。"""
    row = decide_extension(at.session, at.actor, at.now, extension_id, grant=body.grant, note=body.note)
    return bodies.Made(id=row.id or 0)


@router.post("/measures/{measure_id}/decide", summary="决定措施", responses=WRITE)
def measure(measure_id: int, body: bodies.MeasureDecision, at: At) -> bodies.Made:
    """批准则文书签发、通知发出、约谈或问责立项；改用其他措施或不予采取须写明理由。"""
    row = decide_measure(
        at.session,
        at.actor,
        at.now,
        measure_id,
        ruling=body.ruling,
        note=body.note,
        instead=body.instead,
        particulars=body.particulars,
    )
    return bodies.Made(id=row.id or 0)


@router.get("/talks", summary="约谈列表", responses=READ)
def talks(
    at: At, window: Paging, status: Annotated[TalkStatus | None, Query(description="只看某状态")] = None
) -> Page[TalkRow]:
    """约谈台账；区县只见已通知自己的。"""
    return find_talks(at.session, sight=at.sight, status=status, window=window)


@router.post(f"{TALK}/decide", summary="决定约谈", responses=WRITE)
def decide(talk_id: int, body: bodies.Decided, at: At) -> bodies.Made:
    """批准约谈，或写明理由不予约谈。"""
    return _made(operations.decide_talk(at.session, at.actor, at.now, talk_id, approve=body.approve, note=body.note).id)


@router.post(f"{TALK}/notify", summary="发出约谈通知", responses=WRITE)
def notify(talk_id: int, body: bodies.TalkNotified, at: At) -> bodies.Made:
    """按定义提前若干工作日通知时间、地点和被约谈人。"""
    talk = operations.notify_talk(
        at.session,
        at.actor,
        at.now,
        talk_id,
        scheduled_for=body.scheduled_for,
        place=body.place,
        persons=body.persons,
        talkers=body.talkers,
    )
    return _made(talk.id)


@router.post(f"{TALK}/hold", summary="登记约谈", responses=WRITE)
def hold(talk_id: int, body: bodies.TalkHeld, at: At) -> bodies.Made:
    """登记约谈的实际时间和参加人员。"""
    talk = operations.hold_talk(at.session, at.actor, at.now, talk_id, held_at=body.held_at, attended=body.attended)
    return _made(talk.id)


@router.post(f"{TALK}/minutes", summary="形成约谈记录", responses=WRITE)
def minutes(talk_id: int, body: bodies.TalkMinuted, at: At) -> bodies.Made:
    """写明约谈记录、承诺事项和时限。"""
    talk = operations.minute_talk(
        at.session, at.actor, at.now, talk_id, minutes=body.minutes, commitments=body.commitments
    )
    return _made(talk.id)


@router.post(f"{TALK}/follow-up", summary="承诺落实", responses=WRITE)
def follow_up(talk_id: int, body: bodies.TalkFollowedUp, at: At) -> bodies.Made:
    """承诺已经落实，约谈办结。"""
    return _made(operations.follow_up_talk(at.session, at.actor, at.now, talk_id, note=body.note).id)


def _made(id_: int | None) -> bodies.Made:
    return bodies.Made(id=id_ or 0)
