"""The two-stage table of `did2s` (Gardner), whose data ship with pyfixest alone: by least squares of our own.

The library behind our picture cannot be asked for it: its first stage has an effect for each unit, the published one
has effects of state and year, and units that start in different years share a state.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

Array = np.ndarray


@pytest.fixture(scope="module")
def panel() -> pd.DataFrame:
    named = os.environ.get("KPI_WORKSHOP_PYFIXEST")
    if not named:
        pytest.skip("run `make test-environments`: the data come with pyfixest, which nothing else here needs")
    return pd.read_csv(Path(named) / "pyfixest" / "did" / "data" / "df_het.csv")


def two_stage(outcome: Array, treated: Array, effects: Array, cluster: Array) -> tuple[float, float]:
    """The mean of what is left of treated rows beside effects learnt from untreated ones, and its clustered error.

    The error counts both stages: a row's score in the second, less what the first stage's scores move it by.
    """
    first = np.where(treated[:, None], 0.0, effects)
    learnt, *_ = np.linalg.lstsq(first, np.where(treated, 0.0, outcome), rcond=None)
    rest = outcome - effects @ learnt
    effect = float(rest[treated].mean())
    moved = np.linalg.pinv(first.T @ first) @ effects[treated].sum(axis=0)
    score = np.where(treated, rest - effect, 0.0) - np.where(treated, 0.0, rest) * (effects @ moved)
    by_cluster = np.bincount(cluster, score)
    return effect, float(np.sqrt((by_cluster**2).sum()) / treated.sum())


def test_the_two_stage_table_is_reproduced_to_every_printed_digit(panel: pd.DataFrame, shared: Path) -> None:
    case = json.loads((shared / "stats" / "did_expected.json").read_text(encoding="utf-8"))["did2s_df_het"]
    assert len(panel) == 46500 and panel["state"].nunique() == 40
    effects = np.hstack(
        [np.equal.outer(panel[name].to_numpy(), panel[name].unique()).astype(float) for name in ("state", "year")]
    )
    effect, error = two_stage(
        panel["dep_var"].to_numpy(), panel["treat"].to_numpy(dtype=bool), effects, panel["state"].to_numpy()
    )
    assert effect == pytest.approx(case["att"], abs=1e-9)
    assert error == pytest.approx(case["se"], abs=1e-9)


def test_with_an_effect_for_each_unit_the_library_says_the_same_as_two_stages(panel: pd.DataFrame) -> None:
    """What differs above is the first stage asked for, not the estimator."""
    from diff_diff import ImputationDiD

    few = panel[panel["unit"] <= 60]
    effects = np.hstack(
        [np.equal.outer(few[name].to_numpy(), few[name].unique()).astype(float) for name in ("unit", "year")]
    )
    effect, _ = two_stage(
        few["dep_var"].to_numpy(), few["treat"].to_numpy(dtype=bool), effects, few["state"].to_numpy()
    )
    found = ImputationDiD().fit(few, outcome="dep_var", unit="unit", time="year", first_treat="g")
    assert found.overall_att == pytest.approx(effect, abs=1e-6)
