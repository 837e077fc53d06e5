"""Signing in and out."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.bodies import Me, SignInBody, Token
from api.context import At, Unsigned, now_of, settings_of
from api.security import COOKIE, same_origin, set_cookie, token_of
from api.throttle import throttle_of
from api.v1.answers import errors
from casework.accounts import sign_in, sign_out
from casework.actor import Actor
from process.errors import NotSignedIn
from process.vocabulary import Role

router = APIRouter(tags=["登录"])


def role_of(actor: Actor) -> Role:
    """The role of a signed-in person."""
    if actor.role is None:
        raise NotSignedIn()
    return actor.role


@router.post("/sign-in", summary="登录", responses=errors(403, 422))
def open_session(body: SignInBody, request: Request, response: Response, session: Unsigned) -> Token:
    """以用户名和密码登录，得到令牌；同时设置浏览器 Cookie。连续失败过多须稍候再试。"""
    same_origin(request)
    settings, now = settings_of(request), now_of(request)
    with throttle_of(request).attempt(body.username, now):
        token, actor = sign_in(session, now, body.username, body.password, settings.session_hours)
    set_cookie(response, token, settings)
    role = role_of(actor)
    return Token(token=token, name=actor.name, role=role, role_title=role.title_zh, subject_id=actor.subject_id)


@router.post("/sign-out", summary="退出登录", status_code=204, responses=errors(403))
def close_session(request: Request, response: Response, at: At) -> None:
    """关闭当前会话。"""
    sign_out(at.session, token_of(request) or "")
    response.delete_cookie(COOKIE, path="/")


@router.get("/me", summary="当前账号", responses=errors())
def me(at: At) -> Me:
    """登录者的姓名、岗位与所属区县。"""
    role = role_of(at.actor)
    return Me(name=at.actor.name, role=role, role_title=role.title_zh, subject_id=at.actor.subject_id)
