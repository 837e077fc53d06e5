"""Monthly visits of responsible inspectors, and the school calendar they follow."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

from fastapi import APIRouter, File, Form, Query, UploadFile
from pydantic import BaseModel, Field

from api.bodies import Body, Made
from api.context import At, Desk, Paging
from api.v1.answers import READ, WRITE, errors
from casework import visits_matrix
from casework.actor import OFFICE
from casework.visits import NewVisit, record_visit
from casework.visits_calendar import KEEPERS, YEARS, set_term
from casework.visits_import import ListRead, import_visits
from db.queries import visits as query
from db.queries.rows import Page, Window
from db.queries.visits import (
    CoverageRow,
    MineRow,
    MissingRow,
    OwingRow,
    SchoolHead,
    SchoolMonths,
    SeldomRow,
    TermRow,
    VisitRow,
)
from db.school_calendar import school_calendar
from process.calendar import LAST_DAY
from process.errors import InvalidInput, NotFound
from process.school_calendar import COUNTED_FROM, SchoolCalendar, SchoolTerm, month_of
from process.visits import TOPICS
from process.vocabulary import Role, Season

router = APIRouter(tags=["到校督导"])

BEHIND_DAYS = 366
"""How far back an inspector is shown what was not visited."""


# The school calendar


class TermLine(BaseModel):
    """A term."""

    year: int
    season: Season
    title: str
    starts_on: date
    ends_on: date
    source: str = Field(description="依据")
    provisional: bool = Field(description="暂定：督导室尚未登记")


class MonthLine(BaseModel):
    """A month of the year."""

    month: date
    school_days: int = Field(description="教学日数")
    counts: bool = Field(description=f"是否要求到校督导（教学日不少于{COUNTED_FROM}天）")


class SchoolYear(BaseModel):
    """The terms that open in a year, and its months."""

    year: int
    terms: list[TermLine]
    months: list[MonthLine]


class TermBody(Body):
    """A term of the school calendar."""

    year: int = Field(description="开学的年份", examples=[2022])
    season: Season = Field(description="学期：spring 春季，autumn 秋季", examples=["spring"])
    starts_on: date = Field(description="开学", examples=["2022-02-16"])
    ends_on: date = Field(description="学期最后一天", examples=["2022-07-08"])
    source: str = Field(max_length=500, description="依据", examples=["市教委2021—2022学年度校历"])


def school_year(calendar: SchoolCalendar, year: int) -> SchoolYear:
    """A year as people see it."""
    terms = [term for term in calendar.terms if term.year == year]
    months = []
    for n in range(1, 13):
        days = calendar.school_days(date(year, n, 1))
        months.append(MonthLine(month=date(year, n, 1), school_days=len(days), counts=len(days) >= COUNTED_FROM))
    return SchoolYear(year=year, terms=[_line(term) for term in terms], months=months)


def _line(term: SchoolTerm) -> TermLine:
    return TermLine(
        year=term.year,
        season=term.season,
        title=term.title,
        starts_on=term.starts_on,
        ends_on=term.ends_on,
        source=term.source,
        provisional=term.provisional,
    )


def wanted_year(at: Desk, year: int | None) -> int:
    """A year of the calendar; this year where none is given. Raises :class:`InvalidInput`."""
    if year is not None and year not in YEARS:
        raise InvalidInput("年份超出范围", field="year")
    return year or at.today.year


def enter_term(at: Desk, body: TermBody) -> SchoolYear:
    """Enter a term or correct it."""
    return school_year(set_term(at.session, at.actor, **body.model_dump()), body.year)


@router.get("/school-calendar", summary="校历", responses=READ)
def calendar(at: At, year: Annotated[int | None, Query(description="年份；不填为今年")] = None) -> SchoolYear:
    """一年的学期、各月教学日数，以及要求到校督导的月份。"""
    return school_year(school_calendar(at.session), wanted_year(at, year))


@router.post("/school-calendar", summary="登记学期", responses=WRITE)
def write_term(body: TermBody, at: At) -> SchoolYear:
    """登记或更正一个学期；此后生成台账时按新的教学日计算。"""
    return enter_term(at, body)


# The matrix


def month_named(at: Desk, named: str | None) -> date:
    """A month written ``2022-09``; this one where none is given. Raises :class:`InvalidInput`."""
    if not named:
        return month_of(at.today)
    found = re.fullmatch(r"(\d{4})-(\d{2})", named, re.ASCII)
    if found is None or not 1 <= int(found[2]) <= 12 or not 2000 <= int(found[1]) <= LAST_DAY.year:
        raise InvalidInput("月份应如 2022-09", field="month")
    return date(int(found[1]), int(found[2]), 1)


def whose(at: Desk, district_id: str | None) -> str | None:
    """The district whose schools are asked for: a district's own, or the one the office names (none: all)."""
    at.actor.require(*KEEPERS, Role.DISTRICT)
    return at.only if at.only is not None else district_id or None


