"""Prints the bar of the rollout's statistics: python -m benchmarks.evidence --n 300 --seed 7 [--only effect]."""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from kpi_workshop.evidence import analyse

from .world import HARD, STRESS, WORLDS, World, draw

Rows = list[dict[str, Any]]


def rollouts(n: int, seed: int, **truth: Any) -> Iterator[tuple[Any, Any, World]]:
    """`n` rollouts of one truth; the same seed draws the same ones."""
    world = World(**truth)
    for number in range(n):
        panel, starts = draw(world, np.random.default_rng([seed, number]))
        yield panel, starts, world


def effects(n: int, seed: int) -> None:
    """One look and five looks, nothing changed: false alarms and coverage per world; then power beside an oracle's."""
    for name, truth in {**WORLDS, **STRESS}.items():
        stress = name in STRESS
        found = [_pooled(analyse(panel, starts, pairs=[])) for panel, starts, _ in rollouts(n, seed, **truth)]
        _share(
            f"effect, false alarm, one look: {name}", [row["p"] < 0.05 for row in found], most=0.09 if stress else 0.07
        )
        _share(
            f"effect, coverage: {name}",
            [row["low"] <= 0 <= row["high"] for row in found],
            least=0.91 if stress else 0.93,
        )
        hard = stress or name in ("hard", "drift")
        _share(
            f"effect, ever claimed in 26 weeks: {name}", [row["claimed"] for row in found], most=0.09 if hard else 0.06
        )
    for name in ("base", "hard", "8 teams"):
        still = [_pooled(analyse(panel, starts, pairs=[])) for panel, starts, _ in rollouts(n, seed, **WORLDS[name])]
        lifted = [
            _pooled(analyse(panel, starts, pairs=[]))
            for panel, starts, _ in rollouts(n, seed + 1, **WORLDS[name], lift=0.15)
        ]
        spread = float(np.std([row["estimate"] for row in still]))
        oracle = [abs(row["estimate"]) > 1.96 * spread for row in lifted]
        _share(f"effect, power at +15 %, an oracle that knows the spread: {name}", oracle)
        _share(
            f"effect, power at +15 %, one look: {name}",
            [row["p"] < 0.05 for row in lifted],
            least=0.85 * float(np.mean(oracle)),
        )
        _share(f"effect, power at +15 %, five looks: {name}", [row["claimed"] for row in lifted])
        _share(f"effect, coverage at +15 %: {name}", [row["low"] <= 0.15 <= row["high"] for row in lifted], least=0.93)
        print(f"  mean estimate {np.mean([row['estimate'] for row in lifted]):+.3f}, spread {spread:.3f}")


def leads(n: int, seed: int) -> None:
    """No link in four worlds, one of them confounded; then an elasticity of 0.2 at lags 1, 3 and 6."""
    nulls: dict[str, dict[str, Any]] = {
        "independent": {},
        "team shocks that last": HARD,
        "rollout lifts both": {"adoption": 0.25, "lift": 0.2},
        "shared cause": {"shared_sd": 0.35, "shared_phi": 0.8},
        "weak shared cause": {"shared_sd": 0.2, "shared_phi": 0.3},
        "slow shared cause": {"shared_sd": 0.2, "shared_phi": 0.95},
        "skewed revenue": {"revenue": 1.0},
        "much turnover": {"turnover": 0.03, "absent": 0.15},
    }
    for name, truth in nulls.items():
        found = [analyse(panel, starts).leads[0] for panel, starts, _ in rollouts(n, seed, **truth)]
        _share(f"lead, false alarm: {name}", [row["leads"] for row in found], most=0.07)
        _share(f"  p at most .05 alone: {name}", [row["p"] <= 0.05 for row in found])
    for lag in (1, 3, 6):
        found = [analyse(*given[:2]).leads[0] for given in rollouts(n, seed + 1, elasticity=0.2, lag=lag)]
        _share(f"lead, power at elasticity .2, lag {lag}", [row["leads"] for row in found], least=0.7)
        right = [row["lag_weeks"] == lag for row in found]
        _share(f"lead, exact lag at elasticity .2, lag {lag}", right, least=0.9)
        hold = [row["low"] <= 0.2 <= row["high"] for row in found]
        _share(f"lead, coverage of the elasticity, lag {lag}", hold)


