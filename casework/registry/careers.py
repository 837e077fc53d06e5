"""Terms of office, training, and who answers for which school: entered one by one, beside the tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from casework.actor import KEEPERS, Actor
from casework.registry.planning import SCHOOLS
from db.queries.sight import sees_subjects
from db.tables import Inspector, ResponsibleInspector, Subject, Term, Training
from process.calendar import local_day
from process.errors import Conflict, InvalidInput, NotAllowed, NotFound
from process.vocabulary import Role, SubjectKind


def enter_term(
    session: Session,
    actor: Actor,
    *,
    subject_id: str | None = None,
    inspector_id: int | None = None,
    starts_on: date,
    ends_on: date,
    ordinal: int = 1,
    post: str = "",
) -> Term:
    """A term of a principal or of an inspector. Raises :class:`NotFound`, :class:`InvalidInput`, :class:`Conflict`."""
    if (subject_id is None) == (inspector_id is None):
        raise InvalidInput("任期属于一名校（园）长或一名督学", field="subject_id")
    _keeping(session, actor, subject_id, inspector_id)
    if ends_on < starts_on:
        raise InvalidInput("任期结束须不早于开始", field="ends_on")
    if not 1 <= ordinal <= 20:
        raise InvalidInput("任期序数须在1至20之间", field="ordinal")
    whose = Term.subject_id == subject_id if subject_id else Term.inspector_id == inspector_id
    for other in session.exec(select(Term).where(whose).with_for_update()):
        if starts_on <= (other.ended_on or other.ends_on) and other.starts_on <= ends_on:
            raise Conflict(f"与{other.starts_on}至{other.ended_on or other.ends_on}的任期重叠", field="starts_on")
    term = Term(
        subject_id=subject_id,
        inspector_id=inspector_id,
        post=post.strip() or ("督学" if inspector_id is not None else "校长"),
        ordinal=ordinal,
        starts_on=starts_on,
        ends_on=ends_on,
    )
    session.add(term)
    session.flush()
    return term


def end_term(session: Session, actor: Actor, term_id: int, *, ended_on: date, reason: str) -> Term:
    """Somebody leaves before the term is over (moved, retired, dismissed).

    Raises :class:`NotFound`, :class:`InvalidInput`, :class:`Conflict` (it ended already).
    """
    term = session.get(Term, term_id, with_for_update=True)
    if term is None:
        raise NotFound("任期")
    _keeping(session, actor, term.subject_id, term.inspector_id)
    if term.ended_on is not None:
        raise Conflict(f"此任期已于{term.ended_on}结束")
    if not reason.strip():
        raise InvalidInput("提前离任须写明原因", field="reason")
    if not term.starts_on <= ended_on <= term.ends_on:
        raise InvalidInput(f"离任日期须在{term.starts_on}至{term.ends_on}之间", field="ended_on")
    term.ended_on, term.ended_why = ended_on, reason.strip()
    session.flush()
    return term


def add_training(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    inspector_id: int,
    title: str,
    held_on: date,
    hours: float,
    before_service: bool = False,
) -> Training:
    """Hours that an inspector has had. Raises :class:`NotFound`, :class:`InvalidInput`, :class:`Conflict` (known)."""
    _keeping(session, actor, None, inspector_id)
    if not title.strip():
        raise InvalidInput("培训名称不能为空", field="title")
    if hours <= 0:
        raise InvalidInput("学时须大于0", field="hours")
    if held_on > local_day(now):
        raise InvalidInput("培训结束后再登记", field="held_on")
    made = Training(
        inspector_id=inspector_id,
        title=title.strip(),
        held_on=held_on,
        hours=hours,
        before_service=before_service,
    )
    session.add(made)
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict("此项培训已经登记", field="title") from error
    return made


def assign_schools(
    session: Session, actor: Actor, *, inspector_id: int, school_ids: Sequence[str], from_day: date
) -> int:
    """An inspector answers for schools from a day on; whoever did until then hands over (轮换). How many are new.

    Raises :class:`NotFound`, :class:`InvalidInput`, :class:`Conflict` (somebody takes over later already).
    """
    _keeping(session, actor, None, inspector_id)
    wanted = dict.fromkeys(school_ids)
    if not wanted:
        raise InvalidInput("没有选定学校", field="school_ids")
    known = set(session.exec(select(Subject.id).where(col(Subject.id).in_(wanted), col(Subject.kind).in_(SCHOOLS))))
    if known != set(wanted):
        raise NotFound(f"学校 {sorted(set(wanted) - known)[0]}", field="school_ids")
    held = session.exec(
        select(ResponsibleInspector)
        .where(
            col(ResponsibleInspector.school_id).in_(wanted),
            col(ResponsibleInspector.to_day).is_(None) | (col(ResponsibleInspector.to_day) >= from_day),
        )
        .with_for_update()
    ).all()
    for one in held:
        if one.inspector_id == inspector_id and one.to_day is None:
            wanted.pop(one.school_id, None)
        elif one.from_day >= from_day:
            raise Conflict(f"{one.from_day}起已另有责任督学", field="from_day")
        else:
            one.to_day = from_day - timedelta(days=1)
    session.flush()
    session.add_all(
        ResponsibleInspector(inspector_id=inspector_id, school_id=school_id, from_day=from_day) for school_id in wanted
    )
    session.flush()
    return len(wanted)


def release_school(
    session: Session, actor: Actor, *, inspector_id: int, school_id: str, last_day: date
) -> ResponsibleInspector:
    """The last day on which an inspector answers for a school. Raises :class:`NotFound`, :class:`InvalidInput`."""
    _keeping(session, actor, None, inspector_id)
    held = session.exec(
        select(ResponsibleInspector)
        .where(
            ResponsibleInspector.inspector_id == inspector_id,
            ResponsibleInspector.school_id == school_id,
            col(ResponsibleInspector.to_day).is_(None),
        )
        .with_for_update()
    ).first()
    if held is None:
        raise NotFound("责任督学", field="school_id")
    if last_day < held.from_day:
        raise InvalidInput(f"须不早于{held.from_day}", field="last_day")
    held.to_day = last_day
    session.flush()
    return held


def _keeping(session: Session, actor: Actor, subject_id: str | None, inspector_id: int | None) -> None:
    """Those who keep the rosters; of a principal also the district that answers for the school."""
    if subject_id is not None:
        person = session.get(Subject, subject_id)
        there = person is not None and person.kind is SubjectKind.PRINCIPAL
        if person is None or not there or not sees_subjects(session, actor.sight, subject_id):
            raise NotFound("校（园）长", field="subject_id")
        if actor.role is Role.DISTRICT:
            if person.district_id != actor.subject_id:
                raise NotAllowed("任期由所在区县或督导室登记")
            return
    actor.require(*KEEPERS)
    if inspector_id is not None and session.get(Inspector, inspector_id) is None:
        raise NotFound("督学", field="inspector_id")
