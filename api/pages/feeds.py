"""Calendar feeds: the page on which they are opened and revoked, and what calendar programs fetch."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from api.context import At, Desk, Unsigned, now_of, settings_of
from api.feeds import REFRESH, OpenedFeed, calendar_of, opened
from api.pages.forms import Failed, Form, attempt, reading
from api.render import go, page
from casework.feeds import feeds_of, revoke_feed, whose_feed
from db.queries.rounds import rounds
from db.queries.rows import MOST, Window
from process.errors import LinkInvalid
from process.vocabulary import CaseStatus

router = APIRouter()
PAGE = "/feeds"
_KEEP = "private, max-age=900"


@router.api_route("/calendar/{token}.ics", methods=["GET", "HEAD"])
def fetch(request: Request, token: str, session: Unsigned) -> Response:
    """A feed, for whoever has its address."""
    now = now_of(request)
    try:
        feed, actor = whose_feed(session, now, token)
    except LinkInvalid as error:
        return PlainTextResponse(f"{error.message}：{error.detail}。\n", error.status)
    content = calendar_of(Desk(session, actor, now, settings_of(request)), feed)
    return Response(content, media_type="text/calendar; charset=utf-8", headers={"cache-control": _KEEP})


@router.get(PAGE)
def feeds(request: Request, at: At) -> Response:
    """One's own feeds."""
    return _feeds(request, at, None, None)


def _feeds(request: Request, at: Desk, made: OpenedFeed | None, failed: Failed | None) -> Response:
    seen = rounds(at.session, at.today, sight=at.sight, window=Window(MOST)).items
    return page(
        request,
        "calendar_feeds.html",
        status=failed.error.status if failed else 200,
        actor=at.actor,
        feeds=feeds_of(at.session, at.actor),
        rounds=[row for row in seen if row.status is CaseStatus.OPEN],
        hours=int(REFRESH.total_seconds()) // 3600,
        made=made,
        failed=failed,
    )


@router.post(PAGE)
def open_one(request: Request, form: Form) -> Response:
    """Open a feed; the answer shows its address, this once."""
    return attempt(
        request,
        "feeds",
        form,
        lambda at: opened(at, form.number("round_id") if form.given("round_id") else None),
        lambda made: reading(request, lambda at: _feeds(request, at, made, None)),
        lambda failed: reading(request, lambda at: _feeds(request, at, None, failed)),
    )


@router.post(f"{PAGE}/{{feed_id}}/revoke")
def revoke(request: Request, feed_id: int, form: Form) -> Response:
    """Close a feed."""
    return attempt(
        request,
        "revoke",
        form,
        lambda at: revoke_feed(at.session, at.actor, at.now, feed_id),
        lambda _: go(PAGE, "订阅已撤销，原地址不再有效"),
        lambda failed: reading(request, lambda at: _feeds(request, at, None, failed)),
    )
