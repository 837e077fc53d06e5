"""Calendar feeds as iCalendar (RFC 5545): a deadline is a whole day, a talk an hour of the office's time.

No alarms: reminding is the notices' business. The same state of the cases gives the same bytes, so nothing here looks
at the clock. Grounds and names of a talk stay behind the sign-in: calendars are copied to servers of others.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from icalendar import Calendar, Component, Event, vDuration
from icalendar.enums import STATUS, TRANSP
from pydantic import BaseModel, Field
from sqlmodel import select

from api.context import Desk
from api.titles import processes_of
from api.todo import basis, whose_turn
from casework.feeds import open_feed
from db.queries.feeds import MOST_EVENTS, Appointment, Cut, Deadline, appointments, deadlines
from db.tables import CalendarFeed, Round
from process.calendar import SHANGHAI
from process.definition import Process

REFRESH = timedelta(hours=1)
"""How often calendar programs are asked to look again."""

TALK_LASTS = timedelta(hours=1)
"""A notice of a talk names no end; a calendar needs one to show it."""

_DAY = timedelta(days=1)
_SINCE = date(2000, 1, 1)
"""From when the time zone is described; before it lie the summer times of 1986 to 1991."""


class OpenedFeed(BaseModel):
    """A feed just opened."""

    id: int
    address: str = Field(description="订阅地址，含密钥，只显示这一次")


def opened(desk: Desk, round_id: int | None) -> OpenedFeed:
    """Open a feed for whoever is signed in, and tell its address."""
    feed, token = open_feed(desk.session, desk.actor, desk.now, round_id=round_id)
    return OpenedFeed(id=feed.id or 0, address=f"{desk.settings.public_url}/calendar/{token}.ics")


def calendar_of(desk: Desk, feed: CalendarFeed) -> bytes:
    """The feed as its owner (the desk's actor) may see it now."""
    cut = _cut(desk, feed)
    talks = appointments(desk.session, cut) if cut.owners != () else []
    items = deadlines(desk.session, cut, MOST_EVENTS - len(talks)) if cut.owners != () else []
    known = processes_of(desk, {item.round_id for item in items})
    events: list[Component] = [_deadline(desk, item, known[item.round_id]) for item in items]
    events += [_talk(desk, talk) for talk in talks]
    whole = len(events) < MOST_EVENTS
    made = Calendar.new(
        prodid="-//Dudao 督导//Calendar feed//ZH",
        uid=f"feed-{feed.id}@{desk.settings.mail_domain}",
        calscale="GREGORIAN",
        name=f"督导：{_name(desk, feed)}",
        description=None if whole else f"只列出最早到期的{MOST_EVENTS}项，全部事项见系统",
        subcomponents=events,
    )
    made.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", vDuration(REFRESH))
    made.add("x-wr-timezone", SHANGHAI.key)
    made.add_missing_timezones(first_date=_SINCE)
    content: bytes = made.to_ical()
    return content


def _cut(desk: Desk, feed: CalendarFeed) -> Cut:
    """Everything of the feed's round, or what waits on the actor as the to-do page has it."""
    if feed.round_id is not None:
        return Cut(sight=desk.sight, round_id=feed.round_id)
    owners, inspector = whose_turn(desk.actor)
    return Cut(sight=desk.sight, owners=owners, inspector=inspector)


def _name(desk: Desk, feed: CalendarFeed) -> str:
    if feed.round_id is None:
        return f"{desk.actor.name}的待办"
    return desk.session.exec(select(Round.title).where(Round.id == feed.round_id)).one()


def _deadline(desk: Desk, item: Deadline, process: Process) -> Event:
    stage = process.stage(item.stage)
    marks = [*(["暂定"] if item.provisional else []), *(["延期待审批"] if item.extension_pending else [])]
    wanted = [d.title if d.required else f"{d.title}（可选）" for d in stage.deliverables]
    ground = basis(stage, item.attempt)
    said = [
        stage.asks,
        f"事项：{item.matter}" if item.matter else "",
        f"须报送：{'、'.join(wanted)}" if wanted else "",
        f"依据：{ground}" if ground else "",
        "期限涉及尚未公布放假安排的年度，为暂定，公布后可能顺延。" if item.provisional else "",
        "延期申请待审批，批准前仍以此日为准。" if item.extension_pending else "",
    ]
    return _event(
        desk,
        uid=f"item-{item.id}-{item.attempt}",
        start=item.due_on,
        end=item.due_on + _DAY,
        summary=f"{item.subject}：{stage.title} 到期" + (f"（{'，'.join(marks)}）" if marks else ""),
        said=said,
        case_id=item.case_id,
        round_title=item.round_title,
        changed_at=item.changed_at,
        sequence=item.version,
        status=STATUS.TENTATIVE if item.provisional else STATUS.CONFIRMED,
        # A deadline keeps nobody from meetings of that day.
        transparency=TRANSP.TRANSPARENT,
    )


def _talk(desk: Desk, talk: Appointment) -> Event:
    start = talk.scheduled_for.astimezone(SHANGHAI)
    return _event(
        desk,
        uid=f"talk-{talk.id}",
        start=start,
        end=start + TALK_LASTS,
        summary=f"{talk.subject}：约谈",
        said=["约谈通知书已发出，请按通知书参加；结束时间以现场为准。"],
        case_id=talk.case_id,
        round_title=talk.round_title,
        changed_at=talk.changed_at,
        sequence=0,
        status=STATUS.CONFIRMED,
        transparency=TRANSP.OPAQUE,
        location=talk.place,
    )


def _event(
    desk: Desk,
    *,
    uid: str,
    start: date | datetime,
    end: date | datetime,
    summary: str,
    said: list[str],
    case_id: int,
    round_title: str,
    changed_at: datetime,
    sequence: int,
    status: STATUS,
    transparency: TRANSP,
    location: str | None = None,
) -> Event:
    url = f"{desk.settings.public_url}/cases/{case_id}"
    words = [*filter(None, said), f"轮次：{round_title}", f"办理：{url}"]
    return Event.new(
        uid=f"{uid}@{desk.settings.mail_domain}",
        stamp=changed_at,
        last_modified=changed_at,
        sequence=sequence,
        start=start,
        end=end,
        summary=summary,
        description="\n".join(words),
        location=location,
        url=url,
        status=status,
        transparency=transparency,
    )
