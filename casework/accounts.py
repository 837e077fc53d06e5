"""Accounts and sessions."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from email_validator import EmailNotValidError, validate_email
from sqlalchemy import and_, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from casework.actor import Actor
from db.tables import Delegation, Inspector, SignIn, Subject, User
from process.calendar import local_day
from process.errors import Conflict, InvalidInput, InvalidMailAddress, NotFound, NotSignedIn, WrongCredentials
from process.vocabulary import Role

_HASHER = PasswordHasher()
MINIMUM_PASSWORD = 8

# Checked where there is no such account, so that the time taken tells nobody which names exist.
_NOBODY = _HASHER.hash(secrets.token_urlsafe(16))


def mail_address(address: str) -> str:
    """A normalised address. Raises :class:`InvalidMailAddress`."""
    try:
        return validate_email(address, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError as error:
        raise InvalidMailAddress(address, field="email") from error


def check_password(password: str) -> None:
    """Raise :class:`InvalidInput` for a password that is too short."""
    if len(password) < MINIMUM_PASSWORD:
        raise InvalidInput(f"密码至少{MINIMUM_PASSWORD}位", field="password")


def add_user(
    session: Session,
    *,
    username: str,
    name: str,
    role: Role,
    password: str,
    email: str | None = None,
    phone: str = "",
    bot_url: str = "",
    subject_id: str | None = None,
) -> User:
    """Create an account. A unit's account needs its subject; nobody else has one.

    Raises :class:`InvalidInput`, :class:`InvalidMailAddress`, :class:`Conflict` (name taken), :class:`NotFound`.
    """
    if not username.strip() or not name.strip():
        raise InvalidInput("用户名和姓名不能为空", field="username" if not username.strip() else "name")
    check_password(password)
    if (role is Role.DISTRICT) != (subject_id is not None):
        raise InvalidInput("单位账号须写明所属单位，其他账号没有所属单位", field="subject_id")
    if subject_id is not None and session.get(Subject, subject_id) is None:
        raise NotFound(f"督导对象 {subject_id}", field="subject_id")
    user = User(
        username=username.strip(),
        name=name.strip(),
        role=role,
        email=mail_address(email) if email else None,
        phone=phone,
        bot_url=bot_url,
        password_hash=_HASHER.hash(password),
        subject_id=subject_id,
    )
    session.add(user)
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict(f"用户名「{username}」已被使用", field="username") from error
    return user


def sign_in(session: Session, now: datetime, username: str, password: str, hours: int) -> tuple[str, Actor]:
    """Open a session; returns its token, of which only a hash is kept. Raises :class:`WrongCredentials`."""
    user = session.exec(select(User).where(User.username == username.strip(), User.active)).first()
    try:
        _HASHER.verify(user.password_hash if user else _NOBODY, password)
    except (VerifyMismatchError, InvalidHashError) as error:
        raise WrongCredentials() from error
    if user is None or user.id is None:
        raise WrongCredentials()
    token = secrets.token_urlsafe(32)
    session.add(
        SignIn(token_hash=_hash(token), user_id=user.id, created_at=now, expires_at=now + timedelta(hours=hours))
    )
    session.execute(text("DELETE FROM sign_ins WHERE expires_at < :now"), {"now": now})
    return token, actor_of(session, user)


def sign_out(session: Session, token: str) -> None:
    """Close a session."""
    session.execute(text("DELETE FROM sign_ins WHERE token_hash = :hash"), {"hash": _hash(token)})


def whoever_has(session: Session, now: datetime, token: str) -> Actor:
    """The actor of a session, with whom they stand in for today. Raises :class:`NotSignedIn`."""
    away, today = aliased(User), local_day(now)
    delegated = and_(
        col(Delegation.to_user_id) == User.id,
        col(Delegation.revoked_at).is_(None),
        col(Delegation.first_day) <= today,
        col(Delegation.last_day) >= today,
    )
    found = session.exec(
        select(User, away)
        .join(SignIn, col(SignIn.user_id) == User.id)
        .outerjoin(Delegation, delegated)
        .outerjoin(away, and_(col(away.id) == Delegation.user_id, col(away.active)))
        .where(SignIn.token_hash == _hash(token), SignIn.expires_at > now, User.active)
        .order_by(col(away.id))
    ).all()
    if not found:
        raise NotSignedIn()
    # An outer join: nobody is away for most.
    absent: list[User | None] = [person for _, person in found]
    return actor_of(session, found[0][0], [person for person in absent if person is not None])


def actor_named(session: Session, username: str) -> Actor:
    """The actor of an account in use, for a command that is given in somebody's name. Raises :class:`NotFound`."""
    user = session.exec(select(User).where(User.username == username, User.active)).first()
    if user is None:
        raise NotFound(f"账号 {username}", field="username")
    return actor_of(session, user)


def actor_of(session: Session, user: User, stood_in_for: Sequence[User] = ()) -> Actor:
    """The account as an actor."""
    in_person = None
    if user.role is Role.INSPECTOR:
        subject = col(Inspector.subject_id)
        in_person = session.exec(select(subject).where(Inspector.user_id == user.id, subject.is_not(None))).first()
    return Actor(
        user.id,
        user.name,
        user.role,
        user.subject_id,
        tuple((person.role, person.name) for person in stood_in_for),
        tuple(person.id or 0 for person in stood_in_for),
        in_person,
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
