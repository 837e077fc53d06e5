"""From a file to rows of values; what cannot be read is said for every cell, not only for the first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from casework.registry.kinds import COLUMNS, Column, RosterKind, Unreadable, heading, words
from casework.spreadsheets import Sheet, read_sheets
from process.errors import InvalidInput

HEAD_WITHIN = 5
"""Rows among which the headings may stand: a title above them does no harm."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with one row: its number as the spreadsheet shows it, the column's heading, why."""

    row: int
    column: str
    message: str

    def __str__(self) -> str:
        return f"第{self.row}行「{self.column}」：{self.message}" if self.column else f"第{self.row}行：{self.message}"


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its number and its values by key. A blank cell has no value."""

    row: int
    values: dict[str, Any]

    def get(self, key: str, default: Any = None) -> Any:
        """A value, or what counts where none is given."""
        return self.values.get(key, default)


@dataclass(slots=True)
class Table:
    """A table as it was read."""

    kind: RosterKind
    lines: list[Line] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)

    def wrong(self, line: Line, key: str, message: str) -> None:
        """Note what is wrong with a row."""
        title = next((column.title for column in COLUMNS[self.kind] if column.key == key), "")
        self.troubles.append(Trouble(line.row, title, message))


def read_table(kind: RosterKind, filename: str, content: bytes) -> Table:
    """The rows of the first sheet that has the kind's headings.

    Raises :class:`InvalidInput` where none has, and what :func:`casework.spreadsheets.read_sheets` raises.
    """
    columns = COLUMNS[kind]
    missing: list[str] = []
    for sheet in read_sheets(filename, content):
        for number, row in enumerate(sheet.rows[:HEAD_WITHIN]):
            places = _places(row, columns)
            lacking = [c.title for c in columns if c.required and c.key not in places]
            if not lacking:
                return _read(kind, sheet, number, places)
            if not missing or len(lacking) < len(missing):
                missing = lacking
    raise InvalidInput(f"没有找到表头，缺少列「{'」「'.join(missing)}」" if missing else "文件是空的", field="file")


def _places(row: Sequence[str], columns: Sequence[Column]) -> dict[str, int]:
    """Where each column stands. The first heading that fits counts; nothing is read as two columns."""
    named = [heading(cell) for cell in row]
    places: dict[str, int] = {}
    for column in columns:
        for name in (column.title, column.key, *column.others):
            at = named.index(heading(name)) if heading(name) in named else None
            if at is not None and at not in places.values():
                places[column.key] = at
                break
    return places


def _read(kind: RosterKind, sheet: Sheet, head: int, places: dict[str, int]) -> Table:
    table = Table(kind)
    columns = [column for column in COLUMNS[kind] if column.key in places]
    for number, cells in enumerate(sheet.rows[head + 1 :], start=head + 2):
        if not any(words(cell) for cell in cells):
            continue
        line = Line(number, {})
        for column, said in _cells(cells, columns, places):
            if not said:
                if column.required:
                    table.wrong(line, column.key, "必须填写")
                continue
            try:
                line.values[column.key] = column.read(said)
            except Unreadable as error:
                table.wrong(line, column.key, str(error))
        table.lines.append(line)
    return table


def _cells(cells: Sequence[str], columns: Sequence[Column], places: dict[str, int]) -> Iterator[tuple[Column, str]]:
    for column in columns:
        at = places[column.key]
        yield column, words(cells[at]) if at < len(cells) else ""
