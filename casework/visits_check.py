"""What follows from the matrix of visits: reminders, word of what is missing, cases that close once it is made up.

Everything asks "what is due now?" and says each thing once, so that it may run late, or twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import text
from sqlmodel import Session

from casework.actor import TIME
from casework.load import load_cases
from casework.matters import Matter, open_matters
from casework.notify import queue_from
from casework.write import write
from db.school_calendar import school_calendar
from db.workdays import work_calendar
from process.calendar import at_hour, local_day
from process.decide import Completed, decide
from process.school_calendar import month_of
from process.visits import GRACE
from process.vocabulary import CaseStatus, Role

PROCESS_NAME = "monthly-visits"
MADE_UP = "made_up"
"""The outcome by which time closes a case whose visits are all in."""
NAMED = 10
"""Schools named in a notice; the page has them all."""
LOOKS_BACK = 366
"""Days; what is older is history."""

_NOTHING = """
NULL::bigint AS round_id, NULL::bigint AS case_id, {subject} AS subject_id, NULL::bigint AS work_item_id,
NULL::int AS attempt, NULL::date AS due_on, NULL::bigint AS climb_id, NULL::bigint AS talk_id,
NULL::bigint AS letter_id, {people} AS people
"""
_MONTH = "to_char(CAST(:month AS date), 'YYYY-MM')"
# Inspectors by their accounts; what belongs to nobody, or to somebody without an account, is the district's to see to.
REMIND = f"""
WITH owed AS MATERIALIZED (
    SELECT d.school_id, d.district_id, s.name, u.id AS user_id
    FROM visit_duties d JOIN subjects s ON s.id = d.school_id
    LEFT JOIN inspectors i ON i.id = d.inspector_id LEFT JOIN users u ON u.id = i.user_id AND u.active
    WHERE d.month = :month AND d.visited_on IS NULL
)
SELECT 'visit_reminder' AS kind, {_MONTH} AS step, '[]'::jsonb AS positions, '[]'::jsonb AS roles, true AS by_mail,
       jsonb_build_object('month', CAST(:month AS date), 'until', CAST(:until AS date), 'owed', count(*),
                          'schools', to_jsonb((array_agg(name ORDER BY school_id))[1:{NAMED}]), 'nobody', false,
                          'path', '/visits/mine') AS data,
       {_NOTHING.format(subject="NULL::text", people="jsonb_build_array(user_id)")}
FROM owed WHERE user_id IS NOT NULL GROUP BY user_id
UNION ALL
SELECT 'visit_reminder', {_MONTH}, '["operator"]'::jsonb, '[]'::jsonb, true,
       jsonb_build_object('month', CAST(:month AS date), 'until', CAST(:until AS date), 'owed', count(*),
                          'schools', to_jsonb((array_agg(name ORDER BY school_id))[1:{NAMED}]), 'nobody', true,
                          'path', '/visits'),
       {_NOTHING.format(subject="district_id", people="'[]'::jsonb")}
FROM owed WHERE user_id IS NULL GROUP BY district_id
"""

# A district is told of a month once.
_SHORT = """
INSERT INTO visit_shortfalls (month, district_id, missing, told_at)
SELECT d.month, d.district_id, count(*), :now FROM visit_duties d
WHERE d.month < :this AND d.month >= :since AND d.visited_on IS NULL
    AND NOT EXISTS (SELECT FROM visit_shortfalls f WHERE f.month = d.month AND f.district_id = d.district_id)
GROUP BY d.month, d.district_id
ON CONFLICT DO NOTHING
"""
_TELL = f"""
SELECT 'coverage_short' AS kind, to_char(f.month, 'YYYY-MM') AS step, '["operator", "office_head"]'::jsonb AS positions,
       '[]'::jsonb AS roles, true AS by_mail,
       jsonb_build_object('month', f.month, 'missing', f.missing, 'until', CAST(:until AS date), 'owed', (
           SELECT count(*) FROM visit_duties d WHERE d.month = f.month AND d.district_id = f.district_id), 'schools', (
           SELECT jsonb_agg(name ORDER BY id) FROM (
               SELECT s.id, s.name FROM visit_duties d JOIN subjects s ON s.id = d.school_id
               WHERE d.month = f.month AND d.district_id = f.district_id AND d.visited_on IS NULL
               ORDER BY s.id LIMIT {NAMED}) n), 'path',
           '/visits/missing?month=' || to_char(f.month, 'YYYY-MM')) AS data,
       {_NOTHING.format(subject="f.district_id", people="'[]'::jsonb")}
