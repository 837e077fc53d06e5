"""Processes from the edge: what the JSON operations and the pages say of them alike."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, Field

from api.context import Desk
from db.queries.processes import source_of
from process.definition import Process
from process.diagram import mermaid
from process.form.writing import form_of
from process.rehearsal import rehearse
from process.vocabulary import Role, RungKind

SCHEMA = "/api/v1/processes/schema"


class Climbing(BaseModel):
    """When one kind of word would be said, or a measure proposed, if nobody acted."""

    kind: RungKind
    kind_title: str
    days: list[date]


class LegRow(BaseModel):
    """One stage of the main path."""

    stage: str
    title: str
    owner: Role
    owner_title: str
    entered: date = Field(description="进入之日：前一环节的到期日")
    due_on: date
    provisional: bool = Field(description="是否涉及尚未公布放假安排的年度")
    outcome_title: str
    climbs: list[Climbing] = Field(description="如到时未办，各级催督办的日期")


class Rehearsal(BaseModel):
    """A dry run on paper."""

    name: str
    version: int
    title: str
    start: date
    legs: list[LegRow] = Field(description="主线各环节，每个都在到期日办结")
    aside: list[str] = Field(description="不在主线上的环节")
    mermaid: str = Field(description="流程图（Mermaid）")


def rehearsal(at: Desk, process: Process, start: date | None) -> Rehearsal:
    """The main path of a round launched on a day (today, if none is given)."""
    on = start or at.today
    legs = [
        LegRow(
            stage=leg.stage.key,
            title=leg.stage.title,
            owner=leg.stage.owner,
            owner_title=process.owner_title(leg.stage.owner),
            entered=leg.entered,
            due_on=leg.due_on,
            provisional=leg.provisional,
            outcome_title=leg.outcome.title,
            climbs=[Climbing(kind=kind, kind_title=kind.title_zh, days=days) for kind, days in leg.climbs.items()],
        )
        for leg in rehearse(process, on, at.calendar)
    ]
    passed = {leg.stage for leg in legs}
    return Rehearsal(
        name=process.name,
        version=process.version,
        title=process.title,
        start=on,
        legs=legs,
        aside=[stage.title for stage in process.stages if stage.key not in passed],
        mermaid=mermaid(process),
    )


def written(at: Desk, process: Process) -> str:
    """The form of a published process: as it was installed, or as it would be written."""
    installed = source_of(at.session, process.name, process.version)
    return installed or form_of(process, at.settings.public_url.rstrip("/") + SCHEMA)
