"""Step 4, eight questions: whether a measure is a KPI or a metric, asked eight times (S2:81-134), ties included."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from .. import catalogue
from ..engagement import Engagement
from ..errors import WorkshopError, did_you_mean
from ..kinds import Charter, Goal, MeasureCard
from ..numbers import counted

Answer = Literal["KPI", "metric"]


@dataclass(frozen=True)
class Question:
    """One question: what it asks, and what each answer means."""

    name: str
    asks: str
    kpi: str
    metric: str


QUESTIONS: Mapping[str, Question] = {
    "alignment": Question(
        "Strategic alignment", "Does a goal of the whole company hang on it?", "yes, directly", "no, or only loosely"
    ),
    "decisions": Question(
        "Impact on decisions", "Which decisions does it change?", "those about the whole business", "those of the day"
    ),
    "focus": Question(
        "Focus", "How wide does it look?", "at one thing the strategy needs", "at how things run in general"
    ),
    "rhythm": Question("Reporting rhythm", "How often is it read?", "monthly or less often", "daily or weekly"),
    "influence": Question(
        "Level of influence", "Whose result is it?", "that of the whole company", "that of a team or a person"
    ),
    "performance": Question(
        "Performance management", "Are people held to it?", "yes: a target or pay hangs on it", "no, it only informs"
    ),
    "complexity": Question("Complexity", "What is it made of?", "several numbers together", "one plain count or sum"),
    "responsiveness": Question(
        "Responsiveness", "How fast does it move?", "slowly, over months", "at once, within days"
    ),
}
"""The eight questions by key, in the article's order."""


@dataclass(frozen=True)
class Card:
    """The eight answers about one measure and their tally.

    `answers` holds what was answered, a person's word before what the records say; `proposed` are the questions that
    nobody answered by hand.
    """

    measure: str
    answers: Mapping[str, Answer]
    proposed: frozenset[str]

    def votes(self, answer: Answer) -> int:
        """How many questions were answered so."""
        return sum(given == answer for given in self.answers.values())

    @property
    def says(self) -> str:
        """The tally in one sentence; a tie is called a tie.

        >>> Card("Calls made", {"rhythm": "metric", "focus": "KPI"}, frozenset()).says
        '1 says KPI and 1 says metric: a tie, so you decide. 6 are not answered.'
        """
        kpi, metric = self.votes("KPI"), self.votes("metric")
        tally = f"{counted(kpi, 'says', plural='say')} KPI and {counted(metric, 'says', plural='say')} metric"
        waiting = len(QUESTIONS) - kpi - metric
        left = f" {counted(waiting, 'is', plural='are')} not answered." if waiting else ""
        if kpi == metric:
            return f"{tally}: a tie, so you decide.{left}"
        leads = "KPI" if kpi > metric else "metric"
        return f"{tally}: {'so far ' if waiting else ''}mostly a {leads}.{left}"


def card(engagement: Engagement, measure: str, *, as_of: dt.date) -> Card:
    """The card of one measure: recorded answers, and beside them what the catalogue, the goals and charters tell."""
    known = catalogue.find(measure)
    name = known.name if known else measure
    held = engagement.records.current(MeasureCard, as_of=as_of).get(known.id if known else measure)
    own: dict[str, Answer] = dict(held.answers) if held else {}
    told = _told(engagement, known, name, as_of=as_of)
    answers: dict[str, Answer] = {}
    for key in QUESTIONS:
        if found := own.get(key) or told.get(key):
            answers[key] = found
    return Card(name, answers, frozenset(set(answers) - set(own)))


def answer(
    engagement: Engagement,
    measure: str,
    answers: Mapping[str, str],
    *,
    as_of: dt.date,
    by: str = "",
) -> Card:
    """Record answers to the eight questions, all or none; an empty answer takes it back. Returns the card."""
    known = catalogue.find(measure)
    kept: dict[str, Answer] = {}
    for key, given in answers.items():
        if key not in QUESTIONS:
            raise WorkshopError(f"There is no question '{key}'. {did_you_mean(key, list(QUESTIONS))}")
        if given not in ("", "KPI", "metric"):
            raise WorkshopError(f"{QUESTIONS[key].name}: '{given}' is no answer. It is KPI or metric.")
        if given:
            kept[key] = cast(Answer, given)
    key = known.id if known else measure
    engagement.records.save(MeasureCard(measure=key, answers=kept), key=key, effective=as_of, by=by)
    return card(engagement, measure, as_of=as_of)


def _told(engagement: Engagement, measure: catalogue.Measure | None, name: str, *, as_of: dt.date) -> dict[str, Answer]:
    """What can be answered without asking; the impact on decisions and the focus cannot."""
    told: dict[str, Answer] = {}
    keys = {name, measure.id if measure else name}
    goals = engagement.records.current(Goal, as_of=as_of).values()
    company_wide = [goal for goal in goals if not goal.team]
    told_of = {found.id if (found := catalogue.find(goal.measure)) else goal.measure for goal in company_wide}
    if company_wide:
        told["alignment"] = "KPI" if keys & told_of else "metric"
    lines = [
        line
        for charter in engagement.records.current(Charter, as_of=as_of).values()
        for line in charter.lines
        if line.measure in keys
    ]
    if lines:
        told["rhythm"] = "metric" if any(line.review == "weekly" for line in lines) else "KPI"
        told["performance"] = "KPI" if any(line.pay_linked or line.target is not None for line in lines) else "metric"
    if measure:
        told["influence"] = "KPI" if measure.scope == "company" else "metric"
        told["complexity"] = "metric" if measure.form in ("count", "sum", "duration") else "KPI"
        told["responsiveness"] = "metric" if measure.link in ("effort", "exchange", "evidence") else "KPI"
    return told
