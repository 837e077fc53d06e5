"""The calendar, the accounts, the subjects."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api import bodies, office
from api.context import At, Desk
from api.pages.forms import Failed, Form, attempt, reading
from api.render import go, local, page
from casework.actor import KEEPERS
from db.queries import people
from db.queries.rows import MOST, Window
from process.vocabulary import Position, Role, SubjectKind

router = APIRouter()
Offset = Annotated[int, Query(ge=0)]


@router.get("/calendar")
def calendar(request: Request, at: At) -> Response:
    """Which years are announced."""
    return _calendar(request, at, None, None)


def _calendar(request: Request, at: Desk, result: bodies.ImportResult | None, failed: Failed | None) -> Response:
    return page(
        request,
        "calendar.html",
        status=failed.error.status if failed else 200,
        actor=at.actor,
        years=office.years(at, None, None),
        may_import=at.actor.role in KEEPERS,
        result=result,
        failed=failed,
    )


@router.post("/calendar")
def import_calendar(request: Request, form: Form) -> Response:
    """Import a yearly notice; the answer lists what it moved."""

    def work(at: Desk) -> bodies.ImportResult:
        given = {"csv": form.get("csv"), "source": form.get("source")}
        return office.import_calendar(at, bodies.CalendarBody.model_validate(given))

    return attempt(
        request,
        "calendar",
        form,
        work,
        lambda result: reading(request, lambda at: _calendar(request, at, result, None)),
        lambda failed: reading(request, lambda at: _calendar(request, at, None, failed)),
    )


@router.get("/users")
def users(request: Request, at: At, offset: Offset = 0) -> Response:
    """The accounts."""
    return _users(request, at, offset, None)


def _users(request: Request, at: Desk, offset: int, failed: Failed | None) -> Response:
    at.actor.require(Role.ADMINISTRATOR)
    return page(
        request,
        "users.html",
        status=failed.error.status if failed else 200,
        actor=at.actor,
        users=people.users(at.session, Window(MOST, offset)),
        subjects=people.subjects(at.session, sight=at.sight, day=at.today, window=Window(MOST), kinds=_LISTED).items,
        roles=list(Role),
        failed=failed,
    )


@router.post("/users")
def add_user(request: Request, form: Form) -> Response:
    """Add an account."""
    fields = ("username", "name", "role", "password", "email", "phone", "bot_url", "subject_id")

    def work(at: Desk) -> int:
        needed = {name: form.get(name) for name in ("username", "name", "role", "password")}
        return office.add_user(at, bodies.UserBody.model_validate({**needed, **form.given(*fields)}))

    return attempt(
        request,
        "users",
        form,
        work,
        lambda _: go("/users", "账号已增加"),
        lambda failed: reading(request, lambda at: _users(request, at, 0, failed)),
    )


@router.post("/users/{user_id}/deactivate")
def deactivate(request: Request, user_id: int, form: Form) -> Response:
    """Close an account."""
    return attempt(
        request,
        "deactivate",
        form,
        lambda at: office.deactivate(at, user_id),
        lambda _: go("/users", "账号已停用"),
        lambda failed: reading(request, lambda at: _users(request, at, 0, failed)),
    )


@router.get("/subjects")
def subjects(request: Request, at: At) -> Response:
    """Subjects and their contacts."""
    return _subjects(request, at, None)


def _subjects(request: Request, at: Desk, failed: Failed | None) -> Response:
    rows = people.subjects(at.session, sight=at.sight, day=None, window=Window(MOST), kinds=_kinds(at)).items
    return page(
        request,
        "subjects.html",
        status=failed.error.status if failed else 200,
        actor=at.actor,
        subjects=rows,
        contacts=_contacts(at),
        positions=list(Position),
        may_import=at.actor.role in KEEPERS,
        may_add=at.actor.role in (*KEEPERS, Role.DISTRICT),
        today=at.today,
        failed=failed,
    )


_LISTED = (SubjectKind.DISTRICT, SubjectKind.AUTHORITY, SubjectKind.CITY, SubjectKind.COLLEGE, SubjectKind.UNIVERSITY)
"""Whose contacts the office keeps on this page; those of schools stand in the rosters."""


def _kinds(at: Desk) -> tuple[SubjectKind, ...]:
    """A unit's own people are listed whatever it is; a district's schools with it, persons not."""
    own = tuple(kind for kind in SubjectKind if not kind.personal)
    return own if at.only is not None else _LISTED


def _contacts(at: Desk) -> dict[str, list[people.ContactRow]]:
    """Those now in office, by subject."""
    grouped: dict[str, list[people.ContactRow]] = {}
    for offset in range(0, 10 * MOST, MOST):
        found = people.contacts(at.session, sight=at.sight, window=Window(MOST, offset), kinds=_kinds(at))
        for row in found.items:
            if row.valid_to is None or row.valid_to >= at.today:
                grouped.setdefault(row.subject_id, []).append(row)
        if offset + MOST >= found.total:
            break
    return grouped


@router.post("/subjects")
def import_subjects(request: Request, form: Form) -> Response:
    """Import districts from CSV."""
    return attempt(
        request,
        "subjects",
        form,
        lambda at: office.import_districts(at, bodies.SubjectsBody.model_validate({"csv": form.get("csv")})),
        lambda rows: go("/subjects", f"已导入{rows}行"),
        lambda failed: reading(request, lambda at: _subjects(request, at, failed)),
    )


@router.post("/contacts")
def add_contact(request: Request, form: Form) -> Response:
    """Add a contact."""
    fields = ("subject_id", "position", "name", "email", "phone", "bot_url", "valid_from", "valid_to")

    def work(at: Desk) -> int:
        needed = {name: form.get(name) for name in ("subject_id", "position", "name")}
        return office.add_contact(at, bodies.ContactBody.model_validate({**needed, **form.given(*fields)}))

    return attempt(
        request,
        "contacts",
        form,
        work,
        lambda _: go(local(form.get("back", "/subjects")), "联系人已增加"),
        lambda failed: reading(request, lambda at: _subjects(request, at, failed)),
    )


@router.post("/authorities")
def add_authority(request: Request, form: Form) -> Response:
    """Enter a leader in charge or a member unit."""

    def work(at: Desk) -> int:
        needed = {name: form.get(name) for name in ("name", "position", "contact")}
        return office.add_authority(at, bodies.AuthorityBody.model_validate({**needed, **form.given("email")}))

    return attempt(
        request,
        "authorities",
        form,
        work,
        lambda _: go("/subjects", "已登记"),
        lambda failed: reading(request, lambda at: _subjects(request, at, failed)),
    )


@router.post("/contacts/{contact_id}/end")
def end_contact(request: Request, contact_id: int, form: Form) -> Response:
    """End a contact's time in office."""

    def work(at: Desk) -> int:
        return office.end_contact(at, contact_id, bodies.ContactEnded.model_validate(form.given("last_day")))

    return attempt(
        request,
        "contacts",
        form,
        work,
        lambda _: go(local(form.get("back", "/subjects")), "已登记卸任"),
        lambda failed: reading(request, lambda at: _subjects(request, at, failed)),
    )
