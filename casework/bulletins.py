"""What is told beyond single cases: the week's bulletin, and the results of a round to leaders and member units."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from casework.actor import OFFICE, Actor
from casework.notify import Queued, queue
from casework.signing import LetterDraft, Signed, sign
from db.queries.bulletin import results_of, week_of
from db.queries.letters import NOT_VOID
from db.tables import Event, Round
from process.calendar import local_day
from process.decide import NoticeDraft
from process.errors import Conflict, InvalidInput, NotFound
from process.vocabulary import EventKind, LetterKind, NoticeKind, Position, Role

_AUTHORITIES = text(
    """
    SELECT s.id, s.name, c.position FROM subjects s JOIN contacts c ON c.subject_id = s.id
    WHERE s.kind = 'authority' AND coalesce(s.valid_to, :today) >= :today
        AND coalesce(c.valid_from, :today) <= :today AND coalesce(c.valid_to, :today) >= :today
    ORDER BY s.id
    """
)

LONGEST_SUMMARY = 350
"""What has room on the one page of a 专报."""

_REPORTS = (LetterKind.LEADERS_REPORT, LetterKind.MEMBERS_CIRCULAR)
_TOLD = text(f"SELECT l.id FROM letters l WHERE l.round_id = :round AND l.kind = ANY(:kinds) AND {NOT_VOID} LIMIT 1")


def publish_week(session: Session, now: datetime) -> bool:
    """Send the office the bulletin of the week before this one, once; whether there was anything to tell."""
    monday = local_day(now) - timedelta(days=local_day(now).weekday() + 7)
    figures = week_of(session, monday, local_day(now))
    if not figures["rounds"]:
        return False
    year, week, _ = monday.isocalendar()
    draft = NoticeDraft(
        NoticeKind.BULLETIN, roles=(Role.COORDINATOR, Role.MANAGER), step=f"{year}-W{week:02}", data=figures
    )
    queue(session, [Queued(draft, None, None, None)], now)
    return True


def report_results(
    session: Session, actor: Actor, now: datetime, round_id: int, *, summary: str
) -> tuple[Signed, Signed]:
    """The results of a round: a 专报 of one page to the leaders in charge, a 通报 to the member units (要点第4项).

    Once per round, and only when there are results; anew when both were declared void. Raises :class:`NotFound`,
    :class:`InvalidInput`, :class:`Conflict`.
    """
    actor = actor.require(*OFFICE)
    found = session.get(Round, round_id, with_for_update=True)
    if found is None:
        raise NotFound("轮次")
    if not summary.strip():
        raise InvalidInput("须写明结果概述", field="summary")
    if len(summary.strip()) > LONGEST_SUMMARY:
        raise InvalidInput(f"专报只有一页，结果概述不超过{LONGEST_SUMMARY}字", field="summary")
    if session.execute(_TOLD, {"round": round_id, "kinds": [*_REPORTS]}).first() is not None:
        raise Conflict("本轮次的结果已经专报和通报")
    figures = results_of(session, round_id)
    if not figures:
        raise InvalidInput("本轮次还没有可以报告的结果")
    by_position = _authorities(session, local_day(now))
    fields = {"summary": summary.strip(), "figures": figures, "title": found.title}
    leaders = tuple(name for _, name in by_position.get(Position.LEADER, ())) or ("市委市政府分管领导",)
    drafts = [
        LetterDraft(LetterKind.LEADERS_REPORT, round_id, fields, leaders),
        LetterDraft(LetterKind.MEMBERS_CIRCULAR, round_id, fields, ("市政府教育督导委员会各成员单位",)),
    ]
    report, circular = sign(session, actor, now, drafts)
    said = []
    for position, kind, letter in (
        (Position.LEADER, NoticeKind.LEADERS_DIGEST, report),
        (Position.LIAISON, NoticeKind.MEMBERS_CIRCULAR, circular),
    ):
        data = {"title_of_round": found.title, "number": letter.number, "summary": summary.strip(), "figures": figures}
        draft = NoticeDraft(kind, (position,), step=letter.number, data=data)
        subjects = dict.fromkeys(id_ for id_, _ in by_position.get(position, ()))
        said += [Queued(draft, round_id, None, id_, letter_id=letter.id) for id_ in subjects]
    queue(session, said, now)
    for letter, letter_kind in ((report, LetterKind.LEADERS_REPORT), (circular, LetterKind.MEMBERS_CIRCULAR)):
        session.add(
            Event(
                round_id=round_id,
                kind=EventKind.LETTER_ISSUED,
                actor_id=actor.user_id,
                actor_name=actor.name,
                at=now,
                data={"letter": letter_kind, "number": letter.number, "id": letter.id},
            )
        )
    session.flush()
    return report, circular


def _authorities(session: Session, today: date) -> dict[Any, list[tuple[str, str]]]:
    found: dict[Any, list[tuple[str, str]]] = {}
    for id_, name, position in session.execute(_AUTHORITIES, {"today": today}):
        found.setdefault(position, []).append((id_, name))
    return found
