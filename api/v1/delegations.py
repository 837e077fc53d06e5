"""Handing over while on leave."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from api.bodies import Body, Made
from api.context import At, Desk, Paging
from api.v1.answers import READ, WRITE
from casework.delegations import delegate, in_force
from casework.delegations import revoke as end_early
from db.queries.delegations import DelegationRow
from db.queries.rows import Page

router = APIRouter(tags=["对象、人员与日历"])


class DelegationBody(Body):
    """Who hands over to whom, from when until when."""

    user_id: int | None = Field(default=None, description="离岗的账号；不填账号也不填联系人即为本人", examples=[1])
    to_user_id: int | None = Field(default=None, description="受托的账号", examples=[2])
    contact_id: int | None = Field(default=None, description="离岗的联系人", examples=[None])
    to_contact_id: int | None = Field(default=None, description="受托的联系人，须属同一督导对象", examples=[None])
    first_day: date = Field(description="第一天", examples=["2022-10-10"])
    last_day: date = Field(description="最后一天，最长180天", examples=["2022-10-21"])
    reason: str = Field(max_length=500, description="离岗事由", examples=["外出培训"])


def hand_over(desk: Desk, body: DelegationBody) -> int:
    """Enter a delegation; of the actor's own work where nobody is named."""
    given = body.model_dump()
    if body.user_id is None and body.contact_id is None and body.to_contact_id is None:
        given["user_id"] = desk.actor.user_id
    return delegate(desk.session, desk.actor, desk.now, **given).id or 0


@router.get("/delegations", summary="离岗委托", responses=READ)
def delegations(
    at: At, window: Paging, over: Annotated[bool, Query(description="看已结束的；否则为现行和将来的")] = False
) -> Page[DelegationRow]:
    """谁在何时替谁办理：区县只见本区县联系人的，督学只见自己的。"""
    return in_force(at.session, at.actor, at.now, over=over, window=window)


@router.post("/delegations", summary="登记离岗委托", status_code=201, responses=WRITE)
def add_delegation(body: DelegationBody, at: At) -> Made:
    """委托期内通知发给受托人；账号的受托人并可代行职权，留痕注明代谁办理。"""
    return Made(id=hand_over(at, body))


@router.post("/delegations/{delegation_id}/revoke", summary="提前结束离岗委托", responses=WRITE)
def revoke(delegation_id: int, at: At) -> Made:
    """即时生效；此前代为办理的不受影响。"""
    return Made(id=end_early(at.session, at.actor, at.now, delegation_id).id or 0)
