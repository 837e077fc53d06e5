"""A round from launch to close, by people and time alone (no web, no Prefect)."""

from __future__ import annotations

from datetime import date, timedelta

from casework.findings import (
    Claim,
    LookBack,
    Measure,
    NewFinding,
    Verdict,
    claim_done,
    look_back,
    plan_measures,
    record_findings,
    verify,
)
from casework.hand_in import accept, acknowledge, send_back, submit, upload
from casework.inbox import serve
from casework.letters import issue_letter
from casework.sampling import draw_sample
from casework.steps import complete
from casework.teams import Member, compose_team
from process.vocabulary import CaseOutcome, CaseStatus, LetterKind, TeamRole
from tests.world import World

SAMPLED, UNSAMPLED = "CQ-500231", "CQ-500103"


def hand_in(world: World, subject: str, stage: str, *deliverables: str, outcome: str = "submitted") -> None:
    case = world.case(subject)
    for deliverable in deliverables:
        world.do(
            upload,
            world.districts[subject] if stage not in ("monitoring", "on_site", "reporting") else world.coordinator,
            case.id,
            deliverable=deliverable,
            filename="材料.txt",
            content=f"{stage} {deliverable}".encode(),
            max_bytes=1000,
        )
    if stage in ("monitoring", "on_site", "reporting"):
        world.do(complete, world.coordinator, case.id, case.version, stage=stage, outcome=outcome)
    else:
        world.do(submit, world.districts[subject], case.id, case.version, stage=stage, outcome=outcome)


def to_sampling(world: World, subject: str) -> None:
    case = world.case(subject)
    world.do(acknowledge, world.districts[subject], case.id, case.version)
    hand_in(world, subject, "self_evaluation", "self_evaluation_report", "evidence_index")
    case = world.case(subject)
    world.do(accept, world.coordinator, case.id, case.version)
    hand_in(world, subject, "monitoring", "monitoring_report", outcome="monitored")


def test_two_districts_walk_both_branches_to_their_ends(world: World) -> None:
    world.launch(SAMPLED, UNSAMPLED)
    for subject in (SAMPLED, UNSAMPLED):
        to_sampling(world, subject)
    seed = next(
        str(n)
        for n in range(100)
        if __import__("random").Random(str(n)).sample(sorted([SAMPLED, UNSAMPLED]), 1) == [SAMPLED]
    )
    world.do(draw_sample, world.coordinator, world.round_id, seed=seed, witness="监督人", size=1)
    assert world.case(SAMPLED).stage == "team"
    assert world.case(UNSAMPLED).stage == "result_feedback"

    case = world.case(UNSAMPLED)
    world.do(
        issue_letter,
        world.coordinator,
        case.id,
        case.version,
        kind=LetterKind.RESULT_FEEDBACK,
        content="总体良好",
    )
    hand_in(world, UNSAMPLED, "reporting", "leaders_report", outcome="reported")
    assert world.case(UNSAMPLED).outcome is CaseOutcome.EVALUATED

    case = world.case(SAMPLED)
    team = [Member(world.inspectors[0], TeamRole.LEADER), *(Member(n, TeamRole.MEMBER) for n in world.inspectors[1:3])]
    world.do(compose_team, world.coordinator, case.id, case.version, team)
    world.do(record_findings, world.inspector, case.id, None, [NewFinding(description=f"问题{n}") for n in range(3)])
    hand_in(world, SAMPLED, "on_site", "consultation_record", outcome="inspected")
    case = world.case(SAMPLED)
    world.do(
        issue_letter,
        world.inspector,
        case.id,
        case.version,
        kind=LetterKind.PRELIMINARY_OPINION,
        content="总体良好",
    )
    assert world.case(SAMPLED).stage == "defence"
    world.pass_time(world.now.date() + timedelta(days=20))
    assert world.case(SAMPLED).stage == "defence", "nobody has heard of the right yet"
    [word, *_] = world.rows("SELECT id FROM notices WHERE kind = 'letter' AND position = 'operator' ORDER BY id DESC")
    world.do(serve, world.coordinator, word["id"], how="当面送达")
    heard = world.now.date()
    world.pass_time(heard + timedelta(days=4))
    assert world.case(SAMPLED).stage == "defence"
    world.pass_time(heard + timedelta(days=9))
    case = world.case(SAMPLED)
    assert case.stage == "opinion", "the right to answer lapses by itself"
    world.do(
        issue_letter,
        world.coordinator,
        case.id,
        case.version,
        kind=LetterKind.OPINION,
        content="总体良好",
        sets_due_on=date(2023, 1, 31),
    )
    hand_in(world, SAMPLED, "reporting", "leaders_report", outcome="reported")
    ids = [row["id"] for row in world.rows("SELECT id FROM findings ORDER BY number")]
    rectify(world, ids, "rectification_plan")
    case = world.case(SAMPLED)
    [row] = world.rows("SELECT due_on FROM work_items WHERE id = :id", id=case.work_item_id)
    assert row["due_on"] == date(2023, 1, 31), "the letter's date sets the period"
    finish_rectification(world, ids)
    case = world.case(SAMPLED)
    verdicts = [Verdict(finding_id=ids[0], verdict="returned", note="未到位")]
    verdicts += [Verdict(finding_id=id_, verdict="verified") for id_ in ids[1:]]
    world.do(verify, world.coordinator, case.id, case.version, verdicts)
    world.do(
        complete, world.coordinator, case.id, case.version, stage="verification", outcome="returned", reason="一条退回"
    )
    case = world.case(SAMPLED)
    [item] = world.rows("SELECT attempt, visit FROM work_items WHERE id = :id", id=case.work_item_id)
    assert (item["attempt"], item["visit"]) == (2, 1), "sent back is the same item, next attempt"
    finish_rectification(world, ids[:1])
    settle(world, ids[:1])
    case = world.case(SAMPLED)
    world.do(
        issue_letter,
        world.coordinator,
        case.id,
        case.version,
        kind=LetterKind.SUPERVISION_REPORT,
        content="总体良好",
        published_at_url="https://example.org/1",
    )
    case = world.case(SAMPLED)
    results = [LookBack(finding_id=id_, held=id_ != ids[2], note="反弹") for id_ in ids]
    world.do(look_back, world.inspector, case.id, case.version, results)
    world.do(complete, world.inspector, case.id, case.version, stage="look_back", outcome="relapsed")
    assert world.case(SAMPLED).stage == "rectification_plan"
    assert [t["trigger"] for t in world.rows("SELECT trigger FROM talks")] == ["relapse"]
    rectify(world, ids[2:], "rectification_plan")
    finish_rectification(world, ids[2:])
    settle(world, ids[2:])
    case = world.case(SAMPLED)
    world.do(
        issue_letter,
        world.coordinator,
        case.id,
        case.version,
        kind=LetterKind.SUPERVISION_REPORT,
        content="总体良好",
        published_at_url="https://example.org/2",
    )
    case = world.case(SAMPLED)
    world.do(look_back, world.inspector, case.id, case.version, [LookBack(finding_id=i, held=True) for i in ids])
    world.do(complete, world.inspector, case.id, case.version, stage="look_back", outcome="confirmed")
    ended = world.case(SAMPLED)
    assert (ended.status, ended.outcome) == (CaseStatus.CLOSED, CaseOutcome.CONFIRMED)
    assert world.rows("SELECT status FROM rounds") == [{"status": "closed"}]
    reports = world.rows("SELECT addressees FROM letters WHERE kind = 'supervision_report'")
    assert [row["addressees"] for row in reports] == [["市人民政府"]] * 2, "a report goes upward"
    [opinion] = world.rows("SELECT fields FROM letters WHERE kind = 'opinion'")
    assert [member["role"] for member in opinion["fields"]["team"]] == ["leader", "member", "member"]
    sheet = world.rows("SELECT fields FROM letters WHERE kind = 'look_back_sheet' ORDER BY id")[0]["fields"]
    assert [(row["measure"] != "", row["result"]) for row in sheet["findings"]] == [
        (True, "巩固：反弹"), (True, "巩固：反弹"), (True, "反弹：反弹"),
    ]  # fmt: skip
    assert not world.rows(
        "SELECT 1 FROM cases c WHERE version <> (SELECT max(case_version) FROM events WHERE case_id = c.id)"
    )


