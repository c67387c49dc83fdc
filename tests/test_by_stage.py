"""Numbers of each stage: counted again in plain pandas from the same tables, and drawn beside the stage."""

import datetime as dt
import statistics

import pandas as pd
import pytest

from kpi_workshop import demo
from kpi_workshop.crm import by_stage
from kpi_workshop.errors import NothingImported
from kpi_workshop.pages import org_chart as page
from kpi_workshop.pages.workshop import Workshop

DAY = dt.date(2025, 12, 31)
ORDER = ["qualified", "discovery", "trial", "close"]


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    return demo.create(tmp_path_factory.mktemp("stages") / "demo")


def counted_again(opened):
    """Deal by deal, in plain Python: who entered, who was later in a later stage or won, and how long each stay was."""
    moves = pd.read_parquet(
        opened.tables / "stage_changes.parquet", columns=["opportunity_id", "changed_at", "to_stage"]
    )
    moves["day"] = pd.to_datetime(moves["changed_at"]).dt.date
    moves = moves[moves["day"] <= DAY].sort_values(["opportunity_id", "changed_at"])
    deals = pd.read_parquet(opened.tables / "opportunities.parquet").set_index("opportunity_id")
    entered, went, stays = dict.fromkeys(ORDER, 0), dict.fromkeys(ORDER, 0), {stage: [] for stage in ORDER}
    for deal, rows in moves.groupby("opportunity_id", sort=False):
        stages, days = [s.lower() for s in rows["to_stage"]], list(rows["day"])
        closed = deals.at[deal, "closed_on"]
        closed = closed.date() if isinstance(closed, dt.datetime) else closed
        is_closed = deals.at[deal, "status"] != "open" and closed <= DAY
        for stage in set(stages) & set(ORDER):
            first = stages.index(stage)
            entered[stage] += 1
            later = [
                s for s in stages[first + 1 :] if s == "won" or (s in ORDER and ORDER.index(s) > ORDER.index(stage))
            ]
            went[stage] += bool(later) or (is_closed and deals.at[deal, "status"] == "won")
        for i, stage in enumerate(stages):
            if stage in ORDER:
                left = days[i + 1] if i + 1 < len(days) else closed if is_closed else None
                stays[stage].append(float("inf") if left is None else (left - days[i]).days)
    return entered, went, {stage: statistics.median(lengths) for stage, lengths in stays.items()}


def test_the_numbers_of_each_stage_are_those_counted_by_hand(opened):
    found, why_not = by_stage.numbers(opened, as_of=DAY)
    entered, went, medians = counted_again(opened)
    assert why_not == "" and list(found) == ORDER
    assert {stage: numbers.entered for stage, numbers in found.items()} == entered
    assert {stage: numbers.went_on for stage, numbers in found.items()} == went
    assert {stage: numbers.days for stage, numbers in found.items()} == medians


def test_the_process_shows_them_and_says_which_stage_the_crm_does_not_know(opened):
    found, _ = by_stage.numbers(opened, as_of=DAY)
    says = page.process_picture(Workshop(opened, DAY)).says
    share = found["trial"].went_on / found["trial"].entered
    assert f"{share:.0%}".replace("%", "\u00a0%") + f" of {found['trial'].entered:,} go on" in says
    form = page.process_form(Workshop(opened, DAY))
    form.fill(stages=[*form._load()["stages"][:1], {"stage": "Legal", "evidence": ""}, *form._load()["stages"][1:]])
    assert "Legal, not a stage, of the CRM" in page.process_picture(Workshop(opened, DAY)).says
    form.press("undo")


def test_without_data_there_is_a_reason(engagement):
    with pytest.raises(NothingImported):
        by_stage.numbers(engagement, as_of=DAY)
