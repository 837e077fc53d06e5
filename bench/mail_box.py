"""A mail server in a process of its own that only counts, as cheaply as may be, and misbehaves on demand.

``python -m bench.mail_box`` is told what to do by lines of JSON and answers each with one; it ends with its input.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections import defaultdict
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).parents[1]

_END = b"\r\n.\r\n"
_MARK = b"\nMessage-ID: <"


class Fault(StrEnum):
    """What may be the matter with the server."""

    NONE = "none"
    REFUSE = "refuse"
    """Every connection is refused by the greeting, those there are by the next command."""
    DEFER = "defer"
    """No recipient is taken for now."""
    STALL = "stall"
    """Texts are taken and never answered; every second pair of them is kept all the same."""
    DIE = "die"
    """Gone in the middle of the texts under way, the last of them kept, and not there until told otherwise."""


class Box:
    """The server: what arrived, and what is the matter."""

    def __init__(self) -> None:
        self.arrived: dict[str, list[bool]] = defaultdict(list)
        """By Message-ID: each arrival, and whether the sender is known to have read the answer to it."""
        self.fault = Fault.NONE
        self.after = 0
        """How many texts are still taken before the fault begins."""
        self.times = 0
        """How often it then happens."""
        self.sessions: set[Session] = set()
        self.port = 0
        self._server: asyncio.Server | None = None

    async def listen(self) -> None:
        """Listen, on the same port as before."""
        if self._server is None:
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(lambda: Session(self), "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    def die(self) -> None:
        """Leave without a word."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for session in list(self.sessions):
            session.transport.abort()

    def strikes(self, fault: Fault) -> bool:
        """Whether this fault happens now; it then did once more."""
        if self.fault is not fault or self.after > 0 or self.times <= 0:
            return False
        self.times -= 1
        return True

    def taken(self, identity: str) -> list[bool]:
        """Keep a text; its arrivals so far, this one's answer not yet read."""
        arrivals = self.arrived[identity]
        arrivals.append(False)
        return arrivals

    async def told(self, order: dict[str, Any]) -> dict[str, Any]:
        """Do as told: set a fault, or hand over what arrived and forget it."""
        if "fault" in order:
            self.fault, self.after, self.times = Fault(order["fault"]), order["after"], order["times"]
            await self.listen()
            return {}
        arrived = dict(self.arrived)
        self.arrived.clear()
        return arrived


class Session(asyncio.Protocol):
    """One connection."""

    def __init__(self, box: Box) -> None:
        self.box = box
        self.transport: asyncio.Transport
        self.buffer = bytearray()
        self.in_text = False
        self.searched = 0
        self.answered: list[bool] | None = None
        """The arrivals of the message answered last: who gives another command has read the answer."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet, or not."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.box.sessions.add(self)
        if self.box.strikes(Fault.REFUSE):
            transport.write(b"421 4.3.2 not now\r\n")
            transport.close()
        else:
            transport.write(b"220 mailbox ESMTP\r\n")

    def connection_lost(self, exc: Exception | None) -> None:
        """Gone."""
        self.box.sessions.discard(self)

    def data_received(self, data: bytes) -> None:
        """Take commands and texts as they come."""
        if self.answered is not None:
            self.answered[-1] = True
            self.answered = None
        self.buffer += data
        while self.text() if self.in_text else self.command():
            pass

    def command(self) -> bool:
        """Answer the next command; whether there was a whole one."""
        end = self.buffer.find(b"\r\n")
        if end < 0:
            return False
        verb = bytes(self.buffer[:4]).upper()
        del self.buffer[: end + 2]
        if verb == b"RCPT" and self.box.strikes(Fault.DEFER):
            self.transport.write(b"451 4.2.0 try later\r\n")
        elif self.box.strikes(Fault.REFUSE):
            self.transport.write(b"421 4.3.2 not now\r\n")
            self.transport.close()
        elif verb == b"DATA":
            self.in_text, self.searched = True, 0
            self.transport.write(b"354 go on\r\n")
        elif verb == b"EHLO":
            self.transport.write(b"250-mailbox\r\n250-PIPELINING\r\n250 8BITMIME\r\n")
        elif verb == b"QUIT":
            self.transport.write(b"221 bye\r\n")
            self.transport.close()
        else:
            self.transport.write(b"250 OK\r\n")
        return True

    def text(self) -> bool:
        """Take the text; whether it was there to its end."""
        end = self.buffer.find(_END, max(self.searched - len(_END), 0))
        if end < 0:
            self.searched = len(self.buffer)
            return False
        at = self.buffer.find(_MARK, 0, end) + len(_MARK)
        identity = self.buffer[at : self.buffer.find(b">", at)].decode()
        del self.buffer[: end + len(_END)]
        self.in_text = False
        self.box.after -= 1
        if self.box.strikes(Fault.STALL):
            if self.box.times % 4 < 2:
                self.box.taken(identity)
            return False
        arrivals = self.box.taken(identity)
        if self.box.strikes(Fault.DIE):
            self.box.die()
            return False
        self.transport.write(b"250 2.0.0 taken\r\n")
        self.answered = arrivals
        return True


async def serve() -> None:
    """Listen, say where, and do as told until nobody tells any more."""
    box = Box()
    await box.listen()
    print(json.dumps({"port": box.port}), flush=True)
    orders = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    while line := await orders.readline():
        print(json.dumps(await box.told(json.loads(line))), flush=True)


class MailBox:
    """The server as its user sees it: where it listens, what it is told, what arrived."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.mail_box"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port: int = self._heard()["port"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def suffer(self, fault: Fault, *, after: int = 0, times: int = 1_000_000) -> None:
        """From so many messages on something is the matter, so often; with ``NONE`` all is well again."""
        self._tell({"fault": fault, "after": after, "times": times})

    def empty(self) -> dict[str, list[bool]]:
        """What arrived since it was last emptied, by Message-ID: of each arrival, whether its answer was read."""
        arrived: dict[str, list[bool]] = self._tell({})
        return arrived

    def _tell(self, order: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return self._heard()

    def _heard(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())


if __name__ == "__main__":
    asyncio.run(serve())
