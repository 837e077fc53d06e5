"""Text messages through an HTTP gateway: one POST of JSON for each.

What breaks before the request is written was not sent; what breaks after that may have been.
"""

from __future__ import annotations

import asyncio
import json
import re
import unicodedata
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, quote, urlsplit

import httpx

from notifications.channels.message import Message, hidden
from notifications.smtp import INTERRUPTED, UNSENT, Answer, Verdict
from process.errors import DudaoError

BODY = '{"phone": "{phone}", "text": "{text}", "key": "{key}"}'
"""What gateways of our own making understand."""

_PLACEHOLDER = re.compile(r"\{(phone|text|key)\}")
_MOBILE = re.compile(r"(?:\+86)?(1[0-9]{10})")
_LATER = frozenset({408, 425, 429})
_STRANGERS = frozenset({401, 407})
"""The gateway does not know us: no fault of the message, so it costs none its life."""
_MOST = 64 * 1024
"""Bytes of an answer that are read."""


class SmsMisconfigured(DudaoError):
    """短信网关的配置有误"""

    code = "sms_misconfigured"
    status = 503


def mobile(number: str) -> str | None:
    """The eleven digits of a Chinese mobile number, as gateways want it; ``None`` where it is none."""
    plain = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", number))
    found = _MOBILE.fullmatch(plain)
    return found[1] if found else None


