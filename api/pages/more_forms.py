"""The forms of a case page that stand beside the case's own stages: parts, reviewers, titles, drawn teams."""

from __future__ import annotations

from api import deeds
from api.bodies import Reasoned, TeamDrawBody
from api.context import Desk
from api.pages.forms import Filled
from api.v1.cases import visible_case
from api.v1.parts import PartsBody, assigned
from api.v1.reviews import ReviewersBody
from api.v1.reviews import assigned as assigned_reviewers
from casework.parts import withdraw_part
from process.errors import InvalidInput


def _assign(at: Desk, case_id: int, form: Filled) -> None:
    units = [unit for unit in form.several.get("units", []) if unit]
    if not units:
        raise InvalidInput("请选择承办单位", field="units")
    given = form.given("title", "asks", "due_on")
    body = {**form.given("version"), "parts": [{"subject_id": unit, **given} for unit in units]}
    assigned(at, case_id, PartsBody.model_validate(body))


def _withdraw(at: Desk, case_id: int, form: Filled) -> None:
    body = Reasoned.model_validate({"version": form.get("part_version"), "reason": form.get("reason")})
    withdraw_part(at.session, at.actor, at.now, form.number("part"), body.version, reason=body.reason)


def _reviewers(at: Desk, case_id: int, form: Filled) -> None:
    people = [int(one) for one in form.several.get("reviewer_ids", []) if one.isascii() and one.isdigit()]
    given = form.given("seed", "expertise")
    body = ReviewersBody.model_validate({"case_ids": [case_id], "reviewer_ids": people, **given})
    file, _ = visible_case(at, case_id)
    assigned_reviewers(at, file.case.round_id, body)


def _draw_team(at: Desk, case_id: int, form: Filled) -> None:
    deeds.draw_team(at, case_id, TeamDrawBody.model_validate(form.given("version", "seed", "expertise", "size")))


MORE_FORMS = {
    "draw-team": (_draw_team, "督导小组已抽取组成"),
    "parts": (_assign, "已分解交办，承办单位已收到通知"),
    "reviewers": (_reviewers, "评审专家已分配，已收到通知"),
    "withdraw-part": (_withdraw, "分解任务已撤回"),
}
"""By the last part of the address: what is done, and what is said afterwards."""
