"""要点第18项「加强教育督导队伍建设」.

"开展第五届市政府督学换届工作。健全教育督导评估专家库,建立覆盖各级各类教育的专业化督导评估工作队伍。开展政府督学任职培训、责任区督学
示范培训、督导工作能力提升等专项培训。加强对市、区县两级专职督学及责任督学的日常管理。"

A case is a person: a 督学 of the city's new term (18a), an expert of the pool (18b), a participant of a training (18c),
an inspector under yearly review (18d). Nobody is urged up a ladder: a person is reminded, the office of its own work.
"""

from __future__ import annotations

from datetime import datetime

from prefect import flow

from flows.common import (
    MANAGER_LADDER,
    OFFICE_LADDER,
    OFFICE_PRACTICE,
    PERSON_LADDER,
    days_from_receipt,
    end,
    right_ladder,
    to,
    working_days,
)
from flows.stages import paper, publicity, step
from process.definition import Deliverable, Outcome, Process, Quota, Recurrence, Stage
from process.vocabulary import (
    Cadence,
    CaseOutcome,
    LetterKind,
    NoticeKind,
    Position,
    QuotaKind,
    Role,
    SubjectKind,
    Template,
)
from tasks.rounds import pass_over_round

TITLE = "教育督导队伍建设"
_SOURCE = "2022年教育督导工作要点第18项"
_PERSON = (Position.HEAD,)

APPOINTMENT = Process(
    name="inspector-appointment",
    version=1,
    title="市政府督学换届",
    source=_SOURCE,
    item=18,
    sentence="开展第五届市政府督学换届工作",
    template=Template.ROSTER,
    subjects=SubjectKind.INSPECTOR,
    recurrence=Recurrence(cadence=Cadence.CYCLE, month=5, day=5, every_years=3, ordinal=5, counted="届"),
    launch_letter=LetterKind.WORK_NOTICE,
    first="nomination",
    stages=(
        step(
            "nomination",
            "单位推荐",
            Role.COORDINATOR,
            working_days(15),
            "请登记推荐单位报送的推荐表和任职资格材料。",
            "qualification",
            papers=(paper("recommendation", "督学推荐表"), paper("credentials", "任职资格材料")),
            done="已推荐",
        ),
        step(
            "qualification",
            "资格审查",
            Role.COORDINATOR,
            working_days(10, "《教育督导条例》第七条"),
            "请审查任职条件：大学本科以上学历、从事教育工作10年以上等。",
            "publicity",
            papers=(paper("qualification", "资格审查表"),),
            done="符合条件",
            others=(
                Outcome(key="supplement", title="退回补充材料", routes=(to("nomination", again=True),)),
                Outcome(key="unqualified", title="不符合条件", routes=(end(CaseOutcome.NOT_APPOINTED),)),
            ),
        ),
        publicity(
            to("appointment"),
            objection=end(CaseOutcome.NOT_APPOINTED),
            title="考察公示",
            asks="请考察并公示拟聘人选，公示期5个工作日。",
        ),
        step(
            "appointment",
            "聘任",
            Role.MANAGER,
            working_days(10),
            "请报审后决定聘任；兼职督学任期3年，连续任职不超过3个任期。",
            "certificate",
            done="聘任",
            others=(Outcome(key="not_appointed", title="不予聘任", routes=(end(CaseOutcome.NOT_APPOINTED),)),),
        ),
        step(
            "certificate",
            "发证备案",
            Role.COORDINATOR,
            working_days(10),
            "请印发聘任文件，颁发督学证，登记任期并备案。",
            CaseOutcome.APPOINTED,
            papers=(paper("appointment_document", "聘任文件"),),
            done="已发证备案",
        ),
    ),
    ladders=(OFFICE_LADDER, MANAGER_LADDER),
)

EXPERT_POOL = Process(
    name="expert-pool",
    version=1,
    title="教育督导评估专家库入库",
    source=_SOURCE,
    item=18,
    sentence="健全教育督导评估专家库,建立覆盖各级各类教育的专业化督导评估工作队伍",
    template=Template.ROSTER,
    subjects=SubjectKind.INSPECTOR,
    recurrence=Recurrence(cadence=Cadence.YEARLY, month=4, day=11),
    launch_letter=LetterKind.WORK_NOTICE,
    first="nomination",
    stages=(
        step(
            "nomination",
            "推荐登记",
            Role.COORDINATOR,
            working_days(15),
            "请登记推荐的专家，写明专长、所在单位和覆盖的学段。",
            "verification",
            papers=(paper("recommendation", "专家推荐表"),),
            done="已登记",
        ),
        step(
            "verification",
            "核实",
            Role.COORDINATOR,
            working_days(10),
            "请核实专家的专长、任职情况和应回避的单位。",
            "admission",
            done="属实",
            others=(Outcome(key="not_verified", title="不属实", routes=(end(CaseOutcome.NOT_APPOINTED),)),),
        ),
        step(
            "admission",
            "审定入库",
            Role.MANAGER,
            working_days(5),
            "请审定入库名单；入库专家每年更新一次，随机抽取、回避核查后使用。",
            CaseOutcome.APPOINTED,
            done="入库",
            others=(Outcome(key="refused", title="不予入库", routes=(end(CaseOutcome.NOT_APPOINTED),)),),
        ),
    ),
    ladders=(OFFICE_LADDER, MANAGER_LADDER),
)

