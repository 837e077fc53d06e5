"""What the commands share: the terminal, the clock, a unit of work on the domain database."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Column, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlmodel import Session

# What goes into a file or another command has no edge to be cut off at.
WIDTH_ELSEWHERE = 240
console = Console(width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else WIDTH_ELSEWHERE)
errors = Console(stderr=True)


def grid(*headings: str, title: str = "") -> Table:
    """A table that shows every word on a screen of any width: what does not fit goes on below."""
    return Table(*(Column(heading, overflow="fold") for heading in headings), title=title or None)


def now() -> datetime:
    """Now. Commands are an outermost layer, which reads the clock."""
    return datetime.now(UTC)


@contextmanager
def database() -> Iterator[Session]:
    """A unit of work on the domain database, brought up to date first."""
    from db.embedded import resolve_database
    from db.migrate import upgrade
    from db.session import make_engine, unit_of_work
    from settings import get_settings

    with resolve_database(get_settings()) as databases:
        upgrade(databases.url)
        engine = make_engine(databases.url, pool_size=1)
        with unit_of_work(engine) as session:
            yield session
        engine.dispose()
