"""Indicator sets and values over HTTP: the pages and the JSON, for the office and for a district."""

from __future__ import annotations

import io

import pytest
from bs4 import BeautifulSoup
from openpyxl import load_workbook

from casework.definitions import publish
from casework.launch import launch
from process.indicator_sets import BALANCED_EDUCATION, DISTRICT_EVALUATION
from process.indicators import Level
from process.vocabulary import SchoolStage
from tests.api.conftest import SAMPLED, UNSAMPLED, Office
from tests.casework.test_indicators import gated
from tests.schooled import DISTRICT, OTHER, add_school, good, table

SETS = "/api/v1/indicator-sets"
BALANCED = f"{SETS}/balanced-education"
YEAR = {"year": 2022}
OWN = good(BALANCED_EDUCATION, Level.DISTRICT)
SCHOOL = good(BALANCED_EDUCATION, Level.SCHOOL, SchoolStage.PRIMARY)
assert (DISTRICT, OTHER) == (UNSAMPLED, SAMPLED)


@pytest.fixture
def measured(office: Office) -> Office:
    """Two schools, of which one is short, and a case that is gated by the set."""
    with office.world.unit() as session:
        add_school(session, "S1", name="甲小学")
        add_school(session, "S2", name="乙小学")
        publish(session, [gated()], office.world.now)
        opened = launch(
            session,
            office.world.coordinator,
            office.world.now,
            process_name="gated",
            title="监测",
            year=2022,
            subject_ids=[DISTRICT, OTHER],
        )
        office.world.round_id = opened.id or 0
    return office


def send(office: Office, who: str, content: bytes, **more: object) -> dict:
    answer = office.program(who).post(
        f"{BALANCED}/values", params={**YEAR, **more}, files={"file": ("a.xlsx", content)}
    )
    return {"status": answer.status_code, **answer.json()}


def test_sets_say_what_is_not_verified(office: Office) -> None:
    found = {row["name"]: row for row in office.district().get(SETS).json()}
    assert set(found) == {"balanced-education", "preschool-inclusion", "district-evaluation"}
    assert 0 < found["balanced-education"]["unverified"] < found["balanced-education"]["indicators"]
    one = office.coordinator.get(BALANCED).json()
    assert {row["key"] for row in one["indicators"] if not row["verified"]} >= {"B8", "V4"}
    assert office.coordinator.get(f"{SETS}/none").status_code == 404
    page = office.browser("coordinator").get("/indicators/balanced-education").text
    soup = BeautifulSoup(page, "html.parser")
    rows = {row.th.get_text(): row.get_text() for row in soup.select("tbody tr") if row.th}
    assert "待核实" in rows["B8"]
    assert "待核实" not in rows["A1"]
    assert "小学不低于4.2人；初中不低于5.3人" in rows["A1"]


def test_a_district_uploads_and_sees_only_itself(measured: Office) -> None:
    content = table({DISTRICT: OWN, "S1": SCHOOL, "S2": {**SCHOOL, "A1": 3, "A2": 0.1}})
    dry = send(measured, UNSAMPLED.lower(), content, dry_run=True)
    assert (dry["status"], dry["written"], dry["values"], dry["problem_count"]) == (200, False, 45, 0)
    assert send(measured, UNSAMPLED.lower(), content)["written"]
    refused = send(measured, SAMPLED.lower(), content)
    assert (refused["status"], refused["code"], refused["field"]) == (422, "values_refused", "file")
    assert "数据!A2" in refused["detail"]

    district = measured.district(UNSAMPLED)
    standings = district.get(f"{BALANCED}/standings", params=YEAR).json()
    assert [row["subject_id"] for row in standings["items"]] == [UNSAMPLED]
    assert measured.coordinator.get(f"{BALANCED}/standings", params=YEAR).json()["total"] == 41
    result = district.get(f"{BALANCED}/results/{UNSAMPLED}", params=YEAR).json()
    assert result["standing"]["verdict"] == "short"
    assert result["standing"]["schools_short"] == 1
    short = [row for row in result["required"] if row["verdict"] == "short"]
    assert {(row["requires"], row["key"]) for row in short} == {("difference", "A2"), ("schools", "")}
    schools = district.get(f"{BALANCED}/results/{UNSAMPLED}/schools", params=YEAR).json()
    assert [(row["name"], row["short_of"], row["under"]) for row in schools["items"]] == [
        ("乙小学", ["A1", "A2"], ["A1", "A2"]), ("甲小学", [], []),
    ]  # fmt: skip
    for path in (f"{BALANCED}/results/{SAMPLED}", f"{BALANCED}/results/{SAMPLED}/schools"):
        assert district.get(path, params=YEAR).status_code == 404
    assert measured.browser(UNSAMPLED.lower()).get(f"/indicators/balanced-education/2022/{SAMPLED}").status_code == 404
    uploads = measured.district(SAMPLED).get(f"{BALANCED}/uploads", params=YEAR).json()
    assert uploads["total"] == 0
    sheet = load_workbook(io.BytesIO(district.get(f"{BALANCED}/table", params={**YEAR, "subject_id": SAMPLED}).content))
    assert [row[0].value for row in sheet["区县"].iter_rows(min_row=2)] == [UNSAMPLED], "its own, whatever it asks for"


