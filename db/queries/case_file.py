"""One case with everything in its file, in a constant number of statements.

A subject's own people (``only``) are shown its case without what the office keeps to itself: proposals not yet decided,
its internal documents, and the problem list until a letter has told it (or it is the subject's turn again).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import Field
from sqlalchemy import text
from sqlmodel import Session

from db.queries.rows import Row
from db.queries.sight import Sight, inside, own, seen_case
from process.vocabulary import (
    CaseOutcome,
    CaseStatus,
    ClimbStatus,
    DeliveryStatus,
    EventKind,
    ExtensionStatus,
    FindingLevel,
    FindingSource,
    FindingStatus,
    ItemStatus,
    LetterKind,
    NoticeKind,
    Position,
    Role,
    RungKind,
    Severity,
    SubmissionStatus,
    TalkStatus,
    TeamRole,
    Trigger,
)


class CaseHead(Row):
    """The case and its round."""

    id: int
    round_id: int
    round_title: str
    year: int
    process_name: str
    subject_id: str
    subject: str
    coordinator: str
    status: CaseStatus
    status_title: str = ""
    stage: str | None
    stage_title: str = Field(default="", description="环节名称，依本轮次的定义")
    outcome: CaseOutcome | None
    outcome_title: str = ""
    sampled: bool | None
    matter: str
    origin_case_id: int | None = Field(description="逐件立项或分解交办的，由哪件任务而来；看不到那件任务的没有")
    version: int = Field(description="版本号，办理时原样带回")
    opened_at: datetime
    suspended_at: datetime | None
    closed_at: datetime | None


class VisitRow(Row):
    """One visit of the case to a stage."""

    id: int
    stage: str
    stage_title: str = ""
    owner: Role
    owner_title: str = ""
    visit: int = Field(description="第几次进入本环节")
    attempt: int = Field(description="第几次办理（退回一次加一）")
    status: ItemStatus
    status_title: str = ""
    outcome: str | None
    outcome_title: str = ""
    opened_at: datetime
    due_on: date
    provisional: bool
    completed_at: datetime | None


class FindingRow(Row):
    """A line of the problem list."""

    id: int
    number: int
    level: FindingLevel
    level_title: str = ""
    school: str
    indicator: str
    category: str
    severity: Severity
    severity_title: str = ""
    description: str
    source: FindingSource
    source_title: str = ""
    status: FindingStatus
    status_title: str = ""
    recorded_by: str
    recorded_at: datetime
    measure: str
    responsible_unit: str
    responsible_person: str
    due_on: date | None
    evidence: str
    claimed_by: str | None
    claimed_at: datetime | None
    verified_by: str | None
    verified_at: datetime | None
    verification_note: str
    returned_count: int
    looked_back_in: int | None
    look_back_note: str


class DocumentRow(Row):
    """A file handed in."""

    id: int
    work_item_id: int
    attempt: int
    stage: str
    stage_title: str = ""
    deliverable: str
    deliverable_title: str = ""
    filename: str
    media_type: str
    size: int
    sha256: str
    uploaded_by: str
    uploaded_at: datetime


class LetterRow(Row):
    """An official letter."""

    id: int
    kind: LetterKind
    kind_title: str = ""
    number: str
    issued_on: date
    sets_due_on: date | None
    content: str
    published_at_url: str
    issued_by: str
    rendered: bool = Field(description="文书文件已生成，可下载")
    trouble: str
    voided_at: datetime | None
    void_reason: str


class ExtensionRow(Row):
    """A request for more time."""

    id: int
    work_item_id: int
    due_on: date
    requested_due_on: date
    reason: str
    approver: Role
    approver_title: str = ""
    status: ExtensionStatus
    status_title: str = ""
    requested_by: str
    requested_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision_note: str


class TalkRow(Row):
    """A talk."""

    id: int
    case_id: int
    round_id: int
    round_title: str
    subject_id: str
    subject: str
    trigger: Trigger
    trigger_title: str = ""
    reason: str
    evidence: list[dict[str, Any]] = Field(description="此前各级的发出与送达")
    status: TalkStatus
    status_title: str = ""
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision_note: str
    notified_at: datetime | None
    scheduled_for: datetime | None
    place: str
    persons: str
    held_at: datetime | None
    attended: str
    minuted_at: datetime | None
    minutes: str
    commitments: list[dict[str, Any]] = Field(description="承诺事项及时限")
    followed_up_at: datetime | None
    follow_up_note: str


class ClimbRow(Row):
    """A rung that fell due."""

    id: int
    work_item_id: int
    attempt: int
    rung: str
    kind: RungKind
    kind_title: str = ""
    due_on: date
    status: ClimbStatus
    status_title: str = ""
    trigger: Trigger
    trigger_title: str = ""
    reason: str
    basis: str
    evidence: dict[str, Any]
    at: datetime
    delivered_at: datetime | None
    excused_at: datetime | None
    decided_by: str
    decision_note: str


class MemberRow(Row):
    """A member of the team."""

    inspector_id: int
    name: str
    role: TeamRole
    role_title: str = ""
    is_inspector: bool


class SubmissionRow(Row):
    """What was handed in for one attempt."""

    id: int
    work_item_id: int
    stage: str
    stage_title: str = ""
    attempt: int
    status: SubmissionStatus
    status_title: str = ""
    note: str
    submitted_by: str
    submitted_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision_note: str


class SaidRow(Row):
    """A notice about the case, with its receipt and what became of its mail."""

    id: int
    kind: NoticeKind
    kind_title: str = ""
    recipient: str
    position: Position | None
    position_title: str = ""
    created_at: datetime
    signed_at: datetime | None
    signed_by: str | None
    delivery: DeliveryStatus | None
    delivery_title: str = ""


class EventRow(Row):
    """A line of the history."""

    id: int
    kind: EventKind
    kind_title: str = ""
    case_version: int | None
    actor_name: str
    at: datetime
    data: dict[str, Any]
    words: str = Field(default="", description="一句话说明")


class MatterRow(Row):
    """What was opened because of this case: a commitment followed, a 问责, a 加强指导."""

    id: int
    round_title: str
    matter: str
    status: CaseStatus
    status_title: str = ""
    outcome: CaseOutcome | None
    outcome_title: str = ""
    due_on: date | None


class CaseFile(Row):
    """Everything about one case."""

    case: CaseHead
    visits: list[VisitRow]
    findings: list[FindingRow]
    documents: list[DocumentRow]
    letters: list[LetterRow]
    extensions: list[ExtensionRow]
    talks: list[TalkRow]
    climbs: list[ClimbRow]
    team: list[MemberRow]
    submissions: list[SubmissionRow]
    matters: list[MatterRow]
    notices: list[SaidRow]
    history: list[EventRow]

    @property
    def item(self) -> VisitRow | None:
        """The open work item."""
        return next((visit for visit in self.visits if visit.status is ItemStatus.OPEN), None)


TALK_COLUMNS = """
t.id, t.case_id, c.round_id, r.title AS round_title, c.subject_id, s.name AS subject, t.trigger, t.reason, t.evidence,
t.status, t.proposed_at, d.name AS decided_by, t.decided_at, t.decision_note, t.notified_at, t.scheduled_for, t.place,
t.persons, t.held_at, t.attended, t.minuted_at, t.minutes, t.commitments, t.followed_up_at, t.follow_up_note
"""
TALK_TABLES = """
talks t JOIN cases c ON c.id = t.case_id JOIN rounds r ON r.id = c.round_id JOIN subjects s ON s.id = c.subject_id
LEFT JOIN users d ON d.id = t.decided_by
"""
TALK_VISIBLE = f"({seen_case()} AND ({inside()} OR t.notified_at IS NOT NULL))"

_HEAD = f"""
SELECT c.id, c.round_id, r.title AS round_title, c.year, r.process_name, c.subject_id, s.name AS subject,
       u.name AS coordinator, c.status, c.stage, c.outcome, c.sampled, c.matter, c.version, c.opened_at, c.suspended_at,
       c.closed_at, coalesce(k.case_id, t.case_id, o.id) AS origin_case_id, r.definition::text AS definition
