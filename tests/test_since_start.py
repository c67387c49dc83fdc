"""The effect by weeks since the start; and the library behind it, against the published tables of four papers' code."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from kpi_workshop.errors import WorkshopError
from kpi_workshop.evidence import event_study
from kpi_workshop.evidence.since_start import _imputed, _weights

STARTS = {"A": 20, "B": 24, "C": 28, "D": None}


@pytest.fixture(scope="module")
def expected(shared: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((shared / "stats" / "did_expected.json").read_text(encoding="utf-8"))
    return found


def quietly(estimator: Any, table: pd.DataFrame, **columns: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return estimator.fit(table, **columns)


def test_the_imputation_estimator_gives_the_published_effects_and_errors(
    shared: Path, expected: dict[str, Any]
) -> None:
    from diff_diff import ImputationDiD

    case = expected["didimputation_df_het"]
    table = pd.read_csv(shared / "stats" / "didimputation_df_het.csv")
    found = quietly(
        ImputationDiD(), table, outcome="dep_var", unit="unit", time="year", first_treat="g", aggregate="event_study"
    )
    assert found.overall_att == pytest.approx(case["static"], abs=case["tol"])
    assert found.overall_se == pytest.approx(case["static_se"], abs=case["tol"])
    for year, (effect, error) in case["event"].items():
        row = found.event_study_effects[int(year)]
        assert (row["effect"], row["se"]) == pytest.approx((effect, error), abs=case["tol"])


def test_the_path_that_draws_the_picture_gives_the_published_effects(shared: Path, expected: dict[str, Any]) -> None:
    """Each unit of the published panel taken for a team; then the weights behind the intervals, on some of them."""
    case = expected["didimputation_df_het"]
    table = pd.read_csv(shared / "stats" / "didimputation_df_het.csv")
    wide = table.pivot(index="unit", columns="year", values="dep_var")
    rates, weeks = wide.to_numpy(), wide.columns.to_numpy()
    since = weeks[None, :] - table.groupby("unit")["g"].first().replace(0, 10**6).to_numpy(dtype=float)[:, None]
    effects = _imputed(rates, since, weeks)
    assert effects is not None
    assert effects[since >= 0].mean() == pytest.approx(case["static"], abs=case["tol"])
    for year, (effect, _) in case["event"].items():
        assert effects[since == int(year)].mean() == pytest.approx(effect, abs=case["tol"])
    some = np.r_[:40]
    few = _imputed(rates[some], since[some], weeks)
    assert few is not None
    summed = (_weights(rates[some], since[some]) @ rates[some].ravel()).reshape(few.shape)
    assert few[since[some] >= 0] == pytest.approx(summed[since[some] >= 0], abs=1e-6)


def test_the_county_employment_table_is_reproduced_to_every_printed_digit(
    shared: Path, expected: dict[str, Any]
) -> None:
    from diff_diff import CallawaySantAnna

    case = expected["mpdta_callaway_santanna"]
    table = pd.read_csv(shared / "stats" / "mpdta.csv")
    estimator = CallawaySantAnna(control_group="never_treated", estimation_method="reg")
    columns = {"outcome": "lemp", "unit": "countyreal", "time": "year", "first_treat": "first_treat"}
    found = quietly(estimator, table, **columns, aggregate="all")
    tol = case["tol_point"] + 1e-9
    for cell, effect in case["att_gt"].items():
        group, year = map(int, cell.split(","))
        assert found.group_time_effects[(group, year)]["effect"] == pytest.approx(effect, abs=tol)
    for year, effect in case["dynamic"].items():
        assert found.event_study_effects[int(year)]["effect"] == pytest.approx(effect, abs=tol)
    for group, effect in case["group"].items():
        assert found.group_effects[int(group)]["effect"] == pytest.approx(effect, abs=tol)
    assert found.overall_att == pytest.approx(case["simple_overall"], abs=1e-6)
    assert found.overall_se == pytest.approx(case["simple_se_analytic"], abs=1e-5)
    after = [found.event_study_effects[year]["effect"] for year in range(4)]
    assert np.mean(after) == pytest.approx(case["dynamic_overall"], abs=tol)


def test_the_staggered_table_of_sun_and_abraham_is_reproduced(shared: Path, expected: dict[str, Any]) -> None:
    from diff_diff import SunAbraham

    case, plain = expected["base_stagg_sun_abraham"], expected["base_stagg_sun_abraham_no_x"]
    table = pd.read_csv(shared / "stats" / "base_stagg.csv")
    table["start"] = table["year_treated"].where(table["year_treated"] <= 10, 0).astype(int)
    columns = {"outcome": "y", "unit": "id", "time": "year", "first_treat": "start"}
    found = quietly(SunAbraham(), table, **columns, covariates=["x1"])
    assert found.overall_att == pytest.approx(case["att"], abs=case["tol"])
    assert found.overall_se == pytest.approx(case["att_se"], abs=case["tol"])
    bare = quietly(SunAbraham(), table, **columns)
    for period, (effect, error) in plain["period"].items():
        row = bare.event_study_effects[int(period)]
        assert (row["effect"], row["se"]) == pytest.approx((effect, error), abs=plain["tol"])


def sellers(seed: int, *, lift: float = 0.0, starts: dict[str, int | None] | None = None) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = []
    for team, start in (starts or STARTS).items():
        for seller in range(8):
            for week in range(44):
                on = start is not None and week >= start
                rows.append((f"{team}{seller}", team, week, 1, rng.poisson(6 * (1 + lift * on))))
    return pd.DataFrame(rows, columns=["seller", "team", "week", "present", "activity_calls"])


def test_spans_before_the_start_hold_zero_and_spans_after_it_the_effect() -> None:
    inside = after = 0
    for seed in range(4):
        rows = event_study(sellers(seed, lift=0.4), STARTS, "calls")
        assert [row.first for row in rows[:3]] == [-8, -4, 0]
        inside += sum(row.low <= 0 <= row.high for row in rows if row.last < 0)
        after += sum(row.low <= 0.4 <= row.high for row in rows if row.first >= 0)
        spans = len([row for row in rows if row.first >= 0])
    assert inside >= 7 and after >= 0.85 * 4 * spans


def test_weeks_in_which_every_team_has_started_are_not_compared() -> None:
    everybody = {"A": 20, "B": 24, "C": 28, "D": 32}
    rows = event_study(sellers(1, starts=everybody), everybody, "activity_calls")
    assert rows[-1].last == 11  # team A's twelfth week is the last before the last team starts
    assert rows[-1].teams == 1


def test_no_comparison_draws_no_picture_and_an_unknown_measure_is_named() -> None:
    together: dict[str, int | None] = dict.fromkeys(STARTS, 20)
    assert event_study(sellers(1, starts=together), together, "calls") == []
    with pytest.raises(WorkshopError, match="no measure 'cals'"):
        event_study(sellers(1), STARTS, "cals")
