"""The files of the demo: reproducible, small, described, harmless."""

from __future__ import annotations

import csv
import re
import sys
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest
from demo_panel import BUNDLED, DATA, FIRST, LAST, read


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    """data/generate_demo.py as a module."""
    sys.path.insert(0, str(DATA))
    try:
        import generate_demo
    finally:
        sys.path.remove(str(DATA))
    return generate_demo


def test_the_generator_writes_the_committed_files_again(generator: ModuleType, tmp_path: Path) -> None:
    generator.write(tmp_path)
    names = sorted(p.relative_to(BUNDLED).as_posix() for p in BUNDLED.rglob("*") if p.is_file())
    assert names == sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file())
    for name in names:
        if name.endswith(".parquet"):
            pd.testing.assert_frame_equal(pd.read_parquet(BUNDLED / name), pd.read_parquet(tmp_path / name))
        else:
            assert (BUNDLED / name).read_bytes() == (tmp_path / name).read_bytes(), name


def test_the_demo_takes_at_most_six_megabytes() -> None:
    assert sum(p.stat().st_size for p in BUNDLED.rglob("*") if p.is_file()) <= 6_000_000


def test_every_file_and_column_is_described_in_the_readme() -> None:
    readme = (DATA / "README.md").read_text(encoding="utf-8")
    for file in sorted((BUNDLED / "crm").iterdir()):
        assert f"`{file.name}`" in readme, file.name
        columns = [] if file.suffix == ".toml" else list(read(file.name).columns)
        assert not [c for c in columns if f"`{c}`" not in readme], file.name


def test_the_readme_states_the_planted_truths_as_they_are_planted(generator: ModuleType) -> None:
    import demo_world as world

    readme = (DATA / "README.md").read_text(encoding="utf-8")
    rows = [[c.strip(" `") for c in line.split("|")[1:-1]] for line in readme.splitlines() if line.startswith("|")]
    for link in world.LINKS:
        assert [link.team, link.activity, link.metric, f"{link.lag} weeks", f"{link.elasticity:.2f}"] in rows
    for team, start in world.STARTS.items():
        assert any(row[0] == team and row[1] == (str(start) if start else "held back") for row in rows if len(row) > 1)
    for tier, lift in world.LIFT_OF_SENIOR.items():
        assert [tier, f"+{lift:.0%}".replace("%", " %")] in [row[:2] for row in rows]


def test_exports_hold_no_addresses_and_no_formulas() -> None:
    for file in sorted((BUNDLED / "crm").iterdir()):
        if file.suffix == ".csv":
            with file.open(encoding="utf-8", newline="") as rows:
                cells = {cell for row in csv.reader(rows) for cell in row}
        elif file.suffix == ".parquet":
            frame = pd.read_parquet(file).select_dtypes(["object", "string"])
            cells = {str(value) for column in frame for value in frame[column].dropna().unique()}
        else:
            continue
        assert not [c for c in cells if "@" in c or c.startswith(("=", "+", "-", "\t"))], file.name
    for file in (BUNDLED / "records.jsonl", BUNDLED / "private.jsonl"):
        assert not re.search(r"@|\"=|https?://", file.read_text(encoding="utf-8")), file.name


def test_the_data_end_on_a_sunday_and_nothing_lies_after_it() -> None:
    assert LAST.weekday() == 6
    leads = pd.to_datetime(read("leads.csv")["Created"])
    activities = read("activities.parquet")["Start"]
    deals = read("opportunities.csv")
    closed = pd.to_datetime(deals["Close Date"])
    moved = pd.to_datetime(read("stage_history.csv")["Changed"])
    last = [leads.max(), activities.max(), closed.max(), moved.max(), pd.to_datetime(deals["Created Date"]).max()]
    assert max(last).date() == LAST
    assert activities.min().date() == closed.min().date() == FIRST


def test_a_stage_history_leads_to_the_stage_the_deal_is_in() -> None:
    history = read("stage_history.csv")
    deals = read("opportunities.csv").set_index("Opportunity ID")
    times = pd.to_datetime(history["Changed"])
    assert (times.groupby(history["Opportunity ID"]).diff().dropna() > pd.Timedelta(0)).all()
    final = history.groupby("Opportunity ID")["To Stage"].last()
    assert (final == deals["Stage"].reindex(final.index)).all() and len(final) == len(deals)
    chained = history.groupby("Opportunity ID")["To Stage"].shift()
    assert (chained.fillna("") == history["From Stage"].fillna("")).all()
