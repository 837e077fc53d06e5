"""Publishing process definitions, so that what launches rounds needs nothing but the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from db.tables import IndicatorSet as StoredSet
from db.tables import ProcessDefinition
from process.definition import Process
from process.errors import InvalidDefinition, LaunchedDefinitionChanged, NotFound
from process.indicator_sets import SETS
from process.indicators import IndicatorSet


def publish(session: Session, processes: Sequence[Process], now: datetime) -> list[Process]:
    """Store the versions that are not there yet, and the indicator sets that come with the program; returns the former.

    Raises :class:`LaunchedDefinitionChanged` when a published version reads differently now, :class:`InvalidDefinition`
    for a process measured by a set nobody published.
    """
    publish_sets(session, SETS, now)
    measured_by = set(session.exec(select(StoredSet.name)))
    for process in processes:
        if process.indicators and process.indicators not in measured_by:
            raise InvalidDefinition(f"{process.title}：没有指标体系 {process.indicators}", field="indicators")
    known = {(row.name, row.version): row for row in session.exec(select(ProcessDefinition))}
    new = []
    for process in processes:
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


def published(session: Session, name: str, version: int | None = None) -> Process:
    """A published process: the named version, or the newest. Raises :class:`NotFound`."""
    wanted = select(ProcessDefinition).where(ProcessDefinition.name == name)
    if version is not None:
        wanted = wanted.where(ProcessDefinition.version == version)
    row = session.exec(wanted.order_by(col(ProcessDefinition.version).desc())).first()
    if row is None:
        raise NotFound("督导事项", field="process_name")
    return Process.model_validate(row.definition)


def newest(session: Session) -> list[Process]:
    """The newest version of every published process."""
    rows = session.exec(select(ProcessDefinition).order_by(col(ProcessDefinition.name), col(ProcessDefinition.version)))
    latest = {row.name: row for row in rows}
    return [Process.model_validate(row.definition) for row in latest.values()]
