"""What a team did per seller present: heavy tails held in, and who came or went told apart from who changed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .panel import Panel

Array = NDArray[np.float64]
SKEWED = 0.8
"""Amounts whose positive values vary by more than this share of their mean are held in at the top."""
TOP = 0.975
BORROWED = 20
"""A team's own scatter counts for its degrees of freedom, that of all teams for so many."""
FIRM = 3.0
"""Standard errors that a baseline must lie above zero before anything is put in relation to it.

They are those of the weeks worked in it: that sellers differ makes a baseline no less firm."""
LEAST_NOISE = 1e-5
"""The smallest error variance of a team-week that is believed, relative to the team's baseline."""


@dataclass(frozen=True)
class TeamWeeks:
    """What teams did per week, relative to their own baseline, and how exact that is.

    `rates` (team x week) are 1 where a team is at its baseline, NaN where nobody was present or the team has no
    baseline. `noise` (team x week x week) is the covariance of their errors that the sellers' own scatter explains,
    including the unknown level of who came; shocks to a whole team come on top. `freedom` is the degrees of freedom
    of that scatter, 0 where no team has two sellers to compare. `from_none`: nobody did any of it before, so that 1 is
    what the teams that have started do.
    """

    rates: Array
    noise: Array
    freedom: float
    from_none: bool = False


def held_in(rates: Array) -> tuple[Array, bool]:
    """The rates with amounts above the 97.5th percentile of the positive ones set to it, where they are skewed."""
    positive = rates[np.isfinite(rates) & (rates > 0)]
    if len(positive) < 20 or positive.std() < SKEWED * positive.mean():
        return rates, False
    return np.minimum(rates, np.quantile(positive, TOP)), True


def team_weeks(
    panel: Panel,
    measure: str,
    *,
    baseline: int,
    among: NDArray[np.bool_] | None = None,
    may_be_new: bool = False,
) -> TeamWeeks:
    """Team by week: the mean per seller present, relative to the team's own mean over the weeks before `baseline`.

    Sellers differ, so that one who leaves would move a plain mean: each seller's own level is taken out as a random
    effect (a short stay says little about a level). `among` picks sellers. What `may_be_new` is given in relation to
    what started teams do where every week before `baseline` is a known 0; else such a measure has no rates.
    """
    rates, _ = held_in(panel.rates[measure])
    chosen = np.ones(len(rates), dtype=bool) if among is None else among
    weight = np.where(np.isfinite(rates), panel.present, 0.0) * chosen[:, None]
    values = np.where(weight > 0, rates, 0.0)
    shrink = _noise_over_levels(values, weight, panel.team)
    teams, length = len(panel.teams), panel.weeks.size
    level, shape = np.full((teams, length), np.nan), np.zeros((teams, length, length))
    scatter, freedom = np.zeros(teams), np.zeros(teams)
    for team in range(teams):
        mine = panel.team == team
        level[team], shape[team] = _balanced(values[mine], weight[mine], shrink)
        scatter[team], freedom[team] = _scatter(values[mine], weight[mine], level[team])
    before = panel.weeks < baseline
    usual = np.array([_mean(row[before]) for row in level])
    now = _mean(level[panel.started() > 0])
    from_none = may_be_new and bool(weight[:, before].any() and not values[:, before].any())
    if from_none:
        usual = np.full(teams, now)
    per_level = scatter.sum() / max(float((freedom * np.nan_to_num(usual)).sum()), 1e-12)
    with np.errstate(invalid="ignore"):
        variance = (scatter + BORROWED * per_level * usual) / (freedom + BORROWED)
        error = variance / np.maximum(np.bincount(panel.team, weight[:, before].sum(axis=1), minlength=teams), 1e-9)
        usual = np.where(usual > FIRM * np.sqrt(error), usual, np.nan)
        noise = np.nan_to_num(shape * (variance / usual**2)[:, None, None])
    diagonal = np.arange(length)
    noise[:, diagonal, diagonal] = np.maximum(noise[:, diagonal, diagonal], LEAST_NOISE)
    return TeamWeeks(level / usual[:, None], noise, float(freedom.sum()), from_none)


