"""The rehearsal's districts fill in tables that pass the checks and open the gate."""

from __future__ import annotations

from typing import cast

import pytest

from casework.definitions import publish
from casework.launch import launch
from cli.demo.deeds import Turn
from cli.demo.measuring import fill_in
from cli.demo.people import Cast, Person
from process.calendar import packaged_calendar
from process.indicator_sets import SETS
from process.vocabulary import SchoolStage
from tests.api.conftest import Office, application, office  # noqa: F401  (fixtures)
from tests.casework.test_indicators import gated
from tests.schooled import DISTRICT, add_school


class SignedIn(Person):
    """Somebody of the rehearsal, at the application in this process."""

    def __init__(self, office: Office, username: str) -> None:  # noqa: F811
        self._client = office.program(username)
        self._client.base_url = "http://testserver/api/v1/"


@pytest.mark.parametrize("name", [one.name for one in SETS])
def test_a_filled_in_table_opens_the_gate(office: Office, name: str) -> None:  # noqa: F811
    world = office.world
    process = gated(indicators=name)
    with world.unit() as session:
        add_school(session, "P1")
        add_school(session, "J1", SchoolStage.JUNIOR)
        publish(session, [process], world.now)
        opened = launch(session, world.coordinator, world.now, process_name=process.name, title="监测", year=2022,
                        subject_ids=[DISTRICT])  # fmt: skip
        world.round_id = opened.id or 0
    people = {username: SignedIn(office, username) for username in ("coordinator", DISTRICT.lower())}
    # Every mood is tried: some districts fall short where they may.
    for seed in range(6):
        turn = Turn(
            Cast("", {DISTRICT: DISTRICT.lower()}, _signed_in=cast("dict[str, Person]", people)),
            seed,
            packaged_calendar(),
            world.now.date(),
            office.case_id(DISTRICT),
            DISTRICT,
            "渝中区",
            "monitoring",
            1,
            1,
        )
        fill_in(process, turn, reaching_all=False)
    taken = people["coordinator"].get(f"/cases/{turn.case_id}")["findings"]
    assert [row["source"] for row in taken] == ["monitoring"], "the same problem once, however often it shows"
    fill_in(process, turn, reaching_all=True)
    turn.complete(turn.coordinator, process.stages[0].outcomes[0].key)
    assert world.case(DISTRICT).outcome == "recognised"
