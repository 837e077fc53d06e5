"""What must be refused: with which status, code and field, and with nothing half-written."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from casework.accounts import sign_in
from casework.roster import add_inspector
from db.tables import Round, Subject
from flows.district_evaluation import PROCESS
from process.vocabulary import RecusalGround, SubjectKind
from tests.api.conftest import SAMPLED, UNSAMPLED, Office

TABLES = (
    "rounds", "cases", "work_items", "events", "notices", "deliveries", "documents", "submissions", "findings",
    "letters", "extensions", "talks", "climbs", "team_members", "draws", "users", "contacts",
)  # fmt: skip
LAUNCH = {
    "process_name": "district-evaluation",
    "title": "轮次",
    "year": 2022,
    "subject_ids": [SAMPLED],
}


def counts(office: Office) -> dict[str, int]:
    return {table: office.world.rows(f"SELECT count(*) AS n FROM {table}")[0]["n"] for table in TABLES}


def refused(office: Office, answer: Any, status: int, code: str, field: str | None, before: dict[str, int]) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["code"], problem["field"], problem["status"]) == (code, field, status)
    assert problem["type"] == f"/errors/{code}"
    assert any("\u4e00" <= letter <= "\u9fff" for letter in problem["title"])
    assert counts(office) == before, "nothing is half-written"


@pytest.mark.parametrize(
    ("change", "status", "code", "field"),
    [
        ({"subject_ids": []}, 422, "no_subjects", "subject_ids"),
        ({"subject_ids": ["CQ-NOWHERE"]}, 422, "expired_subject", "subject_ids"),
        ({"subject_ids": ["CQ-EXPIRED", SAMPLED]}, 422, "expired_subject", "subject_ids"),
        ({"subject_ids": [SAMPLED, SAMPLED]}, 422, "invalid_input", "subject_ids"),
        ({"title": " "}, 422, "invalid_input", "title"),
        ({"year": 22}, 422, "invalid_input", "year"),
        ({"year": "二〇二二"}, 422, "invalid_input", "year"),
        ({"days": {"nonsense": 3}}, 422, "invalid_input", "days"),
        ({"days": {"self_evaluation": 0}}, 422, "invalid_input", "days"),
        ({"process_name": "unknown"}, 404, "not_found", "process_name"),
        ({"surplus": 1}, 422, "invalid_input", "surplus"),
    ],
)
def test_launching_wrongly(office: Office, change: dict[str, Any], status: int, code: str, field: str) -> None:
    with office.world.unit() as session:
        session.add(Subject(id="CQ-EXPIRED", kind=SubjectKind.DISTRICT, name="旧区", valid_to=date(2021, 12, 31)))
    coordinator, before = office.coordinator, counts(office)
    answer = coordinator.post("/api/v1/rounds", json={**LAUNCH, **change})
    refused(office, answer, status, code, field, before)


def test_launching_twice(office: Office) -> None:
    assert office.coordinator.post("/api/v1/rounds", json=LAUNCH).status_code == 201
    before = counts(office)
    refused(office, office.coordinator.post("/api/v1/rounds", json=LAUNCH), 409, "conflict", "title", before)


def test_drawing_too_many(launched: Office) -> None:
    path = f"/api/v1/rounds/{launched.world.round_id}/draw"
    coordinator, before = launched.coordinator, counts(launched)
    body = {"seed": "1", "witness": "监督人", "size": 3}
    refused(launched, coordinator.post(path, json=body), 422, "sample_too_large", "size", before)
    refused(launched, coordinator.post(path, json={**body, "witness": ""}), 422, "invalid_input", "witness", before)
    assert coordinator.post(path, json={**body, "size": 1}).status_code == 201
    before = counts(launched)
    refused(launched, coordinator.post(path, json={**body, "size": 1}), 409, "sample_already_drawn", None, before)


def test_submitting_without_deliverables_twice_and_stale(launched: Office) -> None:
    district, path = launched.district(), launched.path()
    launched.act(district, "acknowledge")
    version = launched.version()
    before = counts(launched)
    body = {"version": version, "stage": "self_evaluation"}
    refused(launched, district.post(f"{path}/submit", json=body), 422, "missing_deliverable", "deliverables", before)
    refused(launched, district.post(f"{path}/submit", json={"stage": "x"}), 422, "invalid_input", "version", before)
    launched.hand_in(district, "self_evaluation_report")
    launched.hand_in(district, "evidence_index")
    assert district.post(f"{path}/submit", json=body).status_code == 200
    before = counts(launched)
    refused(launched, district.post(f"{path}/submit", json=body), 409, "stale_version", None, before)
    again = {**body, "version": launched.version()}
    refused(launched, district.post(f"{path}/submit", json=again), 409, "wrong_stage", None, before)


def test_wrong_role_wrong_outcome_and_after_the_end(launched: Office) -> None:
    coordinator, district, path = launched.coordinator, launched.district(), launched.path()
    before, version = counts(launched), {"version": launched.version()}
    refused(launched, coordinator.post(f"{path}/acknowledge", json=version), 403, "not_allowed", None, before)
    refused(
        launched,
        district.post(f"{path}/withdraw", json={**version, "reason": "不想"}),
        403,
        "not_allowed",
        None,
        before,
    )
    refused(
        launched,
        coordinator.post(f"{path}/close", json={**version, "reason": " "}),
        422,
        "invalid_input",
        "reason",
        before,
    )
    body = {**version, "stage": "acknowledgement", "outcome": "nonsense"}
    refused(launched, district.post(f"{path}/complete", json=body), 422, "unknown_outcome", "outcome", before)
    launched.act(coordinator, "withdraw", reason="机构撤并")
    before, version = counts(launched), {"version": launched.version()}
    refused(launched, district.post(f"{path}/acknowledge", json=version), 409, "case_not_open", None, before)
    upload = district.post(f"{path}/documents", data={"deliverable": "x"}, files={"file": ("a.txt", b"a")})
    refused(launched, upload, 409, "case_not_open", None, before)


def test_extending_wrongly(launched: Office) -> None:
    district, path = launched.district(), launched.path()
    before = counts(launched)
    body = {"version": 1, "due_on": "2022-09-09", "reason": "人手不足"}
    sunday = {**body, "due_on": "2022-09-18"}
    refused(launched, district.post(f"{path}/extensions", json=sunday), 422, "invalid_extension", "due_on", before)
    early = {**body, "due_on": "2022-09-05"}
    refused(launched, district.post(f"{path}/extensions", json=early), 422, "invalid_extension", "due_on", before)
    garbled = {**body, "due_on": "下周五"}
    refused(launched, district.post(f"{path}/extensions", json=garbled), 422, "invalid_input", "due_on", before)
    assert district.post(f"{path}/extensions", json=body).status_code == 201
    before = counts(launched)
    refused(launched, district.post(f"{path}/extensions", json=body), 409, "conflict", None, before)
    launched.world.now = launched.world.at(launched.world.now.date().replace(day=8))
    late = {**body, "due_on": "2022-09-30"}
    other = f"{launched.path(UNSAMPLED)}/extensions"
    refused(launched, launched.district(UNSAMPLED).post(other, json=late), 409, "extension_too_late", None, before)


def test_composing_a_team_wrongly(launched: Office) -> None:
    world = launched.world
    coordinator, path = launched.coordinator, launched.path()
    with world.unit() as session:
        tied = add_inspector(session, name="当地人", ties=[(SAMPLED, RecusalGround.STAFF, None)]).id
    before = counts(launched)

    def compose(*ids: int | None) -> Any:
        members = [{"inspector_id": n, "role": "leader" if n == ids[0] else "member"} for n in ids]
        return coordinator.post(f"{path}/team", json={"version": 1, "members": members})

    first, second, third = world.inspectors[:3]
    refused(launched, compose(first, second), 422, "team_too_small", "members", before)
    answer = compose(first, second, tied)
    refused(launched, answer, 422, "recusal_required", "members", before)
    assert "当地人" in answer.json()["detail"]
    refused(launched, compose(first, second, 999_999), 404, "not_found", "members", before)
    refused(launched, compose(first, second, third), 409, "wrong_stage", None, before)


def test_a_definition_with_an_unreachable_stage(office: Office) -> None:
    coordinator, before = office.coordinator, counts(office)
    definition = PROCESS.model_dump(mode="json")
    assert coordinator.post("/api/v1/processes/check", json=definition).status_code == 200
    island = {**definition["stages"][0], "key": "island"}
    answer = coordinator.post("/api/v1/processes/check", json={**definition, "stages": [*definition["stages"], island]})
    assert answer.status_code == 422, answer.text
    assert answer.json()["code"] == "invalid_definition"
    assert "island 无法到达" in answer.json()["detail"]
    nothing = coordinator.post("/api/v1/processes/check", json={})
    assert (nothing.status_code, nothing.json()["field"]) == (422, "name")
    assert counts(office) == before


@pytest.mark.parametrize(
    ("name", "content", "status", "code"),
    [
        ("大.txt", b"x" * (1024 * 1024 + 1), 413, "file_too_large"),
        ("巨.txt", b"x" * (3 * 1024 * 1024), 413, "file_too_large"),
        ("程序.exe", b"MZ", 415, "forbidden_file_type"),
        ("假.pdf", b"<html>", 415, "forbidden_file_type"),
        ("空.txt", b"", 422, "invalid_input"),
    ],
)
def test_forbidden_files(launched: Office, name: str, content: bytes, status: int, code: str) -> None:
    district = launched.district()
    launched.act(district, "acknowledge")
    before = counts(launched)
    answer = district.post(
        f"{launched.path()}/documents", data={"deliverable": "evidence_index"}, files={"file": (name, content)}
    )
    refused(launched, answer, status, code, "file", before)


def test_bad_mail_addresses_and_accounts(office: Office) -> None:
    administrator = office.administrator
    before = counts(office)
    contact = {"subject_id": SAMPLED, "position": "operator", "name": "张三", "email": "zhang san@"}
    answer = office.coordinator.post("/api/v1/contacts", json=contact)
    before = counts(office)
    refused(office, answer, 422, "invalid_mail_address", "email", before)
    user = {"username": "u", "name": "甲", "role": "inspector", "password": "12345678", "email": "nobody"}
    refused(office, administrator.post("/api/v1/users", json=user), 422, "invalid_mail_address", "email", before)
    user["email"] = "a@b.example"
    short = {**user, "password": "1"}
    refused(office, administrator.post("/api/v1/users", json=short), 422, "invalid_input", "password", before)
    taken = {**user, "username": "manager"}
    refused(office, administrator.post("/api/v1/users", json=taken), 409, "conflict", "username", before)
    nobody = {**user, "role": "king"}
    refused(office, administrator.post("/api/v1/users", json=nobody), 422, "invalid_input", "role", before)
    homeless = {**user, "role": "district"}
    refused(office, administrator.post("/api/v1/users", json=homeless), 422, "invalid_input", "subject_id", before)
    refused(office, office.coordinator.post("/api/v1/users", json=user), 403, "not_allowed", None, before)


def test_bots_of_other_kinds_are_refused_and_allowed_ones_are_kept_secret(office: Office) -> None:
    contact = {"subject_id": SAMPLED, "position": "operator", "name": "张三"}
    user = {"username": "u", "name": "甲", "role": "manager", "password": "12345678"}
    before = counts(office)
    for address in ("file:///etc/passwd", "mailto://user:pass@example.com", "wecombot", "json://127.0.0.1"):
        for client, path, body in (
            (office.coordinator, "contacts", contact), (office.administrator, "users", user)
        ):  # fmt: skip
            answer = client.post(f"/api/v1/{path}", json={**body, "bot_url": address})
            refused(office, answer, 422, "invalid_input", "bot_url", before)
    kept = {"bot_url": "wecombot://botkey", "phone": "13800138000"}
    assert office.coordinator.post("/api/v1/contacts", json={**contact, **kept}).status_code == 201
    assert office.administrator.post("/api/v1/users", json={**user, **kept}).status_code == 201
    for table in ("contacts", "users"):
        assert office.world.rows(f"SELECT phone FROM {table} WHERE bot_url = 'wecombot://botkey'")
    for path in (f"contacts?subject_id={SAMPLED}", "users"):
        assert "botkey" not in office.administrator.get(f"/api/v1/{path}").text


def test_findings_name_their_line(launched: Office) -> None:
    launched.world.rows("SELECT 1")
    path, coordinator, district = launched.path(), launched.coordinator, launched.district()
    before = counts(launched)
    body = {"version": 1, "findings": [{"description": "问题一"}]}
    refused(launched, coordinator.post(f"{path}/findings", json=body), 409, "wrong_stage", None, before)
    refused(launched, district.post(f"{path}/findings", json=body), 403, "not_allowed", None, before)
    bad = {"version": 1, "findings": [{"description": "问题一"}, {"description": ""}]}
    answer = coordinator.post(f"{path}/findings", json=bad)
    refused(launched, answer, 422, "invalid_input", "findings.1.description", before)


def test_nonsense(launched: Office) -> None:
    coordinator, before = launched.coordinator, counts(launched)
    headers = {"content-type": "application/json"}
    path = f"{launched.path()}/acknowledge"
    refused(launched, coordinator.post(path, content=b"{", headers=headers), 422, "invalid_input", "1", before)
    refused(launched, coordinator.get("/api/v1/nothing"), 404, "not_found", None, before)
    refused(launched, coordinator.delete("/api/v1/rounds"), 405, "method_not_allowed", None, before)
    refused(launched, coordinator.get("/api/v1/cases/abc"), 422, "invalid_input", "case_id", before)
    refused(launched, coordinator.get("/api/v1/queue?limit=201"), 422, "invalid_input", "limit", before)
    refused(launched, coordinator.get("/api/v1/cases/99999999999999999999"), 404, "not_found", None, before)
    nul = coordinator.post(f"{launched.path()}/withdraw", json={"version": 1, "reason": "空\x00字符"})
    refused(launched, nul, 422, "invalid_input", None, before)
    refused(launched, launched.client().get("/api/v1/me"), 401, "not_signed_in", None, before)
    assert launched.client().get("/nothing").status_code == 404


def test_guessing_passwords_is_slowed_down(office: Office) -> None:
    client = office.client()
    guess = {"username": "manager", "password": "guess"}
    codes = [client.post("/api/v1/sign-in", json=guess).json()["code"] for _ in range(11)]
    assert codes == ["wrong_credentials"] * 10 + ["too_many_attempts"]


def test_sessions_end(office: Office) -> None:
    program = office.program("manager")
    assert program.get("/api/v1/me").json()["role_title"] == "督导室负责人"
    assert program.post("/api/v1/sign-out").status_code == 204
    assert program.get("/api/v1/me").status_code == 401
    with office.world.unit() as session:
        token, _ = sign_in(session, office.world.now, "coordinator", "yige-hao-mima", 12)
    program.headers["authorization"] = f"Bearer {token}"
    assert program.get("/api/v1/me").status_code == 200
    [user] = office.world.rows("SELECT id FROM users WHERE username = 'coordinator'")
    assert office.administrator.post(f"/api/v1/users/{user['id']}/deactivate").status_code == 200
    assert program.get("/api/v1/me").status_code == 401


def test_an_unexpected_error_is_a_problem_too(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("secret")

    monkeypatch.setattr("api.v1.rounds.find_rounds", broken)
    answer = office.coordinator.get("/api/v1/rounds")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "secret" not in answer.text


def test_a_failed_commit_is_an_error(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the database refuses at commit must not have been answered with success."""

    def half(session: Any, actor: Any, now: Any, **kwargs: Any) -> Round:
        session.execute(
            text(
                "INSERT INTO rounds (process_name, process_version, title, year, definition, status, coordinator_id, "
                "launched_at, launched_by) SELECT name, version, 'x', 2022, definition, 'open', :u, :now, :u "
                "FROM process_definitions"
            ),
            {"u": actor.user_id, "now": now},
        )
        [id_] = session.execute(text("SELECT max(id) FROM rounds")).scalars()
        session.execute(
            text(
                "INSERT INTO cases (round_id, subject_id, year, status, stage, work_item_id, version, opened_at) "
                "VALUES (:id, :s, 2022, 'open', 'x', 1, 1, :now)"
            ),
            {"id": id_, "s": SAMPLED, "now": now},
        )
        return Round(id=id_)

    monkeypatch.setattr("api.v1.rounds.launch", half)
    before = counts(office)
    answer = office.coordinator.post("/api/v1/rounds", json=LAUNCH)
    assert answer.status_code == 500
    assert counts(office) == before
