"""Reading the mails of the rehearsal."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default


def plain_text(content: bytes) -> str:
    """The plain text of a mail."""
    body = message_from_bytes(content, policy=default).get_body(("plain",))
    return body.get_content() if body is not None else ""
