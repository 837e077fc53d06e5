"""The register of letter numbers (文号登记簿), one letter's file, and under whose heading the kinds go out."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from pydantic import Field
from sqlalchemy import text
from sqlmodel import Session

from db.queries.rows import Page, Row, Window, page_of
from db.queries.sight import EVERYTHING as ALL_SEEN
from db.queries.sight import Sight, inside, seen_case
from process.letters import FORMS
from process.vocabulary import LetterKind

NOT_VOID = "NOT EXISTS (SELECT FROM letter_numbers n WHERE n.letter_id = l.id AND n.voided_at IS NOT NULL)"
"""Whether a letter ``l`` still stands: what bears no number cannot be void."""


class NumberRow(Row):
    """A number of the register. It stays there whatever becomes of its letter."""

    letter_id: int
    number: str = Field(description="文号")
    prefix: str = Field(description="机关代字")
    year: int
    seq: int = Field(description="顺序号")
    kind: LetterKind
    kind_title: str = ""
    case_id: int | None = Field(description="所属任务；发给整个轮次的没有")
    subject: str = Field(description="督导对象；发给整个轮次的为「全部」")
    round_id: int
    round_title: str
    signed_by: str
    given_at: datetime = Field(description="签发时间")
    rendered: bool = Field(description="文书文件已生成，可下载")
    trouble: str = Field(description="不能生成的原因")
    voided_at: datetime | None
    voided_by: str | None
    void_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterCut:
    """Which numbers of the register."""

    prefix: str | None = None
    year: int | None = None
    kind: LetterKind | None = None
    void: bool | None = None


_CUTS = {
    "prefix": "n.prefix = :prefix",
    "year": "n.year = :year",
    "kind": "EXISTS (SELECT FROM letters k WHERE k.id = n.letter_id AND k.kind = :kind)",
    "void": "(n.voided_at IS NOT NULL) = :void",
}
# The page is cut out of the register alone; what its lines say besides is looked up for these few.
_REGISTER = """
SELECT n.letter_id, l.number, n.prefix, n.year, n.seq, l.kind, l.case_id, coalesce(s.name, '全部') AS subject,
       l.round_id, r.title AS round_title, coalesce(u.name, '系统') AS signed_by, n.given_at,
       l.sha256 IS NOT NULL AS rendered, l.trouble, n.voided_at, v.name AS voided_by, n.void_reason,
       (SELECT count(*) FROM letter_numbers n WHERE {cut}) AS total
FROM (SELECT n.* FROM letter_numbers n WHERE {cut} ORDER BY n.letter_id DESC LIMIT :limit OFFSET :offset) n
JOIN letters l ON l.id = n.letter_id JOIN rounds r ON r.id = l.round_id
LEFT JOIN cases c ON c.id = l.case_id LEFT JOIN subjects s ON s.id = c.subject_id
LEFT JOIN users u ON u.id = l.issued_by LEFT JOIN users v ON v.id = n.voided_by
ORDER BY n.letter_id DESC
"""
EVERYTHING = RegisterCut()
_SEEN = f"""EXISTS (SELECT FROM letters k LEFT JOIN cases c ON c.id = k.case_id
    WHERE k.id = n.letter_id AND (c.id IS NULL OR {seen_case()}))"""


def register_statement(cut: RegisterCut, sight: Sight = ALL_SEEN) -> str:
    """The statement that asks for a cut of the register; only the conditions that are wanted stand in it."""
    wanted = [condition for name, condition in _CUTS.items() if getattr(cut, name) is not None]
    wanted += [] if sight.everything else [_SEEN]
    return _REGISTER.format(cut=" AND ".join(wanted) or "true")


def register(
    session: Session, window: Window, cut: RegisterCut = EVERYTHING, *, sight: Sight = ALL_SEEN
) -> Page[NumberRow]:
    """Every number given, the newest first, the void ones among them. For the office only.

    Within a prefix and year the letters' ids run as their numbers do: both are taken under the register's lock.
    """
    asked = {**asdict(cut), **sight.parameters, **window.parameters}
    return page_of(NumberRow, session.execute(text(register_statement(cut, sight)), asked).mappings().all(), window)


def registers(session: Session) -> list[tuple[str, int]]:
    """Prefix and year of every register that was begun."""
    rows = session.execute(text("SELECT prefix, year FROM letter_registers ORDER BY prefix, year DESC"))
    return [(row.prefix, row.year) for row in rows]


class LetterFile(Row):
    """A letter's file; without content while it is not rendered."""

    kind: LetterKind
    number: str
    trouble: str
    sha256: str | None
    content: bytes | None


# As on the page of a case: a district has its own letters, and the notice that opened a round it is in; a 移送函 is
# for its addressee.
_FILE = text(
    f"""
    SELECT l.kind, l.number, l.trouble, l.sha256, b.content
    FROM letters l LEFT JOIN blobs b ON b.sha256 = l.sha256 LEFT JOIN cases c ON c.id = l.case_id
    WHERE l.id = :id AND (
        (c.id IS NOT NULL AND {seen_case()} AND ({inside()} OR l.kind <> 'referral'))
        OR (l.case_id IS NULL AND (CAST(:only AS text) IS NULL OR (
            l.kind IN ('supervision_notice', 'work_notice', 'result_circular') AND EXISTS (
                SELECT FROM cases o WHERE o.round_id = l.round_id AND {seen_case("o")})))))
    """
)


def letter_file(session: Session, letter_id: int, *, sight: Sight) -> LetterFile | None:
    """A letter's file; ``None`` where there is no letter to see."""
    row = session.execute(_FILE, {"id": letter_id, **sight.parameters}).mappings().first()
    return LetterFile(**dict(row)) if row else None


class LetterheadRow(Row):
    """Under whose heading and prefix a kind of letter goes out from now on."""

    kind: LetterKind
    kind_title: str = ""
    numbered: bool = Field(description="是否编文号")
    heading: str = Field(description="发文机关标志")
    issuer: str = Field(description="署名")
    prefix: str = Field(description="机关代字；不编文号的没有")
    addressees: list[str] = Field(description="主送；没有的发给文书所涉的督导对象")
    copies: list[str] = Field(description="抄送")
    note: str = Field(description="附注")


_HEADS = text("SELECT kind, heading, issuer, prefix, addressees, copies, note FROM letterheads")


def letterheads(session: Session) -> list[LetterheadRow]:
    """The letterheads, in the order of the kinds."""
    rows = {LetterKind(row["kind"]): row for row in session.execute(_HEADS).mappings()}
    return [LetterheadRow(**dict(rows[kind]), numbered=FORMS[kind].numbered) for kind in LetterKind if kind in rows]


def letterhead(session: Session, kind: LetterKind) -> LetterheadRow | None:
    """The letterhead of one kind."""
    return next((row for row in letterheads(session) if row.kind is kind), None)
