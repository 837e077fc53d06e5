"""Calendar feeds: secret addresses under which a calendar program fetches deadlines."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from casework.accounts import actor_of
from casework.actor import Actor
from db.queries.feeds import FeedRow, live_feeds
from db.queries.sight import sees_round
from db.tables import CalendarFeed, User
from process.errors import Conflict, LinkInvalid, NotFound

MOST_FEEDS = 20
"""How many live feeds one account may have."""


def open_feed(session: Session, actor: Actor, now: datetime, *, round_id: int | None) -> tuple[CalendarFeed, str]:
    """Open a feed of what waits on the actor, or of one round as the actor sees it. Returns it with its secret.

    The secret is told this once; only its hash is kept. Raises :class:`NotFound` for a round that the actor does not
    see, :class:`Conflict` when there are too many feeds.
    """
    person = actor.person
    if round_id is not None:
        _check_round(session, actor, round_id)
    live = select(func.count()).where(CalendarFeed.user_id == person, col(CalendarFeed.revoked_at).is_(None))
    if session.exec(live).one() >= MOST_FEEDS:
        raise Conflict(f"已有{MOST_FEEDS}个日历订阅，请先撤销不用的")
    token = secrets.token_urlsafe(32)
    feed = CalendarFeed(token_hash=_hash(token), user_id=person, round_id=round_id, created_at=now)
    session.add(feed)
    session.flush()
    return feed, token


def revoke_feed(session: Session, actor: Actor, now: datetime, feed_id: int) -> CalendarFeed:
    """Close a feed for good; revoking again changes nothing. Another person's feed does not exist for the actor."""
    feed = session.get(CalendarFeed, feed_id, with_for_update=True)
    if feed is None or feed.user_id != actor.person:
        raise NotFound("日历订阅")
    if feed.revoked_at is None:
        feed.revoked_at = now
        session.add(feed)
        session.flush()
    return feed


def feeds_of(session: Session, actor: Actor) -> list[FeedRow]:
    """The actor's feeds that were not revoked, the newest first."""
    return live_feeds(session, actor.person)


def whose_feed(session: Session, now: datetime, token: str) -> tuple[CalendarFeed, Actor]:
    """The feed of a secret, and whoever it speaks to, with the rights they have now.

    Raises :class:`LinkInvalid` for a secret that is unknown or revoked, or whose account is closed: one answer for all.
    """
    found = session.exec(
        select(CalendarFeed, User)
        .join(User, User.id == CalendarFeed.user_id)  # type: ignore[arg-type]
        .where(
            CalendarFeed.token_hash == _hash(token),
            CalendarFeed.created_at <= now,
            col(CalendarFeed.revoked_at).is_(None),
            User.active,
        )
    ).first()
    if found is None:
        raise LinkInvalid("日历订阅不存在或已撤销，请登录后重新订阅")
    feed, user = found
    return feed, actor_of(session, user)


def _check_round(session: Session, actor: Actor, round_id: int) -> None:
    if not sees_round(session, actor.sight, round_id):
        raise NotFound("轮次", field="round_id")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
