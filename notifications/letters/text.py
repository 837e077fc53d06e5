"""The words of a letter: its template filled in, and read into paragraphs and tables.

A text is plain: its first line is the title, every further line a paragraph. Only the bar has a meaning of its own. In
the title it marks where a line may end. A line of cells between bars is a row of a table; an empty line ends the table.
A row such as ``|====|-----|:---:|`` describes its columns, after the head or in its place: the length is the share of
the width, ``=`` makes a column of labels, colons centre the cells. ``|annex <title>`` opens an attachment.

What people wrote is freed of bars and control characters before it is filled in, so it cannot break this form; its
line ends become paragraphs, within a cell too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from notifications.letters import wording
from notifications.letters.letter import Letter
from process.letters import FORMS

_LINE_ENDS = re.compile(r"\s*[\n\r\x0b\x0c\x85\u2028\u2029]\s*")
_NO_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_COLUMNS = re.compile(r"\|(?::?[-=]+:?\|)+")
_ANNEX = "|annex "
_QUOTES = str.maketrans("「」『』", "“”‘’")
"""The screens write 「」; documents of the mainland write “”."""
_EMPTY: tuple[Any, ...] = (None, "", [], (), {})


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its share of the width, whether it bears labels, whether its cells are centred."""

    share: int
    label: bool
    centred: bool


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of the body."""

    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table. ``head`` is empty for a form. A row with fewer cells than columns has a wide last cell."""

    columns: tuple[Column, ...]
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Block = Paragraph | Table


@dataclass(frozen=True, slots=True)
class Annex:
    """An attachment that is part of the document."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """A letter in words. ``title`` comes in the pieces between which its lines may end."""

    title: tuple[str, ...]
    blocks: tuple[Block, ...]
    annexes: tuple[Annex, ...]


def cleaned(letter: Letter) -> Letter:
    """The letter with nothing in it that a document cannot bear or that the form of the texts would misread."""
    return replace(letter, **{f.name: _clean(getattr(letter, f.name)) for f in fields(letter) if f.name != "kind"})


def text_of(letter: Letter) -> Text:
    """What a cleaned letter says. Raises ``jinja2.UndefinedError`` where a row lacks what the text needs of it."""
    section = wording.Sections()
    told = (
        _environment()
        .get_template(f"{letter.kind}.txt")
        .render(
            {**letter.fields, "letter": letter, "law": _LAW, "section": section, "you": wording.you(letter.subject)}
        )
    )
    title, *lines = told.strip().split("\n")
    main, *annexes = _parts(lines)
    return Text(
        title=tuple(piece for piece in title.replace(wording.LINE_END, "").split("|") if piece),
        blocks=_blocks(main[1]),
        annexes=tuple(Annex(name, _blocks(body)) for name, body in annexes),
    )


@lru_cache(maxsize=1)
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "texts"),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - plain text; the writer of the document escapes
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters.update(
        day=wording.day,
        moment=wording.moment,
        sentence=wording.sentence,
        phrase=wording.phrase,
        level=wording.level,
        numbered=wording.numbered,
        commitments=wording.commitments,
        findings_list=wording.findings_list,
        findings_table=wording.findings_table,
        figures_table=wording.figures_table,
        results_table=wording.results_table,
        people=wording.people,
    )
    made.globals.update(lines=wording.lines)
    return made


# The article that demands a particular, by kind of letter and field: a text cites no other law than these.
_LAW = {str(kind): {field.name: field.basis for field in form.required if field.basis} for kind, form in FORMS.items()}


def _clean(value: Any) -> Any:
    """Text in one line without bars and control characters; a mapping without what is empty."""
    if isinstance(value, str):
        plain = _LINE_ENDS.sub(wording.LINE_END, value.strip()).replace("\t", " ").replace("|", "｜")
        return _NO_TEXT.sub("", plain).translate(_QUOTES)
    if isinstance(value, Mapping):
        return {name: kept for name, inner in value.items() if (kept := _clean(inner)) not in _EMPTY}
    if isinstance(value, Sequence):
        return tuple(kept for inner in value if (kept := _clean(inner)) not in _EMPTY)
    return value


def _parts(lines: Sequence[str]) -> list[tuple[str, list[str]]]:
    """The body and the attachments, each with its title and lines."""
    parts: list[tuple[str, list[str]]] = [("", [])]
    for line in lines:
        if line.startswith(_ANNEX):
            parts.append((line.removeprefix(_ANNEX).strip(), []))
        else:
            parts[-1][1].append(line.strip(" "))
    return parts


def _blocks(lines: Sequence[str]) -> tuple[Block, ...]:
    blocks: list[Block] = []
    rows: list[str] = []
    for line in [*lines, ""]:
        if line.startswith("|") and line.endswith("|"):
            rows.append(line)
            continue
        if rows:
            blocks.append(_table(rows))
            rows = []
        blocks.extend(Paragraph(piece) for piece in line.split(wording.LINE_END) if piece)
    return tuple(blocks)


def _table(lines: Sequence[str]) -> Table:
    """A table from its lines: an optional head, the columns, the rows."""
    at = next(number for number, line in enumerate(lines) if _COLUMNS.fullmatch(line))
    head = _cells(lines[0]) if at else ()
    return Table(tuple(map(_column, _cells(lines[at]))), head, tuple(map(_cells, lines[at + 1 :])))


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip(" ") for cell in line[1:-1].split("|"))


def _column(cell: str) -> Column:
    return Column(share=len(cell.strip(":")), label="=" in cell, centred=cell.startswith(":") or "=" in cell)