def rectify(world: World, ids: list[int], stage: str) -> None:
    case = world.case(SAMPLED)
    plans = [
        Measure(
            finding_id=id_,
            measure="整改",
            responsible_unit="区教委",
            responsible_person="张三",
            due_on=date(2023, 1, 20),
        )
        for id_ in ids
    ]
    world.do(plan_measures, world.districts[SAMPLED], case.id, case.version, plans)
    hand_in(world, SAMPLED, stage, "rectification_plan")


def finish_rectification(world: World, ids: list[int]) -> None:
    case = world.case(SAMPLED)
    claims = [Claim(finding_id=id_, evidence="已完成") for id_ in ids]
    world.do(claim_done, world.districts[SAMPLED], case.id, case.version, claims)
    hand_in(world, SAMPLED, "rectification", outcome="completed")
    hand_in(world, SAMPLED, "rectification_report", "rectification_report")


def settle(world: World, ids: list[int]) -> None:
    case = world.case(SAMPLED)
    world.do(verify, world.coordinator, case.id, case.version, [Verdict(finding_id=i, verdict="verified") for i in ids])
    world.do(complete, world.coordinator, case.id, case.version, stage="verification", outcome="verified")


def test_sending_back_returns_the_submission_and_opens_the_next_attempt(world: World) -> None:
    world.launch(SAMPLED)
    case = world.case(SAMPLED)
    world.do(acknowledge, world.districts[SAMPLED], case.id, case.version)
    hand_in(world, SAMPLED, "self_evaluation", "self_evaluation_report", "evidence_index")
    case = world.case(SAMPLED)
    world.do(send_back, world.coordinator, case.id, case.version, reason="缺印证材料")
    case = world.case(SAMPLED)
    assert case.stage == "self_evaluation"
    [item] = world.rows("SELECT attempt FROM work_items WHERE id = :id", id=case.work_item_id)
    assert item["attempt"] == 2
    assert [s["status"] for s in world.rows("SELECT status FROM submissions")] == ["returned"]
    kinds = {row["kind"] for row in world.rows("SELECT kind FROM notices WHERE work_item_id = :i", i=case.work_item_id)}
    assert "returned" in kinds
