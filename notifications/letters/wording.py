"""What the texts of letters are told with: days, numbering, and lists of rows as sentences or tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import count
from typing import Any

from notifications.letters.typeset import width
from process.calendar import SHANGHAI
from process.errors import LetterIncomplete
from process.vocabulary import FindingLevel, TeamRole

LINE_END = "\u2028"
"""Ends a line within one value, so that the lines of a text stay the template's own."""

_WEEKDAYS = "一二三四五六日"
_NUMERALS = "零一二三四五六七八九十"
_ENDS = "。！？"
_CLOSING = "”’」』）"
_ALWAYS_SHOWN = ("number", "description")
_SHORT_FIGURE = 7
_LOOSE_ENDS = "。；，、！？;,. "


def day(value: date | str) -> str:
    """``2022年2月19日``: Arabic numerals without padding, as the standard writes days."""
    on = value if isinstance(value, date) else date.fromisoformat(value[:10])
    return f"{on.year}年{on.month}月{on.day}日"


def moment(value: str) -> str:
    """``2022年6月10日（星期五）15:00`` in the office's time zone; the hour only where the value has one."""
    at = datetime.fromisoformat(value)
    local = at.astimezone(SHANGHAI) if at.tzinfo else at
    hour = f"{local:%H:%M}" if len(value) > len("2022-06-10") else ""
    return f"{day(local)}（星期{_WEEKDAYS[local.weekday()]}）{hour}"


Points = str | Sequence[str | Mapping[str, Any]]
"""What may be said in one text or in several points, each a text or a row with a ``text``."""


def sentence(value: Points) -> str:
    """Text that ends like a sentence, so that another may follow it; several points as numbered lines."""
    text = numbered(value)
    ended = text.rstrip(_CLOSING).endswith(tuple(_ENDS))
    return text if ended else f"{text.rstrip(_LOOSE_ENDS)}。"


def phrase(value: Points) -> str:
    """Text without its end mark, so that the sentence may go on; several points one after the other."""
    return "；".join(point.rstrip(_LOOSE_ENDS) for point in _points(value))


def you(subject: str) -> str:
    """How a superior addresses the district, school or unit."""
    name = subject.strip("）")
    if name.endswith("学院"):
        return "你校"
    return {"区": "你区", "县": "你县", "校": "你校", "学": "你校", "园": "你园"}.get(name[-1:], "你单位")


def level(value: str) -> str:
    """Whose problem a finding is, in words."""
    return _title(FindingLevel, value)


def people(value: str | Sequence[Mapping[str, Any]]) -> str:
    """A team in one line, by role in the order given; plain text stays as it is."""
    if isinstance(value, str):
        return value
    roles: dict[str, list[str]] = {}
    for person in value:
        name = _of(person, "name", "姓名")
        post = f"（{person['post']}）" if "post" in person else ""
        roles.setdefault(_title(TeamRole, person.get("role", "")), []).append(f"{name}{post}")
    return "；".join(f"{role}：{'、'.join(names)}" if role else "、".join(names) for role, names in roles.items())


def numbered(value: Points) -> str:
    """Several points as numbered lines; a single text stays as it is."""
    if isinstance(value, str):
        return value
    return LINE_END.join(f"{number}.{sentence(point)}" for number, point in enumerate(_points(value), 1))


def commitments(rows: Iterable[Mapping[str, Any]]) -> str:
    """What was promised, and by when, as numbered lines."""
    return LINE_END.join(f"{number}.{_commitment(row)}" for number, row in enumerate(rows, 1))


def findings_list(rows: Iterable[Mapping[str, Any]]) -> str:
    """The problems as numbered lines."""
    return LINE_END.join(_finding(row) for row in rows)


