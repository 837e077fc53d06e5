"""One circular of results for a round: a list of all, signed once, told to each."""

from __future__ import annotations

import io

import docx
import pytest

from casework.results import publish_results
from notifications.letters.pending import render_pending
from process.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tests.casework import upward
from tests.world import World

DISTRICT, OTHER = "CQ-500106", "CQ-500107"
ENTRIES = ((DISTRICT, "责任督学的区域实践"), (DISTRICT, "督导评估研究"), (OTHER, "课后服务观察"))


def test_one_letter_lists_all_and_ends_their_stage(world: World) -> None:
    ids = upward.awarded(world, *ENTRIES)
    letter, n = world.do(
        publish_results, world.coordinator, world.round_id, summary="评出3件", grades={ids[1]: "一等奖"}
    )
    assert n == 3
    [row] = world.rows("SELECT * FROM letters WHERE kind = 'result_circular'")
    assert (row["id"], row["case_id"], row["number"]) == (letter.id, None, letter.number)
    results = {(one["title"], one["unit"], one["result"]) for one in row["fields"]["results"]}
    assert ("督导评估研究", "沙坪坝区", "一等奖") in results
    assert ("课后服务观察", "九龙坡区", "获奖") in results
    assert {row["stage"] for row in world.rows("SELECT stage FROM cases WHERE id = ANY(:c)", c=ids)} == {"promotion"}
    told = world.rows("SELECT DISTINCT case_id FROM notices WHERE kind = 'letter' AND letter_id = :l", l=letter.id)
    assert {row["case_id"] for row in told} == set(ids)
    with world.unit() as session:
        render_pending(session, world.now)
    [file] = world.rows(
        "SELECT b.content FROM letters l JOIN blobs b ON b.sha256 = l.sha256 WHERE l.id = :l", l=letter.id
    )
    table = docx.Document(io.BytesIO(file["content"])).tables[0]
    assert [cell.text for cell in table.rows[0].cells] == ["序号", "名称", "单位", "结果"]
    assert len(table.rows) == 4
    with pytest.raises(Conflict):
        world.do(publish_results, world.coordinator, world.round_id, summary="再次")


def test_what_is_refused(world: World) -> None:
    upward.awarded(world, *ENTRIES)
    with pytest.raises(InvalidInput):
        world.do(publish_results, world.coordinator, world.round_id, summary=" ")
    with pytest.raises(NotFound):
        world.do(publish_results, world.coordinator, world.round_id, summary="评出3件", grades={99999: "一等奖"})
    with pytest.raises(NotAllowed):
        world.do(publish_results, world.inspector, world.round_id, summary="评出3件")
