"""What all tests share: a real PostgreSQL for the session, a fresh migrated database for every test that asks."""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from cli.prefect_server import PrefectServer, quiet_environment
from db.embedded import EmbeddedPostgres
from db.migrate import upgrade
from db.session import make_engine
from process.calendar import SHANGHAI, WorkCalendar, packaged_calendar
from settings import get_settings
from tasks.database import domain_engine
from tests.world import World, make_world

_numbers = itertools.count()

# Before anything imports Prefect: its home is this session's own, it reports to nobody and keeps quiet.
_home = tempfile.TemporaryDirectory(prefix="dudao-test-prefect-")
os.environ.update(quiet_environment(Path(_home.name)), PREFECT_LOGGING_TO_API_ENABLED="false")
os.environ.pop("COLUMNS", None)  # how wide somebody's window is, is not what tests look at


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """One throwaway cluster for the whole session, where an account of its own can reach it even for root."""
    with tempfile.TemporaryDirectory(prefix="dudao-test-") as folder:
        Path(folder).chmod(0o755)
        server = EmbeddedPostgres(Path(folder) / "data", durable=False)
        server.start()
        server.create_database("template")
        upgrade(server.url("template"))
        yield server
        server.stop(mode="immediate")


@pytest.fixture(scope="session")
def prefect_server(postgres: EmbeddedPostgres) -> Iterator[PrefectServer]:
    """One real Prefect server for the whole session, on the session's PostgreSQL."""
    postgres.create_database("prefect")
    home = Path(_home.name)
    with PrefectServer(postgres.prefect_url("prefect"), home=home, log=home / "server.log") as server:
        yield server


@pytest.fixture
def prefect_api(prefect_server: PrefectServer) -> Iterator[str]:
    """The API address of that server, which flows run in this process report to."""
    from prefect.settings import PREFECT_API_URL, temporary_settings

    with temporary_settings({PREFECT_API_URL: prefect_server.api_url}):
        yield prefect_server.api_url


@pytest.fixture
def flow_database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Points the flows of this process at this test's database."""
    monkeypatch.setenv("DUDAO_DATABASE_URL", database_url)
    get_settings.cache_clear()
    domain_engine.cache_clear()
    yield database_url
    domain_engine().dispose()
    domain_engine.cache_clear()
    get_settings.cache_clear()


@pytest.fixture(scope="session")
def furnished(postgres: EmbeddedPostgres) -> World:
    """The world, made once in a database that is copied for every test that wants it."""
    postgres.create_database("furnished", template="template")
    engine = make_engine(postgres.url("furnished"), pool_size=1)
    made = make_world(engine)
    engine.dispose()
    return made


@pytest.fixture
def database_url(postgres: EmbeddedPostgres, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a migrated database that belongs to this test alone: empty, or with the world in it."""
    name = f"test_{next(_numbers)}"
    template = "template"
    if "world" in request.fixturenames:
        request.getfixturevalue("furnished")
        template = "furnished"
    postgres.create_database(name, template=template)
    yield postgres.url(name)
    postgres.drop_database(name)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on this test's database."""
    made = make_engine(database_url, pool_size=5)
    yield made
    made.dispose()


@pytest.fixture
def world(engine: Engine, furnished: World) -> World:
    """The districts of Chongqing with contacts, accounts, inspectors and the published process."""
    return replace(furnished, engine=engine)


@pytest.fixture(scope="session")
def calendar() -> WorkCalendar:
    """The packaged calendar."""
    return packaged_calendar()


@pytest.fixture
def start() -> datetime:
    """A Thursday morning on which rounds of 2022 are launched."""
    return datetime(2022, 9, 1, 9, 30, tzinfo=SHANGHAI)


@pytest.fixture(scope="session")
def data() -> Path:
    """Files that tests read."""
    return Path(__file__).parent
