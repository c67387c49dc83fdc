"""Judging a reading: is it the seller's doing, or does it depend on the buyer, on time passing or on money?"""

from __future__ import annotations

from . import doers, outcomes
from .reading import Reading
from .shapes import EFFORT, Shape, shape
from .verdicts import Verdict, activity, metric

LATE = ("buyer", "result", "stock", "goods")


def verdict(reading: Reading) -> Verdict | None:
    """What the rules say about a reading, the most particular rule first; None where none of them applies."""
    laid = shape(reading)
    for rule in RULES if laid.things else (doers.who_acts,):
        found = rule(reading, laid)
        if found:
            return found
    return None


def _head_alone(reading: Reading, laid: Shape) -> Verdict | None:
    """Without anything else, what is counted decides."""
    hit = laid.head or laid.doing
    if hit is not None and hit.side == "people":
        hit = next((h for h in laid.things if h.side not in ("people", "internal")), None)
    if hit is None:
        return None
    if hit.side in EFFORT:
        return activity("head", hit)
    if hit.side in LATE:
        return metric("head", hit)
    return None


def features(reading: Reading, said: Verdict | None) -> list[str]:
    """What the learned scores look at: the verdict, the sides, the ideas and the amounts; never a whole row."""
    laid = shape(reading)
    found = ["always"]
    found.append(f"rule {said.rule} {said.label}" if said else "rule none")
    if said:
        found.append(f"says {said.label}")
    if laid.head:
        found += [f"head {laid.head.side}", f"head is {laid.head.name}"]
    if laid.doing:
        found += [f"doing {laid.doing.side}", f"doing is {laid.doing.name}"]
    if laid.head and laid.doing:
        found.append(f"{laid.head.side} {laid.doing.side}")
    if laid.per:
        found.append(f"per {laid.per.side}")
    tell = [h for h in laid.things if h.side not in ("people", "internal")]
    if tell:
        found += [f"first {tell[0].side}", f"last {tell[-1].side}"]
    sides = sorted({h.side for h in tell})
    found += [f"has {side}" for side in sides]
    found += [f"only {sides[0]}"] if len(sides) == 1 else []
    found += [f"amount {side}" for side in laid.amounts if side not in ("count", "period")]
    found += [f"idea {h.name}" for h in laid.things]
    found += [f"word {word.stem}" for word in reading.unknown]
    return sorted(set(found))


RULES = (
    outcomes.step,
    outcomes.before_outcome,
    outcomes.came_of_it,
    outcomes.kept_up,
    outcomes.per_outcome,
    doers.wait,
    doers.buyers_doing,
    doers.done_to,
    _head_alone,
    doers.who_acts,
)
"""The most particular first."""
