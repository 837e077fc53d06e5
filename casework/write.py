"""Writing decisions: the case moves, the event is written, the notices are queued, as sets and all or nothing.

The same few statements serve one case and a thousand. Nothing here decides anything.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from casework.actor import TIME, Actor
from casework.notify import Queued, queue
from casework.particulars import addressees, slip_fields
from casework.signing import LetterDraft, sign
from process.calendar import local_day
from process.decide import Decision, EventDraft, open_item
from process.state import Case, Item
from process.vocabulary import (
    CaseOutcome,
    CaseStatus,
    ClimbStatus,
    EventKind,
    LetterKind,
    Role,
    RungKind,
    TalkStatus,
    Trigger,
)

_LEAVE = """
UPDATE work_items w SET status = 'done', outcome = r.outcome, completed_at = :now
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(id bigint, outcome text) WHERE w.id = r.id
"""
_REOPEN = """
UPDATE work_items w SET status = 'open', outcome = NULL, completed_at = NULL, attempt = r.attempt,
    opened_at = r.opened_at, due_on = r.due_on, due_since = r.due_since, provisional = r.provisional
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(id bigint, attempt int, opened_at timestamptz, due_on date,
    due_since timestamptz, provisional boolean) WHERE w.id = r.id
"""
_OPEN = """
INSERT INTO work_items (id, case_id, stage, owner, visit, attempt, status, opened_at, due_on, due_since, provisional)
SELECT id, case_id, stage, owner, visit, attempt, 'open', opened_at, due_on, due_since, provisional
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(id bigint, case_id bigint, stage text, owner text, visit int,
    attempt int, opened_at timestamptz, due_on date, due_since timestamptz, provisional boolean)
"""
_MOVE = """
UPDATE cases c SET status = r.status, stage = r.stage, work_item_id = r.work_item_id, outcome = r.outcome,
    sampled = r.sampled, version = r.version, next_action_at = r.next_action_at, suspended_at = r.suspended_at,
    closed_at = CASE WHEN r.status IN ('closed', 'withdrawn') THEN CAST(:now AS timestamptz) END
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(id bigint, status text, stage text, work_item_id bigint,
    outcome text, sampled boolean, version int, next_action_at timestamptz, suspended_at timestamptz)
WHERE c.id = r.id
"""
_LOOK_AGAIN = """
UPDATE cases c SET next_action_at = r.next_action_at
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(id bigint, next_action_at timestamptz) WHERE c.id = r.id
"""
_EVENTS = """
INSERT INTO events (round_id, case_id, case_version, ordinal, work_item_id, kind, actor_id, actor_name, at, data)
SELECT round_id, case_id, case_version, ordinal, work_item_id, kind, :actor_id, :actor_name, :now, data
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(n int, round_id bigint, case_id bigint, case_version int,
    ordinal int, work_item_id bigint, kind text, data jsonb) ORDER BY n
"""
_CLIMBS = """
INSERT INTO climbs (case_id, work_item_id, attempt, rung, kind, due_on, trigger, status, reason, basis, evidence, at,
                    proposed_by, decision_note)
SELECT case_id, work_item_id, attempt, rung, kind, due_on, trigger, status, reason, basis, '{}', :now, proposed_by, ''
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(case_id bigint, work_item_id bigint, attempt int, rung text,
    kind text, due_on date, trigger text, status text, reason text, basis text, proposed_by bigint)
