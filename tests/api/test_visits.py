"""Monthly visits by form and by program: who sees what, writing down, lists, the school calendar."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from openpyxl import Workbook, load_workbook
from sqlalchemy import text

from casework.visits_import import COLUMNS, DAY, HAZARD, INSPECTOR, MONTH, SCHOOL
from casework.visits_matrix import make_month
from tests.api.conftest import HASH, Office
from tests.api.test_statements import counted
from tests.schools import DISTRICT, OTHER, Schools

SEPTEMBER = date(2022, 9, 1)


@pytest.fixture
def schools(office: Office) -> Schools:
    """Two districts with schools, their inspectors, and September's matrix, on the 14th."""
    world = office.world
    world.now = world.at(date(2022, 9, 14), 10)
    made = Schools(world)
    here, _ = made.inspector("duxue")
    there, _ = made.inspector("lingyi")
    made.add(DISTRICT, 3, inspector=here)
    made.add(OTHER, 2, inspector=there)
    made.add(OTHER, 1)
    with world.unit() as session:
        session.execute(text("UPDATE users SET password_hash = :hash"), {"hash": HASH})
        session.execute(text("UPDATE inspectors SET name = '督学甲' WHERE id = :id"), {"id": here})
        make_month(session, world.coordinator, world.now, SEPTEMBER)
    return made


def visit(school: str, **more: Any) -> dict[str, Any]:
    return {"school_id": school, "visited_on": "2022-09-14", "checked": {"homework": {"look": "fine"}}, **more}


ADMIN, OWN = "administrator", DISTRICT.lower()
PAGES = {
    "/visits": {"coordinator": 200, "manager": 200, ADMIN: 200, OWN: 200, "inspector": 303, "duxue": 303},
    f"/visits?district_id={OTHER}": {"coordinator": 200, OWN: 200},
    "/visits/missing": {"coordinator": 200, OWN: 200, "duxue": 403},
    "/visits/terms": {"coordinator": 200, OWN: 200, "duxue": 403},
    "/visits/mine": {"duxue": 200, "inspector": 200, "coordinator": 403, OWN: 403},
    f"/visits/schools/{DISTRICT}-S001": {"coordinator": 200, OWN: 200, "duxue": 200, "lingyi": 404, "inspector": 404},
    f"/visits/schools/{DISTRICT}-S001/new": {"duxue": 200, OWN: 200, ADMIN: 403},
    f"/visits/schools/{OTHER}-S001": {"coordinator": 200, OWN: 404, "duxue": 404},
    "/visits/import": {"coordinator": 200, OWN: 200, "duxue": 200, ADMIN: 403},
    "/visits/list.xlsx": {"coordinator": 200, OWN: 200, "duxue": 403},
    "/school-calendar": dict.fromkeys(("coordinator", "manager", ADMIN, OWN, "duxue"), 200),
    "/visits/missing?month=2022-13": {"coordinator": 422},
}


@pytest.mark.parametrize("page", PAGES)
def test_pages_by_role(office: Office, schools: Schools, page: str) -> None:
    office.coordinator.post("/api/v1/visits", json=visit(f"{DISTRICT}-S001", inspector_id=13))
    for who, status in PAGES[page].items():
        answer = office.browser(who).get(page)
        assert answer.status_code == status, (who, answer.text[-400:])
        if status != 200 or page.endswith("xlsx"):
            continue
        soup = BeautifulSoup(answer.text, "html.parser")
        assert soup.h1 is not None
        labelled = {label.get("for") for label in soup.find_all("label")}
        for control in soup.select("input:not([type=hidden]):not([type=checkbox]), select, textarea"):
            assert control.get("id") in labelled, control
        ids = [tag["id"] for tag in soup.find_all(id=True)]
        assert len(ids) == len(set(ids))
        # One of each kind of link: what a page offers, whoever is offered it may follow.
        for link in {re.sub(r"\d", "", href): href for href in _links(soup)}.values():
            assert office.browser(who).get(link).status_code in (200, 303), link
        if who == OWN:
            assert OTHER not in answer.text, "another district's schools are not there"


def _links(soup: BeautifulSoup) -> list[str]:
    return [str(link["href"]) for link in soup.select("main a[href^='/']")]


def test_a_district_sees_its_own_only(office: Office, schools: Schools) -> None:
    mine = office.district(DISTRICT)
    for path in ("coverage", "missing", "inspectors", "schools", "terms", "terms/short"):
        answer = mine.get(f"/api/v1/visits/{path}?district_id={OTHER}")
        assert answer.status_code == 200, answer.text
        assert OTHER not in answer.text
        assert answer.json()
    all_ = office.coordinator.get("/api/v1/visits/coverage").json()
    assert [(row["district_id"], row["owed"], row["missing"], row["nobody"]) for row in all_] == [
        (DISTRICT, 3, 3, 0), (OTHER, 3, 3, 1),
    ]  # fmt: skip
    refused = mine.post("/api/v1/visits", json=visit(f"{OTHER}-S001", inspector_id=13))
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")