@dataclass(frozen=True, slots=True)
class Gateway:
    """Where text messages are handed over, and in which form. Raises :class:`SmsMisconfigured`."""

    url: str = field(repr=False)
    body: str = field(default=BODY, repr=False)
    """JSON; ``{phone}``, ``{text}`` and ``{key}`` within its strings are replaced."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """More headers; here belongs the secret."""
    timeout: float = 15
    """Seconds for one message."""
    connections: int = 4
    """How many messages at once."""
    text_limit: int = 300
    """Characters."""
    ok_path: str = ""
    """Where in the JSON of a 2xx answer it says how things went (``data.0.code``); empty: 2xx is enough."""
    ok_value: str = "0"
    """What it says there when things went well; numbers and the like as JSON writes them."""

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SmsMisconfigured("地址应以 http:// 或 https:// 开头")
        named = {name for text in _strings(self._template()) for name in _PLACEHOLDER.findall(text)}
        if not named >= {"phone", "text"}:
            raise SmsMisconfigured("正文模板中应有 {phone} 和 {text}")
        if not all(item.isascii() and item.isprintable() for pair in self.headers.items() for item in pair):
            raise SmsMisconfigured("请求头只能用英文字符")

    def _template(self) -> Any:
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise SmsMisconfigured("正文模板不是有效的 JSON") from error

    def filled(self, values: Mapping[str, str]) -> bytes:
        """The JSON to post."""
        made = json.dumps(_filled(self._template(), values), ensure_ascii=False)
        return made.encode("utf-8", "replace")

    def secrets(self) -> set[str]:
        """What the gateway may echo and nobody is to read."""
        parts = urlsplit(self.url)
        return {
            *(value for _, value in parse_qsl(parts.query)),
            *(part for part in (parts.username, parts.password) if part),
            *(piece for value in self.headers.values() for piece in (value, *value.split())),
            *(text for text in _strings(self._template()) if not _PLACEHOLDER.search(text)),
        }


def _strings(template: Any) -> Iterator[str]:
    """All strings in a JSON document but the names."""
    match template:
        case str():
            yield template
        case list():
            for item in template:
                yield from _strings(item)
        case dict():
            for item in template.values():
                yield from _strings(item)


def _filled(template: Any, values: Mapping[str, str]) -> Any:
    match template:
        case str():
            return _PLACEHOLDER.sub(lambda found: values[found[1]], template)
        case list():
            return [_filled(item, values) for item in template]
        case dict():
            return {name: _filled(item, values) for name, item in template.items()}
    return template


class _NoService(Exception):
    """The gateway cannot be reached, or will not have us, whatever the message."""


@dataclass(slots=True)
class Sms:
    """Hands text messages to the gateway, several at once. Their titles are not said: they cost money."""

    gateway: Gateway
    trouble: str = ""
    """Why the gateway would not have us, the last time it would not."""
    down: bool = False
    """Whether it would have none of the messages."""
    _client: httpx.AsyncClient = field(init=False)
    _secrets: set[str] = field(init=False)

    def __post_init__(self) -> None:
        self._secrets = self.gateway.secrets()
        self._client = httpx.AsyncClient(
            # Each message its own connection: of one that was idle nobody knows whether it broke before the request.
            limits=httpx.Limits(max_keepalive_connections=0),
            timeout=httpx.Timeout(None, connect=self.gateway.timeout / 2),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def send(self, messages: Sequence[Message], answers: list[Answer], time_is_up: Callable[[], bool]) -> None:
        """Hand over all messages, each answer in its place in ``answers``, as :meth:`notifications.smtp.Lines.send`.

        Where the gateway cannot be reached at all, it is ``down`` and all that it did not take reads UNSENT.
        """
        waiting = deque[tuple[int, str]]()
        for at, message in enumerate(messages):
            if phone := mobile(message.address):
                waiting.append((at, phone))
            else:
                answers[at] = Answer(Verdict.REFUSED, "不是有效的手机号码")
        missed: list[int] = []
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._work(messages, answers, waiting, missed, time_is_up))
                for _ in range(min(self.gateway.connections, len(waiting)))
            ]
        self.down = bool(tasks) and not any(task.result() for task in tasks)
        if self.down:
            for at in missed:
                answers[at] = UNSENT

    async def _work(
        self,
        messages: Sequence[Message],
        answers: list[Answer],
        waiting: deque[tuple[int, str]],
        missed: list[int],
        time_is_up: Callable[[], bool],
    ) -> bool:
        """Send what waits; whether the gateway lets us."""
        while waiting and not time_is_up():
            at, phone = waiting.popleft()
            answers[at] = Answer(Verdict.UNKNOWN, INTERRUPTED)
            try:
                answers[at] = await self._post(phone, messages[at])
            except _NoService as trouble:
                self.trouble = str(trouble)
                answers[at] = Answer(Verdict.DEFERRED, self.trouble)
                missed.append(at)
                return False
        return True

    async def _post(self, phone: str, message: Message) -> Answer:
        written = False

        async def watch(event: str, _: Mapping[str, Any]) -> None:
            nonlocal written
            written = written or event.endswith("send_request_headers.started")

        text = _shortened(message.text, self.gateway.text_limit)
        request = self._client.build_request(
            "POST",
            self.gateway.url,
            content=self.gateway.filled({"phone": phone, "text": text, "key": message.key}),
            headers={
                "Content-Type": "application/json; charset=utf-8",
                **self.gateway.headers,
                "Idempotency-Key": quote(message.key, safe="@:/+=<>"),
            },
            extensions={"trace": watch},
        )
        try:
            async with asyncio.timeout(self.gateway.timeout):
                status, body = await self._exchange(request)
        except TimeoutError as trouble:
            if not written:
                raise _NoService("在时限内未能连接短信网关") from trouble
            return Answer(Verdict.UNKNOWN, "短信网关在时限内没有答复，结果不明")
        except (httpx.RequestError, OSError) as trouble:
            name = type(trouble).__name__
            if not written:
                raise _NoService(f"无法连接短信网关（{name}）") from trouble
            return Answer(Verdict.UNKNOWN, f"等待答复时连接中断（{name}），结果不明")
        return self._answer(status, body)

    async def _exchange(self, request: httpx.Request) -> tuple[int, str]:
        response = await self._client.send(request, stream=True)
        try:
            body = b""
            async for piece in response.aiter_bytes():
                body += piece
                if len(body) >= _MOST:
                    break
        finally:
            await response.aclose()
        return response.status_code, body.decode("utf-8", "replace")

    def _answer(self, status: int, body: str) -> Answer:
        words = hidden(f"{status} {body}", self._secrets)
        if status in _STRANGERS:
            raise _NoService(f"短信网关不认可我们的身份：{words}"[:500])
        if 200 <= status < 300:
            return Answer(self._meant(body), words)
        if 400 <= status < 500 and status not in _LATER:
            return Answer(Verdict.REFUSED, words)
        return Answer(Verdict.DEFERRED, words)

    def _meant(self, body: str) -> Verdict:
        """What a 2xx answer says within."""
        if not self.gateway.ok_path:
            return Verdict.ACCEPTED
        try:
            found = json.loads(body)
            for step in self.gateway.ok_path.split("."):
                found = found[int(step)] if isinstance(found, list) else found[step]
        except (ValueError, LookupError, TypeError):
            return Verdict.UNKNOWN  # not the gateway's usual words: perhaps not even its own
        said = found if isinstance(found, str) else json.dumps(found)
        return Verdict.ACCEPTED if said == self.gateway.ok_value else Verdict.DEFERRED


def _shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: max(0, limit - 1)].rstrip() + "…"
