"""What a team did per seller present: heavy tails held in, and who came or went told apart from who changed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .panel import Panel

Array = NDArray[np.float64]
SKEWED = 0.8
"""Amounts whose positive values vary by more than this share of their mean are held in at the top."""
TOP = 0.975


def held_in(rates: Array) -> tuple[Array, bool]:
    """The rates with amounts above the 97.5th percentile of the positive ones set to it, where they are skewed."""
    positive = rates[np.isfinite(rates) & (rates > 0)]
    if len(positive) < 20 or positive.std() < SKEWED * positive.mean():
        return rates, False
    return np.minimum(rates, np.quantile(positive, TOP)), True


def team_weeks(panel: Panel, measure: str, *, baseline: int, among: NDArray[np.bool_] | None = None) -> Array:
    """Team by week: the mean per seller present, relative to the team's own mean over the weeks before `baseline`.

    Sellers differ, so that one who leaves would move a plain mean: each seller's own level is taken out as a random
    effect (a short stay says little about a level). `among` picks sellers. NaN where nobody was present.
    """
    rates, _ = held_in(panel.rates[measure])
    chosen = np.ones(len(rates), dtype=bool) if among is None else among
    weight = np.where(np.isfinite(rates), panel.present, 0.0) * chosen[:, None]
    values = np.where(weight > 0, rates, 0.0)
    shrink = _noise_over_levels(values, weight, panel.team)
    rows = []
    for team in range(len(panel.teams)):
        mine = panel.team == team
        level = _balanced(values[mine], weight[mine], shrink)
        before = level[panel.weeks < baseline]
        mean = np.nanmean(before) if np.isfinite(before).sum() >= 2 else np.nan
        rows.append(level / mean if mean > 0 else np.full_like(level, np.nan))
    return np.array(rows)


def _balanced(values: Array, weight: Array, shrink: float) -> Array:
    total = weight.sum(axis=0)
    seen = total > 0
    if not seen.any():
        return np.full(values.shape[1], np.nan)
    w, y = weight[:, seen], values[:, seen]
    share = w / (w.sum(axis=1) + shrink)[:, None]
    left = np.diag(total[seen]) - w.T @ share
    right = (w * y).sum(axis=0) - share.T @ (w * y).sum(axis=1)
    level = np.full(values.shape[1], np.nan)
    level[seen] = np.linalg.solve(left, right)
    return level


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


def company_weeks(panel: Panel, measure: str, *, baseline: int, among: NDArray[np.bool_] | None = None) -> Array:
    """One row: the same for all sellers as one team."""
    together = replace(panel, team=np.zeros_like(panel.team), teams=("all",), start=panel.start[:1])
    return team_weeks(together, measure, baseline=baseline, among=among)
