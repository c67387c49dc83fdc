"""Did the rollout move it: least squares on team weeks, weighted by what is known and averaged over what is not.

Team-week means relative to the team's own baseline are compared between teams, so that everything that meets all teams
alike (season, a price rise) falls out. Their errors are two things. What the sellers' scatter explains is estimated
from the sellers, some forty of them by some sixty weeks. Shocks to a whole team cannot be: with four teams they are an
AR(1) of unknown size and length, over which the result is averaged, each case weighted by its REML likelihood.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .estimates import Estimate, summary
from .levels import TeamWeeks

PHIS = {0.3: 0.5, 0.6: 0.5, 0.85: 1.0, 0.93: 1.0, 0.97: 2.0, 0.99: 1.0}
"""How much of a team's shock is left a week later, and how likely that is before the data are seen, in any unit.

0.3 halves within a week, 0.85 in four, 0.97 in half a year; 0.99 is a slow drift. Four teams cannot tell them apart,
and what lasts is what passes for an effect, so half a year counts twice and what is over within days by half. Over 12
simulated worlds with lasting shocks or drift 6.8 % false alarms instead of 8.2 with all equal and half a year as the
longest, for 31 % power instead of 32 (seed 9001, on which this was chosen; the table of benchmarks/README.md has
others)."""
SHOCKS = (0.01, 0.02, 0.03, 0.045, 0.065, 0.09, 0.13, 0.19, 0.28, 0.45)
"""Standard deviations of a team's shocks, as shares of its baseline."""
USUAL_SHOCK = 0.08
"""Half of all teams are taken to have shocks smaller than this, before the data are seen (half-Cauchy)."""
NO_SHOCK = 0.02
"""The weight of there being no shocks at all: hardly any team is so even."""
FIRST = min(PHIS)
"""The memory whose cases are headed by that of no shocks at all, which has none."""
SCATTER_TRUSTED = 60.0
"""The sellers' scatter counts as so many observations of the noise of team-weeks, at most."""
Array = NDArray[np.float64]


@dataclass(frozen=True)
class _Case:
    """Sums over weeks and teams for each size of shock at one length of memory (rows: shocks)."""

    left: Array  # regressor x regressor
    right: Array  # regressor
    rest: Array  # squares left over
    cost: Array  # log determinants
    prior: Array


def estimate(found: TeamWeeks, started: Array, weeks: NDArray[np.int64]) -> Estimate | None:
    """The mean effect of having started, over all started team-weeks.

    `started` (team x week) is 1 from the team's start; `weeks` are their numbers, gaps allowed. None where teams or
    weeks are too few, where nothing varies, or where all teams start alike, so that no comparison is left.
    """
    answer = estimates(found, started[None], weeks)
    return None if answer is None else replace(answer[0], from_none=found.from_none)


def estimates(found: TeamWeeks, started: Array, weeks: NDArray[np.int64]) -> list[Estimate] | None:
    """The same for several regressors at once (`started`: regressor x team x week), each beside the others."""
    fit = _fitted(found, started, weeks)
    if fit is None:
        return None
    return [
        summary(fit.value[:, at], fit.error[:, at], fit.likelihood, fit.freedom) for at in range(fit.value.shape[1])
    ]


