"""Signing for a notice by the link in its mail: no account, one notice, once."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from api.context import engine_of, now_of, settings_of
from api.render import page
from api.security import same_origin
from casework.inbox import open_notice, sign_by_link
from db.session import unit_of_work
from db.tables import Notice
from notifications.gather import inbox_contexts
from notifications.receipts import link_secret, read_receipt_token
from notifications.render import render_inbox
from process.errors import DudaoError, LinkInvalid, LinkUsed

router = APIRouter()


@router.get("/receipt/{token}")
def look(request: Request, token: str) -> Response:
    """The notice, and a button to sign for it. Looking alone signs nothing: mail filters follow links too."""
    try:
        with unit_of_work(engine_of(request)) as session:
            notice = _notice(request, session, token)
            open_notice(session, now_of(request), notice)
            contexts = inbox_contexts(session, settings_of(request), [notice.id or 0])
            title, html = render_inbox(contexts[notice.id or 0])
    except DudaoError as error:
        return _refused(request, error)
    return page(request, "receipt.html", token=token, title=title, html=html, error=None, signed=False)


@router.post("/receipt/{token}")
def sign(request: Request, token: str) -> Response:
    """Sign for it."""
    same_origin(request)
    try:
        with unit_of_work(engine_of(request)) as session:
            notice = _notice(request, session, token)
            sign_by_link(session, now_of(request), notice.id or 0)
    except DudaoError as error:
        return _refused(request, error)
    return page(request, "receipt.html", token=token, title="已签收", html="", error=None, signed=True)


def _notice(request: Request, session: Session, token: str) -> Notice:
    """What the link stands for, if it may still be used."""
    notice_id = read_receipt_token(link_secret(session), token, now_of(request))
    notice = session.get(Notice, notice_id)
    if notice is None:
        raise LinkInvalid
    if notice.signed_at is not None:
        raise LinkUsed("此通知已签收")
    return notice


def _refused(request: Request, error: DudaoError) -> Response:
    return page(
        request, "receipt.html", status=error.status, token="", title=error.message, html="", error=error, signed=False
    )
