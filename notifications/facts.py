"""The particulars set out below a notice's text, line by line, the same in the mail's text, its HTML and the inbox."""

from __future__ import annotations

from collections.abc import Iterator

from notifications import words
from notifications.context import NoticeContext
from process.vocabulary import NoticeKind

_ABOUT_THE_STAGE = frozenset(
    {
        NoticeKind.STAGE_OPENED,
        NoticeKind.RETURNED,
        NoticeKind.FINDINGS_RETURNED,
        NoticeKind.EXTENSION_REQUESTED,
        NoticeKind.EXTENSION_DECIDED,
        NoticeKind.RESUMED,
        NoticeKind.DUE_MOVED,
        NoticeKind.REMINDER,
        NoticeKind.URGE,
        NoticeKind.SUPERVISE,
    }
)
_ABOUT_THE_TALK = frozenset({NoticeKind.TALK_MINUTES, NoticeKind.TALK_CLOSED})


def due_words(context: NoticeContext) -> str:
    """The due day with its weekday, whether it is provisional, and how late it is."""
    if context.due_on is None:
        return ""
    said = words.day(context.due_on) + ("（暂定，以国务院办公厅当年放假通知为准）" if context.provisional else "")
    return f"{said}，{late_words(context)}" if context.overdue else said


def late_words(context: NoticeContext) -> str:
    """``已逾期3个工作日``; on the days off right after the due day simply ``已逾期``."""
    return f"已逾期{context.late}个工作日" if context.late > 0 else "已逾期"


def facts(context: NoticeContext) -> list[tuple[str, str]]:
    """Label and value of every line that has something to say."""
    return [(label, value) for label, value in _lines(context) if value]


def _lines(context: NoticeContext) -> Iterator[tuple[str, str]]:
    yield "督导事项", context.round.title
    yield "督导对象", context.subject.name
    if context.kind in _ABOUT_THE_STAGE:
        yield from _stage_lines(context)
    if context.kind in _ABOUT_THE_TALK:
        yield from _talk_lines(context)
    if context.rung is not None and context.kind is not NoticeKind.REMINDER:
        yield f"{context.rung.kind.title_zh}依据", context.rung.basis
    elif context.climb is not None and context.kind is not NoticeKind.REMINDER:
        yield f"{context.climb.kind.title_zh}依据", context.climb.basis


def _stage_lines(context: NoticeContext) -> Iterator[tuple[str, str]]:
    stage = context.stage
    if stage is None:
        return
    yield "当前环节", stage.title
    yield "办理要求", stage.asks
    yield "报送材料", words.deliverables(stage)
    yield "办理期限", due_words(context)
    yield "期限依据", stage.period.basis


def _talk_lines(context: NoticeContext) -> Iterator[tuple[str, str]]:
    talk = context.talk
    if talk is None:
        return
    yield "约谈事由", talk.reason
    yield "约谈时间", words.moment(talk.scheduled_for) if talk.scheduled_for else ""
    yield "约谈地点", talk.place
    yield "约谈对象", talk.persons
