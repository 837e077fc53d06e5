"""Letters: the register of their numbers, downloading, declaring void, the letterheads."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.context import At, Desk
from api.pages.forms import Failed, Filled, Form, attempt, reading
from api.render import address, go, page
from api.v1.letters import LetterheadBody, changed_letterhead, letter_file
from casework.actor import OFFICE
from casework.letterheads import KEEPERS
from casework.letters import render_again, void_letter
from db.queries.letters import RegisterCut, letterheads, register, registers
from db.queries.rows import Window
from process.errors import InvalidInput
from process.vocabulary import LetterKind, Role

router = APIRouter()
Cut = dict[str, str]
_FILTERS = ("prefix", "year", "kind", "void")
_VOID = {"": None, "yes": True, "no": False}


@router.get("/letters")
def numbers(
    request: Request,
    at: At,
    prefix: str = "",
    year: str = "",
    kind: str = "",
    void: str = "",
    offset: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """The register of numbers."""
    return _numbers(request, at, {"prefix": prefix, "year": year, "kind": kind, "void": void}, offset, None)


def _numbers(request: Request, at: Desk, cut: Cut, offset: int, failed: Failed | None) -> Response:
    at.office()
    known = registers(at.session)
    return page(
        request,
        "letters.html",
        status=failed.error.status if failed else 200,
        actor=at.actor,
        register=register(at.session, Window(50, offset), _parsed(cut), sight=at.sight),
        cut=cut,
        prefixes=list(dict.fromkeys(prefix for prefix, _ in known)),
        years=sorted({year for _, year in known}, reverse=True),
        kinds=list(LetterKind),
        voiding=at.actor.can_act_as(Role.MANAGER),
        rendering=any(at.actor.can_act_as(role) for role in OFFICE),
        failed=failed,
    )


def _parsed(cut: Cut) -> RegisterCut:
    year, kind, void = cut["year"], cut["kind"], cut["void"]
    if year and not (year.isascii() and year.isdigit() and len(year) == 4):
        raise InvalidInput("年度须为四位年份", field="year")
    if kind and kind not in set(LetterKind):
        raise InvalidInput("没有此文种", field="kind")
    if void not in _VOID:
        raise InvalidInput("没有这种筛选", field="void")
    return RegisterCut(
        prefix=cut["prefix"] or None,
        year=int(year) if year else None,
        kind=LetterKind(kind) if kind else None,
        void=_VOID[void],
    )


@router.get("/letters/{letter_id}")
def one(letter_id: int, at: At) -> Response:
    """The letter as a Word file."""
    return letter_file(at, letter_id)


@router.post("/letters/{letter_id}/void")
def void(request: Request, letter_id: int, form: Form) -> Response:
    """Declare it void; back to where the register was read."""
    cut = {name: form.get(name) for name in _FILTERS}
    return attempt(
        request,
        f"void-{letter_id}",
        form,
        lambda at: void_letter(at.session, at.actor, at.now, letter_id, reason=form.get("reason")),
        lambda _: go(address("/letters", cut, offset=_offset(form) or None), "文书已作废，文号保留"),
        lambda failed: reading(request, lambda at: _numbers(request, at, cut, _offset(form), failed)),
    )


@router.post("/letters/{letter_id}/render")
def again(request: Request, letter_id: int, form: Form) -> Response:
    """Have it rendered again; back to where the register was read."""
    cut = {name: form.get(name) for name in _FILTERS}
    return attempt(
        request,
        f"render-{letter_id}",
        form,
        lambda at: render_again(at.session, at.actor, at.now, letter_id),
        lambda _: go(address("/letters", cut, offset=_offset(form) or None), "正在重新生成"),
        lambda failed: reading(request, lambda at: _numbers(request, at, cut, _offset(form), failed)),
    )


def _offset(form: Filled) -> int:
    given = form.get("offset")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0


@router.get("/letterheads")
def heads(request: Request, at: At) -> Response:
    """Under whose heading each kind goes out."""
    return _heads(request, at, None)


def _heads(request: Request, at: Desk, failed: Failed | None) -> Response:
    at.office()
    return page(
        request,
        "letterheads.html",
        status=failed.error.status if failed else 200,
        actor=at.actor,
        heads=letterheads(at.session),
        changing=any(at.actor.can_act_as(role) for role in KEEPERS),
        failed=failed,
    )


@router.post("/letterheads/{kind}")
def change(request: Request, kind: str, form: Form) -> Response:
    """Change one."""

    def work(at: Desk) -> None:
        if kind not in set(LetterKind):
            raise InvalidInput("没有此文种", field="kind")
        lists = {
            name: [line.strip() for line in form.get(name).splitlines() if line.strip()]
            for name in ("copies", "addressees")
        }
        names = {name: form.get(name) for name in ("heading", "issuer", "prefix", "note")}
        changed_letterhead(at, LetterKind(kind), LetterheadBody.model_validate({**names, **lists}))

    return attempt(
        request,
        f"head-{kind}",
        form,
        work,
        lambda _: go("/letterheads", "已保存，对此后签发的文书有效"),
        lambda failed: reading(request, lambda at: _heads(request, at, failed)),
    )
