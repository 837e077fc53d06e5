"""Handing over while on leave (离岗委托): an account to another of the office, a contact to another of its subject.

Whom notices then reach is :mod:`casework.notify`'s matter; what a deputy may decide is the actor's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import or_
from sqlmodel import Session, col, select

from casework.actor import KEEPERS, Actor
from casework.contacts import kept_contact
from db.queries.delegations import DelegationRow, DelegationState, delegations, one_delegation
from db.queries.rows import Page, Window
from db.tables import Contact, Delegation, User
from process.calendar import local_day
from process.errors import (
    DelegationOver,
    DelegationOverlaps,
    DeputyAway,
    InvalidDelegation,
    InvalidInput,
    NotAllowed,
    NotFound,
    StandsInAlready,
    UnfitDeputy,
)
from process.vocabulary import Role

LONGEST = 180
"""Days: who is away longer is replaced, not stood in for."""

DEPUTIES: Mapping[Role, tuple[Role, ...]] = {
    Role.COORDINATOR: (Role.COORDINATOR,),
    Role.MANAGER: (Role.MANAGER, Role.COORDINATOR),
    Role.INSPECTOR: (Role.INSPECTOR,),
}
"""Who may stand in for whom."""

APPOINTERS = (Role.MANAGER, Role.ADMINISTRATOR)
"""Who may hand over another account's work. Standing in for one of them does not do: a deputy could prolong it."""


def delegate(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    user_id: int | None = None,
    to_user_id: int | None = None,
    contact_id: int | None = None,
    to_contact_id: int | None = None,
    first_day: date,
    last_day: date,
    reason: str,
) -> Delegation:
    """Hand over an account's work, or a contact's notices, for a period (both days included).

    Raises :class:`InvalidDelegation` (the period), :class:`UnfitDeputy`, :class:`DelegationOverlaps`,
    :class:`DeputyAway`, :class:`StandsInAlready`, :class:`InvalidInput` (no reason), :class:`NotAllowed`,
    :class:`NotFound`.
    """
    of_account = user_id is not None and contact_id is None and to_contact_id is None
    of_contact = contact_id is not None and user_id is None and to_user_id is None
    if not of_account and not of_contact:
        raise InvalidInput("账号委托给账号，联系人委托给联系人")
    if of_account and user_id != actor.user_id and actor.role not in APPOINTERS:
        raise NotAllowed("只能委托自己的工作；他人的由督导室负责人或管理员登记")
    if of_account and actor.role is Role.DISTRICT:
        raise NotAllowed("区县在本区县的联系人之间委托")
    person, deputy = (user_id, to_user_id) if of_account else (contact_id, to_contact_id)
    deputy_field = "to_user_id" if of_account else "to_contact_id"
    if person is None or deputy is None:
        raise InvalidInput("须选定受托人", field=deputy_field)
    _check_period(now, first_day, last_day)
    if not reason.strip():
        raise InvalidInput("须写明离岗事由", field="reason")
    if of_account:
        _check_accounts(session, person, deputy)
    else:
        _check_contacts(session, actor, person, deputy, first_day, last_day)
    _check_free(session, person, deputy, first_day, last_day, of_account=of_account)
    made = Delegation(
        user_id=user_id,
        to_user_id=to_user_id,
        contact_id=contact_id,
        to_contact_id=to_contact_id,
        first_day=first_day,
        last_day=last_day,
        reason=reason.strip(),
        created_by=actor.person,
        created_at=now,
    )
    session.add(made)
    session.flush()
    return made


def revoke(session: Session, actor: Actor, now: datetime, delegation_id: int) -> Delegation:
    """End a delegation before its last day, or before it began. What was done under it stands.

    Raises :class:`NotFound` (also for what the actor does not see), :class:`NotAllowed`, :class:`DelegationOver`.
    """
    delegation = session.get(Delegation, delegation_id, with_for_update=True)
    row = one_delegation(session, delegation_id, today=local_day(now), only=_only(actor), mine=_mine(actor))
    if delegation is None or row is None:
        raise NotFound("离岗委托")
    if not may_revoke(actor, row):
        raise NotAllowed("由离岗者本人、登记者、督导室负责人或管理员结束")
    if row.state in (DelegationState.OVER, DelegationState.REVOKED):
        raise DelegationOver(f"当前为「{row.state.title_zh}」")
    delegation.revoked_at = now
    session.add(delegation)
    session.flush()
    return delegation


def may_revoke(actor: Actor, row: DelegationRow) -> bool:
    """Whether the actor may end a delegation that they see."""
    if row.contact_id is not None:
        return actor.role in (*KEEPERS, Role.DISTRICT)
    return actor.user_id in (row.user_id, row.created_by) or actor.role in APPOINTERS


