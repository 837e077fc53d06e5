"""What the application says of itself."""

from __future__ import annotations

from tests.api.conftest import Office


def test_health_needs_no_session(office: Office) -> None:
    answer = office.client().get("/api/health")
    assert answer.status_code == 200, answer.text
    assert answer.json()["database"] is True
    assert answer.json()["revision"] == answer.json()["expected"]


def test_every_operation_is_described_in_chinese(office: Office) -> None:
    document = office.client().get("/api/openapi.json").json()
    assert document["info"]["title"] == "督导"
    tags = {tag["name"] for tag in document["tags"]}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation.get("description"), (method, path)
            assert any("\u4e00" <= letter <= "\u9fff" for letter in operation["summary"])
            assert set(operation["tags"]) <= tags
            if path.startswith("/api/v1") and path != "/api/v1/processes/schema":
                assert "401" in operation["responses"]


def test_bodies_carry_examples(office: Office) -> None:
    schemas = office.app.openapi()["components"]["schemas"]
    for name in ("LaunchBody", "DrawBody", "Submitted", "LetterBody", "ExtensionBody", "UserBody"):
        required = schemas[name]["required"]
        assert all("examples" in schemas[name]["properties"][field] for field in required), name


def test_answers_carry_their_guards(office: Office) -> None:
    answer = office.client().get("/sign-in")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert office.client().get("/static/dudao.css").status_code == 200
