"""Posting to the bots of office groups (企业微信, 钉钉, 飞书) and to plain webhooks, by way of Apprise.

Apprise says only whether a message went, hides in which phase a connection broke, and takes for success the HTTP 200
under which these bots refuse. So its plugins are given a ``requests`` that remembers what was answered: :class:`_Call`.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import re
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from types import FunctionType, MethodType, TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote, unquote

from notifications.channels.message import Message, hidden
from notifications.smtp import INTERRUPTED, Answer, Verdict

if TYPE_CHECKING:
    from apprise import NotifyBase

OFFICE = frozenset({"wecombot", "dingtalk", "feishu", "lark"})
"""Bots of office groups. They answer 200 whatever became of the message; what did, is in the JSON of the answer."""

SCHEMES = OFFICE | {"json", "jsons", "form", "forms"}
"""Apprise knows many more, some of which write files, run programs or mail to anybody."""

TURNS = 20
"""Messages to one office bot in a pass: so many 企业微信 and 钉钉 take in a minute; 钉钉 then shuts for ten."""

LONGEST = {"wecombot": 2048}
"""Bytes of UTF-8 that a bot takes."""
LONGEST_ELSEWHERE = 9000
"""钉钉 and 飞书 take 20 kB of JSON, where a Chinese character may have six bytes."""

_CODES = ("errcode", "code", "StatusCode")
_TOO_FAST = frozenset({45009, 130101, 11232, 90030})
"""企业微信, 钉钉, 飞书, 钉钉 again."""

_MOST = 64 * 1024
"""Bytes of an answer that are read."""
_GRACE = 0.5
"""Seconds given to a thread to say itself that its time is up."""

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_SILENT = Answer(Verdict.UNSENT, "该机器人本次没有响应，稍后再试")
_ENOUGH = Answer(Verdict.UNSENT, f"该机器人每分钟只收{TURNS}条，稍后再发")


@dataclass(slots=True)
class Bots:
    """Posts to several bots at once, to each one message after the other.

    A bot that gives no answer, or has had enough, is left alone for as long as this object lives: one pass.
    """

    schemes: Collection[str] = SCHEMES
    """The only ones allowed: an address is typed by people."""
    timeout: float = 15
    """Seconds for one message."""
    concurrency: int = 4
    """How many bots at once."""
    trouble: str = ""
    """What was wrong with a bot, the last time one gave no answer."""
    _silent: set[str] = field(default_factory=set)
    _turns: Counter[str] = field(default_factory=Counter)

    @property
    def down(self) -> bool:
        """Never: every bot is a service of its own, and the silence of one says nothing about the next."""
        return False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is kept open. Threads given up may last a little longer; nobody waits for them."""

    async def send(self, messages: Sequence[Message], answers: list[Answer], time_is_up: Callable[[], bool]) -> None:
        """Post all messages, each answer put in its place in ``answers``, as :meth:`notifications.smtp.Lines.send`."""
        if not messages:
            return
        await asyncio.to_thread(_apprise)  # slow the first time
        bots: dict[str, list[int]] = {}
        for at, message in enumerate(messages):
            bots.setdefault(message.address.strip(), []).append(at)
        waiting = deque(bots.items())
        async with asyncio.TaskGroup() as group:
            for _ in range(min(self.concurrency, len(waiting))):
                group.create_task(self._work(waiting, messages, answers, time_is_up))

    async def _work(
        self,
        waiting: deque[tuple[str, list[int]]],
        messages: Sequence[Message],
        answers: list[Answer],
        time_is_up: Callable[[], bool],
    ) -> None:
        while waiting:
            address, places = waiting.popleft()
            for at in places:
                if time_is_up():
                    return
                if address in self._silent:
                    answers[at] = _SILENT
                elif self._turns[address] >= TURNS:
                    answers[at] = _ENOUGH
                else:
                    answers[at] = Answer(Verdict.UNKNOWN, INTERRUPTED)
                    answers[at] = await self._post(address, messages[at])

    async def _post(self, address: str, message: Message) -> Answer:
        if not may_be_bot(address, self.schemes):
            return Answer(Verdict.REFUSED, "地址无效，或不是允许的机器人类型")
        call = _Call(address, message, frozenset(self.schemes), time.monotonic() + self.timeout)
        try:
            async with asyncio.timeout(self.timeout + _GRACE):
                answer = await _in_thread(call.run)
        except TimeoutError:
            call.silent = True
            if call.give_up():
                answer = Answer(Verdict.DEFERRED, "在时限内未能连接机器人")
            else:
                answer = Answer(Verdict.UNKNOWN, "机器人在时限内没有答复，结果不明")
        finally:
            call.give_up()  # a thread left alone after a cancellation posts nothing any more
        if call.silent:
            self._silent.add(address)
            self.trouble = answer.words
        if call.scheme in OFFICE and call.begun:
            self._turns[address] += 1
        return answer


