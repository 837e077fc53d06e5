"""The lot: the same seed and pool give the same people, and those with less to do come first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from process.drawing import drawn

POOLS = st.lists(st.integers(1, 500), unique=True, max_size=40)


@given(st.text(), POOLS, st.integers(0, 50))
def test_anybody_draws_the_same_again(seed: str, pool: list[int], wanted: int) -> None:
    first = drawn(seed, pool, wanted)
    assert first == drawn(seed, list(reversed(pool)), wanted)
    assert len(first) == len(set(first)) == min(wanted, len(pool))
    assert set(first) <= set(pool)


@given(st.text(), POOLS, st.integers(0, 50), st.dictionaries(st.integers(1, 500), st.integers(0, 5)))
def test_nobody_is_drawn_while_somebody_has_less_to_do(
    seed: str, pool: list[int], wanted: int, load: dict[int, int]
) -> None:
    chosen = drawn(seed, pool, wanted, load)
    left = [load.get(one, 0) for one in pool if one not in chosen]
    assert max((load.get(one, 0) for one in chosen), default=0) <= min(left, default=99)


def test_another_seed_gives_another_lot() -> None:
    assert {tuple(drawn(str(n), range(1, 30), 3)) for n in range(20)} > {tuple(drawn("0", range(1, 30), 3))}
