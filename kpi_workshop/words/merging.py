"""Merging: suggestions mean the same measure when they count the same, done and added up alike, of the same people."""

from __future__ import annotations

import functools

from . import lexicon, nearest, reading, sameness
from .lexicon import LIGHT
from .sameness import Sameness
from .stems import Word, stem

AMOUNTS = frozenset(
    {"average", "rate", "time", "value", "median", "revenue_growth", "cost", "existing", "large", "senior"}
)
"""Names that say how or which, not what."""

STRESS = frozenset({"actually", "really", "just", "simply", "honestly", "typically", "usually"})
"""Words that may stand anywhere, inside a phrase too."""

WHOM = frozenset({"customer", "prospect", "rep", "people", "account"})
"""Who it concerns; told only where nothing else says what is counted."""

ROLES = frozenset({"ae", "sdr"})
"""Whose it is matters only where it comes first: SDR meetings."""

RATES = frozenset({"rate", "turn", "conversion_rate", "close_rate", "win_rate", "acceptance_rate", "convert", "clos"})
"""Names that say which share of one step becomes the next."""

ONE = frozenset({"one", "single", "every", "us", "me", "in", "to", "of", "for"})
FROM = frozenset({"from", "of", "per"})
LEADS = frozenset({"lead", "mql", "sql", "sal", "trial"})
"""What becomes a customer when the buyer says yes."""

PARTICLES = ("back", "through", "over", "down", "off", "out", "up", "in")
"""Second halves of words that are written as one or as two: sign-ups, signups."""


@functools.lru_cache(maxsize=4096)
def canonical(text: str) -> frozenset[str]:
    """The names that together say what a suggestion measures; equal for two that mean the same.

    >>> canonical("number of outbound calls") == canonical("how many times they pick up the phone")
    True
    >>> canonical("number of calls") == canonical("talk time")
    False
    """
    same = sameness.bundled()
    said = [word for word in reading.wanted(text) if not word.pause and word.said not in STRESS]
    names = _named(said, same)
    kept = _together(_shares(names, same), same)
    empty = {name for name in reading.read(text).empty if name not in same.names}
    told = {name for name in kept if name not in same.dropped and name not in empty}
    if told <= AMOUNTS:
        told |= kept & WHOM
    measures = {name for name in told if name in same.names}
    told = {name for name in told if not (same.beside.get(name, frozenset()) & (measures - {name}))}
    if not told & same.names:
        told |= {word.said for word in said if any(sign.isdigit() for sign in word.said)}
    if any(name in same.names and name.endswith(("_rate", "_ratio", "_share")) for name in told):
        told -= {"rate"}
    if len(told) > 1 and not told & same.sums:
        told -= {"average"}
    if told - same.names and not all(name.startswith("per ") for name in told - same.names):
        near = nearest.measure(said)
        told = {near} if near else told
    return frozenset(told) or frozenset(names) or frozenset(word.stem for word in said)


def is_understood(text: str) -> bool:
    """Whether the lists explain every word that says what is counted, so that no guess is needed.

    >>> is_understood("deals per call"), is_understood("what a shopper spends")
    (True, False)
    """
    same = sameness.bundled()
    parts = [name.removeprefix("per ") for name in canonical(text)]
    known = same.names | AMOUNTS | WHOM | RATES
    return all(part in known for part in parts) or any(sign.isdigit() for part in parts for sign in part)


def cluster(text: str) -> str:
    """One name for everything that means the same measure: its names, sorted."""
    return " + ".join(sorted(canonical(text)))


def _named(said: list[Word], same: Sameness) -> set[str]:
    names: set[str] = {"rate"} if _some_of(said) else set()
    at = 0
    one_of = False
    while at < len(said):
        best = _longest(said, at, same)
        if best:
            name = best[0]
            if (name == "turn" and (not names or said[at - 1].said in FROM)) or (
                name == "for_one" and (not names or "time" in names)
            ):
                best = _longest(said[: at + 1], at, same)
                if best is None:
                    names.add(said[at].stem)
                    at += 1
                    continue
                name = best[0]
            if name == "for_one":
                one_of, at = True, best[1]
                continue
            if name in ROLES:
                name = name if at == 0 else "rep"
            names.add(f"per {name}" if one_of else name)
            one_of = False
            at = best[1]
            continue
        if said[at].said in ("per", "each") and names:
            one_of = True
        elif one_of and said[at].said in ONE:
            pass
        elif one_of and said[at].said not in LIGHT:
            names.add(f"per {said[at].stem}")
            one_of = False
            at += 1
            continue
        word = said[at]
        numbered = at > 0 and said[at - 1].stem in ("stag", "tier", "level")
        if word.said not in LIGHT and (numbered or not any(c.isdigit() for c in word.said)):
            names |= _halves(word.stem)
        at += 1
    return names


def _some_of(said: list[Word]) -> bool:
    """Whether a share is asked for: "how many of our deals"."""
    words = [word.said for word in said]
    return any(
        words[at : at + 3] == ["how", "many", "of"] and words[at + 3 : at + 4] != ["them"] for at in range(len(words))
    )


def _shares(names: set[str], same: Sameness) -> set[str]:
    """One step that becomes the next said in one way: proposals that get signed, the close rate of proposals.

    What the last step is called makes no difference where the buyer says yes to it: an order, a sale, a signature.
    """
    steps = names & same.steps
    if not steps:
        return names
    if ended := {name for name in names if name.startswith("per ") and name.removeprefix("per ") in same.got}:
        return (names - ended - same.got - {"deal"}) | {"per won"}
    shares = names & RATES
    if not shares:
        return names
    late = names & (same.got | {"customer", "revenue"} if "turn" in names or steps & LEADS else same.got)
    if late or (len(steps) == 1 and "deal" not in names and shares & (RATES - {"rate", "turn"})):
        return (names - shares - late - {"deal", "turn"}) | {"rate", "won"}
    return (names - shares) | {"rate"}


def _halves(word: str) -> set[str]:
    """A word that may be written as two, as both of its halves."""
    for particle in PARTICLES:
        begun = word.removesuffix(particle)
        if begun != word and len(begun) >= 3 and stem(begun) in lexicon.bundled().vocabulary:
            return {sameness.bundled().phrases.get((stem(begun),), stem(begun)), particle}
    return {word}


def _longest(said: list[Word], at: int, same: Sameness) -> tuple[str, int] | None:
    best: tuple[int, str, int] | None = None
    if found := same.exact.get((said[at].said,)):
        best = (1, found, at + 1)
    stems: tuple[str, ...] = ()
    for end in range(at, len(said)):
        if said[end].said in LIGHT:
            if end == at:
                return None
            continue
        stems = (*stems, said[end].stem)
        if (name := same.phrases.get(stems)) and (best is None or len(stems) > best[0]):
            best = (len(stems), name, end + 1)
        if len(stems) >= same.longest:
            break
    return (best[1], best[2]) if best else None


def _together(names: set[str], same: Sameness) -> set[str]:
    """Names that together say another name are replaced by it, the longest list first, until none fits."""
    kept = set(names)
    used: set[str] = set()
    for _ in range(4):
        found = next(((parts, name) for parts, name in same.together if parts <= kept and name not in used), None)
        if not found:
            break
        used.add(found[1])
        kept = (kept - found[0]) | {found[1]}
    return kept
