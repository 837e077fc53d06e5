"""What the channels besides e-mail carry, and how foreign words are made fit to be kept."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from notifications.smtp import clean

LEAST_SECRET = 4
"""Characters: what is shorter hides nothing, and would be found everywhere."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one address."""

    address: str = field(repr=False)
    """An Apprise URL, which holds the bot's secret, or a telephone number."""
    title: str
    text: str
    key: str
    """The same for every attempt at one delivery, so that the other side may know a repetition."""


def hidden(words: str, secrets: Iterable[str]) -> str:
    """Somebody else's words as they may be kept and shown: without the secrets, on one line, not endless."""
    known = sorted({secret for secret in secrets if len(secret) >= LEAST_SECRET}, key=len, reverse=True)
    if known:
        words = re.sub("|".join(map(re.escape, known)), "***", words, flags=re.IGNORECASE)
    return clean(" ".join(words.split()))
