"""An engagement with two deals, of whose notebooks only what makes the report is left: a run of few seconds."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from kpi_workshop import engagement as engagements
from kpi_workshop import runs
from kpi_workshop.engagement import Engagement

EXPORT = "deals.csv"
DEALS = """opportunity_id,seller,status,opened_on,closed_on,amount
A,Ann Lee,won,2026-01-05,2026-05-04,1000
B,Bob Ray,lost,2026-01-06,2026-05-05,
"""
OPENS = [
    'engagement = ""  # x\nas_of = ""  # x', "from kpi_workshop.pages import rollout, workshop",
    "here = workshop.open_workshop(engagement, as_of=as_of)\nhere", "rollout.report(here)",
]  # fmt: skip


def made(folder: Path, *, whole: bool = False) -> Engagement:
    """The engagement, its export in `crm/` and not yet imported; with `whole` all cells of its notebooks stay."""
    opened = engagements.create(folder)
    (opened.crm / EXPORT).write_text(DEALS, encoding="utf-8")
    for step in () if whole else runs.STEPS:
        cells = [new_code_cell(source) for source in (OPENS if step == runs.STEPS[-1] else OPENS[:3])]
        cells[0].metadata["tags"] = ["parameters"]
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        nbformat.write(new_notebook(metadata=kernel, cells=cells), opened.notebooks / f"{step}.ipynb")
    return opened
