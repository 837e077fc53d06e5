"""What the calendar foresees: planned, proposed a week before, launched on its day, unless somebody stops it.

Everything here is level-triggered: a pass asks what is owed by now, so a day on which no pass came is made good by the
next one, once. Nobody's round begins unannounced: where the proposal itself came late (no pass for a week, a term
entered late), the launch waits for the working day after it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import text
from sqlmodel import Session, col, select

from casework.actor import OFFICE, TIME, Actor
from casework.definitions import newest, published
from casework.eligible import eligible, resolved, to_choose
from casework.launch import launch
from casework.notify import Queued, queue
from db.school_calendar import school_calendar
from db.tables import PlannedRound, User
from db.workdays import work_calendar
from process.calendar import WorkCalendar, local_day
from process.decide import NoticeDraft
from process.definition import Process
from process.errors import Conflict, DudaoError, InvalidInput, NotFound, RequirementUnmet
from process.recurrence import PROPOSED_BEFORE, Occurrence, occurrences
from process.school_calendar import last_day
from process.vocabulary import Cadence, NoticeKind, PlanStatus, Role, SubjectKind

AHEAD = 92
"""Days for which the plan reaches beyond a year's end, so that January's launches are known before it comes."""

WAITING = (PlanStatus.PLANNED, PlanStatus.PROPOSED)


# Planning


@dataclass(frozen=True, slots=True)
class Foreseen:
    """One launch of a process."""

    process: Process
    occurrence: Occurrence


def foresee(session: Session, years: Sequence[int], processes: Iterable[Process] | None = None) -> list[Foreseen]:
    """What the newest definitions give for these years, by the school calendar and the terms of office now known."""
    school = school_calendar(session)
    found = []
    for process in newest(session) if processes is None else processes:
        rule = process.recurrence
        if rule is None or process.launch_letter is None:
            continue
        ends = _term_ends(session, process, years) if rule.cadence is Cadence.TERM_END else []
        for year in years:
            found += [Foreseen(process, one) for one in occurrences(process, year, school, term_ends=ends)]
    return found


# Of principals, or of inspectors by the subject under which their cases run.
_TERM_ENDS = """
SELECT DISTINCT t.ends_on FROM terms t {person}
WHERE t.ended_on IS NULL AND t.ends_on BETWEEN :first AND :last
"""
_PERSON = {
    SubjectKind.PRINCIPAL: "JOIN subjects s ON s.id = t.subject_id AND s.kind = 'principal'",
    SubjectKind.INSPECTOR: "JOIN inspectors i ON i.id = t.inspector_id AND i.subject_id IS NOT NULL",
}


def _term_ends(session: Session, process: Process, years: Sequence[int]) -> list[date]:
    person = _PERSON.get(process.subjects)
    if person is None:
        return []
    span = {"first": date(min(years), 1, 1), "last": date(max(years) + 2, 12, 31)}
    return list(session.execute(text(_TERM_ENDS.format(person=person)), span).scalars())


_PLAN = """
WITH f AS (
    SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS f(
        process_name text, occurrence text, title text, year int, launch_on date)
), gone AS (
    DELETE FROM planned_rounds p
    WHERE p.status = 'planned' AND p.year = ANY(:years) AND p.launch_on >= :today AND p.log = '[]'
        AND NOT EXISTS (SELECT FROM f WHERE f.process_name = p.process_name AND f.occurrence = p.occurrence)
)
INSERT INTO planned_rounds (process_name, occurrence, title, year, launch_on, moved, status, stopped_reason, trouble,
                            log)
SELECT process_name, occurrence, title, year, launch_on, false, 'planned', '', '', '[]' FROM f
WHERE launch_on >= :today
ON CONFLICT (process_name, occurrence) DO UPDATE SET title = excluded.title, year = excluded.year,
    launch_on = CASE WHEN planned_rounds.moved THEN planned_rounds.launch_on ELSE excluded.launch_on END