FROM visit_shortfalls f WHERE f.told_at = :now
"""
_STILL = """
SELECT f.month, f.district_id, n.missing FROM visit_shortfalls f CROSS JOIN LATERAL (
    SELECT count(*) AS missing FROM visit_duties d
    WHERE d.month = f.month AND d.district_id = f.district_id AND d.visited_on IS NULL) n
WHERE f.case_id IS NULL AND f.told_at < :before AND f.month >= :since AND n.missing > 0
ORDER BY f.month, f.district_id FOR UPDATE OF f
"""
_FOLLOWED = """
UPDATE visit_shortfalls f SET case_id = r.case_id
FROM unnest(CAST(:months AS date[]), CAST(:districts AS text[]), CAST(:cases AS bigint[]))
    AS r(month, district, case_id)
WHERE f.month = r.month AND f.district_id = r.district
"""
_LOOKED_AFTER = """
SELECT id FROM users WHERE active AND role IN ('coordinator', 'manager') ORDER BY role = 'manager', id LIMIT 1
"""
# Cases about months whose last visit is in; all of them, or those that some schools' visits may have settled.
SETTLED = """
SELECT c.id FROM visit_shortfalls f JOIN cases c ON c.id = f.case_id AND c.status = 'open'
WHERE (CAST(:schools AS text[]) IS NULL OR (f.month, f.district_id) IN (
        SELECT d.month, d.district_id FROM visit_duties d
        WHERE d.school_id = ANY(:schools) AND d.month = ANY(CAST(:months AS date[]))))
    AND NOT EXISTS (SELECT FROM visit_duties d
                    WHERE d.month = f.month AND d.district_id = f.district_id AND d.visited_on IS NULL)
ORDER BY c.id
"""


def remind(session: Session, now: datetime, month: date) -> bool:
    """In the last third of a month's school days, remind who still owes visits, each once; whether it is time."""
    calendar = school_calendar(session)
    days = calendar.school_days(month)
    if not calendar.counts(month) or not calendar.remind_from(month) <= local_day(now) <= days[-1]:
        return False
    queue_from(session, REMIND, {"month": month, "until": days[-1]}, now)
    return True


def tell_short(session: Session, now: datetime) -> int:
    """After a month's end, tell each district which schools nobody visited: how many districts."""
    today = local_day(now)
    told = session.execute(text(_SHORT), {"now": now, **_span(today)})
    count: int = told.rowcount  # type: ignore[attr-defined]
    if count:
        until = work_calendar(session).add_working_days(today, GRACE)
        queue_from(session, _TELL, {"until": until}, now)
    return count


def open_cases(session: Session, now: datetime) -> int:
    """Where visits are still missing :data:`GRACE` working days after the district was told, open its case."""
    today = local_day(now)
    calendar = work_calendar(session)
    before = at_hour(calendar.add_working_days(today, -GRACE), 0)
    due = session.execute(text(_STILL), {"before": before, **_span(today)}).all()
    coordinator = session.execute(text(_LOOKED_AFTER)).scalar()
    if not due or coordinator is None:
        return 0
    matters = [Matter(row.district_id, matter_title(row.month, row.missing)) for row in due]
    cases = open_matters(session, TIME, now, PROCESS_NAME, matters, coordinator)
    parameters = {"months": [row.month for row in due], "districts": [row.district_id for row in due], "cases": cases}
    session.execute(text(_FOLLOWED), parameters)
    return len(cases)


def _span(today: date) -> dict[str, object]:
    """The months that are over and not long ago."""
    return {"this": month_of(today), "since": month_of(today - timedelta(days=LOOKS_BACK))}


def matter_title(month: date, missing: int) -> str:
    """What such a case is about."""
    return f"{month.year}年{month.month}月{missing}所学校没有到校督导"


def settle(
    session: Session, now: datetime, schools: Sequence[str] | None = None, months: Sequence[date] | None = None
) -> int:
    """Close the cases whose visits are all in by now: how many. ``schools`` and ``months`` narrow what is looked at."""
    ids = session.execute(text(SETTLED), {"schools": schools, "months": months}).scalars().all()
    calendar = work_calendar(session)
    decisions = []
    for case in load_cases(session, ids):
        stage = case.process.stage(case.item.stage) if case.item else None
        outcome = stage.outcome(MADE_UP) if stage else None
        if case.status is not CaseStatus.OPEN or stage is None or outcome is None:
            continue  # its explanation is being read, or it is suspended
        happening = Completed(MADE_UP, outcome.by or Role.COORDINATOR, stage.key, reason="全部补上")
        decisions.append(decide(case, happening, now, calendar))
    write(session, decisions, TIME, now)
    return len(decisions)
