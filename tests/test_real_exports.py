"""Real exports, imported with the mapping proposed for them, against figures computed apart from this project."""

from __future__ import annotations

import collections
import csv
import datetime as dt
import statistics

import pyarrow.parquet as pq
import pytest

from kpi_workshop import engagement as engagements
from kpi_workshop.crm.sources import drafting, import_crm
from kpi_workshop.crm.tables import TABLES
from kpi_workshop.kinds import Seat


@pytest.fixture(scope="module")
def imported(shared, tmp_path_factory):
    """Imports an export once, with the proposed mapping; gives engagement, summary, proposal and reference figures."""
    done = {}

    def imported(name):
        if name not in done:
            engagement = engagements.create(tmp_path_factory.mktemp("real") / "client")
            draft = drafting.propose(engagement, shared / "real" / name)
            summary = import_crm(engagement, shared / "real" / name)
            done[name] = engagement, summary, draft
        return done[name]

    return imported


def rows(engagement, table):
    return pq.read_table(engagement.tables / f"{table}.parquet").to_pylist()


def reference(shared, name):
    with (shared / "real" / name / "reference.csv").open(newline="", encoding="utf-8") as file:
        return {(row["metric"], row["group"]): row["value"] for row in csv.DictReader(file)}


def by(published, metric):
    return {group: float(value) for (name, group), value in published.items() if name == metric}


def rate(deals):
    won = sum(row["status"] == "won" for row in deals)
    lost = sum(row["status"] == "lost" for row in deals)
    return won / (won + lost)


def grouped(rows_, column):
    groups = collections.defaultdict(list)
    for row in rows_:
        groups[row[column]].append(row)
    return groups


# Zoho


def test_zoho_is_recognised_and_its_deals_give_the_published_figures(imported, shared):
    engagement, _, draft = imported("zoho_crm_sample")
    published = reference(shared, "zoho_crm_sample")
    assert draft.product == "Zoho CRM"
    deals = rows(engagement, "opportunities")
    assert len(deals) == int(published["rows", "potentials"])
    assert collections.Counter(row["stage"] for row in deals) == by(published, "count_by_stage")
    won = [row for row in deals if row["status"] == "won"]
    assert rate(deals) == pytest.approx(by(published, "win_rate")["all"], abs=1e-6)
    assert sum(row["amount"] for row in won) == float(published["won_amount_sum", "all"])
    days = [(row["closed_on"] - row["opened_on"]).days for row in won]
    assert statistics.mean(days) == pytest.approx(float(published["cycle_days_won_mean", "all"]), abs=1e-6)
    assert statistics.median(days) == float(published["cycle_days_won_median", "all"])
    sellers = grouped(deals, "seller")
    assert {name: rate(d) for name, d in sellers.items()} == pytest.approx(by(published, "win_rate_by_owner"), abs=1e-6)
    still = {name: sum(row["status"] == "open" for row in d) for name, d in sellers.items()}
    assert still == by(published, "open_by_owner")
    late = [row for row in deals if row["status"] == "open" and row["expected_close_on"] < dt.date(2021, 4, 16)]
    assert len(late) == float(published["open_with_closing_date_passed", "all"])


def test_zohos_calls_count_once_and_how_they_were_told_is_said(imported, shared):
    engagement, summary, _ = imported("zoho_crm_sample")
    published = reference(shared, "zoho_crm_sample")
    kinds = grouped(rows(engagement, "activities"), "type")
    assert len(kinds["call"]) == float(published["fault_calls_distinct_ignoring_ids", "all"])
    for kind, metric in (("call", "calls_dedup_by_owner"), ("meeting", "events_by_owner"), ("task", "tasks_by_owner")):
        assert collections.Counter(row["seller"] for row in kinds[kind]) == by(published, metric), kind
    (why, many), *_ = summary.set_aside["activities"].items()
    assert many == 4100 - 824
    assert "the same as another row in 'Call Owner', 'Call Start Time'" in why and "only ids differ" in why
    repeated = published["fault_tasks_exact_duplicates", "all"]
    assert f"Tasks.csv: {int(repeated):,} rows say the same as another one" in "\n".join(summary.notes)
    assert min(row["at"] for row in kinds["call"]).date() == dt.date(2021, 2, 14)


