"""What agreements oblige providers and commissioners to do, by when, and whether they have."""

from app.domain.obligations.agreements import ALL, BY_ID, Agreement, Duty, Parameter, ensure_sound, named, parse
from app.domain.obligations.asking import Subject
from app.domain.obligations.engine import Obligation, due
from app.domain.obligations.facts import Event, Facts, Placement, Reference, Request, Setting, Visit, Waiver
from app.domain.obligations.requests import Cap, ensure_within, term_of
from app.domain.obligations.vocabulary import Kind, Party, ReportPart, Rule, State

__all__ = [
    "ALL",
    "BY_ID",
    "Agreement",
    "Cap",
    "Duty",
    "Event",
    "Facts",
    "Kind",
    "Obligation",
    "Parameter",
    "Party",
    "Placement",
    "Reference",
    "ReportPart",
    "Request",
    "Rule",
    "Setting",
    "State",
    "Subject",
    "Visit",
    "Waiver",
    "due",
    "ensure_sound",
    "ensure_within",
    "named",
    "parse",
    "term_of",
]
