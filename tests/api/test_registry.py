"""The rosters for programs and in the browser; about persons only for those who need it."""

from __future__ import annotations

import io
import re

import pytest
from openpyxl import load_workbook

from casework.definitions import publish
from db.tables import User
from flows.district_evaluation import PROCESS
from process.vocabulary import Role, SubjectKind
from tests.api.conftest import HASH, Office
from tests.casework.test_registry import SCHOOLS, furnish, xlsx

DISTRICT, OTHER = "cq-500103", "cq-500231"


@pytest.fixture
def rosters(office: Office) -> Office:
    furnish(office.world)
    with office.world.unit() as session:
        person = User(username="sun", name="督学账号", role=Role.INSPECTOR, password_hash=HASH)
        session.add(person)
        session.flush()
        session.connection().exec_driver_sql("UPDATE inspectors SET user_id = %s WHERE number = 'DX001'", (person.id,))
    return office


def ids(office: Office, path: str, who: str = "coordinator") -> dict[str, str]:
    return {row["name"]: row["id"] for row in office.program(who).get(path).json()["items"]}


def test_a_table_is_previewed_and_taken_in(office: Office) -> None:
    program = office.coordinator
    file = {"file": ("学校.xlsx", xlsx(*SCHOOLS))}
    preview = program.post("/api/v1/registry/schools?dry_run=true", files=file)
    assert (preview.json()["added"], preview.json()["written"]) == (3, False)
    taken = program.post("/api/v1/registry/schools", files={"file": ("学校.xlsx", xlsx(*SCHOOLS))})
    assert (taken.status_code, taken.json()["written"]) == (200, True)
    wrong = xlsx(SCHOOLS[0], ["某校", "无此区", "小学", "", "", "", ""])
    refused = program.post("/api/v1/registry/schools", files={"file": ("学校.xlsx", wrong)})
    assert (refused.status_code, refused.json()["code"]) == (422, "roster_refused")
    assert "第2行「所在区县」" in refused.json()["detail"]
    assert program.post("/api/v1/registry/schools", files={"file": ("a.pdf", b"%PDF")}).status_code == 415
    for stranger in ("inspector", DISTRICT):
        denied = office.program(stranger).post("/api/v1/registry/schools", files={"file": ("a.csv", b"x")})
        assert denied.status_code == 403
    empty = program.get("/api/v1/registry/inspectors/template")
    assert load_workbook(io.BytesIO(empty.content)).sheetnames == ["督学和专家", "填写说明"]


def test_the_page_shows_a_preview_and_confirms_it(office: Office) -> None:
    browser = office.browser("coordinator")
    page = "/registry/import/schools"
    preview = browser.post(page, data={"how": "check"}, files={"file": ("学校.xlsx", xlsx(*SCHOOLS))}).text
    assert "预览：还没有写入" in preview
    assert "新增3" in preview
    kept = {name: re.search(f'name="{name}" value="([^"]*)"', preview)[1] for name in ("filename", "kept")}
    done = browser.post(page, data={**kept, "how": "write"})
    assert done.status_code == 303
    assert len(ids(office, "/api/v1/registry/schools")) == 3
    again = browser.post(page, data={"how": "check"}, files={"file": ("a.csv", "学校名称\n某校".encode())})
    assert again.status_code == 422
    assert "缺少列" in again.text
    wrong = xlsx(SCHOOLS[0], ["某校", "无此区", "某段", "", "", "", ""])
    assert "第2行「学段」" in browser.post(page, data={"how": "check"}, files={"file": ("a.xlsx", wrong)}).text
    assert "请选择文件" in browser.post(page, data={"how": "write"}).text


def test_schools_are_listed_cut_and_found(rosters: Office) -> None:
    assert set(ids(rosters, "/api/v1/registry/schools?district_id=CQ-500231")) == {"垫江丙中学"}
    assert set(ids(rosters, "/api/v1/registry/schools?stage=primary")) == {"渝中甲小学"}
    assert set(ids(rosters, "/api/v1/registry/schools?q=乙")) == {"渝中乙幼儿园"}
    assert set(ids(rosters, "/api/v1/registry/schools", DISTRICT)) == {"渝中甲小学", "渝中乙幼儿园"}
    assert set(ids(rosters, "/api/v1/registry/schools", "inspector")) == {row[0] for row in SCHOOLS[1:]}
    page = rosters.browser("coordinator").get("/registry/schools?district_id=CQ-500103&stage=primary").text
    assert "渝中甲小学" in page
    assert "垫江丙中学" not in page
    school = ids(rosters, "/api/v1/registry/schools")["渝中甲小学"]
    assert "张某" in rosters.browser(DISTRICT).get(f"/registry/schools/{school}").text
    assert "张某" not in rosters.browser("inspector").get(f"/registry/schools/{school}").text
    assert rosters.browser(OTHER).get(f"/registry/schools/{school}").status_code == 404
    added = {"subject_id": school, "position": "head", "name": "冯某", "back": f"/registry/schools/{school}"}
    answer = rosters.browser(DISTRICT).post("/contacts", data=added)
    assert answer.headers["location"] == f"/registry/schools/{school}"
    assert "冯某" in rosters.browser(DISTRICT).get(f"/registry/schools/{school}").text
    assert "冯某" not in rosters.browser("inspector").get(f"/registry/schools/{school}").text


