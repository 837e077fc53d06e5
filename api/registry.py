"""What both the programs and the pages show and do about the rosters."""

from __future__ import annotations

from datetime import date, timedelta

from pydantic import Field

from api.bodies import Body
from api.context import Desk
from casework.actor import KEEPERS
from casework.registry import careers
from casework.registry.importing import ImportReport, import_roster
from casework.registry.kinds import RosterKind
from db.queries import registry as query
from db.queries.people import ContactRow, contacts
from db.queries.registry import (
    AssignedRow,
    ExpiringRow,
    PersonalCase,
    PrincipalRow,
    RosterInspector,
    SchoolRow,
    TermRow,
    TrainingRow,
)
from db.queries.rows import MOST, Page, Row, Window
from process.careers import WARNED_AHEAD, qualification_remarks, school_remarks, term_remarks
from process.errors import NotFound
from process.vocabulary import RecusalGround, Role


class TermBody(Body):
    """A term of office."""

    subject_id: str | None = Field(default=None, description="校（园）长")
    inspector_id: int | None = Field(default=None, description="督学")
    post: str = Field(default="", max_length=50, description="职务")
    ordinal: int = Field(default=1, ge=1, le=20, description="第几个任期")
    starts_on: date = Field(description="任期开始", examples=["2022-09-01"])
    ends_on: date = Field(description="任期结束", examples=["2025-08-31"])


class TermEnded(Body):
    """Somebody left before the term was over."""

    ended_on: date = Field(description="离任日期", examples=["2023-02-01"])
    reason: str = Field(max_length=500, description="离任原因", examples=["交流轮岗"])


class TrainingBody(Body):
    """Hours of training."""

    title: str = Field(max_length=200, description="培训名称", examples=["责任区督学示范培训"])
    held_on: date = Field(description="培训日期", examples=["2022-05-20"])
    hours: float = Field(gt=0, le=1000, description="学时", examples=[24])
    before_service: bool = Field(default=False, description="任职前培训")


class AssignBody(Body):
    """Schools that an inspector answers for."""

    school_ids: list[str] = Field(min_length=1, max_length=100, description="学校")
    from_day: date = Field(description="起始日期", examples=["2022-09-01"])


class ReleaseBody(Body):
    """The last day on which an inspector answers for a school."""

    school_id: str = Field(description="学校")
    last_day: date = Field(description="最后一天", examples=["2022-08-31"])


class SchoolFile(Row):
    """A school, and its principals where they may be seen."""

    school: SchoolRow
    principals: list[PrincipalRow]
    contacts: list[ContactRow] = Field(description="现任联系人；只给管理名册的人、所在区县和学校")
    cases: list[PersonalCase]


class PrincipalFile(Row):
    """A principal with all terms."""

    principal: PrincipalRow
    terms: list[TermRow]
    cases: list[PersonalCase]


class TieRow(Row):
    """A ground of recusal."""

    subject: str
    ground: RecusalGround
    ground_title: str = ""
    left_on: date | None


class InspectorFile(Row):
    """An inspector with all that the roster knows."""

    inspector: RosterInspector
    terms: list[TermRow]
    trainings: list[TrainingRow]
    schools: list[AssignedRow]
    ties: list[TieRow]
    cases: list[PersonalCase]
    remarks: list[str] = Field(description="与任职条件、任期规定不符或未登记的")


def take(desk: Desk, kind: RosterKind, filename: str, content: bytes, *, dry_run: bool) -> ImportReport:
    """Take a table in, or say what it would do."""
    return import_roster(desk.session, desk.actor, desk.now, kind, filename, content, dry_run=dry_run)


