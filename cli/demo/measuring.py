"""Indicators in the rehearsal: a district fills its table in and sends it back; what falls short is noted."""

from __future__ import annotations

import io

from openpyxl import load_workbook

from cli.demo.deeds import Turn
from process.definition import Process
from process.indicators import Direction, Indicator, IndicatorSet
from process.vocabulary import SchoolStage, Template

SHORT = 0.25
"""The share of districts that fall short of something when they are only monitored."""


def fill_in(process: Process, turn: Turn, *, reaching_all: bool) -> None:
    """Give the set of a process its values for the case's subject and its schools.

    Where not everything need be reached, some districts fall short of an indicator, and the coordinator takes the
    problem over.
    """
    year = turn.today.year if process.template is Template.ACCREDITATION else turn.case(turn.unit)["case"]["year"]
    wanted = IndicatorSet.model_validate(turn.unit.get(f"/indicator-sets/{process.indicators}"))
    table = turn.unit.download(f"/indicator-sets/{wanted.name}/table", year=year)
    short = () if reaching_all or turn.mood.random() > SHORT else (_counted(wanted),)
    content = _filled(wanted, table, short)
    turn.unit.send_file(f"/indicator-sets/{wanted.name}/values", "填报表.xlsx", content, year=year)
    if short and turn.stage in process.recording:
        shown = turn.coordinator.get(f"/cases/{turn.case_id}/findings/proposed")
        if any(not problem["recorded"] for problem in shown):
            turn.do(turn.coordinator, "findings/take-over")


def _counted(wanted: IndicatorSet) -> str:
    """An indicator of the district that is counted, and no veto."""
    return next(one.key for one in wanted.indicators if not (one.yes_no or one.veto or one.by_stage))


def _filled(wanted: IndicatorSet, table: bytes, short: tuple[str, ...]) -> bytes:
    book = load_workbook(io.BytesIO(table))
    stages = {stage.title_zh: stage for stage in SchoolStage}
    for sheet in book.worksheets:
        head = [str(cell.value or "") for cell in sheet[1]]
        if "编号" not in head:
            continue
        for row in sheet.iter_rows(min_row=2):
            stage = stages.get(str(row[head.index("学段")].value)) if "学段" in head else None
            for title, cell in zip(head, row, strict=True):
                indicator = wanted.indicator(title.split(maxsplit=1)[0])
                if indicator is not None:
                    cell.value = _value(wanted, indicator, stage, short)
                elif title == "说明":
                    cell.value = "据实填报"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _value(
    wanted: IndicatorSet, indicator: Indicator, stage: SchoolStage | None, short: tuple[str, ...]
) -> str | float:
    if indicator.yes_no:
        return "是"
    standard = indicator.standard(wanted.counted_as(stage) if stage else None) or 0
    worse = 0.9 if indicator.direction.sign > 0 else 1.1
    if indicator.key in short:
        return standard * worse
    return standard + 1 if indicator.direction is Direction.ABOVE else standard
