"""The example office beyond its districts: schools with their heads and inspectors, colleges, universities, experts.

As made up as :mod:`casework.example`; only the names of the two universities are those of 要点第17项.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from casework.roster import add_inspector
from db.tables import Contact, ResponsibleInspector, School, Subject, Term, Training, User
from process.vocabulary import Position, Role, SchoolStage, SubjectKind

CITY = ("CQ-CITY", "重庆市人民政府")
UNIVERSITIES = ("重庆人文科技学院", "重庆工程学院", "示例师范大学", "示例理工大学")
COLLEGES = (
    ("示例工业职业学院", SchoolStage.HIGHER_VOCATIONAL),
    ("示例财经职业学院", SchoolStage.HIGHER_VOCATIONAL),
    ("示例机械中等职业学校", SchoolStage.SECONDARY_VOCATIONAL),
    ("示例旅游中等职业学校", SchoolStage.SECONDARY_VOCATIONAL),
)
_SCHOOLS = (
    # key, name, kind, stage, students
    ("P1", "第一小学", SubjectKind.SCHOOL, SchoolStage.PRIMARY, 900),
    ("J1", "第一中学", SubjectKind.SCHOOL, SchoolStage.JUNIOR, 1200),
    ("K1", "机关幼儿园", SubjectKind.KINDERGARTEN, SchoolStage.KINDERGARTEN, 300),
)
PRIVATE_IN = 3
"""Districts (the first ones) that also have a private school."""
ENDING_IN = 6
"""Districts (the first ones) in which a principal's term ends at the end of the year's summer or later."""
EXPERTS = 6
TERM_OF_INSPECTOR = 3
"""Years (《教育督导条例》第六条)."""


@dataclass(frozen=True, slots=True)
class Units:
    """User names of the units that have an account of their own, by subject; and of the experts."""

    accounts: dict[str, str]
    experts: list[str]


def install_units(session: Session, day: date, districts: Sequence[Subject], password_hash: str) -> Units:
    """Everything beside districts and office, as of a day."""
    _add_schools(session, districts)
    _add_principals(session, day, districts)
    _add_inspectors(session, day, districts, password_hash)
    accounts = _add_units(session, password_hash)
    return Units(accounts, _add_experts(session, password_hash))


def _add_schools(session: Session, districts: Sequence[Subject]) -> None:
    """A primary school, a middle school and a kindergarten in every district; a few private schools."""
    made: list[tuple[Subject, School]] = []
    for number, district in enumerate(districts):
        schools = [*((*one, False) for one in _SCHOOLS)]
        if number < PRIVATE_IN:
            schools.append(("M1", "育才民办学校", SubjectKind.SCHOOL, SchoolStage.NINE_YEAR, 800, True))
        for key, name, kind, stage, students, private in schools:
            id_ = f"{district.id}-{key}"
            subject = Subject(
                id=id_,
                kind=kind,
                name=f"{district.alias or district.name}{name}",
                parent_id=district.id,
                district_id=district.id,
            )
            made.append((subject, School(subject_id=id_, stage=stage, students=students, private=private)))
    session.add_all(subject for subject, _ in made)
    session.flush()
    session.add_all(school for _, school in made)
    session.flush()


def _add_principals(session: Session, day: date, districts: Sequence[Subject]) -> None:
    """A principal for every primary school; the terms of some end this year."""
    principals, terms = [], []
    for number, district in enumerate(districts):
        school = f"{district.id}-P1"
        id_ = f"XZ-{school}"
        principals.append(
            Subject(
                id=id_,
                kind=SubjectKind.PRINCIPAL,
                name=f"{district.alias or district.name}校长甲",
                parent_id=school,
                district_id=district.id,
            )
        )
        ends_on = date(day.year, 8, 31) if number < ENDING_IN else date(day.year + 2, 8, 31)
        terms.append(Term(subject_id=id_, post="校长", starts_on=date(ends_on.year - 5, 9, 1), ends_on=ends_on))
    session.add_all(principals)
    session.flush()
    session.add_all(terms)
    session.flush()


def _add_inspectors(session: Session, day: date, districts: Sequence[Subject], password_hash: str) -> None:
    """A full-time inspector in every district, with an account, who answers for its schools (挂牌督导)."""
    accounts = [
        User(
            username=f"dx-{district.id.lower()}",
            name=f"{district.alias or district.name}责任督学",
            role=Role.INSPECTOR,
            email=f"inspector@{district.id.lower()}.example",
            password_hash=password_hash,
        )
        for district in districts
    ]
    session.add_all(accounts)
    session.flush()
    schools: dict[str, list[str]] = {}
    in_schools = col(Subject.kind).in_((SubjectKind.SCHOOL, SubjectKind.KINDERGARTEN))
    for school in session.exec(select(Subject).where(in_schools).order_by(col(Subject.id))):
        schools.setdefault(school.district_id or "", []).append(school.id)
    for number, (district, account) in enumerate(zip(districts, accounts, strict=True), start=1):
        inspector = add_inspector(
            session,
            name=account.name,
            home_subject_id=district.id,
            expertise="「双减」、规范办学",
            user_id=account.id,
        )
        inspector.full_time = True
        inspector.number = f"DX{number:04}"
        inspector.education, inspector.years_in_education = "本科", 15
        id_ = inspector.id or 0
        since = date(day.year, 1, 1)
        session.add(Term(inspector_id=id_, post="责任督学", starts_on=since, ends_on=date(since.year + 2, 12, 31)))
        session.add(Training(inspector_id=id_, title="责任督学示范培训", held_on=date(day.year, 1, 1), hours=40))
        session.add_all(
            ResponsibleInspector(inspector_id=id_, school_id=school, from_day=since)
            for school in schools.get(district.id, ())
        )
    session.flush()


def _add_units(session: Session, password_hash: str) -> dict[str, str]:
    """The city, universities and colleges with people and accounts; accounts for the committee's member units."""
    wanted: list[tuple[str, str, SubjectKind, SchoolStage | None]] = [(*CITY, SubjectKind.CITY, None)]
    wanted += [
        (f"GX-{number:02}", name, SubjectKind.UNIVERSITY, SchoolStage.UNDERGRADUATE)
        for number, name in enumerate(UNIVERSITIES, start=1)
    ]
    wanted += [
        (f"ZY-{number:02}", name, SubjectKind.COLLEGE, stage) for number, (name, stage) in enumerate(COLLEGES, 1)
    ]
    session.add_all(Subject(id=id_, kind=kind, name=name) for id_, name, kind, _ in wanted)
    session.flush()
    session.add_all(
        School(subject_id=id_, stage=stage, students=8000) for id_, _, _, stage in wanted if stage is not None
    )
    session.add_all(
        Contact(
            subject_id=id_,
            position=position,
            name=f"{name}{position.title_zh}",
            email=f"{position}@{id_.lower()}.example",
        )
        for id_, name, _, _ in wanted
        for position in (Position.HEAD, Position.OPERATOR)
    )
    members = session.exec(
        select(Subject)
        .join(Contact, col(Contact.subject_id) == Subject.id)
        .where(Subject.kind == SubjectKind.AUTHORITY, Contact.position == Position.LIAISON)
        .order_by(col(Subject.id))
    ).all()
    names = {id_: name for id_, name, _, _ in wanted} | {unit.id: unit.name for unit in members}
    session.add_all(
        User(username=id_.lower(), name=name, role=Role.DISTRICT, subject_id=id_, password_hash=password_hash)
        for id_, name in names.items()
    )
    session.flush()
    return {id_: id_.lower() for id_ in names}


def _add_experts(session: Session, password_hash: str) -> list[str]:
    """Experts with accounts, who score entries."""
    names = [f"expert{number}" for number in range(1, EXPERTS + 1)]
    accounts = [
        User(
            username=name,
            name=f"评审专家{number}",
            role=Role.INSPECTOR,
            email=f"{name}@office.example",
            password_hash=password_hash,
        )
        for number, name in enumerate(names, start=1)
    ]
    session.add_all(accounts)
    session.flush()
    for account in accounts:
        add_inspector(session, name=account.name, is_inspector=False, expertise="教育评价", user_id=account.id)
    return names
