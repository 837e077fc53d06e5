"""离岗委托: who stands in for whom."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from fastapi import APIRouter, Query, Request, Response

from api.context import At, Desk
from api.pages.forms import Failed, Form, attempt, reading
from api.render import go, page
from api.v1.delegations import DelegationBody, hand_over
from casework.actor import KEEPERS
from casework.delegations import APPOINTERS, DEPUTIES, in_force, may_revoke, revoke
from db.queries.delegations import colleagues
from db.queries.people import ContactRow, contacts
from db.queries.rows import MOST, Window
from process.errors import NotFound
from process.vocabulary import Role

router = APIRouter()
Offset = Annotated[int, Query(ge=0)]
Options: TypeAlias = list[tuple[str, str]]
_NOBODY = ("", "请选定")


@router.get("/delegations")
def show(request: Request, at: At, over: str = "", contact_id: int | None = None, offset: Offset = 0) -> Response:
    """Those in force and to come (or over), and the form; for a contact where one is named."""
    return _show(request, at, bool(over), contact_id, offset, None)


def _show(
    request: Request, at: Desk, over: bool, contact_id: int | None, offset: int, failed: Failed | None
) -> Response:
    found = in_force(at.session, at.actor, at.now, over=over, window=Window(50, offset))
    of_contact = at.actor.role is Role.DISTRICT or contact_id is not None
    whose, deputies, subject = _contacts(at, contact_id) if of_contact else (*_accounts(at), "")
    return page(
        request,
        "delegations.html",
        status=failed.error.status if failed else 200,
        actor=at.actor,
        found=found,
        ending={row.id for row in found.items if not over and may_revoke(at.actor, row)},
        over=over,
        of_contact=of_contact,
        contact_id=contact_id,
        subject=subject,
        whose=whose,
        deputies=deputies,
        today=at.today,
        failed=failed,
    )


def _accounts(at: Desk) -> tuple[Options, Options]:
    """Whose work the actor may hand over (empty: only their own, if any), and who may be asked."""
    role = at.actor.role
    if role in APPOINTERS:
        everybody = colleagues(at.session, tuple(DEPUTIES))
        options = [(str(one.id), f"{one.name}（{one.role_title}）") for one in everybody]
        mine = [option for option in options if option[0] == str(at.actor.user_id)]
        return [*(mine or [_NOBODY]), *(option for option in options if option not in mine)], [_NOBODY, *options]
    fit = colleagues(at.session, DEPUTIES[role]) if role is not None and role in DEPUTIES else []
    return [], [
        _NOBODY,
        *((str(one.id), f"{one.name}（{one.role_title}）") for one in fit if one.id != at.actor.user_id),
    ]


def _contacts(at: Desk, contact_id: int | None) -> tuple[Options, Options, str]:
    """The contacts now in office of the actor's subject, or of the named contact's; and its name."""
    rows = contacts_of(at, contact_id)
    options = [(str(row.id), f"{row.name}（{row.position_title}）") for row in rows]
    return options, [_NOBODY, *options], rows[0].subject if rows else ""


def contacts_of(at: Desk, contact_id: int | None) -> list[ContactRow]:
    """The contacts in office of the actor's subject, or of the subject of a contact the actor keeps."""
    at.actor.require(*KEEPERS, Role.DISTRICT)
    subject_id = at.only
    if contact_id is not None:
        named = contacts(at.session, sight=at.sight, contact_id=contact_id, window=Window(1)).items
        if not named:
            raise NotFound("联系人", field="contact_id")
        subject_id = named[0].subject_id
    rows = contacts(at.session, sight=at.sight, subject_id=subject_id, window=Window(MOST)).items
    return [row for row in rows if row.valid_to is None or row.valid_to >= at.today]


@router.post("/delegations")
def add(request: Request, form: Form) -> Response:
    """Hand over."""
    fields = ("user_id", "to_user_id", "contact_id", "to_contact_id", "first_day", "last_day")

    def work(at: Desk) -> int:
        return hand_over(at, DelegationBody.model_validate({"reason": form.get("reason"), **form.given(*fields)}))

    return attempt(
        request,
        "delegations",
        form,
        work,
        lambda _: go("/delegations", "离岗委托已登记"),
        lambda failed: reading(request, lambda at: _show(request, at, False, _named(at, failed), 0, failed)),
    )


def _named(at: Desk, failed: Failed) -> int | None:
    """The contact whose form failed, where the actor keeps them."""
    typed = failed.typed.get("contact_id")
    if not (typed.isascii() and typed.isdigit()) or at.actor.role not in (*KEEPERS, Role.DISTRICT):
        return None
    found = contacts(at.session, sight=at.sight, contact_id=int(typed), window=Window(1)).items
    return found[0].id if found else None


@router.post("/delegations/{delegation_id}/revoke")
def end(request: Request, delegation_id: int, form: Form) -> Response:
    """End early."""
    return attempt(
        request,
        "revoke",
        form,
        lambda at: revoke(at.session, at.actor, at.now, delegation_id),
        lambda _: go("/delegations", "委托已结束"),
        lambda failed: reading(request, lambda at: _show(request, at, False, None, 0, failed)),
    )
