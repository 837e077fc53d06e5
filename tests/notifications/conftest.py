"""A mail server that obeys the tests, and settings that point at it. ``engine`` is everybody's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from settings import Settings
from tests.notifications.faults import FaultySink


@pytest.fixture
def sink() -> Iterator[FaultySink]:
    """A collecting server with faults on demand."""
    running = FaultySink()
    running.start()
    yield running
    running.stop()


@pytest.fixture
def settings(sink: FaultySink, tmp_path: Path) -> Settings:
    """Settings that send to the sink without encryption."""
    return Settings(
        _env_file=None,
        data_dir=tmp_path,
        base_url="https://dudao.example",
        smtp_host="127.0.0.1",
        smtp_port=sink.port,
        smtp_security="none",
        smtp_timeout=5,
        mail_from="重庆市教育督导室 <dudao@dudao.example>",
    )
