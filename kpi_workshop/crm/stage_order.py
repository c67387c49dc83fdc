"""The order of the stages: the one the workshop recorded, else the one that deals take in the data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .formulas.base import WON_PLACE, flag, plain, terms, unbound

_WON = re.compile(r"\bwon\b")
_LOST = re.compile(r"\blost\b")


@dataclass(frozen=True)
class Entered:
    """A stage in the data: entries, how many were left again, how early deals enter it, and how many end in it."""

    stage: str
    entries: int
    left: int
    earliest: float
    won: int
    lost: int


def entered() -> Any:
    """For each stage, up to the report date: entries, how many were left, mean place among a deal's moves, ended in it.

    A deal ends in a stage that it entered on its closing day or later and did not leave.
    """
    import ibis

    moves = unbound("stage_changes").cross_join(terms().select("as_of"))
    moves = moves.filter(moves.changed_at.date() <= moves.as_of)
    moves = moves.select("opportunity_id", "changed_at", "as_of", stage=plain(moves.to_stage))
    in_time = ibis.window(group_by="opportunity_id", order_by=["changed_at", "stage"])
    moves = moves.mutate(
        place=ibis.row_number().over(in_time).cast("float64"), next_at=moves.changed_at.lead().over(in_time)
    )
    deals = unbound("opportunities").select("opportunity_id", "status", "closed_on")
    rows = moves.left_join(deals, "opportunity_id")
    closed = (rows.status != "open") & (rows.closed_on <= rows.as_of)
    last = closed & rows.next_at.isnull() & (rows.changed_at.date() >= rows.closed_on)
    return rows.group_by("stage").agg(
        entries=rows.count(),
        left=flag(rows.next_at.notnull() | (closed & ~last)).sum(),
        earliest=rows.place.sum() / rows.count().cast("float64"),
        won=flag(last & (rows.status == "won")).sum(),
        lost=flag(last & (rows.status == "lost")).sum(),
    )


def places(found: Iterable[Entered], recorded: Sequence[str]) -> list[tuple[str, int]]:
    """Each stage of the data with its place; a stage in which most deals are won has WON_PLACE, a lost one none.

    `recorded` are the stages of the sales process in their order. Where fewer than two of them occur in the data, the
    order is taken from the data: by how early, on average, deals enter a stage.

    >>> made = [Entered("trial", 9, 9, 1.2, 0, 0), Entered("need", 9, 9, 0.1, 0, 0), Entered("signed", 5, 0, 2, 5, 0)]
    >>> places(made, [])
    [('need', 0), ('trial', 1), ('signed', 1000000)]
    """
    won: list[Entered] = []
    going: list[Entered] = []
    for stage in found:
        ended = stage.won + stage.lost
        closes = 2 * ended > stage.entries
        if _LOST.search(stage.stage) or (closes and stage.lost > stage.won):
            continue
        (won if _WON.search(stage.stage) or closes else going).append(stage)
    order = {name.strip().lower(): place for place, name in reversed(list(enumerate(recorded)))}
    named = [stage for stage in going if stage.stage in order]
    if len(named) >= 2:
        ranked = [(stage.stage, order[stage.stage]) for stage in sorted(named, key=lambda s: order[s.stage])]
    else:
        ranked = [(s.stage, i) for i, s in enumerate(sorted(going, key=lambda s: (s.earliest, s.stage)))]
    return [*ranked, *((stage.stage, WON_PLACE) for stage in sorted(won, key=lambda s: s.stage))]
