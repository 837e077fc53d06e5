"""What the published schema has against a form, in Chinese."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from process.form.schema import form_schema
from process.form.short import PERIOD_HINT, PERIOD_PATTERN
from process.form.source import Path, Problem, Source

_TYPES = {
    "string": "文字",
    "integer": "整数",
    "number": "数字",
    "boolean": "true 或 false",
    "array": "列表（每项前加「- 」）",
    "object": "若干项（名称: 内容）",
    "null": "空",
}
_BOUNDS = {
    "minimum": "不能小于{}",
    "maximum": "不能大于{}",
    "minLength": "不能为空",
    "maxLength": "至多{}个字",
    "minItems": "至少{}项",
    "maxItems": "至多{}项",
}


@lru_cache(maxsize=1)
def _validator() -> Draft202012Validator:
    return Draft202012Validator(form_schema())


def shape_problems(source: Source) -> Iterator[Problem]:
    """Every violation of the schema, each at its place."""
    for error in _validator().iter_errors(source.data):
        yield from _shape(error, source)


def _shape(error: ValidationError, source: Source) -> Iterator[Problem]:
    path: Path = tuple(error.absolute_path)
    value: Any = error.validator_value
    instance: Any = error.instance
    schema: Any = error.schema
    match error.validator:
        case "anyOf":
            yield from _either(error, path, source)
        case "additionalProperties":
            for name in instance:
                if name not in schema["properties"]:
                    yield source.problem((*path, name), _unknown(name, schema["properties"]))
        case "required":
            # One error for each that is missing: its name is in the message only.
            missing = next(name for name in value if error.message.startswith(f"'{name}'"))
            yield source.problem((*path, missing), "必须填写")
        case "type":
            hint = "；文字形如数字的请加引号" if value == "string" and isinstance(instance, int | float) else ""
            yield source.problem(path, f"须是{_type(value)}{hint}")
        case "enum":
            words = "、".join(word for word in value if not word.isascii())
            yield source.problem(path, f"没有「{instance}」；可写：{words}")
        case "pattern":
            yield source.problem(path, f"「{instance}」{_pattern(value)}")
        case _:
            words = _BOUNDS.get(str(error.validator), "写法不对")
            yield source.problem(path, schema.get("x-says") or words.format(value))


def _either(error: ValidationError, path: Path, source: Source) -> Iterator[Problem]:
    """Where a thing may be written in several ways, what is wrong with the way that was taken."""
    tried = error.context or []
    taken = [one for one in tried if one.validator != "type" or one.path]
    if len({one.schema_path[0] for one in taken}) == 1:
        for one in taken:
            yield from _shape(one, source)
        return
    wanted = [_type(one.validator_value) for one in tried if one.validator == "type" and one.validator_value != "null"]
    yield source.problem(path, f"须是{'或'.join(dict.fromkeys(wanted))}" if wanted else "写法不对")


def _type(wanted: Any) -> str:
    return "或".join(_TYPES[kind] for kind in ([wanted] if isinstance(wanted, str) else wanted))


def _pattern(pattern: Any) -> str:
    if pattern == PERIOD_PATTERN:
        return f"不是期限；{PERIOD_HINT}"
    joint = "连字符" if "-]" in pattern else "下划线"
    return f"须以小写英文字母开头，只用小写字母、数字和{joint}"


def _unknown(name: str, known: Iterable[str]) -> str:
    return f"没有「{name}」这一项；可写的有：{'、'.join(known)}"
