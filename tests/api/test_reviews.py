"""Blind reviews by API and page: an expert reads what may be read, and never whose it is."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from casework.steps import complete
from db.tables import Blob, Document
from tests.api.conftest import HASH, Office
from tests.casework import upward

DISTRICT, OTHER = "CQ-500106", "CQ-500107"
NAMES = ("沙坪坝", "九龙坡", DISTRICT, OTHER, "cq-500106")


@pytest.fixture
def round_id(office: Office) -> int:
    """Two entries under review, each with a document of its unit's; three experts, an account each."""
    world = office.world
    upward.launched(world, OTHER, matters=((DISTRICT, "责任督学的区域实践"),), first="entry")
    rows = world.rows(
        "SELECT id, subject_id, work_item_id FROM cases WHERE round_id = :r ORDER BY id", r=world.round_id
    )
    with world.unit() as session:
        for row in rows:
            sha = f"{row['id']:064d}"
            session.add(Blob(sha256=sha, content=b"%PDF-1.4 entry"))
            session.flush()
            for key in ("entry", "declaration"):
                session.add(
                    Document(
                        case_id=row["id"], work_item_id=row["work_item_id"], attempt=1, deliverable=key,
                        filename=f"{row['subject_id']}沙坪坝区教委张三.PDF", media_type="application/pdf", size=14,
                        sha256=sha, uploaded_by=1, uploaded_at=world.now,
                    )
                )  # fmt: skip
    for row in rows:
        world.do(complete, world.districts[row["subject_id"]], row["id"], None, stage="entry", outcome="submitted")
    upward.reviewers(world, 3)
    with world.unit() as session:
        session.execute(text("UPDATE users SET password_hash = :hash WHERE username LIKE 'expert%'"), {"hash": HASH})
    return world.round_id


def experts(office: Office) -> list[str]:
    return [
        row["username"]
        for row in office.world.rows("SELECT username FROM users WHERE username LIKE 'expert%' ORDER BY id")
    ]


def drawn(office: Office, round_id: int) -> None:
    made = office.coordinator.post(f"/api/v1/rounds/{round_id}/reviewers", json={"seed": "20220901"})
    assert made.status_code == 201, made.text
    assert len(made.json()["reviews"]) == 6


def test_an_expert_reads_and_scores_without_names(office: Office, round_id: int) -> None:
    drawn(office, round_id)
    name, *others = experts(office)
    expert = office.program(name)
    mine = expert.get("/api/v1/reviews")
    assert "责任督学的区域实践" in {row["matter"] for row in mine.json()}
    for row in mine.json():
        path = f"/api/v1/reviews/{row['id']}"
        entry = expert.get(path)
        [paper] = entry.json()["papers"]
        assert (paper["title"], paper["filename"]) == ("参评作品", "评审材料1.pdf")
        file = expert.get(f"{path}/papers/{paper['id']}")
        assert file.content == b"%PDF-1.4 entry"
        for said in (mine.text, entry.text, str(file.headers)):
            assert not [one for one in NAMES if one in said]
        assert office.program(others[0]).get(path).status_code == 404
        assert office.coordinator.get(path).status_code == 404
        assert office.program(DISTRICT.lower()).get(path).status_code == 404
        assert expert.get(f"{path}/papers/{paper['id'] + 1}").status_code == 404, "the declaration bears names"
        assert expert.post(f"{path}/score", json={"score": 91.5, "comment": "论证充分"}).status_code == 200
        assert expert.post(f"{path}/score", json={"score": 92, "comment": "论证充分"}).status_code == 409
    results = office.coordinator.get(f"/api/v1/rounds/{round_id}/reviews").json()["items"]
    assert {(row["average"], row["scored"], row["assigned"], row["lacking"]) for row in results} == {(91.5, 1, 3, 0)}


