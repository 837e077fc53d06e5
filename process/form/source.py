"""The text of a form as data, with the line of everything in it.

A careful subset of YAML, of which JSON is part: one document, plain scalars by the rules of JSON (so that ``no`` is a
word), no anchors, no tags, no key twice. Nothing in it can grow when it is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import yaml

from process.errors import InvalidDefinition

MOST_BYTES = 100_000
_MOST_DEPTH = 16
_MOST_NODES = 20_000
_MOST_PROBLEMS = 100
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,8})(\.\d{1,9})?")

Path = tuple[str | int, ...]


class Problem(NamedTuple):
    """Something wrong with a form: in which line (from 1, where there are lines), at what, and by which rule."""

    line: int | None
    where: str
    says: str

    def __str__(self) -> str:
        line = f"第{self.line}行 " if self.line else ""
        return (
            f"{line}{self.where}：{self.says}" if self.where else f"{line.strip()}：{self.says}" if line else self.says
        )


def refusal(problems: Sequence[Problem]) -> InvalidDefinition:
    """All problems as one error, in the order of their lines; of a text that is nothing like a form, the first."""
    ordered = sorted(dict.fromkeys(problems), key=lambda problem: problem.line or 0)
    if len(ordered) > _MOST_PROBLEMS:
        more = Problem(None, "", f"另有{len(ordered) - _MOST_PROBLEMS}处，改正以上各处后再校验")
        ordered = [*ordered[:_MOST_PROBLEMS], more]
    return InvalidDefinition(
        "；".join(str(problem) for problem in ordered), field=ordered[0].where or None, problems=ordered
    )


@dataclass(slots=True)
class Source:
    """What a form says, and where. ``lines`` is empty for what was not a text."""

    data: Any
    lines: dict[Path, int] = field(default_factory=dict)

    def problem(self, path: Path, says: str) -> Problem:
        """A problem at a path: its line is that of the nearest thing that was written."""
        known = next((path[:n] for n in range(len(path), -1, -1) if path[:n] in self.lines), None)
        return Problem(self.lines[known] if known is not None else None, self._named(path), says)

    def _named(self, path: Path) -> str:
        """A path in words: members of a list by their key where they have one, else by their number from 1."""
        here, words = self.data, []
        for part in path:
            if isinstance(part, int):
                here = here[part] if isinstance(here, list) and part < len(here) else None
                key = here.get("key") if isinstance(here, dict) else None
                words.append(key if isinstance(key, str) and key else str(part + 1))
            else:
                here = here.get(part) if isinstance(here, dict) else None
                words.append(part)
        return ".".join(words)


def read(raw: bytes | str) -> Source:
    """The data of a form's text. Raises :class:`InvalidDefinition` with every problem that can be told at once."""
    text = _decoded(raw)
    tabs = [
        Problem(number, "", "缩进不能用制表符（Tab），请改用空格")
        for number, line in enumerate(text.splitlines(), start=1)
        if "\t" in line[: len(line) - len(line.lstrip())]
    ]
    if tabs:
        raise refusal(tabs)
    reader = _Reader(yaml.parse(text, Loader=yaml.SafeLoader))
    try:
        source = reader.document()
    except yaml.YAMLError as error:
        raise refusal([_syntax(error, text)]) from error
    if reader.problems:
        raise refusal(reader.problems)
    return source


def _decoded(raw: bytes | str) -> str:
    size = len(raw) if isinstance(raw, bytes) else len(raw.encode("utf-8", "replace"))
    if size > MOST_BYTES:
        raise refusal([Problem(None, "", f"文件过大：{size // 1000}KB，至多{MOST_BYTES // 1000}KB")])
    if isinstance(raw, str):
        return raw.removeprefix("\ufeff")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refusal([Problem(None, "", "不是 UTF-8 编码的文本，请另存为 UTF-8")]) from error