WHERE planned_rounds.status = 'planned'
    AND (planned_rounds.title, planned_rounds.year, planned_rounds.launch_on)
        <> (excluded.title, excluded.year, excluded.launch_on)
"""
# A round that was begun by hand is not begun again: one of the same title; in a process that recurs by the year, any.
_ADOPT = """
UPDATE planned_rounds p SET status = 'launched', round_id = r.id, launched_at = r.launched_at, trouble = ''
FROM (
    SELECT DISTINCT ON (p.id) p.id AS plan_id, r.id, r.launched_at FROM planned_rounds p
    JOIN rounds r ON r.process_name = p.process_name AND r.year = p.year
        AND (r.title = p.title OR (p.occurrence = p.year::text AND NOT EXISTS (
            SELECT FROM planned_rounds o WHERE o.round_id = r.id)))
    WHERE p.status IN ('planned', 'proposed') ORDER BY p.id, r.title = p.title DESC, r.id
) r WHERE p.id = r.plan_id
"""


def plan_ahead(session: Session, now: datetime) -> None:
    """Write down what the calendar foresees for this year (and the next, towards its end).

    Days that passed before anybody planned them are not made up: an office that begins to work with this in autumn is
    not flooded with the rounds of spring. What was planned and not yet proposed follows the newest definition, the
    school calendar and the terms of office, unless somebody set its day.
    """
    today = local_day(now)
    calendar = work_calendar(session)
    years = sorted({today.year, (today + timedelta(days=AHEAD)).year})
    rows = [
        {
            "process_name": one.process.name,
            "occurrence": one.occurrence.key,
            "title": one.occurrence.title,
            "year": one.occurrence.year,
            "launch_on": _still(one.occurrence, today, calendar).isoformat(),
        }
        for one in foresee(session, years)
    ]
    given = {"rows": json.dumps(rows, ensure_ascii=False), "years": years, "today": today}
    session.execute(text(_PLAN), given)
    session.execute(text(_ADOPT))
    _plan_latecomers(session, today, calendar)


_BATCHES = """
SELECT process_name, left(occurrence, 7) AS month, min(title) AS title, max(year) AS year, count(*) AS batches,
       array_agg(DISTINCT round_id) FILTER (WHERE round_id IS NOT NULL) AS rounds,
       array_agg(id) AS plans
FROM planned_rounds WHERE process_name = ANY(:processes) AND left(occurrence, 7) >= :month
GROUP BY process_name, left(occurrence, 7)
HAVING bool_and(status IN ('launched', 'proposed')) AND bool_or(status = 'launched')
"""
_TAKEN = """
SELECT subject_id FROM cases WHERE round_id = ANY(:rounds)
UNION SELECT unnest(subject_ids) FROM planned_rounds WHERE id = ANY(:plans)
"""
_ADD_BATCH = """
INSERT INTO planned_rounds (process_name, occurrence, title, year, launch_on, moved, status, stopped_reason, trouble,
                            log, subject_ids)
