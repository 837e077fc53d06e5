"""Drawing people by lot (双随机), so that anybody can draw again from what was written down and find the same."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

METHOD = "候选人按编号排序后以种子洗牌(Python random.Random(seed).sample)，任务少者优先，取前若干名"


def drawn(seed: str, pool: Sequence[int], wanted: int, load: Mapping[int, int] | None = None) -> list[int]:
    """``wanted`` of the pool, by lot, those who have less to do (``load``) first; fewer where the pool is smaller."""
    shuffled = random.Random(seed).sample(sorted(pool), len(pool))  # noqa: S311 - a public lot, no secret
    return sorted(shuffled, key=lambda one: (load or {}).get(one, 0))[:wanted]
