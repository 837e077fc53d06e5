"""What must never happen, checked over the whole history of a rehearsal."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from casework.load import round_process
from process.calendar import WorkCalendar, local_day
from process.definition import Ladder
from process.quiet import release
from process.vocabulary import NoticeKind, RungKind, Urgency

_SKIPPED = ("waived", "collapsed", "lapsed", "changed")


def check(session: Session, calendar: WorkCalendar, received: Sequence[str]) -> dict[str, bool]:
    """Each invariant by name. ``received`` are the Message-IDs (local parts) the mail sink counted."""
    return {
        "one_stage_at_a_time": _one_stage_at_a_time(session),
        "every_transition_has_its_event": _none(session, _VERSION_GAPS),
        "history_matches_state": _replayed(session),
        "no_notice_lost": _none(session, _UNSAID) and _all_received(session, received),
        "no_notice_twice": max(Counter(received).values(), default=0) <= 1,
        "nothing_undelivered": _none(session, "SELECT 1 FROM deliveries WHERE status NOT IN ('sent', 'cancelled')"),
        "rungs_once": _none(session, _RUNG_TWICE),
        "rungs_in_order": _rungs_in_order(session),
        "warned_before_formal": _warned(session, calendar),
        "rungs_on_working_days": all(
            calendar.is_working(local_day(at)) for at in session.execute(text("SELECT at FROM climbs")).scalars()
        ),
        "reminded_only_while_open": _none(session, _REMINDED_LATE),
        "numbers_without_gaps": _none(session, _GAPS) and _none(session, _NUMBERED_TWICE),
        "every_letter_rendered": _none(session, "SELECT 1 FROM letters WHERE sha256 IS NULL OR trouble <> ''"),
        "formal_decided_by_a_person": _none(session, _UNDECIDED),
        "promises_followed": _none(session, _UNFOLLOWED),
        "quiet_hours_kept": _quiet(session, calendar),
    }


def shown(session: Session) -> dict[str, bool]:
    """What a rehearsal of one round must have brought onto the stage, besides never breaking an invariant."""
    return {
        "every_letter_once_of_its_kind": _none(session, _UNSEEN_KINDS),
        "everything_was_shown": _shown(session),
    }


_VERSION_GAPS = """
SELECT c.id FROM cases c WHERE (
    SELECT count(DISTINCT e.case_version) FROM events e
    WHERE e.case_id = c.id AND e.ordinal = 0 AND e.case_version BETWEEN 1 AND c.version) <> c.version
"""

# Every entry into a district's stage was told to its people, whatever else happened.
_UNSAID = """
SELECT e.id FROM events e JOIN work_items w ON w.case_id = e.case_id AND w.stage = e.data ->> 'stage'
    AND w.visit = (e.data ->> 'visit')::int
WHERE e.kind IN ('stage_entered', 'stage_reopened') AND w.owner = 'district' AND NOT EXISTS (
    SELECT FROM notices n WHERE n.work_item_id = w.id AND n.attempt = (e.data ->> 'attempt')::int
        AND n.kind IN ('stage_opened', 'returned', 'findings_returned', 'matter_opened'))
"""

_RUNG_TWICE = """
SELECT 1 FROM climbs WHERE excused_at IS NULL
GROUP BY work_item_id, attempt, rung, CASE WHEN kind = 'reminder' THEN due_on END
HAVING count(*) > 1
"""

# A reminder handed over after the attempt it speaks of had ended.
_REMINDED_LATE = """
SELECT d.id FROM deliveries d JOIN notices n ON n.id = d.notice_id
JOIN events e ON e.work_item_id = n.work_item_id AND e.kind IN ('stage_completed', 'stage_lapsed')
    AND (e.data ->> 'attempt')::int = n.attempt AND e.data ? 'attempt'
WHERE n.kind IN ('reminder', 'urge', 'supervise') AND d.status = 'sent' AND d.sent_at > e.at
"""


# The register of a prefix and year: its numbers from one to the last, each once.
_GAPS = """
SELECT r.prefix FROM letter_registers r WHERE r.last <> (
    SELECT count(*) FROM letter_numbers n WHERE n.prefix = r.prefix AND n.year = r.year AND n.seq BETWEEN 1 AND r.last)
"""
_NUMBERED_TWICE = "SELECT number FROM letters WHERE number <> '' GROUP BY number HAVING count(*) > 1"
# Those of what is no supervision have no place in such a round.
_UNSEEN_KINDS = """
SELECT kind FROM letterheads h WHERE NOT EXISTS (SELECT FROM letters l WHERE l.kind = h.kind)
    AND kind NOT IN ('work_notice', 'recommendation', 'result_circular', 'meeting_minutes')
"""
# What is formal takes effect only by somebody's decision.
_UNDECIDED = """
SELECT id FROM climbs WHERE kind NOT IN ('reminder', 'urge', 'supervise')
    AND (status = 'climbed' OR (status IN ('approved', 'waived', 'changed') AND decided_by IS NULL))
"""
_UNFOLLOWED = """
SELECT t.id FROM talks t WHERE t.minuted_at IS NOT NULL AND jsonb_array_length(t.commitments) <> (
    SELECT count(*) FROM cases c WHERE c.origin_talk_id = t.id)
