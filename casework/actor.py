"""Who acts, and what that lets them do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from db.queries.sight import Sight
from process.errors import NotAllowed
from process.vocabulary import Role


@dataclass(frozen=True, slots=True)
class Actor:
    """The person (or time) behind an operation. District accounts carry their subject."""

    user_id: int | None
    name: str
    role: Role | None
    subject_id: str | None = None
    deputy_for: tuple[tuple[Role, str], ...] = ()
    """Whom the person stands in for today: role and name."""
    stands_in_for: tuple[int, ...] = ()
    """Their accounts."""
    in_person: str | None = None
    """The subject that the person is: an inspector, of whose own appointment or review a case may be."""

    def require(self, *roles: Role) -> Self:
        """The actor as one of those roles; raise :class:`NotAllowed` unless they have one, or stand in for who has.

        Whoever stands in is written down as such.
        """
        if self.role in roles:
            return self
        for role, name in self.deputy_for:
            if role in roles:
                return replace(self, name=f"{self.name}（代{name}）", role=role)
        raise NotAllowed(f"须由{'、'.join(role.title_zh for role in roles)}办理")

    def can_act_as(self, role: Role) -> bool:
        """Whether the actor has that role, or stands in for somebody who has."""
        return self.role is role or any(role is stood_in for stood_in, _ in self.deputy_for)

    @property
    def person(self) -> int:
        """The account id; only people have one."""
        if self.user_id is None:
            raise NotAllowed("须由有账号的人办理")
        return self.user_id

    @property
    def sight(self) -> Sight:
        """What exists for this actor at all."""
        if self.role is Role.DISTRICT:
            # Never None for a district, whatever the account lacks.
            return Sight(only=self.subject_id or "")
        if self.user_id is None or self.role in KEEPERS:
            return Sight()
        return Sight(person=self.user_id, people=(self.user_id, *self.stands_in_for), in_person=self.in_person)

    def facing(self, subject_id: str) -> Self:
        """The actor towards a case of that subject: in their own case nobody is of the office."""
        if self.in_person != subject_id:
            return self
        return replace(self, role=Role.DISTRICT, subject_id=subject_id, deputy_for=(), stands_in_for=())


TIME = Actor(None, "系统", None)
"""Time itself: reminders, lapses, proposals."""

OFFICE = (Role.COORDINATOR, Role.MANAGER)
"""Those who run rounds."""

KEEPERS = (*OFFICE, Role.ADMINISTRATOR)
"""Those who keep the rosters: they alone of the office see what is about persons."""
