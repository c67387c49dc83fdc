"""Each stage of the sales process by itself: how many deals entered it, how many went on, and how long they stayed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from ..engagement import Engagement
from ..numbers import counted
from . import engines, facts
from .coverage import coverage
from .formulas import FORMULAS
from .formulas.base import days_between
from .formulas.pipeline import reached, visits

_LONGER = 1.0e9
"""Stands for the length of a stay that is not over: longer than any that is."""


@dataclass(frozen=True)
class StageNumbers:
    """One stage: `entered` deals, of which `went_on` to a later stage or were won; `days` is the median stay.

    `days` is None where it is not computable, and `why_not` then says why: half of the deals are still in the stage.
    """

    stage: str
    entered: int
    went_on: int
    days: float | None
    why_not: str = ""


def numbers(engagement: Engagement, *, as_of: dt.date) -> tuple[dict[str, StageNumbers], str]:
    """The numbers of each stage of the data, by its name in lower case, and why there are none, "" where there are.

    They are those of the measures stage_conversion and time_in_stage, over everything up to `as_of`, stage by stage: a
    deal counts once in each stage it entered, and a stay that is not over counts as longer than any that is.
    """

    def found() -> tuple[dict[str, StageNumbers], str]:
        covered = coverage(engagement, as_of=as_of)
        if why_not := covered.lacks(FORMULAS["time_in_stage"]):
            return {}, why_not
        import pyarrow as pa

        places = pa.table({"stage": [name for name, _ in covered.stages], "place": [at for _, at in covered.stages]})
        with engines.session(engagement) as engine:
            engine.give("terms", facts.report_date(as_of))
            engine.give("stages", places.cast(pa.schema([("stage", pa.string()), ("place", pa.int64())])))
            went = {int(row.place): row for row in engine.ask(_went_on).itertuples()}
            stays = {row.stage: row.days for row in engine.ask(_median_stays).itertuples()}
        return {
            stage: _numbers(stage, went[place], stays.get(stage)) for stage, place in covered.stages if place in went
        }, ""

    return engines.of_one_import(engagement, found)


def _numbers(stage: str, row: Any, days: float | None) -> StageNumbers:
    entered, went_on = int(row.entered), int(row.went_on)
    if days is None or days >= _LONGER / 2:
        why = f"half or more of {counted(entered, 'deal')} are still in it"
        return StageNumbers(stage, entered, went_on, None, why)
    return StageNumbers(stage, entered, went_on, float(days))


def _went_on() -> Any:
    entered, met = reached()
    met = met.group_by("place").agg(went_on=met.count())
    every = entered.group_by("place").agg(entered=entered.count())
    return every.left_join(met, "place").select("place", "entered", went_on=met.went_on.coalesce(0))


def _median_stays() -> Any:
    import ibis

    stays = visits()
    length = days_between(stays.left_on, stays.day)
    stays = stays.filter(length.isnull() | (length >= 0))
    stays = stays.mutate(days=days_between(stays.left_on, stays.day).cast("float64").coalesce(_LONGER))
    ranked = stays.mutate(
        rank=ibis.row_number().over(ibis.window(group_by="stage", order_by=["days"])),
        known=stays.days.count().over(ibis.window(group_by="stage")),
    )
    distance = (ranked.rank - 0.5 * (ranked.known - 1).cast("float64")).abs()
    weight = (distance < 1).ifelse(1 - distance, 0.0)
    return ranked.group_by("stage").agg(days=(weight * ranked.days).sum())
