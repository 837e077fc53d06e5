"""The week's bulletin, and the results of a round to the leaders and the member units: once, and with right figures."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from casework.authorities import add_authority
from casework.bulletins import publish_week, report_results
from casework.signing import LetterDraft, sign, void
from process.errors import Conflict, InvalidInput
from process.vocabulary import LetterKind, Position
from tests.world import World

DISTRICT, OTHER = "CQ-500103", "CQ-500231"


def published(world: World) -> list[dict[str, Any]]:
    with world.unit() as session:
        publish_week(session, world.now)
    rows = world.rows(
        "SELECT u.username, n.data, d.next_attempt_at FROM notices n JOIN users u ON u.id = n.user_id "
        "JOIN deliveries d ON d.notice_id = n.id WHERE n.kind = 'bulletin' ORDER BY n.id"
    )
    return [dict(row) for row in rows]


def test_a_week_is_told_once_with_its_own_figures(world: World) -> None:
    world.launch(DISTRICT, OTHER)
    for morning in (date(2022, 9, 7), date(2022, 9, 14)):
        world.now = world.at(morning)
        world.act()
    world.now = world.at(date(2022, 9, 12))  # a Monday and a holiday
    first = published(world)
    assert {row["username"] for row in first} == {"coordinator", "manager"}
    assert {row["next_attempt_at"] for row in first} == {world.at(date(2022, 9, 13), 8).replace(minute=30)}
    said = first[0]["data"]
    assert said["week"] == "9月5日至9月11日"
    assert (said["total"]["urged"], said["total"]["supervised"]) == (2, 0)
    assert (said["total"]["open"], said["total"]["late"]) == (2, 2)
    world.now = world.at(date(2022, 9, 16))  # late, and again
    assert published(world) == first
    world.now = world.at(date(2022, 9, 19))
    later = published(world)[len(first) :]
    assert {row["username"] for row in later} == {"coordinator", "manager"}
    assert (later[0]["data"]["total"]["urged"], later[0]["data"]["total"]["supervised"]) == (0, 2)
    assert len(later[0]["data"]["climbing"]) == 2


def told(world: World) -> None:
    """One district was told its result."""
    case = world.case(DISTRICT)
    fields = {"evaluation": "良好", "suggestions": "继续努力"}
    with world.unit() as session:
        sign(
            session,
            world.coordinator,
            world.now,
            [LetterDraft(LetterKind.RESULT_FEEDBACK, world.round_id, fields, ("渝中区人民政府",), case_id=case.id)],
        )


def reported(world: World) -> list[tuple[str, str]]:
    rows = world.rows(
        "SELECT n.kind, s.name FROM notices n JOIN subjects s ON s.id = n.subject_id "
        "WHERE n.kind IN ('leaders_digest', 'members_circular') ORDER BY n.id"
    )
    return [(row["kind"], row["name"]) for row in rows]


def test_results_are_reported_once_when_they_are_in(world: World) -> None:
    world.launch(DISTRICT, OTHER)
    with world.unit() as session:
        add_authority(session, name="分管副市长", position=Position.LEADER, contact="某", email="a@leaders.example")
        add_authority(session, name="市财政局", position=Position.LIAISON, contact="某", email="b@members.example")
    with pytest.raises(InvalidInput):
        world.do(report_results, world.coordinator, world.round_id, summary="尚无")
    told(world)
    report, circular = world.do(report_results, world.coordinator, world.round_id, summary="完成评价。")
    both = [("leaders_digest", "分管副市长"), ("members_circular", "市财政局")]
    assert reported(world) == both
    with pytest.raises(Conflict):
        world.do(report_results, world.manager, world.round_id, summary="再来一次。")
    for letter in (report, circular):
        with pytest.raises(Conflict):
            world.do(report_results, world.coordinator, world.round_id, summary="更正。")
        world.do(void, world.manager, letter.id, reason="数据有误")
    world.do(report_results, world.coordinator, world.round_id, summary="更正。")
    assert reported(world) == [*both, *both], "what was declared void is reported anew"
