"""What was expected and what was put off: told by what one import said and the next one changed."""

from __future__ import annotations

import math
import random
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


# Against a second implementation, on random imports

SELLERS = ("Ann", "Bob")
LAST_DAYS = (D(2017, 1, 29), D(2017, 2, 14), D(2017, 2, 27), D(2017, 3, 26), D(2017, 4, 12))


def _state(rng: random.Random) -> dict:
    """What one import says of one deal."""
    expected = rng.choice([None, D(2017, 2, 10), D(2017, 2, 28), D(2017, 3, 15), D(2017, 3, 31), D(2017, 5, 2)])
    return {"status": rng.choice(["open", "won"]), "expected_close_on": expected,
            "amount": rng.choice([None, 10.0, 25.5, 100.0]), "closed_on": rng.choice(LAST_DAYS)}  # fmt: skip


@pytest.mark.parametrize("seed", range(8))
def test_random_imports_agree_with_a_second_implementation(
    engagement: Engagement, bring: Callable[[list[str]], None], seed: int
) -> None:
    rng = random.Random(seed)
    owners = {f"d{n}": rng.choice(SELLERS) for n in range(20)}
    said = [{deal: _state(rng) for deal in owners} for _ in LAST_DAYS]
    for states, last in zip(said, LAST_DAYS, strict=True):
        rows = [f"last,Ann,lost,2017-01-02,{last},,", "first,Ann,lost,2017-01-02,2017-01-02,,"]
        for deal, state in states.items():
            closed = state["closed_on"] if state["status"] == "won" and state["closed_on"] <= last else ""
            state["status"] = "won" if closed else "open"
            state["closed_on"] = closed or None
            cells = (deal, owners[deal], state["status"], "2017-01-02", closed, state["expected_close_on"] or "",
                     "" if state["amount"] is None else state["amount"])  # fmt: skip
            rows.append(",".join(map(str, cells)))
        bring(rows)
    assert _agree_on_pushes(engagement, said) > 0, "a seed that compares nothing proves nothing"
    assert _agree_on_accuracy(engagement, said) > 0, "a seed that compares nothing proves nothing"


def _agree_on_pushes(engagement: Engagement, said: list[dict[str, dict]]) -> int:
    """Compare every month; how many pushes there were comes back."""
    pushes = [
        (deal, last)
        for before, now, last in zip(said, said[1:], LAST_DAYS[1:], strict=False)
        for deal in now
        if before[deal]["status"] == "open" and now[deal]["expected_close_on"] and before[deal]["expected_close_on"]
        if now[deal]["expected_close_on"] > before[deal]["expected_close_on"]
    ]
    table = measure_table(engagement, "pushed_close_dates", by="organisation", as_of=LAST_DAYS[-1])
    for row in table.itertuples():
        if row.period_end < LAST_DAYS[0]:
            continue
        pushed = {deal for deal, day in pushes if row.period_start <= day <= row.period_end}
        assert row.value == len(pushed), row
    return len(pushes)


def _agree_on_accuracy(engagement: Engagement, said: list[dict[str, dict]]) -> int:
    """Compare every month; how many had a number comes back."""
    compared = 0
    table = measure_table(engagement, "forecast_accuracy", by="organisation", as_of=LAST_DAYS[-1])
    for row in table.itertuples():
        known = [n for n, last in enumerate(LAST_DAYS) if 0 < (row.period_start - last).days <= 7]
        if row.period_end > LAST_DAYS[-1] or not known:
            assert math.isnan(row.value), row
            continue
        due = [
            state["amount"]
            for state in said[known[-1]].values()
            if state["status"] == "open" and state["expected_close_on"] and state["amount"] is not None
            if row.period_start <= state["expected_close_on"] <= row.period_end
        ]
        won = [
            state["amount"]
            for state in said[-1].values()
            if state["status"] == "won" and state["amount"] is not None
            if row.period_start <= state["closed_on"] <= row.period_end
        ]
        if not sum(due):
            assert math.isnan(row.value), row
        elif not math.isnan(row.value):
            assert row.value == pytest.approx(1 - abs(sum(won) - sum(due)) / sum(due)), row
            compared += 1
        else:
            assert not won, row
    return compared
