"""What can be recorded: one typed model for each kind of record, a room for each step."""

from __future__ import annotations

from .charter import Answer, Charter, CharterLine, Invitation, Objection, Question
from .client_data import CRM, Import
from .hypothesis import Hypothesis, HypothesisLink, Seal, SealMark
from .interviews import LONGEST, AnswerForm, FormColumn, Interview, InterviewRole, Offer, Quote, Reply, Suggestion
from .org_chart import Business, Goal, PerformerTier, Person, Role, Seat, Stage, Team, Tier
from .record import Name, Record, Text
from .rollout import FAMILIES, LONGEST_LAG, Annotation, Decision, Family, Pulse, PulseTaken, ReviewPlan, Rollout, Target
from .sorting import Grouping, Label, MeasureCard, Sorting
from .ways_back import Change, WayBack

SCHEMA_VERSION = 2

KINDS: dict[str, type[Record]] = {
    model.kind: model
    for model in (
        Team, Person, Seat, PerformerTier, Business, Goal, Stage, Hypothesis, Seal, SealMark, Interview, Suggestion,
        Quote,
        AnswerForm, Reply, Offer,
        Sorting, Grouping, MeasureCard,
        Charter, Objection, Invitation, Rollout, ReviewPlan, Target, Decision, Pulse, PulseTaken, Annotation,
        Import,
        WayBack,
    )
}  # fmt: skip

__all__ = [
    "CRM",
    "FAMILIES",
    "KINDS",
    "LONGEST",
    "LONGEST_LAG",
    "SCHEMA_VERSION",
    "Annotation",
    "Answer",
    "AnswerForm",
    "Business",
    "Change",
    "Charter",
    "CharterLine",
    "Decision",
    "Family",
    "FormColumn",
    "Goal",
    "Grouping",
    "Hypothesis",
    "HypothesisLink",
    "Import",
    "Interview",
    "InterviewRole",
    "Invitation",
    "Label",
    "MeasureCard",
    "Name",
    "Objection",
    "Offer",
    "PerformerTier",
    "Person",
    "Pulse",
    "PulseTaken",
    "Question",
    "Quote",
    "Record",
    "Reply",
    "ReviewPlan",
    "Role",
    "Rollout",
    "Seal",
    "SealMark",
    "Seat",
    "Sorting",
    "Stage",
    "Suggestion",
    "Target",
    "Team",
    "Text",
    "Tier",
    "WayBack",
]
