"""Sessions, the same-origin rule, limits and headers."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import HTTPException, Request, Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from process.errors import DudaoError
from settings import Settings

COOKIE = "dudao_session"
_SAFE = ("GET", "HEAD", "OPTIONS")


class CrossSite(DudaoError):
    """请求不是从本系统的页面发出的"""

    code = "cross_site"
    status = 403


def bearer_of(request: Request) -> str | None:
    """The token of an ``Authorization: Bearer`` header."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def token_of(request: Request) -> str | None:
    """The session's token: from the header, else from the cookie."""
    return bearer_of(request) or request.cookies.get(COOKIE)


def same_origin(request: Request) -> None:
    """Raise :class:`CrossSite` for a write that rides on the cookie without coming from our own pages.

    Browsers say where a write comes from (``Sec-Fetch-Site``, ``Origin``); a bearer token no other site can add.
    """
    if request.method in _SAFE or bearer_of(request) is not None:
        return
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is None and origin is None and COOKIE not in request.cookies:
        return
    if site is not None:
        if site != "same-origin":
            raise CrossSite()
        return
    settings: Settings = request.app.state.settings
    ours = {request.headers.get("host", ""), urlsplit(settings.public_url).netloc}
    if origin is None or urlsplit(origin).netloc not in ours:
        raise CrossSite()


def set_cookie(response: Response, token: str, settings: Settings) -> None:
    """Give the browser its session."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=settings.session_hours * 3600,
        path="/",
        secure=settings.public_url.startswith("https://"),
        httponly=True,
        samesite="lax",
    )


HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
}


class Guard:
    """Adds the headers every answer carries, keeps private ones out of caches and refuses oversized bodies."""

    def __init__(self, app: ASGIApp, max_body: int) -> None:
        self.app = app
        self.max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length", "")
        declared = int(length) if length.isdigit() else 0
        read = 0

        async def limited() -> Message:
            # Refused inside the application, so that the refusal looks like every other error.
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if max(read, declared) > self.max_body:
                raise HTTPException(413)
            return message

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if not scope["path"].startswith("/static/"):
                    headers.setdefault("cache-control", "no-store")
            await send(message)

        await self.app(scope, limited, dressed)
