"""What districts do: sign for a notice, hand documents in, submit; and what the office answers."""

from __future__ import annotations

import hashlib
from datetime import datetime

import puremagic
from sqlalchemy import text
from sqlmodel import Session, select

from casework.actor import OFFICE, Actor
from casework.lengths import characters
from casework.load import load_case
from casework.signing import LetterDraft, sign
from casework.steps import apply, complete, may_act, owner_of
from casework.write import record
from db.tables import Document, Letter, Subject, Submission
from process.decide import EventDraft, open_item
from process.errors import (
    CaseNotOpen,
    FileTooLarge,
    ForbiddenFileType,
    InvalidInput,
    NotAllowed,
    RequirementUnmet,
    UnknownOutcome,
)
from process.state import Case
from process.vocabulary import EventKind, LetterKind, SubmissionStatus

# What offices exchange. The value is what the content must look like; text has no signature to look for.
ALLOWED_TYPES = {
    ".pdf": (".pdf",),
    ".docx": (".docx", ".zip"),
    ".xlsx": (".xlsx", ".zip"),
    ".doc": (".doc", ".xls", ".ppt", ".msi", ".ole"),
    ".xls": (".doc", ".xls", ".ppt", ".msi", ".ole"),
    ".wps": (".doc", ".xls", ".ppt", ".msi", ".ole", ".docx", ".zip"),
    ".ofd": (".zip", ".ofd"),
    ".zip": (".zip", ".docx", ".xlsx"),
    ".jpg": (".jpg", ".jpeg", ".jfif"),
    ".jpeg": (".jpg", ".jpeg", ".jfif"),
    ".png": (".png",),
    ".txt": (),
    ".csv": (),
}


def acknowledge(session: Session, actor: Actor, now: datetime, case_id: int, expected_version: int | None) -> Case:
    """签收 the supervision notice; the 回执 is written."""
    done = complete(session, actor, now, case_id, expected_version, stage="acknowledgement", outcome="acknowledged")
    unit = session.get_one(Subject, done.subject_id).name
    opened_by = select(Letter.number).where(
        Letter.round_id == done.round_id, Letter.kind == LetterKind.SUPERVISION_NOTICE
    )
    fields = {
        "unit": unit,
        "notice_number": session.exec(opened_by).first() or "",
        "received_at": now.isoformat(),
        "contact": actor.name,
    }
    draft = LetterDraft(LetterKind.ACKNOWLEDGEMENT, done.round_id, fields, (), case_id=done.id)
    letter = sign(session, actor, now, [draft])[0]
    data = {"letter": draft.kind, "number": "", "id": letter.id}
    record(session, done, actor, now, [EventDraft(EventKind.LETTER_ISSUED, data)])
    return done


def upload(
    session: Session,
    actor: Actor,
    now: datetime,
    case_id: int,
    *,
    deliverable: str,
    filename: str,
    content: bytes,
    max_bytes: int,
) -> Document:
    """Add a file for a deliverable of the open stage; the newest one counts.

    Raises :class:`FileTooLarge`, :class:`ForbiddenFileType` (by name and by content), :class:`InvalidInput` (also for
    a text longer than the definition lets it be, where its length can be told).
    """
    case = load_case(session, actor, case_id, None)
    item = open_item(case)
    _require_turn(actor, case)
    stage = case.process.stage(item.stage)
    wanted = next((wanted for wanted in stage.deliverables if wanted.key == deliverable), None)
    if wanted is None:
        raise InvalidInput(f"「{stage.title}」不要求材料 {deliverable}", field="deliverable")
    name = filename.replace("\\", "/").rsplit("/", 1)[-1].strip()
    if len(content) > max_bytes:
        raise FileTooLarge(f"{name} 超过{max_bytes // 1024 // 1024}MB", field="file")
    if not content:
        raise InvalidInput(f"{name} 是空文件", field="file")
    media_type = _media_type(name, content)
    length = characters(name, content) if wanted.max_characters else None
    if length is not None and length > wanted.max_characters:
        raise InvalidInput(f"{name} 有{length}字，不得超过{wanted.max_characters}字", field="file")
    digest = hashlib.sha256(content).hexdigest()
    session.execute(
        text("INSERT INTO blobs (sha256, content) VALUES (:sha256, :content) ON CONFLICT DO NOTHING"),
        {"sha256": digest, "content": content},
    )
    document = Document(
        case_id=case.id,
        work_item_id=item.id or 0,
        attempt=item.attempt,
        deliverable=deliverable,
        filename=name,
        media_type=media_type,
        size=len(content),
        sha256=digest,
        uploaded_by=actor.person,
        uploaded_at=now,
    )
    session.add(document)
    session.flush()
    data = {"deliverable": deliverable, "filename": name, "sha256": digest, "document": document.id}
    record(session, case, actor, now, [EventDraft(EventKind.DOCUMENT_ADDED, data)])
    return document


