"""交办事项: what a larger work gives to one member unit (立项–交办–反馈–催办–办结–销号, DOMAIN §3.2 ``TASK``).

Resolutions of a meeting (要点第1项), departments' materials and rectifications (要点第3项), the city's part of an
evaluation (要点第16项), connections to a platform (要点第19项): each is a part of another case, opened from there.
"""

from __future__ import annotations

from datetime import datetime

from prefect import flow

from flows.common import EXTENSIONS, MEMBER_LADDER, OFFICE_LADDER, OFFICE_PRACTICE, PART_HOLDERS, end, working_days
from flows.stages import paper, review_of, step
from process.definition import Process
from process.vocabulary import CaseOutcome, Role, SubjectKind, Template
from tasks.rounds import pass_over_round

NAME = "assignment"
TITLE = "交办事项"

PROCESS = Process(
    name=NAME,
    version=1,
    title=TITLE,
    source=OFFICE_PRACTICE,
    template=Template.TASK,
    subjects=SubjectKind.AUTHORITY,
    first="undertaking",
    stages=(
        step(
            "undertaking",
            "承办",
            Role.DISTRICT,
            working_days(20),
            "请按交办要求办理，在时限内报送办理情况和材料。",
            "closing_check",
            papers=(paper("result", "办理情况"),),
            rework=working_days(5),
            tells=PART_HOLDERS,
            ladder="member",
        ),
        review_of("undertaking", (end(CaseOutcome.DONE),), key="closing_check", title="审核销号"),
    ),
    ladders=(MEMBER_LADDER, OFFICE_LADDER),
    extensions=EXTENSIONS,
)


@flow(name=TITLE, description=__doc__, flow_run_name="第{round_id}轮次")
async def follow_assignments(round_id: int, now: datetime | None = None) -> dict[str, int]:
    """One pass of time over the year's assignments; safe to run twice, late, or beside another."""
    return await pass_over_round(round_id, now)
