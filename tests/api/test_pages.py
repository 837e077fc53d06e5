"""Every page for every role: it renders, or refuses properly; forms work, and fail politely."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from httpx import Response
from sqlalchemy import text

from casework.inbox import sign_by_link
from tests.api.conftest import PASSWORD, SAMPLED, UNSAMPLED, Office

ROLES = ("coordinator", "manager", "inspector", "administrator", SAMPLED.lower())
PAGES = {
    "/rounds": ROLES,
    "/rounds/{round}": ROLES,
    "/rounds/{round}?stage=acknowledgement&light=green": ROLES,
    "/cases/{case}": ROLES,
    "/todo": ROLES,
    "/queue": ROLES[:4],
    "/queue?light=red&owner=district&rung=urge&stage=acknowledgement&round_id={round}": ROLES[:4],
    "/inbox": ROLES,
    "/inbox?unsigned=1": ROLES,
    "/calendar": ROLES,
    "/subjects": ROLES,
    "/users": ("administrator",),
    "/processes": ROLES[:4],
    "/processes/district-evaluation?start=2022-03-01": ROLES[:4],
    "/processes/new": ("administrator",),
}


@pytest.mark.parametrize("page", PAGES)
def test_pages_render_or_refuse(launched: Office, page: str) -> None:
    launched.world.pass_time(launched.world.now.date() + timedelta(days=12))
    path = page.format(round=launched.world.round_id, case=launched.case_id())
    for role in ROLES:
        answer = launched.browser(role).get(path)
        assert answer.status_code == (200 if role in PAGES[page] else 403), (role, answer.text[-500:])
        soup = BeautifulSoup(answer.text, "html.parser")
        assert soup.h1 is not None
        labelled = {label.get("for") for label in soup.find_all("label")}
        for control in soup.select("input:not([type=hidden]):not([type=checkbox]), select, textarea"):
            assert control.get("id") in labelled or control.get("aria-label"), control
        ids = [tag["id"] for tag in soup.find_all(id=True)]
        assert len(ids) == len(set(ids)), "ids are unique"
        outside = soup.find_all(["script", "iframe", "img"])
        assert not outside
        assert "//" not in re.sub(r"http://www.w3.org\S*", "", str(soup.head)), "nothing is fetched from elsewhere"


def test_strangers_are_sent_to_sign_in_and_back(launched: Office) -> None:
    answer = launched.client().get("/queue")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/queue")
    client = launched.client()
    entered = client.post("/sign-in", data={"username": "manager", "password": PASSWORD, "next": "/queue"})
    assert (entered.status_code, entered.headers["location"]) == (303, "/queue")
    cookie = entered.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    assert client.get("/queue").status_code == 200
    assert client.get("/").headers["location"] == "/queue"
    away = launched.client().post(
        "/sign-in", data={"username": "manager", "password": PASSWORD, "next": "//elsewhere.example"}
    )
    assert away.headers["location"] == "/"


def test_a_wrong_password_shows_the_form_again(launched: Office) -> None:
    answer = launched.client().post("/sign-in", data={"username": "manager", "password": "wrong"})
    assert answer.status_code == 401
    assert "用户名或密码不对" in answer.text
    assert 'value="manager"' in answer.text


def test_launching_by_form(office: Office) -> None:
    browser = office.browser("coordinator")
    form = {"process_name": "district-evaluation", "title": "表单轮次", "year": "2022", "days_self_evaluation": "60"}
    failed = browser.post("/rounds", data=form)
    assert failed.status_code == 422
    assert "没有选定督导对象" in failed.text
    assert 'value="表单轮次"' in failed.text, "what was typed is still there"
    done = browser.post("/rounds", data={**form, "subject_ids": [SAMPLED, UNSAMPLED]})
    assert done.status_code == 303, done.text
    shown = browser.get(done.headers["location"])
    assert "轮次已启动" in shown.text
    assert "轮次已启动" not in browser.get(done.headers["location"]).text, "said once"


def test_only_what_opens_by_rounds_is_launched(office: Office) -> None:
    browser = office.browser("coordinator")
    shown = BeautifulSoup(browser.get("/rounds").text, "html.parser")
    chosen = shown.select_one("#launch input[name=process_name]")
    assert chosen is not None
    assert chosen["value"] == "district-evaluation"
    offered = [str(option["value"]) for option in shown.select("#launch select[name=process] option")]
    assert "inspector-appointment" in offered
    assert not {"accountability", "commitment", "support", "assignment"} & set(offered)
    body = {"process_name": "accountability", "title": "问责", "year": 2022, "subject_ids": [SAMPLED]}
    refused = office.coordinator.post("/api/v1/rounds", json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_input")
    assert "逐件立项" in refused.text


def form_of(page: Response, deed: str) -> dict[str, str]:
    """The hidden fields of a form, as a browser would send them."""
    form = BeautifulSoup(page.text, "html.parser").select_one(f'form[action$="/{deed}"]')
    assert form is not None, f"no form {deed}"
    return {str(f["name"]): str(f.get("value", "")) for f in form.select("input[type=hidden]")}


def test_a_case_by_forms(launched: Office) -> None:
    case = f"/cases/{launched.case_id()}"
    district, coordinator = launched.browser(SAMPLED.lower()), launched.browser("coordinator")
    fields = form_of(district.get(case), "complete")
    assert district.post(f"{case}/complete", data={**fields, "outcome": "acknowledged"}).status_code == 303
    stale = district.post(f"{case}/complete", data={**fields, "outcome": "acknowledged", "note": "我写的"})
    assert stale.status_code == 409
    assert "此任务刚被他人办理过" in stale.text
    assert "我写的" in stale.text
    assert "签收督导通知" in stale.text, "says what changed"
    page = district.get(case)
    assert "尚未上传自评报告" in page.text
    for deliverable in ("self_evaluation_report", "evidence_index"):
        sent = district.post(
            f"{case}/documents",
            data={**form_of(page, "documents"), "deliverable": deliverable},
            files={"file": ("自评.txt", b"text")},
        )
        assert sent.status_code == 303, sent.text
    bad = district.post(f"{case}/documents", data={"deliverable": "evidence_index"}, files={"file": ("坏.exe", b"MZ")})
    assert bad.status_code == 415
    fields = form_of(district.get(case), "complete")
    assert district.post(f"{case}/complete", data={**fields, "outcome": "submitted"}).status_code == 303
    fields = form_of(coordinator.get(case), "complete")
    unexplained = coordinator.post(f"{case}/complete", data={**fields, "outcome": "returned"})
    assert unexplained.status_code == 422
    assert "退回须写明理由" in unexplained.text
    assert coordinator.post(f"{case}/complete", data={**fields, "outcome": "accepted"}).status_code == 303
    lines = "控辍保学台账不全\n操场不达标\t巴蜀小学\t严重\tB3\t办学条件"
    fields = form_of(coordinator.get(case), "findings")
    assert coordinator.post(f"{case}/findings", data={**fields, "lines": lines}).status_code == 303
    shown = coordinator.get(case).text
    assert "巴蜀小学" in shown
    assert "巴蜀小学" not in district.get(case).text, "not before a letter has told it"


def test_writes_from_elsewhere_are_refused(launched: Office) -> None:
    case = f"/cases/{launched.case_id()}"
    browser = launched.browser(SAMPLED.lower())
    form = {"version": "1", "stage": "acknowledgement", "outcome": "acknowledged"}
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}):
        answer = browser.post(f"{case}/complete", data=form, headers=headers)
        assert answer.status_code == 403
        assert "不是从本系统的页面发出" in answer.text
    del browser.headers["origin"]
    assert browser.post(f"/api/v1{case}/acknowledge", json={"version": 1}).json()["code"] == "cross_site"
    assert launched.version() == 1


def test_a_manager_decides_in_the_queue(launched: Office) -> None:
    world = launched.world
    world.pass_time(world.now.date() + timedelta(days=7))
    with world.unit() as session:
        session.execute(text("UPDATE climbs SET delivered_at = at"))
    for _ in range(25):
        world.pass_time(world.now.date() + timedelta(days=1))
        with world.unit() as session:
            session.execute(text("UPDATE climbs SET delivered_at = coalesce(delivered_at, at)"))
    browser = launched.browser("manager")
    page = browser.get("/queue")
    assert "待决定事项（" in page.text
    fields = form_of(page, "queue/decide")
    assert browser.post("/queue/decide", data={**fields, "ruling": "waive"}).status_code == 422
    assert browser.post("/queue/decide", data={**fields, "ruling": "waive", "note": "已电话沟通"}).status_code == 303
    refused = launched.browser("coordinator").post("/queue/decide", data={**fields, "ruling": "approve"})
    assert refused.status_code == 403


def test_notices_read_and_are_signed_for(launched: Office) -> None:
    browser = launched.browser(SAMPLED.lower())
    soup = BeautifulSoup(browser.get("/inbox").text, "html.parser")
    link = soup.select_one("tbody th a")
    assert link is not None
    page = browser.get(str(link["href"]))
    assert "签收" in page.text
    assert browser.post(f"{link['href']}/sign").status_code == 303
    assert "已于" in browser.get(str(link["href"])).text
    assert launched.browser(UNSAMPLED.lower()).get(str(link["href"])).status_code == 404


def test_what_was_signed_from_the_mail_is_the_readers(launched: Office) -> None:
    told = launched.world.rows("SELECT id FROM notices WHERE subject_id = :id AND contact_id IS NOT NULL", id=SAMPLED)
    with launched.world.unit() as session:
        for notice in told:
            sign_by_link(session, launched.world.now, notice["id"])
    browser = launched.browser(SAMPLED.lower())
    link = BeautifulSoup(browser.get("/inbox").text, "html.parser").select_one("tbody th a")
    assert link is not None
    for page in (str(link["href"]), f"/cases/{launched.case_id()}"):
        shown = browser.get(page).text
        assert "（邮件签收）" in shown
        assert "None" not in shown


def test_only_what_must_be_signed_for_is_asked_to_be(launched: Office) -> None:
    browser = launched.browser(SAMPLED.lower())
    assert "未签收" not in BeautifulSoup(browser.get("/inbox").text, "html.parser").select_one("table").text  # type: ignore[union-attr]
    assert "份通知未签收" not in browser.get("/todo").text
    assert "没有通知" in browser.get("/inbox?unsigned=1").text
    with launched.world.unit() as session:
        session.execute(text("UPDATE notices SET kind = 'letter' WHERE subject_id = :s"), {"s": SAMPLED})
    assert "份通知未签收" in browser.get("/todo").text
    shown = BeautifulSoup(browser.get("/inbox?unsigned=1").text, "html.parser")
    assert len(shown.select("tbody .mark")) == len(shown.select("tbody tr")) > 0
    with launched.world.unit() as session:
        statement = "UPDATE notices SET kind = 'supervise', user_id = :id, contact_id = NULL, position = NULL"
        session.execute(text(statement), {"id": launched.world.coordinator.user_id})
    copies = launched.browser("coordinator")
    assert "份通知未签收" not in copies.get("/todo").text, "the office need not sign for its copies"


def test_a_notice_with_several_channels_is_one_line_of_the_case(launched: Office) -> None:
    with launched.world.unit() as session:
        statement = (
            "INSERT INTO deliveries (notice_id, channel, mode, status, next_attempt_at, attempts, message_id, answer) "
            "SELECT notice_id, 'bot', mode, 'pending', next_attempt_at, 0, message_id || 'b', '' FROM deliveries"
        )
        session.execute(text(statement))
    rows = launched.world.rows("SELECT id FROM notices WHERE case_id = :c", c=launched.case_id())
    shown = launched.coordinator.get(launched.path()).json()["notices"]
    assert len(shown) == len(rows)


def test_whom_results_are_told_is_entered_by_form(office: Office) -> None:
    browser = office.browser("coordinator")
    form = {"position": "liaison", "name": "市财政局", "contact": "联络员王五", "email": "坏"}
    refused = browser.post("/authorities", data=form)
    assert (refused.status_code, "电子邮件地址无效" in refused.text) == (422, True)
    assert 'value="联络员王五"' in refused.text
    assert browser.post("/authorities", data={**form, "email": "w5@finance.example"}).status_code == 303
    assert "联络员王五" in browser.get("/subjects").text
    assert office.browser(SAMPLED.lower()).post("/authorities", data=form).status_code == 403


def test_an_administrator_keeps_accounts(office: Office) -> None:
    browser = office.browser("administrator")
    form = {
        "username": "new",
        "name": "新人",
        "role": "inspector",
        "password": "mima-chang-yidian",
        "email": "不是邮箱",
    }
    bad = browser.post("/users", data=form)
    assert bad.status_code == 422
    assert "电子邮件地址无效" in bad.text
    assert "mima-chang-yidian" not in bad.text, "a password is never sent back"
    wrong = browser.post("/users", data={**form, "email": "new@office.example", "bot_url": "file:///etc/passwd"})
    assert (wrong.status_code, "办公机器人地址应以" in wrong.text) == (422, True)
    assert browser.post("/users", data={**form, "email": "new@office.example"}).status_code == 303
    assert "new@office.example" in browser.get("/users").text


def test_the_calendar_is_imported(launched: Office) -> None:
    browser = launched.browser("coordinator")
    bad = browser.post("/calendar", data={"source": "通知", "csv": "2031-01-01,假"})
    assert bad.status_code == 422
    assert "第1行" in bad.text
    done = browser.post("/calendar", data={"source": "国办通知", "csv": "2031-01-01,休\n2031-01-04,班"})
    assert done.status_code == 200
    assert "已导入2031年" in done.text


def test_inspectors_are_appointed_from_the_page(office: Office) -> None:
    """要点第18项: 第五届市政府督学换届 over those on the roster, by name of the round and person."""
    browser = office.browser("coordinator")
    shown = BeautifulSoup(browser.get("/rounds?process=inspector-appointment").text, "html.parser")
    assert shown.select_one("#launch input[name=title]")["value"] == "第五届市政府督学换届"  # type: ignore[index]
    ids = [str(box["value"]) for box in shown.select("#launch input[name=subject_ids]")]
    assert len(ids) == len(office.world.inspectors)
    form = {"process_name": "inspector-appointment", "title": "第五届市政府督学换届", "year": "2022"}
    answer = browser.post("/rounds", data={**form, "subject_ids": ids[:2]})
    assert answer.status_code == 303
    rows = office.world.rows("SELECT s.kind, c.stage FROM cases c JOIN subjects s ON s.id = c.subject_id")
    assert [tuple(row.values()) for row in rows] == [("inspector", "nomination")] * 2
