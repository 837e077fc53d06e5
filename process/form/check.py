"""Reading a form: its shape by the published schema, its sense by the model, and what an installed process needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import ValidationError

from process.definition import Condition, Fault, Process, Requirement, Stage, Unsound
from process.form.captions import title_of
from process.form.shape import shape_problems
from process.form.short import expanded
from process.form.source import Problem, Source, read, refusal
from process.vocabulary import Role


def process_of(form: bytes | str | dict[str, Any]) -> Process:
    """The process that a form describes: its text, or its data. Raises :class:`InvalidDefinition` with all problems."""
    source = Source(form) if isinstance(form, dict) else read(form)
    return _process(source)


def installable(form: bytes | str | dict[str, Any]) -> Process:
    """The process of a form that may be installed: sound, launched by rounds, and of deeds that the pages can do.

    Raises :class:`InvalidDefinition` with all problems.
    """
    source = Source(form) if isinstance(form, dict) else read(form)
    process = _process(source)
    faults = _unfit(process)
    if faults:
        raise refusal([source.problem(*fault) for fault in faults])
    return process


def _process(source: Source) -> Process:
    misshapen = list(shape_problems(source))
    if misshapen:
        raise refusal(misshapen)
    try:
        return Process.model_validate(expanded(source))
    except ValidationError as error:
        raise refusal(list(_sense(error, source))) from error


# its sense


def _sense(error: ValidationError, source: Source) -> Iterator[Problem]:
    for one in error.errors():
        unsound = one.get("ctx", {}).get("error")
        if isinstance(unsound, Unsound):
            for where, says in unsound.faults:
                yield source.problem(where, says)
        elif one["type"] == "value_error":
            yield source.problem(tuple(one["loc"]), one["msg"].removeprefix("Value error, "))
        else:  # the shape was right, so this is what only the full structure refuses
            yield source.problem(
                tuple(one["loc"]), "这一项不能写在这里" if one["type"] == "extra_forbidden" else "写法不对"
            )


# what an installed process needs besides: what the pages do, they do at stages of certain names

_DONE_AT: dict[Requirement, str] = {
    Requirement.FINDINGS_PLANNED: "rectification_plan",
    Requirement.FINDINGS_CLAIMED: "rectification",
    Requirement.FINDINGS_VERIFIED: "verification",
    Requirement.FINDING_REJECTED: "verification",
    Requirement.FINDINGS_JUDGED_AGAIN: "look_back",
    Requirement.FINDING_RELAPSED: "look_back",
    Requirement.TEAM_COMPOSED: "team",
}
_INDICATED = (Requirement.INDICATORS_MET, Requirement.INDICATORS_COMPLETE)


def _unfit(process: Process) -> list[Fault]:
    faults: list[Fault] = []
    keys = {stage.key for stage in process.stages}
    if process.launch_letter is None:
        faults.append(Fault(("launch_letter",), "须写明启动时签发的文书：督导通知，或工作通知"))
    for n, stage in enumerate(process.stages):
        faults += [Fault(("stages", n, *where), says) for where, says in _unfit_stage(process, stage, keys)]
    if _SAMPLES & _conditions(process) and not any(_SAMPLES & dict(stage.gate).keys() for stage in process.stages):
        faults.append(Fault((), "分「抽中、未抽中」的，须有一个环节以 gate 等待抽取"))
    if _FINDINGS & _conditions(process) and not keys & process.recording:
        faults.append(Fault((), "分「有问题、无问题」的，须有可登记问题的环节（records_findings: true）"))
    return faults


_SAMPLES = {Condition.SAMPLED, Condition.NOT_SAMPLED}
_FINDINGS = {Condition.HAS_FINDINGS, Condition.NO_FINDINGS}


def _conditions(process: Process) -> set[Condition]:
    routes = (r.when for s in process.stages for outcome in s.outcomes for r in outcome.routes)
    return {when for when in routes if when is not None}


def _unfit_stage(process: Process, stage: Stage, keys: set[str]) -> Iterator[Fault]:
    if stage.owner is Role.ADMINISTRATOR:
        yield Fault(("owner",), "管理员不办理任务")
    before = [s for s in process.stages if any(r.to == stage.key for outcome in s.outcomes for r in outcome.routes)]
    for n, outcome in enumerate(stage.outcomes):
        where = ("outcomes", n)
        if outcome.key == "accepted" and not all(s.owner is Role.DISTRICT and s.deliverables for s in before):
            yield Fault((*where, "key"), "accepted 用于审查报送的材料：前一环节须由督导对象办理，并有须报送的材料")
        if outcome.key == "returned" and stage.outcome("accepted") is None and _hands_back(process, outcome.routes):
            yield Fault((*where, "key"), "有 returned（退回）的审查环节须也有 accepted（通过）")
        if outcome.letter is not None and stage.owner is Role.DISTRICT:
            yield Fault((*where, "letter"), f"文书由督导室签发，不能由督导对象发出{outcome.letter.title_zh}")
        for need in outcome.requires:
            if need in _DONE_AT and _DONE_AT[need] not in keys:
                yield Fault((*where, "requires"), f"「{title_of(need)}」须有标识为 {_DONE_AT[need]} 的环节")
            if need in _INDICATED and not process.indicators:
                yield Fault((*where, "requires"), f"「{title_of(need)}」须写明 indicators（监测指标体系）")


def _hands_back(process: Process, routes: Iterable[Any]) -> bool:
    return any(route.again and process.stage(route.to).deliverables for route in routes)
