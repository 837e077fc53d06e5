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
from db.tables.indicators import IndicatorSet, IndicatorUpload, IndicatorValue
from db.tables.ladder import Climb, Talk
from db.tables.letters import Letter, Letterhead, LetterNumber, LetterRegister
from db.tables.notices import CalendarFeed, Delivery, LinkSecret, Notice, Preference
from db.tables.people import Contact, Delegation, Inspector, InspectorTie, SignIn, Subject, User
from db.tables.plans import PlannedRound
from db.tables.recognition import ExternalDate, Recognition, Review
from db.tables.rounds import AnnouncedCalendar, Draw, ProcessDefinition, Round
from db.tables.schools import ResponsibleInspector, School, Term, Training
from db.tables.visits import SchoolTerm, SchoolVisit, VisitDuty, VisitShortfall

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
    "ExternalDate",
    "Finding",
    "IndicatorSet",
    "IndicatorUpload",
    "IndicatorValue",
    "Inspector",
    "InspectorTie",
    "Letter",
    "LetterNumber",
    "LetterRegister",
    "Letterhead",
    "LinkSecret",
    "Notice",
    "PlannedRound",
    "Preference",
    "ProcessDefinition",
    "Recognition",
    "ResponsibleInspector",
    "Review",
    "Round",
    "School",
    "SchoolTerm",
    "SchoolVisit",
    "SignIn",
    "Subject",
    "Submission",
    "Talk",
    "TeamMember",
    "Term",
    "Training",
    "User",
    "VisitDuty",
    "VisitShortfall",
    "WorkItem",
]
