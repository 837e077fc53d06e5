"""Problems that the values show (网络监测): proposed for a case's problem list, and taken over by whoever keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, Field
from sqlalchemy import text
from sqlmodel import Session

from casework.actor import OFFICE, Actor
from casework.findings import NewFinding, record_findings
from casework.load import load_case, round_process
from db.queries.indicators import Required, required, set_in_force, shortfalls, years_counted
from db.queries.sight import sees_case
from db.tables import Finding
from process.errors import InvalidInput, NotFound
from process.indicators import UNVERIFIED, IndicatorSet, Requires, Verdict, number
from process.vocabulary import FindingLevel, FindingSource, Role, Severity


class Proposed(BaseModel):
    """A problem that the values of a case's subject and year show."""

    indicator: str = Field(description="指标编号；差异系数另写学段")
    school: str = Field(default="", description="学校名称；区县问题为空")
    level: FindingLevel
    severity: Severity
    category: str = Field(description="指标所属方面")
    description: str
    recorded: bool = Field(default=False, description="是否已登记过")


class Chosen(BaseModel):
    """A proposed problem to be taken over, in other words if need be."""

    indicator: str = Field(max_length=100, description="指标", examples=["C1"])
    school: str = Field(default="", max_length=200, description="学校名称；区县问题为空")
    description: str = Field(default="", max_length=4000, description="问题描述；不填则照监测所示")


_MEASURED = text(
    "SELECT c.subject_id, c.year, c.round_id, r.launched_at "
    "FROM cases c JOIN rounds r ON r.id = c.round_id WHERE c.id = :case"
)
_RECORDED = text("SELECT indicator, school FROM findings WHERE case_id = :case AND source = 'monitoring'")


def proposed_findings(session: Session, actor: Actor, case_id: int) -> list[Proposed]:
    """What the values show against a case's subject, those already on the list marked as such.

    Only reads, and locks nothing. Raises :class:`NotFound`.
    """
    case = session.execute(_MEASURED, {"case": case_id}).first()
    if case is None or not sees_case(session, actor.sight, case_id):
        raise NotFound("任务")
    actor.facing(case.subject_id).require(*OFFICE, Role.INSPECTOR)
    process = round_process(session, case.round_id)
    if not process.indicators:
        return []
    wanted = set_in_force(session, process.indicators, case.launched_at)
    year = next(iter(years_counted(session, process, case.year, [case.subject_id])))
    found = [
        one
        for row in required(session, wanted, year, case.subject_id)
        if row.verdict.unmet and (one := _of_district(wanted, row)) is not None
    ]
    for short in shortfalls(session, wanted, year, case.subject_id):
        indicator = wanted.indicator(short.key)
        if indicator is not None:
            said = f"「{indicator.title}」为{indicator.written(short.value)}"
            standard = f"{indicator.standard_text(short.counted_as)}{_doubt(indicator.verified)}"
            found.append(
                Proposed(
                    indicator=short.key,
                    school=short.name[:200],
                    level=FindingLevel.SCHOOL,
                    severity=Severity.ORDINARY,
                    category=indicator.group,
                    description=f"{said}，标准为{standard}",
                )
            )
    listed = {(row.indicator, row.school) for row in session.execute(_RECORDED, {"case": case_id})}
    return [one.model_copy(update={"recorded": (one.indicator, one.school) in listed}) for one in found]


def _of_district(wanted: IndicatorSet, row: Required) -> Proposed | None:
    """A problem of the district itself; that some schools are not up to standard is said of each of them."""
    indicator = wanted.indicator(row.key)
    if indicator is None or row.value is None or row.standard is None:
        return None
    key, verified = row.key, indicator.verified
    said = f"「{indicator.title}」为{indicator.written(row.value)}，标准为{indicator.standard_text()}"
    if indicator.yes_no:
        said = f"未达到「{indicator.title}」的要求"
    if row.requires is Requires.DIFFERENCE:
        key = f"{row.key} {row.counted_as_title}差异系数"
        verified = wanted.schools is not None and wanted.schools.verified
        said = (
            f"「{indicator.title}」的{row.counted_as_title}校际差异系数为{number(row.value)}，"
            f"标准为不高于{number(row.standard)}"
        )
    return Proposed(
        indicator=key,
        level=FindingLevel.DISTRICT,
        severity=Severity.GRAVE if row.verdict is Verdict.VETOED else Severity.ORDINARY,
        category=indicator.group,
        description=f"{said}{_doubt(verified)}",
    )


def _doubt(verified: bool) -> str:
    return "" if verified else f"（标准{UNVERIFIED}）"


def take_over(
    session: Session,
    actor: Actor,
    now: datetime,
    case_id: int,
    expected_version: int | None,
    chosen: Sequence[Chosen] | None,
) -> list[Finding]:
    """Write proposed problems into the problem list: those chosen, or all (``None``); none of them twice.

    What is already listed for the same indicator and school is passed over. Raises :class:`NotFound` for what the
    values do not show, :class:`InvalidInput` where nothing is left to take over, and what
    :func:`casework.findings.record_findings` raises.
    """
    actor = actor.require(*OFFICE, Role.INSPECTOR)
    # The case is locked first, so that two who take over at once do not write the same problem twice.
    load_case(session, actor, case_id, expected_version)
    shown = {(one.indicator, one.school): one for one in proposed_findings(session, actor, case_id)}
    words = {(one.indicator, one.school): one.description.strip() for one in chosen or ()}
    unknown = [key for key in words if key not in shown]
    if unknown:
        raise NotFound(f"监测没有显示「{' '.join(unknown[0]).strip()}」的问题", field="chosen")
    taken = [one for key, one in shown.items() if not one.recorded and (chosen is None or key in words)]
    if not taken:
        raise InvalidInput("所选问题都已登记" if shown else "监测没有显示问题", field="chosen")
    new = [
        NewFinding(
            level=one.level,
            school=one.school,
            indicator=one.indicator,
            category=one.category,
            severity=one.severity,
            description=words.get((one.indicator, one.school)) or one.description,
            source=FindingSource.MONITORING,
        )
        for one in taken
    ]
    return record_findings(session, actor, now, case_id, expected_version, new)