def in_force(
    session: Session, actor: Actor, now: datetime, *, over: bool = False, window: Window | None = None
) -> Page[DelegationRow]:
    """The delegations in force or to come (or those that are over) that this actor sees.

    A district sees its own contacts', an inspector what concerns them, the office all.
    """
    return delegations(
        session, today=local_day(now), over=over, window=window or Window(), only=_only(actor), mine=_mine(actor)
    )


def _only(actor: Actor) -> str | None:
    """The subject whose contacts, with those of whom it answers for, the actor sees; ``None`` for all."""
    return actor.sight.only


def _mine(actor: Actor) -> int | None:
    """The one account whose delegations the actor sees; ``None`` for all."""
    return None if actor.role in KEEPERS or actor.role is Role.DISTRICT else actor.person


def _check_period(now: datetime, first_day: date, last_day: date) -> None:
    if first_day < local_day(now):
        raise InvalidDelegation("委托从今天或以后的一天起", field="first_day")
    if last_day < first_day:
        raise InvalidDelegation("最后一天须不早于第一天", field="last_day")
    if (last_day - first_day).days >= LONGEST:
        raise InvalidDelegation(f"委托最长{LONGEST}天", field="last_day")


def _check_accounts(session: Session, person: int, deputy: int) -> None:
    if person == deputy:
        raise UnfitDeputy("不能委托给本人", field="to_user_id")
    # Two who hand over to each other at once wait here for one another; notices and sign-ins of theirs do not.
    found = session.exec(
        select(User).where(col(User.id).in_((person, deputy))).order_by(col(User.id)).with_for_update(key_share=True)
    )
    known = {user.id: user for user in found}
    away, there = known.get(person), known.get(deputy)
    if away is None:
        raise NotFound("账号", field="user_id")
    if there is None:
        raise NotFound("账号", field="to_user_id")
    if not away.active:
        raise InvalidDelegation(f"{away.name}的账号已停用", field="user_id")
    if away.role not in DEPUTIES:
        raise InvalidDelegation(f"{away.role.title_zh}没有可委托的工作", field="user_id")
    if not there.active:
        raise UnfitDeputy(f"{there.name}的账号已停用", field="to_user_id")
    if there.role not in DEPUTIES[away.role]:
        fit = "或".join(role.title_zh for role in DEPUTIES[away.role])
        raise UnfitDeputy(f"{away.role.title_zh}只能委托给{fit}", field="to_user_id")


def _check_contacts(session: Session, actor: Actor, person: int, deputy: int, first_day: date, last_day: date) -> None:
    session.exec(
        select(Contact.id)
        .where(col(Contact.id).in_((person, deputy)))
        .order_by(col(Contact.id))
        .with_for_update(key_share=True)
    ).all()
    away = kept_contact(session, actor, person)
    there = kept_contact(session, actor, deputy, field="to_contact_id")
    if person == deputy:
        raise UnfitDeputy("不能委托给本人", field="to_contact_id")
    if there.subject_id != away.subject_id:
        raise UnfitDeputy("须是同一督导对象的联系人", field="to_contact_id")
    if not _in_office(away, first_day, last_day):
        raise InvalidDelegation(f"{away.name}在这段时间不在任", field="contact_id")
    if not _in_office(there, first_day, last_day):
        raise UnfitDeputy(f"{there.name}在这段时间不在任", field="to_contact_id")


def _in_office(contact: Contact, first_day: date, last_day: date) -> bool:
    return (contact.valid_from or first_day) <= first_day and (contact.valid_to or last_day) >= last_day


def _check_free(
    session: Session, person: int, deputy: int, first_day: date, last_day: date, *, of_account: bool
) -> None:
    """No two delegations of one person at a time, and no chains: whoever stands in is there themselves."""
    whose = col(Delegation.user_id if of_account else Delegation.contact_id)
    to = col(Delegation.to_user_id if of_account else Delegation.to_contact_id)
    found = session.exec(
        select(whose, to, col(Delegation.first_day), col(Delegation.last_day))
        .where(
            col(Delegation.revoked_at).is_(None),
            Delegation.first_day <= last_day,
            Delegation.last_day >= first_day,
            or_(whose.in_((person, deputy)), to == person),
        )
        .order_by(col(Delegation.first_day))
    ).all()
    for away, _, since, until in found:
        if away == person:
            raise DelegationOverlaps(f"{since}至{until}", field="first_day")
    for away, there, since, until in found:
        if away == deputy:
            raise DeputyAway(f"{since}至{until}", field="to_user_id" if of_account else "to_contact_id")
        if there == person:
            raise StandsInAlready(f"{since}至{until}", field="first_day")
