"""Notices as they read in the inbox."""

from __future__ import annotations

import logging

from jinja2 import TemplateError
from markupsafe import Markup, escape

from api.context import Desk
from db.queries.inbox import NoticeRow
from notifications.gather import inbox_contexts
from notifications.render import render_inbox

log = logging.getLogger(__name__)


def in_words(desk: Desk, notice: NoticeRow) -> tuple[str, Markup]:
    """Title and text of a notice; if its template fails, what it is about at least."""
    contexts = inbox_contexts(desk.session, desk.settings, [notice.id])
    try:
        return render_inbox(contexts[notice.id])
    except TemplateError:
        log.exception("notice %s could not be put into words", notice.id)
    said = "".join(f"<p>{escape(value)}</p>" for value in notice.data.values() if isinstance(value, str))
    return f"{notice.kind_title}：{notice.round_title}", Markup(said)  # noqa: S704 - escaped above
