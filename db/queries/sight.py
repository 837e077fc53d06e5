"""Who sees what: the one place in which it is said, for every query about cases and subjects.

A unit's account sees its own subject and, where it is a district, the subjects it answers for (its schools, their
principals): not a school its principal's, not a district another's. The office sees all, but a case about a person
(校（园）长, 督学) only its coordinators, managers and administrators do; an inspector sees it as a member of its team,
or as the person it is about, and then only what the person is told. What is scored blind no inspector sees at all: its
reviewers read what :mod:`db.queries.reviews` gives them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from process.vocabulary import SubjectKind


@dataclass(frozen=True, slots=True)
class Sight:
    """Whose eyes look. Nothing set is the office, which sees all."""

    only: str | None = None
    """The subject whose account it is."""
    person: int | None = None
    """The account of one who sees cases about persons only by part in them."""
    people: tuple[int, ...] = ()
    """That account, and those it stands in for today."""
    in_person: str | None = None
    """The subject that the account's holder is (an inspector)."""

    @property
    def everything(self) -> bool:
        """Whether nothing is hidden."""
        return self.only is None and self.person is None

    @property
    def parameters(self) -> dict[str, Any]:
        """What the conditions below speak of."""
        return {
            "only": self.only,
            "person": self.person,
            "people": list(self.people),
            "in_person": self.in_person,
        }


EVERYTHING = Sight()

_PERSONAL = ", ".join(f"'{kind.value}'" for kind in SubjectKind if kind.personal)


def own(column: str) -> str:
    """That a column names the subject in ``:only``, or one it answers for (true where ``:only`` is NULL).

    An array rather than a semi-join: also beside an OR, the index on the column can be used.
    """
    return (
        f"(CAST(:only AS text) IS NULL OR {column} = ANY(ARRAY("
        "SELECT :only UNION ALL SELECT id FROM subjects WHERE district_id = :only)))"
    )


def _impersonal(column: str) -> str:
    return f"NOT EXISTS (SELECT FROM subjects p WHERE p.id = {column} AND p.kind IN ({_PERSONAL}))"


def _named(case: str) -> str:
    """That the case of that alias is not scored blind: whose an entry is must stay hidden from whoever may be drawn."""
    return f"NOT EXISTS (SELECT FROM rounds b WHERE b.id = {case}.round_id AND b.blind)"


def seen_subject(column: str) -> str:
    """That the subject in a column exists for whoever looks."""
    return f"({own(column)} AND (CAST(:person AS bigint) IS NULL OR {column} = :in_person OR {_impersonal(column)}))"


def seen_case(case: str = "c") -> str:
    """That the case of that alias exists for whoever looks."""
    subject = f"{case}.subject_id"
    mine = "i.user_id = ANY(CAST(:people AS bigint[]))"
    return f"""({own(subject)} AND (CAST(:person AS bigint) IS NULL OR {subject} = :in_person
        OR ({_named(case)} AND ({_impersonal(subject)}
            OR EXISTS (SELECT FROM team_members m JOIN inspectors i ON i.id = m.inspector_id
                       WHERE m.case_id = {case}.id AND {mine})))))"""


def inside(case: str = "c") -> str:
    """That whoever looks at the case is of the office, and not of the subject it is about."""
    return f"(CAST(:only AS text) IS NULL AND {case}.subject_id IS DISTINCT FROM CAST(:in_person AS text))"


_CASE = text(f"SELECT FROM cases c WHERE c.id = :case AND {seen_case()}")
_ROUND = text(
    f"""
    SELECT FROM rounds r
    WHERE r.id = CAST(:round AS bigint) AND (CAST(:everything AS boolean)
        OR EXISTS (SELECT FROM cases c WHERE c.round_id = r.id AND {seen_case()}))
    """
)
_SUBJECTS = text(f"SELECT count(*) FROM subjects s WHERE s.id = ANY(:ids) AND {seen_subject('s.id')}")


def sees_case(session: Session, sight: Sight, case_id: int) -> bool:
    """Whether a case exists for whoever looks."""
    if sight.everything:
        return True
    return session.execute(_CASE, {"case": case_id, **sight.parameters}).first() is not None


def sees_round(session: Session, sight: Sight, round_id: int) -> bool:
    """Whether there is a round, with a case that exists for whoever looks."""
    asked = {"round": round_id, "everything": sight.everything, **sight.parameters}
    return session.execute(_ROUND, asked).first() is not None


def sees_subjects(session: Session, sight: Sight, *subject_ids: str) -> bool:
    """Whether these subjects all exist for whoever looks."""
    if sight.everything:
        return True
    wanted = set(subject_ids)
    seen: int = session.execute(_SUBJECTS, {"ids": list(wanted), **sight.parameters}).scalar_one()
    return seen == len(wanted)
