"""The rosters: schools, principals, inspectors; tables to be taken in; terms, training, responsibility."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, File, Query, Response, UploadFile

from api import registry as api
from api.bodies import Counted, Made
from api.context import At, Paging
from api.v1.answers import READ, WRITE, errors
from casework.actor import KEEPERS
from casework.registry.importing import ImportReport, template
from casework.registry.kinds import RosterKind
from db.queries import registry as query
from db.queries.registry import DistrictCount, ExpiringRow, PrincipalRow, RosterInspector, SchoolRow
from db.queries.rows import Page
from process.vocabulary import SchoolStage

router = APIRouter(prefix="/registry", tags=["对象、人员与日历"])

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
District = Annotated[str | None, Query(description="只看一个区县的")]
Search = Annotated[str | None, Query(max_length=50, description="名称的一部分，或代码、证号")]


# Before the files of schools and inspectors, whose addresses look alike.
@router.get(
    "/{kind}/template",
    summary="名册模板",
    response_class=Response,
    responses={200: {"content": {XLSX: {}}, "description": "空白表格"}, **READ},
)
def empty(kind: RosterKind, at: At) -> Response:
    """空白 .xlsx：第一张表填写，第二张表是说明。"""
    at.office()
    return Response(template(kind), media_type=XLSX)


@router.get("/districts/schools", summary="各区县学校数", responses=READ)
def by_district(at: At) -> list[DistrictCount]:
    """各区县名册中的学校、幼儿园和学生数。"""
    return query.schools_by_district(at.session, at.today, sight=at.sight)


@router.get("/schools", summary="学校名册", responses=READ)
def schools(
    at: At,
    window: Paging,
    district_id: District = None,
    stage: Annotated[SchoolStage | None, Query(description="学段")] = None,
    q: Search = None,
) -> Page[SchoolRow]:
    """学校、幼儿园、职业院校和高校；区县只见本区县的，学校只见自己。"""
    return query.schools(
        at.session, at.today, sight=at.sight, window=window, district_id=district_id, stage=stage, search=q
    )


@router.get("/schools/{school_id}", summary="一所学校", responses=READ)
def school(school_id: str, at: At) -> api.SchoolFile:
    """学校的基本情况和任务；校（园）长只给有权看的人。"""
    return api.school_file(at, school_id)


@router.get("/principals", summary="校（园）长名册", responses=READ)
def principals(at: At, window: Paging, district_id: District = None, q: Search = None) -> Page[PrincipalRow]:
    """校（园）长及其任期；只给管理名册的人、所在区县和本人。"""
    return query.principals(at.session, sight=at.sight, window=window, district_id=district_id, search=q)


@router.get("/principals/{principal_id}", summary="一名校（园）长", responses=READ)
def principal(principal_id: str, at: At) -> api.PrincipalFile:
    """历次任期和任务。"""
    return api.principal_file(at, principal_id)


@router.get("/inspectors", summary="督学名册", responses=READ)
def inspectors(
    at: At,
    window: Paging,
    home: Annotated[str | None, Query(description="所在单位")] = None,
    is_inspector: Annotated[bool | None, Query(description="只看督学，或只看专家")] = None,
    q: Search = None,
) -> Page[RosterInspector]:
    """督学和专家的任职条件、本年学时、负责学校数、任期；只给管理名册的人。"""
    at.actor.require(*KEEPERS)
    return query.roster_inspectors(at.session, at.today, window=window, home=home, inspectors=is_inspector, search=q)


@router.get("/inspectors/{inspector_id}", summary="一名督学", responses=READ)
def inspector(inspector_id: int, at: At) -> api.InspectorFile:
    """任期、培训、负责的学校、回避情形和任务；只给管理名册的人和本人。"""
    return api.inspector_file(at, inspector_id)


@router.get("/terms/expiring", summary="任期届满", responses=READ)
def expiring(
    at: At, window: Paging, principals: Annotated[bool | None, Query(description="只看校（园）长，或只看督学")] = None
) -> Page[ExpiringRow]:
    """180日内届满的任期，以及此前180日内届满而没有续任的。"""
    return api.expiring(at, window, principals=principals)


@router.post("/terms", summary="登记任期", status_code=201, responses=WRITE)
def enter_term(body: api.TermBody, at: At) -> Made:
    """登记校（园）长或督学的任期；校（园）长的也可由所在区县登记。"""
    return Made(id=api.enter_term(at, body))


@router.post("/terms/{term_id}/end", summary="提前离任", responses=WRITE)
def end_term(term_id: int, body: api.TermEnded, at: At) -> Made:
    """任期届满前离任的，登记离任日期和原因。"""
    return Made(id=api.end_term(at, term_id, body))


@router.post("/inspectors/{inspector_id}/trainings", summary="登记培训", status_code=201, responses=WRITE)
def add_training(inspector_id: int, body: api.TrainingBody, at: At) -> Made:
    """登记督学参加的培训和学时。"""
    return Made(id=api.add_training(at, inspector_id, body))


@router.post("/inspectors/{inspector_id}/schools", summary="安排责任督学", status_code=201, responses=WRITE)
def assign(inspector_id: int, body: api.AssignBody, at: At) -> Counted:
    """自某日起由这名督学负责这些学校；原来的责任督学负责到前一日。"""
    return Counted(rows=api.assign(at, inspector_id, body))


@router.post("/inspectors/{inspector_id}/schools/release", summary="结束负责", responses=WRITE)
def release(inspector_id: int, body: api.ReleaseBody, at: At) -> Made:
    """不再负责一所学校，写明最后一天。"""
    return Made(id=api.release(at, inspector_id, body))


@router.post("/{kind}", summary="导入名册", responses={**WRITE, **errors(413, 415)})
def take(
    kind: RosterKind,
    at: At,
    file: Annotated[UploadFile, File(description=".xlsx 或 .csv")],
    dry_run: Annotated[bool, Query(description="只预览，不写入")] = False,
) -> ImportReport:
    """增加和更新名册；有一行不对则一行也不写，各行的问题一次列出。没有列入的不受影响。"""
    content = file.file.read(at.settings.max_upload_mb * 1024 * 1024 + 1)
    return api.take(at, kind, file.filename or "", content, dry_run=dry_run)