VALUES (:process, :occurrence, :title, :year, :launch_on, false, 'planned', '', '', '[]', :subjects)
ON CONFLICT (process_name, occurrence) DO NOTHING
"""


def _plan_latecomers(session: Session, today: date, calendar: WorkCalendar) -> None:
    """Terms of office that were entered, or moved into a month, after its batch began, have a batch of their own.

    Those that somebody stopped, or took out of a batch, stay out: who is in any batch of the month is not asked again.
    """
    known = {
        process.name: process
        for process in newest(session)
        if process.recurrence is not None and process.recurrence.cadence is Cadence.TERM_END
    }
    given = {"processes": list(known), "month": f"{today:%Y-%m}"}
    for batch in session.execute(text(_BATCHES), given).all() if known else ():
        process = known[batch.process_name]
        first, last = month_of_terms(batch.month)
        taken = set(session.execute(text(_TAKEN), {"rounds": batch.rounds, "plans": batch.plans}).scalars())
        late = [id_ for id_ in eligible(session, process, today, (max(first, today), last)) if id_ not in taken]
        if late:
            number = batch.batches + 1
            session.execute(
                text(_ADD_BATCH),
                {
                    "process": process.name,
                    "occurrence": f"{batch.month}-{number}",
                    "title": f"{batch.title}（第{number}批）",
                    "year": batch.year,
                    "launch_on": calendar.roll(today + timedelta(days=PROPOSED_BEFORE)),
                    "subjects": late,
                },
            )


def _still(one: Occurrence, today: date, calendar: WorkCalendar) -> date:
    """A term of office that was entered late still has its supervision, as long as the term lasts."""
    if one.ends is not None and one.launch_on < today < one.ends[0]:
        return calendar.roll(today + timedelta(days=PROPOSED_BEFORE))
    return one.launch_on


# Proposing

_PROPOSE = """
UPDATE planned_rounds SET status = 'proposed', proposed_at = :now, launch_on = greatest(launch_on, :earliest)
WHERE status = 'planned' AND launch_on <= :soon
RETURNING id
"""


def propose_due(session: Session, now: datetime) -> list[str]:
    """Tell the coordinators what will begin within a week, each once; the titles."""
    today = local_day(now)
    given = {
        "now": now,
        "soon": today + timedelta(days=PROPOSED_BEFORE),
        "earliest": work_calendar(session).add_working_days(today, 1),
    }
    ids = session.execute(text(_PROPOSE), given).scalars().all()
    if not ids:
        return []
    rows = session.exec(
        select(PlannedRound)
        .where(col(PlannedRound.id).in_(ids))
        .order_by(col(PlannedRound.launch_on), col(PlannedRound.id))
        .execution_options(populate_existing=True)
    ).all()
    queue(session, [_told(session, row) for row in rows], now)
    return [row.title for row in rows]


def _told(session: Session, row: PlannedRound, trouble: str = "", step: str = "") -> Queued:
    process = published(session, row.process_name)
    subjects = subjects_of(session, process, row)
    data = {
        "title_of_round": row.title,
        "process": process.title,
        "source": process.source,
        "launch_on": row.launch_on.isoformat(),
        "subjects": len(subjects),
        "kind_of_subject": process.subjects.title_zh,
        "to_choose": 0 if row.subject_ids is not None else to_choose(process, len(subjects)),
        "trouble": trouble,
        "path": f"/planned/{row.id}",
    }
    draft = NoticeDraft(
        NoticeKind.ROUND_PROPOSED,
        roles=(Role.COORDINATOR,),
        step=f"plan:{row.id}:{step or row.launch_on.isoformat()}",
        data=data,
    )
    return Queued(draft, None, None, None)


def subjects_of(session: Session, process: Process, row: PlannedRound) -> list[str]:
    """Whom a planned round will be about: the chosen ones, or whoever is eligible on its day."""
    if row.subject_ids is not None:
        return row.subject_ids
    return eligible(session, process, row.launch_on, term_end_month(process, row.occurrence))


def term_end_month(process: Process, occurrence: str) -> tuple[date, date] | None:
    """The month in which the terms of office end that an occurrence is about; ``None`` where it is about no terms."""
    if process.recurrence is None or process.recurrence.cadence is not Cadence.TERM_END:
        return None
    return month_of_terms(occurrence[:7])


def month_of_terms(key: str) -> tuple[date, date]:
    """The first and last day of a month named ``2022-08``."""
    month = date.fromisoformat(f"{key}-01")
    return month, last_day(month)


# Launching

_DUE = "SELECT id, title FROM planned_rounds WHERE status = 'proposed' AND launch_on <= :today ORDER BY launch_on, id"
# Whoever was named; else whoever looked after the last round of the process; else whoever has been here longest.
_COORDINATOR = """
SELECT u.id FROM users u LEFT JOIN LATERAL (
    SELECT max(r.id) AS last FROM rounds r WHERE r.coordinator_id = u.id AND r.process_name = :process) r ON true
