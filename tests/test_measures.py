"""Measure tables: real data against published figures, the cases of the method, and what cannot be known."""

from __future__ import annotations

import datetime as dt
import math
import shutil

import pytest
from measure_rows import of_all, only, values
from small_crm import D, deal, lost, seat, won, write

from kpi_workshop import engagement as engagements
from kpi_workshop.crm import engines, measures
from kpi_workshop.crm.measures import measure_table
from kpi_workshop.engagement import Engagement
from kpi_workshop.errors import NotComputable, NothingImported, WorkshopError
from kpi_workshop.kinds import Seat

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
