"""What ``dudao plan`` prints."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from rich.console import Console
from rich.table import Table

from casework.yearplan import PlanRound, YearPlan
from cli.terminal import grid


def as_dict(plan: YearPlan) -> dict[str, Any]:
    """The plan as JSON says it: days in ISO form."""
    found: dict[str, Any] = _plain(asdict(plan))
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value.isoformat() if isinstance(value, date) else value


def show(plan: YearPlan, console: Console) -> None:
    """The plan as tables."""
    console.print(_rounds(plan))
    console.print(_months(plan))
    console.print(_quotas(plan))
    for clash in plan.clashes:
        colour, word = ("red", "") if clash.certain else ("yellow", "可能　")
        console.print(
            f"[{colour}]{clash.kind.title_zh}[/{colour}]　{word}{clash.says}", highlight=False, soft_wrap=True
        )
    if not plan.clashes:
        console.print("没有发现冲突。")
    for remark in plan.remarks:
        console.print(f"[dim]{remark}[/dim]")


def _rounds(plan: YearPlan) -> Table:
    shown = grid("要点", "轮次", "启动", "预计结束", "对象", "实地", "状态", title=f"{plan.year}年督导工作年度计划")
    for process in plan.processes:
        for one in process.rounds:
            shown.add_row(*_round(one))
        if not process.rounds:
            shown.add_row(_item(process.item), process.title, "—", "—", "", "", process.recurs or "按需")
    return shown


def _round(one: PlanRound) -> tuple[str, ...]:
    trouble = f"（{one.trouble}）" if one.trouble else ""
    return (
        _item(one.item), one.title, one.launch_on.isoformat(), one.ends_on.isoformat(),
        f"{one.kind_title}{one.cases}", str(one.on_site or ""), f"{one.status_title}{trouble}",
    )  # fmt: skip


def _item(number: int) -> str:
    return str(number) if number else "—"


def _months(plan: YearPlan) -> Table:
    title = f"月度工作量（督学{plan.inspectors}名，责任督学{plan.responsible}名）"
    shown = grid("月", "启动", "在办", "对象报送", "督导室办理", "实地对象", "实地天数", "督学人均天数", "到校",
                  "人均到校", title=title)  # fmt: skip
    for one in plan.months:
        figures = (
            one.month, one.launches, one.cases, one.to_hand_in, one.office_tasks, one.on_site_cases, one.on_site_days,
            one.inspector_days_each, one.visits, one.visits_each,
        )  # fmt: skip
        shown.add_row(*(f"{figure:g}" for figure in figures))
    return shown


def _quotas(plan: YearPlan) -> Table:
    shown = grid("要点", "指标", "要求", "原文", "依据", title="指标")
    for process in plan.processes:
        for quota in process.quotas:
            shown.add_row(_item(process.item), quota.title, quota.bounds, quota.quote, quota.basis)
    return shown