def school_file(desk: Desk, school_id: str) -> SchoolFile:
    """One school. Raises :class:`NotFound`."""
    found = query.schools(desk.session, desk.today, sight=desk.sight, window=Window(1), school_id=school_id).items
    if not found:
        raise NotFound("学校")
    keeping = desk.actor.role in (*KEEPERS, Role.DISTRICT)
    people = (
        contacts(desk.session, sight=desk.sight, window=Window(MOST), subject_id=school_id).items if keeping else []
    )
    heads = query.principals(desk.session, sight=desk.sight, window=Window(MOST), school_id=school_id).items
    return SchoolFile(
        school=found[0],
        principals=heads,
        contacts=[one for one in people if one.valid_to is None or one.valid_to >= desk.today],
        cases=query.cases_about(desk.session, school_id),
    )


def principal_file(desk: Desk, principal_id: str) -> PrincipalFile:
    """One principal. Raises :class:`NotFound` also for whom one may not see."""
    found = query.principals(desk.session, sight=desk.sight, window=Window(1), principal_id=principal_id).items
    if not found:
        raise NotFound("校（园）长")
    return PrincipalFile(
        principal=found[0],
        terms=query.terms(desk.session, subject_id=principal_id),
        cases=query.cases_about(desk.session, principal_id),
    )


def inspector_file(desk: Desk, inspector_id: int) -> InspectorFile:
    """One inspector, for those who keep the rosters and the person. Raises :class:`NotFound`."""
    found = query.roster_inspectors(desk.session, desk.today, window=Window(1), inspector_id=inspector_id).items
    if not found or not (desk.actor.role in KEEPERS or found[0].user_id == desk.actor.user_id):
        raise NotFound("督学")
    one = found[0]
    served = query.terms(desk.session, inspector_id=inspector_id)
    remarks = qualification_remarks(one.education, one.years_in_education) + school_remarks(one.schools)
    if served:
        last = served[0]
        remarks += term_remarks(last.starts_on, last.ends_on, last.ordinal, full_time=one.full_time)
    elif one.is_inspector:
        remarks.append("未登记任期")
    return InspectorFile(
        inspector=one,
        terms=served,
        trainings=query.trainings(desk.session, inspector_id),
        schools=query.assigned(desk.session, inspector_id),
        ties=[TieRow(**row) for row in query.ties(desk.session, inspector_id)],
        cases=query.cases_about(desk.session, one.subject_id) if one.subject_id else [],
        remarks=remarks if one.is_inspector else [],
    )


def own_file(desk: Desk) -> int | None:
    """The inspector that the account's holder is."""
    if desk.actor.role is not Role.INSPECTOR:
        return None
    return query.inspector_of(desk.session, desk.actor.person)


def expiring(desk: Desk, window: Window, *, principals: bool | None = None) -> Page[ExpiringRow]:
    """Terms that end within half a year, and those that ended in the half year before without another."""
    span = timedelta(days=WARNED_AHEAD)
    return query.expiring(
        desk.session,
        sight=desk.sight,
        first=desk.today - span,
        last=desk.today + span,
        window=window,
        principals=principals,
    )


def enter_term(desk: Desk, body: TermBody) -> int:
    """Enter a term."""
    return careers.enter_term(desk.session, desk.actor, **body.model_dump()).id or 0


def end_term(desk: Desk, term_id: int, body: TermEnded) -> int:
    """End a term early."""
    ended = careers.end_term(desk.session, desk.actor, term_id, ended_on=body.ended_on, reason=body.reason)
    return ended.id or 0


def add_training(desk: Desk, inspector_id: int, body: TrainingBody) -> int:
    """Enter training."""
    made = careers.add_training(desk.session, desk.actor, desk.now, inspector_id=inspector_id, **body.model_dump())
    return made.id or 0


def assign(desk: Desk, inspector_id: int, body: AssignBody) -> int:
    """Who answers for schools from now on."""
    return careers.assign_schools(
        desk.session, desk.actor, inspector_id=inspector_id, school_ids=body.school_ids, from_day=body.from_day
    )


def release(desk: Desk, inspector_id: int, body: ReleaseBody) -> int:
    """The last day of an assignment."""
    held = careers.release_school(
        desk.session, desk.actor, inspector_id=inspector_id, school_id=body.school_id, last_day=body.last_day
    )
    return held.id or 0