RETURNING id, case_id, rung
"""
# What a manager must see to decide: what was late, what was said when and to whom, when it arrived, who signed.
_EVIDENCE = """
UPDATE climbs c SET evidence = jsonb_build_object(
    'items', coalesce((
        SELECT jsonb_agg(jsonb_build_object('stage', w.stage, 'visit', w.visit, 'attempt', w.attempt,
                   'opened_at', w.opened_at, 'due_on', w.due_on, 'completed_at', w.completed_at) ORDER BY w.id)
        FROM work_items w WHERE w.case_id = c.case_id AND (w.id = c.work_item_id OR EXISTS (
            SELECT FROM climbs k
            WHERE k.work_item_id = w.id AND k.kind IN ('urge', 'supervise') AND k.excused_at IS NULL))), '[]'::jsonb),
    'warnings', coalesce((
        SELECT jsonb_agg(jsonb_build_object('climb', k.id, 'kind', k.kind, 'stage', w.stage, 'attempt', k.attempt,
                   'due_on', k.due_on, 'at', k.at, 'delivered_at', k.delivered_at, 'status', k.status,
                   'reason', k.reason, 'letter', (
                       SELECT l.number FROM letters l WHERE l.climb_id = k.id ORDER BY l.id LIMIT 1), 'told', (
                       SELECT jsonb_agg(jsonb_build_object('name', p.name, 'position', n.position, 'sent_at', d.sent_at,
                                  'opened_at', n.opened_at, 'signed_at', n.signed_at) ORDER BY n.id)
                       FROM notices n JOIN contacts p ON p.id = n.contact_id
                       LEFT JOIN deliveries d ON d.notice_id = n.id AND d.channel = 'email'
                       WHERE n.climb_id = k.id)) ORDER BY k.id)
        FROM climbs k JOIN work_items w ON w.id = k.work_item_id
        WHERE k.case_id = c.case_id AND k.id < c.id AND k.kind <> 'reminder' AND k.status <> 'collapsed'
            AND k.excused_at IS NULL), '[]'::jsonb),
    'findings', (
        SELECT jsonb_build_object('total', count(*), 'grave', count(*) FILTER (WHERE f.severity = 'grave'),
                   'settled', count(*) FILTER (WHERE f.status IN ('verified', 'long_term')),
                   'returned', coalesce(sum(f.returned_count), 0),
                   'reopened', count(*) FILTER (WHERE f.status = 'reopened'))
        FROM findings f WHERE f.case_id = c.case_id))
WHERE c.id = ANY(:ids)
"""
# What lateness proposed for an item is void once the item is left; so is a request for more time. What a person or
# the findings proposed stays to be decided, and so does help: what is hard is not eased by handing in.
_LAPSE = (
    "UPDATE climbs SET status = 'lapsed' WHERE work_item_id = ANY(:items) AND status = 'proposed' "
    "AND trigger IN ('overdue', 'second_late')",
    "UPDATE talks SET status = 'lapsed' WHERE work_item_id = ANY(:items) AND status = 'proposed' "
    "AND trigger IN ('overdue', 'second_late')",
    "UPDATE extensions SET status = 'lapsed' WHERE work_item_id = ANY(:items) AND status = 'requested'",
)
# More time granted to who was late already.
_EXCUSE = (
    "UPDATE talks SET status = 'lapsed' WHERE work_item_id = ANY(:items) AND status = 'proposed' "
    "AND trigger IN ('overdue', 'second_late')",
    "UPDATE climbs k SET excused_at = :now, status = CASE k.status WHEN 'proposed' THEN 'lapsed' ELSE k.status END "
    "FROM work_items w WHERE w.id = k.work_item_id AND w.attempt = k.attempt AND w.id = ANY(:items) "
    "AND k.kind <> 'reminder' AND k.trigger IN ('overdue', 'second_late') AND k.excused_at IS NULL",
)
_TALKS = """
INSERT INTO talks (case_id, climb_id, work_item_id, trigger, reason, evidence, status, proposed_at, decision_note,
                   place, talkers, persons, attended, minutes, commitments, follow_up_note)
SELECT k.case_id, k.id, k.work_item_id, k.trigger, k.reason, k.evidence -> 'warnings', :status, :now, '', '', '', '',
       '', '', '[]', ''
FROM climbs k WHERE k.id = ANY(:ids)
ON CONFLICT (case_id) WHERE status NOT IN ('waived', 'followed_up', 'lapsed') DO NOTHING
RETURNING id, case_id
"""
# Whoever opens a matter in a standing round holds it meanwhile (casework.matters): seen before it is closed.
_HOLD_ROUNDS = "SELECT FROM rounds WHERE id = ANY(:rounds) ORDER BY id FOR NO KEY UPDATE"
_CLOSE_ROUNDS = """
UPDATE rounds r SET status = 'closed', closed_at = :now
WHERE r.id = ANY(:rounds) AND r.status = 'open'
    AND NOT EXISTS (SELECT FROM cases c WHERE c.round_id = r.id AND c.status IN ('open', 'suspended'))
"""

# The title that the recognition gave: once, while it is held.
_GRANT = """
INSERT INTO recognitions (process_name, title, subject_id, case_id, batch, granted_on, document, revoked_reason)
SELECT process_name, title, subject_id, case_id, batch, :today, '', ''
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(process_name text, title text, subject_id text, case_id bigint,
    batch int)
