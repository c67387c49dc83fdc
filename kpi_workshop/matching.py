"""Which measure a suggestion speaks of, which box it belongs in and why: so that everything reads suggestions alike."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from . import catalogue
from .catalogue import Control, Measure, Timing
from .words import judging, language_model, learned, merging, reading
from .words.reading import Reading
from .words.verdicts import Verdict

SURE = 0.85
"""Below this confidence a person is asked first."""

LIKELY = 0.5
"""From so likely on it holds what the language model takes a suggestion for, where the lexicon does not know."""

CALM = 2.0
"""The two readings know some things twice and are surer than they are right; divided by this, their odds hold."""

EARLY = frozenset({
    "reply", "callback", "inbound_request", "open", "click", "no_show", "connect", "acceptance", "trial_start",
    "referral", "answer", "agree", "receive", "attend_b", "respond_b", "follower", "website_visit", "usage", "csat",
    "mou",
})  # fmt: skip
"""What a buyer does before there is a result: it comes before, but no seller controls it."""


@dataclass(frozen=True)
class Sense:
    """How a suggestion is read.

    `label` is activity or metric by the rules of the method; `signal` says that judgement is needed, because it comes
    before the result and no seller controls it, or the other way round. `confidence` is the share of suggestions read
    like this one whose label is right. `measure` is the catalogue's; it is `guessed` where no words name it, but as a
    whole the suggestion reads most like it. Suggestions with the same `cluster` mean the same measure. `reason` names
    the words or the catalogue entry it rests on. Where not `read`, no word said what is counted, and the label is
    hardly more than a guess.
    """

    label: Literal["activity", "metric"]
    signal: bool
    confidence: float
    measure: Measure | None
    cluster: str
    control: Control
    timing: Timing
    reason: str
    read: bool = True
    guessed: bool = False


def match(text: str) -> Measure | None:
    """The catalogue measure that `text` speaks of: by name, in words that mean the same, else the one it is most like.

    None where it is like none of them. What `named` does not find is a guess, and is to be shown as one.

    >>> match("how many times they pick up the phone").id
    'calls_made'
    >>> match("bring cake to the second meeting") is None
    True
    """
    return named(text) or catalogue.measures().get(_guessed(text))


def named(text: str) -> Measure | None:
    """The catalogue measure that `text` names, by the lexicon alone; None without one."""
    return catalogue.find(text) or _by_meaning().get(merging.canonical(text))


@functools.lru_cache(maxsize=4096)
def theme(text: str) -> str:
    """What two suggestions share when they mean the same measure.

    >>> theme("# of dials") == theme("outbound calls per day"), theme("win rate") == theme("loss rate")
    (True, False)
    """
    guessed = "" if named(text) else _guessed(text)
    measure = catalogue.measures().get(guessed)
    return merging.cluster(measure.name if measure else guessed.replace("_", " ") or text)


def _guessed(text: str) -> str:
    """What the language model takes a suggestion to count, where the lexicon leaves words unexplained; "" if unsure."""
    if merging.is_understood(text):
        return ""
    told = language_model.impression(text)
    measure = catalogue.measures().get(told.measure)
    contradicts = measure and _is_settled(measure) and (measure.control == "direct") != (told.lean > 0)
    return told.measure if told.sure >= LIKELY and not contradicts else ""


def shown(text: str) -> str:
    """The words under which a suggestion is listed: the measure's name, else its own words.

    >>> shown("  send the agenda first ")
    'Send the agenda first'
    """
    measure = match(text)
    words = measure.name if measure else " ".join(text.split())
    return words[:1].upper() + words[1:]


@functools.lru_cache(maxsize=4096)
def sort(text: str) -> Sense:
    """How a suggestion is read: its label, how sure that is, its measure, what it merges with, and why.

    >>> sort("don't measure dials, measure how many quotes get signed").label
    'metric'
    >>> sort("percent of target accounts contacted").label
    'activity'
    """
    read = reading.read(text)
    verdict = judging.verdict(read)
    leans = learned.lean(judging.features(read, verdict)) + language_model.impression(text).lean
    likely = 1 / (1 + math.exp(-leans / CALM))
    measure = match(text)
    label: Literal["activity", "metric"] = "activity" if likely >= 0.5 else "metric"
    confidence = max(likely, 1 - likely)
    guessed = measure is not None and named(text) is None
    if measure and not guessed and _is_settled(measure):
        agrees = (measure.control == "direct") == (label == "activity")
        confidence = max(confidence, 0.9) if agrees else min(confidence, SURE - 0.05)
    control, timing = (measure.control, measure.timing) if measure else _answers(label, verdict, read)
    signal = (control == "direct") != (timing == "before")
    return Sense(
        label=label,
        signal=signal,
        confidence=round(min(confidence, 0.97), 2),
        measure=measure,
        cluster=theme(text),
        control=control,
        timing=timing,
        reason=_reason(label, verdict, measure, read, signal=signal, guessed=guessed),
        read=verdict is not None or measure is not None,
        guessed=guessed,
    )


def _is_settled(measure: Measure) -> bool:
    """Whether both answers of a catalogue entry say the same box."""
    return measure.control == "none" or (measure.control == "direct" and measure.timing == "before")


@functools.cache
def _by_meaning() -> Mapping[frozenset[str], Measure]:
    """Catalogue measures by what their names mean; a meaning that two share belongs to the one it is named for."""
    found: dict[frozenset[str], Measure] = {}
    shared: set[frozenset[str]] = set()
    for measure in catalogue.measures().values():
        found.setdefault(merging.canonical(measure.name), measure)
    named = set(found)
    for measure in catalogue.measures().values():
        for name in measure.other_names:
            meaning = merging.canonical(name)
            if meaning not in named and found.setdefault(meaning, measure) is not measure:
                shared.add(meaning)
    return {meaning: measure for meaning, measure in found.items() if meaning not in shared}


def _answers(label: str, verdict: Verdict | None, read: Reading) -> tuple[Control, Timing]:
    """The two answers where no catalogue entry gives them: who controls it, and when it comes."""
    if label == "activity":
        return "direct", "before"
    on = verdict.on if verdict else read.hits
    if any(h.side == "stock" for h in on) or any(h.name in EARLY for h in on):
        return "influenced", "before"
    if verdict and verdict.rule in ("step", "per outcome", "came of it"):
        return "none", "with"
    return "none", "after"


_BECAUSE = {
    "step": "one step becomes the next, and the buyer decides whether it does",
    "per outcome": "it sets effort or money against an outcome that the buyer decides",
    "came of it": "it asks what came of the effort, and the buyer decides that",
    "waiting": "the time ends when somebody else acts",
    "own time": "how fast sellers act is in their own hands",
    "buyer": "the buyer is the one who acts",
    "decided": "the outcome is decided by the buyer",
    "done": "a seller does it, whatever the buyer then decides",
    "kept up": "a seller keeps it up, whatever the buyer then decides",
}


def _reason(
    label: str, verdict: Verdict | None, measure: Measure | None, read: Reading, *, signal: bool, guessed: bool
) -> str:
    """One sentence that names the words, and the catalogue entry where there is one."""
    a, mostly = ("an activity", "activities") if label == "activity" else ("a metric", "metrics")
    if verdict is None:
        words = " ".join(w.said for w in read.unknown[:4])
        told = f"No word of “{words}” is in the lexicon" if words else "No word alone says what is counted"
        base = f"{told}; as a whole it reads like suggestions that are mostly {mostly}, so judge it yourself"
    else:
        said = " … ".join(dict.fromkeys(f"“{h.said}”" for h in verdict.on[:2]))
        why = _BECAUSE.get(verdict.rule) or (
            "a seller can do more of it, whatever the buyer then decides"
            if verdict.label == "activity"
            else "it depends on the buyer, on time passing or on money"
        )
        base = f"{said}: {why}, so it is {a}"
        if verdict.label != label:
            base = f"{said} may say otherwise, but as a whole it reads like suggestions that are mostly {mostly}"
    if measure:
        calls = "it is most like the catalogue's" if guessed else "the catalogue calls it"
        base = f"{base}; {calls} “{measure.name}”"
    if read.rejected and verdict:
        pushed = " ".join(dict.fromkeys(h.said for h in read.rejected if h.kind == "object"))
        base += f"; “{pushed}” is what the speaker does not want counted" if pushed else ""
    if signal:
        base += "; signal, use judgement"
    return f"{base}."
