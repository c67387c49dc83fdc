"""Reading a suggestion: which of its words the speaker wants counted, and what each of them says."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass

from . import lexicon
from .lexicon import LIGHT, Entry
from .stems import Word, stem, words

SHORTEST_MENDED = 5
"""No word is mended into a shorter one: too many others are one letter away."""

ORDINARY = frozenset({"quite", "quiet", "later", "form", "trail", "round", "heart", "tough", "plane", "beach"})
"""Words of their own that are one letter away from a word of the field."""


NEGATIONS = frozenset({"not", "never", "no", "dont", "only", "without", "many", "much"})


@dataclass(frozen=True)
class Hit:
    """A word or phrase that the lexicon knows, where it stands (`at` to `end`), and how it was said."""

    entry: Entry
    at: int
    end: int
    said: str

    @property
    def name(self) -> str:
        return self.entry.name

    @property
    def kind(self) -> str:
        return self.entry.kind

    @property
    def side(self) -> str:
        return self.entry.side

    def __contains__(self, position: int) -> bool:
        return self.at <= position < self.end


@dataclass(frozen=True)
class Reading:
    """A suggestion as it is understood.

    `hits` are the known words that are wanted, in order; `rejected` those pushed away ("don't count calls"); `aside`
    those that only explain. `unknown` are wanted words that the lexicon does not know. `breaks` are the positions
    where a group of words ends; `empty` are the stems of fillers, counts and periods.
    """

    words: tuple[Word, ...]
    hits: tuple[Hit, ...]
    rejected: tuple[Hit, ...]
    aside: tuple[Hit, ...]
    unknown: tuple[Word, ...]
    breaks: frozenset[int]
    wanted: tuple[Word, ...] = ()
    empty: frozenset[str] = frozenset()

    def said_between(self, first: Hit, second: Hit) -> tuple[str, ...]:
        """The words between two hits, in small letters."""
        return tuple(word.said for word in self.words[first.end : second.at])


@functools.lru_cache(maxsize=4096)
def read(text: str) -> Reading:
    """What a suggestion says, word by word, by the bundled lexicon."""
    spoken = tuple(_mended(word) for word in words(text))
    hits = _hits(spoken)
    wanted, aside = _wanted(spoken, hits)
    kept = [h for h in hits if wanted[h.at]]
    if not any(_tells(h) for h in kept):
        wanted, kept = [True] * len(spoken), hits
        aside = [False] * len(spoken)
    main = [h for h in kept if not aside[h.at]]
    if not any(_tells(h) for h in main):
        main, aside = kept, [False] * len(spoken)
    filler, book = lexicon.bundled().speech["filler"], lexicon.bundled().speech
    covered = {position for h in hits for position in range(h.at, h.end)}
    covered |= _covered(spoken, filler) | _covered(spoken, book["rejects"]) | _covered(spoken, book["turns"])
    unknown = tuple(
        w for i, w in enumerate(spoken)
        if i not in covered and wanted[i] and not aside[i] and not w.pause and not any(c.isdigit() for c in w.said)
    )  # fmt: skip
    breaks = frozenset(_covered(spoken, book["breaks"]) | {i for i, w in enumerate(spoken) if w.pause})
    idle = _covered(spoken, filler)
    idle |= {i for h in hits if h.side in ("period", "count") for i in range(h.at, h.end)}
    return Reading(
        words=spoken,
        empty=frozenset(spoken[i].stem for i in idle),
        hits=tuple(main),
        rejected=tuple(h for h in hits if not wanted[h.at]),
        aside=tuple(h for h in kept if h not in main),
        unknown=unknown,
        breaks=breaks,
        wanted=tuple(w for i, w in enumerate(spoken) if wanted[i] and not aside[i]),
    )


def wanted(text: str) -> tuple[Word, ...]:
    """The words of a suggestion that the speaker wants counted, in order."""
    return read(text).wanted


def _tells(hit: Hit) -> bool:
    """Whether a hit alone says what is counted."""
    if hit.kind == "object":
        return hit.side not in ("people", "internal")
    return hit.kind == "action" and hit.side in ("seller", "buyer", "result", "turn")


def _hits(spoken: tuple[Word, ...]) -> list[Hit]:
    book = lexicon.bundled()
    found: list[Hit] = []
    at = 0
    while at < len(spoken):
        best = _longest(spoken, at, book)
        if best is None:
            at += 1
            continue
        entry, end = best
        found.append(Hit(entry, at, end, " ".join(w.said for w in spoken[at:end])))
        at = end
    return [_settled(hit, found, spoken) for hit in found if not _only_sales(hit, spoken)]


def _only_sales(hit: Hit, spoken: tuple[Word, ...]) -> bool:
    """Whether "sales" stands before another noun, as in "sales blitz", and counts no money."""
    if hit.said != "sales" or hit.end >= len(spoken) or spoken[hit.end].pause:
        return False
    following = spoken[hit.end].said
    idle = lexicon.bundled().speech["breaks"] | lexicon.bundled().speech["filler"] | lexicon.bundled().speech["turns"]
    return (following,) not in idle and following not in LIGHT and following.isalpha()


def _settled(hit: Hit, hits: list[Hit], spoken: tuple[Word, ...]) -> Hit:
    """A doing that either side can do, such as answering, is the seller's where a lead or a question is answered."""
    if hit.side != "either":
        return hit
    asked = any(h.side == "stock" or h.name in ("inbound_request", "question", "complaint", "rep") for h in hits)
    ours = any(w.said in ("we", "i") for w in spoken[max(hit.at - 2, 0) : hit.at])
    ours = ours or any(h.side == "internal" and h.end == hit.at for h in hits)
    chased = any(h.name in ("call", "cold_call", "email", "message", "campaign", "prospect") for h in hits)
    side = "seller" if ours or (asked and not chased) else "buyer"
    return Hit(Entry(hit.name, hit.kind, side), hit.at, hit.end, hit.said)


