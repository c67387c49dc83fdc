"""Learned scores: how much each trait of a reading speaks for activity or metric, from labelled suggestions."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Mapping

from .. import bundle

FILE = "learned.json"


@functools.cache
def weights() -> Mapping[str, float]:
    """The bundled weights by trait; above zero speaks for activity. `benchmarks/sorting.py train` makes them."""
    text = (bundle.folder("data") / "catalogue" / "lexicon" / FILE).read_text(encoding="utf-8")
    return {trait: float(weight) for trait, weight in json.loads(text).items()}


def lean(traits: Iterable[str], learned: Mapping[str, float] | None = None) -> float:
    """How a suggestion with these traits leans, as log odds: above zero to an activity, below zero to a metric.

    >>> lean(["always"], {"always": 0.5})
    0.5
    """
    book = weights() if learned is None else learned
    return sum(book.get(trait, 0.0) for trait in traits)
