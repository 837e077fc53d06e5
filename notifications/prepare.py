"""From claims to messages: is it still true, whom does it reach, how does it read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from jinja2 import TemplateError
from sqlmodel import Session

from notifications.context import NoticeContext
from notifications.gather import context_of, gather
from notifications.mail import Envelope, envelope
from notifications.outbox import exhausted
from notifications.render import Rendered, render
from notifications.settle import Claim, Result, given_up
from notifications.words import day
from process.calendar import local_day
from process.errors import DudaoError
from process.vocabulary import CaseStatus, DeliveryStatus, ItemStatus
from settings import Settings


@dataclass(frozen=True, slots=True)
class Ready:
    """A message to be sent, and how its delivery will be remembered."""

    claim: Claim
    envelope: Envelope
    rendered: Rendered

    def remembered(self, result: Result) -> Result:
        """The result with what was said and to which address, unless it will be said anew."""
        if result.status is DeliveryStatus.PENDING:
            return result
        return replace(
            result,
            address=self.envelope.recipient,
            subject_line=self.rendered.subject,
            body=self.rendered.text,
        )


@dataclass(frozen=True, slots=True)
class Prepared:
    """What of a batch goes out, and what is settled without."""

    ready: list[Ready] = field(default_factory=list)
    settled: list[Result] = field(default_factory=list)


def prepare(session: Session, claims: Sequence[Claim], settings: Settings, now: datetime) -> Prepared:
    """Check, address and render a batch of claims, with a handful of queries."""
    gathered = gather(session, [claim.notice_id for claim in claims])
    by_notice = {notice.id: notice for notice in gathered.notices}
    prepared = Prepared()
    for claim in claims:
        try:
            context = context_of(gathered, by_notice[claim.notice_id], settings, local_day(now), current=True)
            outcome = _one(claim, context, settings, now)
        except (TemplateError, DudaoError, LookupError, TypeError, ValueError) as fault:
            # One notice that cannot be put into words must not hold up the others; it is reported, not lost.
            outcome = Result(claim, DeliveryStatus.DEAD, f"无法生成通知内容（{type(fault).__name__}）：{fault}"[:500])
        if isinstance(outcome, Ready):
            prepared.ready.append(outcome)
        else:
            prepared.settled.append(outcome)
    return prepared


def _one(claim: Claim, context: NoticeContext, settings: Settings, now: datetime) -> Ready | Result:
    if exhausted(claim):
        return given_up(claim, "发送者多次中断")
    untrue = lapsed(context)
    if untrue:
        return Result(claim, DeliveryStatus.CANCELLED, untrue)
    recipient = context.recipient
    if recipient.address is None:
        return Result(claim, DeliveryStatus.DEAD, recipient.unreachable, address=recipient.invalid_address or None)
    rendered = render(context)
    message = envelope(
        rendered,
        recipient=recipient.address,
        message_id=claim.message_id,
        case_id=context.notice.case_id,
        settings=settings,
        now=now,
    )
    return Ready(claim, message, rendered)


def lapsed(context: NoticeContext) -> str:
    """Why a notice that speaks of an open work item is no longer true; empty while it is."""
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
