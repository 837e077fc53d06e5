"""A process that uses every mechanism beside the supervision itself: parts, outside days, blind scores, a title."""

from __future__ import annotations

from sqlalchemy import text

from casework.actor import Actor
from casework.definitions import publish
from casework.launch import launch
from casework.roster import add_inspector
from db.tables import Contact, Subject, User
from flows.common import DISTRICT_LADDER, OFFICE_LADDER, end, to, working_days
from process.definition import Deliverable, Outcome, Period, Process, Requirement, Stage, Unit
from process.vocabulary import CaseOutcome, LetterKind, Position, Role, Scope, SubjectKind
from tests.world import World

PROCESS = Process(
    name="upward",
    version=1,
    title="迎接上级评价",
    source="《2022年教育督导工作要点》第3项",
    subjects=SubjectKind.DISTRICT,
    launch_letter=LetterKind.WORK_NOTICE,
    first="prepare",
    reviewers=3,
    grants="全国义务教育优质均衡发展区",
    stages=(
        Stage(
            key="prepare",
            title="部署",
            owner=Role.COORDINATOR,
            period=working_days(5),
            asks="请部署准备工作。",
            outcomes=(
                Outcome(key="notified", title="印发通知", routes=(to("collect"),), letter=LetterKind.WORK_NOTICE),
            ),
            ladder="office",
        ),
        Stage(
            key="collect",
            title="分解落实",
            owner=Role.COORDINATOR,
            period=Period(
                unit=Unit.FIXED_DATE, month=11, day=30, external=True, buffer=5, basis="市政府教育督导室工作安排"
            ),
            asks="请将任务分解到有关单位并汇总材料。",
            deliverables=(Deliverable(key="dossier", title="汇总材料", required=False),),
            outcomes=(
                Outcome(key="collected", title="汇总完成", routes=(to("entry"),), requires=(Requirement.PARTS_DONE,)),
            ),
            ladder="office",
        ),
        Stage(
            key="entry",
            title="报送作品",
            owner=Role.DISTRICT,
            period=working_days(10),
            asks="请报送参评作品。",
            deliverables=(
                Deliverable(key="entry", title="参评作品", required=False, blind=True),
                Deliverable(key="declaration", title="原创承诺", required=False),
            ),
            outcomes=(Outcome(key="submitted", title="报送", routes=(to("review"),)),),
            ladder="district",
        ),
        Stage(
            key="review",
            title="专家评审",
            owner=Role.COORDINATOR,
            period=working_days(10),
            asks="请组织专家评审。",
            outcomes=(
                Outcome(key="reviewed", title="评审完成", routes=(to("meeting"),), requires=(Requirement.REVIEWED,)),
            ),
            ladder="office",
        ),
        Stage(
            key="meeting",
            title="审议",
            owner=Role.COORDINATOR,
            period=working_days(5),
            asks="请召开会议审议并形成纪要。",
            outcomes=(
                Outcome(key="agreed", title="审议通过", routes=(to("recommend"),), letter=LetterKind.MEETING_MINUTES),
            ),
            ladder="office",
        ),
        Stage(
            key="recommend",
            title="推荐",
            owner=Role.COORDINATOR,
            period=working_days(5),
            asks="请函报推荐意见。",
            outcomes=(Outcome(key="sent", title="函报", routes=(to("national"),), letter=LetterKind.RECOMMENDATION),),
            ladder="office",
        ),
        Stage(
            key="national",
            title="国家认定",
            owner=Role.COORDINATOR,
            period=Period(
                unit=Unit.FIXED_DATE, month=12, day=31, external=True, buffer=3, basis="市政府教育督导室工作安排"
            ),
            asks="请登记国家认定结果。",
            outcomes=(
                Outcome(key="recognised", title="通过认定", routes=(end(CaseOutcome.RECOGNISED),)),
                Outcome(key="refused", title="未通过", routes=(end(CaseOutcome.NOT_RECOGNISED),)),
                Outcome(key="batch_ended", title="本年终止", routes=(end(CaseOutcome.NOT_RECOGNISED),)),
            ),
            ladder="office",
        ),
    ),
    ladders=(DISTRICT_LADDER, OFFICE_LADDER),
)


def launched(world: World, *subjects: str, matters: tuple[tuple[str, str], ...] = (), first: str = "prepare") -> int:
    """A round of it over some districts, from some stage on."""
    with world.unit() as session:
        at = [stage.key for stage in PROCESS.stages].index(first)
        publish(session, [PROCESS.model_copy(update={"first": first, "stages": PROCESS.stages[at:]})], world.now)
        opened = launch(
            session, world.coordinator, world.now, process_name=PROCESS.name, title="2022年优质均衡申报", year=2022,
            subject_ids=subjects, matters=matters,
        )  # fmt: skip
        world.round_id = opened.id or 0
    return world.round_id


def department(world: World, id_: str = "A-CZ", name: str = "市财政局") -> Actor:
    """A member unit with its liaison and an account."""
    with world.unit() as session:
        session.add(Subject(id=id_, kind=SubjectKind.AUTHORITY, name=name))
        session.flush()
        session.add(
            Contact(
                subject_id=id_, position=Position.LIAISON, name=f"{name}联络员", email=f"{id_.lower()}@office.example"
            )
        )
        user = User(username=id_.lower(), name=f"{name}经办人", role=Role.DISTRICT, subject_id=id_, password_hash="-")
        session.add(user)
        session.flush()
        return Actor(user.id, user.name, user.role, id_)


