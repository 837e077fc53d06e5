"""Blind scores by experts of other units (专家盲评, 要点第20项; theses: 要点第17项).

Experts are assigned by hand or drawn by lot, each entry's own unit and ties kept out. They are told in person, and
read the entry without its names (:mod:`db.queries.reviews`); the score is given once.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from casework.actor import OFFICE, Actor
from casework.load import load_cases, round_process
from casework.notify import Queued, queue
from casework.pool import Candidate, candidates, tied
from casework.write import record, record_each
from db.tables import Inspector, Review, Round
from process.calendar import local_day
from process.decide import EventDraft, NoticeDraft, open_item
from process.definition import Process, Requirement
from process.drawing import METHOD, drawn
from process.errors import Conflict, InvalidInput, NotFound, RecusalRequired, WrongStage
from process.state import Case
from process.vocabulary import EventKind, NoticeKind, Role

MOST_ENTRIES = 2000
"""Entries for which experts are drawn at once."""
_ASSIGN = text(
    """
    INSERT INTO reviews (case_id, reviewer_id, assigned_at, comment, recused_reason)
    SELECT case_id, reviewer_id, :now, '', ''
    FROM unnest(CAST(:cases AS bigint[]), CAST(:people AS bigint[])) AS r(case_id, reviewer_id)
    RETURNING id, case_id, reviewer_id
    """
)
_KNOWN = text("SELECT case_id, reviewer_id, recused_reason FROM reviews WHERE case_id = ANY(:cases)")
_WAITING = text("SELECT id FROM cases WHERE round_id = :round AND status = 'open' AND stage = ANY(:stages) ORDER BY id")
_LOAD = text(
    """
    SELECT v.reviewer_id, count(*) AS n FROM reviews v JOIN cases c ON c.id = v.case_id
    WHERE v.reviewer_id = ANY(:people) AND v.score IS NULL AND v.recused_reason = '' AND c.status = 'open'
    GROUP BY v.reviewer_id
    """
)


def assign_reviewers(
    session: Session, actor: Actor, now: datetime, case_ids: Sequence[int], reviewer_ids: Sequence[int]
) -> list[int]:
    """Assign each of these experts to each of these entries; returns the reviews' keys.

    Raises :class:`WrongStage`, :class:`RecusalRequired` (naming who, and why), :class:`Conflict` (assigned already, or
    recused), :class:`NotFound`, :class:`InvalidInput`.
    """
    actor = actor.require(*OFFICE)
    if not reviewer_ids:
        raise InvalidInput("请选择评审专家", field="reviewer_ids")
    cases = _under_review(session, case_ids)
    serving = {one.id: one for one in candidates(session, with_account=True)}
    if not set(reviewer_ids) <= set(serving):
        raise NotFound("有账号的在任督学或专家", field="reviewer_ids")
    out = tied(session, [case.id for case in cases], reviewer_ids, local_day(now))
    ties = {person: ground for grounds in out.values() for person, ground in grounds.items()}
    if ties:
        named = [f"{serving[person].name}（{ground.title_zh}）" for person, ground in ties.items()]
        raise RecusalRequired("、".join(named), field="reviewer_ids")
    wanted = {case.id: list(dict.fromkeys(reviewer_ids)) for case in cases}
    known = {(row.case_id, row.reviewer_id) for row in session.execute(_KNOWN, {"cases": list(wanted)})}
    twice = {person for case_id, person in known if person in wanted[case_id]}
    if twice:
        raise Conflict(f"{'、'.join(serving[person].name for person in sorted(twice))}已经分配", field="reviewer_ids")
    return _assigned(session, actor, now, cases, wanted, serving, {})


def draw_reviewers(
    session: Session,
    actor: Actor,
    now: datetime,
    case_ids: Sequence[int],
    *,
    seed: str,
    expertise: str = "",
) -> list[int]:
    """Draw as many experts as each entry still lacks, by lot, those with less to do first; returns the reviews' keys.

    Seed, method, pool, whoever had to keep out and what each had to do stand in the history of every entry, so that the
    lot can be drawn again. Raises :class:`WrongStage`, :class:`InvalidInput` (no seed, too few experts).
    """
    actor = actor.require(*OFFICE)
    if not seed.strip():
        raise InvalidInput("抽取须写明随机种子", field="seed")
    cases = _under_review(session, case_ids)
    pool = {one.id: one for one in candidates(session, expertise=expertise, with_account=True)}
    ids = [case.id for case in cases]
    out = tied(session, ids, list(pool), local_day(now))
    had: dict[int, dict[int, str]] = defaultdict(dict)
    for row in session.execute(_KNOWN, {"cases": ids}):
        had[row.case_id][row.reviewer_id] = row.recused_reason
    load = Counter({row.reviewer_id: row.n for row in session.execute(_LOAD, {"people": list(pool)})})
    wanted: dict[int, list[int]] = {}
    lots: dict[int, dict[str, object]] = {}
    for case in cases:
        serving = sum(not reason for reason in had[case.id].values())
        lacking = needed(case.process, open_item(case).stage) - serving
        fit = [one for one in pool if one not in out[case.id] and one not in had[case.id]]
        if lacking > len(fit):
            raise InvalidInput(f"可抽取的专家只有{len(fit)}名，还须{lacking}名", field="expertise")
        before = {one: load[one] for one in fit}
        chosen = drawn(f"{seed.strip()}/{case.id}", fit, max(lacking, 0), before)
        load.update(chosen)
        if chosen:
            wanted[case.id] = chosen
            lots[case.id] = {
                "seed": seed.strip(),
                "method": METHOD,
                "expertise": expertise.strip(),
                "pool": fit,
                "load": {str(one): n for one, n in before.items() if n},
                "kept_out": sorted(out[case.id]),
            }
    if not wanted:
        raise Conflict("各件的评审专家已经足够")
    return _assigned(session, actor, now, [case for case in cases if case.id in wanted], wanted, pool, lots)


def draw_for_round(
    session: Session, actor: Actor, now: datetime, round_id: int, *, seed: str, expertise: str = ""
) -> list[int]:
    """:func:`draw_reviewers` for every entry of a round that waits in a stage for scores."""
    actor = actor.require(*OFFICE)
    process = round_process(session, round_id)
    stages = [stage.key for stage in process.stages if needed(process, stage.key)]
    ids = list(session.execute(_WAITING, {"round": round_id, "stages": stages}).scalars())
    if not ids:
        raise WrongStage("本轮次没有正在评审的任务")
    return draw_reviewers(session, actor, now, ids, seed=seed, expertise=expertise)


def score_review(session: Session, actor: Actor, now: datetime, review_id: int, *, score: float, comment: str) -> None:
    """Give a score of 0 to 100 with its reasons, once. Raises :class:`NotFound`, :class:`Conflict`,
    :class:`WrongStage`, :class:`InvalidInput`."""
    case, review = _own(session, actor, review_id)
    if not math.isfinite(score) or not 0 <= score <= 100:
        raise InvalidInput("分数须在0至100之间", field="score")
    if not comment.strip():
        raise InvalidInput("须写明评语", field="comment")
    review.score, review.comment, review.scored_at = round(score, 2), comment.strip(), now
    session.add(review)
    session.flush()
    # What was scored how is read in the reviews, by the office alone.
    record(session, case, actor, now, [EventDraft(EventKind.REVIEWED, {"review": review_id})])


def recuse(session: Session, actor: Actor, now: datetime, review_id: int, *, reason: str) -> None:
    """Keep out of a review, with the reason; another expert is needed then. Raises as :func:`score_review` does."""
    case, review = _own(session, actor, review_id)
    if not reason.strip():
        raise InvalidInput("须写明回避的理由", field="reason")
    review.recused_reason = reason.strip()
    session.add(review)
    session.flush()
    data = {"review": review_id, "reason": reason.strip()}
    record(session, case, actor, now, [EventDraft(EventKind.REVIEWER_RECUSED, data)])


def needed(process: Process, stage: str) -> int:
    """How many scores the stage waits for; 0 where it waits for none."""
    asked = process.stage(stage).needs
    if Requirement.REVIEWED_AGAIN in asked:
        return process.reviewers + process.more_reviewers
    return process.reviewers if Requirement.REVIEWED in asked else 0


def _under_review(session: Session, case_ids: Sequence[int]) -> list[Case]:
    if not case_ids:
        raise InvalidInput("请选择要评审的任务", field="case_ids")
    if len(set(case_ids)) > MOST_ENTRIES:
        raise InvalidInput(f"一次至多{MOST_ENTRIES}件", field="case_ids")
    cases = load_cases(session, list(set(case_ids)))
    if len(cases) != len(set(case_ids)):
        raise NotFound("任务", field="case_ids")
    for case in cases:
        stage = open_item(case).stage
        if not needed(case.process, stage):
            raise WrongStage(f"「{case.process.stage(stage).title}」环节不评审")
    return sorted(cases, key=lambda case: case.id)


def _assigned(
    session: Session,
    actor: Actor,
    now: datetime,
    cases: Sequence[Case],
    wanted: Mapping[int, Sequence[int]],
    people: Mapping[int, Candidate],
    lots: Mapping[int, Mapping[str, object]],
) -> list[int]:
    pairs = [(case_id, person) for case_id, chosen in wanted.items() for person in chosen]
    asked = {"now": now, "cases": [case_id for case_id, _ in pairs], "people": [person for _, person in pairs]}
    rows = session.execute(_ASSIGN, asked).all()
    said = [
        {"reviewers": [people[person].name for person in wanted[case.id]], **lots.get(case.id, {})} for case in cases
    ]
    events = [EventDraft(EventKind.REVIEWER_ASSIGNED, data) for data in said]
    record_each(session, actor, now, list(zip(cases, events, strict=True)))
    _tell(session, now, cases, wanted, people, max(row.id for row in rows))
    return sorted(row.id for row in rows)


def _tell(
    session: Session,
    now: datetime,
    cases: Sequence[Case],
    wanted: Mapping[int, Sequence[int]],
    people: Mapping[int, Candidate],
    last: int,
) -> None:
    """Each expert once per round, whatever the number of entries; the notice names no subject."""
    mine: dict[tuple[int, int], list[Case]] = defaultdict(list)
    for case in cases:
        for person in wanted[case.id]:
            mine[person, case.round_id].append(case)
    titles = {id_: session.get_one(Round, id_).title for id_ in {case.round_id for case in cases}}
    notices = []
    for (person, round_id), entries in mine.items():
        user = people[person].user_id
        if user is None:
            continue
        data = {
            "title_of_round": titles[round_id],
            "entries": len(entries),
            "due_on": min(open_item(case).due_on for case in entries).isoformat(),
            "path": "/reviews",
        }
        draft = NoticeDraft(NoticeKind.REVIEW_ASSIGNED, people=(user,), step=f"review@{last}", data=data)
        notices.append(Queued(draft, round_id, None, None))
    queue(session, notices, now)


def _own(session: Session, actor: Actor, review_id: int) -> tuple[Case, Review]:
    """A review of the actor's own that still waits, with its case; nobody scores in another's place."""
    actor.require(Role.INSPECTOR)
    review = session.get(Review, review_id, with_for_update=True)
    if review is None or session.get_one(Inspector, review.reviewer_id).user_id != actor.person:
        raise NotFound("评审任务")
    if review.score is not None or review.recused_reason:
        raise Conflict("评分已经提交" if review.score is not None else "已经申请回避")
    [case] = load_cases(session, [review.case_id])
    if not needed(case.process, open_item(case).stage):
        raise WrongStage("评审环节已经结束")
    return case, review
