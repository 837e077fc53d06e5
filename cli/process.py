"""``dudao process``: processes without programming (docs/processes.md)."""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.terminal import console, database, errors, grid, now
from process.errors import InvalidDefinition

if TYPE_CHECKING:
    from process.definition import Process

app = typer.Typer(help="督导事项：校验、预览、安装用 YAML 写成的事项（见 docs/processes.md）", no_args_is_help=True)
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="YAML 文件")]


@app.command()
def check(file: File) -> None:
    """校验一份文件：列出全部问题及所在的行，或答「可用」。不保存。"""
    process = _read(file)
    console.print(f"可用：{process.title} 第{process.version}版，{len(process.stages)}个环节")


@app.command()
def preview(
    file: File,
    start: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="启动之日；不填则为今天")] = None,
    mermaid: Annotated[bool, typer.Option("--mermaid", help="只输出流程图（Mermaid）")] = False,
) -> None:
    """预演：从某日启动，每个环节都在到期日办结时，主线各环节的办理人、到期日和催督办日期。"""
    from process.calendar import local_day, packaged_calendar
    from process.diagram import mermaid as diagram
    from process.rehearsal import rehearse

    process = _read(file)
    if mermaid:
        sys.stdout.write(diagram(process))
        return
    on = start.date() if start else local_day(now())
    shown = grid("环节", "办理人", "到期", "如到时未办", title=f"{process.title}：{on} 启动，每个环节都在到期日办结")
    legs = rehearse(process, on, packaged_calendar())
    for leg in legs:
        climbs = [f"{kind.title_zh} {'、'.join(_short(day, on) for day in days)}" for kind, days in leg.climbs.items()]
        due = f"{leg.due_on}{'（暂定）' if leg.provisional else ''}"
        shown.add_row(leg.stage.title, process.owner_title(leg.stage.owner), due, "\n".join(climbs))
    console.print(shown)
    aside = [s.title for s in process.stages if s.key not in {leg.stage.key for leg in legs}]
    if aside:
        console.print(f"不在主线上的环节：{'、'.join(aside)}")


@app.command()
def install(
    file: File,
    by: Annotated[str | None, typer.Option(help="安装人的用户名（管理员）；不填则记为命令安装")] = None,
) -> None:
    """安装：作为新版本发布，此后不可更改；自带事项的标识不能用。"""
    from casework.accounts import actor_named
    from casework.actor import TIME
    from casework.definitions import install as publish

    _read(file)
    with database() as session:
        actor = actor_named(session, by) if by else TIME
        done = publish(session, actor, now(), file.read_bytes())
    console.print(f"已安装：{done.title} 第{done.version}版（{done.name}）")


@app.command("list")
def list_() -> None:
    """各事项已发布的版本。"""
    from db.queries.processes import versions

    with database() as session:
        rows = versions(session)
    shown = grid("标识", "版本", "名称", "发布", "来源", "轮次")
    for row in rows:
        origin = "自带" if row.built_in else f"安装（{row.installed_by or '命令'}）"
        shown.add_row(row.name, str(row.version), row.title, f"{row.published_at:%Y-%m-%d}", origin, str(row.rounds))
    console.print(shown)


@app.command()
def schema() -> None:
    """输出 JSON Schema（docs/process.schema.json 即此）：编辑器用它提示和校验。"""
    from process.form.schema import schema_text

    sys.stdout.write(schema_text())


@app.command()
def table() -> None:
    """输出各项要点与事项的对照表（docs/items.md 即此）。"""
    from cli.items import items_table

    sys.stdout.write(items_table())


def _read(file: Path) -> Process:
    """The process of a file; what is wrong with it is listed line by line."""
    from process.form.check import installable

    try:
        return installable(file.read_bytes())
    except InvalidDefinition as error:
        for problem in error.context["problems"]:
            errors.print(f"[red]{problem}[/red]", highlight=False, soft_wrap=True)
        raise typer.Exit(1) from error


def _short(day: date, start: date) -> str:
    return f"{day:%m-%d}" if day.year == start.year else f"{day:%Y-%m-%d}"