def _longest(spoken: tuple[Word, ...], at: int, book: lexicon.Lexicon) -> tuple[Entry, int] | None:
    if spoken[at].pause:
        return None
    best: tuple[Entry, int] | None = None
    said: tuple[str, ...] = ()
    stems: tuple[str, ...] = ()
    for end in range(at, min(len(spoken), at + 2 * book.longest)):
        word = spoken[end]
        if word.pause:
            break
        said = (*said, word.said)
        if (entry := book.exact.get(said)) and (best is None or end + 1 >= best[1]):
            best = (entry, end + 1)
        if word.said in LIGHT:
            if end == at:
                if not any(phrase[0] == word.said for phrase in book.exact):
                    return None
                stems = (*stems, word.stem)
            continue
        stems = (*stems, word.stem)
        if (entry := book.phrases.get(stems)) and (best is None or end + 1 > best[1]):
            best = (entry, end + 1)
        if len(stems) >= book.longest:
            break
    return best


def _covered(spoken: tuple[Word, ...], phrases: Iterable[tuple[str, ...]]) -> set[int]:
    by_length = _by_length(frozenset(phrases))
    found: set[int] = set()
    for at in range(len(spoken)):
        if end := _marker(spoken, at, by_length):
            found |= set(range(at, end))
    return found


@functools.lru_cache(maxsize=16)
def _by_length(phrases: frozenset[tuple[str, ...]]) -> dict[int, frozenset[tuple[str, ...]]]:
    lengths = {len(phrase) for phrase in phrases}
    return {n: frozenset(p for p in phrases if len(p) == n) for n in sorted(lengths, reverse=True)}


def _marker(spoken: tuple[Word, ...], at: int, by_length: dict[int, frozenset[tuple[str, ...]]]) -> int:
    """Where the longest marker that begins at `at` ends; 0 where none begins."""
    for length, phrases in by_length.items():
        if tuple(w.said for w in spoken[at : at + length]) in phrases:
            return at + length
    return 0


