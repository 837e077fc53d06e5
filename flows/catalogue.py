"""Every supervision process there is: its definition and the flow by which time passes over its rounds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from flows.district_evaluation import PROCESS as DISTRICT_EVALUATION
from flows.district_evaluation import evaluate_districts
from process.definition import Process

PROCESSES: dict[str, tuple[Process, Callable[..., Awaitable[Any]]]] = {
    DISTRICT_EVALUATION.name: (DISTRICT_EVALUATION, evaluate_districts),
}


def definitions() -> list[Process]:
    """All definitions, to be published."""
    return [process for process, _ in PROCESSES.values()]
