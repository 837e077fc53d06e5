"""Slowing down whoever guesses passwords."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Lock

from fastapi import Request

from process.errors import DudaoError, WrongCredentials

FAILURES = 10
WITHIN = timedelta(minutes=5)
REMEMBERED = 10_000


class TooManyAttempts(DudaoError):
    """登录失败次数过多，请过几分钟再试"""

    code = "too_many_attempts"
    status = 429


class Throttle:
    """Failed sign-ins by name, in this process: a brake, not a wall."""

    def __init__(self) -> None:
        self._failed: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = Lock()

    @contextmanager
    def attempt(self, username: str, now: datetime) -> Iterator[None]:
        """One attempt. Raises :class:`TooManyAttempts` after too many failures of late."""
        name = username.strip().lower()
        with self._lock:
            failed = self._failed.get(name, deque())
            while failed and failed[0] <= now - WITHIN:
                failed.popleft()
            if len(failed) >= FAILURES:
                raise TooManyAttempts()
        try:
            yield
        except WrongCredentials:
            with self._lock:
                self._failed.setdefault(name, deque()).append(now)
                self._failed.move_to_end(name)
                while len(self._failed) > REMEMBERED:
                    self._failed.popitem(last=False)
            raise
        with self._lock:
            self._failed.pop(name, None)


def throttle_of(request: Request) -> Throttle:
    """The application's brake."""
    throttle: Throttle = request.app.state.throttle
    return throttle
