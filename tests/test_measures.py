"""Measure tables: real data against published figures, the cases of the method, and what cannot be known."""

from __future__ import annotations

import csv
import datetime as dt
import math
import shutil
from pathlib import Path

import pandas as pd
import pytest
from small_crm import D, deal, lost, seat, won, write

from kpi_workshop import engagement as engagements
from kpi_workshop.crm import engines, measures, sources
from kpi_workshop.crm.measures import measure_table
from kpi_workshop.engagement import Engagement
from kpi_workshop.errors import NotComputable, NothingImported, WorkshopError
from kpi_workshop.kinds import Seat

YEAR_END = D(2017, 12, 31)


def only(table: pd.DataFrame) -> pd.Series:
    assert len(table) == 1
    return table.iloc[0]


def values(table: pd.DataFrame) -> dict[tuple[str, str], float | None]:
    pairs = zip(table["by"], table["period_start"], table["value"], strict=True)
    return {(by, str(start)): None if math.isnan(value) else value for by, start, value in pairs}


def of_all(engagement: Engagement, measure: str, *, every: str = "all", as_of: dt.date | None = None) -> pd.DataFrame:
    return measure_table(engagement, measure, by="organisation", every=every, as_of=as_of)


# The Maven data against the figures published with them


@pytest.fixture(scope="module")
def maven(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Engagement:
    opened = engagements.create(tmp_path_factory.mktemp("measures") / "maven")
    mapping = Path(__file__).parent / "mappings" / "maven.toml"
    sources.import_crm(opened, shared / "real" / "maven_crm", mapping=mapping)
    return opened


@pytest.fixture(scope="module")
def reference(shared: Path) -> dict[tuple[str, str], tuple[float, float | None]]:
    found = {}
    with (shared / "real" / "maven_crm" / "reference.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            try:
                value = float(row["value"])
            except ValueError:
                continue
            found[row["metric"], row["group"]] = (value, float(row["n"]) if row["n"] else None)
    return found


WHOLE = {
    "win_rate": "win_rate", "close_rate": "win_rate_of_all_created", "revenue": "won_value_sum",
    "average_deal_size": "avg_won_deal", "median_deal_size": "median_won_deal",
    "sales_cycle_length": "cycle_days_won_mean", "median_sales_cycle_length": "cycle_days_won_median",
    "open_deals": "open_deals",
}  # fmt: skip


@pytest.mark.parametrize("measure", WHOLE)
def test_the_maven_totals_are_the_published_ones(maven: Engagement, reference: dict, measure: str) -> None:
    row = only(of_all(maven, measure))
    value, count = reference[WHOLE[measure], "all"]
    assert round(row["value"], 6) == value
    if count and measure not in ("revenue", "open_deals"):
        assert row["denominator"] == count


GROUPED = {
    "win_rate": "win_rate", "deals_closed": "won_count", "revenue": "won_value", "average_deal_size": "avg_won_deal",
    "sales_cycle_length": "cycle_days_won_mean", "open_deals": "open",
}  # fmt: skip


@pytest.mark.parametrize(
    ("by", "said"), [("manager", "manager"), ("team", "regional_office"), ("seller", "sales_agent")]
)
@pytest.mark.parametrize("measure", GROUPED)
def test_the_maven_figures_of_every_group_are_the_published_ones(
    maven: Engagement, reference: dict, measure: str, by: str, said: str
) -> None:
    table = measure_table(maven, measure, by=by, every="all")
    told = {
        group: (value, n)
        for (metric, group), (value, n) in reference.items()
        if metric == f"{GROUPED[measure]}_by_{said}"
    }
    got = dict(zip(table["by"], table["value"], strict=True))
    assert told and set(told) <= set(got)
    for group, (value, count) in told.items():
        assert round(got[group], 6) == value, group
        if count:
            assert table.set_index("by").loc[group, "denominator"] == count


@pytest.mark.parametrize("measure", ["win_rate", "deals_closed", "revenue", "average_deal_size"])
def test_the_maven_figures_of_every_quarter_are_the_published_ones(
    maven: Engagement, reference: dict, measure: str
) -> None:
    got = values(of_all(maven, measure, every="quarter"))
    for number in (1, 2, 3, 4):
        start = f"2017-{3 * number - 2:02}-01"
        assert (
            round(got["All", start] or 0, 6) == reference[f"{GROUPED[measure]}_by_close_quarter", f"2017Q{number}"][0]
        )


def test_the_maven_win_rates_by_manager_and_quarter_are_the_published_ones(maven: Engagement, reference: dict) -> None:
    table = measure_table(maven, "win_rate", by="manager", every="quarter")
    got = {(r.by, f"{r.period_start.year}Q{r.period_start.month // 3 + 1}"): r for r in table.itertuples()}
    told = {
        tuple(group.split("|")): found
        for (metric, group), found in reference.items()
        if metric == "win_rate_by_manager_quarter"
    }
    assert len(told) == 24
    for key, (value, count) in told.items():
        assert (round(got[key].value, 6), got[key].denominator) == (value, count)


def test_the_maven_deals_opened_by_quarter_are_the_published_ones(maven: Engagement, reference: dict) -> None:
    got = values(of_all(maven, "opportunities_opened", every="quarter"))
    for start, quarter in (("2016-10-01", "2016Q4"), ("2017-04-01", "2017Q2"), ("2017-10-01", "2017Q4")):
        assert got["All", start] == reference["engaged_by_quarter", quarter][0]


def test_the_maven_weeks_of_each_office_are_the_published_ones(maven: Engagement, shared: Path) -> None:
    weekly = pd.read_csv(shared / "real" / "maven_crm" / "reference_weekly_by_office.csv")
    tables = {
        m: values(measure_table(maven, m, by="team", every="week")) for m in ("win_rate", "deals_closed", "revenue")
    }
    opened = values(measure_table(maven, "opportunities_opened", by="team", every="week"))
    for row in weekly.itertuples():
        key = (row.regional_office, row.week)
        assert opened.get(key) == row.engaged
        if row.week < "2017-02-27":
            assert row.closed == 0 and all(table[key] is None for table in tables.values())
            continue
        assert (tables["deals_closed"][key], tables["revenue"][key]) == (row.won, row.won_value)
        if row.closed:
            assert round(tables["win_rate"][key] or 0, 6) == row.win_rate
    assert len(weekly) == 185


def test_the_truncated_first_quarter_is_said_beside_its_number_and_of_the_whole(maven: Engagement) -> None:
    table = of_all(maven, "win_rate", every="quarter").set_index("period_start")
    assert table.loc[D(2017, 1, 1), "value"] > 0.82
    assert table.loc[D(2017, 1, 1), "note"] == "incomplete: deals closed before 1 March 2017 are not in the data"
    assert math.isnan(table.loc[D(2016, 10, 1), "value"])
    assert table.loc[D(2017, 4, 1), "note"] == ""
    months = of_all(maven, "win_rate", every="month").set_index("period_start")
    assert months.loc[D(2017, 3, 1), "note"] == ""
    notes = measures.data_notes(maven, as_of=YEAR_END)
    assert "trusted from 1 March 2017 on" in notes[0]
    assert any(note.startswith("1,291 of 2,089 open deals") and "138 days" in note for note in notes)
    assert any(note.startswith("500 open deals without an opening day") for note in notes)


def test_what_maven_does_not_hold_is_not_computable_with_its_reason(maven: Engagement) -> None:
    told = measures.availability(maven)
    assert set(told) == set(measures.COMPUTABLE)
    assert told["win_rate"] == told["close_rate"] == told["open_deals"] == ""
    assert told["calls_made"] == "no activities are in the data"
    assert told["quota_attainment"] == "no target is set for revenue"
    assert told["open_pipeline"] == "no open deal has an amount"
    for measure, reason in told.items():
        if reason:
            table = measure_table(maven, measure, by="team", every="quarter")
            assert (
                len(table) == 15
                and table["value"].isna().all()
                and (table["note"] == f"not computable: {reason}").all()
            )


def test_a_deal_that_closed_after_the_report_date_was_open_on_it(maven: Engagement, shared: Path) -> None:
    raw = pd.read_csv(shared / "real" / "maven_crm" / "sales_pipeline.csv", parse_dates=["engage_date", "close_date"])
    day = pd.Timestamp(2017, 6, 30)
    known = raw[(raw.engage_date <= day) | raw.engage_date.isna()]
    closed = known[known.close_date <= day]
    win = only(of_all(maven, "win_rate", as_of=day.date()))
    assert (win["numerator"], win["denominator"]) == ((closed.deal_stage == "Won").sum(), len(closed))
    rate = only(of_all(maven, "close_rate", as_of=day.date()))
    assert (rate["numerator"], rate["denominator"]) == ((closed.deal_stage == "Won").sum(), len(known))
    assert only(of_all(maven, "open_deals", as_of=day.date()))["value"] == len(known) - len(closed)
    assert engines.last_day(maven) == YEAR_END


# The cases of the method


def test_a_conversion_of_ten_in_a_hundred_is_ten_percent_however_it_is_grouped(engagement: Engagement) -> None:
    seat(engagement, Seat(person="Ann", team="Field"), Seat(person="Bob", team="Inside"))
    rows = [won("Ann", D(2017, 5, 2)), *[won("Bob", D(2017, 5, 3))] * 9, *[lost("Bob", D(2017, 5, 4))] * 90]
    write(engagement, "opportunities", rows)
    row = only(of_all(engagement, "win_rate"))
    assert (row["value"], row["numerator"], row["denominator"], row["unit"]) == (0.1, 10, 100, "share")
    by_team = values(measure_table(engagement, "win_rate", every="all"))
    assert [value for _, value in sorted(by_team.items())] == [1.0, 9 / 99]


def test_nothing_of_nothing_is_undefined_and_never_zero(engagement: Engagement) -> None:
    write(engagement, "opportunities", [won("Ann", D(2017, 3, 5)), won("Ann", D(2017, 5, 31))])
    april = of_all(engagement, "win_rate", every="month").set_index("period_start").loc[D(2017, 4, 1)]
    assert math.isnan(april["value"]) and april["denominator"] == 0
    assert april["note"] == "not computable: no deal was won or lost in this period"
    assert values(of_all(engagement, "deals_closed", every="month"))["All", "2017-04-01"] == 0


def test_deals_from_one_to_five_thousand_are_three_thousand_on_average(engagement: Engagement) -> None:
    rows = [won("Ann", D(2017, 5, day), 1000.0 * day) for day in range(1, 6)]
    write(engagement, "opportunities", [*rows, won("Ann", D(2017, 5, 9), None), lost("Ann", D(2017, 5, 9))])
    mean, middle = only(of_all(engagement, "average_deal_size")), only(of_all(engagement, "median_deal_size"))
    assert (mean["value"], mean["denominator"], mean["unit"]) == (3000, 5, "USD")
    assert (middle["value"], middle["denominator"]) == (3000, 5)
    assert mean["note"] == "1 won without an amount left out"


def test_many_won_deals_and_not_one_lost_mean_that_the_lost_ones_are_missing(engagement: Engagement) -> None:
    seat(engagement, Seat(person="a", team="T"))
    deals = [won("a", D(2025, 3, 1) + dt.timedelta(days=i)) for i in range(60)]
    write(engagement, "opportunities", deals)
    for measure in ("win_rate", "loss_rate", "win_loss_ratio", "deals_lost", "close_rate"):
        row = measure_table(engagement, measure, by="organisation", every="all").iloc[0]
        assert math.isnan(row["value"])
        assert row["note"].startswith("not computable: the data hold won deals")
    write(engagement, "opportunities", [*deals, lost("a", D(2025, 4, 20))])
    row = measure_table(engagement, "win_rate", by="organisation", every="all").iloc[0]
    assert (row["numerator"], row["denominator"]) == (60, 61)


def test_growth_is_the_change_over_the_period_before_and_undefined_from_nothing(engagement: Engagement) -> None:
    write(
        engagement,
        "opportunities",
        [won("Ann", D(2017, 1, 20), 100), won("Ann", D(2017, 2, 20), 120), won("Ann", D(2017, 4, 20), 50),
         won("Ann", D(2017, 5, 20), -10), won("Ann", D(2017, 6, 20), 30)],
    )  # fmt: skip
    table = of_all(engagement, "sales_growth", every="month").set_index("period_start")
    assert table.loc[D(2017, 2, 1), "value"] == pytest.approx(0.2)
    assert table.loc[D(2017, 3, 1), "value"] == -1
    assert math.isnan(table.loc[D(2017, 4, 1), "value"])
    assert table.loc[D(2017, 4, 1), "note"] == "not computable: revenue of the period before was zero"
    assert table.loc[D(2017, 6, 1), "note"].startswith("not computable: revenue of the period before was negative")
    assert table.loc[D(2017, 1, 1), "note"].startswith("not computable: there is no period before the first")
    unfinished = of_all(engagement, "sales_growth", every="month", as_of=D(2017, 2, 14)).iloc[-1]
    assert (unfinished["value"], unfinished["note"][:26]) == (-1, "unfinished: 14 of 28 days;")


# Seats over time


def test_a_seller_who_changes_teams_counts_for_each_while_there_and_open_deals_move_along(
    engagement: Engagement,
) -> None:
    seat(
        engagement,
        Seat(person="Ann", team="Inside", manager="Mia", valid_to=D(2017, 2, 14)),
        Seat(person="Ann", team="Field", manager="Max", valid_from=D(2017, 2, 15)),
    )
    rows = [won("Ann", D(2017, 2, 14)), won("Ann", D(2017, 2, 15)), deal("Ann", D(2017, 2, 10), amount=7.0)]
    write(engagement, "opportunities", [*rows, won("Ann", D(2017, 3, 31), days=5)])
    got = values(measure_table(engagement, "deals_closed"))
    assert (got["Inside", "2017-02-01"], got["Field", "2017-02-01"]) == (1, 1)
    weeks = values(measure_table(engagement, "open_pipeline", every="week", as_of=D(2017, 2, 19)))
    assert (weeks["Inside", "2017-02-06"], weeks["Inside", "2017-02-13"], weeks["Field", "2017-02-13"]) == (
        207.0,
        0.0,
        7.0,
    )
    assert set(measure_table(engagement, "win_rate", by="seat")["by"]) == {"Ann, Inside", "Ann, Field"}
    assert values(measure_table(engagement, "deals_closed", by="manager"))["Max", "2017-02-01"] == 1
    assert values(measure_table(engagement, "deals_closed", by="seller"))["Ann", "2017-02-01"] == 2
    after = measure_table(engagement, "deals_closed").set_index(["by", "period_start"]).loc[("Inside", D(2017, 3, 1))]
    assert math.isnan(after["value"]) and after["note"] == "not computable: nobody had this seat in this period"


def test_two_seats_at_once_count_once_in_the_organisation_and_once_for_a_shared_manager(engagement: Engagement) -> None:
    seat(engagement, Seat(person="Ann", team="Inside", manager="Mia"), Seat(person="Ann", team="Field", manager="Mia"))
    write(engagement, "opportunities", [won("Ann", D(2017, 2, 14))])
    assert only(of_all(engagement, "deals_closed"))["value"] == 1
    assert only(measure_table(engagement, "deals_closed", by="manager", every="all"))["value"] == 1
    assert list(measure_table(engagement, "deals_closed", every="all")["value"]) == [1, 1]


def test_deals_of_people_without_a_seat_count_for_the_organisation_only(engagement: Engagement) -> None:
    seat(engagement, Seat(person="Ann", team="Field", valid_from=D(2017, 2, 1)))
    write(
        engagement, "opportunities", [won("Ann", D(2017, 1, 31)), won("Zoe", D(2017, 2, 3)), won("Ann", D(2017, 2, 3))]
    )
    row = only(of_all(engagement, "deals_closed"))
    assert row["value"] == 3
    assert row["note"] == "2 deals of people without a seat that day counted for the organisation only"
    assert only(measure_table(engagement, "deals_closed", every="all"))["value"] == 1
    assert any(
        n.startswith("2 closed deals of people without a seat")
        for n in measures.data_notes(engagement, as_of=D(2017, 2, 3))
    )


# Edges of the data and of what is known


def test_deals_without_an_opening_day_are_in_no_period_but_in_everything(engagement: Engagement) -> None:
    seat(engagement, Seat(person="Ann", team="Field"))
    write(engagement, "opportunities", [won("Ann", D(2017, 2, 14)), deal("Ann", None), deal("Ann", D(2017, 1, 5))])
    row = only(measure_table(engagement, "close_rate", every="all"))
    assert (row["numerator"], row["denominator"]) == (1, 3)
    assert "1 deal without an opening day counted" in row["note"]
    months = measure_table(engagement, "close_rate", every="month")
    assert months["denominator"].sum() == 2
    open_deals = measure_table(engagement, "open_deals", every="month")
    assert list(open_deals["value"]) == [1, 2]
    assert "1 deal without an opening day not counted before 2017-02-14" in open_deals["note"].iloc[0]


def test_an_unfinished_period_keeps_its_whole_length_and_says_so(engagement: Engagement) -> None:
    write(engagement, "opportunities", [won("Ann", D(2017, 5, 1)), won("Ann", D(2017, 5, 10))])
    row = of_all(engagement, "deals_closed", every="week").iloc[-1]
    assert (row["period_start"], row["period_end"], row["value"]) == (D(2017, 5, 8), D(2017, 5, 14), 1)
    assert row["note"] == "unfinished: 3 of 7 days"
    assert "The last week is unfinished: 3 of 7 days." in measures.data_notes(engagement, as_of=D(2017, 5, 10))


def test_what_lies_before_the_first_or_after_the_last_record_is_not_zero(engagement: Engagement) -> None:
    write(engagement, "opportunities", [won("Ann", D(2017, 5, 31))])
    calls = [{"seller": "Ann", "type": "Call", "at": dt.datetime(2017, m, 20, 9), "minutes": 5.0} for m in (3, 4)]
    write(engagement, "activities", calls)
    table = of_all(engagement, "calls_made", every="month")
    assert list(table["value"].iloc[:2]) == [1, 1] and math.isnan(table["value"].iloc[2])
    assert table["note"].iloc[2] == "not computable: the data end on 20 April 2017"
    assert table["note"].iloc[0] == "incomplete: the data begin on 20 March 2017"
    assert measures.availability(engagement)["demos_held"].startswith("no activity of the type 'demo' is in the data")


def test_since_keeps_whole_periods_and_makes_everything_begin_there(engagement: Engagement) -> None:
    write(engagement, "opportunities", [won("Ann", D(2017, m, 20)) for m in (1, 2, 3, 4)])
    table = measure_table(engagement, "deals_closed", by="organisation", since=D(2017, 2, 25))
    assert list(table["period_start"]) == [D(2017, 2, 1), D(2017, 3, 1), D(2017, 4, 1)]
    row = only(measure_table(engagement, "deals_closed", by="organisation", every="all", since=D(2017, 2, 25)))
    assert (row["period_start"], row["value"]) == (D(2017, 2, 25), 2)
    grown = measure_table(engagement, "sales_growth", by="organisation", since=D(2017, 2, 25))
    assert grown["value"].iloc[0] == 0
    with pytest.raises(WorkshopError, match="cannot begin"):
        measure_table(engagement, "revenue", since=D(2018, 1, 1), as_of=D(2017, 12, 31))


def test_a_steady_business_is_not_called_cut_off(engagement: Engagement) -> None:
    lengths = [11 + day * 7 % 20 for day in range(290)]
    rows = [won("Ann", D(2017, 1, 1) + dt.timedelta(days=i + n), days=n) for i, n in enumerate(lengths)]
    write(engagement, "opportunities", rows)
    assert measures.data_notes(engagement, as_of=D(2017, 10, 31)) == ["The last week is unfinished: 2 of 7 days."]


def test_sunday_weeks_and_fiscal_quarters_follow_the_settings(engagement: Engagement) -> None:
    file = engagement.folder / "engagement.toml"
    text = file.read_text().replace('"monday"', '"sunday"').replace("fiscal_year_starts = 1", "fiscal_year_starts = 2")
    file.write_text(text)
    fiscal = engagements.load(engagement.folder)
    write(fiscal, "opportunities", [won("Ann", D(2017, 4, 29)), won("Ann", D(2017, 4, 30)), won("Ann", D(2017, 5, 1))])
    weeks = values(of_all(fiscal, "deals_closed", every="week"))
    assert (weeks["All", "2017-04-23"], weeks["All", "2017-04-30"]) == (1, 2)
    quarters = of_all(fiscal, "deals_closed", every="quarter")
    assert list(quarters["period_start"]) == [D(2017, 2, 1), D(2017, 5, 1)]
    assert list(quarters["period_end"]) == [D(2017, 4, 30), D(2017, 7, 31)]
    assert list(quarters["value"]) == [2, 1]


def test_pipeline_says_which_deals_add_nothing_and_which_amounts_came_later(engagement: Engagement) -> None:
    rows = [
        deal("Ann", D(2017, 1, 2), amount=50.0),
        deal("Ann", D(2017, 1, 2)),
        won("Ann", D(2017, 2, 10), 30.0, days=20),
    ]
    write(engagement, "opportunities", rows)
    january, february = of_all(engagement, "open_pipeline", every="month").itertuples()
    assert (january.value, february.value) == (80, 50)
    assert "1 deal at the amount of the later closing" in january.note
    assert "1 of 2 open deals have no amount and add nothing" in february.note


# What a person can get wrong


def test_measures_are_found_by_name_and_a_wrong_one_is_answered_with_the_nearest(engagement: Engagement) -> None:
    write(engagement, "opportunities", [won("Ann", D(2017, 5, 31))])
    assert set(of_all(engagement, "Win rate")["measure"]) == {"win_rate"}
    with pytest.raises(WorkshopError, match=r"There is no measure 'win_rat'\. Did you mean: win_rate"):
        of_all(engagement, "win_rat")
    with pytest.raises(WorkshopError, match=r"not counted by 'teams'\. Did you mean: team"):
        measure_table(engagement, "win_rate", by="teams")
    with pytest.raises(WorkshopError, match=r"'monht' is no length of time\. Did you mean: month"):
        measure_table(engagement, "win_rate", by="organisation", every="monht")
    with pytest.raises(NotComputable, match="Nobody has a seat"):
        measure_table(engagement, "win_rate")


def test_an_engagement_without_data_says_how_to_import_them(engagement: Engagement) -> None:
    assert engines.last_day(engagement) is None and engines.tables_present(engagement) == set()
    with pytest.raises(NothingImported, match="kpi-workshop import"):
        measure_table(engagement, "win_rate")


def test_data_imported_anew_are_read_anew(engagement: Engagement) -> None:
    write(engagement, "opportunities", [won("Ann", D(2017, 5, 30))])
    assert only(of_all(engagement, "revenue", as_of=D(2017, 5, 31)))["value"] == 100
    shutil.rmtree(engagement.tables)
    write(engagement, "opportunities", [won("Ann", D(2017, 5, 31), 5.0), won("Ann", D(2017, 5, 31), 5.0)])
    assert only(of_all(engagement, "revenue", as_of=D(2017, 5, 31)))["value"] == 10