def verdicts(n: int, seed: int) -> None:
    """Verdicts at every planned look, under five truths."""
    truths: dict[str, dict[str, Any]] = {
        "works (+25 % activity, elasticity .55)": {"adoption": 0.25, "elasticity": 0.55},
        "works late (lag 6)": {"adoption": 0.25, "elasticity": 0.55, "lag": 6},
        "works a little (elasticity .3)": {"adoption": 0.25, "elasticity": 0.3},
        "adopted but useless": {"adoption": 0.25},
        "adopted but useless, hard": {"adoption": 0.25, **HARD},
        "adopted but useless, shared cause": {"adoption": 0.25, "shared_sd": 0.35},
        "not adopted, link real": {"elasticity": 0.55},
        "nothing changes": {},
    }
    for name, truth in truths.items():
        ever = []
        for panel, starts, _ in rollouts(n, seed, **truth):
            ever.append(next(iter(analyse(panel, starts).history.values())))
        works = "works" in name
        useless = name == "adopted but useless"
        _share(
            f"verdict, ever replace: {name}",
            ["replace" in row for row in ever],
            most=None if "useless" in name else 0.01,
            least=0.5 if useless else None,
        )
        _share(f"verdict, keep at week 26: {name}", [row[-1] == "keep" for row in ever], most=None if works else 0.06)
        last_words = [row[-1] for row in ever]
        print("  at week 26: " + ", ".join(f"{word} {last_words.count(word)}" for word in sorted(set(last_words))))


def cohorts(n: int, seed: int) -> None:
    """The middle third: nothing changed, then everyone lifted."""
    for name in ("base", "hard"):
        found = []
        for panel, starts, _ in rollouts(n, seed, **WORLDS[name]):
            result = analyse(panel, starts)
            found.append(
                [next(row for row in rows if row.cohort == "middle") for rows in (result.effects, result.adoption)]
            )
        for place, what in enumerate(("metric", "activity")):
            known = [row[place] for row in found if row[place].p is not None]
            estimates = [row.estimate for row in known]
            error = np.std(estimates) / len(estimates) ** 0.5
            print(f"middle third, {what}, {name}: bias {np.mean(estimates):+.3f} (error {error:.3f})")
            _share(f"middle third, {what}, false alarm: {name}", [row.p < 0.05 for row in known], most=0.05)


def signals(n: int, seed: int) -> None:
    """The share of series with a confirmed change in 26 weeks: none there, then +25 % activity."""
    for name, truth in {"nothing": {}, "nothing, hard": HARD, "+25 % activity": {"adoption": 0.25}}.items():
        hits: dict[str, list[bool]] = {"calls": [], "deals": []}
        for panel, starts, _ in rollouts(n, seed, **truth):
            rows = analyse(panel, starts).signals
            for measure, seen in hits.items():
                for team, start in starts.items():
                    begin = 26 if start is None else start
                    mine = [
                        row["word"]
                        for row in rows
                        if row["team"] == team and row["measure"] == measure and begin <= row["week"] < begin + 26
                    ]
                    if name.startswith("nothing") or start is not None:
                        seen.append(any(word.endswith(", real") for word in mine))
        for measure, seen in hits.items():
            _share(f"signal confirmed in 26 weeks, {measure}: {name}", seen)


def speed(n: int, seed: int) -> None:
    """CPU seconds per call at 40 sellers, 60 weeks, 2 measures."""
    panel, starts, _ = next(rollouts(1, seed))
    spent = []
    for _ in range(max(5, n // 50)):
        begin = time.process_time()
        analyse(panel, starts)
        spent.append(time.process_time() - begin)
    print(f"CPU seconds per call: first {spent[0]:.2f}, then {np.median(spent[1:]):.2f} (bar .5)")


def _pooled(result: Any) -> dict[str, Any]:
    row: dict[str, Any] = next(row for row in result.to_dict()["effects"] if row["cohort"] == "all")
    return row


def _share(name: str, hits: list[bool], *, most: float | None = None, least: float | None = None) -> None:
    """One line: the share, its 95 % Monte-Carlo interval (Wilson), and whether that interval excludes the bar."""
    n, share = len(hits), float(np.mean(hits)) if hits else math.nan
    middle, reach = (
        (share + 1.92 / n) / (1 + 3.84 / n),
        1.96 * math.sqrt(share * (1 - share) / n + 0.96 / n**2) / (1 + 3.84 / n),
    )
    low, high = middle - reach, middle + reach
    said = ""
    if most is not None:
        said = f"bar <= {most:.3f} " + ("MISSED" if low > most else "ok")
    if least is not None:
        said = f"bar >= {least:.3f} " + ("MISSED" if high < least else "ok")
    print(f"{name:75s} {share:.3f} ({low:.3f}-{high:.3f}) n={n} {said}", flush=True)


PARTS: dict[str, Callable[[int, int], None]] = {
    "speed": speed,
    "effect": effects,
    "lead": leads,
    "verdict": verdicts,
    "cohort": cohorts,
    "signal": signals,
}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=300)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--only", choices=sorted(PARTS), action="append")
    given = parser.parse_args()
    for part in given.only or PARTS:
        PARTS[part](given.n, given.seed)