"""


def _quiet(session: Session, calendar: WorkCalendar) -> bool:
    """Nothing but the urgent was sent outside working hours."""
    rows = session.execute(
        text("SELECT n.kind, d.sent_at FROM deliveries d JOIN notices n ON n.id = d.notice_id WHERE d.status = 'sent'")
    )
    return all(
        NoticeKind(kind).urgency is Urgency.URGENT or release(Urgency.PROMPT, sent_at, calendar) <= sent_at
        for kind, sent_at in rows
    )


def _shown(session: Session) -> bool:
    """Every rung taken, every ruling given, a talk through to its commitments, more time granted and refused, somebody
    stood in for, a digest and a bulletin sent."""
    taken = session.execute(text("SELECT DISTINCT kind FROM climbs WHERE status IN ('climbed', 'approved')"))
    ruled = session.execute(text("SELECT DISTINCT status FROM climbs WHERE decided_at IS NOT NULL"))
    answered = session.execute(text("SELECT DISTINCT status FROM extensions"))
    talks = session.execute(text("SELECT DISTINCT status FROM talks"))
    told = session.execute(text("SELECT DISTINCT kind FROM notices"))
    return (
        set(taken.scalars()) == set(RungKind)
        and set(ruled.scalars()) >= {"approved", "changed", "waived"}
        and set(answered.scalars()) >= {"granted", "refused"}
        and set(talks.scalars()) >= {"followed_up", "waived"}
        and set(told.scalars()) >= {"bulletin", "leaders_digest", "members_circular"}
        and not _none(session, "SELECT 1 FROM delegations")
        and not _none(session, "SELECT mail_id FROM deliveries WHERE status = 'sent' GROUP BY 1 HAVING count(*) > 1")
    )


def _none(session: Session, query: str) -> bool:
    return session.execute(text(query)).first() is None


def _one_stage_at_a_time(session: Session) -> bool:
    wrong = """
    SELECT c.id FROM cases c LEFT JOIN work_items w ON w.case_id = c.id AND w.status = 'open'
    GROUP BY c.id HAVING count(w.id) <> CASE WHEN c.status IN ('open', 'suspended') THEN 1 ELSE 0 END
    """
    return _none(session, wrong)


def _replayed(session: Session) -> bool:
    """Walk every case through its events: it enters a stage only from none, leaves only the one it is in."""
    stages: dict[int, str | None] = {}
    closed: set[int] = set()
    rows = session.execute(
        text("SELECT case_id, kind, data FROM events WHERE case_id IS NOT NULL ORDER BY id"),
    )
    for case_id, kind, data in rows:
        if case_id in closed and kind not in ("notice_signed", "talk_followed_up", "undeliverable"):
            if kind.startswith(("stage_", "climbed", "rung_", "due_")):
                return False
            continue
        if not _step(stages, closed, case_id, kind, data):
            return False
    actual = {row[0]: row[1] for row in session.execute(text("SELECT id, stage FROM cases"))}
    return all(stages.get(case_id) == stage for case_id, stage in actual.items())


def _step(stages: dict[int, str | None], closed: set[int], case_id: int, kind: str, data: Mapping[str, Any]) -> bool:
    match kind:
        case "stage_entered" | "stage_reopened":
            if stages.get(case_id) is not None:
                return False
            stages[case_id] = data["stage"]
        case "stage_completed" | "stage_lapsed":
            if stages.get(case_id) != data["stage"]:
                return False
            stages[case_id] = None
        case "stage_passed":
            # Passed through on the way (in no stage yet), or left because its gate opened.
            if stages.get(case_id) not in (None, data["stage"]):
                return False
            stages[case_id] = None
        case "case_closed" | "withdrawn":
            stages[case_id] = None
            closed.add(case_id)
    return True


def _all_received(session: Session, received: Sequence[str]) -> bool:
    """Every mail that went out arrived; several notices may have gone in one digest."""
    sent = session.execute(
        text("SELECT DISTINCT mail_id FROM deliveries WHERE status = 'sent' AND channel = 'email'")
    ).scalars()
    return Counter(sent) == Counter(received)


def _climbs(session: Session) -> dict[tuple[int, int], list[Mapping[str, Any]]]:
    groups: dict[tuple[int, int], list[Mapping[str, Any]]] = defaultdict(list)
    rows = session.execute(
        text(
            "SELECT k.*, w.stage, c.round_id FROM climbs k JOIN work_items w ON w.id = k.work_item_id"
            " JOIN cases c ON c.id = k.case_id ORDER BY k.at, k.id"
        )
    ).mappings()
    for row in rows:
        groups[row["work_item_id"], row["attempt"]].append(dict(row))
    return groups


def _ladder(session: Session, climb: Mapping[str, Any]) -> Ladder:
    process = round_process(session, climb["round_id"])
    return process.ladder(process.stage(climb["stage"]).ladder)


def _rungs_in_order(session: Session) -> bool:
    for climbs in _climbs(session).values():
        keys = [rung.key for rung in _ladder(session, climbs[0]).rungs]
        for due_on in {climb["due_on"] for climb in climbs}:
            # What conditions or people propose stands outside the order of time.
            order = [
                keys.index(climb["rung"]) for climb in climbs if climb["due_on"] == due_on and climb["rung"] in keys
            ]
            if order != sorted(order):
                return False
    return True


def _warned(session: Session, calendar: WorkCalendar) -> bool:
    for climbs in _climbs(session).values():
        ladder = _ladder(session, climbs[0])
        for index, climb in enumerate(climbs):
            formal = climb["kind"] in ("circular", "talk", "accountability")
            if not formal or climb["trigger"] != "overdue" or climb["status"] == "collapsed" or "@" in climb["rung"]:
                continue
            warnings = [
                other
                for other in climbs[:index]
                if other["kind"] in ("urge", "supervise", "circular")
                and other["status"] not in _SKIPPED
                and other["delivered_at"]
                and (other["excused_at"] is None or other["excused_at"] > climb["at"])
            ]
            if not warnings:
                return False
            stood = calendar.working_days_between(local_day(warnings[-1]["delivered_at"]), local_day(climb["at"]))
            if stood < ladder.dwell:
                return False
    return True
