"""Official letters: their files, the register of their numbers, under whose heading they go out."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Response
from pydantic import Field

from api import bodies
from api.bodies import Body, Made
from api.context import At, Desk, Paging
from api.v1.answers import READ, WRITE, errors
from casework.letterheads import change_letterhead
from casework.letters import render_again, void_letter
from db.queries.letters import LetterheadRow, NumberRow, RegisterCut, letterhead, letterheads, register
from db.queries.letters import letter_file as find_file
from db.queries.rows import Page
from notifications.letters.pending import letter_filename
from process.errors import NotFound, NotRendered
from process.vocabulary import LetterKind

router = APIRouter(tags=["文书"])

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class LetterheadBody(Body):
    """Under whose heading a kind of letter goes out."""

    heading: str = Field(max_length=100, description="发文机关标志", examples=["重庆市人民政府教育督导室"])
    issuer: str = Field(max_length=100, description="署名", examples=["重庆市人民政府教育督导室"])
    prefix: str = Field(default="", max_length=30, description="机关代字；不编文号的文种留空", examples=["渝府教督发"])
    copies: list[Annotated[str, Field(max_length=200)]] = Field(default_factory=list, max_length=50, description="抄送")
    addressees: list[Annotated[str, Field(max_length=200)]] = Field(
        default_factory=list, max_length=50, description="主送；留空为文书所涉的督导对象"
    )
    note: str = Field(default="", max_length=100, description="附注", examples=["此件不公开"])


def letter_file(at: Desk, letter_id: int) -> Response:
    """The letter as a Word file. Another district's does not exist; what is not rendered yet says so."""
    found = find_file(at.session, letter_id, sight=at.sight)
    if found is None:
        raise NotFound("文书")
    if found.content is None:
        raise NotRendered(found.trouble or None)
    name = quote(letter_filename(found.kind, found.number), safe="")
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{name}", "etag": f'"{found.sha256}"'}
    return Response(found.content, media_type=DOCX, headers=headers)


def changed_letterhead(at: Desk, kind: LetterKind, body: LetterheadBody) -> LetterheadRow:
    """The letterhead of a kind, as it is from now on."""
    change_letterhead(at.session, at.actor, at.now, kind, **body.model_dump())
    return known_letterhead(at, kind)


def known_letterhead(at: Desk, kind: LetterKind) -> LetterheadRow:
    """The letterhead of a kind. Raises :class:`NotFound`."""
    at.office()
    found = letterhead(at.session, kind)
    if found is None:
        raise NotFound(f"{kind.title_zh}的发文机关")
    return found


@router.get("/letters", summary="文号登记簿", responses=READ)
def numbers(
    at: At,
    window: Paging,
    prefix: Annotated[str | None, Query(description="机关代字")] = None,
    year: Annotated[int | None, Query(ge=2000, le=2100, description="年度")] = None,
    kind: Annotated[LetterKind | None, Query(description="文种")] = None,
    void: Annotated[bool | None, Query(description="只看作废的，或只看未作废的")] = None,
) -> Page[NumberRow]:
    """已给出的文号，新的在前；作废的保留。"""
    at.office()
    return register(at.session, window, RegisterCut(prefix=prefix, year=year, kind=kind, void=void), sight=at.sight)


@router.get(
    "/letters/{letter_id}/file",
    summary="下载文书",
    response_class=Response,
    responses={200: {"content": {DOCX: {}}, "description": "Word 文件"}, **READ, **errors(409)},
)
def download(letter_id: int, at: At) -> Response:
    """文书的 .docx 文件；区县只能下载发给自己的。尚未生成的返回 not_rendered。"""
    return letter_file(at, letter_id)


@router.post("/letters/{letter_id}/void", summary="作废文书", responses=WRITE)
def void(letter_id: int, body: bodies.VoidBody, at: At) -> Made:
    """写明理由作废；文号保留，不再给出。"""
    void_letter(at.session, at.actor, at.now, letter_id, reason=body.reason)
    return Made(id=letter_id)


@router.post("/letters/{letter_id}/render", summary="重新生成文书", responses=WRITE)
def again(letter_id: int, at: At) -> Made:
    """不能生成的原因消除后，再生成一次；文号和内容不变。"""
    render_again(at.session, at.actor, at.now, letter_id)
    return Made(id=letter_id)


@router.get("/letterheads", summary="发文机关", responses=READ)
def heads(at: At) -> list[LetterheadRow]:
    """各文种的发文机关标志、署名、机关代字和抄送。"""
    at.office()
    return letterheads(at.session)


@router.get("/letterheads/{kind}", summary="一个文种的发文机关", responses=READ)
def head(kind: LetterKind, at: At) -> LetterheadRow:
    """此后签发的这种文书以谁的名义发出。"""
    return known_letterhead(at, kind)


@router.put("/letterheads/{kind}", summary="修改发文机关", responses=WRITE)
def change(kind: LetterKind, body: LetterheadBody, at: At) -> LetterheadRow:
    """对此后签发的文书有效；已签发的不变。"""
    return changed_letterhead(at, kind, body)