@dataclass(frozen=True)
class Shocks:
    """How teams' errors may be made, one case for each size and memory of their shocks, and how likely each is."""

    noise: Array  # team x week x week
    weeks: NDArray[np.int64]
    scale: Array
    likelihood: Array  # a log
    freedom: float

    def errors(self, weights: Array) -> Array:
        """The standard error of a sum of team-weeks with these weights (team x week), for each case."""
        own = float(np.einsum("gs,gst,gt->", weights, self.noise, weights))
        apart = np.abs(np.subtract.outer(self.weeks, self.weeks))
        lasting = [float(np.einsum("gs,st,gt->", weights, phi**apart, weights)) for phi in PHIS]
        shocks = np.concatenate([[0.0], *(np.array(SHOCKS) ** 2 * one for one in lasting)])
        return np.sqrt(self.scale * (own + shocks))

    def variance(self, weights: Array, noise: Array, weeks: NDArray[np.int64]) -> Array:
        """The expected variance of sums of team-weeks (`weights`: sum x team x week); further weeks are a forecast."""
        own = sum(((one @ each) * one).sum(axis=1) for one, each in zip(weights.transpose(1, 0, 2), noise, strict=True))
        likely = np.exp(self.likelihood - self.likelihood.max()) * self.scale
        likely /= np.exp(self.likelihood - self.likelihood.max()).sum()
        found = likely.sum() * own
        apart = np.abs(np.subtract.outer(weeks, weeks))
        for place, phi in enumerate(PHIS):
            first = 1 + place * len(SHOCKS)
            size = float(likely[first : first + len(SHOCKS)] @ np.array(SHOCKS) ** 2)
            found = found + size * ((weights @ phi**apart) * weights).sum(axis=(1, 2))
        return np.asarray(found)

    def of_effect(self, found: TeamWeeks, weeks: NDArray[np.int64], started: Array) -> Array:
        """The standard error that an effect would have over `weeks`, for each case; sellers scatter as in `found`."""
        usual = np.array([np.diagonal(one).mean() for one in found.noise])
        noise = usual[:, None, None] * np.eye(weeks.size)
        nothing, when = np.zeros((len(noise), weeks.size)), tuple(int(week) for week in weeks)
        cases = [_sums(nothing, noise, started[None], when, phi, with_none=phi == FIRST) for phi in PHIS]
        return np.sqrt(self.scale / np.concatenate([case.left[:, 0, 0] for case in cases]))


def posterior(found: TeamWeeks, started: Array, weeks: NDArray[np.int64]) -> Shocks | None:
    """The errors that the fit of `estimate` finds; None where it finds nothing to compare."""
    fit = _fitted(found, started[None], weeks)
    if fit is None:
        return None
    return Shocks(found.noise, weeks, fit.scale, fit.likelihood, fit.freedom)


def compared(found: TeamWeeks) -> NDArray[np.bool_]:
    """Which teams count: those with a rate in half of the weeks at least."""
    return np.asarray(np.isfinite(found.rates).sum(axis=1) >= found.rates.shape[1] / 2)


def usual_shocks(found: TeamWeeks, weeks: NDArray[np.int64]) -> Shocks | None:
    """The errors of teams in weeks in which none had started."""
    fit = _fitted(found, np.zeros((0, *found.rates.shape)), weeks)
    return None if fit is None else Shocks(found.noise, weeks, fit.scale, fit.likelihood, fit.freedom)


@dataclass(frozen=True)
class _Fit:
    value: Array  # case x regressor
    error: Array  # case x regressor
    scale: Array  # case
    likelihood: Array  # case
    freedom: float


def _fitted(found: TeamWeeks, started: Array, weeks: NDArray[np.int64]) -> _Fit | None:
    usable = compared(found)
    seen = np.isfinite(found.rates[usable]).any(axis=0)
    rates, noise = found.rates[usable][:, seen], found.noise[usable][:, seen][:, :, seen]
    started, weeks = started[:, usable][:, :, seen], weeks[seen]
    teams, length = rates.shape
    if teams < 2 or length < 8:
        return None
    rates, missing = _filled(rates, started)
    noise = _noise_of_missing(noise)
    freedom = (teams - 1) * (length - 1) - len(started) - missing
    if freedom < 5 or _flat(rates):
        return None
    when = tuple(int(week) for week in weeks)
    try:
        cases = [_sums(rates, noise, started, when, phi, with_none=phi == FIRST) for phi in PHIS]
    except np.linalg.LinAlgError:  # a team so noisy that its level is out of reach of the numbers
        return None
    left, right, rest, cost, prior = (
        np.concatenate([getattr(case, name) for case in cases]) for name in ("left", "right", "rest", "cost", "prior")
    )
    if len(started) and (np.einsum("cdd->cd", left).min() < 1e-9 or np.linalg.cond(left).max() > 1e12):
        return None
    inverse = np.linalg.inv(left)
    value = np.einsum("cde,ce->cd", inverse, right)
    trusted = min(SCATTER_TRUSTED, found.freedom / 5)
    squares = np.maximum(rest - (value * right).sum(axis=1), 1e-9) + trusted
    likelihood = prior - 0.5 * cost - 0.5 * np.linalg.slogdet(left)[1] - 0.5 * (freedom + trusted) * np.log(squares)
    scale = squares / (freedom + trusted)
    error = np.sqrt(scale[:, None] * np.einsum("cdd->cd", inverse))
    return _Fit(value, error, scale, likelihood, freedom + trusted)


