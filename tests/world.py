"""A small world to act in: Chongqing's districts, the people of the office and of every district, a clock."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, text
from sqlmodel import Session, select

from casework.actor import Actor
from casework.definitions import publish
from casework.launch import launch
from casework.load import round_process
from casework.passing import pass_stage, rounds_due
from casework.roster import add_inspector, import_subjects, packaged_districts, subjects_valid_on
from db.session import unit_of_work
from db.tables import Case, Contact, Round, User
from flows.catalogue import definitions
from flows.district_evaluation import PROCESS
from process.calendar import SHANGHAI
from process.vocabulary import DISTRICT_POSITIONS, Role

START = datetime(2022, 9, 1, 9, 30, tzinfo=SHANGHAI)


@dataclass
class World:
    """Where tests act. ``now`` moves only when a test moves it."""

    engine: Engine
    coordinator: Actor
    manager: Actor
    inspector: Actor
    districts: dict[str, Actor]
    inspectors: list[int]
    now: datetime = START
    round_id: int = 0

    def unit(self) -> AbstractContextManager[Session]:
        """One unit of work."""
        return unit_of_work(self.engine)

    def do(self, operation: Callable[..., Any], actor: Actor, *args: Any, **kwargs: Any) -> Any:
        """One operation in a unit of work of its own, now."""
        with self.unit() as session:
            return operation(session, actor, self.now, *args, **kwargs)

    def launch(
        self,
        *subjects: str,
        title: str = "2022年区县政府履行教育职责评价",
        process_name: str = PROCESS.name,
        year: int = 2022,
        **more: Any,
    ) -> int:
        """Launch the evaluation (or another process) over some districts (all valid ones by default)."""
        with self.unit() as session:
            ids = list(subjects) or [s.id for s in subjects_valid_on(session, self.now.date())]
            opened: Round = launch(
                session,
                self.coordinator,
                self.now,
                process_name=process_name,
                title=title,
                year=year,
                subject_ids=ids,
                **more,
            )
            self.round_id = opened.id or 0
        return self.round_id

    def case(self, subject_id: str) -> Case:
        """The case of a district in the round last launched."""
        with self.unit() as session:
            return session.exec(select(Case).where(Case.round_id == self.round_id, Case.subject_id == subject_id)).one()

    def pass_time(self, until: datetime | date | None = None, *, step: timedelta = timedelta(days=1)) -> None:
        """Move the clock (to nine in the morning of each day on the way) and let time act."""
        goal = until if isinstance(until, datetime) else self.at(until or self.now.date())
        while True:
            self.now = min(self.now + step, goal) if self.now < goal else goal
            self.act()
            if self.now >= goal:
                return

    def act(self) -> None:
        """What time does at this moment, in all rounds."""
        with self.unit() as session:
            due = rounds_due(session, self.now)
        for round_id, _ in due:
            with self.unit() as session:
                stages = round_process(session, round_id).stages
            for stage in stages:
                with self.unit() as session:
                    pass_stage(session, self.now, round_id, stage.key)

    def forget_processes(self) -> None:
        """Nothing is published any more: what recurs is then only what a test publishes itself."""
        with self.unit() as session:
            session.execute(text("SET LOCAL session_replication_role = replica"))
            session.execute(text("DELETE FROM process_definitions"))

    def at(self, day: date, hour: int = 9) -> datetime:
        """An hour of a day in Asia/Shanghai."""
        return datetime(day.year, day.month, day.day, hour, tzinfo=SHANGHAI)

    def rows(self, statement: str, **parameters: Any) -> list[Any]:
        """What a query answers."""
        with self.unit() as session:
            return list(session.execute(text(statement), parameters).mappings())


def make_world(engine: Engine) -> World:
    """Fill an empty database. Nobody has a password: tests act as actors, or sign in by the API's own fixture."""
    with unit_of_work(engine) as session:
        import_subjects(session, packaged_districts())
        subjects = subjects_valid_on(session, date(2022, 9, 1))
        users = {
            "coordinator": User(username="coordinator", name="协调员甲", role=Role.COORDINATOR, password_hash="-"),
            "manager": User(username="manager", name="主任乙", role=Role.MANAGER, password_hash="-"),
            "inspector": User(username="inspector", name="督学丙", role=Role.INSPECTOR, password_hash="-"),
        }
        for name, user in users.items():
            user.email = f"{name}@office.example"
        for subject in subjects:
            users[subject.id] = User(
                username=subject.id.lower(),
                name=f"{subject.name}经办人",
                role=Role.DISTRICT,
                subject_id=subject.id,
                password_hash="-",
            )
        session.add_all(users.values())
        session.add_all(
            Contact(
                subject_id=subject.id,
                position=position,
                name=f"{subject.alias or subject.name}{position.title_zh}",
                email=f"{position}@{subject.id.lower()}.example",
            )
            for subject in subjects
            for position in DISTRICT_POSITIONS
        )
        inspectors = [add_inspector(session, name=f"督学{n}").id or 0 for n in range(12)]
        publish(session, definitions(), START)
        session.flush()
        actors = {key: Actor(user.id, user.name, user.role, user.subject_id) for key, user in users.items()}
    return World(
        engine,
        coordinator=actors.pop("coordinator"),
        manager=actors.pop("manager"),
        inspector=actors.pop("inspector"),
        districts=actors,
        inspectors=inspectors,
    )
