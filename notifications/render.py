"""Putting a notice into words: subject, text and HTML from the templates of its kind.

What is said is written once, in ``<kind>/body.txt``; ``_base.txt`` frames it for the mail, ``<kind>/body.html`` and the
inbox set the same words and particulars in another form, so that no reader is told something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape
from markupsafe import Markup, escape

from notifications import words
from notifications.context import GeneralContext, NoticeContext
from notifications.facts import due_words, facts, late_words
from process.vocabulary import CaseOutcome, NoticeKind, Position, Role, RungKind, TalkStatus, Titled

_BLANK_LINES = re.compile(r"\n{3,}")
_RECEIPT = re.compile(r"/receipt/[\w.-]+")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A notice in words."""

    subject: str
    text: str
    html: str


def render(context: NoticeContext | GeneralContext) -> Rendered:
    """The three parts of the mail. Raises a ``jinja2.TemplateError`` where something required is missing."""
    values = _values(context)
    return Rendered(
        subject=values["title"],
        text=_tidy(_template("_base.txt").render(values)) + "\n",
        html=_template(f"{context.kind}/body.html").render({**values, "layout": "_base.html"}),
    )


def render_digest(contexts: Sequence[NoticeContext | GeneralContext], url: str) -> Rendered:
    """Several notices to one reader in one mail; what asks for something comes first."""
    parts = [_values(context) for context in contexts]
    first = contexts[0]
    values = {
        "parts": parts,
        "recipient": first.recipient,
        "sender": first.sender,
        "said_on": first.said_on,
        "url": url,
        "title": f"【每日汇总】{words.short_day(first.said_on)}{len(parts)}项",
    }
    return Rendered(
        subject=str(values["title"]),
        text=_tidy(_template("_digest.txt").render(values)) + "\n",
        html=_template("_digest.html").render(values),
    )


def brief(rendered: Rendered, context: NoticeContext | GeneralContext) -> tuple[str, str]:
    """Title and text for a bot or a short message: what it is, and where to look."""
    return rendered.subject, f"{rendered.subject}\n{context.url}"


def without_receipt_links(text: str) -> str:
    """The words as they are kept: whoever reads the record must not be able to sign for another."""
    return _RECEIPT.sub("/receipt/…", text)


def render_inbox(context: NoticeContext | GeneralContext) -> tuple[str, Markup]:
    """The same notice for a page: its title, and its body as a fragment of safe HTML."""
    values = _values(context)
    html = _template(f"{context.kind}/body.html").render({**values, "layout": "_inbox.html"})
    return values["title"], Markup(html)  # noqa: S704 - made by an autoescaping template


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The templates, compiled once per process."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        undefined=StrictUndefined,
        autoescape=select_autoescape(["html"]),
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )
    made.filters.update(
        day=words.day,
        short_day=words.short_day,
        month_words=words.month_words,
        moment=words.moment,
        deliverables=words.deliverables,
        thing=words.thing,
        sentence=words.sentence,
        paragraphs=paragraphs,
    )
    return made


def paragraphs(text: str) -> Markup:
    """Plain text as HTML: blank lines part paragraphs, single line ends stay. Everything is escaped here."""
    safe = str(escape(text))  # once: a call for every line costs more than all the rest of a mail
    parts = [part.strip().replace("\n", "<br>") for part in safe.split("\n\n")]
    return Markup("\n".join(f"<p>{part}</p>" for part in parts if part))  # noqa: S704 - escaped above


def _template(name: str) -> Template:
    return environment().get_template(name)


def _values(context: NoticeContext | GeneralContext) -> dict[str, Any]:
    values = _general(context) if isinstance(context, GeneralContext) else {**_told(context), **_particulars(context)}
    kind = context.kind
    values["title"] = " ".join(_template(f"{kind}/subject.txt").render(values).split())
    values["message"] = _tidy(_template(f"{kind}/body.txt").render(values))
    return values


def _general(context: GeneralContext) -> dict[str, Any]:
    """A notice about no single case: everything is in its data."""
    return {
        **context.data,
        "data": context.data,
        "told": _title(NoticeKind, context.data.get("kind")),
        "notice": context.notice,
        "recipient": context.recipient,
        "url": context.url,
        "sender": context.sender,
        "said_on": context.said_on,
        "receipt_url": context.receipt_url,
        "attached": context.attachment is not None,
        "facts": [],
    }


