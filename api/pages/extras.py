"""What a case page shows besides the case's own file: its parts, the days set from above, reviews, titles."""

from __future__ import annotations

from dataclasses import dataclass, field

from api.context import Desk
from api.v1.external import external_rows
from api.v1.parts import titled_parts
from casework.actor import OFFICE
from casework.pool import candidates, tied
from casework.reviews import needed
from casework.steps import may_act
from db.queries.case_file import CaseFile
from db.queries.external import ExternalRow
from db.queries.parts import PartRow, units_for_parts
from db.queries.reviews import ScoreRow, scores_of
from process.definition import Process, Requirement
from process.vocabulary import CaseStatus, Role


@dataclass(slots=True)
class Extras:
    """What is shown, and which of the forms."""

    parts: list[PartRow] = field(default_factory=list)
    units: list[tuple[str, str]] = field(default_factory=list)
    """To whom parts may be assigned; empty where nothing may be."""

    external: list[ExternalRow] = field(default_factory=list)
    """The days set from above for its round."""

    scores: list[ScoreRow] = field(default_factory=list)
    """The experts' reviews; for those who run the round."""
    reviewing: bool = False
    lacking: int = 0
    """Experts still to be assigned for the stage it waits in."""
    experts: list[tuple[int, str]] = field(default_factory=list)
    """Who may be assigned by hand: nobody who must keep out."""

    @property
    def average(self) -> float | None:
        """The mean of the scores given."""
        given = [row.score for row in self.scores if row.score is not None]
        return sum(given) / len(given) if given else None

    @property
    def parts_open(self) -> int:
        """Parts not done yet."""
        return sum(part.status in (CaseStatus.OPEN, CaseStatus.SUSPENDED) for part in self.parts)


def extras(at: Desk, file: CaseFile, process: Process) -> Extras:
    """Everything of it, for this actor, now."""
    shown = Extras()
    if any(stage.period.external for stage in process.stages):
        shown.external = external_rows(at, file.case.round_id)
    shown.parts = titled_parts(at, file.case.id)
    if _may_assign(at, file, process):
        own = at.actor.subject_id if at.actor.role is Role.DISTRICT else None
        shown.units = units_for_parts(at.session, at.today, own=own)
    if at.actor.role in OFFICE:
        _reviews(shown, at, file, process)
    return shown


def _reviews(shown: Extras, at: Desk, file: CaseFile, process: Process) -> None:
    if Requirement.REVIEWED not in process.needs:
        return
    shown.scores = scores_of(at.session, file.case.id)
    wanted = needed(process, file.item.stage) if file.item and file.case.status is CaseStatus.OPEN else 0
    shown.reviewing = wanted > 0
    if shown.reviewing:
        shown.lacking = max(wanted - sum(not row.recused_reason for row in shown.scores), 0)
        pool = candidates(at.session, with_account=True)
        out = tied(at.session, [file.case.id], [one.id for one in pool], at.today)[file.case.id]
        had = {row.reviewer_id for row in shown.scores}
        fit = [one for one in pool if one.id not in out and one.id not in had]
        shown.experts = [(one.id, f"{one.name}（{one.expertise}）" if one.expertise else one.name) for one in fit]


def _may_assign(at: Desk, file: CaseFile, process: Process) -> bool:
    """Where parts are waited for, whoever's turn it is; elsewhere nobody need."""
    if file.item is None or file.case.status is not CaseStatus.OPEN:
        return False
    stage = process.stage(file.item.stage)
    mine = at.actor.role in OFFICE if stage.owner is not Role.DISTRICT else at.actor.role in (*OFFICE, Role.DISTRICT)
    return Requirement.PARTS_DONE in stage.needs and (mine or may_act(at.actor, stage.owner))
