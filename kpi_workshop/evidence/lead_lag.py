"""Does the activity come before the metric, at which lag, how strongly, and is that more than a shared cause?

Sellers are compared within their team and week, each with their own mean, so that seasons, team shocks and the
rollout itself fall out. Chance is what remains when whole histories of the activity are dealt anew within teams.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from threadpoolctl import threadpool_limits

from .levels import held_in
from .panel import Panel

Array = NDArray[np.float64]
LAGS = 8
WINDOW = 4
DRAWS = 499
DRAWS_AT_LOOKS = 199
LEAST_STAY = 6
LEARNING = 10
"""The first weeks of a seller who came later do not count: whoever learns does more of everything from week to week."""
SURE = 0.04
"""The p that a lead must not exceed. Where sellers come and go, histories dealt anew are a little more alike than their
own: of simulated rollouts without a link 7 % reach p = 0.05, and 5 % reach this."""
DOUBT = 0.1
"""A placebo with a p below this sends the claim to the harder test, the past minus the future. At 0.2 every fifth true
lead meets that test and most of those fail it; at 0.05 a cause that both share for half a year passes for a lead."""
PAST_OVER_FUTURE = 0.05
"""The p that the harder test must not exceed."""
TAIL = 0.1
"""The share of dealt histories from which the tail beyond all of them is told."""


def draws_for(asked: int) -> int:
    """How many deals one of so many pairs takes: enough that a lone lead among them can still be told from chance.

    The smallest p that deals can give is one in their number; corrected for the number asked it must stay below 0.02.
    """
    return max(DRAWS, 50 * asked)


@dataclass(frozen=True)
class Lead:
    """What the distributed lags show. Elasticities: +1 % of activity goes with so many % of metric.

    `elasticity` is that of the lag, and where a shared cause is as likely, of the lag less the same lead. `p` is that
    of the strongest of lags 1 to 8; `placebo_p` that of the same week and of the future, where a link can only come
    from a shared cause; `contrast` is past minus future (weeks 1-4, or 5-8 for a late lag), which a cause that works
    alike before and after does not move; `contrast_p` that of the strongest such contrast, of single lags and of spans
    of weeks, and `contrast_z` the z of that p; `recent` is the elasticity to the mean of the past four weeks.
    """

    lag: int
    elasticity: float
    error: float
    p: float
    placebo: float
    placebo_p: float
    contrast: float
    contrast_error: float
    contrast_p: float
    recent: float
    recent_error: float

    @property
    def contrast_z(self) -> float:
        """The z of the contrast's p, above 0 where the past counts for more than the future."""
        return float(-ndtri(self.contrast_p))

    @property
    def doubted(self) -> bool:
        """Whether a shared cause is as likely: the same week or the future shows a link as well."""
        return self.placebo_p <= DOUBT

    @property
    def leads(self) -> bool:
        """Whether the word is earned: a lag that is more than chance and more than a shared cause can make."""
        return self.p <= SURE and (not self.doubted or self.contrast_p <= PAST_OVER_FUTURE)


@threadpool_limits.wrap(limits=1, user_api="blas")  # on matrices this small more threads cost more than they give
def lead(panel: Panel, activity: str, metric: str, *, seed: int = 0, draws: int = DRAWS) -> Lead | None:
    """How an activity of one seller-week goes with the metric of the same seller up to eight weeks later.

    None where too few sellers stayed long enough for a comparison within their team.
    """
    x, y = held_in(panel.rates[activity])[0], held_in(panel.rates[metric])
    known = np.isfinite(x) & np.isfinite(y[0]) & (panel.present > 0)
    known &= ~_learning(panel.present)
    usable = known.sum(axis=1) >= LEAST_STAY
    for measure in (x, y[0]):
        usable &= np.where(known, measure, 0.0).sum(axis=1) > 0
    if usable.sum() < 4 or panel.weeks.size < LAGS + 6:
        return None
    known, present, team = known[usable], panel.present[usable], panel.team[usable]
    x, _ = _relative(x[usable], known, present, team)
    relative, level = _relative(y[0][usable], known, present, team)
    weight = np.where(known, present, 0.0) * (1.0 if y[1] else np.clip(level, 0.25, 4.0)[:, None])
    ey, ex = _within(relative, weight, team), _within(x, weight, team)
    freedom = int(known.sum()) - len(ey) - _team_weeks(weight, team) - 2 * LAGS - 1
    if freedom < 30 or not np.abs(ex).max() > 1e-9 or not np.abs(ey).max() > 1e-9:
        return None
    cross, squares = _drawn(ey, ex, weight, team, draws, seed)
    return _read(cross, squares, float((weight * ey**2).sum()), freedom)


