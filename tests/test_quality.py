"""The data-quality page: its figures against counts of the export itself, and what it never shows."""

from __future__ import annotations

import collections
import csv
import json
import os
import stat
from html.parser import HTMLParser
from pathlib import Path

import pytest

from kpi_workshop import engagement as engagements
from kpi_workshop.crm.sources import import_crm, quality
from kpi_workshop.pages import quality as page

MAVEN = Path(__file__).parent / "mappings" / "maven.toml"


@pytest.fixture(scope="module")
def maven(shared, tmp_path_factory):
    engagement = engagements.create(tmp_path_factory.mktemp("maven") / "maven")
    summary = import_crm(engagement, shared / "real/maven_crm", mapping=MAVEN)
    return quality.facts(engagement, summary)


@pytest.fixture(scope="module")
def pipeline(shared):
    with (shared / "real/maven_crm/sales_pipeline.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def filled(facts, table, column, among=""):
    found = [c for c in facts["columns"] if (c["table"], c["column"]) == (table, column) and among in c["among"]]
    assert len(found) == 1
    return found[0]["filled"], found[0]["rows"], found[0]["share"]


def test_mavens_coverage_is_what_a_count_of_the_file_says(maven, pipeline):
    assert filled(maven, "opportunities", "account_id") == (8800 - 1425, 8800, pytest.approx(1 - 1425 / 8800))
    assert filled(maven, "opportunities", "opened_on") == (8300, 8800, pytest.approx(1 - 500 / 8800))
    closed = [row for row in pipeline if row["deal_stage"] in ("Won", "Lost")]
    assert filled(maven, "opportunities", "closed_on") == (6711, len(closed), 1.0)
    assert filled(maven, "opportunities", "amount", "won") == (4238, 4238, 1.0)
    assert filled(maven, "opportunities", "amount", "open") == (0, 2089, 0.0)
    (entry,) = [entry for entry in maven["unmapped"] if entry["table"] == "opportunities"]
    assert {"expected_close_on", "lead_id", "source"} <= set(entry["columns"])


def test_mavens_days_are_trusted_from_its_first_closed_deal_on(maven, pipeline):
    days = maven["days"]
    assert days["trusted_from"] == min(row["close_date"] for row in pipeline if row["close_date"]) == "2017-03-01"
    assert (days["first"], days["last"], days["trusted_to"]) == ("2016-10-20", "2017-12-31", "2017-12-31")
    assert maven["takeaway"].startswith("8,800 deals and 85 accounts in the data; ")
    assert maven["takeaway"].endswith("closed deals can be trusted from 1 March 2017 on")


def test_mavens_rows_that_differ_in_their_id_alone_are_counted(maven, pipeline):
    alike = collections.Counter(tuple(list(row.values())[1:]) for row in pipeline)
    many = sum(count - 1 for count in alike.values())
    (table,) = [table for table in maven["tables"] if table["table"] == "opportunities"]
    assert table["alike"].startswith(f"{many:,} rows look the same as another one but for their id")
    assert (table["read"], table["kept"], table["aside"]) == (8800, 8800, [])


def test_every_measure_is_either_computable_or_has_its_reason(maven):
    from kpi_workshop.crm import measures

    cannot = [name for entry in maven["measures"]["not"] for name in entry["names"]]
    assert len(maven["measures"]["computable"]) + len(cannot) == len(measures.COMPUTABLE)
    assert "Win rate" in maven["measures"]["computable"]
    (reason,) = [entry["reason"] for entry in maven["measures"]["not"] if "Open pipeline" in entry["names"]]
    assert reason == "no open deal has an amount"
    assert maven["logging"] is None


# A small export


MAPPING = """
[seats]
file = "people.csv"
columns = { person = "Name", team = "Team", valid_from = "From" }
[opportunities]
file = "deals.csv"
columns = { opportunity_id = "Id", seller = "Owner", status = "Status", opened_on = "Created", name = "Name" }
[[opportunities.set_aside]]
column = "Owner"
is = ["Test"]
because = "test deals"
[activities]
file = "calls.csv"
columns = { activity_id = "Id", seller = "Who", type = { constant = "call" }, at = "At", subject = "About" }
"""
FILES = {
    "people.csv": "Name,Team,From\nAnn,West,\nBob,West,2024-01-22\nCy,East,\n<b>Di</b>,East,\n",
    "deals.csv": (
        "Id,Owner,Status,Created,Name\nD1,Ann,open,2024-01-02,x\nT1,Test,open,2024-01-02,\nD1,Ann,open,2024-01-02,x\n"
        "T2,Test,open,2024-01-02,\nT3,Test,open,2024-01-02,\nD2,Cy,open,2024-01-03,\n"
    ),
    # Weeks from Monday: 1, 8, 15, 22 and 29 January 2024; the last one ends on the third day.
    "calls.csv": (
        "Id,Who,At,About\nC1,Ann,2024-01-01 09:00,a\nC2,Ann,2024-01-10 09:00,a\nC3,Ann,2024-01-11 09:00,\n"
        "C4,Bob,2024-01-24 09:00,b\nC5,Ann,2024-01-31 09:00,c\nC6,Bob,2024-01-24 09:00,b\n"
    ),
    "mapping.toml": MAPPING,
}


@pytest.fixture
def small(engagement, tmp_path):
    folder = tmp_path / "export"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return engagement, import_crm(engagement, folder)


def test_rows_put_aside_and_repeated_are_named_by_their_row(small):
    facts = quality.facts(*small)
    (deals,) = [table for table in facts["tables"] if table["table"] == "opportunities"]
    assert deals["aside"] == [{"why": "test deals", "rows": 3, "where": "deals.csv, rows 3, 5 and 6"}]
    assert deals["repeated"]["rows"] == 1
    assert deals["repeated"]["where"] == "deals.csv, row 4"
    assert "the same opportunity id and the same content" in deals["repeated"]["says"]
    (calls,) = [table for table in facts["tables"] if table["table"] == "activities"]
    assert calls["alike"] == "1 row looks the same as another one but for their id, such as 'C4': kept."
    assert filled(facts, "activities", "subject") == (5, 6, 5 / 6)


def test_logging_is_the_share_of_whole_weeks_with_a_seat_and_anything_logged(small):
    logging = quality.facts(*small)["logging"]
    assert (logging["weeks"], logging["from"], logging["to"]) == (4, "2024-01-01", "2024-01-28")
    assert [(row["seller"], row["logged"], row["weeks"], row["share"]) for row in logging["sellers"]] == [
        ("<b>Di</b>", 0, 4, 0.0),
        ("Cy", 0, 4, 0.0),
        ("Ann", 2, 4, 0.5),
        ("Bob", 1, 1, 1.0),
    ]
    assert "logged something in 25 % of the weeks" in logging["says"]


def test_an_unfinished_last_week_is_not_trusted(small):
    days = quality.facts(*small)["days"]
    assert (days["last"], days["trusted_to"]) == ("2024-01-31", "2024-01-28")
    assert days["why_to"] == "the last whole week ends there"


def test_the_facts_are_plain_json_and_the_lines_name_no_seller(small):
    facts = quality.facts(*small)
    assert json.loads(json.dumps(facts)) == facts
    said = "\n".join(quality.lines(facts))
    assert "opportunities: 3 rows put aside, test deals: deals.csv, rows 3, 5 and 6." in said
    assert "activities.subject: 83.3 % of all activities" in said
    assert not any(name in said for name in ("Ann", "Bob", "Cy", "Di"))


class _Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.links = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("src", "href", "action") or name.startswith("on")]


