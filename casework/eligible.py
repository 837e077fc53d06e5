"""Whom a process is about on a day: everybody, where nobody has chosen, and those whom somebody names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import text
from sqlmodel import Session

from process.definition import Process
from process.errors import InvalidInput
from process.vocabulary import QuotaKind, Scope, SubjectKind

_VALID = """
SELECT s.id FROM subjects s {narrowed}
WHERE s.kind = :kind AND coalesce(s.valid_from, :day) <= :day AND coalesce(s.valid_to, :day) >= :day
    AND (cardinality(CAST(:only AS text[])) = 0 OR s.name = ANY(:only) OR s.alias = ANY(:only))
ORDER BY s.code = '', s.code, s.id
"""
# The leaders in charge are told results; tasks are given to the member units.
_MEMBERS = (
    "JOIN LATERAL (SELECT FROM contacts c WHERE c.subject_id = s.id AND c.position = 'liaison' "
    "AND coalesce(c.valid_from, :day) <= :day AND coalesce(c.valid_to, :day) >= :day LIMIT 1) m ON true"
)
_OF_SCOPE = {
    Scope.HOLDERS: (
        "JOIN LATERAL (SELECT FROM recognitions h WHERE h.subject_id = s.id AND h.title = :title "
        "AND h.granted_on <= :day AND coalesce(h.revoked_on, 'infinity') > :day LIMIT 1) h ON true"
    ),
    Scope.PRIVATE: "JOIN schools p ON p.subject_id = s.id AND p.private",
}
_ENDING = {
    SubjectKind.PRINCIPAL: (
        "JOIN LATERAL (SELECT FROM terms t WHERE t.subject_id = s.id AND t.ended_on IS NULL "
        "AND t.ends_on BETWEEN :first AND :last LIMIT 1) e ON true"
    ),
    SubjectKind.INSPECTOR: (
        "JOIN LATERAL (SELECT FROM inspectors i JOIN terms t ON t.inspector_id = i.id WHERE i.subject_id = s.id "
        "AND t.ended_on IS NULL AND t.ends_on BETWEEN :first AND :last LIMIT 1) e ON true"
    ),
}


def eligible(session: Session, process: Process, day: date, term_ends: tuple[date, date] | None = None) -> list[str]:
    """The subjects of the process's kind that are valid on a day, in the order of their codes.

    Where the definition names subjects, those; with ``term_ends``, the people whose term of office ends between these
    days, both included.
    """
    narrowed = _MEMBERS if process.subjects is SubjectKind.AUTHORITY else ""
    given: dict[str, object] = {"kind": process.subjects.value, "day": day, "only": list(process.only)}
    if process.scope is not None:
        narrowed = f"{narrowed} {_OF_SCOPE[process.scope]}"
        given |= {"title": process.grants} if process.scope is Scope.HOLDERS else {}
    if term_ends is not None:
        narrowed = f"{narrowed} {_ENDING[process.subjects]}"
        given |= {"first": term_ends[0], "last": term_ends[1]}
    return list(session.execute(text(_VALID.format(narrowed=narrowed)), given).scalars())


def to_choose(process: Process, found: int) -> int:
    """How many somebody must choose before a launch, where the nation names them or the office does; 0 where nobody
    need.
    """
    quota = process.quota(QuotaKind.SAMPLED_DISTRICTS)
    wanted = int(quota.maximum) if quota is not None and quota.maximum is not None else process.chosen_at_launch
    return wanted if found > wanted else 0


# By its id; else by its name or short name. A name that several have names none.
_NAMED = """
SELECT w.word, min(s.id) AS id, count(s.id) AS n
FROM (SELECT DISTINCT word FROM unnest(CAST(:words AS text[])) AS w(word)) w
LEFT JOIN subjects s ON s.kind = :kind AND (s.id = w.word OR (w.word IN (s.name, s.alias) AND w.word <> ''
    AND coalesce(s.valid_to, :day) >= :day))
GROUP BY w.word
"""


def resolved(session: Session, process: Process, day: date, words: Sequence[str]) -> list[str]:
    """The subjects of the process's kind that are called so on a day, by id or by name.

    Raises :class:`InvalidInput` where nobody is named, or a word names no subject or several.
    """
    wanted = list(dict.fromkeys(word.strip() for word in words if word.strip()))
    if not wanted:
        raise InvalidInput("至少选定一个督导对象", field="subject_ids")
    given = {"words": wanted, "kind": process.subjects.value, "day": day}
    found = {line.word: line for line in session.execute(text(_NAMED), given)}
    unfit = [word for word in wanted if found[word].n != 1]
    if unfit:
        said = "、".join(unfit[:10])
        raise InvalidInput(
            f"不是（或不能确定）本事项的督导对象（{process.subjects.title_zh}）：{said}", field="subject_ids"
        )
    return list(dict.fromkeys(found[word].id for word in wanted))
