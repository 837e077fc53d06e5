"""The calendar's launches: planned, proposed a week before, launched without being asked again, and stopped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from casework.definitions import publish
from casework.plans import (
    launch_now,
    launch_planned,
    launches_due,
    move,
    plan_ahead,
    prepare,
    propose_due,
    resume,
    stop,
)
from flows.district_evaluation import PROCESS as EVALUATION
from process.definition import Process, Quota, Recurrence
from process.errors import Conflict, InvalidInput, NotAllowed
from process.vocabulary import Cadence, QuotaKind, SubjectKind
from tests.world import World

YEARLY = Recurrence(cadence=Cadence.YEARLY, month=9, day=20)


def variant(name: str, recurrence: Recurrence | None, **more: Any) -> Process:
    """The evaluation under another name and rule."""
    return EVALUATION.model_copy(
        update={"name": name, "version": 1, "title": f"{name}督导", "recurrence": recurrence, **more}
    )


@pytest.fixture
def plan(world: World) -> Callable[..., None]:
    """Publish processes on the first of September; there are no others."""
    world.forget_processes()

    def install(*processes: Process) -> None:
        with world.unit() as session:
            publish(session, processes, world.now)

    return install


def morning(world: World, day: date) -> tuple[list[str], list[int | None]]:
    """What the daily pass does: titles proposed, rounds launched (``None``: could not be)."""
    world.now = world.at(day, 8)
    with world.unit() as session:
        plan_ahead(session, world.now)
        proposed = propose_due(session, world.now)
    with world.unit() as session:
        due = launches_due(session, world.now)
    launched = []
    for plan_id, _ in due:
        with world.unit() as session:
            launched.append(launch_planned(session, world.now, plan_id))
    return proposed, launched


def mornings(world: World, first: date, last: date) -> dict[str, tuple[list[str], list[int | None]]]:
    """Daily passes in which something happened."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    done = {day.isoformat(): morning(world, day) for day in days}
    return {day: what for day, what in done.items() if what != ([], [])}


def row(world: World, name: str = "甲") -> dict[str, Any]:
    [found] = world.rows("SELECT * FROM planned_rounds WHERE process_name = :name AND year = 2022", name=name)
    return dict(found)


def test_proposed_a_week_before_and_launched_without_being_asked_again(world: World, plan: Callable[..., None]) -> None:
    plan(variant("甲", YEARLY))
    done = mornings(world, date(2022, 9, 1), date(2022, 9, 30))
    title = "2022年甲督导"
    assert list(done) == ["2022-09-13", "2022-09-20"]
    assert done["2022-09-13"] == ([title], [])
    [opened] = done["2022-09-20"][1]
    [launched] = world.rows(
        "SELECT r.id, title, year, launched_by, u.username, (SELECT count(*) FROM cases c WHERE c.round_id = r.id) "
        "AS cases FROM rounds r JOIN users u ON u.id = r.coordinator_id"
    )
    assert launched == {
        "id": opened, "title": title, "year": 2022, "launched_by": None, "username": "coordinator", "cases": 41,
    }  # fmt: skip
    [said] = world.rows("SELECT data, user_id FROM notices WHERE kind = 'round_proposed'")
    assert said["user_id"] == world.coordinator.user_id
    assert (said["data"]["launch_on"], said["data"]["subjects"]) == ("2022-09-20", 41)
    assert said["data"]["path"] == f"/planned/{row(world)['id']}"
    assert world.rows("SELECT actor_id, actor_name FROM events WHERE kind = 'launched' LIMIT 1") == [
        {"actor_id": None, "actor_name": "系统"}
    ]


def test_a_second_pass_on_the_same_day_does_nothing(world: World, plan: Callable[..., None]) -> None:
    plan(variant("甲", YEARLY))
    for day in (date(2022, 9, 13), date(2022, 9, 20)):
        assert morning(world, day) != ([], [])
        assert morning(world, day) == ([], [])
    assert world.rows("SELECT count(*) AS n FROM notices WHERE kind = 'round_proposed'") == [{"n": 1}]


def test_days_without_a_pass_are_made_good_once_and_nobody_is_surprised(
    world: World, plan: Callable[..., None]
) -> None:
    plan(variant("甲", YEARLY))
    morning(world, date(2022, 9, 1))
    # Nothing ran from the 2nd to the 22nd: the proposal comes late, and the launch waits for the next working day.
    assert morning(world, date(2022, 9, 22)) == (["2022年甲督导"], [])
    assert row(world)["launch_on"] == date(2022, 9, 23)
    [opened] = morning(world, date(2022, 9, 26))[1]
    assert opened
    assert morning(world, date(2022, 9, 27)) == ([], [])