def test_principals_are_for_those_who_need_them(rosters: Office) -> None:
    everybody = {"张某", "李某"}
    for who, wanted in (("coordinator", everybody), ("manager", everybody), ("administrator", everybody),
                        (DISTRICT, everybody), (OTHER, set()), ("inspector", set())):  # fmt: skip
        assert set(ids(rosters, "/api/v1/registry/principals", who)) == wanted, who
        page = rosters.browser(who).get("/registry/principals").text
        assert ("张某" in page) is bool(wanted), who
    principal = ids(rosters, "/api/v1/registry/principals")["张某"]
    for who, status in ((DISTRICT, 200), (OTHER, 404), ("inspector", 404)):
        assert rosters.program(who).get(f"/api/v1/registry/principals/{principal}").status_code == status
    found = rosters.program(DISTRICT).get(f"/api/v1/registry/principals/{principal}").json()
    assert [term["ordinal"] for term in found["terms"]] == [2, 1]


def test_inspectors_are_for_those_who_keep_the_roster_and_themselves(rosters: Office) -> None:
    known = ids(rosters, "/api/v1/registry/inspectors?q=孙")
    own = known["孙某"]
    for who, listed, one in (
        ("coordinator", 200, 200),
        ("sun", 403, 200),
        ("inspector", 403, 404),
        (DISTRICT, 403, 404),
    ):
        assert rosters.program(who).get("/api/v1/registry/inspectors").status_code == listed, who
        assert rosters.program(who).get(f"/api/v1/registry/inspectors/{own}").status_code == one, who
        assert rosters.browser(who).get(f"/registry/inspectors/{own}").status_code == one, who
    assert rosters.browser("sun").get("/registry").headers["location"] == f"/registry/inspectors/{own}"
    other = ids(rosters, "/api/v1/registry/inspectors?q=DX003")["周某"]
    assert rosters.program("sun").get(f"/api/v1/registry/inspectors/{other}").status_code == 404
    remarks = rosters.coordinator.get(f"/api/v1/registry/inspectors/{other}").json()["remarks"]
    assert remarks == ["未登记学历", "未登记教育工作年限", "未登记任期"]


def test_terms_are_entered_and_end_early(rosters: Office) -> None:
    principal = ids(rosters, "/api/v1/registry/principals")["李某"]
    term = {"subject_id": principal, "starts_on": "2024-09-01", "ends_on": "2027-08-31", "ordinal": 2}
    assert rosters.program(OTHER).post("/api/v1/registry/terms", json=term).status_code == 404
    assert rosters.program("inspector").post("/api/v1/registry/terms", json=term).status_code == 404
    early = rosters.coordinator.post("/api/v1/registry/terms", json={**term, "starts_on": "2024-08-01"})
    assert (early.status_code, early.json()["field"]) == (409, "starts_on")
    assert rosters.program(DISTRICT).post("/api/v1/registry/terms", json=term).status_code == 201
    [first] = [t for t in rosters.coordinator.get(f"/api/v1/registry/principals/{principal}").json()["terms"]
               if t["ordinal"] == 1]  # fmt: skip
    path = f"/api/v1/registry/terms/{first['id']}/end"
    left = {"ended_on": "2022-08-20", "reason": "交流轮岗"}
    assert rosters.program(OTHER).post(path, json=left).status_code == 404
    assert rosters.coordinator.post(path, json={**left, "ended_on": "2025-01-01"}).status_code == 422
    assert rosters.coordinator.post(path, json=left).status_code == 200
    assert rosters.coordinator.post(path, json=left).status_code == 409
    page = rosters.browser(DISTRICT).get(f"/registry/principals/{principal}").text
    assert "2022-08-20离任（交流轮岗）" in page
    failed = rosters.browser("coordinator").post(
        "/registry/terms", data={"subject_id": principal, "starts_on": "2024-10-01", "ends_on": "2025-01-01"}
    )
    assert failed.status_code == 409
    assert "重叠" in failed.text
    assert 'value="2024-10-01"' in failed.text


