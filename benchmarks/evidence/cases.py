"""The truths that are simulated: four kinds of world, each as it usually is and under stress."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .mixed_world import MixedWorld
from .mixed_world import draw as draw_mixed
from .rough_world import RoughWorld
from .rough_world import draw as draw_rough
from .varied_world import VariedWorld
from .varied_world import draw as draw_varied
from .world import World
from .world import draw as draw_base

KINDS: dict[str, tuple[Callable[..., Any], Callable[[Any, np.random.Generator], Any]]] = {
    "base": (World, draw_base),
    "rough": (RoughWorld, draw_rough),
    "varied": (VariedWorld, draw_varied),
    "mixed": (MixedWorld, draw_mixed),
}
HARD = {"team_sd": 0.12, "team_phi": 0.8}
EIGHT = {"starts": (26, 29, 32, 35, 38, 41, 44, None), "weeks": 70}
NO_HOLD_OUT = {"starts": (26, 30, 34, 38), "weeks": 64}


@dataclass(frozen=True)
class Case:
    """A named truth; `stress` sets the wider bar, `kind` says from which kind of world it is drawn."""

    name: str
    truth: dict[str, Any]
    stress: bool = False
    kind: str = "base"

    def but(self, name: str = "", **truth: Any) -> Case:
        """The same with something else true."""
        return replace(self, name=f"{self.name}{name}", truth={**self.truth, **truth})

    def rollouts(self, n: int, seed: int) -> Iterator[tuple[Any, dict[str, int | None]]]:
        """`n` panels with their starts; the same seed draws the same ones."""
        for number in range(n):
            rng = np.random.default_rng([seed, number])
            make, draw = KINDS[self.kind]
            yield draw(make(**self.truth), rng)


BASE = Case("base", {})
HARD_CASE = Case("hard: team shocks that last", HARD, stress=True)
ROUGH = Case("rough", {}, kind="rough")
CALM = Case("rough, four teams of ten", {"sizes": (10,) * 4, "wander": 0.005, "jumps": 0.001}, kind="rough")
EIGHT_TEAMS = Case("eight teams", {"sizes": (8,) * 8, **EIGHT})
STEADY = Case("base, nobody leaves or is away", {"turnover": 0.0, "absent": 0.0, "weeks": 52})
VARIED = Case("varied", {}, kind="varied")
MIXED = Case("mixed", {}, kind="mixed")
FOUR_OF_TEN = Case("varied, four teams of ten", {"teams": 4, "size": 10, "plan": 0, "metric": 1.2}, kind="varied")
WORLDS = (
    BASE,
    STEADY,
    VARIED,
    VARIED.but(", no hold-out", plan=1),
    VARIED.but(", same week, some held out", plan=2),
    ROUGH,
    CALM,
    Case("no hold-out", NO_HOLD_OUT),
    EIGHT_TEAMS,
    MIXED,
    Case("revenue", {"revenue": 1.0}),
    Case("rough, revenue", {"revenue": True}, kind="rough"),
    HARD_CASE,
    Case("drifting teams", {"drift": 0.06}, stress=True),
    Case("unequal teams", {"sizes": (4, 8, 12, 16)}, stress=True),
    Case("shocks of half a year", {"team_sd": 0.12, "team_phi": 0.95}, stress=True),
    Case("shocks of a quarter", {"team_sd": 0.1, "team_phi": 0.9}, stress=True),
    Case("varied, shocks of five months", {"half_life": 20.0, "shock": 0.1}, stress=True, kind="varied"),
    Case("varied, three teams", {"teams": 3}, stress=True, kind="varied"),
    Case("varied, amounts with a Pareto tail", {"tail": 2.2}, stress=True, kind="varied"),
    Case("0.3 a week", {"metric": 0.3}, stress=True),
    Case("very skewed revenue", {"revenue": 1.5}, stress=True),
    Case("three a team", {"sizes": (3, 3, 3, 3)}, stress=True),
    Case("much turnover", {"turnover": 0.03, "absent": 0.15}, stress=True),
    Case("weeks without anybody", {"outages": True}, stress=True),
    Case("rough, much turnover", {"leaving": 0.04}, stress=True, kind="rough"),
    Case("rough, lasting moods", {"mood_sd": 0.35, "mood_phi": 0.85}, stress=True, kind="rough"),
    Case("rough, wandering teams", {"wander": 0.025, "jumps": 0.015}, stress=True, kind="rough"),
    Case("rough, eight teams", {"sizes": (5, 6, 7, 8, 8, 9, 10, 11), **EIGHT}, stress=True, kind="rough"),
)
CONFOUNDED = (
    BASE,
    ROUGH,
    MIXED,
    MIXED.but(", strong shared cause", spells=0.35),
    HARD_CASE,
    BASE.but(", the rollout lifts both", adoption=0.25, lift=0.2),
    ROUGH.but(", the rollout lifts both", adoption=0.25, lift=0.2),
    BASE.but(", shared cause", shared_sd=0.35),
    BASE.but(", weak shared cause", shared_sd=0.2, shared_phi=0.3),
    BASE.but(", slow shared cause", shared_sd=0.2, shared_phi=0.95),
    ROUGH.but(", shared cause", shared=0.3),
    BASE.but(", revenue", revenue=1.0),
    BASE.but(", much turnover", turnover=0.03, absent=0.15),
    ROUGH.but(", much turnover", leaving=0.04),
    VARIED,
    VARIED.but(", shared cause", shared=0.3),
    VARIED.but(", the rollout lifts both", adoption=0.25, lift=0.2),
)
LINKED = tuple(
    kind.but(f", lag {lag}", elasticity=0.2, lag=lag) for kind in (BASE, CALM, FOUR_OF_TEN, MIXED) for lag in (1, 3, 6)
)
WORKS = tuple(
    kind.but(name, adoption=0.25, **truth)
    for kind in (BASE, ROUGH, FOUR_OF_TEN, MIXED)
    for name, truth in (
        (", works", {"elasticity": 0.55}),
        (", works late", {"elasticity": 0.55, "lag": 6}),
        (", works a little", {"elasticity": 0.3}),
    )
)
USELESS = tuple(
    kind.but(name, **{"adoption": 0.25, **truth})
    for kind, name, truth in (
        (BASE, ", adopted but useless", {}),
        (CALM, ", adopted but useless", {}),
        (FOUR_OF_TEN, ", adopted but useless", {}),
        (BASE, ", adopted by half, useless", {"adoption": 0.5}),
        (ROUGH, ", adopted but useless", {}),
        (HARD_CASE, ", adopted but useless", {}),
        (MIXED, ", adopted but useless", {}),
        (BASE, ", useless, shared cause", {"shared_sd": 0.35}),
        (ROUGH, ", useless, shared cause", {"shared": 0.3}),
    )
)
IDLE = tuple(
    kind.but(name, **truth)
    for kind in (BASE, ROUGH, FOUR_OF_TEN, MIXED)
    for name, truth in ((", not adopted, link real", {"elasticity": 0.55}), (", nothing changes", {}))
)
