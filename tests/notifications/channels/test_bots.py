"""Posting to bots, against real web servers that refuse, stall and die; office bots have their address moved here."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from notifications.channels.bots import TURNS, Bots
from notifications.channels.message import Message
from notifications.smtp import UNSENT, Answer, Verdict
from tests.notifications.channels.conftest import certificate
from tests.notifications.channels.web import Fault, Reply, Request, Web, closed_port

# Apprise loads all it has, mail encryption included, which on Python 3.11 and 3.12 still uses this module.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

TOKEN = "0f3c9a7eSecretToken"
OFFICE = ("wecombot", "dingtalk", "feishu", "lark")


def message(address: str, number: int = 1, text: str = "请于5月13日前报送。") -> Message:
    return Message(address, "【催办】垫江县", text, f"urge-{number}@dudao.example")


def post(
    messages: Sequence[Message], bots: Bots | None = None, time_is_up: Callable[[], bool] = lambda: False
) -> list[Answer]:
    answers = [UNSENT] * len(messages)

    async def run() -> None:
        async with bots or Bots(timeout=3) as opened:
            await opened.send(messages, answers, time_is_up)

    asyncio.run(run())
    return answers


def verdicts(answers: Sequence[Answer]) -> list[Verdict]:
    return [answer.verdict for answer in answers]


def here(web: Web, path: str = "hook") -> str:
    return f"json://127.0.0.1:{web.port}/{path}"


@pytest.fixture
def office(web: Web, monkeypatch: pytest.MonkeyPatch) -> Web:
    """The bots of all three houses, moved to our server."""
    from apprise.plugins.dingtalk import NotifyDingTalk
    from apprise.plugins.feishu import NotifyFeishu
    from apprise.plugins.lark import NotifyLark
    from apprise.plugins.wecombot import NotifyWeComBot

    monkeypatch.setattr(NotifyWeComBot, "notify_url", f"{web.url}/wecombot?key={{key}}")
    monkeypatch.setattr(NotifyDingTalk, "notify_url", f"{web.url}/dingtalk?access_token={{token}}")
    monkeypatch.setattr(NotifyFeishu, "notify_url", f"{web.url}/feishu/{{token}}/")
    monkeypatch.setattr(NotifyLark, "notify_url", f"{web.url}/lark/")
    return web


# the good way


@pytest.mark.parametrize("scheme", ["json", "form"])
def test_a_webhook_takes_a_message(web: Web, scheme: str) -> None:
    [answer] = post([message(f"{scheme}://127.0.0.1:{web.port}/hook")])
    assert answer == Answer(Verdict.ACCEPTED, "200 ok")
    [request] = web.requests
    assert (request.method, request.path) == ("POST", "/hook")
    assert request.headers["idempotency-key"] == "urge-1@dudao.example"
    if scheme == "json":
        assert (request.json["title"], request.json["message"]) == ("【催办】垫江县", "请于5月13日前报送。")


def test_an_office_bot_takes_a_message(office: Web) -> None:
    office.reply = lambda request: (200, '{"errcode": 0, "errmsg": "ok"}')
    answers = post([message(f"{scheme}://{TOKEN}") for scheme in OFFICE])
    assert verdicts(answers) == [Verdict.ACCEPTED] * 4
    assert {request.path.split("/")[1].split("?")[0] for request in office.requests} == set(OFFICE)
    texts = [request.json.get("text", request.json.get("content")) for request in office.requests]
    for text in texts:
        said = text.get("content", text.get("text"))
        assert said.replace("\r\n", "\n") == "【催办】垫江县\n请于5月13日前报送。"


def test_the_address_an_office_shows_will_do(office: Web) -> None:
    office.reply = lambda request: (200, '{"errcode": 0}')
    [answer] = post([message(f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={TOKEN}")])
    assert answer.verdict is Verdict.ACCEPTED
    assert office.requests[0].path == f"/wecombot?key={TOKEN}"


def test_a_format_asked_for_in_the_address_does_not_spoil_the_message(office: Web) -> None:
    office.reply = lambda request: (200, '{"errcode": 0}')
    post(
        [
            message(f"dingtalk://{TOKEN}?format=markdown"),
            message(f"wecombot://{TOKEN}?overflow=split", text="长" * 9000),
        ]
    )
    assert len(office.requests) == 2
    assert any(request.json.get("text") for request in office.requests if "dingtalk" in request.path)


def test_an_office_bot_gets_no_more_than_it_takes(office: Web) -> None:
    office.reply = lambda request: (200, '{"errcode": 0}')
    post([message(f"wecombot://{TOKEN}", text="督" * 3000)])
    content = office.requests[0].json["text"]["content"]
    assert 2000 < len(content.encode()) <= 2048
    assert content.endswith("督…")


# what the bots say


@pytest.mark.parametrize("scheme", OFFICE)
@pytest.mark.parametrize(
    "body", ['{"errcode": 93000, "errmsg": "invalid webhook url"}', '{"code": 19024, "msg": "no"}']
)
def test_a_refusal_beneath_a_200_is_no_success(office: Web, scheme: str, body: str) -> None:
    office.reply = lambda request: (200, body)
    [answer] = post([message(f"{scheme}://{TOKEN}")])
    assert answer == Answer(Verdict.DEFERRED, f"200 {body}")


@pytest.mark.parametrize("body", ["", "<html>请先登录</html>", "[]", '{"errmsg": "ok"}', '{"errcode": "0"}'])
def test_a_200_that_is_not_an_office_bots_is_not_trusted(office: Web, body: str) -> None:
    office.reply = lambda request: (200, body)
    assert verdicts(post([message(f"wecombot://{TOKEN}")])) == [Verdict.UNKNOWN]


@pytest.mark.parametrize("status", [301, 307, 400, 401, 403, 404, 429, 500, 503])
@pytest.mark.parametrize("scheme", ["json", "wecombot", "lark"])
def test_what_is_not_taken_is_tried_again(office: Web, status: int, scheme: str) -> None:
    office.reply = lambda request: (status, '{"errcode": 0, "why": "因故"}')
    address = here(office) if scheme == "json" else f"{scheme}://{TOKEN}"
    [answer] = post([message(address)])
    assert answer.verdict is Verdict.DEFERRED
    assert answer.words.startswith(str(status))
    assert "因故" in answer.words
    assert len(office.requests) == 1


def test_a_bot_that_has_had_enough_is_left_alone(office: Web) -> None:
    office.reply = lambda request: (
        (200, '{"errcode": 45009, "errmsg": "api freq out of limit"}')
        if len(office.requests) > 2
        else (200, '{"errcode": 0}')
    )
    answers = post([message(f"wecombot://{TOKEN}", number) for number in range(5)])
    assert verdicts(answers) == [Verdict.ACCEPTED] * 2 + [Verdict.DEFERRED] + [Verdict.UNSENT] * 2
    assert len(office.requests) == 3


def test_an_office_bot_is_not_asked_more_often_than_it_answers(office: Web) -> None:
    office.reply = lambda request: (200, '{"errcode": 0}')
    bots = Bots()
    first = post([message(f"wecombot://{TOKEN}", number) for number in range(TURNS + 2)], bots)
    assert verdicts(first) == [Verdict.ACCEPTED] * TURNS + [Verdict.UNSENT] * 2
    again = post([message(f"wecombot://{TOKEN}"), message(here(office))], bots)
    assert verdicts(again) == [Verdict.UNSENT, Verdict.ACCEPTED]


def test_messages_to_one_bot_keep_their_order(web: Web) -> None:
    post([message(here(web), number) for number in range(10)])
    keys = [request.headers["idempotency-key"] for request in web.requests]
    assert keys == [f"urge-{number}@dudao.example" for number in range(10)]
    assert web.most_at_once == 1


# addresses


@pytest.mark.parametrize(
    "address",
    [
        "",
        "垫江县",
        "13800138000",
        "file:///etc/passwd",
        "dbus://",
        "exec://rm",
        "syslog://",
        "mailto://user:pass@example.com",
        "slack://a/b/c",
        "xml://127.0.0.1",
        "https://example.com/hook",
        "https://discord.com/api/webhooks/1234/abcdefghijklmnop",
        "wecombot://",
        "wecombot://not%20a%20key",
        "dingtalk://%20",
        "json://",
        "json:// :x",
        "json://127.0.0.1:8/?method=NONSENSE",
    ],
)
def test_addresses_that_will_not_do(address: str) -> None:
    [answer] = post([message(address)])
    assert answer.verdict is Verdict.REFUSED
    assert answer.words.startswith("地址无效")


def test_the_caller_says_what_is_allowed(web: Web) -> None:
    [answer] = post([message(here(web))], Bots(schemes=frozenset({"wecombot"})))
    assert answer.verdict is Verdict.REFUSED
    [answer] = post([message(f"xml://127.0.0.1:{web.port}")], Bots(schemes=frozenset({"xml"})))
    assert answer == Answer(Verdict.ACCEPTED, "200 ok")


# trouble


def test_nobody_listens() -> None:
    port = closed_port()
    bots = Bots()
    answers = post([message(f"json://127.0.0.1:{port}/hook", number) for number in range(3)], bots)
    assert verdicts(answers) == [Verdict.DEFERRED, Verdict.UNSENT, Verdict.UNSENT]
    assert bots.trouble.startswith("无法连接机器人")
    assert not bots.down


def test_a_host_that_does_not_exist() -> None:
    [answer] = post([message("json://nowhere.invalid/hook")])
    assert answer.verdict is Verdict.DEFERRED


def test_an_encrypted_server(secure: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    address = f"jsons://127.0.0.1:{secure.port}/hook"
    [answer] = post([message(address)])
    assert answer == Answer(Verdict.DEFERRED, "无法连接机器人（SSLError）")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(secure.certificate))
    assert post([message(address)]) == [Answer(Verdict.ACCEPTED, "200 ok")]
    assert secure.requests[0].json["message"] == "请于5月13日前报送。"


def test_a_server_without_tls(web: Web) -> None:
    [answer] = post([message(f"jsons://127.0.0.1:{web.port}/hook")], Bots(timeout=0.5))
    assert answer.verdict is Verdict.DEFERRED


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("scheme", ["json", "lark"])
def test_the_answer_does_not_come(office: Web, fault: Fault, scheme: str) -> None:
    office.reply = lambda request: fault
    address = here(office) if scheme == "json" else f"{scheme}://{TOKEN}"
    start = time.monotonic()
    answers = post([message(address), message(address, 2)], Bots(timeout=0.6))
    assert verdicts(answers) == [Verdict.UNKNOWN, Verdict.UNSENT]
    assert "结果不明" in answers[0].words
    assert len(office.requests) == 1
    assert time.monotonic() - start < 3


def test_a_stalled_bot_delays_nobody(web: Web) -> None:
    seen: list[float] = []
    start = time.monotonic()

    def watch(request: Request) -> Reply:
        if "stalled" in request.path:
            return Fault.STALL
        seen.append(time.monotonic() - start)
        return 200, "ok"

    web.reply = watch
    stalled = [message(here(web, f"stalled{number % 3}"), number) for number in range(30)]
    others = [message(here(web, f"fine{number}"), number) for number in range(20)]
    answers = post([*stalled, *others], Bots(timeout=2, concurrency=4))
    assert verdicts(answers[30:]) == [Verdict.ACCEPTED] * 20
    assert len(seen) == 20
    assert max(seen) < 1
    assert (
        sorted(verdicts(answers[:30]), key=lambda verdict: verdict.value)
        == [Verdict.UNKNOWN] * 3 + [Verdict.UNSENT] * 27
    )
    assert web.most_at_once <= 4


def test_an_endless_answer_is_not_read_to_its_end(web: Web) -> None:
    web.reply = lambda request: (200, "x" * 5_000_000)
    [answer] = post([message(here(web))])
    assert answer.verdict is Verdict.ACCEPTED
    assert len(answer.words) == 500


def test_when_the_time_is_up_the_rest_waits(web: Web) -> None:
    answers = post([message(here(web), n) for n in range(5)], time_is_up=lambda: len(web.requests) >= 2)
    assert verdicts(answers) == [Verdict.ACCEPTED] * 2 + [Verdict.UNSENT] * 3


def test_cancelled_the_answers_stay_true(web: Web) -> None:
    web.reply = lambda request: Fault.STALL if "stalled" in request.path else (200, "ok")
    messages = [message(here(web, path)) for path in ("fine", "stalled", "stalled", "fine")]
    answers = [UNSENT] * 4

    async def run() -> None:
        async with Bots(timeout=30, concurrency=1) as bots:
            sending = asyncio.create_task(bots.send(messages, answers, lambda: False))
            while not any("stalled" in request.path for request in web.requests):
                await asyncio.sleep(0.02)
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending

    start = time.monotonic()
    asyncio.run(run())
    assert time.monotonic() - start < 5
    assert verdicts(answers) == [Verdict.ACCEPTED, Verdict.UNKNOWN, Verdict.UNSENT, Verdict.ACCEPTED]


def test_a_thread_left_alone_posts_nothing(tmp_path: Path) -> None:
    """Cancelled while the server has not yet shaken hands; then it does."""
    web = Web(certificate=certificate(tmp_path / "both.pem"))
    bound = socket.create_server(("127.0.0.1", 0))
    answers = [UNSENT]

    async def run() -> None:
        sending = asyncio.create_task(
            Bots().send([message(f"jsons://127.0.0.1:{bound.getsockname()[1]}/?verify=no")], answers, lambda: False)
        )
        await asyncio.sleep(0.5)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending

    asyncio.run(run())
    assert verdicts(answers) == [Verdict.UNKNOWN]
    threads = [thread for thread in threading.enumerate() if thread.name == "bot"]
    assert threads
    web.start(bound)
    deadline = time.monotonic() + 20
    while web.most_at_once == 0 and time.monotonic() < deadline:
        time.sleep(0.02)  # until the connection that was waiting is taken
    for thread in threads:
        thread.join(20)
    web.stop()
    assert web.most_at_once == 1
    assert not web.requests


# secrets


@pytest.mark.parametrize("scheme", OFFICE)
def test_the_secret_is_in_no_words(office: Web, scheme: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="apprise")
    answers = []
    replies: list[Reply] = [
        (200, f'{{"errcode": 1, "errmsg": "{TOKEN.upper()} ?key={TOKEN}"}}'),
        (404, TOKEN),
        Fault.DROP,
    ]
    for reply in replies:
        office.reply = lambda request, reply=reply: reply  # type: ignore[misc]
        answers += post([message(f"{scheme}://{TOKEN}")])
    office.stop()
    answers += post([message(f"{scheme}://{TOKEN}")])
    answers += post([message(f"{scheme}://{TOKEN}_!%20wrong")])
    office.start()
    assert verdicts(answers)[:4] == [Verdict.DEFERRED, Verdict.DEFERRED, Verdict.UNKNOWN, Verdict.DEFERRED]
    assert TOKEN.lower() not in "".join(answer.words for answer in answers).lower()
    assert TOKEN.lower() not in caplog.text.lower()
    assert TOKEN not in repr(message(f"{scheme}://{TOKEN}"))


def test_passwords_and_signatures_are_in_no_words(web: Web) -> None:
    web.reply = lambda request: (403, f"{request.headers.get('authorization')} {request.path} p@ss word pass%20word")
    [answer] = post([message(f"json://user:pass%20word@127.0.0.1:{web.port}/hook/{TOKEN}?-sign=s1gnature")])
    assert answer.verdict is Verdict.DEFERRED
    for secret in ("pass word", "pass%20word", TOKEN, "s1gnature"):
        assert secret not in answer.words
