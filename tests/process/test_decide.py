"""What a happening means for a case."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from flows.district_evaluation import PROCESS
from process.calendar import SHANGHAI, packaged_calendar
from process.decide import (
    Completed,
    Decision,
    Drawn,
    DueMoved,
    Ended,
    Happening,
    Resumed,
    Suspended,
    TimePassed,
    decide,
    first_item,
)
from process.errors import (
    CaseNotOpen,
    DudaoError,
    InvalidExtension,
    MissingDeliverable,
    NotAllowed,
    RequirementUnmet,
    UnknownOutcome,
    WrongStage,
)
from process.state import Case, FindingCounts, Visit
from process.vocabulary import CaseOutcome, CaseStatus, EventKind, LetterKind, NoticeKind, Role

CALENDAR = packaged_calendar()
START = datetime(2022, 9, 1, 10, tzinfo=SHANGHAI)
SELF_EVALUATION = frozenset({"self_evaluation_report", "evidence_index"})


def at_stage(stage: str, **more: object) -> Case:
    """An open case in a stage, entered at START, of which word was received then."""
    item, _ = first_item(PROCESS, 2022, START, CALENDAR)
    item = replace(item, id=1, stage=stage, received_at=START)
    case = Case(7, 1, "CQ-500103", 2022, PROCESS, CaseStatus.OPEN, item, version=3)
    return replace(case, **{"visits": {stage: Visit(1, 1, 1, None)}, **more})  # type: ignore[arg-type]


def happens(case: Case, happening: Happening, now: datetime = START) -> Decision:
    return decide(case, happening, now, CALENDAR)


def kinds(decision: Decision) -> list[EventKind]:
    return [event.kind for event in decision.events]


def test_signing_leads_to_the_self_evaluation() -> None:
    decision = happens(at_stage("acknowledgement"), Completed("acknowledged", Role.DISTRICT, "acknowledgement"))
    item = decision.after.item
    assert item is not None
    assert (item.stage, item.visit, item.attempt, item.due_on) == ("self_evaluation", 1, 1, date(2022, 10, 17))
    assert kinds(decision) == [EventKind.STAGE_COMPLETED, EventKind.STAGE_ENTERED]
    assert decision.after.version == 4
    assert [notice.kind for notice in decision.notices] == [NoticeKind.STAGE_OPENED]


@pytest.mark.parametrize(
    ("case", "happening", "error"),
    [
        (at_stage("monitoring"), Completed("acknowledged", Role.DISTRICT, "acknowledgement"), WrongStage),
        (at_stage("acknowledgement"), Completed("accepted", Role.DISTRICT, "acknowledgement"), UnknownOutcome),
        (at_stage("acknowledgement"), Completed("acknowledged", Role.COORDINATOR, "acknowledgement"), NotAllowed),
        (at_stage("formal_review"), Completed("accepted", Role.DISTRICT, "formal_review"), NotAllowed),
        (at_stage("self_evaluation"), Completed("submitted", Role.DISTRICT, "self_evaluation"), MissingDeliverable),
        (at_stage("team"), Completed("composed", Role.COORDINATOR, "team"), RequirementUnmet),
        (at_stage("opinion"), Completed("issued", Role.COORDINATOR, "opinion"), RequirementUnmet),
        (
            at_stage("acknowledgement", status=CaseStatus.CLOSED, item=None),
            Completed("acknowledged", Role.DISTRICT, "acknowledgement"),
            CaseNotOpen,
        ),
        (at_stage("self_evaluation"), DueMoved(date(2022, 8, 1), False, "x"), InvalidExtension),
        (at_stage("self_evaluation"), Resumed("x"), CaseNotOpen),
        (at_stage("self_evaluation", status=CaseStatus.WITHDRAWN, item=None), Suspended("x"), CaseNotOpen),
    ],
)
def test_what_is_refused(case: Case, happening: Happening, error: type[DudaoError]) -> None:
    with pytest.raises(error):
        happens(case, happening)


def test_sent_back_is_the_same_item_next_attempt_with_the_shorter_period() -> None:
    done = Visit(item_id=41, visit=1, attempt=1, completed_on=date(2022, 9, 1))
    case = at_stage("formal_review", visits={"self_evaluation": done, "formal_review": Visit(1, 1, 1, None)})
    decision = happens(case, Completed("returned", Role.COORDINATOR, "formal_review", reason="缺材料"))
    item = decision.after.item
    assert item is not None
    assert (item.id, item.attempt, item.visit) == (41, 2, 1)
    assert item.due_on == CALENDAR.add_working_days(date(2022, 9, 1), 5)
    assert [notice.kind for notice in decision.notices] == [NoticeKind.RETURNED], "told once, not twice"


def test_the_lot_is_learnt_before_arriving_and_the_gate_stands_open() -> None:
    early = happens(at_stage("self_evaluation"), Drawn(sampled=True))
    assert (early.after.sampled, early.after.item.stage if early.after.item else "") == (True, "self_evaluation")
    assert kinds(early) == [EventKind.SAMPLED]
    late = at_stage("monitoring", sampled=False)
    arrived = happens(late, Completed("monitored", Role.COORDINATOR, "monitoring", frozenset({"monitoring_report"})))
    assert arrived.after.item is not None
    assert arrived.after.item.stage == "result_feedback"
    assert EventKind.STAGE_PASSED in kinds(arrived)


def test_whoever_waits_for_the_draw_moves_with_it() -> None:
    decision = happens(at_stage("sampling"), Drawn(sampled=True))
    assert decision.after.item is not None
    assert decision.after.item.stage == "team"
    assert kinds(decision)[0] is EventKind.SAMPLED


def test_a_right_lapses_when_its_last_day_has_ended() -> None:
    case = at_stage("defence")
    due_on = case.item.due_on if case.item else START.date()
    last_evening = datetime(due_on.year, due_on.month, due_on.day, 23, 59, tzinfo=SHANGHAI)
    assert happens(case, TimePassed(), last_evening).leaves is None
    lapsed = happens(case, TimePassed(), last_evening + timedelta(minutes=1))
    assert lapsed.leaves == "lapsed"
    assert kinds(lapsed)[0] is EventKind.STAGE_LAPSED


def test_the_opinion_is_due_thirty_days_after_the_feedback_not_after_the_defence() -> None:
    fed_back = Visit(item_id=9, visit=1, attempt=1, completed_on=date(2022, 8, 26))
    case = at_stage("defence", visits={"preliminary_opinion": fed_back, "defence": Visit(1, 1, 1, None)})
    decision = happens(case, Completed("no_objection", Role.DISTRICT, "defence"))
    assert decision.after.item is not None
    assert decision.after.item.due_on == CALENDAR.roll(date(2022, 8, 26) + timedelta(days=30))


@pytest.mark.parametrize(
    ("written", "expected"),
    [(date(2022, 12, 1), date(2022, 12, 1)), (date(2022, 8, 1), date(2022, 11, 30)), (None, date(2022, 11, 30))],
)
def test_the_letter_sets_the_rectification_unless_its_day_is_gone(written: date | None, expected: date) -> None:
    case = at_stage("rectification_plan", letters={LetterKind.OPINION: written}, findings=FindingCounts(total=1))
    plan = Completed("submitted", Role.DISTRICT, "rectification_plan", frozenset({"rectification_plan"}))
    decision = happens(case, plan)
    assert decision.after.item is not None
    assert decision.after.item.due_on == expected


def test_the_look_back_is_due_next_year_and_never_at_once() -> None:
    case = at_stage(
        "supervision_report", letters={LetterKind.SUPERVISION_REPORT: None}, findings=FindingCounts(total=1, settled=1)
    )
    report = Completed("published", Role.COORDINATOR, "supervision_report")
    decision = happens(case, report)
    assert decision.after.item is not None
    assert decision.after.item.due_on == date(2023, 12, 31)
    much_later = datetime(2023, 12, 29, 10, tzinfo=SHANGHAI)
    decision = happens(case, report, much_later)
    assert decision.after.item is not None
    assert decision.after.item.due_on == CALENDAR.add_working_days(much_later.date(), 20)


@pytest.mark.parametrize("suspended_on", [date(2022, 9, 2), date(2022, 9, 9)])
def test_resuming_keeps_what_was_left_or_how_late_it_was(suspended_on: date) -> None:
    suspended = datetime(suspended_on.year, suspended_on.month, suspended_on.day, 10, tzinfo=SHANGHAI)
    stopped = happens(at_stage("acknowledgement"), Suspended("洪灾"), suspended)
    assert stopped.next_action_at is None
    assert happens(stopped.after, TimePassed(), suspended + timedelta(days=60)).events == ()
    back = suspended + timedelta(days=20)
    resumed = happens(stopped.after, Resumed("恢复"), back)
    before, after = stopped.after.item, resumed.after.item
    assert before is not None
    assert after is not None
    left = CALENDAR.working_days_between(suspended_on, before.due_on)
    assert CALENDAR.working_days_between(back.date(), after.due_on) == left


def test_ending_by_hand() -> None:
    withdrawn = happens(at_stage("team"), Ended(CaseOutcome.WITHDRAWN, "区划调整"))
    assert (withdrawn.after.status, withdrawn.after.item) == (CaseStatus.WITHDRAWN, None)
    assert kinds(withdrawn) == [EventKind.WITHDRAWN]
    closed = happens(at_stage("team"), Ended(CaseOutcome.CLOSED_BY_HAND, "合并办理"))
    assert closed.after.status is CaseStatus.CLOSED


def test_time_does_nothing_to_what_is_closed() -> None:
    closed = at_stage("team", status=CaseStatus.CLOSED, item=None)
    assert happens(closed, TimePassed(), START + timedelta(days=900)) == Decision(closed, closed)
