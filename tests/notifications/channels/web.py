"""A web server that misbehaves on demand."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import Any


class Fault(Enum):
    STALL = auto()
    """Read the request and never answer."""
    TRICKLE = auto()
    """Answer a byte now and then, without end."""
    DROP = auto()
    """Read the request and hang up."""
    DIE_HALF_WAY = auto()
    """Answer 200 and hang up within the body."""


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Reply = tuple[int, str] | Fault


@dataclass
class Web:
    """Answers each request with what ``reply`` says of it: a status and a body, or a fault."""

    reply: Callable[[Request], Reply] = lambda request: (200, "ok")
    requests: list[Request] = field(default_factory=list)
    certificate: Path | None = None
    port: int = 0
    most_at_once: int = 0
    _open: int = 0

    def start(self, bound: socket.socket | None = None) -> None:
        self._loop = asyncio.new_event_loop()
        context = None
        if self.certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificate)
        where: dict[str, Any] = {"sock": bound} if bound else {"host": "127.0.0.1", "port": 0}
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, ssl=context, **where))
        self.port = server.sockets[0].getsockname()[1]
        self._server = server
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    @property
    def url(self) -> str:
        return f"http{'s' if self.certificate else ''}://127.0.0.1:{self.port}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        self.most_at_once = max(self.most_at_once, self._open)
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await self._answer(reader, writer)
        finally:
            self._open -= 1
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        method, path, _ = head[0].split(" ")
        request = Request(method, path, headers, await reader.readexactly(int(headers.get("content-length", 0))))
        self.requests.append(request)
        match self.reply(request):
            case Fault.STALL:
                await asyncio.sleep(60)
            case Fault.TRICKLE:
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                for _ in range(1000):
                    writer.write(b".")
                    await writer.drain()
                    await asyncio.sleep(0.05)
            case Fault.DIE_HALF_WAY:
                writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"code": 0')
                await writer.drain()
            case (int(status), str(body)):
                content = body.encode()
                where = b"Location: /elsewhere\r\n" if 300 <= status < 400 else b""
                writer.write(b"HTTP/1.1 %d Said\r\n%sContent-Length: %d\r\n\r\n" % (status, where, len(content)))
                writer.write(content)
                await writer.drain()


def closed_port() -> int:
    """A port at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
