"""Weeks, months and quarters where a day is wanted: asked about, and then their first or last day."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kpi_workshop.crm.sources import drafting, import_crm, periods
from kpi_workshop.errors import WorkshopError

D = dt.date


@pytest.mark.parametrize("period", ["month", "quarter", "year"])
def test_the_edges_of_a_period_are_those_of_the_calendar(period):
    given = [D(2017, 1, 31), D(2016, 2, 1), D(2016, 12, 31), D(2024, 2, 29)]
    months = {"month": 1, "quarter": 3, "year": 12}[period]
    firsts = [D(day.year, (day.month - 1) // months * months + 1, 1) for day in given]
    nexts = [D(day.year + (day.month + months > 12), (day.month + months - 1) % 12 + 1, 1) for day in firsts]
    column = pa.chunked_array([pa.array([*given, None])])
    assert periods.edge(column, period, last=False).to_pylist() == [*firsts, None]
    assert periods.edge(column, period, last=True).to_pylist() == [*(n - dt.timedelta(days=1) for n in nexts), None]


def test_the_edges_of_a_week_are_monday_and_sunday():
    column = pa.chunked_array([pa.array([D(2026, 1, 4), D(2026, 1, 5)])])
    assert periods.edge(column, "week", last=False).to_pylist() == [D(2025, 12, 29), D(2026, 1, 5)]
    assert periods.edge(column, "week", last=True).to_pylist() == [D(2026, 1, 4), D(2026, 1, 11)]


# Days by hand from a calendar of 2026, whose first ISO week begins on 29 December.
NAMED = {
    "2026-W05": (D(2026, 1, 26), D(2026, 2, 1)),
    "KW 1/2026": (D(2025, 12, 29), D(2026, 1, 4)),
    "Week 53, 2026": (D(2026, 12, 28), D(2027, 1, 3)),
    "Feb 2024": (D(2024, 2, 1), D(2024, 2, 29)),
    "12/2026": (D(2026, 12, 1), D(2026, 12, 31)),
    "enero de 2026": (D(2026, 1, 1), D(2026, 1, 31)),
    "Dez-26": (D(2026, 12, 1), D(2026, 12, 31)),
    "Q4 2026": (D(2026, 10, 1), D(2026, 12, 31)),
    "2026": (D(2026, 1, 1), D(2026, 12, 31)),
}


@pytest.mark.parametrize("text", NAMED)
def test_periods_are_known_as_people_write_them(text):
    assert periods.named(text)[1:] == NAMED[text]
    assert f"'{text}' is a" in periods.asked(pa.chunked_array([pa.array([text, None])]), last=True, share=0.2)[0]


@pytest.mark.parametrize("text", ["2026-W54", "2025-W53", "13/2026", "Q5 2026", "31.01.2026", "Jan", "Foo 2026", "12"])
def test_what_names_no_period_is_none(text):
    assert periods.named(text) is None


TRACKER = """Deal ID,Deal Name,Owner,Stage,Amount,Created Date,Close Date
1,A,Ann Lee,Closed Won,CHF 12.5K,2026-W02,2026-W05
2,B,Bob Ray,Proposal,CHF 8K,2026-W03,
3,C,Bob Ray,Closed Lost,,2026-W03,2026-W07
"""


def test_weeks_instead_of_days_are_asked_about_with_the_lines_to_add(engagement, tmp_path):
    (tmp_path / "deals.csv").write_text(TRACKER, encoding="utf-8")
    draft = drafting.propose(engagement, tmp_path / "deals.csv").file
    with pytest.raises(WorkshopError) as refused:
        import_crm(engagement, tmp_path / "deals.csv", mapping=draft)
    said = str(refused.value)
    assert "'2026-W05' is a week and no day: its first or its last day must be meant." in said
    opened, closed = [line.split("in the mapping: ")[1][:-1] for line in said.splitlines()[1:]]
    text = draft.read_text(encoding="utf-8")
    text = text.replace('opened_on = "Created Date"', opened).replace('closed_on = "Close Date"', closed)
    draft.write_text(text, encoding="utf-8")
    summary = import_crm(engagement, tmp_path / "deals.csv", mapping=draft)
    assert "all amounts are in CHF; the engagement counts in USD" in "\n".join(summary.notes)
    rows = pq.read_table(engagement.tables / "opportunities.parquet").to_pylist()
    assert [(row["opened_on"], row["closed_on"]) for row in rows] == [
        (D(2026, 1, 5), D(2026, 2, 1)),
        (D(2026, 1, 12), None),
        (D(2026, 1, 12), D(2026, 2, 15)),
    ]
