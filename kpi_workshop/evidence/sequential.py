"""Deciding only at planned looks: group-sequential bounds, and many measures at once by Benjamini-Hochberg.

The spending function is Lan and DeMets' O'Brien-Fleming form; the recursion is that of `gsdesign`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from scipy.special import ndtr, ndtri

LOOKS = (8, 12, 16, 20, 26)
ALPHA = 0.05
INFORMATION_POWER = 0.6
"""How information grows with weeks when weeks resemble one another: slower than their number."""


def information(looks: Sequence[int], *, power: float = INFORMATION_POWER) -> tuple[float, ...]:
    """The share of the last look's information at each look, fixed from the design and never from results.

    >>> [round(share, 2) for share in information((8, 26))]
    [0.49, 1.0]
    """
    return tuple((look / looks[-1]) ** power for look in looks)


@lru_cache(maxsize=256)
def bounds(fractions: tuple[float, ...], *, alpha: float = ALPHA) -> tuple[float, ...]:
    """The |z| to pass at each look, two-sided, Lan-DeMets O'Brien-Fleming spending on each side.

    `fractions` are rising information fractions that end at 1. One look gives the usual value.

    >>> [round(bound, 2) for bound in bounds((1.0,))]
    [1.96]
    """
    spent = [_spent(fraction, alpha / 2) for fraction in fractions]
    found: list[float] = []
    for look in range(len(fractions)):
        fresh = spent[look] - (spent[look - 1] if look else 0.0)
        found.append(_bound(fractions[: look + 1], found, fresh))
    return tuple(found)


def crossing(fractions: Sequence[float], limits: Sequence[float], *, sides: int = 1) -> list[float]:
    """The probability, under no effect, of first passing each limit at each look (one side or both).

    >>> round(sum(crossing((0.5, 1.0), (1.96, 1.96))), 3)
    0.042
    """
    from gsdesign import h1, hupdate

    probabilities = [float(sides * ndtr(-limits[0]))]
    below = -np.inf if sides == 1 else -limits[0]
    grid = h1(info=fractions[0], a=below, b=limits[0])
    for look in range(1, len(fractions)):
        before, now, limit = fractions[look - 1], fractions[look], limits[look]
        z, _, mass = grid
        ahead = (limit * np.sqrt(now) - z * np.sqrt(before)) / np.sqrt(now - before)
        above = float(mass @ ndtr(-ahead))
        if sides == 2:
            behind = (-limit * np.sqrt(now) - z * np.sqrt(before)) / np.sqrt(now - before)
            above += float(mass @ ndtr(behind))
        probabilities.append(above)
        below = -np.inf if sides == 1 else -limit
        grid = hupdate(18, 0.0, now, below, limit, 0.0, before, grid)
    return probabilities


def obrien_fleming(looks: int, *, alpha: float = ALPHA, sides: int = 1) -> list[float]:
    """The classical O'Brien-Fleming bounds for equally spaced looks: one constant over the root of the fraction."""
    fractions = [(look + 1) / looks for look in range(looks)]
    low, high = 1.0, 4.0
    for _ in range(60):
        constant = (low + high) / 2
        spent = sum(crossing(fractions, [constant / np.sqrt(fraction) for fraction in fractions], sides=sides))
        low, high = (constant, high) if spent > alpha else (low, constant)
    return [constant / np.sqrt(fraction) for fraction in fractions]


def adjusted(p: Sequence[float | None]) -> list[float | None]:
    """Benjamini-Hochberg q-values within one family; unknown ones stay unknown and do not count.

    >>> adjusted([0.01, 0.04, None])
    [0.02, 0.04, None]
    """
    known = [(value, place) for place, value in enumerate(p) if value is not None]
    result: list[float | None] = [None] * len(p)
    smallest = 1.0
    for rank, (value, place) in reversed(list(enumerate(sorted(known), start=1))):
        smallest = min(smallest, value * len(known) / rank)
        result[place] = smallest
    return result


def discoveries(looks: Sequence[int], taken: int, z: Sequence[Sequence[float | None]]) -> list[int | None]:
    """The look (0 is the first) at which each hypothesis of one family passed, or None.

    `z[hypothesis][look]` holds the value at each look taken. Benjamini-Hochberg over looks: at each look the largest
    j for which j hypotheses pass, at any look so far, the bound of level alpha times j over their number. What has
    passed stays passed.
    """
    fractions, number = information(looks), len(z)
    when: list[int | None] = [None] * number
    for look in range(taken):
        for j in range(number, 0, -1):
            limits = bounds(fractions, alpha=ALPHA * j / number)
            passed = [_passed(row[: look + 1], limits) for row in z]
            if sum(passed) >= j:
                when = [look if new and old is None else old for new, old in zip(passed, when, strict=True)]
                break
    return when


def _passed(row: Sequence[float | None], limits: Sequence[float]) -> bool:
    return any(value is not None and abs(value) > limit for value, limit in zip(row, limits, strict=False))


def _spent(fraction: float, alpha: float) -> float:
    return float(2 * ndtr(ndtri(alpha / 2) / np.sqrt(fraction)))


def _bound(fractions: tuple[float, ...], before: list[float], fresh: float) -> float:
    if not before:
        return float(-ndtri(fresh))
    from gsdesign import h1, hupdate

    grid = h1(info=fractions[0], b=before[0])
    for look in range(1, len(before)):
        grid = hupdate(18, 0.0, fractions[look], -np.inf, before[look], 0.0, fractions[look - 1], grid)
    last, now = fractions[-2], fractions[-1]
    z, _, mass = grid
    low, high = 0.0, 9.0
    for _ in range(50):
        limit = (low + high) / 2
        above = mass @ ndtr(-(limit * np.sqrt(now) - z * np.sqrt(last)) / np.sqrt(now - last))
        low, high = (limit, high) if above > fresh else (low, limit)
    return limit
