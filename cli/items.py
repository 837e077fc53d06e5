"""The table of the documentation: for each item of the priorities, what stands for it here."""

from __future__ import annotations

from flows.catalogue import PROCESSES, ProcessFlow
from process.definition import Process
from process.form.wording import quota_in_words, recurrence_in_words, subjects_in_words
from process.priorities import ITEM_TITLES

_HEAD = """# 二十项要点与督导事项对照

由 `dudao process table` 从 `flows/` 里的定义生成，请勿手改；定义改了，用 `make docs` 重新生成。

| 项 | 要点原文 | 事项 | 模块 | 对象 | 环节 | 指标 | 周期 |
| --- | --- | --- | --- | --- | --- | --- | --- |
"""
_REST = """
## 要点之外

由措施和约谈引起的事项，依《教育督导条例》《教育督导问责办法》等办理。

| 事项 | 依据 | 模块 | 对象 | 环节 |
| --- | --- | --- | --- | --- |
"""


def items_table() -> str:
    """The whole page, in Markdown."""
    ordered = sorted(PROCESSES.values(), key=lambda one: (one[0].item, one[0].name))
    items = [_item(process, flow) for process, flow in ordered if process.item]
    rest = [_other(process, flow) for process, flow in ordered if not process.item]
    return _HEAD + "".join(items) + _REST + "".join(rest)


def _item(process: Process, flow: ProcessFlow) -> str:
    nested = f"（并入第{process.nested_in}项轮次）" if process.nested_in else ""
    return _row(
        f"{process.item}. {ITEM_TITLES[process.item]}",
        process.sentence,
        process.title,
        _module(flow),
        subjects_in_words(process),
        _stages(process),
        "<br>".join(quota_in_words(quota) for quota in process.quotas) or "—",
        recurrence_in_words(process.recurrence) + nested,
    )


def _other(process: Process, flow: ProcessFlow) -> str:
    return _row(process.title, process.source, _module(flow), subjects_in_words(process), _stages(process))


def _module(flow: ProcessFlow) -> str:
    path = f"{flow.fn.__module__.replace('.', '/')}.py"  # type: ignore[attr-defined]
    return f"[`{path}`](../{path})"


def _stages(process: Process) -> str:
    return " → ".join(stage.title for stage in process.stages)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |\n"
