"""The tables. Names are plural; columns say what they mean; constraints hold what must never happen."""

from db.tables.cases import (
    Blob,
    Case,
    Document,
    Event,
    Extension,
    Letter,
    Submission,
    TeamMember,
    WorkItem,
)
from db.tables.findings import Finding
from db.tables.ladder import Climb, Talk
from db.tables.notices import Delivery, Notice
from db.tables.people import Contact, Inspector, InspectorTie, SignIn, Subject, User
from db.tables.rounds import AnnouncedCalendar, Draw, ProcessDefinition, Round

__all__ = [
    "AnnouncedCalendar",
    "Blob",
    "Case",
    "Climb",
    "Contact",
    "Delivery",
    "Document",
    "Draw",
    "Event",
    "Extension",
    "Finding",
    "Inspector",
    "InspectorTie",
    "Letter",
    "Notice",
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
