"""Rendering what was signed: after the transaction, once, into the store of documents.

A letter is written again from its own row at any time, so a rendering that dies is simply done by the next one.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from db.tables import Blob, Case, Round, Subject, User
from db.tables import Letter as LetterRow
from notifications.letters.letter import Letter
from process.vocabulary import LetterKind

BATCH = 20

# One renderer at a time per letter; another passes by.
_CLAIM = text(
    "SELECT id FROM letters WHERE sha256 IS NULL AND trouble = '' ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED"
)


def render_pending(session: Session, now: datetime, *, limit: int = BATCH) -> int:
    """Render up to ``limit`` signed letters: how many there were. What cannot be rendered says why."""
    from notifications.letters import write_docx  # 0.2 s to import, and only renderers need it

    ids = list(session.execute(_CLAIM, {"limit": limit}).scalars())
    if not ids:
        return 0
    rows = session.exec(
        select(LetterRow, Round.title, Subject.name, User.name)
        .join(Round, col(Round.id) == LetterRow.round_id)
        .outerjoin(Case, col(Case.id) == LetterRow.case_id)
        .outerjoin(Subject, col(Subject.id) == Case.subject_id)
        .outerjoin(User, col(User.id) == LetterRow.issued_by)
        .where(col(LetterRow.id).in_(ids))
        .order_by(col(LetterRow.id))
    ).all()
    for row, round_title, subject, signer in rows:
        try:
            content = write_docx(as_letter(row, round_title, subject or "", signer or ""))
        except Exception as fault:  # noqa: BLE001 - whatever it is, the other letters are not held up by it
            row.trouble = f"无法生成文书（{type(fault).__name__}）：{fault}"[:500]
        else:
            digest = hashlib.sha256(content).hexdigest()
            session.execute(insert(Blob).values(sha256=digest, content=content).on_conflict_do_nothing())
            row.sha256, row.rendered_at = digest, now
        session.add(row)
    session.flush()
    return len(ids)


def as_letter(row: LetterRow, round_title: str, subject: str, signer: str) -> Letter:
    """The signed letter as it is to be set."""
    return Letter(
        kind=row.kind,
        heading=row.heading,
        issuer=row.issuer,
        number=row.number,
        issued_on=row.issued_on,
        addressees=tuple(row.addressees),
        subject=subject,
        round_title=round_title,
        fields=row.fields,
        copies=tuple(row.copies),
        note=row.note,
        signer=signer,
        printed_by=row.issuer,
    )


def letter_filename(kind: LetterKind, number: str) -> str:
    """What the file is called: the kind and its number."""
    return f"{kind.title_zh}{number.replace('/', '-')}.docx"
