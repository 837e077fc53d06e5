"""Titles: who holds them, and what is entered about them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.context import At, Desk
from api.pages.forms import Failed, Filled, Form, attempt, reading
from api.pages.rounds import show_round
from api.render import go, page
from api.v1.recognitions import BatchBody, DecisionBody, RevocationBody, TitleBody
from casework.actor import OFFICE
from casework.definitions import newest
from casework.recognitions import describe_title, end_batch, enter_title, revoke_title
from casework.roster import subjects_valid_on
from db.queries.recognitions import titles
from db.queries.rows import Window
from process.vocabulary import Role, Scope

router = APIRouter()
HERE = "/recognitions"


@router.get(HERE)
def held(request: Request, at: At, offset: Annotated[int, Query(ge=0)] = 0) -> Response:
    """All titles."""
    return _held(request, at, offset, None)


def _held(request: Request, at: Desk, offset: int, failed: Failed | None) -> Response:
    entering = at.actor.role in OFFICE
    granting = [one for one in newest(at.session) if one.grants and one.scope is not Scope.HOLDERS] if entering else []
    return page(
        request,
        "recognitions.html",
        status=failed.error.status if failed else 200,
        actor=at.actor,
        titles=titles(at.session, Window(100, offset), only=at.only),
        entering=entering,
        revoking=at.actor.can_act_as(Role.MANAGER),
        granting=[(one.name, one.grants) for one in granting],
        subjects=[(one.id, one.name) for one in subjects_valid_on(at.session, at.today)] if entering else [],
        failed=failed,
    )


@router.post(HERE)
def enter(request: Request, form: Form) -> Response:
    """Enter one by hand."""

    def work(at: Desk) -> None:
        given = form.given("process_name", "subject_id", "granted_on", "document", "batch")
        enter_title(at.session, at.actor, at.now, **TitleBody.model_validate(given).model_dump())

    return _deed(request, "enter", form, work, "称号已登记")


@router.post(f"{HERE}/{{recognition_id}}/describe")
def describe(request: Request, recognition_id: int, form: Form) -> Response:
    """Enter the decision."""

    def work(at: Desk) -> None:
        body = DecisionBody.model_validate(form.given("granted_on", "document"))
        describe_title(at.session, at.actor, at.now, recognition_id, **body.model_dump())

    return _deed(request, f"describe-{recognition_id}", form, work, "认定文件已登记")


@router.post(f"{HERE}/{{recognition_id}}/revoke")
def revoke(request: Request, recognition_id: int, form: Form) -> Response:
    """Write down its loss."""

    def work(at: Desk) -> None:
        body = RevocationBody.model_validate(form.given("reason", "revoked_on"))
        revoke_title(at.session, at.actor, at.now, recognition_id, **body.model_dump())

    return _deed(request, f"revoke-{recognition_id}", form, work, "已登记取消称号")


def _deed(request: Request, name: str, form: Filled, work: Callable[[Desk], None], said: str) -> Response:
    return attempt(
        request,
        name,
        form,
        work,
        lambda _: go(HERE, said),
        lambda failed: reading(request, lambda at: _held(request, at, 0, failed)),
    )


@router.post("/rounds/{round_id}/end-batch")
def end(request: Request, round_id: int, form: Form) -> Response:
    """The whole batch failed."""

    def work(at: Desk) -> int:
        body = BatchBody.model_validate(form.given("reason"))
        return len(end_batch(at.session, at.actor, at.now, round_id, reason=body.reason))

    return attempt(
        request,
        "end-batch",
        form,
        work,
        lambda n: go(f"/rounds/{round_id}", f"本批次已终止，{n}个督导对象以「未通过认定」办结"),
        lambda failed: reading(request, lambda at: show_round(request, at, round_id, failed=failed)),
    )