def _learning(present: Array) -> NDArray[np.bool_]:
    """The first weeks of those who were not there in the panel's first weeks."""
    first = np.where((present > 0).any(axis=1), (present > 0).argmax(axis=1), present.shape[1])
    week = np.arange(present.shape[1])[None, :]
    return np.asarray((first[:, None] >= LEARNING / 2) & (week < first[:, None] + LEARNING))


def _relative(rates: Array, known: NDArray[np.bool_], present: Array, team: NDArray[np.int64]) -> tuple[Array, Array]:
    """Rates over the seller's own level, which a short stay shrinks towards the team's, and the level over the mean."""
    w = np.where(known, present, 0.0)
    values = np.where(known, rates, 0.0)
    total, stay = (w * values).sum(axis=1), w.sum(axis=1)
    sums = np.bincount(team, total, minlength=team.max() + 1) / np.maximum(np.bincount(team, stay), 1e-9)
    level = np.maximum((total + 4 * sums[team]) / (stay + 4), 1e-9)
    return values / level[:, None], level / level.mean()


def _within(values: Array, weight: Array, team: NDArray[np.int64]) -> Array:
    """What is left of the values beside the seller's mean and the team-week's, 0 where unknown."""
    rest = np.where(weight > 0, values, 0.0)
    stay = np.maximum(weight.sum(axis=1, keepdims=True), 1e-12)
    member = (team[:, None] == np.unique(team)[None, :]).astype(float)
    crowd = np.maximum(member.T @ weight, 1e-12)
    for _ in range(200):
        rest = rest - (weight * rest).sum(axis=1, keepdims=True) / stay
        shift = (member.T @ (weight * rest)) / crowd
        rest = rest - member @ shift
        if np.abs((weight * rest).sum(axis=1) / stay[:, 0]).max() < 1e-8:
            break
    return np.where(weight > 0, rest, 0.0)


def _team_weeks(weight: Array, team: NDArray[np.int64]) -> int:
    return sum(int(np.count_nonzero(weight[team == here].sum(axis=0))) for here in np.unique(team))


def _drawn(ey: Array, ex: Array, weight: Array, team: NDArray[np.int64], draws: int, seed: int) -> tuple[Array, Array]:
    """Sums of products with lags -8 to 8 of the activity: as it was (first), then with histories dealt within teams."""
    rng = np.random.default_rng(seed)
    width, length = 2 * LAGS + 1, ex.shape[1]
    cross, squares = np.zeros((draws + 1, width)), np.zeros((draws + 1, width * width))
    for here in np.unique(team):
        mine = np.flatnonzero(team == here)
        number = len(mine)
        lagged = np.zeros((number, width, length))
        for place, lag in enumerate(range(-LAGS, LAGS + 1)):
            if lag >= 0:
                lagged[:, place, lag:] = ex[mine, : length - lag]
            else:
                lagged[:, place, :lag] = ex[mine, -lag:]
        own = weight[mine]
        products = np.einsum("it,jlt->ijl", own * ey[mine], lagged, optimize=True)
        pairs = np.empty((number, number, width * width))
        for other in range(number):
            both = (lagged[other][:, None, :] * lagged[other][None, :, :]).reshape(width * width, length)
            pairs[:, other] = own @ both.T
        deals = np.vstack([np.arange(number), rng.permuted(np.tile(np.arange(number), (draws, 1)), axis=1)])
        for one in range(number):  # summed seller by seller: as one product of matrices it wakes every core
            cross += products[one, deals[:, one]]
            squares += pairs[one, deals[:, one]]
    return cross, squares.reshape(-1, width, width)


def _read(cross: Array, squares: Array, total: float, freedom: int) -> Lead:
    lags = np.eye(2 * LAGS + 1)[LAGS:]  # the same week, then lags 1 to 8
    value, error = _fit(cross, squares, lags, total, freedom)
    t = value[:, 1:] / error[:, 1:]
    best, p = int(t[0].argmax()), _share(t.max(axis=1))
    apart, apart_error = _fit(cross, squares, _each_lag(), total, freedom)
    apart_t = apart[:, 1:] / apart_error[:, 1:]
    same = value[:, 0] / error[:, 0]
    future = [_future(cross, squares, span, total, freedom) for span in ((1, WINDOW), (1, LAGS))]
    placebo = np.maximum.reduce([same, future[0][0] / future[0][1], future[1][0] / future[1][1]])
    spans = [_contrast(cross, squares, span, total, freedom) for span in ((1, WINDOW), (WINDOW + 1, LAGS))]
    late = (t.argmax(axis=1) >= WINDOW).astype(int)  # each deal picks its window as the real histories do
    gap, gap_error = (np.choose(late, [span[place] for span in spans]) for place in (0, 1))
    recent, recent_error = _recent(cross, squares, total, freedom)
    placebo_p = _share(placebo)
    if placebo_p <= DOUBT:  # of the size, too, only what the past shows beyond the future
        value, error, t = apart, apart_error, apart_t
    return Lead(
        lag=best + 1,
        elasticity=float(value[0, best + 1]),
        error=float(error[0, best + 1]) * _spread(t[1:, best]),
        p=p,
        placebo=float(future[0][0][0]),
        placebo_p=placebo_p,
        contrast=float(gap[0]),
        contrast_error=float(gap_error[0]) * _spread((gap / gap_error)[1:]),
        contrast_p=_tail(_ahead(apart_t, spans)),
        recent=float(recent[0]),
        recent_error=float(recent_error[0]) * _spread((recent / recent_error)[1:]),
    )


