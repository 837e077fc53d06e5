"""The example of the documentation: installed once, launched, walked to its ends; and what cannot be installed."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from casework.actor import TIME, Actor
from casework.definitions import install, publish, published
from casework.findings import Claim, Measure, NewFinding, Verdict, claim_done, plan_measures, record_findings, verify
from casework.hand_in import accept, acknowledge, send_back, submit, upload
from casework.inbox import serve
from casework.letters import issue_letter
from casework.steps import complete
from casework.teams import Member, compose_team
from flows.catalogue import definitions
from process.errors import Conflict, InvalidDefinition, InvalidInput, LaunchedDefinitionChanged, NotAllowed
from process.vocabulary import CaseOutcome, LetterKind, Role, TeamRole
from tests.world import World

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "campus-food-safety.yaml"
TEXT = EXAMPLE.read_text("utf-8")
FOUND, CLEAN = "CQ-500231", "CQ-500103"


@pytest.fixture
def installed(world: World) -> World:
    world.do(install, TIME, EXAMPLE.read_bytes())
    world.launch(FOUND, CLEAN, title="2022年校园食品安全专项督导", process_name="campus-food-safety")
    return world


def upload_for(world: World, actor: Actor, subject: str, *deliverables: str) -> None:
    for deliverable in deliverables:
        world.do(
            upload,
            actor,
            world.case(subject).id,
            deliverable=deliverable,
            filename="材料.txt",
            content=f"{subject} {deliverable}".encode(),
            max_bytes=1000,
        )


def hand_in(world: World, subject: str, stage: str, *deliverables: str) -> None:
    upload_for(world, world.districts[subject], subject, *deliverables)
    world.do(submit, world.districts[subject], world.case(subject).id, None, stage=stage)


def letter(world: World, subject: str, kind: LetterKind, **more: object) -> None:
    case = world.case(subject)
    world.do(issue_letter, world.coordinator, case.id, case.version, kind=kind, content="总体良好", **more)


def finish(world: World, subject: str, stage: str, outcome: str, actor: Actor | None = None) -> None:
    world.do(complete, actor or world.coordinator, world.case(subject).id, None, stage=stage, outcome=outcome)


def test_the_example_is_walked_to_both_of_its_ends(installed: World) -> None:
    world = installed
    for subject in (FOUND, CLEAN):
        world.do(acknowledge, world.districts[subject], world.case(subject).id, None)
        hand_in(world, subject, "self_check", "自查报告", "学校问题清单")
    world.do(send_back, world.coordinator, world.case(FOUND).id, None, reason="清单不全")
    hand_in(world, FOUND, "self_check", "自查报告", "学校问题清单")
    for subject in (FOUND, CLEAN):
        case = world.case(subject)
        world.do(accept, world.coordinator, case.id, None)
        leader, *others = world.inspectors[:3]
        team = [Member(leader, TeamRole.LEADER), *(Member(n, TeamRole.MEMBER) for n in others)]
        world.do(compose_team, world.coordinator, case.id, None, team)
    world.do(record_findings, world.inspector, world.case(FOUND).id, None, [NewFinding(description="留样不全")])
    for subject in (FOUND, CLEAN):
        upload_for(world, world.inspector, subject, "检查记录")
        finish(world, subject, "on_site", "inspected", world.inspector)
        letter(world, subject, LetterKind.PRELIMINARY_OPINION)
    finish(world, FOUND, "defence", "no_objection", world.districts[FOUND])
    [word, *_] = world.rows(
        "SELECT id FROM notices WHERE kind = 'letter' AND position = 'operator' AND subject_id = :s ORDER BY id DESC",
        s=CLEAN,
    )
    world.do(serve, world.coordinator, word["id"], how="当面送达")
    world.pass_time(world.now.date() + timedelta(days=12))
    assert world.case(CLEAN).stage == "opinion", "time passes over an installed process as over any"
    letter(world, CLEAN, LetterKind.OPINION, sets_due_on=date(2022, 12, 30))
    assert world.case(CLEAN).outcome is CaseOutcome.EVALUATED

    letter(world, FOUND, LetterKind.OPINION, sets_due_on=date(2022, 12, 30))
    [finding] = [row["id"] for row in world.rows("SELECT id FROM findings")]
    measure = Measure(
        finding_id=finding, measure="补齐", responsible_unit="某校", responsible_person="张三", due_on=date(2022, 12, 1)
    )
    world.do(plan_measures, world.districts[FOUND], world.case(FOUND).id, None, [measure])
    hand_in(world, FOUND, "rectification_plan", "整改方案")
    world.do(
        claim_done, world.districts[FOUND], world.case(FOUND).id, None, [Claim(finding_id=finding, evidence="照片")]
    )
    finish(world, FOUND, "rectification", "completed", world.districts[FOUND])
    verdict = Verdict(finding_id=finding, verdict="verified")
    world.do(verify, world.coordinator, world.case(FOUND).id, None, [verdict])
    finish(world, FOUND, "verification", "verified")
    assert world.case(FOUND).outcome is CaseOutcome.RECTIFIED


def test_the_same_form_again_changes_nothing_and_another_needs_a_new_version(world: World) -> None:
    administrator = Actor(world.manager.user_id, "管理员", Role.ADMINISTRATOR)
    world.do(install, administrator, TEXT)
    world.do(install, administrator, TEXT)
    changed = TEXT.replace("period: 3个工作日", "period: 4个工作日")
    with pytest.raises(LaunchedDefinitionChanged, match="请改为第2版"):
        world.do(install, administrator, changed)
    world.do(install, administrator, changed.replace("version: 1", "version: 3"))
    with pytest.raises(InvalidInput, match="已有第3版"):
        world.do(install, administrator, changed.replace("version: 1", "version: 2"))
    with world.unit() as session:
        assert published(session, "campus-food-safety").version == 3
    kept = world.rows("SELECT source, installed_by FROM process_definitions WHERE source <> '' ORDER BY version")
    assert [row["installed_by"] for row in kept] == [world.manager.user_id] * 2
    assert kept[0]["source"] == TEXT


def test_only_an_administrator_installs_and_never_over_what_comes_with_the_program(world: World) -> None:
    for actor in (world.coordinator, world.manager, world.districts[FOUND]):
        with pytest.raises(NotAllowed):
            world.do(install, actor, TEXT)
    for name in (process.name for process in definitions()):
        with pytest.raises(Conflict, match="自带"):
            world.do(
                install,
                TIME,
                TEXT.replace("name: campus-food-safety", f"name: {name}").replace("version: 1", "version: 9"),
            )
    with pytest.raises(InvalidDefinition, match="没有指标体系"):
        world.do(install, TIME, TEXT.replace("version: 1", "version: 1\nindicators: none-such"))


def test_an_upgrade_says_that_a_name_is_taken(world: World) -> None:
    world.do(install, TIME, TEXT)
    with world.unit() as session:
        ours = published(session, "campus-food-safety")
    with world.unit() as session, pytest.raises(Conflict, match="占用"):
        publish(session, [ours], world.now)
