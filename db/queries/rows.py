"""What the answers of all queries share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import RowMapping

from process.vocabulary import Titled

MOST = 200
"""No list is longer than this at once."""


class Row(BaseModel):
    """A line of an answer. A field ``x_title`` is filled with the Chinese title of the word in ``x``."""

    model_config = ConfigDict(frozen=True)

    @model_validator(mode="after")
    def _titled(self) -> Self:
        for name in type(self).model_fields:
            word = getattr(self, name.removesuffix("_title"), None) if name.endswith("_title") else None
            if isinstance(word, Titled) and not getattr(self, name):
                self.__dict__[name] = word.title_zh
        return self


R = TypeVar("R", bound=Row)


class Page(BaseModel, Generic[R]):
    """A part of a list."""

    items: list[R] = Field(description="本页各项")
    total: int = Field(description="总数")
    limit: int = Field(description="每页至多")
    offset: int = Field(description="自第几项起（从0数）")


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a list is wanted."""

    limit: int = 50
    offset: int = 0

    @property
    def parameters(self) -> dict[str, int]:
        """For a statement that ends in ``LIMIT :limit OFFSET :offset``."""
        return {"limit": min(max(self.limit, 1), MOST), "offset": max(self.offset, 0)}


def page_of(kind: type[R], rows: Sequence[RowMapping], window: Window) -> Page[R]:
    """A page from rows that carry ``count(*) OVER () AS total``."""
    items = [kind(**_without_total(row)) for row in rows]
    total = int(rows[0]["total"]) if rows else 0
    return Page[R](items=items, total=total, **window.parameters)


def _without_total(row: RowMapping) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "total"}
