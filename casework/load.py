"""Loading cases as the rules see them: locked, in sets, in a constant number of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from casework.actor import Actor
from db.queries.indicators import counts, set_in_force, years_counted
from db.queries.letters import NOT_VOID
from db.queries.sight import sees_case
from process.definition import Process, Requirement, parse_process
from process.errors import NotFound, StaleVersion
from process.state import Case, Climb, FindingCounts, Item, Visit
from process.vocabulary import CaseOutcome, CaseStatus, ClimbStatus, LetterKind, RungKind, Trigger


def round_process(session: Session, round_id: int) -> Process:
    """The definition a round was launched with."""
    row = session.execute(text("SELECT definition::text FROM rounds WHERE id = :id"), {"id": round_id}).scalar()
    if row is None:
        raise NotFound("轮次")
    return parse_process(row)


def load_case(session: Session, actor: Actor, case_id: int, expected_version: int | None) -> Case:
    """One case, locked until the transaction ends.

    Raises :class:`NotFound` also for a case of another district (it does not exist for them) and
    :class:`StaleVersion` when the case moved since the actor looked.
    """
    found = load_cases(session, [case_id])
    if not found or not sees_case(session, actor.sight, case_id):
        raise NotFound("任务")
    case = found[0]
    if expected_version is not None and case.version != expected_version:
        raise StaleVersion(f"您看到的是第{expected_version}版，现在是第{case.version}版")
    return case


_CASES = text(
    """
    SELECT c.id, c.round_id, c.subject_id, c.year, c.status, c.work_item_id, c.version, c.outcome, c.sampled,
           c.suspended_at, c.matter
    FROM cases c WHERE c.id = ANY(:ids) ORDER BY c.id FOR UPDATE
    """
)
# Word of the open item reached the subject with whatever was first handed over, opened or signed for.
_ITEMS = text(
    """
    SELECT w.id, w.case_id, w.stage, w.visit, w.attempt, w.status, w.opened_at, w.due_on, w.due_since, w.provisional,
           (w.completed_at AT TIME ZONE 'Asia/Shanghai')::date AS completed_on, r.received_at
    FROM work_items w LEFT JOIN LATERAL (
        SELECT least(min(n.opened_at), min(n.signed_at),
                     min((SELECT min(d.sent_at) FROM deliveries d WHERE d.notice_id = n.id))) AS received_at
        FROM notices n
        WHERE w.status = 'open' AND w.owner = 'district' AND n.case_id = w.case_id AND n.contact_id IS NOT NULL
            AND ((n.work_item_id = w.id AND n.attempt = w.attempt) OR n.created_at = w.opened_at)
    ) r ON true
    WHERE w.case_id = ANY(:ids) ORDER BY w.visit
    """
)
_CLIMBS = text(
    """
    SELECT k.work_item_id, k.rung, k.kind, k.due_on, k.status, k.at, k.delivered_at, k.trigger,
           k.excused_at IS NOT NULL AS excused
    FROM climbs k JOIN work_items w ON w.id = k.work_item_id AND w.attempt = k.attempt
    WHERE w.case_id = ANY(:ids) AND w.status = 'open' ORDER BY k.id
    """
)
# What happened to a case besides its open attempt: earlier lateness, extensions, measures.
_RECORD = text(
    """
    SELECT c.id,
           coalesce(k.late_before, 0) AS late_before, k.warned_at, coalesce(k.supported, false) AS supported,
           coalesce(e.extensions, 0) AS extensions, coalesce(e.item_extensions, 0) AS item_extensions,
           EXISTS (SELECT FROM talks t WHERE t.case_id = c.id
                   AND t.status NOT IN ('waived', 'followed_up', 'lapsed')) AS talk_alive
    FROM cases c
    LEFT JOIN work_items w ON w.id = c.work_item_id
    LEFT JOIN LATERAL (
        SELECT count(DISTINCT (k.work_item_id, k.attempt)) FILTER (WHERE k.kind IN ('urge', 'supervise')
                   AND k.status <> 'lapsed'
                   AND (k.work_item_id, k.attempt) IS DISTINCT FROM (w.id, w.attempt)) AS late_before,
               max(k.delivered_at) FILTER (WHERE k.kind IN ('urge', 'supervise')
                   AND (k.work_item_id, k.attempt) IS DISTINCT FROM (w.id, w.attempt)) AS warned_at,
               bool_or(k.kind = 'support') AS supported
        FROM climbs k JOIN work_items i ON i.id = k.work_item_id
        WHERE k.case_id = c.id AND k.excused_at IS NULL AND (i.owner = 'district' OR k.kind = 'support')) k ON true
    LEFT JOIN LATERAL (
        SELECT count(*) AS extensions,
               count(*) FILTER (WHERE x.work_item_id = w.id AND x.attempt = w.attempt) AS item_extensions
        FROM extensions x WHERE x.case_id = c.id AND x.status = 'granted') e ON true
    WHERE c.id = ANY(:ids)
    """
)
_FINDINGS = text(
    """
    SELECT f.case_id, count(*) AS total,
           count(*) FILTER (WHERE f.severity = 'grave') AS grave,
           count(*) FILTER (WHERE f.status IN ('open', 'returned', 'reopened') AND f.measure = '') AS unplanned,
           count(*) FILTER (WHERE f.status IN ('open', 'planned', 'returned', 'reopened')) AS unclaimed,
           count(*) FILTER (WHERE f.status = 'claimed') AS unjudged,
           count(*) FILTER (WHERE f.status = 'returned') AS returned,
           count(*) FILTER (WHERE f.status = 'reopened') AS reopened,
           count(*) FILTER (WHERE f.status IN ('verified', 'long_term')) AS settled,
           count(*) FILTER (WHERE f.status IN ('verified', 'long_term')
                            AND f.looked_back_in IS DISTINCT FROM c.work_item_id) AS unlooked
    FROM findings f JOIN cases c ON c.id = f.case_id WHERE f.case_id = ANY(:ids) GROUP BY f.case_id
    """
)
_TEAMS = text(
    """
    SELECT t.case_id, count(*) AS n FROM team_members t JOIN inspectors i ON i.id = t.inspector_id
    WHERE t.case_id = ANY(:ids) AND i.is_inspector AND t.role <> 'expert' GROUP BY t.case_id
    """
)
# A void letter sets no date and ends no stage.
_LETTERS = text(
    f"""
    SELECT case_id, kind, sets_due_on FROM letters l
    WHERE case_id = ANY(:ids)
        AND {NOT_VOID}
    ORDER BY id
    """
)
# What only some processes ask: parts assigned to others, experts' scores, days set from above.
_PARTS = text(
    """
    SELECT p.origin_case_id AS case_id, count(*) AS parts, count(*) FILTER (WHERE p.status IN ('open', 'suspended'))
        AS parts_open
    FROM cases p WHERE p.origin_case_id = ANY(:ids) AND p.status <> 'withdrawn' GROUP BY p.origin_case_id
    """
)
_REVIEWS = text(
    """
    SELECT v.case_id, count(*) AS reviews,
           count(*) FILTER (WHERE v.score < (r.definition ->> 'pass_score')::float) AS reviews_below
    FROM reviews v JOIN cases c ON c.id = v.case_id JOIN rounds r ON r.id = c.round_id
    WHERE v.case_id = ANY(:ids) AND v.score IS NOT NULL GROUP BY v.case_id
    """
)
# In which earlier years a case of the same process about the same subject came to the stage named.
_EARLIER = text(
    """
    SELECT DISTINCT c.id AS case_id, c.year, e.year AS earlier
    FROM cases c JOIN rounds r ON r.id = c.round_id
    JOIN cases e ON e.subject_id = c.subject_id AND e.year < c.year
    JOIN rounds q ON q.id = e.round_id AND q.process_name = r.process_name
    JOIN work_items w ON w.case_id = e.id AND w.stage = :stage
    WHERE c.id = ANY(:ids) AND r.process_name = :process ORDER BY case_id, earlier DESC
    """
)
_EXTERNAL = text("SELECT round_id, stage, on_day FROM external_dates WHERE round_id = ANY(:rounds)")
_DEFINITIONS = text("SELECT id, definition::text FROM rounds WHERE id = ANY(:ids)")
_LAUNCHED = text("SELECT id, launched_at FROM rounds WHERE id = ANY(:ids)")


def load_cases(session: Session, ids: Sequence[int]) -> list[Case]:
    """Cases by id, locked in key order (so that two writers never deadlock), each with all the rules may ask."""
    if not ids:
        return []
    rows = session.execute(_CASES, {"ids": list(ids)}).mappings().all()
    found = {"ids": [row["id"] for row in rows]}
    processes = {
        id_: parse_process(definition)
        for id_, definition in session.execute(_DEFINITIONS, {"ids": list({row["round_id"] for row in rows})})
    }
    items = _grouped(session.execute(_ITEMS, found).mappings(), "case_id")
    climbs = _grouped(session.execute(_CLIMBS, found).mappings(), "work_item_id")
    findings = {row["case_id"]: row for row in session.execute(_FINDINGS, found).mappings()}
    records = {row["id"]: row for row in session.execute(_RECORD, found).mappings()}
    teams = {row["case_id"]: row["n"] for row in session.execute(_TEAMS, found).mappings()}
    letters = _grouped(session.execute(_LETTERS, found).mappings(), "case_id")
    more = _more(session, found["ids"], processes)
    measured = [
        (row["id"], row["round_id"], row["subject_id"], row["year"])
        for row in rows
        if _asks_indicators(processes[row["round_id"]], items[row["id"]])
    ]
    indicators = indicator_counts(session, measured, processes)
    external = _external(session, processes)
    return [
        Case(
            id=row["id"],
            round_id=row["round_id"],
            subject_id=row["subject_id"],
            year=row["year"],
            process=processes[row["round_id"]],
            status=CaseStatus(row["status"]),
            item=_open_item(items[row["id"]], climbs),
            version=row["version"],
            outcome=CaseOutcome(row["outcome"]) if row["outcome"] else None,
            sampled=row["sampled"],
            visits=_visits(items[row["id"]]),
            findings=_counts(findings.get(row["id"])),
            inspectors=teams.get(row["id"], 0),
            letters={LetterKind(letter["kind"]): letter["sets_due_on"] for letter in letters[row["id"]]},
            suspended_at=row["suspended_at"],
            matter=row["matter"],
            external=external[row["round_id"]],
            **{name: records[row["id"]][name] for name in _OF_RECORD},
            **more[row["id"]],
            **indicators.get(row["id"], {}),
        )
        for row in rows
    ]


def _more(session: Session, ids: Sequence[int], processes: Mapping[int, Process]) -> dict[int, dict[str, Any]]:
    """What only the requirements of some processes ask, by case; nothing is asked where none of them does."""
    needs = frozenset(need for process in processes.values() for need in process.needs)
    more: dict[int, dict[str, Any]] = defaultdict(dict)
    for need, statement in ((Requirement.PARTS_DONE, _PARTS), (Requirement.REVIEWED, _REVIEWS)):
        if need in needs:
            for row in session.execute(statement, {"ids": list(ids)}).mappings():
                more[row["case_id"]] |= {name: row[name] for name in row if name != "case_id"}
    for process in {process.name: process for process in processes.values()}.values():
        rule = process.rule(Trigger.YEAR_AFTER_YEAR)
        if rule is not None:
            wanted = {"ids": list(ids), "process": process.name, "stage": rule.stage}
            for row in session.execute(_EARLIER, wanted).mappings():
                running = more[row["case_id"]].get("earlier_years", 0)
                if row["earlier"] == row["year"] - running - 1:
                    more[row["case_id"]]["earlier_years"] = running + 1
    return more


_OF_INDICATORS = frozenset({Requirement.INDICATORS_MET, Requirement.INDICATORS_COMPLETE})


def _asks_indicators(process: Process, items: Iterable[Any]) -> bool:
    """Whether the open stage's outcomes depend on the indicators: only then are thousands of values looked at."""
    stage = next((item["stage"] for item in items if item["status"] == "open"), None)
    return bool(process.indicators and stage and _OF_INDICATORS & process.stage(stage).needs)


