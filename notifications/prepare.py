"""From claims to messages: is it still true, whom does it reach, how does it read."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlmodel import Session

from notifications.channels.bots import known_as
from notifications.channels.message import Message
from notifications.context import GeneralContext, NoticeContext
from notifications.gather import context_of, gather
from notifications.mail import Envelope, envelope
from notifications.outbox import exhausted
from notifications.render import Rendered, brief, render, render_digest, without_receipt_links
from notifications.settle import Claim, Result, given_up, settle
from notifications.smtp import Answer
from notifications.words import day
from process.calendar import local_day
from process.vocabulary import CaseStatus, Channel, DeliveryStatus, ItemStatus, Mode
from settings import Settings


@dataclass(frozen=True, slots=True)
class Ready:
    """A message to be sent, the deliveries it carries (several in a digest), and how they will be remembered."""

    claims: tuple[Claim, ...]
    message: Envelope | Message
    mail_id: str
    recipient: str
    rendered: Rendered

    def settled(self, answer: Answer, now: datetime) -> list[Result]:
        """What the answer means for each, with what was said and to which address, unless it will be said anew.

        What went in one mail is tried again in one.
        """
        results = [settle(claim, answer, now) for claim in self.claims]
        again = max((result.next_attempt_at for result in results if result.next_attempt_at), default=None)
        return [self._remembered(result, again) for result in results]

    def _remembered(self, result: Result, again: datetime | None) -> Result:
        if result.status is DeliveryStatus.PENDING:
            return replace(result, next_attempt_at=again)
        return replace(
            result,
            mail_id=self.mail_id,
            address=self.recipient,
            subject_line=self.rendered.subject,
            body=without_receipt_links(self.rendered.text),
        )


@dataclass(frozen=True, slots=True)
class Prepared:
    """What of a batch goes out, and what is settled without."""

    ready: list[Ready] = field(default_factory=list)
    settled: list[Result] = field(default_factory=list)


def prepare(session: Session, channel: Channel, claims: Sequence[Claim], settings: Settings, now: datetime) -> Prepared:
    """Check, address and render a batch of claims, with a handful of queries."""
    gathered = gather(session, [claim.notice_id for claim in claims], channel)
    by_notice = {notice.id: notice for notice in gathered.notices}
    prepared = Prepared()
    digests: dict[str, list[Part]] = defaultdict(list)
    for claim in claims:
        try:
            context = context_of(gathered, by_notice[claim.notice_id], settings, local_day(now), current=True)
            settled = _settled_without(claim, context)
            if settled is not None:
                prepared.settled.append(settled)
            elif claim.mode is Mode.DIGEST:
                digests[str(context.recipient.address)].append(Part(claim, context))
            else:
                prepared.ready.append(_alone(channel, Part(claim, context), settings, now))
        except Exception as fault:  # noqa: BLE001 - whatever it is, the others are not held up by it
            prepared.settled.append(_unspeakable(claim, fault))
    for parts in digests.values():
        _add_digest(prepared, parts, settings, now)
    return prepared


def _unspeakable(claim: Claim, fault: Exception) -> Result:
    """A notice that cannot be put into words is reported, not lost."""
    return Result(claim, DeliveryStatus.DEAD, f"无法生成通知内容（{type(fault).__name__}）：{fault}"[:500])


def _settled_without(claim: Claim, context: NoticeContext | GeneralContext) -> Result | None:
    """The result of a claim that needs no sending: tried too often, untrue by now, or nowhere to go."""
    if exhausted(claim):
        return given_up(claim, "发送者多次中断")
    untrue = lapsed(context) if isinstance(context, NoticeContext) else ""
    if untrue:
        return Result(claim, DeliveryStatus.CANCELLED, untrue)
    recipient = context.recipient
    if recipient.address is None:
        return Result(claim, DeliveryStatus.DEAD, recipient.unreachable, address=recipient.invalid_address or None)
    return None


@dataclass(frozen=True, slots=True)
class Part:
    """A claim with what it says."""

    claim: Claim
    context: NoticeContext | GeneralContext


def _alone(channel: Channel, part: Part, settings: Settings, now: datetime) -> Ready:
    """A notice by itself, as its channel wants it."""
    claim, context = part.claim, part.context
    rendered = render(context)
    address = str(context.recipient.address)
    if channel is not Channel.EMAIL:
        words = Message(address, *brief(rendered, context), claim.message_id)
        shown = known_as(address) if channel is Channel.BOT else address
        return Ready((claim,), words, claim.message_id, shown, rendered)
    notice = context.notice
    thread = f"case-{notice.case_id}" if notice.case_id is not None else f"{notice.kind}-{notice.round_id or 0}"
    message = envelope(
        rendered,
        recipient=address,
        message_id=claim.message_id,
        thread=thread,
        settings=settings,
        now=now,
        attachments=[context.attachment] if context.attachment else [],
    )
    return Ready((claim,), message, claim.message_id, address, rendered)


def _add_digest(prepared: Prepared, parts: list[Part], settings: Settings, now: datetime) -> None:
    """All that can wait for one reader, in one mail; a part that cannot be put into words is left out of it."""
    try:
        prepared.ready.append(_together(parts, settings, now))
    except Exception as fault:  # noqa: BLE001 - as above
        faults = [(part, _fault_of(part)) for part in parts]
        sound = [part for part, own in faults if own is None]
        if len(sound) == len(parts):
            prepared.settled.extend(_unspeakable(part.claim, fault) for part in parts)
            return
        prepared.settled.extend(_unspeakable(part.claim, own) for part, own in faults if own is not None)
        if sound:
            _add_digest(prepared, sound, settings, now)


def _fault_of(part: Part) -> Exception | None:
    try:
        render(part.context)
    except Exception as fault:  # noqa: BLE001 - as above
        return fault
    return None


def _together(parts: list[Part], settings: Settings, now: datetime) -> Ready:
    """The digest; what is single goes out as what it is."""
    if len(parts) == 1:
        return _alone(Channel.EMAIL, parts[0], settings, now)
    rendered = render_digest([part.context for part in parts], settings.public_url)
    claims = tuple(part.claim for part in parts)
    address = str(parts[0].context.recipient.address)
    reader = parts[0].context.notice
    whose = f"k{reader.contact_id}" if reader.contact_id is not None else f"u{reader.user_id}"
    mail_id = _mail_id(claims)
    message = envelope(
        rendered,
        recipient=address,
        message_id=mail_id,
        thread=f"digest-{whose}",
        settings=settings,
        now=now,
        attachments=list(dict.fromkeys(part.context.attachment for part in parts if part.context.attachment)),
    )
    return Ready(claims, message, mail_id, address, rendered)


def _mail_id(claims: Sequence[Claim]) -> str:
    """The Message-ID of what a mail must say: it stays when reminders, which are not repeated, are gone from it."""
    ids = [claim.message_id for claim in claims if claim.kind.obligation] or [claim.message_id for claim in claims]
    return ids[0] if len(ids) == 1 else hashlib.sha256(":".join(ids).encode()).hexdigest()[:40]


def lapsed(context: NoticeContext) -> str:
    """Why a notice that speaks of an open work item, or of what waits, is no longer true; empty while it is."""
    if not context.waits:
        return "所催事项已办理，不再发送"
    if not context.kind.lapses_with_item:
        return ""
    notice, item = context.notice, context.item
    if context.case.status is not CaseStatus.OPEN:
        return f"任务已{context.case.status.title_zh}，不再发送"
    if item is None or item.status is not ItemStatus.OPEN:
        return "该环节已办结，不再发送"
    if item.attempt != notice.attempt:
        return "该环节已重新报送，不再发送"
    if item.due_on != notice.due_on:
        return f"到期日已改为{day(item.due_on)}，不再发送"
    return ""
