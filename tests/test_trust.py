"""Trust in what is logged, and how far it is taken up: each doubt planted by hand and found, and nothing else."""

from __future__ import annotations

import datetime as dt

import pandas as pd
from small_crm import D, write

from kpi_workshop.crm import trust
from kpi_workshop.steps import adoption

AS_OF = D(2024, 6, 30)
TEAM = {"Ann": "Field", "Bo": "Field", "Cy": "Field"}


def calls(seller: str, days: list[dt.date], **more) -> list[dict]:
    return [
        {
            "seller": seller, "type": "call", "at": dt.datetime.combine(day, dt.time(9 + number % 8, number % 60)),
            "minutes": 5.0, "opportunity_id": f"{seller}{day}{number}",
        } | more
        for number, day in enumerate(days)
    ]  # fmt: skip


def working_days() -> list[dt.date]:
    days = [AS_OF - dt.timedelta(days=n) for n in range(91)]
    return [day for day in days if day.weekday() < 5]


def checked(engagement, rows: list[dict], measure: str = "calls_made") -> trust.Trust:
    write(engagement, "activities", [{"activity_id": str(number)} | row for number, row in enumerate(rows)])
    (found,) = trust.trust(engagement, {"Field": [measure]}, seats=TEAM, as_of=AS_OF)
    return found


def steady() -> list[dict]:
    return [row for seller in TEAM for row in calls(seller, working_days())]


def test_steady_logging_raises_no_doubt(engagement):
    found = checked(engagement, steady())
    assert (found.logged, found.short, found.twice, found.silent, found.sellers) == (195, 0.0, 0.0, 0, 3)
    assert round(found.spike, 2) == 1.0
    assert found.doubts == []
    assert found.checked == ["length of calls", "month ends", "rows that stand twice", "silent sellers"]


def test_very_short_calls_are_a_doubt(engagement):
    found = checked(engagement, [*steady(), *calls("Ann", working_days()[:39], minutes=0.2, lead_id="L")])
    assert found.short == 39 / 234
    assert found.doubts == ["17\u00a0% of the calls took less than half a minute"]


def test_rows_that_stand_twice_are_a_doubt_but_not_two_calls_to_different_deals(engagement):
    rows = steady()
    found = checked(engagement, [*rows, *rows[:5]])
    assert found.twice == 5 / 200
    assert found.doubts == ["2\u00a0% of the rows stand twice"]
    others = [row | {"opportunity_id": "another"} for row in rows[:5]]
    assert checked(engagement, [*rows, *others]).doubts == []


def test_what_is_logged_at_month_ends_is_a_doubt(engagement):
    ends = [D(2024, 4, 29), D(2024, 4, 30), D(2024, 5, 30), D(2024, 5, 31), D(2024, 6, 27), D(2024, 6, 28)]
    found = checked(engagement, [*steady(), *(row for day in ends for row in calls("Ann", [day] * 9))])
    # 3 a day and 9 more on six days: 12 against 3.
    assert round(found.spike, 2) == 4.0
    assert found.doubts == ["4.0 times as many as usual are logged on the last two days of a month"]


def test_a_seller_who_logs_nothing_among_others_who_do_is_a_gap(engagement):
    found = checked(engagement, [row for seller in ("Ann", "Bo") for row in calls(seller, working_days())])
    assert found.doubts == ["1 of 3 sellers logged none"]


def test_too_few_activities_say_nothing(engagement):
    found = checked(engagement, calls("Ann", working_days()[:9], minutes=0.1))
    assert (found.short, found.twice, found.spike, found.silent) == (None, None, None, None)
    assert found.checked == []


def test_a_measure_that_counts_no_activities_is_left_out(engagement):
    write(engagement, "activities", [{"activity_id": str(n)} | row for n, row in enumerate(steady())])
    assert trust.trust(engagement, {"Field": ["win_rate"]}, seats=TEAM, as_of=AS_OF) == []


def test_sellers_reach_their_share_of_the_target_per_week_there():
    weeks = [
        (seller, "Field", week, 1.0, value) for seller, value in (("a", 10), ("b", 4), ("c", 5)) for week in range(6)
    ]
    weeks += [("d", "Field", 5, 0.5, 3), ("x", "Inside", 5, 1.0, 99)]
    rows = pd.DataFrame(weeks, columns=["seller", "team", "week", "present", "calls_made"])
    found = adoption.adoption(rows, "Field", "calls_made", target=20, sellers=4, smallest=3)
    # Each is to do 5: a does 10, c 5, and d 3 in half a week, which is 6 in a full one.
    assert found == {"share": 5.0, "reached": 3, "sellers": 4, "weeks": 4}
    assert adoption.adoption(rows, "Inside", "calls_made", target=20, sellers=1, smallest=3) is None
    assert adoption.adoption(rows, "Field", "calls_made", target=None, sellers=4, smallest=3) is None
