"""To whom a notice goes at the moment of sending: positions outlive the persons who hold them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

from db.tables import Contact, Notice, Subject, User
from notifications import words
from notifications.context import Recipient
from process.vocabulary import Channel, Role


@lru_cache(maxsize=16384)
def mailable(address: str) -> str | None:
    """The address as an envelope wants it (IDN domains in ASCII); ``None`` where it is not one.

    Nothing is asked of the network: a wrong domain will be the server's answer.
    """
    try:
        checked = validate_email(address.strip(), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        return None
    return checked.ascii_email


def holder(notice: Notice, contacts: Sequence[Contact], today: date) -> Contact | None:
    """The notice's contact while in office, else whoever holds the same position of the same subject today."""
    named = next((contact for contact in contacts if contact.id == notice.contact_id), None)
    if named is None or _in_office(named, today):
        return named
    successors = [
        contact
        for contact in contacts
        if contact.subject_id == named.subject_id
        and contact.position is named.position
        and _in_office(contact, today)
        and (contact.valid_from is None or contact.valid_from <= today)
    ]
    return max(successors, key=lambda contact: (contact.valid_from or date.min, contact.id or 0), default=None)


def _in_office(contact: Contact, today: date) -> bool:
    return contact.valid_to is None or contact.valid_to >= today


def contact_recipient(
    notice: Notice, subject: Subject, contacts: Sequence[Contact], today: date, channel: Channel = Channel.EMAIL
) -> Recipient:
    """The holder of the position addressed, or why nobody can be written to."""
    contact = holder(notice, contacts, today)
    position = notice.position or (contact.position if contact else None)
    post = words.post(subject, position) if position else subject.name
    if contact is None:
        return Recipient("", post, None, f"{post}现无在任联系人", of_subject=True)
    recipient = Recipient(contact.name, post, None, "", of_subject=True)
    return _by(channel, recipient, contact, f"{post}{contact.name}")


def user_recipient(user: User, channel: Channel = Channel.EMAIL) -> Recipient:
    """An account's person, or why there is no writing to them."""
    of_subject = user.role is Role.DISTRICT
    post = user.role.title_zh if not of_subject else "区县经办人员"
    if not user.active:
        return Recipient(user.name, post, None, f"{user.name}的帐号已停用", of_subject)
    return _by(channel, Recipient(user.name, post, None, "", of_subject), user, user.name)


def _by(channel: Channel, recipient: Recipient, person: Contact | User, whose: str) -> Recipient:
    """The recipient with the address of that channel. What is no number or bot the transport itself refuses."""
    if channel is Channel.EMAIL:
        return _reached(recipient, person.email, whose)
    address = person.phone if channel is Channel.SMS else person.bot_url
    if not address:
        return replace(recipient, unreachable=f"{whose}没有登记{channel.title_zh}")
    return replace(recipient, address=address)


def _reached(recipient: Recipient, email: str | None, whose: str) -> Recipient:
    written = (email or "").strip()
    if not written:
        return replace(recipient, unreachable=f"{whose}没有登记电子邮箱")
    address = mailable(written)
    if address is None:
        return replace(recipient, unreachable=f"电子邮箱地址无效：{written}", invalid_address=written)
    return replace(recipient, address=address)
