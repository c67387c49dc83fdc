"""The demo's exports as they lie on disk, and counted by seller and week without the package."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd

DATA = Path(__file__).resolve().parents[1] / "data"
BUNDLED = DATA / "demo"
FIRST, LAST = dt.date(2024, 7, 1), dt.date(2026, 6, 28)
WEEKS = 104
INSIDE, FIELD, AM, SDR = "Inside Sales", "Field Sales", "Account Management", "Sales Development"


def read(name: str) -> pd.DataFrame:
    file = BUNDLED / "crm" / name
    return pd.read_parquet(file) if file.suffix == ".parquet" else pd.read_csv(file)


def by_seller_and_week() -> dict[str, pd.DataFrame]:
    """Counts by seller (rows) and week (columns), by what is counted."""
    people = read("people.csv")
    sellers = people[people["Role"] == "seller"]
    names = sorted(sellers["Full Name"].unique())

    def count(who: pd.Series, when: pd.Series, weight: pd.Series | None = None) -> pd.DataFrame:
        week = (pd.to_datetime(when) - pd.Timestamp(FIRST)).dt.days // 7
        values = weight if weight is not None else pd.Series(1, index=who.index)
        table = values.groupby([who, week]).sum().unstack(fill_value=0)
        return table.reindex(index=names, columns=range(WEEKS), fill_value=0).astype(float)

    done, deals = read("activities.parquet"), read("opportunities.csv")
    team = pd.DataFrame("", index=names, columns=range(WEEKS))
    mondays = [pd.Timestamp(FIRST) + pd.Timedelta(weeks=w) for w in range(WEEKS)]
    for row in sellers.itertuples():
        since = pd.Timestamp.min if pd.isna(row[6]) else pd.Timestamp(row[6])
        until = pd.Timestamp.max if pd.isna(row[7]) else pd.Timestamp(row[7])
        team.loc[row[1], [w for w, monday in enumerate(mondays) if since <= monday <= until]] = row[3]
    found = {"team": team}
    for name, which in {
        "senior": done["Senior Contact"], "conversations": done["Reached"], "calls": done["Type"] == "Call",
        "emails": done["Type"] == "Email", "meetings": done["Type"] == "Meeting",
    }.items():  # fmt: skip
        found[name] = count(done.loc[which, "Owner"], done.loc[which, "Start"])
    calls = done[done["Type"] == "Call"]
    found["minutes"] = count(calls["Owner"], calls["Start"], calls["Minutes"])
    found["opened"] = count(deals["Owner"], deals["Created Date"])
    for name, stage in (("won", "Closed Won"), ("lost", "Closed Lost")):
        closed = deals[deals["Stage"] == stage]
        found[name] = count(closed["Owner"], closed["Close Date"])
    return found