def _told(context: NoticeContext) -> dict[str, Any]:
    """What the templates read off the context; what a notice does not have is left out, so that needing it fails."""
    stage = context.stage
    optional = {
        "stage": stage,
        "rung": context.rung,
        "talk": context.talk,
        "letter": context.letter,
        "climb": context.climb,
    }
    return {
        **{name: value for name, value in optional.items() if value is not None},
        **{name: getattr(context, name) for name in _AS_THEY_ARE},
        "process": context.round.process,
        "attached": context.attachment is not None,
        "you": words.you(context.subject) if _of_whom_it_speaks(context) else context.subject.name,
        "doer": _doer(context),
        "due": due_words(context),
        "deadline": f"{words.day(context.due_on)}前{'（暂定）' if context.provisional else ''}"
        if context.due_on
        else "",
        "late": late_words(context) if context.overdue else "",
        "consequences": words.consequences(stage, context.ahead, overdue=context.overdue) if stage else "",
        "facts": facts(context),
        "announced": context.round.announced if context.first else (),
    }


def _of_whom_it_speaks(context: NoticeContext) -> bool:
    """Whether the reader belongs to the subject itself; a district may be told in place of its school."""
    return context.recipient.of_subject and context.notice.subject_id in (None, context.subject.id)


def _doer(context: NoticeContext) -> str:
    """Who must act at the stage: the subject, or somebody of the office about it."""
    stage = context.stage
    if stage is None or stage.owner is Role.DISTRICT:
        return context.subject.name
    return f"{context.sender}（{stage.owner.title_zh}）"


_AS_THEY_ARE = (
    "notice", "data", "round", "case", "subject", "recipient", "item", "first", "due_on", "provisional", "overdue",
    "left", "team", "url", "sender", "said_on", "receipt_url",
)  # fmt: skip


def _particulars(context: NoticeContext) -> dict[str, Any]:
    """What single kinds say, from wherever it was written: the notice's data, its climb or its talk."""
    data = context.data
    return {
        "wished": data.get("to"),
        "granted": data.get("to") if data.get("granted") else None,
        "note": data.get("note") or "",
        "ended": _title(CaseOutcome, data.get("outcome") or context.case.outcome),
        "post": _post(context),
        "told": _title(NoticeKind, data.get("kind")),
        "reason": _reason(context),
        "measure": _measure(context),
        "talk_step": _TALK_STEPS.get(str(data.get("status")), ""),
        "evidence": evidence(_warnings(context)),
    }


_TALK_STEPS = {
    TalkStatus.APPROVED.value: "已批准，尚未发出约谈通知书",
    TalkStatus.NOTIFIED.value: "约定的时间已过，尚未记录约谈情况",
    TalkStatus.HELD.value: "已进行，尚未形成约谈记录",
    TalkStatus.MINUTED.value: "承诺均已落实，尚未办结",
}
"""What the next step of a talk waits for."""


def _warnings(context: NoticeContext) -> Iterable[Mapping[str, Any]]:
    """What was said before: as it stood when the measure was proposed."""
    if context.climb is not None and context.climb.evidence:
        warnings: Iterable[Mapping[str, Any]] = context.climb.evidence.get("warnings", ())
        return warnings
    return context.talk.evidence if context.talk is not None else ()


def _post(context: NoticeContext) -> str:
    """Whose mail could not be delivered."""
    position = context.data.get("position")
    return words.post(context.subject, Position(position)) if position else context.subject.name


def _reason(context: NoticeContext) -> str:
    if context.data.get("reason"):
        return str(context.data["reason"])
    if context.talk is not None:
        return context.talk.reason
    return context.climb.reason if context.climb is not None else ""


def _measure(context: NoticeContext) -> str:
    """The formal measure proposed."""
    if context.talk is not None:
        return RungKind.TALK.title_zh
    if context.rung is not None:
        return context.rung.kind.title_zh
    if context.climb is not None:
        return context.climb.kind.title_zh
    return _title(RungKind, context.data.get("kind")) or RungKind.TALK.title_zh


def _title(words_of: type[Titled], value: Any) -> str:
    try:
        return words_of(value).title_zh if value else ""
    except ValueError:
        return ""


def evidence(steps: Iterable[Mapping[str, Any]]) -> list[str]:
    """What was said before a talk, and when it arrived: a line each."""
    return [_step(step) for step in steps]


def _step(step: Mapping[str, Any]) -> str:
    kind = _title(RungKind, step.get("kind")) or str(step.get("rung", ""))
    said = f"{words.day(step['at'])}发出{kind}" if step.get("at") else kind
    return f"{said}，{words.day(step['delivered_at'])}送达" if step.get("delivered_at") else said


def _tidy(text: str) -> str:
    return _BLANK_LINES.sub("\n\n", text.replace("\r\n", "\n")).strip()
