"""How wide text is, and where the lines of a title end."""

from __future__ import annotations

import re
from itertools import combinations, pairwise

_WORDS = re.compile(
    r"[A-Za-z0-9.%]+年?|（[^（）]{1,8}）|《[^《》]{1,18}》|“[^“”]{1,18}”|义务教育|学前教育|职业教育|高等教育|"
    "人民政府|自治县|管委会|教育|督导|政府|区县|履行|职责|评价|评估|监测|检查|督查|优质|均衡|普及|普惠|发展|"
    "质量|工作|情况|问题|整改|落实|专项|综合|任期|结束|学校|校长|园长|高校|教师|学生|办学|毕业|论文|抽检|"
    "审核|合格|本科|培训|规范|安全|课后|服务|作业|阶段|年度|环节|报告|材料|方案|通知|意见|申请|结果"
)
"""Words of which titles are made, and what else is never torn: figures, and short text between brackets."""
_NEVER_FIRST, _NEVER_LAST = "）》”、，：的", "（《“"


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
    """A piece too long for one line is cut near its middle, between words."""
    if width(piece) <= limit:
        return [piece]
    cut = min(_ends(piece), key=lambda end: (abs(2 * end - len(piece)), end))
    return [*_halves(piece[:cut], limit), *_halves(piece[cut:], limit)]


def _ends(piece: str) -> set[int]:
    """Where a line may end: beside a known word; else wherever none is torn; else anywhere."""
    words = [found.span() for found in _WORDS.finditer(piece)]
    anywhere = set(range(1, len(piece)))
    whole = {end for end in anywhere if piece[end] not in _NEVER_FIRST and piece[end - 1] not in _NEVER_LAST}
    whole -= {end for start, stop in words for end in range(start + 1, stop)}
    return whole & {edge for span in words for edge in span} or whole or anywhere