def test_the_pages_of_a_year(measured: Office) -> None:
    send(measured, "coordinator", table({DISTRICT: OWN, "S1": SCHOOL, "S2": {**SCHOOL, "A1": 3, "A2": 0.1}}))
    for who in ("coordinator", "manager", "inspector", "administrator", UNSAMPLED.lower()):
        browser = measured.browser(who)
        listed = browser.get("/indicators")
        assert "/indicators/balanced-education/2022" in listed.text
        year = browser.get("/indicators/balanced-education/2022")
        assert year.status_code == 200
        assert ("检查并写入" in year.text) is (who not in ("inspector", "administrator"))
        soup = BeautifulSoup(year.text, "html.parser")
        assert soup.find("a", href=f"/indicators/balanced-education/2022/{UNSAMPLED}")
        assert bool(soup.find("a", href=f"/indicators/balanced-education/2022/{SAMPLED}")) is (who != UNSAMPLED.lower())
        result = browser.get(f"/indicators/balanced-education/2022/{UNSAMPLED}")
        assert "校际差异系数" in result.text
        assert "A1（低于下限）" in BeautifulSoup(result.text, "html.parser").get_text()
        labelled = {label.get("for") for label in soup.find_all("label")}
        for control in soup.select("main input:not([type=hidden]), main select, main textarea"):
            assert control.get("id") in labelled or control.get("aria-label"), control
        ids = [tag["id"] for tag in BeautifulSoup(year.text + result.text, "html.parser").select("main [id]")]
        assert len(ids) == len(set(ids))
    assert measured.browser("coordinator").get("/indicators/district-evaluation/2022").status_code == 200
    assert measured.browser("coordinator").get("/indicators/preschool-inclusion/1999").status_code == 422


def test_the_form_previews_refuses_and_takes(measured: Office) -> None:
    browser = measured.browser(UNSAMPLED.lower())
    path = "/indicators/balanced-education/2022"
    good_one = ("数据.xlsx", table({DISTRICT: OWN}))
    bad_one = ("数据.xlsx", table({DISTRICT: {**OWN, "D1": 186}}))
    checked = browser.post(path, data={"deed": "check"}, files={"file": good_one})
    assert checked.status_code == 200
    assert "检查通过，数据还没有写入" in checked.text
    refused = browser.post(path, data={"deed": "take"}, files={"file": bad_one})
    assert refused.status_code == 422
    assert "有1处须改正" in refused.text
    assert "超出合理范围" in refused.text
    nothing = browser.post(path, data={"deed": "take"})
    assert nothing.status_code == 422
    assert "请选择文件" in nothing.text
    assert not measured.world.rows("SELECT FROM indicator_values")
    taken = browser.post(path, data={"deed": "take"}, files={"file": good_one})
    assert (taken.status_code, taken.headers["location"]) == (303, path)
    assert "数据.xlsx" in browser.get(path).text


def test_proposed_problems_are_taken_over_on_the_case_page(measured: Office) -> None:
    send(measured, "coordinator", table({DISTRICT: {**OWN, "C1": 90, "V1": 0}}))
    case = measured.path(UNSAMPLED)
    shown = measured.coordinator.get(f"{case}/findings/proposed").json()
    assert [row["indicator"] for row in shown] == ["C1", "V1"]
    assert measured.district(UNSAMPLED).get(f"{case}/findings/proposed").status_code == 403
    page = measured.browser("coordinator").get(f"/cases/{measured.case_id(UNSAMPLED)}")
    assert "监测显示的问题（2）" in page.text
    assert f"/indicators/balanced-education/2022/{UNSAMPLED}" in page.text
    assert "有2项指标没有达标" in page.text or "还有7项指标没有数据" in page.text, "why the gate is shut"
    form = {
        "version": measured.version(UNSAMPLED), "take_1": "yes", "indicator_1": "C1", "school_1": "",
        "description_1": "初中流失较多",
    }  # fmt: skip
    path = f"/cases/{measured.case_id(UNSAMPLED)}/take-over"
    empty = measured.browser("coordinator").post(path, data={"version": form["version"]})
    assert (empty.status_code, "没有选定问题" in empty.text) == (422, True)
    assert measured.browser("coordinator").post(path, data=form).status_code == 303
    rest = measured.act(measured.coordinator, "findings/take-over", UNSAMPLED)
    assert len(rest["created"]) == 1
    again = measured.coordinator.post(f"{case}/findings/take-over", json={"version": measured.version(UNSAMPLED)})
    assert again.status_code == 422
    findings = measured.coordinator.get(case).json()["findings"]
    assert [(row["indicator"], row["description"], row["severity"]) for row in findings] == [
        ("C1", "初中流失较多", "ordinary"), ("V1", "未达到「不存在以考试方式招生」的要求", "grave"),
    ]  # fmt: skip
    history = measured.browser("coordinator").get(f"/cases/{measured.case_id(UNSAMPLED)}").text
    assert "上传监测数据" in history


def test_scores_are_shown_with_their_place(office: Office) -> None:
    full = good(DISTRICT_EVALUATION, Level.DISTRICT)
    answer = office.coordinator.post(
        f"{SETS}/district-evaluation/values",
        params=YEAR,
        files={"file": ("a.xlsx", table({DISTRICT: full, OTHER: {**full, "A1": 0}}, DISTRICT_EVALUATION))},
    )
    assert answer.status_code == 200, answer.text
    items = office.coordinator.get(f"{SETS}/district-evaluation/standings", params=YEAR).json()["items"]
    assert [(row["subject_id"], row["score"], row["rank"]) for row in items[:2]] == [(DISTRICT, 100, 1), (OTHER, 92, 2)]
    text = office.browser("coordinator").get(f"/indicators/district-evaluation/2022/{OTHER}").text
    assert "92.0 / 100" in text
