"""Cases with where they stand, whose turn it is and how pressing: boards, queues and to-do lists are cuts of this.

Whoever asks sees the cases that exist for them; a subject's own people nothing of what the office has not said yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from pydantic import Field
from sqlalchemy import TextClause, text
from sqlmodel import Session

from db.queries.rows import Page, Row, Window, page_of
from db.queries.sight import Sight, inside, seen_case
from process.vocabulary import CaseOutcome, CaseStatus, ClimbStatus, Role, RungKind, TalkStatus, Titled


class Light(Titled):
    """How pressing an open case is."""

    GREEN = "green", "绿"
    YELLOW = "yellow", "黄"
    RED = "red", "红"


class Line(Row):
    """One case in a list."""

    case_id: int
    round_id: int
    round_title: str
    year: int
    process_name: str
    subject_id: str
    subject: str
    status: CaseStatus
    status_title: str = ""
    stage: str | None
    stage_title: str = Field(default="", description="环节名称，依本轮次的定义")
    outcome: CaseOutcome | None
    outcome_title: str = ""
    sampled: bool | None
    matter: str = Field(description="逐件立项的事由（约谈承诺、问责、加强指导）；轮次中的任务为空")
    version: int = Field(description="版本号，办理时原样带回")
    due_on: date | None
    provisional: bool | None = Field(description="期限涉及尚未公布放假安排的年度（暂定）")
    visit: int | None
    attempt: int | None
    owner: Role | None
    owner_title: str = ""
    opened_at: datetime | None
    rung: RungKind | None = Field(description="本次办理已到的最高一级")
    rung_title: str = ""
    rung_status: ClimbStatus | None
    rung_status_title: str = ""
    extension_pending: bool
    talk_status: TalkStatus | None = Field(description="正在办理的约谈")
    talk_status_title: str = ""
    light: Light | None
    light_title: str = ""
    why: str = Field(default="", description="为什么是这个灯，一句话")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which lines. ``today`` and ``soon`` part the lights; ``owners`` adds what asks for the office's decision."""

    today: date
    soon: date
    sight: Sight
    round_id: int | None = None
    process: str | None = None
    subject_id: str | None = None
    stage: str | None = None
    owner: str | None = None
    owners: tuple[str, ...] | None = None
    inspector: int | None = None
    light: str | None = None
    rung: str | None = None
    status: str | None = None
    live: bool = False


