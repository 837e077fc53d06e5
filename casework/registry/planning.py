"""What a table would change: each roster says what is new, what is different, and how it is written, as sets."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from casework.registry.kinds import plain
from casework.registry.reading import Line, Table
from process.vocabulary import SubjectKind


@dataclass(frozen=True, slots=True)
class Change:
    """One row that adds something, or changes it: what is different, by heading."""

    row: int
    name: str
    added: bool
    fields: tuple[str, ...] = ()


@dataclass(slots=True)
class Plan:
    """What a table would do. ``write`` does it."""

    changes: list[Change] = field(default_factory=list)
    unchanged: int = 0
    write: Callable[[Session], None] = lambda session: None

    def note(self, line: Line, name: str, before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> bool:
        """Count a row as new, changed or unchanged; whether it must be written."""
        if before is None:
            self.changes.append(Change(line.row, name, True))
            return True
        different = tuple(key for key, value in after.items() if before.get(key) != value)
        if different:
            self.changes.append(Change(line.row, name, False, different))
        else:
            self.unchanged += 1
        return bool(different)


def key_of(prefix: str, *parts: str) -> str:
    """A stable id for what brings none of its own."""
    said = ":".join(plain(part) for part in parts)
    return f"{prefix}-{hashlib.sha256(said.encode()).hexdigest()[:12]}"


def rows_json(rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows as a parameter of a set-based statement."""
    return json.dumps(list(rows), ensure_ascii=False, default=lambda value: value.isoformat())


def run(session: Session, statement: str, rows: Sequence[Mapping[str, Any]], **more: Any) -> None:
    """One statement over rows (``:rows``); none for no rows."""
    if rows:
        session.execute(text(statement), {"rows": rows_json(rows), **more})


@dataclass(frozen=True, slots=True)
class Place:
    """A subject as it may be named in a table."""

    id: str
    kind: SubjectKind
    name: str
    code: str
    district_id: str | None
    parent_id: str | None


class Places:
    """Subjects by what people call them: id, code, name, short name; a school also by its district."""

    def __init__(self, rows: Iterable[tuple[Place, str]], today: date) -> None:
        self.today = today
        self.by_id: dict[str, Place] = {}
        self._named: dict[str, dict[str, Place]] = {}
        for place, alias in rows:
            self.by_id[place.id] = place
            for name in {place.id, place.code, alias, *_called(place)} - {""}:
                self._named.setdefault(plain(name), {})[place.id] = place

    def find(self, said: str, *, kinds: Sequence[SubjectKind], within: str | None = None) -> list[Place]:
        """All that are called so, of these kinds, in that district."""
        known = self._named.get(plain(said), {})
        return [
            place for place in known.values() if place.kind in kinds and (within is None or place.district_id == within)
        ]


def _called(place: Place) -> set[str]:
    """A name with and without 重庆市; a district's also without 区 or 县."""
    names = {place.name, place.name.removeprefix("重庆市")}
    if place.kind is SubjectKind.DISTRICT and len(place.name) > 2:
        names.add(re.sub("(自治县|区|县)$", "", place.name))
    return names


_PLACES = text(
    """
    SELECT id, kind, name, code, district_id, parent_id, alias FROM subjects
    WHERE kind = ANY(:kinds) AND (coalesce(valid_to, :today) >= :today OR NOT EXISTS (
        SELECT FROM subjects o WHERE o.kind = subjects.kind AND o.name = subjects.name AND o.id <> subjects.id
            AND coalesce(o.valid_from, :today) <= :today AND coalesce(o.valid_to, :today) >= :today))
    """
)

SCHOOLS = (SubjectKind.SCHOOL, SubjectKind.KINDERGARTEN)
TAUGHT_AT = (*SCHOOLS, SubjectKind.COLLEGE, SubjectKind.UNIVERSITY)


def places(session: Session, today: date, *kinds: SubjectKind) -> Places:
    """What there is of these kinds; of those of one name that followed each other, the one in force."""
    rows = session.execute(_PLACES, {"kinds": [kind.value for kind in kinds], "today": today})
    return Places(
        ((Place(r.id, SubjectKind(r.kind), r.name, r.code, r.district_id, r.parent_id), r.alias) for r in rows), today
    )


def district_of(table: Table, line: Line, known: Places) -> str | None:
    """The district a row names; what it names wrongly is noted."""
    said = line.get("district")
    if not said:
        return None
    found = known.find(said, kinds=[SubjectKind.DISTRICT])
    if len(found) != 1:
        table.wrong(line, "district", f"没有名为「{said}」的区县" if not found else f"有多个「{said}」，请填写代码")
        return None
    return found[0].id


def place_of(
    table: Table, line: Line, known: Places, key: str, kinds: Sequence[SubjectKind], within: str | None
) -> Place | None:
    """The subject that a row names in a column, in its district where it names one; else what is wrong is noted."""
    said = line.get(key)
    if not said:
        return None
    found = known.find(said, kinds=kinds, within=within)
    if len(found) == 1:
        return found[0]
    what = "、".join(dict.fromkeys(kind.title_zh for kind in kinds))
    table.wrong(
        line, key, f"名册中没有名为「{said}」的{what}" if not found else f"有多个「{said}」，请填写所在区县或代码"
    )
    return None


def repeated(table: Table, seen: dict[Any, int], line: Line, key: Any, column: str) -> bool:
    """Whether a row says what an earlier one said already; it is noted."""
    first = seen.setdefault(key, line.row)
    if first == line.row:
        return False
    table.wrong(line, column, f"与第{first}行重复")
    return True
