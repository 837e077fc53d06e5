"""The tables. Names are plural; columns say what they mean; constraints hold what must never happen."""

from db.tables.cases import (
    Blob,
    Case,
    Document,
    Event,
    Extension,
    Submission,
    TeamMember,
    WorkItem,
)
from db.tables.findings import Finding
from db.tables.ladder import Climb, Talk
from db.tables.letters import Letter, Letterhead, LetterNumber, LetterRegister
from db.tables.notices import CalendarFeed, Delivery, LinkSecret, Notice, Preference
from db.tables.people import Contact, Delegation, Inspector, InspectorTie, SignIn, Subject, User
from db.tables.rounds import AnnouncedCalendar, Draw, ProcessDefinition, Round

__all__ = [
    "AnnouncedCalendar",
    "Blob",
    "CalendarFeed",
    "Case",
    "Climb",
    "Contact",
    "Delegation",
    "Delivery",
    "Document",
    "Draw",
    "Event",
    "Extension",
    "Finding",
    "Inspector",
    "InspectorTie",
    "Letter",
    "LetterNumber",
    "LetterRegister",
    "Letterhead",
    "LinkSecret",
    "Notice",
    "Preference",
    "ProcessDefinition",
    "Round",
    "SignIn",
    "Subject",
    "Submission",
    "Talk",
    "TeamMember",
    "User",
    "WorkItem",
]