def submit(
    session: Session,
    actor: Actor,
    now: datetime,
    case_id: int,
    expected_version: int | None,
    *,
    stage: str,
    outcome: str = "submitted",
    note: str = "",
) -> Case:
    """Hand in the open stage with the documents uploaded for it.

    Raises :class:`MissingDeliverable`, :class:`WrongStage` (a second submission of the same stage) and the others of
    :func:`casework.steps.complete`.
    """
    case = load_case(session, actor, case_id, expected_version)
    decision = apply(session, actor, now, case, stage=stage, outcome=outcome, reason=note)
    item = case.item
    if item is not None and item.id is not None:
        session.add(
            Submission(
                case_id=case.id,
                work_item_id=item.id,
                attempt=item.attempt,
                note=note,
                submitted_by=actor.person,
                submitted_at=now,
            )
        )
        session.flush()
    return decision.after


def accept(
    session: Session, actor: Actor, now: datetime, case_id: int, expected_version: int | None, *, note: str = ""
) -> Case:
    """The office accepts what was handed in: from here on it cannot change."""
    actor = actor.require(*OFFICE)
    return _judge(session, actor, now, case_id, expected_version, "accepted", SubmissionStatus.ACCEPTED, note)


def send_back(
    session: Session, actor: Actor, now: datetime, case_id: int, expected_version: int | None, *, reason: str
) -> Case:
    """The office sends it back (退回补正): the same work item opens again as its next attempt."""
    actor = actor.require(*OFFICE)
    if not reason.strip():
        raise InvalidInput("退回须写明理由", field="reason")
    return _judge(session, actor, now, case_id, expected_version, "returned", SubmissionStatus.RETURNED, reason)


def _judge(
    session: Session,
    actor: Actor,
    now: datetime,
    case_id: int,
    expected_version: int | None,
    outcome: str,
    status: SubmissionStatus,
    note: str,
) -> Case:
    case = load_case(session, actor, case_id, expected_version)
    if case.item is None:
        raise CaseNotOpen()
    stage = case.process.stage(case.item.stage)
    if stage.outcome(outcome) is None:
        raise UnknownOutcome(f"「{stage.title}」环节没有待审的报送", field="outcome")
    submission = session.exec(
        select(Submission)
        .where(Submission.case_id == case.id, Submission.status == SubmissionStatus.SUBMITTED)
        .order_by(Submission.id.desc())  # type: ignore[union-attr]
    ).first()
    if submission is None:
        raise RequirementUnmet("没有待审的报送")
    decision = apply(session, actor, now, case, stage=stage.key, outcome=outcome, reason=note)
    submission.status = status
    submission.decided_by = actor.person
    submission.decided_at = now
    submission.decision_note = note
    session.add(submission)
    session.flush()
    return decision.after


def _require_turn(actor: Actor, case: Case) -> None:
    owner = owner_of(case)
    if owner and may_act(actor.facing(case.subject_id), owner):
        return
    raise NotAllowed(f"现在由{owner.title_zh if owner else '无人'}办理")


def _media_type(name: str, content: bytes) -> str:
    suffix = "." + name.rsplit(".", 1)[-1].lower() if "." in name else ""
    expected = ALLOWED_TYPES.get(suffix)
    if expected is None:
        raise ForbiddenFileType(f"{name}(可用：{'、'.join(sorted(ALLOWED_TYPES))})", field="file")
    if not expected:
        try:
            content.decode("utf-8-sig")
        except UnicodeDecodeError:
            try:
                content.decode("gb18030")
            except UnicodeDecodeError as error:
                raise ForbiddenFileType(f"{name} 不是文本文件", field="file") from error
        return "text/csv" if suffix == ".csv" else "text/plain"
    try:
        matches = puremagic.magic_string(content[:65536], name)
    except puremagic.PureError:
        matches = []
    seen = {match.extension for match in matches if match.byte_match}
    if not seen & set(expected):
        raise ForbiddenFileType(f"{name} 的内容与扩展名不符", field="file")
    return next((m.mime_type for m in matches if m.extension == suffix and m.mime_type), "application/octet-stream")
