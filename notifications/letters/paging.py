"""On which page a letter ends, reckoned from heights that are all its own: lines are exact and rows are counted.

Only a program that sets the letter knows for certain. So the reckoning is done twice, with text a little narrower and a
little wider than it should be, and says nothing where the two differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import Any

from docx.document import Document
from docx.oxml.ns import qn
from docx.shared import Mm
from docx.table import Table
from docx.text.paragraph import Paragraph

from notifications.letters.page import CHARACTER, TEXT_WIDTH
from notifications.letters.typeset import width

_PAGE = Mm(225).pt + 2
"""The height of the text, and what rounding adds to it."""
_DOUBT = (0.97, 1.05)
_FURTHEST = 8
"""Beyond so many pages small doubts have grown too large."""
_PARAGRAPHS = 50
"""More than a page holds, those in tables among them."""
_CELL = (Mm(3).pt, 4.5)
"""What the margins of a cell take of its width and add to its height."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """Something that is set: so many lines of a height. What is ``kept`` stands on the page of what follows it."""

    lines: int
    line: float
    kept: bool = False
    whole: bool = False
    new_page: bool = False
    again: float = 0
    """What is repeated above it at the head of a page."""

    @property
    def height(self) -> float:
        return self.lines * self.line


def ends_on_odd_page(document: Document) -> bool:
    """Whether the last page certainly has an odd number."""
    if sum(1 for _ in document.element.body.iter(qn("w:p"))) > _FURTHEST * _PARAGRAPHS:
        return False
    least, most = (_pages([*_pieces(document, doubt)]) for doubt in _DOUBT)
    return least == most <= _FURTHEST and least % 2 == 1


def _pages(pieces: list[_Piece]) -> int:
    page, used = 1, 0.0
    for at, piece in enumerate(pieces):
        if piece.new_page or used + _least(pieces, at) > _PAGE:
            page, used = page + 1, piece.again
        fitting = int((_PAGE - used) // piece.line)
        if piece.whole or piece.kept or fitting >= piece.lines:
            used += piece.height
        else:
            page, used = page + 1, (piece.lines - min(fitting, piece.lines - 2)) * piece.line
    return page


def _least(pieces: list[_Piece], at: int) -> float:
    """The height that must have room on the page: the piece and what it is kept with, or its first two lines."""
    needed = 0.0
    for piece in pieces[at:]:
        short = piece.whole or piece.kept or piece.lines <= 3
        needed += piece.height if short else 2 * piece.line
        if not piece.kept:
            break
    return needed if needed <= _PAGE else 0


def _pieces(document: Document, doubt: float) -> Iterator[_Piece]:
    for inner in document.element.body:
        if inner.tag == qn("w:p"):
            yield from _paragraph(Paragraph(inner, document), doubt)
        elif inner.tag == qn("w:tbl"):
            yield from _rows(Table(inner, document), doubt)


def _paragraph(paragraph: Paragraph, doubt: float) -> Iterator[_Piece]:
    above = paragraph.paragraph_format.space_before
    if above:
        yield _Piece(1, above.pt, kept=True)
    line, size = _of(paragraph, "line_spacing").pt, _size(paragraph)
    indent = 2 if _of(paragraph, "first_line_indent") else 0
    wide = (width(paragraph.text) + indent) * size * doubt / TEXT_WIDTH.pt * (CHARACTER.pt - 0.25) / CHARACTER.pt
    kept, new_page = bool(_of(paragraph, "keep_with_next")), bool(_of(paragraph, "page_break_before"))
    style = paragraph.style.name if paragraph.style is not None else ""
    lines = 1 if style == "发文机关标志" else max(1, ceil(wide))  # red words are narrowed to one line
    yield _Piece(lines, line, kept=kept, new_page=new_page)
    if style in ("发文字号", "上行文字号"):
        yield _Piece(1, 13)  # the red rule under it


def _size(paragraph: Paragraph) -> float:
    """The size of its letters, in points: of its first words, else of its style."""
    fonts: list[Any] = [run.font for run in paragraph.runs[:1]]
    style: Any = paragraph.style
    while style is not None:
        fonts.append(style.font)
        style = style.base_style
    return next(float(font.size.pt) for font in fonts if font.size)


def _of(paragraph: Paragraph, name: str) -> Any:
    """A property of a paragraph: its own, else of its style or of those that this is based on."""
    found = getattr(paragraph.paragraph_format, name)
    style: Any = paragraph.style
    while found is None and style is not None:
        found, style = getattr(style.paragraph_format, name), style.base_style
    return found


def _rows(table: Table, doubt: float) -> Iterator[_Piece]:
    repeated = 0.0
    for row in table.rows:
        cells = {cell._tc: cell for cell in row.cells}.values()
        heights = []
        for cell in cells:
            room = (cell.width or TEXT_WIDTH).pt - _CELL[0]
            lines = [
                max(1, ceil(width(one.text) * _size(one) * doubt / room)) * _of(one, "line_spacing").pt
                for one in cell.paragraphs
            ]
            heights.append(sum(lines) + _CELL[1])
        height = max(*heights, row.height.pt if row.height else 0)
        if row._tr.trPr is not None and row._tr.trPr.find(qn("w:tblHeader")) is not None:
            repeated = height
            yield _Piece(1, height, kept=True)
        else:
            yield _Piece(1, height, whole=True, again=repeated)
