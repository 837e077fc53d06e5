"""The application over a small world, and browsers and programs that use it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from sqlalchemy import text

from api.app import create_app
from api.throttle import Throttle
from db.session import unit_of_work
from process.vocabulary import Role
from settings import Settings
from tests.world import World

with warnings.catch_warnings():
    # Starlette's client wants another version of httpx; this one does for us.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

PASSWORD = "yige-hao-mima"
HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
SAMPLED, UNSAMPLED = "CQ-500231", "CQ-500103"
ORIGIN = {"origin": "http://testserver"}


@dataclass
class Office:
    """The running application and those signed in to it."""

    app: FastAPI
    world: World
    _tokens: dict[tuple[str, datetime], str] = field(default_factory=dict)

    def client(self) -> TestClient:
        """Somebody nobody knows."""
        return TestClient(self.app, follow_redirects=False, raise_server_exceptions=False)

    def program(self, username: str) -> TestClient:
        """A program with a bearer token."""
        client = self.client()
        if (username, self.world.now) not in self._tokens:
            answer = client.post("/api/v1/sign-in", json={"username": username, "password": PASSWORD})
            assert answer.status_code == 200, answer.text
            self._tokens[username, self.world.now] = answer.json()["token"]
            client.cookies.clear()
        client.headers["authorization"] = f"Bearer {self._tokens[username, self.world.now]}"
        return client

    def browser(self, username: str) -> TestClient:
        """A browser with the session cookie."""
        client = self.client()
        self.program(username)
        client.cookies.set("dudao_session", self._tokens[username, self.world.now])
        client.headers.update(ORIGIN)
        return client

    @property
    def coordinator(self) -> TestClient:
        return self.program("coordinator")

    @property
    def manager(self) -> TestClient:
        return self.program("manager")

    @property
    def inspector(self) -> TestClient:
        return self.program("inspector")

    @property
    def administrator(self) -> TestClient:
        return self.program("administrator")

    def district(self, subject: str = SAMPLED) -> TestClient:
        return self.program(subject.lower())

    def case_id(self, subject: str = SAMPLED) -> int:
        return self.world.case(subject).id or 0

    def version(self, subject: str = SAMPLED) -> int:
        return self.world.case(subject).version

    def path(self, subject: str = SAMPLED) -> str:
        return f"/api/v1/cases/{self.case_id(subject)}"

    def hand_in(self, client: TestClient, deliverable: str, subject: str = SAMPLED) -> None:
        answer = client.post(
            f"{self.path(subject)}/documents",
            data={"deliverable": deliverable},
            files={"file": ("材料.txt", f"{subject} {deliverable}".encode())},
        )
        assert answer.status_code == 201, answer.text

    def act(self, client: TestClient, deed: str, subject: str = SAMPLED, **body: Any) -> dict[str, Any]:
        answer = client.post(f"{self.path(subject)}/{deed}", json={"version": self.version(subject), **body})
        assert answer.status_code in (200, 201), answer.text
        return answer.json()


@pytest.fixture(scope="session")
def application(furnished: World) -> FastAPI:
    """The application, put together once: its hundreds of addresses take longer than most tests."""
    return create_app(furnished.engine, Settings(max_upload_mb=1, _env_file=None))


@pytest.fixture
def office(world: World, tmp_path: Path, application: FastAPI) -> Office:
    """The application, with a clock that the test's world sets, and accounts that can sign in."""
    with unit_of_work(world.engine) as session:
        session.execute(text("UPDATE users SET password_hash = :hash"), {"hash": HASH})
        session.execute(
            text(
                "INSERT INTO users (username, name, role, password_hash, active) "
                "VALUES ('administrator', '管理员丁', :role, :hash, true)"
            ),
            {"role": Role.ADMINISTRATOR, "hash": HASH},
        )
    clock: Callable[[], datetime] = lambda: world.now  # noqa: E731
    settings = Settings(data_dir=tmp_path, max_upload_mb=1, _env_file=None)
    state = application.state
    state.engine, state.settings, state.clock, state.throttle = world.engine, settings, clock, Throttle()
    return Office(application, world)


@pytest.fixture
def launched(office: Office) -> Office:
    """A round over two districts."""
    office.world.launch(SAMPLED, UNSAMPLED)
    return office
