"""到校督导: coverage by district and month, the schools that are missing, an inspector's own, writing visits down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Request, Response

from api.context import At, Desk
from api.pages.forms import Failed, Filled, Form, attempt, reading
from api.render import go, page
from api.v1 import visits as v1
from api.v1.visits import TermBody, month_named, my_schools, school_year, term_named, visible_school, wanted_year, whose
from casework.actor import OFFICE
from casework.visits import NewVisit, record_visit
from casework.visits_calendar import KEEPERS
from casework.visits_import import COLUMNS, ListRead, blank
from casework.visits_matrix import Made, stages_of
from db.queries import visits as query
from db.queries.people import subjects
from db.queries.rows import MOST, Window
from db.queries.sight import Sight
from db.queries.visits import CoverageRow, SchoolHead
from db.school_calendar import school_calendar
from process.errors import InvalidInput
from process.school_calendar import month_of
from process.visits import TOPICS, Look
from process.vocabulary import Role, Season, SubjectKind

router = APIRouter()
Offset = Annotated[int, Query(ge=0)]
_RECORDERS = (*OFFICE, Role.DISTRICT, Role.INSPECTOR)


@dataclass(frozen=True, slots=True)
class Sums:
    """Totals of some rows of coverage."""

    owed: int
    visited: int
    made_up: int
    nobody: int

    @property
    def missing(self) -> int:
        """Schools that nobody has visited."""
        return self.owed - self.visited

    @property
    def percent(self) -> float:
        """Of the schools owed a visit, how many had one."""
        return round(100 * self.visited / self.owed, 1) if self.owed else 100.0


def _sums(rows: Sequence[CoverageRow]) -> Sums:
    columns = ([row.owed, row.visited, row.made_up, row.nobody] for row in rows)
    return Sums(*(sum(column) for column in zip(*columns, strict=True))) if rows else Sums(0, 0, 0, 0)


@router.get("/visits")
def overview(request: Request, at: At, year: int | None = None, district_id: str = "", offset: Offset = 0) -> Response:
    """Districts by months; of one district its schools by months; an inspector's own schools."""
    if at.actor.role is Role.INSPECTOR:
        return go("/visits/mine")
    return _overview(request, at, year, district_id, offset, None)


def _overview(
    request: Request, at: Desk, year: int | None, district_id: str, offset: int, failed: Failed | None
) -> Response:
    district, year = whose(at, district_id), wanted_year(at, year)
    calendar = school_calendar(at.session)
    months = calendar.counted_months(year)
    rows = query.coverage(at.session, months, only=district)
    here = month_of(at.today)
    kinds = [SubjectKind.DISTRICT]
    named = subjects(at.session, sight=Sight(only=district), day=None, window=Window(1), kinds=kinds).items
    return page(
        request,
        "visits.html",
        status=failed.error.status if failed else 200,
        actor=at.actor,
        year=year,
        months=months,
        cells={(row.district_id, row.month): row for row in rows},
        districts=list({row.district_id: row.district for row in rows}.items()),
        sums={month: _sums([row for row in rows if row.month == month]) for month in months},
        this_month=_sums([row for row in rows if row.month == here]) if here in months else None,
        here_month=here,
        counted=here in calendar.counted_months(at.today.year),
        known=calendar.known(year),
        district=named[0] if named and district else None,
        schools=query.schools_by_month(at.session, district, months, Window(50, offset)) if district else None,
        homeless=query.of_no_district(at.session, _stages(at), at.today) if district is None else 0,
        may_make=at.actor.role in KEEPERS,
        may_record=at.actor.role in _RECORDERS,
        failed=failed,
    )


def _stages(at: Desk) -> Any:
    return stages_of(all_schools=at.settings.visits_to_all_schools)


@router.post("/visits/months")
def make(request: Request, form: Form) -> Response:
    """Make a month, or bring it up to date."""

    def work(at: Desk) -> Made:
        return v1.make(at, month_named(at, form.get("month")))

    return attempt(
        request,
        "make",
        form,
        work,
        lambda made: go("/visits", f"台账已更新：新增{made.added}所，变更{made.changed}所，取消{made.removed}所"),
        lambda failed: reading(request, lambda at: _overview(request, at, None, "", 0, failed)),
    )


