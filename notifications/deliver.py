"""A pass of delivery: claim, check, render, send, write down, until nothing is due.

It may be killed at any point and may run beside others of its kind: what it had claimed is settled when its lease has
run out (:mod:`notifications.outbox`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from db.session import unit_of_work
from notifications.channels.bots import Bots
from notifications.channels.sms import Sms
from notifications.gateway import gateway
from notifications.outbox import abandon_reminders, cancel_unused, claim, record
from notifications.prepare import Prepared, prepare
from notifications.settle import Claim, Result, settle
from notifications.smtp import UNSENT, Answer, Lines, Verdict
from process.vocabulary import Channel, DeliveryStatus
from settings import Settings

BATCH = 200
"""So few that a killed pass leaves few reminders uncertain, so many that the database is not what takes the time."""

WRITE_EVERY = 0.02
"""Seconds: what the server took is written down at once, since a mail sent and not written may be sent again."""

PASS = timedelta(minutes=10)
"""A pass sends no longer than this, so that every lease it took outlasts it."""

_TRIES = (0.2, 1.0, 5.0)
"""Seconds between tries to write results down: mails have gone out, and must not be forgotten over a deadlock."""


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What a pass did."""

    claimed: int = 0
    sent: int = 0
    cancelled: int = 0
    retried: int = 0
    """Put off to a later attempt."""
    uncertain: int = 0
    dead: int = 0
    trouble: str = ""
    """Why the mail server would not have us, if it would not; what was claimed then waits, its attempts uncounted."""


class Transport(Protocol):
    """What carries messages on one channel: SMTP connections, office bots, a gateway of short messages."""

    @property
    def trouble(self) -> str:
        """Why the service would not have us, the last time it would not."""

    @property
    def down(self) -> bool:
        """Whether it is of no use to go on."""

    async def send(self, messages: Sequence[Any], answers: list[Answer], time_is_up: Callable[[], bool]) -> None:
        """Hand over the messages, each answer put in its place; the answers stay true when this is cancelled."""


async def deliver(
    engine: Engine, settings: Settings, now: datetime, *, channel: Channel = Channel.EMAIL, limit: int = 500
) -> DeliveryReport:
    """Send up to ``limit`` of what is due on one channel; each has its own pass, so that none delays another.

    ``now`` stands for the whole pass, which therefore ends within :data:`PASS`; leases are longer than that. Raises
    :class:`SmtpNotConfigured` before touching anything. Copies for short messages are cancelled where none can be sent.
    """
    if channel is Channel.SMS and settings.sms_url is None:
        return DeliveryReport(cancelled=await asyncio.to_thread(_cancel_sms, engine, now))
    async with _transport(channel, settings) as lines:
        made = _Pass(engine, settings, channel, now, lines)
        report = DeliveryReport(uncertain=await asyncio.to_thread(_abandon, engine, channel, now))
        while report.claimed < limit and not made.over():
            # Not in a thread: no cancellation may come between a claim and knowing of it.
            claims = made.claim(min(BATCH, limit - report.claimed))
            if not claims:
                break
            report = _counted(report, await made.batch(claims), len(claims))
        return replace(report, trouble=lines.trouble if lines.down else "")


@asynccontextmanager
async def _transport(channel: Channel, settings: Settings) -> AsyncIterator[Transport]:
    match channel:
        case Channel.EMAIL:
            async with Lines(settings) as lines:
                yield lines
        case Channel.BOT:
            schemes = frozenset(settings.bot_schemes)
            async with Bots(schemes, settings.bot_timeout, settings.bot_connections) as bots:
                yield bots
        case Channel.SMS:
            async with Sms(gateway(settings)) as sms:
                yield sms


class _Written:
    """What of a batch is in the database already."""

    def __init__(self) -> None:
        self.results: list[Result] = []
        self.ids: set[int] = set()

    def add(self, results: Sequence[Result], given: Sequence[Result]) -> None:
        """Remember what was given to be written, and what of it still applied."""
        self.results += results
        self.ids |= {result.claim.id for result in given}


