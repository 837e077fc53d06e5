"""What a sender's answer means for a delivery: pure rules, one place.

Reminders are at most once: one whose fate is unknown is ``uncertain``, and seen. Obligations are at least once: they
go out again under the same Message-ID.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from notifications.smtp import Answer, Verdict
from process.vocabulary import DeliveryStatus, Mode, NoticeKind

MAX_ATTEMPTS = 6
FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=4)
AFTER_OUTAGE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery taken for sending. ``attempt`` is also its token: whoever lost the lease no longer matches."""

    id: int
    notice_id: int
    kind: NoticeKind
    attempt: int
    message_id: str
    mode: Mode = Mode.AT_ONCE


@dataclass(frozen=True, slots=True)
class Result:
    """What is to be written about a claimed delivery."""

    claim: Claim
    status: DeliveryStatus
    answer: str
    next_attempt_at: datetime | None = None
    counted: bool = True
    """Whether the attempt counts: an outage of the server is not the message's fault."""
    mail_id: str | None = None
    address: str | None = None
    subject_line: str | None = None
    body: str | None = None


def backoff(message_id: str, attempt: int) -> timedelta:
    """How long to wait after a failed attempt: four times longer each time, plus a jitter from the hash."""
    jitter = 1 + hashlib.sha256(f"{message_id}:{attempt}".encode()).digest()[0] / 255 / 5
    factor: int = 4 ** (attempt - 1)
    return min(FIRST_RETRY * factor, LONGEST_RETRY) * jitter


def settle(claim: Claim, answer: Answer, now: datetime) -> Result:
    """What becomes of a delivery after an attempt."""
    match answer.verdict:
        case Verdict.ACCEPTED:
            return Result(claim, DeliveryStatus.SENT, answer.words)
        case Verdict.REFUSED:
            return Result(claim, DeliveryStatus.DEAD, answer.words)
        case Verdict.UNSENT:
            return Result(claim, DeliveryStatus.PENDING, answer.words, now + AFTER_OUTAGE, counted=False)
        case Verdict.UNKNOWN if not claim.kind.obligation:
            return Result(claim, DeliveryStatus.UNCERTAIN, answer.words)
        case Verdict.UNKNOWN | Verdict.DEFERRED:
            if claim.attempt >= MAX_ATTEMPTS:
                return given_up(claim, answer.words)
            later = now + backoff(claim.message_id, claim.attempt)
            return Result(claim, DeliveryStatus.PENDING, answer.words, later)


def given_up(claim: Claim, words: str = "") -> Result:
    """The end of trying."""
    return Result(claim, DeliveryStatus.DEAD, f"已尝试{MAX_ATTEMPTS}次，不再重发" + (f"：{words}" if words else ""))
