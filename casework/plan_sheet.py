"""The plan of a year as a spreadsheet (.xlsx)."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from casework.yearplan import PlanRound, YearPlan

ROUNDS = ("要点", "督导事项", "轮次", "状态", "启动", "预计结束", "督导对象", "对象类别", "实地督查", "说明")
SPANS = ("要点", "轮次", "环节", "办理", "开始", "到期", "任务数", "实地天数", "依据")
MONTHS = (
    "月份", "启动轮次", "在办任务", "对象须报送", "督导室须办理", "同一区县最多报送", "实地督查对象", "实地督查天数",
    "督学人日", "督学人均天数", "到校督导次数", "责任督学人均次数",
)  # fmt: skip
QUOTAS = ("要点", "督导事项", "指标", "要求", "原文", "依据")
CLASHES = ("情形", "把握", "说明", "轮次")

_HEAD = PatternFill("solid", fgColor="DCE6F1")
_WIDEST = 60


def plan_workbook(plan: YearPlan) -> bytes:
    """Rounds, stages, months, quotas and clashes, a sheet each."""
    book = Workbook()
    while book.worksheets:
        book.remove(book.worksheets[0])
    _sheet(book, "轮次", ROUNDS, (_round(plan, one) for one in plan.rounds))
    _sheet(book, "环节", SPANS, _spans(plan))
    _sheet(book, "月度工作量", MONTHS, _months(plan))
    _sheet(book, "指标", QUOTAS, _quotas(plan))
    _sheet(book, "提示", CLASHES, _clashes(plan))
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _round(plan: YearPlan, one: PlanRound) -> Sequence[object]:
    process = next(process for process in plan.processes if process.name == one.process_name)
    said = one.trouble or one.reason
    return (
        one.item or "", process.title, one.title, one.status_title, one.launch_on, one.ends_on, one.cases,
        one.kind_title, one.on_site or "", said,
    )  # fmt: skip


def _spans(plan: YearPlan) -> Iterable[Sequence[object]]:
    for one in plan.rounds:
        for span in one.spans:
            known = "实际" if span.real else "预计（未抽中）" if span.beside else "预计"
            yield (
                one.item or "", one.title, span.title, span.owner, span.starts_on, span.due_on, span.cases,
                span.on_site_days or "", known,
            )  # fmt: skip


def _months(plan: YearPlan) -> Iterable[Sequence[object]]:
    for one in plan.months:
        yield (
            f"{plan.year}年{one.month}月", one.launches, one.cases, one.to_hand_in, one.office_tasks, one.most_at_once,
            one.on_site_cases, one.on_site_days, one.inspector_days, one.inspector_days_each, one.visits,
            one.visits_each,
        )  # fmt: skip


def _quotas(plan: YearPlan) -> Iterable[Sequence[object]]:
    for process in plan.processes:
        for quota in process.quotas:
            yield process.item or "", process.title, quota.title, quota.bounds, quota.quote, quota.basis


def _clashes(plan: YearPlan) -> Iterable[Sequence[object]]:
    for clash in plan.clashes:
        yield clash.kind.title_zh, "确定" if clash.certain else "可能", clash.says, "；".join(clash.rounds)
    for remark in plan.remarks:
        yield "说明", "", remark, ""


def _sheet(book: Workbook, title: str, head: Sequence[str], lines: Iterable[Sequence[object]]) -> None:
    sheet = book.create_sheet(title)
    sheet.append(list(head))
    for line in lines:
        sheet.append(list(line))
    for cell in sheet[1]:
        cell.font, cell.fill = Font(bold=True), _HEAD
    sheet.freeze_panes = "A2"
    for n, cells in enumerate(sheet.columns, start=1):
        longest = max(sum(2 if ord(sign) > 255 else 1 for sign in str(cell.value or "")) for cell in cells)
        sheet.column_dimensions[get_column_letter(n)].width = min(longest + 2, _WIDEST)
        for cell in cells[1:]:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
