"""What a round page shows besides its board: the days set from above."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from api.context import Desk
from api.v1.external import external_rows
from casework.actor import OFFICE
from casework.recognitions import fails_as_one
from casework.results import WAITING, awaiting
from db.queries.external import ExternalRow
from db.queries.rounds import RoundRow
from process.definition import Process, Requirement
from process.vocabulary import CaseStatus, Role


@dataclass(slots=True)
class RoundMore:
    """What is shown, and which of the forms."""

    running: bool = False
    """Whether this actor may still do something to the round."""
    reviewed: bool = False
    """Whether experts score its entries, which this actor may see."""
    fails_as_one: bool = False
    """Whether this actor may end the whole batch."""
    awaiting: list[Any] = field(default_factory=list)
    """The cases that wait for a circular of results, the best first; for those who may sign it."""
    external_stages: list[tuple[str, str]] = field(default_factory=list)
    external: list[ExternalRow] = field(default_factory=list)


def more_of_round(at: Desk, row: RoundRow, process: Process) -> RoundMore:
    """Everything of it, for this actor, now."""
    more = RoundMore(running=row.status is CaseStatus.OPEN and at.actor.role in OFFICE)
    more.reviewed = at.actor.role in OFFICE and Requirement.REVIEWED in process.needs
    more.fails_as_one = more.running and at.actor.can_act_as(Role.MANAGER) and fails_as_one(process)
    ends = awaiting(process)
    if more.running and ends:
        more.awaiting = list(at.session.execute(WAITING, {"round": row.id, "stages": list(ends)}))
    more.external_stages = [(stage.key, stage.title) for stage in process.stages if stage.period.external]
    if more.external_stages:
        more.external = external_rows(at, row.id)
    return more