def _fit(cross: Array, squares: Array, rows: Array, total: float, freedom: int) -> tuple[Array, Array]:
    """Least squares on mixtures of lags (`rows` by lag), for every draw: coefficients and their standard errors."""
    right = cross @ rows.T
    left = rows @ squares @ rows.T + 1e-9 * np.eye(len(rows))
    inverse = np.linalg.inv(left)
    value = np.einsum("dij,dj->di", inverse, right)
    rest = np.maximum(total - (value * right).sum(axis=1), 1e-12) / freedom
    return value, np.sqrt(rest[:, None] * np.maximum(np.einsum("dii->di", inverse), 1e-15))


def _windows(span: tuple[int, int]) -> tuple[Array, Array, Array]:
    """Weights that make the same week and the means of a span of past and of future weeks out of the lags."""
    lags, (first, last) = np.arange(-LAGS, LAGS + 1), span
    past = ((lags >= first) & (lags <= last)) / (last - first + 1)
    future = ((lags <= -first) & (lags >= -last)) / (last - first + 1)
    return (lags == 0).astype(float), past, future


def _future(cross: Array, squares: Array, span: tuple[int, int], total: float, freedom: int) -> tuple[Array, Array]:
    value, error = _fit(cross, squares, np.array(_windows(span)), total, freedom)
    return value[:, 2], error[:, 2]


def _contrast(cross: Array, squares: Array, span: tuple[int, int], total: float, freedom: int) -> tuple[Array, Array]:
    same, past, future = _windows(span)
    value, error = _fit(cross, squares, np.array([same, (past - future) / 2]), total, freedom)
    return value[:, 1], error[:, 1]


def _each_lag() -> Array:
    """Weights for the same week, then for each of the lags 1 to 8 less the same lead."""
    lags = np.arange(-LAGS, LAGS + 1)
    single = [((lags == lag).astype(float) - (lags == -lag)) / 2 for lag in range(1, LAGS + 1)]
    return np.array([(lags == 0).astype(float), *single])


def _ahead(apart: Array, spans: list[tuple[Array, Array]]) -> Array:
    """By how much the past counts for more than the future, for every draw: the strongest of ten contrasts.

    `apart` are the t of each lag less its lead, for a link that comes at one lag; `spans` the contrasts of spans of
    weeks, for one that is spread. Each is measured by how it varies among the histories dealt anew.
    """
    t = np.column_stack([apart, *(gap / gap_error for gap, gap_error in spans)])
    dealt = t[1:] if len(t) > 1 else t
    return np.asarray(((t - dealt.mean(axis=0)) / np.maximum(dealt.std(axis=0), 1e-9)).max(axis=1))


def _recent(cross: Array, squares: Array, total: float, freedom: int) -> tuple[Array, Array]:
    same, past, _ = _windows((1, WINDOW))
    value, error = _fit(cross, squares, np.array([same, past]), total, freedom)
    return value[:, 1], error[:, 1]


def _spread(t: Array) -> float:
    """How much wider the dealt histories vary than least squares believes; never less than it believes."""
    return max(1.0, float(t.std())) if len(t) > 1 else 1.0


def _tail(statistic: Array) -> float:
    """The share of draws that reach the first; where hardly any does, an exponential law of the largest tenth.

    So a p may be smaller than one in the number of draws (Knijnenburg and others, Bioinformatics 2009, with the shape
    held at 0, which for tails as light as these errs on the large side).
    """
    share, dealt = _share(statistic), statistic[1:]
    if share > TAIL / 2 or len(dealt) < 50:
        return share
    edge = float(np.quantile(dealt, 1 - TAIL))
    beyond = float((dealt[dealt > edge] - edge).mean())
    return min(share, TAIL * float(np.exp(-(statistic[0] - edge) / max(beyond, 1e-9))))


def _share(statistic: Array) -> float:
    return float((statistic >= statistic[0] - 1e-12).sum() / len(statistic))
