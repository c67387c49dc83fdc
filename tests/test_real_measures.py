"""Measures on real exports against the figures computed beside them, beyond what the Maven teams and quarters show."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from small_crm import D, write

from kpi_workshop import engagement as engagements
from kpi_workshop.crm import sources
from kpi_workshop.crm.measures import measure_table
from kpi_workshop.engagement import Engagement

Reference = dict[tuple[str, str], tuple[float, float | None]]


def reference(folder: Path) -> Reference:
    found: Reference = {}
    with (folder / "reference.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            try:
                found[row["metric"], row["group"]] = (float(row["value"]), float(row["n"]) if row["n"] else None)
            except ValueError:
                continue
    return found


def told(published: Reference, metric: str) -> Iterator[tuple[str, float, float | None]]:
    for (name, group), (value, count) in published.items():
        if name == metric:
            yield group, value, count


def whole(engagement: Engagement, measure: str, **asked: object) -> pd.Series:
    return measure_table(engagement, measure, by="organisation", every="all", **asked).iloc[0]  # type: ignore[arg-type]


# Maven: products, velocity, cohorts, ages


@pytest.fixture(scope="module")
def maven(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Engagement:
    opened = engagements.create(tmp_path_factory.mktemp("real") / "maven")
    mapping = Path(__file__).parent / "mappings" / "maven.toml"
    sources.import_crm(opened, shared / "real" / "maven_crm", mapping=mapping)
    return opened


@pytest.fixture(scope="module")
def of_maven(shared: Path) -> Reference:
    return reference(shared / "real" / "maven_crm")


BY_PRODUCT = {
    "win_rate": "win_rate", "deals_closed": "won_count", "revenue_by_product": "won_value", "open_deals": "open",
    "average_deal_size": "avg_won_deal", "sales_cycle_length": "cycle_days_won_mean",
}  # fmt: skip


@pytest.mark.parametrize("measure", BY_PRODUCT)
def test_the_maven_figures_of_every_product_are_the_published_ones(
    maven: Engagement, of_maven: Reference, measure: str
) -> None:
    published = list(told(of_maven, f"{BY_PRODUCT[measure]}_by_product"))
    assert len(published) == 7
    for product, value, count in published:
        # The mapping gives the misspelt name the spelling of the price list.
        row = whole(maven, measure, where={"product": {"GTXPro": "GTX Pro"}.get(product, product)})
        assert round(row["value"], 6) == value, product
        if count:
            assert row["denominator"] == count


def test_the_maven_velocity_is_the_published_one(maven: Engagement, of_maven: Reference) -> None:
    row = whole(maven, "pipeline_velocity")
    assert round(row["value"], 6) == of_maven["pipeline_velocity_per_day", "all"][0] == 60146.849302
    engaging = whole(maven, "open_deals", where={"stage": "Engaging"})["value"]
    only = row["value"] * engaging / whole(maven, "open_deals")["value"]
    assert round(only, 6) == of_maven["pipeline_velocity_per_day_engaging_only", "all"][0]


def test_the_maven_cohorts_are_the_published_ones(maven: Engagement, of_maven: Reference) -> None:
    decided = {"where": {"status": ["won", "lost"]}, "by": "organisation", "every": "quarter"}
    cohorts = measure_table(maven, "close_rate", **decided)  # type: ignore[arg-type]
    opened = measure_table(maven, "opportunities_opened", by="organisation", every="quarter")
    quarters = [f"{day.year}Q{(day.month + 2) // 3}" for day in cohorts["period_start"]]
    for quarter, row, count in zip(quarters, cohorts.itertuples(), opened["value"], strict=True):
        value, closed = of_maven["cohort_win_rate_by_engage_quarter", quarter]
        assert (round(row.value, 6), row.denominator) == (value, closed)
        assert count == of_maven["engaged_by_quarter", quarter][0]


def test_the_maven_ages_of_open_deals_are_the_published_ones(maven: Engagement, of_maven: Reference) -> None:
    still_open = {"where": {"stage": "Engaging"}, "every": "all"}
    for age in (30, 60, 90, 120, 138, 180):
        day = D(2017, 12, 31) - dt.timedelta(days=age + 1)
        older = measure_table(maven, "opportunities_opened", by="organisation", as_of=day, **still_open)  # type: ignore[arg-type]
        assert older.iloc[0]["numerator"] == of_maven["stuck_engaging_older_than", f">{age} days"][0]
    day = D(2017, 12, 31) - dt.timedelta(days=91)
    table = measure_table(maven, "opportunities_opened", by="manager", as_of=day, **still_open).set_index("by")  # type: ignore[arg-type]
    for manager, value, _ in told(of_maven, "stuck_engaging_over_90_by_manager"):
        assert table.loc[manager, "value"] == value, manager


# Olist: leads and wins


@pytest.fixture(scope="module")
def olist(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Engagement:
    opened = engagements.create(tmp_path_factory.mktemp("real") / "olist")
    folder = shared / "real" / "olist_funnel"
    leads = pd.read_csv(folder / "olist_marketing_qualified_leads_dataset.csv", dtype=str, keep_default_na=False)
    wins = pd.read_csv(folder / "olist_closed_deals_dataset.csv", dtype=str, keep_default_na=False)
    came = dict(zip(leads["mql_id"], leads["first_contact_date"], strict=True))
    write(opened, "leads", [
        {"lead_id": row.mql_id, "created_at": dt.datetime.fromisoformat(row.first_contact_date),
         "source": row.origin or None} for row in leads.itertuples()
    ])  # fmt: skip
    write(opened, "opportunities", [
        {"opportunity_id": row.mql_id, "lead_id": row.mql_id, "seller": row.sr_id, "status": "won",
         "opened_on": D.fromisoformat(came[row.mql_id]), "closed_on": D.fromisoformat(row.won_date[:10])}
        for row in wins.itertuples()
    ])  # fmt: skip
    return opened


def test_the_olist_conversion_of_leads_is_the_published_one(olist: Engagement, shared: Path) -> None:
    published = reference(shared / "real" / "olist_funnel")
    row = whole(olist, "lead_conversion_rate")
    assert (row["value"], row["denominator"]) == published["lead_conversion", "all"]
    months = measure_table(olist, "lead_conversion_rate", by="organisation").set_index("period_start")
    for month, value, count in told(published, "lead_conversion_by_contact_month"):
        found = months.loc[D.fromisoformat(f"{month}-01")]
        assert (round(found["value"], 6), found["denominator"]) == (value, count)
    for origin, value, count in told(published, "lead_conversion_by_origin"):
        if origin != "(blank)":
            found = whole(olist, "lead_conversion_rate", where={"source": origin})
            assert (round(found["value"], 6), found["denominator"]) == (value, count)


def test_the_olist_wins_by_month_and_the_median_time_to_win_are_the_published_ones(
    olist: Engagement, shared: Path
) -> None:
    published = reference(shared / "real" / "olist_funnel")
    months = measure_table(olist, "deals_closed", by="organisation").set_index("period_start")
    for month, value, _ in told(published, "won_by_month"):
        assert months.loc[D.fromisoformat(f"{month}-01"), "value"] == value
    assert whole(olist, "leads_received")["value"] == published["mql_rows", "all"][0]
    for seller, value, _ in told(published, "won_by_sr_id"):
        assert whole(olist, "deals_closed", where={"seller": seller})["value"] == value


# Zoho: through the mapping that its columns propose


@pytest.fixture(scope="module")
def zoho(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Engagement:
    opened = engagements.create(tmp_path_factory.mktemp("real") / "zoho")
    sources.import_crm(opened, shared / "real" / "zoho_crm_sample")
    return opened


def test_the_zoho_figures_are_the_published_ones(zoho: Engagement, shared: Path) -> None:
    published = reference(shared / "real" / "zoho_crm_sample")
    day = {"as_of": D(2021, 5, 20)}
    for measure, metric in (("win_rate", "win_rate"), ("average_deal_size", "avg_won_deal"),
                            ("revenue", "won_amount_sum")):  # fmt: skip
        assert round(whole(zoho, measure, **day)["value"], 6) == published[metric, "all"][0], measure
    for measure, metric in (("win_rate", "win_rate"), ("deals_closed", "won_count"), ("open_deals", "open"),
                            ("average_deal_size", "avg_won_deal")):  # fmt: skip
        sellers = measure_table(zoho, measure, by="seller", every="all", **day).set_index("by")  # type: ignore[arg-type]
        for owner, value, _ in told(published, f"{metric}_by_owner"):
            assert round(sellers.loc[owner, "value"], 6) == value, (measure, owner)


# The Salesforce demo: deals won and opened again


def test_the_salesforce_history_gives_the_published_counts(engagement: Engagement, shared: Path) -> None:
    folder = shared / "real" / "salesforce_demo_history"
    published = reference(folder)
    deals = pd.read_csv(folder / "Opportunity.csv", dtype=str, keep_default_na=False)

    def day(text: str) -> dt.date | None:
        return dt.datetime.strptime(text, "%m/%d/%y").date() if text else None

    def worth(text: str) -> float | None:
        return float(text) if text else None

    write(engagement, "opportunities", [
        {"opportunity_id": row["Id"], "seller": "Owner", "stage": row["StageName"], "amount": worth(row["Amount"]),
         "status": {"Closed Won": "won", "Closed Lost": "lost"}.get(row["StageName"], "open"),
         "opened_on": day(row["Opp Creation Date_Simulated"]),
         "closed_on": day(row["Opp Close Date_Simulated"]) if row["StageName"].startswith("Closed") else None}
        for row in deals.to_dict("records")
    ])  # fmt: skip
    as_of = {"as_of": D(2026, 3, 31)}
    for measure, metric in (("win_rate", "win_rate"), ("average_deal_size", "avg_won_deal"),
                            ("sales_cycle_length", "cycle_days_won_mean_simulated_dates")):  # fmt: skip
        value, count = published[metric, "all"]
        row = whole(engagement, measure, **as_of)
        assert (round(row["value"], 6), row["denominator"]) == (value, count), measure
    leads = pd.read_csv(folder / "Lead.csv", dtype=str, keep_default_na=False)
    write(engagement, "leads", [
        {"lead_id": row["Id"], "created_at": dt.datetime(2026, 2, 23),
         "converted_on": day(row["ConvertedDate"])}
        for row in leads.to_dict("records")
    ])  # fmt: skip
    value, count = published["lead_conversion", "all"]
    row = whole(engagement, "lead_to_opportunity_rate", **as_of)
    assert (round(row["value"], 6), row["denominator"]) == (value, count)
