"""Delivery against a real database and a real mail server that breaks in every phase."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from threading import Thread

import pytest
from sqlalchemy import Engine, event, text
from sqlmodel import Session, col, select

from db.tables import Case, Climb, Contact, Delegation, Delivery, Event, Notice, User, WorkItem
from notifications import deliver as deliver_module
from notifications.deliver import DeliveryReport, deliver
from notifications.gather import inbox_contexts
from notifications.outbox import claim, dead_letters, pending, record
from notifications.render import render_inbox
from notifications.settle import MAX_ATTEMPTS, Result, backoff
from notifications.smtp import SmtpNotConfigured
from process.calendar import SHANGHAI
from process.vocabulary import Channel, DeliveryStatus, EventKind, NoticeKind, Position, Role
from settings import Settings
from tests.notifications.builders import DUE, NOW, World
from tests.notifications.faults import Fault, FaultySink


@contextmanager
def a_world(engine: Engine) -> Iterator[World]:
    with Session(engine, expire_on_commit=False) as session:
        yield World.made(session)
        session.commit()


def run(engine: Engine, settings: Settings, now: datetime = NOW, limit: int = 500) -> DeliveryReport:
    return asyncio.run(deliver(engine, settings, now, limit=limit))


def only(engine: Engine) -> Delivery:
    with Session(engine) as session:
        return session.exec(select(Delivery)).one()


def statuses(engine: Engine) -> Counter[DeliveryStatus]:
    with Session(engine) as session:
        return Counter(session.exec(select(Delivery.status)))


def queue(engine: Engine, kind: NoticeKind = NoticeKind.URGE, count: int = 1, **more: object) -> None:
    with a_world(engine) as world:
        case = world.case()
        for _ in range(count):
            world.notice(case, kind, **more)


def as_digest(world: World) -> None:
    """What was queued so far goes in digests."""
    world.session.execute(text("UPDATE deliveries SET mode = 'digest'"))


# the good way


def test_headers_thread_the_case(engine: Engine, settings: Settings, sink: FaultySink) -> None:
    with a_world(engine) as world:
        case = world.case()
        climb = world.climb(case)
        world.notice(case, NoticeKind.URGE, climb=climb)
        address = world.contact(case).email
    report = run(engine, settings)
    assert report == DeliveryReport(claimed=1, sent=1)
    delivery, mail = only(engine), sink.received[0]
    message = mail.message
    thread = f"<case-{case.id}@dudao.example>"
    assert mail.rcpt_to == (address,)
    assert mail.mail_from == "dudao@dudao.example"
    assert message["Message-ID"] == f"<{delivery.message_id}@dudao.example>"
    assert message["In-Reply-To"] == thread
    assert message["References"] == thread
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime == NOW
    assert message["From"].addresses[0].display_name == "重庆市教育督导室"
    assert mail.subject == delivery.subject_line
    assert mail.subject.startswith("【催办】垫江县")
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert message.get_body(("plain",)).get_content().replace("\r\n", "\n").strip() == (delivery.body or "").strip()
    assert (delivery.status, delivery.sent_at, delivery.address) == (DeliveryStatus.SENT, NOW, address)
    assert delivery.answer.startswith("250")
    with Session(engine) as session:
        assert session.get_one(Climb, climb.id).delivered_at == NOW


def test_nothing_twice_and_nothing_before_its_time(engine: Engine, settings: Settings, sink: FaultySink) -> None:
    queue(engine)
    with Session(engine) as session:
        assert pending(session, NOW - timedelta(seconds=1)) == 0
        assert pending(session, NOW) == 1
    assert run(engine, settings, NOW - timedelta(seconds=1)).claimed == 0
    assert run(engine, settings).sent == 1
    assert run(engine, settings, NOW + timedelta(days=1)).claimed == 0
    assert sink.count == 1
    with Session(engine) as session:
        assert pending(session, NOW + timedelta(days=1)) == 0


def test_connections_are_reused_and_the_limit_holds(engine: Engine, settings: Settings, sink: FaultySink) -> None:
    queue(engine, count=60)
    assert run(engine, settings, limit=40).sent == 40
    assert sink.connections == settings.smtp_connections
    assert run(engine, settings).sent == 20
    assert len({mail.message_id for mail in sink.received}) == 60


def test_few_queries_whatever_the_number(engine: Engine, settings: Settings) -> None:
    with a_world(engine) as world:
        for _ in range(60):
            world.notice(world.case(), NoticeKind.URGE)
    statements: list[str] = []

    def counted(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", counted)
    assert run(engine, settings).sent == 60
    # What the server took is written down as it goes, so that depends on time; everything else does not.
    assert sum(statement.lstrip().startswith(("SELECT", "WITH")) for statement in statements) < 20


def test_without_smtp_nothing_is_touched(engine: Engine, settings: Settings) -> None:
    queue(engine)
    with pytest.raises(SmtpNotConfigured):
        run(engine, settings.model_copy(update={"smtp_host": None}))
    assert (only(engine).status, only(engine).attempts) == (DeliveryStatus.PENDING, 0)


# trouble, phase by phase


@pytest.mark.parametrize("kind", [NoticeKind.REMINDER, NoticeKind.URGE])
@pytest.mark.parametrize("fault", [Fault.DROP_AT_MAIL, Fault.DROP_AT_RCPT, Fault.DEFER_RCPT, Fault.DEFER_DATA])
def test_what_was_certainly_not_delivered_is_tried_again(
    engine: Engine, settings: Settings, sink: FaultySink, fault: Fault, kind: NoticeKind
) -> None:
    queue(engine, kind)
    sink.faults = [fault]
    assert run(engine, settings) == DeliveryReport(claimed=1, retried=1)
    delivery = only(engine)
    assert (delivery.status, delivery.attempts, sink.count) == (DeliveryStatus.PENDING, 1, 0)
    assert delivery.next_attempt_at == NOW + backoff(delivery.message_id, 1)
    assert run(engine, settings, NOW + timedelta(seconds=30)).claimed == 0
    assert run(engine, settings, delivery.next_attempt_at).sent == 1
    assert sink.count == 1


@pytest.mark.parametrize("fault", [Fault.DROP_AFTER_KEEPING, Fault.DROP_WITHOUT_KEEPING])
def test_unknown_fate_of_a_reminder_is_seen_and_not_repeated(
    engine: Engine, settings: Settings, sink: FaultySink, fault: Fault
) -> None:
    queue(engine, NoticeKind.REMINDER)
    sink.faults = [fault]
    assert run(engine, settings) == DeliveryReport(claimed=1, uncertain=1)
    assert run(engine, settings, NOW + timedelta(days=1)).claimed == 0
    assert sink.count == (1 if fault is Fault.DROP_AFTER_KEEPING else 0)
    with Session(engine) as session:
        assert [letter.status for letter in dead_letters(session)] == [DeliveryStatus.UNCERTAIN]


@pytest.mark.parametrize("fault", [Fault.DROP_AFTER_KEEPING, Fault.DROP_WITHOUT_KEEPING])
def test_unknown_fate_of_an_obligation_is_repeated_under_its_id(
    engine: Engine, settings: Settings, sink: FaultySink, fault: Fault
) -> None:
    queue(engine, NoticeKind.STAGE_OPENED)
    sink.faults = [fault]
    assert run(engine, settings) == DeliveryReport(claimed=1, retried=1)
    assert run(engine, settings, NOW + timedelta(hours=1)).sent == 1
    assert sink.count == (2 if fault is Fault.DROP_AFTER_KEEPING else 1)
    assert len({mail.message_id for mail in sink.received}) == 1


def test_an_answer_that_is_none_leaves_the_fate_unknown(engine: Engine, settings: Settings, sink: FaultySink) -> None:
    queue(engine, NoticeKind.REMINDER)
    sink.faults = [Fault.GARBLE]
    assert run(engine, settings).uncertain == 1


def test_slow_server_runs_into_the_time_limit(engine: Engine, settings: Settings, sink: FaultySink) -> None:
    queue(engine, NoticeKind.REMINDER)
    sink.faults = [Fault.SLOW]
    assert run(engine, settings.model_copy(update={"smtp_timeout": 0.3})).uncertain == 1


@pytest.mark.parametrize("fault", [Fault.REFUSE_RCPT, Fault.REFUSE_DATA])
def test_refused_for_good(engine: Engine, settings: Settings, sink: FaultySink, fault: Fault) -> None:
    queue(engine)
    sink.faults = [fault]
    assert run(engine, settings) == DeliveryReport(claimed=1, dead=1)
    delivery = only(engine)
    assert delivery.status is DeliveryStatus.DEAD
    assert delivery.answer.startswith("55")
    assert run(engine, settings, NOW + timedelta(days=1)).claimed == 0


def test_backoff_grows_and_ends(engine: Engine, settings: Settings, sink: FaultySink) -> None:
    queue(engine)
    sink.faults = [Fault.DEFER_RCPT] * 10
    now, waits = NOW, []
    for _ in range(MAX_ATTEMPTS - 1):
        assert run(engine, settings, now).retried == 1
        waits.append(only(engine).next_attempt_at - now)
        now = only(engine).next_attempt_at
    assert waits == sorted(waits)
    assert waits[0] >= timedelta(minutes=1)
    assert run(engine, settings, now).dead == 1
    assert "451" in only(engine).answer


def test_one_refused_message_does_not_stop_the_others(engine: Engine, settings: Settings, sink: FaultySink) -> None:
    queue(engine, count=20)
    sink.faults = [Fault.REFUSE_DATA, Fault.DROP_AT_RCPT, Fault.DROP_AFTER_KEEPING]
    report = run(engine, settings)
    # A drop before the text on a connection used before says nothing of the message: it goes out on a fresh one.
    assert (report.sent, report.dead) in {(17, 1), (18, 1)}
    assert run(engine, settings, NOW + timedelta(hours=1)).sent == 19 - report.sent


def test_outage_costs_no_attempts(engine: Engine, settings: Settings, sink: FaultySink) -> None:
    queue(engine, count=3)
    nowhere = settings.model_copy(update={"smtp_port": 1})
    for minutes in range(0, 20, 2):
        report = run(engine, nowhere, NOW + timedelta(minutes=minutes))
        assert (report.claimed, report.retried) == (3, 3)
        assert report.trouble
    assert run(engine, settings, NOW + timedelta(hours=1)).sent == 3


def test_a_server_that_stalls_whatever_it_is_given_costs_no_attempts(
    engine: Engine, settings: Settings, sink: FaultySink
) -> None:
    queue(engine, count=5)
    sink.faults = [Fault.STALL_AT_MAIL] * 2
    report = run(engine, settings.model_copy(update={"smtp_timeout": 0.3}))
    assert (report.claimed, report.retried) == (5, 5)
    assert "没有回应" in report.trouble
    with Session(engine) as session:
        assert set(session.exec(select(Delivery.attempts))) == {0}
    assert run(engine, settings, NOW + timedelta(hours=1)).sent == 5


def test_server_that_takes_one_connection_only(engine: Engine, settings: Settings, sink: FaultySink) -> None:
    queue(engine, count=30)
    sink.only_one = True
    assert run(engine, settings) == DeliveryReport(claimed=30, sent=30)


def test_sender_refused_is_the_offices_trouble(engine: Engine, settings: Settings, sink: FaultySink) -> None:
    queue(engine)
    sink.faults = [Fault.REFUSE_SENDER] * 2
    report = run(engine, settings)
    assert (report.retried, report.dead) == (1, 0)
    assert "sender not allowed" in report.trouble


# killed, and side by side


def killed_after_claim(engine: Engine) -> None:
    with Session(engine) as session:
        assert claim(session, Channel.EMAIL, NOW, NOW + timedelta(minutes=10), 10)
        session.commit()


def test_killed_between_claim_and_result(engine: Engine, settings: Settings, sink: FaultySink) -> None:
    with a_world(engine) as world:
        case = world.case()
        world.notice(case, NoticeKind.REMINDER)
        obligation = world.notice(case, NoticeKind.URGE)
    killed_after_claim(engine)
    assert run(engine, settings, NOW + timedelta(minutes=9)).claimed == 0
    assert run(engine, settings, NOW + timedelta(minutes=10)) == DeliveryReport(claimed=1, sent=1, uncertain=1)
    with Session(engine) as session:
        sent = session.exec(select(Delivery).where(Delivery.status == DeliveryStatus.SENT)).one()
    assert sent.notice_id == obligation.id
    assert sink.count == 1


def test_killed_again_and_again_ends(engine: Engine, settings: Settings, sink: FaultySink) -> None:
    queue(engine)
    for n in range(MAX_ATTEMPTS):
        with Session(engine) as session:
            at = NOW + timedelta(hours=n)
            assert claim(session, Channel.EMAIL, at, at + timedelta(minutes=10), 10)
            session.commit()
    assert run(engine, settings, NOW + timedelta(days=1)).dead == 1
    assert sink.count == 0


def test_cancelled_in_the_middle_forgets_nothing(engine: Engine, settings: Settings, sink: FaultySink) -> None:
    queue(engine, NoticeKind.REMINDER, count=90)

    async def cut_short() -> None:
        task = asyncio.create_task(deliver(engine, settings, NOW))
        while sink.count < 10:
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cut_short())
    first = statuses(engine)
    assert first[DeliveryStatus.SENDING] == 0, first
    assert first[DeliveryStatus.UNCERTAIN] <= settings.smtp_connections
    assert first[DeliveryStatus.PENDING] > 0, (first, sink.count)
    run(engine, settings, NOW + timedelta(hours=1))
    assert statuses(engine)[DeliveryStatus.SENT] + first[DeliveryStatus.UNCERTAIN] == 90
    assert max(Counter(mail.message_id for mail in sink.received).values()) == 1


def test_two_deliverers_at_once(engine: Engine, settings: Settings, sink: FaultySink) -> None:
    queue(engine, NoticeKind.REMINDER, count=250)

    async def both() -> list[DeliveryReport]:
        return list(await asyncio.gather(*(deliver(engine, settings, NOW) for _ in range(2))))

    reports = asyncio.run(both())
    assert sum(report.sent for report in reports) == 250
    assert all(report.sent for report in reports)
    assert sink.count == len({mail.message_id for mail in sink.received}) == 250


def test_result_of_a_lost_lease_is_not_written(engine: Engine, settings: Settings, sink: FaultySink) -> None:
    """While one sends slowly its lease runs out and another sends again: the second's word stands."""
    queue(engine)
    with Session(engine) as session:
        mine = claim(session, Channel.EMAIL, NOW, NOW, 1)
        session.commit()
    assert run(engine, settings).sent == 1
    with Session(engine) as session:
        assert record(session, [Result(mine[0], DeliveryStatus.DEAD, "late")], NOW) == []
        session.commit()
    assert only(engine).status is DeliveryStatus.SENT