def test_an_inspector_writes_down_a_visit_from_the_phone(office: Office, schools: Schools) -> None:
    browser = office.browser("duxue")
    page = browser.get("/visits/mine")
    assert '还有<strong class="late">3所' in page.text
    path = f"/visits/schools/{DISTRICT}-S002"
    form = {
        "alone": "1",
        "visited_on": "2022-09-14",
        "look_homework": "problem",
        "remark_fees": "随手记",
        "note": "看课",
    }
    failed = browser.post(path, data=form)
    assert failed.status_code == 422
    assert "「作业管理」有问题的，须说明情况" in failed.text
    assert 'value="随手记"' in failed.text, "what was typed is still there"
    done = browser.post(path, data={**form, "remark_homework": "五年级超量", "hazard": "1"})
    assert (done.status_code, done.headers["location"]) == (303, "/visits/mine")
    assert '还有<strong class="late">2所' in browser.get("/visits/mine").text
    shown = office.browser(OWN).get(path)
    assert "有问题：五年级超量" in shown.text
    assert "有隐患" in shown.text
    assert office.world.rows("SELECT count(*) AS n FROM notices WHERE kind = 'visit_hazard'") == [{"n": 4}]
    [coverage] = office.district(DISTRICT).get("/api/v1/visits/coverage").json()
    assert (coverage["visited"], coverage["percent"]) == (1, 33.3)


def test_a_visit_that_makes_up_for_an_earlier_month(office: Office, schools: Schools) -> None:
    office.world.now = office.world.at(date(2022, 10, 12), 10)
    browser = office.browser("duxue")
    page = browser.get(f"/visits/schools/{DISTRICT}-S001/new")
    assert "补2022年9月" in page.text
    form = {"visited_on": "2022-10-12", "month": "2022-09", "look_fees": "fine"}
    assert browser.post(f"/visits/schools/{DISTRICT}-S001", data=form).status_code == 303
    [row] = [r for r in office.district(DISTRICT).get("/api/v1/visits/coverage").json() if r["month"] == "2022-09-01"]
    assert (row["visited"], row["made_up"]) == (1, 1)


