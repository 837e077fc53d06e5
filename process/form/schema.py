"""The published JSON Schema of a form: made from the model, with Chinese words and the short forms.

``x-says`` is what a rule that JSON Schema can only check is called in words.
"""

from __future__ import annotations

import json
from copy import deepcopy
from enum import Enum
from functools import lru_cache
from typing import Any

from pydantic import BaseModel

from process import definition as d
from process.form.captions import CAPTIONS, title_of
from process.form.short import LADDERS, PERIOD_HINT, PERIOD_PATTERN

Schema = dict[str, Any]

KEY = "^[a-z][a-z0-9_]*$"
NAME = "^[a-z][a-z0-9-]{1,59}$"
_KEYED = (d.Stage, d.Outcome, d.Ladder, d.Rung)
_WAYS = ("to", "closes_as", "routes")
_DIRECTIONS = "须写明去向：to（去哪个环节）、closes_as（办结）或 routes（依条件分几路），三者取一"


@lru_cache(maxsize=1)
def _made() -> Schema:
    made = d.Process.model_json_schema()
    definitions: dict[str, Schema] = made.pop("$defs")
    for model in CAPTIONS:
        _explain(made if model is d.Process else definitions[model.__name__], model)
    for kind in _enums(d.Process):
        definitions[kind.__name__] = _words(kind)
    _loosen(made, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "督导事项",
        "description": "一项督导事项的定义（YAML 或 JSON）。写法见 docs/processes.md",
        **{name: value for name, value in made.items() if name not in ("title", "description")},
        "$defs": dict(sorted(definitions.items())),
    }


def form_schema() -> Schema:
    """The schema, as a document of its own."""
    return deepcopy(_made())


def schema_text() -> str:
    """The schema as the file that is published."""
    return json.dumps(_made(), ensure_ascii=False, indent=2) + "\n"


def _explain(schema: Schema, model: type[BaseModel]) -> None:
    """Chinese words in the place of the code's own; empty and over-long texts refused."""
    schema.pop("description", None)
    schema.pop("title", None)
    for name, field in schema["properties"].items():
        field.pop("title", None)
        field["description"] = CAPTIONS[model].get(name, "")
        if field.get("type") == "string":
            field["maxLength"] = 2000
            if name in schema.get("required", ()):
                field["minLength"] = 1
    if model in _KEYED:
        schema["properties"]["key"]["pattern"] = KEY


def _words(kind: type[Enum]) -> Schema:
    """The words of one kind, by title and by value."""
    both = [word for member in kind for word in (title_of(member), str(member.value))]
    return {"type": "string", "enum": list(dict.fromkeys(both))}


def _loosen(made: Schema, definitions: dict[str, Schema]) -> None:
    """What the short forms leave out or write as one phrase."""
    made["properties"]["name"]["pattern"] = NAME
    made["required"].remove("first")
    made["properties"]["stages"]["maxItems"] = 100
    stage = definitions["Stage"]
    stage["required"].remove("ladder")
    stage["properties"]["ladder"]["examples"] = list(LADDERS)
    outcome, route = definitions["Outcome"], definitions["Route"]
    outcome["properties"] |= {name: deepcopy(route["properties"][name]) for name in ("to", "closes_as", "again")}
    outcome["required"].remove("routes")
    outcome["oneOf"] = [{"required": [way]} for way in _WAYS]
    outcome["x-says"] = _DIRECTIONS
    for name, phrase in (
        ("Period", {"type": "string", "pattern": PERIOD_PATTERN, "description": PERIOD_HINT}),
        ("Deliverable", {"type": "string", "minLength": 1, "maxLength": 200, "description": "材料的名称"}),
    ):
        definitions[name] = {"anyOf": [phrase, definitions[name]]}


def _enums(model: type[BaseModel]) -> list[type[Enum]]:
    """Every kind of word that a model or its parts use."""
    found: dict[type[Enum], None] = {}
    waiting: list[Any] = [model]
    seen: set[Any] = set()
    while waiting:
        kind = waiting.pop()
        if isinstance(kind, type) and issubclass(kind, Enum):
            found[kind] = None
        elif isinstance(kind, type) and issubclass(kind, BaseModel):
            if kind not in seen:
                seen.add(kind)
                waiting += [field.annotation for field in kind.model_fields.values()]
        else:
            waiting += getattr(kind, "__args__", ())
    return list(found)
