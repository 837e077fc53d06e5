"""我的通知: how each kind of notice comes."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.context import At, Desk
from api.pages.delegations import contacts_of
from api.pages.forms import Failed, Filled, Form, attempt, reading
from api.render import address, go, page
from api.v1.preferences import AddressesBody, PreferenceBody, addresses_of, choose, reach
from casework.preferences import preferences_of
from process.vocabulary import Mode, Role

router = APIRouter()


@router.get("/preferences")
def show(request: Request, at: At, contact_id: int | None = None) -> Response:
    """The kinds and what is chosen; a district looks at one of its contacts at a time."""
    return _show(request, at, contact_id, None)


def _show(request: Request, at: Desk, contact_id: int | None, failed: Failed | None) -> Response:
    of_contact = at.actor.role is Role.DISTRICT or contact_id is not None
    people = contacts_of(at, contact_id) if of_contact else []
    if contact_id is None and people:
        contact_id = people[0].id
    kinds = preferences_of(at.session, at.actor, contact_id=contact_id) if people or not of_contact else []
    return page(
        request,
        "preferences.html",
        status=failed.error.status if failed else 200,
        actor=at.actor,
        people=people,
        contact_id=contact_id,
        of_contact=of_contact,
        reached=addresses_of(at, contact_id) if people or not of_contact else None,
        choosable=[row for row in kinds if row.may_choose],
        mandatory=[row for row in kinds if not row.may_choose],
        modes=list(Mode),
        failed=failed,
    )


@router.post("/preferences")
def choose_all(request: Request, form: Form) -> Response:
    """Write what differs from what held before."""
    contact = form.get("contact_id")

    def work(at: Desk) -> int:
        contact_id = form.number("contact_id") if contact else None
        changed = 0
        for row in preferences_of(at.session, at.actor, contact_id=contact_id):
            wish = form.get(f"mode_{row.kind}")
            if wish and wish != row.mode:
                given = {"kind": row.kind, "mode": wish, "contact_id": contact_id}
                choose(at, PreferenceBody.model_validate(given))
                changed += 1
        return changed

    return attempt(
        request,
        "preferences",
        form,
        work,
        lambda changed: go(_page_of(form), f"已更改{changed}类通知的方式" if changed else "没有更改"),
        lambda failed: _again(request, failed),
    )


@router.post("/addresses")
def change_addresses(request: Request, form: Form) -> Response:
    """Where one is reached. An empty bot leaves the bot as it is: its address is not shown."""

    def work(at: Desk) -> None:
        given = form.given("email", "phone", "bot_url", "contact_id")
        if form.get("no_bot"):
            given["bot_url"] = ""
        reach(at, AddressesBody.model_validate(given))

    return attempt(
        request,
        "addresses",
        form,
        work,
        lambda _: go(_page_of(form), "联络方式已更改"),
        lambda failed: _again(request, failed),
    )


def _page_of(form: Filled) -> str:
    return address("/preferences", form.given("contact_id"))


def _again(request: Request, failed: Failed) -> Response:
    typed = failed.typed.get("contact_id")
    contact_id = int(typed) if typed.isascii() and typed.isdigit() else None
    return reading(request, lambda at: _show(request, at, contact_id, failed))
