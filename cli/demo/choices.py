"""Which outcome people choose at a stage, where it is not simply the first."""

from __future__ import annotations

import random

DECLARING = 2
"""Districts that declare themselves for a national recognition, in each of the two programmes."""

_WEIGHTS: dict[tuple[str, str], dict[str, float]] = {
    ("double-reduction", "ranking"): {
        "on_track": 0.965, "slow": 0.012, "typical": 0.006, "hardship": 0.008, "neglect": 0.006, "harm": 0.003,
    },
    ("responsibility-areas", "compliance"): {"compliant": 0.85, "short": 0.15},
    ("principal-term", "evaluation_report"): {"good": 0.6, "excellent": 0.3, "qualified": 0.1},
}  # fmt: skip
"""By process and stage: outcomes with their shares, on the first visit; the first of them after that."""


def choose(process: str, stage: str, visit: int, mood: random.Random, *, declares: bool) -> str:
    """The key of the outcome; empty for the first one of the definition."""
    if stage == "declaration":
        return "declared" if declares else "not_this_year"
    shares = _WEIGHTS.get((process, stage))
    if shares is None:
        return ""
    return next(iter(shares)) if visit > 1 else mood.choices(list(shares), list(shares.values()))[0]
