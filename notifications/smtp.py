"""Handing messages to an SMTP server, and knowing what became of each.

aiosmtplib's own ``send_message`` hides in which phase a connection broke. Here the commands are given one by one: what
breaks before the message's text is under way was not delivered; what breaks after that may have been.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from types import TracebackType
from typing import Self

from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPResponse,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
    SMTPStatus,
)

from notifications.mail import Envelope
from process.errors import DudaoError
from settings import Settings

# Long-lived connections rot, and servers count what comes through one.
MAILS_PER_CONNECTION = 100


class SmtpNotConfigured(DudaoError):
    """没有配置 SMTP 服务器，邮件未发送"""

    code = "smtp_not_configured"
    status = 503


class Verdict(Enum):
    """What is known about a message after trying."""

    ACCEPTED = auto()
    REFUSED = auto()
    """For good, by the server's word."""
    DEFERRED = auto()
    """Not now: the server said so, or the connection broke before the text was under way."""
    UNKNOWN = auto()
    """The connection broke while the text was under way: the server may hold the message or not."""
    UNSENT = auto()
    """Never tried: the server could not be reached, or the time was up."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A verdict, and the server's words or ours for it."""

    verdict: Verdict
    words: str


UNSENT = Answer(Verdict.UNSENT, "本次未能发送，稍后再试")


INTERRUPTED = "发送中断，结果不明"


class NoService(Exception):
    """The server will not have us at all, whatever the message: unreachable, no TLS, wrong password, sender refused."""


@dataclass(slots=True)
class Line:
    """One connection: opened when first needed, thrown away after any trouble."""

    settings: Settings
    _client: SMTP | None = None
    _carried: int = 0

    async def send(self, envelope: Envelope) -> Answer:
        """Hand one message over. Raises :class:`NoService`; everything about the message itself is in the answer."""
        reused = self._client is not None
        answer = await self._try(envelope)
        if answer is None and reused:
            answer = await self._try(envelope)  # an idle connection had died: that says nothing about the message
        return answer or Answer(Verdict.DEFERRED, "连接在发送正文之前中断")

    async def _try(self, envelope: Envelope) -> Answer | None:
        """One attempt; ``None`` when the connection broke before the text."""
        fresh, begun, text_under_way = self._client is None, False, False
        try:
            client = await self._connected()
            async with asyncio.timeout(self.settings.smtp_timeout):
                await client.mail(envelope.sender)
                begun = True
                await client.rcpt(envelope.recipient)
                text_under_way = True
                response = await _text(client, envelope.content)
        except SMTPSenderRefused as refusal:
            self.discard()
            if refusal.code < 500:
                return Answer(Verdict.DEFERRED, _words(refusal))
            raise NoService(f"发件人被拒绝：{_words(refusal)}") from refusal
        except SMTPResponseException as refusal:
            self.discard()
            if text_under_way and not 400 <= refusal.code < 600:  # no answer of SMTP: it may have kept the message
                return Answer(Verdict.UNKNOWN, f"{_words(refusal)}，结果不明")
            verdict = Verdict.REFUSED if 500 <= refusal.code < 600 else Verdict.DEFERRED
            return Answer(verdict, _words(refusal))
        except (SMTPException, OSError, TimeoutError) as trouble:
            self.discard()
            if fresh and not begun and isinstance(trouble, TimeoutError):
                # Nothing of the message was asked yet: it is the server that stalls.
                raise NoService("邮件服务器没有回应") from trouble
            if not text_under_way:
                return None
            return Answer(Verdict.UNKNOWN, f"发送正文时连接中断（{type(trouble).__name__}），结果不明")
        except BaseException:
            self.discard()
            raise
        self._carried += 1
        if self._carried >= MAILS_PER_CONNECTION:
            await self.close()
        return Answer(Verdict.ACCEPTED, clean(f"{response.code} {response.message}"))

    async def _connected(self) -> SMTP:
        if self._client is None:
            client = _client(self.settings)
            try:
                async with asyncio.timeout(self.settings.smtp_timeout):
                    await client.connect()
                    if client.is_ehlo_or_helo_needed:
                        await client.ehlo()
            except (SMTPException, OSError, TimeoutError) as trouble:
                client.close()
                raise NoService(clean(f"无法连接邮件服务器（{type(trouble).__name__}）：{trouble}")) from trouble
            self._client, self._carried = client, 0
        return self._client

    def discard(self) -> None:
        """Drop the connection without ceremony."""
        if self._client is not None:
            self._client.close()
        self._client = None

    async def close(self) -> None:
        """Take leave of the server; it may already be gone."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(SMTPException, OSError, TimeoutError):
                async with asyncio.timeout(5):
                    await client.quit()
            client.close()


def _client(settings: Settings) -> SMTP:
    secret = settings.smtp_password
    return SMTP(
        hostname=settings.smtp_host,
        port=settings.smtp_port,
        username=settings.smtp_username,
        password=secret.get_secret_value() if secret else None,
        use_tls=settings.smtp_security == "tls",
        start_tls=settings.smtp_security == "starttls",
        timeout=settings.smtp_timeout,
        local_hostname=settings.mail_domain,  # else the name of this host is asked of DNS
    )


async def _text(client: SMTP, content: bytes) -> SMTPResponse:
    """``SMTP.data`` for a text that is already as the wire wants it: CRLF line ends, no line that begins with a dot.

    Looking for what is not there takes the library two thirds of the time that a message with an attachment costs.
    """
    started = await client.execute_command(b"DATA")
    if started.code != SMTPStatus.start_input:
        raise SMTPDataError(started.code, started.message)
    if client.protocol is None:
        raise SMTPServerDisconnected("Connection lost")
    client.protocol.write(content + b".\r\n")
    response = await client.protocol.read_response(timeout=client.timeout)
    if response.code != SMTPStatus.completed:
        raise SMTPDataError(response.code, response.message)
    return response


def _words(refusal: SMTPResponseException) -> str:
    return clean(f"{refusal.code} {refusal.message}")


def clean(words: str) -> str:
    """A server's words as a database takes them: no broken characters, no NUL, not endless."""
    return words.encode("utf-8", "replace").decode().replace("\x00", "")[:500]