WHERE NOT EXISTS (SELECT FROM recognitions h
    WHERE h.subject_id = r.subject_id AND h.title = r.title AND h.revoked_on IS NULL)
ON CONFLICT (process_name, subject_id, granted_on) DO NOTHING
RETURNING case_id
"""
_REVOKE = """
UPDATE recognitions h SET revoked_on = :today, revoked_reason = r.reason
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(title text, subject_id text, case_id bigint, reason text)
WHERE h.subject_id = r.subject_id AND h.title = r.title AND h.revoked_on IS NULL
RETURNING r.case_id
"""


def write(session: Session, decisions: Sequence[Decision], actor: Actor, now: datetime) -> None:
    """Apply decisions made on locked cases, within the caller's unit of work."""
    moved = [decision for decision in decisions if decision.changed]
    quiet = [decision for decision in decisions if not decision.changed]
    _run(session, _LOOK_AGAIN, [_look_again(decision) for decision in quiet], now)
    if not moved:
        return
    moved = _with_item_ids(session, moved)
    leaving = [decision for decision in moved if decision.leaves]
    left = [(decision.before.item, decision.leaves) for decision in leaving if decision.before.item]
    _run(session, _LEAVE, [{"id": item.id, "outcome": outcome} for item, outcome in left], now)
    new, again = [], []
    for decision in moved:
        item = decision.after.item
        if item is None:
            continue
        fresh = decision.before.item is None or decision.before.item.id != item.id
        known = any(visit.item_id == item.id for visit in decision.before.visits.values())
        if fresh and not known:
            new.append(_item_row(decision.after, item))
        else:
            again.append(_item_row(decision.after, item))
    _run(session, _REOPEN, again, now)
    _run(session, _OPEN, new, now)
    _run(session, _MOVE, [_case_row(decision) for decision in moved], now)
    _write_events(session, moved, actor, now)
    items = [item.id for item, _ in left]
    if items:
        for statement in _LAPSE:
            session.execute(text(statement), {"items": items})
    excused = [decision.after.item.id for decision in moved if decision.excuses and decision.after.item]
    if excused:
        for statement in _EXCUSE:
            session.execute(text(statement), {"items": excused, "now": now})
    climb_ids = _write_climbs(session, moved, now)
    talk_ids = _write_talks(session, moved, climb_ids, now)
    slips = _sign_slips(session, moved, climb_ids, now)
    said = [queued for decision in moved for queued in _queued(decision, climb_ids, talk_ids, slips)]
    queue(session, said, now)
    _write_titles(session, moved, actor, now)
    ended = {d.after.round_id for d in moved if d.after.status in (CaseStatus.CLOSED, CaseStatus.WITHDRAWN)}
    if ended:
        session.execute(text(_HOLD_ROUNDS), {"rounds": list(ended)})
        session.execute(text(_CLOSE_ROUNDS), {"rounds": list(ended), "now": now})


def record(
    session: Session, case: Case, actor: Actor, now: datetime, events: Sequence[EventDraft], *notices: Queued
) -> None:
    """Write history and notices of a deed that does not move the case."""
    record_each(session, actor, now, [(case, event) for event in events])
    queue(session, notices, now)


def record_each(session: Session, actor: Actor, now: datetime, said: Sequence[tuple[Case, EventDraft]]) -> None:
    """Write a line of history for each of many cases, none of which moves."""
    rows = [
        {
            "n": n,
            "round_id": case.round_id,
            "case_id": case.id,
            "case_version": None,
            "ordinal": None,
            "work_item_id": case.item.id if case.item else None,
            "kind": event.kind,
            "data": dict(event.data),
        }
        for n, (case, event) in enumerate(said)
    ]
    _run(session, _EVENTS, rows, now, actor_id=actor.user_id, actor_name=actor.name)


