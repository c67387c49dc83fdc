"""Say versus do: what people name in interviews beside what the CRM shows that top performers do more of.

Who said what is private. `own` is for the leader's own screen and speaks of the top performers who were interviewed;
`told` is fit to be shown to everyone and speaks of the groups of `interviews.heard`. What is done comes from the CRM
and the recorded tiers, and is shown for groups of at least `settings.smallest_group` people only.
"""

from __future__ import annotations

import datetime as dt
import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .. import catalogue
from ..engagement import Engagement
from ..errors import WorkshopError
from ..kinds import PerformerTier, Person, Seat
from . import interviews

if TYPE_CHECKING:
    import pandas as pd

WEEKS = 26
"""The weeks that are compared: half a year to the report date."""
FEWEST_WEEKS = 8
"""A seller with fewer finished weeks in the seat is left out."""
FEWEST_FREE = 4
"""Fewer degrees of freedom than this give a range too wide to be of use."""
CONFIDENCE = 0.9
SAID_AND_DONE, SAID_ONLY, DONE_UNSAID, NEITHER = "said and done", "said only", "done unsaid", "no clear difference"
COLUMNS = ("measure", "name", "unit", "top", "middle", "difference", "low", "high", "people", "note")


@dataclass(frozen=True)
class Difference:
    """How far one group's mean lies above another's, with the range that holds it at the stated confidence."""

    estimate: float
    low: float
    high: float


def own(engagement: Engagement, *, as_of: dt.date) -> pd.DataFrame:
    """Said and done, with how many of the top performers interviewed said it; for the leader's own screen only.

    The columns of `done`, and said_by, of (top performers interviewed) and verdict.
    """
    by_role = interviews.heard_by_role(engagement, as_of=as_of)
    said = {row.measure: int(row.top) for row in by_role.itertuples() if row.measure}
    held = interviews.held(engagement, as_of=as_of).values()
    of = len({i.interviewee.casefold() for i in held if i.role == "top"})
    table = done(engagement, said=[measure for measure, many in said.items() if many], as_of=as_of)
    table["said_by"] = [said.get(measure, 0) for measure in table["measure"]]
    table["of"] = of
    table["verdict"] = [_verdict(row, row.said_by > 0) for row in table.itertuples()]
    return table


def told(engagement: Engagement, *, as_of: dt.date) -> pd.DataFrame:
    """Said and done, fit to be shown to everyone.

    The columns of `done`, and group (the first group of `interviews.heard`: normally "sellers"), said_by (people;
    <NA> where it may not be told), of, and verdict ("" where it would tell what may not be told).
    """
    heard = interviews.heard(engagement, as_of=as_of)
    group = heard["group"].iloc[0] if len(heard) else interviews.EVERYONE
    ours = heard[(heard["group"] == group) & (heard["measure"] != "")].set_index("measure")
    said = [str(measure) for measure, many in ours["said_by"].fillna(1).items() if many > 0]
    table = done(engagement, said=said, as_of=as_of)
    table["group"] = group
    table["said_by"] = [ours["said_by"].get(measure, 0) for measure in table["measure"]]
    table["of"] = ours["of"].iloc[0] if len(ours) else None
    table = table.astype({"said_by": "Int64", "of": "Int64"})
    known = table["said_by"].notna()
    table["verdict"] = [
        _verdict(row, row.said_by > 0) if is_known else ""
        for row, is_known in zip(table.itertuples(), known, strict=True)
    ]
    return table


def done(engagement: Engagement, *, said: Sequence[str] = (), as_of: dt.date) -> pd.DataFrame:
    """What top and middle performers do a week, for the measures said and those that sellers do themselves.

    Columns: measure, name, unit, top and middle (mean of the sellers' weekly rates over the last 26 finished weeks;
    the teams of the middle performers weigh as much as those of the top performers), difference (top less middle, so
    that each is compared within a team), low and high (its range at 90 % confidence, sellers taken as independent,
    equal spread within team and tier), people (sellers compared), note (why a row has no numbers). Only teams with
    both tiers count; fewer than `settings.smallest_group` of either tier show nothing.
    """
    import pandas as pd

    from ..crm import measures

    try:
        availability = measures.availability(engagement, as_of=as_of)
    except WorkshopError as error:
        availability = dict.fromkeys(measures.COMPUTABLE, str(error))
    tiers = _tiers(engagement, as_of)
    mine = [measure for measure, why_not in availability.items() if not why_not and _is_done_by_sellers(measure)]
    rows = []
    for measure in dict.fromkeys([*said, *mine]):
        if measure not in availability:
            rows.append(_row(measure, note="The CRM data have no formula for it."))
        elif availability[measure]:
            rows.append(_row(measure, note=f"Not computable: {availability[measure]}"))
        else:
            rows.append(_compared(engagement, measure, tiers, as_of))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def difference(
    groups: Iterable[tuple[Sequence[float], Sequence[float]]], *, confidence: float = CONFIDENCE
) -> Difference | None:
    """The mean difference between the first and the second group of each pair, pairs weighted by their first group.

    The range is Student's, with the spread pooled over all groups (the two-way layout without interaction). None where
    there are fewer than four degrees of freedom.
    """
    pairs = [(list(first), list(second)) for first, second in groups if first and second]
    weights = [len(first) for first, _ in pairs]
    free = sum(len(first) + len(second) - 2 for first, second in pairs)
    if free < FEWEST_FREE:
        return None
    squares = sum(sum((x - statistics.fmean(g)) ** 2 for x in g) for pair in pairs for g in pair)
    shares = [weight / sum(weights) for weight in weights]
    estimate = sum(
        share * (statistics.fmean(first) - statistics.fmean(second))
        for share, (first, second) in zip(shares, pairs, strict=True)
    )
    spread = sum(
        share**2 * (1 / len(first) + 1 / len(second)) for share, (first, second) in zip(shares, pairs, strict=True)
    )
    reach = student(0.5 + confidence / 2, free) * math.sqrt(squares / free * spread)
    return Difference(estimate, estimate - reach, estimate + reach)


