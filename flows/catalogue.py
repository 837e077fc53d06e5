"""Every supervision process there is: its definition and the flow by which time passes over its rounds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from flows.accountability import PROCESS as ACCOUNTABILITY
from flows.accountability import follow_accountability
from flows.commitment import PROCESS as COMMITMENT
from flows.commitment import follow_commitments
from flows.district_evaluation import PROCESS as DISTRICT_EVALUATION
from flows.district_evaluation import evaluate_districts
from flows.support import PROCESS as SUPPORT
from flows.support import follow_support
from process.definition import Process

PROCESSES: dict[str, tuple[Process, Callable[..., Awaitable[Any]]]] = {
    DISTRICT_EVALUATION.name: (DISTRICT_EVALUATION, evaluate_districts),
    COMMITMENT.name: (COMMITMENT, follow_commitments),
    ACCOUNTABILITY.name: (ACCOUNTABILITY, follow_accountability),
    SUPPORT.name: (SUPPORT, follow_support),
}


def definitions() -> list[Process]:
    """All definitions, to be published."""
    return [process for process, _ in PROCESSES.values()]
