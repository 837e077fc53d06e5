"""Days that somebody above us sets for the stages of a round."""

from __future__ import annotations

from datetime import date

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.bodies import Body
from api.context import At, Desk
from api.titles import processes_of
from api.v1.answers import READ, WRITE
from api.v1.rounds import visible_round
from casework.external_dates import set_external_date
from db.queries.external import ExternalRow, external_of
from process.calendar import local_day
from process.due import due_outside

router = APIRouter(prefix="/rounds", tags=["轮次"])


class ExternalBody(Body):
    """A day set from above."""

    on_day: date = Field(description="上级确定的时间", examples=["2022-12-20"])
    source: str = Field(
        min_length=1, max_length=500, description="来源，如上级通知的文号", examples=["教督办函〔2022〕3号"]
    )


class MovedDue(BaseModel):
    """A due date that moved with it."""

    case_id: int
    from_day: date = Field(description="原期限")
    to_day: date = Field(description="新期限")


def written(at: Desk, round_id: int, stage: str, body: ExternalBody) -> list[MovedDue]:
    """Write a day down; what moved."""
    done = set_external_date(
        at.session, at.actor, at.now, round_id, stage=stage, on_day=body.on_day, source=body.source
    )
    return [MovedDue(case_id=id_, from_day=before, to_day=after) for id_, before, after in done.moved]


def external_rows(at: Desk, round_id: int) -> list[ExternalRow]:
    """The days of a round in the order of its stages, with what they mean for our side."""
    process = processes_of(at, {round_id})[round_id]
    known = external_of(at.session, round_id)
    rows = []
    for stage in process.stages:
        row = known.get(stage.key)
        if row is not None:
            inside = due_outside(stage.period, row.on_day, local_day(row.set_at), at.calendar).on
            more = {"stage_title": stage.title, "due_on": inside, "buffer": stage.period.buffer}
            rows.append(row.model_copy(update=more))
    return rows


@router.get("/{round_id}/external-dates", summary="上级时间节点", responses=READ)
def days(round_id: int, at: At) -> list[ExternalRow]:
    """上级为本轮次各环节确定的时间、来源，以及据此提前的办理期限。"""
    visible_round(at, round_id)
    return external_rows(at, round_id)


@router.put("/{round_id}/external-dates/{stage}", summary="登记上级时间节点", responses=WRITE)
def write(round_id: int, stage: str, body: ExternalBody, at: At) -> list[MovedDue]:
    """登记（或更改）上级为一个环节确定的时间；正在该环节的任务重算期限，可以提前，并逐一通知；返回期限变动的任务。"""
    return written(at, round_id, stage, body)