WHERE u.active AND (u.role = 'coordinator' OR u.id = :named)
ORDER BY u.id = :named DESC NULLS LAST, r.last DESC NULLS LAST, u.id LIMIT 1
"""


def launches_due(session: Session, now: datetime) -> list[tuple[int, str]]:
    """What is to begin by today: keys and titles."""
    return [(id_, title) for id_, title in session.execute(text(_DUE), {"today": local_day(now)})]


def launch_planned(session: Session, now: datetime, plan_id: int) -> int | None:
    """Launch one that is due, as time does; its round, or ``None`` where it is not due any more or could not be.

    Why it could not is written down and told to the coordinators once; the next pass tries again.
    """
    found = select(PlannedRound).where(PlannedRound.id == plan_id, PlannedRound.status == PlanStatus.PROPOSED)
    row = session.exec(found.with_for_update(skip_locked=True).execution_options(populate_existing=True)).one_or_none()
    if row is None or row.launch_on > local_day(now):
        return None
    try:
        with session.begin_nested():
            return _launch(session, TIME, now, row)
    except DudaoError as error:
        why = str(error)
    if row.trouble != why:
        row.trouble = why
        session.flush()
        queue(session, [_told(session, row, why, f"trouble:{local_day(now).isoformat()}")], now)
    return None


def _launch(session: Session, actor: Actor, now: datetime, row: PlannedRound) -> int:
    process = published(session, row.process_name)
    subjects = subjects_of(session, process, row)
    chosen = to_choose(process, len(subjects)) if row.subject_ids is None else 0
    if chosen:
        raise RequirementUnmet(f"须先选定{chosen}个督导对象（{process.title}）")
    coordinator = responsible(session, row)
    if coordinator is None:
        raise RequirementUnmet("没有在用的督导协调员账号")
    opened = launch(
        session,
        actor,
        now,
        process_name=row.process_name,
        title=row.title,
        year=row.year,
        subject_ids=subjects,
        coordinator_id=coordinator,
    )
    row.status, row.launched_at, row.round_id, row.trouble = PlanStatus.LAUNCHED, now, opened.id, ""
    session.flush()
    return opened.id or 0


def responsible(session: Session, row: PlannedRound) -> int | None:
    """The account that will look after the round, if there is any."""
    given = {"process": row.process_name, "named": row.coordinator_id}
    found: int | None = session.execute(text(_COORDINATOR), given).scalar()
    return found


# What people do to it


def stop(session: Session, actor: Actor, now: datetime, plan_id: int, *, reason: str, series: bool = False) -> int:
    """It will not begin; with ``series`` neither will the others of the process that are still to come this year.

    How many were stopped. Raises :class:`NotFound`, :class:`Conflict` (begun already, or stopped),
    :class:`InvalidInput`.
    """
    actor, row = _waiting(session, actor, plan_id)
    if not reason.strip():
        raise InvalidInput("停止须写明理由", field="reason")
    rows = [row]
    if series:
        others = select(PlannedRound).where(
            PlannedRound.process_name == row.process_name,
            PlannedRound.year == row.year,
            col(PlannedRound.status).in_(WAITING),
            PlannedRound.id != row.id,
        )
        rows += session.exec(others.order_by(col(PlannedRound.id)).with_for_update())
    for one in rows:
        one.status, one.stopped_at, one.stopped_by = PlanStatus.STOPPED, now, actor.person
        one.stopped_reason, one.trouble = reason.strip(), ""
        _write_down(one, actor, now, "停止", reason)
    session.flush()
    return len(rows)


def resume(session: Session, actor: Actor, now: datetime, plan_id: int, *, launch_on: date) -> PlannedRound:
    """A launch that was stopped is planned again, for a day to come."""
    actor, row = _mine(session, actor, plan_id)
    if row.status is not PlanStatus.STOPPED:
        raise Conflict(f"「{row.title}」{row.status.title_zh}，没有停止")
    _set_day(session, row, now, launch_on)
    row.stopped_at, row.stopped_by, row.stopped_reason = None, None, ""
    _write_down(row, actor, now, "恢复", f"启动日：{launch_on.isoformat()}")
    session.flush()
    return row


def move(session: Session, actor: Actor, now: datetime, plan_id: int, *, launch_on: date, reason: str) -> PlannedRound:
    """Another day for the launch, a working day to come; proposed again where that is more than a week off."""
    actor, row = _waiting(session, actor, plan_id)
    if not reason.strip():
        raise InvalidInput("改期须写明理由", field="reason")
    before = row.launch_on
    _set_day(session, row, now, launch_on)
    _write_down(row, actor, now, "改期", f"{before.isoformat()}改为{launch_on.isoformat()}：{reason.strip()}")
    session.flush()
    return row


def _set_day(session: Session, row: PlannedRound, now: datetime, launch_on: date) -> None:
    today = local_day(now)
    if launch_on <= today:
        raise InvalidInput("启动日须在今天之后；今天启动请用「立即启动」", field="launch_on")
    if not work_calendar(session).is_working(launch_on):
        raise InvalidInput(f"{launch_on.isoformat()}不是工作日", field="launch_on")
    row.launch_on, row.moved, row.trouble = launch_on, True, ""
    again = launch_on > today + timedelta(days=PROPOSED_BEFORE)
    row.status = PlanStatus.PLANNED if again or row.proposed_at is None else PlanStatus.PROPOSED
    row.proposed_at = None if row.status is PlanStatus.PLANNED else row.proposed_at


def prepare(
    session: Session,
    actor: Actor,
    now: datetime,
    plan_id: int,
    *,
    subject_ids: Sequence[str] | None,
    coordinator_id: int | None,
) -> PlannedRound:
    """Who it will be about (``None``: whoever is eligible on its day) and who will look after it.

    Subjects may be given by their names. Raises :class:`InvalidInput` for those of another kind, or unknown, and for an
    account that is no coordinator's.
    """
    actor, row = _waiting(session, actor, plan_id)
    process = published(session, row.process_name)
    if subject_ids is not None:
        subject_ids = resolved(session, process, row.launch_on, subject_ids)
    if coordinator_id is not None:
        user = session.get(User, coordinator_id)
        if user is None or not user.active or user.role not in OFFICE:
            raise InvalidInput("负责人须是在用的督导协调员账号", field="coordinator_id")
    row.subject_ids = None if subject_ids is None else list(subject_ids)
    row.coordinator_id, row.trouble = coordinator_id, ""
    whom = "按范围自动确定" if subject_ids is None else f"选定{len(subject_ids)}个"
    _write_down(row, actor, now, "确定督导对象和负责人", f"督导对象{whom}")
    session.flush()
    return row


def launch_now(session: Session, actor: Actor, now: datetime, plan_id: int) -> int:
    """Begin it today, without waiting for its day; the round. Raises what :func:`casework.launch.launch` raises."""
    actor, row = _waiting(session, actor, plan_id)
    opened = _launch(session, actor, now, row)
    _write_down(row, actor, now, "立即启动", "")
    session.flush()
    return opened


def _mine(session: Session, actor: Actor, plan_id: int) -> tuple[Actor, PlannedRound]:
    actor = actor.require(*OFFICE)
    row = session.get(PlannedRound, plan_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("计划中的轮次")
    return actor, row


def _waiting(session: Session, actor: Actor, plan_id: int) -> tuple[Actor, PlannedRound]:
    actor, row = _mine(session, actor, plan_id)
    if row.status not in WAITING:
        raise Conflict(f"「{row.title}」{row.status.title_zh}")
    return actor, row


def _write_down(row: PlannedRound, actor: Actor, now: datetime, deed: str, note: str) -> None:
    line = {"at": now.isoformat(), "by": actor.person, "name": actor.name, "deed": deed, "note": note.strip()}
    row.log = [*row.log, line]