def test_what_ends_soon_is_listed_until_it_is_followed(rosters: Office) -> None:
    """On 2022-09-01: the first term of 张某 has its successor; 李某's and 孙某's run on."""
    rosters.world.now = rosters.world.at(rosters.world.now.date().replace(year=2024, month=6))
    coordinator = rosters.coordinator.get("/api/v1/registry/terms/expiring").json()["items"]
    assert [(row["person"], row["ends_on"]) for row in coordinator] == [("孙某", "2024-06-30"), ("李某", "2024-08-31")]
    district = rosters.program(DISTRICT).get("/api/v1/registry/terms/expiring").json()["items"]
    assert [row["person"] for row in district] == ["李某"]
    assert rosters.program(OTHER).get("/api/v1/registry/terms/expiring").json()["items"] == []
    assert [row["person"] for row in rosters.program("sun").get("/api/v1/registry/terms/expiring").json()["items"]] == [
        "孙某"
    ]
    assert "李某" in rosters.browser("coordinator").get("/registry/expiring?who=principals").text


def test_training_and_schools_are_entered_on_the_inspectors_page(rosters: Office) -> None:
    own = ids(rosters, "/api/v1/registry/inspectors?q=孙")["孙某"]
    browser, page = rosters.browser("coordinator"), f"/registry/inspectors/{own}"
    training = {"title": "示范培训", "held_on": "2022-05-20", "hours": "24", "before_service": "false"}
    assert browser.post(f"{page}/trainings", data=training).status_code == 303
    assert browser.post(f"{page}/trainings", data=training).status_code == 409
    school = ids(rosters, "/api/v1/registry/schools")["渝中甲小学"]
    assert "渝中甲小学" in browser.get(f"{page}?school=甲").text
    assigned = {"school_ids": school, "from_day": "2022-09-01"}
    assert browser.post(f"{page}/schools", data=assigned).status_code == 303
    assert browser.post(f"{page}/schools", data={"from_day": "2022-09-01"}).status_code == 422
    file = rosters.coordinator.get(f"/api/v1{page}").json()
    assert (file["inspector"]["hours"], [row["school"] for row in file["schools"]]) == (24, ["渝中甲小学"])
    assert any("3至5所" in remark for remark in file["remarks"])
    denied = rosters.program("sun").post(f"/api/v1{page}/trainings", json={**training, "hours": 1})
    assert denied.status_code == 403
    released = {"school_id": school, "last_day": "2022-09-30"}
    assert browser.post(f"{page}/schools/release", data=released).status_code == 303
    assert browser.post(f"{page}/schools/release", data=released).status_code == 404


def test_a_round_is_launched_over_described_subjects(rosters: Office) -> None:
    world = rosters.world
    rows = [[f"渝中学校{n}", "渝中区", "初中" if n % 2 else "小学", n] for n in range(240)]
    content = xlsx(["学校", "区县", "学段", "学生数"], *rows)
    assert rosters.coordinator.post("/api/v1/registry/schools", files={"file": ("a.xlsx", content)}).status_code == 200
    of = {"name": "test-schools", "title": "学校督导", "subjects": SubjectKind.SCHOOL}
    with world.unit() as session:
        publish(session, [PROCESS.model_copy(update=of)], world.now)
    browser = rosters.browser("coordinator")
    form = browser.get("/rounds?process=test-schools").text
    assert "学校242个" in form
    assert 'name="subject_ids"' not in form
    given = {
        "process_name": "test-schools",
        "year": "2022",
    }

    def launched(title: str, **more: object) -> int:
        answer = browser.post("/rounds", data={**given, "title": title, **more})
        assert answer.status_code == 303, answer.text
        [row] = world.rows(
            "SELECT count(*) AS n FROM cases c JOIN rounds r ON r.id = c.round_id WHERE r.title = :t", t=title
        )
        return int(row["n"])

    assert launched("全部", whom="all") == 242
    assert launched("渝中初中", whom="described", districts="CQ-500103", stage="junior") == 120
    assert launched("两所", whom="chosen", names="渝中甲小学\n垫江丙中学\n") == 2
    wrong = browser.post("/rounds", data={**given, "title": "错", "whom": "chosen", "names": "渝中甲小学\n无此校"})
    assert wrong.status_code == 422
    assert "：无此校" in wrong.text
    assert "渝中甲小学\n无此校" in wrong.text.replace("\r", "")
