"""Bringing a database to the newest schema: forward only."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from db.session import make_engine, normalise

# Any constant will do: two processes that migrate at once take turns.
MIGRATION_LOCK = 0x0D0DA0


def _config(url: str = "") -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["url"] = normalise(url)
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Apply what is missing; safe to call from several processes at once."""
    command.upgrade(_config(url), revision)


def head() -> str:
    """The revision the code wants."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    if revision is None:
        raise RuntimeError("no migrations found")
    return revision


def current(url: str) -> str | None:
    """The revision a database has; ``None`` before the first."""
    engine = make_engine(url)
    with engine.connect() as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
    engine.dispose()
    return revision
