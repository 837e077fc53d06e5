"""Rows that satisfy every constraint, in as few words as a test needs."""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, select

from db.tables import (
    Case,
    Climb,
    Contact,
    Delivery,
    Event,
    Notice,
    ProcessDefinition,
    Round,
    Subject,
    User,
    WorkItem,
)
from process.calendar import SHANGHAI
from process.definition import (
    Condition,
    Deliverable,
    Ladder,
    Outcome,
    Period,
    Process,
    Requirement,
    Route,
    Rung,
    Stage,
)
from process.vocabulary import (
    CaseOutcome,
    Channel,
    ClimbStatus,
    EventKind,
    ItemStatus,
    LetterKind,
    NoticeKind,
    Position,
    Role,
    RungKind,
    SubjectKind,
)

NOW = datetime(2022, 5, 16, 9, 0, tzinfo=SHANGHAI)
DUE = date(2022, 5, 13)

LADDER = Ladder(
    key="normal",
    rungs=(
        Rung(key="three_before", kind=RungKind.REMINDER, offset=-3, to=(Position.OPERATOR,)),
        Rung(key="due_day", kind=RungKind.REMINDER, offset=0, to=(Position.OPERATOR,)),
        Rung(key="urge", kind=RungKind.URGE, offset=1, to=(Position.OFFICE_HEAD,), basis="《教育督导条例》第十九条"),
        Rung(key="supervise", kind=RungKind.SUPERVISE, offset=5, to=(Position.COMMISSION_HEAD,), basis="督办办法"),
        Rung(key="circular", kind=RungKind.CIRCULAR, offset=10, basis="《重庆市教育督导条例》第三十七条"),
        Rung(key="talk", kind=RungKind.TALK, offset=20, basis="《重庆市教育督导条例》第三十一条"),
    ),
)


def _stage(key: str, title: str, owner: Role, asks: str, *outcomes: Outcome, **more: Any) -> Stage:
    period = more.pop("period", Period(n=10, basis="《重庆市教育督导条例》第二十六条"))
    return Stage(
        key=key, title=title, owner=owner, asks=asks, outcomes=outcomes, ladder="normal", period=period, **more
    )


def _to(key: str, title: str, to: str, **more: Any) -> Outcome:
    return Outcome(key=key, title=title, routes=(Route(to=to),), **more)


