"""Deeds of the office that are about no single case: people, subjects, the calendar."""

from __future__ import annotations

from sqlalchemy import text

from api import bodies
from api.context import Desk
from casework import accounts, authorities, roster
from casework.actor import KEEPERS
from casework.workdays import import_notice, parse_notice
from db.queries import people
from db.queries.people import CalendarYear
from db.queries.rows import Window
from db.queries.sight import sees_subjects
from db.tables import Subject, User
from notifications.channels.bots import may_be_bot
from process.calendar import FIRST_DAY, LAST_DAY, statutory_holidays
from process.errors import InvalidInput, NotAllowed, NotFound
from process.vocabulary import Role


def import_districts(desk: Desk, body: bodies.SubjectsBody) -> int:
    """Add or update districts from CSV."""
    desk.actor.require(*KEEPERS)
    return roster.import_subjects(desk.session, body.csv)


def add_contact(desk: Desk, body: bodies.ContactBody) -> int:
    """Put somebody into a position. Districts keep their own contacts."""
    desk.actor.require(*KEEPERS, Role.DISTRICT)
    if not sees_subjects(desk.session, desk.sight, body.subject_id):
        raise NotFound(f"督导对象 {body.subject_id}", field="subject_id")
    if body.valid_from and body.valid_to and body.valid_to < body.valid_from:
        raise InvalidInput("任职止须在任职起之后", field="valid_to")
    bot_url = bot_address(desk, body.bot_url)
    return roster.add_contact(desk.session, **{**body.model_dump(), "bot_url": bot_url}).id or 0


def bot_address(desk: Desk, address: str) -> str:
    """The address of a bot as it is kept; none is empty. Raises :class:`InvalidInput` for a kind not allowed."""
    written = address.strip()
    if written and not may_be_bot(written, desk.settings.bot_schemes):
        kinds = "、".join(f"{scheme}://" for scheme in desk.settings.bot_schemes)
        raise InvalidInput(f"办公机器人地址应以{kinds}或 https:// 开头", field="bot_url")
    return written


def add_authority(desk: Desk, body: bodies.AuthorityBody) -> int:
    """Enter a leader or a member unit that is told results."""
    desk.actor.require(*KEEPERS)
    return authorities.add_authority(desk.session, **body.model_dump()).id or 0


def end_contact(desk: Desk, contact_id: int, body: bodies.ContactEnded) -> int:
    """The last day of somebody in a position."""
    desk.actor.require(*KEEPERS, Role.DISTRICT)
    if not people.contacts(desk.session, sight=desk.sight, contact_id=contact_id, window=Window(1)).items:
        raise NotFound("联系人")
    return roster.end_contact(desk.session, contact_id, body.last_day).id or 0


def add_inspector(desk: Desk, body: bodies.InspectorBody) -> int:
    """Enter an inspector."""
    desk.actor.require(*KEEPERS)
    named = [tie.subject_id for tie in body.ties]
    for subject_id in [*([body.home_subject_id] if body.home_subject_id else []), *named]:
        if desk.session.get(Subject, subject_id) is None:
            raise NotFound(f"督导对象 {subject_id}", field="ties" if subject_id in named else "home_subject_id")
    if body.user_id is not None and desk.session.get(User, body.user_id) is None:
        raise NotFound(f"账号 {body.user_id}", field="user_id")
    ties = {(tie.subject_id, tie.ground): (tie.subject_id, tie.ground, tie.left_on) for tie in body.ties}
    return roster.add_inspector(
        desk.session,
        name=body.name,
        is_inspector=body.is_inspector,
        expertise=body.expertise,
        home_subject_id=body.home_subject_id,
        user_id=body.user_id,
        ties=ties.values(),
    ).id or 0  # fmt: skip


def add_user(desk: Desk, body: bodies.UserBody) -> int:
    """Create an account."""
    desk.actor.require(Role.ADMINISTRATOR)
    bot_url = bot_address(desk, body.bot_url)
    return accounts.add_user(desk.session, **{**body.model_dump(), "bot_url": bot_url}).id or 0


def deactivate(desk: Desk, user_id: int) -> int:
    """Close an account and its sessions; nobody closes their own."""
    desk.actor.require(Role.ADMINISTRATOR)
    if user_id == desk.actor.user_id:
        raise NotAllowed("不能停用自己的账号")
    user = desk.session.get(User, user_id, with_for_update=True)
    if user is None:
        raise NotFound("账号")
    user.active = False
    desk.session.add(user)
    desk.session.flush()
    desk.session.execute(text("DELETE FROM sign_ins WHERE user_id = :id"), {"id": user_id})
    return user_id


def years(desk: Desk, since: int | None, until: int | None) -> list[CalendarYear]:
    """The years of the calendar in force."""
    first = max(since or desk.today.year - 1, FIRST_DAY.year)
    last = min(until or desk.today.year + 3, LAST_DAY.year)
    known, imported = desk.calendar.years, people.imported_notices(desk.session)
    answer = []
    for year in range(first, last + 1):
        announced = known.get(year)
        source, at = imported.get(year, ("国务院办公厅通知（随软件附带）" if announced else "仅周末与法定节假日", None))
        answer.append(
            CalendarYear(
                year=year,
                announced=announced is not None,
                holidays=sorted(announced.holidays if announced else statutory_holidays(year)),
                make_up_days=sorted(announced.make_up_days if announced else ()),
                source=source,
                imported_at=at,
            )
        )
    return answer


def import_calendar(desk: Desk, body: bodies.CalendarBody) -> bodies.ImportResult:
    """Import a yearly notice and tell what it moved."""
    notice = parse_notice(body.csv)
    moved = import_notice(desk.session, desk.actor, desk.now, notice, body.source)
    found = desk.session.execute(
        text("SELECT c.id, s.name FROM cases c JOIN subjects s ON s.id = c.subject_id WHERE c.id = ANY(:ids)"),
        {"ids": [case_id for case_id, *_ in moved]},
    )
    names = {row.id: row.name for row in found}
    return bodies.ImportResult(
        year=notice.year,
        holidays=len(notice.holidays),
        make_up_days=len(notice.make_up_days),
        replanned=[
            bodies.Replanning(case_id=case_id, subject=names[case_id], from_day=old, to_day=new, applied=applied)
            for case_id, old, new, applied in moved
        ],
    )
