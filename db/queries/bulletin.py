"""The figures of a week over all rounds, and the results of one round."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from db.workdays import work_calendar
from process.calendar import SHANGHAI
from process.vocabulary import CaseOutcome, RungKind

MOST = 30
"""Lines of a list in a bulletin: who reads more looks at the queue."""

_ROUNDS = text(
    """
    SELECT r.id, r.title, count(*) FILTER (WHERE c.status = 'open') AS open,
           count(*) FILTER (WHERE c.status = 'open' AND w.due_on < :today) AS late,
           min(w.due_on) FILTER (WHERE c.status = 'open' AND w.due_on < :today) AS oldest,
           (array_agg(s.name ORDER BY w.due_on) FILTER (WHERE c.status = 'open' AND w.due_on < :today))[1] AS worst
    FROM rounds r JOIN cases c ON c.round_id = r.id JOIN subjects s ON s.id = c.subject_id
    LEFT JOIN work_items w ON w.id = c.work_item_id
    WHERE r.status = 'open' OR r.closed_at >= :begins
    GROUP BY r.id ORDER BY r.id
    """
)
_WEEK = text(
    """
    SELECT (SELECT count(*) FROM climbs WHERE kind = 'urge' AND status = 'climbed' AND at >= :begins AND at < :ends)
               AS urged,
           (SELECT count(*) FROM climbs WHERE kind = 'supervise' AND status = 'climbed' AND at >= :begins
               AND at < :ends) AS supervised,
           (SELECT count(*) FROM climbs WHERE status = 'proposed') AS proposed,
           (SELECT count(*) FROM talks WHERE held_at >= :begins AND held_at < :ends) AS talked,
           (SELECT count(*) FROM cases WHERE closed_at >= :begins AND closed_at < :ends) AS closed
    """
)
_CLIMBING = text(
    """
    SELECT s.name, k.kind, k.reason FROM climbs k JOIN cases c ON c.id = k.case_id
    JOIN subjects s ON s.id = c.subject_id
    WHERE k.at >= :begins AND k.at < :ends AND k.kind NOT IN ('reminder', 'urge') AND k.status <> 'collapsed'
        AND k.excused_at IS NULL
    ORDER BY k.at DESC, k.id DESC LIMIT :most
    """
)
_TALKS = text(
    """
    SELECT s.name, t.reason FROM talks t JOIN cases c ON c.id = t.case_id JOIN subjects s ON s.id = c.subject_id
    WHERE t.held_at >= :begins AND t.held_at < :ends ORDER BY t.held_at, t.id LIMIT :most
    """
)


def week_of(session: Session, monday: date, today: date) -> dict[str, Any]:
    """What is open, late, climbing and newly talked to, as the bulletin's template takes it.

    The week runs from ``monday`` (Asia/Shanghai) for seven days; what is open and late is counted ``today``.
    """
    calendar = work_calendar(session)
    begins = datetime.combine(monday, time(), SHANGHAI)
    span = {"begins": begins, "ends": begins + timedelta(days=7), "today": today, "most": MOST}
    rounds = []
    for row in session.execute(_ROUNDS, span).mappings():
        late = calendar.working_days_between(row["oldest"], today) if row["oldest"] else 0
        worst = f"最久为{row['worst']}，逾期{late}个工作日" if row["worst"] else ""
        rounds.append({"title": row["title"], "open": row["open"], "late": row["late"], "worst": worst})
    week = dict(session.execute(_WEEK, span).mappings().one())
    total = {**week, "open": sum(row["open"] for row in rounds), "late": sum(row["late"] for row in rounds)}
    sunday = monday + timedelta(days=6)
    climbing = [
        f"{row.name}：{RungKind(row.kind).title_zh}（{row.reason}）" for row in session.execute(_CLIMBING, span)
    ]
    return {
        "week": f"{monday.month}月{monday.day}日至{sunday.month}月{sunday.day}日",
        "total": total,
        "rounds": rounds,
        "climbing": climbing,
        "talks": [f"{row.name}：{row.reason}" for row in session.execute(_TALKS, span)],
    }


_RESULTS = text(
    """
    SELECT count(*) AS cases, count(*) FILTER (WHERE c.sampled) AS inspected,
           count(*) FILTER (WHERE EXISTS (SELECT FROM letters l WHERE l.case_id = c.id
                            AND l.kind IN ('opinion', 'result_feedback'))) AS told,
           coalesce(sum(f.total), 0) AS findings, coalesce(sum(f.grave), 0) AS grave,
           coalesce(sum(f.settled), 0) AS settled,
           (SELECT count(*) FROM talks t JOIN cases k ON k.id = t.case_id
            WHERE k.round_id = :round AND t.held_at IS NOT NULL) AS talks,
           count(*) FILTER (WHERE c.outcome = 'evaluated') AS evaluated
    FROM cases c LEFT JOIN LATERAL (
        SELECT count(*) AS total, count(*) FILTER (WHERE severity = 'grave') AS grave,
               count(*) FILTER (WHERE status IN ('verified', 'long_term')) AS settled
        FROM findings WHERE case_id = c.id) f ON true
    WHERE c.round_id = :round
    """
)


def results_of(session: Session, round_id: int) -> list[dict[str, str]]:
    """The results of a round as label and value; empty while no subject has been told its result."""
    row = session.execute(_RESULTS, {"round": round_id}).mappings().one()
    if not row["told"]:
        return []
    return [
        {"label": "参加评价", "value": f"{row['cases']}个"},
        {"label": "实地督查", "value": f"{row['inspected']}个"},
        {"label": "已反馈结果", "value": f"{row['told']}个"},
        {"label": "发现问题", "value": f"{row['findings']}个，其中严重{row['grave']}个，已销号{row['settled']}个"},
        {"label": "约谈", "value": f"{row['talks']}次"},
        {"label": CaseOutcome.EVALUATED.title_zh, "value": f"{row['evaluated']}个"},
    ]
