"""What does not happen by itself in a round, played once each so that the rehearsal shows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cli.demo.run import Rehearsal

Rows = Sequence[dict[str, Any]]


@dataclass(frozen=True)
class Scene:
    """Something that is played as soon as it can be."""

    name: str
    ready: Callable[[Rehearsal, Rows], bool]
    act: Callable[[Rehearsal, Rows], None]


def _at(*stages: str) -> Callable[[Rehearsal, Rows], bool]:
    return lambda _, rows: any(row["stage"] in stages for row in rows)


def _first(rows: Rows, *stages: str) -> dict[str, Any]:
    return min((row for row in rows if row["stage"] in stages), key=lambda row: str(row["subject_id"]))


def _leave(play: Rehearsal, rows: Rows) -> None:
    """The manager goes on leave for two weeks; the coordinator stands in."""
    first = play.calendar.add_working_days(play.clock.today, 1)
    last = first + timedelta(days=13)
    users = {user["username"]: user["id"] for user in play.cast.office("admin").get("/users", limit=200)["items"]}
    body = {
        "user_id": users["manager"],
        "to_user_id": users["coordinator"],
        "first_day": first.isoformat(),
        "last_day": last.isoformat(),
        "reason": "参加培训",
    }
    play.cast.office("manager").post("/delegations", body)
    play.away = (first, last)


def _contact_leave(play: Rehearsal, rows: Rows) -> None:
    """A district's clerk is away for a month; the office's head gets the notices."""
    subject = _first(rows, "self_evaluation")["subject_id"]
    district = play.cast.unit(subject)
    contacts = {row["position"]: row["id"] for row in district.get("/contacts", limit=50)["items"]}
    first = play.calendar.add_working_days(play.clock.today, 1)
    body = {
        "contact_id": contacts["operator"],
        "to_contact_id": contacts["office_head"],
        "first_day": first.isoformat(),
        "last_day": (first + timedelta(days=30)).isoformat(),
        "reason": "产假",
    }
    district.post("/delegations", body)


def _measure(
    kind: str, reason: str, trigger: str = "by_hand", *, to_the_last: bool = False
) -> Callable[[Rehearsal, Rows], None]:
    """Somebody of the office proposes a measure against the first, or the last, district that rectifies."""

    def act(play: Rehearsal, rows: Rows) -> None:
        rectifying = sorted((row for row in rows if row["stage"] == "rectification"), key=lambda row: row["subject_id"])
        turn = play.turn(rectifying[-1 if to_the_last else 0])
        turn.do(turn.coordinator, "measures", kind=kind, reason=reason, trigger=trigger)

    return act


def _school_problems(play: Rehearsal, rows: Rows) -> bool:
    """Whether somebody inspected on site is rectifying."""
    waiting = [play.turn(row) for row in rows if row["stage"] == "rectification"]
    return any(finding["school"] for turn in waiting for finding in turn.case(turn.inspector)["findings"])


def _to_a_school(play: Rehearsal, rows: Rows) -> None:
    """A 整改通知书 to a school about its first problem."""
    turn, finding = next(
        (turn, finding)
        for turn in (play.turn(row) for row in rows if row["stage"] == "rectification")
        for finding in turn.case(turn.inspector)["findings"]
        if finding["school"]
    )
    due = play.calendar.add_working_days(play.clock.today, 15)
    turn.do(
        turn.inspector,
        "rectification-notices",
        finding_ids=[finding["id"]],
        requirement="立即停止违规行为，建立长效机制。",
        due_on=due.isoformat(),
    )


def _results(play: Rehearsal, rows: Rows) -> None:
    """The results of the round to the leaders and the member units."""
    summary = "全市区县政府履行教育职责情况总体良好，个别区县经费保障和规范办学仍有差距。"
    play.cast.office("coordinator").post(f"/rounds/{play.round_id}/results", {"summary": summary})


def _bulletin(play: Rehearsal, rows: Rows) -> None:
    play.stage.publish_week()


def _feed(play: Rehearsal, rows: Rows) -> None:
    """A coordinator subscribes to the round's calendar."""
    made = play.cast.office("coordinator").post("/calendar-feeds", {"round_id": play.round_id})
    play.stage.fetch_calendar(made["address"])


def _digest_all(play: Rehearsal, rows: Rows) -> None:
    """A coordinator wants one digest a day instead of single mails where nothing is urgent."""
    play.cast.office("coordinator").post("/preferences", {"kind": "returned", "mode": "digest"})


SCENES = (
    Scene("preference", _at("acknowledgement"), _digest_all),
    Scene("contact_leave", _at("self_evaluation"), _contact_leave),
    Scene("feed", _at("self_evaluation"), _feed),
    Scene("bulletin", _at("formal_review"), _bulletin),
    Scene("leave", lambda play, rows: play.decided("circular") >= 2, _leave),
    Scene("to_a_school", _school_problems, _to_a_school),
    Scene("exposure", _at("rectification"), _measure("exposure", "媒体反映的违规收费问题属实")),
    Scene("exposure_changed", _at("rectification"), _measure("exposure", "家长集中投诉", to_the_last=True)),
    Scene("referral", _at("rectification"), _measure("referral", "佐证材料系伪造", "falsification")),
    Scene("support", _at("rectification"), _measure("support", "任务重、困难多、基础差")),
    Scene("results", lambda play, rows: not any(row["stage"] in ("opinion", "result_feedback") for row in rows)
          and any(row["stage"] == "rectification" for row in rows), _results),
)  # fmt: skip
