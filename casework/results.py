"""One circular of results for a whole round (结果通报, 要点第20项): the list of all, signed once, sent to each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from casework.actor import OFFICE, Actor
from casework.load import load_cases, round_process
from casework.notify import Queued, queue
from casework.particulars import result_title
from casework.signing import LetterDraft, Signed, addressed, sign
from casework.steps import acting
from casework.write import about, record_each, write
from db.tables import Round
from db.workdays import work_calendar
from process.calendar import local_day
from process.decide import DISTRICT_CONTACTS, Completed, EventDraft, NoticeDraft, decide, open_item
from process.definition import Outcome, Process
from process.errors import Conflict, InvalidInput, NotFound
from process.state import Case
from process.vocabulary import EventKind, LetterKind, NoticeKind, Position, Role

_TOLD = (*DISTRICT_CONTACTS, Position.COMMISSION_HEAD, Position.HEAD, Position.LIAISON)
# The best first, where experts scored them.
WAITING = text(
    """
    SELECT c.id, s.name AS unit, c.matter, round(avg(v.score)::numeric, 2)::float AS average
    FROM cases c JOIN subjects s ON s.id = c.subject_id LEFT JOIN reviews v ON v.case_id = c.id
    WHERE c.round_id = :round AND c.status = 'open' AND c.stage = ANY(:stages)
    GROUP BY c.id, s.id ORDER BY avg(v.score) DESC NULLS LAST, s.code = '', s.code, c.id
    """
)

_PAPERS = text(
    """
    SELECT work_item_id, array_agg(DISTINCT deliverable) AS papers FROM documents WHERE work_item_id = ANY(:items)
    GROUP BY work_item_id
    """
)


def awaiting(process: Process) -> dict[str, Outcome]:
    """The stages of a process that end by a circular of results, with the outcome by which they do."""
    return {
        stage.key: outcome
        for stage in process.stages
        for outcome in stage.outcomes
        if outcome.letter is LetterKind.RESULT_CIRCULAR
    }


def publish_results(
    session: Session,
    actor: Actor,
    now: datetime,
    round_id: int,
    *,
    summary: str,
    grades: Mapping[int, str] | None = None,
) -> tuple[Signed, int]:
    """Sign one circular over all cases of a round that wait for it, and end their stage: the letter, and how many.

    ``grades`` says of single cases how they did (一等奖); of the others the definition does. Raises :class:`NotFound`,
    :class:`Conflict` (none waits), :class:`InvalidInput`.
    """
    actor = actor.require(*OFFICE)
    if session.get(Round, round_id, with_for_update={"key_share": True}) is None:
        raise NotFound("轮次")
    if not summary.strip():
        raise InvalidInput("须写明总体情况", field="summary")
    process = round_process(session, round_id)
    ends = awaiting(process)
    rows = session.execute(WAITING, {"round": round_id, "stages": list(ends)}).all()
    if not rows:
        raise Conflict("本轮次没有等待结果通报的任务")
    said = {id_: grade.strip() for id_, grade in (grades or {}).items() if grade.strip()}
    if not set(said) <= {row.id for row in rows}:
        raise NotFound("等待结果通报的任务", field="grades")
    cases = {case.id: case for case in load_cases(session, [row.id for row in rows])}
    results = [
        {
            **({"title": row.matter} if row.matter else {}),
            "unit": row.unit,
            "result": said.get(row.id) or result_title(process, ends[open_item(cases[row.id]).stage]),
        }
        for row in rows
    ]
    fields = {"summary": summary.strip(), "results": results}
    draft = LetterDraft(LetterKind.RESULT_CIRCULAR, round_id, fields, addressed(session, LetterKind.RESULT_CIRCULAR))
    [letter] = sign(session, actor, now, [draft])
    _tell(session, actor, now, list(cases.values()), letter)
    calendar = work_calendar(session)
    papers = _papers(session, [open_item(case).id or 0 for case in cases.values()])
    decisions = []
    for case in cases.values():
        item = open_item(case)
        outcome = ends[item.stage].key
        doer = acting(actor, case, outcome).role or Role.COORDINATOR
        happening = Completed(outcome, doer, item.stage, papers.get(item.id or 0, frozenset()))
        # The circular names them all; it is no letter of each.
        issued = replace(case, letters={**case.letters, LetterKind.RESULT_CIRCULAR: None})
        decisions.append(decide(issued, happening, now, calendar))
    write(session, decisions, actor, now)
    return letter, len(cases)


def _papers(session: Session, items: Sequence[int]) -> dict[int, frozenset[str]]:
    rows = session.execute(_PAPERS, {"items": list(items)})
    return {row.work_item_id: frozenset(row.papers) for row in rows}


def _tell(session: Session, actor: Actor, now: datetime, cases: Sequence[Case], letter: Signed) -> None:
    data = {
        "letter": LetterKind.RESULT_CIRCULAR,
        "number": letter.number,
        "id": letter.id,
        "issued_on": local_day(now).isoformat(),
    }
    record_each(session, actor, now, [(case, EventDraft(EventKind.LETTER_ISSUED, data)) for case in cases])
    draft = NoticeDraft(NoticeKind.LETTER, _TOLD, step=f"{LetterKind.RESULT_CIRCULAR}:{letter.number}", data=data)
    queue(session, [Queued(draft, **about(case, letter_id=letter.id)) for case in cases], now)