TRAINING = Process(
    name="inspector-training",
    version=1,
    title="督学专项培训",
    source=_SOURCE,
    item=18,
    sentence="开展政府督学任职培训、责任区督学示范培训、督导工作能力提升等专项培训",
    template=Template.ROSTER,
    subjects=SubjectKind.INSPECTOR,
    quotas=(Quota(kind=QuotaKind.TRAINING_HOURS, minimum=40, quote="40学时", basis=OFFICE_PRACTICE),),
    recurrence=Recurrence(cadence=Cadence.YEARLY, month=6, day=6),
    launch_letter=LetterKind.WORK_NOTICE,
    first="enrolment",
    stages=(
        step(
            "enrolment",
            "报名确认",
            Role.COORDINATOR,
            working_days(10),
            "请确认参训名单；新任督学须先参加任职培训。",
            "attendance",
            papers=(paper("enrolment", "报名表"),),
            done="已报名",
        ),
        step(
            "attendance",
            "参加培训",
            Role.COORDINATOR,
            working_days(20),
            "请登记签到和学时；每年培训不少于40学时。",
            "certificate",
            papers=(paper("attendance", "签到表和学时记录"),),
            done="完成培训",
            others=(
                Outcome(key="absent", title="缺训，参加下一期", routes=(to("enrolment"),), needs_deliverables=False),
            ),
        ),
        step(
            "certificate",
            "结业",
            Role.COORDINATOR,
            working_days(10),
            "请颁发结业证书，记入培训档案。",
            CaseOutcome.DONE,
            done="结业",
        ),
    ),
    ladders=(OFFICE_LADDER,),
)

REVIEW = Process(
    name="inspector-review",
    version=1,
    title="督学年度考核",
    source=_SOURCE,
    item=18,
    sentence="加强对市、区县两级专职督学及责任督学的日常管理",
    template=Template.ROSTER,
    subjects=SubjectKind.INSPECTOR,
    recurrence=Recurrence(cadence=Cadence.YEARLY, month=12, day=1),
    launch_letter=LetterKind.WORK_NOTICE,
    first="work_report",
    stages=(
        step(
            "work_report",
            "年度履职报告",
            Role.DISTRICT,
            working_days(10),
            "请报送年度履职报告：到校督导、督导报告、督促整改和培训情况。",
            "appraisal",
            papers=(paper("work_report", "年度履职报告"),),
            ladder="person",
            tells=_PERSON,
            rework=working_days(5),
        ),
        step(
            "appraisal",
            "考核",
            Role.COORDINATOR,
            working_days(15),
            "请就工作纪律、督导报告提交、反馈与督促整改、培训四项考核，形成考核意见。",
            CaseOutcome.EVALUATED,
            papers=(
                paper("discipline", "工作纪律考核"),
                paper("reports", "督导报告提交考核"),
                paper("follow_up", "反馈与督促整改考核"),
                paper("training", "培训考核"),
            ),
            done="合格",
            others=(
                Outcome(
                    key="supplement",
                    title="退回补正",
                    routes=(to("work_report", again=True),),
                    notice=NoticeKind.RETURNED,
                    needs_deliverables=False,
                ),
                Outcome(key="unqualified", title="不合格", routes=(to("statement"),)),
            ),
        ),
        Stage(
            key="statement",
            title="申辩",
            owner=Role.DISTRICT,
            period=days_from_receipt(5, OFFICE_PRACTICE),
            asks="年度考核拟定为不合格，如有异议请在期限内书面申辩；逾期视为无异议。",
            deliverables=(Deliverable(key="statement", title="申辩意见", required=False),),
            outcomes=(
                Outcome(key="stated", title="提出申辩", routes=(to("dismissal"),)),
                Outcome(key="no_objection", title="无异议", routes=(to("dismissal"),)),
                Outcome(key="lapsed", title="逾期未申辩", routes=(to("dismissal"),), needs_deliverables=False),
            ),
            on_lapse="lapsed",
            tells=_PERSON,
            ladder="right",
        ),
        step(
            "dismissal",
            "决定",
            Role.MANAGER,
            working_days(10, "《重庆市教育督导条例》第十一条"),
            "请决定是否解聘。",
            CaseOutcome.DISMISSED,
            done="解聘",
            others=(Outcome(key="kept", title="申辩成立，予以保留", routes=(end(CaseOutcome.EVALUATED),)),),
        ),
    ),
    ladders=(PERSON_LADDER, OFFICE_LADDER, MANAGER_LADDER, right_ladder(*_PERSON)),
)

PROCESSES = (APPOINTMENT, EXPERT_POOL, TRAINING, REVIEW)


@flow(name=TITLE, description=__doc__, flow_run_name="第{round_id}轮次")
async def follow_inspectorate(round_id: int, now: datetime | None = None) -> dict[str, int]:
    """One pass of time over what is done about inspectors; safe to run twice, late, or beside another."""
    return await pass_over_round(round_id, now)
