"""``dudao up`` killed with SIGKILL in the middle of a pass: nothing is lost, nothing is said twice."""

from __future__ import annotations

import email
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine, text

from casework.actor import Actor
from casework.definitions import publish
from casework.example import install_example
from casework.launch import launch
from db.embedded import EmbeddedPostgres, start_embedded
from db.session import make_engine, unit_of_work
from flows.district_evaluation import PROCESS
from process.calendar import at_hour, local_day, packaged_calendar
from process.vocabulary import Role
from tests.cli.test_up import Running, alive, folder, start

__all__ = ["folder"]


def wait_until(what: Callable[[], object], why: str, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, why
        time.sleep(0.2)


class Installation:
    """A ``dudao up`` with a look into its database and its Prefect."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.up: Running = start(folder)
        self.up.wait_until(lambda: "按 Ctrl-C 停止" in self.up.said)
        self.postgres: EmbeddedPostgres = start_embedded(self.up.settings.data_dir)
        self.engine: Engine = make_engine(self.postgres.url("dudao"))

    def start_again(self) -> None:
        self.up = start(self.folder)
        self.up.wait_until(lambda: "按 Ctrl-C 停止" in self.up.said)

    def ask(self, query: str) -> list[tuple[object, ...]]:
        with unit_of_work(self.engine) as session:
            return [tuple(row) for row in session.execute(text(query))]

    def run(self, deployment: str, **parameters: str) -> None:
        """Have Prefect run a deployment now."""
        api = f"http://127.0.0.1:{self.up.settings.prefect_port}/api"
        with httpx.Client(trust_env=False, timeout=30) as http:
            [found] = [d for d in http.post(f"{api}/deployments/filter", json={}).json() if d["name"] == deployment]
            answer = http.post(
                f"{api}/deployments/{found['id']}/create_flow_run",
                json={"state": {"type": "SCHEDULED"}, "parameters": parameters},
            )
            answer.raise_for_status()

    def deliver(self) -> None:
        """Deliver at noon of a working day, whatever the hour: most notices do not leave at night."""
        noon = at_hour(packaged_calendar().add_working_days(local_day(datetime.now(UTC)), 1), 12).isoformat()
        unsettled = "SELECT count(*) FROM deliveries WHERE status IN ('pending', 'sending')"
        asked = 0.0

        def delivered() -> bool:
            nonlocal asked
            # A run that finds another under way is cancelled, so it is asked for again.
            if time.monotonic() - asked > 15:
                self.run("deliver", now=noon)
                asked = time.monotonic()
            return self.ask(unsettled) == [(0,)]

        wait_until(delivered, "mail was not delivered")

    def mails(self) -> Counter[str]:
        """How often each Message-ID lies in the local mail box."""
        files = (self.folder / "data" / "mails").rglob("*.eml")
        return Counter(str(email.message_from_bytes(file.read_bytes())["Message-ID"]) for file in files)


@pytest.fixture
def installation(folder: Path) -> Iterator[Installation]:
    made = Installation(folder)
    yield made
    made.engine.dispose()
    made.postgres.stop()
    made.up.process.terminate()
    try:
        made.up.process.wait(60)
    finally:
        made.up.process.kill()
        made.up.process.wait()


def launch_in_the_past(engine: Engine) -> None:
    """A round whose districts should have signed six working days ago: all of them are to be pressed now."""
    now = datetime.now(UTC)
    then = at_hour(packaged_calendar().add_working_days(local_day(now), -9), 10)
    with unit_of_work(engine) as session:
        publish(session, [PROCESS], now)
        example = install_example(session, local_day(now), "kill-test-password")
        row = session.execute(text("SELECT id, name FROM users WHERE username = 'coordinator'")).one()
        actor = Actor(row.id, row.name, Role.COORDINATOR)
        launch(
            session, actor, then, process_name=PROCESS.name, title="演练", year=then.year,
            subject_ids=sorted(example.districts),
        )  # fmt: skip


@pytest.mark.slow
def test_killed_in_the_middle_of_a_pass_it_loses_nothing_and_says_nothing_twice(installation: Installation) -> None:
    # The pass is held fast half-way through its transaction, after it moved its claim and before its rungs.
    with installation.engine.connect() as holding:
        holding.execute(text("LOCK TABLE climbs IN SHARE MODE"))
        launch_in_the_past(installation.engine)
        installation.run("patrol")
        blocked = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%INSERT INTO climbs%'"
        wait_until(lambda: installation.ask(blocked), "the pass never began")
        children = list(installation.up.children().values())
        os.kill(installation.up.process.pid, signal.SIGKILL)
        installation.up.process.wait()
        assert alive(children) == [], "children outlived their parent"
        holding.rollback()
    wait_until(lambda: not installation.ask(blocked), "the dead pass still holds its transaction")
    assert installation.ask("SELECT count(*) FROM climbs") == [(0,)], "half a pass was written"

    installation.start_again()
    installation.run("patrol")
    climbed = "SELECT count(*) FROM climbs WHERE status = 'climbed'"
    districts = installation.ask("SELECT count(*) FROM cases")
    wait_until(lambda: installation.ask(climbed) == districts, "time did not catch up")
    installation.run("patrol")
    installation.deliver()

    assert installation.ask(climbed) == districts, "a rung was climbed twice"
    sent = {row[0] for row in installation.ask("SELECT message_id FROM deliveries WHERE status = 'sent'")}
    received = installation.mails()
    assert {name.strip("<>").split("@")[0] for name in received} == sent, "a mail was lost"
    assert set(received.values()) == {1}, "a mail was sent twice"
    assert installation.ask("SELECT count(*) FROM deliveries WHERE status NOT IN ('sent', 'cancelled')") == [(0,)]
