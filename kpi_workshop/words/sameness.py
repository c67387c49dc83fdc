"""What the lexicon takes for the same: the phrases of every name, the names that say another together, empty words."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .. import bundle
from .lexicon import key
from .stems import stem


@dataclass(frozen=True)
class Sameness:
    """What the lexicon takes for the same: phrases of a name, names that say another together, empty words."""

    phrases: Mapping[tuple[str, ...], str]
    exact: Mapping[tuple[str, ...], str]
    together: Sequence[tuple[frozenset[str], str]]
    dropped: frozenset[str]
    beside: Mapping[str, frozenset[str]]
    names: frozenset[str]
    sums: frozenset[str]
    steps: frozenset[str]
    got: frozenset[str]
    longest: int
    wordings: Sequence[tuple[str, str]] = ()
    alike: Mapping[str, str] = field(default_factory=dict)


@functools.cache
def bundled() -> Sameness:
    """The bundled `same.toml`."""
    path = bundle.folder("data") / "catalogue" / "lexicon" / "same.toml"
    book = tomllib.loads(path.read_text(encoding="utf-8"))
    names = frozenset(book["words"]) | frozenset(book["measures"])

    phrases: dict[tuple[str, ...], str] = {}
    exact: dict[tuple[str, ...], str] = {}
    for name, said in book["words"].items():
        for phrase in said:
            if phrase.startswith("="):
                exact.setdefault((phrase[1:],), name)
            else:
                phrases.setdefault(key(phrase), name)

    def spelt(part: str) -> str:
        if part in names:
            return part
        if part.startswith("per "):
            return f"per {spelt(part.removeprefix('per '))}"
        return phrases.get((stem(part),), stem(part))

    beside: dict[str, frozenset[str]] = {}
    for word, measures in book["beside"].items():
        beside[spelt(word)] = beside.get(spelt(word), frozenset()) | frozenset(measures)
    together = [
        (frozenset(spelt(part) for part in parts), name) for name, ways in book["measures"].items() for parts in ways
    ]
    together.sort(key=lambda way: -len(way[0]))
    return Sameness(
        phrases=phrases,
        exact=exact,
        together=together,
        dropped=frozenset(part for word in book["drop"]["always"] for part in (word, stem(word))),
        beside=beside,
        names=names,
        sums=frozenset(book["sums"]["names"]),
        steps=frozenset(book["shares"]["steps"]),
        got=frozenset(part for word in book["shares"]["got"] for part in (word, stem(word))),
        longest=max(len(phrase) for phrase in phrases),
        alike={
            part: f"{idea}~" for idea, said in book["alike"].items() for word in said for part in (word, stem(word))
        },
        wordings=[(name, phrase) for name, said in book["words"].items() for phrase in said if phrase[:1] != "="],
    )
