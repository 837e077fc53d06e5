"""A mail server that misbehaves on demand, phase by phase."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from enum import Enum, auto
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from notifications.sink import Collector, MailSink


class Fault(Enum):
    DROP_AT_MAIL = auto()
    STALL_AT_MAIL = auto()
    DROP_AT_RCPT = auto()
    DROP_AFTER_KEEPING = auto()
    DROP_WITHOUT_KEEPING = auto()
    DEFER_RCPT = auto()
    REFUSE_RCPT = auto()
    DEFER_DATA = auto()
    REFUSE_DATA = auto()
    REFUSE_SENDER = auto()
    SLOW = auto()
    GARBLE = auto()


class FaultyCollector(Collector):
    sink: FaultySink

    def _fault(self, *among: Fault) -> Fault | None:
        return self.sink.next_fault(*among)

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.sink.greeted += 1
        return ["421 too many connections"] if self.sink.only_one and self.sink.greeted > 1 else responses

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        match self._fault(Fault.DROP_AT_MAIL, Fault.STALL_AT_MAIL, Fault.REFUSE_SENDER):
            case Fault.DROP_AT_MAIL:
                server.transport.close()
            case Fault.STALL_AT_MAIL:
                await asyncio.sleep(self.sink.slowness)
            case Fault.REFUSE_SENDER:
                return "550 sender not allowed"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        self.sink.on_rcpt(address)
        if address in self.sink.dead:
            return "550 5.1.1 no such mailbox"
        match self._fault(Fault.DROP_AT_RCPT, Fault.DEFER_RCPT, Fault.REFUSE_RCPT):
            case Fault.DROP_AT_RCPT:
                server.transport.close()
            case Fault.DEFER_RCPT:
                return "451 4.2.0 try later"
            case Fault.REFUSE_RCPT:
                return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        fault = self._fault(
            Fault.DROP_AFTER_KEEPING,
            Fault.DROP_WITHOUT_KEEPING,
            Fault.DEFER_DATA,
            Fault.REFUSE_DATA,
            Fault.SLOW,
            Fault.GARBLE,
        )
        match fault:
            case Fault.DROP_WITHOUT_KEEPING:
                server.transport.close()
                return "250 OK"
            case Fault.DEFER_DATA:
                return "451 4.3.0 busy"
            case Fault.REFUSE_DATA:
                return "554 5.7.1 refused"
        self.sink.keep(envelope)
        match fault:
            case Fault.DROP_AFTER_KEEPING:
                server.transport.close()
            case Fault.SLOW:
                await asyncio.sleep(self.sink.slowness)
            case Fault.GARBLE:
                return "kept, I think"
        return "250 OK"


class FaultySink(MailSink):
    """Faults are used up in order, each by the first command it fits; ``dead`` mailboxes stay dead."""

    def __init__(self, certificate: Path | None = None, *, implicit: bool = False, password: str = "") -> None:
        super().__init__()
        self.faults: list[Fault] = []
        self.dead: set[str] = set()
        self.slowness = 3.0
        self.connections = 0
        self.only_one = False
        self.greeted = 0
        self.on_rcpt: Callable[[str], None] = lambda address: None
        self._certificate = certificate
        self._implicit = implicit
        self._password = password

    def next_fault(self, *among: Fault) -> Fault | None:
        if self.faults and self.faults[0] in among:
            return self.faults.pop(0)
        return None

    def handler(self) -> Collector:
        return FaultyCollector(self)

    def options(self) -> dict[str, Any]:
        if self._certificate is None:
            return {}
        starttls = {"tls_context": self._context(), "require_starttls": True}
        return {
            **({"auth_require_tls": False} if self._implicit else starttls),
            "auth_required": True,
            "authenticator": self._authenticate,
        }

    def implicit_tls(self) -> ssl.SSLContext | None:
        return self._context() if self._implicit else None

    def _context(self) -> ssl.SSLContext:
        assert self._certificate is not None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._certificate)
        return context

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        right = isinstance(data, LoginPassword) and data.password == self._password.encode()
        return AuthResult(success=right, handled=right)

    def _protocol(self, loop: asyncio.AbstractEventLoop) -> Any:
        make = super()._protocol(loop)

        def counted() -> SMTP:
            self.connections += 1
            return make()

        return counted