class _GivenUp(Exception):
    """Nobody waits for this message any more, and nothing of it has been sent."""


class _Unreadable(Exception):
    """An address that Apprise does not understand, or of a kind that is not allowed."""


class _Call:
    """One message on its way through a plugin of Apprise, in whose eyes this is the module ``requests``."""

    def __init__(self, address: str, message: Message, schemes: frozenset[str], deadline: float) -> None:
        self.address, self.message, self.schemes, self.deadline = address, message, schemes, deadline
        self.scheme = ""
        self.begun = False
        """Whether a request may have been written."""
        self.silent = False
        """Whether the bot is better left alone for now."""
        self._given_up = False
        self._lock = threading.Lock()
        self._requests: Any = None
        self._response: Any = None
        self._error: Exception | None = None

    # called from the event loop

    def give_up(self) -> bool:
        """Wait no longer. Whether nothing was sent; then nothing will be."""
        with self._lock:
            self._given_up = True
            return not self.begun

    # called from the thread

    def run(self) -> Answer:
        """Post the message; what became of it."""
        with _overheard() as heard:
            try:
                plugin = self._plugin()
                text = _fitting(self.message, LONGEST.get(self.scheme, LONGEST_ELSEWHERE), self.scheme)
                went = plugin.notify(body=text, title=self.message.title, overflow="upstream")
            except _Unreadable:
                return Answer(Verdict.REFUSED, self._said("地址无效，或不是允许的机器人类型", heard))
            except Exception as error:  # noqa: BLE001 - a plugin's own fault must not stop the other messages
                verdict = Verdict.UNKNOWN if self.begun else Verdict.DEFERRED
                return Answer(verdict, f"发送出错（{type(error).__name__}）")
        if self._error is not None:
            return self._broken(self._error)
        if self._response is not None:
            return self._answered(went, heard)
        return Answer(
            Verdict.ACCEPTED if went else Verdict.DEFERRED, self._said("已发出" if went else "未能发出", heard)
        )

    def _plugin(self) -> NotifyBase:
        plugin: Any = _apprise()(self.address)
        if plugin is None or plugin.schema not in self.schemes:
            raise _Unreadable
        self.scheme = plugin.schema
        plugin.request_rate_per_sec = 0  # some wait for themselves, seconds before the first message
        plugin.notify_format = "text"  # the address may ask for another, which our text is not in
        send = type(plugin).send
        if "requests" in send.__code__.co_names:
            self._requests = send.__globals__["requests"]
            plugin.send = MethodType(_with_global(send, "requests", self), plugin)
        else:
            self.begun = True  # it goes its own way, which cannot be watched
        made: NotifyBase = plugin
        return made

    def __getattr__(self, name: str) -> Any:
        return getattr(self._requests, name)

    def post(self, url: str, **options: Any) -> Any:
        """``requests.post``."""
        return self.request("POST", url, **options)

    def request(self, method: str, url: str, *, verify: Any = None, timeout: Any = None, **options: Any) -> Any:
        """``requests.request`` in our time, to no other address than this, and remembered.

        No redirect is followed: a POST that follows one often arrives as a GET, without its text.
        """
        del timeout
        options.pop("allow_redirects", None)
        left = max(0.1, self.deadline - time.monotonic())
        try:
            with self._requests.Session() as session:
                request = session.prepare_request(self._requests.Request(method, url, **options))
                request.headers["Idempotency-Key"] = quote(self.message.key, safe="@:/+=<>")
                whole = request.body.encode() if isinstance(request.body, str) else request.body or b""
                request.body = _Body(whole, self._writing)
                settings = session.merge_environment_settings(request.url, {}, True, verify, None)
                with session.send(request, timeout=left, allow_redirects=False, **settings) as response:
                    self._response = _read(self._requests.Response(), response)
        except Exception as error:
            self._error = error
            raise
        return self._response

    def _writing(self) -> None:
        """There is a connection, and the message is about to go through it."""
        with self._lock:
            if self._given_up and not self.begun:
                raise _GivenUp
            self.begun = True

    def _broken(self, error: Exception) -> Answer:
        """The request had no answer."""
        if isinstance(error, ValueError) and not self.begun:  # of requests: the address cannot be one
            return Answer(Verdict.REFUSED, f"地址无效（{type(error).__name__}）")
        self.silent = True
        cause = error.args[0] if error.args else error
        name = type(getattr(cause, "reason", cause)).__name__
        if not self.begun:
            return Answer(Verdict.DEFERRED, f"无法连接机器人（{name}）")
        return Answer(Verdict.UNKNOWN, f"机器人没有答复（{name}），结果不明")

    def _answered(self, went: bool, heard: Sequence[str]) -> Answer:
        status = int(self._response.status_code)
        body = str(self._response.content.decode("utf-8", "replace"))
        words = self._said(str(status), [body or " ".join(heard)])
        if not went:
            self.silent = status == 429 or status >= 500
            return Answer(Verdict.DEFERRED, words)
        if self.scheme not in OFFICE:
            return Answer(Verdict.ACCEPTED, words)
        code = _code(body)
        if code is None:
            return Answer(Verdict.UNKNOWN, words)
        self.silent = code in _TOO_FAST
        return Answer(Verdict.DEFERRED if code else Verdict.ACCEPTED, words)

    def _said(self, ours: str, theirs: Sequence[str]) -> str:
        said = hidden(" ".join(theirs), _secrets(self.address))
        return f"{ours} {said}".strip()[:500]


