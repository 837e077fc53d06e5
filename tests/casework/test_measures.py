"""Measures that a person decides, and what follows: who may, when, and what is refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from casework.extensions import decide_extension, request_extension
from casework.findings import LookBack, NewFinding, look_back, record_findings
from casework.hand_in import acknowledge
from casework.letters import issue_letter
from casework.matters import Matter, open_matters
from casework.measures import Ruling, decide_measure, propose_by_hand
from casework.passing import pass_stage
from casework.receipts import recall_waiting
from casework.standing import close, resume, suspend, withdraw
from casework.steps import complete
from casework.talks import Commitment, follow_up_talk, hold_talk, minute_talk, notify_talk
from db.queries.accountability import accountability_record
from process.errors import (
    CaseNotOpen,
    Conflict,
    DudaoError,
    InvalidInput,
    NotAllowed,
    RequirementUnmet,
    RungAlreadyDecided,
)
from process.triggers import aggravations
from process.vocabulary import Aggravation, LetterKind, Role, RungKind, Severity
from tests.world import World

DISTRICT = "CQ-500103"


@pytest.fixture
def begun(world: World) -> World:
    """One district whose round has begun; 签收 is due on 2022-09-06."""
    world.launch(DISTRICT)
    return world


def propose(world: World, kind: RungKind, case_id: int | None = None) -> int:
    """The office puts a measure before the managers: its key."""
    case = case_id or world.case(DISTRICT).id
    made: int = world.do(propose_by_hand, world.coordinator, case, None, kind=kind, reason="拒不配合")
    return made


def approved(world: World, kind: RungKind, case_id: int | None = None) -> int:
    measure = propose(world, kind, case_id)
    world.do(decide_measure, world.manager, measure, ruling=Ruling.APPROVE)
    return measure


def put_at(world: World, case_id: int, stage: str, owner: Role) -> None:
    """The case stands in a stage, whatever came before."""
    with world.unit() as session:
        connection = session.connection()
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        connection.exec_driver_sql("UPDATE cases SET stage = %s WHERE id = %s", (stage, case_id))
        connection.exec_driver_sql(
            "UPDATE work_items SET stage = %s, owner = %s WHERE case_id = %s AND status = 'open'",
            (stage, owner, case_id),
        )


def measures(world: World) -> list[tuple[str, str]]:
    rows = world.rows("SELECT rung, status FROM climbs WHERE kind NOT IN ('reminder', 'urge', 'supervise') ORDER BY id")
    return [(row["rung"], row["status"]) for row in rows]


def accountable(world: World) -> int:
    """问责 approved for the district: its case."""
    approved(world, RungKind.ACCOUNTABILITY)
    [row] = world.rows(
        "SELECT c.id FROM cases c JOIN rounds r ON r.id = c.round_id WHERE r.process_name = 'accountability'"
    )
    return int(row["id"])


def decision_letter(world: World, case_id: int) -> None:
    """The 问责决定书."""
    put_at(world, case_id, "decision", Role.MANAGER)
    world.do(issue_letter, world.manager, case_id, None, kind=LetterKind.ACCOUNTABILITY_DECISION, content="通报批评")


# Who decides, and when


def test_what_is_the_managers_a_coordinator_does_only_as_deputy(begun: World) -> None:
    case = accountable(begun)
    put_at(begun, case, "decision", Role.MANAGER)
    letter = {"kind": LetterKind.ACCOUNTABILITY_DECISION, "content": "通报批评"}
    with pytest.raises(NotAllowed):
        begun.do(issue_letter, begun.coordinator, case, None, **letter)
    with pytest.raises(NotAllowed):
        begun.do(complete, begun.coordinator, case, None, stage="decision", outcome="dropped")
    assert begun.rows("SELECT id FROM letters WHERE kind = 'accountability_decision'") == []
    deputy = replace(begun.coordinator, deputy_for=((Role.MANAGER, "主任乙"),))
    begun.do(issue_letter, deputy, case, None, **letter)
    names = begun.rows("SELECT DISTINCT actor_name FROM events WHERE case_id = :c AND kind = 'letter_issued'", c=case)
    assert [row["actor_name"] for row in names] == ["协调员甲（代主任乙）"]


def test_the_manager_is_told_when_it_is_the_managers_turn(begun: World) -> None:
    case = accountable(begun)
    put_at(begun, case, "members_opinion", Role.COORDINATOR)
    begun.do(complete, begun.coordinator, case, None, stage="members_opinion", outcome="consulted")
    told = begun.rows("SELECT user_id FROM notices WHERE case_id = :c AND kind = 'stage_opened'", c=case)
    assert begun.manager.user_id in {row["user_id"] for row in told}


def test_of_two_who_decide_at_once_one_is_refused(begun: World) -> None:
    measure = propose(begun, RungKind.CIRCULAR)

    def ruling(which: Ruling) -> str:
        try:
            begun.do(decide_measure, begun.manager, measure, ruling=which, note="情节轻微")
        except RungAlreadyDecided:
            return "refused"
        return "done"

    with ThreadPoolExecutor(4) as pool:
        said = sorted(pool.map(ruling, [Ruling.APPROVE, Ruling.WAIVE, Ruling.APPROVE, Ruling.WAIVE]))
    assert said == ["done", "refused", "refused", "refused"]
    status = measures(begun)[0][1]
    letters = begun.rows("SELECT count(*) AS n FROM letters WHERE kind = 'circular'")[0]["n"]
    assert (status, letters) in (("approved", 1), ("waived", 0))


def test_time_passes_beside_a_person_who_hands_in_and_one_of_them_finds_it_done(begun: World) -> None:
    """Either the urge was sent just before the district signed, or not at all; never half of it."""
    begun.now = begun.at(date(2022, 9, 7))
    case = begun.case(DISTRICT)

    def pass_time(_: int) -> None:
        with begun.unit() as session:
            pass_stage(session, begun.now, begun.round_id, "acknowledgement")

    def sign(_: int) -> None:
        begun.do(acknowledge, begun.districts[DISTRICT], case.id, None)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda deed: deed(0), [pass_time, sign, pass_time]))
    moved = begun.case(DISTRICT)
    assert moved.stage == "self_evaluation"
    climbed = begun.rows("SELECT count(*) AS n FROM climbs WHERE rung = 'urge'")[0]["n"]
    slips = begun.rows("SELECT count(*) AS n FROM letters WHERE kind = 'urge'")[0]["n"]
    events = begun.rows("SELECT count(*) AS n FROM events WHERE kind = 'climbed'")[0]["n"]
    assert climbed == slips == events <= 1
    versions = [
        row["v"] for row in begun.rows("SELECT DISTINCT case_version AS v FROM events WHERE case_version IS NOT NULL")
    ]
    assert sorted(versions) == list(range(1, moved.version + 1)), "each version has its event"


# The talk


def called(world: World) -> int:
    """A talk whose notice went out on 2022-09-01 for 2022-09-15."""
    approved(world, RungKind.TALK)
    talk = int(world.rows("SELECT id FROM talks")[0]["id"])
    arrange = {"place": "三楼", "persons": "分管副区长"}
    world.do(notify_talk, world.coordinator, talk, scheduled_for=world.at(date(2022, 9, 15)), **arrange)
    return talk


def test_a_talk_is_not_held_before_its_notice_has_stood(begun: World) -> None:
    talk = called(begun)
    begun.now = begun.at(date(2022, 9, 7), 12)
    with pytest.raises(InvalidInput, match="2022-09-08"):
        begun.do(hold_talk, begun.coordinator, talk, held_at=begun.at(date(2022, 9, 7)), attended="副区长")
    begun.now = begun.at(date(2022, 9, 8), 12)
    with pytest.raises(InvalidInput, match="现在之前"):
        begun.do(hold_talk, begun.coordinator, talk, held_at=begun.at(date(2022, 9, 9)), attended="副区长")
    begun.do(hold_talk, begun.coordinator, talk, held_at=begun.at(date(2022, 9, 8)), attended="副区长")


def test_a_talk_is_filed_with_the_committee_and_the_authority_of_the_place(world: World) -> None:
    zone = world.rows("SELECT id, name FROM subjects WHERE region_kind = '管委会' AND valid_to IS NULL ORDER BY id")[0]
    world.launch(zone["id"])
    approved(world, RungKind.TALK, world.case(zone["id"]).id)
    talk = int(world.rows("SELECT id FROM talks")[0]["id"])
    arrange = {"place": "三楼", "persons": "分管副主任"}
    world.do(notify_talk, world.coordinator, talk, scheduled_for=world.at(date(2022, 9, 15)), **arrange)
    [letter] = world.rows("SELECT addressees, copies, fields FROM letters WHERE kind = 'talk_notice'")
    committee, authority = f"中共{zone['name']}工作委员会", f"{zone['name']}管委会"
    assert letter["fields"]["filed_with"] == f"{committee}、{authority}"
    assert (authority in letter["addressees"], committee in letter["copies"]) == (True, True)


def minuted(world: World) -> tuple[int, list[int]]:
    """A talk at which two things were promised: its key, and the cases by which they are followed."""
    talk = called(world)
    world.now = world.at(date(2022, 9, 15), 12)
    world.do(hold_talk, world.coordinator, talk, held_at=world.at(date(2022, 9, 15)), attended="副区长")
    promised = [Commitment(text=text, due_on=date(2022, 10, 26)) for text in ("一周内报送", "补齐编制")]
    world.do(minute_talk, world.coordinator, talk, minutes="谈话记录", commitments=promised)
    rows = world.rows("SELECT id FROM cases WHERE origin_talk_id = :talk ORDER BY id", talk=talk)
    return talk, [int(row["id"]) for row in rows]


def test_a_promise_that_was_withdrawn_does_not_keep_its_talk_open(begun: World) -> None:
    talk, (first, second) = minuted(begun)
    begun.do(withdraw, begun.coordinator, first, None, reason="区划调整，移交他区")
    with pytest.raises(RequirementUnmet, match="还有1项承诺"):
        begun.do(follow_up_talk, begun.coordinator, talk, note="已落实")
    begun.do(close, begun.coordinator, second, None, reason="已落实")
    begun.now += timedelta(days=10)
    with begun.unit() as session:
        recall_waiting(session, begun.now)
    waiting = begun.rows("SELECT data ->> 'status' AS status FROM notices WHERE kind = 'talk_waiting'")
    assert waiting == [{"status": "minuted"}], "its last step is recalled"
    begun.do(follow_up_talk, begun.coordinator, talk, note="已落实")


def test_a_promise_is_for_a_day_to_come(begun: World) -> None:
    talk = called(begun)
    begun.now = begun.at(date(2022, 9, 15), 12)
    begun.do(hold_talk, begun.coordinator, talk, held_at=begun.at(date(2022, 9, 15)), attended="副区长")
    today = [Commitment(text="当日报送", due_on=date(2022, 9, 15))]
    with pytest.raises(InvalidInput, match="今天之后"):
        begun.do(minute_talk, begun.coordinator, talk, minutes="谈话记录", commitments=today)
    assert begun.rows("SELECT status, minutes FROM talks") == [{"status": "held", "minutes": ""}], "nothing changed"


def test_a_measure_is_changed_into_another_one(begun: World) -> None:
    measure = propose(begun, RungKind.CIRCULAR)
    for instead in (None, RungKind.CIRCULAR, RungKind.URGE):
        with pytest.raises(InvalidInput, match="另一项措施"):
            begun.do(decide_measure, begun.manager, measure, ruling=Ruling.CHANGE, note="情节轻微", instead=instead)
    begun.do(decide_measure, begun.manager, measure, ruling=Ruling.CHANGE, note="须当面督促", instead=RungKind.TALK)
    assert measures(begun) == [("circular@by_hand", "changed"), (f"talk@changed#{measure}", "approved")]
    assert begun.rows("SELECT status FROM talks") == [{"status": "approved"}]


def test_a_talk_that_was_changed_is_off_the_table(begun: World) -> None:
    talk = propose(begun, RungKind.TALK)
    with pytest.raises(Conflict):
        propose(begun, RungKind.TALK)
    begun.do(decide_measure, begun.manager, talk, ruling=Ruling.CHANGE, note="先予通报", instead=RungKind.CIRCULAR)
    assert begun.rows("SELECT status FROM talks") == [{"status": "waived"}]
    with pytest.raises(Conflict):
        propose(begun, RungKind.CIRCULAR)
    propose(begun, RungKind.TALK)


def test_a_promise_sent_back_needs_a_reason(begun: World) -> None:
    _, (first, _) = minuted(begun)
    put_at(begun, first, "commitment_check", Role.COORDINATOR)
    with pytest.raises(InvalidInput):
        begun.do(complete, begun.coordinator, first, None, stage="commitment_check", outcome="not_kept")


def test_a_standing_round_is_not_closed_while_a_matter_is_opened_in_it(begun: World) -> None:
    _, (first, second) = minuted(begun)
    begun.do(close, begun.coordinator, first, None, reason="已落实")
    another = Matter(DISTRICT, "另一项承诺", date(2022, 10, 26))
    with ThreadPoolExecutor(1) as pool, begun.unit() as session:
        open_matters(session, begun.coordinator, begun.now, "commitment", [another])
        ending = pool.submit(begun.do, close, begun.coordinator, second, None, reason="已落实")
        wait([ending], timeout=1)
    ending.result()
    assert begun.rows("SELECT status FROM rounds WHERE process_name = 'commitment'") == [{"status": "open"}]


# What stands still


def late_until_proposed(world: World) -> int:
    """签收 is so late that a 通报 is proposed (2022-09-21): its key."""
    for morning in (date(2022, 9, 7), date(2022, 9, 14), date(2022, 9, 21)):
        world.now = world.at(morning)
        world.act()
        with world.unit() as session:
            session.connection().exec_driver_sql("UPDATE climbs SET delivered_at = at WHERE status = 'climbed'")
    return int(world.rows("SELECT id FROM climbs WHERE status = 'proposed'")[0]["id"])


def test_nobody_is_reproached_for_lateness_while_the_case_is_suspended(begun: World) -> None:
    measure = late_until_proposed(begun)
    case = begun.case(DISTRICT)
    begun.do(suspend, begun.coordinator, case.id, None, reason="洪灾")
    for ruling in (Ruling.APPROVE, Ruling.CHANGE):
        with pytest.raises(CaseNotOpen):
            begun.do(decide_measure, begun.manager, measure, ruling=ruling, note="理由", instead=RungKind.TALK)
    begun.now = begun.at(date(2022, 9, 28))
    with begun.unit() as session:
        assert recall_waiting(session, begun.now) == 0, "nor is its decision asked for"
    assert measures(begun) == [("circular", "proposed")]
    begun.do(resume, begun.coordinator, case.id, None, reason="恢复")
    begun.do(decide_measure, begun.manager, measure, ruling=Ruling.APPROVE)


def test_more_time_takes_a_proposed_talk_off_the_table(begun: World) -> None:
    """Asked for on the due day, 2022-09-06; answered when a talk is proposed."""
    begun.now = begun.at(date(2022, 9, 6), 10)
    case = begun.case(DISTRICT)
    more = {"due_on": date(2022, 12, 30), "reason": "材料未齐"}
    asked = begun.do(request_extension, begun.districts[DISTRICT], case.id, None, **more)
    begun.do(decide_measure, begun.manager, late_until_proposed(begun), ruling=Ruling.APPROVE)
    with begun.unit() as session:
        session.connection().exec_driver_sql("UPDATE climbs SET delivered_at = at WHERE status = 'approved'")
    begun.pass_time(date(2022, 10, 12))
    assert measures(begun) == [("circular", "approved"), ("talk", "proposed")]
    begun.do(decide_extension, begun.manager, asked.id, grant=True)
    assert measures(begun) == [("circular", "approved"), ("talk", "lapsed")]
    assert begun.rows("SELECT status FROM talks") == [{"status": "lapsed"}]
    propose(begun, RungKind.TALK)
    assert [row["status"] for row in begun.rows("SELECT status FROM talks ORDER BY id")] == ["lapsed", "proposed"]


def test_what_is_waived_may_be_waived_while_the_case_is_suspended(begun: World) -> None:
    measure = late_until_proposed(begun)
    begun.do(suspend, begun.coordinator, begun.case(DISTRICT).id, None, reason="洪灾")
    begun.do(decide_measure, begun.manager, measure, ruling=Ruling.WAIVE, note="受灾")
    assert measures(begun) == [("circular", "waived")]


def test_more_time_can_be_refused_while_the_case_is_suspended(begun: World) -> None:
    case = begun.case(DISTRICT)
    asked = begun.do(
        request_extension, begun.districts[DISTRICT], case.id, None, due_on=date(2022, 9, 9), reason="材料未齐"
    )
    begun.do(suspend, begun.coordinator, case.id, None, reason="洪灾")
    with pytest.raises(CaseNotOpen):
        begun.do(decide_extension, begun.coordinator, asked.id, grant=True)
    begun.do(decide_extension, begun.coordinator, asked.id, grant=False, note="已中止，恢复后期限顺延")


# Conditions


def found(world: World, grave: int, total: int = 12) -> int:
    """So many problems are written down; the case stands where its 督导意见书 is due."""
    case = int(world.case(DISTRICT).id or 0)
    put_at(world, case, "opinion", Role.COORDINATOR)
    new = [
        NewFinding(description=f"问题{n}", severity=Severity.GRAVE if n < grave else Severity.ORDINARY)
        for n in range(total)
    ]
    world.do(record_findings, world.coordinator, case, None, new)
    return case


def test_help_that_was_offered_waits_for_its_decision_though_the_case_moves_on(begun: World) -> None:
    case = found(begun, grave=3)
    begun.do(issue_letter, begun.coordinator, case, None, kind=LetterKind.OPINION, content="总体合格")
    assert measures(begun) == [("talk@grave_findings", "proposed"), ("support@hardship", "proposed")]
    with begun.unit() as session:
        session.connection().exec_driver_sql(
            "INSERT INTO blobs (sha256, content) VALUES ('x', '') ON CONFLICT DO NOTHING"
        )
        session.connection().exec_driver_sql(
            "INSERT INTO documents (case_id, work_item_id, attempt, deliverable, filename, media_type, size, sha256,"
            " uploaded_by, uploaded_at) SELECT case_id, id, 1, 'leaders_report', 'a.txt', 'text/plain', 1, 'x', %s,"
            " opened_at FROM work_items WHERE stage = 'reporting'",
            (begun.coordinator.user_id,),
        )
    begun.do(complete, begun.coordinator, case, None, stage="reporting", outcome="reported")
    assert measures(begun) == [("talk@grave_findings", "proposed"), ("support@hardship", "proposed")]


def test_a_relapse_proposes_a_talk_and_offers_help_to_whom_it_is_hard(begun: World) -> None:
    case = found(begun, grave=0)
    begun.do(issue_letter, begun.coordinator, case, None, kind=LetterKind.OPINION, content="总体合格")
    put_at(begun, case, "look_back", Role.INSPECTOR)
    with begun.unit() as session:
        session.connection().exec_driver_sql("UPDATE findings SET status = 'verified'")
    [first, second, *_] = begun.rows("SELECT id FROM findings ORDER BY id")
    back = [LookBack(finding_id=first["id"], held=False, note="又发生")]
    begun.do(look_back, begun.inspector, case, None, back)
    assert measures(begun) == [("talk@relapse", "proposed"), ("support@hardship", "proposed")]
    begun.do(look_back, begun.inspector, case, None, [LookBack(finding_id=second["id"], held=False, note="又发生")])
    assert len(measures(begun)) == 2, "one talk, one offer of help"


def test_the_result_of_who_was_not_inspected_counts_its_problems_too(begun: World) -> None:
    case = found(begun, grave=0, total=40)
    put_at(begun, case, "result_feedback", Role.COORDINATOR)
    begun.do(issue_letter, begun.coordinator, case, None, kind=LetterKind.RESULT_FEEDBACK, content="总体合格")
    assert measures(begun) == [("talk@many_findings", "proposed")]


# 问责


def record_of(world: World) -> Any:
    with world.unit() as session:
        return accountability_record(session, DISTRICT, world.now.date())


def test_a_decision_that_was_overturned_is_held_against_nobody(begun: World) -> None:
    case = accountable(begun)
    decision_letter(begun, case)
    assert record_of(begun).decided_on == [begun.now.date()]
    put_at(begun, case, "review", Role.MANAGER)
    begun.do(
        issue_letter, begun.manager, case, None, kind=LetterKind.REVIEW_DECISION, content="撤销", outcome="overturned"
    )
    assert record_of(begun).decided_on == []
    assert not record_of(begun).uncorrected


def test_two_decisions_within_a_year_are_an_aggravating_circumstance_of_the_next(begun: World) -> None:
    for _ in range(2):
        measure = propose(begun, RungKind.ACCOUNTABILITY)
        begun.do(decide_measure, begun.manager, measure, ruling=Ruling.APPROVE)
        [row] = begun.rows("SELECT id, matter FROM cases WHERE origin_climb_id = :m", m=measure)
        assert "一年内" not in row["matter"]
        decision_letter(begun, int(row["id"]))
        with begun.unit() as session:
            session.connection().exec_driver_sql(
                "UPDATE climbs SET attempt = attempt + %s WHERE id = %s", (measure, measure)
            )
    measure = propose(begun, RungKind.ACCOUNTABILITY)
    begun.do(decide_measure, begun.manager, measure, ruling=Ruling.APPROVE)
    [row] = begun.rows("SELECT matter FROM cases WHERE origin_climb_id = :m", m=measure)
    assert "一年内被问责两次及以上" in row["matter"]


def test_a_year_has_365_days() -> None:
    today, year_ago = date(2022, 9, 1), date(2021, 9, 1)
    assert aggravations([year_ago, today], today, uncorrected=False) == (Aggravation.REPEATED,)
    assert aggravations([year_ago - timedelta(days=1), today], today, uncorrected=False) == ()


@pytest.mark.parametrize(("ruling", "note"), [(Ruling.WAIVE, " "), (Ruling.CHANGE, "")])
def test_a_waiver_and_a_change_need_their_reason(begun: World, ruling: Ruling, note: str) -> None:
    measure = propose(begun, RungKind.CIRCULAR)
    with pytest.raises(DudaoError):
        begun.do(decide_measure, begun.manager, measure, ruling=ruling, note=note, instead=RungKind.TALK)
    assert measures(begun) == [("circular@by_hand", "proposed")]


def test_what_is_not_yet_due_is_not_uncorrected(begun: World) -> None:
    """签收 is due on 2022-09-06; a second 问责 before that is not for the same thing still undone."""
    decision_letter(begun, accountable(begun))
    assert not record_of(begun).uncorrected
    begun.now = begun.at(date(2022, 9, 7))
    assert record_of(begun).uncorrected
    begun.do(acknowledge, begun.districts[DISTRICT], begun.case(DISTRICT).id, None)
    assert not record_of(begun).uncorrected
