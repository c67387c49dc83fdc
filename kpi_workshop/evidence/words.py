"""The signal word of each team, measure and week: what the chart shows, and what the calibrated test confirms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from . import series, signals

Array = NDArray[np.float64]
STEADY, LOOK = "steady", "look closer"
BETTER, WORSE = "better, real", "worse, real"
TRIAL, EARLY = "trial limits", "too early"
MEMORY = 0.1
"""The weight of the newest week in the moving mean that confirms a change."""
CONFIRMED = 2.75
"""Standard errors the moving mean must lie from the baseline; benchmarks/evidence calibrates it: about 5 % of
unchanged series pass it in 26 weeks, their autocorrelation and the baseline's own error included."""
EARLY_BELOW, TRIAL_BELOW = 6, 12


def weekly(rates: Array, weeks: NDArray[np.int64], *, baseline: int, rules: str = signals.NHS) -> list[list[str]]:
    """Per team (a row of `rates`, higher is better): a word for each week from `baseline` on.

    `rates` are team-week means over the team's own baseline. The limits are locked on the weeks before `baseline`. A
    change is confirmed by an exponentially weighted mean of the team over the other teams, whose error takes in how
    weeks resemble one another and how short the baseline is.
    """
    locked = int((weeks < baseline).sum())
    found = []
    confirmed = _confirmed(rates, weeks, locked)
    for team, row in enumerate(rates):
        known = np.isfinite(row)
        points = int(known[:locked].sum())
        words = []
        fired = _fired(row, locked, rules) if points >= 2 else np.zeros(len(row), dtype=np.int64)
        for week in range(locked, len(weeks)):
            if known[: week + 1].sum() < EARLY_BELOW or points < 2:
                words.append(EARLY)
            elif points < TRIAL_BELOW:
                words.append(TRIAL)
            elif abs(confirmed[team, week]) > CONFIRMED:
                words.append(BETTER if confirmed[team, week] > 0 else WORSE)
            else:
                words.append(LOOK if fired[week] else STEADY)
        found.append(words)
    return found


def _fired(row: Array, locked: int, rules: str) -> NDArray[np.int64]:
    known = np.flatnonzero(np.isfinite(row))
    values = row[known]
    bounds = signals.limits(values, baseline=int((known < locked).sum()))
    result = np.zeros(len(row), dtype=np.int64)
    result[known] = signals.latest_flags(values, bounds, rules=rules)
    return result


def _confirmed(rates: Array, weeks: NDArray[np.int64], locked: int) -> Array:
    """Standard errors of the moving mean from the baseline, per team and week; 0 within the baseline."""
    teams, length = rates.shape
    result = np.zeros((teams, length))
    if locked < EARLY_BELOW or length <= locked:
        return result
    filled = np.where(np.isfinite(rates), rates, 1.0)
    ratio = filled
    if teams > 1:
        others = (filled.sum(axis=0) - filled) / (teams - 1)
        ratio = filled / np.where(others > 0, others, 1.0)
    covariance = series.error_covariance(filled[:, :locked], weeks)
    weights = _moving(length, locked)
    inverse = np.linalg.inv(covariance[:locked, :locked])
    rest = ratio[:, :locked] - ratio[:, :locked].mean(axis=1, keepdims=True)
    scale = np.einsum("gs,st,gt->g", rest, inverse, rest) / (locked - 1)
    scale = 0.5 * scale + 0.5 * scale.mean()
    spread = np.sqrt(np.einsum("ws,st,wt->w", weights, covariance, weights))
    result[:, locked:] = (ratio @ weights.T) / (np.sqrt(np.maximum(scale, 1e-12))[:, None] * spread[None, :])
    return result


def _moving(length: int, locked: int) -> Array:
    """Row by week after the baseline: the weights that turn a series into its moving mean less its baseline mean."""
    rows = np.zeros((length - locked, length))
    for place in range(length - locked):
        ages = np.arange(place, -1, -1)
        rows[place, locked : locked + place + 1] = MEMORY * (1 - MEMORY) ** ages
        rows[place, :locked] = -rows[place].sum() / locked
    return rows