FROM cases c JOIN rounds r ON r.id = c.round_id JOIN subjects s ON s.id = c.subject_id
JOIN users u ON u.id = r.coordinator_id
LEFT JOIN climbs k ON k.id = c.origin_climb_id LEFT JOIN talks t ON t.id = c.origin_talk_id
LEFT JOIN cases o ON o.id = c.origin_case_id AND {seen_case("o")}
WHERE c.id = :case AND {seen_case()}
"""
_PARTS: dict[str, tuple[type[Row], str]] = {
    "visits": (
        VisitRow,
        """
        SELECT id, stage, owner, visit, attempt, status, outcome, opened_at, due_on, provisional, completed_at
        FROM work_items WHERE case_id = :case ORDER BY id
        """,
    ),
    "findings": (
        FindingRow,
        """
        SELECT f.id, f.number, f.level, f.school, f.indicator, f.category, f.severity, f.description, f.source,
               f.status, a.name AS recorded_by, f.recorded_at, f.measure, f.responsible_unit, f.responsible_person,
               f.due_on, f.evidence, b.name AS claimed_by, f.claimed_at, v.name AS verified_by, f.verified_at,
               f.verification_note, f.returned_count, f.looked_back_in, f.look_back_note
        FROM findings f JOIN users a ON a.id = f.recorded_by LEFT JOIN users b ON b.id = f.claimed_by
        LEFT JOIN users v ON v.id = f.verified_by
        WHERE f.case_id = :case AND (CAST(:only AS text) IS NULL
            OR EXISTS (SELECT FROM letters l WHERE l.case_id = f.case_id AND l.kind IN ('preliminary_opinion',
                       'opinion', 'result_feedback', 'rectification_notice', 'supervision_report'))
            OR EXISTS (SELECT FROM work_items w WHERE w.case_id = f.case_id AND w.owner = 'district'
                       AND w.opened_at > f.recorded_at))
        ORDER BY f.number
        """,
    ),
    "documents": (
        DocumentRow,
        """
        SELECT d.id, d.work_item_id, d.attempt, w.stage, d.deliverable, d.filename, d.media_type, d.size, d.sha256,
               u.name AS uploaded_by, d.uploaded_at
        FROM documents d JOIN work_items w ON w.id = d.work_item_id JOIN users u ON u.id = d.uploaded_by
        WHERE d.case_id = :case AND (CAST(:only AS text) IS NULL OR w.owner = 'district') ORDER BY d.id
        """,
    ),
    "letters": (
        LetterRow,
        """
        SELECT l.id, l.kind, l.number, l.issued_on, l.sets_due_on, l.content, l.published_at_url,
               coalesce(u.name, '系统') AS issued_by, l.sha256 IS NOT NULL AS rendered, l.trouble, n.voided_at,
               coalesce(n.void_reason, '') AS void_reason
        FROM letters l LEFT JOIN users u ON u.id = l.issued_by LEFT JOIN letter_numbers n ON n.letter_id = l.id
        WHERE (l.case_id = :case OR (l.case_id IS NULL
                                     AND l.kind IN ('supervision_notice', 'work_notice', 'result_circular')
                                     AND l.round_id = (SELECT round_id FROM cases WHERE id = :case)))
            AND (CAST(:only AS text) IS NULL OR l.kind <> 'referral')
        ORDER BY l.id
        """,
    ),
    "extensions": (
        ExtensionRow,
        """
        SELECT x.id, x.work_item_id, x.due_on, x.requested_due_on, x.reason, x.approver, x.status,
               a.name AS requested_by, x.requested_at, d.name AS decided_by, x.decided_at, x.decision_note
        FROM extensions x JOIN users a ON a.id = x.requested_by LEFT JOIN users d ON d.id = x.decided_by
        WHERE x.case_id = :case ORDER BY x.id
        """,
    ),
    "talks": (
        TalkRow,
        f"SELECT {TALK_COLUMNS} FROM {TALK_TABLES} WHERE t.case_id = :case AND {TALK_VISIBLE} ORDER BY t.id",
    ),
    "climbs": (
        ClimbRow,
        """
        SELECT k.id, k.work_item_id, k.attempt, k.rung, k.kind, k.due_on, k.trigger, k.status, k.reason, k.basis,
               k.evidence, k.at, k.delivered_at, k.excused_at, coalesce(u.name, '') AS decided_by,
               CASE WHEN CAST(:only AS text) IS NULL THEN k.decision_note ELSE '' END AS decision_note
        FROM climbs k LEFT JOIN users u ON u.id = k.decided_by
        WHERE k.case_id = :case AND (CAST(:only AS text) IS NULL OR k.status IN ('climbed', 'approved'))
        ORDER BY k.id
        """,
    ),
    "team": (
        MemberRow,
        """
        SELECT m.inspector_id, i.name, m.role, i.is_inspector FROM team_members m
        JOIN inspectors i ON i.id = m.inspector_id WHERE m.case_id = :case ORDER BY m.role <> 'leader', i.name
        """,
    ),
    "submissions": (
        SubmissionRow,
        """
        SELECT b.id, b.work_item_id, w.stage, b.attempt, b.status, b.note, a.name AS submitted_by, b.submitted_at,
               d.name AS decided_by, b.decided_at, b.decision_note
        FROM submissions b JOIN work_items w ON w.id = b.work_item_id JOIN users a ON a.id = b.submitted_by
        LEFT JOIN users d ON d.id = b.decided_by WHERE b.case_id = :case ORDER BY b.id
        """,
    ),
    "matters": (
        MatterRow,
        """
        SELECT m.id, r.title AS round_title, m.matter, m.status, m.outcome, w.due_on
        FROM cases m JOIN rounds r ON r.id = m.round_id LEFT JOIN work_items w ON w.id = m.work_item_id
        WHERE m.subject_id = (SELECT subject_id FROM cases WHERE id = :case)
            AND (m.origin_climb_id IN (SELECT id FROM climbs WHERE case_id = :case)
                 OR m.origin_talk_id IN (SELECT id FROM talks WHERE case_id = :case))
        ORDER BY m.id
        """,
    ),
    "notices": (
        SaidRow,
        f"""
        SELECT n.id, n.kind, coalesce(k.name, u.name) AS recipient, n.position, n.created_at, n.signed_at,
               coalesce(g.name, n.data ->> 'signed_by') AS signed_by,
               d.status AS delivery
        FROM notices n LEFT JOIN contacts k ON k.id = n.contact_id LEFT JOIN users u ON u.id = n.user_id
        LEFT JOIN users g ON g.id = n.signed_by
        LEFT JOIN deliveries d ON d.notice_id = n.id AND d.channel = 'email'
        WHERE n.case_id = :case AND {own("n.subject_id")} ORDER BY n.id DESC LIMIT 200
        """,
    ),
    "history": (
        EventRow,
        f"""
        SELECT e.id, e.kind, e.case_version, e.actor_name, e.at, e.data FROM events e
        LEFT JOIN work_items w ON w.id = e.work_item_id
        WHERE e.case_id = :case AND (CAST(:only AS text) IS NULL OR (
            e.kind NOT IN ('rung_proposed', 'rung_approved', 'rung_changed', 'rung_waived', 'talk_proposed',
                           'talk_approved', 'talk_waived', 'finding_recorded', 'undeliverable',
                           'reviewer_assigned', 'reviewer_recused', 'reviewed')
            AND (e.kind <> 'document_added' OR w.owner = 'district')
            AND (e.kind <> 'notice_signed' OR EXISTS (
                SELECT FROM notices n WHERE n.id = (e.data ->> 'notice')::bigint AND {own("n.subject_id")}))))
        ORDER BY e.id DESC LIMIT 500
        """,
    ),
}


def case_file(session: Session, case_id: int, *, sight: Sight) -> tuple[CaseFile, str] | None:
    """The case with everything in its file, and its definition (JSON); ``None`` where there is none to see."""
    asked: dict[str, Any] = {"case": case_id, **sight.parameters}
    found = session.execute(text(_HEAD), asked).mappings().first()
    if found is None:
        return None
    head = dict(found)
    definition = str(head.pop("definition"))
    if head["subject_id"] == sight.in_person:
        asked["only"] = sight.in_person
    parts = {
        name: [kind(**dict(row)) for row in session.execute(text(statement), asked).mappings()]
        for name, (kind, statement) in _PARTS.items()
    }
    return CaseFile.model_validate({"case": CaseHead(**head), **parts}), definition


class Stored(Row):
    """A document's bytes."""

    filename: str
    media_type: str
    sha256: str
    content: bytes


_DOCUMENT = text(
    f"""
    SELECT d.filename, d.media_type, d.sha256, b.content
    FROM documents d JOIN blobs b ON b.sha256 = d.sha256 JOIN cases c ON c.id = d.case_id
    JOIN work_items w ON w.id = d.work_item_id
    WHERE d.id = :id AND {seen_case()} AND ({inside()} OR w.owner = 'district')
    """
)


def document(session: Session, document_id: int, *, sight: Sight) -> Stored | None:
    """A document with its content."""
    row = session.execute(_DOCUMENT, {"id": document_id, **sight.parameters}).mappings().first()
    return Stored(**dict(row)) if row else None
