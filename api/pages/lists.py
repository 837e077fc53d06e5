"""What waits for whom: to-do list, the manager's queue, the inbox."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.context import At, Desk
from api.notices import in_words
from api.pages.case_forms import decide
from api.pages.forms import Failed, Form, attempt, reading
from api.render import go, page
from api.titles import processes_of, titled_lines
from api.todo import tasks
from api.v1.decisions import titled_proposals
from api.v1.lists import visible_notice
from casework.inbox import open_notice, sign
from casework.measures import MEASURES
from db.queries import lines
from db.queries.decisions import trouble
from db.queries.inbox import inbox as find_inbox
from db.queries.lines import Light
from db.queries.rounds import rounds as find_rounds
from db.queries.rows import Window
from db.tables import Notice
from process.errors import InvalidInput
from process.vocabulary import Role, RungKind

router = APIRouter()
Offset = Annotated[int, Query(ge=0)]


@router.get("/todo")
def todo(request: Request, at: At, offset: Offset = 0) -> Response:
    """What waits for me."""
    found = tasks(at, Window(50, offset))
    unsigned = find_inbox(at.session, sight=at.sight, user_id=at.actor.person, unsigned=True, window=Window(1)).total
    return page(request, "todo.html", actor=at.actor, tasks=found, unsigned=unsigned)


@router.get("/queue")
def queue(
    request: Request,
    at: At,
    round_id: str = "",
    stage: str = "",
    rung: str = "",
    owner: str = "",
    light: str = "",
    offset: Offset = 0,
) -> Response:
    """Everything open, worst first, and what waits for a decision."""
    cut = {"round_id": round_id, "stage": stage, "rung": rung, "owner": owner, "light": light}
    return _queue(request, at, cut, offset, None)


_WORDS: dict[str, set[str]] = {"light": set(Light), "rung": set(RungKind), "owner": set(Role)}


def _queue(request: Request, at: Desk, cut: dict[str, str], offset: int, failed: Failed | None) -> Response:
    at.office()
    for name, words in _WORDS.items():
        if cut[name] and cut[name] not in words:
            raise InvalidInput("没有这种筛选", field=name)
    if cut["round_id"] and not (cut["round_id"].isascii() and cut["round_id"].isdigit()):
        raise InvalidInput("轮次须是编号", field="round_id")
    wanted = at.wanted(**{name: value or None for name, value in cut.items()}, live=True)
    found = titled_lines(at, lines.worst_first(at.session, wanted, Window(50, offset)))
    rounds = find_rounds(at.session, at.today, sight=at.sight, window=Window(100)).items
    return page(
        request,
        "queue.html",
        status=failed.error.status if failed else 200,
        actor=at.actor,
        queue=found,
        cut=cut,
        rounds=rounds,
        stages=_stage_titles(at, {row.id for row in rounds}),
        lights=list(Light),
        rungs=list(RungKind),
        measures=MEASURES,
        deciding=at.actor.can_act_as(Role.MANAGER),
        roles=[Role.DISTRICT, Role.COORDINATOR, Role.INSPECTOR],
        proposals=titled_proposals(at, Window(50)),
        trouble=trouble(at.session, Window(20), sight=at.sight),
        failed=failed,
    )


def _stage_titles(at: Desk, round_ids: set[int]) -> dict[str, str]:
    return {s.key: s.title for process in processes_of(at, round_ids).values() for s in process.stages}


@router.post("/queue/decide")
def decide_one(request: Request, form: Form) -> Response:
    """Approve or waive what was proposed."""
    everything = dict.fromkeys(("round_id", "stage", "rung", "owner", "light"), "")
    return attempt(
        request,
        "decide",
        form,
        lambda at: decide(at, form),
        lambda _: go("/queue", "决定已登记"),
        lambda failed: reading(request, lambda at: _queue(request, at, everything, 0, failed)),
    )


@router.get("/inbox")
def inbox(request: Request, at: At, unsigned: str = "", offset: Offset = 0) -> Response:
    """My district's notices, or mine."""
    found = find_inbox(
        at.session, sight=at.sight, user_id=at.actor.person, unsigned=bool(unsigned), window=Window(50, offset)
    )
    return page(request, "inbox.html", actor=at.actor, notices=found, unsigned=bool(unsigned))


@router.get("/inbox/{notice_id}")
def notice(request: Request, notice_id: int, at: At) -> Response:
    """One notice in full."""
    found = visible_notice(at, notice_id)
    open_notice(at.session, at.now, at.session.get_one(Notice, notice_id))
    title, html = in_words(at, found)
    return page(request, "notice.html", actor=at.actor, notice=found, title=title, html=html)


@router.post("/inbox/{notice_id}/sign")
def sign_for(request: Request, notice_id: int, form: Form) -> Response:
    """Sign for a notice."""

    def again(failed: Failed) -> Response:
        raise failed.error

    return attempt(
        request,
        "sign",
        form,
        lambda at: sign(at.session, at.actor, at.now, notice_id),
        lambda _: go(f"/inbox/{notice_id}", "已签收"),
        again,
    )
