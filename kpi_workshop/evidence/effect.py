"""Did the rollout move it: weighted least squares on team weeks, whose errors are alike from week to week.

Team-week means over the sellers present, divided by the team's own mean before the first start, are compared between
teams, so that everything that meets all teams alike (season, a price rise) falls out. The errors are AR(1) plus noise;
how much and how long they last is not guessed but averaged over, each case weighted by its REML likelihood.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtr

PHIS = (0.0, 0.3, 0.5, 0.7, 0.85, 0.95)
LAMBDAS = (0.0, 0.01, 0.02, 0.04, 0.1, 0.4, 1.6, 5.0, 20.0)
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A relative change (0.15 is +15 %), its 95 % interval, two-sided p and the z of the same p, with its sign."""

    value: float
    low: float
    high: float
    p: float
    z: float

    @property
    def spread(self) -> float:
        """The standard error that the 95 % interval stands for."""
        return (self.high - self.low) / 3.92


@dataclass(frozen=True)
class _Cells:
    inverse: Array  # cell x week x week, an intercept already taken out
    penalty: Array  # cell: log determinants of the covariance and of the intercept's information
    covariance: Array  # cell x week x week


def estimate(rates: Array, started: Array, weeks: NDArray[np.int64]) -> Estimate | None:
    """The mean effect of having started, over all started team-weeks.

    `rates` (team x week) are relative to the team's own baseline, NaN where nobody was present; `started` (team x
    week) is 1 from the team's start; `weeks` are their numbers, gaps allowed. None where teams or weeks are too few,
    or where all teams start alike, so that no comparison is left.
    """
    teams, length = rates.shape
    if teams < 2 or length < 8:
        return None
    filled, missing = _filled(rates, started)
    contrast = _contrasts(teams)
    y, d = contrast @ filled, contrast @ started
    if np.abs(d).max() < 1e-9:
        return None
    cells = _cells(tuple(int(week) for week in weeks))
    rows = len(contrast)
    return _mixture(y, d, cells, rows=rows, freedom=rows * (length - 1) - missing - 1)


def single_series(rates: Array, started: Array, weeks: NDArray[np.int64]) -> Estimate | None:
    """The step of one company series with an annual season: a last resort where every team started in one week.

    Two harmonics of 52.18 weeks stand for the season; `rates` and `started` have one row.
    """
    known = np.isfinite(rates[0])
    y, d, when = rates[0][known], started[0][known], weeks[known]
    if not 0 < d.sum() < len(d):
        return None
    turn = 2 * np.pi * when / 52.18
    season = np.column_stack([np.sin(turn), np.cos(turn), np.sin(2 * turn), np.cos(2 * turn)])
    cells = _cells(tuple(int(week) for week in when))
    inverse, penalty = [], []
    for cell, cost in zip(cells.inverse, cells.penalty, strict=True):
        half = cell @ season
        information = season.T @ half
        inverse.append(cell - half @ np.linalg.solve(information, half.T))
        penalty.append(cost + np.linalg.slogdet(information)[1])
    adjusted = _Cells(np.array(inverse), np.array(penalty), cells.covariance)
    return _mixture(y[None, :], d[None, :], adjusted, rows=1, freedom=len(y) - 6)


def error_covariance(rates: Array, weeks: NDArray[np.int64]) -> Array:
    """The week x week covariance of one team's errors over `weeks`, as the rows of `rates` show it (scale 1 = noise).

    The first columns of `weeks` belong to `rates`; further weeks are a forecast.
    """
    seen = rates.shape[1]
    cells = _cells(tuple(int(week) for week in weeks[:seen]))
    contrast = _contrasts(len(rates)) if len(rates) > 1 else np.ones((1, 1))
    y = contrast @ _filled(rates, np.zeros_like(rates))[0]
    yy = np.einsum("rs,kst,rt->k", y, cells.inverse, y)
    freedom = len(y) * (seen - 1)
    likelihood = -0.5 * len(y) * cells.penalty - 0.5 * freedom * np.log(np.maximum(yy, 1e-12))
    weight = np.exp(likelihood - likelihood.max())
    weight *= np.maximum(yy, 1e-12) / freedom
    whole = _cells(tuple(int(week) for week in weeks)).covariance
    return np.einsum("k,kst->st", weight / np.exp(likelihood - likelihood.max()).sum(), whole)


def _mixture(y: Array, d: Array, cells: _Cells, *, rows: int, freedom: int) -> Estimate | None:
    if freedom < 5:
        return None
    half = np.einsum("rs,kst->krt", d, cells.inverse)
    dd = np.einsum("krt,rt->k", half, d)
    dy = np.einsum("krt,rt->k", half, y)
    yy = np.einsum("rs,kst,rt->k", y, cells.inverse, y)
    if dd.min() < 1e-9:
        return None
    value = dy / dd
    rest = np.maximum(yy - dy**2 / dd, 1e-12)
    likelihood = -0.5 * rows * cells.penalty - 0.5 * np.log(dd) - 0.5 * freedom * np.log(rest)
    weight = np.exp(likelihood - likelihood.max())
    weight /= weight.sum()
    error = np.sqrt(rest / freedom / dd)
    middle = float(weight @ value)
    tail = float(weight @ stdtr(freedom, -value / error))
    p = max(min(1.0, 2 * min(tail, 1 - tail)), 1e-15)
    reach = 12 * float(error.max()) + float(np.ptp(value))
    low = _quantile(0.025, value, error, weight, freedom, middle - reach, middle + reach)
    high = _quantile(0.975, value, error, weight, freedom, middle - reach, middle + reach)
    return Estimate(middle, low, high, p, float(np.sign(middle) * -ndtri(p / 2)))


def _quantile(share: float, value: Array, error: Array, weight: Array, freedom: int, low: float, high: float) -> float:
    for _ in range(40):
        point = (low + high) / 2
        below = float(weight @ stdtr(freedom, (point - value) / error))
        low, high = (point, high) if below < share else (low, point)
    return (low + high) / 2


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


@lru_cache(maxsize=32)
def _contrasts(teams: int) -> Array:
    helmert = np.zeros((teams - 1, teams))
    for row in range(1, teams):
        helmert[row - 1, :row] = 1
        helmert[row - 1, row] = -row
    return helmert / np.linalg.norm(helmert, axis=1, keepdims=True)


def _filled(rates: Array, started: Array) -> tuple[Array, int]:
    """Empty team-weeks by team + week + start effects, repeated until they agree; each costs a degree of freedom."""
    empty = ~np.isfinite(rates)
    missing = int(empty.sum())
    if not missing:
        return rates, 0
    whole = np.where(empty, np.nanmean(rates) if missing < rates.size else 0.0, rates)
    for _ in range(30):
        moved = whole - whole.mean(axis=1, keepdims=True) - whole.mean(axis=0, keepdims=True) + whole.mean()
        d = started - started.mean(axis=1, keepdims=True) - started.mean(axis=0, keepdims=True) + started.mean()
        slope = (moved * d).sum() / (d * d).sum() if (d * d).sum() > 1e-9 else 0.0
        fitted = whole - moved + slope * d
        whole = np.where(empty, fitted, rates)
    return whole, missing
