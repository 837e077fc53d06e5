"""Subjects, contacts, inspectors, accounts and the calendar."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from api import bodies, office
from api.bodies import Made
from api.context import At, Paging
from api.v1.answers import READ, WRITE
from casework.actor import KEEPERS
from db.queries import people
from db.queries.people import CalendarYear, ContactRow, InspectorRow, SubjectRow, UserRow
from db.queries.rows import Page
from process.vocabulary import Role, SubjectKind

router = APIRouter(tags=["对象、人员与日历"])


@router.get("/subjects", summary="督导对象", responses=READ)
def subjects(
    at: At,
    window: Paging,
    on: Annotated[date | None, Query(description="只看某日有效的")] = None,
    kind: Annotated[list[SubjectKind] | None, Query(description="只看这些种类")] = None,
) -> Page[SubjectRow]:
    """督导对象及其有效期；区县只见自己和本区县的学校、校（园）长。"""
    return people.subjects(at.session, sight=at.sight, day=on, window=window, kinds=kind)


@router.post("/subjects/import", summary="导入督导对象", responses=WRITE)
def import_districts(body: bodies.SubjectsBody, at: At) -> bodies.Counted:
    """以 CSV 增加或更新区县；有一行不对则一行也不写。"""
    return bodies.Counted(rows=office.import_districts(at, body))


@router.get("/contacts", summary="联系人", responses=READ)
def contacts(
    at: At, window: Paging, subject_id: Annotated[str | None, Query(description="督导对象")] = None
) -> Page[ContactRow]:
    """各岗位的联系人，含已卸任的；区县只见自己和本区县学校的。"""
    return people.contacts(at.session, sight=at.sight, subject_id=subject_id, window=window)


@router.post("/contacts", summary="增加联系人", status_code=201, responses=WRITE)
def add_contact(body: bodies.ContactBody, at: At) -> Made:
    """登记任职者；区县可以登记自己的。"""
    return Made(id=office.add_contact(at, body))


@router.post("/contacts/{contact_id}/end", summary="联系人卸任", responses=WRITE)
def end_contact(contact_id: int, body: bodies.ContactEnded, at: At) -> Made:
    """写明任职的最后一天。"""
    return Made(id=office.end_contact(at, contact_id, body))


@router.post("/authorities", summary="增加分管领导或成员单位", status_code=201, responses=WRITE)
def add_authority(body: bodies.AuthorityBody, at: At) -> Made:
    """登记报送专报的分管领导、接收通报的成员单位。"""
    return Made(id=office.add_authority(at, body))


@router.get("/inspectors", summary="督学与专家", responses=READ)
def inspectors(at: At, window: Paging) -> Page[InspectorRow]:
    """督学与专家、回避情形、在办小组数；只给管理名册的人看。"""
    at.actor.require(*KEEPERS)
    return people.inspectors(at.session, window)


@router.post("/inspectors", summary="增加督学", status_code=201, responses=WRITE)
def add_inspector(body: bodies.InspectorBody, at: At) -> Made:
    """登记督学或专家及其回避情形。"""
    return Made(id=office.add_inspector(at, body))


@router.get("/users", summary="账号", responses=READ)
def users(at: At, window: Paging) -> Page[UserRow]:
    """全部账号。"""
    at.actor.require(Role.ADMINISTRATOR)
    return people.users(at.session, window)


@router.post("/users", summary="增加账号", status_code=201, responses=WRITE)
def add_user(body: bodies.UserBody, at: At) -> Made:
    """增加账号；区县账号须写明所属区县。"""
    return Made(id=office.add_user(at, body))


@router.post("/users/{user_id}/deactivate", summary="停用账号", responses=WRITE)
def deactivate(user_id: int, at: At) -> Made:
    """停用账号并关闭其全部会话。"""
    return Made(id=office.deactivate(at, user_id))


@router.get("/calendar", summary="工作日历", responses=READ)
def calendar(
    at: At,
    since: Annotated[int | None, Query(description="自哪一年；不填为去年")] = None,
    until: Annotated[int | None, Query(description="至哪一年；不填为三年后")] = None,
) -> list[CalendarYear]:
    """各年放假与调休；未公布的年度为暂定。"""
    return office.years(at, since, until)


@router.post("/calendar", summary="导入放假通知", responses=WRITE)
def import_calendar(body: bodies.CalendarBody, at: At) -> bodies.ImportResult:
    """导入一年的放假安排，重算暂定的到期日；只往后调，提前的列出待人工处理。"""
    return office.import_calendar(at, body)
