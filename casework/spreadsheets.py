"""Tables that people fill in: .xlsx or .csv, read into text cell by cell with the place of each."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from process.errors import ForbiddenFileType, InvalidInput

MOST_ROWS = 50_000
MOST_COLUMNS = 200


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a file: its rows as text, the first of them the head."""

    name: str
    rows: list[list[str]]

    def place(self, row: int, column: int) -> str:
        """Where a cell stands, as people find it: ``学校!C12`` (both counted from 0)."""
        where = f"{get_column_letter(column + 1)}{row + 1}"
        return f"{self.name}!{where}" if self.name else where


def read_sheets(filename: str, content: bytes) -> list[Sheet]:
    """The sheets of a file by its extension.

    Raises :class:`ForbiddenFileType` for other files, :class:`InvalidInput` for what cannot be read or is too long.
    """
    suffix = filename.rsplit(".", 1)[-1].lower() if "." in filename else ""
    if suffix == "csv":
        return [Sheet("", _within(csv.reader(io.StringIO(_decoded(content)))))]
    if suffix == "xlsx":
        return list(_workbook(content))
    raise ForbiddenFileType(f"{filename or '未选文件'}（可用：.xlsx、.csv）", field="file")


def _decoded(content: bytes) -> str:
    # Offices export from programs that still write GB 18030.
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InvalidInput("文件不是文本，无法读取", field="file")


def _workbook(content: bytes) -> Iterator[Sheet]:
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as error:
        raise InvalidInput("不是有效的 .xlsx 文件", field="file") from error
    for sheet in book.worksheets:
        yield Sheet(sheet.title, _within([_text(cell) for cell in row] for row in sheet.iter_rows()))
    book.close()


def _within(rows: Iterable[list[str]]) -> list[list[str]]:
    """The rows without trailing emptiness, and no more of them than anybody fills in."""
    kept: list[list[str]] = []
    last = 0
    for number, row in enumerate(rows, start=1):
        if number > MOST_ROWS or (len(row) > MOST_COLUMNS and any(row[MOST_COLUMNS:])):
            raise InvalidInput(f"表格过大，至多{MOST_ROWS}行、{MOST_COLUMNS}列", field="file")
        kept.append([cell.strip() for cell in row[:MOST_COLUMNS]])
        if any(kept[-1]):
            last = number
    return kept[:last]


def _text(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | float):
        # What is shown as 85% is stored as 0.85; fifteen digits are what a spreadsheet itself knows.
        shown = value * 100 if "%" in (cell.number_format or "") else value
        return f"{shown:.15g}"
    if isinstance(value, datetime):
        return value.date().isoformat()
    return str(value)


def write_workbook(sheets: Sequence[tuple[str, Sequence[str], Iterable[Sequence[str | float | None]]]]) -> bytes:
    """A workbook from sheets of title, head and rows; heads are bold and stay in sight."""
    book = Workbook(write_only=True)
    for title, head, rows in sheets:
        sheet = book.create_sheet(title)
        sheet.freeze_panes = "C2"
        for column, name in enumerate(head, start=1):
            sheet.column_dimensions[get_column_letter(column)].width = min(max(2 * len(name), 12), 40)
        cells = [WriteOnlyCell(sheet, value=name) for name in head]
        for cell in cells:
            cell.font = Font(bold=True)
        sheet.append(cells)
        for row in rows:
            sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
