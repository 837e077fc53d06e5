"""Digests, quiet hours, receipts by link, and what is asked for when nobody signs."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import text

from casework.delegations import delegate
from casework.extensions import decide_extension, request_extension
from casework.inbox import sign_by_link
from casework.measures import Ruling, decide_measure, propose_by_hand
from casework.preferences import set_preference
from casework.receipts import chase_receipts, recall_waiting
from casework.roster import add_contact, end_contact
from casework.standing import resume, suspend
from casework.talks import hold_talk, notify_talk
from db.queries.deliveries import notice_report
from db.tables import Notice, User
from notifications import letters
from notifications.deliver import deliver
from notifications.letters.pending import render_pending
from notifications.receipts import RECEIPT_LASTS, link_secret, read_receipt_token, receipt_token
from notifications.sink import MailSink
from process.calendar import SHANGHAI
from process.errors import LinkInvalid, LinkUsed
from process.vocabulary import LetterKind, Mode, NoticeKind, Role, RungKind
from settings import Settings
from tests.world import World

DISTRICT = "CQ-500103"


def supervised(world: World) -> int:
    """A district that let 签收 slip until 督办 (2022-09-14); a notice of it."""
    world.launch(DISTRICT)
    for morning in (date(2022, 9, 7), date(2022, 9, 14)):
        world.now = world.at(morning)
        world.act()
    rows = world.rows("SELECT id FROM notices WHERE kind = 'supervise' AND contact_id IS NOT NULL ORDER BY id")
    return int(rows[0]["id"])


def send(world: World, sink: MailSink, now: datetime) -> None:
    settings = Settings(_env_file=None, smtp_host="127.0.0.1", smtp_port=sink.port, smtp_security="none")
    with world.unit() as session:
        while render_pending(session, now):
            pass
    asyncio.run(deliver(world.engine, settings, now))


@pytest.fixture
def sink() -> MailSink:
    made = MailSink(None)
    made.start()
    yield made
    made.stop()


def test_outside_working_hours_only_the_urgent_goes_out(world: World, sink: MailSink) -> None:
    supervised(world)
    send(world, sink, datetime(2022, 9, 14, 22, tzinfo=SHANGHAI))
    kinds = {row["kind"] for row in world.rows("SELECT n.kind FROM deliveries d JOIN notices n ON n.id = d.notice_id"
                                               " WHERE d.status = 'sent'")}  # fmt: skip
    assert kinds == {"supervise"}
    send(world, sink, datetime(2022, 9, 15, 10, tzinfo=SHANGHAI))
    assert world.rows("SELECT count(*) AS n FROM deliveries WHERE status = 'pending'") == [{"n": 0}]


def test_a_letter_is_attached_and_its_mail_signs_once(world: World, sink: MailSink) -> None:
    notice = supervised(world)
    send(world, sink, world.now)
    [row] = world.rows("SELECT d.mail_id, d.body FROM deliveries d WHERE notice_id = :n", n=notice)
    mail = next(mail for mail in sink.received if mail.message_id.startswith(row["mail_id"]))
    names = [part.get_filename() for part in mail.message.iter_attachments()]
    assert names == ["督办单渝府教督办〔2022〕1号.docx"]
    text = mail.message.get_body(("plain",)).get_content()
    token = text.split("/receipt/")[1].split()[0]
    assert "/receipt/…" in row["body"], "the record shows nobody the link"
    with world.unit() as session:
        secret = link_secret(session)
        assert read_receipt_token(secret, token, world.now) == notice
        with pytest.raises(LinkInvalid):
            read_receipt_token(secret, token, world.now + RECEIPT_LASTS)
        with pytest.raises(LinkInvalid):
            read_receipt_token(secret, receipt_token("another key", notice, world.now + RECEIPT_LASTS), world.now)
    with world.unit() as session:
        sign_by_link(session, world.now, notice)
    with world.unit() as session, pytest.raises(LinkUsed):
        sign_by_link(session, world.now, notice)
    [signed] = world.rows("SELECT signed_by, signed_at, chase_at FROM notices WHERE id = :n", n=notice)
    assert signed["signed_at"] == world.now
    assert signed["signed_by"] is None
    assert signed["chase_at"] is None


def test_a_letter_that_fails_in_any_way_holds_up_no_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    supervised(world)
    whole = letters.write_docx

    def breaking(letter: letters.Letter) -> bytes:
        if letter.kind is LetterKind.URGE:
            raise AttributeError("no year")
        return whole(letter)

    monkeypatch.setattr(letters, "write_docx", breaking)
    with world.unit() as session:
        assert render_pending(session, world.now) > 1
    rows = world.rows("SELECT kind, sha256 IS NOT NULL AS made, trouble <> '' AS troubled FROM letters")
    made = {row["kind"]: (row["made"], row["troubled"]) for row in rows}
    assert made == {"supervision_notice": (True, False), "urge": (False, True), "supervise": (True, False)}


def test_the_mail_of_a_successor_is_signed_in_their_name(world: World, sink: MailSink) -> None:
    notice = supervised(world)
    [old] = world.rows("SELECT k.* FROM contacts k JOIN notices n ON n.contact_id = k.id WHERE n.id = :n", n=notice)
    with world.unit() as session:
        end_contact(session, old["id"], world.now.date() - timedelta(days=1))
        add_contact(
            session, subject_id=DISTRICT, position=old["position"], name="新任", email="new@yz.example",
            valid_from=world.now.date(),
        )  # fmt: skip
    send(world, sink, world.now)
    with world.unit() as session:
        sign_by_link(session, world.now, notice)
        report = notice_report(session, notice)
    [event] = world.rows("SELECT actor_name FROM events WHERE kind = 'notice_signed'")
    assert event["actor_name"] == "新任（邮件签收）"
    assert report is not None
    assert report.signed_by == "新任（邮件签收）"


def test_a_missing_receipt_is_asked_for_once_then_told_to_the_coordinator(world: World) -> None:
    supervised(world)
    unsigned = len(world.rows("SELECT id FROM notices WHERE chase_at IS NOT NULL"))
    assert unsigned > 0
    said = []
    for _ in range(12):
        world.now += timedelta(days=1)
        with world.unit() as session:
            chase_receipts(session, world.now)
        said.append(world.rows("SELECT kind, count(*) AS n FROM notices WHERE kind LIKE 'receipt%' GROUP BY kind"
                               " ORDER BY kind"))  # fmt: skip
    assert said[0] == []
    assert said[-1] == [{"kind": "receipt_missing", "n": unsigned}, {"kind": "receipt_reminder", "n": unsigned}]
    assert world.rows("SELECT count(*) AS n FROM notices WHERE chase_at IS NOT NULL") == [{"n": 0}]


def test_several_that_can_wait_are_one_digest(world: World, sink: MailSink) -> None:
    supervised(world)
    for _ in range(8):
        world.now += timedelta(days=1)
        with world.unit() as session:
            chase_receipts(session, world.now)
    send(world, sink, world.at(world.now.date(), 17))
    mails = world.rows("SELECT mail_id, count(*) AS n FROM deliveries WHERE mode = 'digest' AND status = 'sent'"
                       " GROUP BY mail_id HAVING count(*) > 1")  # fmt: skip
    assert mails, "what waited for one reader went in one mail"
    received = [mail.message_id.split("@")[0] for mail in sink.received]
    assert len(received) == len(set(received))
    assert any("每日汇总" in str(mail.message["Subject"]) for mail in sink.received)


def test_a_digest_carries_the_letters_of_its_parts(world: World, sink: MailSink) -> None:
    [row] = world.rows("SELECT id FROM contacts WHERE subject_id = :s AND position = 'operator'", s=DISTRICT)
    wish = {"kind": NoticeKind.STAGE_OPENED, "mode": Mode.DIGEST, "contact_id": row["id"]}
    world.do(set_preference, world.districts[DISTRICT], **wish)
    for title in ("第一轮", "第二轮"):
        world.launch(DISTRICT, title=title)
    send(world, sink, datetime(2022, 9, 2, 10, tzinfo=SHANGHAI))
    [mail] = [mail for mail in sink.received if "每日汇总" in mail.subject]
    names = [part.get_filename() for part in mail.message.iter_attachments()]
    assert names == ["督导通知渝府教督发〔2022〕1号.docx", "督导通知渝府教督发〔2022〕2号.docx"]
    assert mail.message.get_body(("plain",)).get_content().count("正式文书见附件") == 2


def test_a_decision_that_waits_is_recalled_every_third_working_day(world: World) -> None:
    supervised(world)
    with world.unit() as session:
        session.connection().exec_driver_sql("UPDATE climbs SET delivered_at = at")
    world.pass_time(date(2022, 9, 21))
    assert world.rows("SELECT kind FROM climbs WHERE status = 'proposed'") == [{"kind": "circular"}]
    for _ in range(8):
        world.now += timedelta(days=1)
        with world.unit() as session:
            recall_waiting(session, world.now)
            recall_waiting(session, world.now)
    rows = world.rows("SELECT data ->> 'waited' AS waited FROM notices WHERE kind = 'decision_waiting' ORDER BY id")
    assert [row["waited"] for row in rows] == ["3", "6"]


def recalled(world: World, kind: str, days: int) -> list[tuple[str, str]]:
    """What waits is asked after for so many days: whose turn it was, and how long it had waited."""
    for _ in range(days):
        world.now += timedelta(days=1)
        with world.unit() as session:
            recall_waiting(session, world.now)
            recall_waiting(session, world.now)
    return [
        (row["role"], row["waited"])
        for row in world.rows(
            "SELECT u.role, n.data ->> 'waited' AS waited FROM notices n JOIN users u ON u.id = n.user_id "
            "WHERE n.kind = :kind ORDER BY n.id",
            kind=kind,
        )
    ]


def test_a_request_for_more_time_that_nobody_answers_is_recalled(world: World) -> None:
    world.launch(DISTRICT)
    case = world.case(DISTRICT)
    world.do(
        request_extension, world.districts[DISTRICT], case.id, case.version, due_on=date(2022, 9, 9), reason="材料未齐"
    )
    assert recalled(world, "decision_waiting", 5) == [("coordinator", "3")]


def test_a_talk_that_stands_still_is_recalled_step_by_step(world: World) -> None:
    world.launch(DISTRICT)
    case = world.case(DISTRICT)
    by_hand = {"kind": RungKind.TALK, "reason": "拒不配合"}
    measure = world.do(propose_by_hand, world.coordinator, case.id, case.version, **by_hand)
    world.do(decide_measure, world.manager, measure, ruling=Ruling.APPROVE)
    assert recalled(world, "talk_waiting", 7) == [("coordinator", "3")]
    [talk] = world.rows("SELECT id FROM talks")
    on = world.now + timedelta(days=14)
    called = {"scheduled_for": on, "place": "市教委", "persons": "分管负责人"}
    world.do(notify_talk, world.coordinator, talk["id"], **called)
    assert len(recalled(world, "talk_waiting", 14)) == 1, "before the talk there is nothing to recall"
    world.now = on + timedelta(hours=2)
    world.do(hold_talk, world.coordinator, talk["id"], held_at=on, attended="分管负责人")
    assert len(recalled(world, "talk_waiting", 5)) == 2


def fates(world: World, sink: MailSink, kind: str) -> list[tuple[str, str]]:
    """What becomes of the mails of a kind that wait for the next digest."""
    send(world, sink, world.at(world.now.date() + timedelta(days=1), 10))
    rows = world.rows(
        "SELECT d.status, d.answer FROM deliveries d JOIN notices n ON n.id = d.notice_id WHERE n.kind = :kind",
        kind=kind,
    )
    return sorted({(row["status"], row["answer"]) for row in rows if row["status"] != "sent"})


def test_what_was_signed_for_meanwhile_is_not_asked_for(world: World, sink: MailSink) -> None:
    supervised(world)
    world.now = world.at(date(2022, 9, 19))
    with world.unit() as session:
        assert chase_receipts(session, world.now)
        [asked] = session.execute(text("SELECT count(*) FROM notices WHERE kind = 'receipt_reminder'")).scalars()
        for (notice,) in session.execute(text("SELECT id FROM notices WHERE chase_at IS NOT NULL")).all():
            sign_by_link(session, world.now, notice)
    assert asked > 0
    assert fates(world, sink, "receipt_reminder") == [("cancelled", "所催事项已办理，不再发送")]


def test_what_was_decided_meanwhile_is_not_recalled(world: World, sink: MailSink) -> None:
    world.launch(DISTRICT)
    case = world.case(DISTRICT)
    district = world.districts[DISTRICT]
    world.do(request_extension, district, case.id, case.version, due_on=date(2022, 9, 9), reason="材料未齐")
    case = world.case(DISTRICT)
    by_hand = {"kind": RungKind.TALK, "reason": "拒不配合"}
    measure = world.do(propose_by_hand, world.coordinator, case.id, case.version, **by_hand)
    assert len(recalled(world, "decision_waiting", 5)) == 2
    world.do(decide_measure, world.manager, measure, ruling=Ruling.APPROVE)
    [request] = world.rows("SELECT id FROM extensions")
    world.do(decide_extension, world.coordinator, request["id"], grant=False, note="不影响按期报送")
    assert fates(world, sink, "decision_waiting") == [("cancelled", "所催事项已办理，不再发送")]


def test_what_still_waits_is_recalled_by_mail(world: World, sink: MailSink) -> None:
    world.launch(DISTRICT)
    case = world.case(DISTRICT)
    by_hand = {"kind": RungKind.TALK, "reason": "拒不配合"}
    measure = world.do(propose_by_hand, world.coordinator, case.id, case.version, **by_hand)
    world.do(decide_measure, world.manager, measure, ruling=Ruling.APPROVE)
    case = world.case(DISTRICT)
    world.do(request_extension, world.districts[DISTRICT], case.id, case.version, due_on=date(2022, 9, 9), reason="无")
    assert recalled(world, "talk_waiting", 5) == [("coordinator", "3")]
    assert fates(world, sink, "talk_waiting") == []
    assert fates(world, sink, "decision_waiting") == []


def test_the_reminder_of_the_due_day_goes_on_that_day(world: World, sink: MailSink) -> None:
    """Though time came after the hour of the digest, the next of which would be too late."""
    world.launch(DISTRICT)
    [item] = world.rows("SELECT due_on FROM work_items")
    world.now = world.at(item["due_on"], 11)
    world.act()
    send(world, sink, world.at(item["due_on"], 12))
    sent = world.rows(
        "SELECT d.status FROM deliveries d JOIN notices n ON n.id = d.notice_id WHERE n.kind = 'reminder'"
    )
    assert {row["status"] for row in sent} == {"sent"}
    assert any("今日到期" in mail.subject for mail in sink.received)


def told_of_missing_receipts(world: World) -> set[tuple[str, bool]]:
    """Who was told of receipts that are missing, and whether by mail as well."""
    for _ in range(12):
        world.now += timedelta(days=1)
        with world.unit() as session:
            chase_receipts(session, world.now)
    rows = world.rows(
        "SELECT u.username, EXISTS (SELECT FROM deliveries d WHERE d.notice_id = n.id) AS mailed "
        "FROM notices n JOIN users u ON u.id = n.user_id WHERE n.kind = 'receipt_missing'"
    )
    return {(row["username"], row["mailed"]) for row in rows}


def colleague(world: World, name: str) -> int:
    with world.unit() as session:
        user = User(username=name, name=name, role=Role.COORDINATOR, email=f"{name}@office.example", password_hash="-")
        session.add(user)
        session.flush()
        return user.id or 0


def test_a_missing_receipt_is_told_to_who_stands_in_for_the_coordinator(world: World) -> None:
    supervised(world)
    leave = {"first_day": date(2022, 9, 14), "last_day": date(2022, 9, 30), "reason": "休假"}
    world.do(
        delegate, world.coordinator, user_id=world.coordinator.user_id, to_user_id=colleague(world, "deputy"), **leave
    )
    assert told_of_missing_receipts(world) == {("coordinator", False), ("deputy", True)}


def test_a_closed_account_leaves_nothing_untold(world: World) -> None:
    supervised(world)
    colleague(world, "other")
    with world.unit() as session:
        session.execute(text("UPDATE users SET active = false WHERE username = 'coordinator'"))
    assert told_of_missing_receipts(world) == {("other", True)}


def test_a_receipt_is_asked_for_again_when_the_case_is_resumed(world: World) -> None:
    supervised(world)
    case = world.case(DISTRICT)
    world.do(suspend, world.coordinator, case.id, case.version, reason="疫情防控")
    assert told_of_missing_receipts(world) == set()
    case = world.case(DISTRICT)
    world.do(resume, world.coordinator, case.id, case.version, reason="疫情缓解")
    assert told_of_missing_receipts(world) == {("coordinator", True)}


def test_two_clicks_at_once_sign_once(world: World) -> None:
    notice = supervised(world)
    with world.unit() as slow:
        slow.get_one(Notice, notice)  # looked at before the other click
        with world.unit() as quick:
            sign_by_link(quick, world.now, notice)
        with pytest.raises(LinkUsed):
            sign_by_link(slow, world.now + timedelta(minutes=1), notice)
    [row] = world.rows("SELECT signed_at FROM notices WHERE id = :n", n=notice)
    assert row["signed_at"] == world.now
    assert world.rows("SELECT count(*) AS n FROM events WHERE kind = 'notice_signed'") == [{"n": 1}]
