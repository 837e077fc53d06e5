"""要点第8项「开展“双减”专项督导」, 8b: 责任督学每月至少到校督导1次.

"把双减督导作为责任督学日常督导重点内容,以区县为主实现对义务教育学校督导全覆盖,责任督学每月至少到校督导1次。"

A cell of the matrix per school and month, made and checked as a set by :func:`keep_visits` once a day; a case only
where a district still has schools without a visit some days after a month's end.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows.common import (
    DISTRICT_LADDER,
    EXTENSIONS,
    FORMAL_BASIS,
    OFFICE_LADDER,
    TALK_BASIS,
    end,
    to,
    working_days,
)
from flows.stages import review_of
from process.definition import Deliverable, Outcome, Process, Quota, Recurrence, Stage, TriggerRule
from process.vocabulary import (
    Cadence,
    CaseOutcome,
    QuotaKind,
    Role,
    RungKind,
    SubjectKind,
    Template,
    Trigger,
)
from tasks.rounds import moment, pass_over_round
from tasks.visits import keep

NAME = "monthly-visits"
TITLE = "「双减」到校督导"

PROCESS = Process(
    name=NAME,
    version=1,
    title=TITLE,
    source="2022年教育督导工作要点第8项",
    item=8,
    sentence="把双减督导作为责任督学日常督导重点内容,以区县为主实现对义务教育学校督导全覆盖,责任督学每月至少到校督导1次。",
    template=Template.RECURRENT,
    subjects=SubjectKind.DISTRICT,
    quotas=(
        Quota(
            kind=QuotaKind.VISITS_A_MONTH,
            minimum=1,
            quote="责任督学每月至少到校督导1次",
            basis="2022年教育督导工作要点第8项",
        ),
        Quota(
            kind=QuotaKind.VISITS_A_TERM,
            minimum=2,
            quote="督学对责任区内学校实施经常性督导每学期不得少于2次",
            basis="《教育督导条例》第十四条",
        ),
    ),
    recurrence=Recurrence(cadence=Cadence.SCHOOL_MONTHLY),
    first="make_up",
    stages=(
        Stage(
            key="make_up",
            title="补到校督导或说明",
            owner=Role.DISTRICT,
            period=working_days(10),
            asks="请安排责任督学补到校督导并登记，全部补上后自动办结；不能补的，请逐校说明原因和今后的安排。",
            deliverables=(Deliverable(key="explanation", title="未到校督导情况说明"),),
            outcomes=(
                Outcome(key="explained", title="报送说明", routes=(to("review"),)),
                # Chosen by time as soon as the last visit is in; a district cannot say so itself.
                Outcome(
                    key="made_up",
                    title="全部补上",
                    routes=(end(CaseOutcome.DONE),),
                    needs_deliverables=False,
                    by=Role.COORDINATOR,
                ),
            ),
            ladder="district",
        ),
        review_of("make_up", (end(CaseOutcome.DONE),), key="review", title="核实说明"),
    ),
    ladders=(DISTRICT_LADDER, OFFICE_LADDER),
    triggers=(
        TriggerRule(trigger=Trigger.SECOND_LATE, proposes=RungKind.CIRCULAR, threshold=1, basis=FORMAL_BASIS),
        TriggerRule(trigger=Trigger.RETURNED, proposes=RungKind.TALK, threshold=2, stage="make_up", basis=TALK_BASIS),
    ),
    extensions=EXTENSIONS,
)


@flow(name=TITLE, description=__doc__, flow_run_name="第{round_id}轮次")
async def follow_visits(round_id: int, now: datetime | None = None) -> dict[str, int]:
    """One pass of time over the year's cases of schools nobody visited; safe to run twice, late, or beside another."""
    return await pass_over_round(round_id, now)


@flow(name="到校督导台账", description=__doc__)
async def keep_visits(now: datetime | None = None) -> State[Any]:
    """Make this month's cells, remind, tell districts what was missing, open and close their cases.

    Level-triggered: a day that was missed is made good by the next, and a second run on the same day does nothing.
    """
    kept = str(await keep(moment(now)))
    return Completed(name="已办理" if kept else "无变动", message=kept)
