"""What became of everything that was said to the districts in a round: handed over, refused, opened, signed.

What is *undelivered* has a copy that no server took over: it waits, it was refused, or its fate is unknown. A copy that
was cancelled is owed no more. What is *unopened* nobody has looked at here or by its link. What is *unsigned* needs a
receipt (签收) and has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from pydantic import Field
from sqlalchemy import text
from sqlmodel import Session

from db.queries.rows import Page, Row, Window
from db.queries.sight import EVERYTHING, Sight, inside, seen_case
from process.vocabulary import Channel, DeliveryStatus, Mode, NoticeKind, Position, Titled


class Lack(Titled):
    """What a notice still lacks."""

    UNDELIVERED = "undelivered", "未送达"
    UNOPENED = "unopened", "未打开"
    UNSIGNED = "unsigned", "未签收"


class Copy(Row):
    """A notice's copy on one channel."""

    channel: Channel
    channel_title: str = ""
    mode: Mode
    mode_title: str = ""
    status: DeliveryStatus
    status_title: str = ""
    handed_over_at: datetime | None = Field(description="交付对方服务器的时间")
    next_attempt_at: datetime | None = Field(description="最早何时发送；已有结果的没有")
    attempts: int
    answer: str = Field(description="对方服务器的答复，或取消、放弃的原因")
    address: str | None = Field(description="收件地址；发送时才确定")
    subject_line: str | None = Field(description="邮件标题")


class NoticeReport(Row):
    """One notice to one recipient, with everything known of its way."""

    id: int
    kind: NoticeKind
    kind_title: str = ""
    round_id: int | None
    case_id: int | None
    subject_id: str | None = Field(description="收件的督导对象；发给督导室人员的没有")
    subject: str
    letter_id: int | None = Field(description="所附文书")
    letter_number: str = Field(description="所附文书的文号")
    recipient: str
    in_place_of: str = Field(description="代谁收件")
    position: Position | None
    position_title: str = ""
    due_on: date | None
    queued_at: datetime
    opened_at: datetime | None
    needs_receipt: bool = Field(description="是否须签收")
    signed_at: datetime | None
    signed_by: str | None = Field(description="签收人；由邮件链接签收或登记送达的，写明如何签收")
    copies: list[Copy] = Field(description="各渠道的发送情况；只进收件箱的没有")


class Figures(Row):
    """How many notices stand how. One notice may count under several heads."""

    queued: int = Field(default=0, description="发出的通知数")
    handed_over: int = Field(default=0, description="至少一个渠道已交付")
    undelivered: int = Field(default=0, description="未送达：有渠道待发、发送失败或结果不明")
    refused: int = Field(default=0, description="有渠道发送失败")
    opened: int = Field(default=0, description="已打开")
    signed: int = Field(default=0, description="已签收")
    unsigned: int = Field(default=0, description="须签收而未签收")


class KindFigures(Figures):
    """The figures of one kind of notice."""

    kind: NoticeKind
    kind_title: str = ""


_TOLD = """
WITH told AS (
    SELECT n.* FROM notices n WHERE n.round_id = :round AND n.contact_id IS NOT NULL {cut}
)
"""
_CUTS = {"kind": "AND n.kind = :kind", "subject": "AND n.subject_id = :subject"}
_OWED = "('pending', 'sending', 'dead', 'uncertain')"
_LACKS = {
    Lack.UNDELIVERED: f"EXISTS (SELECT FROM deliveries d WHERE d.notice_id = n.id AND d.status IN {_OWED})",
    Lack.UNOPENED: "n.opened_at IS NULL",
    Lack.UNSIGNED: "n.signed_at IS NULL AND n.kind = ANY(:signed_for)",
}
_COLUMNS = """
n.id, n.kind, n.round_id, n.case_id, n.subject_id, coalesce(s.name, '') AS subject, n.letter_id,
coalesce(l.number, '') AS letter_number, coalesce(k.name, u.name) AS recipient,
coalesce(n.data ->> 'in_place_of', '') AS in_place_of, n.position, n.due_on, n.created_at AS queued_at, n.opened_at,
n.kind = ANY(:signed_for) AS needs_receipt, n.signed_at,
coalesce(g.name, n.data ->> 'signed_by') AS signed_by
"""
_NAMES = """
LEFT JOIN contacts k ON k.id = n.contact_id LEFT JOIN users u ON u.id = n.user_id
LEFT JOIN subjects s ON s.id = n.subject_id LEFT JOIN letters l ON l.id = n.letter_id
LEFT JOIN users g ON g.id = n.signed_by
"""
_PAGE = """
{told}
SELECT {columns}, n.total
FROM (SELECT n.*, count(*) OVER () AS total FROM told n WHERE {lack} ORDER BY n.id DESC LIMIT :limit OFFSET :offset) n
{names}
ORDER BY n.id DESC
"""
_ONE = f"""
SELECT {_COLUMNS} FROM notices n LEFT JOIN cases c ON c.id = n.case_id {_NAMES}
WHERE n.id = :id AND (c.id IS NULL OR ({seen_case()} AND {inside()}))
"""
_COPIES = text(
    """
    SELECT notice_id, channel, mode, status, sent_at AS handed_over_at,
           CASE WHEN status IN ('pending', 'sending') THEN next_attempt_at END AS next_attempt_at, attempts, answer,
           address, subject_line
    FROM deliveries WHERE notice_id = ANY(:ids) ORDER BY id
    """
)
_FIGURES = f"""
{{told}}, stood AS (
    SELECT n.id, n.kind, n.opened_at IS NOT NULL AS opened, n.signed_at IS NOT NULL AS signed,
           bool_or(d.status = 'sent') AS handed_over, bool_or(d.status = 'dead') AS refused,
           bool_or(d.status IN {_OWED}) AS undelivered
    FROM told n LEFT JOIN deliveries d ON d.notice_id = n.id GROUP BY n.id, n.kind, n.opened_at, n.signed_at
)
SELECT kind, count(*) AS queued, count(*) FILTER (WHERE handed_over) AS handed_over,
       count(*) FILTER (WHERE undelivered) AS undelivered, count(*) FILTER (WHERE refused) AS refused,
       count(*) FILTER (WHERE opened) AS opened, count(*) FILTER (WHERE signed) AS signed,
       count(*) FILTER (WHERE NOT signed AND kind = ANY(:signed_for)) AS unsigned
FROM stood GROUP BY kind
"""
_SIGNED_FOR = [kind.value for kind in NoticeKind if kind.needs_receipt]