def test_no_inspector_sees_whose_an_entry_is(office: Office, round_id: int) -> None:
    drawn(office, round_id)
    world = office.world
    case_id = world.case(OTHER).id
    [document, *_] = world.rows("SELECT id FROM documents WHERE case_id = :c", c=case_id)
    for name in ("inspector", *experts(office)):
        program, browser = office.program(name), office.browser(name)
        for path in (
            f"/api/v1/cases/{case_id}", f"/api/v1/rounds/{round_id}", f"/api/v1/rounds/{round_id}/board",
            f"/api/v1/documents/{document['id']}",
        ):  # fmt: skip
            assert program.get(path).status_code == 404, path
        for path in ("/rounds", "/todo", "/inbox", "/queue", f"/rounds/{round_id}", f"/cases/{case_id}"):
            shown = browser.get(path)
            assert not [one for one in NAMES if one in shown.text], path
    assert office.coordinator.get(f"/api/v1/cases/{case_id}").status_code == 200


def test_results_are_the_offices_own(office: Office, round_id: int) -> None:
    drawn(office, round_id)
    case_id = office.world.case(OTHER).id
    for client in (office.program(OTHER.lower()), office.program(experts(office)[0]), office.inspector):
        for path in (f"/api/v1/rounds/{round_id}/reviews", f"/api/v1/cases/{case_id}/reviews"):
            assert client.get(path).status_code in (403, 404)
    file = office.program(OTHER.lower()).get(f"/api/v1/cases/{case_id}").text
    assert "reviewer_assigned" not in file
    shown = office.browser(OTHER.lower()).get(f"/cases/{case_id}").text
    assert not re.search(r"专家\d", shown)


def test_the_pages_of_a_review(office: Office, round_id: int) -> None:
    coordinator = office.browser("coordinator")
    results = f"/rounds/{round_id}/reviews"
    assert results in coordinator.get(f"/rounds/{round_id}").text
    assert "还须分配6件次" in coordinator.get(results).text
    assert coordinator.post(f"/rounds/{round_id}/reviewers", data={"seed": " "}).status_code == 422
    assert coordinator.post(f"/rounds/{round_id}/reviewers", data={"seed": "一"}).status_code == 303
    expert = office.browser(experts(office)[0])
    assert 'href="/reviews"' in expert.get("/reviews").text
    rows = office.world.rows(
        "SELECT v.id FROM reviews v JOIN inspectors i ON i.id = v.reviewer_id JOIN users u ON u.id = i.user_id "
        "WHERE u.username = :n ORDER BY v.id", n=experts(office)[0],
    )  # fmt: skip
    first, second = (f"/reviews/{row['id']}" for row in rows)
    page = expert.get(first)
    assert not [one for one in NAMES if one in page.text]
    wrong = expert.post(f"{first}/score", data={"score": "很好", "comment": "论证充分"})
    assert (wrong.status_code, "论证充分" in wrong.text) == (422, True)
    assert expert.post(f"{first}/score", data={"score": "88", "comment": "论证充分"}).status_code == 303
    assert "已评88分" in expert.get(first).text
    assert expert.post(f"{second}/recuse", data={"reason": "参与过研究"}).status_code == 303
    shown = coordinator.get(results).text
    assert "回避1" in shown
    assert "缺1名" in shown


def test_assigned_by_hand_on_the_case(office: Office, round_id: int) -> None:
    case_id = office.world.case(OTHER).id
    page, browser = f"/cases/{case_id}", office.browser("coordinator")
    rows = office.world.rows("SELECT id FROM inspectors WHERE name LIKE '专家%' ORDER BY id")
    people = [str(row["id"]) for row in rows]
    assert "还须分配3名" in browser.get(page).text
    assert browser.post(f"{page}/reviewers", data={"reviewer_ids": people[:2]}).status_code == 303
    assert "还须分配1名" in browser.get(page).text
    assert browser.post(f"{page}/reviewers", data={"seed": "一"}).status_code == 303
    assert "还须分配" not in browser.get(page).text
    assert browser.post(f"{page}/reviewers", data={"seed": "二"}).status_code == 409