def workbook(*rows: dict[str, Any]) -> bytes:
    book = Workbook()
    sheet = book.active
    sheet.append(list(COLUMNS))
    for row in rows:
        sheet.append([row.get(name) for name in COLUMNS])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_list_is_checked_and_then_written_down(office: Office, schools: Schools) -> None:
    district = office.district(DISTRICT)
    [first, second, third] = schools.ids[DISTRICT]
    good = workbook(
        {SCHOOL: first, DAY: date(2022, 9, 5), "作业管理": "正常", "收费": "强制购买教辅", HAZARD: "否"},
        {SCHOOL: "0103第002学校", INSPECTOR: "督学甲", DAY: "2022/9/6", "作业管理": "正常"},
        {SCHOOL: third, INSPECTOR: "督学甲"},
    )

    def send(content: bytes, name: str = "名单.xlsx", **more: str) -> dict[str, Any]:
        answer = district.post("/api/v1/visits/import", files={"file": (name, content)}, data=more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    assert send(good, dry="true") == {"rows": 2, "written": 2, "known": 0, "refused": [], "dry": True}
    assert office.world.rows("SELECT FROM school_visits") == []
    assert send(good)["written"] == 2
    assert send(good) == {"rows": 2, "written": 0, "known": 2, "refused": [], "dry": False}
    [one, two] = office.world.rows("SELECT * FROM school_visits ORDER BY id")
    assert one["checked"]["fees"] == {"look": "problem", "remark": "强制购买教辅"}
    assert (one["inspector_id"], two["school_id"], two["visited_on"]) == (two["inspector_id"], second, date(2022, 9, 6))
    rows = [
        "学校,督学,到校日期,作业管理,隐患,补督导月份",
        f"{third},督学甲,2022-09-07,正常,,",
        f"{OTHER}-S001,,2022-09-07,正常,,",
        f"{third},张三,2022-09-07,正常,,",
        f"{third},督学甲,九月七日,正常,,",
        f"{third},督学甲,2022-09-10,正常,,",
        f"{third},督学甲,2022-09-08,正常,也许,",
        f"{third},督学甲,2022-09-08,正常,,2022-08",
    ]
    read = send("\n".join(rows).encode("gb18030"), "名单.csv")
    assert read["written"] == 0
    assert [row["line"] for row in read["refused"]] == [3, 4, 5, 6, 7, 8]
    assert "没有这所学校" in read["refused"][0]["message"]
    assert len(office.world.rows("SELECT FROM school_visits")) == 2
    for content, name, status in ((b"x", "a.pdf", 415), (b"a,b\n1,2", "a.csv", 422), (b"", "a.csv", 422)):
        answer = district.post("/api/v1/visits/import", files={"file": (name, content)})
        assert answer.status_code == status, answer.text


def test_the_list_to_fill_in_names_who_is_missing_and_can_be_imported(office: Office, schools: Schools) -> None:
    browser = office.browser(OWN)
    book = load_workbook(io.BytesIO(browser.get("/visits/list.xlsx?month=2022-09").content))
    sheet = book.active
    assert [cell.value for cell in sheet[1]] == list(COLUMNS)
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == schools.ids[DISTRICT]
    sheet.cell(2, COLUMNS.index(DAY) + 1, date(2022, 9, 13))
    sheet.cell(2, COLUMNS.index("作业管理") + 1, "正常")
    out = io.BytesIO()
    book.save(out)
    tried = browser.post("/visits/import", files={"file": ("登记.xlsx", out.getvalue())}, data={"how": "check"})
    assert "检查通过，还没有登记：可登记1次" in tried.text
    done = browser.post("/visits/import", files={"file": ("登记.xlsx", out.getvalue())}, data={"how": "write"})
    assert "已登记1次" in done.text
    wrong = browser.post("/visits/import", files={"file": ("a.csv", b"\xe5\xad\xa6")}, data={"how": "write"})
    assert wrong.status_code == 422
    assert "缺少「学校」「到校日期」" in wrong.text


def test_the_school_calendar_is_entered_by_form(office: Office) -> None:
    browser = office.browser("coordinator")
    before = browser.get("/school-calendar?year=2022")
    assert before.text.count("暂定") == 2
    form = {"year": "2022", "season": "spring", "starts_on": "2022-02-10", "ends_on": "2022-07-01", "source": ""}
    failed = browser.post("/school-calendar", data=form)
    assert failed.status_code == 422
    assert "须写明依据" in failed.text
    assert 'value="2022-02-10"' in failed.text
    done = browser.post("/school-calendar", data={**form, "source": "校历"})
    assert (done.status_code, done.headers["location"]) == (303, "/school-calendar?year=2022")
    year = office.coordinator.get("/api/v1/school-calendar?year=2022").json()
    assert [term["provisional"] for term in year["terms"]] == [False, True]
    assert [m["month"][5:7] for m in year["months"] if m["counts"]] == [
        "01", "02", "03", "04", "05", "06", "09", "10", "11", "12",
    ]  # fmt: skip
    assert office.browser(OWN).post("/school-calendar", data={**form, "source": "校历"}).status_code == 403
    assert office.coordinator.get("/api/v1/school-calendar?year=1900").status_code == 422


def test_a_month_is_made_by_hand(office: Office, schools: Schools) -> None:
    schools.add(DISTRICT, 2)
    browser = office.browser("coordinator")
    done = browser.post("/visits/months", data={"month": "2022-09"})
    assert done.status_code == 303
    assert "新增2所" in browser.get("/visits").text
    for month, code in (("2022-08", "month_not_counted"), ("2022-8", "invalid_input")):
        answer = office.coordinator.post(f"/api/v1/visits/months/{month}")
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert "教学日不足10天" in browser.post("/visits/months", data={"month": "2022-08"}).text
    assert office.coordinator.post("/api/v1/visits/months/2022-10").json()["added"] == 8
    assert office.district(DISTRICT).post("/api/v1/visits/months/2022-10").status_code == 403


def test_a_term_asks_for_two_visits(office: Office, schools: Schools) -> None:
    [a, b, _] = schools.ids[DISTRICT]
    for school, day in ((a, "2022-09-05"), (a, "2022-09-06"), (b, "2022-09-05")):
        made = office.program("duxue").post("/api/v1/visits", json=visit(school, visited_on=day))
        assert made.status_code == 201
    mine, _ = office.coordinator.get("/api/v1/visits/terms").json()
    assert (mine["schools"], mine["enough"], mine["once"]) == (3, 1, 1)
    short = office.coordinator.get(f"/api/v1/visits/terms/short?district_id={DISTRICT}&year=2022&season=autumn").json()
    assert [(row["school_id"][-4:], row["visits"]) for row in short["items"]] == [("S003", 0), ("S002", 1)]


@pytest.mark.parametrize("page", ["/visits", "/visits/missing", "/visits/mine", f"/visits?district_id={DISTRICT}"])
def test_as_many_statements_for_many_schools_as_for_few(office: Office, schools: Schools, page: str) -> None:
    who = "duxue" if page.endswith("mine") else "coordinator"
    numbers = []
    for more in (0, 20):
        schools.add(DISTRICT, more, inspector=13)
        office.world.now += timedelta(minutes=1)
        with office.world.unit() as session:
            make_month(session, office.world.coordinator, office.world.now, SEPTEMBER)
        browser = office.browser(who)
        with counted(office.world.engine) as said:
            assert browser.get(page).status_code == 200
        numbers.append(len(said))
    assert numbers[0] == numbers[1] <= 12, said


def test_the_matrix_is_reachable_by_links(office: Office, schools: Schools) -> None:
    for who in ("coordinator", "manager", OWN, "duxue"):
        assert re.search(r'<a href="/visits"', office.browser(who).get("/inbox").text), who
    assert MONTH in office.browser("coordinator").get("/visits/import").text
