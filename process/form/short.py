"""The short forms in which a form may be written, and the full structure they stand for; and back.

A word of the vocabulary may be written by its Chinese title, a period and a deliverable as one phrase, the only way an
outcome leads beside its title; the ladders all share need not be written out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel

from process.definition import Deliverable, Ladder, Outcome, Period, Process, Unit
from process.form.captions import title_of, titles
from process.form.source import Source
from process.standards import (
    DISTRICT_LADDER,
    MANAGER_LADDER,
    MEMBER_LADDER,
    OFFICE_LADDER,
    OFFICE_PRACTICE,
    REMINDER_LADDER,
    UNIT_LADDER,
    WARNING_LADDER,
    right_ladder,
)
from process.vocabulary import Position, Role, SubjectKind

LADDERS: dict[str, Ladder] = {
    ladder.key: ladder
    for ladder in (
        DISTRICT_LADDER,
        UNIT_LADDER,
        MEMBER_LADDER,
        WARNING_LADDER,
        REMINDER_LADDER,
        OFFICE_LADDER,
        MANAGER_LADDER,
        right_ladder(Position.OPERATOR, Position.OFFICE_HEAD),
    )
}
"""The ladders that need not be written out, by key."""

_YEARS = ("", "次年", "后年")
_BASIS = r"(?:[（(](?P<basis>.+)[）)])?"
_AFTER = r"(?:(?P<anchor>[a-z][a-z0-9_]*)办结后)?"
_PHRASES = {
    "working": _AFTER + r"(?P<n>[1-9]\d{0,2})个工作日",
    "days": _AFTER + r"(?P<n>[1-9]\d{0,2})[日天]",
    "receipt": r"收到之日起(?P<n>[1-9]\d{0,2})[日天]",
    "month_end": r"(?:当月末|(?P<n>[1-9]\d?)个月后月末)",
    "date": r"(?P<year>次年|后年)?(?P<month>1[0-2]|[1-9])月(?P<day>3[01]|[12]\d|[1-9])日",
}
_PERIODS = {name: re.compile(phrase + _BASIS) for name, phrase in _PHRASES.items()}
PERIOD_PATTERN = "^(" + "|".join(re.sub(r"\?P<\w+>", "?:", phrase) for phrase in _PHRASES.values()) + ")"
PERIOD_PATTERN += r"([（(].+[）)])?$"
"""What a period written as a phrase looks like, for the schema."""
PERIOD_HINT = (
    "如：10个工作日、45日、on_site办结后10日、收到之日起5日、当月末、2个月后月末、12月31日、次年6月30日；"
    "后面可加（依据）"
)


def period(phrase: str) -> dict[str, Any] | None:
    """The structure of a period written as a phrase; ``None`` where it is none."""
    for name, pattern in _PERIODS.items():
        if found := pattern.fullmatch(phrase.strip()):
            said = found.groupdict()
            anchor = {"anchor": said["anchor"]} if said.get("anchor") else {}
            return {**_counted(name, said), **anchor, "basis": said["basis"] or OFFICE_PRACTICE}
    return None


def _counted(name: str, said: Mapping[str, str | None]) -> dict[str, Any]:
    n = int(said.get("n") or 0)
    match name:
        case "working":
            return {"n": n, "unit": "working_day"}
        case "days":
            return {"n": n, "unit": "calendar_day_roll"}
        case "receipt":
            return {"n": n, "unit": "calendar_day_roll", "from_receipt": True}
        case "month_end":
            return {"n": n, "unit": "month_end"}
        case _:
            date = {"month": int(said["month"] or 0), "day": int(said["day"] or 0)}
            return {"unit": "fixed_date", **date, "year_offset": _YEARS.index(said["year"] or "")}


def phrase(given: Period) -> str | None:
    """A period as a phrase, where one says all of it."""
    said = counted_in_words(given)
    for candidate in (said, f"{said}（{given.basis}）"):
        meant = period(candidate)
        if meant is not None and Period.model_validate(meant) == given:
            return candidate
    return None


def counted_in_words(given: Period, after: str = "") -> str:
    """How long a period is, in words. ``after`` is what its anchor is called, if not by its key."""
    begins = f"{after or given.anchor}办结后" if given.anchor else ""
    match given.unit:
        case Unit.WORKING_DAY:
            return f"{begins}{given.n}个工作日"
        case Unit.CALENDAR_DAY_ROLL:
            return f"收到之日起{given.n}日" if given.from_receipt else f"{begins}{given.n}日"
        case Unit.CALENDAR_DAY:
            return f"{begins}{given.n}个日历日"
        case Unit.MONTH_END:
            return f"{given.n}个月后月末" if given.n else "当月末"
        case Unit.FIXED_DATE:
            years = {0: "", 1: "次年", 2: "后年"}.get(given.year_offset, f"{given.year_offset}年后")
            return f"{years}{given.month}月{given.day}日"


# from the short forms to the structure


def expanded(source: Source) -> dict[str, Any]:
    """The full structure of a form whose shape was checked; notes in the source where moved things were written."""
    process: dict[str, Any] = _full(source.data, Process, source, ())
    process.setdefault("first", process["stages"][0]["key"])
    for stage in process["stages"]:
        stage.setdefault("ladder", _ladder(process["subjects"], stage["owner"], bool(stage.get("on_lapse"))))
        stage.setdefault("tells", [position.value for position in _tells(process["subjects"])])
    own_ladders = process.get("ladders", [])
    written = {ladder["key"] for ladder in own_ladders}
    used = dict.fromkeys(stage["ladder"] for stage in process["stages"])
    shared = [LADDERS[key].model_dump(mode="json") for key in used if key in LADDERS and key not in written]
    process["ladders"] = [*own_ladders, *shared]
    return process


def _ladder(subjects: str, owner: str, right: bool) -> str:
    """The ladder of a stage that names none."""
    if right:
        return "right"
    if owner == Role.DISTRICT:
        return {SubjectKind.DISTRICT: "district", SubjectKind.AUTHORITY: "member"}.get(SubjectKind(subjects), "unit")
    return "manager" if owner == Role.MANAGER else "office"


def _tells(subjects: str) -> tuple[Position, ...]:
    """Whom at the subject a stage tells that names nobody: the person in charge and who does the work."""
    if subjects == SubjectKind.AUTHORITY:
        return (Position.LIAISON,)
    if subjects == SubjectKind.DISTRICT:
        return (Position.OPERATOR, Position.OFFICE_HEAD)
    return (Position.HEAD, Position.OPERATOR)


def _full(value: Any, kind: Any, source: Source, path: tuple[str | int, ...]) -> Any:
    kind = _meant(kind)
    if value is None:
        return None
    if isinstance(value, list):
        parts = get_args(kind)
        many = len(parts) == 2 and parts[1] is Ellipsis
        return [
            _full(one, parts[0] if many else parts[n] if n < len(parts) else Any, source, (*path, n))
            for n, one in enumerate(value)
        ]
    if isinstance(kind, type) and issubclass(kind, Enum) and isinstance(value, str):
        return titles(kind).get(value, value)
    if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return value
    if isinstance(value, str):
        return period(value) if kind is Period else {"key": value, "title": value}
    if kind is Outcome and "routes" not in value:
        value = _with_routes(value, source, path)
    return {name: _full(one, kind.model_fields[name].annotation, source, (*path, name)) for name, one in value.items()}


def _with_routes(value: dict[str, Any], source: Source, path: tuple[str | int, ...]) -> dict[str, Any]:
    inline = ("to", "closes_as", "again")
    route = {name: value[name] for name in inline if name in value}
    for name in route:
        if (*path, name) in source.lines:
            source.lines[(*path, "routes", 0, name)] = source.lines[(*path, name)]
    return {**{name: one for name, one in value.items() if name not in inline}, "routes": [route]}


def _meant(kind: Any) -> Any:
    """A type without its ``None``."""
    if get_origin(kind) in (Union, UnionType):
        return next(part for part in get_args(kind) if part is not type(None))
    return kind


# and back


def shortened(process: Process) -> dict[str, Any]:
    """A process as a form says it, in the short forms where they say all of it; defaults are left out."""
    said = _said(process)
    if process.first == process.stages[0].key:
        del said["first"]
    for stage, written in zip(process.stages, said["stages"], strict=True):
        if stage.ladder == _ladder(process.subjects, stage.owner, bool(stage.on_lapse)):
            del written["ladder"]
        written.pop("tells", None)
        if stage.tells != _tells(process.subjects):
            written["tells"] = _said(stage.tells)
    own = [_said(ladder) for ladder in process.ladders if LADDERS.get(ladder.key) != ladder]
    said.pop("ladders", None)
    return {**said, "ladders": own} if own else said


def _said(value: Any) -> Any:
    if isinstance(value, Period):
        return phrase(value) or _fields(value)
    if isinstance(value, Deliverable) and value.key == value.title and value.required:
        return value.title
    if isinstance(value, Outcome):
        return _outcome(value)
    if isinstance(value, BaseModel):
        return _fields(value)
    if isinstance(value, tuple):
        return [_said(one) for one in value]
    return title_of(value) if isinstance(value, Enum) else value


def _outcome(value: Outcome) -> dict[str, Any]:
    said = _fields(value)
    if len(value.routes) == 1 and value.routes[0].when is None:
        said.pop("routes")
        said |= _fields(value.routes[0])
    return said


def _fields(value: BaseModel) -> dict[str, Any]:
    return {
        name: _said(getattr(value, name))
        for name, field in type(value).model_fields.items()
        if field.is_required() or getattr(value, name) != field.default
    }
