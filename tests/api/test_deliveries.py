"""The delivery report: what became of everything said to the districts in a round."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import text

from casework.inbox import open_notice, sign, sign_by_link
from casework.notify import Queued, queue
from db.tables import Notice
from process.decide import NoticeDraft
from process.vocabulary import DeliveryStatus, NoticeKind, Position
from tests.api.conftest import SAMPLED, UNSAMPLED, Office
from tests.api.test_statements import counted

TOLD = (Position.OPERATOR, Position.OFFICE_HEAD, Position.COMMISSION_HEAD)


def tell(office: Office, kind: NoticeKind, subject: str = SAMPLED, step: str = "") -> list[int]:
    """A notice to the people of a district, and to the round's coordinator; the ids of the district's."""
    world = office.world
    draft = NoticeDraft(kind, TOLD, step=step, data={"letter": "opinion", "number": "", "reason": "事由"})
    case = world.case(subject)
    with world.unit() as session:
        queue(session, [Queued(draft, world.round_id, case.id, subject)], world.now)
    rows = world.rows(
        "SELECT id FROM notices WHERE kind = :kind AND case_id = :case AND contact_id IS NOT NULL "
        "ORDER BY id DESC LIMIT 3",
        kind=kind,
        case=case.id,
    )
    return sorted(row["id"] for row in rows)


def came_to(office: Office, notice: int, status: DeliveryStatus, answer: str = "", channel: str = "email") -> None:
    """What the mail server is to have said."""
    sent = office.world.now if status is DeliveryStatus.SENT else None
    with office.world.unit() as session:
        changed = session.execute(
            text(
                "UPDATE deliveries SET status = :status, answer = :answer, attempts = 1, sent_at = :sent, "
                "address = 'a@b.example', subject_line = '标题' WHERE notice_id = :id AND channel = :channel"
            ),
            {"status": status, "answer": answer, "sent": sent, "id": notice, "channel": channel},
        )
        assert changed.rowcount == 1


def report(office: Office, query: str = "") -> dict[str, Any]:
    answer = office.coordinator.get(f"/api/v1/rounds/{office.world.round_id}/notices?{query}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def ids(found: dict[str, Any]) -> list[int]:
    return [row["id"] for row in found["notices"]["items"]]


@pytest.fixture
def told(launched: Office) -> tuple[Office, list[int]]:
    """Nobody has read the opening notices; of six letters, each stands otherwise."""
    world = launched.world
    with world.unit() as session:
        session.execute(text("UPDATE deliveries SET status = 'sent', sent_at = :now"), {"now": world.now})
    mine, theirs = tell(launched, NoticeKind.LETTER), tell(launched, NoticeKind.LETTER, UNSAMPLED)
    came_to(launched, mine[0], DeliveryStatus.SENT, "250 2.0.0 queued")
    came_to(launched, mine[1], DeliveryStatus.DEAD, "550 5.1.1 no such user")
    came_to(launched, mine[2], DeliveryStatus.UNCERTAIN, "连接中断")
    came_to(launched, theirs[0], DeliveryStatus.SENT)
    came_to(launched, theirs[1], DeliveryStatus.CANCELLED, "环节已办结")
    world.do(sign, world.districts[SAMPLED], mine[0])
    with world.unit() as session:
        sign_by_link(session, world.now, theirs[0])
        open_notice(session, world.now, session.get_one(Notice, mine[2]))
    return launched, [*mine, *theirs]


def test_the_figures(told: tuple[Office, list[int]]) -> None:
    office, _ = told
    opening = len(office.world.rows("SELECT 1 FROM notices WHERE kind = 'stage_opened' AND contact_id IS NOT NULL"))
    assert opening > 2
    letters = {
        "queued": 6, "handed_over": 2, "undelivered": 3, "refused": 1, "opened": 3, "signed": 2, "unsigned": 4,
    }  # fmt: skip
    found = report(office)
    assert [row["kind"] for row in found["by_kind"]] == ["stage_opened", "letter"]
    assert found["figures"] == {**letters, "queued": 6 + opening, "handed_over": 2 + opening}
    assert report(office, "kind=letter")["figures"] == letters
    assert found["by_kind"][1] == {**letters, "kind": "letter", "kind_title": "文书送达"}
    theirs = report(office, f"kind=letter&subject_id={UNSAMPLED}")["figures"]
    assert theirs == {
        "queued": 3, "handed_over": 1, "undelivered": 1, "refused": 0, "opened": 1, "signed": 1, "unsigned": 2,
    }  # fmt: skip
    assert report(office, "lack=unsigned&kind=letter")["figures"] == letters, "not cut by what is lacking"


def test_the_filters_and_pages(told: tuple[Office, list[int]]) -> None:
    office, (signed, refused, unsure, linked, cancelled, waiting) = told
    assert ids(report(office, "kind=letter")) == [waiting, cancelled, linked, unsure, refused, signed], "newest first"
    assert ids(report(office, "lack=undelivered")) == [waiting, unsure, refused]
    assert ids(report(office, "kind=letter&lack=unopened")) == [waiting, cancelled, refused]
    assert ids(report(office, "lack=unsigned")) == [waiting, cancelled, unsure, refused]
    assert ids(report(office, f"lack=unsigned&subject_id={SAMPLED}")) == [unsure, refused]
    assert ids(report(office, "kind=stage_opened&lack=unsigned")) == [], "needs no receipt"
    part = report(office, "kind=letter&limit=2&offset=2")["notices"]
    assert ([row["id"] for row in part["items"]], part["total"]) == ([linked, unsure], 6)
    path = f"/api/v1/rounds/{office.world.round_id}/notices"
    for query in ("lack=x", "kind=x", "limit=0"):
        assert office.coordinator.get(f"{path}?{query}").status_code == 422


def test_a_line_says_everything(told: tuple[Office, list[int]]) -> None:
    office, (signed, refused, _, linked, *_) = told
    rows = {row["id"]: row for row in report(office, "kind=letter")["notices"]["items"]}
    mine = rows[signed]
    assert (mine["needs_receipt"], mine["kind_title"], mine["in_place_of"]) == (True, "文书送达", "")
    assert mine["position"] in TOLD
    assert mine["recipient"].endswith(mine["position_title"])
    assert mine["signed_by"] == office.world.districts[SAMPLED].name
    assert mine["opened_at"] == mine["signed_at"] is not None
    copy = mine["copies"][0]
    assert (copy["channel"], copy["mode"], copy["status"], copy["attempts"]) == ("email", "at_once", "sent", 1)
    assert (copy["answer"], copy["address"]) == ("250 2.0.0 queued", "a@b.example")
    assert copy["handed_over_at"] is not None
    assert copy["next_attempt_at"] is None
    assert rows[refused]["copies"][0]["answer"] == "550 5.1.1 no such user"
    assert rows[refused]["copies"][0]["handed_over_at"] is None
    assert rows[linked]["signed_by"] == f"{rows[linked]['recipient']}（邮件签收）"
    one = office.coordinator.get(f"/api/v1/notices/{signed}/deliveries")
    assert (one.status_code, one.json()) == (200, mine)
    opening = report(office, "kind=stage_opened")["notices"]["items"][0]
    assert opening["letter_number"] == "渝府教督发〔2022〕1号"


def test_every_channel_has_its_line(told: tuple[Office, list[int]]) -> None:
    office, (signed, *_) = told
    with office.world.unit() as session:
        session.execute(
            text(
                "INSERT INTO deliveries (notice_id, channel, mode, status, next_attempt_at, attempts, message_id, "
                "answer) VALUES (:id, 'sms', 'at_once', 'dead', now(), 6, 'x', '号码停机')"
            ),
            {"id": signed},
        )
    assert signed in ids(report(office, "lack=undelivered")), "one way of it failed"
    [row] = [row for row in report(office)["notices"]["items"] if row["id"] == signed]
    assert [copy["channel"] for copy in row["copies"]] == ["email", "sms"]
    figures = report(office, "kind=letter")["figures"]
    assert (figures["queued"], figures["handed_over"], figures["refused"]) == (6, 2, 2), "a notice counts once"


def test_it_is_about_this_round_and_the_districts_only(told: tuple[Office, list[int]]) -> None:
    office, notices = told
    first = office.world.round_id
    office.world.launch(SAMPLED, title="另一轮")
    assert set(notices).isdisjoint(ids(report(office)))
    office.world.round_id = first
    with office.world.unit() as session:
        session.execute(
            text(
                "INSERT INTO notices (key, kind, round_id, case_id, user_id, data, created_at) "
                "SELECT 'u1', 'rung_proposed', :round, id, :user, '{}', now() FROM cases "
                "WHERE round_id = :round LIMIT 1"
            ),
            {"round": first, "user": office.world.manager.user_id},
        )
        session.execute(
            text(
                "INSERT INTO notices (key, kind, round_id, contact_id, subject_id, data, created_at) "
                "SELECT 'k1', 'members_circular', :round, id, subject_id, '{}', now() FROM contacts LIMIT 1"
            ),
            {"round": first},
        )
    kinds = [row["kind"] for row in report(office)["by_kind"]]
    assert kinds == ["stage_opened", "letter", "members_circular"], "what is about no case too, the office's own not"


def test_districts_do_not_see_it(told: tuple[Office, list[int]]) -> None:
    office, (mine, *_, theirs) = told
    district, browser = office.district(), office.browser(SAMPLED.lower())
    assert district.get(f"/api/v1/rounds/{office.world.round_id}/notices").status_code == 403
    assert browser.get(f"/rounds/{office.world.round_id}/notices").status_code == 403
    for notice in (mine, theirs, 999999):
        assert district.get(f"/api/v1/notices/{notice}/deliveries").status_code == 404
    assert office.coordinator.get("/api/v1/notices/999999/deliveries").status_code == 404
    assert office.coordinator.get("/api/v1/rounds/999999/notices").status_code == 404
    for path in (f"/rounds/{office.world.round_id}", f"/cases/{office.case_id()}"):
        assert "/notices" not in browser.get(path).text
        assert f"/rounds/{office.world.round_id}/notices" in office.browser("coordinator").get(path).text


def test_the_report_as_a_page(told: tuple[Office, list[int]]) -> None:
    office, _ = told
    path = f"/rounds/{office.world.round_id}/notices"
    for role in ("coordinator", "manager", "inspector", "administrator"):
        assert office.browser(role).get(path).status_code == 200
    browser = office.browser("coordinator")
    soup = BeautifulSoup(browser.get(f"{path}?lack=undelivered&kind=letter&subject_id={SAMPLED}").text, "html.parser")
    assert len(soup.select("tbody tr")) == 2
    shown = soup.select_one("tbody").text  # type: ignore[union-attr]
    assert "550 5.1.1 no such user" in shown
    assert "发送失败" in shown
    facts = {str(div.dt.text): str(div.dd.text) for div in soup.select("dl.facts div")}  # type: ignore[union-attr]
    assert facts == {"发出通知": "3", "已交付": "1", "发送失败": "1", "已打开": "2", "已签收": "1", "未签收": "2"}
    chosen = {
        str(select["name"]): str(select.select_one("option[selected]")["value"]) for select in soup.select("select")
    }  # type: ignore[index]
    assert chosen == {"kind": "letter", "subject_id": SAMPLED}
    assert "没有符合条件的通知" in browser.get(f"{path}?kind=bulletin").text
    assert browser.get(f"{path}?lack=x").status_code == 422


def test_the_office_writes_down_what_was_handed_over_by_other_means(told: tuple[Office, list[int]]) -> None:
    office, (signed, refused, unsure, *_) = told
    path = f"/rounds/{office.world.round_id}/notices"
    browser = office.browser("coordinator")
    assert "登记送达" in browser.get(path).text
    assert "登记送达" not in office.browser("inspector").get(path).text
    empty = browser.post(f"{path}/{refused}/service", data={"how": " ", "kind": "letter"})
    assert (empty.status_code, "须写明送达方式" in empty.text) == (422, True)
    done = browser.post(f"{path}/{refused}/service", data={"how": "当面送达", "kind": "letter"})
    assert (done.status_code, done.headers["location"]) == (303, f"{path}?kind=letter")
    one = office.coordinator.get(f"/api/v1/notices/{refused}/deliveries").json()
    assert one["signed_by"] == f"当面送达，{office.world.coordinator.name}登记"
    assert one["signed_at"] is not None
    service = "/api/v1/notices/{}/service"
    again = office.coordinator.post(service.format(signed), json={"how": "邮寄"})
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert office.district(SAMPLED).post(service.format(unsure), json={"how": "邮寄"}).status_code == 403
    assert office.coordinator.post(service.format(999_999), json={"how": "邮寄"}).status_code == 404
    [event] = office.world.rows(
        "SELECT actor_name, data FROM events WHERE kind = 'notice_signed' ORDER BY id DESC LIMIT 1"
    )
    assert (event["actor_name"], event["data"]["notice"]) == (office.world.coordinator.name, refused)


def test_as_many_statements_for_many_notices_as_for_few(office: Office) -> None:
    numbers = []
    for subjects in ((SAMPLED,), ()):
        office.world.launch(*subjects, title=f"轮次{len(subjects)}")
        for client, prefix in ((office.coordinator, "/api/v1"), (office.browser("coordinator"), "")):
            with counted(office.world.engine) as said:
                assert client.get(f"{prefix}/rounds/{office.world.round_id}/notices").status_code == 200
            numbers.append(len(said))
    assert numbers[:2] == numbers[2:]
    assert max(numbers) <= 8
