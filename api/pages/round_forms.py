"""The forms of a round page besides the draw and the results: days set from above, the circular of results."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.bodies import CircularBody
from api.context import Desk
from api.pages.forms import Form, attempt, reading
from api.pages.rounds import show_round
from api.render import go
from api.v1.external import ExternalBody, written
from casework.results import publish_results

router = APIRouter()


@router.post("/rounds/{round_id}/external-dates")
def set_day(request: Request, round_id: int, form: Form) -> Response:
    """Write down a day set from above."""

    def work(at: Desk) -> int:
        body = ExternalBody.model_validate(form.given("on_day", "source"))
        return len(written(at, round_id, form.get("stage"), body))

    return attempt(
        request,
        "external-dates",
        form,
        work,
        lambda n: go(f"/rounds/{round_id}", f"已登记，{n}件任务的期限随之调整，有关各方已收到通知"),
        lambda failed: reading(request, lambda at: show_round(request, at, round_id, failed=failed)),
    )


@router.post("/rounds/{round_id}/result-circular")
def circular(request: Request, round_id: int, form: Form) -> Response:
    """One circular of results over all that wait for it."""

    def work(at: Desk) -> int:
        body = CircularBody.model_validate({"summary": form.get("summary"), "grades": dict(form.rows("grade"))})
        _, n = publish_results(at.session, at.actor, at.now, round_id, summary=body.summary, grades=body.grades)
        return n

    return attempt(
        request,
        "result-circular",
        form,
        work,
        lambda n: go(f"/rounds/{round_id}", f"结果通报已印发，{n}件任务的环节办结"),
        lambda failed: reading(request, lambda at: show_round(request, at, round_id, failed=failed)),
    )
