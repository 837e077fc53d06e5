"""A mail server that only collects: for installations without SMTP, the demo, and the tests."""

from __future__ import annotations

import asyncio
import email
import re
import ssl
import threading
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

_MESSAGE_ID = re.compile(rb"^message-id:\s*<?([^>\s]+)", re.IGNORECASE | re.MULTILINE)
_UNSAFE = re.compile(r"[^A-Za-z0-9.@_-]")


@dataclass(frozen=True, slots=True)
class ReceivedMail:
    """A message received. Its text lies in a file or packed, and is parsed only when asked for."""

    message_id: str
    mail_from: str
    rcpt_to: tuple[str, ...]
    path: Path | None
    _packed: bytes

    @property
    def content(self) -> bytes:
        """The bytes received."""
        return self.path.read_bytes() if self.path else zlib.decompress(self._packed)

    @property
    def message(self) -> EmailMessage:
        """The message, parsed."""
        return email.message_from_bytes(self.content, policy=policy.default)

    @property
    def subject(self) -> str:
        """The subject line, decoded."""
        return str(self.message["Subject"])


class Collector:
    """What aiosmtpd calls for each message: keep it, say yes."""

    def __init__(self, sink: MailSink) -> None:
        self.sink = sink

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep the message."""
        self.sink.keep(envelope)
        return "250 OK"


class MailSink:
    """Listens on ``host:port`` (0: any free one) from a thread of its own; writes ``.eml`` files into ``directory``."""

    def __init__(self, directory: Path | None = None, host: str = "127.0.0.1", port: int = 0) -> None:
        self.directory = directory
        self.host = host
        self.port = port
        self._mails: list[ReceivedMail] = []
        self._arrived = threading.Condition()
        self._written = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    @property
    def received(self) -> Sequence[ReceivedMail]:
        """What has come so far, oldest first."""
        with self._arrived:
            return tuple(self._mails)

    @property
    def count(self) -> int:
        """How many have come so far."""
        with self._arrived:
            return len(self._mails)

    def wait_for(self, count: int, timeout: float) -> bool:
        """Wait until so many have come; whether they have."""
        with self._arrived:
            return self._arrived.wait_for(lambda: len(self._mails) >= count, timeout)

    def start(self) -> None:
        """Listen. Raises ``OSError`` where the port is taken."""
        if self.directory is not None:
            self.directory.mkdir(parents=True, exist_ok=True)
            self._written = max((_number(path) for path in self.directory.glob("*.eml")), default=0)
        loop = asyncio.new_event_loop()
        try:
            listening = loop.create_server(self._protocol(loop), self.host, self.port, ssl=self.implicit_tls())
            server = loop.run_until_complete(listening)
        except OSError:
            loop.close()
            raise
        self.port = server.sockets[0].getsockname()[1]
        self._loop = loop
        self._thread = threading.Thread(target=_serve, args=(loop, server), name="mail-sink", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening; what was received stays readable."""
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._loop = self._thread = None

    def keep(self, envelope: Envelope) -> None:
        """Note a message, and write it down where there is a directory."""
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        found = _MESSAGE_ID.search(content[:8192])
        message_id = found.group(1).decode("ascii", "replace") if found else ""
        path = self._write(content, message_id)
        packed = b"" if path else zlib.compress(content, 1)
        mail = ReceivedMail(message_id, envelope.mail_from or "", tuple(envelope.rcpt_tos), path, packed)
        with self._arrived:
            self._mails.append(mail)
            self._arrived.notify_all()

    def handler(self) -> Collector:
        """What answers the commands; tests answer otherwise."""
        return Collector(self)

    def options(self) -> dict[str, Any]:
        """Options of the server; tests ask for TLS and AUTH."""
        return {}

    def implicit_tls(self) -> ssl.SSLContext | None:
        """The certificate with which every connection begins; tests have one."""
        return None

    def _protocol(self, loop: asyncio.AbstractEventLoop) -> Any:
        handler, options = self.handler(), self.options()
        # Named, else the name of this host is asked of DNS for each connection.
        return lambda: SMTP(handler, hostname="localhost", ident="dudao", loop=loop, **options)

    def _write(self, content: bytes, message_id: str) -> Path | None:
        if self.directory is None:
            return None
        self._written += 1
        path = self.directory / f"{self._written:07}-{_UNSAFE.sub('_', message_id)[:80]}.eml"
        part = path.with_suffix(".part")
        part.write_bytes(content)
        part.rename(path)  # so that nobody reads half a message
        return path


def _number(path: Path) -> int:
    head = path.name.partition("-")[0]
    return int(head) if head.isdigit() else 0


def _serve(loop: asyncio.AbstractEventLoop, server: asyncio.Server) -> None:
    asyncio.set_event_loop(loop)
    loop.run_forever()
    server.close()
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
