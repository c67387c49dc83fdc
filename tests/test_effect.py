"""The effect between teams, against a dense reference, and its bounds against published ones."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kpi_workshop.evidence import effect, levels, panel, sequential, series
from kpi_workshop.evidence.levels import TeamWeeks


def around(rates: np.ndarray, sd: float = 0.1) -> TeamWeeks:
    """Team-weeks whose sellers scatter so that a week is exact to `sd`."""
    return TeamWeeks(rates, np.tile(sd**2 * np.eye(rates.shape[1]), (len(rates), 1, 1)), 2000.0)


def rollout(
    rng: np.random.Generator, *, lift: float = 0.0, sd: float = 0.1
) -> tuple[TeamWeeks, np.ndarray, np.ndarray]:
    """Team-weeks around 1: a season all teams share, four teams of which three start."""
    weeks = np.arange(60)
    season = 0.2 * np.sin(2 * np.pi * weeks / 52)
    starts = np.array([26, 30, 34, 99])
    started = (weeks[None, :] >= starts[:, None]).astype(float)
    return around(1 + season + lift * started + rng.normal(0, sd, (4, 60)), sd), started, weeks


def test_without_autocorrelation_the_estimate_is_that_of_team_and_week_dummies() -> None:
    found, started, weeks = rollout(np.random.default_rng(0), lift=0.15)
    rates = found.rates
    team, week = np.divmod(np.arange(rates.size), rates.shape[1])
    dummies = np.column_stack([started.ravel(), np.eye(4)[team], np.eye(60)[week][:, 1:]])
    reference = np.linalg.lstsq(dummies, rates.ravel(), rcond=None)[0][0]
    answer = effect.estimate(found, started, weeks)
    assert answer is not None
    assert answer.value == pytest.approx(reference, abs=0.02)  # shocks are allowed for, though there are none
    assert answer.low < 0.15 < answer.high


def test_a_season_all_teams_share_and_each_teams_own_level_change_nothing() -> None:
    found, started, weeks = rollout(np.random.default_rng(1), lift=0.1)
    moved = found.rates + 0.5 * np.sin(weeks / 4)[None, :] + np.arange(4)[:, None]
    first, second = effect.estimate(found, started, weeks), effect.estimate(around(moved), started, weeks)
    assert first is not None and second is not None
    assert (first.value, first.low, first.p) == pytest.approx((second.value, second.low, second.p))


def test_an_empty_team_week_changes_the_estimate_little() -> None:
    found, started, weeks = rollout(np.random.default_rng(2), lift=0.15)
    holed = found.rates.copy()
    holed[1, 40] = holed[2, 10] = holed[:, 20] = np.nan
    first, second = effect.estimate(found, started, weeks), effect.estimate(around(holed), started, weeks)
    assert first is not None and second is not None
    assert second.value == pytest.approx(first.value, abs=0.02)


def test_team_shocks_that_last_for_weeks_do_not_pass_for_an_effect() -> None:
    rng = np.random.default_rng(3)
    _, started, weeks = rollout(rng)
    alarms = 0
    for _ in range(150):
        shocks = np.zeros((4, 60))
        for week in range(1, 60):
            shocks[:, week] = 0.9 * shocks[:, week - 1] + rng.normal(0, 0.044, 4)
        found = effect.estimate(around(1 + shocks, 0.001), started, weeks)
        alarms += found is not None and found.p < 0.05
    assert alarms <= 15


def test_false_alarms_stay_near_five_percent_with_four_teams() -> None:
    rng = np.random.default_rng(5)
    found = [effect.estimate(*rollout(rng)) for _ in range(200)]
    assert sum(each is not None and each.p < 0.05 for each in found) <= 18


def test_teams_that_all_start_together_leave_nothing_to_compare() -> None:
    found, _, weeks = rollout(np.random.default_rng(6))
    assert effect.estimate(found, np.tile(weeks >= 26, (4, 1)).astype(float), weeks) is None


def test_a_companys_own_step_is_found_beside_its_season() -> None:
    rng = np.random.default_rng(7)
    weeks = np.arange(130)
    started = (weeks >= 104).astype(float)
    rates = 1 + 0.1 * np.sin(2 * np.pi * weeks / 52.18) + 0.3 * started + rng.normal(0, 0.05, 130)
    found = series.step(rates, started, weeks)
    assert found is not None
    assert found.low < 0.3 < found.high and found.low > 0.15


def test_the_likelihood_of_each_case_is_that_of_the_whole_covariance() -> None:
    """The sums in the shocks' own frame, against dense generalised least squares with every dummy."""
    rng = np.random.default_rng(12)
    started = (np.arange(12)[None, :] >= np.array([5, 7, 99])[:, None]).astype(float)
    rates, sds = rng.normal(1, 0.2, (3, 12)), np.array([0.1, 0.2, 0.15])
    noise = sds[:, None, None] ** 2 * np.eye(12)
    case = effect._sums(rates, noise, started[None], tuple(range(12)), 0.6, with_none=False)
    size = effect.SHOCKS[4]
    shock = size**2 * 0.6 ** np.abs(np.subtract.outer(np.arange(12), np.arange(12)))
    whole = np.zeros((36, 36))
    for team, sd in enumerate(sds):
        whole[team * 12 : team * 12 + 12, team * 12 : team * 12 + 12] = sd**2 * np.eye(12) + shock
    team, week = np.divmod(np.arange(36), 12)
    x = np.column_stack([started.ravel(), np.eye(12)[week], np.eye(3)[team][:, :-1]])
    inverse = np.linalg.inv(whole)
    information = x.T @ inverse @ x
    dense = np.linalg.solve(information, x.T @ inverse @ rates.ravel())[0]
    assert case.right[4, 0] / case.left[4, 0, 0] == pytest.approx(dense)
    assert 1 / case.left[4, 0, 0] == pytest.approx(np.linalg.inv(information)[0, 0])
    determinants = np.linalg.slogdet(whole)[1] + np.linalg.slogdet(information)[1]
    assert case.cost[4] + np.log(case.left[4, 0, 0]) == pytest.approx(determinants)


