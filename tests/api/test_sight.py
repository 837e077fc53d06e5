"""Schools, principals and inspectors: who sees what is about them, and who may act for them."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest
from fastapi.routing import APIRoute

from api.pages import router as pages
from casework.definitions import publish
from casework.launch import launch
from casework.signing import LetterDraft, sign
from db.tables import Contact, Inspector, Subject, TeamMember, User
from flows.district_evaluation import PROCESS
from process.vocabulary import LetterKind, Position, Role, SubjectKind, TeamRole
from tests.api.conftest import HASH, Office

DISTRICT, OTHER = "CQ-500103", "CQ-500231"
SCHOOL, PRINCIPAL, BARE, PERSON = "S-HERE", "P-HERE", "S-BARE", "I-SELF"
KINDS = {
    SCHOOL: SubjectKind.SCHOOL,
    BARE: SubjectKind.SCHOOL,
    PRINCIPAL: SubjectKind.PRINCIPAL,
    PERSON: SubjectKind.INSPECTOR,
}
NAMES = {SCHOOL: "渝中甲小学", BARE: "渝中乙小学", PRINCIPAL: "校长钱某某", PERSON: "督学孙某某"}
ACCOUNTS = {"school": SCHOOL, "principal": PRINCIPAL, "cq-500103": DISTRICT, "cq-500231": OTHER}


def read_by(routes: Sequence[object]) -> Iterator[str]:
    """The addresses of all pages."""
    for route in routes:
        if isinstance(route, APIRoute):
            yield from [route.path] if "GET" in (route.methods or ()) else []
        else:
            yield from read_by(getattr(getattr(route, "original_router", route), "routes", []))


@dataclass
class Scene:
    """Three rounds: over schools, over a principal, over an inspector."""

    office: Office
    cases: dict[str, int]
    ids: dict[str, dict[str, int]]
    """Per subject the ids of its things, by the name they have in addresses."""


@pytest.fixture
def scene(office: Office) -> Scene:
    world = office.world
    with world.unit() as session:
        session.add_all(
            Subject(id=id_, kind=kind, name=NAMES[id_], district_id=None if id_ == PERSON else DISTRICT)
            for id_, kind in KINDS.items()
        )
        session.flush()
        session.get_one(Subject, PRINCIPAL).parent_id = SCHOOL
        session.add_all(
            User(username=name, name=f"{name}账号", role=Role.DISTRICT, subject_id=ACCOUNTS[name], password_hash=HASH)
            for name in ("school", "principal")
        )
        person = User(username="person", name="督学账号一", role=Role.INSPECTOR, password_hash=HASH)
        member = User(username="member", name="组员", role=Role.INSPECTOR, password_hash=HASH)
        session.add_all([person, member])
        session.flush()
        teamed = Inspector(name="组员", user_id=member.id)
        session.add_all([Inspector(name="孙某某", user_id=person.id, subject_id=PERSON), teamed])
        session.add_all(
            Contact(subject_id=id_, position=Position.OPERATOR, name=f"{NAMES[id_]}经办", email="x@unit.example")
            for id_ in (SCHOOL, PRINCIPAL, PERSON)
        )
        versions = {
            kind: PROCESS.model_copy(update={"name": f"test-{kind}", "subjects": kind}) for kind in KINDS.values()
        }
        publish(session, list(versions.values()), world.now)
        rounds = {
            kind: launch(session, world.coordinator, world.now, process_name=process.name, title=f"{kind}轮次",
                         year=2022, subject_ids=[id_ for id_, of in KINDS.items() if of is kind]).id
            for kind, process in versions.items()
        }  # fmt: skip
        session.flush()
        teamed_id = teamed.id or 0
    cases = {row["subject_id"]: row["id"] for row in world.rows("SELECT id, subject_id FROM cases")}
    ids = {}
    for id_, kind in KINDS.items():
        round_id = rounds[kind] or 0
        late = {"stage": "自评自查", "due_on": "2022-09-30", "late": 1}
        draft = LetterDraft(LetterKind.URGE, round_id, late, ("某",), case_id=cases[id_])
        [letter] = world.do(sign, world.manager, [draft])
        notices = world.rows("SELECT id FROM notices WHERE case_id = :c", c=cases[id_])
        ids[id_] = {"case_id": cases[id_], "round_id": round_id, "letter_id": letter.id, "notice_id": notices[0]["id"]}
    with world.unit() as session:
        session.add(TeamMember(case_id=cases[PRINCIPAL], inspector_id=teamed_id, role=TeamRole.MEMBER))
    return Scene(office, cases, ids)


SEES = {
    "coordinator": set(KINDS),
    "manager": set(KINDS),
    "administrator": set(KINDS),
    "cq-500103": {SCHOOL, BARE, PRINCIPAL},
    "cq-500231": set(),
    "school": {SCHOOL},
    "principal": {PRINCIPAL},
    "inspector": {SCHOOL, BARE},
    "member": {SCHOOL, BARE, PRINCIPAL},
    "person": {SCHOOL, BARE, PERSON},
}
"""Whose cases exist for whom."""


@pytest.mark.parametrize("who", SEES)
def test_whose_cases_exist_for_whom(scene: Scene, who: str) -> None:
    program, browser = scene.office.program(who), scene.office.browser(who)
    for subject, case_id in scene.cases.items():
        wanted = 200 if subject in SEES[who] else 404
        assert program.get(f"/api/v1/cases/{case_id}").status_code == wanted, subject
        assert browser.get(f"/cases/{case_id}").status_code == wanted, subject
        round_id, letter_id = (scene.ids[subject][name] for name in ("round_id", "letter_id"))
        file = program.get(f"/api/v1/letters/{letter_id}/file").status_code
        assert file == (409 if wanted == 200 else 404), "not rendered yet, or not there at all"
        board = program.get(f"/api/v1/rounds/{round_id}/board")
        if board.status_code == 200:
            assert (subject in board.text) is (wanted == 200), subject
        else:
            assert (wanted, board.status_code) == (404, 404)
        feed = program.post("/api/v1/calendar-feeds", json={"round_id": round_id})
        assert feed.status_code in ((201, 200) if wanted == 200 else (201, 200, 404)), feed.text


@pytest.mark.parametrize("who", [who for who, seen in SEES.items() if seen != set(KINDS)])
def test_no_address_names_what_is_not_seen(scene: Scene, who: str) -> None:
    program, browser = scene.office.program(who), scene.office.browser(who)
    hidden = set(KINDS) - SEES[who]
    secrets = {NAMES[id_] for id_ in hidden} | {re.sub("^校长|^督学", "", NAMES[id_]) for id_ in hidden}
    api = scene.office.app.openapi()["paths"]
    if who == "principal":
        secrets.discard(NAMES[SCHOOL])  # the school they run
    readable = {path for path in api if "get" in api[path]} | set(read_by(pages.routes))
    assert len(readable) > 80
    for path in sorted(readable):
        for subject in hidden:
            ids = scene.ids[subject]
            address = re.sub(r"\{(\w+)\}", lambda m, ids=ids: str(ids.get(m[1], {"year": "2022"}.get(m[1], "1"))), path)
            answer = (program if path.startswith("/api/") else browser).get(f"{address}?subject_id={subject}")
            assert answer.status_code in (200, 303, 403, 404, 409, 422), (address, answer.text)
            for secret in secrets:
                assert secret not in answer.text, (address, secret)


@pytest.mark.parametrize("who", ["administrator", "cq-500103", "principal", "inspector", "member", "person"])
def test_every_link_that_is_shown_may_be_followed(scene: Scene, who: str) -> None:
    browser = scene.office.browser(who)
    waiting, met = ["/"], set[str]()
    while waiting:
        address = waiting.pop()
        if address.startswith(("/processes/", "/static/", "/registry/")):
            continue  # of its schools and persons the scene has no more than that they are subjects
        # One page of each kind; but of every round, for not everybody is shown the same of each.
        kind = address if "/rounds/" in address else re.sub(r"\d+", "0", address.partition("?")[0])
        if kind in met:
            continue
        met.add(kind)
        answer = browser.get(address, follow_redirects=True)
        # A letter that is not rendered yet says so.
        assert answer.status_code == 200 or (answer.status_code == 409 and "/letters/" in address), address
        if answer.headers["content-type"].startswith("text/html"):
            waiting += [html.unescape(link) for link in re.findall(r'href="(/[^"#]*)', answer.text)]
    assert len(met) > 10


def test_a_district_acts_for_its_schools_and_another_does_not(scene: Scene) -> None:
    office = scene.office
    path = f"/api/v1/cases/{scene.cases[BARE]}/acknowledge"
    for stranger in ("cq-500231", "school", "principal"):
        assert office.program(stranger).post(path, json={"version": 1}).status_code == 404
    assert office.program("inspector").post(path, json={"version": 1}).status_code == 403
    assert office.program("cq-500103").post(path, json={"version": 1}).status_code == 200
    mine = f"/api/v1/cases/{scene.cases[SCHOOL]}"
    assert office.program("school").post(f"{mine}/acknowledge", json={"version": 1}).status_code == 200
    uploaded = office.program("cq-500103").post(
        f"{mine}/documents", data={"deliverable": "self_evaluation_report"}, files={"file": ("a.txt", b"a")}
    )
    assert uploaded.status_code == 201
    document = uploaded.json()["id"]
    assert office.program("school").get(f"/api/v1/documents/{document}").status_code == 200
    assert office.program("principal").get(f"/api/v1/documents/{document}").status_code == 404


def test_inboxes_are_each_ones_own(scene: Scene) -> None:
    office = scene.office
    mine = office.program("cq-500103").get("/api/v1/inbox").json()["items"]
    assert {row["subject"] for row in mine} == {NAMES[BARE]}, "in the place of the school that has nobody"
    assert {row["subject"] for row in office.program("school").get("/api/v1/inbox").json()["items"]} == {NAMES[SCHOOL]}
    theirs = scene.ids[SCHOOL]["notice_id"]
    assert office.program("cq-500103").get(f"/api/v1/inbox/{theirs}").status_code == 404
    shown = office.program("cq-500103").get(f"/api/v1/cases/{scene.cases[SCHOOL]}").json()["notices"]
    assert [row["recipient"] for row in shown] == ["渝中甲小学经办"], "but it sees what its school was told"
    assert {row["subject"] for row in office.program("person").get("/api/v1/inbox").json()["items"]} == {NAMES[PERSON]}
    assert office.program("member").get("/api/v1/inbox").json()["items"] == []
    bare = scene.ids[BARE]["notice_id"]
    page = office.browser("cq-500103").get(f"/inbox/{bare}").text
    assert "渝中乙小学" in page
    assert "你校" not in page


def test_who_it_is_about_acts_in_their_own_case_and_sees_what_such_people_see(scene: Scene) -> None:
    office, case_id = scene.office, scene.cases[PERSON]
    measure = {"version": 1, "kind": "talk", "reason": "秘密事由"}
    assert office.coordinator.post(f"/api/v1/cases/{case_id}/measures", json=measure).status_code == 201
    person, member = office.program("person"), office.program("member")
    assert member.post(f"/api/v1/cases/{case_id}/acknowledge", json={"version": 1}).status_code == 404
    assert "秘密事由" not in person.get(f"/api/v1/cases/{case_id}").text
    assert "秘密事由" not in person.get("/api/v1/queue").text
    assert [row["case_id"] for row in person.get("/api/v1/todo").json()["items"]] == [case_id]
    assert 'value="acknowledged"' in office.browser("person").get(f"/cases/{case_id}").text
    version = person.get(f"/api/v1/cases/{case_id}").json()["case"]["version"]
    assert person.post(f"/api/v1/cases/{case_id}/acknowledge", json={"version": version}).status_code == 200
    path = f"/api/v1/cases/{case_id}/documents"
    uploaded = person.post(path, data={"deliverable": "self_evaluation_report"}, files={"file": ("a.txt", b"a")})
    assert uploaded.status_code == 201
    assert person.get(f"/api/v1/documents/{uploaded.json()['id']}").status_code == 200
    assert member.get(f"/api/v1/documents/{uploaded.json()['id']}").status_code == 404


def test_a_district_keeps_the_contacts_of_its_schools(scene: Scene) -> None:
    contact = {"subject_id": BARE, "position": "operator", "name": "新经办"}
    for stranger in ("cq-500231", "school", "principal"):
        assert scene.office.program(stranger).post("/api/v1/contacts", json=contact).status_code == 404
    assert scene.office.program("cq-500103").post("/api/v1/contacts", json=contact).status_code == 201
    names = [row["name"] for row in scene.office.program("cq-500231").get("/api/v1/contacts").json()["items"]]
    assert "新经办" not in names
