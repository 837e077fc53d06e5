"""Taking a table in: read whole, checked whole, then written whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from pydantic import Field
from sqlmodel import Session

from casework.actor import KEEPERS, Actor
from casework.registry.duties import plan_responsibilities, plan_ties, plan_trainings
from casework.registry.kinds import COLUMNS, RosterKind
from casework.registry.persons import plan_inspectors, plan_principals
from casework.registry.planning import Plan
from casework.registry.reading import Table, Trouble, read_table
from casework.registry.units import plan_districts, plan_schools
from casework.spreadsheets import write_workbook
from db.queries.rows import Row
from process.calendar import local_day
from process.errors import RosterRefused

_PLANS: dict[RosterKind, Callable[[Session, Table, date], Plan]] = {
    RosterKind.DISTRICTS: plan_districts,
    RosterKind.SCHOOLS: plan_schools,
    RosterKind.COLLEGES: plan_schools,
    RosterKind.PRINCIPALS: plan_principals,
    RosterKind.INSPECTORS: plan_inspectors,
    RosterKind.TRAININGS: plan_trainings,
    RosterKind.TIES: plan_ties,
    RosterKind.RESPONSIBILITIES: plan_responsibilities,
}
SHOWN = 500
"""So many problems, and changes, are listed; all are counted."""
SAID = 20
"""So many problems an error names."""


class Problem(Row):
    """What is wrong with one row."""

    row: int = Field(description="行号，与表格中的一致")
    column: str = Field(description="列名；与整行有关的为空")
    message: str


class ChangedRow(Row):
    """What one row adds or changes."""

    row: int
    name: str
    added: bool = Field(description="新增；否则为变更")
    fields: list[str] = Field(description="变更的列")


class ImportReport(Row):
    """What a table says against what is known."""

    kind: RosterKind
    kind_title: str = ""
    rows: int = Field(description="读到的行数")
    added: int = Field(description="新增")
    changed: int = Field(description="变更")
    unchanged: int = Field(description="无变化")
    problem_count: int = Field(description="问题数；有问题则一行也不写入")
    problems: list[Problem]
    changes: list[ChangedRow]
    written: bool = Field(description="已写入；预览和有问题时为否")


def import_roster(
    session: Session, actor: Actor, now: datetime, kind: RosterKind, filename: str, content: bytes, *, dry_run: bool
) -> ImportReport:
    """Add and update what a .xlsx or .csv lists. Whoever is not listed stays as they are.

    Raises :class:`RosterRefused` naming rows and columns where anything is wrong, unless it is a ``dry_run``; what
    cannot be read as a table at all raises as :func:`casework.registry.reading.read_table` does.
    """
    actor.require(*KEEPERS)
    report, plan, _ = examine(session, local_day(now), kind, filename, content)
    if dry_run:
        return report
    refuse(report)
    plan.write(session)
    return report.model_copy(update={"written": True})


def examine(
    session: Session, today: date, kind: RosterKind, filename: str, content: bytes
) -> tuple[ImportReport, Plan, list[Trouble]]:
    """What a table would do, and what is wrong with it; nothing is written."""
    table = read_table(kind, filename, content)
    plan = _PLANS[kind](session, table, today)
    troubles = sorted(table.troubles, key=lambda trouble: trouble.row)
    titles = {column.key: column.title for column in COLUMNS[kind]}
    added = sum(change.added for change in plan.changes)
    report = ImportReport(
        kind=kind,
        rows=len(table.lines),
        added=added,
        changed=len(plan.changes) - added,
        unchanged=plan.unchanged,
        problem_count=len(troubles),
        problems=[Problem(row=t.row, column=t.column, message=t.message) for t in troubles[:SHOWN]],
        changes=[
            ChangedRow(
                row=change.row,
                name=change.name,
                added=change.added,
                fields=[titles[key] for key in change.fields if key in titles],
            )
            for change in plan.changes[:SHOWN]
        ],
        written=False,
    )
    return report, plan, troubles


def refuse(report: ImportReport) -> None:
    """Raise :class:`RosterRefused` for a table with problems."""
    if not report.problem_count:
        return
    said = [str(Trouble(p.row, p.column, p.message)) for p in report.problems[:SAID]]
    more = [f"……共{report.problem_count}处"] if report.problem_count > len(said) else []
    raise RosterRefused("；".join([*said, *more]), field="file")


def template(kind: RosterKind) -> bytes:
    """An empty .xlsx with the headings, and a sheet that says what each column asks."""
    columns = COLUMNS[kind]
    explained = [(c.title, "必填" if c.required else "可不填", c.note, c.example, "、".join(c.others)) for c in columns]
    return write_workbook(
        [
            (kind.title_zh, [column.title for column in columns], []),
            ("填写说明", ["列", "是否必填", "说明", "示例", "也可写作"], explained),
        ]
    )
