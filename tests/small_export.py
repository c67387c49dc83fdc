"""A small CRM export with its mapping, and what is asked of every import of it."""

from __future__ import annotations

import pyarrow.parquet as pq
import pytest

from kpi_workshop.crm.sources import import_crm
from kpi_workshop.errors import WorkshopError

MAPPING = """
[seats]
file = "people.csv"
columns = { person = "Name", team = "Team", manager = "Boss" }

[opportunities]
file = "deals.csv"
[opportunities.columns]
opportunity_id = "Id"
seller = "Owner"
status = "Status"
opened_on = "Created"
closed_on = "Closed"
amount = "Amount"
"""
PEOPLE = "Name,Team,Boss\nAnn Lee,West,Max Hill\nBob Ray,East,Max Hill\n"
DEALS = """Id,Owner,Status,Created,Closed,Amount
D1,Ann Lee,Won,2017-01-02,2017-02-01,"1,000.50"
D2,Bob Ray,Lost,2017-01-03,2017-02-02,0
D3,Ann Lee,Open,2017-01-04,,
"""


def small_export(tmp_path):
    """An export of two sellers and three deals, with its mapping, in a folder of its own."""
    folder = tmp_path / "export"
    folder.mkdir()
    write(folder, people=PEOPLE, deals=DEALS, mapping=MAPPING)
    return folder


def write(folder, *, people=None, deals=None, mapping=None):
    for name, text in (("people.csv", people), ("deals.csv", deals), ("mapping.toml", mapping)):
        if text is not None:
            (folder / name).write_text(text, encoding="utf-8")


def table(engagement, name="opportunities"):
    return pq.read_table(engagement.tables / f"{name}.parquet")


def everything(engagement):
    files = {p.relative_to(engagement.crm): p.read_bytes() for p in sorted(engagement.crm.rglob("*")) if p.is_file()}
    return files, list(engagement.records.export())


def refused(engagement, export, **given):
    before = everything(engagement)
    with pytest.raises(WorkshopError) as error:
        import_crm(engagement, export, **given)
    assert everything(engagement) == before
    return str(error.value)
