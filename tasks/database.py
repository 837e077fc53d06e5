"""The domain database as flows reach it."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy import Engine

from db.embedded import open_databases
from db.session import make_engine
from settings import get_settings


@lru_cache(maxsize=1)
def domain_engine() -> Engine:
    """One pool for this process; the embedded database is joined where no address is configured."""
    return make_engine(open_databases(get_settings()).url)