class _Reader:
    """Builds the data from the events of the parser; counts depth and nodes, refuses what is not of the subset."""

    def __init__(self, events: Iterator[yaml.Event]) -> None:
        self.events = events
        self.problems: list[Problem] = []
        self.lines: dict[Path, int] = {}
        self.nodes = 0

    def document(self) -> Source:
        event = self._next()
        while isinstance(event, yaml.StreamStartEvent | yaml.DocumentStartEvent):
            event = self._next()
        if isinstance(event, yaml.StreamEndEvent):
            raise refusal([Problem(None, "", "文件是空的")])
        data = self._value(event, ())
        self._next()  # the document's end
        after = self._next()
        if not isinstance(after, yaml.StreamEndEvent):
            self._refuse(after, (), "一个文件只写一项督导事项（不用 --- 分隔）")
        return Source(data, self.lines)

    def _next(self) -> yaml.Event:
        return next(self.events)

    def _refuse(self, event: yaml.Event, path: Path, says: str) -> None:
        self.problems.append(Source(None, self.lines).problem(path, says)._replace(line=_line(event)))

    def _value(self, event: yaml.Event, path: Path) -> Any:
        self.nodes += 1
        if len(path) > _MOST_DEPTH or self.nodes > _MOST_NODES:
            self._refuse(event, path[:3], "层次过深或内容过多")
            raise refusal(self.problems)
        self.lines.setdefault(path, _line(event))
        if isinstance(event, yaml.AliasEvent):
            self._refuse(event, path, "不能用引用（*），请写全")
            return None
        if getattr(event, "anchor", None) is not None:
            self._refuse(event, path, "不能用锚点（&），请写全")
        if getattr(event, "tag", None) is not None:
            self._refuse(event, path, "不能用标签（!）")
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path)
        return _scalar(event)

    def _sequence(self, path: Path) -> list[Any]:
        found: list[Any] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            found.append(self._value(event, (*path, len(found))))
        return found

    def _mapping(self, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            if isinstance(event, yaml.ScalarEvent):
                key = event.value
            else:
                key = "?"
                self._value(event, (*path, key))
                self._refuse(event, path, "项的名称须是一个词")
            inner = (*path, key)
            if key in found:
                self._refuse(event, inner, f"重复写了（前面第{self.lines[inner]}行）")
            self.lines.setdefault(inner, _line(event))
            found[key] = self._value(self._next(), inner)
        return found


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark is not None else 1


def _scalar(event: yaml.Event) -> Any:
    text: str = getattr(event, "value", "")
    if getattr(event, "style", None) is not None:
        return text
    if text in ("", "~", "null"):
        return None
    if text in ("true", "false"):
        return text == "true"
    if number := _NUMBER.fullmatch(text):
        return float(text) if number[2] else int(text)
    return text


_SAID = (
    ("mapping values are not allowed", "冒号的位置不对；文字中有冒号的，请加引号"),
    ("could not find expected ':'", "缺少冒号；冒号须是半角，后面空一格"),
    ("expected <block end>", "缩进不一致"),
    ("unexpected end of stream", "引号或括号没有闭合"),
    ("cannot start any token", "不能以这个字符开头，请加引号"),
    ("special characters are not allowed", "含有不可见的控制字符"),
)


def _syntax(error: yaml.YAMLError, text: str) -> Problem:
    """A syntax error in Chinese; what a full-width colon does to a line is told by name."""
    mark = getattr(error, "problem_mark", None)
    line = mark.line + 1 if mark is not None else None
    words = str(getattr(error, "problem", "") or error)
    says = next((said for phrase, said in _SAID if phrase in words), "格式有误")
    written = text.splitlines()
    for number in (line - 1, line) if line else ():  # the parser sees it a line too late
        one = written[number - 1] if 0 < number <= len(written) else ""
        if "：" in one and ":" not in one.split("：")[0]:
            return Problem(number, "", "冒号须是半角（:），后面空一格")
    return Problem(line, "", says)