def delivery_report(
    session: Session,
    round_id: int,
    window: Window,
    *,
    lack: Lack | None = None,
    kind: NoticeKind | None = None,
    subject_id: str | None = None,
) -> Page[NoticeReport]:
    """The notices of a round to the districts' people, newest first. For the office only."""
    asked = {"round": round_id, "kind": kind, "subject": subject_id, "signed_for": _SIGNED_FOR}
    statement = _PAGE.format(
        told=_told(kind=kind, subject=subject_id),
        columns=_COLUMNS,
        names=_NAMES,
        lack=_LACKS[lack] if lack else "true",
    )
    rows = session.execute(text(statement), {**asked, **window.parameters}).mappings().all()
    total = int(rows[0]["total"]) if rows else 0
    return Page[NoticeReport](items=_with_copies(session, rows), total=total, **window.parameters)


def notice_report(session: Session, notice_id: int, *, sight: Sight = EVERYTHING) -> NoticeReport | None:
    """What became of one notice, to whomever. For the office only."""
    asked = {"id": notice_id, "signed_for": _SIGNED_FOR, **sight.parameters}
    found = _with_copies(session, session.execute(text(_ONE), asked).mappings().all())
    return found[0] if found else None


def delivery_figures(session: Session, round_id: int, *, subject_id: str | None = None) -> list[KindFigures]:
    """How the notices of a round stand, kind by kind in the order of the kinds."""
    statement = _FIGURES.format(told=_told(kind=None, subject=subject_id))
    asked = {"round": round_id, "subject": subject_id, "signed_for": _SIGNED_FOR}
    rows = {NoticeKind(row["kind"]): row for row in session.execute(text(statement), asked).mappings()}
    return [KindFigures(**dict(rows[kind])) for kind in NoticeKind if kind in rows]


def summed(figures: Iterable[KindFigures]) -> Figures:
    """The figures of several kinds together."""
    each = list(figures)
    return Figures(**{name: sum(getattr(one, name) for one in each) for name in Figures.model_fields})


_SUBJECTS = text(
    """
    SELECT s.id, s.name FROM subjects s
    WHERE EXISTS (SELECT FROM cases c WHERE c.round_id = :round AND c.subject_id = s.id)
    ORDER BY s.code = '', s.code, s.id LIMIT :limit
    """
)


def round_subjects(session: Session, round_id: int, limit: int) -> list[tuple[str, str]]:
    """Id and name of the subjects of a round, as many as a list may offer."""
    rows = session.execute(_SUBJECTS, {"round": round_id, "limit": limit})
    return [(row.id, row.name) for row in rows]


def _told(**cut: object) -> str:
    wanted = " ".join(condition for name, condition in _CUTS.items() if cut[name] is not None)
    return _TOLD.format(cut=wanted)


def _with_copies(session: Session, rows: Sequence[Mapping[Any, Any]]) -> list[NoticeReport]:
    copies: dict[int, list[Copy]] = {int(row["id"]): [] for row in rows}
    for copy in session.execute(_COPIES, {"ids": list(copies)}).mappings() if copies else ():
        copies[copy["notice_id"]].append(Copy(**{name: copy[name] for name in copy if name != "notice_id"}))
    return [
        NoticeReport(**{name: row[name] for name in row if name != "total"}, copies=copies[row["id"]]) for row in rows
    ]
