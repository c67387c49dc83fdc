"""What a newer export changes: nothing, more rows, or what an earlier one said about the past."""

from __future__ import annotations

import datetime as dt

import pyarrow.parquet as pq
import pytest

from kpi_workshop.crm.sources import history, import_crm
from kpi_workshop.kinds import CRM, Import

MAPPING = """
[seats]
file = "people.csv"
columns = { person = "Name", team = "Team" }
[opportunities]
file = "deals.csv"
[opportunities.columns]
opportunity_id = "Id"
seller = "Owner"
status = "Status"
opened_on = "Created"
closed_on = "Closed"
expected_close_on = "Expected"
amount = "Amount"
[activities]
file = "calls.csv"
[activities.columns]
activity_id = "Id"
seller = "Who"
type = { constant = "call" }
at = "At"
"""
PEOPLE = ["Name,Team", "Ann,West", "Bob,East"]
DEALS = {
    "D1": "Ann,won,2024-01-02,2024-02-10,,1000",
    "D2": "Bob,lost,2024-01-03,2024-02-12,,",
    "D3": "Ann,open,2024-01-04,,2024-03-31,500",
    "D4": "Bob,open,2024-01-05,,2024-04-30,700",
    "D5": "Bob,won,2024-01-06,2024-02-20,,2000",
}
CALLS = {"C1": "Ann,2024-02-01 10:00", "C2": "Bob,2024-02-29 09:00"}


