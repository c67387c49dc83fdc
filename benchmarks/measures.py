"""The cost of measures: our definitions, DuckDB SQL by hand and pandas on the same data, in one run.

    python -m benchmarks.measures [--scales 1 10 100] [--data FOLDER] [--turns 3]

Data of each scale are made below FOLDER (default: a temporary folder) and removed at the end. Every contestant runs in
a process of its own, taking turns; of its turns the one with the least CPU time counts, as other work on the machine
only adds to it. Values are compared before a time is told. At the end stands what was asked for beside what was found.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from . import generate
from .contestants import TWELVE

HERE = Path(__file__).parent
TOLERANCE = 1e-9
LARGE = 100


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the data, let all run and print what they took."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.measures")
    parser.add_argument("--scales", type=int, nargs="+", default=[1, 10, 100])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--turns", type=int, default=3)
    asked = parser.parse_args(arguments)
    taken: dict[int, float] = {}
    bars: list[Bar] = []
    with tempfile.TemporaryDirectory(prefix="kpi-workshop-benchmark-") as own:
        for scale in asked.scales:
            folder = (asked.data or Path(own)) / f"{scale}x"
            try:
                generate.make(folder, scale)
                taken[scale], found = of_scale(folder, scale, turns=asked.turns)
                bars += found
            finally:
                shutil.rmtree(folder, ignore_errors=True)
    for less, more in zip(asked.scales, asked.scales[1:], strict=False):
        grown = taken[more] / taken[less]
        bars.append((f"CPU time from {less}x to {more}x grows no faster than the data", grown, more / less, "times"))
    print(f"\n{'':74}{'found':>9}{'bar':>8}")
    for says, found_, most, unit in bars:
        print(f"{says:74}{found_:9.2f}{most:8.2f} {unit:10}{'met' if found_ <= most else 'MISSED'}")


Bar = tuple[str, float, float, str]
"""What is held to a bar, what was found, the most it may be, and the unit."""


def of_scale(folder: Path, scale: int, *, turns: int) -> tuple[float, list[Bar]]:
    """Run everything on the data of one scale; CPU seconds of our definitions, and what was found beside the bar."""
    print(f"\n{scale}x: {generate.ACTIVITIES * scale:,} activities, {generate.OPPORTUNITIES * scale:,} opportunities")
    print(f"{'':34}{'CPU s':>8}{'of it start':>13}{'clock s':>9}{'memory MB':>11}")
    told: dict[str, dict[str, Any]] = {"ours, just imported": said("ours, just imported", "ours", folder, fresh=True)}
    answers = folder / "answers"
    answers.mkdir()
    names = ["ours", "floor", "pandas", *(["ours-400mb", "floor-400mb"] if scale >= LARGE else [])]
    for turn in range(turns):
        for name in names:
            if turn and name == "pandas" and scale >= LARGE:
                continue
            forget_atoms(folder)
            found = run(name, folder)
            if name not in told or found["cpu"] < told[name]["cpu"]:
                told[name] = found
        if not turn:
            agree(answers, ("floor", "pandas"))
            shutil.rmtree(answers)
    for name in names:
        show(name, told[name])
    print(f"ours / floor {told['ours']['cpu'] / told['floor']['cpu']:.2f}, ", end="")
    print(f"pandas / ours {told['pandas']['cpu'] / told['ours']['cpu']:.1f} in CPU time")
    ours, floor = told["ours"], told["floor"]
    print("CPU s a measure, ours and floor: ", end="")
    print(", ".join(f"{name} {ours['measures'][name]:.2f} {floor['measures'][name]:.2f}" for name in TWELVE))
    one = min((run("ours", folder, "win_rate") for _ in range(turns)), key=lambda found: found["cpu"])
    show("ours, one measure", one)
    bars: list[Bar] = []
    if scale == 1:
        bars += [
            ("1x: one measure, after Python, pandas and DuckDB have started", one["cpu"] - one["start"], 0.5, "CPU s"),
            ("1x: all twelve, after the same", ours["cpu"] - ours["start"], 0.8, "CPU s"),
        ]
    if scale >= LARGE:
        forget_atoms(folder)
        said("ours, by month, asked first", "ours-month", folder)
        said("ours, by week, making the sums", "ours", folder)
        other = said("ours, by manager, from the sums", "ours-manager", folder)
        most = max(list(other["measures"].items())[1:], key=lambda entry: entry[1])
        print(f"another grain from sums by seller and day: at most {most[1]} CPU s a measure ({most[0]})")
        checks = json.loads(output("benchmarks.checks", str(folder)))
        print(f"10,000,000 rows: one scan {checks['scan']} CPU s, all checks {checks['all']} ({checks['checks']})")
        at = f"{scale}x: "
        bars += [
            (at + "our CPU time / the floor's", ours["cpu"] / floor["cpu"], 1.15, "times"),
            (at + "our peak memory", ours["memory"], 800, "MB"),
            (at + "our CPU time / pandas'", ours["cpu"] / told["pandas"]["cpu"], 1 / 3, "times"),
            (at + "peak memory where DuckDB may use 400 MB", told["ours-400mb"]["memory"], 800, "MB"),
            (at + "the slowest of twelve measures at another grain from sums", most[1], 0.5, "CPU s"),
            ("10,000,000 rows: all checks / DuckDB reading them once", checks["all"] / checks["scan"], 2, "times"),
        ]
    return ours["cpu"], bars


def said(label: str, name: str, folder: Path, *, fresh: bool = False) -> dict[str, Any]:
    """Run a contestant once and print it; `fresh` with nothing kept from before."""
    if fresh:
        shutil.rmtree(folder / "cache", ignore_errors=True)
        (folder / "cache").mkdir(mode=0o700)
    found = run(name, folder)
    show(label, found)
    return found


def show(label: str, found: dict[str, Any]) -> None:
    """One line of the table."""
    print(f"{label:34}{found['cpu']:8.2f}{found['start']:13.2f}{found['seconds']:9.2f}{found['memory']:11}", flush=True)


def run(name: str, folder: Path, *measures: str) -> dict[str, Any]:
    """What a contestant took, in a process of its own."""
    return json.loads(output("benchmarks.contestants", name, str(folder), *measures))


def output(module: str, *arguments: str) -> str:
    """The last line that a module prints."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, cwd=HERE.parent, env=os.environ, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip().splitlines()[-1]


def forget_atoms(folder: Path) -> None:
    """Every question is a first one: its answer comes from the tables, not from sums that were kept."""
    shutil.rmtree(folder / "cache" / "atoms", ignore_errors=True)


def agree(answers: Path, others: Sequence[str]) -> None:
    """Stop where a team and week has another value than ours."""
    for measure in TWELVE:
        ours = pd.read_parquet(answers / f"ours.{measure}.parquet")
        ours = ours.assign(week=pd.to_datetime(ours["week"])).set_index(["team", "week"])["value"]
        for other in others:
            found = pd.read_parquet(answers / f"{other}.{measure}.parquet").dropna()
            found = found.assign(week=pd.to_datetime(found["week"])).set_index(["team", "week"])["value"]
            apart = (ours.reindex(found.index) - found).abs() / found.abs().clip(lower=1)
            extra = ours.drop(found.index).fillna(0).abs().max()
            if apart.isna().any() or apart.max() > TOLERANCE or extra > 0:
                raise SystemExit(f"{measure}: {other} says something else ({apart.max()}, {extra})")


if __name__ == "__main__":
    main()