def _wanted(spoken: tuple[Word, ...], hits: list[Hit]) -> tuple[list[bool], list[bool]]:
    """For every word: whether the speaker wants it counted, and whether it only explains."""
    speech = lexicon.bundled().speech
    rejects, turns = _by_length(speech["rejects"]), _by_length(speech["turns"])
    commands = _by_length(speech["commands"])
    before, asides = _by_length(speech["rejected_before"]), _by_length(speech["asides"])
    inside = {position for h in hits for position in range(h.at + 1, h.end)}
    inside |= {h.at for h in hits if h.end - h.at > 1}
    wanted = [True] * len(spoken)
    aside = [False] * len(spoken)
    rejecting = explaining = False
    at = sentence = 0
    while at < len(spoken):
        if spoken[at].pause:
            rejecting = explaining = False
            at += 1
            end = 0 if _is_aside(spoken, at, asides) else _marker(spoken, at, commands)
            if end and any(_tells(h) for h in hits if sentence <= h.at < at) and _told_after(spoken, hits, end):
                for position in range(sentence, at):
                    wanted[position] = False
                at = sentence = end
            continue
        tells_before = any(_tells(h) and sentence <= h.at < at for h in hits)
        if at not in inside:
            end = _marker(spoken, at, before)
            if end and tells_before:
                for position in range(sentence, end):
                    wanted[position] = False
                rejecting = False
                at = sentence = end
                continue
            if end := _marker(spoken, at, rejects):
                rejecting, explaining = True, False
                for position in range(at, end):
                    wanted[position] = False
                at = end
                continue
            if rejecting and (end := _marker(spoken, at, turns)):
                rejecting, sentence = False, end
                at = end
                continue
            if tells_before and not rejecting and (end := _marker(spoken, at, asides)):
                explaining = True
        wanted[at] = not rejecting
        aside[at] = explaining
        at += 1
    return wanted, aside


def _is_aside(spoken: tuple[Word, ...], at: int, asides: dict[int, frozenset[tuple[str, ...]]]) -> bool:
    """Whether a clause only explains ("so we win") or pushes away ("but not calls")."""
    said = [word.said for word in spoken[at : at + 2]]
    return bool(_marker(spoken, at, asides)) or (len(said) == 2 and said[0] in ("but", "so") and said[1] in NEGATIONS)


def _told_after(spoken: tuple[Word, ...], hits: list[Hit], start: int) -> bool:
    """Whether what begins at `start` says what to count."""
    return any(_tells(h) and start <= h.at for h in hits)


@functools.lru_cache(maxsize=4096)
def _mended(word: Word) -> Word:
    """A word one letter away from a longer word of the lexicon is read as that word."""
    book = lexicon.bundled()
    said = word.said
    if len(said) < SHORTEST_MENDED - 1 or word.stem in book.vocabulary or said in book.spellings or said in ORDINARY:
        return word
    near = [known for known in _by_first().get(said[0], ()) if _one_letter_away(said, known)]
    if not near and word.stem != said and len(word.stem) >= SHORTEST_MENDED:
        near = [known for known in _by_first().get(said[0], ()) if _one_letter_away(word.stem, known)]
    return Word(min(near), stem(min(near))) if near else word


@functools.cache
def _by_first() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {chr(c): [] for c in range(ord("a"), ord("z") + 1)}
    for known in lexicon.bundled().spellings:
        if len(known) >= SHORTEST_MENDED and known[0] in found:
            found[known[0]].append(known)
    return found


def _one_letter_away(a: str, b: str) -> bool:
    if abs(len(a) - len(b)) > 1 or a == b:
        return False
    short, long = sorted((a, b), key=len)
    start = next((i for i, (x, y) in enumerate(zip(short, long, strict=False)) if x != y), len(short))
    if len(short) < len(long):
        return short[start:] == long[start + 1 :]
    swapped = len(a) > start + 1 and a[start + 1] == b[start] and a[start] == b[start + 1]
    return a[start + 1 :] == b[start + 1 :] or (swapped and a[start + 2 :] == b[start + 2 :])
