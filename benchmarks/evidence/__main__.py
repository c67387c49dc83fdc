"""Prints the bar of the rollout's statistics: python -m benchmarks.evidence --n 300 --rows effect,power --seed 7."""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from scipy.stats import norm

from kpi_workshop.evidence import analyse
from kpi_workshop.evidence.estimates import Estimate
from kpi_workshop.evidence.verdict import Look

from . import short_way
from .cases import (
    BASE,
    CALM,
    CONFOUNDED,
    EIGHT_TEAMS,
    FOUR_OF_TEN,
    HARD_CASE,
    IDLE,
    LINKED,
    MIXED,
    ROUGH,
    STEADY,
    USELESS,
    VARIED,
    WORKS,
    WORLDS,
    Case,
)


def effect(n: int, seed: int, only: str) -> None:
    """Nothing changed: alarms at one look, coverage, and claims at any of 26 weekly looks.

    Claims change only at planned looks and stay, so that the last week's holds those of every week before it.
    """
    for case in _chosen(WORLDS, only):
        rows = _known(case.rollouts(n, seed))
        hits = {
            "false alarm, one look": ([row.p < 0.05 for row, _ in rows], 0.07, 0.09),
            "claimed at any of 26 weekly looks": ([claimed for _, claimed in rows], 0.06, 0.09),
        }
        for what, (found, usual, stress) in hits.items():
            _share(f"effect: {what}", case.name, found, most=stress if case.stress else usual)
        held = [row.low <= 0 <= row.high for row, _ in rows]
        _share("effect: coverage", case.name, held, least=0.91 if case.stress else 0.93)


def power(n: int, seed: int, only: str) -> None:
    """+15 % against an oracle that knows the estimate's true spread, taken from as many rollouts without a change."""
    for case in _chosen((STEADY, BASE, FOUR_OF_TEN, CALM, HARD_CASE, EIGHT_TEAMS), only):
        still = [row.value for row, _ in _known(case.rollouts(n, seed))]
        lifted = _known(case.but(lift=0.15).rollouts(n, seed + 1))
        value = [row.value for row, _ in lifted]
        spread, middle = math.sqrt((np.var(still) + np.var(value)) / 2), float(np.mean(value))
        oracle = float(norm.cdf(middle / spread - 1.96) + norm.cdf(-middle / spread - 1.96))
        print(f"{'':42s} {case.name}: mean {middle:+.3f}, spread {spread:.3f}, oracle's power {oracle:.2f}")
        _share("power at +15 %, one look", case.name, [row.p < 0.05 for row, _ in lifted], least=0.85 * oracle)
        _share("power at +15 %, claimed at a planned look", case.name, [claimed for _, claimed in lifted])
        _share("coverage at +15 %", case.name, [row.low <= 0.15 <= row.high for row, _ in lifted], least=0.93)


def leads(n: int, seed: int, only: str) -> None:
    """No link, in worlds that tempt to see one; then an elasticity of 0.2."""
    for case in _chosen(CONFOUNDED, only):
        told = [short_way.link(*given) for given in case.rollouts(n, seed)]
        _share("lead: false alarm", case.name, [one.leads for one in told if one], most=0.07)
    for case in _chosen(LINKED, only):
        linked = [one for given in case.rollouts(n, seed + 1) if (one := short_way.link(*given))]
        _share("lead: power at elasticity .2", case.name, [one.leads for one in linked], least=0.7)
        exact = [one.lag == case.truth["lag"] for one in linked]
        _share("lead: exact lag", case.name, exact, least=0.9)
        held = [abs(one.elasticity - 0.2) <= 1.96 * one.error for one in linked]
        _share("lead: coverage of the elasticity", case.name, held)