def test_zohos_leads_arrive_with_their_days_and_sources(imported, shared):
    engagement, summary, _ = imported("zoho_crm_sample")
    published = reference(shared, "zoho_crm_sample")
    leads = rows(engagement, "leads")
    became = {row["lead_id"] for row in rows(engagement, "opportunities")}
    assert len(leads) == int(published["rows", "leads"])
    share = {
        name: sum(r["lead_id"] in became for r in group) / len(group)
        for name, group in grouped(leads, "source").items()
    }
    assert share == pytest.approx(by(published, "lead_conversion_by_source"), abs=1e-6)
    converted = sum(row["converted_on"] is not None for row in leads) / len(leads)
    assert converted == pytest.approx(float(published["lead_conversion", "all"]), abs=1e-6)
    early = int(float(published["fault_potential_created_before_its_lead", "all"]))
    assert f"{early:,} deals opened before its lead came in" in "\n".join(summary.notes)
    assert str(min(row["created_at"] for row in leads)) == published["lead_created_min", "all"]


# Olist


def test_olists_leads_and_wins_give_the_published_figures(imported, shared):
    engagement, _, draft = imported("olist_funnel")
    published = reference(shared, "olist_funnel")
    assert draft.product == "a table with plain column names"
    leads, wins = rows(engagement, "leads"), rows(engagement, "opportunities")
    assert (len(leads), len(wins)) == (8000, 842)
    assert {row["status"] for row in wins} == {"won"}
    assert collections.Counter(row["seller"] for row in wins) == by(published, "won_by_sr_id")
    months = collections.Counter(f"{row['closed_on']:%Y-%m}" for row in wins)
    assert {month: months[month] for month in by(published, "won_by_month")} == by(published, "won_by_month")
    came = {row["lead_id"]: row["created_at"].date() for row in leads}
    days = [(row["closed_on"] - came[row["lead_id"]]).days for row in wins]
    assert statistics.mean(days) == pytest.approx(float(published["days_to_won_mean", "all"]), abs=1e-6)
    assert statistics.median(days) == float(published["days_to_won_median", "all"])


@pytest.mark.parametrize("variant", ["variant_ddmmyyyy", "variant_us_excel"])
def test_olists_three_date_formats_give_the_same_tables(imported, variant):
    whole, other = imported("olist_funnel")[0], imported(f"olist_funnel/{variant}")[0]
    for name in ("leads", "opportunities"):
        if (other.tables / f"{name}.parquet").is_file():
            columns = [column.name for column in TABLES[name].columns]
            ours = pq.read_table(other.tables / f"{name}.parquet", columns=columns)
            assert ours.equals(pq.read_table(whole.tables / f"{name}.parquet", columns=columns)), name


# Salesforce


def test_deleted_salesforce_deals_are_put_aside_and_what_is_missing_is_said(imported, shared):
    engagement, summary, draft = imported("fivetran_salesforce_seeds")
    published = reference(shared, "fivetran_salesforce_seeds")
    assert draft.product == "Salesforce, tables of a warehouse"
    assert summary.rows["opportunities"] == 0
    assert summary.set_aside["opportunities"] == {
        "deleted in the CRM": int(float(published["opportunities_deleted", "all"]))
    }
    assert "No deal is left of those in the export: nothing about deals can be computed." in summary.notes
    activities = rows(engagement, "activities")
    tasks = [row for row in activities if row["source_file"] == "sf_task_data.csv"]
    events = [row for row in activities if row["source_file"] == "sf_event_data.csv"]
    linked = float(published["task_rows_linked_to_an_opportunity_id", "all"])
    assert sum(bool(row["opportunity_id"]) for row in tasks) == linked
    assert sum(row["type"] == "call" for row in events) == float(published["events_of_type_call", "all"])
    assert any("None of them is." in note for note in summary.notes if "opportunity_id" in note)


