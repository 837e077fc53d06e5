"""Pages ask the database a constant number of questions, however many cases there are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event

from tests.api.conftest import SAMPLED, UNSAMPLED, Office


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    said: list[str] = []

    def listen(connection: object, cursor: object, statement: str, *more: object) -> None:
        said.append(statement)

    event.listen(engine, "before_cursor_execute", listen)
    yield said
    event.remove(engine, "before_cursor_execute", listen)


@pytest.mark.parametrize(
    ("page", "who"),
    [
        ("/rounds/1", "coordinator"),
        ("/api/v1/rounds/1/board", "coordinator"),
        ("/queue", "manager"),
        ("/api/v1/queue", "manager"),
        ("/todo", "coordinator"),
        ("/todo", SAMPLED.lower()),
        ("/rounds", "coordinator"),
        ("/inbox", SAMPLED.lower()),
    ],
)
def test_as_many_statements_for_many_as_for_few(office: Office, page: str, who: str) -> None:
    world = office.world
    numbers = []
    for subjects in ((SAMPLED, UNSAMPLED), ()):
        world.launch(*subjects, title=f"轮次{len(subjects)}")
        world.pass_time(world.now.date() + timedelta(days=9))
        client = office.program(who) if page.startswith("/api") else office.browser(who)
        with counted(world.engine) as said:
            assert client.get(page).status_code == 200
        numbers.append(len(said))
    assert numbers[0] == numbers[1] <= 10, said
