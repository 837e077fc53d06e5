"""Composing the team that inspects a district: three inspectors at least, none with a ground of 回避."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlmodel import Session, col, delete, select

from casework.actor import OFFICE, Actor
from casework.load import load_case
from casework.pool import YEARS_AFTER_LEAVING, candidates
from casework.steps import apply
from casework.write import record
from db.tables import Inspector, InspectorTie, TeamMember
from process.calendar import local_day
from process.decide import EventDraft
from process.drawing import METHOD, drawn
from process.errors import InvalidInput, NotFound, RecusalRequired, TeamTooSmall
from process.state import Case
from process.vocabulary import EventKind, RecusalGround, TeamRole


@dataclass(frozen=True, slots=True)
class Member:
    """One member to be: which inspector, in which part."""

    inspector_id: int
    role: TeamRole


def compose_team(
    session: Session,
    actor: Actor,
    now: datetime,
    case_id: int,
    expected_version: int | None,
    members: Sequence[Member],
) -> Case:
    """Set the team of a case and end the stage in which it waits for one.

    Raises :class:`TeamTooSmall`, :class:`RecusalRequired` (naming person and ground), :class:`InvalidInput`.
    """
    actor = actor.require(*OFFICE)
    case = load_case(session, actor, case_id, expected_version)
    return _composed(session, actor, now, case, members, {})


def draw_team(
    session: Session,
    actor: Actor,
    now: datetime,
    case_id: int,
    expected_version: int | None,
    *,
    seed: str,
    expertise: str = "",
    size: int | None = None,
) -> Case:
    """Compose the team by lot (双随机): inspectors with some expertise, those in fewer teams first, none who must keep
    out; who is drawn first leads. Seed, method, pool and who was kept out stand in the history.

    ``size`` defaults to the fewest the definition allows. Raises :class:`TeamTooSmall`, :class:`InvalidInput`.
    """
    actor = actor.require(*OFFICE)
    case = load_case(session, actor, case_id, expected_version)
    if not seed.strip():
        raise InvalidInput("抽取须写明随机种子", field="seed")
    wanted = size or case.process.team_minimum
    pool = [one.id for one in candidates(session, expertise=expertise) if one.is_inspector]
    out = {tie.inspector_id for tie in recusals(session, case.subject_id, pool, local_day(now))}
    fit = [one for one in pool if one not in out]
    if len(fit) < wanted:
        raise TeamTooSmall(f"可抽取的督学只有{len(fit)}名，须{wanted}名", field="expertise")
    load = {row.inspector_id: row.n for row in session.execute(_LOAD, {"people": fit})}
    leader, *others = drawn(f"{seed.strip()}/{case.id}", fit, wanted, load)
    members = [Member(leader, TeamRole.LEADER), *(Member(one, TeamRole.MEMBER) for one in others)]
    lot = {
        "seed": seed.strip(),
        "method": METHOD,
        "expertise": expertise.strip(),
        "pool": fit,
        "load": {str(one): n for one, n in load.items()},
        "kept_out": sorted(out),
    }
    return _composed(session, actor, now, case, members, lot)


_LOAD = text(
    """
    SELECT m.inspector_id, count(*) AS n FROM team_members m JOIN cases c ON c.id = m.case_id
    WHERE m.inspector_id = ANY(:people) AND c.status IN ('open', 'suspended') GROUP BY m.inspector_id
    """
)


def _composed(
    session: Session, actor: Actor, now: datetime, case: Case, members: Sequence[Member], lot: Mapping[str, object]
) -> Case:
    people = _people(session, members)
    if sum(member.role is TeamRole.LEADER for member in members) != 1:
        raise InvalidInput("督导小组须有且仅有一名组长", field="members")
    inspectors = [m for m in members if m.role is not TeamRole.EXPERT and people[m.inspector_id].is_inspector]
    if len(inspectors) < case.process.team_minimum:
        raise TeamTooSmall(f"现有督学{len(inspectors)}名", field="members")
    conflicts = recusals(session, case.subject_id, list(people), local_day(now))
    if conflicts:
        named = [f"{people[tie.inspector_id].name}({tie.ground.title_zh})" for tie in conflicts]
        raise RecusalRequired("、".join(named), field="members")
    session.exec(delete(TeamMember).where(col(TeamMember.case_id) == case.id))
    session.add_all(TeamMember(case_id=case.id, inspector_id=m.inspector_id, role=m.role) for m in members)
    session.flush()
    named_members = [{"name": people[m.inspector_id].name, "role": m.role} for m in members]
    record(session, case, actor, now, [EventDraft(EventKind.TEAM_COMPOSED, {"members": named_members, **lot})])
    composed = load_case(session, actor, case.id, None)
    return apply(session, actor, now, composed, stage="team", outcome="composed").after


def recusals(session: Session, subject_id: str, inspector_ids: Sequence[int], today: date) -> list[InspectorTie]:
    """The ties that forbid these inspectors this subject on that day; a home district counts as employment."""
    ties = session.exec(
        select(InspectorTie).where(
            InspectorTie.subject_id == subject_id, col(InspectorTie.inspector_id).in_(inspector_ids)
        )
    )
    forbidden = [tie for tie in ties if not _outlived(tie, today)]
    at_home = session.exec(
        select(Inspector).where(col(Inspector.id).in_(inspector_ids), Inspector.home_subject_id == subject_id)
    )
    forbidden += [
        InspectorTie(inspector_id=inspector.id or 0, subject_id=subject_id, ground=RecusalGround.STAFF)
        for inspector in at_home
    ]
    return forbidden


def _outlived(tie: InspectorTie, today: date) -> bool:
    if tie.ground is not RecusalGround.LEFT_RECENTLY or tie.left_on is None:
        return False
    years = today.year - tie.left_on.year - ((today.month, today.day) < (tie.left_on.month, tie.left_on.day))
    return years >= YEARS_AFTER_LEAVING


def _people(session: Session, members: Sequence[Member]) -> dict[int, Inspector]:
    ids = [member.inspector_id for member in members]
    if len(set(ids)) != len(ids):
        raise InvalidInput("同一人不能在组内重复", field="members")
    found = {i.id or 0: i for i in session.exec(select(Inspector).where(col(Inspector.id).in_(ids), Inspector.active))}
    if len(found) != len(ids):
        raise NotFound("督学", field="members")
    return found
