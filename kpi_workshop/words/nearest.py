"""The nearest measure: wordings that are in no list are compared with those that are, word by word.

Where words are left over that no list explains, the suggestion is compared with every wording of the lexicon. Words
weigh by how rare they are; a time is only compared with times, a share with shares; and a word that makes another
measure of it (booked, opened, per visit) must stand in both.
"""

from __future__ import annotations

import functools
import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from . import lexicon, sameness
from .lexicon import LIGHT
from .stems import Word, stem, words

NEAR = 0.5
"""Wordings that share less than this part of their weight do not mean the same."""

CLEAR = 0.05
"""By so much the nearest measure must be nearer than the next one."""

UNHEARD = 4.0
"""The weight of a word that stands in no wording."""

IDLE = frozenset({
    "to", "in", "on", "at", "by", "for", "with", "and", "or", "as", "it", "we", "us", "they", "them", "you", "i",
    "how", "what", "do", "does", "did", "be", "been", "get", "have", "has", "had", "so", "just", "really", "number",
    "count", "volume", "many", "much", "often", "amount", "rep", "who", "which", "when", "make", "made", "done", "go",
    "out", "up", "into", "through", "day", "week", "month", "total", "from", "than", "there", "this", "these",
    "those", "one",
})  # fmt: skip
"""Words that never bring two wordings nearer."""

ANYBODY = frozenset({"customer", "prospect", "rep", "people", "manager", "average"})
"""May be said or left out."""

TURNING = frozenset({"ask", "agree", "buy", "receive", "land", "start", "book", "answer", "add"})
"""Doings that make another measure of the same thing."""

FORMS = ("time", "rate")


@dataclass(frozen=True)
class Wordings:
    """Every wording as a set of words with the measure it names; where each word stands; how much each weighs."""

    known: Sequence[tuple[str, frozenset[str]]]
    found_at: Mapping[str, Sequence[int]]
    weight: Mapping[str, float]
    total: Sequence[float]


def measure(said: Sequence[Word]) -> str | None:
    """The measure whose wording is nearest to these words; None where none is near, or two are equally so.

    >>> measure(words("how long it takes until a lead hears from us"))
    'speed_to_lead'
    """
    book, asked = wordings(), _bag(said)
    if len(asked) < 2:
        return None
    shared: dict[int, float] = defaultdict(float)
    for word in asked:
        for place in book.found_at.get(word, ()):
            shared[place] += book.weight[word]
    whole = sum(book.weight.get(word, UNHEARD) for word in asked)
    decisive = {word for word in asked if _is_decisive(word)}
    best: dict[str, float] = {}
    for place, weight in shared.items():
        name, wording = book.known[place]
        if any((form in asked) != (form in wording) for form in FORMS) or decisive - wording:
            continue
        best[name] = max(best.get(name, 0.0), weight / (whole + book.total[place] - weight))
    nearest = sorted(best.items(), key=lambda found: (-found[1], found[0]))[:2]
    if not nearest or nearest[0][1] < NEAR:
        return None
    return None if len(nearest) > 1 and nearest[0][1] - nearest[1][1] < CLEAR else nearest[0][0]


@functools.cache
def wordings() -> Wordings:
    """The wordings of the lexicon that have at least two words."""
    same = sameness.bundled()
    known = [(name, _bag(words(phrase))) for name, phrase in same.wordings]
    known += [(name, frozenset(_concept(part) for part in parts)) for parts, name in same.together]
    known = [(name, bag) for name, bag in known if len(bag) > 1]
    seen = Counter(word for _, bag in known for word in bag)
    weight = {word: math.log(len(known) / times) for word, times in seen.items()}
    found_at: dict[str, list[int]] = defaultdict(list)
    for place, (_, bag) in enumerate(known):
        for word in bag:
            found_at[word].append(place)
    return Wordings(known, found_at, weight, [sum(weight[word] for word in bag) for _, bag in known])


def _bag(said: Sequence[Word]) -> frozenset[str]:
    """The telling words, each as the idea it stands for; what comes after "per" is marked."""
    found: set[str] = set()
    one_of = False
    for word in said:
        if word.said in ("per", "each", "every") and found:
            one_of = True
        elif not word.pause and word.said not in LIGHT and word.said not in IDLE and word.stem not in IDLE:
            idea = sameness.bundled().exact.get((word.said,)) or _concept(word.stem)
            found.add(f"per {idea}" if one_of else idea)
            one_of = False
    text = " ".join(word.said for word in said) + " "
    if any(f"{sign} " in text for sign in ("how long", "how fast", "how quick", "how quickly", "how soon", "minutes",
                                           "hours", "days")):  # fmt: skip
        found.add("time")
    return frozenset(found)


def _concept(word: str) -> str:
    same = sameness.bundled()
    return same.phrases.get((word,)) or same.alike.get(word, word)


@functools.lru_cache(maxsize=4096)
def _is_decisive(word: str) -> bool:
    if word in ANYBODY:
        return False
    if word.startswith("per ") or word in sameness.bundled().names:
        return True
    entry = lexicon.bundled().phrases.get((word,)) or lexicon.bundled().phrases.get((stem(word),))
    if entry is None:
        return False
    named = entry.kind in ("object", "qualifier") and entry.side not in ("people", "internal")
    return named or entry.name in TURNING
