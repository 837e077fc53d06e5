"""Sending a launched round's mail, beside the bare SMTP client with the same bytes over as many connections."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from typing import Any, cast

from aiosmtplib import SMTP
from sqlalchemy import Engine, text

from bench.ground import START, Ground
from bench.launching import launch_ours
from bench.mail_box import Fault, MailBox
from bench.measure import Figure, in_turns
from db.session import make_engine, unit_of_work
from flows.district_evaluation import PROCESS
from notifications.deliver import deliver as send_due
from notifications.letters.pending import render_pending
from notifications.mail import Envelope
from notifications.prepare import prepare
from notifications.settle import Claim
from process.vocabulary import Channel, NoticeKind
from settings import Settings

CASES = 5_000
NOTICES = 2 * CASES
CONNECTIONS = 4

_WAITING = text("""
SELECT d.id, d.notice_id, n.kind, d.attempts, d.message_id, d.next_attempt_at
FROM deliveries d JOIN notices n ON n.id = d.notice_id
WHERE d.status IN ('pending', 'sending') ORDER BY d.id
""")
_NEXT = text("SELECT min(next_attempt_at) FROM deliveries WHERE status IN ('pending', 'sending')")
_FATES = text("SELECT d.message_id, n.kind, d.status FROM deliveries d JOIN notices n ON n.id = d.notice_id")
# Every mail brings a letter that is signed for by its link.
_LETTERS = text("UPDATE notices SET kind = 'letter', data = data || '{\"letter\": \"supervision_notice\"}'")
# Half of the mail, well mixed, is of the kind that must never come twice.
_REMINDERS = text("UPDATE notices SET kind = 'reminder' WHERE abs(hashint8(id)) % 2 = 0")


@dataclass
class Post:
    """A round's mail waiting, and where it goes."""

    ground: Ground
    engine: Engine
    settings: Settings
    box: MailBox
    now: datetime = START

    def fill(self) -> None:
        """The same mail waiting again, and an empty mailbox."""
        self.ground.empty()
        launch_ours(self.ground, CASES, PROCESS)
        with unit_of_work(self.engine) as session:
            session.execute(_LETTERS)
            render_pending(session, START)  # what has a letter waits for it, and takes it along
        self.ground.settle()
        self.box.suffer(Fault.NONE)
        self.box.empty()
        with unit_of_work(self.engine) as session:
            waiting = session.execute(_WAITING).all()
        if len(waiting) != NOTICES:
            raise AssertionError(f"{len(waiting)} deliveries waiting, not {NOTICES}")
        self.now = max(row.next_attempt_at for row in waiting)

    def envelopes(self) -> list[Envelope]:
        """What waits, as the bytes that will be sent."""
        with unit_of_work(self.engine) as session:
            rows = session.execute(_WAITING).all()
            claims = [Claim(row.id, row.notice_id, NoticeKind(row.kind), 1, row.message_id) for row in rows]
            made = [
                cast(Envelope, ready.message)
                for at in range(0, len(claims), 500)
                for ready in prepare(session, Channel.EMAIL, claims[at : at + 500], self.settings, self.now).ready
            ]
            session.rollback()
        if len(made) != NOTICES:
            raise AssertionError(f"{len(made)} messages made, not {NOTICES}")
        return made

    def ours(self) -> None:
        """One pass of delivery over everything that is due."""
        asyncio.run(send_due(self.engine, self.settings, self.now, limit=NOTICES))

    def bare(self, envelopes: Sequence[Envelope]) -> None:
        """The same bytes by the client's commands alone."""
        asyncio.run(_bare(self.settings, envelopes, _by_commands))

    def bare_messages(self, messages: Sequence[EmailMessage]) -> None:
        """The same mails by the client alone, as its users send them."""
        asyncio.run(_bare(self.settings, messages, _as_message))

    def fates(self) -> dict[str, tuple[NoticeKind, str]]:
        """By Message-ID: what it is, and what is written of its delivery."""
        with unit_of_work(self.engine) as session:
            rows = session.execute(_FATES).all()
        domain = self.settings.mail_domain
        return {f"{row.message_id}@{domain}": (NoticeKind(row.kind), row.status) for row in rows}


