"""Parts of a case assigned to departments and units (分解交办, 要点第3、16、17项).

Each part is a case of its own, of the process :data:`ASSIGNMENT`, so that its deadline is followed like any other; the
unit sees its part and nothing of the case it belongs to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlmodel import Session

from casework.actor import OFFICE, Actor
from casework.load import load_case
from casework.matters import Matter, open_matters
from casework.standing import withdraw
from casework.write import record
from db.queries.sight import sees_case
from db.tables import Case as CaseRow
from db.tables import Round, Subject
from process.calendar import local_day
from process.decide import EventDraft, open_item
from process.errors import Conflict, ExpiredSubject, InvalidInput, NotAllowed, NotFound
from process.state import Case
from process.vocabulary import CaseStatus, EventKind, Role

ASSIGNMENT = "assignment"
LONGEST = 500
"""Characters of what a part is about."""

_UNITS = text(
    """
    SELECT w.id, s.name, s.parent_id, s.district_id, s.kind,
           s.id IS NOT NULL AND coalesce(s.valid_from, :today) <= :today AND coalesce(s.valid_to, :today) >= :today
               AS valid
    FROM unnest(CAST(:ids AS text[])) AS w(id) LEFT JOIN subjects s ON s.id = w.id
    """
)
_KNOWN = text("SELECT subject_id, matter, status FROM cases WHERE origin_case_id = :case")


@dataclass(frozen=True, slots=True)
class NewPart:
    """What one unit is to do: for whom, in a few words, what is asked, and until when (empty: as the case itself)."""

    subject_id: str
    title: str
    asks: str = ""
    due_on: date | None = None

    @property
    def matter(self) -> str:
        """As the unit reads it."""
        return f"{self.title.strip()}：{self.asks.strip()}" if self.asks.strip() else self.title.strip()


def assign_parts(
    session: Session,
    actor: Actor,
    now: datetime,
    case_id: int,
    expected_version: int | None,
    parts: Sequence[NewPart],
) -> list[int]:
    """Assign parts of a case under way; returns the keys of their cases, in order.

    The office may; so may the unit whose turn it is, to what is under it. A part is due with the stage it is for, which
    lies before the day set from above, unless an earlier day is given. Raises :class:`InvalidInput`,
    :class:`ExpiredSubject`, :class:`Conflict` (assigned already), :class:`NotAllowed`.
    """
    case = load_case(session, actor, case_id, expected_version)
    item = open_item(case)
    if not parts:
        raise InvalidInput("须至少分解一项", field="parts")
    today = local_day(now)
    latest = max(item.due_on, today)
    for part in parts:
        _check(part, today, latest)
    names = _units(session, parts, today)
    actor = _may_assign(session, actor, case, parts)
    opened = session.get_one(Round, case.round_id)
    whose = session.get_one(Subject, case.subject_id).name
    belongs = "·".join(filter(None, (opened.title, whose, case.matter)))
    told = [f"{part.matter}（{belongs}）" for part in parts]
    again = _again(session, case, [(part.subject_id, title) for part, title in zip(parts, told, strict=True)])
    matters = [
        Matter(part.subject_id, f"{title}{more}", part.due_on or latest, origin_case_id=case.id)
        for part, title, more in zip(parts, told, again, strict=True)
    ]
    ids = open_matters(session, actor, now, ASSIGNMENT, matters, opened.coordinator_id)
    events = [
        EventDraft(
            EventKind.PART_ASSIGNED,
            {
                "part": id_,
                "unit": names[part.subject_id],
                "title": part.title.strip(),
                "until": (part.due_on or latest).isoformat(),
            },
        )
        for id_, part in zip(ids, parts, strict=True)
    ]
    record(session, case, actor, now, events)
    return ids


def withdraw_part(
    session: Session, actor: Actor, now: datetime, part_id: int, expected_version: int | None, *, reason: str
) -> Case:
    """Take a part back: it is no longer waited for. Raises :class:`NotFound`, :class:`InvalidInput`."""
    row = session.get(CaseRow, part_id)
    if row is None or row.origin_case_id is None or not sees_case(session, actor.sight, part_id):
        raise NotFound("分解任务")
    taken = withdraw(session, actor, now, part_id, expected_version, reason=reason)
    whole = load_case(session, actor, row.origin_case_id, None)
    record(session, whole, actor, now, [EventDraft(EventKind.PART_WITHDRAWN, {"part": part_id, "reason": reason})])
    return taken


def _check(part: NewPart, today: date, latest: date) -> None:
    if not part.title.strip():
        raise InvalidInput("须写明任务名称", field="title")
    if len(part.matter) > LONGEST:
        raise InvalidInput(f"任务名称和要求合计不超过{LONGEST}字", field="asks")
    if part.due_on is not None and not today <= part.due_on <= latest:
        raise InvalidInput(f"分解任务的期限须在今天之后，不晚于本环节期限{latest}", field="due_on")


def _units(session: Session, parts: Sequence[NewPart], today: date) -> dict[str, str]:
    rows = session.execute(_UNITS, {"ids": list({part.subject_id for part in parts}), "today": today}).all()
    unfit = [row.name or row.id for row in rows if not row.valid]
    if unfit:
        raise ExpiredSubject("、".join(sorted(unfit)), field="subject_id")
    return {row.id: row.name for row in rows}


def _again(session: Session, case: Case, wanted: Sequence[tuple[str, str]]) -> list[str]:
    """What tells a part from one like it that was taken back or done. Raises :class:`Conflict` where one is live."""
    if len(set(wanted)) != len(wanted):
        raise Conflict("同一任务不能向同一单位重复交办", field="parts")
    rows = session.execute(_KNOWN, {"case": case.id}).all()
    said = []
    for subject_id, title in wanted:
        alike = [row for row in rows if row.subject_id == subject_id and row.matter.startswith(title)]
        if any(row.status in (CaseStatus.OPEN, CaseStatus.SUSPENDED) for row in alike):
            raise Conflict("同一任务不能向同一单位重复交办", field="parts")
        said.append(f"（第{len(alike) + 1}次）" if alike else "")
    return said


def _may_assign(session: Session, actor: Actor, case: Case, parts: Sequence[NewPart]) -> Actor:
    if actor.role is not Role.DISTRICT:
        return actor.require(*OFFICE)
    if case.process.stage(open_item(case).stage).owner is not Role.DISTRICT:
        raise NotAllowed("现在不由本单位办理，不能分解交办")
    rows = session.execute(_UNITS, {"ids": [part.subject_id for part in parts], "today": None}).all()
    if any(actor.subject_id not in (row.id, row.parent_id, row.district_id) for row in rows):
        raise NotAllowed("只能向本单位所属单位分解交办")
    return actor
