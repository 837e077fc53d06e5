"""The signed links in mails by which a notice is signed for with one click (签收).

A link names one notice and the day it expires, and opens nothing else; that it works once is written with the notice.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from itsdangerous import BadSignature, URLSafeSerializer
from sqlmodel import Session

from db.tables import LinkSecret
from process.errors import LinkInvalid

RECEIPT_LASTS = timedelta(days=30)


def link_secret(session: Session) -> str:
    """The key of this installation."""
    return session.get_one(LinkSecret, 1).secret


def receipt_token(secret: str, notice_id: int, expires: datetime) -> str:
    """The part of the link after the last slash."""
    signed = _serializer(secret).dumps([notice_id, int(expires.timestamp())])
    return signed if isinstance(signed, str) else signed.decode()


def read_receipt_token(secret: str, token: str, now: datetime) -> int:
    """The notice a link stands for. Raises :class:`LinkInvalid` when forged, broken or expired."""
    try:
        notice_id, expires = _serializer(secret).loads(token)
    except (BadSignature, ValueError, TypeError) as error:
        raise LinkInvalid from error
    if now >= datetime.fromtimestamp(expires, UTC):
        raise LinkInvalid("已过期，请登录系统签收")
    return int(notice_id)


@lru_cache(maxsize=1)
def _serializer(secret: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt="receipt")