def test_days_before_anybody_planned_are_not_made_up(world: World, plan: Callable[..., None]) -> None:
    plan(variant("甲", Recurrence(cadence=Cadence.HALF_MONTHLY)))
    morning(world, date(2022, 11, 20))
    keys = [r["occurrence"] for r in world.rows("SELECT occurrence FROM planned_rounds ORDER BY 1")]
    assert keys[:3] == ["2022-11-30", "2022-12-15", "2022-12-31"], "this year's days to come"
    assert len(keys) == 3 + 24, "and the next year's, which begins within three months"


def test_what_is_not_proposed_yet_follows_the_newest_definition(world: World, plan: Callable[..., None]) -> None:
    plan(variant("甲", YEARLY))
    morning(world, date(2022, 9, 1))
    later = Recurrence(cadence=Cadence.YEARLY, month=10, day=1)
    plan(variant("甲", later, version=2, title="新名督导"))
    morning(world, date(2022, 9, 2))
    assert (row(world)["title"], row(world)["launch_on"]) == ("2022年新名督导", date(2022, 10, 8))
    plan(variant("甲", None, version=3))
    morning(world, date(2022, 9, 3))
    assert world.rows("SELECT FROM planned_rounds") == []


def test_what_was_begun_by_hand_is_not_begun_again(world: World, plan: Callable[..., None]) -> None:
    plan(EVALUATION.model_copy(update={"version": 9, "recurrence": YEARLY}))
    morning(world, date(2022, 9, 1))
    opened = world.launch("CQ-500103", title="另起的名字")
    assert mornings(world, date(2022, 9, 2), date(2022, 9, 25)) == {}
    found = row(world, EVALUATION.name)
    assert (found["status"], found["round_id"]) == ("launched", opened)


def test_who_stops_it_says_why_and_it_does_not_begin(world: World, plan: Callable[..., None]) -> None:
    plan(variant("甲", YEARLY))
    morning(world, date(2022, 9, 13))
    plan_id = row(world)["id"]
    with pytest.raises(InvalidInput):
        world.do(stop, world.coordinator, plan_id, reason=" ")
    with pytest.raises(NotAllowed):
        world.do(stop, world.inspector, plan_id, reason="不办")
    assert world.do(stop, world.coordinator, plan_id, reason="与全市统一安排冲突") == 1
    assert mornings(world, date(2022, 9, 14), date(2022, 9, 30)) == {}
    stopped = row(world)
    assert (stopped["status"], stopped["stopped_reason"]) == ("stopped", "与全市统一安排冲突")
    assert [line["deed"] for line in stopped["log"]] == ["停止"]
    with pytest.raises(Conflict):
        world.do(launch_now, world.coordinator, plan_id)


def test_a_whole_series_is_stopped_for_the_year_and_one_of_it_taken_up_again(
    world: World, plan: Callable[..., None]
) -> None:
    plan(variant("甲", Recurrence(cadence=Cadence.HALF_MONTHLY)))
    morning(world, date(2022, 11, 1))
    [first, *_] = world.rows("SELECT id FROM planned_rounds WHERE year = 2022 ORDER BY launch_on")
    assert world.do(stop, world.coordinator, first["id"], reason="改为按月", series=True) == 4
    assert mornings(world, date(2022, 11, 2), date(2022, 12, 1)) == {}
    world.do(resume, world.coordinator, first["id"], launch_on=date(2022, 12, 20))
    done = mornings(world, date(2022, 12, 2), date(2022, 12, 21))
    assert list(done) == ["2022-12-13", "2022-12-20"]
    assert world.rows("SELECT title FROM rounds") == [{"title": "2022年11月上半月甲督导"}]


def test_another_day_is_a_working_day_to_come_and_is_proposed_again(world: World, plan: Callable[..., None]) -> None:
    plan(variant("甲", YEARLY))
    morning(world, date(2022, 9, 13))
    plan_id = row(world)["id"]
    for wrong in (date(2022, 9, 13), date(2022, 9, 12), date(2022, 10, 1)):
        with pytest.raises(InvalidInput) as refused:
            world.do(move, world.coordinator, plan_id, launch_on=wrong, reason="让位")
        assert refused.value.field == "launch_on"
    world.do(move, world.coordinator, plan_id, launch_on=date(2022, 10, 9), reason="避开国庆")
    done = mornings(world, date(2022, 9, 14), date(2022, 10, 10))
    assert {day: len(launched) for day, (_, launched) in done.items()} == {"2022-10-02": 0, "2022-10-09": 1}
    assert world.rows("SELECT count(*) AS n FROM notices WHERE kind = 'round_proposed'") == [{"n": 2}]


