"""Indicator sets, the values uploaded for them, and what they say of districts and schools (网络监测)."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, File, Query, Response, UploadFile
from pydantic import BaseModel, Field

from api.context import At, Desk, Paging
from api.v1.answers import READ, WRITE, errors
from casework.indicator_values import UploadReport, blank_table, take_values
from db.queries import indicators
from db.queries.indicators import Required, SchoolStanding, Standing, UploadRow
from db.queries.rows import Page, Window
from process.errors import FileTooLarge, NotFound
from process.indicators import IndicatorSet

router = APIRouter(prefix="/indicator-sets", tags=["网络监测"])
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class SetSummary(BaseModel):
    """An indicator set in brief."""

    name: str
    version: int
    title: str
    source: str
    indicators: int = Field(description="指标数")
    unverified: int = Field(description="标为「待核实」的指标数")
    years: list[int] = Field(description="上传过数据的年度")


class Results(BaseModel):
    """What a district's values say."""

    standing: Standing
    required: list[Required] = Field(description="各项要求：区县指标、校际差异系数、各校填报、每所学校达标")


def summaries(at: Desk) -> list[SetSummary]:
    """Every set there is."""
    return [
        SetSummary(
            name=one.name,
            version=one.version,
            title=one.title,
            source=one.source,
            indicators=len(one.indicators),
            unverified=sum(not indicator.verified for indicator in one.indicators),
            years=indicators.years(at.session, one.name),
        )
        for one in indicators.newest_sets(at.session)
    ]


def wanted_set(at: Desk, name: str) -> IndicatorSet:
    """The set in force. Raises :class:`NotFound`."""
    return indicators.set_in_force(at.session, name, at.now)


def results(at: Desk, wanted: IndicatorSet, year: int, subject_id: str) -> Results:
    """What one district's values say. Raises :class:`NotFound`, also for another district's."""
    if at.only is not None and subject_id != at.only:
        raise NotFound("监测结果")
    found = indicators.standings(
        at.session, wanted, year, indicators.districts_of(at.session, year, only=subject_id), Window(1)
    )
    if not found.items:
        raise NotFound("监测结果")
    return Results(standing=found.items[0], required=indicators.required(at.session, wanted, year, subject_id))


def take(at: Desk, name: str, year: int, filename: str, content: bytes, *, dry_run: bool) -> UploadReport:
    """Check a file, and take its values over."""
    most = at.settings.max_upload_mb
    if len(content) > most * 1024 * 1024:
        raise FileTooLarge(f"{filename} 超过{most}MB", field="file")
    return take_values(at.session, at.actor, at.now, name, year, filename=filename, content=content, dry_run=dry_run)


def workbook(content: bytes, filename: str) -> Response:
    """A workbook as a download."""
    disposition = f"attachment; filename*=UTF-8''{quote(filename)}"
    return Response(content, media_type=XLSX, headers={"content-disposition": disposition})


def blank(at: Desk, name: str, year: int, subject_id: str | None) -> Response:
    """The table to fill in."""
    content = blank_table(at.session, at.actor, at.now, name, year, subject_id)
    return workbook(content, f"{wanted_set(at, name).title}{year}年填报表.xlsx")


Year = Annotated[int, Query(ge=2000, le=2100, description="年度", examples=[2022])]


@router.get("", summary="指标体系列表", responses=READ)
def sets(at: At) -> list[SetSummary]:
    """各指标体系的最新版本。"""
    return summaries(at)


@router.get("/{name}", summary="一个指标体系", responses=READ)
def one(name: str, at: At) -> IndicatorSet:
    """全部指标：单位、标准、合理范围、来源；`verified` 为 false 的尚未与原件核对，不作为法定依据引用。"""
    return wanted_set(at, name)


@router.get("/{name}/standings", summary="各区县监测情况", responses=READ)
def standings(name: str, year: Year, at: At, window: Paging) -> Page[Standing]:
    """各区县未达标、缺数据的项数；计分的指标体系按得分排名。区县只见自己。"""
    wanted = wanted_set(at, name)
    districts = indicators.districts_of(at.session, year, only=at.only)
    return indicators.standings(at.session, wanted, year, districts, window)


@router.get("/{name}/results/{subject_id}", summary="一个区县的监测结果", responses=READ)
def of_district(name: str, subject_id: str, year: Year, at: At) -> Results:
    """各项要求的值、标准和结论。差异系数为以学生数加权的标准差与均值之比。"""
    return results(at, wanted_set(at, name), year, subject_id)


@router.get("/{name}/results/{subject_id}/schools", summary="一个区县各校的监测结果", responses=READ)
def of_schools(name: str, subject_id: str, year: Year, at: At, window: Paging) -> Page[SchoolStanding]:
    """各学校达标的项数和未达标的指标，不达标的在前。"""
    wanted = wanted_set(at, name)
    results(at, wanted, year, subject_id)
    return indicators.schools(at.session, wanted, year, subject_id, window)


@router.get("/{name}/table", summary="下载填报表", response_class=Response, responses=READ)
def table(
    name: str, year: Year, at: At, subject_id: Annotated[str | None, Query(description="只要一个区县的")] = None
) -> Response:
    """填报用的 .xlsx：行为应填报的区县和学校，列为指标，已有的数据已填入。"""
    return blank(at, name, year, subject_id)


@router.post("/{name}/values", summary="上传监测数据", responses={**WRITE, **errors(413, 415)})
def values(
    name: str,
    year: Year,
    at: At,
    file: Annotated[UploadFile, File(description="填好的 .xlsx 或 .csv")],
    dry_run: Annotated[bool, Query(description="只检查，不写入")] = False,
) -> UploadReport:
    """检查并写入数据：有一处须改正则一个也不写入（values_refused）；试运行列出每处问题的行和列。最后一次上传的有效。"""
    content = file.file.read(at.settings.max_upload_mb * 1024 * 1024 + 1)
    return take(at, name, year, file.filename or "", content, dry_run=dry_run)


@router.get("/{name}/uploads", summary="上传记录", responses=READ)
def uploads(name: str, year: Year, at: At, window: Paging) -> Page[UploadRow]:
    """何人何时上传了多少数据，对变化较大的数据作了什么说明；区县只见自己上传的。"""
    wanted = wanted_set(at, name)
    return indicators.uploads(at.session, wanted.name, year, only=at.only, window=window)
