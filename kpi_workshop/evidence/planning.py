"""Before week 1: what a way of starting would be able to show, and a fair order of starts.

The power comes from the client's own history: how much sellers scatter and how much whole teams go up and down there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr
from threadpoolctl import threadpool_limits

from ..errors import WorkshopError
from ..numbers import percent
from . import effect, levels, sequential
from .design import design
from .panel import Panel, column_of, read

Array = NDArray[np.float64]
Starts = dict[str, int | None]


@dataclass(frozen=True)
class Order:
    """A random order of starts: `starts` by team (None is a hold-out), and the `seed` that gives it again."""

    starts: Starts
    seed: int


def draw_order(teams: Sequence[str], weeks: Sequence[int | None], *, seed: int) -> Order:
    """Which team starts in which week, drawn at random; write the seed down before anything is known.

    `weeks` has one start for each team, None for a hold-out. The same seed and the same teams, in any order, give the
    same starts.

    >>> draw_order(["North", "South"], [10, None], seed=3).starts
    {'North': None, 'South': 10}
    """
    names = sorted(teams)
    if len(set(names)) != len(names):
        raise WorkshopError("A team is named twice; each starts once.")
    if len(weeks) != len(names):
        raise WorkshopError(f"There are {len(names)} teams and {len(weeks)} starts. Give one start for each team.")
    dealt = np.random.default_rng(seed).permutation(len(names))
    return Order({name: weeks[place] for name, place in zip(names, dealt, strict=True)}, seed)


def usual_designs(teams: int, *, first: int, apart: int = 4) -> dict[str, list[int | None]]:
    """The ways of starting to choose from: one start for each team, in the words of a sales leader."""
    steps: list[int | None] = [first + apart * place for place in range(teams)]
    found: dict[str, list[int | None]] = {"all in the same week": [first] * teams}
    if teams > 1:
        found["all in the same week but one held out"] = [*[first] * (teams - 1), None]
        found[f"one after another, {apart} weeks apart"] = steps
    if teams > 2:
        found[f"one after another, {apart} weeks apart, one held out"] = [*steps[:-1], None]
    return found


@dataclass(frozen=True)
class Power:
    """What a way of starting can show. `power` is the share of rollouts in which the lift would be claimed by the last
    look, `half_width` the reach of the 95 % interval to either side; None where the design allows no comparison, and
    `note` says why. `sentence` is for the page."""

    design: str
    starts: tuple[int | None, ...]
    lift: float
    power: float | None
    half_width: float | None
    note: str
    sentence: str


@threadpool_limits.wrap(limits=1, user_api="blas")  # on matrices this small more threads cost more than they give
def power(
    history: Any,
    measure: str,
    starts: Sequence[int | None],
    *,
    lift: float = 0.15,
    looks: Sequence[int] = sequential.LOOKS,
    called: str = "",
) -> Power:
    """How likely these starts let a lift be seen, as the weeks of `history` suggest (a panel in which nobody started).

    `starts` has one week for each team, after the last of the history or in it; None is a hold-out. The rollout is
    taken to be followed until the last look after the last start, with sellers as many as now.
    """
    panel = _quiet(history)
    column = column_of(panel, measure)
    if len(starts) != len(panel.teams):
        raise WorkshopError(f"The history has {len(panel.teams)} teams and there are {len(starts)} starts.")
    begun = [week for week in starts if week is not None]
    if not begun:
        return _unknown(called, starts, lift, "no team starts")
    first, last = min(begun), max(begun) + looks[-1] - 1
    beginning = int(panel.weeks[0])
    weeks = np.arange(beginning, last + 1)
    asked = design(replace(panel, weeks=weeks, start=tuple(starts)))
    if asked.refused or not asked.compares:
        return _unknown(called, starts, lift, asked.note.removeprefix("Refused: ").rstrip("."))
    known = panel.before(first)
    found = levels.team_weeks(known, column, baseline=int(known.weeks[-1]) + 1)
    shocks = effect.usual_shocks(found, known.weeks)
    if shocks is None or not np.isfinite(found.rates).any(axis=1).all():
        return _unknown(called, starts, lift, "the history is too short, or a team has none")
    spread = shocks.of_effect(found, weeks, np.array([_started(week, weeks) for week in starts]))
    weight = np.exp(shocks.likelihood - shocks.likelihood.max())
    weight /= weight.sum()
    typical = float(np.sqrt(weight @ spread**2))
    bound = sequential.bounds(sequential.information(looks))[-1]
    share = float(weight @ (ndtr((lift - bound * typical) / spread) + ndtr((-lift - bound * typical) / spread)))
    sentence = (
        f"With {len(starts)} teams starting {called or 'like this'}, a lift of {percent(lift)} would be seen "
        f"{_often(share)}; the result would be known to within {percent(1.96 * typical)} either way."
    )
    return Power(called, tuple(starts), lift, share, 1.96 * typical, asked.note, sentence)


def compare(
    history: Any, measure: str, *, first: int, apart: int = 4, lift: float = 0.15,
    looks: Sequence[int] = sequential.LOOKS,
) -> list[Power]:  # fmt: skip
    """The power of each usual way of starting, for the teams and the history at hand."""
    panel = _quiet(history)
    ways = usual_designs(len(panel.teams), first=first, apart=apart)
    return [power(panel, measure, starts, lift=lift, looks=looks, called=called) for called, starts in ways.items()]


def _quiet(history: Any) -> Panel:
    if isinstance(history, Panel):
        return replace(history, start=(None,) * len(history.teams))
    teams = sorted({str(team).strip() for team in _teams(history)})
    return read(history, dict.fromkeys(teams))


def _teams(history: Any) -> Any:
    import pandas as pd

    table = history if hasattr(history, "columns") else pd.read_csv(history, dtype={"team": str})
    return table["team"].dropna() if "team" in table.columns else []


def _started(week: int | None, weeks: NDArray[np.int64]) -> Array:
    return np.zeros(weeks.size) if week is None else (weeks >= week).astype(float)


def _unknown(called: str, starts: Sequence[int | None], lift: float, why: str) -> Power:
    start = f"Starting {called or 'like this'}, a lift of {percent(lift)}"
    sentence = f"{start} could not be told from anything else: {why}."
    return Power(called, tuple(starts), lift, None, None, why, sentence)


def _often(share: float) -> str:
    """A probability in words: "one time in five".

    >>> _often(0.21), _often(0.68), _often(0.97), _often(0.02)
    ('one time in five', 'two times in three', 'nearly always', 'hardly ever')
    """
    if share < 0.04:
        return "hardly ever"
    if share > 0.95:
        return "nearly always"
    words = {
        0.05: "one time in twenty", 0.1: "one time in ten", 0.2: "one time in five", 0.25: "one time in four",
        1 / 3: "one time in three", 0.4: "two times in five", 0.5: "one time in two", 0.6: "three times in five",
        2 / 3: "two times in three", 0.75: "three times in four", 0.8: "four times in five",
        0.9: "nine times in ten",
    }  # fmt: skip
    return words[min(words, key=lambda known: abs(known - share))]