@dataclass(slots=True)
class Lines:
    """As many connections as may be used at once, kept while a pass of delivery lasts."""

    settings: Settings
    trouble: str = ""
    """Why the server refused a connection, the last time it did."""
    down: bool = False
    """Whether it refused all of them."""
    _lines: list[Line] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.settings.smtp_host is None:
            raise SmtpNotConfigured
        self._lines = [Line(self.settings) for _ in range(self.settings.smtp_connections)]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            for line in self._lines:
                line.discard()
            return
        await asyncio.gather(*(line.close() for line in self._lines))

    async def send(self, envelopes: Sequence[Envelope], answers: list[Answer], time_is_up: Callable[[], bool]) -> None:
        """Hand over all messages, shared out among the connections, each answer put in its place in ``answers``.

        The list is the caller's and stays true when this is cancelled: a message under way reads UNKNOWN, one not yet
        begun UNSENT.
        """
        waiting = deque(range(len(envelopes)))
        willing = list(self._lines)
        while waiting and willing and not time_is_up():
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(self._work(line, envelopes, answers, waiting, time_is_up)) for line in willing
                ]
            willing = [line for line, task in zip(willing, tasks, strict=True) if task.result()]
        self.down = not willing

    async def _work(
        self,
        line: Line,
        envelopes: Sequence[Envelope],
        answers: list[Answer],
        waiting: deque[int],
        time_is_up: Callable[[], bool],
    ) -> bool:
        """Send what waits through one connection; whether the server lets us have it."""
        # Python 3.11's wait_for, beneath aiosmtplib, can swallow a cancellation; the task itself remembers it.
        task = asyncio.current_task()
        while waiting and not time_is_up() and not (task and task.cancelling()):
            at = waiting.popleft()
            answers[at] = Answer(Verdict.UNKNOWN, INTERRUPTED)
            try:
                answers[at] = await line.send(envelopes[at])
            except NoService as trouble:
                # Left to the other connections: a server may merely limit how many it takes.
                answers[at] = UNSENT
                waiting.append(at)
                self.trouble = str(trouble)
                return False
        return True
