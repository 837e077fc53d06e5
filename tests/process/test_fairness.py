"""Nobody is reproached unwarned, twice, or for what was forgiven: the shortest stories in which that could go wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from flows.accountability import PROCESS as ACCOUNTABILITY
from flows.catalogue import definitions
from flows.district_evaluation import PROCESS
from process.calendar import SHANGHAI, at_hour, packaged_calendar
from process.decide import (
    Completed,
    Drawn,
    DueMoved,
    Resumed,
    Suspended,
    TimePassed,
    decide,
    first_item,
)
from process.definition import Process, Rung
from process.errors import InvalidExtension, RequirementUnmet, WindowClosed
from process.ladder import Early, step
from process.state import Case, Climb, FindingCounts, Item, Visit
from process.vocabulary import CaseStatus, ClimbStatus, Role, RungKind, Trigger

CALENDAR = packaged_calendar()
LADDER = PROCESS.ladder("district")
DUE = date(2022, 11, 16)  # a Wednesday
OPENED = datetime(2022, 10, 10, 10, tzinfo=SHANGHAI)
ITEM = Item(1, "self_evaluation", 1, 1, OPENED, DUE, OPENED, False, received_at=OPENED)


def on(offset: int, hour: int = 9, due_on: date = DUE) -> datetime:
    """That many working days from the due date."""
    return at_hour(CALENDAR.add_working_days(due_on, offset), hour)


def said(rung: str, at: datetime, status: ClimbStatus = ClimbStatus.CLIMBED, arrived: datetime | None = None) -> Climb:
    name, _, trigger = rung.partition("@")
    kind = next((r.kind for r in LADDER.rungs if r.key == rung), None) or RungKind(name)
    return Climb(rung, kind, DUE, status, at, arrived, Trigger(trigger or "overdue"))


REMINDED = tuple(said(f"remind_{n}", on(-n), arrived=on(-n)) for n in (10, 3, 1, 0))


def a_case(item: Item, *climbs: Climb, process: Process = PROCESS) -> Case:
    case = Case(
        7, 1, "CQ-500103", 2022, process, CaseStatus.OPEN, replace(item, climbs=(*REMINDED, *climbs)), version=3
    )
    return replace(case, visits={item.stage: Visit(1, 1, 1, None)})


def proposed(case: Case, now: datetime) -> list[str]:
    """The formal rungs that passes at one moment put before the managers."""
    found: list[str] = []
    for _ in range(10):
        decision = decide(case, TimePassed(), now, CALENDAR)
        found += [draft.rung.key for draft in decision.climbs if draft.rung.kind.formal]
        case = decision.after
    return found


def test_a_circular_for_falsification_does_not_warn_of_being_late() -> None:
    """Down until the twentieth day: the first word about being late and the proposal of a talk in the same minute."""
    circular = said("circular@falsification", on(-20), ClimbStatus.APPROVED, on(-19))
    assert proposed(a_case(ITEM, circular), on(20)) == []


def test_a_circular_for_falsification_does_not_make_up_for_warnings_that_never_arrived() -> None:
    circular = said("circular@falsification", on(-20), ClimbStatus.APPROVED, on(-19))
    urged, supervised = said("urge", on(1)), said("supervise", on(5))
    assert proposed(a_case(ITEM, circular, urged, supervised), on(20)) == []


def test_a_talk_is_not_proposed_on_the_day_of_the_supervision() -> None:
    """Without any hand: late again, so a circular at once; down from the fourth to the twentieth day."""
    urged = said("urge", on(1), arrived=on(1))
    circular = said("circular@second_late", on(2), ClimbStatus.APPROVED, on(3))
    assert proposed(a_case(ITEM, urged, circular), on(20)) == []


@pytest.mark.parametrize("late", [0, 6])
def test_who_was_drawn_while_suspended_moves_on_when_resumed(late: int) -> None:
    """From the sixth day on no rung is left either: time never looks at the case again."""
    item = replace(ITEM, stage="sampling")
    office = PROCESS.ladder("office").rungs
    climbs = [Climb(r.key, r.kind, DUE, ClimbStatus.CLIMBED, on(r.offset)) for r in office if late]
    now = on(late, 10)
    stopped = decide(a_case(item, *climbs), Suspended("洪灾"), now, CALENDAR).after
    drawn = decide(stopped, Drawn(sampled=True), now + timedelta(days=1), CALENDAR).after
    resumed = decide(drawn, Resumed("恢复"), now + timedelta(days=2), CALENDAR)
    moved = resumed.after.item is not None and resumed.after.item.stage == "team"
    assert moved or resumed.next_action_at == now + timedelta(days=2)


def test_a_reminder_of_friday_is_not_sent_on_saturday() -> None:
    friday = date(2022, 11, 18)
    reminded = tuple(replace(said(f"remind_{n}", on(-n)), due_on=friday) for n in (10, 3, 1))
    item = replace(ITEM, due_on=friday, climbs=reminded)
    saturday = datetime(2022, 11, 19, 10, tzinfo=SHANGHAI)
    assert step(LADDER, item, saturday, CALENDAR).climb is None


def test_who_got_more_time_after_being_late_is_urged_when_late_again() -> None:
    """Asked for on the due day, granted a week later: the new day passes in silence, then a circular is proposed."""
    urged, supervised = said("urge", on(1), arrived=on(1)), said("supervise", on(5), arrived=on(5))
    case = a_case(ITEM, urged, supervised)
    later = CALENDAR.add_working_days(DUE, 20)
    case = decide(case, DueMoved(later, False, "批准延期"), on(7), CALENDAR).after
    after = on(1, due_on=later)
    climbed = decide(case, TimePassed(), after, CALENDAR).climbs
    assert [draft.rung.key for draft in climbed if draft.status is ClimbStatus.CLIMBED] == ["urge"]


def test_who_got_more_time_after_being_late_is_not_proposed_without_another_warning() -> None:
    urged, supervised = said("urge", on(1), arrived=on(1)), said("supervise", on(5), arrived=on(5))
    later = CALENDAR.add_working_days(DUE, 20)
    case = decide(a_case(ITEM, urged, supervised), DueMoved(later, False, "批准延期"), on(7), CALENDAR).after
    assert proposed(case, on(10, due_on=later)) == []


@pytest.mark.parametrize(
    ("findings", "extensions", "offered"),
    [
        (FindingCounts(total=10), 1, ["support@hardship"]),
        (FindingCounts(total=10, grave=1), 0, ["support@hardship"]),
        (FindingCounts(total=10), 0, []),
        (FindingCounts(total=9), 1, []),
    ],
)
def test_help_is_offered_beside_the_measure_to_whom_it_is_hard(
    findings: FindingCounts, extensions: int, offered: list[str]
) -> None:
    """任务重, 困难多, 基础差: two of three."""
    urged, supervised = said("urge", on(1), arrived=on(1)), said("supervise", on(5), arrived=on(5))
    case = replace(a_case(ITEM, urged, supervised), findings=findings, extensions=extensions)
    assert proposed(case, on(10)) == ["circular", *offered]


def test_a_moved_due_date_is_not_reminded_of_for_days_that_are_gone() -> None:
    """Five days more, granted on the last day: ten days before the new one nobody knew of it."""
    case = decide(a_case(ITEM), DueMoved(on(5).date(), False, "批准延期"), on(0, 10), CALENDAR).after
    assert decide(case, TimePassed(), on(0, 11), CALENDAR).climbs == ()
    [reminder] = decide(case, TimePassed(), on(2), CALENDAR).climbs
    assert reminder.rung.key == "remind_3"


def test_more_time_granted_voids_what_lateness_proposed_and_excuses_its_warnings() -> None:
    urged, supervised = said("urge", on(1), arrived=on(1)), said("supervise", on(5), arrived=on(5))
    talk, by_hand = said("talk", on(20), ClimbStatus.PROPOSED), said("exposure@by_hand", on(6), ClimbStatus.PROPOSED)
    case = replace(a_case(ITEM, urged, supervised, talk, by_hand), talk_alive=True)
    later = CALENDAR.add_working_days(DUE, 40)
    granted = decide(case, DueMoved(later, False, "批准延期"), on(21), CALENDAR)
    assert granted.excuses
    assert not granted.after.talk_alive
    assert granted.after.item is not None
    now = {climb.rung: (climb.status, climb.excused) for climb in granted.after.item.climbs[len(REMINDED) :]}
    assert now == {
        "urge": (ClimbStatus.CLIMBED, True),
        "supervise": (ClimbStatus.CLIMBED, True),
        "talk": (ClimbStatus.LAPSED, True),
        "exposure@by_hand": (ClimbStatus.PROPOSED, False),
    }


def test_a_circular_for_a_forgiven_slip_does_not_make_up_for_warnings_of_the_next_that_never_arrived() -> None:
    circular = said("circular", on(10), ClimbStatus.APPROVED, on(11))
    first = (said("urge", on(1), arrived=on(1)), said("supervise", on(5), arrived=on(5)), circular)
    later = CALENDAR.add_working_days(DUE, 20)
    case = decide(a_case(ITEM, *first), DueMoved(later, False, "批准延期"), on(12), CALENDAR).after
    for offset in (1, 5):
        case = decide(case, TimePassed(), on(offset, due_on=later), CALENDAR).after
    assert proposed(case, on(20, due_on=later)) == []


def test_more_time_granted_after_a_suspension_takes_no_days_away() -> None:
    """Asked for five days more, then suspended for ten: what was asked for is now sooner than what it has."""
    asked = CALENDAR.add_working_days(DUE, 5)
    stopped = decide(a_case(ITEM), Suspended("洪灾"), on(-20), CALENDAR).after
    resumed = decide(stopped, Resumed("恢复"), on(-10), CALENDAR).after
    assert resumed.item is not None
    assert resumed.item.due_on > asked
    with pytest.raises(InvalidExtension):
        decide(resumed, DueMoved(asked, False, "批准延期"), on(-10), CALENDAR)


def test_a_suspension_does_not_count_towards_the_dwell() -> None:
    """Supervised on the twelfth day, suspended on the thirteenth, resumed four weeks later: proposed the next day."""
    urged, supervised = said("urge", on(1), arrived=on(1)), said("supervise", on(12), arrived=on(12))
    stopped = decide(a_case(ITEM, urged, supervised), Suspended("洪灾"), on(12, 15), CALENDAR).after
    resumed = decide(stopped, Resumed("恢复"), on(32), CALENDAR).after
    assert proposed(resumed, on(33)) == []
    assert proposed(resumed, on(37)) == ["circular"]


def test_a_suspension_does_not_count_towards_the_dwell_of_an_earlier_warning_either() -> None:
    """Late for the second time and suspended; the warning of the first time arrives a day before that."""
    case = replace(a_case(ITEM, said("urge", on(1)), said("supervise", on(5))), late_before=1, warned_at=on(5))
    stopped = decide(case, Suspended("洪灾"), on(6), CALENDAR).after
    resumed = decide(stopped, Resumed("恢复"), on(26), CALENDAR).after
    assert proposed(resumed, on(27)) == []
    assert proposed(resumed, on(31)) == ["circular@second_late"]


def test_the_sooner_of_two_grounds_is_looked_at() -> None:
    supervised = said("supervise", on(9), arrived=on(9))
    item = replace(ITEM, climbs=(*REMINDED, said("urge", on(1)), supervised))
    rung = Rung(key="circular@second_late", kind=RungKind.CIRCULAR, offset=1)
    early = Early(rung, on(12))
    assert step(LADDER, item, on(10), CALENDAR, early).next_at == on(12)
    assert step(LADDER, item, on(12), CALENDAR, early).climb is rung


def test_whoever_has_a_right_is_reminded_before_it_lapses() -> None:
    rights = [
        (process, stage)
        for process in definitions()
        for stage in process.stages
        if stage.on_lapse and stage.owner is Role.DISTRICT
    ]
    assert len(rights) > 3
    for process, stage in rights:
        told = [rung.to for rung in process.ladder(stage.ladder).rungs if rung.kind is RungKind.REMINDER]
        assert told, stage.key
        assert all(told), stage.key


def test_the_manager_is_reminded_of_what_is_the_managers() -> None:
    for stage in ACCOUNTABILITY.stages:
        if stage.owner is Role.MANAGER:
            assert all(Role.MANAGER in rung.to_office for rung in ACCOUNTABILITY.ladder(stage.ladder).rungs), stage.key


def test_a_defence_after_the_last_day_is_refused() -> None:
    stage = ACCOUNTABILITY.stage("review_window")
    case = a_case(replace(ITEM, stage=stage.key), process=ACCOUNTABILITY)
    the_next_day = on(1)
    with pytest.raises(WindowClosed):
        decide(case, Completed("review_requested", Role.DISTRICT, stage.key), the_next_day, CALENDAR)


def test_a_right_does_not_lapse_by_hand_on_its_first_day() -> None:
    item, _ = first_item(ACCOUNTABILITY, 2022, OPENED, CALENDAR)
    case = a_case(replace(item, id=1, stage="review_window"), process=ACCOUNTABILITY)
    with pytest.raises(RequirementUnmet):
        decide(case, Completed("lapsed", Role.DISTRICT, "review_window"), OPENED, CALENDAR)