def company_weeks(panel: Panel, measure: str, *, baseline: int, among: NDArray[np.bool_] | None = None) -> TeamWeeks:
    """One row: the same for all sellers as one team."""
    together = replace(panel, team=np.zeros_like(panel.team), teams=("all",), start=panel.start[:1])
    return team_weeks(together, measure, baseline=baseline, among=among)


def _balanced(values: Array, weight: Array, shrink: float) -> tuple[Array, Array]:
    """A team's level per week beside its sellers' own, NaN where nobody was present, and its covariance's shape."""
    length = values.shape[1]
    level, shape = np.full(length, np.nan), np.zeros((length, length))
    total = weight.sum(axis=0)
    seen = np.flatnonzero(total > 0)
    if not len(seen):
        return level, shape
    w, y = weight[:, seen], values[:, seen]
    share = w / (w.sum(axis=1) + shrink)[:, None]
    inverse = np.linalg.inv(np.diag(total[seen]) - w.T @ share)
    level[seen] = inverse @ ((w * y).sum(axis=0) - share.T @ (w * y).sum(axis=1))
    shape[np.ix_(seen, seen)] = inverse
    return level, shape


def _scatter(values: Array, weight: Array, level: Array) -> tuple[float, float]:
    """The sum of squares of one team's sellers around their own mean beside the team's week, and its freedom."""
    rest = np.where(weight > 0, values - np.nan_to_num(level), 0.0)
    stay = weight.sum(axis=1)
    own = (weight * rest).sum(axis=1) / np.maximum(stay, 1e-9)
    rest = np.where(weight > 0, rest - own[:, None], 0.0)
    freedom = int(np.count_nonzero(weight)) - int((stay > 0).sum()) - int((weight.sum(axis=0) > 0).sum()) + 1
    return float((weight * rest**2).sum()) if freedom > 0 else 0.0, max(float(freedom), 0.0)


def _mean(before: Array) -> float:
    known = before[np.isfinite(before)]
    return float(known.mean()) if len(known) >= 2 and known.mean() > 0 else np.nan


def why_not(panel: Panel, measure: str, *, baseline: int) -> str:
    """Why a measure's change is not computable, in words."""
    rates = panel.rates[measure]
    known = rates[np.isfinite(rates)]
    if not len(known):
        return "Not computable: nobody was present with a value."
    if not known.any():
        return "Not computable: it is zero throughout."
    if np.ptp(known) < 1e-9 * np.abs(known).max():
        return "Not computable: it never changes."
    if np.isfinite(team_weeks(panel, measure, baseline=baseline).rates).any(axis=1).sum() < 2:
        return "Not computable: before the start it is zero, or too small to put a change in relation to it."
    return "Not computable: too few weeks or teams with sellers present."


def _noise_over_levels(values: Array, weight: Array, team: NDArray[np.int64]) -> float:
    stays = weight.sum(axis=1)
    kept = stays >= 4
    if kept.sum() < 3:
        return 1.0
    w, y, at = weight[kept], values[kept], team[kept]
    for here in np.unique(at):
        mine = at == here
        y[mine] -= (w[mine] * y[mine]).sum(axis=0) / np.maximum(w[mine].sum(axis=0), 1e-9)
    mean = (w * y).sum(axis=1) / w.sum(axis=1)
    spare = max(w.sum() - len(y) - np.count_nonzero(w.sum(axis=0)), 1.0)
    noise = (w * (y - mean[:, None]) ** 2).sum() / spare
    between = max(float(np.mean(mean**2 - noise / w.sum(axis=1))), 0.0)
    return float(noise / between) if between > 1e-3 * noise else 1000.0