def insert_climb(
    session: Session,
    actor: Actor,
    now: datetime,
    case: Case,
    *,
    rung: str,
    kind: RungKind,
    trigger: Trigger,
    reason: str,
    basis: str,
    status: ClimbStatus = ClimbStatus.PROPOSED,
) -> tuple[int, int | None]:
    """Write one measure for the open item with its evidence, and its talk where it is one: both keys.

    The talk's is ``None`` for other measures, and where a talk of the case is under way.
    """
    item = open_item(case)
    row = {
        "case_id": case.id,
        "work_item_id": item.id,
        "attempt": item.attempt,
        "rung": rung,
        "kind": kind,
        "due_on": item.due_on,
        "trigger": trigger,
        "status": status,
        "reason": reason,
        "basis": basis,
        "proposed_by": actor.user_id,
    }
    climb_id = session.execute(text(_CLIMBS), {"rows": _json([row]), "now": now}).one().id
    session.execute(text(_EVIDENCE), {"ids": [climb_id]})
    if kind is not RungKind.TALK:
        return climb_id, None
    talk_status = TalkStatus.PROPOSED if status is ClimbStatus.PROPOSED else TalkStatus.APPROVED
    talk = session.execute(text(_TALKS), {"ids": [climb_id], "now": now, "status": talk_status}).first()
    return climb_id, talk.id if talk else None


def about(case: Case, **more: Any) -> dict[str, Any]:
    """The columns of a notice that speaks of the case's open item."""
    item = case.item
    return {
        "round_id": case.round_id,
        "case_id": case.id,
        "subject_id": case.subject_id,
        "work_item_id": item.id if item else None,
        "attempt": item.attempt if item else None,
        "due_on": item.due_on if item else None,
        **more,
    }


def _json(rows: Sequence[dict[str, Any]]) -> str:
    return json.dumps(rows, ensure_ascii=False, default=lambda value: value.isoformat())


def _run(session: Session, statement: str, rows: Sequence[dict[str, Any]], now: datetime, **more: Any) -> None:
    if rows:
        session.execute(text(statement), {"rows": _json(rows), "now": now, **more})


def _with_item_ids(session: Session, decisions: Sequence[Decision]) -> list[Decision]:
    waiting = [decision for decision in decisions if decision.after.item and decision.after.item.id is None]
    ids = iter(
        session.execute(
            text("SELECT nextval('work_items_id_seq') FROM generate_series(1, :n)"), {"n": len(waiting)}
        ).scalars()
        if waiting
        else ()
    )
    return [
        replace(decision, after=replace(decision.after, item=replace(decision.after.item, id=next(ids))))
        if decision.after.item and decision.after.item.id is None
        else decision
        for decision in decisions
    ]


def _look_again(decision: Decision) -> dict[str, Any]:
    return {"id": decision.before.id, "next_action_at": decision.next_action_at}


def _item_row(case: Case, item: Item) -> dict[str, Any]:
    return {
        "id": item.id,
        "case_id": case.id,
        "stage": item.stage,
        "owner": case.process.stage(item.stage).owner,
        "visit": item.visit,
        "attempt": item.attempt,
        "opened_at": item.opened_at,
        "due_on": item.due_on,
        "due_since": item.due_since,
        "provisional": item.provisional,
    }


def _case_row(decision: Decision) -> dict[str, Any]:
    case = decision.after
    return {
        "id": case.id,
        "status": case.status,
        "stage": case.item.stage if case.item else None,
        "work_item_id": case.item.id if case.item else None,
        "outcome": case.outcome,
        "sampled": case.sampled,
        "version": case.version,
        "next_action_at": decision.next_action_at,
        "suspended_at": case.suspended_at,
    }


def _write_events(session: Session, decisions: Sequence[Decision], actor: Actor, now: datetime) -> None:
    rows: list[dict[str, Any]] = []
    for decision in decisions:
        item = decision.before.item or decision.after.item
        rows += [
            {
                "n": len(rows) + ordinal,
                "round_id": decision.after.round_id,
                "case_id": decision.after.id,
                "case_version": decision.after.version,
                "ordinal": ordinal,
                "work_item_id": item.id if item else None,
                "kind": event.kind,
                "data": dict(event.data),
            }
            for ordinal, event in enumerate(decision.events)
        ]
    _run(session, _EVENTS, rows, now, actor_id=actor.user_id, actor_name=actor.name)


def _write_climbs(session: Session, decisions: Sequence[Decision], now: datetime) -> dict[tuple[int, str], int]:
    rows = [
        {
            "case_id": decision.after.id,
            "work_item_id": decision.after.item.id,
            "attempt": decision.after.item.attempt,
            "rung": climb.rung.key,
            "kind": climb.rung.kind,
            "due_on": decision.after.item.due_on,
            "trigger": climb.trigger,
            "status": climb.status,
            "reason": climb.reason,
            "basis": climb.basis,
            "proposed_by": None,
        }
        for decision in decisions
        if decision.after.item
        for climb in decision.climbs
    ]
    if not rows:
        return {}
    written = session.execute(text(_CLIMBS), {"rows": _json(rows), "now": now})
    ids = {(case_id, rung): id_ for id_, case_id, rung in written}
    proposed = [ids[d.after.id, c.rung.key] for d in decisions for c in d.climbs if c.status is ClimbStatus.PROPOSED]
    if proposed:
        session.execute(text(_EVIDENCE), {"ids": proposed})
    return ids


