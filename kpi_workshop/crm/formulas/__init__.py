"""Each measure as expressions on the canonical tables, which any engine that Ibis speaks to can compute.

An event table has one row for each thing that counts: `seller`, `day` (empty: the data do not say when), `numerator`,
`denominator` and `aside` (1 where the row could not be used in full; `aside_says` tells why). Where what became of an
event is only known later, `settled_on` is the day it was known. Rows that stand at a period's end carry `period_start`
and `on`, the day their seller's seat is looked up on. In a median an empty numerator with denominator 1 is something
still open, longer than all that is known. What is counted once has a `thing`. Nothing here has been computed yet.

A measure is for the whole of its group: facets such as the stage, the type of an activity or the product are no
measures of their own; `where` of `measure_table` limits any measure to them.
"""

from __future__ import annotations

from . import conversations, customers, cycles, effort, leads, pipeline, results
from .base import KINDS, Formula, days_between, flag, plain, unbound
from .cycles import chosen
from .results import won_amounts

__all__ = [
    "ALL", "FORMULAS", "KINDS", "PARTS", "Formula", "chosen", "days_between", "flag", "plain", "unbound", "won_amounts",
]  # fmt: skip

FORMULAS: dict[str, Formula] = (
    results.FORMULAS
    | cycles.FORMULAS
    | effort.FORMULAS
    | conversations.FORMULAS
    | leads.FORMULAS
    | pipeline.FORMULAS
    | customers.FORMULAS
)
"""Every measure that the tables can give, by its catalogue id."""

PARTS: dict[str, Formula] = customers.PARTS | pipeline.PARTS | cycles.PARTS
"""What derived measures are made of, and sales cycles from another start: no catalogue entry has these ids."""

ALL: dict[str, Formula] = FORMULAS | PARTS
