"""Learned scores: how much each trait of a reading speaks for activity or metric, from labelled suggestions."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Iterable, Mapping

from .. import bundle

FILE = "learned.json"


@functools.cache
def weights() -> Mapping[str, float]:
    """The bundled weights by trait; above zero speaks for activity. `benchmarks/sorting.py train` makes them."""
    text = (bundle.folder("data") / "catalogue" / "lexicon" / FILE).read_text(encoding="utf-8")
    return {trait: float(weight) for trait, weight in json.loads(text).items()}


def share(traits: Iterable[str], learned: Mapping[str, float] | None = None) -> float:
    """How likely a suggestion with these traits is an activity, from 0 to 1.

    >>> share(["always"], {"always": 0.0})
    0.5
    """
    book = weights() if learned is None else learned
    score = sum(book.get(trait, 0.0) for trait in traits)
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))
