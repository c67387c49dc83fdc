"""What was expected and what was put off: told by what one import said and the next one changed."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest
from small_crm import D

from kpi_workshop.crm import measures
from kpi_workshop.crm.measures import measure_table
from kpi_workshop.crm.sources import import_crm
from kpi_workshop.engagement import Engagement

MAPPING = """
[opportunities]
file = "deals.csv"
[opportunities.columns]
opportunity_id = "Id"
seller = "Owner"
status = "Status"
opened_on = "Opened"
closed_on = "Closed"
expected_close_on = "Expected"
amount = "Amount"
"""
HEADER = "Id,Owner,Status,Opened,Closed,Expected,Amount"
MARCH = [
    "a,Ann,open,2017-03-01,,2017-04-10,100", "b,Ann,open,2017-03-01,,2017-04-30,200",
    "c,Ann,open,2017-03-01,,2017-05-02,400", "d,Bob,open,2017-03-29,,2017-04-20,",
    "e,Bob,won,2017-03-01,2017-03-29,,50",
]  # fmt: skip
APRIL = [
    "a,Ann,won,2017-03-01,2017-04-12,,100", "b,Ann,open,2017-03-01,,2017-05-30,200",
    "c,Ann,won,2017-03-01,2017-04-28,,440", "d,Bob,open,2017-03-29,,2017-04-01,",
    "e,Bob,won,2017-03-01,2017-03-29,,50",
]  # fmt: skip
MAY = [row.replace("2017-05-30", "2017-06-30") for row in APRIL] + ["f,Bob,won,2017-04-20,2017-05-31,2017-05-31,1000"]


@pytest.fixture
def bring(engagement: Engagement, tmp_path: Path) -> Callable[[list[str]], None]:
    def bring(rows: list[str]) -> None:
        folder = tmp_path / "export"
        folder.mkdir(exist_ok=True)
        (folder / "mapping.toml").write_text('sellers = "add"\n' + MAPPING, encoding="utf-8")
        (folder / "deals.csv").write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
        import_crm(engagement, folder, mapping=folder / "mapping.toml")

    return bring


def test_a_push_is_counted_on_the_last_day_of_the_import_that_shows_it(
    engagement: Engagement, bring: Callable[[list[str]], None]
) -> None:
    bring(MARCH)
    assert measures.availability(engagement)["pushed_close_dates"].endswith("there is only one")
    bring(APRIL)
    bring(MAY)
    table = measure_table(engagement, "pushed_close_dates", by="organisation").set_index("period_start")
    # March has no import before it; April's pushes b, May's pushes b again; d was brought forward, c was won.
    assert list(table["value"]) == [0, 1, 1]
    whole = measure_table(engagement, "pushed_close_dates", by="organisation", every="all").iloc[0]
    assert whole["value"] == 1


def test_forecast_accuracy_holds_what_was_won_against_what_the_import_before_expected(
    engagement: Engagement, bring: Callable[[list[str]], None]
) -> None:
    for rows in (MARCH, APRIL, MAY):
        bring(rows)
    table = measure_table(engagement, "forecast_accuracy", by="organisation").set_index("period_start")
    april, may = table.loc[D(2017, 4, 1)], table.loc[D(2017, 5, 1)]
    # Expected of April on 29 March: a 100 and b 200; won in April: a 100 and c 440.
    assert april["denominator"] == 300
    assert april["value"] == pytest.approx(1 - abs(540 - 300) / 300)
    assert may["value"] == pytest.approx(1 - abs(1000 - 200) / 200)
    assert table.loc[D(2017, 3, 1), "note"].startswith("not computable: no import of the week before this period")
    late = measure_table(engagement, "forecast_accuracy", by="organisation", as_of=D(2017, 5, 30)).iloc[-1]
    assert math.isnan(late["value"]) and late["note"] == "not computable: the period is not over"
