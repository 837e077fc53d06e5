"""Signing in and out, and the way home."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from api.context import At, engine_of, now_of, settings_of
from api.pages.forms import Form
from api.render import go, local, page
from api.security import COOKIE, same_origin, set_cookie, token_of
from api.throttle import throttle_of
from casework.accounts import sign_in, sign_out
from casework.first_run import is_new
from db.session import unit_of_work
from process.errors import DudaoError
from process.vocabulary import Role

router = APIRouter()
HOME = {
    Role.COORDINATOR: "/rounds",
    Role.MANAGER: "/queue",
    Role.INSPECTOR: "/todo",
    Role.DISTRICT: "/todo",
    Role.ADMINISTRATOR: "/users",
}


@router.get("/")
def home(at: At) -> Response:
    """Everybody's own start."""
    return RedirectResponse(HOME[at.actor.role] if at.actor.role else "/sign-in", 303)


@router.get("/sign-in")
def form(request: Request, next: str = "/") -> Response:
    """The form; in a new installation there is nobody to sign in, and it is set up first."""
    with unit_of_work(engine_of(request)) as session:
        if is_new(session):
            return RedirectResponse("/setup", 303)
    return page(request, "sign_in.html", next=local(next), error=None, username="")


@router.post("/sign-in")
def enter(request: Request, form: Form) -> Response:
    """Sign in; the page again where name or password is wrong."""
    same_origin(request)
    settings, now, username = settings_of(request), now_of(request), form.get("username")
    try:
        with (
            throttle_of(request).attempt(username, now),
            unit_of_work(engine_of(request)) as session,
        ):
            token, _ = sign_in(session, now, username, form.get("password"), settings.session_hours)
    except DudaoError as error:
        values = {"next": local(form.get("next")), "error": error, "username": username}
        return page(request, "sign_in.html", status=error.status, **values)
    response = go(local(form.get("next")))
    set_cookie(response, token, settings)
    return response


@router.post("/sign-out")
def leave(request: Request, at: At) -> Response:
    """Sign out."""
    sign_out(at.session, token_of(request) or "")
    response = go("/sign-in", "已退出登录")
    response.delete_cookie(COOKIE, path="/")
    return response