PROCESS = Process(
    name="annual_evaluation",
    version=1,
    title="区县政府履行教育职责评价",
    source="《2022年教育督导工作要点》第四项",
    subjects=SubjectKind.DISTRICT,
    first="sign",
    ladders=(LADDER,),
    stages=(
        _stage("sign", "签收", Role.DISTRICT, "请签收本通知并确认联系人", _to("signed", "已签收", "self_evaluation")),
        _stage(
            "self_evaluation", "自查自评", Role.DISTRICT, "请对照评价指标开展自查自评，报送自查自评报告。",
            _to("submit", "报送", "review"),
            deliverables=(Deliverable(key="report", title="自查自评报告"),
                          Deliverable(key="evidence", title="佐证材料", required=False)),
            period=Period(n=30, basis="《重庆市教育督导条例》第二十三条"),
        ),
        _stage(
            "review", "形式审查", Role.COORDINATOR, "请审查自评材料是否齐全。",
            _to("accept", "通过", "monitoring", notice=NoticeKind.ACCEPTED),
            Outcome(key="return", title="退回补正", routes=(Route(to="self_evaluation", again=True),),
                    notice=NoticeKind.RETURNED),
        ),
        _stage(
            "monitoring", "网络监测与抽样", Role.COORDINATOR, "请完成网络监测。",
            Outcome(key="done", title="完成", routes=(
                Route(to="opinion", when=Condition.SAMPLED), Route(to="feedback", when=Condition.NOT_SAMPLED))),
        ),
        _stage("opinion", "初步意见", Role.COORDINATOR, "请反馈初步督导意见。",
               _to("sent", "已反馈", "defence", letter=LetterKind.PRELIMINARY_OPINION, notice=NoticeKind.LETTER)),
        _stage("defence", "申辩", Role.DISTRICT, "对初步督导意见有异议的，请提出书面申辩意见。",
               _to("none", "视为放弃申辩", "formal"), _to("filed", "已申辩", "formal"), on_lapse="none"),
        _stage("formal", "督导意见书", Role.COORDINATOR, "请发出督导意见书。",
               _to("sent", "已发出", "rectification", letter=LetterKind.OPINION, notice=NoticeKind.LETTER)),
        _stage("rectification", "整改", Role.DISTRICT, "请对照问题清单逐项整改，逐项申请销号。",
               _to("done", "整改完成", "verification", requires=(Requirement.FINDINGS_CLAIMED,)),
               deliverables=(Deliverable(key="result", title="整改情况报告"),),
               period=Period(n=90, set_by_letter=LetterKind.OPINION)),
        _stage("verification", "核查销号", Role.INSPECTOR, "请逐项核查。",
               Outcome(key="ok", title="销号", routes=(Route(closes_as=CaseOutcome.RECTIFIED),)),
               Outcome(key="back", title="退回", routes=(Route(to="rectification", again=True),),
                       notice=NoticeKind.FINDINGS_RETURNED)),
        _stage("feedback", "结果反馈", Role.COORDINATOR, "请反馈评价结果。",
               Outcome(key="sent", title="已反馈", routes=(Route(closes_as=CaseOutcome.EVALUATED),),
                       letter=LetterKind.RESULT_FEEDBACK, notice=NoticeKind.LETTER)),
    ),
)  # fmt: skip

_numbers = itertools.count(1)