def test_the_noise_of_a_team_week_is_what_its_sellers_scatter_makes_it() -> None:
    rng = np.random.default_rng(13)
    rows = [
        (f"{team}{seller}", team, week, 1, rng.poisson(mean))
        for team, mean, size in (("A", 2.0, 5), ("B", 8.0, 20))
        for seller in range(size)
        for week in range(60)
    ]
    table = pd.DataFrame(rows, columns=["seller", "team", "week", "present", "activity_calls"])
    found = levels.team_weeks(panel.read(table, {"A": 30, "B": None}), "activity_calls", baseline=30)
    noise = found.noise.diagonal(axis1=1, axis2=2).mean(axis=1)
    assert noise == pytest.approx([1 / (2 * 5), 1 / (8 * 20)], rel=0.15)  # a Poisson count's own
    assert found.rates.var(axis=1) == pytest.approx(noise, rel=0.5)


def test_a_wider_interval_has_the_p_of_its_own_reach() -> None:
    found = effect.estimate(*rollout(np.random.default_rng(0), lift=0.15))
    assert found is not None
    wide = found.widened(1.5)
    assert (wide.high - wide.low) == pytest.approx(1.5 * (found.high - found.low))
    assert wide.value == found.value and wide.p > found.p and wide.z == pytest.approx(found.z / 1.5)


def test_a_seller_who_leaves_does_not_move_the_team() -> None:
    rows = []
    for team, strong in (("A", 9.0), ("B", 3.0)):
        for seller in range(6):
            level = strong if seller == 0 else 3.0
            stay = range(20) if team == "A" and seller == 0 else range(40)
            rows += [(f"{team}{seller}", team, week, 1, level) for week in stay]
    table = pd.DataFrame(rows, columns=["seller", "team", "week", "present", "metric_deals"])
    read = panel.read(table, {"A": 30, "B": None})
    rates = levels.team_weeks(read, "metric_deals", baseline=20).rates
    assert rates[0, 20:].mean() == pytest.approx(1, abs=0.02)  # a plain mean would fall to 0.75


def test_half_a_week_counts_half() -> None:
    rows = [("a", "A", week, 1.0 if week % 2 else 0.5, 4.0 if week % 2 else 2.0) for week in range(20)]
    table = pd.DataFrame(rows, columns=["seller", "team", "week", "present", "metric_deals"])
    read = panel.read(table, {"A": 10})
    assert levels.team_weeks(read, "metric_deals", baseline=10).rates[0] == pytest.approx(np.ones(20))


def test_one_huge_deal_is_held_in() -> None:
    rng = np.random.default_rng(8)
    amounts = rng.lognormal(0, 1.2, (10, 50))
    amounts[0, 0] = 1e6
    held, done = levels.held_in(amounts)
    assert done and held.max() < 100
    counts = rng.poisson(6, (10, 50)).astype(float)
    assert levels.held_in(counts)[1] is False


@pytest.mark.parametrize(("looks", "probability"), [(2, 0.042), (4, 0.063), (10, 0.097), (20, 0.124)])
def test_looking_again_at_1_96_crosses_as_often_as_published(looks: int, probability: float) -> None:
    fractions = [(look + 1) / looks for look in range(looks)]
    assert sum(sequential.crossing(fractions, [1.96] * looks)) == pytest.approx(probability, abs=5e-4)


def test_classical_obrien_fleming_bounds_are_the_published_ones() -> None:
    assert [round(float(bound), 2) for bound in sequential.obrien_fleming(4, alpha=0.025)] == [4.05, 2.86, 2.34, 2.02]


def test_spending_bounds_are_the_published_ones() -> None:
    assert sequential.bounds((0.2, 0.4, 0.6, 0.8, 1.0)) == pytest.approx(
        (4.8769, 3.3571, 2.6803, 2.2898, 2.0310), abs=2e-4
    )
    weeks = tuple(week / 26 for week in (8, 12, 16, 20, 26))
    assert sequential.bounds(weeks) == pytest.approx((3.875, 3.105, 2.655, 2.356, 2.023), abs=6e-4)


def test_all_looks_together_spend_five_percent() -> None:
    fractions = sequential.information((8, 12, 16, 20, 26))
    assert sum(sequential.crossing(fractions, sequential.bounds(fractions), sides=2)) == pytest.approx(0.05, abs=1e-4)


def test_q_values_agree_with_another_implementation() -> None:
    from scipy.stats import false_discovery_control

    p = [0.001, 0.2, 0.013, 0.04, 0.9, 0.013]
    assert sequential.adjusted(p) == pytest.approx(false_discovery_control(p))


def test_a_family_of_one_passes_by_its_own_bound_and_a_second_measure_raises_it() -> None:
    looks, z = (26,), 2.1
    assert sequential.discoveries(looks, 1, [[z]]) == [0]
    assert sequential.discoveries(looks, 1, [[z], [0.3]]) == [None, None]
    assert sequential.discoveries(looks, 1, [[z], [2.0]]) == [0, 0]
    assert sequential.discoveries((8, 26), 2, [[3.5, 0.1]]) == [0]  # what has passed stays passed