def test_moved_to_a_near_day_it_is_not_proposed_again(world: World, plan: Callable[..., None]) -> None:
    plan(variant("甲", YEARLY))
    morning(world, date(2022, 9, 13))
    world.do(move, world.coordinator, row(world)["id"], launch_on=date(2022, 9, 15), reason="提前")
    done = mornings(world, date(2022, 9, 14), date(2022, 9, 30))
    assert list(done) == ["2022-09-15"]


def test_it_may_begin_at_once_with_chosen_subjects_and_another_coordinator(
    world: World, plan: Callable[..., None]
) -> None:
    plan(variant("甲", YEARLY))
    morning(world, date(2022, 9, 1))
    plan_id = row(world)["id"]
    with pytest.raises(InvalidInput) as refused:
        world.do(prepare, world.coordinator, plan_id, subject_ids=["CQ-500103", "无"], coordinator_id=None)
    assert refused.value.field == "subject_ids"
    with pytest.raises(InvalidInput):
        world.do(prepare, world.coordinator, plan_id, subject_ids=None, coordinator_id=world.inspector.user_id)
    chosen = ["CQ-500231", "CQ-500103"]
    world.do(prepare, world.coordinator, plan_id, subject_ids=chosen, coordinator_id=world.manager.user_id)
    opened = world.do(launch_now, world.coordinator, plan_id)
    assert world.rows("SELECT coordinator_id, launched_by FROM rounds WHERE id = :id", id=opened) == [
        {"coordinator_id": world.manager.user_id, "launched_by": world.coordinator.user_id}
    ]
    cases = world.rows("SELECT subject_id FROM cases WHERE round_id = :id ORDER BY 1", id=opened)
    assert [case["subject_id"] for case in cases] == sorted(chosen)
    assert [line["deed"] for line in row(world)["log"]] == ["确定督导对象和负责人", "立即启动"]
    assert mornings(world, date(2022, 9, 2), date(2022, 9, 30)) == {}


def test_what_cannot_begin_says_so_once_and_begins_when_it_can(world: World, plan: Callable[..., None]) -> None:
    sampled = Quota(
        kind=QuotaKind.SAMPLED_DISTRICTS, minimum=8, maximum=8, quote="8个区县", basis="要点第14项"
    )  # fmt: skip
    plan(variant("甲", YEARLY, quotas=(sampled,)))
    morning(world, date(2022, 9, 13))
    assert world.rows("SELECT data ->> 'to_choose' AS n FROM notices WHERE kind = 'round_proposed'") == [{"n": "8"}]
    for day in (20, 21, 22):
        assert morning(world, date(2022, 9, day)) == ([], [None])
    assert "须先选定8个督导对象" in row(world)["trouble"]
    told = world.rows("SELECT data ->> 'trouble' AS why FROM notices WHERE kind = 'round_proposed' ORDER BY id")
    assert len(told) == 2
    assert "须先选定8个" in told[1]["why"]
    world.do(prepare, world.coordinator, row(world)["id"], subject_ids=["CQ-500103"], coordinator_id=None)
    [opened] = morning(world, date(2022, 9, 23))[1]
    assert opened
    assert row(world)["trouble"] == ""


def test_one_that_cannot_begin_keeps_back_no_other(world: World, plan: Callable[..., None]) -> None:
    plan(variant("甲", YEARLY, subjects=SubjectKind.UNIVERSITY), variant("乙", YEARLY))
    morning(world, date(2022, 9, 13))
    assert sorted(bool(opened) for opened in morning(world, date(2022, 9, 20))[1]) == [False, True]
    assert "督导对象" in row(world, "甲")["trouble"]
    assert row(world, "乙")["status"] == "launched"


def test_without_a_coordinator_nothing_begins(world: World, plan: Callable[..., None]) -> None:
    plan(variant("甲", YEARLY))
    morning(world, date(2022, 9, 13))
    with world.unit() as session:
        session.execute(text("UPDATE users SET active = false WHERE role = 'coordinator'"))
    assert morning(world, date(2022, 9, 20)) == ([], [None])
    assert "协调员" in row(world)["trouble"]


def test_whoever_looked_after_the_last_round_looks_after_the_next(world: World, plan: Callable[..., None]) -> None:
    with world.unit() as session:
        session.execute(
            text(
                "INSERT INTO users (username, name, role, password_hash, active, phone, bot_url) "
                "VALUES ('second', '协调员二', 'coordinator', '-', true, '', '')"
            )
        )
    plan(variant("甲", Recurrence(cadence=Cadence.HALF_MONTHLY)))
    morning(world, date(2022, 9, 8))
    second = world.rows("SELECT id FROM users WHERE username = 'second'")[0]["id"]
    [first, *_] = world.rows("SELECT id FROM planned_rounds ORDER BY launch_on")
    world.do(prepare, world.coordinator, first["id"], subject_ids=["CQ-500103"], coordinator_id=second)
    mornings(world, date(2022, 9, 9), date(2022, 10, 1))
    assert [r["coordinator_id"] for r in world.rows("SELECT coordinator_id FROM rounds")] == [second, second]


