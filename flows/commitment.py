"""约谈承诺: what was promised at a talk, followed like any other deadline, up to a proposal of 问责.

Belongs to the ladder of DOMAIN §3.3 (L5 约谈): the day is the one written in the 约谈记录. What is not kept in spite of
催办 and 督办 is put before the managers (《教育督导问责办法》: 整改不落实).
"""

from __future__ import annotations

from datetime import datetime

from prefect import flow

from flows.common import OFFICE_LADDER, REMINDERS, SUPERVISE, URGE, end, to, working_days
from process.definition import Deliverable, ExtensionRules, Ladder, Outcome, Process, Rung, Stage
from process.vocabulary import CaseOutcome, NoticeKind, Position, Role, RungKind, SubjectKind
from tasks.rounds import pass_over_round

NAME = "commitment"
TITLE = "约谈承诺落实"

_LADDER = Ladder(
    key="commitment",
    rungs=(
        *REMINDERS,
        URGE,
        SUPERVISE,
        Rung(
            key="accountability",
            kind=RungKind.ACCOUNTABILITY,
            offset=10,
            to=(Position.DEPUTY_HEAD, Position.GOVERNMENT_OFFICE),
            basis="《教育督导问责办法》第十三条",
        ),
    ),
)

PROCESS = Process(
    name=NAME,
    version=1,
    title=TITLE,
    source="《重庆市教育督导条例》第三十一条",
    subjects=SubjectKind.DISTRICT,
    first="fulfilment",
    stages=(
        Stage(
            key="fulfilment",
            title="落实约谈承诺",
            owner=Role.DISTRICT,
            period=working_days(20, "约谈记录所定时限"),
            rework=working_days(10),
            asks="请在约谈记录所定时限内落实承诺事项，报送落实情况。",
            deliverables=(Deliverable(key="fulfilment_report", title="承诺落实情况"),),
            outcomes=(Outcome(key="reported", title="报送", routes=(to("commitment_check"),)),),
            ladder="commitment",
            tells=(Position.OPERATOR, Position.OFFICE_HEAD, Position.COMMISSION_HEAD),
        ),
        Stage(
            key="commitment_check",
            title="核实承诺",
            owner=Role.COORDINATOR,
            period=working_days(5),
            asks="请核实承诺事项是否落实。",
            outcomes=(
                Outcome(key="kept", title="已落实", routes=(end(CaseOutcome.KEPT),)),
                Outcome(
                    key="not_kept",
                    title="未落实，退回",
                    routes=(to("fulfilment", again=True),),
                    notice=NoticeKind.RETURNED,
                ),
            ),
            ladder="office",
        ),
    ),
    ladders=(_LADDER, OFFICE_LADDER),
    extensions=ExtensionRules(coordinator_days=0, limit=1),
)


@flow(name=TITLE, description=__doc__, flow_run_name="第{round_id}轮次")
async def follow_commitments(round_id: int, now: datetime | None = None) -> dict[str, int]:
    """One pass of time over the promises of a year; safe to run twice, late, or beside another."""
    return await pass_over_round(round_id, now)
