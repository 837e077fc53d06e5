"""``python -m bench [--json] [--durable] [--only KEY …]``: every figure beside its floor, in one run."""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Callable
from functools import partial

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.table import Table

from bench.delivering import deliver, deliver_as_messages, deliver_troubled
from bench.ground import SILENT, Ground, ground
from bench.idling import idle
from bench.launching import CASES, measure
from bench.measure import Figure
from bench.moving import deeds, lapses
from bench.visiting import check, make
from flows.district_evaluation import PROCESS

FIGURES: dict[str, Callable[[Ground], Figure]] = {
    "launch": partial(
        measure,
        process=PROCESS,
        key="launch",
        meaning=f"启动{CASES // 10000}万件的轮次，每件通知两位联系人：每秒启动件数",
        notices=True,
    ),
    "launch_silent": partial(
        measure,
        process=SILENT,
        key="launch_silent",
        meaning=f"启动{CASES // 10000}万件的轮次，不发通知：每秒启动件数",
        notices=False,
    ),
    "deeds": deeds,
    "lapses": lapses,
    "idle": idle,
    "deliver": deliver,
    "deliver_as_messages": deliver_as_messages,
    "deliver_troubled": deliver_troubled,
    "visits_make_5000": partial(make, key="visits_make_5000", schools=5_000),
    "visits_make": partial(make, key="visits_make", schools=200_000),
    "visits_check_5000": partial(check, key="visits_check_5000", schools=5_000),
    "visits_check": partial(check, key="visits_check", schools=200_000),
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="测量，并与数据库的下限对照")
    parser.add_argument("--json", action="store_true", help="输出 JSON")
    parser.add_argument("--durable", action="store_true", help="数据库如生产环境般落盘（fsync 开）")
    parser.add_argument("--only", nargs="+", choices=FIGURES, default=list(FIGURES), help="只测其中几项")
    chosen = parser.parse_args()
    began = time.perf_counter()
    figures = []
    with (
        Progress(
            SpinnerColumn(), TextColumn("{task.description}"), console=Console(stderr=True), transient=True
        ) as bar,
        ground(CASES, durable=chosen.durable) as prepared,
    ):
        shown = bar.add_task("")
        for name in chosen.only:
            bar.update(shown, description=name)
            figures.append(FIGURES[name](prepared))
        version = prepared.bare.execute("SHOW server_version").fetchone()
    machine = {
        "postgresql": version[0] if version else "",
        "durability": "fsync on" if chosen.durable else "fsync, synchronous_commit and full_page_writes off",
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
        "seconds": round(time.perf_counter() - began, 1),
    }
    if chosen.json:
        document = {"machine": machine, "figures": [figure.report() for figure in figures]}
        print(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        show(machine, figures)


def show(machine: dict[str, object], figures: list[Figure]) -> None:
    """The figures for people."""
    durable = str(machine["durability"]) == "fsync on"
    table = Table(
        caption=f"PostgreSQL {machine['postgresql']}({'落盘：fsync 开' if durable else '不落盘：fsync 关，仅供对照'}),"
        f"Python {machine['python']},{machine['cpus']} 核；各项轮流重复、取中位数；共 {machine['seconds']} 秒",
        caption_justify="left",
    )
    table.add_column("含义", overflow="fold")
    for title in ("实测", "下限", "倍数", "实测范围", "次数"):
        table.add_column(title, justify="right", no_wrap=True)
    for figure in figures:
        report = figure.report()
        unit = "/秒" if figure.per_second else " 毫秒"
        digits = 0 if figure.per_second else 2
        low, high = sorted(report["ours_spread"])
        table.add_row(
            figure.meaning,
            f"{report['ours']:,.{digits}f}{unit}",
            f"{report['floor']:,.{digits}f}{unit}",
            f"{report['ratio']:.2f}",
            f"{low:,.{digits}f}~{high:,.{digits}f}",
            str(report["repetitions"]),
        )
    Console().print(table)


if __name__ == "__main__":
    main()