def test_the_page_is_one_escaped_file_without_script_for_its_owner(small):
    engagement, summary = small
    file, lines = page.after_import(engagement, summary)
    text = file.read_text(encoding="utf-8")
    read = _Page(text)
    assert file == engagement.crm / "quality.html" and lines
    assert "script" not in read.tags and "b" not in read.tags and read.links == []
    assert "default-src 'none'" in text and "&lt;b&gt;Di&lt;/b&gt;" in text
    assert "For the leader." in text
    if os.name != "nt":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_same_facts_give_the_same_page(small):
    engagement, summary = small
    before = page.after_import(engagement, summary)[0].read_bytes()
    assert page.after_import(engagement, summary)[0].read_bytes() == before


def test_data_without_any_day_are_told_so(engagement, tmp_path):
    (tmp_path / "accounts.csv").write_text("Id\nA1\n")
    mapping = tmp_path / "m.toml"
    mapping.write_text('[accounts]\nfile = "accounts.csv"\ncolumns = { account_id = "Id" }\n')
    file, lines = page.after_import(engagement, import_crm(engagement, tmp_path / "accounts.csv", mapping=mapping))
    assert lines[-1] == "No measure can be computed."
    assert "Nothing in the data says when it happened" in file.read_text(encoding="utf-8")
