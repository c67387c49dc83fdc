"""The twelve measures as a careful analyst would write them in pandas."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pandas as pd

from kpi_workshop.kinds import Seat

from .generate import FIRST, LAST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpi_workshop.engagement import Engagement

_DEALS = ["seller", "status", "opened_on", "closed_on", "amount"]
_ACTIVITIES = ["seller", "type", "at", "direction", "minutes", "is_conversation"]


def answers(engagement: Engagement, measures: tuple[str, ...]) -> Iterator[tuple[str, pd.DataFrame]]:
    """Each measure with its table: team, week, value."""
    seats = _seats(engagement)
    deals = pd.read_parquet(engagement.tables / "opportunities.parquet", columns=_DEALS)
    for column in ("opened_on", "closed_on"):
        deals[column] = pd.to_datetime(deals[column])
    closed = _placed(deals[deals["status"] != "open"], "closed_on", seats)
    won = closed[closed["status"] == "won"]
    opened = _placed(deals, "opened_on", seats)
    cycle = (won["closed_on"] - won["opened_on"]).dt.days
    made = {
        "revenue": lambda: _by(won)["amount"].sum(min_count=1),
        "deals_closed": lambda: _by(won).size(),
        "win_rate": lambda: _by(closed.assign(won=closed["status"] == "won"))["won"].mean(),
        "average_deal_size": lambda: _by(won)["amount"].mean(),
        "sales_cycle_length": lambda: _by(won.assign(days=cycle)[cycle >= 0])["days"].mean(),
        "open_pipeline": lambda: _open(deals, seats),
        "opportunities_opened": lambda: _by(opened).size(),
    }
    for measure in [m for m in measures if m in made]:
        yield measure, made[measure]().rename("value").reset_index()
    if not set(measures) - set(made):
        return
    done = pd.read_parquet(engagement.tables / "activities.parquet", columns=_ACTIVITIES)
    done = _placed(done, "at", seats)
    ours = done["direction"] != "inbound"
    kept = {
        "calls_made": (done["type"] == "call") & ours,
        "emails_sent": (done["type"] == "email") & ours,
        "meetings_held": done["type"] == "meeting",
        "conversations": done["is_conversation"].fillna(False).astype(bool),
        "talk_time": done["type"] == "call",
    }
    for measure in [m for m in measures if m in kept]:
        rows = _by(done[kept[measure]])
        found = rows["minutes"].sum(min_count=1) if measure == "talk_time" else rows.size()
        yield measure, found.rename("value").reset_index()


def _seats(engagement: Engagement) -> pd.DataFrame:
    held = engagement.records.current(Seat, as_of=LAST).values()
    rows = [(s.person, s.team, s.valid_from or dt.date(1900, 1, 1), s.valid_to or dt.date(2200, 1, 1)) for s in held]
    frame = pd.DataFrame(rows, columns=["seller", "team", "valid_from", "valid_to"])
    return frame.assign(valid_from=pd.to_datetime(frame["valid_from"]), valid_to=pd.to_datetime(frame["valid_to"]))


def _placed(rows: pd.DataFrame, day: str, seats: pd.DataFrame) -> pd.DataFrame:
    """Rows with the team their seller sat in on the day, and the week."""
    on = rows[day].dt.normalize()
    rows = rows.assign(day=on)[on <= pd.Timestamp(LAST)].merge(seats, on="seller")
    rows = rows[(rows["day"] >= rows["valid_from"]) & (rows["day"] <= rows["valid_to"])]
    rows = rows.drop(columns=["valid_from", "valid_to", "seller"])
    return rows.assign(week=rows["day"] - pd.to_timedelta(rows["day"].dt.dayofweek, unit="D"))


def _by(rows: pd.DataFrame) -> pd.api.typing.DataFrameGroupBy:
    return rows.groupby(["team", "week"])


def _open(deals: pd.DataFrame, seats: pd.DataFrame) -> pd.Series:
    parts = []
    start = pd.Timestamp(FIRST) - pd.Timedelta(days=FIRST.weekday())
    for week in pd.date_range(start, LAST, freq="7D"):
        end = min(week + pd.Timedelta(days=6), pd.Timestamp(LAST))
        there = deals[(deals["opened_on"] <= end) & ((deals["status"] == "open") | (deals["closed_on"] > end))]
        held = seats[(seats["valid_from"] <= end) & (seats["valid_to"] >= end)]
        found = there.merge(held, on="seller").groupby("team")["amount"].sum(min_count=1)
        parts.append(pd.concat({week: found}, names=["week"]))
    return pd.concat(parts).swaplevel()
