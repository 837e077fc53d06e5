"""Timing two ways of doing the same in turns, so that whatever else the machine does falls on both."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One measured figure beside its floor: the same rows by bare statements, or the bare round trip."""

    key: str
    meaning: str
    count: int
    """How many things one repetition does."""
    ours: tuple[float, ...]
    """Seconds of each repetition."""
    floor: tuple[float, ...]
    per_second: bool = True
    """Whether it reads as things per second; otherwise as milliseconds per thing."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """What else was counted."""

    @property
    def ratio(self) -> float:
        """How many times as long as the floor."""
        return median(self.ours) / median(self.floor)

    def value(self, seconds: float) -> float:
        """Seconds of a repetition in the figure's unit."""
        return self.count / seconds if self.per_second else seconds / self.count * 1000

    def report(self) -> dict[str, Any]:
        """The figure for machines."""
        return {
            "key": self.key,
            "meaning": self.meaning,
            "unit": "per second" if self.per_second else "ms",
            "ours": round(self.value(median(self.ours)), 3),
            "floor": round(self.value(median(self.floor)), 3),
            "ratio": round(self.ratio, 2),
            "ours_spread": [round(self.value(edge), 3) for edge in (max(self.ours), min(self.ours))],
            "floor_spread": [round(self.value(edge), 3) for edge in (max(self.floor), min(self.floor))],
            "repetitions": len(self.ours),
            "count": self.count,
            **({"counts": dict(self.counts)} if self.counts else {}),
        }


def in_turns(
    ours: Callable[[], Any],
    floor: Callable[[], Any],
    times: int,
    *,
    before: Callable[[], Any] = lambda: None,
    left: Callable[[], Any] = lambda: None,
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Run both ``times`` times in turns, who goes first changing each time; what is ``left`` must always be the same.

    ``before`` and ``left`` are not timed.
    """
    seconds: dict[Callable[[], Any], list[float]] = {ours: [], floor: []}
    results = []
    for turn in range(times):
        for run in (ours, floor) if turn % 2 == 0 else (floor, ours):
            before()
            began = time.perf_counter()
            run()
            seconds[run].append(time.perf_counter() - began)
            results.append(left())
    if any(result != results[0] for result in results):
        raise AssertionError(f"the floor does not do the same: {results[:2]}")
    return tuple(seconds[ours]), tuple(seconds[floor])
