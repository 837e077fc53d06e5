"""Forms: read, tried in one unit of work, and shown again with what was typed when they fail."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Annotated, TypeVar, get_args

from fastapi import Depends, Request, Response
from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData, UploadFile

from api.bodies import Body
from api.context import Desk, engine_of, open_desk
from api.problems import invalid
from api.security import same_origin
from db.session import unit_of_work
from process.calendar import SHANGHAI
from process.errors import DudaoError, InvalidInput, NotSignedIn

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as it was filled in. Empty fields count as not given."""

    values: dict[str, str] = field(default_factory=dict)
    several: dict[str, list[str]] = field(default_factory=dict)
    file: UploadFile | None = None

    def get(self, name: str, default: str = "") -> str:
        """What was typed in a field."""
        return self.values.get(name, default)

    def given(self, *names: str) -> dict[str, str]:
        """The named fields that were filled in."""
        return {name: self.values[name] for name in names if self.values.get(name, "").strip()}

    def number(self, name: str) -> int:
        """A hidden number. Raises :class:`InvalidInput` where a form was tampered with."""
        value = self.get(name)
        if not value.isascii() or not value.isdigit():
            raise InvalidInput("须是整数", field=name)
        return int(value)

    def rows(self, prefix: str) -> Iterator[tuple[int, str]]:
        """The filled fields ``prefix_<id>``: id and text."""
        for name, value in self.values.items():
            head, _, tail = name.rpartition("_")
            if head == prefix and tail.isdigit() and value.strip():
                yield int(tail), value.strip()

    def moment(self, name: str) -> datetime:
        """A ``datetime-local`` field, in the office's time zone."""
        try:
            return datetime.fromisoformat(self.get(name)).replace(tzinfo=SHANGHAI)
        except ValueError as error:
            raise InvalidInput("须填写日期和时间", field=name) from error


@dataclass(frozen=True, slots=True)
class Failed:
    """A form that failed: which, why, and what was typed."""

    form: str
    error: DudaoError
    typed: Filled


async def _read(request: Request) -> AsyncIterator[Filled]:
    form: FormData = await request.form()
    values = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    several = {name: [v for v in form.getlist(name) if isinstance(v, str)] for name in values}
    file = next((value for _, value in form.multi_items() if isinstance(value, UploadFile)), None)
    try:
        yield Filled(values, several, file)
    finally:
        await form.close()


Form = Annotated[Filled, Depends(_read)]


def attempt(
    request: Request,
    name: str,
    form: Filled,
    work: Callable[[Desk], T],
    then: Callable[[T], Response],
    show: Callable[[Failed], Response],
) -> Response:
    """Do the work and go on; where a rule forbids it nothing is written and the page is shown again."""
    same_origin(request)
    try:
        with unit_of_work(engine_of(request)) as session:
            result = work(open_desk(request, session))
    except NotSignedIn:
        raise
    except ValidationError as error:
        failure: DudaoError = invalid(error.errors(), partial(_label, error.title))
    except DudaoError as error:
        failure = error
    else:
        return then(result)
    return show(Failed(name, failure, form))


def _label(body: str, where: Sequence[str | int]) -> str:
    """How people call a field: by its description, without what is said there besides."""
    model = next((kind for kind in _bodies(Body) if kind.__name__ == body), None)
    said = ""
    for part in where:
        if isinstance(part, int):
            said += f"第{part + 1}项"
        elif model is None or part not in model.model_fields:
            break
        else:
            wanted = model.model_fields[part]
            said += re.split("[；：，（(]", wanted.description or "")[0]
            model = next(
                (
                    kind
                    for kind in get_args(wanted.annotation)
                    if isinstance(kind, type) and issubclass(kind, BaseModel)
                ),
                None,
            )
    return said


def _bodies(kind: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield kind
    for one in kind.__subclasses__():
        yield from _bodies(one)


def reading(request: Request, read: Callable[[Desk], Response]) -> Response:
    """A page read in a unit of work of its own (after a form failed)."""
    with unit_of_work(engine_of(request)) as session:
        return read(open_desk(request, session))
