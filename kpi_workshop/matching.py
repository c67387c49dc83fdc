"""Which measure a suggestion speaks of, which box it belongs in and why: so that everything reads suggestions alike."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from . import catalogue
from .catalogue import Control, Measure, Timing
from .words import judging, learned, merging, reading
from .words.judging import Verdict
from .words.reading import Reading

SURE = 0.75
"""Below this confidence a person is asked first."""

DOUBT = 0.12
"""What each of up to three unknown words takes away from the confidence: they go with wrong labels."""

UNREAD = 0.6
"""Where no rule applies, nobody is surer than this."""

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
    like this one whose label is right. `measure` is the catalogue's, where the words name one. Suggestions with the
    same `cluster` mean the same measure. `reason` names the words or the catalogue entry it rests on. Where not
    `read`, no word said what is counted, and the label is hardly more than a guess.
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


def match(text: str) -> Measure | None:
    """The catalogue measure that `text` speaks of, by name or in other words that mean the same; None without one.

    >>> match("how many times they pick up the phone").id
    'calls_made'
    >>> match("bring cake to the second meeting") is None
    True
    """
    return named(text)


def named(text: str) -> Measure | None:
    """The catalogue measure that `text` names, by the lexicon alone; None without one."""
    return catalogue.find(text) or _by_meaning().get(merging.canonical(text))


def theme(text: str) -> str:
    """What two suggestions share when they mean the same measure.

    >>> theme("# of dials") == theme("outbound calls per day"), theme("win rate") == theme("loss rate")
    (True, False)
    """
    return merging.cluster(text)


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
    likely = learned.share(judging.features(read, verdict))
    measure = match(text)
    label: Literal["activity", "metric"] = "activity" if likely >= 0.5 else "metric"
    confidence = 0.5 + (max(likely, 1 - likely) - 0.5) * (1 - DOUBT * min(len(read.unknown), 3))
    if verdict is None:
        confidence = min(confidence, UNREAD)
    elif verdict.label != label or (read.unknown and not any(h.kind == "object" for h in read.hits)):
        confidence = min(confidence, SURE - 0.05)
    if (
        measure
        and measure.control != "influenced"
        and measure.timing == ("before" if measure.control == "direct" else measure.timing)
    ):
        by_catalogue: Literal["activity", "metric"] = "activity" if measure.control == "direct" else "metric"
        confidence = max(confidence, 0.9) if by_catalogue == label else min(confidence, SURE - 0.05)
    control, timing = (measure.control, measure.timing) if measure else _answers(label, verdict, read)
    signal = (control == "direct") != (timing == "before")
    return Sense(
        label=label,
        signal=signal,
        confidence=round(min(confidence, 0.97), 2),
        measure=measure,
        cluster=merging.cluster(text),
        control=control,
        timing=timing,
        reason=_reason(label, verdict, measure, read, signal),
        read=verdict is not None or measure is not None,
    )


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


def _reason(label: str, verdict: Verdict | None, measure: Measure | None, read: Reading, signal: bool) -> str:
    """One sentence that names the words, and the catalogue entry where there is one."""
    a = "an activity" if label == "activity" else "a metric"
    if verdict is None:
        words = " ".join(w.said for w in read.unknown[:4])
        told = f"No word of “{words}” is in the lexicon" if words else "No word says what is counted"
        base = f"{told}; nearest to {a}, but judge it yourself"
    else:
        said = " … ".join(dict.fromkeys(f"“{h.said}”" for h in verdict.on[:2]))
        why = _BECAUSE.get(verdict.rule) or (
            "a seller can do more of it, whatever the buyer then decides"
            if verdict.label == "activity"
            else "it depends on the buyer, on time passing or on money"
        )
        mostly = "activities" if label == "activity" else "metrics"
        base = f"{said}: {why}, so it is {a}"
        if verdict.label != label:
            base = f"{said} may say otherwise, but suggestions like it are mostly {mostly}"
    if measure:
        base = f"{base}; the catalogue calls it “{measure.name}”"
    if read.rejected and verdict:
        pushed = " ".join(dict.fromkeys(h.said for h in read.rejected if h.kind == "object"))
        base += f"; “{pushed}” is what the speaker does not want counted" if pushed else ""
    if signal:
        base += "; signal, use judgement"
    return f"{base}."
