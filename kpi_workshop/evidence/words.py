"""The signal word of each team, measure and week: what the chart shows, and what the calibrated test confirms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from . import effect, series, signals
from .levels import TeamWeeks

Array = NDArray[np.float64]
STEADY, LOOK = "steady", "look closer"
BETTER, WORSE = "better, real", "worse, real"
TRIAL, EARLY = "trial limits", "too early"
MEMORY = 0.1
"""The weight of the newest week in the moving mean that confirms a change."""
CONFIRMED = 2.8
"""Standard errors the moving mean must lie from the baseline; benchmarks/evidence counts how often unchanged series
pass it in 26 weeks."""
EARLY_BELOW, TRIAL_BELOW = 6, signals.TRIAL_BELOW


def weekly(
    given: TeamWeeks,
    weeks: NDArray[np.int64],
    *,
    baseline: int,
    started: Array | None = None,
    rules: str = signals.NHS,
) -> list[list[str]]:
    """Per team (a row of `given.rates`, higher is better): a word for each week from `baseline` on.

    The limits are locked on the weeks before `baseline`. A change is confirmed by an exponentially weighted mean of
    the team less the teams that have not `started` (team x week, 1 from the start; all others, where every one has),
    whose error takes in the sellers' scatter, shocks to whole teams and how short the baseline is.
    """
    rates = given.rates
    locked = int((weeks < baseline).sum())
    found = []
    begun = np.zeros_like(rates) if started is None else started
    confirmed = _confirmed(given, begun, weeks, locked)
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


def _confirmed(given: TeamWeeks, started: Array, weeks: NDArray[np.int64], locked: int) -> Array:
    """Standard errors of the moving mean from the baseline, per team and week; 0 within the baseline."""
    rates, length = given.rates, weeks.size
    result = np.zeros(rates.shape)
    if locked < TRIAL_BELOW or length <= locked:
        return result
    firm = np.isfinite(rates[:, :locked]).sum(axis=1) >= TRIAL_BELOW
    filled = np.where(np.isfinite(rates), rates, 1.0)
    early = TeamWeeks(rates[:, :locked], given.noise[:, :locked, :locked], given.freedom)
    shocks = effect.usual_shocks(early, weeks[:locked]) if firm.sum() > 1 else None
    for team in np.flatnonzero(firm):
        if shocks is None:
            result[team, locked:] = _alone(filled[team], weeks, locked)
            continue
        weights = _against(int(team), firm, started, length, locked)
        spread = shocks.variance(weights, given.noise, weeks) ** 0.5
        result[team, locked:] = np.einsum("wgt,gt->w", weights, filled) / spread
    return result


def _alone(rates: Array, weeks: NDArray[np.int64], locked: int) -> Array:
    """The same for a team that has none beside it."""
    covariance = series.error_covariance(rates[None, :locked], weeks)
    weights = _moving(weeks.size, locked)
    rest = rates[:locked] - rates[:locked].mean()
    scale = rest @ np.linalg.solve(covariance[:locked, :locked], rest) / (locked - 1)
    spread = np.sqrt(np.einsum("ws,st,wt->w", weights, covariance, weights) * max(scale, 1e-12))
    return np.asarray(weights @ rates / spread)


def _against(team: int, firm: NDArray[np.bool_], started: Array, length: int, locked: int) -> Array:
    """Week by team by week: the moving mean of one team less the others, each less its own baseline."""
    own = _moving(length, locked)[:, locked:]
    other = firm.copy()
    other[team] = False
    waiting = (started[:, locked:] == 0) & other[:, None]
    waiting = np.where(waiting.any(axis=0), waiting, other[:, None])
    share = -1.0 * waiting / waiting.sum(axis=0)
    share[team] = 1.0
    weights = np.zeros((length - locked, len(firm), length))
    weights[:, :, locked:] = own[:, None, :] * share[None, :, :]
    weights[:, :, :locked] = -weights.sum(axis=2, keepdims=True) / locked
    return weights


def _moving(length: int, locked: int) -> Array:
    """Row by week after the baseline: the weights that turn a series into its moving mean less its baseline mean."""
    rows = np.zeros((length - locked, length))
    for place in range(length - locked):
        ages = np.arange(place, -1, -1)
        rows[place, locked : locked + place + 1] = MEMORY * (1 - MEMORY) ** ages
        rows[place, :locked] = -rows[place].sum() / locked
    return rows