class _Pass:
    """One pass, batch by batch.

    The next batch is not prepared while one is being sent: a thread that renders holds up the connections' every turn
    (measured: half as fast).
    """

    def __init__(self, engine: Engine, settings: Settings, channel: Channel, now: datetime, lines: Transport) -> None:
        self.engine, self.settings, self.channel, self.now, self.lines = engine, settings, channel, now, lines
        self.lease = now + PASS + timedelta(seconds=2 * settings.smtp_timeout + 60)
        self.ends = time.monotonic() + PASS.total_seconds()

    def over(self) -> bool:
        """Whether no more is to be sent."""
        return self.lines.down or self.late()

    def late(self) -> bool:
        """Whether the time of the pass is up."""
        return time.monotonic() >= self.ends

    def claim(self, limit: int) -> list[Claim]:
        """The next batch."""
        with unit_of_work(self.engine) as session:
            return claim(session, self.channel, self.now, self.lease, limit)

    async def batch(self, claims: Sequence[Claim]) -> list[Result]:
        """Bring a batch to its end. Whatever happens meanwhile, what is known of it is written down."""
        written = _Written()
        prepared, answers = Prepared(), list[Answer]()
        try:
            prepared = await asyncio.to_thread(self._prepare, claims)
            answers += [UNSENT] * len(prepared.ready)
            async with asyncio.TaskGroup() as group:
                sending = group.create_task(
                    self.lines.send([ready.message for ready in prepared.ready], answers, self.late)
                )
                while not sending.done():
                    await asyncio.wait({sending}, timeout=WRITE_EVERY)
                    await asyncio.to_thread(self._write_accepted, prepared, answers, written)
        except BaseException:
            # Cancelled, or worse: no more awaiting, but the mails that went out are not forgotten.
            self._write_rest(claims, prepared, answers, written)
            raise
        await asyncio.to_thread(self._write_rest, claims, prepared, answers, written)
        return written.results

    def _write_accepted(self, prepared: Prepared, answers: Sequence[Answer], written: _Written) -> None:
        """What the server took since the last look; so little is unwritten when a pass is killed."""
        pairs = zip(prepared.ready, answers, strict=True)
        taken = [
            result
            for ready, answer in pairs
            if answer.verdict is Verdict.ACCEPTED and ready.claims[0].id not in written.ids
            for result in ready.settled(answer, self.now)
        ]
        if taken:
            written.add(_record(self.engine, taken, self.now), taken)

    def _write_rest(
        self, claims: Sequence[Claim], prepared: Prepared, answers: Sequence[Answer], written: _Written
    ) -> None:
        results = [r for r in _results(claims, prepared, answers, self.now) if r.claim.id not in written.ids]
        if results:
            written.add(_record(self.engine, results, self.now), results)

    def _prepare(self, claims: Sequence[Claim]) -> Prepared:
        with unit_of_work(self.engine) as session:
            return prepare(session, self.channel, claims, self.settings, self.now)


def _results(claims: Sequence[Claim], prepared: Prepared, answers: Sequence[Answer], now: datetime) -> list[Result]:
    """A result for every claim; what never got as far as being sent goes back."""
    pairs = zip(prepared.ready, answers, strict=False)
    sent = [result for ready, answer in pairs for result in ready.settled(answer, now)]
    settled = [*prepared.settled, *sent]
    seen = {result.claim.id for result in settled}
    return [*settled, *(settle(claim, UNSENT, now) for claim in claims if claim.id not in seen)]


def _abandon(engine: Engine, channel: Channel, now: datetime) -> int:
    with unit_of_work(engine) as session:
        return abandon_reminders(session, channel, now)


def _cancel_sms(engine: Engine, now: datetime) -> int:
    with unit_of_work(engine) as session:
        return cancel_unused(session, Channel.SMS, now, "没有配置短信网关")


def _record(engine: Engine, results: Sequence[Result], now: datetime) -> list[Result]:
    for pause in _TRIES:
        try:
            return _record_once(engine, results, now)
        except OperationalError:
            time.sleep(pause)
    return _record_once(engine, results, now)


def _record_once(engine: Engine, results: Sequence[Result], now: datetime) -> list[Result]:
    with unit_of_work(engine) as session:
        return record(session, results, now)


def _counted(report: DeliveryReport, results: Sequence[Result], claimed: int) -> DeliveryReport:
    def many(status: DeliveryStatus) -> int:
        return sum(result.status is status for result in results)

    return replace(
        report,
        claimed=report.claimed + claimed,
        sent=report.sent + many(DeliveryStatus.SENT),
        cancelled=report.cancelled + many(DeliveryStatus.CANCELLED),
        retried=report.retried + many(DeliveryStatus.PENDING),
        uncertain=report.uncertain + many(DeliveryStatus.UNCERTAIN),
        dead=report.dead + many(DeliveryStatus.DEAD),
    )
