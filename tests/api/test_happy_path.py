"""One district from launch to the confirmed look-back, through JSON alone."""

from __future__ import annotations

import random
from datetime import date, timedelta

from tests.api.conftest import SAMPLED, UNSAMPLED, Office


def launch(office: Office, *subjects: str) -> int:
    answer = office.coordinator.post(
        "/api/v1/rounds",
        json={
            "process_name": "district-evaluation",
            "title": "2022年区县政府履行教育职责评价",
            "year": 2022,
            "subject_ids": list(subjects),
            "days": {"self_evaluation": 60},
        },
    )
    assert answer.status_code == 201, answer.text
    office.world.round_id = answer.json()["id"]
    return office.world.round_id


def to_sampling(office: Office, subject: str) -> None:
    district, coordinator = office.district(subject), office.coordinator
    assert office.act(district, "acknowledge", subject)["stage"] == "self_evaluation"
    office.hand_in(district, "self_evaluation_report", subject)
    office.hand_in(district, "evidence_index", subject)
    assert office.act(district, "submit", subject, stage="self_evaluation")["stage"] == "formal_review"
    back = office.act(coordinator, "send-back", subject, reason="缺目录页")
    assert back["stage"] == "self_evaluation"
    assert office.act(district, "submit", subject, stage="self_evaluation")["stage"] == "formal_review"
    assert office.act(coordinator, "accept", subject, note="齐全")["stage"] == "monitoring"
    office.hand_in(coordinator, "monitoring_report", subject)
    done = office.act(coordinator, "complete", subject, stage="monitoring", outcome="monitored")
    assert done["stage_title"] == "抽取实地督查对象"


def test_a_case_from_launch_to_look_back(office: Office) -> None:
    round_id = launch(office, SAMPLED, UNSAMPLED)
    for subject in (SAMPLED, UNSAMPLED):
        to_sampling(office, subject)
    pool = sorted([SAMPLED, UNSAMPLED])
    seed = next(str(n) for n in range(100) if random.Random(str(n)).sample(pool, 1) == [SAMPLED])
    drawn = office.coordinator.post(
        f"/api/v1/rounds/{round_id}/draw", json={"seed": seed, "witness": "监督人", "size": 1}
    )
    assert drawn.status_code == 201, drawn.text
    assert drawn.json()["chosen"] == [SAMPLED]
    coordinator, inspector, district = office.coordinator, office.inspector, office.district()
    ids = office.world.inspectors[:3]
    members = [{"inspector_id": n, "role": "leader" if n == ids[0] else "member"} for n in ids]
    assert office.act(coordinator, "team", members=members)["stage"] == "on_site"
    found = [{"description": f"问题{n}"} for n in range(3)]
    created = office.act(inspector, "findings", findings=found)["created"]
    assert len(created) == 3
    office.hand_in(inspector, "consultation_record")
    office.act(inspector, "complete", stage="on_site", outcome="inspected")
    office.act(inspector, "letters", kind="preliminary_opinion", content="总体情况良好")
    assert office.act(district, "complete", stage="defence", outcome="no_objection")["stage"] == "opinion"
    due = "2023-01-31"
    office.act(coordinator, "letters", kind="opinion", content="总体情况良好", sets_due_on=due)
    office.hand_in(coordinator, "leaders_report")
    office.act(coordinator, "complete", stage="reporting", outcome="reported")
    rectify(office, created)
    assert office.version() > 10
    office.act(
        coordinator,
        "letters",
        kind="supervision_report",
        content="总体情况良好",
        published_at_url="https://jw.example/report",
    )
    results = [{"finding_id": n, "held": True} for n in created]
    office.act(inspector, "findings/look-back", results=results)
    ended = office.act(inspector, "complete", stage="look_back", outcome="confirmed")
    assert (ended["status"], ended["outcome_title"]) == ("closed", "回头看巩固")
    file = office.coordinator.get(office.path()).json()
    assert {row["status_title"] for row in file["findings"]} == {"已销号"}
    assert [row["status"] for row in file["submissions"] if row["stage"] == "self_evaluation"] == [
        "returned",
        "accepted",
    ]
    assert file["history"][0]["kind_title"] == "任务办结"


def rectify(office: Office, ids: list[int]) -> None:
    district, coordinator = office.district(), office.coordinator
    due = (office.world.now.date() + timedelta(days=60)).isoformat()
    plans = [
        {
            "finding_id": n,
            "measure": "整改到位",
            "responsible_unit": "县教委",
            "responsible_person": "张三",
            "due_on": due,
        }
        for n in ids
    ]
    office.act(district, "findings/plan", measures=plans)
    office.hand_in(district, "rectification_plan")
    done = office.act(district, "submit", stage="rectification_plan")
    assert date.fromisoformat(done["due_on"]) == date(2023, 1, 31), "the letter's date sets the period"
    office.act(district, "findings/claim", claims=[{"finding_id": n, "evidence": "已完成"} for n in ids])
    office.act(district, "complete", stage="rectification", outcome="completed")
    office.hand_in(district, "rectification_report")
    office.act(district, "submit", stage="rectification_report")
    verdicts = [{"finding_id": n, "verdict": "verified"} for n in ids]
    office.act(coordinator, "findings/verify", verdicts=verdicts)
    office.act(coordinator, "complete", stage="verification", outcome="verified")
