"""Parts of a case assigned to departments and units."""

from __future__ import annotations

from datetime import date

from fastapi import APIRouter
from pydantic import Field

from api import bodies, deeds
from api.bodies import Body, Done, Versioned
from api.context import At, Desk
from api.titles import processes_of, stage_title
from api.v1.answers import READ, WRITE
from api.v1.cases import CASE, visible_case
from casework.parts import NewPart, assign_parts, withdraw_part
from db.queries.parts import PartRow, parts_of

router = APIRouter(tags=["任务"])


class PartBody(Body):
    """What one unit is to do."""

    subject_id: str = Field(description="承办单位", examples=["CQ-500103"])
    title: str = Field(min_length=1, max_length=100, description="任务", examples=["提供2021年教育经费数据"])
    asks: str = Field(default="", max_length=400, description="要求", examples=["分项列出，附决算表"])
    due_on: date | None = Field(default=None, description="期限；不填则与本环节期限相同", examples=["2022-10-14"])


class PartsBody(Versioned):
    """Parts of a case."""

    parts: list[PartBody] = Field(min_length=1, max_length=200, description="分解任务")


def assigned(at: Desk, case_id: int, body: PartsBody) -> Done:
    """Assign parts; where the case stands."""
    parts = [NewPart(part.subject_id, part.title, part.asks, part.due_on) for part in body.parts]
    return deeds.again(at, case_id, assign_parts(at.session, at.actor, at.now, case_id, body.version, parts))


def titled_parts(at: Desk, case_id: int) -> list[PartRow]:
    """The parts of a case, in words."""
    rows = parts_of(at.session, case_id)
    known = processes_of(at, {row.round_id for row in rows})
    return [row.model_copy(update={"stage_title": stage_title(known[row.round_id], row.stage)}) for row in rows]


@router.get(f"{CASE}/parts", summary="分解任务的进展", responses=READ)
def progress(case_id: int, at: At) -> list[PartRow]:
    """这件任务分解给哪些单位、各自办到哪里。"""
    visible_case(at, case_id)
    return titled_parts(at, case_id)


@router.post(f"{CASE}/parts", summary="分解交办", status_code=201, responses=WRITE)
def assign(case_id: int, body: PartsBody, at: At) -> Done:
    """把任务分解给有关部门和单位，每项一件任务，期限不晚于本环节期限；要求分解任务全部办结的环节，办结之前不能通过。"""
    return assigned(at, case_id, body)


@router.post(f"{CASE}/withdraw-part", summary="撤回分解任务", responses=WRITE)
def take_back(case_id: int, body: bodies.Reasoned, at: At) -> Done:
    """撤回一项分解任务（地址中为该项任务的编号），须写明理由；此后不再等它。"""
    return deeds.done(withdraw_part(at.session, at.actor, at.now, case_id, body.version, reason=body.reason))
