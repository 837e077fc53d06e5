"""How somebody wants to be told."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.bodies import Body
from api.context import At, Desk
from api.office import bot_address
from api.v1.answers import READ, WRITE
from casework.contacts import addressed, set_addresses
from casework.preferences import KindPreference, preferences_of, set_preference
from process.vocabulary import Mode, NoticeKind

router = APIRouter(tags=["待办与通知"])


class PreferenceBody(Body):
    """One kind of notice, and how it shall come."""

    kind: NoticeKind = Field(description="哪一类通知", examples=["received"])
    mode: Mode = Field(description="单独发送、每日汇总或仅站内", examples=["inbox"])
    contact_id: int | None = Field(default=None, description="哪位联系人；不填为本人账号", examples=[None])


class AddressesBody(Body):
    """Where somebody is reached."""

    email: str | None = Field(default=None, max_length=320, description="电子邮件", examples=["zhangsan@yz.example"])
    phone: str = Field(default="", max_length=50, description="手机（收短信）")
    bot_url: str | None = Field(
        default=None,
        max_length=500,
        description="办公机器人地址；不填则不变，填空则不再使用",
        examples=["wecombot://密钥"],
    )
    contact_id: int | None = Field(default=None, description="哪位联系人；不填为本人账号", examples=[None])


class Addresses(BaseModel):
    """Where somebody is reached; the address of a bot holds its key and is not shown."""

    email: str | None
    phone: str
    bot: bool = Field(description="已登记办公机器人")


def addresses_of(desk: Desk, contact_id: int | None) -> Addresses:
    """Where the actor, or a contact they keep, is reached."""
    found = addressed(desk.session, desk.actor, contact_id)
    return Addresses(email=found.email, phone=found.phone, bot=bool(found.bot_url))


def reach(desk: Desk, body: AddressesBody) -> Addresses:
    """Change that."""
    bot_url = None if body.bot_url is None else bot_address(desk, body.bot_url)
    set_addresses(desk.session, desk.actor, **{**body.model_dump(), "bot_url": bot_url})
    return addresses_of(desk, body.contact_id)


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


@router.get("/addresses", summary="联络方式", responses=READ)
def addresses(
    at: At, contact_id: Annotated[int | None, Query(description="哪位联系人；不填为本人账号")] = None
) -> Addresses:
    """通知发到何处：电子邮件、手机、是否登记了办公机器人。"""
    return addresses_of(at, contact_id)


@router.post("/addresses", summary="更改联络方式", responses=WRITE)
def change_addresses(body: AddressesBody, at: At) -> Addresses:
    """对此后发出的通知有效；机器人地址含密钥，不再显示。"""
    return reach(at, body)
