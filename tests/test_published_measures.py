"""Measures of the Maven data against the figures that were published with them."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pandas as pd
import pytest
from measure_rows import of_all, only, values
from small_crm import D

from kpi_workshop import engagement as engagements
from kpi_workshop.crm import engines, measures, sources
from kpi_workshop.crm.measures import measure_table
from kpi_workshop.engagement import Engagement

YEAR_END = D(2017, 12, 31)


# The Maven data against the figures published with them


@pytest.fixture(scope="module")
def maven(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Engagement:
    opened = engagements.create(tmp_path_factory.mktemp("measures") / "maven")
    mapping = Path(__file__).parent / "mappings" / "maven.toml"
    sources.import_crm(opened, shared / "real" / "maven_crm", mapping=mapping)
    return opened


@pytest.fixture(scope="module")
def reference(shared: Path) -> dict[tuple[str, str], tuple[float, float | None]]:
    found = {}
    with (shared / "real" / "maven_crm" / "reference.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            try:
                value = float(row["value"])
            except ValueError:
                continue
            found[row["metric"], row["group"]] = (value, float(row["n"]) if row["n"] else None)
    return found


WHOLE = {
    "win_rate": "win_rate", "close_rate": "win_rate_of_all_created", "revenue": "won_value_sum",
    "average_deal_size": "avg_won_deal", "median_deal_size": "median_won_deal",
    "sales_cycle_length": "cycle_days_won_mean", "median_sales_cycle_length": "cycle_days_won_median",
    "open_deals": "open_deals",
}  # fmt: skip


@pytest.mark.parametrize("measure", WHOLE)
def test_the_maven_totals_are_the_published_ones(maven: Engagement, reference: dict, measure: str) -> None:
    row = only(of_all(maven, measure))
    value, count = reference[WHOLE[measure], "all"]
    assert round(row["value"], 6) == value
    if count and measure not in ("revenue", "open_deals"):
        assert row["denominator"] == count


GROUPED = {
    "win_rate": "win_rate", "deals_closed": "won_count", "revenue": "won_value", "average_deal_size": "avg_won_deal",
    "sales_cycle_length": "cycle_days_won_mean", "open_deals": "open",
}  # fmt: skip


@pytest.mark.parametrize(
    ("by", "said"), [("manager", "manager"), ("team", "regional_office"), ("seller", "sales_agent")]
)
@pytest.mark.parametrize("measure", GROUPED)
def test_the_maven_figures_of_every_group_are_the_published_ones(
    maven: Engagement, reference: dict, measure: str, by: str, said: str
) -> None:
    table = measure_table(maven, measure, by=by, every="all")
    told = {
        group: (value, n)
        for (metric, group), (value, n) in reference.items()
        if metric == f"{GROUPED[measure]}_by_{said}"
    }
    got = dict(zip(table["by"], table["value"], strict=True))
    assert told and set(told) <= set(got)
    for group, (value, count) in told.items():
        assert round(got[group], 6) == value, group
        if count:
            assert table.set_index("by").loc[group, "denominator"] == count


@pytest.mark.parametrize("measure", ["win_rate", "deals_closed", "revenue", "average_deal_size"])
def test_the_maven_figures_of_every_quarter_are_the_published_ones(
    maven: Engagement, reference: dict, measure: str
) -> None:
    got = values(of_all(maven, measure, every="quarter"))
    for number in (1, 2, 3, 4):
        start = f"2017-{3 * number - 2:02}-01"
        assert (
            round(got["All", start] or 0, 6) == reference[f"{GROUPED[measure]}_by_close_quarter", f"2017Q{number}"][0]
        )


def test_the_maven_win_rates_by_manager_and_quarter_are_the_published_ones(maven: Engagement, reference: dict) -> None:
    table = measure_table(maven, "win_rate", by="manager", every="quarter")
    got = {(r.by, f"{r.period_start.year}Q{r.period_start.month // 3 + 1}"): r for r in table.itertuples()}
    told = {
        tuple(group.split("|")): found
        for (metric, group), found in reference.items()
        if metric == "win_rate_by_manager_quarter"
    }
    assert len(told) == 24
    for key, (value, count) in told.items():
        assert (round(got[key].value, 6), got[key].denominator) == (value, count)


def test_the_maven_deals_opened_by_quarter_are_the_published_ones(maven: Engagement, reference: dict) -> None:
    got = values(of_all(maven, "opportunities_opened", every="quarter"))
    for start, quarter in (("2016-10-01", "2016Q4"), ("2017-04-01", "2017Q2"), ("2017-10-01", "2017Q4")):
        assert got["All", start] == reference["engaged_by_quarter", quarter][0]


def test_the_maven_weeks_of_each_office_are_the_published_ones(maven: Engagement, shared: Path) -> None:
    weekly = pd.read_csv(shared / "real" / "maven_crm" / "reference_weekly_by_office.csv")
    tables = {
        m: values(measure_table(maven, m, by="team", every="week")) for m in ("win_rate", "deals_closed", "revenue")
    }
    opened = values(measure_table(maven, "opportunities_opened", by="team", every="week"))
    for row in weekly.itertuples():
        key = (row.regional_office, row.week)
        assert opened.get(key) == row.engaged
        if row.week < "2017-02-27":
            assert row.closed == 0 and all(table[key] is None for table in tables.values())
            continue
        assert (tables["deals_closed"][key], tables["revenue"][key]) == (row.won, row.won_value)
        if row.closed:
            assert round(tables["win_rate"][key] or 0, 6) == row.win_rate
    assert len(weekly) == 185


def test_the_truncated_first_quarter_is_said_beside_its_number_and_of_the_whole(maven: Engagement) -> None:
    table = of_all(maven, "win_rate", every="quarter").set_index("period_start")
    assert table.loc[D(2017, 1, 1), "value"] > 0.82
    assert table.loc[D(2017, 1, 1), "note"] == "incomplete: deals closed before 1 March 2017 are not in the data"
    assert math.isnan(table.loc[D(2016, 10, 1), "value"])
    assert table.loc[D(2017, 4, 1), "note"] == ""
    months = of_all(maven, "win_rate", every="month").set_index("period_start")
    assert months.loc[D(2017, 3, 1), "note"] == ""
    notes = measures.data_notes(maven, as_of=YEAR_END)
    assert "trusted from 1 March 2017 on" in notes[0]
    assert any(note.startswith("1,291 of 2,089 open deals") and "138 days" in note for note in notes)
    assert any(note.startswith("500 open deals without an opening day") for note in notes)


def test_what_maven_does_not_hold_is_not_computable_with_its_reason(maven: Engagement) -> None:
    told = measures.availability(maven)
    assert set(told) == set(measures.COMPUTABLE)
    assert told["win_rate"] == told["close_rate"] == told["open_deals"] == ""
    assert told["calls_made"] == "no activities are in the data"
    assert told["quota_attainment"] == "no target is set for revenue"
    assert told["open_pipeline"] == "no open deal has an amount"
    for measure, reason in told.items():
        if reason:
            table = measure_table(maven, measure, by="team", every="quarter")
            assert (
                len(table) == 15
                and table["value"].isna().all()
                and (table["note"] == f"not computable: {reason}").all()
            )


def test_a_deal_that_closed_after_the_report_date_was_open_on_it(maven: Engagement, shared: Path) -> None:
    raw = pd.read_csv(shared / "real" / "maven_crm" / "sales_pipeline.csv", parse_dates=["engage_date", "close_date"])
    day = pd.Timestamp(2017, 6, 30)
    known = raw[(raw.engage_date <= day) | raw.engage_date.isna()]
    closed = known[known.close_date <= day]
    win = only(of_all(maven, "win_rate", as_of=day.date()))
    assert (win["numerator"], win["denominator"]) == ((closed.deal_stage == "Won").sum(), len(closed))
    rate = only(of_all(maven, "close_rate", as_of=day.date()))
    assert (rate["numerator"], rate["denominator"]) == ((closed.deal_stage == "Won").sum(), len(known))
    assert only(of_all(maven, "open_deals", as_of=day.date()))["value"] == len(known) - len(closed)
    assert engines.last_day(maven) == YEAR_END
