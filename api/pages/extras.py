"""What a case page shows besides the case's own file: its parts, the days set from above, reviews, titles."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import text

from api.context import Desk
from api.v1.external import external_rows
from api.v1.parts import titled_parts
from casework.actor import OFFICE
from casework.steps import may_act
from db.queries.case_file import CaseFile
from db.queries.external import ExternalRow
from db.queries.parts import PartRow
from process.definition import Process, Requirement
from process.vocabulary import CaseStatus, Role

_UNITS = text(
    """
    SELECT s.id, s.name FROM subjects s
    WHERE coalesce(s.valid_from, :today) <= :today AND coalesce(s.valid_to, :today) >= :today
        AND CASE WHEN CAST(:own AS text) IS NULL THEN s.kind IN ('authority', 'district', 'college', 'university')
                 ELSE :own IN (s.id, s.parent_id, s.district_id) AND s.kind NOT IN ('principal', 'inspector') END
    ORDER BY s.kind <> 'authority', s.kind, s.code = '', s.code, s.id LIMIT 400
    """
)


@dataclass(slots=True)
class Extras:
    """What is shown, and which of the forms."""

    parts: list[PartRow] = field(default_factory=list)
    units: list[tuple[str, str]] = field(default_factory=list)
    """To whom parts may be assigned; empty where nothing may be."""

    external: list[ExternalRow] = field(default_factory=list)
    """The days set from above for its round."""

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
        shown.units = [(row.id, row.name) for row in at.session.execute(_UNITS, {"today": at.today, "own": own})]
    return shown


def _may_assign(at: Desk, file: CaseFile, process: Process) -> bool:
    """Where parts are waited for, whoever's turn it is; elsewhere nobody need."""
    if file.item is None or file.case.status is not CaseStatus.OPEN:
        return False
    stage = process.stage(file.item.stage)
    asked = any(Requirement.PARTS_DONE in outcome.requires for outcome in stage.outcomes)
    mine = at.actor.role in OFFICE if stage.owner is not Role.DISTRICT else at.actor.role in (*OFFICE, Role.DISTRICT)
    return asked and (mine or may_act(at.actor, stage.owner))
