"""Turning templates into pages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlencode

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from process.calendar import SHANGHAI

FLASH = "dudao_flash"
_WEEKDAYS = "一二三四五六日"


def day(value: date | str | None) -> str:
    """``2022年5月13日（周五）``."""
    if value is None:
        return "—"
    on = date.fromisoformat(value[:10]) if isinstance(value, str) else value
    return f"{on.year}年{on.month}月{on.day}日（周{_WEEKDAYS[on.weekday()]}）"


def short_day(value: date | None) -> str:
    """``2022-05-13``, for tables."""
    return value.isoformat() if value else "—"


def moment(value: datetime | str | None) -> str:
    """``2022-05-13 15:00`` in the office's time zone."""
    if value is None:
        return "—"
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def lines(value: str) -> Markup:
    """Plain text with its line ends kept."""
    return Markup("<br>").join(escape(line) for line in value.splitlines())


def kilobytes(size: int) -> str:
    """The size of a file."""
    return f"{size / 1024 / 1024:.1f} MB" if size >= 1024 * 1024 else f"{max(size // 1024, 1)} KB"


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        undefined=StrictUndefined,
        autoescape=select_autoescape(["html"]),
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters.update(day=day, short_day=short_day, moment=moment, lines=lines, kilobytes=kilobytes)
    return made


_TEMPLATES = _environment()


def page(request: Request, template: str, *, status: int = 200, **values: Any) -> Response:
    """A page. ``actor`` is whoever signed in, if the endpoint passed it; a flash message is shown once."""
    flash = unquote(request.cookies.get(FLASH, ""))
    here = request.url.path
    html = _TEMPLATES.get_template(template).render(
        {"actor": None, "here": here, "flash": flash, "failed": None, **values}
    )
    response = HTMLResponse(html, status)
    if flash:
        response.delete_cookie(FLASH, path="/")
    return response


def go(where: str, said: str = "") -> RedirectResponse:
    """After a POST: on to a page, with a message it shows once."""
    response = RedirectResponse(where, 303)
    if said:
        response.set_cookie(FLASH, quote(said), max_age=60, path="/", httponly=True, samesite="lax")
    return response


def address(path: str, query: Mapping[str, str], **changed: str | int | None) -> str:
    """The same page with other filters."""
    values = {**query, **{name: str(value) for name, value in changed.items() if value is not None}}
    kept = {name: value for name, value in values.items() if value and changed.get(name, "") is not None}
    return f"{path}?{urlencode(kept)}" if kept else path


_TEMPLATES.globals["address"] = address
_LOCAL = re.compile(r"^/(?![/\\])[^\r\n\\]*$")


def local(where: str | None) -> str:
    """A path of our own to go on to, and never another site's."""
    return where if where and _LOCAL.match(where) else "/"
