"""An office to try things in: Chongqing's districts, people in every position, accounts for each role, inspectors.

Nothing in it is true of anybody; every address ends in ``.example``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from argon2 import PasswordHasher
from sqlmodel import Session, select

from casework.authorities import add_authority
from casework.example_units import install_units
from casework.roster import import_subjects, packaged_districts, subjects_valid_on
from db.tables import Contact, Inspector, InspectorTie, User
from process.errors import Conflict
from process.vocabulary import DISTRICT_POSITIONS, Position, RecusalGround, Role

OFFICE = {
    "coordinator": ("督导协调员", Role.COORDINATOR),
    "manager": ("督导室负责人", Role.MANAGER),
    "inspector": ("督学组长", Role.INSPECTOR),
}
INSPECTORS = 32
AUTHORITIES = (
    ("市委分管领导", Position.LEADER),
    ("市政府分管领导", Position.LEADER),
    ("市教委", Position.LIAISON),
    ("市委编办", Position.LIAISON),
    ("市发展改革委", Position.LIAISON),
    ("市财政局", Position.LIAISON),
    ("市人力社保局", Position.LIAISON),
)


@dataclass(frozen=True, slots=True)
class Example:
    """What was made: user names by role; the accounts of districts and of other units by subject; experts."""

    office: dict[str, Role]
    districts: dict[str, str]
    units: dict[str, str]
    experts: list[str]


def install_example(
    session: Session, day: date, password: str, administrator: tuple[str, str] = ("admin", "管理员")
) -> Example:
    """Fill a database that has no accounts yet, as of a day. Raises :class:`Conflict` if it has.

    Every account gets the same password; a district's user name is its id in lower case. ``administrator`` is the
    user name and the name of the one who looks after the installation.
    """
    if session.exec(select(User.id).limit(1)).first() is not None:
        raise Conflict("已有账号，不再装入演示数据")
    import_subjects(session, packaged_districts())
    subjects = subjects_valid_on(session, day)
    # One hash for all: it is one password, and forty hashes would take seconds.
    hashed = PasswordHasher().hash(password)
    office = {**OFFICE, administrator[0]: (administrator[1], Role.ADMINISTRATOR)}
    session.add_all(
        User(username=name, name=title, role=role, email=f"{name}@office.example", password_hash=hashed)
        for name, (title, role) in office.items()
    )
    session.add_all(
        User(
            username=subject.id.lower(),
            name=f"{subject.alias or subject.name}教育督导室",
            role=Role.DISTRICT,
            subject_id=subject.id,
            password_hash=hashed,
        )
        for subject in subjects
    )
    session.add_all(
        Contact(
            subject_id=subject.id,
            position=position,
            name=f"{subject.alias or subject.name}{position.title_zh}",
            email=f"{position.replace('_', '-')}@{subject.id.lower()}.example",
        )
        for subject in subjects
        for position in DISTRICT_POSITIONS
    )
    for number, (name, position) in enumerate(AUTHORITIES, start=1):
        add_authority(session, name=name, position=position, contact=f"{name}{position.title_zh}",
                      email=f"authority{number}@city.example")  # fmt: skip
    inspectors = [Inspector(name=f"督学{number:02}", expertise="综合督导") for number in range(1, INSPECTORS + 1)]
    session.add_all(inspectors)
    session.flush()
    session.add_all(_ties(inspectors, [subject.id for subject in subjects]))
    session.flush()
    units = install_units(session, day, subjects, hashed)
    return Example(
        office={name: role for name, (_, role) in office.items()},
        districts={subject.id: subject.id.lower() for subject in subjects},
        units=units.accounts,
        experts=units.experts,
    )


def _ties(inspectors: list[Inspector], subjects: list[str]) -> list[InspectorTie]:
    """Every fourth inspector has worked somewhere; some left long enough ago."""
    return [
        InspectorTie(
            inspector_id=inspector.id or 0,
            subject_id=subjects[number * 5 % len(subjects)],
            ground=RecusalGround.STAFF if number % 8 else RecusalGround.LEFT_RECENTLY,
            left_on=None if number % 8 else date(2021, 6, 30),
        )
        for number, inspector in enumerate(inspectors)
        if number % 4 == 0
    ]