def test_pass_ends_in_time(
    engine: Engine, settings: Settings, sink: FaultySink, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(engine, count=5)
    monkeypatch.setattr(deliver_module, "PASS", timedelta(0))
    assert run(engine, settings).claimed == 0
    assert only_pending(engine) == 5


def only_pending(engine: Engine) -> int:
    return statuses(engine)[DeliveryStatus.PENDING]


# true at the moment of sending


def test_reminder_of_a_day_that_moved_is_not_sent(engine: Engine, settings: Settings, sink: FaultySink) -> None:
    with a_world(engine) as world:
        case = world.case()
        for kind in (NoticeKind.REMINDER, NoticeKind.URGE, NoticeKind.SUPERVISE, NoticeKind.STAGE_OPENED):
            world.notice(case, kind)
        world.session.get_one(WorkItem, case.work_item_id).due_on = date(2022, 5, 20)
    assert run(engine, settings) == DeliveryReport(claimed=4, sent=1, cancelled=3)
    assert "5月20日" in sink.received[0].message.get_body(("plain",)).get_content()
    with Session(engine) as session:
        answers = session.exec(select(Delivery.answer).where(Delivery.status == DeliveryStatus.CANCELLED)).all()
    assert all("到期日已改为2022年5月20日" in answer for answer in answers)


def test_urge_after_submission_is_not_sent(engine: Engine, settings: Settings, sink: FaultySink) -> None:
    with a_world(engine) as world:
        case = world.case()
        world.notice(case, NoticeKind.URGE)
        world.finish(case)
    assert run(engine, settings).cancelled == 1
    assert "已办结" in only(engine).answer
    assert sink.count == 0


def test_urge_for_an_earlier_attempt_or_a_suspended_case(engine: Engine, settings: Settings) -> None:
    with a_world(engine) as world:
        again = world.case(attempt=2)
        world.notice(again, NoticeKind.URGE, attempt=1)
        stopped = world.case()
        world.notice(stopped, NoticeKind.URGE)
        world.session.flush()
        world.session.execute(
            text("UPDATE cases SET status = 'suspended', version = 2, suspended_at = :now WHERE id = :id"),
            {"now": NOW, "id": stopped.id},
        )
        world.session.add(Event(round_id=world.round.id, case_id=stopped.id, case_version=2, ordinal=0,
                                kind=EventKind.SUSPENDED, at=NOW))  # fmt: skip
    assert run(engine, settings).cancelled == 2


def test_successor_in_office_gets_the_letter(engine: Engine, settings: Settings, sink: FaultySink) -> None:
    with a_world(engine) as world:
        case = world.case()
        old = world.contact(case)
        world.notice(case, NoticeKind.STAGE_OPENED, to=old)
        old.valid_to = date(2022, 5, 15)
        world.session.add(Contact(subject_id=case.subject_id, position=Position.OFFICE_HEAD, name="李四",
                                  email="li@district.example", valid_from=date(2022, 5, 16)))  # fmt: skip
    assert run(engine, settings).sent == 1
    assert sink.received[0].rcpt_to == ("li@district.example",)
    assert "李四" in sink.received[0].message.get_body(("plain",)).get_content()


# digests

NOON = NOW + timedelta(hours=3)


def parts_of_a_digest(engine: Engine, *kinds: NoticeKind) -> None:
    with a_world(engine) as world:
        case = world.case()
        for kind in kinds:
            world.notice(case, kind)
        as_digest(world)


def test_a_digest_is_taken_whole_whatever_the_limit(engine: Engine, settings: Settings, sink: FaultySink) -> None:
    parts_of_a_digest(engine, NoticeKind.CLOSED, NoticeKind.REMINDER, NoticeKind.ACCEPTED)
    assert run(engine, settings, NOON, limit=1) == DeliveryReport(claimed=3, sent=3)
    assert sink.count == 1


def test_a_digest_whose_fate_is_unknown_is_repeated_as_the_same_mail(
    engine: Engine, settings: Settings, sink: FaultySink
) -> None:
    parts_of_a_digest(engine, NoticeKind.CLOSED, NoticeKind.REMINDER, NoticeKind.ACCEPTED)
    sink.faults = [Fault.DROP_AFTER_KEEPING]
    assert run(engine, settings, NOON) == DeliveryReport(claimed=3, retried=2, uncertain=1)
    with Session(engine) as session:
        waiting = select(Delivery.next_attempt_at).where(Delivery.status == DeliveryStatus.PENDING)
        [again] = set(session.exec(waiting))
    assert run(engine, settings, again) == DeliveryReport(claimed=2, sent=2)
    first, second = sink.received
    assert first.message_id == second.message_id
    assert "2项" in second.subject, "the reminder is not repeated"


def test_a_digest_whose_sender_was_killed_is_repeated_as_the_same_mail(
    engine: Engine, settings: Settings, sink: FaultySink
) -> None:
    parts_of_a_digest(engine, NoticeKind.REMINDER, NoticeKind.CLOSED)
    run(engine, settings, NOON)
    with Session(engine) as session:  # as if killed after the server took it and before that was written
        session.execute(text("UPDATE deliveries SET status = 'sending', mail_id = NULL, sent_at = NULL"))
        session.commit()
    assert run(engine, settings, NOON + timedelta(hours=1)) == DeliveryReport(claimed=1, sent=1, uncertain=1)
    first, second = sink.received
    assert first.message_id == second.message_id


def test_what_could_not_go_yesterday_waits_for_todays_digest(
    engine: Engine, settings: Settings, sink: FaultySink
) -> None:
    parts_of_a_digest(engine, NoticeKind.CLOSED, NoticeKind.ACCEPTED)
    morning = datetime(2022, 5, 17, 8, 45, tzinfo=SHANGHAI)
    assert run(engine, settings, morning).claimed == 0
    assert run(engine, settings, morning.replace(hour=9, minute=30)).sent == 2


def test_two_deliverers_make_one_digest(engine: Engine) -> None:
    parts_of_a_digest(engine, NoticeKind.CLOSED, NoticeKind.ACCEPTED)
    lease, taken = NOON + timedelta(minutes=10), []

    def the_other() -> None:
        with Session(engine) as session:
            taken.extend(claim(session, Channel.EMAIL, NOON, lease, 10))
            session.commit()

    beside = Thread(target=the_other)

    def between(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "WITH readers" in statement and not beside.ident:
            beside.start()
            beside.join(0.5)

    event.listen(engine, "before_cursor_execute", between)
    with Session(engine) as session:
        assert len(claim(session, Channel.EMAIL, NOON, lease, 1)) == 2
        session.commit()
    beside.join(5)
    assert taken == []


# the dead


def undeliverable(engine: Engine) -> list[Notice]:
    with Session(engine) as session:
        return list(
            session.exec(select(Notice).where(Notice.kind == NoticeKind.UNDELIVERABLE).order_by(col(Notice.id)))
        )


@pytest.mark.parametrize(
    ("email", "reason"), [(None, "没有登记电子邮箱"), ("", "没有登记"), ("nobody at home", "电子邮箱地址无效")]
)
def test_nobody_can_be_written_to(engine: Engine, settings: Settings, email: str | None, reason: str) -> None:
    with a_world(engine) as world:
        case = world.case(world.subject(emails={Position.OFFICE_HEAD: email}))
        world.notice(case, NoticeKind.URGE)
    assert run(engine, settings).dead == 1
    assert reason in only(engine).answer
    news = undeliverable(engine)
    assert [notice.user_id for notice in news] == [world.coordinator.id]
    with Session(engine) as session:
        told = session.exec(select(Event).where(Event.kind == EventKind.UNDELIVERABLE)).one()
        assert (told.case_id, told.case_version, told.ordinal) == (case.id, None, None)
        assert reason in told.data["answer"]
        assert len(dead_letters(session)) == 1


def test_nobody_in_office(engine: Engine, settings: Settings) -> None:
    with a_world(engine) as world:
        case = world.case()
        world.contact(case).valid_to = date(2022, 5, 1)
        world.notice(case, NoticeKind.URGE)
    assert run(engine, settings).dead == 1
    assert "现无在任联系人" in only(engine).answer


def test_dead_mailbox_is_told_once_per_round(engine: Engine, settings: Settings, sink: FaultySink) -> None:
    with a_world(engine) as world:
        subject = world.subject(emails={Position.OFFICE_HEAD: "gone@district.example"})
        case = world.case(subject)
        for kind in (NoticeKind.URGE, NoticeKind.STAGE_OPENED, NoticeKind.SUSPENDED):
            world.notice(case, kind)
    sink.dead = {"gone@district.example"}
    assert run(engine, settings).dead == 3
    news = undeliverable(engine)
    assert [notice.key for notice in news] == [f"undeliverable:{world.round.id}:gone@district.example"]
    with Session(engine) as session:
        assert len(session.exec(select(Event).where(Event.kind == EventKind.UNDELIVERABLE)).all()) == 3
        world2 = World(session, world.round, world.coordinator, world.manager)
        world2.notice(session.get_one(Case, case.id), NoticeKind.RESUMED)
        session.commit()
    assert run(engine, settings).dead == 1
    assert len(undeliverable(engine)) == 1
    assert sink.count == 0


def test_a_dead_mailbox_is_told_to_who_stands_in_for_the_coordinator(engine: Engine, settings: Settings) -> None:
    with a_world(engine) as world:
        deputy = User(username="sun", name="孙代理", role=Role.COORDINATOR, password_hash="-")
        world.session.add(deputy)
        world.session.flush()
        away = {"first_day": NOW.date(), "last_day": NOW.date(), "created_at": NOW, "created_by": world.manager.id}
        leave = Delegation(user_id=world.coordinator.id, to_user_id=deputy.id, reason="休假", **away)
        world.session.add(leave)
        world.notice(world.case(world.subject(emails={Position.OFFICE_HEAD: None})), NoticeKind.URGE)
    assert run(engine, settings).dead == 1
    assert [notice.user_id for notice in undeliverable(engine)] == [deputy.id]


def test_a_mailbox_that_was_mended_and_dies_again_is_told_again(
    engine: Engine, settings: Settings, sink: FaultySink
) -> None:
    with a_world(engine) as world:
        case = world.case(world.subject(emails={Position.OFFICE_HEAD: "gone@district.example"}))

    def say(kind: NoticeKind, days: int, *, dead: bool) -> int:
        with Session(engine) as session:
            World(session, world.round, world.coordinator, world.manager).notice(session.get_one(Case, case.id), kind)
            session.commit()
        sink.dead = {"gone@district.example"} if dead else set()
        report = run(engine, settings, NOW + timedelta(days=days))
        assert (report.dead, report.sent) == ((1, 0) if dead else (0, 1))
        return len(undeliverable(engine))

    assert say(NoticeKind.STAGE_OPENED, 0, dead=True) == 1
    assert say(NoticeKind.RESUMED, 1, dead=True) == 1
    assert say(NoticeKind.STAGE_OPENED, 2, dead=False) == 1
    assert say(NoticeKind.RESUMED, 3, dead=True) == 2
    assert say(NoticeKind.RESUMED, 4, dead=True) == 2


def test_unspeakable_notice_is_reported_and_holds_nobody_up(engine: Engine, settings: Settings) -> None:
    with a_world(engine) as world:
        case = world.case()
        world.notice(case, NoticeKind.TALK_NOTICE)
        world.notice(case, NoticeKind.URGE)
    report = run(engine, settings)
    assert (report.sent, report.dead) == (1, 1)
    assert len(undeliverable(engine)) == 1


def test_a_fault_of_any_sort_holds_nobody_up(engine: Engine, settings: Settings) -> None:
    with a_world(engine) as world:
        case = world.case()
        data = {"waited": 3, "reason": "", "since": None}
        world.notice(
            case, NoticeKind.DECISION_WAITING, to=world.manager, climb=world.climb(case, "circular"), data=data
        )
        world.notice(case, NoticeKind.URGE)
    report = run(engine, settings)
    assert (report.sent, report.dead) == (1, 1)


def test_an_unspeakable_part_leaves_the_digest(engine: Engine, settings: Settings, sink: FaultySink) -> None:
    with a_world(engine) as world:
        case = world.case()
        for kind in (NoticeKind.TALK_NOTICE, NoticeKind.REMINDER, NoticeKind.CLOSED):
            world.notice(case, kind)
        as_digest(world)
    report = run(engine, settings, NOON)
    assert (report.sent, report.dead) == (2, 1)
    assert sink.count == 1
    assert "2项" in sink.received[0].subject


def test_the_secret_of_a_bot_is_kept_and_shown_nowhere(engine: Engine, settings: Settings) -> None:
    with a_world(engine) as world:
        case = world.case()
        world.contact(case).bot_url = "tgram://123456789:abcdefg_hijklmnop/12315544"
        world.notice(case, NoticeKind.URGE)
        world.session.execute(text("UPDATE deliveries SET channel = 'bot'"))
    assert asyncio.run(deliver(engine, settings, NOW, channel=Channel.BOT)).dead == 1
    with Session(engine) as session:
        kept = session.execute(
            text(
                "SELECT to_jsonb(d)::text FROM deliveries d UNION ALL SELECT to_jsonb(n)::text FROM notices n "
                "UNION ALL SELECT to_jsonb(e)::text FROM events e"
            )
        ).scalars()
        words = "".join(kept)
    assert "tgram://…" in words
    assert "abcdefg" not in words


def test_a_dead_address_about_no_case_can_be_read(engine: Engine, settings: Settings, sink: FaultySink) -> None:
    with a_world(engine) as world:
        case = world.case(world.subject("市财政局", emails={Position.LIAISON: "gone@office.example"}))
        data = {"title_of_round": "2022年评价", "number": "", "summary": "完成。", "figures": []}
        liaison = world.contact(case, Position.LIAISON)
        notice = world.notice(case, NoticeKind.MEMBERS_CIRCULAR, to=liaison, data=data, about_item=False)
        notice.case_id = None
    sink.dead = {"gone@office.example"}
    assert run(engine, settings).dead == 1
    [news] = undeliverable(engine)
    with Session(engine) as session:
        title, html = render_inbox(inbox_contexts(session, settings, [news.id or 0])[news.id or 0])
    assert title == "【送达失败】市财政局：gone@office.example无法送达"
    assert "发给市财政局（张三）的「评价结果通报」未能送达" in html


# what counts as a delivered rung


def delivered(engine: Engine, climb: Climb) -> datetime | None:
    with Session(engine) as session:
        return session.get_one(Climb, climb.id).delivered_at


def test_proposal_to_the_manager_delivers_nothing_to_the_district(engine: Engine, settings: Settings) -> None:
    with a_world(engine) as world:
        case = world.case()
        climb = world.climb(case, "circular")
        world.notice(case, NoticeKind.RUNG_PROPOSED, to=world.manager, climb=climb)
    assert run(engine, settings).sent == 1
    assert delivered(engine, climb) is None


def test_office_copy_alone_does_not_count(engine: Engine, settings: Settings, sink: FaultySink) -> None:
    with a_world(engine) as world:
        case = world.case(world.subject(emails={Position.OFFICE_HEAD: None}))
        climb = world.climb(case, "supervise")
        world.notice(case, NoticeKind.SUPERVISE, climb=climb)
        world.notice(case, NoticeKind.SUPERVISE, to=world.coordinator, climb=climb)
    report = run(engine, settings)
    assert (report.sent, report.dead) == (1, 1)
    assert delivered(engine, climb) is None


def test_office_rung_counts_when_it_reaches_the_office(engine: Engine, settings: Settings) -> None:
    with a_world(engine) as world:
        case = world.case(stage="review")
        climb = world.climb(case, "urge", delivered_at=None)
        world.notice(case, NoticeKind.URGE, to=world.coordinator, climb=climb)
    assert run(engine, settings).sent == 1
    assert delivered(engine, climb) == NOW


def test_first_delivery_stays(engine: Engine, settings: Settings) -> None:
    earlier = datetime(2022, 5, 14, 8, tzinfo=SHANGHAI)
    with a_world(engine) as world:
        case = world.case()
        climb = world.climb(case, delivered_at=earlier)
        world.notice(case, NoticeKind.URGE, climb=climb, due_on=DUE)
    assert run(engine, settings).sent == 1
    assert delivered(engine, climb) == earlier
