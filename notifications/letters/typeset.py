"""How wide text is, and where the lines of a title end."""

from __future__ import annotations

from itertools import combinations, pairwise


def width(text: str) -> float:
    """The width in characters of the text's own size: a Latin letter or digit is half as wide as a Chinese one, and
    where the two meet a quarter is left between them.
    """
    letters = sum(0.5 if character.isascii() else 1.0 for character in text)
    meetings = sum(left.isascii() != right.isascii() and (left + right).isalnum() for left, right in pairwise(text))
    return letters + meetings / 4


def title_lines(pieces: tuple[str, ...], limit: float) -> list[str]:
    """A title in the fewest lines of at most ``limit`` characters, ending only between pieces, as even as possible."""
    parts = [half for piece in pieces for half in _halves(piece, limit)]
    for breaks in range(len(parts)):
        fitting = [lines for lines in _splits(parts, breaks) if all(width(line) <= limit for line in lines)]
        if fitting:
            return min(fitting, key=lambda lines: sum(width(line) ** 2 for line in lines))
    return parts


def _splits(parts: list[str], breaks: int) -> list[list[str]]:
    ends = ((0, *chosen, len(parts)) for chosen in combinations(range(1, len(parts)), breaks))
    return [["".join(parts[start:end]) for start, end in pairwise(end)] for end in ends]


def _halves(piece: str, limit: float) -> list[str]:
    """A piece too long for one line is cut evenly, so that no single character is left over."""
    if width(piece) <= limit:
        return [piece]
    middle = len(piece) // 2
    return [*_halves(piece[:middle], limit), *_halves(piece[middle:], limit)]
