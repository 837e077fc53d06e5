"""Every supervision process there is: its definition and the flow by which time passes over its rounds.

A module gives one definition (``PROCESS``) or several (``PROCESSES``) and one flow, and is one line here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from flows import (
    accountability,
    assignment,
    balanced_education,
    commitment,
    compulsory_monitoring,
    district_evaluation,
    double_reduction,
    higher_education,
    informatisation,
    inspectorate,
    leadership_meetings,
    moral_education,
    national_evaluation,
    preschool_inclusion,
    preschool_monitoring,
    principal_terms,
    quality_evaluation,
    reform_ledger,
    research_awards,
    responsibility_areas,
    senior_monitoring,
    support,
    term_opening,
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
    (balanced_education.PROCESSES, balanced_education.evaluate_balance),
    (preschool_inclusion.PROCESSES, preschool_inclusion.evaluate_inclusion),
    (moral_education.PROCESSES, moral_education.supervise_schools),
    ((double_reduction.PROCESS,), double_reduction.follow_double_reduction),
    ((visits.PROCESS,), visits.follow_visits),
    (principal_terms.PROCESSES, principal_terms.follow_principal_terms),
    (quality_evaluation.PROCESSES, quality_evaluation.evaluate_quality),
    (term_opening.PROCESSES, term_opening.supervise_term_opening),
    ((responsibility_areas.PROCESS,), responsibility_areas.check_responsibility_areas),
    (preschool_monitoring.PROCESSES, preschool_monitoring.monitor_preschools),
    (compulsory_monitoring.PROCESSES, compulsory_monitoring.monitor_compulsory_education),
    ((senior_monitoring.PROCESS,), senior_monitoring.pilot_senior_monitoring),
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
