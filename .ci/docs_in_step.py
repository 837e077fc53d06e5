"""Checks that the documents made from the definitions still say what the definitions say."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from cli.items import items_table
from process.form.schema import schema_text

ROOT = Path(__file__).parent.parent

MADE: dict[str, Callable[[], str]] = {"docs/items.md": items_table, "docs/process.schema.json": schema_text}


def main() -> None:
    """Exit with the list of what is out of step; with ``--write``, put it in step."""
    for name, make in MADE.items():
        if "--write" in sys.argv:
            (ROOT / name).write_text(make(), encoding="utf-8")
    stale = [name for name, make in MADE.items() if (ROOT / name).read_text(encoding="utf-8") != make()]
    if stale:
        sys.exit(f"out of step with the definitions: {', '.join(stale)}\nRun: make docs")
    print(f"documents in step: {', '.join(MADE)}")  # noqa: T201


if __name__ == "__main__":
    main()
