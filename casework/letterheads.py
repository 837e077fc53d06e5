"""Under whose heading, signature and prefix (机关代字) the letters of a kind go out: kept by the office."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from casework.actor import Actor
from db.tables import Letterhead
from process.errors import InvalidInput
from process.letters import FORMS
from process.vocabulary import LetterKind, Role

KEEPERS = (Role.ADMINISTRATOR, Role.MANAGER)


def change_letterhead(
    session: Session,
    actor: Actor,
    now: datetime,
    kind: LetterKind,
    *,
    heading: str,
    issuer: str,
    prefix: str,
    copies: Sequence[str],
    note: str,
    addressees: Sequence[str] = (),
) -> Letterhead:
    """Change the letterhead of a kind for the letters signed from now on; a signed letter keeps what it bears.

    A new prefix begins a register of its own, or goes on in the one that other kinds share.
    Raises :class:`InvalidInput`.
    """
    actor.require(*KEEPERS)
    heading, issuer, prefix = heading.strip(), issuer.strip(), prefix.strip()
    for name, title, value in (("heading", "发文机关标志", heading), ("issuer", "署名", issuer)):
        if not value:
            raise InvalidInput(f"{title}不能为空", field=name)
        if not value.isprintable():
            raise InvalidInput(f"{title}须写在一行内", field=name)
    _check_prefix(kind, prefix)
    head = session.get(Letterhead, kind, with_for_update=True)
    if head is None:
        head = Letterhead(kind=kind, heading=heading, issuer=issuer)
    head.heading, head.issuer, head.prefix, head.note = heading, issuer, prefix, note.strip()
    head.copies, head.addressees = _listed(copies), _listed(addressees)
    session.add(head)
    session.flush()
    return head


def _listed(names: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(name.strip() for name in names if name.strip()))


def _check_prefix(kind: LetterKind, prefix: str) -> None:
    """What stands before 〔year〕seq号 must not look like a part of it."""
    if FORMS[kind].numbered and not prefix:
        raise InvalidInput(f"{kind.title_zh}须编文号，请填写机关代字", field="prefix")
    if prefix and not FORMS[kind].numbered:
        raise InvalidInput(f"{kind.title_zh}不编文号，不设机关代字", field="prefix")
    if any(sign in "〔〕" or sign.isdigit() or sign.isspace() or not sign.isprintable() for sign in prefix):
        raise InvalidInput("机关代字不能含有〔〕、数字或空格", field="prefix")