@router.get("/visits/missing")
def missing(
    request: Request,
    at: At,
    month: str = "",
    district_id: str = "",
    inspector_id: int | None = None,
    offset: Offset = 0,
) -> Response:
    """The schools nobody has visited in a month, and who answers for them."""
    district, wanted = whose(at, district_id), month_named(at, month)
    found = query.missing(at.session, wanted, Window(50, offset), district=district, inspector=inspector_id)
    return page(
        request,
        "visits_missing.html",
        actor=at.actor,
        month=wanted,
        district_id=district or "",
        inspector_id=inspector_id,
        found=found,
        owing=query.owing(at.session, wanted, Window(20), district=district) if inspector_id is None else None,
        rows=query.coverage(at.session, [wanted], only=district) if district else [],
        may_record=at.actor.role in _RECORDERS,
    )


@router.get("/visits/list.xlsx")
def to_fill_in(at: At, month: str = "", district_id: str = "") -> Response:
    """The schools still missing as a list to be filled in and imported."""
    district, wanted = whose(at, district_id), month_named(at, month)
    rows = query.missing(at.session, wanted, Window(MOST), district=district).items
    name = quote(f"到校督导登记表{wanted:%Y-%m}.xlsx")
    return Response(
        blank(rows),
        media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={"content-disposition": f"attachment; filename*=UTF-8''{name}"},
    )


@router.get("/visits/mine")
def mine(request: Request, at: At, offset: Offset = 0) -> Response:
    """The schools of the inspector who asks, those still to be visited first."""
    return page(
        request,
        "visits_mine.html",
        actor=at.actor,
        schools=my_schools(at, Window(50, offset)),
        month=month_of(at.today),
        counted=school_calendar(at.session).counts(month_of(at.today)),
    )


@router.get("/visits/terms")
def terms(
    request: Request, at: At, year: int | None = None, season: str = "", district_id: str = "", offset: Offset = 0
) -> Response:
    """Who was visited twice this term (条例 14)."""
    if season and season not in set(Season):
        raise InvalidInput("没有这个学期", field="season")
    term = term_named(at, year, Season(season) if season else None)
    district, span = whose(at, district_id), (term.starts_on, term.ends_on)
    known = [one for one in school_calendar(at.session).terms if one.starts_on <= at.today]
    return page(
        request,
        "visits_terms.html",
        actor=at.actor,
        term=term,
        known=known[-6:],
        rows=query.term_coverage(at.session, span, only=district),
        found=query.seldom_visited(at.session, span, Window(50, offset), only=district),
        district_id=district or "",
    )


@router.get("/visits/schools/{school_id}")
def school(request: Request, school_id: str, at: At, offset: Offset = 0) -> Response:
    """A school's visits, and the form for another."""
    return _school(request, at, school_id, "", offset, None)


@router.get("/visits/schools/{school_id}/new")
def new(request: Request, school_id: str, at: At, month: str = "") -> Response:
    """The form by itself, as it is filled in at the school."""
    at.actor.require(*_RECORDERS)
    return _school(request, at, school_id, month, 0, None, form_only=True)


def _school(
    request: Request,
    at: Desk,
    school_id: str,
    month: str,
    offset: int,
    failed: Failed | None,
    *,
    form_only: bool = False,
) -> Response:
    found = visible_school(at, school_id)
    own = at.actor.role is Role.INSPECTOR
    return page(
        request,
        "visits_school.html",
        status=failed.error.status if failed else 200,
        actor=at.actor,
        school=found,
        visits=None if form_only else query.visits_of(at.session, school_id, Window(20, offset)),
        topics=TOPICS,
        looks=list(Look),
        may_record=at.actor.role in _RECORDERS,
        visitors=[] if own else _visitors(at, found),
        months=_months(at, found),
        month=month,
        today=at.today,
        form_only=form_only,
        failed=failed,
    )


def _visitors(at: Desk, school: SchoolHead) -> list[tuple[str, str]]:
    """Whose visit it may have been, the responsible inspector first."""
    if school.district_id is None:
        return []
    known = query.visitors(at.session, school.district_id, at.today)
    known.sort(key=lambda one: one.id != school.inspector_id)
    return [(str(one.id), one.name) for one in known]


