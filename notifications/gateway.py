"""The gateway of short messages as the settings describe it."""

from __future__ import annotations

from notifications.channels.sms import Gateway
from process.errors import InvalidInput
from settings import Settings


def gateway(settings: Settings) -> Gateway:
    """Raises :class:`InvalidInput` where no gateway is configured."""
    if settings.sms_url is None:
        raise InvalidInput("没有配置短信网关")
    return Gateway(
        url=settings.sms_url.get_secret_value(),
        body=settings.sms_body.get_secret_value(),
        headers={name: value.get_secret_value() for name, value in settings.sms_headers.items()},
        timeout=settings.sms_timeout,
        connections=settings.sms_connections,
        text_limit=settings.sms_text_limit,
        ok_path=settings.sms_ok_path,
        ok_value=settings.sms_ok_value,
    )
