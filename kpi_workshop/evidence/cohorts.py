"""Who is compared with whom: all sellers, and thirds frozen at the baseline against the same third elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .levels import held_in
from .panel import Panel

TIERS = ("low", "middle", "top")
SHOWN_FROM = 5
"""A cohort with fewer sellers in teams that have started is too small to show."""
THIRDS_WIDER = 1.12
"""How much wider the interval of a third is than that of so few sellers would be: those who leave a third are not
replaced, so that its last weeks are the least exact (set by benchmarks/evidence)."""
KNOWN_FROM = 6
"""Weeks present in the baseline before a seller is ranked."""


@dataclass(frozen=True, eq=False)
class Cohort:
    """A named group of the panel's rows."""

    name: str
    members: NDArray[np.bool_]
    everyone: bool = False
    too_few: bool = False
    note: str = ""

    def __hash__(self) -> int:
        return hash(self.name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Cohort) and self.name == other.name


def cohorts(panel: Panel, baseline: int) -> list[Cohort]:
    """All sellers, then each tier.

    Tiers given are taken as frozen. Without them sellers are ranked within their team by the first metric before
    `baseline`; who has fewer than six weeks there belongs to none. Each tier is compared with the same tier of teams
    that have not started, so that a lucky baseline falls back in both alike (regression to the mean).
    """
    tier = panel.tier or _thirds(panel, baseline)
    found = [Cohort("all", np.ones(len(panel.sellers), dtype=bool), everyone=True)]
    started = np.array([week is not None and week <= panel.weeks[-1] for week in panel.start])[panel.team]
    for name in sorted({name for name in tier if name}, key=_order):
        members = np.array([mine == name for mine in tier])
        few = bool((members & started).sum() < SHOWN_FROM)
        note = "Too few sellers to show." if few else "Against the same tier of teams not started."
        found.append(Cohort(name, members, too_few=few, note=note))
    return found


def _thirds(panel: Panel, baseline: int) -> tuple[str, ...]:
    tier = [""] * len(panel.sellers)
    if not panel.metrics:
        return tuple(tier)
    seen = panel.weeks < baseline
    rates = held_in(panel.rates[panel.metrics[0]][:, seen])[0]
    weight = np.where(np.isfinite(rates), panel.present[:, seen], 0.0)
    stay = weight.sum(axis=1)
    mean = (np.where(weight > 0, rates, 0.0) * weight).sum(axis=1) / np.maximum(stay, 1e-9)
    for team in range(len(panel.teams)):
        ranked = [
            unit for unit in np.argsort(mean, kind="stable") if panel.team[unit] == team and stay[unit] >= KNOWN_FROM
        ]
        if len(ranked) < len(TIERS):
            continue
        for place, unit in enumerate(ranked):
            tier[unit] = TIERS[min(place * 3 // len(ranked), 2)]
    return tuple(tier)


def _order(name: str) -> tuple[int, str]:
    return (("top", "middle", "low").index(name) if name in TIERS else -1, name)