def student(share: float, free: int) -> float:
    """The quantile of Student's t (Abramowitz and Stegun 26.7.5; within 1 % from four degrees of freedom on).

    >>> round(student(0.95, 10), 2), round(student(0.95, 30), 2)
    (1.81, 1.7)
    """
    z = statistics.NormalDist().inv_cdf(share)
    return (
        z
        + (z**3 + z) / (4 * free)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * free**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * free**3)
        + (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / (92160 * free**4)
    )


def _is_done_by_sellers(measure: str) -> bool:
    """Whether a seller can decide to do more of it, more is better, and a week has a number of it."""
    known = catalogue.get(measure)
    is_activity = known.control == "direct" and known.timing == "before" and known.form in ("count", "sum")
    return is_activity and known.better == "higher"


def _verdict(row: Any, said: bool) -> str:
    if row.note:
        return ""
    lower = catalogue.get(row.measure).better == "lower"
    more = row.high < 0 if lower else row.low > 0
    if said:
        return SAID_AND_DONE if more else SAID_ONLY
    return DONE_UNSAID if more else NEITHER


def _row(measure: str, *, note: str, **numbers: Any) -> dict[str, Any]:
    known = catalogue.get(measure)
    empty = dict.fromkeys(COLUMNS, math.nan)
    return empty | {"measure": measure, "name": known.name, "unit": known.unit, "people": 0, "note": note} | numbers


def _compared(
    engagement: Engagement, measure: str, tiers: Mapping[str, tuple[str, str, Seat]], as_of: dt.date
) -> dict[str, Any]:
    rates = _rates(engagement, measure, tiers, as_of)
    by_team: dict[str, dict[str, list[float]]] = defaultdict(lambda: {"top": [], "middle": []})
    for person, rate in rates.items():
        team, tier, _ = tiers[person]
        if tier in ("top", "middle"):
            by_team[team][tier].append(rate)
    pairs = [(held["top"], held["middle"]) for held in by_team.values() if held["top"] and held["middle"]]
    top, middle = [x for first, _ in pairs for x in first], [x for _, second in pairs for x in second]
    least = engagement.settings.smallest_group
    if min(len(top), len(middle)) < least:
        return _row(measure, note=f"Fewer than {least} top or {least} middle performers of the same teams to compare.")
    found = difference(pairs)
    if found is None:
        return _row(measure, note="Too few sellers to say how sure the difference is.")
    return _row(
        measure, note="", top=statistics.fmean(top), middle=statistics.fmean(top) - found.estimate,
        difference=found.estimate, low=found.low, high=found.high, people=len(top) + len(middle),
    )  # fmt: skip


def _tiers(engagement: Engagement, as_of: dt.date) -> dict[str, tuple[str, str, Seat]]:
    """Team, tier and seat of every seller who sits in a seat on the report date and has a tier."""
    tiers = {tier.person: tier.tier for tier in engagement.records.current(PerformerTier, as_of=as_of).values()}
    return {
        seat.person: (seat.team, tiers[seat.person], seat)
        for seat in engagement.records.current(Seat, as_of=as_of).values()
        if seat.role == "seller"
        and seat.person in tiers
        and (seat.valid_from or as_of) <= as_of <= (seat.valid_to or as_of)
    }


def _rates(
    engagement: Engagement, measure: str, tiers: Mapping[str, tuple[str, str, Seat]], as_of: dt.date
) -> dict[str, float]:
    """The weekly rate of each seller: of ratios the sums divided, of all else the mean of the weeks."""
    from ..crm import measures

    since = as_of - dt.timedelta(weeks=WEEKS)
    try:
        table = measures.measure_table(engagement, measure, by="seller", every="week", as_of=as_of, since=since)
    except WorkshopError:
        return {}
    names = {p.name: key for key, p in engagement.records.current(Person, as_of=as_of).items()}
    inside = (table["period_start"] >= since) & (table["period_end"] <= as_of) & table["value"].notna()
    found: dict[str, float] = {}
    for group, weeks in table[inside].groupby("by"):
        person = str(group) if group in tiers else names.get(str(group), "")
        if person not in tiers:
            continue
        began = tiers[person][2].valid_from
        held = weeks[weeks["period_start"] >= began] if began and began > since else weeks
        if len(held) < FEWEST_WEEKS:
            continue
        below = held["denominator"].sum() if held["denominator"].notna().all() else 0.0
        found[person] = float(held["numerator"].sum() / below if below else held["value"].mean())
    return found
