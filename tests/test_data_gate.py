"""The data gate: what was restated since the last report stands at its head, and a run done again says the same."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from kpi_workshop.crm.sources import import_crm
from kpi_workshop.steps import data_gate

D = dt.date
DEALS = """opportunity_id,seller,status,opened_on,closed_on,amount
A,Ann Lee,won,2026-01-05,2026-05-04,1000
B,Bob Ray,lost,2026-01-06,2026-05-05,
C,Bob Ray,open,2026-01-07,,300
"""


@pytest.fixture
def export(tmp_path):
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "deals.csv").write_text(DEALS, encoding="utf-8")
    return folder


def ran(engagement, as_of, started):
    folder = engagement.run_folder(as_of.isoformat())
    folder.mkdir(parents=True)
    content = {"as_of": as_of.isoformat(), "started": started.isoformat(timespec="seconds")}
    (folder / "manifest.json").write_text(json.dumps(content), encoding="utf-8")


def test_the_gate_says_what_was_restated_since_the_report_before(engagement, export):
    import_crm(engagement, export)
    assert data_gate.check(engagement, as_of=D(2026, 5, 10))["restated"] == []
    ran(engagement, D(2026, 5, 3), dt.datetime.now(dt.UTC) - dt.timedelta(days=9))
    ran(engagement, D(2026, 5, 10), dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1))
    # The amount of a won deal is corrected; a deal that closes later than anything known restates nothing.
    (export / "deals.csv").write_text(
        DEALS.replace(",1000", ",900").replace("open,2026-01-07,", "won,2026-01-07,2026-05-12"), encoding="utf-8"
    )
    import_crm(engagement, export)
    told = [f"Said otherwise since the report of 3 May 2026: {what}" for what in (
        "1 won deal changed amount, 100 less in all (4 May 2026).",
    )]  # fmt: skip
    gate = data_gate.check(engagement, as_of=D(2026, 5, 10))
    assert gate["restated"] == told == gate["notes"][:1]
    # The next report compares with the run of 10 May, which began after the import.
    assert data_gate.check(engagement, as_of=D(2026, 5, 17))["restated"] == []
    # A report on a day with no run before it has nothing to be compared with.
    assert data_gate.check(engagement, as_of=D(2026, 5, 3))["restated"] == []


def test_a_run_that_never_ended_or_a_torn_manifest_is_no_run_to_compare_with(engagement, export):
    import_crm(engagement, export)
    for name, text in (("2026-05-01", "{"), ("2026-05-02", '{"as_of": 7}')):
        folder = engagement.run_folder(name)
        folder.mkdir(parents=True)
        (folder / "manifest.json").write_text(text, encoding="utf-8")
    assert data_gate.check(engagement, as_of=D(2026, 5, 10))["restated"] == []
