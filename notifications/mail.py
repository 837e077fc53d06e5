"""Building the message: headers that thread a case, the same words in text and HTML.

Written out by hand, because a thousand letters are alike: :mod:`email` takes as long to build one as a server takes to
accept it (1 to 2.6 ms; this 0.1). Everything is ASCII and base64, which passes any server, also one without 8BITMIME.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, parseaddr
from functools import lru_cache
from urllib.parse import quote

from notifications.context import Attachment
from notifications.render import Rendered
from process.calendar import SHANGHAI
from settings import Settings

_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_WORD = 10
"""Characters of an encoded word: however many bytes they take, the line stays below 78 (RFC 2047)."""

_LINE = 76
"""Characters of a line of base64."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message ready to be handed over: one recipient, and its bytes."""

    sender: str
    recipient: str
    content: bytes


def envelope(
    rendered: Rendered,
    *,
    recipient: str,
    message_id: str,
    thread: str,
    settings: Settings,
    now: datetime,
    attachments: Sequence[Attachment] = (),
) -> Envelope:
    """The message of a notice. Only its date differs between attempts: the Message-ID is the delivery's own.

    ``thread`` names what it belongs to (a case, somebody's digests). The recipient is a checked address
    (:func:`notifications.addressee.mailable`): nothing here may break a line.
    """
    sender, address = _sender(settings.mail_from)
    thread = f"<{thread}@{settings.mail_domain}>"
    boundary = f"=_{message_id}"  # never found in base64
    alternative = (
        f'Content-Type: multipart/alternative; boundary="{boundary}"',
        "",
        *_part(boundary, "plain", rendered.text),
        *_part(boundary, "html", rendered.html),
        f"--{boundary}--",
        "",
    )
    lines = [
        f"From: {sender}",
        f"To: {recipient}",
        f"Subject: {encoded(rendered.subject)}",
        f"Date: {format_datetime(now.astimezone(SHANGHAI))}",
        f"Message-ID: <{message_id}@{settings.mail_domain}>",
        f"In-Reply-To: {thread}",
        f"References: {thread}",
        "Auto-Submitted: auto-generated",
        "MIME-Version: 1.0",
        *(_mixed(message_id, alternative, attachments) if attachments else alternative),
    ]
    return Envelope(address, recipient, "\r\n".join(lines).encode("ascii"))


def encoded(text: str) -> str:
    """Header text as encoded words, a line each."""
    parts = [text[at : at + _WORD] for at in range(0, len(text), _WORD)]
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(part.encode()).decode()}?=" for part in parts)


def _part(boundary: str, subtype: str, text: str) -> tuple[str, ...]:
    packed = _lines(text.replace("\n", "\r\n").encode())
    kind = f'Content-Type: text/{subtype}; charset="utf-8"'
    return f"--{boundary}", kind, "Content-Transfer-Encoding: base64", "", packed


def _mixed(message_id: str, alternative: tuple[str, ...], attachments: Sequence[Attachment]) -> tuple[str, ...]:
    """The words and the letters beside them."""
    boundary = f"=_m{message_id}"
    return (
        f'Content-Type: multipart/mixed; boundary="{boundary}"',
        "",
        f"--{boundary}",
        *alternative,
        *(line for attachment in attachments for line in _attached(boundary, attachment)),
        f"--{boundary}--",
        "",
    )


def _attached(boundary: str, attachment: Attachment) -> tuple[str, ...]:
    name = quote(attachment.filename)
    return (
        f"--{boundary}",
        f"Content-Type: {_DOCX}",
        f"Content-Disposition: attachment; filename*=utf-8''{name}",
        "Content-Transfer-Encoding: base64",
        "",
        _packed(attachment.content),
    )


@lru_cache(maxsize=64)
def _packed(content: bytes) -> str:
    # A letter to all districts is the same in a thousand mails.
    return _lines(content)


def _lines(content: bytes) -> str:
    """Base64 in lines of 76 (RFC 2045); :func:`base64.encodebytes` does the same four times slower."""
    packed = base64.b64encode(content).decode()
    return "\r\n".join([packed[at : at + _LINE] for at in range(0, len(packed), _LINE)]) + "\r\n"


@lru_cache(maxsize=8)
def _sender(mail_from: str) -> tuple[str, str]:
    """The From header and the bare address."""
    name, address = parseaddr(mail_from)
    # Not by formataddr: its encoding hangs on a registry that any library may change (one does).
    return f"{encoded(name)} <{address}>" if name else address, address
