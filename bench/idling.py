"""A pass of time with nothing to do, beside a bare round trip to the database."""

from __future__ import annotations

from datetime import timedelta

from bench.ground import START, Ground
from bench.launching import launch_bare
from bench.measure import Figure, in_turns
from casework.passing import pass_stage, rounds_due
from flows.district_evaluation import PROCESS

ROUNDS = 20
PASSES = 50


def idle(ground: Ground, times: int = 5) -> Figure:
    """Ask which rounds are due and claim in one stage, over all open items of many rounds; nothing is due."""
    ground.empty()
    each = 100_000 // ROUNDS
    for n in range(ROUNDS):
        launch_bare(ground, each, PROCESS, title=f"轮次{n}", due_at=START + timedelta(days=1 + n), notices=False)
    ground.settle()
    ground.bare.autocommit = True

    def ours() -> None:
        for _ in range(PASSES):
            with ground.unit() as session:
                if rounds_due(session, START) or pass_stage(session, START, 1, PROCESS.first).looked_at:
                    raise AssertionError("something was due")

    def floor() -> None:
        for _ in range(PASSES):
            ground.bare.execute("SELECT 1").fetchone()

    ours()
    floor()
    taken = in_turns(ours, floor, times)
    ground.bare.autocommit = False
    return Figure(
        "idle", "10万件在办、无事到期：一次巡查的毫秒数（对照一次 SELECT 1）", PASSES, *taken, per_second=False
    )