@contextmanager
def _post(ground: Ground, *, timeout: float) -> Iterator[Post]:
    """A mailbox, and an engine pooled as in production."""
    engine = make_engine(ground.engine.url.render_as_string(hide_password=False))
    try:
        with MailBox() as box:
            settings = Settings(
                _env_file=None,
                smtp_host="127.0.0.1",
                smtp_port=box.port,
                smtp_security="none",
                smtp_username=None,
                smtp_password=None,
                smtp_connections=CONNECTIONS,
                smtp_timeout=timeout,
            )
            yield Post(ground, engine, settings, box)
    finally:
        engine.dispose()


Hand = Callable[[SMTP, Any], Awaitable[object]]
"""Gives one message to the client."""


async def _by_commands(client: SMTP, envelope: Envelope) -> None:
    await client.mail(envelope.sender)
    await client.rcpt(envelope.recipient)
    await client.data(envelope.content)


async def _as_message(client: SMTP, message: EmailMessage) -> None:
    await client.send_message(message)


async def _bare(settings: Settings, messages: Sequence[Any], hand: Hand) -> None:
    waiting = deque(messages)
    await asyncio.gather(*(_bare_line(settings, waiting, hand) for _ in range(settings.smtp_connections)))


async def _bare_line(settings: Settings, waiting: deque[Any], hand: Hand) -> None:
    client = SMTP(
        hostname=settings.smtp_host,
        port=settings.smtp_port,
        start_tls=False,
        timeout=settings.smtp_timeout,
        local_hostname=settings.mail_domain,
    )
    await client.connect()
    await client.ehlo()
    while waiting:
        await hand(client, waiting.popleft())
    await client.quit()


def deliver(ground: Ground, times: int = 5) -> Figure:
    """A round's mail sent by passes of delivery, and its finished bytes by the bare client's single commands.

    The floor neither reads, checks, words nor writes anything: it is what the wire and the client alone take.
    """
    with _post(ground, timeout=30) as post:
        post.fill()
        envelopes = post.envelopes()
        taken = _in_turns(post, lambda: post.bare(envelopes), times)
        size = sum(len(envelope.content) for envelope in envelopes) // len(envelopes)
    return Figure(
        "deliver",
        f"发送{NOTICES // 10000}万封通知，{CONNECTIONS}条连接：每秒封数（对照裸 SMTP 客户端逐条命令发送现成的字节）",
        NOTICES,
        *taken,
        counts={"bytes": size, "connections": CONNECTIONS},
    )


def deliver_as_messages(ground: Ground, times: int = 2) -> Figure:
    """The same beside the client as its users call it: ``send_message`` with the mails as message objects, made before.

    Neither reads the database nor words or writes anything in the floor; only the message is put on the wire as the
    client does it.
    """
    with _post(ground, timeout=30) as post:
        post.fill()
        messages = [message_from_bytes(envelope.content, policy=SMTP_POLICY) for envelope in post.envelopes()]
        taken = _in_turns(post, lambda: post.bare_messages(messages), times)
    return Figure(
        "deliver_as_messages",
        f"发送{NOTICES // 10000}万封通知，{CONNECTIONS}条连接：每秒封数（对照裸 SMTP 客户端的 send_message）",
        NOTICES,
        *taken,
        counts={"connections": CONNECTIONS},
    )


