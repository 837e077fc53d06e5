"""Text messages, against real gateways that refuse, stall and die."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from notifications.channels.message import Message
from notifications.channels.sms import Gateway, Sms, SmsMisconfigured, mobile
from notifications.smtp import UNSENT, Answer, Verdict
from tests.notifications.channels.web import Fault, Web, closed_port

SECRET = "s3cret-of-the-gateway"


def message(number: int = 1, address: str = "13800138000", text: str = "请于5月13日前报送。") -> Message:
    return Message(address, "【催办】垫江县", text, f"urge-{number}@dudao.example")


def post(
    gateway: Gateway, messages: Sequence[Message], time_is_up: Callable[[], bool] = lambda: False
) -> tuple[list[Answer], Sms]:
    answers = [UNSENT] * len(messages)

    async def run() -> Sms:
        async with Sms(gateway) as sms:
            await sms.send(messages, answers, time_is_up)
        return sms

    return answers, asyncio.run(run())


def verdicts(answers: Sequence[Answer]) -> list[Verdict]:
    return [answer.verdict for answer in answers]


@pytest.fixture
def gateway(web: Web) -> Gateway:
    return Gateway(f"{web.url}/sms", headers={"Authorization": f"Bearer {SECRET}"}, timeout=1)


# the good way


def test_a_message_is_handed_over(web: Web, gateway: Gateway) -> None:
    answers, sms = post(gateway, [message(address="+86 138-0013-8000")])
    assert answers == [Answer(Verdict.ACCEPTED, "200 ok")]
    assert (sms.down, sms.trouble) == (False, "")
    [request] = web.requests
    assert (request.method, request.path) == ("POST", "/sms")
    assert request.headers["authorization"] == f"Bearer {SECRET}"
    assert request.headers["idempotency-key"] == "urge-1@dudao.example"
    assert request.headers["content-type"].startswith("application/json")
    assert request.json == {"phone": "13800138000", "text": "请于5月13日前报送。", "key": "urge-1@dudao.example"}


def test_the_template_is_filled_within_its_structure(web: Web, gateway: Gateway) -> None:
    body = '{"to": ["{phone}", 86], "msg": {"sign": "教委", "content": "【督导】{text}({key})"}, "{text}": null}'
    text = '"}, {"phone": "110\\ {phone} {key} \ud800\n'
    post(replace(gateway, body=body), [message(text=text)])
    assert web.requests[0].json == {
        "to": ["13800138000", 86],
        "msg": {"sign": "教委", "content": "【督导】" + text.replace("\ud800", "?") + "(urge-1@dudao.example)"},
        "{text}": None,
    }


@pytest.mark.parametrize(("length", "limit"), [(300, 300), (301, 300), (5, 1), (2000, 70)])
def test_the_text_is_shortened(web: Web, gateway: Gateway, length: int, limit: int) -> None:
    post(replace(gateway, text_limit=limit), [message(text="督" * length)])
    said = web.requests[0].json["text"]
    assert len(said) == min(length, limit)
    assert said.endswith("…") == (length > limit)


@pytest.mark.parametrize("number", ["13800138000", "+8613800138000", " +86 138 0013 8000 ", "１３８００１３８０００"])
def test_mobile_numbers(number: str) -> None:
    assert mobile(number) == "13800138000"


@pytest.mark.parametrize(
    "number", ["", "110", "023-74512345", "23800138000", "1380013800", "138001380000", "+113800138000", "８６", "张三"]
)
def test_what_is_no_mobile_number_is_refused(web: Web, gateway: Gateway, number: str) -> None:
    answers, sms = post(gateway, [message(address=number)])
    assert verdicts(answers) == [Verdict.REFUSED]
    assert not sms.down
    assert not web.requests


# what the gateway says


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (200, Verdict.ACCEPTED),
        (202, Verdict.ACCEPTED),
        (302, Verdict.DEFERRED),
        (400, Verdict.REFUSED),
        (403, Verdict.REFUSED),
        (408, Verdict.DEFERRED),
        (422, Verdict.REFUSED),
        (425, Verdict.DEFERRED),
        (429, Verdict.DEFERRED),
        (500, Verdict.DEFERRED),
        (503, Verdict.DEFERRED),
    ],
)
def test_what_the_status_means(web: Web, gateway: Gateway, status: int, verdict: Verdict) -> None:
    web.reply = lambda request: (status, "因故\x00")
    answers, sms = post(gateway, [message()])
    assert answers == [Answer(verdict, f"{status} 因故")]
    assert not sms.down
    assert len(web.requests) == 1


@pytest.mark.parametrize(
    ("path", "value", "body", "verdict"),
    [
        ("code", "0", '{"code": 0}', Verdict.ACCEPTED),
        ("code", "0", '{"code": "0"}', Verdict.ACCEPTED),
        ("code", "0", '{"code": 1, "msg": "余额不足"}', Verdict.DEFERRED),
        ("Code", "OK", '{"Code": "OK"}', Verdict.ACCEPTED),
        ("Code", "OK", '{"Code": "isv.BUSINESS_LIMIT_CONTROL"}', Verdict.DEFERRED),
        ("success", "true", '{"success": true}', Verdict.ACCEPTED),
        ("data.0.code", "0", '{"data": [{"code": 0}]}', Verdict.ACCEPTED),
        ("data.1.code", "0", '{"data": [{"code": 0}]}', Verdict.UNKNOWN),
        ("data.x.code", "0", '{"data": [{"code": 0}]}', Verdict.UNKNOWN),
        ("code.deeper", "0", '{"code": 0}', Verdict.UNKNOWN),
        ("code", "0", "{}", Verdict.UNKNOWN),
        ("code", "0", "<html>请先登录</html>", Verdict.UNKNOWN),
    ],
)
def test_what_a_200_says_within(web: Web, gateway: Gateway, path: str, value: str, body: str, verdict: Verdict) -> None:
    web.reply = lambda request: (200, body)
    answers, _ = post(replace(gateway, ok_path=path, ok_value=value), [message()])
    assert answers == [Answer(verdict, f"200 {body}")]


@pytest.mark.parametrize("status", [401, 407])
def test_a_gateway_that_does_not_know_us_costs_no_message_its_life(web: Web, gateway: Gateway, status: int) -> None:
    web.reply = lambda request: (status, "who are you")
    answers, sms = post(gateway, [message(number) for number in range(20)])
    assert answers == [UNSENT] * 20
    assert sms.down
    assert "who are you" in sms.trouble
    assert len(web.requests) <= gateway.connections


# trouble


def test_nobody_listens(gateway: Gateway) -> None:
    away = replace(gateway, url=f"http://127.0.0.1:{closed_port()}/sms?token={SECRET}")
    answers, sms = post(away, [message(number) for number in range(20)])
    assert answers == [UNSENT] * 20
    assert sms.down
    answers, sms = post(away, [message(), message(address="110")])
    assert verdicts(answers) == [Verdict.UNSENT, Verdict.REFUSED]
    assert sms.down
    assert sms.trouble.startswith("无法连接短信网关")
    assert SECRET not in sms.trouble


def test_a_gateway_that_goes_away_between(web: Web, gateway: Gateway) -> None:
    stopped = False

    def stop() -> bool:
        nonlocal stopped
        if len(web.requests) >= 3 and not stopped:
            stopped = True
            web.stop()
        return False

    answers, sms = post(replace(gateway, connections=1), [message(number) for number in range(6)], stop)
    web.start()
    assert verdicts(answers) == [Verdict.ACCEPTED] * 3 + [Verdict.UNSENT] * 3
    assert sms.down


def test_a_connection_that_fails_while_others_do_not_defers_its_message(web: Web, gateway: Gateway) -> None:
    web.reply = lambda request: (401, "") if "urge-0" in request.headers["idempotency-key"] else (200, "ok")
    answers, sms = post(gateway, [message(number) for number in range(8)])
    assert verdicts(answers) == [Verdict.DEFERRED] + [Verdict.ACCEPTED] * 7
    assert not sms.down


def test_an_encrypted_gateway(secure: Web, gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    answers, sms = post(replace(gateway, url=f"{secure.url}/sms"), [message()])
    assert answers == [UNSENT]  # nobody vouches for its certificate
    assert sms.down
    monkeypatch.setenv("SSL_CERT_FILE", str(secure.certificate))
    answers, _ = post(replace(gateway, url=f"{secure.url}/sms"), [message()])
    assert answers == [Answer(Verdict.ACCEPTED, "200 ok")]
    assert secure.requests[0].json["phone"] == "13800138000"


def test_a_gateway_without_tls(web: Web, gateway: Gateway) -> None:
    answers, sms = post(replace(gateway, url=f"https://127.0.0.1:{web.port}/sms"), [message()])
    assert answers == [UNSENT]
    assert sms.down


@pytest.mark.parametrize("fault", Fault)
def test_the_answer_does_not_come(web: Web, gateway: Gateway, fault: Fault) -> None:
    web.reply = lambda request: fault
    start = time.monotonic()
    answers, sms = post(replace(gateway, timeout=0.4), [message()])
    assert verdicts(answers) == [Verdict.UNKNOWN]
    assert "结果不明" in answers[0].words
    assert not sms.down
    assert len(web.requests) == 1
    assert time.monotonic() - start < 2


def test_one_stalled_message_delays_nobody(web: Web, gateway: Gateway) -> None:
    web.reply = lambda request: Fault.STALL if "urge-0" in request.headers["idempotency-key"] else (200, "ok")
    answers, _ = post(replace(gateway, timeout=2), [message(number) for number in range(30)])
    assert verdicts(answers) == [Verdict.UNKNOWN] + [Verdict.ACCEPTED] * 29
    assert web.most_at_once <= gateway.connections


def test_an_endless_answer_is_not_read_to_its_end(web: Web, gateway: Gateway) -> None:
    web.reply = lambda request: (200, "x" * 5_000_000)
    [answer], _ = post(gateway, [message()])
    assert answer.verdict is Verdict.ACCEPTED
    assert len(answer.words) == 500


def test_when_the_time_is_up_the_rest_waits(web: Web, gateway: Gateway) -> None:
    late = [False]

    def reply(request: object) -> tuple[int, str]:
        late[0] = len(web.requests) >= 2
        return 200, "ok"

    web.reply = reply
    answers, _ = post(replace(gateway, connections=1), [message(n) for n in range(5)], lambda: late[0])
    assert verdicts(answers) == [Verdict.ACCEPTED] * 2 + [Verdict.UNSENT] * 3


def test_cancelled_the_answers_stay_true(web: Web, gateway: Gateway) -> None:
    web.reply = lambda request: Fault.STALL if "urge-1" in request.headers["idempotency-key"] else (200, "ok")
    answers = [UNSENT] * 3

    async def run() -> None:
        async with Sms(replace(gateway, timeout=30, connections=1)) as sms:
            sending = asyncio.create_task(sms.send([message(n) for n in range(3)], answers, lambda: False))
            while len(web.requests) < 2:
                await asyncio.sleep(0.02)
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending

    asyncio.run(run())
    assert verdicts(answers) == [Verdict.ACCEPTED, Verdict.UNKNOWN, Verdict.UNSENT]


# secrets and settings


def test_secrets_are_in_no_words(web: Web, gateway: Gateway) -> None:
    body = '{"appkey": "k3y-in-the-body", "phone": "{phone}", "text": "{text}"}'
    keeping = replace(gateway, url=f"{web.url}/sms?token=t0ken-in-the-url", body=body)
    web.reply = lambda request: (400, f"{request.path} {request.headers['authorization']} {request.body.decode()}")
    [answer], _ = post(keeping, [message()])
    assert answer.verdict is Verdict.REFUSED
    for secret in (SECRET, "t0ken-in-the-url", "k3y-in-the-body"):
        assert secret not in answer.words
        assert secret not in repr(keeping)


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": ""},
        {"url": "ftp://127.0.0.1/sms"},
        {"url": "127.0.0.1:80"},
        {"url": "http://"},
        {"body": "{phone} {text}"},
        {"body": "{}"},
        {"body": '{"phone": "{phone}"}'},
        {"headers": {"X-Name": "督导"}},
        {"headers": {"X-Name": "a\r\nb"}},
    ],
)
def test_settings_that_cannot_work_are_told_at_once(wrong: dict[str, object]) -> None:
    right: dict[str, object] = {"url": "http://127.0.0.1/sms"}
    with pytest.raises(SmsMisconfigured, match="短信网关的配置有误"):
        Gateway(**(right | wrong))  # type: ignore[arg-type]
