"""Process behaviour charts against published charts, point by point; the confirming test against its promise."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kpi_workshop.errors import WorkshopError
from kpi_workshop.evidence import signals, words
from kpi_workshop.evidence.levels import TeamWeeks


def column(file: Path, name: str = "y") -> list[float]:
    with file.open(encoding="utf-8") as lines:
        return [float(row[name]) for row in csv.DictReader(lines)]


def texts(file: Path, name: str) -> list[str]:
    with file.open(encoding="utf-8") as lines:
        return [row[name] for row in csv.DictReader(lines)]


def around(rates: np.ndarray, sd: float = 0.1) -> TeamWeeks:
    """Team-weeks whose sellers scatter so that a week is exact to `sd`."""
    return TeamWeeks(rates, np.tile(sd**2 * np.eye(rates.shape[1]), (len(rates), 1, 1)), 2000.0)


@pytest.fixture
def stats(shared: Path) -> Path:
    return shared / "stats"


@pytest.fixture
def expected(stats: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((stats / "xmr_expected.json").read_text(encoding="utf-8"))
    return found


def test_limits_of_the_published_twenty_points_agree_to_every_digit(stats: Path) -> None:
    values = column(stats / "xmr_nhs_rnorm20.csv")
    found = signals.limits(values)
    assert found.mean == pytest.approx(0.1416238, abs=5e-8)
    assert found.low == pytest.approx(-3.01138, abs=5e-6)
    assert found.high == pytest.approx(3.294627, abs=5e-7)
    assert not signals.flags(values, found).any()


def test_an_outlier_widens_the_limits_only_where_ranges_are_not_screened(stats: Path) -> None:
    values = column(stats / "xmr_nhs_rnorm20_outlier.csv")
    screened, plain = signals.limits(values), signals.limits(values, screen=False)
    assert (screened.mean, screened.low, screened.high) == pytest.approx((0.6694159, -2.383666, 3.722497), abs=1e-6)
    assert (plain.low, plain.high) == pytest.approx((-4.596625, 5.935457), abs=1e-6)


def test_two_facets_have_limits_of_their_own(stats: Path) -> None:
    values = column(stats / "xmr_nhs_rnorm20.csv")
    first, last = signals.limits(values[:10]), signals.limits(values[10:])
    assert (first.mean, first.low, first.high) == pytest.approx((0.0746, -2.60, 2.75), abs=6e-3)
    assert (last.mean, last.low, last.high) == pytest.approx((0.209, -3.28, 3.70), abs=6e-3)


def test_limits_begin_anew_only_for_a_named_event_and_then_are_those_of_two_facets(stats: Path) -> None:
    values = column(stats / "xmr_nhs_rnorm20.csv")
    found = signals.chart(values, rebases=[signals.Rebase(10, "new price list")], target=5)
    assert found.begins == (0, 10) and found.trial and found.meets == "no"
    first, last = found.pieces
    assert (first.mean, first.low, first.high) == pytest.approx((0.0746, -2.60, 2.75), abs=6e-3)
    assert (last.mean, last.low, last.high) == pytest.approx((0.209, -3.28, 3.70), abs=6e-3)
    with pytest.raises(WorkshopError, match="Name what changed"):
        signals.chart(values, rebases=[signals.Rebase(10, " ")])
    with pytest.raises(WorkshopError, match="fewer than two values"):
        signals.chart(values, rebases=[signals.Rebase(19, "reorganisation")])
    with pytest.raises(WorkshopError, match="no rule set 'Nelson'"):
        signals.chart(values, rules="Nelson")


def test_a_locked_chart_does_not_follow_its_values() -> None:
    values = [1.0, 1.2, 0.9, 1.1] * 4 + [2.0, 2.1, float("nan"), 2.2]
    found = signals.chart(values, baseline=16)
    assert found.pieces[0] == signals.limits(values[:16])
    assert found.flags[-4:].tolist() == [1, 1, 0, 1] and not found.trial


def test_the_vignettes_outlier_is_the_only_point_flagged(stats: Path) -> None:
    values = column(stats / "xmr_nhs_vignette_outlier.csv")
    screened, plain = signals.limits(values), signals.limits(values, screen=False)
    assert [round(x, 2) for x in (screened.high, screened.mean, screened.low)] == [4.60, 1.94, -0.72]
    assert [round(x, 2) for x in (plain.high, plain.mean, plain.low)] == [6.95, 1.94, -3.06]
    assert np.flatnonzero(signals.flags(values, screened)).tolist() == [4]


def test_two_of_three_on_opposite_sides_is_common_cause(stats: Path) -> None:
    values = column(stats / "xmr_nhs_two_of_three_opposite.csv")
    assert signals.flags(values, signals.limits(values))[-2:].tolist() == [0, 0]


def test_emergency_attendances_are_flagged_as_published(stats: Path) -> None:
    file = stats / "xmr_nhs_ae_rqm.csv"
    values = column(file)
    found = signals.limits(values)
    assert [round(x) for x in (found.mean, found.low, found.high)] == [1545, 740, 2350]
    word = {0: "common_cause", -1: "special_cause_improvement", 1: "special_cause_concern"}
    assert [word[int(flag)] for flag in signals.flags(values, found)] == texts(file, "expected_point_type")
    assert signals.will_meet(found, 1200, better="lower") == "sometimes"


def test_every_published_vector_of_the_four_rules_agrees(expected: dict[str, Any]) -> None:
    vectors = expected["rule_vectors"]
    for case in vectors["seven_one_side"]:
        assert np.abs(signals.one_side(case["side"], 7)).tolist() == case["out"]
    for case in vectors["part_of_seven"]:
        assert signals.part_of_run(case["sig"], 7).tolist() == case["out"]
    for case in vectors["seven_trend"]:
        assert signals.trend(case["y"], 7).tolist() == case["out"]
    for case in vectors["two_in_three"]:
        assert np.abs(signals.two_in_three(case["close"], case["side"])).tolist() == case["out"]


def test_a_frozen_chart_in_the_manner_of_montgomery_agrees_with_its_limits_signals_and_runs(stats: Path) -> None:
    file = stats / "xmr_qicharts2_montgomery_6_5_I_freeze20.csv"
    values = column(file)
    found = signals.limits(values, baseline=20, screen=False, factor=signals.MONTGOMERY)
    assert (found.low, found.mean, found.high) == pytest.approx((279.78331466965284, 300.5, 321.21668533034716))
    fired = [str(bool(flag)) for flag in signals.outside(np.array(values), found)]
    assert fired == texts(file, "sigma_signal")
    assert signals.longest_run(values, found.mean) == (6, 20)


def test_a_chart_of_counts_leaves_out_what_is_excluded(stats: Path) -> None:
    file = stats / "cchart_qicharts2_montgomery_7_3_exclude6_20_freeze26.csv"
    values = column(file)
    found = signals.counts_limits(values, baseline=26, without=(5, 19))
    assert (found.low, found.mean, found.high) == pytest.approx(
        (6.3625319710165975, 19.666666666666668, 32.970801362316735)
    )
    included = [place for place, word in enumerate(texts(file, "include")) if word == "True"]
    fired = signals.outside(np.array(values), found)
    assert [str(bool(fired[place])) for place in included] == [texts(file, "sigma_signal")[place] for place in included]
    assert signals.longest_run([values[place] for place in included], found.mean) == (8, 14)


def test_wheelers_demo_has_the_limits_of_its_constants(stats: Path) -> None:
    found = signals.limits(column(stats / "xmr_xmrit_demo16.csv"), screen=False)
    assert (found.mean, found.low, found.high) == pytest.approx((4135.5, 3188.717333333333, 5082.282666666667))
    assert 3.268 * found.moving_range == pytest.approx(1163.1901333333333)


def test_wheeler_wants_eight_on_one_side_where_the_nhs_wants_seven() -> None:
    found = signals.Limits(0.0, -2.66, 2.66, 1.0)
    seven = [-0.1, *[0.5] * 7]
    assert signals.flags(seven, found, rules=signals.NHS)[-1] == 1
    assert not signals.flags(seven, found, rules=signals.WHEELER).any()
    assert signals.flags([*seven, 0.5], found, rules=signals.WHEELER)[1:].tolist() == [1] * 8


def test_three_of_four_nearer_to_the_limit_fire_by_wheeler() -> None:
    found = signals.Limits(0.0, -2.66, 2.66, 1.0)
    assert signals.flags([0, 1.5, 1.5, -0.2, 1.5], found, rules=signals.WHEELER).tolist() == [0, 1, 1, 0, 1]


def test_a_week_is_flagged_for_what_was_known_in_that_week() -> None:
    found = signals.Limits(0.0, -2.66, 2.66, 1.0)
    values = [-0.1, *[0.5] * 7]
    for week in range(1, len(values) + 1):
        whole = signals.flags(values[:week], found)[-1]
        assert signals.latest_flags(values, found)[week - 1] == whole


def test_words_wait_for_points_before_they_speak() -> None:
    flat = np.tile([1.0, 1.1, 0.9], 10)[None, :]
    few = words.weekly(around(flat[:, :5]), np.arange(5), baseline=4)
    assert few == [["too early"]]
    some = words.weekly(around(flat[:, :12]), np.arange(12), baseline=8)
    assert set(some[0]) == {"trial limits"}


def test_a_lasting_rise_of_one_team_is_confirmed_and_its_fall_is_worse() -> None:
    rng = np.random.default_rng(4)
    rates = rng.normal(1, 0.1, (4, 52))
    rates[0, 30:] += 0.4
    rates[1, 30:] -= 0.4
    found = words.weekly(around(rates), np.arange(52), baseline=26)
    assert found[0][-1] == words.BETTER
    assert found[1][-1] == words.WORSE


def test_at_most_one_unchanged_series_in_fifteen_is_called_real_in_half_a_year() -> None:
    rng = np.random.default_rng(11)
    false = 0
    for _ in range(100):
        rates = 1 + rng.normal(0, 0.1, (4, 52))
        false += sum(
            any(word.endswith("real") for word in row)
            for row in words.weekly(around(rates), np.arange(52), baseline=26)
        )
    assert false / 400 < 1 / 15