def _fitting(message: Message, most: int, scheme: str) -> str:
    """The text, cut where the bot would cut or refuse it. Office bots have the title within the text."""
    room = most - (len(message.title.encode("utf-8", "replace")) + 2 if scheme in OFFICE else 0)
    whole = message.text.encode("utf-8", "replace")
    if len(whole) <= room or scheme not in OFFICE:
        return message.text
    return whole[: max(0, room - 3)].decode("utf-8", "ignore") + "…"


def _read(kept: Any, response: Any) -> Any:
    """A response read as far as we care to, for the plugin to look at."""
    body = b""
    for piece in response.iter_content(8192):
        body += piece
        if len(body) >= _MOST:
            break
    kept.status_code, kept.reason, kept.url = response.status_code, response.reason, response.url
    kept.headers, kept.encoding = response.headers, response.encoding
    kept.raw = _Body(body)
    return kept


class _Body:
    """A body to send or to read, in one piece; ``asked`` is called before it is given."""

    def __init__(self, body: bytes, asked: Callable[[], None] = lambda: None) -> None:
        self._body, self._asked, self._length = body, asked, len(body)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[bytes]:
        yield self.read()

    def read(self, size: int = -1) -> bytes:
        """All of it, whatever was asked; then nothing."""
        self._asked()
        body, self._body = self._body, b""
        return body


def _code(body: str) -> int | None:
    """The number under which an office bot says what became of a message; 0 is well."""
    try:
        answer = json.loads(body)
    except ValueError:
        return None
    if isinstance(answer, dict):
        for name in _CODES:
            if isinstance(answer.get(name), int):
                return int(answer[name])
    return None


def may_be_bot(address: str, schemes: Collection[str]) -> bool:
    """Whether an address is of an allowed kind, as far as its beginning tells; http(s) may be a bot's own address."""
    named = _SCHEME.match(address.strip())
    return named is not None and named[1].lower() in (*schemes, "http", "https")


def known_as(address: str) -> str:
    """What of an address may be kept and shown: its kind, and a mark that tells it from others."""
    named = _SCHEME.match(address.strip())
    mark = hashlib.sha256(address.strip().encode("utf-8", "replace")).hexdigest()[:8]
    return f"{named[1].lower() if named else ''}://…{mark}"


def _secrets(address: str) -> set[str]:
    """Everything in an address that might be one: each of its parts, as written and as meant."""
    rest = address.partition("://")[2]
    return {form for part in [rest, *re.split(r"[/:@?&=#]", rest)] for form in (part, unquote(part), quote(part))}


def _with_global(function: FunctionType, name: str, value: object) -> FunctionType:
    """The same function, to which a global name means something else."""
    scope = {**function.__globals__, name: value}
    made = FunctionType(function.__code__, scope, function.__name__, function.__defaults__, function.__closure__)
    made.__kwdefaults__ = function.__kwdefaults__
    return made


async def _in_thread(work: Callable[[], Answer]) -> Answer:
    """Do it in a thread of its own, for which neither the other messages nor the end of the process wait."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Answer] = loop.create_future()

    def finish(answer: Answer) -> None:
        if not done.done():
            done.set_result(answer)

    def run() -> None:
        answer = work()
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(finish, answer)

    threading.Thread(target=run, name="bot", daemon=True).start()
    return await done


# Apprise


@lru_cache(maxsize=1)
def _apprise() -> Callable[[str], NotifyBase | None]:
    """Apprise's way to make a plugin of an address."""
    from apprise import Apprise, AppriseAsset, PersistentStoreMode, logger

    logger.addFilter(_overhear)
    asset = AppriseAsset(app_id="Dudao", storage_mode=PersistentStoreMode.MEMORY)
    Apprise.instantiate("json://localhost", asset=asset)  # all plugins are loaded with the first
    return lambda address: Apprise.instantiate(address, asset=asset)


_ears = threading.local()


@contextmanager
def _overheard() -> Iterator[list[str]]:
    """What Apprise has to say in this thread."""
    heard: list[str] = []
    _ears.heard = heard
    try:
        yield heard
    finally:
        del _ears.heard


def _overhear(record: logging.LogRecord) -> bool:
    """Keep what is said in our threads, and out of the log: Apprise puts secrets into it."""
    heard: list[str] | None = getattr(_ears, "heard", None)
    if heard is None:
        return True
    if record.levelno >= logging.WARNING:
        heard.append(record.getMessage())
    return False
