"""Rows of a measure's table as tests read them: the only one, all values by group and period, those of everybody."""

from __future__ import annotations

import datetime as dt
import math

import pandas as pd

from kpi_workshop.crm.measures import measure_table
from kpi_workshop.engagement import Engagement


def only(table: pd.DataFrame) -> pd.Series:
    assert len(table) == 1
    return table.iloc[0]


def values(table: pd.DataFrame) -> dict[tuple[str, str], float | None]:
    pairs = zip(table["by"], table["period_start"], table["value"], strict=True)
    return {(by, str(start)): None if math.isnan(value) else value for by, start, value in pairs}


def of_all(engagement: Engagement, measure: str, *, every: str = "all", as_of: dt.date | None = None) -> pd.DataFrame:
    return measure_table(engagement, measure, by="organisation", every=every, as_of=as_of)
