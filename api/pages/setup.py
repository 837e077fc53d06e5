"""Setting a new installation up: its first account, and example data for whoever wants it."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.context import engine_of, now_of, settings_of
from api.pages.forms import Form
from api.render import go, page
from api.security import same_origin, set_cookie
from casework.accounts import sign_in
from casework.first_run import is_new, set_up
from db.session import unit_of_work
from process.errors import DudaoError

router = APIRouter()


@router.get("/setup")
def form(request: Request) -> Response:
    """The form; on to the sign-in where somebody has been."""
    with unit_of_work(engine_of(request)) as session:
        if not is_new(session):
            return go("/sign-in")
    return page(request, "setup.html", error=None, values={"username": "admin", "name": "", "example": ""})


@router.post("/setup")
def enter(request: Request, form: Form) -> Response:
    """Set up and sign in; the page again, with what was typed, where something is missing."""
    same_origin(request)
    settings, now = settings_of(request), now_of(request)
    values = {name: form.get(name) for name in ("username", "name", "example")}
    try:
        with unit_of_work(engine_of(request)) as session:
            set_up(
                session,
                now,
                username=values["username"],
                name=values["name"],
                password=form.get("password"),
                with_example=bool(values["example"]),
            )
            token, _ = sign_in(session, now, values["username"], form.get("password"), settings.session_hours)
    except DudaoError as error:
        return page(request, "setup.html", status=error.status, error=error, values=values)
    response = go("/", "设置完成")
    set_cookie(response, token, settings)
    return response
