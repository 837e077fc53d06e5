"""What coordinators of the rehearsal decide before the calendar launches a round: whom it is about."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Engine

from casework.definitions import newest
from casework.eligible import eligible, to_choose
from cli.demo.people import Cast, temper
from db.session import unit_of_work
from process.vocabulary import SubjectKind

SOME = {SubjectKind.INSPECTOR: 5, SubjectKind.SCHOOL: 3, SubjectKind.DISTRICT: 8, SubjectKind.UNIVERSITY: 2}
"""Of these kinds the rehearsal takes a few, so that a year is played in minutes; a real office takes all."""
ALL_OF = ("district-evaluation",)
"""Processes that the rehearsal plays over every district."""


def choose_subjects(engine: Engine, cast: Cast, seed: int) -> None:
    """Where the nation or the office names only some, those are named before the day comes."""
    coordinator = cast.office("coordinator")
    with unit_of_work(engine) as session:
        known = {process.name: process for process in newest(session)}
    for planned in coordinator.get("/planned", days=8):
        process = known[planned["process_name"]]
        if planned["subject_ids"] is not None or planned["status"] != "proposed":
            continue
        with unit_of_work(engine) as session:
            found = eligible(session, process, date.fromisoformat(planned["launch_on"]))
        if process.subjects is SubjectKind.INSPECTOR:
            found = [subject for subject in found if subject in cast.units]
        if not found:
            # A re-check, say, where nobody holds the title yet.
            coordinator.post(f"/planned/{planned['id']}/stop", {"reason": "本年没有符合条件的督导对象"})
            continue
        wanted = to_choose(process, len(found))
        if process.name not in ALL_OF:
            wanted = wanted or SOME.get(process.subjects, 0)
        wanted = min(wanted, len(found))
        if wanted:
            chosen = sorted(temper(seed, planned["process_name"], planned["occurrence"]).sample(found, wanted))
            coordinator.post(f"/planned/{planned['id']}/prepare", {"subject_ids": chosen})