@pytest.fixture
def bring(engagement, tmp_path):
    """Import these deals and calls; returns the summary."""
    folder = tmp_path / "export"
    folder.mkdir()

    def bring(deals=DEALS, calls=CALLS, mapping=MAPPING):
        files = {
            "people.csv": PEOPLE,
            "deals.csv": ["Id,Owner,Status,Created,Closed,Expected,Amount", *(f"{k},{v}" for k, v in deals.items())],
            "calls.csv": ["Id,Who,At", *(f"{k},{v}" for k, v in calls.items())],
            "mapping.toml": [mapping],
        }
        for name, lines in files.items():
            (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
        return import_crm(engagement, folder, mapping=folder / "mapping.toml")

    return bring


def rows(frame):
    return [tuple(row)[:-1] for row in frame.itertuples(index=False)]


def test_the_same_export_again_says_so_in_one_line_and_records_nothing(engagement, bring):
    bring()
    versions = list(engagement.records.export())
    tables = {file.name: file.read_bytes() for file in engagement.tables.iterdir()}
    assert bring().lines() == [
        "Nothing new in this export: 2 seats, 5 opportunities and 2 activities stand as they were."
    ]
    assert list(engagement.records.export()) == versions
    assert {file.name: file.read_bytes() for file in engagement.tables.iterdir()} == tables


def test_the_first_import_restates_nothing(engagement, bring):
    summary = bring()
    assert summary.news == summary.restated == []
    assert history.restated(engagement).empty and history.pushed(engagement).empty


def test_a_deal_that_moves_on_restates_nothing(engagement, bring):
    bring()
    summary = bring(DEALS | {"D3": "Ann,won,2024-01-04,2024-03-05,2024-03-31,550", "D6": "Bob,open,2024-03-01,,,1"})
    assert summary.news == ["opportunities: 1 new, 1 changed."]
    assert summary.restated == []
    assert history.restated(engagement).empty


def test_what_is_said_otherwise_about_the_past_is_listed_and_counted(engagement, bring):
    bring()
    changed = {
        "D1": "Ann,won,2024-01-02,2024-02-10,,900",
        "D2": "Bob,open,2024-01-03,,,",
        "D3": "Ann,won,2024-01-04,2024-02-15,,500",
        "D4": "Bob,open,2024-01-07,,2024-05-31,800",
        "D6": "Ann,won,2024-02-01,2024-02-02,,50",
    }
    summary = bring(changed, {"C1": "Ann,2024-02-01 11:00", "C2": CALLS["C2"], "C3": "Ann,2024-02-03 08:00"})
    assert rows(history.restated(engagement)) == [
        ("activities", "C1", "at", "2024-02-01 10:00:00", "2024-02-01 11:00:00"),
        ("activities", "C3", "row", None, "2024-02-03"),
        ("opportunities", "D1", "amount", "1000.0", "900.0"),
        ("opportunities", "D2", "status", "lost", "open"),
        ("opportunities", "D3", "closed_on", None, "2024-02-15"),
        ("opportunities", "D4", "opened_on", "2024-01-05", "2024-01-07"),
        ("opportunities", "D5", "row", "2024-02-20", None),
        ("opportunities", "D6", "row", None, "2024-02-02"),
    ]
    assert summary.news == [
        "opportunities: 1 new, 4 changed, 1 gone from the export and removed.",
        "activities: 1 new, 1 changed.",
    ]
    assert summary.restated == [
        "1 activity changed time (1 February 2024).",
        "1 activity of earlier days came late (3 February 2024).",
        "1 won deal changed amount, 100 less in all (10 February 2024).",
        "1 deal was re-opened (12 February 2024).",
        "1 deal closed on days that the import before knew as over (15 February 2024).",
        "1 deal changed opening day (5 January 2024).",
        "1 deal is gone from the export (20 February 2024).",
        "1 deal of earlier days came late (2 February 2024).",
    ]
    assert summary.lines()[-9] == "Said otherwise about the past:"


def test_only_imports_after_a_moment_are_asked_where_that_is_wanted(engagement, bring):
    bring()
    bring(DEALS | {"D1": "Ann,won,2024-01-02,2024-02-10,,900"})
    moment = history.imports(engagement)[-1].at
    bring(DEALS | {"D1": "Ann,won,2024-01-02,2024-02-10,,800"})
    assert rows(history.restated(engagement)) == [
        ("opportunities", "D1", "amount", "1000.0", "900.0"),
        ("opportunities", "D1", "amount", "900.0", "800.0"),
    ]
    found = history.restated(engagement, since=moment)
    assert rows(found) == [("opportunities", "D1", "amount", "900.0", "800.0")]
    assert list(found.columns) == list(history.COLUMNS)
    assert found["imported_at"][0] == history.imports(engagement)[-1].at
    assert history.told(engagement, since=moment) == ["1 won deal changed amount, 100 less in all (10 February 2024)."]


def test_a_row_that_comes_back_is_followed_through(engagement, bring):
    bring()
    bring({k: v for k, v in DEALS.items() if k != "D5"})
    bring(DEALS | {"D5": "Bob,won,2024-01-06,2024-02-20,,2500"})
    bring(DEALS | {"D5": "Bob,won,2024-01-06,2024-02-20,,2600"})
    assert rows(history.restated(engagement)) == [
        ("opportunities", "D5", "row", "2024-02-20", None),
        ("opportunities", "D5", "row", None, "2024-02-20"),
        ("opportunities", "D5", "amount", "2500.0", "2600.0"),
    ]


def test_pushed_closing_days_follow_from_the_history(engagement, bring):
    bring()
    bring(DEALS | {"D3": "Ann,open,2024-01-04,,2024-04-30,500", "D4": "Bob,open,2024-01-05,,2024-04-15,700"})
    bring(DEALS | {"D3": "Ann,open,2024-01-04,,2024-05-31,500", "D4": "Bob,won,2024-01-05,2024-03-09,2024-06-30,700"})
    assert rows(history.pushed(engagement)) == [
        ("D3", dt.date(2024, 3, 31), dt.date(2024, 4, 30), 30),
        ("D3", dt.date(2024, 4, 30), dt.date(2024, 5, 31), 31),
        ("D4", dt.date(2024, 4, 15), dt.date(2024, 6, 30), 76),
    ]


def test_every_earlier_import_can_be_asked_what_it_said(engagement, bring):
    said = []
    for deals in (
        DEALS,
        {k: v for k, v in DEALS.items() if k != "D5"} | {"D6": "Ann,open,2024-03-01,,,5"},
        DEALS | {"D1": "Ann,lost,2024-01-02,2024-02-10,,"},
    ):
        bring(deals)
        said.append((history.imports(engagement)[-1].at, pq.read_table(engagement.tables / "opportunities.parquet")))
    for moment, table in said:
        assert history.as_known(engagement, "opportunities", on=moment).equals(table)
    assert history.as_known(engagement, "opportunities", on=said[0][0] - dt.timedelta(seconds=1)) is None


def test_rows_without_an_id_are_counted_and_not_compared(engagement, bring):
    mapping = MAPPING.replace('activity_id = "Id"', 'activity_id = { numbered = "call-" }')
    bring(mapping=mapping)
    summary = bring(calls={"C0": "Bob,2024-01-31 10:00"} | CALLS, mapping=mapping)
    assert summary.news == [
        "activities: 2 rows before, 3 now; without an id in the export nobody knows which row became which."
    ]
    assert history.restated(engagement).empty


def test_an_export_that_lacks_most_rows_is_doubted_aloud(bring):
    bring()
    news = bring({"D9": "Ann,open,2024-03-04,,,"}).news
    assert any("more than half of the rows of the import before are gone" in line for line in news)


def test_a_change_of_the_mapping_is_said_beside_what_it_changed(engagement, bring):
    bring()
    summary = bring(mapping=MAPPING.replace('amount = "Amount"', 'amount = { column = "Amount", divide_by = 10 }'))
    assert summary.restated == ["2 won deals changed amount, 2,700 less in all (10 February 2024 to 20 February 2024)."]
    assert "The mapping is another one than at the import before: changes may come from it." in summary.news
    assert engagement.records.get(Import, CRM).number == 2


def test_one_file_alone_keeps_what_other_files_gave_the_same_table(engagement, bring, tmp_path):
    mails = '[[activities]]\nfile = "mails.csv"\noptional = true\n[activities.columns]\nactivity_id = "Id"\n'
    mails += 'seller = "Who"\n'
    mapping = (
        MAPPING.replace("[activities]\n", "[[activities]]\n") + mails + 'type = { constant = "email" }\nat = "At"\n'
    )
    (tmp_path / "export").mkdir(exist_ok=True)
    (tmp_path / "export" / "mails.csv").write_text("Id,Who,At\nM1,Ann,2024-02-05 12:00\n")
    bring(mapping=mapping)
    (tmp_path / "export" / "calls.csv").write_text("Id,Who,At\nC1,Ann,2024-02-01 10:00\nC9,Ann,2024-03-01 10:00\n")
    summary = import_crm(engagement, tmp_path / "export" / "calls.csv")
    ids = pq.read_table(engagement.tables / "activities.parquet")["activity_id"].to_pylist()
    assert ids == ["C1", "C9", "M1"]
    assert "activities: 1 row of mails.csv kept from an earlier import." in summary.notes
    assert summary.news == ["activities: 1 new, 1 gone from the export and removed."]
