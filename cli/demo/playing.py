"""Playing a stage of any process by its definition: what is asked is uploaded, what is required is done, one outcome
is chosen. What is special to a requirement stands in a deed of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from casework.reviews import needed
from cli.demo.deeds import Turn, claim_all, letter, look_back_on_all, plan_measures, team, verify_all
from cli.demo.measuring import fill_in
from cli.demo.people import Person
from cli.demo.reviewing import draw_experts
from process.definition import Outcome, Process, Requirement, Stage
from process.vocabulary import LetterKind, Role

_PEOPLE: dict[Role, Callable[[Turn], Person]] = {
    Role.DISTRICT: lambda turn: turn.unit,
    Role.COORDINATOR: lambda turn: turn.coordinator,
    Role.MANAGER: lambda turn: turn.manager,
    Role.INSPECTOR: lambda turn: turn.inspector,
}


@dataclass
class Play:
    """A stage of a process, waiting on somebody."""

    process: Process
    stage: Stage
    turn: Turn
    chosen: Outcome
    round_id: int
    waits: bool = field(default=False)
    """Whether something must happen elsewhere first (parts, reviews); it is tried again the week after."""

    @property
    def person(self) -> Person:
        """Whose turn it is; what is about a person is seen by the team alone, for which the office acts here."""
        owner = self.chosen.by or self.stage.owner
        hidden = owner is Role.INSPECTOR and self.process.subjects.personal
        return self.turn.coordinator if hidden else _PEOPLE[owner](self.turn)


def play(process: Process, turn: Turn, round_id: int, *, outcome: str = "") -> Play:
    """Do what the stage asks and end it by an outcome (the first one, if none is named)."""
    stage = process.stage(turn.stage)
    open_to_people = [one for one in stage.outcomes if one.key != stage.on_lapse]
    chosen = stage.outcome(outcome) if outcome else open_to_people[0]
    if chosen is None:
        raise RuntimeError(f"{process.name}: {stage.key} has no outcome {outcome}")
    one = Play(process, stage, turn, chosen, round_id)
    if stage.on_lapse and stage.owner is not Role.DISTRICT and not outcome:
        one.waits = True  # a publicity: nobody objects, and it ends by itself
        return one
    if stage.key == "team":
        team(turn)
        return one
    for requirement in chosen.requires:
        meet = _MEET.get(requirement)
        if meet is not None:
            meet(one)
        if one.waits:
            return one
    if stage.key in process.recording and (stage.key == "on_site" or turn.mood.random() < FOUND):
        _record_findings(one)
    _end(one)
    return one


def _end(one: Play) -> None:
    turn, stage, chosen, person = one.turn, one.stage, one.chosen, one.person
    if stage.key == "acknowledgement":
        turn.do(person, "acknowledge")
        return
    if chosen.needs_deliverables:
        turn.hand_in(person, *(d.key for d in stage.deliverables if d.required))
    if chosen.letter is not None:
        more: dict[str, Any] = {}
        if sum(other.letter is chosen.letter for other in stage.outcomes) > 1:
            more["outcome"] = chosen.key
        if chosen.letter is LetterKind.SUPERVISION_REPORT:
            more["published_at_url"] = f"https://office.example/reports/{turn.case_id}-{turn.visit}"
        if chosen.letter is LetterKind.MEETING_MINUTES:
            more["particulars"] = {
                "held_at": f"{turn.today}T09:00",
                "place": "市政府会议室",
                "present": "委员会成员单位负责人",
            }
        letter(turn, person, chosen.letter, CONTENT, **more)
        return
    reason = "" if chosen is stage.outcomes[0] else "按照实际情况认定"
    turn.complete(person, chosen.key, reason)


CONTENT = "总体情况良好，有关情况和要求如下。"

FOUND = 0.6
"""How often problems are found where they may be; on site always."""


def _record_findings(one: Play) -> None:
    turn = one.turn
    found = [
        {"description": f"{one.stage.title}发现的问题{n}", "category": "规范办学", "source": _source(one)}
        for n in range(1, turn.mood.randint(2, 4))
    ]
    office = one.person if one.stage.owner is Role.INSPECTOR else turn.coordinator
    turn.do(office, "findings", findings=found)


def _source(one: Play) -> str:
    return "on_site" if one.stage.owner is Role.INSPECTOR else "monitoring"


def _assign_parts(one: Play) -> None:
    """分解交办: two departments get a part each; the stage waits until both are done."""
    turn = one.turn
    parts = turn.coordinator.get(f"/cases/{turn.case_id}/parts")
    if not parts:
        units = turn.cast.departments[:2]
        wanted = [
            {"subject_id": unit, "title": f"{one.process.title}有关材料", "asks": "请按职责提供情况和数据"}
            for unit in units
        ]
        turn.do(turn.coordinator, "parts", parts=wanted)
    one.waits = not parts or any(part["status"] == "open" for part in parts)


def _be_reviewed(one: Play) -> None:
    """Experts by lot; the stage waits until enough of them have scored."""
    turn = one.turn
    given = turn.coordinator.get(f"/cases/{turn.case_id}/reviews")
    wanted = needed(one.process, one.stage.key)
    if len([review for review in given if not review["recused_reason"]]) < wanted:
        draw_experts(turn, one.round_id)
    one.waits = sum(review["score"] is not None for review in given) < wanted


_MEET: dict[Requirement, Callable[[Play], None]] = {
    Requirement.FINDINGS_PLANNED: lambda one: plan_measures(one.turn),
    Requirement.FINDINGS_CLAIMED: lambda one: claim_all(one.turn),
    Requirement.FINDINGS_VERIFIED: lambda one: verify_all(one.turn, failing=False),
    Requirement.FINDING_REJECTED: lambda one: verify_all(one.turn, failing=True),
    Requirement.FINDINGS_JUDGED_AGAIN: lambda one: look_back_on_all(one.turn, relapsed=False),
    Requirement.FINDING_RELAPSED: lambda one: look_back_on_all(one.turn, relapsed=True),
    Requirement.REVIEWED: _be_reviewed,
    Requirement.REVIEWED_AGAIN: _be_reviewed,
    Requirement.PARTS_DONE: _assign_parts,
    Requirement.INDICATORS_COMPLETE: lambda one: fill_in(one.process, one.turn, reaching_all=False),
    Requirement.INDICATORS_MET: lambda one: fill_in(one.process, one.turn, reaching_all=True),
}
