"""Schools with their inspectors, for tests of what is about schools."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from sqlmodel import Session

from casework.actor import Actor
from db.tables import Inspector, ResponsibleInspector, School, Subject, User
from process.vocabulary import Role, SchoolStage, SubjectKind
from tests.world import World

DISTRICT, OTHER = "CQ-500103", "CQ-500231"


@dataclass
class Schools:
    """Schools added to the world, and who answers for them."""

    world: World
    ids: dict[str, list[str]] = field(default_factory=dict)
    """By district."""

    def add(
        self,
        district: str = DISTRICT,
        n: int = 1,
        *,
        stage: SchoolStage = SchoolStage.PRIMARY,
        inspector: int | None = None,
        since: date = date(2021, 9, 1),
        valid_from: date | None = None,
        valid_to: date | None = None,
    ) -> list[str]:
        """So many schools of a district, with a responsible inspector if one is given."""
        known = self.ids.setdefault(district, [])
        new = [f"{district}-S{len(known) + k + 1:03}" for k in range(n)]
        with self.world.unit() as session:
            for id_ in new:
                self._one(session, id_, district, stage, valid_from, valid_to)
                if inspector is not None:
                    session.add(ResponsibleInspector(inspector_id=inspector, school_id=id_, from_day=since))
            session.flush()
        known += new
        return new

    def _one(
        self,
        session: Session,
        id_: str,
        district: str,
        stage: SchoolStage,
        valid_from: date | None,
        valid_to: date | None,
    ) -> None:
        kind = SubjectKind.KINDERGARTEN if stage is SchoolStage.KINDERGARTEN else SubjectKind.SCHOOL
        name = f"{district[-4:]}第{id_[-3:]}学校"
        session.add(
            Subject(
                id=id_, kind=kind, name=name, parent_id=district, district_id=district,
                valid_from=valid_from, valid_to=valid_to,
            )
        )  # fmt: skip
        session.flush()
        session.add(School(subject_id=id_, stage=stage, students=600))

    def inspector(self, name: str = "责任督学甲", *, account: bool = True) -> tuple[int, Actor]:
        """A responsible inspector, with an account that they sign in with."""
        with self.world.unit() as session:
            user = User(
                username=name, name=name, role=Role.INSPECTOR, email=f"{name.encode().hex()}@office.example",
                password_hash="-",
            )  # fmt: skip
            session.add(user)
            session.flush()
            made = Inspector(name=name, user_id=user.id if account else None)
            session.add(made)
            session.flush()
            return made.id or 0, Actor(user.id, user.name, user.role)
