"""The year's numbers and how they stand."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from api.context import At, Desk
from api.v1.answers import READ
from casework.actor import KEEPERS
from casework.quotas import year_quotas
from db.queries.rows import Row
from process.quotas import QuotaState, wanted
from process.vocabulary import QuotaKind

router = APIRouter(prefix="/quotas", tags=["督导事项"])


class QuotaRow(Row):
    """One number of the priorities or the law, and how it stands."""

    item: int
    process_name: str
    process: str
    kind: QuotaKind
    kind_title: str = ""
    wanted: str
    state: QuotaState
    state_title: str = ""
    said: str
    ends_on: date
    quote: str
    basis: str


def quota_rows(desk: Desk, year: int) -> list[QuotaRow]:
    """Every quota of a year, as of today; for those who keep the rosters only, since persons are named."""
    desk.actor.require(*KEEPERS)
    return [
        QuotaRow(
            item=one.process.item,
            process_name=one.process.name,
            process=one.process.title,
            kind=one.quota.kind,
            wanted=wanted(one.quota),
            state=one.judged.state,
            said=one.judged.said,
            ends_on=one.judged.ends_on,
            quote=one.quota.quote,
            basis=one.quota.basis,
        )
        for one in year_quotas(desk.session, year, desk.today)
    ]


@router.get("", summary="年度指标", responses=READ)
def quotas(
    at: At, year: Annotated[int | None, Query(ge=2000, le=2100, description="年度；不填为今年")] = None
) -> list[QuotaRow]:
    """要点和法规写明的各项数字：要求、现状、差谁、何时到期。"""
    return quota_rows(at, year or at.today.year)
