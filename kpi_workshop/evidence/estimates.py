"""An estimate with its interval, averaged over what is not known of the errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, stdtr

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A relative change (0.15 is +15 %), its 95 % interval, two-sided p and the z of the same p, with its sign.

    `from_none`: there was nothing before that it could be relative to; 1 is what teams that have started do.
    """

    value: float
    low: float
    high: float
    p: float
    z: float
    from_none: bool = False

    @property
    def spread(self) -> float:
        """The standard error that the 95 % interval stands for."""
        return (self.high - self.low) / 3.92

    def widened(self, factor: float) -> Estimate:
        """The same with an interval `factor` times as wide, and the z and p that go with it."""
        z = self.z / factor
        low, high = (self.value + factor * (edge - self.value) for edge in (self.low, self.high))
        return Estimate(self.value, low, high, float(max(2 * ndtr(-abs(z)), 1e-15)), z, self.from_none)


NOT_TAKEN_UP = Estimate(0.0, 0.0, 0.0, 1.0, 0.0, from_none=True)
"""Of an activity that nobody did before: hardly anybody does it now."""


def summary(value: Array, error: Array, likelihood: Array, freedom: float) -> Estimate:
    """One estimate out of many cases: a mixture of t distributions, each case weighted by its likelihood (a log)."""
    weight = np.exp(likelihood - likelihood.max())
    weight /= weight.sum()
    kept = weight > 1e-7
    value, error, weight = value[kept], error[kept], weight[kept] / weight[kept].sum()
    middle = float(weight @ value)
    tail = float(weight @ stdtr(freedom, -value / error))
    p = max(min(1.0, 2 * min(tail, 1 - tail)), 1e-15)
    reach = 12 * float(error.max()) + float(np.ptp(value))
    low, high = (_quantile(share, value, error, weight, freedom, middle, reach) for share in (0.025, 0.975))
    return Estimate(middle, low, high, p, float(np.sign(middle) * -ndtri(p / 2)))


def _quantile(
    share: float, value: Array, error: Array, weight: Array, freedom: float, middle: float, reach: float
) -> float:
    low, high = middle - reach, middle + reach
    for _ in range(26):
        point = (low + high) / 2
        below = float(weight @ stdtr(freedom, (point - value) / error))
        low, high = (point, high) if below < share else (low, point)
    return (low + high) / 2
