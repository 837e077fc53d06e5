"""The message as another parser reads it."""

from __future__ import annotations

import email
from email.message import EmailMessage
from email.policy import default
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.context import Attachment
from notifications.mail import encoded, envelope
from notifications.render import Rendered
from settings import Settings
from tests.notifications.builders import NOW

SETTINGS = Settings(_env_file=None, mail_from="重庆市教育督导室 <dudao@dudao.example>")


def parsed(rendered: Rendered, *attachments: Attachment) -> EmailMessage:
    made = envelope(
        rendered,
        recipient="a@b.cn",
        message_id="ab12",
        thread="case-7",
        settings=SETTINGS,
        now=NOW,
        attachments=attachments,
    )
    assert made.sender == "dudao@dudao.example"
    lines = made.content.split(b"\r\n")
    assert max(len(line) for line in lines if b"filename*=" not in line) < 100
    assert max(map(len, lines)) < 998, "RFC 5322: the longest line that any server must take"
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    # It is handed over as it is: nothing to be escaped, and its end is the end of a line.
    assert not any(line.startswith(b".") for line in lines)
    assert not lines[-1]
    return cast(EmailMessage, email.message_from_bytes(made.content, policy=default))


@pytest.mark.parametrize("subject", ["plain", "【催办】垫江县" * 9, "𠮷" * 40, "a=?utf-8?b?x?="])
def test_reads_as_written(subject: str) -> None:
    message = parsed(Rendered(subject, "第一行\n.\n第二行\n" * 50, "<p>好</p>\n" * 50))
    assert not message.defects
    assert message["Subject"] == subject
    assert message["Message-ID"] == "<ab12@dudao.example>"
    assert message["References"] == "<case-7@dudao.example>"
    assert message["Date"].datetime == NOW
    assert message["From"].addresses[0].display_name == "重庆市教育督导室"
    text, html = message.iter_parts()
    assert text.get_content().replace("\r\n", "\n") == "第一行\n.\n第二行\n" * 50
    assert html.get_content_type() == "text/html"


def test_a_letter_comes_whole() -> None:
    letter = Attachment("督导意见书渝府教督发〔2022〕5号.docx", bytes(range(256)) * 99)
    message = parsed(Rendered("文书", "请查收", "<p>请查收</p>"), letter)
    assert not message.defects
    (attached,) = message.iter_attachments()
    assert attached.get_filename() == letter.filename
    assert attached.get_content() == letter.content
    assert message.get_body(("plain",)).get_content().strip() == "请查收"


@given(st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=200))
def test_any_subject(subject: str) -> None:
    assert all(len(line) <= 78 - len("Subject: ") for line in encoded(subject).split("\r\n"))
    assert parsed(Rendered(subject, "x", "x"))["Subject"] == subject
