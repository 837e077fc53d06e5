"""The command ``dudao``. Nothing heavy is imported before a command needs it, so that ``--help`` is immediate."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from cli.process import app as process_app
from cli.terminal import console, database, errors, grid, now
from process.errors import DudaoError
from process.vocabulary import Role

app = typer.Typer(
    help="督导：教育督导评价轮次的流程服务。",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    add_completion=False,
    rich_markup_mode="rich",
)
users = typer.Typer(help="账号", no_args_is_help=True)
calendars = typer.Typer(help="工作日历", no_args_is_help=True)
subjects = typer.Typer(help="督导对象", no_args_is_help=True)
app.add_typer(users, name="user")
app.add_typer(calendars, name="calendar")
app.add_typer(subjects, name="subjects")

app.add_typer(process_app, name="process")


def main() -> None:
    """Run the command; a business error is a sentence, not a traceback."""
    try:
        app()
    except DudaoError as error:
        errors.print(f"[red]{error}[/red] [dim]({error.code})[/dim]")
        sys.exit(1)


@app.command()
def up() -> None:
    """启动全部服务：数据库、Prefect、工作进程、网页；按 Ctrl-C 停止。"""
    from cli.up import up as run
    from settings import get_settings

    settings = get_settings()
    run(settings, first_run=lambda url: _hint(url, settings.public_url))


def _hint(url: str, page: str) -> str | None:
    """What a new installation should be told."""
    from casework.first_run import is_new
    from db.session import make_engine, unit_of_work

    engine = make_engine(url, pool_size=1)
    with unit_of_work(engine) as session:
        new = is_new(session)
    engine.dispose()
    return f"第一次使用：打开 {page} 建立管理员账号，可同时装入演示数据" if new else None


@app.command()
def demo(
    seed: Annotated[int, typer.Option(help="随机种子；同一种子结果相同")] = 2022,
    as_json: Annotated[bool, typer.Option("--json", help="只在标准输出写一个 JSON 对象")] = False,
    year: Annotated[
        int | None, typer.Option(min=2021, max=2026, help="演练这一年的全部二十项，而不是一轮区县评价")
    ] = None,
) -> None:
    """演练：在模拟时钟下走完一整轮（41个区县），或一年的全部二十项，并核对各项不变式。"""
    from cli.demo.run import run_demo
    from cli.demo.year import run_year

    report = run_demo(seed, quiet=as_json) if year is None else run_year(year, seed, quiet=as_json)
    if as_json:
        sys.stdout.write(json.dumps(report.as_dict(), ensure_ascii=False) + "\n")
    else:
        report.show(console)
    raise typer.Exit(0 if report.holds else 1)


@app.command()
def plan(
    year: Annotated[int, typer.Argument(min=2000, max=2100, help="年度，如 2022")],
    xlsx: Annotated[Path | None, typer.Option(dir_okay=False, help="另存为 Excel 工作簿")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="只在标准输出写一个 JSON 对象")] = False,
) -> None:
    """年度计划：各事项的轮次和预计日期、指标、月度和督学工作量、冲突提示。"""
    from casework.definitions import publish
    from casework.plan_sheet import plan_workbook
    from casework.roster import import_subjects, packaged_districts, subjects_valid_on
    from casework.yearplan import year_plan
    from cli.plan import as_dict, show
    from flows.catalogue import definitions
    from process.calendar import local_day

    with database() as session:
        # Looking changes nothing: what is not published or imported yet is there for the reckoning only.
        looking = session.begin_nested()
        publish(session, definitions(), now())
        if not subjects_valid_on(session, date(year, 12, 31)):
            import_subjects(session, packaged_districts())
        made = year_plan(session, local_day(now()), year)
        looking.rollback()
    if xlsx is not None:
        xlsx.write_bytes(plan_workbook(made))
    if as_json:
        sys.stdout.write(json.dumps(as_dict(made), ensure_ascii=False) + "\n")
    else:
        show(made, console)
        if xlsx is not None:
            console.print(f"已写入 {xlsx}")


@app.command()
def migrate() -> None:
    """把数据库升级到最新结构，并发布督导事项定义。"""
    from casework.definitions import publish
    from db.migrate import head
    from flows.catalogue import definitions

    with database() as session:
        new = publish(session, definitions(), now())
    console.print(f"数据库结构：{head()}；新发布的督导事项：{len(new)}")


@app.command()
def example(
    password: Annotated[str, typer.Option(prompt="演示账号的密码", hide_input=True, help="所有演示账号的密码")],
) -> None:
    """装入演示数据：重庆各区县、各岗位的演示账号和督学（只用于空库）。"""
    from casework.accounts import check_password
    from casework.example import install_example
    from process.calendar import local_day

    check_password(password)
    with database() as session:
        made = install_example(session, local_day(now()), password)
    console.print(f"已装入：{'、'.join(made.office)} 和 {len(made.districts)} 个区县账号（如 cq-500103）")


@users.command("add")
def add_user(
    username: Annotated[str, typer.Argument(help="登录用的用户名")],
    name: Annotated[str, typer.Option(help="姓名", prompt="姓名")],
    role: Annotated[Role, typer.Option(help="岗位")],
    password: Annotated[
        str, typer.Option(prompt="密码", confirmation_prompt="再输一次", hide_input=True, help="密码（至少8位）")
    ],
    email: Annotated[str | None, typer.Option(help="电子邮件")] = None,
    subject: Annotated[str | None, typer.Option(help="区县账号所属的区县（id,如 CQ-500103）")] = None,
) -> None:
    """新建账号。"""
    from casework.accounts import add_user as add

    with database() as session:
        user = add(session, username=username, name=name, role=role, password=password, email=email, subject_id=subject)
        console.print(f"已建立账号 {user.username}({role.title_zh})")


@calendars.command("import")
def import_calendar(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV:日期,休|班")],
    source: Annotated[str, typer.Option(help="来源，如 国办发明电〔2026〕×号")],
) -> None:
    """导入一年的放假调休通知，并重算未办结任务的暂定到期日（只会推后，不会提前）。"""
    from casework.actor import TIME
    from casework.workdays import import_notice, parse_notice

    notice = parse_notice(file.read_text(encoding="utf-8-sig"))
    with database() as session:
        replanned = import_notice(session, TIME, now(), notice, source)
    console.print(f"已导入{notice.year}年:休{len(notice.holidays)}天,班{len(notice.make_up_days)}天")
    shown = grid("任务", "原到期日", "重算", "处理")
    for case_id, old, new, applied in replanned:
        shown.add_row(str(case_id), str(old), str(new), "已推后" if applied else "不提前，仍按原日")
    if replanned:
        console.print(shown)


@subjects.command("import")
def import_subjects(
    file: Annotated[
        Path | None, typer.Argument(exists=True, dir_okay=False, help=".xlsx 或 .csv；不填则导入自带的重庆区县名单")
    ] = None,
    kind: Annotated[
        str,
        typer.Option(help="districts、schools、colleges、principals、inspectors、trainings、ties、responsibilities"),
    ] = "districts",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只预览，不写入")] = False,
) -> None:
    """导入或更新名册：区县、学校、院校、校长、督学、培训、回避情形、责任督学；有一行不对则一行也不写。"""
    from casework.registry.importing import examine, refuse
    from casework.registry.kinds import RosterKind
    from casework.roster import packaged_districts
    from process.calendar import local_day

    if kind not in set(RosterKind):
        raise typer.BadParameter(f"应为{'、'.join(RosterKind)}之一", param_hint="--kind")
    if file is None and kind != RosterKind.DISTRICTS:
        raise typer.BadParameter("只有区县有自带的名单，请给出文件", param_hint="FILE")
    name, content = (file.name, file.read_bytes()) if file else ("区县.csv", packaged_districts().encode())
    with database() as session:
        report, plan, troubles = examine(session, local_day(now()), RosterKind(kind), name, content)
        if not dry_run:
            refuse(report)
            plan.write(session)
    for trouble in troubles if dry_run else ():
        errors.print(str(trouble))
    done = "预览" if dry_run else "已导入"
    said = f"{report.kind_title}{done}：读到{report.rows}行，新增{report.added}，变更{report.changed}"
    console.print(f"{said}，无变化{report.unchanged}" + (f"，问题{report.problem_count}处" if troubles else ""))
    if dry_run and troubles:
        raise typer.Exit(1)


@app.command()
def doctor() -> None:
    """体检：配置了什么、什么在应答、缺什么、怎样补。"""
    from cli.doctor import examine
    from settings import get_settings

    raise typer.Exit(examine(get_settings(), console))


if __name__ == "__main__":
    main()
