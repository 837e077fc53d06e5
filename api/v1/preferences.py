"""How somebody wants to be told."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from api.bodies import Body
from api.context import At, Desk
from api.v1.answers import READ, WRITE
from casework.preferences import KindPreference, preferences_of, set_preference
from process.vocabulary import Mode, NoticeKind

router = APIRouter(tags=["待办与通知"])


class PreferenceBody(Body):
    """One kind of notice, and how it shall come."""

    kind: NoticeKind = Field(description="哪一类通知", examples=["received"])
    mode: Mode = Field(description="单独发送、每日汇总或仅站内", examples=["inbox"])
    contact_id: int | None = Field(default=None, description="哪位联系人；不填为本人账号", examples=[None])


def choose(desk: Desk, body: PreferenceBody) -> KindPreference:
    """Set one preference."""
    return set_preference(
        desk.session, desk.actor, desk.now, kind=body.kind, mode=body.mode, contact_id=body.contact_id
    )


@router.get("/preferences", summary="通知方式", responses=READ)
def preferences(
    at: At, contact_id: Annotated[int | None, Query(description="哪位联系人；不填为本人账号")] = None
) -> list[KindPreference]:
    """每类通知如何送达、可否选择；区县账号须指明本区县的联系人。"""
    return preferences_of(at.session, at.actor, contact_id=contact_id)


@router.post("/preferences", summary="选择通知方式", responses=WRITE)
def choose_one(body: PreferenceBody, at: At) -> KindPreference:
    """对此后的通知有效；须签收的和紧急的不能选择。"""
    return choose(at, body)
