"""A district sees its own and nothing of another's, whatever it asks."""

from __future__ import annotations

import re
from datetime import timedelta

from sqlalchemy import text

from casework.signing import LetterDraft, sign
from process.vocabulary import LetterKind
from tests.api.conftest import SAMPLED, UNSAMPLED, Office

STATIC = ("/api/openapi.json", "/static/", "/api/health", "/sign-in")


def routes(office: Office) -> list[str]:
    """Every address that can be read."""
    found = set(office.app.openapi()["paths"])
    reads = {path for path in found if "get" in office.app.openapi()["paths"][path]}
    pages = {"/", "/rounds", "/rounds/{round_id}", "/cases/{case_id}", "/documents/{document_id}", "/todo", "/queue",
             "/inbox", "/inbox/{notice_id}", "/calendar", "/users", "/subjects", "/letters",
             "/letters/{letter_id}", "/letterheads", "/rounds/{round_id}/notices"}  # fmt: skip
    return sorted(path for path in reads | pages if not path.startswith(STATIC))


def prepare(office: Office) -> dict[str, int | str]:
    """The other district has a document, notices, a talk, findings, a letter; the ids of its things."""
    world = office.world
    other = office.district(UNSAMPLED)
    office.act(other, "acknowledge", UNSAMPLED)
    office.hand_in(other, "self_evaluation_report", UNSAMPLED)
    office.act(office.coordinator, "measures", UNSAMPLED, kind="talk", reason="秘密事由")
    world.pass_time(world.now.date() + timedelta(days=30))
    [document] = world.rows("SELECT id FROM documents")
    [notice, *_] = world.rows("SELECT id FROM notices WHERE subject_id = :s", s=UNSAMPLED)
    late = {"stage": "自评自查", "due_on": "2022-09-30", "late": 1}
    draft = LetterDraft(LetterKind.URGE, world.round_id, late, ("某区",), case_id=office.case_id(UNSAMPLED))
    [letter] = world.do(sign, world.manager, [draft])
    return {
        "case_id": office.case_id(UNSAMPLED),
        "letter_id": letter.id,
        "kind": LetterKind.URGE,
        "document_id": document["id"],
        "notice_id": notice["id"],
        "round_id": world.round_id,
        "year": 2022,
        "review_id": 1,
    }


def test_no_address_shows_another_district(launched: Office) -> None:
    ids = prepare(launched)
    [row] = launched.world.rows("SELECT name FROM subjects WHERE id = :id", id=UNSAMPLED)
    secrets = (row["name"], UNSAMPLED, "秘密事由", f"{UNSAMPLED.lower()}")
    program, browser = launched.district(), launched.browser(SAMPLED.lower())
    paths = routes(launched)
    assert len(paths) > 30
    for path in paths:
        address = re.sub(r"\{(\w+)\}", lambda m: str(ids.get(m[1], "district-evaluation")), path)
        for query in ("", f"?subject_id={UNSAMPLED}"):
            answer = (program if path.startswith("/api/") else browser).get(address + query)
            assert answer.status_code in (200, 303, 403, 404, 422), (address, answer.text)
            if re.search(r"\{(case|document|letter|notice)_id\}", path):
                assert answer.status_code == 404, address
            for secret in secrets:
                assert secret not in answer.text, (address, secret)


def test_every_address_needs_a_session(launched: Office) -> None:
    stranger = launched.client()
    operations = launched.app.openapi()["paths"]
    for path, methods in operations.items():
        if path in ("/api/health", "/api/v1/sign-in", "/api/v1/processes/schema"):
            continue
        for method in methods:
            answer = stranger.request(method.upper(), re.sub(r"\{\w+\}", "1", path), json={})
            assert answer.status_code in (401, 422), (method, path, answer.status_code)
            if answer.status_code == 422:
                assert method == "post", "a body is read before the session is asked for"


def test_no_write_reaches_another_district(launched: Office) -> None:
    prepare(launched)
    before = launched.world.rows("SELECT count(*) AS n FROM events")
    program, path = launched.district(), launched.path(UNSAMPLED)
    version = launched.version(UNSAMPLED)
    reads = {"version": version, "reason": "x", "due_on": "2022-12-30", "stage": "self_evaluation"}
    bodies = {
        "acknowledge": {"version": version},
        "submit": {"version": version, "stage": "self_evaluation"},
        "complete": {"version": version, "stage": "self_evaluation", "outcome": "submitted"},
        "extensions": {key: reads[key] for key in ("version", "due_on", "reason")},
        "findings/plan": {"version": version, "measures": []},
        "findings/claim": {"version": version, "claims": []},
    }
    for deed, body in bodies.items():
        answer = program.post(f"{path}/{deed}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), (deed, answer.text)
    upload = program.post(f"{path}/documents", data={"deliverable": "x"}, files={"file": ("a.txt", b"a")})
    assert upload.status_code == 404
    contact = {"subject_id": UNSAMPLED, "position": "operator", "name": "冒名"}
    assert program.post("/api/v1/contacts", json=contact).status_code == 404
    [theirs, *_] = launched.world.rows("SELECT id FROM contacts WHERE subject_id = :s", s=UNSAMPLED)
    ended = program.post(f"/api/v1/contacts/{theirs['id']}/end", json={"last_day": "2022-09-01"})
    assert ended.status_code == 404
    assert launched.world.rows("SELECT count(*) AS n FROM events") == before


def test_a_district_is_not_shown_what_is_not_said_yet(launched: Office) -> None:
    launched.act(launched.coordinator, "measures", kind="talk", reason="拟约谈事由")
    launched.world.rows("SELECT 1")
    with launched.world.unit() as session:
        session.execute(text("UPDATE climbs SET status = status"))
    mine = launched.district().get(launched.path())
    assert mine.status_code == 200
    assert "拟约谈事由" not in mine.text
    assert mine.json()["talks"] == []
    assert "拟约谈事由" in launched.coordinator.get(launched.path()).text
    assert launched.district().get("/api/v1/talks").json()["total"] == 0
    todo = launched.district().get("/api/v1/todo").json()["items"]
    assert [line["talk_status"] for line in todo] == [None]
    assert todo[0]["if_late"]
    assert todo[0]["asks"].startswith("请签收")