def findings_table(rows: Sequence[Mapping[str, Any]], *keys: str) -> str:
    """The problems as a table; a further column that no row fills is left out."""
    shown = [key for key in keys if key in _ALWAYS_SHOWN or any(key in row for row in rows)]
    head = _row(_FINDING_COLUMNS[key][0] for key in shown)
    taken = sum(len(_FINDING_COLUMNS[key][1].strip(":")) for key in shown)
    columns = _row(_FINDING_COLUMNS[key][1] or "-" * (_WIDTH - taken) for key in shown)
    return "\n".join([head, columns, *(_row(_cell(row, key) for key in shown) for row in rows)])


def figures_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Figures as a form, two to a row where both are short."""
    pairs = [(_of(row, "label", "数据名称"), str(_of(row, "value", "数据"))) for row in rows]
    lines = []
    while pairs:
        beside = len(pairs) > 1 and all(width(value) <= _SHORT_FIGURE for _, value in pairs[:2])
        row, pairs = pairs[: 1 + beside], pairs[1 + beside :]
        lines.append(_row(cell for pair in row for cell in pair))
    return "\n".join(["|======|:------:|======|:------:|", *lines])


def results_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Who received which result: what was judged (an entry, a title), whose it is, and how it ended."""
    titled = any("title" in row for row in rows)
    head = ("序号", *(("名称",) if titled else ()), "单位", "结果")
    columns = (f":{'-' * 13}:", *(("-" * 60,) if titled else ()), "-" * (53 if titled else 113), f":{'-' * 30}:")
    lines = [_row(head), _row(columns)]
    for number, row in enumerate(rows, 1):
        title = (str(row.get("title", "—")),) if titled else ()
        lines.append(_row((str(number), *title, str(_of(row, "unit", "单位")), str(_of(row, "result", "结果")))))
    return "\n".join(lines)


def lines(number: int) -> str:
    """Room for writing by hand: so many empty lines in a cell."""
    return LINE_END * (number - 1)


class Sections:
    """Numbers the sections of one letter as 一、二、三、…, whichever of them it has."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def __call__(self, title: str) -> str:
        return f"{_NUMERALS[next(self._numbers)]}、{title}"


_FINDING_COLUMNS = {
    "number": ("序号", f":{'-' * 12}:"),
    "level": ("问题层级", f":{'-' * 12}:"),
    "school": ("涉及学校", "-" * 26),
    "description": ("存在问题", ""),
    "requirement": ("整改要求", "-" * 38),
    "due_on": ("整改时限", f":{'-' * 25}:"),
    "measure": ("整改措施", "-" * 32),
    "result": ("核查情况", "-" * 32),
}
"""Head of a column, and its description as :mod:`notifications.letters.text` reads it: its millimetres in dashes. One
column takes what the others leave of the width."""
_WIDTH = 156


def _points(value: Points) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [point if isinstance(point, str) else str(_of(point, "text", "内容")) for point in value]


def _row(cells: Iterable[str]) -> str:
    return f"|{'|'.join(cells)}|"


def _cell(row: Mapping[str, Any], key: str) -> str:
    match key:
        case "number" | "description":
            return str(_of(row, key, _FINDING_COLUMNS[key][0]))
        case "level" if key in row:
            return level(row[key])
        case "due_on" if key in row:
            return day(row[key]).replace("年", f"年{LINE_END}")
    return str(row.get(key, "—"))


def _finding(row: Mapping[str, Any]) -> str:
    about = row.get("school") or (level(row["level"]) if "level" in row else "")
    said = f"（{about}）" if about else ""
    return f"{_of(row, 'number', '序号')}.{said}{sentence(_of(row, 'description', '存在问题'))}"


def _commitment(row: Mapping[str, Any]) -> str:
    by = f"（{day(row['due_on'])}前完成）" if "due_on" in row else ""
    return sentence(f"{phrase(_of(row, 'text', '承诺事项'))}{by}")


def _of(row: Mapping[str, Any], key: str, title: str) -> Any:
    """What every row must have. Raises :class:`LetterIncomplete`."""
    if key not in row:
        raise LetterIncomplete(f"有一行没有写明{title}", field=key)
    return row[key]


def _title(words: type[FindingLevel] | type[TeamRole], value: str) -> str:
    return words(value).title_zh if value in set(words) else value
