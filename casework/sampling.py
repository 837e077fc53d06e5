"""Drawing the on-site sample (抽取实地督查对象): reproducible from the seed, written down once."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import RowMapping, text
from sqlmodel import Session

from casework.actor import OFFICE, Actor
from casework.load import load_cases, round_process
from casework.write import write
from db.tables import Draw
from db.workdays import work_calendar
from process.decide import Drawn, decide
from process.errors import InvalidInput, NotFound, SampleAlreadyDrawn, SampleTooLarge

METHOD = "按督导对象代码排序后以种子随机抽取(Python random.Random(seed).sample)"

# Every live case of the round, with how long ago its subject was last inspected on site in a round of this process.
_POOL = """
SELECT c.id AS case_id, c.subject_id, (
    SELECT r.year - max(older.year) FROM cases older JOIN rounds other ON other.id = older.round_id
    WHERE older.subject_id = c.subject_id AND older.sampled AND other.process_name = r.process_name
        AND older.round_id <> r.id AND older.year < r.year) AS years_since_last
FROM cases c JOIN rounds r ON r.id = c.round_id
WHERE c.round_id = :round AND c.status IN ('open', 'suspended') AND c.sampled IS NULL
ORDER BY c.subject_id
"""


def draw_sample(
    session: Session,
    actor: Actor,
    now: datetime,
    round_id: int,
    *,
    seed: str,
    witness: str,
    size: int | None = None,
    exclude: Mapping[str, str] | None = None,
    rested: int = 0,
) -> Draw:
    """Draw the subjects to be inspected on site; every live case of the round learns its lot.

    ``exclude`` keeps subjects out, each with a reason. ``rested`` keeps those out who were inspected on site less than
    so many years ago, so that a cycle of that length comes to everybody (《教育督导条例》第十四条: five years); if
    too few are left, those inspected longest ago come back in. ``size`` defaults to the definition's.
    Raises :class:`SampleTooLarge`, :class:`SampleAlreadyDrawn`, :class:`InvalidInput`.
    """
    actor = actor.require(*OFFICE)
    session.execute(text("SELECT FROM rounds WHERE id = :id FOR UPDATE"), {"id": round_id})
    process = round_process(session, round_id)
    if session.get(Draw, round_id) is not None:
        raise SampleAlreadyDrawn()
    if not seed.strip() or not witness.strip():
        raise InvalidInput("抽取须写明种子和监督人", field="seed" if not seed.strip() else "witness")
    excluded = dict(exclude or {})
    if any(not reason.strip() for reason in excluded.values()):
        raise InvalidInput("不参加抽取须写明理由", field="exclude")
    rows = session.execute(text(_POOL), {"round": round_id}).mappings().all()
    if not rows:
        raise NotFound("可抽取的任务")
    pool = [row for row in rows if row["subject_id"] not in excluded]
    wanted = process.sample_size if size is None else size
    resting = _resting(pool, rested, wanted)
    excluded |= {row["subject_id"]: f"{row['years_since_last']}年前已实地督查，{rested}年内不重复" for row in resting}
    pool = [row for row in pool if row["subject_id"] not in excluded]
    if not 1 <= wanted <= len(pool):
        raise SampleTooLarge(f"要抽{wanted}个，可抽{len(pool)}个", field="size")
    chosen = set(random.Random(seed).sample([row["subject_id"] for row in pool], wanted))  # noqa: S311
    draw = Draw(
        round_id=round_id,
        method=METHOD,
        seed=seed,
        size=wanted,
        witness=witness,
        pool=[{"subject_id": r["subject_id"], "years_since_last": r["years_since_last"]} for r in pool],
        chosen=sorted(chosen),
        excluded=[{"subject_id": subject, "reason": reason} for subject, reason in sorted(excluded.items())],
        drawn_at=now,
        drawn_by=actor.person,
    )
    session.add(draw)
    session.flush()
    calendar = work_calendar(session)
    cases = load_cases(session, [row["case_id"] for row in rows])
    write(session, [decide(case, Drawn(case.subject_id in chosen), now, calendar) for case in cases], actor, now)
    return draw


def _resting(pool: Sequence[RowMapping], rested: int, wanted: int) -> list[RowMapping]:
    """Who was inspected too recently to be drawn again, as far as enough others are left."""
    seen = [row for row in pool if row["years_since_last"] is not None and row["years_since_last"] < rested]
    missing = max(wanted - (len(pool) - len(seen)), 0)
    oldest_first = sorted(seen, key=lambda row: (-row["years_since_last"], row["subject_id"]))
    return oldest_first[missing:]
