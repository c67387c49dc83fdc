"""Step 4, depth: deeper versions of what only counts how often, and words that do not yet say what counts."""

from __future__ import annotations

import datetime as dt
import functools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass

from .. import bundle, catalogue
from ..engagement import Engagement
from ..kinds import Charter
from ..words import reading
from . import sorting

RUNGS = {
    "qualified": "with whom",
    "content": "what was learned",
    "consequence": "what moved",
}
"""The rungs above volume, each with the question that it answers."""

OF_ITS_OWN = {
    "qualified": "{words}: only those with somebody who decides",
    "content": "{words}: only those in which something was learned that a deal needs to move on",
    "consequence": "{words}: only those after which the deal moved within two weeks",
}
"""The deeper versions of an activity that the catalogue does not know."""

NOT_A_COUNT = frozenset({"rate", "duration", "response", "per", "money", "average", "score"})

VAGUE = ("right", "good", "quality", "proper", "meaningful", "real", "better", "effective", "relevant", "appropriate",
         "strong", "solid", "decent", "useful", "valuable", "productive")  # fmt: skip
"""Words that say which ones count without saying how to tell."""


@dataclass(frozen=True)
class Ladder:
    """An activity that counts how often, and for each rung above it the names of deeper versions."""

    words: str
    versions: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Undefined:
    """A suggestion whose words leave open what counts, and the word that does."""

    words: str
    vague: str

    @property
    def asks(self) -> str:
        """What to say, in one sentence.

        >>> Undefined("The right follow-ups", "right").asks
        '“The right follow-ups”: say what “right” means, so that two people would count the same.'
        """
        return f"“{self.words}”: say what “{self.vague}” means, so that two people would count the same."


def ladders(engagement: Engagement, *, as_of: dt.date) -> list[Ladder]:
    """Every suggested activity that counts how often, with its deeper versions, in the order of their words.

    Those of a catalogue measure are catalogue measures (`data/ladder.toml`); those of any other are put in its own
    words.
    """
    found: dict[str, Ladder] = {}
    for suggestion in sorting.suggestions(engagement, as_of=as_of):
        if suggestion.label != "activity":
            continue
        measure = suggestion.measure
        if measure is None and counts_how_often(suggestion.words):
            words = suggestion.words
            found[words] = Ladder(words, {rung: (said.format(words=words),) for rung, said in OF_ITS_OWN.items()})
        elif measure and measure.depth == "volume" and measure.id in deeper():
            rungs = deeper()[measure.id]
            names = {rung: tuple(catalogue.get(key).name for key in rungs.get(rung, ())) for rung in RUNGS}
            found[measure.name] = Ladder(measure.name, names)
    return sorted(found.values(), key=lambda ladder: ladder.words.casefold())


def counts_how_often(words: str) -> bool:
    """Whether words ask for a plain count of something done: no share, no time, nothing per something else.

    >>> counts_how_often("store visits"), counts_how_often("share of stores visited")
    (True, False)
    """
    read = reading.read(words)
    return any(h.kind == "object" for h in read.hits) and not {h.side for h in read.hits} & NOT_A_COUNT


@functools.cache
def deeper() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """The deeper measures of each measure of volume that sellers control, by rung."""
    text = (bundle.folder("data") / "ladder.toml").read_text(encoding="utf-8")
    return {
        measure: {rung: tuple(names) for rung, names in rungs.items()} for measure, rungs in tomllib.loads(text).items()
    }


def undefined(engagement: Engagement, *, as_of: dt.date) -> list[Undefined]:
    """Suggestions that speak of the right, good or real ones (S3) and do not say which: until somebody does.

    It is said once the suggestion got a name without such a word at the sorting, was put aside, or stands in a
    charter with a sentence of its own.
    """
    told = {
        line.measure
        for charter in engagement.records.current(Charter, as_of=as_of).values()
        for line in charter.lines
        if line.sentence and not _is_bundled(line.measure, line.sentence)
    }
    found = []
    for suggestion in sorting.suggestions(engagement, as_of=as_of):
        decided, measure = suggestion.decided, suggestion.measure
        named = measure.name if measure else (decided.measure if decided else "") or suggestion.words
        vague = next((word for word in VAGUE if re.search(rf"\b{word}\b", named.casefold())), "")
        aside = decided is not None and decided.disposition in ("parked", "merged", "dropped")
        if vague and not aside and not {named, measure.id if measure else named} & told:
            found.append(Undefined(named, vague))
    return found


def _is_bundled(name: str, sentence: str) -> bool:
    measure = catalogue.find(name)
    return measure is not None and measure.sentence.strip() == sentence.strip()
