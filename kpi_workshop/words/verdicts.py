"""A verdict: what one rule says of a suggestion, and the words that it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .reading import Hit

Label = Literal["activity", "metric"]


@dataclass(frozen=True)
class Verdict:
    """What one rule says: the label, the rule, and the hits it rests on."""

    label: Label
    rule: str
    on: tuple[Hit, ...]


def activity(rule: str, *on: Hit) -> Verdict:
    """It is a seller's doing, says this rule."""
    return Verdict("activity", rule, on)


def metric(rule: str, *on: Hit) -> Verdict:
    """It depends on the buyer, on time passing or on money, says this rule."""
    return Verdict("metric", rule, on)
