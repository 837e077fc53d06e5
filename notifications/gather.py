"""Gathering what notices need to be put into words: a handful of queries for any number of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from email.utils import parseaddr
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import ARRAY, ColumnElement, Text, any_, cast, literal
from sqlmodel import Session, SQLModel, col, select

from db.tables import (
    Blob,
    Case,
    Climb,
    Contact,
    Extension,
    Inspector,
    Letter,
    Notice,
    Round,
    Subject,
    Talk,
    TeamMember,
    User,
    WorkItem,
)
from db.workdays import work_calendar
from notifications.addressee import contact_recipient, user_recipient
from notifications.context import (
    Attachment,
    GeneralContext,
    LetterView,
    Member,
    NoticeContext,
    Recipient,
    RoundView,
)
from notifications.letters.pending import letter_filename
from notifications.receipts import RECEIPT_LASTS, link_secret, receipt_token
from notifications.words import announced, as_day
from process.calendar import WorkCalendar, local_day
from process.definition import Process, Rung, Stage, parse_process
from process.errors import NotFound
from process.vocabulary import (
    Channel,
    ClimbStatus,
    ExtensionStatus,
    ItemStatus,
    LetterKind,
    NoticeKind,
    TeamRole,
)
from settings import Settings

Row = TypeVar("Row", bound=SQLModel)


@lru_cache(maxsize=64)
def _process(definition: str) -> Process:
    # By its text, not by the round's id: a definition never changes, and ids repeat between databases.
    return parse_process(definition)


@dataclass(frozen=True, slots=True)
class Gathered:
    """The rows around a batch of notices, by their keys."""

    notices: Sequence[Notice]
    rounds: Mapping[int, RoundView]
    cases: Mapping[Any, Case]
    subjects: Mapping[Any, Subject]
    items: Mapping[Any, WorkItem]
    climbs: Mapping[Any, Climb]
    talks: Mapping[Any, Talk]
    users: Mapping[Any, User]
    contacts: Mapping[str, Sequence[Contact]]
    letters: Mapping[int, Sequence[Letter]]
    teams: Mapping[int, tuple[Member, ...]]
    attachments: Mapping[Any, Attachment]
    signed: Set[int]
    """Notices whose receipt was asked for and that were signed for."""
    requested: Set[int]
    """Cases in which a request for more time waits for its decision."""
    channel: Channel
    secret: str
    calendar: WorkCalendar


def gather(session: Session, notice_ids: Iterable[int], channel: Channel = Channel.EMAIL) -> Gathered:
    """The rows around these notices. The number of queries does not depend on how many there are."""
    notices = session.exec(select(Notice).where(_among(Notice.id, set(notice_ids))).order_by(col(Notice.id))).all()
    cases = _by_id(session, Case, (notice.case_id for notice in notices))
    rounds = _rounds(session, {notice.round_id for notice in notices if notice.round_id is not None})
    about = (case.subject_id for case in cases.values())
    subjects = _by_id(session, Subject, (*about, *(notice.subject_id for notice in notices)))
    return Gathered(
        notices=notices,
        rounds=rounds,
        cases=cases,
        subjects=subjects,
        items=_by_id(session, WorkItem, (notice.work_item_id for notice in notices)),
        climbs=_by_id(session, Climb, (notice.climb_id for notice in notices)),
        talks=_by_id(session, Talk, (notice.talk_id for notice in notices)),
        users=_by_id(session, User, (notice.user_id for notice in notices)),
        contacts=_contacts(session, notices),
        letters=_letters(session, {n.case_id for n in notices if n.kind is NoticeKind.LETTER and n.case_id}),
        teams=_teams(session, {n.case_id for n in notices if n.kind is NoticeKind.SAMPLED and n.case_id}),
        attachments=_attachments(session, {n.letter_id for n in notices if n.letter_id is not None})
        if channel is Channel.EMAIL
        else {},
        signed=_signed(session, {n.data.get("notice") for n in notices if n.kind in _ABOUT_A_RECEIPT}),
        requested=_requested(session, {n.case_id for n in notices if n.kind is NoticeKind.DECISION_WAITING}),
        channel=channel,
        secret=link_secret(session) if any(wants_receipt(notice) for notice in notices) else "",
        calendar=work_calendar(session),
    )


def inbox_contexts(
    session: Session, settings: Settings, notice_ids: Iterable[int]
) -> dict[int, NoticeContext | GeneralContext]:
    """The notices as they were said when they were queued: an inbox does not rewrite its letters."""
    gathered = gather(session, notice_ids)
    return {
        _key(notice.id): context_of(gathered, notice, settings, local_day(notice.created_at), current=False)
        for notice in gathered.notices
    }


def context_of(
    gathered: Gathered, notice: Notice, settings: Settings, said_on: date, *, current: bool
) -> NoticeContext | GeneralContext:
    """One notice with its rows. ``current`` takes the due date of now, else the one it was queued with."""
    if notice.case_id is None or notice.round_id is None:
        return _general(gathered, notice, settings, said_on)
    case = gathered.cases[notice.case_id]
    view = gathered.rounds[notice.round_id]
    subject = gathered.subjects[case.subject_id]
    item = gathered.items.get(notice.work_item_id)
    stage = view.process.stage(item.stage) if item else None
    climb = gathered.climbs.get(notice.climb_id)
    due_on, provisional = _due(notice, item, current=current)
    passed = gathered.calendar.working_days_between(due_on, said_on) if due_on else 0
    rung, ahead = _rungs(view.process, stage, notice, climb, due_on, said_on, gathered.calendar)
    return NoticeContext(
        notice=notice,
        round=view,
        case=case,
        subject=subject,
        recipient=_recipient(gathered, notice, subject, said_on),
        said_on=said_on,
        url=f"{settings.public_url}/cases/{notice.case_id}",
        sender=_sender(settings.mail_from),
        item=item,
        stage=stage,
        first=stage is not None and stage.key == view.process.first,
        due_on=due_on,
        provisional=provisional,
        late=max(passed, 0),
        left=max(-passed, 0),
        rung=rung,
        ahead=ahead,
        climb=climb,
        talk=gathered.talks.get(notice.talk_id),
        letter=_letter(gathered, notice, stage),
        team=gathered.teams.get(notice.case_id, ()),
        attachment=gathered.attachments.get(notice.letter_id),
        receipt_url=_receipt_url(gathered, notice, settings),
        waits=_waits(gathered, notice),
    )


_ABOUT_A_RECEIPT = (NoticeKind.RECEIPT_REMINDER, NoticeKind.RECEIPT_MISSING)


def _waits(gathered: Gathered, notice: Notice) -> bool:
    """Whether what a recall asks for is still to be done."""
    climb, talk = gathered.climbs.get(notice.climb_id), gathered.talks.get(notice.talk_id)
    if notice.kind in _ABOUT_A_RECEIPT:
        return notice.data.get("notice") not in gathered.signed
    if notice.kind is NoticeKind.DECISION_WAITING:
        return climb.status is ClimbStatus.PROPOSED if climb else notice.case_id in gathered.requested
    if notice.kind is NoticeKind.TALK_WAITING:
        return talk is None or talk.status == notice.data.get("status")
    return True


def _general(gathered: Gathered, notice: Notice, settings: Settings, said_on: date) -> GeneralContext:
    subject = gathered.subjects.get(notice.subject_id)
    recipient = _recipient(gathered, notice, subject, said_on)
    path = notice.data.get("path") or (f"/rounds/{notice.round_id}" if notice.round_id is not None else "/")
    return GeneralContext(
        notice=notice,
        recipient=recipient,
        said_on=said_on,
        url=f"{settings.public_url}{path}",
        sender=_sender(settings.mail_from),
        attachment=gathered.attachments.get(notice.letter_id),
        receipt_url=_receipt_url(gathered, notice, settings),
    )


def wants_receipt(notice: Notice) -> bool:
    """Whether the reader can sign for it from the mail."""
    return notice.kind.needs_receipt and notice.contact_id is not None and notice.signed_at is None


def _receipt_url(gathered: Gathered, notice: Notice, settings: Settings) -> str:
    if not wants_receipt(notice) or notice.id is None:
        return ""
    token = receipt_token(gathered.secret, notice.id, notice.created_at + RECEIPT_LASTS)
    return f"{settings.public_url}/receipt/{token}"


@lru_cache(maxsize=8)
def _sender(mail_from: str) -> str:
    return parseaddr(mail_from)[0] or "教育督导室"


def _due(notice: Notice, item: WorkItem | None, *, current: bool) -> tuple[date | None, bool]:
    if item is None:
        return notice.due_on, False
    same = item.status is ItemStatus.OPEN and item.attempt == notice.attempt
    if notice.due_on is None or (current and same):
        return item.due_on, item.provisional
    return notice.due_on, item.provisional and notice.due_on == item.due_on


def _rungs(
    process: Process,
    stage: Stage | None,
    notice: Notice,
    climb: Climb | None,
    due_on: date | None,
    said_on: date,
    calendar: WorkCalendar,
) -> tuple[Rung | None, tuple[tuple[Rung, date], ...]]:
    if stage is None:
        return None, ()
    rungs = process.ladder(stage.ladder).rungs
    key = climb.rung if climb else notice.data.get("rung")
    rung = next((rung for rung in rungs if rung.key == key), None)
    if due_on is None:
        return rung, ()
    above = [r for r in rungs if r.offset > (rung.offset if rung else 0) and r.offset > 0]
    dated = [(r, calendar.add_working_days(due_on, r.offset)) for r in above]
    return rung, tuple((r, max(on, said_on)) for r, on in dated)


def _recipient(gathered: Gathered, notice: Notice, subject: Subject | None, today: date) -> Recipient:
    if notice.user_id is not None:
        return user_recipient(gathered.users[notice.user_id], gathered.channel)
    # Whose people are told: the subject's own, or its district's in their place.
    subject = gathered.subjects.get(notice.subject_id, subject)
    if subject is None:
        raise NotFound("督导对象")
    return contact_recipient(notice, subject, gathered.contacts[subject.id], today, gathered.channel)


def _letter(gathered: Gathered, notice: Notice, stage: Stage | None) -> LetterView | None:
    """The letter a notice delivers: by its number, else the latest of its kind, else what the notice itself says."""
    if notice.kind is not NoticeKind.LETTER:
        return None
    data = notice.data
    kind = _letter_kind(data, stage)
    latest_first = list(reversed(gathered.letters.get(notice.case_id or 0, ())))
    numbered = [letter for letter in latest_first if letter.number == data.get("number")]
    alike = [letter for letter in latest_first if kind is None or letter.kind is kind]
    for letter in (*numbered, *alike):
        return LetterView(letter.kind, letter.number, letter.issued_on, letter.sets_due_on)
    if kind is None:
        return None
    issued, sets = (data.get(key) for key in ("issued_on", "sets_due_on"))
    return LetterView(
        kind, str(data.get("number", "")), as_day(issued) if issued else None, as_day(sets) if sets else None
    )


def _letter_kind(data: Mapping[str, Any], stage: Stage | None) -> LetterKind | None:
    said = data.get("letter") or data.get("kind")
    if said in set(LetterKind):
        return LetterKind(said)
    outcome = stage.outcome(str(data.get("outcome"))) if stage else None
    return outcome.letter if outcome else None


def _key(identity: int | None) -> int:
    if identity is None:
        raise NotFound("通知尚未保存")
    return identity


def _among(column: Any, values: Set[Any]) -> ColumnElement[bool]:
    """``IN`` with one parameter for all the values, so that the statement is always the same and is prepared once."""
    return col(column) == any_(literal(sorted(values - {None}), ARRAY(column.type)))


def _by_id(session: Session, table: type[Row], ids: Iterable[Any]) -> dict[Any, Row]:
    wanted = {identity for identity in ids if identity is not None}
    if not wanted:
        return {}
    key: Any = table.__dict__["id"]
    return {getattr(row, "id"): row for row in session.exec(select(table).where(_among(key, wanted)))}  # noqa: B009


def _rounds(session: Session, ids: set[int]) -> dict[int, RoundView]:
    rows = session.execute(
        select(Round.id, Round.title, Round.year, cast(Round.definition, Text), User.name)  # type: ignore[call-overload]
        .join(User, User.id == Round.coordinator_id)
        .where(_among(Round.id, ids))
    )
    return {key: _round(key, title, year, _process(text), name) for key, title, year, text, name in rows}


def _round(key: int, title: str, year: int, process: Process, coordinator: str) -> RoundView:
    course = " → ".join(stage.title for stage in process.stages)
    return RoundView(key, title, year, process, coordinator, course, announced(process, year))


def _attachments(session: Session, ids: set[int]) -> dict[int, Attachment]:
    """The files of letters that are rendered; each content is fetched once."""
    if not ids:
        return {}
    rows = session.exec(
        select(Letter.id, Letter.kind, Letter.number, Blob.content)
        .join(Blob, col(Blob.sha256) == Letter.sha256)
        .where(_among(Letter.id, ids))
    )
    return {
        key or 0: Attachment(letter_filename(LetterKind(kind), number), content) for key, kind, number, content in rows
    }


def _signed(session: Session, ids: set[Any]) -> set[Any]:
    if not ids:
        return set()
    return set(session.exec(select(Notice.id).where(_among(Notice.id, ids), col(Notice.signed_at).is_not(None))))


def _requested(session: Session, cases: set[int | None]) -> set[int]:
    if not cases:
        return set()
    waiting = _among(Extension.case_id, cases), Extension.status == ExtensionStatus.REQUESTED
    return set(session.exec(select(Extension.case_id).where(*waiting)))


def _contacts(session: Session, notices: Sequence[Notice]) -> dict[str, list[Contact]]:
    subjects = {notice.subject_id for notice in notices if notice.contact_id is not None}
    named = {notice.contact_id for notice in notices if notice.contact_id is not None}
    found: dict[str, list[Contact]] = defaultdict(list)
    if named:
        here = _among(Contact.subject_id, subjects) | _among(Contact.id, named)
        for contact in session.exec(select(Contact).where(here).order_by(col(Contact.id))):
            found[contact.subject_id].append(contact)
    return found


def _letters(session: Session, cases: set[int]) -> dict[int, list[Letter]]:
    found: dict[int, list[Letter]] = defaultdict(list)
    if cases:
        for letter in session.exec(select(Letter).where(_among(Letter.case_id, cases)).order_by(col(Letter.id))):
            found[letter.case_id or 0].append(letter)
    return found


def _teams(session: Session, cases: set[int]) -> dict[int, tuple[Member, ...]]:
    if not cases:
        return {}
    rows = session.exec(
        select(TeamMember.case_id, Inspector.name, TeamMember.role)
        .join(Inspector, col(Inspector.id) == TeamMember.inspector_id)
        .where(_among(TeamMember.case_id, cases))
        .order_by(col(Inspector.id))
    )
    teams: dict[int, list[Member]] = defaultdict(list)
    for case_id, name, role in rows:
        teams[case_id].append(Member(name, TeamRole(role)))
    order = list(TeamRole)
    return {case: tuple(sorted(team, key=lambda member: order.index(member.role))) for case, team in teams.items()}