@dataclass
class World:
    """A round with its coordinator; districts, cases and notices are added to it."""

    session: Session
    round: Round
    coordinator: User
    manager: User

    @classmethod
    def made(cls, session: Session, process: Process = PROCESS) -> World:
        definition = process.model_dump(mode="json")
        session.add(
            ProcessDefinition(
                name=process.name, version=1, title=process.title, definition=definition, published_at=NOW
            )
        )
        people = [
            User(username=name, name=title, role=role, email=f"{name}@office.example", password_hash="-")
            for name, title, role in (("wang", "王协调", Role.COORDINATOR), ("li", "李主任", Role.MANAGER))
        ]
        session.add_all(people)
        session.flush()
        made = Round(
            process_name=process.name, process_version=1, title="2022年区县政府履行教育职责评价", year=2022,
            definition=definition, coordinator_id=people[0].id, launched_at=NOW, launched_by=people[0].id,
        )  # fmt: skip
        session.add(made)
        session.flush()
        return cls(session, made, *people)

    def subject(self, name: str = "垫江县", *, region_kind: str = "县",
                emails: dict[Position, str | None] | None = None, **more: Any) -> Subject:  # fmt: skip
        """A district with a contact in each position (``p<n>.<position>@district.example`` unless given)."""
        number = next(_numbers)
        subject = Subject(id=f"S{number}", kind=SubjectKind.DISTRICT, name=name, region_kind=region_kind, **more)
        self.session.add(subject)
        self.session.flush()
        for position in Position:
            email: str | None = f"p{number}.{position}@district.example"
            if emails and position in emails:
                email = emails[position]
            self.session.add(Contact(subject_id=subject.id, position=position, name="张三", email=email))
        self.session.flush()
        return subject

    def case(self, subject: Subject | None = None, stage: str = "self_evaluation", *, due_on: date = DUE,
             attempt: int = 1, provisional: bool = False) -> Case:  # fmt: skip
        """An open case with its open work item and the event of its version."""
        subject = subject or self.subject()
        session = self.session
        case_id = session.execute(text("SELECT nextval(pg_get_serial_sequence('cases', 'id'))")).scalar_one()
        item_id = session.execute(text("SELECT nextval(pg_get_serial_sequence('work_items', 'id'))")).scalar_one()
        case = Case(id=case_id, round_id=self.round.id, subject_id=subject.id, year=2022, stage=stage,
                    status="open", work_item_id=item_id, opened_at=NOW)  # fmt: skip
        session.add(case)
        session.flush()
        session.add(WorkItem(id=item_id, case_id=case_id, stage=stage, owner=PROCESS.stage(stage).owner, opened_at=NOW,
                             attempt=attempt, due_on=due_on, due_since=NOW, provisional=provisional))  # fmt: skip
        session.add(Event(round_id=self.round.id, case_id=case_id, case_version=1, ordinal=0, kind=EventKind.LAUNCHED,
                          at=NOW))  # fmt: skip
        session.flush()
        return case

    def contact(self, case: Case, position: Position = Position.OFFICE_HEAD) -> Contact:
        """Who holds a position at the case's subject."""
        wanted = select(Contact).where(Contact.subject_id == case.subject_id, Contact.position == position)
        return self.session.exec(wanted.order_by(col(Contact.id))).one()

    def climb(self, case: Case, rung: str = "urge", **more: Any) -> Climb:
        found = LADDER.rung(rung)
        status = ClimbStatus.PROPOSED if found.kind.formal else ClimbStatus.CLIMBED
        climb = Climb(case_id=case.id, work_item_id=case.work_item_id, attempt=1, rung=rung, kind=found.kind,
                      due_on=DUE, status=status, reason="「自查自评」逾期1个工作日", at=NOW, **more)  # fmt: skip
        self.session.add(climb)
        self.session.flush()
        return climb

    def notice(self, case: Case, kind: NoticeKind, *, to: Contact | User | None = None, climb: Climb | None = None,
               mail: bool = True, attempt: int = 1, due_on: date | None = DUE, about_item: bool = True,
               created_at: datetime = NOW, **more: Any) -> Notice:  # fmt: skip
        """A notice as casework queues it, with its delivery unless ``mail`` is false."""
        to = to or self.contact(case)
        key = f"n{next(_numbers)}"
        contact = to if isinstance(to, Contact) else None
        notice = Notice(
            key=key, kind=kind, round_id=self.round.id, case_id=case.id, due_on=due_on,
            work_item_id=case.work_item_id if about_item else None, attempt=attempt,
            climb_id=climb.id if climb else None, subject_id=contact.subject_id if contact else None,
            contact_id=contact.id if contact else None, position=contact.position if contact else None,
            user_id=None if contact else to.id, created_at=created_at, **more,
        )  # fmt: skip
        self.session.add(notice)
        self.session.flush()
        if mail:
            message_id = hashlib.sha256(key.encode()).hexdigest()[:40]
            self.session.add(
                Delivery(notice_id=notice.id, channel=Channel.EMAIL, next_attempt_at=NOW, message_id=message_id)
            )
            self.session.flush()
        return notice

    def finish(self, case: Case) -> None:
        """The district hands in: the item is done, the case moves on to the review."""
        session = self.session
        item = session.get_one(WorkItem, case.work_item_id)
        item.status, item.outcome, item.completed_at = ItemStatus.DONE, "submit", NOW
        session.flush()
        new = WorkItem(case_id=case.id, stage="review", owner=Role.COORDINATOR, opened_at=NOW,
                       due_on=DUE + timedelta(days=14), due_since=NOW)  # fmt: skip
        session.add(new)
        session.add(Event(round_id=self.round.id, case_id=case.id, case_version=case.version + 1, ordinal=0,
                          kind=EventKind.STAGE_COMPLETED, at=NOW))  # fmt: skip
        session.flush()
        case.work_item_id, case.stage, case.version = new.id, "review", case.version + 1
        session.flush()
