"""年度指标: every number of the priorities and the law, and how it stands."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.context import At
from api.render import go, page
from api.v1.quotas import quota_rows
from process.errors import NotFound

router = APIRouter()


@router.get("/quotas")
def this_year(at: At) -> Response:
    """This year's."""
    return go(f"/quotas/{at.today.year}")


@router.get("/quotas/{year}")
def show(request: Request, at: At, year: int) -> Response:
    """The quotas of a year."""
    if not 2000 <= year <= 2100:
        raise NotFound("年度")
    return page(request, "quotas.html", actor=at.actor, year=year, quotas=quota_rows(at, year))
