"""One row for each call, email, meeting and demo of the demo company, made from the weekly counts all at once."""

from __future__ import annotations

import demo_world as world
import numpy as np
import pandas as pd
from demo_simulation import ALL, DAY_ZERO, Deal, Weeks

_MINUTES = {"call": 11.0, "meeting": 42.0, "demo": 50.0}
_WEEKDAYS = (0.20, 0.21, 0.21, 0.20, 0.18)


def activities(
    rng: np.random.Generator,
    weeks: Weeks,
    deals: list[Deal],
    seen: list[list[list[int]]],
    *,
    opportunities: pd.DataFrame,
    leads: pd.DataFrame,
) -> pd.DataFrame:
    """The activities since the first day, in order of time, each with the lead or the open deal it belongs to."""
    rows = _rows(weeks)
    count = len(rows)
    day = rows["week"].to_numpy() * 7 + rng.choice(5, count, p=_WEEKDAYS)
    minute = rng.integers(8 * 60, 18 * 60, count)
    rows["at"] = np.datetime64(DAY_ZERO, "m") + (day * 1440 + minute).astype("timedelta64[m]")
    rows["is_senior"] = _senior(rng, rows, weeks)
    length = rows["kind"].map(_MINUTES).to_numpy() * np.exp(rng.normal(0, 0.35, count))
    length = np.where((rows["kind"] == "call") & ~rows["is_conversation"], 1.0, np.maximum(length.round(), 2))
    rows["minutes"] = np.where(rows["kind"] == "email", np.nan, length)
    development = weeks.team[rows["seller"], rows["week"]] == world.TEAMS.index(world.SDR)
    lead = _leads(rng, rows, leads)
    rows["lead"] = np.where(development & rows["kind"].isin(["call", "email"]) & (rng.random(count) < 0.85), lead, "")
    deal = _open_deals(rng, rows, day, deals, seen, opportunities)
    rows["deal"] = np.where((rows["lead"] == "") & (rng.random(count) < 0.8), deal, "")
    rows = rows.sort_values(["at", "seller", "kind"], kind="stable")
    kind = rows["kind"].to_numpy()
    return pd.DataFrame(
        {
            "Activity ID": [f"T{i + 1:06d}" for i in range(count)],
            "Owner": np.array([s.name for s in world.SELLERS])[rows["seller"]],
            "Type": pd.Series(kind).map({"call": "Call", "email": "Email", "meeting": "Meeting", "demo": "Demo"}),
            "Start": rows["at"].to_numpy().astype("datetime64[us]"),
            "Opportunity ID": _blank_is_null(rows["deal"]),
            "Lead ID": _blank_is_null(rows["lead"]),
            "Direction": np.where(np.isin(kind, ("call", "email")), "Outbound", None),
            "Minutes": rows["minutes"].to_numpy(),
            "Reached": rows["is_conversation"].to_numpy(),
            "Senior Contact": rows["is_senior"].to_numpy(),
        }
    )


def _rows(weeks: Weeks) -> pd.DataFrame:
    """One row per activity with its seller, week and kind; of a week's calls the first ones reached somebody."""
    parts = []
    for kind in world.KINDS:
        counts = weeks.counts[kind][:, world.BURN_IN :]
        seller, week = np.nonzero(counts)
        number = counts[seller, week]
        first = np.repeat(np.cumsum(number) - number, number)
        place = np.arange(number.sum()) - first
        reached = weeks.reached[seller, week + world.BURN_IN] if kind == "call" else number * (kind != "email")
        part = pd.DataFrame({"seller": np.repeat(seller, number), "week": np.repeat(week + world.BURN_IN, number)})
        parts.append(part.assign(kind=kind, is_conversation=place < np.repeat(reached, number)))
    return pd.concat(parts, ignore_index=True)


def _senior(rng: np.random.Generator, rows: pd.DataFrame, weeks: Weeks) -> np.ndarray:
    """As many conversations of each seller's week as were planned, drawn at random, are with somebody senior."""
    cell = rows["seller"].to_numpy() * ALL + rows["week"].to_numpy()
    talked = np.flatnonzero(rows["is_conversation"].to_numpy())
    order = talked[np.lexsort((rng.random(len(talked)), cell[talked]))]
    ordered = cell[order]
    starts = np.r_[True, ordered[1:] != ordered[:-1]]
    place = np.arange(len(order)) - np.maximum.accumulate(np.where(starts, np.arange(len(order)), 0))
    senior = np.zeros(len(rows), dtype=bool)
    senior[order] = place < weeks.senior.ravel()[ordered]
    return senior


def _leads(rng: np.random.Generator, rows: pd.DataFrame, leads: pd.DataFrame) -> np.ndarray:
    """For each activity one of its seller's recent leads, mostly the newest; "" where there is none of three weeks."""
    found = np.full(len(rows), "", dtype=object)
    back = rng.geometric(0.25, len(rows)) - 1
    created = pd.to_datetime(leads["Created"]).to_numpy().astype("datetime64[m]")
    for number, seller in enumerate(world.SELLERS):
        own = np.flatnonzero(leads["Lead Owner"] == seller.name)
        mine = np.flatnonzero(rows["seller"] == number)
        if not len(own):
            continue
        at = rows["at"].to_numpy()[mine].astype("datetime64[m]")
        pick = np.searchsorted(created[own], at) - 1 - back[mine]
        lead = own[np.maximum(pick, 0)]
        fits = (pick >= 0) & (at - created[lead] < np.timedelta64(21 * 1440, "m"))
        found[mine] = np.where(fits, leads["Lead ID"].to_numpy()[lead], "")
    return found


def _open_deals(
    rng: np.random.Generator,
    rows: pd.DataFrame,
    day: np.ndarray,
    deals: list[Deal],
    seen: list[list[list[int]]],
    opportunities: pd.DataFrame,
) -> np.ndarray:
    """For each activity one of the deals its seller had open at the start of that week; "" where there was none."""
    key = np.full(len(deals), "", dtype=object)
    key[opportunities["deal"]] = opportunities["Opportunity ID"]
    closed = np.array([d.closed if d.closed >= 0 else 10**6 for d in deals])
    flat = [pool for seller in seen for pool in seller]
    sizes = np.array([len(pool) for pool in flat])
    pooled = np.fromiter((deal for pool in flat for deal in pool), dtype=int)
    offsets = np.cumsum(sizes) - sizes
    cell = rows["seller"].to_numpy() * ALL + rows["week"].to_numpy()
    pick = offsets[cell] + np.floor(rng.random(len(rows)) * sizes[cell]).astype(int)
    deal = pooled[np.minimum(pick, len(pooled) - 1)]
    fits = (sizes[cell] > 0) & (day <= closed[deal])
    return np.where(fits, key[deal], "")


def _blank_is_null(values: pd.Series) -> np.ndarray:
    return np.where(values == "", None, values)
