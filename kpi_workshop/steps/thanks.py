"""Step 4, "you were heard": one paragraph for each person interviewed on what became of what they said. Private."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from .. import catalogue
from ..engagement import Engagement
from ..errors import WorkshopError
from ..kinds import Charter, Quote, Suggestion
from ..numbers import counted, joined
from . import dispositions, interviews
from .dispositions import Fate


@dataclass(frozen=True)
class Thanks:
    """A paragraph for one person, to be handed to them alone."""

    person: str
    text: str


def paragraphs(engagement: Engagement, *, as_of: dt.date) -> list[Thanks]:
    """One paragraph for each person interviewed, in the order of their names: nobody is quoted but to themselves.

    Everything they suggested comes back with what became of it. Refused where the private store is elsewhere.
    """
    if not interviews.is_private_store_here(engagement):
        raise WorkshopError("The private store is not here, so nobody can be told what became of what they said.")
    fates = {key: fate for fate in dispositions.fates(engagement, as_of=as_of) for m in fate.members for key in m.ids}
    said: dict[str, tuple[str, list[tuple[str, Fate]]]] = {}
    held = interviews.held(engagement, as_of=as_of)
    texts = {key: text for fate in fates.values() for m in fate.members for key, text in _texts(engagement, m.ids)}
    for key, quote in engagement.private.current(Quote, as_of=as_of).items():
        if quote.interview in held and key in fates:
            person = held[quote.interview].interviewee
            said.setdefault(" ".join(person.casefold().split()), (person, []))[1].append((texts[key], fates[key]))
    for one in held.values():
        said.setdefault(" ".join(one.interviewee.casefold().split()), (one.interviewee, []))
    links = _links(engagement, as_of=as_of)
    return [Thanks(person, _paragraph(heard, links)) for person, heard in sorted(said.values(), key=lambda p: p[0])]


def _paragraph(heard: list[tuple[str, Fate]], links: dict[tuple[str, str], tuple[str, ...]]) -> str:
    if not heard:
        return "Thank you for your time. What you told us helped us to understand how the team sells."
    by_fate: dict[str, tuple[Fate, list[str]]] = {}
    for text, fate in heard:
        by_fate.setdefault(fate.words, (fate, []))[1].append(text)
    ones = [_sentence(texts, fate, links) for fate, texts in by_fate.values()]
    opening = f"Thank you for your time. You were heard: here is what became of {_things(len(heard))}."
    return " ".join([opening, *ones, "If one of these matters more than what was chosen, say so at the playback."])


def _sentence(texts: list[str], fate: Fate, links: dict[tuple[str, str], tuple[str, ...]]) -> str:
    one = len(texts) == 1
    said = joined([f"“{text}”" for text in dict.fromkeys(texts)])
    same = all(text.casefold() == fate.words.casefold() for text in texts)
    called = said if same else f"{said}, which we count as {_inside(fate.words)},"
    reason = fate.reason.strip().rstrip(".")
    reason = _inside(reason)
    is_ = "is" if one else "are"
    if fate.disposition == "chosen":
        moved = dict.fromkeys(name for team in fate.teams for name in links.get((team, fate.measure), ()))
        to_move = f", to move {joined([_inside(catalogue.name_of(name)) for name in moved])}" if moved else ""
        return f"{called} {is_} in the charter of {joined(list(fate.teams))}{to_move}."
    if fate.disposition == "parked":
        return f"{called} {is_} put aside for now: {reason}."
    if fate.disposition == "dropped":
        return f"{called} {is_} not taken up: {reason}."
    if fate.disposition == "merged":
        return f"{called} went into another measure: {reason}."
    return f"{called} {is_} still being decided."


def _inside(words: str) -> str:
    """Words as they stand inside a sentence; an abbreviation keeps its capitals."""
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]


def _links(engagement: Engagement, *, as_of: dt.date) -> dict[tuple[str, str], tuple[str, ...]]:
    """What each chosen activity should move, by team and measure."""
    return {
        (charter.team, catalogue.id_of(line.measure)): line.moves
        for charter in engagement.records.current(Charter, as_of=as_of).values()
        for line in charter.lines
        if line.moves
    }


def _texts(engagement: Engagement, ids: tuple[str, ...]) -> list[tuple[str, str]]:
    known = engagement.records.current(Suggestion)
    return [(key, known[key].text) for key in ids if key in known]


def _things(number: int) -> str:
    return "what you named" if number == 1 else f"the {counted(number, 'thing')} you named"
