"""The collecting mail server."""

from __future__ import annotations

import smtplib
from pathlib import Path

import pytest

from notifications.sink import MailSink


def send(port: int, *ids: str) -> None:
    with smtplib.SMTP("127.0.0.1", port) as client:
        for message_id in ids:
            client.sendmail("a@x.cn", ["b@x.cn"], f"Message-ID: <{message_id}>\r\nSubject: s {message_id}\r\n\r\nx\r\n")


def test_collects_in_memory() -> None:
    sink = MailSink()
    sink.start()
    send(sink.port, "1@x", "2@x")
    assert sink.wait_for(2, timeout=1)
    sink.stop()
    assert [mail.message_id for mail in sink.received] == ["1@x", "2@x"]
    assert sink.received[1].subject == "s 2@x"
    assert sink.received[0].rcpt_to == ("b@x.cn",)


def test_writes_files_and_counts_on(tmp_path: Path) -> None:
    for expected in (1, 2):
        sink = MailSink(tmp_path / "mails")
        sink.start()
        send(sink.port, "../1@x")
        sink.stop()
        assert len(list((tmp_path / "mails").iterdir())) == expected
        assert sink.received[0].message["Subject"] == "s ../1@x"


def test_taken_port() -> None:
    first = MailSink()
    first.start()
    with pytest.raises(OSError):
        MailSink(port=first.port).start()
    first.stop()
