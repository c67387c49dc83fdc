"""The pipeline review: stuck deals by each stage's own history, and every move, lost ones included; counted by hand."""

from __future__ import annotations

import datetime as dt

from small_crm import D, deal, lost, seat, won, write

from kpi_workshop.crm import measures, pipeline_review
from kpi_workshop.kinds import Seat, Stage
from kpi_workshop.steps import pipeline

AS_OF = D(2024, 6, 30)


def moves(key: str, *steps: tuple[str, dt.date]) -> list[dict]:
    before = ""
    rows = []
    for stage, day in steps:
        moment = dt.datetime.combine(day, dt.time(9))
        rows.append({"opportunity_id": key, "changed_at": moment, "from_stage": before or None, "to_stage": stage})
        before = stage
    return rows


def prepared(engagement):
    """Eight deals that spent 1 to 8 days in discovery, then three open ones there for 7, 8 and 30 days."""
    for order, stage in enumerate(("Discovery", "Trial")):
        engagement.records.save(Stage(stage=stage, order=order), stage, effective=dt.date(1900, 1, 1))
    seat(engagement, Seat(person="Ann", team="Field"), Seat(person="Bo", team="Inside"))
    deals, steps = [], []
    for days in range(1, 9):
        key, opened = f"old{days}", D(2024, 1, 1)
        left = opened + dt.timedelta(days=days)
        deals.append(won("Ann", D(2024, 3, 1)) | {"opportunity_id": key, "opened_on": opened})
        steps += moves(key, ("Discovery", opened), ("Trial", left))
    for key, seller, days, amount in (("new", "Ann", 7, 10.0), ("edge", "Ann", 8, 20.0), ("stuck", "Bo", 30, None)):
        opened = AS_OF - dt.timedelta(days=days)
        deals.append(deal(seller, opened, amount=amount) | {"opportunity_id": key, "stage": "Discovery"})
        steps += moves(key, ("Discovery", opened))
    write(engagement, "opportunities", deals)
    write(engagement, "stage_changes", [{"change_id": str(n)} | step for n, step in enumerate(steps)])
    return engagement


def test_a_deal_is_stuck_when_it_is_older_in_its_stage_than_the_85th_percentile_of_finished_visits(engagement):
    made = prepared(engagement)
    found = pipeline_review.stuck(made, as_of=AS_OF)
    # 1 to 8 days: rank 0.85 x 7 = 5.95, so 6 + 0.95 x 1 = 6.95 days.
    assert [(row.deal, row.days, round(row.usual, 2)) for row in found] == [
        ("edge", 8, 6.95),
        ("new", 7, 6.95),
        ("stuck", 30, 6.95),
    ]
    table = measures.measure_table(made, "stuck_deals", by="organisation", every="month", as_of=AS_OF)
    assert table["value"].iloc[-1] == len(found)


def test_silence_is_counted_from_the_last_logged_activity_and_unknown_without_one(engagement):
    made = prepared(engagement)
    call = {"seller": "Bo", "type": "call", "at": dt.datetime(2024, 6, 20, 9), "opportunity_id": "stuck"}
    write(made, "activities", [call])
    silent = {row.deal: row.silent for row in pipeline_review.stuck(made, as_of=AS_OF)}
    assert silent == {"edge": None, "new": None, "stuck": 10}


def test_moves_count_in_each_direction_and_the_lost_ones_too(engagement):
    made = prepared(engagement)
    steps = moves("a", ("Discovery", D(2024, 5, 1)), ("Trial", D(2024, 6, 25)), ("Discovery", D(2024, 6, 27)))
    deals = [
        deal("Ann", D(2024, 5, 1)) | {"opportunity_id": "a"},
        won("Ann", D(2024, 6, 26)) | {"opportunity_id": "b"},
        lost("Bo", D(2024, 6, 30)) | {"opportunity_id": "c"},
        lost("Bo", D(2024, 6, 23)) | {"opportunity_id": "too early"},
    ]
    write(made, "opportunities", deals)
    write(made, "stage_changes", [{"change_id": str(n)} | step for n, step in enumerate(steps)])
    found = pipeline_review.moved(made, since=D(2024, 6, 24), as_of=AS_OF)
    assert [(move.deal, move.direction) for move in found] == [
        ("a", "forward"),
        ("b", "won"),
        ("a", "back"),
        ("c", "lost"),
    ]
    review = pipeline.review(made, as_of=AS_OF)
    assert review["Field"]["moves"] == {"forward": 1, "back": 1, "won": 1, "lost": 0}
    assert review["Inside"]["moves"] == {"forward": 0, "back": 0, "won": 0, "lost": 1}


def test_each_team_has_its_own_stuck_deals_and_no_seller_is_named(engagement):
    review = pipeline.review(prepared(engagement), as_of=AS_OF)
    assert (review["Field"]["stuck"], review["Field"]["worth"]) == (2, 30.0)
    assert (review["Inside"]["stuck"], review["Inside"]["worth"]) == (1, None)
    assert "Ann" not in str(review["Field"]["deals"])


def test_without_stage_history_stuck_deals_say_why_and_are_not_zero(engagement):
    seat(engagement, Seat(person="Ann", team="Field"))
    write(engagement, "opportunities", [deal("Ann", D(2024, 6, 1))])
    assert pipeline.review(engagement, as_of=AS_OF)["Field"]["why_not"]