_LINES = f"""
WITH line AS (
    SELECT c.id AS case_id, c.round_id, r.title AS round_title, r.year, r.process_name, c.subject_id,
           s.name AS subject, s.code, c.status, c.stage, c.outcome, c.sampled, c.matter, c.version,
           w.due_on, w.provisional, w.visit, w.attempt, w.owner, w.opened_at,
           k.kind AS rung, k.status AS rung_status,
           x.id IS NOT NULL AS extension_pending, x.approver, t.status AS talk_status, t.status IN ('approved', 'held')
               OR (t.status = 'notified' AND (t.scheduled_for AT TIME ZONE 'Asia/Shanghai')::date <= :today)
               OR (t.status = 'minuted' AND NOT EXISTS (
                   SELECT FROM cases p WHERE p.origin_talk_id = t.id AND p.status IN ('open', 'suspended')))
               AS talk_waits,
           CASE WHEN c.status <> 'open' THEN NULL WHEN w.due_on < :today THEN 'red'
                WHEN w.due_on <= :soon THEN 'yellow' ELSE 'green' END AS light
    FROM cases c
    JOIN rounds r ON r.id = c.round_id
    JOIN subjects s ON s.id = c.subject_id
    LEFT JOIN work_items w ON w.id = c.work_item_id
    LEFT JOIN LATERAL (
        SELECT kind, status FROM climbs k
        WHERE k.work_item_id = w.id AND k.attempt = w.attempt AND k.excused_at IS NULL
            AND (k.status IN ('climbed', 'approved') OR (k.status = 'proposed' AND {inside()}))
        ORDER BY k.id DESC LIMIT 1
    ) k ON true
    LEFT JOIN extensions x ON x.work_item_id = w.id AND x.status = 'requested'
    LEFT JOIN talks t ON t.case_id = c.id AND t.status NOT IN ('waived', 'followed_up', 'lapsed')
        AND (t.status <> 'proposed' OR {inside()})
    WHERE {seen_case()}
        AND (CAST(:round_id AS bigint) IS NULL OR c.round_id = :round_id)
        AND (CAST(:process AS text) IS NULL OR r.process_name = :process)
        AND (CAST(:subject_id AS text) IS NULL OR c.subject_id = :subject_id)
        AND (CAST(:stage AS text) IS NULL OR c.stage = :stage)
        AND (CAST(:status AS text) IS NULL OR c.status = :status)
        AND (NOT :live OR c.status IN ('open', 'suspended'))
        AND (CAST(:inspector AS bigint) IS NULL OR c.subject_id = CAST(:in_person AS text)
             OR NOT EXISTS (SELECT FROM inspectors i WHERE i.user_id = :inspector)
             OR EXISTS (SELECT FROM team_members m JOIN inspectors i ON i.id = m.inspector_id
                        WHERE m.case_id = c.id AND (i.user_id = :inspector OR i.user_id IN (
                            SELECT l.user_id FROM delegations l
                            WHERE l.to_user_id = :inspector AND l.revoked_at IS NULL
                                AND :today BETWEEN l.first_day AND l.last_day))))
)
SELECT {{columns}}, count(*) OVER () AS total
FROM line
WHERE (CAST(:owner AS text) IS NULL OR owner = :owner)
    AND (CAST(:owners AS text[]) IS NULL
         OR (status = 'open' AND (owner = ANY(CAST(:owners AS text[]))
                                  OR (owner = 'district' AND subject_id = CAST(:in_person AS text))))
         OR approver = ANY(CAST(:owners AS text[]))
         OR (talk_waits AND 'coordinator' = ANY(CAST(:owners AS text[]))))
    AND (CAST(:light AS text) IS NULL OR light = :light)
    AND (CAST(:rung AS text) IS NULL OR rung = :rung)
ORDER BY {{order}}
LIMIT :limit OFFSET :offset
"""
_COLUMNS = ", ".join(
    name for name in Line.model_fields if name == "round_title" or not (name.endswith("_title") or name == "why")
)
_RANK = "array_position(ARRAY['reminder','urge','supervise','circular','talk','accountability'], rung::text)"
_WORST_FIRST = text(
    _LINES.format(
        columns=_COLUMNS,
        order=f"status = 'open' DESC, light = 'red' DESC NULLS LAST, {_RANK} DESC NULLS LAST, due_on, code = '', code, "
        "case_id",
    )
)
_BY_CODE = text(_LINES.format(columns=_COLUMNS, order="code = '', code, subject_id, round_id"))


def worst_first(session: Session, wanted: Wanted, window: Window) -> Page[Line]:
    """The most pressing cases first: overdue before others, the higher rung before the lower, then by due date."""
    return _asked(session, _WORST_FIRST, wanted, window)


def by_code(session: Session, wanted: Wanted, window: Window) -> Page[Line]:
    """In the order of the districts' codes."""
    return _asked(session, _BY_CODE, wanted, window)


def _given(wanted: Wanted) -> dict[str, object]:
    return {name: getattr(wanted, name) for name in Wanted.__slots__ if name != "sight"}


def _asked(session: Session, statement: TextClause, wanted: Wanted, window: Window) -> Page[Line]:
    owners = list(wanted.owners) if wanted.owners is not None else None
    parameters = {**_given(wanted), "owners": owners, **wanted.sight.parameters, **window.parameters}
    return page_of(Line, session.execute(statement, parameters).mappings().all(), window)
