"""Exports as public repositories show them, rebuilt small with values of our own: what arrives, what is said.

Beside each the repository whose header row and habits it follows; none is a copy of a real file.
"""
# ruff: noqa: E501  (a header row is as wide as the product makes it)

from __future__ import annotations

import datetime as dt

import pyarrow.parquet as pq
import pytest

from kpi_workshop.crm.sources import drafting, import_crm

D = dt.date


@pytest.fixture
def brought(engagement, tmp_path):
    """Imports files with the proposed mapping; gives the proposal, the summary and the rows of a table."""

    def brought(files: dict[str, str | bytes], table: str = "opportunities"):
        folder = tmp_path / "export"
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        draft = drafting.propose(engagement, folder)
        summary = import_crm(engagement, folder)
        return draft, summary, pq.read_table(engagement.tables / f"{table}.parquet").to_pylist()

    return brought


# Salesforce

# Header of the standard report; opportunities with products give one row a product.
PRODUCTS = '''"Opportunity Owner","Account Name","Opportunity Name","Opportunity ID","Stage","Amount","Close Date","Created Date","Product Name","Total Price"
"Ann Lee","Acme","Acme big","0061t00000AbCdE","Closed Won","1,000.00","1/15/2024","12/20/2023","Widget","600.00"
"Ann Lee","Acme","Acme big","0061t00000AbCdE","Closed Won","1,000.00","1/15/2024","12/20/2023","Gadget","400.00"
"Bob Ray","Beta","Beta one","0061t00000AbCdF","Prospecting","500.00","5/30/2024","2/14/2024","Widget","500.00"

"Grand Totals (3 records)"
'''


@pytest.mark.parametrize("without", ["", '"Opportunity ID",', '"Amount",'])
def test_a_deal_on_one_row_a_product_counts_once(brought, without):
    text = PRODUCTS
    if without:
        at = text.splitlines()[0].split(",").index(without.rstrip(","))
        lines = []
        for line in text.splitlines():
            parts = line.split('","')
            lines.append('","'.join(parts[:at] + parts[at + 1 :]) if len(parts) > at else line)
        text = "\n".join(lines)
    _, summary, rows = brought({"report.csv": text})
    assert [(row["name"], row["amount"], row["product"]) for row in rows] == [
        ("Acme big", 1000, "Widget; Gadget"),
        ("Beta one", 500, "Widget"),
    ]
    assert "report.csv: 1 deal stands on 2 rows, one for each product" in "\n".join(summary.notes)
    assert list(summary.aside_rows["opportunities"].values()) == [{"report.csv": [3]}]
