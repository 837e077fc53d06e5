"""What the record puts into official letters, and how they are signed and rendered."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from threading import Event
from typing import Any

import docx
import pytest
from sqlalchemy import text
from sqlmodel import Session

from casework.bulletins import LONGEST_SUMMARY, report_results
from casework.hand_in import acknowledge
from casework.measures import Ruling, decide_measure, propose_by_hand
from casework.particulars import completed, filed_with, government, last_number, measure_fields
from casework.signing import LetterDraft, sign, void
from notifications.letters.pending import render_pending
from process.errors import InvalidInput, LetterIncomplete
from process.vocabulary import LetterKind, RungKind, Trigger
from tests.world import World

DISTRICT = "CQ-500243"


@pytest.mark.parametrize(
    ("name", "region_kind", "addressed", "filed"),
    [
        ("彭水苗族土家族自治县", "自治县", "彭水苗族土家族自治县人民政府", "中共彭水苗族土家族自治县委员会"),
        ("两江新区（功能区）", "管委会", "两江新区管委会", "中共两江新区工作委员会"),
    ],
)
def test_authorities_by_the_kind_of_place(name: str, region_kind: str, addressed: str, filed: str) -> None:
    assert government(name, region_kind) == addressed
    assert filed_with(name, region_kind) == (filed, addressed)


def test_days_in_letters_are_written_as_in_letters() -> None:
    fields = measure_fields(RungKind.CIRCULAR, "事由", "", date(2022, 8, 31))
    assert "原定期限2022年8月31日" in fields["requirement"]


def test_a_circular_for_another_reason_names_no_missed_day() -> None:
    assert "期限" not in measure_fields(RungKind.CIRCULAR, "弄虚作假", "", None)["requirement"]


def test_only_a_circular_orders_to_put_things_right() -> None:
    for kind in (RungKind.EXPOSURE, RungKind.REFERRAL):
        assert "requirement" not in measure_fields(kind, "事由", "", date(2022, 8, 31))


def test_the_receipt_names_the_notice_it_answers(world: World) -> None:
    world.launch(DISTRICT)
    case = world.case(DISTRICT)
    world.do(acknowledge, world.districts[DISTRICT], case.id, case.version)
    [receipt] = world.rows("SELECT fields FROM letters WHERE kind = 'acknowledgement'")
    assert receipt["fields"]["notice_number"] == "渝府教督发〔2022〕1号"


def letter(world: World, kind: LetterKind, fields: dict[str, Any], **more: Any) -> LetterDraft:
    case = world.case(DISTRICT)
    return LetterDraft(kind, world.round_id, fields, ("彭水苗族土家族自治县人民政府",), case_id=case.id, **more)


URGE = {"stage": "签收", "due_on": "2022-09-08", "late": 3}


def test_who_is_addressed_gets_no_copy_as_well(world: World) -> None:
    world.launch(DISTRICT)
    copies = ("彭水苗族土家族自治县人民政府", "彭水县教委", "彭水县教委")
    world.do(sign, world.manager, [letter(world, LetterKind.URGE, URGE, copies=copies)])
    assert world.rows("SELECT copies FROM letters WHERE kind = 'urge'") == [{"copies": ["彭水县教委"]}]


def test_the_signer_stands_on_letters_to_a_superior_and_on_sheets(world: World) -> None:
    world.launch(DISTRICT)
    report = letter(world, LetterKind.SUPERVISION_REPORT, {"evaluation": "良好", "published_at_url": "https://e.cn"})
    drafts = [report, letter(world, LetterKind.URGE, URGE)]
    world.do(sign, world.manager, drafts)
    with world.unit() as session:
        render_pending(session, world.now)
    rows = world.rows(
        "SELECT b.content FROM letters l JOIN blobs b ON b.sha256 = l.sha256 "
        "WHERE kind IN ('supervision_report', 'urge') ORDER BY l.id"
    )
    upward, slip = (docx.Document(io.BytesIO(row["content"])) for row in rows)
    assert any(one.text.endswith("签发人：主任乙") for one in upward.paragraphs)
    assert any("主任乙" in cell.text for row in slip.tables[0].rows for cell in row.cells)


def test_a_referral_is_for_its_addressee_and_an_exposure_for_the_media(world: World) -> None:
    world.launch(DISTRICT)
    case = world.case(DISTRICT)
    for kind, particulars in (
        (RungKind.EXPOSURE, {"reviewed_by": "法规处"}),
        (RungKind.REFERRAL, {"received_by": "市纪委监委"}),
    ):
        world.do(propose_by_hand, world.coordinator, case.id, None, kind=kind, reason="伪造", trigger=Trigger.BY_HAND)
        [climb] = world.rows("SELECT id FROM climbs WHERE status = 'proposed'")
        world.do(decide_measure, world.manager, climb["id"], ruling=Ruling.APPROVE, particulars=particulars)
    rows = world.rows("SELECT addressees, copies FROM letters WHERE case_id IS NOT NULL ORDER BY id")
    assert [tuple(row.values()) for row in rows] == [([], []), (["市纪委监委"], [])]


def test_a_void_letter_is_not_referred_to(world: World) -> None:
    world.launch(DISTRICT)
    case_id = world.case(DISTRICT).id or 0
    numbers = [one.number for one in world.do(sign, world.manager, [letter(world, LetterKind.URGE, URGE)] * 2)]
    [last] = world.rows("SELECT max(id) AS id FROM letters")
    world.do(void, world.manager, last["id"], reason="发错")
    with world.unit() as session:
        assert last_number(session, case_id, LetterKind.URGE) == numbers[0]
        assert last_number(session, case_id, LetterKind.OPINION) == ""


def test_a_letter_that_cannot_be_set_keeps_back_no_other(world: World) -> None:
    world.launch(DISTRICT)
    broken = letter(world, LetterKind.RESULT_FEEDBACK, {"evaluation": "良好", "figures": 7})
    odd = letter(world, LetterKind.RESULT_FEEDBACK, {"evaluation": "良好", "findings": ["不是表格的一行"]})
    world.do(sign, world.manager, [odd, broken, letter(world, LetterKind.URGE, URGE)])
    with world.unit() as session:
        assert render_pending(session, world.now) == 4
    rows = world.rows("SELECT sha256 IS NOT NULL AS done, trouble FROM letters ORDER BY id DESC LIMIT 3")
    assert [row["done"] for row in rows] == [True, False, False]
    assert all(row["trouble"].startswith("无法生成文书") for row in rows[1:])
    with world.unit() as session:
        assert render_pending(session, world.now) == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("due_on", "2099-12-31"),
        ("report_days", "60"),
        ("findings", "没有问题"),
        ("figures", "一"),
        ("publish_on", "下周"),
        ("correct_by", "20220930"),
    ],
)
def test_what_the_record_says_is_not_overwritten(name: str, value: str) -> None:
    fields = {"due_on": "2022-09-30", "report_days": 10, "findings": "", "reason": "事由"}
    with pytest.raises(InvalidInput) as refused:
        completed(fields, {name: value})
    assert refused.value.field == name


def test_what_a_person_adds_stands_in_the_letter() -> None:
    added = {"reason": " 改写 ", "contact": "李明", "publish_on": "2022-10-24", "media": " "}
    assert completed({"reason": "事由", "due_on": "2022-09-30"}, added) == {
        "reason": "改写", "due_on": "2022-09-30", "contact": "李明", "publish_on": "2022-10-24",
    }  # fmt: skip


class Undone(Exception):
    """What rolls a unit of work back."""


def signing(world: World, world_now: datetime, entered: Event, leave: Event, *, undo: bool) -> str:
    """One signer who, having a number, stays in the transaction until told to leave it."""
    with world.unit() as session:
        [one] = sign(session, world.manager, world_now, [draft_of(world, session)])
        entered.set()
        assert leave.wait(10)
        if undo:
            raise Undone
    return one.number


def draft_of(world: World, session: Session) -> LetterDraft:
    case_id = session.execute(text("SELECT id FROM cases")).scalar_one()
    return LetterDraft(LetterKind.URGE, world.round_id, URGE, ("彭水苗族土家族自治县人民政府",), case_id=case_id)


@pytest.mark.parametrize("undo", [True, False])
def test_two_who_sign_at_once_get_numbers_without_a_gap(world: World, undo: bool) -> None:
    world.launch(DISTRICT)
    first_in, second_in, first_out, second_out = Event(), Event(), Event(), Event()
    second_out.set()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(signing, world, world.now, first_in, first_out, undo=undo)
        assert first_in.wait(10)
        second = pool.submit(signing, world, world.now, second_in, second_out, undo=False)
        assert not second_in.wait(0.3), "the second waits for what becomes of the first"
        first_out.set()
        if undo:
            with pytest.raises(Undone):
                first.result(10)
        else:
            assert first.result(10) == "渝府教督催〔2022〕1号"
        assert second.result(10) == f"渝府教督催〔2022〕{1 if undo else 2}号"
    assert [
        row["seq"] for row in world.rows("SELECT seq FROM letter_numbers WHERE prefix = '渝府教督催' ORDER BY 1")
    ] == ([1] if undo else [1, 2])


def test_the_year_of_a_number_turns_at_midnight_of_the_office(world: World) -> None:
    world.launch(DISTRICT)
    numbers = []
    for moment in (datetime(2022, 12, 31, 15, 59, tzinfo=UTC), datetime(2022, 12, 31, 16, 0, tzinfo=UTC)):
        with world.unit() as session:
            numbers += [one.number for one in sign(session, world.manager, moment, [draft_of(world, session)])]
    assert numbers == ["渝府教督催〔2022〕1号", "渝府教督催〔2023〕1号"]
    rows = world.rows("SELECT issued_on FROM letters WHERE kind = 'urge' ORDER BY id")
    assert [row["issued_on"] for row in rows] == [date(2022, 12, 31), date(2023, 1, 1)]


def test_an_incomplete_letter_takes_no_number(world: World) -> None:
    world.launch(DISTRICT)
    lacking = letter(world, LetterKind.TALK_NOTICE, {"persons": "副区长"})
    with pytest.raises(LetterIncomplete, match="第三十一条"):
        world.do(sign, world.manager, [letter(world, LetterKind.URGE, URGE), lacking])
    assert not world.rows("SELECT 1 FROM letters WHERE kind <> 'supervision_notice'")
    [one] = world.do(sign, world.manager, [letter(world, LetterKind.URGE, URGE)])
    assert one.number == "渝府教督催〔2022〕1号"


def test_a_summary_too_long_for_one_page_is_refused(world: World) -> None:
    world.launch(DISTRICT)
    with pytest.raises(InvalidInput, match="专报只有一页") as refused:
        world.do(report_results, world.coordinator, world.round_id, summary="字" * (LONGEST_SUMMARY + 1))
    assert refused.value.field == "summary"
    with pytest.raises(InvalidInput, match="还没有"):
        world.do(report_results, world.coordinator, world.round_id, summary="字" * LONGEST_SUMMARY)