def indicator_counts(
    session: Session, cases: Sequence[tuple[int, int, str, int]], processes: Mapping[int, Process]
) -> dict[int, dict[str, Any]]:
    """What falls short and what is missing, by case, from case, round, subject and year.

    One statement per round and year; it answers for all their subjects.
    """
    if not cases:
        return {}
    by_round: dict[tuple[int, int], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for case_id, round_id, subject_id, year in cases:
        by_round[round_id, year][subject_id].append(case_id)
    rounds = session.execute(_LAUNCHED, {"ids": list({case[1] for case in cases})})
    launched = {row.id: row.launched_at for row in rounds}
    found: dict[int, dict[str, Any]] = {}
    for (round_id, year), subjects in by_round.items():
        wanted = set_in_force(session, processes[round_id].indicators, launched[round_id])
        for judged, districts in years_counted(session, processes[round_id], year, list(subjects)).items():
            for subject_id, counted in counts(session, wanted, judged, districts).items():
                said = {"indicators_unmet": counted.unmet, "indicators_missing": counted.missing}
                found |= dict.fromkeys(subjects[subject_id], said)
    return found


def asked_besides(session: Session, case: tuple[int, int, str, int], process: Process, stage: str) -> dict[str, Any]:
    """What the requirements of one open stage ask besides the case's own file, from case, round, subject and year."""
    processes = {case[1]: process}
    measured = [case] if process.indicators and _OF_INDICATORS & process.stage(stage).needs else []
    more = _more(session, [case[0]], processes).get(case[0], {})
    return {**more, **indicator_counts(session, measured, processes).get(case[0], {})}


def _external(session: Session, processes: Mapping[int, Process]) -> dict[int, dict[str, date]]:
    """The days that somebody above set, by round and stage."""
    rounds = [id_ for id_, process in processes.items() if any(stage.period.external for stage in process.stages)]
    found: dict[int, dict[str, date]] = defaultdict(dict)
    if rounds:
        for round_id, stage, day in session.execute(_EXTERNAL, {"rounds": rounds}):
            found[round_id][stage] = day
    return found


_OF_RECORD = ("late_before", "warned_at", "extensions", "item_extensions", "talk_alive", "supported")


def _grouped(rows: Iterable[Any], key: str) -> dict[int, list[Any]]:
    groups: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        groups[row[key]].append(row)
    return groups


def _open_item(items: list[Any], climbs: dict[int, list[Any]]) -> Item | None:
    row = next((item for item in items if item["status"] == "open"), None)
    if row is None:
        return None
    climbed = tuple(
        Climb(
            climb["rung"],
            RungKind(climb["kind"]),
            climb["due_on"],
            ClimbStatus(climb["status"]),
            climb["at"],
            climb["delivered_at"],
            Trigger(climb["trigger"]),
            climb["excused"],
        )
        for climb in climbs[row["id"]]
    )
    return Item(
        row["id"],
        row["stage"],
        row["visit"],
        row["attempt"],
        row["opened_at"],
        row["due_on"],
        row["due_since"],
        row["provisional"],
        climbed,
        row["received_at"],
    )


def _visits(items: list[Any]) -> dict[str, Visit]:
    return {item["stage"]: Visit(item["id"], item["visit"], item["attempt"], item["completed_on"]) for item in items}


def _counts(row: Any) -> FindingCounts:
    if row is None:
        return FindingCounts()
    return FindingCounts(**{name: row[name] for name in FindingCounts.__slots__})
