"""Whether closed deals are missing before the first one that the data hold, and how long deals take at most."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .formulas import unbound
from .formulas.base import terms

if TYPE_CHECKING:
    import pandas as pd

EXPECTED_EARLIER = 5
"""So many deals must be expected to have closed before the first closed one before the data are called cut off:
where five are expected and none is there, chance explains it in fewer than 1 of 100 cases (exp(-5) = 0.7 %)."""
LATER_DEALS = 50
"""With fewer deals opened after the first closing, nothing is known about how long deals take."""
AT_RISK = 20
"""The share closed within d days is read from at least so many deals that were opened d days ago or earlier."""


@dataclass(frozen=True)
class CutOff:
    """`day`: the first day of closed deals where earlier ones are missing, else None; `missing`: how many of the
    `opened_before` deals should have closed by then. `open_longer` deals are open longer than the longest won took."""

    day: dt.date | None = None
    missing: float = 0.0
    opened_before: int = 0
    longest_won_cycle: int | None = None
    open_longer: int = 0


NONE = CutOff()


def openings_and_closings() -> Any:
    """How many deals were opened on each day and closed, won or not, on each day, as known on the report date."""
    deals = unbound("opportunities").cross_join(terms().select("as_of"))
    day = deals.as_of
    deals = deals.filter(deals.opened_on <= day)
    closed = (deals.status != "open") & (deals.closed_on <= day).fill_null(False)
    deals = deals.filter(closed | (deals.status == "open") | (deals.closed_on > day))
    return (
        deals.mutate(ended_on=closed.ifelse(deals.closed_on, None), won=(closed & (deals.status == "won")).ifelse(1, 0))
        .group_by("opened_on", "ended_on", "won")
        .agg(n=lambda t: t.count())
    )


def cut_off(found: pd.DataFrame, as_of: dt.date) -> CutOff:
    """Whether closed deals are missing before the first closed one, told by how fast later deals close.

    For each deal opened before the first closing day F, the share of the deals opened from F on that closed within
    the days it had before F says how likely it was to close earlier; the sum is how many such deals were to be
    expected, and none is there.
    """
    import numpy as np

    opened = found["opened_on"].to_numpy(dtype="datetime64[D]")
    ended = found["ended_on"].to_numpy(dtype="datetime64[D]")
    count = found["n"].to_numpy()
    closed = ~np.isnat(ended)
    length = np.where(closed, (ended - opened).astype(np.int64), np.iinfo(np.int64).max)
    won = closed & (found["won"].to_numpy() == 1)
    told: dict[str, Any] = {}
    if won.any():
        longest = int(length[won].max())
        age = (np.datetime64(as_of) - opened).astype(np.int64)
        told = {"longest_won_cycle": longest, "open_longer": int(count[~closed & (age > longest)].sum())}
    if not closed.any():
        return CutOff(**told)
    start = ended[closed].min()
    before, later = opened < start, opened >= start
    if count[later].sum() < LATER_DEALS:
        return CutOff(**told)
    had = (start - opened).astype(np.int64) - 1
    observed = (np.datetime64(as_of) - opened).astype(np.int64)
    expected, share = 0.0, 0.0
    for days in np.unique(had[before]):
        watched = later & (observed >= days)
        if (of := count[watched].sum()) >= AT_RISK:
            share = count[watched & (length <= days)].sum() / of
        expected += share * count[before & (had == days)].sum()
    if expected < EXPECTED_EARLIER:
        return CutOff(**told)
    return CutOff(
        **told, day=start.astype(dt.date), missing=float(expected), opened_before=int(count[before].sum())
    )  # fmt: skip
