"""Launching a round: one set-based transaction, whatever the number of subjects."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from casework.actor import OFFICE, TIME, Actor
from casework.definitions import published
from casework.notify import queue_from
from casework.signing import LetterDraft, sign
from db.tables import Round, User
from db.workdays import work_calendar
from process.calendar import local_day
from process.decide import first_item
from process.definition import Process
from process.due import due
from process.errors import Conflict, ExpiredSubject, InvalidInput, NoSubjects
from process.vocabulary import LetterKind, NoticeKind, Role, SubjectKind

_UNFIT = """
SELECT w.id, s.name, s.id IS NULL AS unknown, s.kind <> :kind AS other_kind
FROM unnest(CAST(:ids AS text[])) AS w(id) LEFT JOIN subjects s ON s.id = w.id
WHERE s.id IS NULL OR s.kind <> :kind
    OR coalesce(s.valid_from, :today) > :today OR coalesce(s.valid_to, :today) < :today
ORDER BY w.id
"""

_OPEN_CASES = """
WITH new AS MATERIALIZED (
    SELECT nextval('cases_id_seq') AS case_id, nextval('work_items_id_seq') AS item_id, w.subject_id, w.matter
    FROM (SELECT * FROM unnest(CAST(:ids AS text[]), CAST(:matters AS text[])) WITH ORDINALITY
          AS w(subject_id, matter, n) ORDER BY n) w
), opened AS (
    INSERT INTO cases (id, round_id, subject_id, matter, year, status, stage, work_item_id, version, next_action_at,
                       opened_at)
    SELECT case_id, :round_id, subject_id, matter, :year, 'open', :stage, item_id, 1, :next_action_at, :now FROM new
), items AS (
    INSERT INTO work_items (id, case_id, stage, owner, visit, attempt, status, opened_at, due_on, due_since,
                            provisional)
    SELECT item_id, case_id, :stage, :owner, 1, 1, 'open', :now, :due_on, :now, :provisional FROM new
)
INSERT INTO events (round_id, case_id, case_version, ordinal, work_item_id, kind, actor_id, actor_name, at, data)
SELECT :round_id, case_id, 1, o.ordinal, item_id, o.kind, :actor_id, :actor_name, :now, CAST(o.data AS jsonb)
FROM new CROSS JOIN (VALUES (0, 'launched', CAST(:launched AS text)),
                            (1, 'stage_entered', CAST(:entered AS text))) AS o(ordinal, kind, data)
"""

# Whom the launch tells; the columns are those of casework.notify.FROM_JSON.
_TOLD = """
SELECT CAST(:notice AS text) AS kind, ''::text AS step, CAST(:positions AS jsonb) AS positions,
       CAST(:roles AS jsonb) AS roles, CAST(:by_mail AS boolean) AS by_mail, '{}'::jsonb AS data,
       c.round_id, c.id AS case_id, c.subject_id, c.work_item_id, 1 AS attempt, CAST(:due_on AS date) AS due_on,
       NULL::bigint AS climb_id, NULL::bigint AS talk_id, CAST(:letter_id AS bigint) AS letter_id,
       '[]'::jsonb AS people
