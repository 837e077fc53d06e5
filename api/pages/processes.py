"""The processes: which there are, one in full, a new one checked, previewed and installed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.context import At, Desk
from api.pages.forms import Failed, Filled, Form, attempt, reading
from api.processes import Rehearsal, rehearsal, written
from api.render import go, page
from api.v1.processes import yaml_file
from casework.definitions import install, published
from db.queries.processes import versions
from process.definition import Process
from process.errors import DudaoError, InvalidInput
from process.form.captions import title_of
from process.form.check import installable
from process.form.source import MOST_BYTES
from process.form.starter import STARTER
from process.form.wording import period_in_words, quota_in_words, recurrence_in_words, subjects_in_words
from process.vocabulary import Role

router = APIRouter()

_NEAR = 2
"""How many lines are shown before and after one that is wrong."""

WORDS = {
    "period": period_in_words,
    "quota": quota_in_words,
    "recurrence": recurrence_in_words,
    "subjects": subjects_in_words,
    "title": title_of,
}


@router.get("/processes")
def processes(request: Request, at: At) -> Response:
    """Every process with its versions."""
    at.office()
    return page(
        request,
        "processes.html",
        actor=at.actor,
        rows=versions(at.session),
        installing=at.actor.can_act_as(Role.ADMINISTRATOR),
    )


@dataclass(frozen=True, slots=True)
class Draft:
    """A form under way: its text, and what came of checking it."""

    text: str = ""
    process: Process | None = None
    rehearsal: Rehearsal | None = None

    def near(self, wrong: set[int | None]) -> list[tuple[int, str]]:
        """The lines about those that are wrong, by number; 0 stands for what lies between."""
        shown: list[tuple[int, str]] = []
        for number, line in enumerate(self.text.splitlines(), start=1):
            if any(abs(number - n) <= _NEAR for n in wrong if n is not None):
                if shown and shown[-1][0] != number - 1:
                    shown.append((0, "…"))
                shown.append((number, line))
        return shown


@router.get("/processes/new")
def new(request: Request, at: At) -> Response:
    """The form for a new one."""
    return _draft(request, at, Draft(STARTER), None)


@router.post("/processes/new")
def check_or_install(request: Request, form: Form) -> Response:
    """Check and preview what was written, or install it."""
    text = _text(form)
    if form.get("do") == "install":
        return attempt(
            request,
            "draft",
            form,
            lambda at: install(at.session, at.actor, at.now, text),
            lambda done: go(f"/processes/{done.name}", f"已安装：{done.title} 第{done.version}版"),
            lambda failed: reading(request, lambda at: _draft(request, at, Draft(_shown(text)), failed)),
        )

    def work(at: Desk) -> tuple[Process, Rehearsal]:
        at.actor.require(Role.ADMINISTRATOR)
        process = installable(text)
        return process, rehearsal(at, process, _day(form.get("start")))

    return attempt(
        request,
        "draft",
        form,
        work,
        lambda found: reading(request, lambda at: _draft(request, at, Draft(_shown(text), *found), None)),
        lambda failed: reading(request, lambda at: _draft(request, at, Draft(_shown(text)), failed)),
    )


def _draft(request: Request, at: Desk, draft: Draft, failed: Failed | None) -> Response:
    at.actor.require(Role.ADMINISTRATOR)
    found = failed.error.context.get("problems", ()) if failed else ()
    wrong = {problem.line for problem in found}
    return page(
        request,
        "process_new.html",
        status=failed.error.status if failed else 200,
        actor=at.actor,
        draft=draft,
        process=draft.process,
        problems=found,
        wrong=wrong,
        near=draft.near(wrong),
        start=failed.typed.get("start") if failed else draft.rehearsal.start.isoformat() if draft.rehearsal else "",
        words=WORDS,
        failed=failed,
    )


@router.get("/processes/{name}")
def one(
    request: Request, name: str, at: At, version: Annotated[int | None, Query()] = None, start: str = ""
) -> Response:
    """One process in full, and its dry run from a day."""
    at.office()
    process = published(at.session, name, version)
    refused: DudaoError | None = None
    try:
        rehearsed = rehearsal(at, process, _day(start))
    except InvalidInput as error:
        refused, rehearsed = error, rehearsal(at, process, None)
    return page(
        request,
        "process.html",
        status=refused.status if refused else 200,
        actor=at.actor,
        process=process,
        versions=[row for row in versions(at.session) if row.name == name],
        rehearsal=rehearsed,
        words=WORDS,
        failed=Failed("preview", refused, Filled({"start": start})) if refused else None,
    )


@router.get("/processes/{name}/yaml")
def download(name: str, at: At, version: Annotated[int | None, Query()] = None) -> Response:
    """Its form, to be kept or changed into another."""
    at.office()
    return yaml_file(written(at, published(at.session, name, version)), name)


def _text(form: Filled) -> bytes | str:
    """What was uploaded, or else typed."""
    if form.file is not None and form.file.filename:
        return form.file.file.read(MOST_BYTES + 1)
    return form.get("yaml").replace("\r\n", "\n")


def _shown(text: bytes | str) -> str:
    return text if isinstance(text, str) else text.decode("utf-8-sig", "replace")


def _day(written_as: str) -> date | None:
    """A day from a form; ``None`` where none was given. Raises :class:`InvalidInput`."""
    if not written_as.strip():
        return None
    try:
        return date.fromisoformat(written_as.strip())
    except ValueError as error:
        raise InvalidInput("日期应如 2022-10-10", field="start") from error
