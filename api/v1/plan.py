"""The plan of the year: what it holds, what begins soon, and what people do about it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from api.bodies import Body, Made
from api.context import At, Desk
from api.v1.answers import READ, WRITE
from casework import plans
from casework.plan_sheet import plan_workbook
from casework.yearplan import YearPlan, year_plan
from db.queries.plans import PlannedRow, planned_one, planned_soon
from process.errors import NotFound

router = APIRouter(tags=["年度计划"])
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Year = Annotated[int, Path(ge=2000, le=2100, description="年度")]


class StopBody(Body):
    """Why a planned round will not begin."""

    reason: str = Field(max_length=2000, description="停止的理由", examples=["与全市统一安排冲突"])
    series: bool = Field(default=False, description="本事项本年度其余各轮一并停止")


class MoveBody(Body):
    """Another day for it."""

    launch_on: date = Field(description="启动日，须是今天以后的工作日", examples=["2022-09-20"])
    reason: str = Field(max_length=2000, description="改期的理由", examples=["避开国庆"])


class ResumeBody(Body):
    """Taken up again."""

    launch_on: date = Field(description="启动日，须是今天以后的工作日", examples=["2022-09-20"])


class PrepareBody(Body):
    """Whom it is about, and who looks after it."""

    subject_ids: list[str] | None = Field(
        default=None, max_length=300_000, description="督导对象的编号或名称；不填为启动日的全部有效对象"
    )
    coordinator_id: int | None = Field(default=None, description="负责的督导协调员；不填为自动确定")


def visible_plan(at: Desk, plan_id: int) -> PlannedRow:
    """One planned round, for the office. Raises :class:`NotFound`."""
    at.office()
    found = planned_one(at.session, plan_id)
    if found is None:
        raise NotFound("计划中的轮次")
    return found


@router.get("/plan/{year}", summary="年度计划", responses=READ)
def plan(year: Year, at: At) -> YearPlan:
    """各事项的轮次及环节的预计（已启动的为实际）日期、指标、月度和督学工作量、冲突提示。还没有启动任何轮次时也可查看。"""
    at.office()
    return year_plan(at.session, at.today, year)


@router.get("/plan/{year}/xlsx", summary="年度计划（Excel）", responses={**READ, 200: {"content": {XLSX: {}}}})
def sheet(year: Year, at: At) -> Response:
    """同一份年度计划的 .xlsx 工作簿：轮次、环节、月度工作量、指标、提示各一张表。"""
    at.office()
    return workbook(at, year)


def workbook(at: Desk, year: int) -> Response:
    """The plan as a download."""
    name = f"attachment; filename=plan-{year}.xlsx"
    content = plan_workbook(year_plan(at.session, at.today, year))
    return Response(content, media_type=XLSX, headers={"content-disposition": name})


@router.get("/planned", summary="即将启动的轮次", responses=READ)
def soon(at: At, days: Annotated[int, Query(ge=1, le=400, description="今后多少天内")] = 30) -> list[PlannedRow]:
    """今后若干天内将按计划启动的轮次，以及应启动而未能启动的。"""
    at.office()
    return planned_soon(at.session, at.today + timedelta(days=days))


@router.get("/planned/{plan_id}", summary="一个计划中的轮次", responses=READ)
def one(plan_id: int, at: At) -> PlannedRow:
    """启动日、督导对象、负责人、办理记录。"""
    return visible_plan(at, plan_id)


@router.post("/planned/{plan_id}/stop", summary="停止启动", responses=WRITE)
def stop(plan_id: int, body: StopBody, at: At) -> PlannedRow:
    """不再按计划启动，须写明理由；可将本事项本年度其余各轮一并停止。"""
    plans.stop(at.session, at.actor, at.now, plan_id, reason=body.reason, series=body.series)
    return visible_plan(at, plan_id)


@router.post("/planned/{plan_id}/resume", summary="恢复排期", responses=WRITE)
def resume(plan_id: int, body: ResumeBody, at: At) -> PlannedRow:
    """已停止的重新排期。"""
    plans.resume(at.session, at.actor, at.now, plan_id, launch_on=body.launch_on)
    return visible_plan(at, plan_id)


@router.post("/planned/{plan_id}/move", summary="改期", responses=WRITE)
def move(plan_id: int, body: MoveBody, at: At) -> PlannedRow:
    """改在另一个工作日启动；一周以后的，届时再次预告。"""
    plans.move(at.session, at.actor, at.now, plan_id, launch_on=body.launch_on, reason=body.reason)
    return visible_plan(at, plan_id)


@router.post("/planned/{plan_id}/prepare", summary="确定督导对象和负责人", responses=WRITE)
def prepare(plan_id: int, body: PrepareBody, at: At) -> PlannedRow:
    """选定督导对象、指定负责的督导协调员；启动时对象须仍然有效。"""
    plans.prepare(
        at.session,
        at.actor,
        at.now,
        plan_id,
        subject_ids=body.subject_ids,
        coordinator_id=body.coordinator_id,
    )
    return visible_plan(at, plan_id)


@router.post("/planned/{plan_id}/launch", summary="立即启动", status_code=201, responses=WRITE)
def launch(plan_id: int, at: At) -> Made:
    """不等启动日，现在启动；返回轮次编号。"""
    return Made(id=plans.launch_now(at.session, at.actor, at.now, plan_id))
