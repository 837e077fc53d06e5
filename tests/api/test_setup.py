"""A new installation is set up by whoever opens it first, once; example data only for whoever asks."""

from __future__ import annotations

from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from api.app import create_app
from db.session import unit_of_work
from settings import Settings

SAME = {"Origin": "http://testserver"}


def people(engine: Engine) -> list[str]:
    with unit_of_work(engine) as session:
        return list(session.execute(text("SELECT username FROM users ORDER BY username")).scalars())


def test_the_first_visitor_makes_the_administrator_and_nobody_else_can(engine: Engine) -> None:
    with TestClient(create_app(engine, Settings())) as client:
        assert client.get("/sign-in", follow_redirects=False).headers["location"] == "/setup"
        short = {"username": "guanli", "name": "张三", "password": "short"}
        refused = client.post("/setup", data=short, headers=SAME)
        assert refused.status_code == 422
        assert "张三" in refused.text
        assert people(engine) == []
        done = client.post("/setup", data={**short, "password": "long-enough"}, headers=SAME, follow_redirects=False)
        assert done.status_code == 303
        assert people(engine) == ["guanli"], "no example data unless asked for"
        assert client.get("/users").status_code == 200, "signed in at once"
        again = client.post("/setup", data={**short, "password": "long-enough"}, headers=SAME)
        assert again.status_code == 409
        assert client.get("/setup", follow_redirects=False).headers["location"] == "/sign-in"


def test_example_data_is_there_for_whoever_ticks_it(engine: Engine) -> None:
    with TestClient(create_app(engine, Settings())) as client:
        taken = {"username": "coordinator", "name": "张三", "password": "long-enough", "example": "1"}
        assert client.post("/setup", data=taken, headers=SAME).status_code == 422
        client.post("/setup", data={**taken, "username": "admin"}, headers=SAME)
        assert {"admin", "coordinator", "manager", "inspector", "cq-500103"} <= set(people(engine))
