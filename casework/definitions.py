"""Publishing process definitions, so that what launches rounds needs nothing but the database.

Those that come with the program are published by ``dudao migrate``; others are installed by an administrator and carry
the form they were written as (``source``).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, select

from casework.actor import TIME, Actor
from db.tables import IndicatorSet as StoredSet
from db.tables import ProcessDefinition
from process.definition import Process, parse_process
from process.errors import Conflict, InvalidDefinition, InvalidInput, LaunchedDefinitionChanged, NotFound
from process.form.check import installable
from process.indicator_sets import SETS
from process.indicators import IndicatorSet
from process.vocabulary import Role


def publish(session: Session, processes: Sequence[Process], now: datetime) -> list[Process]:
    """Store the versions that are not there yet, and the indicator sets that come with the program; returns the former.

    Raises :class:`LaunchedDefinitionChanged` when a published version reads differently now, :class:`InvalidDefinition`
    for a process measured by a set nobody published, :class:`Conflict` when an office has installed a process of that
    name.
    """
    publish_sets(session, SETS, now)
    _measurable(session, processes)
    known = {(row.name, row.version): row for row in session.exec(select(ProcessDefinition))}
    taken = {row.name for row in known.values() if row.source}
    new = []
    for process in processes:
        if process.name in taken:
            raise Conflict(f"标识「{process.name}」已被本单位安装的事项占用")
        document = process.model_dump(mode="json")
        before = known.get((process.name, process.version))
        if before is None:
            session.add(
                ProcessDefinition(
                    name=process.name,
                    version=process.version,
                    title=process.title,
                    definition=document,
                    published_at=now,
                )
            )
            new.append(process)
        elif Process.model_validate(before.definition) != process:
            raise LaunchedDefinitionChanged(f"{process.title} 第{process.version}版")
    session.flush()
    return new


def publish_sets(session: Session, sets: Sequence[IndicatorSet], now: datetime) -> list[IndicatorSet]:
    """Store the versions of indicator sets that are not there yet; returns those. Published ones never change."""
    known = {(row.name, row.version): row for row in session.exec(select(StoredSet))}
    new = []
    for one in sets:
        before = known.get((one.name, one.version))
        if before is None:
            document = one.model_dump(mode="json")
            session.add(
                StoredSet(name=one.name, version=one.version, title=one.title, definition=document, published_at=now)
            )
            new.append(one)
        elif IndicatorSet.model_validate(before.definition) != one:
            raise LaunchedDefinitionChanged(f"{one.title} 第{one.version}版")
    session.flush()
    return new


def _measurable(session: Session, processes: Sequence[Process]) -> None:
    """That the indicator sets by which processes are measured are published."""
    known = set(session.exec(select(StoredSet.name)))
    for process in processes:
        if process.indicators and process.indicators not in known:
            raise InvalidDefinition(f"{process.title}：没有指标体系 {process.indicators}", field="indicators")


def install(session: Session, actor: Actor, now: datetime, form: bytes | str | dict[str, Any]) -> Process:
    """Publish the process of a form as a new version; again the same form changes nothing.

    For an administrator, or the command line (:data:`casework.actor.TIME`). Raises :class:`InvalidDefinition` with all
    problems of the form, :class:`Conflict` for the name of a process that comes with the program,
    :class:`LaunchedDefinitionChanged` for a version that is published and reads differently, :class:`InvalidInput` for
    one older than the newest.
    """
    if actor != TIME:
        actor = actor.require(Role.ADMINISTRATOR)
    process = installable(form)
    _measurable(session, [process])
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('install ' || :name))"), {"name": process.name})
    rows = {
        row.version: row
        for row in session.exec(select(ProcessDefinition).where(ProcessDefinition.name == process.name))
    }
    if any(not row.source for row in rows.values()):
        raise Conflict(f"「{process.name}」是本系统自带的事项，请换一个标识", field="name")
    newest_version = max(rows, default=0)
    if process.version in rows:
        if Process.model_validate(rows[process.version].definition) == process:
            return process
        raise LaunchedDefinitionChanged(f"第{process.version}版已发布；请改为第{newest_version + 1}版", field="version")
    if process.version < newest_version:
        raise InvalidInput(f"已有第{newest_version}版，新版本须更大", field="version")
    session.add(
        ProcessDefinition(
            name=process.name,
            version=process.version,
            title=process.title,
            definition=process.model_dump(mode="json"),
            published_at=now,
            source=_text_of(form),
            installed_by=actor.user_id,
        )
    )
    session.flush()
    return process


def _text_of(form: bytes | str | dict[str, Any]) -> str:
    if isinstance(form, dict):
        return json.dumps(form, ensure_ascii=False, indent=2)
    return form.decode("utf-8-sig") if isinstance(form, bytes) else form


_PUBLISHED = text(
    """
    SELECT definition::text FROM process_definitions
    WHERE name = :name AND (CAST(:version AS int) IS NULL OR version = :version) ORDER BY version DESC LIMIT 1
    """
)
_NEWEST = text("SELECT DISTINCT ON (name) definition::text FROM process_definitions ORDER BY name, version DESC")


def published(session: Session, name: str, version: int | None = None) -> Process:
    """A published process: the named version, or the newest. Raises :class:`NotFound`."""
    found = session.execute(_PUBLISHED, {"name": name, "version": version}).scalar()
    if found is None:
        raise NotFound("督导事项", field="process_name")
    return parse_process(found)


def newest(session: Session) -> list[Process]:
    """The newest version of every published process."""
    return [parse_process(definition) for definition in session.execute(_NEWEST).scalars()]