def test_the_salesforce_demo_keeps_its_wins_and_tells_what_was_opened_again(imported, shared):
    engagement, summary, draft = imported("salesforce_demo_history")
    published = reference(shared, "salesforce_demo_history")
    assert draft.product == "Salesforce, Data Export"
    assert any("Lead.csv looks like leads and was not used" in line for line in draft.says)
    assert any("Nobody is named who owns the deals" in line for line in draft.says)
    deals = rows(engagement, "opportunities")
    assert collections.Counter(row["stage"] for row in deals) == by(published, "count_by_stage")
    assert rate(deals) == float(published["win_rate", "all"])
    amounts = [row["amount"] for row in deals if row["status"] == "won"]
    assert statistics.mean(amounts) == pytest.approx(float(published["avg_won_deal", "all"]), abs=1e-6)
    moved = [row for row in rows(engagement, "stage_changes") if row["from_stage"]]
    assert len(moved) == float(published["stage_changes", "all"])
    pairs = collections.Counter(f"{row['from_stage']} -> {row['to_stage']}" for row in moved)
    assert pairs == by(published, "stage_change")
    assert any("7 deals were moved on after being closed" in note for note in summary.notes)
    assert any("closed before the day of opening" in note for note in summary.notes)


def test_the_demos_own_columns_of_days_can_be_mapped_instead(shared, engagement):
    published = reference(shared, "salesforce_demo_history")
    draft = drafting.propose(engagement, shared / "real/salesforce_demo_history")
    text = draft.file.read_text()
    text = text.replace('opened_on = "CreatedDate"', 'opened_on = "Opp Creation Date_Simulated"')
    draft.file.write_text(text.replace('closed_on = "CloseDate"', 'closed_on = "Opp Close Date_Simulated"'))
    import_crm(engagement, shared / "real/salesforce_demo_history")
    won = [row for row in rows(engagement, "opportunities") if row["status"] == "won"]
    days = [(row["closed_on"] - row["opened_on"]).days for row in won]
    assert statistics.mean(days) == float(published["cycle_days_won_mean_simulated_dates", "all"])


# HubSpot


def test_hubspot_tables_without_amounts_or_days_say_what_cannot_be_computed(imported, shared):
    engagement, summary, draft = imported("fivetran_hubspot_seeds")
    published = reference(shared, "fivetran_hubspot_seeds")
    assert draft.product == "HubSpot, tables of a warehouse"
    for table, file in (("opportunities", "deal_data"), ("accounts", "company_data"), ("leads", "contact_data")):
        assert summary.rows[table] == int(published["rows", f"{file}.csv"])
    assert {row["status"] for row in rows(engagement, "opportunities")} == {"open"}
    assert any(note.startswith("No deal has an amount: what is counted in money") for note in summary.notes)
    assert any(note.startswith("No deal has a closing day") for note in summary.notes)
    assert any(
        note.startswith("stage_changes: 14 rows name an opportunity_id") and "None" in note for note in summary.notes
    )
    teams = {seat.person: seat.team for seat in engagement.records.current(Seat).values()}
    assert (teams["35252170"], teams["40706000"]) == ("team_01", "team_02")


# Maven


@pytest.mark.parametrize("variant", ["maven_crm", "maven_crm/variant_us_dates"])
def test_mavens_tables_are_recognised_and_give_the_published_figures(imported, shared, variant):
    engagement, _, draft = imported(variant)
    published = reference(shared, "maven_crm")
    assert draft.product == "a table with plain column names"
    deals = rows(engagement, "opportunities")
    managers = {seat.person: seat.manager for seat in engagement.records.current(Seat).values()}
    for row in deals:
        row["manager"] = managers[row["seller"]]
    assert rate(deals) == pytest.approx(float(published["win_rate", "all"]), abs=1e-6)
    for column, metric in (("manager", "win_rate_by_manager"), ("product", "win_rate_by_product")):
        found = {name: rate(group) for name, group in grouped(deals, column).items()}
        assert found == pytest.approx(by(published, metric), abs=1e-6)
    won = [row for row in deals if row["status"] == "won"]
    assert sum(row["amount"] for row in won) == float(published["won_value_sum", "all"])
    assert statistics.median((row["closed_on"] - row["opened_on"]).days for row in won) == 57


@pytest.mark.parametrize("name", ["forms_cncf", "forms_rstudio", "oracle_hr"])
def test_what_is_no_crm_export_is_refused(shared, engagement, name):
    with pytest.raises(Exception, match="is not recognised as the export of a product by its columns"):
        drafting.propose(engagement, shared / "real" / name)