def reviewers(world: World, n: int, *, home: str | None = None, expertise: str = "") -> list[tuple[int, Actor]]:
    """Experts with accounts of their own."""
    made = []
    with world.unit() as session:
        start = session.execute(text("SELECT count(*) FROM users")).scalar_one()
        for number in range(start, start + n):
            user = User(
                username=f"expert{number}", name=f"专家{number}", role=Role.INSPECTOR, password_hash="-",
                email=f"expert{number}@office.example",
            )  # fmt: skip
            session.add(user)
            session.flush()
            expert = add_inspector(
                session, name=user.name, user_id=user.id, is_inspector=False, home_subject_id=home, expertise=expertise
            )
            made.append((expert.id or 0, Actor(user.id, user.name, user.role)))
    return made


RECHECK = Process(
    name="upward-recheck",
    version=1,
    title="监测复查",
    source="《2022年教育督导工作要点》第5项",
    subjects=SubjectKind.DISTRICT,
    scope=Scope.HOLDERS,
    launch_letter=LetterKind.WORK_NOTICE,
    first="recheck",
    grants=PROCESS.grants,
    stages=(
        Stage(
            key="recheck",
            title="复查",
            owner=Role.COORDINATOR,
            period=working_days(20),
            asks="请作出复查结论。",
            outcomes=(
                Outcome(key="kept", title="保持", routes=(end(CaseOutcome.MONITORED),)),
                Outcome(key="revoked", title="取消称号", routes=(end(CaseOutcome.REVOKED),)),
            ),
            ladder="office",
        ),
    ),
    ladders=(OFFICE_LADDER,),
)


def rechecked(world: World, subject: str) -> int:
    """The yearly re-check of a holder, begun; its case."""
    with world.unit() as session:
        publish(session, [RECHECK], world.now)
        opened = launch(
            session, world.coordinator, world.now, process_name=RECHECK.name, title="2022年监测复查", year=2022,
            subject_ids=[subject],
        )  # fmt: skip
        world.round_id = opened.id or 0
    return world.case(subject).id or 0


INSPECTION = Process(
    name="inspection",
    version=1,
    title="专项督导",
    source="市政府教育督导室工作安排",
    subjects=SubjectKind.DISTRICT,
    launch_letter=LetterKind.WORK_NOTICE,
    first="team",
    stages=(
        Stage(
            key="team",
            title="组建督导小组",
            owner=Role.COORDINATOR,
            period=working_days(5),
            asks="请组成督导小组。",
            outcomes=(
                Outcome(key="composed", title="组成", routes=(to("report"),), requires=(Requirement.TEAM_COMPOSED,)),
            ),
            ladder="office",
        ),
        Stage(
            key="report",
            title="报告",
            owner=Role.COORDINATOR,
            period=working_days(5),
            asks="请形成报告。",
            outcomes=(Outcome(key="done", title="完成", routes=(end(CaseOutcome.EVALUATED),)),),
            ladder="office",
        ),
    ),
    ladders=(OFFICE_LADDER,),
)


def inspected(world: World, *subjects: str) -> int:
    """A round of inspections that wait for their teams."""
    with world.unit() as session:
        publish(session, [INSPECTION], world.now)
        opened = launch(
            session, world.coordinator, world.now, process_name=INSPECTION.name, title="2022年专项督导", year=2022,
            subject_ids=subjects,
        )  # fmt: skip
        world.round_id = opened.id or 0
    return world.round_id


AWARD = Process(
    name="award",
    version=1,
    title="评选",
    source="《2022年教育督导工作要点》第20项",
    subjects=SubjectKind.DISTRICT,
    launch_letter=LetterKind.WORK_NOTICE,
    first="result",
    stages=(
        Stage(
            key="result",
            title="结果通报",
            owner=Role.COORDINATOR,
            period=working_days(10),
            asks="请印发评选结果通报。",
            outcomes=(Outcome(key="told", title="通报", routes=(to("promotion"),), letter=LetterKind.RESULT_CIRCULAR),),
            ladder="office",
        ),
        Stage(
            key="promotion",
            title="推广",
            owner=Role.COORDINATOR,
            period=working_days(10),
            asks="请汇编推广。",
            outcomes=(Outcome(key="done", title="已推广", routes=(end(CaseOutcome.AWARDED),)),),
            ladder="office",
        ),
    ),
    ladders=(OFFICE_LADDER,),
)


def awarded(world: World, *matters: tuple[str, str]) -> list[int]:
    """Entries whose result is to be told; their cases, in order."""
    with world.unit() as session:
        publish(session, [AWARD], world.now)
        opened = launch(
            session,
            world.coordinator,
            world.now,
            process_name=AWARD.name,
            title="第四届评选",
            year=2022,
            matters=matters,
        )
        world.round_id = opened.id or 0
    return [row["id"] for row in world.rows("SELECT id FROM cases WHERE round_id = :r ORDER BY id", r=world.round_id)]