def _write_talks(
    session: Session, decisions: Sequence[Decision], climb_ids: dict[tuple[int, str], int], now: datetime
) -> dict[int, int]:
    ids = [
        climb_ids[decision.after.id, climb.rung.key]
        for decision in decisions
        for climb in decision.climbs
        if climb.rung.kind is RungKind.TALK and climb.status is ClimbStatus.PROPOSED
    ]
    if not ids:
        return {}
    written = session.execute(text(_TALKS), {"ids": ids, "now": now, "status": TalkStatus.PROPOSED})
    return {case_id: id_ for id_, case_id in written}


def _write_titles(session: Session, decisions: Sequence[Decision], actor: Actor, now: datetime) -> None:
    """A recognition that ends well grants its title from that day; a re-check that ends badly takes it away."""
    ends = {
        CaseOutcome.RECOGNISED: (_GRANT, EventKind.TITLE_GRANTED),
        CaseOutcome.REVOKED: (_REVOKE, EventKind.TITLE_REVOKED),
    }
    for outcome, (statement, kind) in ends.items():
        cases = {
            d.after.id: d
            for d in decisions
            if d.after.outcome is outcome and d.after.process.grants and d.after.status is CaseStatus.CLOSED
        }
        if not cases:
            continue
        rows = [
            {
                "process_name": decision.after.process.name,
                "title": decision.after.process.grants,
                "subject_id": decision.after.subject_id,
                "case_id": id_,
                "batch": decision.after.year,
                "reason": next(
                    (str(e.data["reason"]) for e in decision.events if e.data.get("reason")), outcome.title_zh
                ),
            }
            for id_, decision in cases.items()
        ]
        asked = {"rows": _json(rows), "today": local_day(now)}
        changed = session.execute(text(statement), asked).scalars().all()
        said = [(cases[id_].after, EventDraft(kind, {"title": cases[id_].after.process.grants})) for id_ in changed]
        record_each(session, actor, now, said)


_SLIPS = {RungKind.URGE: LetterKind.URGE, RungKind.SUPERVISE: LetterKind.SUPERVISE}


def _sign_slips(
    session: Session, decisions: Sequence[Decision], climb_ids: dict[tuple[int, str], int], now: datetime
) -> dict[tuple[int, str], int]:
    """The 催办单 and 督办单 that time sends districts by itself: signed, numbered, attached."""
    climbed = [
        (decision.after, climb)
        for decision in decisions
        if decision.after.item and decision.after.process.stage(decision.after.item.stage).owner is Role.DISTRICT
        for climb in decision.climbs
        if climb.rung.kind in _SLIPS and climb.status is ClimbStatus.CLIMBED
    ]
    if not climbed:
        return {}
    named = addressees(session, [case.id for case, _ in climbed])
    drafts = [
        LetterDraft(
            _SLIPS[climb.rung.kind],
            case.round_id,
            slip_fields(case, climb),
            named[case.id],
            case_id=case.id,
            climb_id=climb_ids[case.id, climb.rung.key],
        )
        for case, climb in climbed
    ]
    signed = sign(session, TIME, now, drafts)
    return {(case.id, climb.rung.key): letter.id for (case, climb), letter in zip(climbed, signed, strict=True)}


def _queued(
    decision: Decision,
    climb_ids: dict[tuple[int, str], int],
    talk_ids: dict[int, int],
    slips: dict[tuple[int, str], int],
) -> list[Queued]:
    said = []
    for draft in decision.notices:
        case = decision.after if draft.about_next else decision.before
        # A rung's and a moved date's notice speak of the date now in force.
        if not decision.leaves and decision.after.item:
            case = decision.after
        rung = str(draft.data.get("rung", ""))
        talk = talk_ids.get(case.id) if draft.data.get("kind") == RungKind.TALK else None
        climb, slip = climb_ids.get((case.id, rung)), slips.get((case.id, rung))
        said.append(Queued(draft, **about(case, climb_id=climb, talk_id=talk, letter_id=slip)))
    return said