def verdicts(n: int, seed: int, only: str) -> None:
    """The word after each planned look."""
    for case in _chosen((*WORKS, *USELESS, *IDLE), only):
        words = [short_way.history(*given) for given in case.rollouts(n, seed)]
        works, useless = case in WORKS, case in USELESS
        graded = useless and case.name.startswith(("base, adopted", CALM.name))
        _share(
            "verdict: ever replace", case.name, ["replace" in row for row in words],
            most=0.01 if works else None, least=0.5 if graded else None,
        )  # fmt: skip
        _share(
            "verdict: keep at week 26", case.name, [row[-1] == "keep" for row in words], most=None if works else 0.06
        )
        last = [row[-1] for row in words]
        flips = np.mean([sum(a != b for a, b in zip(("watch", *row), row, strict=False)) for row in words])
        told = ", ".join(f"{word} {last.count(word) / len(last):.2f}" for word in sorted(set(last)))
        print(f"{'':42s} {case.name}: at week 26 {told}; changes {flips:.1f}", flush=True)


def ceiling(n: int, seed: int, only: str) -> None:
    """How many useless measures anybody could replace at week 26 who may replace one in a hundred that bring +7 %.

    An oracle that knows the true spread of every estimate calls an activity adopted at z > 2.06, and weighs the change
    by way of the activity against the metric's own as is best for it. By way of the activity counts past less future
    where the world has a shared cause. Its errors are as those of normal estimates.
    """
    for useless, works in _chosen_pairs(only):
        found = [
            [short_way.last_look(*given) for given in case.rollouts(n, seed + late)]
            for late, case in enumerate((useless, works))
        ]
        shared = "shared cause" in useless.name or useless.kind == "mixed"
        rise, via, moved = (np.array(column) for column in zip(*map(_links(shared), found), strict=True))
        adopted = rise > 2.06 * rise[0].std()
        best = np.zeros(n, dtype=bool)
        for share in np.linspace(0, 0.5, 11):
            said = (1 - share) * via + share * moved
            right = said[1][adopted[1]]
            limit = right.mean() + norm.ppf(min(0.01 / adopted[1].mean(), 0.5)) * right.std()
            replaced = adopted[0] & (said[0] < limit)
            best = max(best, replaced, key=np.sum)
        _share("ceiling: adopted, to an oracle", useless.name, list(adopted[0]))
        _share("ceiling: replaced by an oracle", useless.name, list(best))


def _links(shared: bool) -> Callable[[list[Look]], Any]:
    """Of rollouts: the activity's rise, what of it reaches the metric, and the metric's own change (3 x rollout)."""

    def of(found: list[Look]) -> Any:
        rows = []
        for look in found:
            assert look.adoption and look.metric and look.link
            link = look.link.contrast if shared else look.link.recent
            rows.append((look.adoption.value, look.adoption.value * link, look.metric.value))
        return np.array(rows).T

    return of


def _chosen_pairs(only: str) -> list[tuple[Case, Case]]:
    """A useless measure and one that brings +7 %, in the same world."""
    chosen = _chosen(USELESS, only)
    return [(case, case.but(" (+7 %)", elasticity=0.07 / case.truth["adoption"])) for case in chosen]


def cohorts(n: int, seed: int, only: str) -> None:
    """The middle third, tiers given and tiers ranked here, when nothing changed."""
    for case in _chosen((BASE, CALM, ROUGH, HARD_CASE, VARIED, FOUR_OF_TEN, MIXED), only):
        found: dict[str, list[Estimate]] = {}
        for panel, starts in case.rollouts(n, seed):
            ways = {"given": panel, "ranked here": panel.drop(columns="tier")} if "tier" in panel else {"": panel}
            for tiers, rows in ways.items():
                for what, one in short_way.middle(rows, starts).items():
                    if one is not None:
                        found.setdefault(f"{case.name}, {what}, tiers {tiers or 'ranked here'}", []).append(one)
        for name, rows in found.items():
            values = [row.value for row in rows]
            error = float(np.std(values)) / len(values) ** 0.5
            missed = "MISSED" if abs(np.mean(values)) - 1.96 * error > 0.02 else "ok"
            print(
                f"{'middle third: bias':42s} {name:58s} {np.mean(values):+.3f} ± {1.96 * error:.3f} n={len(rows)} "
                f"bar 0.02 {missed}"
            )
            _share("middle third: false alarm", name, [row.p < 0.05 for row in rows], most=0.05)


