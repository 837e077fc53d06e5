"""网络监测: the indicator sets, the table to fill in, and what the values say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.context import At, Desk
from api.pages.forms import Failed, Filled, Form, attempt, reading
from api.render import go, page
from api.v1 import indicators as api
from casework.actor import OFFICE
from casework.indicator_values import UploadReport
from db.queries import indicators
from db.queries.rows import MOST, Window
from process.errors import InvalidInput
from process.indicators import Indicator, IndicatorSet, Level, Requires, Verdict
from process.vocabulary import Role

router = APIRouter(prefix="/indicators")
Offset = Annotated[int, Query(ge=0)]
_UPLOADS_SHOWN = 10


@router.get("")
def sets(request: Request, at: At) -> Response:
    """Every indicator set."""
    return page(request, "indicator_sets.html", actor=at.actor, sets=api.summaries(at), year=at.today.year)


@router.get("/{name}")
def one(request: Request, name: str, at: At) -> Response:
    """What a set asks, with its standards and sources."""
    wanted = api.wanted_set(at, name)
    return page(request, "indicator_set.html", actor=at.actor, wanted=wanted, year=at.today.year)


@router.get("/{name}/{year}")
def of_year(request: Request, name: str, year: int, at: At, offset: Offset = 0) -> Response:
    """How the districts stand in a year, and the table to fill in."""
    return _of_year(request, at, name, year, offset, None, None)


def _of_year(
    request: Request, at: Desk, name: str, year: int, offset: int, report: UploadReport | None, failed: Failed | None
) -> Response:
    if not 2000 <= year <= 2100:
        raise InvalidInput("年度应在2000至2100之间", field="year")
    wanted = api.wanted_set(at, name)
    districts = indicators.districts_of(at.session, year, only=at.only)
    known = indicators.years(at.session, name)
    if failed is not None and report is None:
        report = failed.error.context.get("report")
    return page(
        request,
        "indicator_year.html",
        status=failed.error.status if failed else 200,
        actor=at.actor,
        wanted=wanted,
        year=year,
        years=sorted({*known, at.today.year, at.today.year - 1, year}, reverse=True),
        standings=indicators.standings(at.session, wanted, year, districts, Window(MOST, offset)),
        uploads=indicators.uploads(at.session, name, year, only=at.only, window=Window(_UPLOADS_SHOWN)),
        may_fill_in=at.actor.role in (*OFFICE, Role.DISTRICT),
        report=report,
        failed=failed,
    )


@router.post("/{name}/{year}")
def fill_in(request: Request, name: str, year: int, form: Form) -> Response:
    """Check a filled-in table, or take its values over."""
    checking = form.get("deed") == "check"

    def then(report: UploadReport) -> Response:
        if checking:
            return reading(request, lambda at: _of_year(request, at, name, year, 0, report, None))
        return go(f"/indicators/{name}/{year}", f"已写入{report.values}个数据")

    return attempt(
        request,
        "values",
        form,
        lambda at: _take(at, name, year, form, checking),
        then,
        lambda failed: reading(request, lambda at: _of_year(request, at, name, year, 0, None, failed)),
    )


def _take(at: Desk, name: str, year: int, form: Filled, checking: bool) -> UploadReport:
    if form.file is None or not form.file.filename:
        raise InvalidInput("请选择文件", field="file")
    content = form.file.file.read(at.settings.max_upload_mb * 1024 * 1024 + 1)
    return api.take(at, name, year, form.file.filename, content, dry_run=checking)


@router.get("/{name}/{year}/table.xlsx")
def table(name: str, year: int, at: At, subject_id: str | None = None) -> Response:
    """The table to fill in."""
    return api.blank(at, name, year, subject_id)


@router.get("/{name}/{year}/{subject_id}")
def of_district(request: Request, name: str, year: int, subject_id: str, at: At, offset: Offset = 0) -> Response:
    """What one district's values say."""
    wanted = api.wanted_set(at, name)
    found = api.results(at, wanted, year, subject_id)
    by_requirement = {kind: [row for row in found.required if row.requires is kind] for kind in Requires}
    return page(
        request,
        "indicator_results.html",
        actor=at.actor,
        wanted=wanted,
        year=year,
        years=sorted({*indicators.years(at.session, name), year}, reverse=True),
        standing=found.standing,
        indicators={one.key: one for one in wanted.indicators},
        own=_grouped(wanted, {row.key: row for row in by_requirement[Requires.INDICATOR]}),
        differences=by_requirement[Requires.DIFFERENCE],
        reported=by_requirement[Requires.REPORTED],
        schools=indicators.schools(at.session, wanted, year, subject_id, Window(50, offset)) if wanted.stages else None,
        may_fill_in=at.actor.role in (*OFFICE, Role.DISTRICT),
    )


def _grouped(
    wanted: IndicatorSet, rows: Mapping[str, indicators.Required]
) -> list[tuple[str, list[tuple[Indicator, indicators.Required]]]]:
    """The district's own indicators, group by group; those that fall short or are missing first."""
    order = list(Verdict)
    grouped = []
    for group in wanted.groups:
        asked = [(one, rows[one.key]) for one in wanted.of_group(group) if one.level is Level.DISTRICT]
        if asked:
            grouped.append((group, sorted(asked, key=lambda pair: order.index(pair[1].verdict))))
    return grouped
