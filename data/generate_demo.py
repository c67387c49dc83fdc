"""Writes data/demo: the exports and records of an invented company, the same bytes each time.

    python data/generate_demo.py

The package must be installed. `demo_world.py` holds the plan and the planted truths; README.md says them in words.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import demo_activities
import demo_exports
import demo_simulation
import demo_workshop
import demo_world as world
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

HERE = Path(__file__).resolve().parent


def exports() -> dict[str, pd.DataFrame]:
    """Every export by file name."""
    rng = np.random.default_rng(world.SEED)
    weeks = demo_simulation.activities(rng)
    deals, seen = demo_simulation.deals(rng, weeks)
    accounts = demo_exports.accounts(rng)
    opportunities = demo_exports.opportunities(rng, deals)
    leads = demo_exports.leads(rng, deals, weeks, opportunities)
    history = demo_exports.stage_history(rng, deals, opportunities)
    topics = demo_exports.topics(rng, deals, opportunities)
    activities = demo_activities.activities(rng, weeks, deals, seen, opportunities=opportunities, leads=leads)
    by_deal = leads.dropna(subset=["Opportunity ID"]).set_index("Opportunity ID")
    opportunities.insert(3, "Lead ID", opportunities["Opportunity ID"].map(by_deal["Lead ID"]))
    return {
        "people.csv": demo_exports.people(),
        "quotas.csv": demo_exports.quotas(),
        "accounts.csv": accounts,
        "leads.csv": leads,
        "opportunities.csv": opportunities.drop(columns=["deal", "depth"]),
        "stage_history.csv": history,
        "topics.csv": topics,
        "activities.parquet": activities,
    }


def write(folder: Path) -> None:
    """Write the exports into `folder`/crm and the records beside it; the mapping there is kept."""
    crm = folder / "crm"
    crm.mkdir(parents=True, exist_ok=True)
    made = exports()
    for name, frame in made.items():
        if name.endswith(".parquet"):
            _write_parquet(frame, crm / name)
        else:
            frame.to_csv(crm / name, index=False, lineterminator="\n", float_format="%.0f")
    if folder != HERE / "demo":
        shutil.copyfile(HERE / "demo" / "crm" / "mapping.toml", crm / "mapping.toml")
    shared, private = demo_workshop.records(made)
    (folder / "records.jsonl").write_text(demo_workshop.lines(shared), encoding="utf-8", newline="\n")
    (folder / "private.jsonl").write_text(demo_workshop.lines(private), encoding="utf-8", newline="\n")


def _write_parquet(frame: pd.DataFrame, file: Path) -> None:
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(
        table,
        file,
        compression="zstd",
        compression_level=15,
        use_dictionary=["Owner", "Type", "Direction", "Opportunity ID", "Lead ID", "Minutes"],
        column_encoding={"Activity ID": "DELTA_BYTE_ARRAY", "Start": "DELTA_BINARY_PACKED"},
    )


if __name__ == "__main__":
    write(HERE / "demo")
