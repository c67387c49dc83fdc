"""The numbers that `analyse` gives for one question, without the answers to the others: four times as many rollouts.

The same functions in the same order; a test holds the two beside one another.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kpi_workshop.evidence import effect, lead_lag, levels, panel, sequential, verdict
from kpi_workshop.evidence.cohorts import THIRDS_WIDER, cohorts
from kpi_workshop.evidence.design import design
from kpi_workshop.evidence.estimates import Estimate
from kpi_workshop.evidence.panel import Panel
from kpi_workshop.evidence.verdict import KEEP_ALPHA, Look


def change(rows: Any, starts: Any) -> tuple[Estimate | None, bool]:
    """The metric's change at the last week, and whether it was claimed at a planned look up to then."""
    seen = panel.read(rows, starts)
    metric, baseline = seen.metrics[0], design(seen).baseline
    z = [None if (one := _fit(cut, metric, baseline)) is None else one.z for _, cut in _looks(seen)]
    claimed = sequential.discoveries(sequential.LOOKS, len(z), [z])[0] is not None
    return _fit(seen, metric, baseline), claimed and design(seen).grade != "low"


def middle(rows: Any, starts: Any) -> dict[str, Estimate | None]:
    """The change of the metric and of the activity among the middle third, each with its interval."""
    seen = panel.read(rows, starts)
    baseline = design(seen).baseline
    third = next((one for one in cohorts(seen, baseline) if one.name == "middle" and not one.too_few), None)
    found: dict[str, Estimate | None] = {"metric": None, "activity": None}
    if third is None:
        return found
    for kind, measure in (("metric", seen.metrics[0]), ("activity", seen.activities[0])):
        one = _fit(seen, measure, baseline, third.members)
        found[kind] = one and one.widened(THIRDS_WIDER)
    return found


def link(rows: Any, starts: Any) -> lead_lag.Lead | None:
    """What comes before what."""
    seen = panel.read(rows, starts)
    return lead_lag.lead(seen, seen.activities[0], seen.metrics[0])


def history(rows: Any, starts: Any) -> tuple[str, ...]:
    """The verdict's word after each planned look."""
    seen = panel.read(rows, starts)
    activity, metric, baseline = seen.activities[0], seen.metrics[0], design(seen).baseline
    shares = sequential.information(sequential.LOOKS)
    limits = [sequential.bounds(shares, alpha=alpha) for alpha in (sequential.ALPHA, KEEP_ALPHA)]
    looks = [
        Look(
            week,
            limits[0][at],
            _fit(cut, activity, baseline),
            _fit(cut, metric, baseline),
            lead_lag.lead(cut, activity, metric, draws=lead_lag.DRAWS_AT_LOOKS),
            limits[1][at],
        )
        for at, (week, cut) in enumerate(_looks(seen))
    ]
    return verdict.judge(looks, sequential.LOOKS).history


def last_look(rows: Any, starts: Any) -> Look:
    """The three links at the last week, without bounds."""
    seen = panel.read(rows, starts)
    activity, metric, baseline = seen.activities[0], seen.metrics[0], design(seen).baseline
    return Look(
        sequential.LOOKS[-1], 0.0, _fit(seen, activity, baseline), _fit(seen, metric, baseline),
        lead_lag.lead(seen, activity, metric),
    )  # fmt: skip


def _looks(seen: Panel) -> list[tuple[int, Panel]]:
    last = seen.last_start
    elapsed = -1 if last is None else int(seen.weeks[-1]) - last + 1
    return [(look, seen.before((last or 0) + look)) for look in sequential.LOOKS if look <= elapsed]


def _fit(seen: Panel, measure: str, baseline: int, among: np.ndarray | None = None) -> Estimate | None:
    rates = levels.team_weeks(seen, measure, baseline=baseline, among=among)
    return effect.estimate(rates, seen.started(), seen.weeks)
