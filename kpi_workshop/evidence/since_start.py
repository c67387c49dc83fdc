"""The effect week by week since the start: the picture beside the one number that decides.

The points are those of the imputation estimator (Borusyak, Jaravel and Spiess) as `diff-diff` computes it, on team
weeks. Their intervals are ours: with four teams clustered errors are too narrow, so the same errors are used as for the
effect itself, sellers' scatter and shocks to whole teams averaged over.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from . import effect, levels
from .design import design
from .estimates import summary
from .panel import Panel, column_of, named, read

Array = NDArray[np.float64]
BLOCK = 4
NEVER = 10**6
BEFORE = 2
"""Blocks before the start that are shown: they should hold zero."""


@dataclass(frozen=True)
class Span:
    """The effect in the weeks `first` to `last` since a team's own start (0 is the start; below 0 is before it).

    `estimate`, `low` and `high` are relative changes (0.15 is +15 %), the interval at 95 % for one look; `teams` is how
    many teams it rests on.
    """

    measure: str
    first: int
    last: int
    estimate: float
    low: float
    high: float
    teams: int


@threadpool_limits.wrap(limits=1, user_api="blas")  # on matrices this small more threads cost more than they give
def event_study(
    panel: Any, starts: Any, measure: str, *, baseline_weeks: int | None = None, block: int = BLOCK
) -> list[Span]:
    """Blocks of weeks since the start, two of them before it; empty where the design allows no comparison.

    `panel` and `starts` as in `analyse`; `measure` is a column or its name without the word in front. Weeks in which
    no team is left that has not started are not compared with anything, so they are left out.
    """
    seen = panel if isinstance(panel, Panel) else read(panel, starts)
    column = column_of(seen, measure)
    plan = design(seen, baseline_weeks)
    if plan.refused or not plan.compares:
        return []
    found = levels.team_weeks(seen, column, baseline=plan.baseline)
    usable = np.isfinite(found.rates).sum(axis=1) >= seen.weeks.size / 2
    begun = np.array([NEVER if start is None else start for start in seen.start], dtype=float)
    waiting = (seen.weeks[None, :] < begun[:, None]) & usable[:, None]
    rates = np.where(usable[:, None], found.rates, np.nan)
    kept = (waiting & np.isfinite(rates)).any(axis=0)
    found = levels.TeamWeeks(rates[:, kept], found.noise[:, kept][:, :, kept], found.freedom)
    since = seen.weeks[kept][None, :] - begun[:, None]
    return [
        Span(named(column), *row)
        for row in (*_before(found, since, seen.weeks[kept], block), *_after(found, since, seen.weeks[kept], block))
    ]


def _before(found: levels.TeamWeeks, since: Array, weeks: NDArray[np.int64], block: int) -> list[Any]:
    """Placebos: blocks before the start, beside everything after it, by the effect's own least squares."""
    spans = [(-block * place, -block * (place - 1) - 1) for place in range(BEFORE, 0, -1)]
    spans = [span for span in spans if ((since >= span[0]) & (since <= span[1])).any()]
    after = [
        ((since >= 0) & (since // block == place)).astype(float) for place in range(int(_last(since)) // block + 1)
    ]
    inside = [((since >= first) & (since <= last)).astype(float) for first, last in spans]
    answers = effect.estimates(found, np.array([*inside, *(one for one in after if one.any())]), weeks)
    if answers is None:
        return []
    return [
        (first, last, one.value, one.low, one.high, int(mask.any(axis=1).sum()))
        for (first, last), one, mask in zip(spans, answers, inside, strict=False)
    ]


def _after(found: levels.TeamWeeks, since: Array, weeks: NDArray[np.int64], block: int) -> list[Any]:
    started = (since >= 0).astype(float)
    unknown = _imputed(found.rates, since, weeks)
    shocks = effect.posterior(found, started, weeks)
    if unknown is None or shocks is None:
        return []
    weights = _weights(found.rates, since)
    rows = []
    for place in range(int(_last(since)) // block + 1):
        mask = (since // block == place) & (since >= 0) & np.isfinite(unknown)
        if not mask.any():
            continue
        value = float(unknown[mask].mean())
        error = shocks.errors(weights[mask.ravel()].mean(axis=0).reshape(mask.shape))
        one = summary(np.full(len(error), value), error, shocks.likelihood, shocks.freedom)
        last = min((place + 1) * block - 1, int(_last(since)))
        rows.append((place * block, last, value, one.low, one.high, int(mask.any(axis=1).sum())))
    return rows


def _imputed(rates: Array, since: Array, weeks: NDArray[np.int64]) -> Array | None:
    """Per started team-week what the library says the start added, NaN elsewhere."""
    import pandas as pd

    team, week = np.nonzero(np.isfinite(rates))
    first = np.where(since[:, 0] > -NEVER / 2, weeks[0] - since[:, 0], 0)
    table = pd.DataFrame(
        {"team": team, "week": weeks[week], "rate": rates[team, week], "start": first[team].astype(int)}
    )
    before = since[team, week] < 0
    alone = [one for one in np.unique(team) if before[team == one].sum() < 2]
    if alone or before.all():
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from diff_diff import ImputationDiD

        answer = ImputationDiD().fit(
            table, outcome="rate", unit="team", time="week", first_treat="start", aggregate="simple"
        )
    effects = np.full(rates.shape, np.nan)
    told = answer.treatment_effects
    place = {int(number): at for at, number in enumerate(weeks)}
    for unit, number, value in zip(told["team"], told["week"], told["tau_hat"], strict=True):
        effects[int(unit), place[int(number)]] = value
    return effects


def _weights(rates: Array, since: Array) -> Array:
    """Row by row the weight that each team-week has in what the start is said to have added to one.

    The estimator is a sum of team-weeks: the row itself less what teams and weeks without a start say of it.
    """
    team, week = np.nonzero(np.isfinite(rates))
    teams, length = rates.shape
    at = team * length + week
    dummies = np.zeros((rates.size, teams + length))
    dummies[at, team] = dummies[at, teams + week] = 1
    clean = at[since[team, week] < 0]
    weights = np.zeros((rates.size, rates.size))
    weights[:, clean] = -dummies @ np.linalg.pinv(dummies[clean])
    weights[at, at] += 1
    return weights


def _last(since: Array) -> float:
    return float(since.max())