def make(at: Desk, month: date) -> visits_matrix.Made:
    """Make a month, or bring it up to date."""
    stages = visits_matrix.stages_of(all_schools=at.settings.visits_to_all_schools)
    return visits_matrix.make_month(at.session, at.actor, at.now, month, stages=stages)


class MonthMade(BaseModel):
    """What making a month changed."""

    added: int = Field(description="新增的学校")
    changed: int = Field(description="责任督学或区县变更的")
    removed: int = Field(description="不再要求而取消的")


Month = Annotated[str | None, Query(description="月份，如 2022-09；不填为本月", examples=["2022-09"])]
District = Annotated[str | None, Query(description="区县；不填为全部。区县账号只见本区县")]


@router.get("/visits/coverage", summary="到校督导覆盖率", responses=READ)
def covered(
    at: At, year: Annotated[int | None, Query(description="年份；不填为今年")] = None, district_id: District = None
) -> list[CoverageRow]:
    """各区县各月应到校、已到校、补督导的学校数；已生成台账的月份才有。"""
    months = school_calendar(at.session).counted_months(wanted_year(at, year))
    return query.coverage(at.session, months, only=whose(at, district_id))


@router.get("/visits/missing", summary="未到校的学校", responses=READ)
def not_visited(
    at: At,
    window: Paging,
    month: Month = None,
    district_id: District = None,
    inspector_id: Annotated[int | None, Query(description="责任督学")] = None,
) -> Page[MissingRow]:
    """一个月尚未到校督导的学校及其责任督学。"""
    district = whose(at, district_id)
    return query.missing(at.session, month_named(at, month), window, district=district, inspector=inspector_id)


@router.get("/visits/inspectors", summary="欠督导的责任督学", responses=READ)
def behind(at: At, window: Paging, month: Month = None, district_id: District = None) -> Page[OwingRow]:
    """一个月尚有学校未到的责任督学，欠得多的在前。"""
    return query.owing(at.session, month_named(at, month), window, district=whose(at, district_id))


@router.get("/visits/schools", summary="学校逐月到校情况", responses=READ)
def by_month(
    at: At, window: Paging, district_id: District = None, year: Annotated[int | None, Query(description="年份")] = None
) -> Page[SchoolMonths]:
    """一个区县的学校在一年中各月的到校日期。"""
    district = whose(at, district_id)
    if district is None:
        raise InvalidInput("须写明区县", field="district_id")
    months = school_calendar(at.session).counted_months(wanted_year(at, year))
    return query.schools_by_month(at.session, district, months, window)


@router.post("/visits/months/{month}", summary="生成台账", responses=WRITE)
def make_one(month: str, at: At) -> MonthMade:
    """生成或更新一个月的台账；已到校的不变。每日自动运行，一般不须手工生成。"""
    made = make(at, month_named(at, month))
    return MonthMade(added=made.added, changed=made.changed, removed=made.removed)


# By term


def term_named(at: Desk, year: int | None, season: Season | None) -> SchoolTerm:
    """A term; the one under way (else the last before today) where none is named. Raises :class:`NotFound`."""
    known = school_calendar(at.session)
    if year is None or season is None:
        begun = [term for term in known.terms if term.starts_on <= at.today]
        found = begun[-1] if begun else None
    else:
        found = known.term(year, season)
    if found is None:
        raise NotFound("学期", field="year")
    return found