FROM cases c WHERE c.round_id = :round_id
"""


def launch(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    process_name: str,
    title: str,
    year: int,
    subject_ids: Sequence[str] = (),
    matters: Sequence[tuple[str, str]] = (),
    process_version: int | None = None,
    days: Mapping[str, int] | None = None,
    coordinator_id: int | None = None,
) -> Round:
    """Open a case for every subject at the first stage of a published process, and tell them.

    ``matters`` are further cases, each of a subject and with what it is about in words (an entry, a thesis): a subject
    may have several. ``days`` adjusts the length of stages for this round only, in each period's own unit.
    ``coordinator_id`` looks after the round (the actor, if not given); time, which launches what the calendar foresees,
    must name somebody. Raises :class:`NoSubjects`, :class:`ExpiredSubject`, :class:`InvalidInput` (also for what opens
    by matters, like a 问责), :class:`Conflict` (same title and year).
    """
    if actor != TIME:
        actor = actor.require(*OFFICE)
    if not title.strip():
        raise InvalidInput("轮次名称不能为空", field="title")
    if not 2000 <= year <= 2100:
        raise InvalidInput("年度须为四位年份", field="year")
    wanted = [*((subject_id, "") for subject_id in subject_ids), *((s, title.strip()) for s, title in matters)]
    if not wanted:
        raise NoSubjects(field="subject_ids")
    process = adjusted(published(session, process_name, process_version), days or {})
    if process.launch_letter is None:
        raise InvalidInput(f"「{process.title}」由措施或约谈逐件立项，不成轮启动", field="process_name")
    check_subjects(session, process, wanted, now)
    opened = Round(
        process_name=process.name,
        process_version=process.version,
        title=title.strip(),
        year=year,
        definition=process.model_dump(mode="json"),
        coordinator_id=coordinator_id or actor.person,
        launched_at=now,
        launched_by=actor.user_id,
    )
    session.add(opened)
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict(f"{year}年已有同名轮次「{title}」", field="title") from error
    _open_cases(session, actor, now, opened, process, wanted)
    return opened


def adjusted(process: Process, days: Mapping[str, int]) -> Process:
    """The process with other lengths for some stages. Raises :class:`InvalidInput` for what cannot be adjusted."""
    known = {stage.key: stage for stage in process.stages}
    for key, n in days.items():
        if key not in known:
            raise InvalidInput(f"没有环节 {key}", field="days")
        if known[key].period.n == 0 or not 1 <= n <= 400:
            raise InvalidInput(f"「{known[key].title}」的期限须在1至400之间", field="days")
    stages = tuple(
        stage.model_copy(update={"period": stage.period.model_copy(update={"n": days[stage.key]})})
        if stage.key in days
        else stage
        for stage in process.stages
    )
    return process.model_copy(update={"stages": stages})


def check_subjects(session: Session, process: Process, wanted: Sequence[tuple[str, str]], now: datetime) -> None:
    """That subjects (with their matters) may have a case of a process today. Raises as :func:`launch` does."""
    if len(set(wanted)) != len(wanted):
        raise InvalidInput("督导对象重复", field="subject_ids")
    unfit = session.execute(
        text(_UNFIT),
        {"ids": list({subject_id for subject_id, _ in wanted}), "kind": process.subjects, "today": local_day(now)},
    ).mappings()
    wrong = [row["name"] or row["id"] for row in unfit]
    if wrong:
        raise ExpiredSubject("、".join(wrong[:10]), field="subject_ids")


def _open_cases(
    session: Session, actor: Actor, now: datetime, opened: Round, process: Process, wanted: Sequence[tuple[str, str]]
) -> None:
    letter = _launch_letter(session, actor, now, opened, process)
    item, next_action_at = first_item(process, opened.year, now, work_calendar(session))
    stage = process.stage(process.first)
    entered = {"stage": stage.key, "due_on": item.due_on.isoformat(), "attempt": 1, "visit": 1}
    session.execute(
        text(_OPEN_CASES),
        {
            "ids": [subject_id for subject_id, _ in wanted],
            "matters": [matter for _, matter in wanted],
            "round_id": opened.id,
            "year": opened.year,
            "stage": stage.key,
            "owner": stage.owner,
            "next_action_at": next_action_at,
            "now": now,
            "due_on": item.due_on,
            "provisional": item.provisional,
            "actor_id": actor.user_id,
            "actor_name": actor.name,
            "launched": json.dumps({"title": opened.title}, ensure_ascii=False),
            "entered": json.dumps({**entered, "provisional": item.provisional}),
        },
    )
    district = stage.owner is Role.DISTRICT
    told = {
        "notice": NoticeKind.STAGE_OPENED,
        "positions": json.dumps(list(stage.tells) if district else []),
        "roles": json.dumps([] if district else [Role.COORDINATOR]),
        "by_mail": district,
        "due_on": item.due_on,
        "round_id": opened.id,
        "letter_id": letter,
    }
    queue_from(session, _TOLD, told, now)


def _launch_letter(session: Session, actor: Actor, now: datetime, opened: Round, process: Process) -> int | None:
    """One letter to all subjects of the round: the 督导通知 of a supervision (REG 17; its fields: CQREG 23), the
    工作通知 of anything else.
    """
    kind = process.launch_letter
    if kind is None:
        return None
    calendar = work_calendar(session)
    today = local_day(now)
    first = process.stage(process.first)
    wanted = next((s for s in process.stages if s.owner is Role.DISTRICT and s.deliverables), first)
    first_due = due(first.period, entered=today, anchor=today, year=opened.year, calendar=calendar).on
    hand_in = first_due
    if wanted is not first:
        hand_in = due(wanted.period, entered=first_due, anchor=first_due, year=opened.year, calendar=calendar).on
    contact = session.get_one(User, opened.coordinator_id).name
    materials = [deliverable.title for deliverable in wanted.deliverables]
    fields: dict[str, object] = {
        "matters": process.title
        + (f"（评价{opened.year + process.evaluated_year}年情况）" if process.evaluated_year else ""),
        "basis": process.source,
        "materials": materials,
        "contact": contact,
    }
    if kind is LetterKind.SUPERVISION_NOTICE:
        fields |= {
            "team": f"由市政府教育督导室组建督导小组，每组由{process.team_minimum}名以上督学组成，"
            "实地督查前另行书面告知组长和成员。",
            "self_evaluation": wanted.asks,
            "self_evaluation_due_on": hand_in.isoformat(),
            "acknowledgement_due_on": first_due.isoformat(),
            "recusal": "请在签收督导通知时或收到督导小组名单后书面提出。",
        }
    else:
        fields |= {"requirement": wanted.asks, "due_on": hand_in.isoformat()}
    draft = LetterDraft(kind, opened.id or 0, fields, ADDRESSEES[process.subjects])
    return sign(session, actor, now, [draft])[0].id


ADDRESSEES: dict[SubjectKind, tuple[str, ...]] = {
    SubjectKind.DISTRICT: ("各区县（自治县）人民政府、有关开发区管委会",),
    SubjectKind.AUTHORITY: ("市政府教育督导委员会有关成员单位",),
    SubjectKind.CITY: ("市政府教育督导委员会各成员单位",),
    SubjectKind.SCHOOL: ("有关区县（自治县）教委（教育局、公共服务局），有关学校",),
    SubjectKind.KINDERGARTEN: ("有关区县（自治县）教委（教育局、公共服务局），有关幼儿园",),
    SubjectKind.COLLEGE: ("有关职业院校",),
    SubjectKind.UNIVERSITY: ("有关高等学校",),
    SubjectKind.PRINCIPAL: ("有关区县（自治县）教委（教育局、公共服务局），有关学校（幼儿园）",),
    SubjectKind.INSPECTOR: ("各区县（自治县）政府教育督导室",),
}
"""To whom the launch letter of a round is addressed, by the kind of its subjects."""
