"""Every supervision process there is: its definition and the flow by which time passes over its rounds.

A module gives one definition (``PROCESS``) or several (``PROCESSES``) and one flow, and is one line here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from flows import (
    accountability,
    assignment,
    commitment,
    district_evaluation,
    higher_education,
    informatisation,
    inspectorate,
    leadership_meetings,
    national_evaluation,
    reform_ledger,
    research_awards,
    support,
    visits,
    vocational_evaluation,
)
from flows.installed import follow_installed
from process.definition import Process

ProcessFlow = Callable[..., Awaitable[Any]]

_MODULES: tuple[tuple[tuple[Process, ...], ProcessFlow], ...] = (
    # By item of the priorities; then what none of them asks by itself.
    (leadership_meetings.PROCESSES, leadership_meetings.follow_meetings),
    (reform_ledger.PROCESSES, reform_ledger.follow_reform),
    ((national_evaluation.PROCESS,), national_evaluation.follow_national_evaluation),
    ((district_evaluation.PROCESS,), district_evaluation.evaluate_districts),
    ((visits.PROCESS,), visits.follow_visits),
    (vocational_evaluation.PROCESSES, vocational_evaluation.follow_vocational_evaluation),
    (higher_education.PROCESSES, higher_education.follow_higher_education),
    (inspectorate.PROCESSES, inspectorate.follow_inspectorate),
    (informatisation.PROCESSES, informatisation.follow_informatisation),
    (research_awards.PROCESSES, research_awards.follow_awards),
    ((assignment.PROCESS,), assignment.follow_assignments),
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
