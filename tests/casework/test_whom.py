"""Whom a notice reaches: a school's own people, its district in their place, accounts in person."""

from __future__ import annotations

from casework.notify import Queued, queue
from db.tables import Contact, Subject
from notifications.gather import inbox_contexts
from notifications.render import render_inbox
from process.decide import NoticeDraft
from process.vocabulary import NoticeKind, Position, SubjectKind
from settings import Settings
from tests.world import World

DISTRICT, SCHOOL = "CQ-500103", "SCHOOL-1"
WANTED = (Position.HEAD, Position.OFFICE_HEAD)


def said(world: World, draft: NoticeDraft, *, about: str = SCHOOL, kinds: str = "notices") -> list[tuple[object, ...]]:
    """What a notice about a school becomes: kind, whose inbox, which position, which account, how it leaves."""
    with world.unit() as session:
        queue(session, [Queued(draft, world.round_id, None, about)], world.now)
    rows = world.rows(
        "SELECT n.kind, n.subject_id, n.position, n.user_id, d.mode FROM notices n "
        "LEFT JOIN deliveries d ON d.notice_id = n.id WHERE n.case_id IS NULL ORDER BY n.id"
    )
    return [tuple(row.values()) for row in rows]


def school(world: World, *positions: Position, district: str | None = DISTRICT) -> None:
    world.launch(DISTRICT)
    with world.unit() as session:
        session.add(Subject(id=SCHOOL, kind=SubjectKind.SCHOOL, name="某小学", district_id=district))
        session.flush()
        session.add_all(
            Contact(subject_id=SCHOOL, position=p, name=f"某小学{p.title_zh}", email="x@school.example")
            for p in positions
        )


def test_a_schools_own_people_are_told(world: World) -> None:
    school(world, Position.HEAD)
    draft = NoticeDraft(NoticeKind.STAGE_OPENED, WANTED)
    assert said(world, draft) == [("stage_opened", SCHOOL, "head", None, "at_once")]


def test_its_district_is_told_in_the_place_of_a_school_without_people(world: World) -> None:
    school(world)
    draft = NoticeDraft(NoticeKind.STAGE_OPENED, WANTED)
    assert said(world, draft) == [("stage_opened", DISTRICT, "office_head", None, "digest")], "much at once is one mail"
    [row] = world.rows("SELECT data ->> 'on_behalf_of' AS name FROM notices WHERE case_id IS NULL")
    assert row["name"] == "某小学"


def test_what_must_come_by_itself_does_so_in_anothers_place_too(world: World) -> None:
    school(world)
    assert said(world, NoticeDraft(NoticeKind.SUPERVISE, WANTED))[0][-1] == "at_once"


def test_where_the_district_has_none_of_the_positions_its_operator_is_told(world: World) -> None:
    school(world, Position.OPERATOR)
    draft = NoticeDraft(NoticeKind.STAGE_OPENED, (Position.HEAD,))
    assert said(world, draft) == [("stage_opened", DISTRICT, "operator", None, "digest")]


def test_nobody_anywhere_is_news_for_the_coordinator(world: World) -> None:
    school(world, district=None)
    assert said(world, NoticeDraft(NoticeKind.STAGE_OPENED, WANTED)) == [
        ("undeliverable", None, None, world.coordinator.user_id, None)
    ]


def test_accounts_are_told_in_person_once(world: World) -> None:
    school(world)
    person, deputy = world.inspector.user_id or 0, world.coordinator.user_id or 0
    draft = NoticeDraft(NoticeKind.VISIT_REMINDER, people=(person, person, deputy, 10_000))
    assert said(world, draft) == [
        ("visit_reminder", None, None, person, "digest"),
        ("visit_reminder", None, None, deputy, "digest"),
    ]


def test_outside_rounds_the_coordinators_hear_of_a_district_without_people(world: World) -> None:
    with world.unit() as session:
        for id_ in ("D-1", "D-2"):
            session.add(Subject(id=id_, kind=SubjectKind.DISTRICT, name=f"新区{id_}"))
        session.flush()
        draft = NoticeDraft(NoticeKind.COVERAGE_SHORT, (Position.OPERATOR,), step="2022-09")
        queue(session, [Queued(draft, None, None, id_) for id_ in ("D-1", "D-2")], world.now)
    rows = world.rows("SELECT id, user_id, data ->> 'subject' AS subject FROM notices ORDER BY subject")
    assert [(row["user_id"], row["subject"]) for row in rows] == [
        (world.coordinator.user_id, "新区D-1"),
        (world.coordinator.user_id, "新区D-2"),
    ]
    with world.unit() as session:
        context = inbox_contexts(session, Settings(_env_file=None), [rows[0]["id"]])[rows[0]["id"]]
    title, body = render_inbox(context)
    assert title == "【送达失败】新区D-1：联系人无法送达"
    assert "发给新区D-1（联系人）的「到校督导未全覆盖」未能送达" in body
    assert "没有在任的联系人" in body
