"""The exact check that a drawn order of starts allows: in how many of the possible orders as clear a change is seen.

Nothing is assumed of the errors but that chance alone dealt the starts to the teams: under no effect of any team's
start each order was as likely as the one that was drawn (Fisher's randomisation test; statistic: the z of `effect`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import permutations
from math import factorial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from . import effect, levels
from .design import design
from .levels import TeamWeeks
from .panel import Panel, column_of, read

MOST_ORDERS = 400
"""Orders of starts that are tried one by one; of more, so many are drawn."""
DRAWS = 399
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Orders:
    """Of so many `orders`, how many show as clear a change as the one that was drawn, which is among them.

    `fewest` is the smallest number that `as_clear` could have been: orders in which the same teams start in the same
    weeks cannot be told apart. `exhaustive` says whether all orders were tried, or a random sample of them.
    """

    as_clear: int
    orders: int
    fewest: int
    exhaustive: bool

    @property
    def p(self) -> float:
        """The exact p of the order that was drawn; with four teams never below 1/24."""
        return self.as_clear / self.orders


@threadpool_limits.wrap(limits=1, user_api="blas")  # on matrices this small more threads cost more than they give
def orders(
    panel: Any, starts: Any, measure: str, *, testing: Collection[str] = (), leaving: Collection[str] = (),
    baseline_weeks: int | None = None, seed: int = 0,
) -> Orders | None:  # fmt: skip
    """How often other orders of the same starts show as clear a change of a measure.

    Valid only where the order was drawn at random and kept. None where the design allows no comparison.

    Parameters
    ----------
    panel, starts : as in `analyse`; every team of the draw with its start, the one held out without
    measure : a column, or its name without the word in front
    testing : teams whose start is what the measure is asked about; without any, all. The others started with something
        else and stand for comparison throughout.
    leaving : of these others, those whose weeks no longer count once they have started
    seed : for the sample, where there are more than 400 orders
    """
    seen = panel if isinstance(panel, Panel) else read(panel, starts)
    plan = design(seen, baseline_weeks)
    if plan.refused or not plan.compares:
        return None
    found = levels.team_weeks(seen, column_of(seen, measure), baseline=plan.baseline)
    tested = np.array([not testing or team in testing for team in seen.teams])
    left = np.array([team in leaving for team in seen.teams])
    begun = np.array([_started(week, seen.weeks) for week in seen.start])
    tried, exhaustive = _possible(len(begun), seed)
    clear: dict[bytes, float] = {}
    cases = [begun[list(order)] for order in tried]
    keys = [case[tested | left].tobytes() for case in cases]
    for key, case in zip(keys, cases, strict=True):
        if key not in clear:
            rates = _without(found, left[:, None] & (case > 0))
            answer = effect.estimate(rates, case * tested[:, None], seen.weeks)
            clear[key] = 0.0 if answer is None else abs(answer.z)
    if not clear[keys[0]]:
        return None
    as_clear = sum(clear[key] >= clear[keys[0]] - 1e-9 for key in keys)
    return Orders(as_clear, len(keys), keys.count(keys[0]), exhaustive)


def _possible(teams: int, seed: int) -> tuple[list[tuple[int, ...]], bool]:
    """All orders of so many teams, the one that was drawn first; of many a sample, and whether these are all."""
    if factorial(teams) <= MOST_ORDERS:
        return list(permutations(range(teams))), True
    rng = np.random.default_rng(seed)
    return [tuple(range(teams)), *(tuple(int(x) for x in rng.permutation(teams)) for _ in range(DRAWS))], False


def _without(found: TeamWeeks, gone: NDArray[np.bool_]) -> TeamWeeks:
    """The team-weeks without those that do not count."""
    if not gone.any():
        return found
    kept = ~gone
    noise = found.noise * kept[:, :, None] * kept[:, None, :]
    diagonal = np.arange(gone.shape[1])
    noise[:, diagonal, diagonal] = np.maximum(noise[:, diagonal, diagonal], levels.LEAST_NOISE)
    return TeamWeeks(np.where(gone, np.nan, found.rates), noise, found.freedom)


def _started(week: int | None, weeks: NDArray[np.int64]) -> Array:
    return np.zeros(weeks.size) if week is None else (weeks >= week).astype(float)
