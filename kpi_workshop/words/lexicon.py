"""The lexicon of the field: the words that say what is counted, what is done, how it is added up, how people talk."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .. import bundle
from ..errors import WorkshopError, listed
from .stems import stem, words

LIGHT = frozenset({
    "a", "an", "the", "of", "our", "their", "its", "my", "your", "his", "her", "that", "is", "are", "was", "were",
})  # fmt: skip
"""Words that may stand inside a phrase without changing it."""


@dataclass(frozen=True)
class Entry:
    """One idea of the lexicon: an `object`, `action`, `amount` or `qualifier`, under the heading it stands in."""

    name: str
    kind: str
    side: str


@dataclass(frozen=True)
class Lexicon:
    """Phrases by their stems, by their very form, and the markers of speech by their words."""

    phrases: Mapping[tuple[str, ...], Entry]
    exact: Mapping[tuple[str, ...], Entry]
    speech: Mapping[str, frozenset[tuple[str, ...]]]
    longest: int
    vocabulary: frozenset[str] = field(default_factory=frozenset)
    spellings: frozenset[str] = field(default_factory=frozenset)


KINDS = {"objects.toml": "object", "actions.toml": "action", "amounts.toml": "amount", "qualifiers.toml": "qualifier"}


def key(phrase: str) -> tuple[str, ...]:
    """A phrase as it is looked up: its stems without light words."""
    return tuple(word.stem for word in words(phrase) if not word.pause and word.said not in LIGHT)


@functools.cache
def bundled() -> Lexicon:
    """The lexicon that comes with the catalogue."""
    return read(bundle.folder("data") / "catalogue" / "lexicon")


def read(folder: Path) -> Lexicon:
    """The lexicon in a folder; one `WorkshopError` for every phrase that two entries claim."""
    phrases: dict[tuple[str, ...], Entry] = {}
    exact: dict[tuple[str, ...], Entry] = {}
    problems: list[str] = []
    spelt: set[tuple[str, ...]] = set()
    for name, kind in KINDS.items():
        for side, entries in tomllib.loads((folder / name).read_text(encoding="utf-8")).items():
            for idea, said in entries.items():
                entry = Entry(idea.rstrip("_"), kind, side)
                for phrase in said:
                    literal = phrase.startswith("=")
                    at = tuple(phrase[1:].split()) if literal else key(phrase)
                    spelt.add(tuple(w.said for w in words(phrase.removeprefix("="))))
                    book = exact if literal else phrases
                    if book.setdefault(at, entry) != entry:
                        problems.append(f"{name}, {idea}: '{phrase}' belongs to '{book[at].name}' already.")
    if problems:
        raise WorkshopError(listed(problems, most=200))
    spoken = tomllib.loads((folder / "speech.toml").read_text(encoding="utf-8"))
    speech = {
        heading: frozenset(tuple(w.said for w in words(phrase) if not w.pause) for phrase in block["words"])
        for heading, block in spoken.items()
    }
    known = {part for phrase in (*phrases, *map(_stems, exact)) for part in phrase}
    known |= {stem(part) for block in speech.values() for phrase in block for part in phrase}
    spellings = {part for block in (spelt, *speech.values()) for phrase in block for part in phrase}
    longest = max(len(phrase) for phrase in (*phrases, *exact))
    return Lexicon(phrases, exact, speech, longest, frozenset(known), frozenset(spellings))


def _stems(phrase: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(stem(part) for part in phrase)