def _sums(rates: Array, noise: Array, started: Array, weeks: tuple[int, ...], phi: float, *, with_none: bool) -> _Case:
    """One memory of the shocks: in the frame in which they are independent, weeks and team levels are taken out.

    The noise is nearly independent in that frame too; what is left of its covariance is put aside.
    """
    spread, frame = _frame(weeks, phi)
    scatter = np.array([np.einsum("sk,sk->k", frame, one @ frame) for one in noise])
    prior = 1 / (1 + (np.array(SHOCKS) / USUAL_SHOCK) ** 2) * np.gradient(SHOCKS)
    prior *= (1 - NO_SHOCK) * PHIS[phi] / sum(PHIS.values()) / prior.sum()
    shocks = np.array(SHOCKS)
    if with_none:
        prior, shocks = np.concatenate([[NO_SHOCK], prior]), np.concatenate([[0.0], shocks])
    weight = 1 / (np.maximum(scatter, 1e-9)[None] + shocks[:, None, None] ** 2 * spread)  # shock x team x frame
    total = weight.sum(axis=1)
    series = np.concatenate([started @ frame, (rates @ frame)[None]])  # regressors, then the rates
    ones = frame.sum(axis=0)
    weighted = np.einsum("cgk,vgk->cvgk", weight, series)
    week = weighted.sum(axis=2) / total[:, None]
    with_team = ((weighted - weight[:, None] * week[:, :, None]) * ones).sum(axis=3)[:, :, :-1]
    levels = weight * ones
    teams = -np.einsum("cgk,chk->cgh", levels / total[:, None], levels)
    here = np.arange(weight.shape[1])
    teams[:, here, here] += (levels * ones).sum(axis=2)
    teams = teams[:, :-1, :-1]
    taken = np.linalg.solve(teams, with_team.transpose(0, 2, 1))
    products = np.einsum("cvgk,ugk->cvu", weighted, series) - np.einsum("cvk,cuk->cvu", week * total[:, None], week)
    products -= with_team @ taken
    cost = -np.log(weight).sum(axis=(1, 2)) + np.log(total).sum(axis=1) + np.linalg.slogdet(teams)[1]
    return _Case(products[:, :-1, :-1], products[:, :-1, -1], products[:, -1, -1], cost, np.log(prior))


@lru_cache(maxsize=256)
def _frame(weeks: tuple[int, ...], phi: float) -> tuple[Array, Array]:
    apart = np.abs(np.subtract.outer(weeks, weeks))
    spread, frame = np.linalg.eigh(phi**apart)
    return np.maximum(spread, 1e-12), frame


def _flat(rates: Array) -> bool:
    rest = rates - rates.mean(axis=1, keepdims=True)
    return bool(np.abs(rest - rest.mean(axis=0)).max() < 1e-9)


def _noise_of_missing(noise: Array) -> Array:
    """Weeks that were filled take their team's mean noise, so that they weigh no more than others."""
    whole = noise.copy()
    length = np.arange(noise.shape[1])
    for one in whole:
        diagonal = one[length, length]
        known = np.count_nonzero(one, axis=0) > 1
        if known.any():
            one[length[~known], length[~known]] = diagonal[known].mean()
    return whole


def _filled(rates: Array, started: Array) -> tuple[Array, int]:
    """Empty team-weeks by team + week + start effects, repeated until they agree; each costs a degree of freedom."""
    empty = ~np.isfinite(rates)
    missing = int(empty.sum())
    if not missing:
        return rates, 0
    whole = np.where(empty, np.nanmean(rates), rates)
    change = np.array([_doubly_centred(each) for each in started]).reshape(len(started), rates.size)
    for _ in range(30):
        moved = _doubly_centred(whole)
        slope = np.linalg.lstsq(change.T, moved.ravel(), rcond=None)[0] if len(change) else np.zeros(0)
        fitted = whole - moved + (slope @ change).reshape(whole.shape)
        whole = np.where(empty, fitted, rates)
    return whole, missing


def _doubly_centred(values: Array) -> Array:
    return values - values.mean(axis=1, keepdims=True) - values.mean(axis=0, keepdims=True) + values.mean()
