"""Signing official letters: under the heading of their kind, with all they must say, and a number of the register.

The number (文号) is given here and nowhere else, in the transaction that signs: whatever is rolled back leaves no gap,
and no number is given twice. Numbers of void letters are kept.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, select

from casework.actor import Actor
from db.tables import Letterhead, LetterNumber
from process.calendar import local_day
from process.errors import Conflict, InvalidInput, NotFound
from process.letters import FORMS, check_complete
from process.vocabulary import LetterKind, Role


@dataclass(frozen=True, slots=True)
class LetterDraft:
    """A letter to be signed: about a case, or (without one) about a whole round."""

    kind: LetterKind
    round_id: int
    fields: Mapping[str, Any]
    addressees: tuple[str, ...]
    case_id: int | None = None
    climb_id: int | None = None
    talk_id: int | None = None
    sets_due_on: date | None = None
    content: str = ""
    published_at_url: str = ""
    copies: tuple[str, ...] = field(default=())
    """抄送, besides those of the letterhead; who is addressed gets no copy as well."""


_REGISTER = """
INSERT INTO letter_registers (prefix, year, last) VALUES (:prefix, :year, :n)
ON CONFLICT (prefix, year) DO UPDATE SET last = letter_registers.last + excluded.last RETURNING last
"""
_LETTERS = """
INSERT INTO letters (id, round_id, case_id, climb_id, talk_id, kind, number, issued_on, sets_due_on, content, fields,
                     heading, issuer, addressees, copies, note, published_at_url, issued_by, issued_at)
SELECT id, round_id, case_id, climb_id, talk_id, kind, number, :today, sets_due_on, content, fields, heading, issuer,
       addressees, copies, note, published_at_url, :issued_by, :now
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(id bigint, round_id bigint, case_id bigint, climb_id bigint,
    talk_id bigint, kind text, number text, sets_due_on date, content text, fields jsonb, heading text, issuer text,
    addressees jsonb, copies jsonb, note text, published_at_url text)
"""
_NUMBERS = """
INSERT INTO letter_numbers (prefix, year, seq, letter_id, given_at)
SELECT prefix, :year, seq, letter_id, :now
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(prefix text, seq int, letter_id bigint)
"""


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed letter: its key and its number, empty for kinds that bear none."""

    id: int
    number: str


def sign(session: Session, actor: Actor, now: datetime, drafts: Sequence[LetterDraft]) -> list[Signed]:
    """Sign letters as a set, in order. Raises :class:`LetterIncomplete`; nothing is signed then."""
    if not drafts:
        return []
    for draft in drafts:
        check_complete(draft.kind, draft.fields)
    year = local_day(now).year
    heads = {head.kind: head for head in session.exec(select(Letterhead))}
    numbered = [_prefix(heads, draft.kind) for draft in drafts]
    following = _take_numbers(session, Counter(prefix for prefix in numbered if prefix), year)
    ids = list(
        session.execute(
            text("SELECT nextval('letters_id_seq') FROM generate_series(1, :n)"), {"n": len(drafts)}
        ).scalars()
    )
    letters, given, signed = [], [], []
    for id_, prefix, draft in zip(ids, numbered, drafts, strict=True):
        number = ""
        if prefix:
            seq = following[prefix]
            following[prefix] += 1
            number = f"{prefix}〔{year}〕{seq}号"
            given.append({"prefix": prefix, "seq": seq, "letter_id": id_})
        letters.append(_row(id_, number, heads[draft.kind], draft))
        signed.append(Signed(id_, number))
    moment = {"now": now, "today": local_day(now), "issued_by": actor.user_id}
    session.execute(text(_LETTERS), {**moment, "rows": _json(letters)})
    if given:
        session.execute(text(_NUMBERS), {"now": now, "year": year, "rows": _json(given)})
    return signed


def void(session: Session, actor: Actor, now: datetime, letter_id: int, *, reason: str) -> LetterNumber:
    """Declare a letter void. Its number is kept and never given again.

    Raises :class:`NotFound` (no such numbered letter), :class:`Conflict` (void already), :class:`InvalidInput`.
    """
    actor = actor.require(Role.MANAGER)
    if not reason.strip():
        raise InvalidInput("作废须写明理由", field="reason")
    number = session.exec(select(LetterNumber).where(LetterNumber.letter_id == letter_id).with_for_update()).first()
    if number is None:
        raise NotFound("文号")
    if number.voided_at is not None:
        raise Conflict("此文书已经作废")
    number.voided_at, number.voided_by, number.void_reason = now, actor.person, reason.strip()
    session.add(number)
    session.flush()
    return number


def _prefix(heads: Mapping[LetterKind, Letterhead], kind: LetterKind) -> str:
    head = heads.get(kind)
    if head is None:
        raise NotFound(f"{kind.title_zh}的发文机关")
    if FORMS[kind].numbered and not head.prefix:
        raise InvalidInput(f"{kind.title_zh}没有设定机关代字", field="prefix")
    return head.prefix if FORMS[kind].numbered else ""


def _take_numbers(session: Session, wanted: Counter[str], year: int) -> dict[str, int]:
    """The first number of each prefix; the register's rows are locked in one order, so that signers never deadlock."""
    first = {}
    for prefix in sorted(wanted):
        n = wanted[prefix]
        last = session.execute(text(_REGISTER), {"prefix": prefix, "year": year, "n": n}).scalar_one()
        first[prefix] = last - n + 1
    return first


def _row(id_: int, number: str, head: Letterhead, draft: LetterDraft) -> dict[str, Any]:
    return {
        "id": id_,
        "round_id": draft.round_id,
        "case_id": draft.case_id,
        "climb_id": draft.climb_id,
        "talk_id": draft.talk_id,
        "kind": draft.kind,
        "number": number,
        "sets_due_on": draft.sets_due_on,
        "content": draft.content,
        "fields": dict(draft.fields),
        "heading": head.heading,
        "issuer": head.issuer,
        "addressees": list(draft.addressees),
        "copies": [copy for copy in dict.fromkeys((*draft.copies, *head.copies)) if copy not in draft.addressees],
        "note": head.note,
        "published_at_url": draft.published_at_url,
    }


def _json(rows: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps(rows, ensure_ascii=False, default=lambda value: value.isoformat())


def addressed(session: Session, kind: LetterKind) -> tuple[str, ...]:
    """To whom letters of a kind go, where that is not their subject: data of the letterhead."""
    head = session.get(Letterhead, kind)
    return tuple(head.addressees) if head is not None else ()
