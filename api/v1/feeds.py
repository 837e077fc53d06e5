"""Calendar feeds of whoever is signed in."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import Field

from api.bodies import Body, Made
from api.context import At
from api.feeds import OpenedFeed, opened
from api.v1.answers import READ, WRITE
from casework.feeds import feeds_of, revoke_feed
from db.queries.feeds import FeedRow

router = APIRouter(prefix="/calendar-feeds", tags=["待办与通知"])


class FeedBody(Body):
    """Which feed is wanted."""

    round_id: int | None = Field(default=None, ge=1, description="轮次；不填为等本人办理的全部事项", examples=[1])


@router.get("", summary="我的日历订阅", responses=READ)
def feeds(at: At) -> list[FeedRow]:
    """本人尚未撤销的日历订阅；订阅地址不再显示。"""
    return feeds_of(at.session, at.actor)


@router.post("", summary="开通日历订阅", status_code=201, responses=WRITE)
def open_one(body: FeedBody, at: At) -> OpenedFeed:
    """开通一个日历订阅：等本人办理的事项，或一个轮次的全部期限。地址含密钥，只在此时给出一次。"""
    return opened(at, body.round_id)


@router.post("/{feed_id}/revoke", summary="撤销日历订阅", responses=WRITE)
def revoke(feed_id: int, at: At) -> Made:
    """撤销后原地址立即失效；重复撤销不变。"""
    return Made(id=revoke_feed(at.session, at.actor, at.now, feed_id).id or 0)