def _in_turns(post: Post, floor: Callable[[], None], times: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Passes of delivery and the floor in turns; each message must come just once."""
    sent_by_us = False

    def ours() -> None:
        nonlocal sent_by_us
        post.ours()
        sent_by_us = True

    def before() -> None:
        nonlocal sent_by_us
        post.fill()
        sent_by_us = False

    def left() -> tuple[int, int]:
        arrived, fates = post.box.empty(), post.fates()
        if sent_by_us and {status for _, status in fates.values()} != {"sent"}:
            raise AssertionError("not everything was written down as sent")
        if arrived.keys() != fates.keys():
            raise AssertionError(f"{len(fates.keys() - arrived.keys())} messages did not arrive")
        return len(arrived), sum(map(len, arrived.values()))

    return in_turns(ours, floor, times, before=before, left=left)


def _seconds(run: Callable[[], None]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def _troubles(box: MailBox) -> Iterator[None]:
    """What is the matter in each of the passes."""
    box.suffer(Fault.REFUSE)
    yield
    box.suffer(Fault.NONE)
    yield
    box.suffer(Fault.REFUSE, after=500)
    yield
    box.suffer(Fault.DEFER, after=500, times=200)
    yield
    box.suffer(Fault.STALL, after=500, times=60)
    yield
    box.suffer(Fault.DIE, after=1000)
    yield  # dies half-way
    yield  # and is not there
    while True:
        box.suffer(Fault.NONE)
        yield


@dataclass(frozen=True, slots=True)
class Tally:
    """How it ended with all the mail."""

    lost: int = 0
    """Never arrived, and not owned up to: neither given up nor left uncertain for people to see."""
    twice: int = 0
    """Arrived again although an answer had been read, or a reminder that arrived again at all."""
    repeated: int = 0
    """Formal notices that arrived again because nobody could know that they had."""
    uncertain: int = 0
    """Reminders of unknown fate, left to people."""
    dead: int = 0


def _tally(fates: dict[str, tuple[NoticeKind, str]], arrived: dict[str, list[bool]]) -> Tally:
    lost = twice = repeated = 0
    for identity, (kind, status) in fates.items():
        arrivals = arrived.get(identity, [])
        if not arrivals:
            lost += status not in ("dead", "uncertain")
            continue
        known = arrivals.index(True) + 1 if True in arrivals else len(arrivals)
        forgivable = known - 1 if kind.obligation else 0
        repeated += forgivable
        twice += len(arrivals) - 1 - forgivable
    statuses = [status for _, status in fates.values()]
    return Tally(lost, twice, repeated, statuses.count("uncertain"), statuses.count("dead"))


def deliver_troubled(ground: Ground) -> Figure:
    """The same while the server refuses, defers, stalls, dies and comes back: what is lost, what repeats."""
    with _post(ground, timeout=0.5) as post:
        post.fill()
        with unit_of_work(post.engine) as session:
            session.execute(_REMINDERS)
        envelopes = post.envelopes()
        passes = 0

        def ours() -> None:
            nonlocal passes
            now: datetime | None = post.now
            for _ in _troubles(post.box):
                if now is None:
                    break
                asyncio.run(send_due(post.engine, post.settings, now, limit=NOTICES // 5))
                passes += 1
                with unit_of_work(post.engine) as session:
                    due = session.execute(_NEXT).scalar_one()
                now = due and max(due, now + timedelta(minutes=1))

        took = _seconds(ours)
        tally = _tally(post.fates(), post.box.empty())
        floor = _seconds(lambda: post.bare(envelopes))
    return Figure(
        "deliver_troubled",
        f"发送{NOTICES // 10000}万封通知，其间服务器拒绝、暂缓、无应答、中途停机又恢复（共{passes}次发送）："
        f"遗失{tally.lost}封，重复{tally.twice}封；另有{tally.repeated}封正式通知因结果不明而重发（编号相同），"
        f"{tally.uncertain}封提醒结果不明、不重发，{tally.dead}封放弃。每秒封数（对照无故障时的裸 SMTP 客户端）",
        NOTICES,
        (took,),
        (floor,),
        counts={"passes": passes, **{name: getattr(tally, name) for name in Tally.__slots__}},
    )
