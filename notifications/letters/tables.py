"""Tables: forms, lists, and the imprint at the foot of the last page."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any

from docx.document import Document
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_ROW_HEIGHT_RULE, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Length, Mm, Pt
from docx.table import Table as WordTable
from docx.table import _Cell, _Row

from notifications.letters.page import TEXT_WIDTH, element
from notifications.letters.text import Column, Table
from notifications.letters.typeset import width
from notifications.letters.wording import LINE_END

_COPIES = "抄送："
_SMALL = Pt(14)
"""The side of a character of 4号, in which forms and the imprint are set."""
_IMPRINT_WIDTH = 26
"""Characters of 4号 in a line of the imprint, less those under the words before the first name."""
_IMPRINT_LINE = Pt(24)
_FORM_LINE, _FORM_ROW = 22.0, Mm(10)
"""The height of a line in a form, and the least height of its rows."""


def add_table(document: Document, table: Table) -> None:
    """A ruled table as wide as the text. Its head is repeated on every page, and no row is torn by the end of one."""
    if document.element.body[-2].tag == element("w:tbl").tag:
        document.add_paragraph(style="间隔")  # or Word would join two tables into one
    else:
        document.paragraphs[-1].paragraph_format.space_after = Pt(4)
    made = _empty(document, len(table.rows) + bool(table.head), _widths(table.columns), "Table Grid")
    rows = list(made.rows)
    if table.head:
        head = rows.pop(0)
        _set_row(head, "w:tblHeader")
        for cell, words in zip(head.cells, table.head, strict=True):
            _write(cell, words, "表头")
    for row, cells in zip(rows, table.rows, strict=True):
        _fill(row, cells, table)


def height_of(form: Table) -> float:
    """How high a form will be, in points."""
    widths = _widths(form.columns)
    height = 5.0
    for row in form.rows:
        wide = [*widths[: len(row) - 1], sum(widths[len(row) - 1 :])]
        lines = max(
            sum(max(1, ceil(width(line) * _SMALL / (room - Mm(3)))) for line in words.split(LINE_END))
            for words, room in zip(row, wide, strict=True)
        )
        height += max(_FORM_ROW.pt, lines * _FORM_LINE + 4.5)
    return height


def add_imprint(document: Document, lines: Sequence[str], *, ruled: bool, below_table: bool, overleaf: bool) -> None:
    """版记: a table that stands on the lower edge of the text of the last page, and tears no table above it.

    ``overleaf``: the text ends on a page of odd number, and the imprint goes to the back of it.
    """
    made = _empty(document, len(lines), [TEXT_WIDTH], "版记分隔线" if ruled else "Normal Table")
    place = {"vertAnchor": "margin", "horzAnchor": "page", "tblpX": "1588", "tblpYSpec": "bottom"}
    made._tbl.tblPr.find(qn("w:tblW")).addprevious(element("w:tblpPr", leftFromText="0", rightFromText="0", **place))
    for row, words in zip(made.rows, lines, strict=True):
        _write(row.cells[0], words, "版记")
        if words.startswith(_COPIES):  # further lines begin under the first name
            paragraph = row.cells[0].paragraphs[0].paragraph_format
            paragraph.left_indent, paragraph.first_line_indent = _SMALL * (1 + len(_COPIES)), -_SMALL * len(_COPIES)
    anchor = document.add_paragraph(style="间隔")
    anchor.paragraph_format.page_break_before = overleaf or None
    if below_table:  # It hangs on a paragraph as high as itself: without room for both the next page takes them.
        lines_needed = sum(ceil(width(words) / _IMPRINT_WIDTH) for words in lines)
        anchor.paragraph_format.line_spacing = Length(_IMPRINT_LINE * lines_needed)


def _empty(document: Document, rows: int, widths: Sequence[Length], style: str) -> WordTable:
    made: WordTable = document.add_table(rows, len(widths), style)
    made.autofit = False
    made.alignment = WD_TABLE_ALIGNMENT.CENTER
    for column, wide in zip(made.columns, widths, strict=True):
        column.width = wide
    for row in made.rows:
        _set_row(row, "w:cantSplit")
        for cell, wide in zip(row.cells, widths, strict=True):
            cell.width = wide
    return made


def _fill(row: _Row, cells: tuple[str, ...], table: Table) -> None:
    places = row.cells
    form = not table.head
    if form:
        row.height, row.height_rule = _FORM_ROW, WD_ROW_HEIGHT_RULE.AT_LEAST
    for place, words, column in zip(places, cells, table.columns, strict=False):
        style = ("表单栏目" if column.label else "表单文字") if form else "表格文字"
        _write(place, words, style, centred=column.centred)
    if len(cells) < len(places):
        places[len(cells) - 1].merge(places[-1])


def _write(cell: _Cell, words: str, style: str, *, centred: bool = False) -> None:
    cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    for number, line in enumerate(words.split(LINE_END)):
        paragraph = cell.add_paragraph() if number else cell.paragraphs[0]
        paragraph.style = style
        paragraph.add_run(line)
        if centred:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER


def _widths(columns: Sequence[Column]) -> list[Length]:
    total = sum(column.share for column in columns)
    return [Length(TEXT_WIDTH * column.share // total) for column in columns]


def _set_row(row: _Row, tag: str) -> None:
    properties: Any = row._tr.get_or_add_trPr()
    properties.append(element(tag))
