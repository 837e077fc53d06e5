"""Chinese words for what the database says in keys: stages, outcomes, lights, lines of history."""

from __future__ import annotations

from datetime import date
from typing import Any, TypeVar

from api.context import Desk
from db.queries.case_file import CaseFile, EventRow
from db.queries.lines import Light, Line
from db.queries.rounds import definitions
from db.queries.rows import Page
from process.calendar import WorkCalendar
from process.definition import Process, parse_process
from process.vocabulary import (
    CaseOutcome,
    CaseStatus,
    ClimbStatus,
    EventKind,
    LetterKind,
    NoticeKind,
    RungKind,
    TalkStatus,
    TeamRole,
    Titled,
)


def processes_of(desk: Desk, round_ids: set[int]) -> dict[int, Process]:
    """The definitions of rounds, in one statement."""
    return {id_: parse_process(definition) for id_, definition in definitions(desk.session, round_ids).items()}


def stage_title(process: Process, key: str | None) -> str:
    """What a stage is called."""
    return next((stage.title for stage in process.stages if stage.key == key), key or "")


def outcome_title(process: Process, stage: str, key: str | None) -> str:
    """What an outcome is called."""
    if key == "ended":
        return "终止"
    found = next((s.outcome(key) for s in process.stages if s.key == stage), None) if key else None
    return found.title if found else key or ""


def titled_lines(desk: Desk, found: Page[Line]) -> Page[Line]:
    """Lines with the titles of their stages and the reason of their lights."""
    known = processes_of(desk, {line.round_id for line in found.items})
    calendar = desk.calendar
    items = [
        line.model_copy(
            update={
                "stage_title": stage_title(known[line.round_id], line.stage),
                "owner_title": known[line.round_id].owner_title(line.owner) if line.owner else "",
                "why": why(line, desk.today, calendar),
            }
        )
        for line in found.items
    ]
    return Page[Line](items=items, total=found.total, limit=found.limit, offset=found.offset)


def why(line: Line, today: date, calendar: WorkCalendar) -> str:
    """Why a line has its light, in words."""
    if line.status is not CaseStatus.OPEN or line.due_on is None:
        return line.outcome.title_zh if line.outcome else line.status.title_zh
    return "，".join(_reasons(line, line.due_on, today, calendar))


def _reasons(line: Line, due_on: date, today: date, calendar: WorkCalendar) -> list[str]:
    said = [distance(due_on, today, calendar)]
    told_by_talk = line.rung is RungKind.TALK and line.talk_status is not None
    if line.rung is not None and line.rung is not RungKind.REMINDER and not told_by_talk:
        stands = {ClimbStatus.PROPOSED: "待决定", ClimbStatus.APPROVED: "已批准"}
        said.append(f"{line.rung.title_zh}{stands.get(line.rung_status or ClimbStatus.CLIMBED, '已发出')}")
    if (line.attempt or 1) > 1:
        said.append(f"第{line.attempt}次办理（曾退回）")
    if line.extension_pending:
        said.append("延期申请待审批")
    if line.talk_status is not None:
        said.append(f"约谈{_TALKS.get(line.talk_status, line.talk_status.title_zh)}")
    return said


_TALKS = {
    TalkStatus.APPROVED: "已批准，待发通知书",
    TalkStatus.NOTIFIED: "已通知，待举行",
    TalkStatus.HELD: "已举行，待形成记录",
    TalkStatus.MINUTED: "承诺落实中",
}
"""What a talk waits for."""


def distance(due_on: date, today: date, calendar: WorkCalendar) -> str:
    """How far away a due date is."""
    if due_on < today:
        late = calendar.working_days_between(due_on, today)
        return f"逾期{late}个工作日" if late else "已过到期日"
    if due_on == today:
        return "今天到期"
    return f"还有{calendar.working_days_between(today, due_on)}个工作日到期"


def light_of(due_on: date, today: date, soon: date) -> Light:
    """The light of an open case."""
    return Light.RED if due_on < today else Light.YELLOW if due_on <= soon else Light.GREEN


def titled_file(file: CaseFile, process: Process) -> CaseFile:
    """A case file with the titles its round's definition gives."""
    wanted = {(stage.key, d.key): d.title for stage in process.stages for d in stage.deliverables}

    def staged(row: Any) -> Any:
        return row.model_copy(update={"stage_title": stage_title(process, row.stage)})

    return file.model_copy(
        update={
            "case": staged(file.case),
            "visits": [
                staged(row).model_copy(update={"outcome_title": outcome_title(process, row.stage, row.outcome)})
                for row in file.visits
            ],
            "documents": [
                staged(row).model_copy(
                    update={"deliverable_title": wanted.get((row.stage, row.deliverable), row.deliverable)}
                )
                for row in file.documents
            ],
            "submissions": [staged(row) for row in file.submissions],
            "history": [row.model_copy(update={"words": event_words(row, process)}) for row in file.history],
        }
    )