def signals(n: int, seed: int, only: str) -> None:
    """Team series with a change called real within 26 weeks: nothing there, then +25 % activity and its metric."""
    moved = {"adoption": 0.25, "lift": 0.25}
    kinds = (BASE, ROUGH, HARD_CASE, BASE.but(", +25 %", **moved), ROUGH.but(", +25 %", **moved))
    for case in _chosen(kinds, only):
        hits: dict[str, list[bool]] = {}
        for panel, starts in case.rollouts(n, seed):
            rows = analyse(panel, starts, pairs=[]).signals
            for team, start in starts.items():
                begin = 26 if start is None else start
                for measure in {row["measure"] for row in rows}:
                    words = [
                        row["word"]
                        for row in rows
                        if (row["team"], row["measure"]) == (team, measure) and begin <= row["week"] < begin + 26
                    ]
                    if "+25" not in case.name or start is not None:
                        hits.setdefault(measure, []).append(any(word.endswith(", real") for word in words))
        for measure, found in sorted(hits.items()):
            _share("signal called real in 26 weeks", f"{case.name}, {measure}", found)


def speed(n: int, seed: int, only: str) -> None:
    """CPU seconds per call at 40 sellers, 60 weeks, 2 measures."""
    panel, starts = next(BASE.rollouts(1, seed))
    spent = []
    for _ in range(max(5, n // 50)):
        begin = time.process_time()
        analyse(panel, starts)
        spent.append(time.process_time() - begin)
    print(f"CPU seconds per call: first {spent[0]:.2f}, then {np.median(spent[1:]):.2f}; bar 0.50")


def _chosen(cases: tuple[Case, ...], only: str) -> list[Case]:
    """The cases with one of the names in `only` (semicolons between them), or all."""
    return [case for case in cases if not only or case.name in only.split(";")]


def _known(rollouts: Iterator[Any]) -> list[tuple[Estimate, bool]]:
    """The metric's change in each rollout and whether it was claimed, where it is computable."""
    return [(row, claimed) for row, claimed in (short_way.change(*given) for given in rollouts) if row is not None]


def _share(what: str, case: str, hits: list[bool], *, most: float | None = None, least: float | None = None) -> None:
    """One line: the share, its 95 % Monte-Carlo interval (Wilson), and whether that interval excludes the bar."""
    n = len(hits)
    share = float(np.mean(hits)) if n else math.nan
    middle = (share + 1.92 / max(n, 1)) / (1 + 3.84 / max(n, 1))
    reach = 1.96 * math.sqrt(share * (1 - share) / max(n, 1) + 0.96 / max(n, 1) ** 2) / (1 + 3.84 / max(n, 1))
    low, high = max(middle - reach, 0.0), min(middle + reach, 1.0)
    said = ""
    if most is not None:
        said = f"bar ≤ {most:.2f} " + ("MISSED" if low > most else "ok")
    if least is not None:
        said = f"bar ≥ {least:.2f} " + ("MISSED" if high < least else "ok")
    print(f"{what:42s} {case:58s} {share:.3f} ({low:.3f}-{high:.3f}) n={n} {said}", flush=True)


ROWS: dict[str, Callable[[int, int, str], None]] = {
    "speed": speed,
    "effect": effect,
    "power": power,
    "leads": leads,
    "verdicts": verdicts,
    "ceiling": ceiling,
    "cohorts": cohorts,
    "signals": signals,
}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=300, help="rollouts for each line")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--rows", default=",".join(ROWS), help=f"of {', '.join(ROWS)}")
    parser.add_argument("--cases", default="", help='only those of these names: "base;varied, three teams"')
    chosen = parser.parse_args()
    for row in chosen.rows.split(","):
        if row not in ROWS:
            parser.error(f"There are no rows '{row}'. There are: {', '.join(ROWS)}.")
        ROWS[row](chosen.n, chosen.seed, chosen.cases)
