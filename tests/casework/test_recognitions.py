"""Titles: granted where a recognition ends well, described, lost; a batch that fails as one."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from casework.eligible import eligible
from casework.letters import issue_letter
from casework.recognitions import describe_title, end_batch, enter_title, revoke_title
from casework.steps import complete
from process.errors import Conflict, InvalidInput, NotAllowed, NotFound
from process.vocabulary import CaseOutcome, CaseStatus, LetterKind
from tests.casework import upward
from tests.world import World

DISTRICT, OTHER, THIRD = "CQ-500106", "CQ-500107", "CQ-500108"
DOCUMENT = "教督函〔2022〕3号"


def recognised(world: World, *subjects: str) -> list[dict[str, Any]]:
    upward.launched(world, *subjects, first="national")
    for subject in subjects:
        world.do(complete, world.coordinator, world.case(subject).id, None, stage="national", outcome="recognised")
    return titles(world)


def titles(world: World) -> list[dict[str, Any]]:
    return [dict(row) for row in world.rows("SELECT * FROM recognitions ORDER BY id")]


def kinds(world: World, case_id: int | None) -> list[str]:
    return [row["kind"] for row in world.rows("SELECT kind FROM events WHERE case_id = :c ORDER BY id", c=case_id)]


def test_a_recognition_that_ends_well_grants_its_title_once(world: World) -> None:
    [row] = recognised(world, DISTRICT)
    assert (row["subject_id"], row["title"], row["batch"], row["granted_on"], row["document"]) == (
        DISTRICT, upward.PROCESS.grants, 2022, date(2022, 9, 1), "",
    )  # fmt: skip
    assert kinds(world, row["case_id"])[-1] == "title_granted"
    world.do(describe_title, world.coordinator, row["id"], granted_on=date(2022, 8, 31), document=DOCUMENT)
    [row] = titles(world)
    assert (row["granted_on"], row["document"]) == (date(2022, 8, 31), DOCUMENT)


def test_a_refusal_grants_nothing(world: World) -> None:
    upward.launched(world, DISTRICT, first="national")
    world.do(complete, world.coordinator, world.case(DISTRICT).id, None, stage="national", outcome="refused")
    assert titles(world) == []


def test_the_re_check_is_about_holders_and_may_take_the_title_away(world: World) -> None:
    recognised(world, DISTRICT)
    with world.unit() as session:
        assert eligible(session, upward.RECHECK, date(2022, 10, 10)) == [DISTRICT]
    case_id = upward.rechecked(world, DISTRICT)
    world.do(complete, world.coordinator, case_id, None, stage="recheck", outcome="revoked", reason="主要指标严重下降")
    [row] = titles(world)
    assert (row["revoked_on"], row["revoked_reason"]) == (date(2022, 9, 1), "主要指标严重下降")
    assert kinds(world, case_id)[-1] == "title_revoked"
    with world.unit() as session:
        assert eligible(session, upward.RECHECK, date(2022, 10, 10)) == []


def test_a_manager_writes_down_that_a_title_was_lost(world: World) -> None:
    [row] = recognised(world, DISTRICT)
    with pytest.raises(NotAllowed):
        world.do(revoke_title, world.coordinator, row["id"], reason="弄虚作假")
    for more, field in (
        ({"reason": " "}, "reason"),
        ({"reason": "弄虚作假", "revoked_on": date(2022, 9, 2)}, "revoked_on"),
        ({"reason": "弄虚作假", "revoked_on": date(2022, 8, 31)}, "revoked_on"),
    ):
        with pytest.raises(InvalidInput) as error:
            world.do(revoke_title, world.manager, row["id"], **more)
        assert error.value.field == field
    world.do(revoke_title, world.manager, row["id"], reason="弄虚作假")
    with pytest.raises(Conflict):
        world.do(revoke_title, world.manager, row["id"], reason="弄虚作假")
    told = world.rows(
        "SELECT n.data FROM notices n WHERE n.case_id = :c AND n.kind = 'closed' AND n.data ->> 'outcome' = 'revoked'",
        c=row["case_id"],
    )
    assert told
    assert "弄虚作假" in told[0]["data"]["reason"]


def test_titles_of_the_time_before(world: World) -> None:
    upward.launched(world, OTHER, first="national")
    day = date(2018, 6, 1)
    asked = {"process_name": upward.PROCESS.name, "granted_on": day, "document": DOCUMENT}
    row = world.do(enter_title, world.coordinator, subject_id=DISTRICT, **asked)
    assert (row.batch, row.case_id) == (2018, None)
    with pytest.raises(Conflict):
        world.do(enter_title, world.coordinator, subject_id=DISTRICT, **asked)
    with pytest.raises(NotFound):
        world.do(enter_title, world.coordinator, subject_id="nobody", **asked)
    with pytest.raises(NotFound):
        world.do(enter_title, world.coordinator, subject_id=OTHER, **{**asked, "process_name": "commitment"})
    with pytest.raises(InvalidInput):
        world.do(enter_title, world.coordinator, subject_id=OTHER, **{**asked, "granted_on": date(2030, 1, 1)})


def test_one_failure_ends_the_batch_but_not_who_was_not_in_it(world: World) -> None:
    upward.launched(world, DISTRICT, OTHER, THIRD, first="recommend")
    for subject in (DISTRICT, OTHER):
        world.do(
            issue_letter,
            world.coordinator,
            world.case(subject).id,
            None,
            kind=LetterKind.RECOMMENDATION,
            content="达标",
        )
    with pytest.raises(NotAllowed):
        world.do(end_batch, world.coordinator, world.round_id, reason="抽查区县未达标")
    with pytest.raises(InvalidInput):
        world.do(end_batch, world.manager, world.round_id, reason=" ")
    ended = world.do(end_batch, world.manager, world.round_id, reason="抽查区县未达标")
    assert set(ended) == {world.case(DISTRICT).id, world.case(OTHER).id}
    assert {world.case(subject).outcome for subject in (DISTRICT, OTHER)} == {CaseOutcome.NOT_RECOGNISED}
    assert world.case(THIRD).status is CaseStatus.OPEN
    [event, *_] = world.rows("SELECT data FROM events WHERE kind = 'case_closed'")
    assert event["data"]["reason"] == "本年全市认定终止：抽查区县未达标"
    with pytest.raises(Conflict):
        world.do(end_batch, world.manager, world.round_id, reason="再次")


def test_only_where_the_definition_says_so(world: World) -> None:
    world.launch(DISTRICT)
    with pytest.raises(InvalidInput, match="不按批次"):
        world.do(end_batch, world.manager, world.round_id, reason="抽查区县未达标")
