"""Who acts, and what that lets them do."""

from __future__ import annotations

from dataclasses import dataclass

from process.errors import NotAllowed
from process.vocabulary import Role


@dataclass(frozen=True, slots=True)
class Actor:
    """The person (or time) behind an operation. District accounts carry their subject."""

    user_id: int | None
    name: str
    role: Role | None
    subject_id: str | None = None

    def require(self, *roles: Role) -> None:
        """Raise :class:`NotAllowed` unless the actor has one of the roles."""
        if self.role not in roles:
            raise NotAllowed(f"须由{'、'.join(role.title_zh for role in roles)}办理")

    @property
    def person(self) -> int:
        """The account id; only people have one."""
        if self.user_id is None:
            raise NotAllowed("须由有账号的人办理")
        return self.user_id

    def sees(self, subject_id: str) -> bool:
        """Whether cases of that subject exist for this actor at all."""
        return self.role is not Role.DISTRICT or self.subject_id == subject_id


TIME = Actor(None, "系统", None)
"""Time itself: reminders, lapses, proposals."""

OFFICE = (Role.COORDINATOR, Role.MANAGER)
"""Those who run rounds."""
