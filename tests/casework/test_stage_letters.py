"""Letters that end a stage: what the record says of itself, what must be added, to whom they go."""

from __future__ import annotations

from typing import Any

import pytest

from casework.letters import issue_letter
from notifications.letters.pending import render_pending
from process.errors import InvalidInput, LetterIncomplete
from process.vocabulary import LetterKind
from tests.casework import upward
from tests.world import World

DISTRICT = "CQ-500106"
MEETING = {"held_at": "2022-09-01T15:00", "place": "市教委201会议室", "present": "市教委、市财政局、市委编办"}


def issued(world: World, kind: LetterKind, first: str, content: str = "", **more: Any) -> dict[str, Any]:
    """The letter that ended the stage with which a round began, as it was signed; it could be set."""
    upward.launched(world, DISTRICT, first=first)
    case = world.case(DISTRICT)
    world.do(issue_letter, world.coordinator, case.id, case.version, kind=kind, content=content, **more)
    assert world.case(DISTRICT).stage != first
    with world.unit() as session:
        render_pending(session, world.now)
    [row] = world.rows("SELECT * FROM letters WHERE case_id = :case", case=case.id)
    assert row["trouble"] == ""
    return dict(row)


def test_a_work_notice_says_what_the_next_stage_asks(world: World) -> None:
    letter = issued(world, LetterKind.WORK_NOTICE, "prepare")
    assert letter["fields"]["requirement"] == "请将任务分解到有关单位并汇总材料。"
    assert letter["fields"]["due_on"] == "2022-11-30"
    assert letter["fields"]["contact"] == "协调员甲"
    assert letter["addressees"] == ["沙坪坝区人民政府"]
    assert letter["number"].startswith("渝府教督发〔2022〕")


def test_a_recommendation_goes_to_whom_its_letterhead_names(world: World) -> None:
    letter = issued(world, LetterKind.RECOMMENDATION, "recommend", "各项指标均已达到")
    assert letter["addressees"] == ["国务院教育督导委员会办公室"]
    assert letter["fields"]["recommended"] == "沙坪坝区申报全国义务教育优质均衡发展区"


def test_minutes_need_time_place_and_persons(world: World) -> None:
    upward.launched(world, DISTRICT, first="meeting")
    case = world.case(DISTRICT)
    asked = {"kind": LetterKind.MEETING_MINUTES, "content": "同意推荐"}
    for name in MEETING:
        said = {key: value for key, value in MEETING.items() if key != name}
        with pytest.raises(LetterIncomplete) as error:
            world.do(issue_letter, world.coordinator, case.id, case.version, **asked, particulars=said)
        assert error.value.field == name
    said = {**MEETING, "held_at": "昨天下午"}
    with pytest.raises(InvalidInput) as wrong:
        world.do(issue_letter, world.coordinator, case.id, case.version, **asked, particulars=said)
    assert wrong.value.field == "held_at"


def test_minutes_bear_no_number_and_name_what_was_agreed(world: World) -> None:
    letter = issued(world, LetterKind.MEETING_MINUTES, "meeting", "同意推荐\n抓紧报送", particulars=MEETING)
    assert letter["number"] == ""
    assert letter["fields"]["agreed"] == "同意推荐\n抓紧报送"
