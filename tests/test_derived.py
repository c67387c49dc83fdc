"""Measures made of others, and the cases of the method that need more than deals: each against a count by hand."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import pandas as pd
import pytest
from small_crm import D, deal, lost, quota, seat, target, won, write

from kpi_workshop.crm import atoms, measures
from kpi_workshop.crm.measures import measure_table
from kpi_workshop.engagement import Engagement
from kpi_workshop.errors import WorkshopError
from kpi_workshop.kinds import Seat, Stage
from kpi_workshop.records import ALWAYS

NONE = "not computable: "


def only(engagement: Engagement, measure: str, **asked: Any) -> Any:
    """The one row of the organisation over all that is known."""
    table = measure_table(engagement, measure, **({"by": "organisation", "every": "all"} | asked))
    assert len(table) == 1
    return table.iloc[0]


def by_period(engagement: Engagement, measure: str, every: str, **asked: Any) -> pd.DataFrame:
    return measure_table(engagement, measure, every=every, **({"by": "organisation"} | asked)).set_index("period_start")


def act(seller: str, at: dt.datetime, kind: str = "call", **more: Any) -> dict[str, Any]:
    return {"seller": seller, "type": kind, "at": at} | more


def move(deal_id: str, day: dt.date, before: str | None, after: str) -> dict[str, Any]:
    at = dt.datetime.combine(day, dt.time(12))
    return {"opportunity_id": deal_id, "changed_at": at, "from_stage": before, "to_stage": after}


# Conversations and topics


def test_sixty_calls_seven_conversations_and_no_topic_are_none_of_seven(engagement: Engagement) -> None:
    day = D(2017, 5, 2)
    write(engagement, "opportunities", [deal("Ann", day, amount=5.0) | {"opportunity_id": "D"}])
    write(engagement, "stage_changes", [move("D", day - dt.timedelta(days=9), None, "Discovery"),
                                        move("D", day - dt.timedelta(days=1), "Discovery", "Trial")])  # fmt: skip
    noon = dt.datetime.combine(day, dt.time(12))
    calls = [act("Ann", noon, is_conversation=i < 7, opportunity_id="D") for i in range(60)]
    write(engagement, "activities", calls)
    assert only(engagement, "calls_made")["value"] == 60
    assert only(engagement, "conversations")["value"] == 7
    row = only(engagement, "productive_conversations", as_of=D(2017, 5, 30))
    assert (row["value"], row["numerator"], row["denominator"]) == (0, 0, 7)


@pytest.mark.parametrize("from_sums", [False, True])
@pytest.mark.parametrize(("by", "every"), [("organisation", "week"), ("seller", "week"), ("organisation", "all")])
def test_calls_known_to_be_none_make_a_week_nought_and_calls_that_say_nothing_leave_it_open(
    engagement: Engagement, monkeypatch: pytest.MonkeyPatch, from_sums: bool, by: str, every: str
) -> None:
    monkeypatch.setattr(atoms, "LARGE", 1 if from_sums else atoms.LARGE)
    seat(engagement, *(Seat(person=who, team="A", role="seller") for who in ("Ann", "Bob")))
    monday = dt.datetime(2017, 5, 1, 9)
    week = dt.timedelta(days=7)
    told = [
        ("Ann", monday, None), ("Bob", monday, False),
        ("Ann", monday + week, None), ("Ann", monday + week, None),
        ("Ann", monday + 2 * week, True), ("Bob", monday + 2 * week, False),
        ("Ann", monday + 3 * week, False),
    ]  # fmt: skip
    write(engagement, "activities", [act(who, at, is_conversation=talked) for who, at, talked in told])
    for _ in range(3 if from_sums else 1):
        found = measure_table(engagement, "conversations", by=by, every=every).set_index(["by", "period_start"])
    values = {key: None if math.isnan(value) else value for key, value in found["value"].items()}
    notes = found["note"]
    starts = [D(2017, 5, day) for day in (1, 8, 15, 22)]
    if every == "all":
        assert list(values.values()) == [1]
    elif by == "organisation":
        assert [values["All", start] for start in starts] == [0, None, 1, 0]
        assert notes["All", starts[0]].startswith("1 activities do not say")
        assert notes["All", starts[1]].startswith(NONE + "all 2 activities")
    else:
        assert [values["Ann", start] for start in starts] == [None, None, 1, 0]
        assert [values["Bob", start] for start in starts] == [0, 0, 0, 0]


def test_each_conversation_counts_once_and_forward_back_and_lost_all_count(engagement: Engagement) -> None:
    first = D(2017, 5, 1)
    after = [dt.timedelta(days=n) for n in (0, 2, 5, 14, 15)]
    rows = [deal("Ann", first) | {"opportunity_id": key} for key in ("on", "back", "out", "late", "twice")]
    write(engagement, "opportunities", [*rows, won("Bob", D(2017, 6, 30))])
    write(engagement, "stage_changes", [
        move("on", first + after[3], "Discovery", "Trial"),
        move("back", first + after[1], "Trial", "Discovery"),
        move("out", first + after[0], "Trial", "Closed Lost"),
        move("late", first + after[4], "Discovery", "Trial"),
        move("twice", first + after[1], "Discovery", "Trial"), move("twice", first + after[2], "Trial", "Close"),
        move("twice", first + after[2], None, "Qualified"),
    ])  # fmt: skip
    nine = dt.datetime.combine(first, dt.time(9))
    keys = ["on", "back", "out", "late", "twice", None]
    write(engagement, "activities", [act("Ann", nine, is_conversation=True, opportunity_id=key) for key in keys])
    row = only(engagement, "productive_conversations")
    assert (row["numerator"], row["denominator"]) == (4, 6)
    early = only(engagement, "productive_conversations", as_of=first + after[1])
    assert (early["numerator"], early["denominator"]) == (3, 6)
    assert "5 conversations are so recent" in early["note"]


def test_three_of_four_topics_are_75_percent_and_a_blank_is_not_a_no(engagement: Engagement) -> None:
    write(
        engagement, "opportunities", [deal("Ann", D(2017, 5, 1)) | {"opportunity_id": "D"}, won("Ann", D(2017, 5, 9))]
    )
    days = {"Budget": D(2017, 5, 2), "authority": D(2017, 5, 3), "need": D(2017, 5, 9), "timeframe": None}
    write(engagement, "topics", [{"opportunity_id": "D", "topic": t, "confirmed_on": d} for t, d in days.items()])
    row = only(engagement, "topic_coverage", as_of=D(2017, 5, 9))
    assert (row["value"], row["numerator"], row["denominator"]) == (0.75, 3, 4)
    assert row["note"] == "1 topics are blank: not known, which is not a no"
    assert only(engagement, "topic_coverage", as_of=D(2017, 5, 3))["numerator"] == 2


# Leads


def test_a_lead_never_answered_counts_as_open_and_is_not_dropped(engagement: Engagement) -> None:
    came = dt.datetime(2017, 5, 1, 8)
    write(engagement, "leads", [{"seller": "Ann", "created_at": came, "lead_id": f"L{i}"} for i in range(5)])
    hours = {"L0": 1, "L1": 2, "L2": 4}
    touches = [act("Ann", came + dt.timedelta(hours=h), lead_id=key) for key, h in hours.items()]
    late = [act("Ann", came + dt.timedelta(hours=9), lead_id="L0"),
            act("Ann", came - dt.timedelta(hours=9), lead_id="L3"),
            act("Ann", came + dt.timedelta(hours=1), lead_id="L3", direction="inbound")]  # fmt: skip
    write(engagement, "activities", [*touches, *late])
    row = only(engagement, "lead_response_time")
    assert (row["value"], row["denominator"], row["unit"]) == (4, 5, "hours")
    assert "90th percentile: not reached yet" in row["note"]
    assert "2 not answered yet, counted as longer than any answer" in row["note"]
    write(engagement, "activities", [*touches[:2], *late])
    row = only(engagement, "lead_response_time")
    assert math.isnan(row["value"]) and row["note"].startswith(NONE + "half of the leads or more are not answered yet")
    write(engagement, "activities", [*touches, act("Ann", came + dt.timedelta(hours=8), lead_id="L3"),
                                     act("Ann", came + dt.timedelta(hours=18), lead_id="L4")])  # fmt: skip
    row = only(engagement, "lead_response_time")
    assert row["value"] == 4 and row["note"].startswith("90th percentile: 14.0 hours")


def test_a_conversion_rate_is_a_ratio_of_sums_over_all_leads(engagement: Engagement) -> None:
    seat(engagement, Seat(person="Ann", team="Field"), Seat(person="Bob", team="Inside"))
    rows = [{"seller": "Ann" if i == 0 else "Bob", "created_at": dt.datetime(2017, 5, 1), "lead_id": f"L{i}",
             "converted_on": D(2017, 5, 20) if i < 10 else None, "opportunity_id": f"D{i}" if i < 10 else None}
            for i in range(100)]  # fmt: skip
    write(engagement, "leads", rows)
    write(engagement, "opportunities", [won("Ann", D(2017, 5, 30)) | {"opportunity_id": f"D{i}"} for i in range(10)])
    for measure in ("lead_conversion_rate", "lead_to_opportunity_rate"):
        row = only(engagement, measure)
        assert (row["value"], row["numerator"], row["denominator"]) == (0.1, 10, 100)
        teams = measure_table(engagement, measure, every="all")
        assert list(teams["value"]) == [1.0, 9 / 99]
    assert only(engagement, "lead_conversion_rate", as_of=D(2017, 5, 29))["value"] == 0


# Stages


def stages(engagement: Engagement, *names: str) -> None:
    engagement.records.save_all([(n, Stage(stage=n, order=i)) for i, n in enumerate(names)], effective=ALWAYS)


def test_stage_conversion_is_by_the_period_of_entry_and_a_skipped_stage_was_passed(engagement: Engagement) -> None:
    stages(engagement, "Qualified", "Discovery", "Trial")
    march, april = D(2017, 3, 1), D(2017, 4, 1)
    rows = [deal("Ann", march) | {"opportunity_id": k} for k in "abc"]
    rows.append(deal("Ann", march, D(2017, 4, 20), "won", 5.0) | {"opportunity_id": "d"})
    write(engagement, "opportunities", rows)
    write(engagement, "stage_changes", [
        *[move(k, march, None, "Qualified") for k in "abcd"],
        move("a", april, "Qualified", "Trial"), move("b", april, "Qualified", "Discovery"),
        move("d", D(2017, 4, 20), "Qualified", "Closed Won"), move("c", april, "Qualified", "Closed Lost"),
    ])  # fmt: skip
    table = by_period(engagement, "stage_conversion", "month")
    assert list(zip(table["numerator"], table["denominator"], strict=True)) == [(3, 4), (0, 2)]
    assert only(engagement, "deals_advanced")["value"] == 3
    months = by_period(engagement, "time_in_stage", "month")
    assert months.loc[march, "value"] == 31 and math.isnan(months.loc[april, "value"])
    assert months.loc[april, "note"].startswith(NONE + "half of the deals that entered a stage or more")


def test_without_recorded_stages_their_order_is_the_one_that_deals_take(engagement: Engagement) -> None:
    day = D(2017, 3, 1)
    write(
        engagement,
        "opportunities",
        [deal("Ann", day, D(2017, 3, 20), "won", 5.0) | {"opportunity_id": k} for k in "ab"],
    )
    write(engagement, "stage_changes", [
        step for k in "ab" for step in (
            move(k, day, None, "Alpha"), move(k, D(2017, 3, 5), "Alpha", "Omega"),
            move(k, D(2017, 3, 9), "Omega", "Beta"), move(k, D(2017, 3, 20), "Beta", "Signed"),
        )
    ])  # fmt: skip
    assert only(engagement, "deals_advanced")["value"] == 6
    row = only(engagement, "stage_conversion")
    assert (row["numerator"], row["denominator"]) == (6, 6)


def test_a_deal_is_stuck_when_it_is_longer_in_its_stage_than_85_in_100_that_left_it(engagement: Engagement) -> None:
    stages(engagement, "Discovery", "Trial")
    day = D(2017, 3, 1)
    rows, moves = [], []
    for i, length in enumerate(range(1, 11)):
        rows.append(deal("Ann", day, day + dt.timedelta(days=length), "lost") | {"opportunity_id": f"c{i}"})
        moves += [move(f"c{i}", day, None, "Trial"),
                  move(f"c{i}", day + dt.timedelta(days=length), "Trial", "Closed Lost")]  # fmt: skip
    for age in (8, 9, 30):
        rows.append(deal("Ann", D(2017, 4, 30) - dt.timedelta(days=age)) | {"opportunity_id": f"o{age}"})
        moves.append(move(f"o{age}", D(2017, 4, 30) - dt.timedelta(days=age), None, "Trial"))
    rows.append(deal("Ann", D(2017, 3, 2)) | {"opportunity_id": "few"})
    moves.append(move("few", D(2017, 3, 2), None, "Discovery"))
    write(engagement, "opportunities", rows)
    write(engagement, "stage_changes", moves)
    # numpy.percentile(range(1, 11), 85) is 8.65: 9 and 30 days are longer, 8 are not; Discovery has no finished stay.
    assert only(engagement, "stuck_deals", as_of=D(2017, 4, 30))["value"] == 2


# Made of other measures


def test_velocity_is_open_deals_times_win_rate_times_deal_size_over_cycle_length(engagement: Engagement) -> None:
    rows = [won("Ann", D(2017, 5, 20), 100.0, days=10), won("Ann", D(2017, 5, 30), 300.0, days=30),
            lost("Ann", D(2017, 5, 30)), lost("Ann", D(2017, 5, 30)), *[deal("Ann", D(2017, 5, 2))] * 6]  # fmt: skip
    write(engagement, "opportunities", rows)
    row = only(engagement, "pipeline_velocity")
    assert (row["value"], row["numerator"], row["denominator"]) == (6 * 0.5 * 200 / 20, 600, 20)
    assert row["unit"] == "USD per day"
    write(engagement, "opportunities", [won("Ann", D(2017, 5, 20), days=0), deal("Ann", D(2017, 5, 20))])
    assert only(engagement, "pipeline_velocity")["note"].startswith(NONE + "won deals took no day at all")


def test_coverage_holds_what_is_due_against_what_is_missing_to_the_quota(engagement: Engagement) -> None:
    seat(engagement, Seat(person="Ann", team="Field"))
    target(engagement, quota("Ann", D(2017, 4, 1), D(2017, 6, 30), 500))
    due = [(100.0, D(2017, 5, 31)), (300.0, D(2017, 6, 30)), (900.0, D(2017, 7, 1)), (None, D(2017, 6, 1))]
    rows = [deal("Ann", D(2017, 4, 3), amount=a) | {"expected_close_on": d} for a, d in due]
    write(engagement, "opportunities", [*rows, won("Ann", D(2017, 4, 30), 300.0), won("Ann", D(2017, 1, 30), 300.0)])
    table = by_period(engagement, "pipeline_coverage", "quarter", as_of=D(2017, 5, 31), by="team")
    running = table.loc[D(2017, 4, 1)]
    assert (running["value"], running["numerator"], running["denominator"]) == (2, 400, 200)
    assert "1 due without an amount left out" in running["note"]
    assert table.loc[D(2017, 1, 1), "note"].startswith(NONE + "the period is over")


def test_per_seller_figures_divide_by_those_in_a_seat_and_leave_strangers_out(engagement: Engagement) -> None:
    seat(engagement, Seat(person="Ann", team="Field"), Seat(person="Bob", team="Field", valid_from=D(2017, 5, 15)),
         Seat(person="Bob", team="Inside", valid_to=D(2017, 5, 14)),
         Seat(person="Max", team="Field", role="manager"))  # fmt: skip
    noon = dt.datetime(2017, 5, 20, 12)
    acts = [act(who, noon) for who in ("Ann", "Ann", "Ann", "Bob", "Zoe")]
    write(engagement, "activities", acts)
    write(engagement, "opportunities", [won("Ann", D(2017, 5, 20), 90.0), won("Zoe", D(2017, 5, 31), 90.0)])
    row = by_period(engagement, "activities_per_seller", "month").loc[D(2017, 5, 1)]
    assert (row["value"], row["numerator"], row["denominator"]) == (2, 4, 2)
    week = by_period(engagement, "activities_per_seller", "week", by="team")
    assert week[week["by"] == "Field"].loc[D(2017, 5, 15), "value"] == 2
    assert only(engagement, "revenue_per_seller")["value"] == 45
    assert math.isnan(week[week["by"] == "Inside"].loc[D(2017, 5, 15), "value"])


def test_ramp_time_counts_who_has_not_won_yet_as_still_ramping(engagement: Engagement) -> None:
    starts = {"Ann": D(2017, 1, 10), "Bob": D(2017, 1, 10), "Cid": D(2017, 1, 10), "Old": D(2016, 1, 1)}
    seat(
        engagement,
        *[Seat(person=p, team="Field", valid_from=d) for p, d in starts.items()],
        Seat(person="Eve", team="Field"),
    )
    rows = [
        won("Ann", D(2017, 1, 30)),
        won("Ann", D(2017, 1, 20)),
        won("Bob", D(2017, 3, 1)),
        won("Old", D(2017, 1, 5)),
    ]
    write(engagement, "opportunities", [*rows, won("Eve", D(2017, 3, 31))])
    row = only(engagement, "ramp_time")
    assert (row["value"], row["denominator"]) == (50, 3)
    assert "1 without a won deal yet" in row["note"]


# Customers and costs


def customer(key: str, start: dt.date, end: dt.date | None = None, **more: Any) -> dict[str, Any]:
    return {"customer_id": key, "started_on": start, "ended_on": end} | more


def test_retention_leaves_new_customers_out_and_churn_is_the_rest(engagement: Engagement) -> None:
    old, new = D(2016, 1, 1), D(2017, 1, 15)
    rows = [customer("a", old), customer("b", old, D(2017, 1, 31)), customer("c", old),
            customer("d", old, D(2017, 2, 1)),
            customer("e", new, D(2017, 1, 20)), customer("f", new), customer("g", old, D(2016, 12, 31))]  # fmt: skip
    write(engagement, "customers", rows)
    write(engagement, "opportunities", [won("Ann", D(2017, 3, 31), days=100)])
    kept, gone = (
        by_period(engagement, m, "month").loc[D(2017, 1, 1)] for m in ("customer_retention_rate", "churn_rate")
    )
    assert (kept["value"], kept["numerator"], kept["denominator"]) == (0.75, 3, 4)
    assert (gone["value"], gone["numerator"], gone["denominator"]) == (0.25, 1, 4)
    assert only(engagement, "new_customers", every="month", since=D(2017, 3, 1))["value"] == 0


def test_lifetime_value_is_margin_over_yearly_churn_and_undefined_where_nobody_left(engagement: Engagement) -> None:
    start, asked = D(2015, 1, 1), {"every": "year", "since": D(2017, 12, 31), "as_of": D(2017, 12, 31)}
    rows = [customer(f"c{i}", start, D(2017, 6, 30) if i == 0 else None, yearly_margin=100.0 * i, yearly_value=900.0)
            for i in range(5)]  # fmt: skip
    write(engagement, "customers", rows)
    row = only(engagement, "customer_lifetime_value", **asked)
    assert (row["value"], row["numerator"], row["denominator"]) == (250 / 0.2, 250, 0.2)
    write(engagement, "customers", rows[1:])
    row = only(engagement, "customer_lifetime_value", **asked)
    assert math.isnan(row["value"]) and row["note"].startswith(NONE + "no customer left within a year")
    write(engagement, "customers", [r | {"yearly_margin": None} for r in rows])
    assert only(engagement, "customer_lifetime_value", **asked)["note"] == NONE + "no customer has a yearly margin"


def test_acquisition_cost_is_never_guessed_where_a_cost_is_missing_and_never_split(engagement: Engagement) -> None:
    seat(engagement, Seat(person="Ann", team="Field"))
    write(engagement, "customers", [customer(f"c{i}", D(2017, 1, 10 + i), seller="Ann") for i in range(4)])
    write(engagement, "opportunities", [won("Ann", D(2017, 3, 31))])
    assert measures.availability(engagement)["customer_acquisition_cost"] == "no costs are in the data"
    january = {"period_from": D(2017, 1, 1), "period_to": D(2017, 1, 31)}
    sales, marketing = {"kind": "Sales", "amount": 300.0}, {"kind": "marketing", "amount": 100.0}
    write(engagement, "costs", [january | sales])
    first = by_period(engagement, "customer_acquisition_cost", "month").iloc[0]
    assert first["note"] == NONE + "no marketing costs are known for this period"
    write(engagement, "costs", [january | sales, january | marketing])
    months = by_period(engagement, "customer_acquisition_cost", "month")
    assert (months.iloc[0]["value"], months.iloc[0]["numerator"], months.iloc[0]["denominator"]) == (100, 400, 4)
    assert months.iloc[1]["note"] == NONE + "no sales costs are known for this period"
    weeks = by_period(engagement, "customer_acquisition_cost", "week")
    assert weeks["note"].iloc[1] == NONE + "costs that reach beyond this period are never split"
    teams = measure_table(engagement, "customer_acquisition_cost")
    assert set(teams["note"]) == {NONE + "costs are known for the organisation only"}


# Limits, filters and what is known of the report date only


def test_where_limits_a_measure_to_rows_with_these_words(engagement: Engagement) -> None:
    rows = [won("Ann", D(2017, 5, 2), 10.0) | {"product": "Basic"}, 
            won("Ann", D(2017, 5, 3), 30.0) | {"product": "PRO "},
            lost("Ann", D(2017, 5, 3)) | {"product": "Pro"}]  # fmt: skip
    write(engagement, "opportunities", rows)
    assert only(engagement, "win_rate", where={"product": "pro"})["value"] == 0.5
    assert only(engagement, "average_deal_size", where={"product": ["Basic", "Pro"]})["value"] == 20
    assert only(engagement, "open_deals", where={"product": "pro"}, as_of=D(2017, 5, 2))["value"] == 2
    with pytest.raises(WorkshopError, match=r"opportunities has no text column 'prodct'\. Did you mean: product"):
        only(engagement, "win_rate", where={"prodct": "pro"})
    with pytest.raises(WorkshopError, match="made of other numbers"):
        only(engagement, "pipeline_velocity", where={"product": "pro"})


def test_the_agreed_limits_are_those_of_the_settings(engagement: Engagement) -> None:
    from kpi_workshop import engagement as engagements

    write(engagement, "opportunities", [deal("Ann", D(2017, 5, 1)) | {"opportunity_id": "D"}])
    write(engagement, "activities", [act("Ann", dt.datetime(2017, 5, 11), opportunity_id="D")])
    assert only(engagement, "untouched_deals", as_of=D(2017, 6, 10))["value"] == 0
    assert only(engagement, "untouched_deals", as_of=D(2017, 6, 11))["value"] == 1
    file = engagement.folder / "engagement.toml"
    file.write_text(file.read_text().replace("silent_days = 30", "silent_days = 40"))
    assert only(engagements.load(engagement.folder), "untouched_deals", as_of=D(2017, 6, 11))["value"] == 0


def test_what_only_the_report_date_can_tell_is_not_told_of_days_before(engagement: Engagement) -> None:
    rows = [deal("Ann", D(2017, 3, 1), amount=1.0) | {"expected_close_on": D(2017, 4, 9)}, won("Ann", D(2017, 4, 30))]
    write(engagement, "opportunities", rows)
    table = by_period(engagement, "overdue_deals", "month", as_of=D(2017, 4, 30))
    assert table.loc[D(2017, 4, 1), "value"] == 1
    assert (
        table.loc[D(2017, 3, 1), "note"] == NONE + "when deals were expected to close is known of the report date only"
    )
