"""Start orders: every order is counted, the one drawn among them, and chance alone is as clear as it should be."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from test_planning import TEAMS, history

from kpi_workshop.evidence import start_orders

STARTS = {"East": 24, "North": None, "South": 28, "West": 20}


def lifted(table: pd.DataFrame, teams: list[str], factor: float = 2.0) -> pd.DataFrame:
    begun = table["team"].map(
        {team: STARTS[team] if STARTS[team] is not None and team in teams else 99 for team in TEAMS}
    )
    return table.assign(metric_deals=table["metric_deals"] * np.where(table["week"] >= begun, factor, 1))


def test_of_four_teams_all_24_orders_are_tried_and_a_clear_rise_is_seen_in_one_alone() -> None:
    table = history(rate=6, weeks=50)
    none = start_orders.orders(table, STARTS, "deals")
    clear = start_orders.orders(lifted(table, TEAMS), STARTS, "metric_deals")
    assert none and clear and none.exhaustive
    assert (clear.as_clear, clear.orders, clear.fewest) == (1, 24, 1)
    assert clear.p == pytest.approx(1 / 24) and none.as_clear > 1
    assert start_orders.orders(table, dict.fromkeys(TEAMS, 20), "deals") is None, "no two orders differ"


def test_what_some_teams_started_with_is_asked_of_them_and_orders_alike_for_them_count_as_one() -> None:
    table = lifted(history(rate=6, weeks=50), ["East", "West"])
    found = start_orders.orders(table, STARTS, "deals", testing=["East", "West"])
    assert found and (found.as_clear, found.fewest, found.orders) == (2, 2, 24), "the other two may change places"
    left = start_orders.orders(table, STARTS, "deals", testing=["East", "West"], leaving=["South"])
    assert left and left.fewest == 1, "where the weeks of South end tells the two apart"


def test_without_an_effect_each_place_among_the_orders_is_as_likely() -> None:
    draws = [start_orders.orders(history(rate=3, weeks=34, seed=seed), STARTS, "deals") for seed in range(60)]
    low = sum(one is not None and one.p <= 0.25 for one in draws)
    assert 7 <= low <= 24, "15 are expected; fewer than 7 or more than 24 come once in two hundred"


def test_of_many_teams_a_sample_of_orders_is_tried() -> None:
    table = history(weeks=30)
    more = pd.concat([table, table.assign(team=table["team"] + " 2", seller=table["seller"] + " 2")])
    starts = STARTS | {f"{team} 2": week for team, week in STARTS.items()}
    found = start_orders.orders(more, starts, "deals")
    assert found and not found.exhaustive and found.orders == start_orders.DRAWS + 1