def test_the_named_subjects_of_an_item_and_none_else(world: World, plan: Callable[..., None]) -> None:
    plan(variant("甲", YEARLY, only=("渝中区", "垫江县")))
    morning(world, date(2022, 9, 13))
    morning(world, date(2022, 9, 20))
    cases = world.rows("SELECT s.name FROM cases c JOIN subjects s ON s.id = c.subject_id ORDER BY s.code")
    assert [case["name"] for case in cases] == ["渝中区", "垫江县"]


def principal(world: World, key: str, ends_on: str, ended_on: str | None = None) -> None:
    """A principal with a term of office."""
    with world.unit() as session:
        session.execute(
            text(
                "INSERT INTO subjects (id, kind, code, name, alias, region_kind, education_office, district_id) "
                "VALUES (:id, 'principal', '', :id, '', '', '', 'CQ-500103')"
            ),
            {"id": key},
        )
        session.execute(
            text(
                "INSERT INTO terms (subject_id, post, ordinal, starts_on, ends_on, ended_on, ended_why) "
                "VALUES (:id, '校长', 1, '2018-01-01', :ends, :ended, :why)"
            ),
            {"id": key, "ends": ends_on, "ended": ended_on, "why": "调任" if ended_on else ""},
        )


def in_rounds(world: World) -> list[tuple[str, str]]:
    cases = world.rows("SELECT subject_id, r.title FROM cases JOIN rounds r ON r.id = round_id ORDER BY 1")
    return [(case["subject_id"], case["title"]) for case in cases]


TERM_END = variant(
    "甲",
    Recurrence(cadence=Cadence.TERM_END, offset=120),
    title="任期届满校（园）长综合督导",
    subjects=SubjectKind.PRINCIPAL,
)


def test_principals_whose_terms_end_together(world: World, plan: Callable[..., None]) -> None:
    principal(world, "P0", "2023-02-28")
    principal(world, "P1", "2023-02-10")
    principal(world, "P2", "2023-02-20", ended_on="2022-12-01")
    principal(world, "P3", "2023-08-31")
    plan(TERM_END)
    # 120 days before the 10th of February: the 13th of October.
    done = mornings(world, date(2022, 9, 1), date(2022, 10, 14))
    assert list(done) == ["2022-10-06", "2022-10-13"]
    title = "2023年2月任期届满校（园）长综合督导"
    assert in_rounds(world) == [("P0", title), ("P1", title)]


def test_a_term_entered_late_has_a_batch_of_its_own(world: World, plan: Callable[..., None]) -> None:
    principal(world, "P0", "2023-02-28")
    plan(TERM_END)
    mornings(world, date(2022, 10, 20), date(2022, 10, 31))
    assert [subject for subject, _ in in_rounds(world)] == ["P0"]
    principal(world, "P1", "2023-02-28")
    principal(world, "P2", "2022-12-31")  # 120 days are past, the term is not
    done = mornings(world, date(2022, 11, 1), date(2022, 11, 20))
    assert list(done) == ["2022-11-01", "2022-11-08"]
    first, second = "2023年2月任期届满校（园）长综合督导", "2023年2月任期届满校（园）长综合督导（第2批）"
    assert in_rounds(world) == [("P0", first), ("P1", second), ("P2", "2022年12月任期届满校（园）长综合督导")]


def test_what_opens_by_matters_is_not_launched_by_the_calendar(world: World, plan: Callable[..., None]) -> None:
    plan(variant("甲", YEARLY, launch_letter=None))
    morning(world, date(2022, 9, 1))
    assert world.rows("SELECT FROM planned_rounds") == []


def test_two_passes_side_by_side_launch_once(world: World, plan: Callable[..., None]) -> None:
    plan(variant("甲", YEARLY))
    morning(world, date(2022, 9, 13))
    world.now = world.at(date(2022, 9, 20), 8)
    plan_id = row(world)["id"]
    with world.unit() as one:
        assert launch_planned(one, world.now, plan_id)
        with world.unit() as other:
            assert launch_planned(other, world.now, plan_id) is None
    with world.unit() as later:
        assert launch_planned(later, world.now, plan_id) is None
    assert world.rows("SELECT count(*) AS n FROM rounds") == [{"n": 1}]
