"""The rosters in the browser: districts' schools, principals, inspectors, terms that end, tables to be taken in."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api import registry as api
from api.context import At, Desk
from api.pages.forms import Failed, Filled, Form, attempt, reading
from api.render import go, page
from api.v1.registry import XLSX
from casework.actor import KEEPERS
from casework.registry.importing import ImportReport, template
from casework.registry.kinds import COLUMNS, RosterKind
from db.queries import registry as query
from db.queries.rows import Window
from process.errors import InvalidInput, NotFound
from process.vocabulary import Position, Role, SchoolStage

router = APIRouter(prefix="/registry")
Offset = Annotated[int, Query(ge=0)]

KEPT = 600_000
"""A file of up to so many bytes waits in the page of its preview; a larger one is chosen again."""


@router.get("")
def overview(request: Request, at: At) -> Response:
    """What there is, and where."""
    if at.actor.role is Role.INSPECTOR:
        own = api.own_file(at)
        return go(f"/registry/inspectors/{own}" if own is not None else "/registry/schools")
    districts = query.schools_by_district(at.session, at.today, sight=at.sight)
    return page(
        request,
        "registry.html",
        actor=at.actor,
        districts=districts,
        keeping=at.actor.role in KEEPERS,
        kinds=list(RosterKind),
        expiring=api.expiring(at, Window(1)).total,
    )


@router.get("/schools")
def schools(
    request: Request, at: At, district_id: str = "", stage: str = "", q: str = "", offset: Offset = 0
) -> Response:
    """Schools, by district, stage and name."""
    if stage and stage not in set(SchoolStage):
        raise InvalidInput("没有这种学段", field="stage")
    found = query.schools(
        at.session,
        at.today,
        sight=at.sight,
        window=Window(50, offset),
        district_id=district_id or None,
        stage=SchoolStage(stage) if stage else None,
        search=q.strip() or None,
    )
    return page(
        request,
        "registry_schools.html",
        actor=at.actor,
        schools=found,
        districts=query.schools_by_district(at.session, at.today, sight=at.sight),
        stages=list(SchoolStage),
        cut={"district_id": district_id, "stage": stage, "q": q.strip()},
    )


@router.get("/schools/{school_id}")
def school(request: Request, school_id: str, at: At) -> Response:
    """One school."""
    return page(
        request,
        "registry_school.html",
        actor=at.actor,
        file=api.school_file(at, school_id),
        keeping=at.actor.role in (*KEEPERS, Role.DISTRICT),
        positions=[Position.OPERATOR, Position.HEAD],
        today=at.today,
    )


@router.get("/principals")
def principals(request: Request, at: At, district_id: str = "", q: str = "", offset: Offset = 0) -> Response:
    """Principals with their terms."""
    found = query.principals(
        at.session,
        sight=at.sight,
        window=Window(50, offset),
        district_id=district_id or None,
        search=q.strip() or None,
    )
    return page(
        request,
        "registry_principals.html",
        actor=at.actor,
        principals=found,
        districts=query.schools_by_district(at.session, at.today, sight=at.sight),
        cut={"district_id": district_id, "q": q.strip()},
    )


@router.get("/principals/{principal_id}")
def principal(request: Request, principal_id: str, at: At) -> Response:
    """One principal."""
    return _principal(request, at, principal_id, None)


def _principal(request: Request, at: Desk, principal_id: str, failed: Failed | None) -> Response:
    return page(
        request,
        "registry_principal.html",
        status=failed.error.status if failed else 200,
        actor=at.actor,
        file=api.principal_file(at, principal_id),
        keeping=at.actor.role in KEEPERS or (at.actor.role is Role.DISTRICT and at.only != principal_id),
        today=at.today,
        failed=failed,
    )


@router.get("/inspectors")
def inspectors(request: Request, at: At, q: str = "", who: str = "", offset: Offset = 0) -> Response:
    """Inspectors and experts."""
    at.actor.require(*KEEPERS)
    found = query.roster_inspectors(
        at.session,
        at.today,
        window=Window(50, offset),
        inspectors={"inspectors": True, "experts": False}.get(who),
        search=q.strip() or None,
    )
    return page(request, "registry_inspectors.html", actor=at.actor, inspectors=found, cut={"q": q.strip(), "who": who})


@router.get("/inspectors/{inspector_id}")
def inspector(request: Request, inspector_id: int, at: At, district_id: str = "", school: str = "") -> Response:
    """One inspector."""
    return _inspector(request, at, inspector_id, None, school=school)


def _inspector(request: Request, at: Desk, inspector_id: int, failed: Failed | None, *, school: str = "") -> Response:
    file = api.inspector_file(at, inspector_id)
    keeping = at.actor.role in KEEPERS
    search = school.strip() or None
    found = (
        query.schools(at.session, at.today, sight=at.sight, window=Window(50), search=search).items
        if keeping and search
        else []
    )
    return page(
        request,
        "registry_inspector.html",
        status=failed.error.status if failed else 200,
        actor=at.actor,
        file=file,
        keeping=keeping,
        today=at.today,
        school=school.strip(),
        found=found,
        failed=failed,
    )


@router.get("/expiring")
def expiring(request: Request, at: At, who: str = "", offset: Offset = 0) -> Response:
    """Terms that end."""
    wanted = {"principals": True, "inspectors": False}.get(who)
    found = api.expiring(at, Window(50, offset), principals=wanted)
    return page(request, "registry_expiring.html", actor=at.actor, terms=found, cut={"who": who}, today=at.today)


@router.post("/terms")
def enter_term(request: Request, form: Form) -> Response:
    """Enter a term."""
    fields = ("subject_id", "inspector_id", "post", "ordinal", "starts_on", "ends_on")
    return attempt(
        request,
        "terms",
        form,
        lambda at: api.enter_term(at, api.TermBody.model_validate(form.given(*fields))),
        lambda _: go(_back(form), "任期已登记"),
        lambda failed: _again(request, failed),
    )


@router.post("/terms/{term_id}/end")
def end_term(request: Request, term_id: int, form: Form) -> Response:
    """End a term early."""
    return attempt(
        request,
        f"end-{term_id}",
        form,
        lambda at: api.end_term(at, term_id, api.TermEnded.model_validate(form.given("ended_on", "reason"))),
        lambda _: go(_back(form), "离任已登记"),
        lambda failed: _again(request, failed),
    )


@router.post("/inspectors/{inspector_id}/trainings")
def add_training(request: Request, inspector_id: int, form: Form) -> Response:
    """Enter training."""
    fields = ("title", "held_on", "hours", "before_service")
    return attempt(
        request,
        "trainings",
        form,
        lambda at: api.add_training(at, inspector_id, api.TrainingBody.model_validate(form.given(*fields))),
        lambda _: go(f"/registry/inspectors/{inspector_id}", "培训已登记"),
        lambda failed: reading(request, lambda at: _inspector(request, at, inspector_id, failed)),
    )


@router.post("/inspectors/{inspector_id}/schools")
def assign(request: Request, inspector_id: int, form: Form) -> Response:
    """Who answers for schools."""

    def work(at: Desk) -> int:
        given = {"school_ids": form.several.get("school_ids", []), **form.given("from_day")}
        return api.assign(at, inspector_id, api.AssignBody.model_validate(given))

    return attempt(
        request,
        "schools",
        form,
        work,
        lambda n: go(f"/registry/inspectors/{inspector_id}", f"已安排{n}所学校，原责任督学负责到前一日"),
        lambda failed: reading(
            request, lambda at: _inspector(request, at, inspector_id, failed, school=form.get("school"))
        ),
    )


@router.post("/inspectors/{inspector_id}/schools/release")
def release(request: Request, inspector_id: int, form: Form) -> Response:
    """An assignment ends."""
    return attempt(
        request,
        "release",
        form,
        lambda at: api.release(at, inspector_id, api.ReleaseBody.model_validate(form.given("school_id", "last_day"))),
        lambda _: go(f"/registry/inspectors/{inspector_id}", "已登记"),
        lambda failed: reading(request, lambda at: _inspector(request, at, inspector_id, failed)),
    )


def _back(form: Filled) -> str:
    if form.get("inspector_id").isdigit():
        return f"/registry/inspectors/{form.get('inspector_id')}"
    return f"/registry/principals/{form.get('subject_id')}"


def _again(request: Request, failed: Failed) -> Response:
    """The page of whom a form about a term is about."""
    if failed.typed.get("inspector_id").isdigit():
        id_ = failed.typed.number("inspector_id")
        return reading(request, lambda at: _inspector(request, at, id_, failed))
    return reading(request, lambda at: _principal(request, at, failed.typed.get("subject_id"), failed))


@router.get("/import/{kind}/template.xlsx")
def empty(kind: str, at: At) -> Response:
    """A blank table."""
    at.actor.require(*KEEPERS)
    name = f"attachment; filename={_kind(kind)}.xlsx"
    return Response(template(_kind(kind)), media_type=XLSX, headers={"content-disposition": name})


@router.get("/import/{kind}")
def importing(request: Request, kind: str, at: At) -> Response:
    """Where a table is taken in."""
    return _importing(request, at, _kind(kind), None, "", "", None)


def _importing(
    request: Request,
    at: Desk,
    kind: RosterKind,
    report: ImportReport | None,
    filename: str,
    kept: str,
    failed: Failed | None,
) -> Response:
    at.actor.require(*KEEPERS)
    return page(
        request,
        "registry_import.html",
        status=failed.error.status if failed else 200,
        actor=at.actor,
        kind=kind,
        kinds=list(RosterKind),
        columns=COLUMNS[kind],
        report=report,
        filename=filename,
        kept=kept,
        failed=failed,
    )


@router.post("/import/{kind}")
def take(request: Request, kind: str, form: Form) -> Response:
    """Preview a table, or take it in."""
    chosen, writing = _kind(kind), form.get("how") == "write"
    taken: list[tuple[str, bytes]] = []

    def work(at: Desk) -> ImportReport:
        taken.append(_file(at, form))
        return api.take(at, chosen, *taken[0], dry_run=not writing)

    def then(report: ImportReport) -> Response:
        if writing:
            said = f"名册已导入：新增{report.added}，变更{report.changed}，无变化{report.unchanged}"
            return go(f"/registry/import/{chosen}", said)
        name, content = taken[0]
        sound = not report.problem_count and report.added + report.changed > 0
        kept = base64.b64encode(content).decode() if sound and len(content) <= KEPT else ""
        return reading(request, lambda at: _importing(request, at, chosen, report, name, kept, None))

    return attempt(
        request,
        "import",
        form,
        work,
        then,
        lambda failed: reading(request, lambda at: _importing(request, at, chosen, None, "", "", failed)),
    )


def _file(at: Desk, form: Filled) -> tuple[str, bytes]:
    """The file that was chosen, or the one that was previewed."""
    if form.file is not None and form.file.filename:
        return form.file.filename, form.file.file.read(at.settings.max_upload_mb * 1024 * 1024 + 1)
    try:
        content = base64.b64decode(form.get("kept"), validate=True)
    except binascii.Error as error:
        raise InvalidInput("请重新选择文件", field="file") from error
    if not content:
        raise InvalidInput("请选择文件", field="file")
    return form.get("filename"), content


def _kind(said: str) -> RosterKind:
    if said not in set(RosterKind):
        raise NotFound("名册")
    return RosterKind(said)
