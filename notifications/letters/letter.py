"""An official letter before it is set: its particulars, not its look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from process.vocabulary import LetterKind


@dataclass(frozen=True, slots=True)
class Letter:
    """The particulars of one letter, signed or still a draft.

    A draft has no ``issued_on``, and no ``number`` although its kind is numbered: both are then left blank on the paper
    for the hand that signs.
    """

    kind: LetterKind
    heading: str
    """发文机关标志: the red words at the head, without 「文件」."""
    issuer: str
    """署名: the office that signs."""
    number: str
    """文号, or the number of a sheet; empty for kinds without one."""
    issued_on: date | None
    """成文日期."""
    addressees: tuple[str, ...]
    """主送机关."""
    subject: str
    """Full name of the district the letter is about; empty where it is about a whole round."""
    round_title: str
    fields: Mapping[str, Any]
    """What ``process.letters.FORMS`` names for the kind, and whatever more its text can say: text, numbers, flags and
    lists of rows. Days and moments are ISO text."""
    copies: tuple[str, ...] = ()
    """抄送机关."""
    note: str = ""
    """附注, as 此件不公开; the brackets are set around it."""
    signer: str = ""
    """签发人: printed at the head of letters to a superior, and on sheets."""
    printed_by: str = ""
    """印发机关; the issuer where empty."""
    attachments: tuple[str, ...] = ()
    """Titles of attachments outside this document; those the text itself brings are listed without being named here."""
