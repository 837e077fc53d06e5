"""The first account of an installation: whoever opens it first sets it up, once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session, select

from casework.accounts import add_user, check_password
from casework.example import OFFICE, install_example
from casework.roster import import_subjects, packaged_districts
from db.tables import User
from process.calendar import local_day
from process.errors import Conflict, InvalidInput
from process.vocabulary import Role


def is_new(session: Session) -> bool:
    """Whether nobody has an account yet."""
    return session.exec(select(User.id).limit(1)).first() is None


def set_up(session: Session, now: datetime, *, username: str, name: str, password: str, with_example: bool) -> None:
    """Make the administrator, and the districts of Chongqing; with an example office on demand.

    Raises :class:`Conflict` if somebody was first, :class:`InvalidInput` for what is missing.
    """
    # Two people may open a new installation at once; only one sets it up.
    session.execute(text("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE"))
    if not is_new(session):
        raise Conflict("系统已经设置过，请登录")
    check_password(password)
    if with_example:
        if not username.strip() or not name.strip():
            raise InvalidInput("用户名和姓名不能为空", field="username" if not username.strip() else "name")
        if username.strip() in OFFICE:
            raise InvalidInput(f"演示数据中已有「{username.strip()}」，请换一个用户名", field="username")
        install_example(session, local_day(now), password, (username.strip(), name.strip()))
        return
    import_subjects(session, packaged_districts())
    add_user(session, username=username, name=name, role=Role.ADMINISTRATOR, password=password)
