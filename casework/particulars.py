"""What official letters say: their fields and addressees, put together from the record as it stands.

The fields are those of :mod:`process.letters`; what a person must add (an evaluation, a place) is handed in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from db.queries.letters import NOT_VOID
from process.decide import ClimbDraft, open_item
from process.definition import Outcome, Process
from process.errors import InvalidInput
from process.state import Case
from process.triggers import BASES
from process.vocabulary import FindingStatus, LetterKind, RungKind, SubjectKind

_ROWS = ("findings", "figures", "commitments", "results")
_ADDRESSEES = text(
    """
    SELECT c.id, s.name, s.region_kind, s.kind FROM cases c JOIN subjects s ON s.id = c.subject_id
    WHERE c.id = ANY(:ids)
    """
)
_FINDINGS = text(
    """
    SELECT number, level, school, category, severity, description, status, measure, due_on, verification_note,
           look_back_note, id
    FROM findings WHERE case_id = :case ORDER BY number
    """
)
_DEFENCE = text(
    """
    SELECT s.note, w.outcome FROM work_items w LEFT JOIN submissions s ON s.work_item_id = w.id
    WHERE w.case_id = :case AND w.stage = 'defence' ORDER BY w.visit DESC, s.id DESC LIMIT 1
    """
)
_TEAM = text(
    """
    SELECT i.name, t.role FROM team_members t JOIN inspectors i ON i.id = t.inspector_id WHERE t.case_id = :case
    ORDER BY t.role <> 'leader', i.id
    """
)
_NUMBER = text(
    f"""
    SELECT l.number FROM letters l WHERE l.case_id = :case AND l.kind = :kind AND {NOT_VOID} ORDER BY l.id DESC LIMIT 1
    """
)


def completed(fields: Mapping[str, Any], particulars: Mapping[str, str]) -> dict[str, Any]:
    """The fields with what a person adds in words. Days, numbers and rows of the record are not to be overwritten.

    Raises :class:`InvalidInput`, so that nothing is signed that cannot be set.
    """
    said = {name: value.strip() for name, value in particulars.items() if value.strip()}
    for name, value in said.items():
        dated = name.endswith("_on") or name == "correct_by"
        if name in _ROWS or not isinstance(fields.get(name, ""), str) or (dated and name in fields):
            raise InvalidInput("此项由系统按记录载明，不能另填", field=name)
        if dated and not _is_day(value):
            raise InvalidInput("须为日期，如2022-09-30", field=name)
        if name.endswith("_at") and not _is_moment(value):
            raise InvalidInput("须为时间，如2022-09-30T15:00", field=name)
    return {**fields, **said}


def _is_day(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _is_moment(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def result_title(process: Process, outcome: Outcome) -> str:
    """How a case that takes an outcome ends in the ordinary course, in words (获奖), for a list of results."""
    seen: set[str] = set()
    route = outcome.routes[0]
    while route.to is not None and route.to not in seen:
        seen.add(route.to)
        route = process.stage(route.to).outcomes[0].routes[0]
    return route.closes_as.title_zh if route.closes_as is not None else outcome.title


def government(name: str, region_kind: str) -> str:
    """The authority a letter to a subject is addressed to."""
    name = _place(name)
    return f"{name}管委会" if region_kind == "管委会" else f"{name}人民政府"


def addressees(session: Session, case_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """主送 of letters about these cases, by case: of a district its government, else the unit or person itself."""
    rows = session.execute(_ADDRESSEES, {"ids": list(case_ids)})
    return {
        id_: (government(name, region_kind) if kind == SubjectKind.DISTRICT else name,)
        for id_, name, region_kind, kind in rows
    }


def filed_with(name: str, region_kind: str) -> tuple[str, str]:
    """Where a talk is filed: the party committee and the government of the place (《教育督导问责办法》)."""
    committee = "工作委员会" if region_kind == "管委会" else "委员会"
    return f"中共{_place(name)}{committee}", government(name, region_kind)


def _place(name: str) -> str:
    """A name without what only tells it from another: 两江新区（功能区）."""
    return name.partition("（")[0]


def slip_fields(case: Case, climb: ClimbDraft) -> dict[str, Any]:
    """A 催办单 or 督办单."""
    item = open_item(case)
    stage = case.process.stage(item.stage)
    basis = climb.basis or stage.period.basis or case.process.source
    return {
        "stage": stage.title,
        "asks": stage.asks,
        "due_on": item.due_on.isoformat(),
        "late": climb.late,
        "basis": basis,
    }


def findings(session: Session, case_id: int) -> list[dict[str, Any]]:
    """The problem list as a letter shows it."""
    rows = session.execute(_FINDINGS, {"case": case_id}).mappings()
    return [
        {
            "number": row["number"],
            "level": row["level"],
            "school": row["school"],
            "description": row["description"],
            "measure": row["measure"],
            "due_on": row["due_on"].isoformat() if row["due_on"] else "",
            "result": FindingStatus(row["status"]).title_zh,
            "note": row["look_back_note"] or row["verification_note"],
        }
        for row in rows
    ]


def opinion_fields(session: Session, case: Case, evaluation: str, due_on: date | None) -> dict[str, Any]:
    """A 督导意见书 with its problem list."""
    said = session.execute(_DEFENCE, {"case": case.id}).first()
    defended = said is not None and said.outcome == "defended"
    defence = f"已收到申辩并研究：{said.note}" if said is not None and defended and said.note else ""
    if not defence:
        defence = "已收到书面申辩并逐条研究，采纳情况见问题清单。" if defended else "被督导单位未提出申辩。"
    problems = findings(session, case.id)
    return {
        "evaluation": evaluation,
        "team": [{"name": row.name, "role": row.role} for row in session.execute(_TEAM, {"case": case.id})],
        # A 督导意见书 must say what the problems are, also that there are none.
        "findings": problems or "本次督导未发现需要整改的问题",
        "due_on": due_on.isoformat() if due_on else "",
        "report_days": 10,
        "defence": defence,
    }


def team_leader(session: Session, case_id: int) -> str:
    """The leader of the case's team; empty while there is none."""
    row = session.execute(_TEAM, {"case": case_id}).first()
    return row.name if row is not None and row.role == "leader" else ""


def last_number(session: Session, case_id: int, kind: LetterKind) -> str:
    """The number of the case's last letter of a kind that is not void; empty where it has none."""
    return session.execute(_NUMBER, {"case": case_id, "kind": kind}).scalar() or ""


def measure_fields(kind: RungKind, reason: str, basis: str, missed: date | None) -> dict[str, Any]:
    """What 通报, 曝光 and 移送 share; only a 通报 orders the district to put things right.

    ``missed`` is the due date that was missed, where lateness is the reason.
    """
    said = {"reason": reason, "basis": basis or BASES.get(kind, "")}
    if kind is not RungKind.CIRCULAR:
        return said
    requirement = "请立即改正，于收到本件之日起5个工作日内书面报告改正情况。"
    if missed is not None:
        due = f"{missed.year}年{missed.month}月{missed.day}日"
        requirement = f"请立即改正，于收到本件之日起5个工作日内完成应办事项（原定期限{due}）并书面报告。"
    return {**said, "requirement": requirement}