def _months(at: Desk, school: SchoolHead) -> list[tuple[str, str]]:
    """For which earlier months a visit may make up."""
    behind = query.behind(at.session, school.id, month_of(at.today))
    return [("", "到校当月"), *((f"{m:%Y-%m}", f"补{m.year}年{m.month}月") for m in behind)]


@router.post("/visits/schools/{school_id}")
def record(request: Request, school_id: str, form: Form) -> Response:
    """Write a visit down."""

    def work(at: Desk) -> str:
        visible_school(at, school_id)
        record_visit(at.session, at.actor, at.now, _filled_visit(at, school_id, form))
        return "/visits/mine" if at.actor.role is Role.INSPECTOR else f"/visits/schools/{school_id}"

    return attempt(
        request,
        "visit",
        form,
        work,
        lambda path: go(path, "到校督导已登记"),
        lambda failed: reading(
            request,
            lambda at: _school(request, at, school_id, form.get("month"), 0, failed, form_only=bool(form.get("alone"))),
        ),
    )


def _filled_visit(at: Desk, school_id: str, form: Filled) -> NewVisit:
    checked = {
        topic.key: {"look": form.get(f"look_{topic.key}"), "remark": form.get(f"remark_{topic.key}")}
        for topic in TOPICS
        if form.get(f"look_{topic.key}")
    }
    values: dict[str, Any] = {
        "school_id": school_id,
        "visited_on": form.get("visited_on"),
        "checked": checked,
        "note": form.get("note"),
        "hazard": bool(form.get("hazard")),
        **form.given("inspector_id"),
    }
    if form.get("month"):
        values["month"] = month_named(at, form.get("month"))
    return NewVisit.model_validate(values)


@router.get("/visits/import")
def import_form(request: Request, at: At) -> Response:
    """The form for a list."""
    at.actor.require(*_RECORDERS)
    return _import(request, at, None, None)


def _import(request: Request, at: Desk, read: ListRead | None, failed: Failed | None) -> Response:
    status = failed.error.status if failed else 422 if read and read.refused else 200
    return page(
        request,
        "visits_import.html",
        status=status,
        actor=at.actor,
        columns=COLUMNS,
        read=read,
        month=month_of(at.today),
        may_download=at.actor.role is not Role.INSPECTOR,
        failed=failed,
    )


@router.post("/visits/import")
def import_list(request: Request, form: Form) -> Response:
    """Try a list, or write it down."""

    def work(at: Desk) -> ListRead:
        if form.file is None or not form.file.filename:
            raise InvalidInput("请选定文件", field="file")
        content = form.file.file.read(at.settings.max_upload_mb * 1024 * 1024 + 1)
        return v1.read_list(at, form.file.filename, content, dry=form.get("how") != "write")

    return attempt(
        request,
        "import",
        form,
        work,
        lambda read: reading(request, lambda at: _import(request, at, read, None)),
        lambda failed: reading(request, lambda at: _import(request, at, None, failed)),
    )


# The school calendar


@router.get("/school-calendar")
def calendar(request: Request, at: At, year: int | None = None) -> Response:
    """A year's terms, and the months that count."""
    return _calendar(request, at, year, None)


def _calendar(request: Request, at: Desk, year: int | None, failed: Failed | None) -> Response:
    wanted = wanted_year(at, year)
    return page(
        request,
        "school_calendar.html",
        status=failed.error.status if failed else 200,
        actor=at.actor,
        year=school_year(school_calendar(at.session), wanted),
        seasons=list(Season),
        may_enter=at.actor.role in KEEPERS,
        failed=failed,
    )


@router.post("/school-calendar")
def enter(request: Request, form: Form) -> Response:
    """Enter a term, or correct it."""
    fields = ("year", "season", "starts_on", "ends_on", "source")

    def work(at: Desk) -> int:
        return v1.enter_term(at, TermBody.model_validate({name: form.get(name) for name in fields})).year

    named = form.get("year")
    shown = int(named) if named.isascii() and named.isdigit() and len(named) == 4 else None
    return attempt(
        request,
        f"term-{form.get('season')}",
        form,
        work,
        lambda year: go(f"/school-calendar?{urlencode({'year': year})}", "学期已登记"),
        lambda failed: reading(request, lambda at: _calendar(request, at, shown, failed)),
    )
