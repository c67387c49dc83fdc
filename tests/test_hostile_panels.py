"""Panels as nobody wants them: refused in a sentence that names the cell, or answered without claiming anything."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from test_evidence import STARTS, rollout

from kpi_workshop import evidence
from kpi_workshop.errors import WorkshopError

Change = Callable[[pd.DataFrame], pd.DataFrame]
TABLE = rollout()


def everyone(panel: pd.DataFrame, starts: Any = STARTS, *, kind: str = "effects") -> dict[str, Any]:
    found = evidence.analyse(panel, starts, pairs=[]).to_dict()
    json.dumps(found, allow_nan=False)
    return next(row for row in found[kind] if row["cohort"] == "all")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.assign(metric_deals=0), "zero throughout"),
        (lambda t: t.assign(metric_deals=3.0), "never changes"),
        (lambda t: t.assign(metric_deals=np.nan), "nobody was present with a value"),
        (lambda t: t.assign(present=0), "nobody was present with a value"),
        (lambda t: t.assign(metric_deals=-t["metric_deals"]), "before the start it is zero, or too small"),
        (lambda t: t.assign(metric_deals=t["metric_deals"].where(t["week"] >= 26, 0)), "before the start it is zero"),
        (lambda t: t.assign(metric_deals=(t.index % 240 == 100) * 1), "before the start it is zero, or too small"),
    ],
    ids=["all zero", "constant", "no values", "nobody present", "negative", "new with the rollout", "ten in all"],
)
def test_a_measure_that_says_nothing_is_not_computable_and_claims_nothing(change: Change, words: str) -> None:
    row = everyone(change(TABLE))
    assert (row["estimate"], row["p"], row["claimed"]) == (None, None, False)
    assert words in row["note"]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "change",
    [
        lambda t: t[~t["week"].isin([10, 11, 30, 31, 45])],
        lambda t: t[~((t["team"] == "T1") & t["week"].between(20, 40))],
        lambda t: t[~((t["team"] == "T3") & (t["week"] > 32))],
        lambda t: t[(t["team"] != "T1") | (t["seller"] == "s01")],
        lambda t: t[t["seller"].isin(["s00", "s01", "s02", "s03"])],
        lambda t: t.assign(metric_deals=t["metric_deals"].where(t.index % 3 > 0)),
        lambda t: t.assign(metric_deals=t["metric_deals"].where(t.index != 5, -4)),
        lambda t: t.assign(team=t["team"] + " ", tier=1),
        lambda t: t.astype(str),
    ],
    ids=["weeks left out", "a team away for weeks", "the hold-out leaves", "a team of one", "teams of one",
         "a third unknown", "one negative", "blanks and tiers of one", "all text"],
)  # fmt: skip
def test_a_panel_with_holes_is_answered_with_an_interval_around_nothing(change: Change) -> None:
    row = everyone(change(TABLE))
    assert row["low"] < row["estimate"] < row["high"] and not row["claimed"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: pd.concat([t, t[["metric_deals"]]], axis=1), "has the column 'metric_deals' twice"),
        (lambda t: t.assign(week=t["week"].where(t.index != 3, 10**9)), "row 5: week 1000000000 lies"),
        (lambda t: t.assign(metric_deals=t["metric_deals"].astype(float).where(t.index != 3, np.inf)), "row 5, column"),
        (lambda t: t.assign(metric_deals=t["metric_deals"].astype(float).where(t.index != 3, 1e300)), "row 5, column"),
        (lambda t: t.assign(week=t["week"] + 0.5), "row 2: week '0.5' is not a whole number"),
        (lambda t: t.assign(team=t["team"].where(t.index != 3, " ")), "row 5 has no team"),
        (lambda t: t.drop(columns=["metric_deals", "activity_calls"]), "name a column activity_NAME or metric_NAME"),
        (lambda t: t.head(0), "has no rows"),
        (lambda t: None, "has no column 'seller'"),
    ],
)
def test_what_cannot_be_right_is_refused_with_its_place(change: Callable[[pd.DataFrame], Any], words: str) -> None:
    with pytest.raises(WorkshopError) as told:
        evidence.analyse(change(TABLE), STARTS)
    assert words in str(told.value)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"as_of_week": "x"}, "as_of_week is 'x'"),
        ({"as_of_week": -3}, "nothing as of week -3"),
        ({"baseline_weeks": 1}, "A baseline of 1 weeks is too short"),
        ({"looks": ("a",)}, "Give rising"),
        ({"pairs": [("calls",)]}, "is not an activity and a metric"),
        ({"starts": {**STARTS, "T0": 26.5}}, "starts in week '26.5', which is not a whole number"),
        ({"starts": {**STARTS, "T0": float("inf")}}, "not a whole number"),
        ({"starts": None}, "has no column 'team'"),
    ],
)
def test_what_is_asked_wrongly_is_named(given: dict[str, Any], words: str) -> None:
    starts = given.pop("starts", STARTS)
    with pytest.raises(WorkshopError) as told:
        evidence.analyse(TABLE, starts, **given)
    assert words in str(told.value)


@pytest.mark.parametrize(
    ("starts", "grade", "words"),
    [
        (dict.fromkeys(STARTS, 26), "low", "every team started in the same week"),
        (dict.fromkeys(STARTS), "low", "No team has started"),
        ({**STARTS, "T0": 3}, "low", "3 weeks before the first start are too few"),
        ({**STARTS, "T1": 26, "T2": 26}, "medium", "the teams started in one week"),
    ],
)
def test_the_grade_follows_from_the_starts_alone(starts: dict[str, Any], grade: str, words: str) -> None:
    row = everyone(rollout(lift=0.8, **starts), starts)
    assert row["grade"] == grade and words in row["note"]
    assert row["claimed"] is False or grade == "medium"


def test_the_command_line_refuses_in_one_sentence_and_leaves_with_2(tmp_path: Path) -> None:
    TABLE.assign(metric_deals=TABLE["metric_deals"].astype(object).where(TABLE.index != 1, "many")).to_csv(
        tmp_path / "panel.csv", index=False
    )
    (tmp_path / "starts.csv").write_text("team,week\nT0,26\nT1,30\nT2,34\nT9,\n", encoding="utf-8")
    words = ["evidence", "panel.csv", "--starts", "starts.csv", "--out", "out.json"]
    command = [sys.executable, "-c", "from kpi_workshop.cli import main; main()", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=tmp_path)
    assert done.returncode == 2
    assert "panel.csv, row 3, column 'metric_deals': 'many'" in done.stderr
    assert "Traceback" not in done.stderr and not (tmp_path / "out.json").exists()
