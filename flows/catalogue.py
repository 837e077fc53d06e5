"""Every supervision process there is: its definition and the flow by which time passes over its rounds.

A module gives one definition (``PROCESS``) or several (``PROCESSES``) and one flow, and is one line here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from flows import accountability, commitment, district_evaluation, support, visits
from flows.installed import follow_installed
from process.definition import Process

ProcessFlow = Callable[..., Awaitable[Any]]

_MODULES: tuple[tuple[tuple[Process, ...], ProcessFlow], ...] = (
    # By item of the priorities; then what none of them asks by itself.
    ((district_evaluation.PROCESS,), district_evaluation.evaluate_districts),
    ((visits.PROCESS,), visits.follow_visits),
    ((commitment.PROCESS,), commitment.follow_commitments),
    ((accountability.PROCESS,), accountability.follow_accountability),
    ((support.PROCESS,), support.follow_support),
)

PROCESSES: dict[str, tuple[Process, ProcessFlow]] = {
    process.name: (process, flow) for processes, flow in _MODULES for process in processes
}


def definitions() -> list[Process]:
    """All definitions, to be published."""
    return [process for process, _ in PROCESSES.values()]


def flow_of(name: str) -> ProcessFlow:
    """The flow by which time passes over the rounds of a process: its own, or the one of all that were installed."""
    return PROCESSES[name][1] if name in PROCESSES else follow_installed
