"""Plays any process to its end by what people can do: upload, submit, complete, letters, teams, parts, scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel import select

from casework.actor import Actor
from casework.findings import (
    Claim,
    LookBack,
    Measure,
    NewFinding,
    Verdict,
    claim_done,
    look_back,
    plan_measures,
    record_findings,
    verify,
)
from casework.hand_in import submit, upload
from casework.indicator_values import take_values
from casework.launch import launch
from casework.letters import issue_letter
from casework.load import load_case
from casework.parts import NewPart, assign_parts
from casework.sampling import draw_sample
from casework.steps import complete
from casework.teams import Member, compose_team
from db.queries.indicators import set_in_force
from db.tables import Contact, Subject, User
from flows.assignment import PROCESS as ASSIGNMENT
from process.decide import needs_reason
from process.definition import Outcome, Process, Requirement, Stage
from process.indicators import Level
from process.letters import ASKED
from process.state import Case
from process.vocabulary import CaseStatus, LetterKind, Position, Role, SchoolStage, SubjectKind, TeamRole
from tests.schooled import good, table
from tests.world import World

UNSETTLED = ("open", "planned", "returned", "reopened")
LONGEST = 40
"""Stages that anything may take."""


def unit(world: World, id_: str, kind: SubjectKind, name: str) -> Actor:
    """A subject with somebody to be told and an account."""
    with world.unit() as session:
        session.add(Subject(id=id_, kind=kind, name=name))
        session.flush()
        for position in (Position.HEAD, Position.LIAISON, Position.OPERATOR):
            session.add(Contact(subject_id=id_, position=position, name=name, email=f"{position}@{id_}.example"))
        user = User(username=id_, name=f"{name}经办人", role=Role.DISTRICT, subject_id=id_, password_hash="-")
        session.add(user)
        session.flush()
        return Actor(user.id, user.name, user.role, id_)


def account(world: World, subject_id: str) -> Actor:
    """Who acts for a subject."""
    with world.unit() as session:
        user = session.exec(select(User).where(User.subject_id == subject_id)).one()
        return Actor(user.id, user.name, user.role, subject_id)


def launched(world: World, process: Process, subject_id: str, year: int = 2022) -> int:
    """A round of it over one subject; its case."""
    with world.unit() as session:
        opened = launch(
            session, world.coordinator, world.now, process_name=process.name, title=f"{year}年{process.title}",
            year=year, subject_ids=[subject_id],
        )  # fmt: skip
        world.round_id = opened.id or 0
    return world.case(subject_id).id or 0


@dataclass
class Player:
    """One case and those who act on it."""

    world: World
    case_id: int
    unit: Actor
    choose: Mapping[str, str] = field(default_factory=dict)
    """Stage to outcome, where it is not the first."""
    scores: tuple[float, ...] = (90, 85, 80)
    quiet: frozenset[str] = frozenset()
    """Stages in which no problem is found, though one might be."""
    member: Actor | None = None
    """Of a member unit, to whom parts are given."""
    schools: Mapping[str, SchoolStage] = field(default_factory=dict)
    """Of the district, where its indicators ask about each."""
    went: list[str] = field(default_factory=list)

    def to_the_end(self) -> Case:
        """Play until it is closed."""
        return self.until("")

    def until(self, stage: str) -> Case:
        """Play until it stands at that stage, or is closed."""
        while (case := self.case()).status is CaseStatus.OPEN and case.item is not None:
            if case.item.stage == stage:
                return case
            self.went.append(case.item.stage)
            assert len(self.went) < LONGEST, self.went
            self._play(case, case.process.stage(case.item.stage))
        return case

    def case(self) -> Case:
        """As it stands."""
        with self.world.unit() as session:
            return load_case(session, self.world.coordinator, self.case_id, None)

    def _play(self, case: Case, stage: Stage) -> None:
        unused = stage.on_lapse if stage.owner is Role.DISTRICT else ""
        key = self.choose.get(stage.key) or next(one.key for one in stage.outcomes if one.key != unused)
        outcome = stage.outcome(key)
        assert outcome is not None
        if key == stage.on_lapse:
            self.world.pass_time(self.world.now.date() + timedelta(days=14), step=timedelta(days=14))
            return
        if stage.gate:
            self.world.do(draw_sample, self.world.coordinator, case.round_id, seed="种子", witness="纪检组", size=1)
            return
        if stage.records_findings and stage.key not in {*self.quiet, "look_back"}:
            found = [NewFinding(description="问题", category="教学")]
            self.world.do(record_findings, self.world.coordinator, case.id, None, found)
        if stage.key == "team":
            parts = (TeamRole.LEADER, TeamRole.MEMBER, TeamRole.MEMBER)
            members = [Member(person, part) for person, part in zip(self.world.inspectors, parts, strict=False)]
            self.world.do(compose_team, self.world.coordinator, case.id, None, members)
            return
        for requirement in outcome.requires:
            self._meet(requirement, case)
        who = {Role.DISTRICT: self.unit, Role.MANAGER: self.world.manager}.get(stage.owner, self.world.coordinator)
        if outcome.needs_deliverables:
            self._hand_in(who, case.id, *(paper.key for paper in stage.deliverables if paper.required))
        self._end(who, case, stage, outcome)

    def _end(self, who: Actor, case: Case, stage: Stage, outcome: Outcome) -> None:
        if outcome.letter is not None:
            more: dict[str, Any] = {"kind": outcome.letter, "content": "有关情况和要求如下。"}
            if outcome.letter is LetterKind.SUPERVISION_REPORT:
                more["published_at_url"] = "https://office.example/report"
            asked = (field.name for field in ASKED.get(outcome.letter, ()))
            more["particulars"] = {name: "2022-09-30T15:00" if name.endswith("_at") else "如附件" for name in asked}
            self.world.do(issue_letter, who, case.id, None, **more)
        elif stage.owner is Role.DISTRICT:
            self.world.do(submit, who, case.id, None, stage=stage.key, outcome=outcome.key)
        else:
            reason = "请补正" if needs_reason(outcome) else ""
            self.world.do(complete, who, case.id, None, stage=stage.key, outcome=outcome.key, reason=reason)

    def _hand_in(self, who: Actor, case_id: int, *papers: str) -> None:
        for paper in papers:
            self.world.do(
                upload, who, case_id, deliverable=paper, filename=f"{paper}.txt", content=f"{paper} 内容".encode(),
                max_bytes=1000,
            )  # fmt: skip

    def _meet(self, requirement: Requirement, case: Case) -> None:
        match requirement:
            case Requirement.PARTS_DONE:
                self._parts(case)
            case Requirement.REVIEWED | Requirement.REVIEWED_AGAIN:
                self._reviews(case)
            case Requirement.FINDINGS_PLANNED:
                until = self.world.now.date() + timedelta(days=30)
                said = {"measure": "完善制度", "responsible_unit": "教务处", "responsible_person": "王"}
                plans = [Measure(finding_id=id_, due_on=until, **said) for id_ in self._findings(*UNSETTLED)]
                self.world.do(plan_measures, self.unit, case.id, None, plans)
            case Requirement.FINDINGS_CLAIMED:
                self.world.do(
                    claim_done,
                    self.unit,
                    case.id,
                    None,
                    [Claim(finding_id=id_, evidence="已整改") for id_ in self._findings(*UNSETTLED)],
                )
            case Requirement.FINDINGS_VERIFIED:
                ids = self._findings("claimed")
                verdicts = [Verdict(finding_id=id_, verdict="verified", note="资料核查") for id_ in ids]
                self.world.do(verify, self.world.manager, case.id, None, verdicts)
            case Requirement.FINDINGS_JUDGED_AGAIN:
                held = [LookBack(finding_id=id_, held=True) for id_ in self._findings("verified")]
                self.world.do(look_back, self.world.inspector, case.id, None, held)
            case Requirement.INDICATORS_COMPLETE | Requirement.INDICATORS_MET:
                self._measured(case)
            case _:
                raise AssertionError(requirement)

    def _findings(self, *states: str) -> list[int]:
        found = "SELECT id FROM findings WHERE case_id = :c AND status = ANY(:states)"
        return [row["id"] for row in self.world.rows(found, c=self.case_id, states=list(states))]

    def _measured(self, case: Case) -> None:
        """The district and its schools reach all of the case's indicators."""
        with self.world.unit() as session:
            wanted = set_in_force(session, case.process.indicators, self.world.now)
        rows = {case.subject_id: good(wanted, Level.DISTRICT)}
        for id_, kind in self.schools.items():
            rows[id_] = good(wanted, Level.SCHOOL, kind)
        content = table(rows, wanted)
        year = self.world.now.year
        self.world.do(take_values, self.world.coordinator, wanted.name, year, filename="a.xlsx", content=content)

    def _parts(self, case: Case) -> None:
        assert self.member is not None
        title = f"任务{len(self.went)}"
        [part] = self.world.do(
            assign_parts, self.world.coordinator, case.id, None, [NewPart(self.member.subject_id or "", title)]
        )
        undertaking = ASSIGNMENT.stage("undertaking")
        self._hand_in(self.member, part, *(paper.key for paper in undertaking.deliverables))
        self.world.do(submit, self.member, part, None, stage="undertaking")
        self.world.do(complete, self.world.coordinator, part, None, stage="closing_check", outcome="accepted")

    def _reviews(self, case: Case) -> None:
        need = case.process.reviewers + (case.process.more_reviewers if "second_review" in self.went else 0)
        with self.world.unit() as session:
            for person, score in list(zip(self.world.inspectors, self.scores, strict=False))[case.reviews : need]:
                session.execute(
                    text(
                        "INSERT INTO reviews (case_id, reviewer_id, assigned_at, score, scored_at, comment, "
                        "recused_reason) VALUES (:case, :person, :now, :score, :now, '好', '')"
                    ),
                    {"case": case.id, "person": person, "score": score, "now": self.world.now},
                )