T = TypeVar("T", bound=Titled)


def word(kind: type[T], value: Any) -> str:
    """The Chinese title of a word, or the word itself."""
    return kind(value).title_zh if value in set(kind) else str(value or "")


def event_words(event: EventRow, process: Process) -> str:
    """A line of history in a sentence."""
    data = event.data
    said = [part for part in _parts(event.kind, data, process) if part]
    said += [str(data[key]) for key in ("reason", "note") if data.get(key)]
    return "；".join(said)


def _parts(kind: EventKind, data: dict[str, Any], process: Process) -> list[str]:
    stage = stage_title(process, data["stage"]) if data.get("stage") else ""
    due = f"{data['due_on']}到期" if data.get("due_on") else ""
    match kind:
        case EventKind.STAGE_ENTERED | EventKind.STAGE_REOPENED:
            return [f"「{stage}」", due]
        case EventKind.STAGE_COMPLETED | EventKind.STAGE_LAPSED | EventKind.STAGE_PASSED:
            return [f"「{stage}」：{data.get('title', '')}"]
        case EventKind.CASE_CLOSED | EventKind.WITHDRAWN:
            return [word(CaseOutcome, data.get("outcome"))]
        case EventKind.CLIMBED | EventKind.RUNG_PROPOSED | EventKind.RUNG_APPROVED | EventKind.RUNG_WAIVED:
            return [word(RungKind, data.get("kind"))]
        case EventKind.RUNG_CHANGED:
            return [f"{word(RungKind, data.get('kind'))} → {word(RungKind, data.get('instead'))}"]
        case EventKind.MATTER_OPENED:
            return [str(data.get("title", ""))]
        case EventKind.TALK_NOTIFIED | EventKind.TALK_MINUTED:
            return [str(data.get("number", ""))]
        case EventKind.DUE_MOVED | EventKind.RESUMED | EventKind.EXTENSION_REQUESTED:
            excused = "此前因逾期的催督办不再计算" if data.get("excused") else ""
            return [f"{data.get('from', '')} → {data.get('to', '')}", excused]
        case EventKind.EXTENSION_DECIDED:
            return ["同意" if data.get("granted") else "不同意", f"{data.get('from')} → {data.get('to')}"]
        case EventKind.LETTER_ISSUED | EventKind.LETTER_VOIDED:
            return [f"{word(LetterKind, data.get('letter'))} {data.get('number', '')}"]
        case EventKind.TEAM_COMPOSED:
            return [
                "、".join(f"{m['name']}({word(TeamRole, m['role'])})" for m in data.get("members", [])),
                _seed(data),
            ]
        case EventKind.LOOKED_BACK:
            return [_numbers("巩固", data.get("held")), _numbers("反弹", data.get("relapsed"))]
        case EventKind.DOCUMENT_ADDED | EventKind.VALUES_UPLOADED:
            return [str(data.get("filename", ""))]
        case EventKind.NOTICE_SIGNED | EventKind.UNDELIVERABLE:
            return [word(NoticeKind, data.get("kind")), str(data.get("answer") or data.get("signed_by") or "")]
        case EventKind.LAUNCHED:
            return [str(data.get("title", ""))]
        case EventKind.TITLE_GRANTED | EventKind.TITLE_REVOKED:
            return [str(data.get("title", "")), str(data.get("document", ""))]
        case EventKind.REVIEWER_ASSIGNED:
            return ["、".join(data.get("reviewers", [])), _seed(data)]
        case EventKind.EXTERNAL_DATE_SET:
            return [f"「{stage}」：{data.get('on', '')}", str(data.get("source", ""))]
        case EventKind.PART_ASSIGNED:
            return [f"{data.get('unit', '')}：{data.get('title', '')}", f"{data.get('until')}前"]
        case _:
            return [_numbers("问题", data.get("numbers"))]


def _seed(data: dict[str, Any]) -> str:
    return f"随机抽取，种子{data['seed']}" if data.get("seed") else ""


def _numbers(what: str, numbers: list[int] | None) -> str:
    if not numbers:
        return ""
    shown = "、".join(map(str, numbers[:12]))
    return f"{what}{shown}{'等' if len(numbers) > 12 else ''}(共{len(numbers)}个)"
