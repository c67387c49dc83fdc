"""One series alone, and how a team's weeks resemble one another: errors that are AR(1) plus noise.

How much and how long the errors last is not guessed but averaged over, each case weighted by its REML likelihood.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .estimates import Estimate, summary

PHIS = (0.0, 0.3, 0.5, 0.7, 0.85, 0.95)
LAMBDAS = (0.0, 0.01, 0.02, 0.04, 0.1, 0.4, 1.6, 5.0, 20.0)
YEAR = 52.18
Array = NDArray[np.float64]


@dataclass(frozen=True)
class _Cells:
    inverse: Array  # cell x week x week, an intercept already taken out
    penalty: Array  # cell: log determinants of the covariance and of the intercept's information
    covariance: Array  # cell x week x week


def step(rates: Array, started: Array, weeks: NDArray[np.int64]) -> Estimate | None:
    """The step of one company series with an annual season: a last resort where every team started in one week.

    Two harmonics of the year stand for the season; `rates` and `started` have one value for each of `weeks`.
    """
    known = np.isfinite(rates)
    y, d, when = rates[known], started[known], weeks[known]
    freedom = len(y) - 6
    if not 0 < d.sum() < len(d) or freedom < 5 or np.ptp(y) < 1e-9:
        return None
    turn = 2 * np.pi * when / YEAR
    season = np.column_stack([np.sin(turn), np.cos(turn), np.sin(2 * turn), np.cos(2 * turn)])
    cells = _cells(tuple(int(week) for week in when))
    half = cells.inverse @ season
    information = season.T @ half
    inverse = cells.inverse - half @ np.linalg.solve(information, half.transpose(0, 2, 1))
    dd, dy, yy = inverse @ d @ d, inverse @ y @ d, inverse @ y @ y
    if dd.min() < 1e-9:
        return None
    rest = np.maximum(yy - dy**2 / dd, 1e-12)
    penalty = cells.penalty + np.linalg.slogdet(information)[1]
    likelihood = -0.5 * penalty - 0.5 * np.log(dd) - 0.5 * freedom * np.log(rest)
    return summary(dy / dd, np.sqrt(rest / freedom / dd), likelihood, freedom)


def error_covariance(rates: Array, weeks: NDArray[np.int64]) -> Array:
    """The week x week covariance of one team's errors over `weeks`, as the rows of `rates` show it (scale 1 = noise).

    The first columns of `weeks` belong to `rates` (no gaps); further weeks are a forecast. What all teams share is
    taken out where there are several.
    """
    seen = rates.shape[1]
    cells = _cells(tuple(int(week) for week in weeks[:seen]))
    y = rates - rates.mean(axis=0) if len(rates) > 1 else rates
    rows = max(len(rates) - 1, 1)
    yy = np.maximum(np.einsum("kst,st->k", cells.inverse, y.T @ y), 1e-12)
    freedom = rows * (seen - 1)
    likelihood = -0.5 * rows * cells.penalty - 0.5 * freedom * np.log(yy)
    weight = np.exp(likelihood - likelihood.max())
    weight /= weight.sum()
    whole = _cells(tuple(int(week) for week in weeks)).covariance
    return np.asarray(np.einsum("k,kst->st", weight * yy / freedom, whole))


@lru_cache(maxsize=64)
def _cells(weeks: tuple[int, ...]) -> _Cells:
    apart = np.abs(np.subtract.outer(weeks, weeks))
    cases = [(0.0, 0.0)] + [(phi, level) for phi in PHIS for level in LAMBDAS if level and phi]
    covariance = np.array([np.eye(len(weeks)) + (level * phi**apart if level else 0.0) for phi, level in cases])
    inverse = np.linalg.inv(covariance)
    ones = inverse.sum(axis=2)
    total = ones.sum(axis=1)
    penalty = np.linalg.slogdet(covariance)[1] + np.log(total)
    return _Cells(inverse - ones[:, :, None] * ones[:, None, :] / total[:, None, None], penalty, covariance)