Term = Annotated[Season | None, Query(description="学期；不填为本学期")]


@router.get("/visits/terms", summary="每学期到校次数", responses=READ)
def by_term(at: At, year: int | None = None, season: Term = None, district_id: District = None) -> list[TermRow]:
    """各区县学校（园）本学期到校督导达到两次的数目（《教育督导条例》第十四条）。"""
    term = term_named(at, year, season)
    return query.term_coverage(at.session, (term.starts_on, term.ends_on), only=whose(at, district_id))


@router.get("/visits/terms/short", summary="一学期不足两次的学校", responses=READ)
def seldom(
    at: At, window: Paging, year: int | None = None, season: Term = None, district_id: District = None
) -> Page[SeldomRow]:
    """一学期到校督导不足两次的学校（园）。"""
    term = term_named(at, year, season)
    return query.seldom_visited(at.session, (term.starts_on, term.ends_on), window, only=whose(at, district_id))


# Visits


class TopicLine(BaseModel):
    """A topic of the checklist."""

    key: str
    title: str
    asks: str


@router.get("/visits/topics", summary="督导内容", responses=READ)
def topics(at: At) -> list[TopicLine]:
    """「双减」到校督导逐项查看的内容。"""
    return [TopicLine(key=topic.key, title=topic.title, asks=topic.asks) for topic in TOPICS]


def my_schools(at: Desk, window: Window) -> Page[MineRow]:
    """The schools of whoever asks, with what is owed this month."""
    at.actor.require(Role.INSPECTOR)
    term = term_named(at, None, None)
    span = (term.starts_on, term.ends_on)
    since = date.fromordinal(at.today.toordinal() - BEHIND_DAYS)
    return query.mine(at.session, at.actor.person, at.today, window, term=span, since=since)


@router.get("/visits/mine", summary="我负责的学校", responses=READ)
def mine(at: At, window: Paging) -> Page[MineRow]:
    """本人负责的学校：本月是否已到、本学期到校次数、欠督导的月份。"""
    return my_schools(at, window)


def visible_school(at: Desk, school_id: str) -> SchoolHead:
    """A school whose visits this actor may read. Raises :class:`NotFound`."""
    seen_by = at.actor.user_id if at.actor.role is Role.INSPECTOR else None
    found = query.school_head(at.session, school_id, at.today, only=at.only, user_id=seen_by)
    if found is None:
        raise NotFound("学校", field="school_id")
    return found


@router.get("/visits/schools/{school_id}", summary="学校的到校督导记录", responses=READ)
def of_school(school_id: str, at: At, window: Paging) -> Page[VisitRow]:
    """一所学校历次到校督导的记录，新的在前。"""
    return query.visits_of(at.session, visible_school(at, school_id).id, window)


@router.post("/visits", summary="登记到校督导", status_code=201, responses=WRITE)
def record(body: NewVisit, at: At) -> Made:
    """责任督学登记本人的，区县登记本区县督学的，督导室登记任何督学的；隐患当日报告。"""
    return Made(id=record_visit(at.session, at.actor, at.now, body))


def read_list(at: Desk, filename: str, content: bytes, *, dry: bool) -> ListRead:
    """Write down the visits of a file, or say what would become of it."""
    at.actor.require(*OFFICE, Role.DISTRICT, Role.INSPECTOR)
    return import_visits(at.session, at.actor, at.now, filename, content, dry=dry)


@router.post("/visits/import", summary="导入到校督导", responses={**WRITE, **errors(413, 415)})
def import_list(
    at: At,
    file: Annotated[UploadFile, File(description=".xlsx 或 .csv")],
    dry: Annotated[bool, Form(description="只检查，不登记")] = False,
) -> ListRead:
    """按表格批量登记；有一行不对则一行也不登记，已登记过的跳过。"""
    content = file.file.read(at.settings.max_upload_mb * 1024 * 1024 + 1)
    return read_list(at, file.filename or "", content, dry=dry)
