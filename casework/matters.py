"""Matters: cases of their own that follow from another (a commitment made at a talk, a 问责, 加强指导).

They live in a standing round of their process and year, so that their deadlines are followed like any other, by the
same rules, ladder and screens.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlmodel import Session, select

from casework.actor import OFFICE, Actor
from casework.definitions import published
from casework.launch import check_subjects
from casework.load import load_cases, round_process
from casework.notify import Queued, queue
from casework.write import about
from db.queries.sight import sees_subjects
from db.tables import Round
from db.workdays import work_calendar
from process.calendar import local_day
from process.decide import NoticeDraft, first_item
from process.definition import Process, parse_process
from process.errors import Conflict, InvalidInput, NoSubjects, NotFound
from process.vocabulary import CaseStatus, NoticeKind, Role, Template


@dataclass(frozen=True, slots=True)
class Matter:
    """What is to be followed: about whom, in words, and until when (empty: the process's own period)."""

    subject_id: str
    title: str
    due_on: date | None = None
    origin_climb_id: int | None = None
    origin_talk_id: int | None = None
    origin_case_id: int | None = None


_OPEN = text(
    """
WITH new AS MATERIALIZED (
    SELECT nextval('cases_id_seq') AS case_id, nextval('work_items_id_seq') AS item_id, r.*
    FROM (SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(n int, subject_id text, matter text,
        origin_climb_id bigint, origin_talk_id bigint, origin_case_id bigint, due_on date, provisional boolean,
        next_action_at timestamptz, entered jsonb) ORDER BY n) r
), opened AS (
    INSERT INTO cases (id, round_id, subject_id, matter, origin_climb_id, origin_talk_id, origin_case_id, year, status,
                       stage, work_item_id, version, next_action_at, opened_at)
    SELECT case_id, :round_id, subject_id, matter, origin_climb_id, origin_talk_id, origin_case_id, :year, 'open',
           :stage, item_id, 1, next_action_at, :now FROM new
), items AS (
    INSERT INTO work_items (id, case_id, stage, owner, visit, attempt, status, opened_at, due_on, due_since,
                            provisional)
    SELECT item_id, case_id, :stage, :owner, 1, 1, 'open', :now, due_on, :now, provisional FROM new
), said AS (
    INSERT INTO events (round_id, case_id, case_version, ordinal, work_item_id, kind, actor_id, actor_name, at, data)
    SELECT :round_id, case_id, 1, o.ordinal, item_id, o.kind, :actor_id, :actor_name, :now, o.data
    FROM new CROSS JOIN LATERAL (VALUES
        (0, 'matter_opened', jsonb_build_object('title', matter)), (1, 'stage_entered', entered)
    ) AS o(ordinal, kind, data)
)
SELECT case_id FROM new ORDER BY n
"""
)


def open_matters(
    session: Session,
    actor: Actor,
    now: datetime,
    process_name: str,
    matters: Sequence[Matter],
    coordinator_id: int | None = None,
) -> list[int]:
    """Open a case for each matter in this year's standing round of the process, and tell whose turn it is.

    ``coordinator_id`` looks after a standing round made now (the actor, if not given). Returns the cases' keys in
    order.
    """
    if not matters:
        return []
    year = local_day(now).year
    standing, process = _standing_round(session, actor, now, process_name, year, coordinator_id or actor.person)
    return _open(session, actor, now, standing, process, matters)


def add_matters(session: Session, actor: Actor, now: datetime, round_id: int, matters: Sequence[Matter]) -> list[int]:
    """Further cases in a round under way: an entry sent in, a thesis drawn, a subject that was forgotten.

    The office may; the unit itself where entries are called for (:attr:`Template.AWARD`). Returns the cases' keys in
    order. Raises :class:`NotFound`, :class:`Conflict` (the round is over, or has that case already),
    :class:`InvalidInput`, :class:`ExpiredSubject`.
    """
    opened = session.get(Round, round_id, with_for_update={"key_share": True})
    seen = sees_subjects(session, actor.sight, *(matter.subject_id for matter in matters))
    if opened is None or not seen:
        raise NotFound("轮次" if opened is None else "督导对象")
    process = round_process(session, round_id)
    if not (actor.role is Role.DISTRICT and process.template is Template.AWARD):
        actor = actor.require(*OFFICE)
    if process.launch_letter is None:
        raise InvalidInput(f"「{process.title}」由措施或约谈逐件立项")
    if opened.status is not CaseStatus.OPEN:
        raise Conflict("轮次已经办结")
    if not matters:
        raise NoSubjects(field="matters")
    wanted = [(matter.subject_id, matter.title.strip()) for matter in matters]
    check_subjects(session, process, wanted, now)
    known = session.execute(_KNOWN, {"round": round_id, "ids": [subject_id for subject_id, _ in wanted]}).all()
    twice = {(row.subject_id, row.matter) for row in known} & set(wanted)
    if twice:
        raise Conflict(f"本轮次已有「{'、'.join(title or id_ for id_, title in sorted(twice))}」", field="matters")
    return _open(session, actor, now, opened, process, matters)


_KNOWN = text("SELECT subject_id, matter FROM cases WHERE round_id = :round AND subject_id = ANY(:ids)")


def _open(
    session: Session, actor: Actor, now: datetime, opened: Round, process: Process, matters: Sequence[Matter]
) -> list[int]:
    year = opened.year
    calendar = work_calendar(session)
    stage = process.stage(process.first)
    rows = []
    for n, matter in enumerate(matters):
        item, next_action_at = first_item(process, year, now, calendar, due_on=matter.due_on)
        rows.append(
            {
                "n": n,
                "subject_id": matter.subject_id,
                "matter": matter.title,
                "origin_climb_id": matter.origin_climb_id,
                "origin_talk_id": matter.origin_talk_id,
                "origin_case_id": matter.origin_case_id,
                "due_on": item.due_on.isoformat(),
                "provisional": item.provisional,
                "next_action_at": next_action_at.isoformat() if next_action_at else None,
                "entered": {
                    "stage": stage.key,
                    "due_on": item.due_on.isoformat(),
                    "attempt": 1,
                    "visit": 1,
                    "provisional": item.provisional,
                },
            }
        )
    parameters = {
        "rows": json.dumps(rows, ensure_ascii=False),
        "round_id": opened.id,
        "year": opened.year,
        "stage": stage.key,
        "owner": stage.owner,
        "now": now,
        "actor_id": actor.user_id,
        "actor_name": actor.name,
    }
    ids = list(session.execute(_OPEN, parameters).scalars())
    cases = {case.id: case for case in load_cases(session, ids)}
    if stage.owner is Role.DISTRICT:
        draft = NoticeDraft(NoticeKind.MATTER_OPENED, stage.tells)
    else:
        draft = NoticeDraft(NoticeKind.MATTER_OPENED, roles=(stage.owner,))
    queue(session, [Queued(draft, **about(cases[id_])) for id_ in ids], now)
    return ids


def _standing_round(
    session: Session, actor: Actor, now: datetime, process_name: str, year: int, coordinator_id: int
) -> tuple[Round, Process]:
    """The year's standing round of the newest version, opened if need be.

    Locked, so that two do not make it, nor its last case closes it meanwhile.
    """
    process = published(session, process_name)
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name), :year)"), {"name": process_name, "year": year})
    found = session.exec(
        select(Round)
        .where(
            Round.process_name == process_name,
            Round.year == year,
            Round.process_version == process.version,
            Round.title == standing_title(process, year),
        )
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).first()
    if found is None:
        found = Round(
            process_name=process.name,
            process_version=process.version,
            title=standing_title(process, year),
            year=year,
            definition=process.model_dump(mode="json"),
            coordinator_id=coordinator_id,
            launched_at=now,
            launched_by=actor.user_id,
        )
        session.add(found)
    elif found.status is CaseStatus.CLOSED:
        found.status, found.closed_at = CaseStatus.OPEN, None
        session.add(found)
    session.flush()
    return found, parse_process(process.model_dump_json())


def standing_title(process: Process, year: int) -> str:
    """What the standing round of a year is called; a new version of the process has its own."""
    version = f"（第{process.version}版）" if process.version > 1 else ""
    return f"{year}年{process.title}{version}"
