"""The CRM import on real and on made exports: what arrives, what is refused, and that a refusal changes nothing."""

from __future__ import annotations

import collections
import csv
import datetime as dt
import os
import stat
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from small_export import DEALS, MAPPING, everything, refused, small_export, table, write

from kpi_workshop import engagement as engagements
from kpi_workshop.crm.sources import import_crm
from kpi_workshop.crm.tables import TABLES
from kpi_workshop.kinds import Person, Seat, Target, Team

MAVEN = Path(__file__).parent / "mappings" / "maven.toml"


@pytest.fixture
def export(tmp_path):
    return small_export(tmp_path)


# Maven


@pytest.fixture(scope="module")
def maven(shared, tmp_path_factory):
    engagement = engagements.create(tmp_path_factory.mktemp("maven") / "maven")
    return engagement, import_crm(engagement, shared / "real/maven_crm", mapping=MAVEN)


@pytest.fixture(scope="module")
def pipeline(shared):
    with (shared / "real/maven_crm/sales_pipeline.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_every_row_of_the_maven_export_arrives_as_the_file_has_it(maven, pipeline):
    engagement, summary = maven
    rows = {row["opportunity_id"]: row for row in table(engagement).to_pylist()}
    assert summary.rows == {"people": 35, "seats": 35, "accounts": 85, "opportunities": 8800}
    assert len(rows) == len(pipeline) == 8800
    statuses = {"Won": "won", "Lost": "lost", "Engaging": "open", "Prospecting": "open"}
    for number, given in enumerate(pipeline, start=2):
        row = rows[given["opportunity_id"]]
        assert row["seller"] == given["sales_agent"]
        assert row["status"] == statuses[given["deal_stage"]]
        assert str(row["opened_on"] or "") == given["engage_date"]
        assert str(row["closed_on"] or "") == given["close_date"]
        assert row["account_id"] == (given["account"] or None)
        assert row["amount"] == (float(given["close_value"]) if given["deal_stage"] == "Won" else None)
        assert (row["source_file"], row["source_row"]) == ("sales_pipeline.csv", number)


def test_mavens_counts_are_the_published_ones(maven, shared):
    engagement, _ = maven
    with (shared / "real/maven_crm/reference.csv").open(newline="") as file:
        published = {(row["metric"], row["group"]): row["value"] for row in csv.DictReader(file)}
    rows = table(engagement).to_pylist()
    status = collections.Counter(row["status"] for row in rows)
    assert status["won"] == int(published["count_by_stage", "Won"])
    assert status["lost"] == int(published["count_by_stage", "Lost"])
    assert status["open"] == sum(int(published["count_by_stage", stage]) for stage in ("Engaging", "Prospecting"))
    won = [row["amount"] for row in rows if row["status"] == "won"]
    assert round(sum(won) / len(won), 2) == 2360.91


def test_mavens_org_chart_has_the_offices_as_teams_and_the_managers_in_them(maven):
    engagement, _ = maven
    seats = engagement.records.current(Seat, as_of=dt.date(1990, 1, 1)).values()
    assert list(engagement.records.current(Team)) == ["Central", "East", "West"]
    assert collections.Counter(seat.role for seat in seats) == {"seller": 35, "manager": 6}
    assert {s.team for s in seats if s.person == "Dustin Brinkmann" and s.role == "manager"} == {"Central"}
    assert len(engagement.records.current(Person)) == 41


def test_mavens_known_faults_are_noted(maven):
    notes = "\n".join(maven[1].lines())
    assert "1,480 rows say 'GTXPro', which is not in products.csv" in notes
    assert "1,425 deals have no account (1,425 open)" in notes
    assert "500 deals have no opening day (500 open)" in notes
    assert "2,473 lost deals have amount 0" in notes
    assert "5 of 35 sellers have no opportunity" in notes


def test_mavens_us_dates_give_the_same_tables(maven, shared, engagement):
    import_crm(engagement, shared / "real/maven_crm/variant_us_dates", mapping=MAVEN)
    for name in ("opportunities", "accounts"):
        here, there = table(engagement, name), table(maven[0], name)
        columns = [column.name for column in TABLES[name].columns]
        assert here.select(columns).equals(there.select(columns))
    assert engagement.records.fingerprint() == maven[0].records.fingerprint()


def test_zohos_wins_losses_and_odd_dates_are_read(shared, engagement, tmp_path):
    mapping = tmp_path / "zoho.toml"
    mapping.write_text(
        'sellers = "add"\n[opportunities]\nfile = "Potentials.csv"\n[opportunities.columns]\n'
        'opportunity_id = { numbered = "P" }\nseller = "Potential Owner"\nopened_on = "Created Time"\n'
        'closed_on = "Closing Date"\namount = "Amount"\n'
        'status = { column = "Stage", otherwise = "open", '
        'values = { "Closed Won" = "won", "Closed Lost" = "lost" } }\n',
        encoding="utf-8",
    )
    summary = import_crm(engagement, shared / "real/zoho_crm_sample", mapping=mapping)
    rows = table(engagement).to_pylist()
    assert collections.Counter(row["status"] for row in rows) == {"won": 1425, "lost": 485, "open": 1722}
    won = [row["amount"] for row in rows if row["status"] == "won"]
    assert round(sum(won) / len(won)) == 62503
    assert {seat.team for seat in engagement.records.current(Seat).values()} == {"Unassigned"}
    assert any("Sellers without a team were added" in note for note in summary.notes)


# What arrives


def test_a_small_export_arrives_whole(engagement, export):
    summary = import_crm(engagement, export)
    rows = table(engagement).to_pylist()
    assert [(r["opportunity_id"], r["status"], r["amount"]) for r in rows] == [
        ("D1", "won", 1000.5),
        ("D2", "lost", None),
        ("D3", "open", None),
    ]
    assert table(engagement).schema.equals(TABLES["opportunities"].schema)
    assert summary.rows == {"seats": 2, "opportunities": 3}
    seats = engagement.records.current(Seat)
    assert set(seats) == {"Ann Lee|West|start", "Bob Ray|East|start", "Max Hill|West|start", "Max Hill|East|start"}


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps no owner-only mode")
def test_everything_written_is_readable_by_its_owner_only(engagement, export):
    import_crm(engagement, export)
    for path in engagement.crm.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_importing_the_same_export_again_changes_nothing(engagement, export):
    import_crm(engagement, export)
    before = everything(engagement)
    summary = import_crm(engagement, export)
    assert everything(engagement) == before
    assert not summary.added and not summary.proposed


def test_the_copied_exports_can_be_imported_again(engagement, export):
    import_crm(engagement, export)
    before = everything(engagement)
    import_crm(engagement, engagement.crm / "exports")
    assert everything(engagement) == before


def test_excel_and_parquet_give_the_same_rows_as_csv(engagement, export, tmp_path):
    import_crm(engagement, export)
    expected = table(engagement).drop_columns(["source_file"])
    rows = [row.split(",") for row in DEALS.replace('"1,000.50"', "1000.50").splitlines()]
    book = openpyxl.Workbook()
    for i, row in enumerate(rows):
        cells = [dt.datetime.fromisoformat(c) if c.startswith("2017") else c or None for c in row]
        cells[5] = float(cells[5]) if i and cells[5] else cells[5]
        book.active.append(cells)
    book.save(export / "deals.xlsx")
    columns = {name: [row[i] or None for row in rows[1:]] for i, name in enumerate(rows[0])}
    pq.write_table(pa.table(columns), export / "deals.parquet")
    for ending in ("xlsx", "parquet"):
        other = engagements.create(tmp_path / ending)
        write(export, mapping=MAPPING.replace("deals.csv", f"deals.{ending}"))
        import_crm(other, export)
        assert table(other).drop_columns(["source_file"]).equals(expected), ending


def test_a_pattern_reads_several_files_as_one(engagement, export):
    write(export, mapping=MAPPING.replace("deals.csv", "deals*.csv"))
    (export / "deals_2.csv").write_text("Id,Owner,Status,Created,Closed,Amount\nD9,Ann Lee,Open,2018-01-04,,\n")
    import_crm(engagement, export)
    assert [(r["opportunity_id"], r["source_file"]) for r in table(engagement).to_pylist()][-1] == ("D9", "deals_2.csv")


def test_one_file_alone_updates_its_table_and_leaves_the_others(engagement, export):
    write(export, mapping=MAPPING + '[accounts]\nfile = "accounts.csv"\ncolumns = { account_id = "Id" }\n')
    (export / "accounts.csv").write_text("Id\nA1\n")
    import_crm(engagement, export)
    write(export, deals=DEALS + "D4,Bob Ray,Open,2017-01-05,,\n")
    summary = import_crm(engagement, export / "deals.csv")
    assert summary.rows == {"opportunities": 4}
    assert summary.stayed == {"accounts": 1}
    assert table(engagement, "accounts").num_rows == 1


def test_rows_are_put_aside_by_rule_and_counted(engagement, export):
    rule = '[[opportunities.set_aside]]\ncolumn = "Owner"\nis = ["Test User", ""]\nbecause = "test deals"\n'
    write(export, mapping=MAPPING + rule, deals=DEALS + "D4,Test User,?,,,\nD5,,?,,,\n")
    summary = import_crm(engagement, export)
    assert summary.set_aside == {"opportunities": {"test deals": 2}}
    assert table(engagement).num_rows == 3


def test_a_lookup_replaces_ids_by_names(engagement, export):
    write(
        export,
        deals=DEALS.replace("Ann Lee", "U1").replace("Bob Ray", "U2"),
        mapping=MAPPING.replace(
            'seller = "Owner"',
            'seller = { column = "Owner", lookup = { file = "users.csv", column = "Id", gives = "Name" } }',
        ),
    )
    (export / "users.csv").write_text("Id,Name\nU1,Ann Lee\nU2,Bob Ray\n")
    import_crm(engagement, export)
    assert table(engagement)["seller"].to_pylist() == ["Ann Lee", "Bob Ray", "Ann Lee"]


def test_several_sections_fill_one_table(engagement, export):
    activities = """
[[activities]]
file = "calls.csv"
[activities.columns]
activity_id = { numbered = "call-" }
seller = "Who"
type = { constant = "call" }
at = "When"
minutes = { column = "Seconds", divide_by = 60 }
[[activities]]
file = "mails.csv"
[activities.columns]
activity_id = { column = "Id", prefix = "mail-" }
seller = "Who"
type = { constant = "email" }
at = "Sent"
is_senior = "Senior"
"""
    write(export, mapping=MAPPING + activities)
    (export / "calls.csv").write_text("Who,When,Seconds\nAnn Lee,2017-01-02 10:00,90\n")
    (export / "mails.csv").write_text("Id,Who,Sent,Senior\n7,bob ray,13/01/2017 11:30 AM,yes\n")
    import_crm(engagement, export)
    assert [tuple(row.values())[:4] for row in table(engagement, "activities").to_pylist()] == [
        ("call-2", "Ann Lee", "call", dt.datetime(2017, 1, 2, 10)),
        ("mail-7", "Bob Ray", "email", dt.datetime(2017, 1, 13, 11, 30)),
    ]
    assert table(engagement, "activities")["minutes"].to_pylist() == [1.5, None]
    assert table(engagement, "activities")["is_senior"].to_pylist() == [None, True]


def test_targets_are_recorded_with_the_end_of_their_month(engagement, export):
    targets = """
[targets]
file = "quotas.csv"
[targets.columns]
owner_is = { constant = "seller" }
owner = "Rep"
measure = { constant = "revenue" }
period_from = { column = "Month", format = "%Y-%m" }
period_to = { column = "Month", format = "%Y-%m", end_of = "month" }
value = "Quota"
"""
    write(export, mapping=MAPPING + targets)
    (export / "quotas.csv").write_text("Rep,Month,Quota\nAnn Lee,2017-02,5000\n")
    import_crm(engagement, export)
    (target,) = engagement.records.current(Target).values()
    assert (target.owner, target.period_from, target.period_to, target.value) == (
        "Ann Lee",
        dt.date(2017, 2, 1),
        dt.date(2017, 2, 28),
        5000,
    )
    (export / "quotas.csv").write_text("Rep,Month,Quota\nAnn Leee,2017-02,5000\n")
    assert "'Ann Leee' is not among the people. Did you mean: Ann Lee" in refused(engagement, export)


def test_the_closing_day_of_an_open_deal_becomes_the_expected_one(engagement, export):
    write(export, deals=DEALS.replace("2017-01-04,,", "2017-01-04,2017-09-09,"))
    summary = import_crm(engagement, export)
    assert table(engagement)["closed_on"].to_pylist()[2] is None
    assert table(engagement)["expected_close_on"].to_pylist()[2] == dt.date(2017, 9, 9)
    assert any("1 open deal carries a closing day" in note for note in summary.notes)


def test_deals_that_no_seller_of_a_team_owns_are_noted(engagement, export):
    engagement.records.save(Person(person="Zed", name="Zed"), "Zed")
    write(export, deals=DEALS + "D4,Zed,Open,2017-01-04,,\nD5,Max Hill,Won,2017-01-04,2099-01-01,1\n")
    notes = import_crm(engagement, export).notes
    assert "1 deal of people who sit in no team, so no team's figures hold them: 'Zed'." in notes
    assert "1 deal of managers or executives: 'Max Hill'." in notes
    assert "1 closed deal has a closing day in the future." in notes


def test_rows_that_repeat_are_dropped_and_said(engagement, export):
    write(export, deals=DEALS + "D3,Ann Lee,Open,2017-01-04,,\n")
    assert "opportunities: 1 row repeats another exactly and was dropped." in import_crm(engagement, export).notes
    assert table(engagement).num_rows == 3
