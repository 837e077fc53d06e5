"""The twenty items of the priorities (渝府教督发〔2022〕2号), word by word, to hold the definitions against."""

from __future__ import annotations

import re
from pathlib import Path

_TEXT = (Path(__file__).parent / "priorities_2022.txt").read_text(encoding="utf-8")

ITEMS: dict[int, str] = {
    int(number): words for number, words in re.findall(r"^(\d+)\.(.*)$", _TEXT, flags=re.MULTILINE)
}
"""Number to text, its title first."""


def title(item: int) -> str:
    """What stands before the first full stop."""
    return ITEMS[item].split("。")[0]
