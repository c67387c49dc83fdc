"""Facts of a report as plain values, small enough to be read: what the tests of pages, editions and formats share."""

from __future__ import annotations

import datetime as dt


def period(start: str, end: str, says: str, value: float | None, *, finished: bool = True, note: str = "") -> dict:
    return {
        "start": start, "end": end, "says": says, "value": value, "numerator": value, "denominator": None,
        "note": note, "finished": finished,
    }  # fmt: skip


def weeks(*values: float | None) -> list[dict]:
    days = [dt.date(2024, 3, 25) + dt.timedelta(weeks=n) for n in range(len(values))]
    return [
        period(
            d.isoformat(), (d + dt.timedelta(days=6)).isoformat(), f"week to {d + dt.timedelta(days=6)}", value,
            finished=n < len(values) - 1,
        )
        for n, (d, value) in enumerate(zip(days, values, strict=True))
    ]  # fmt: skip


def line(measure: str, name: str, **more: object) -> dict:
    given = weeks(3, 3, 4, 3, 3, 2, 1)
    return {
        "measure": measure, "name": name, "unit": "count", "better": "higher", "shape": "sum", "why_not": "",
        "sentence": f"What {name} counts.", "formula": "number of things", "label": "activity", "moves": [],
        "every": "week", "latest": given[-2], "target": 3.0, "pace": None, "meets": False,
        "baseline": {"value": 2.5, "low": 1, "high": 4, "periods": 6, "from": "weeks"},
        "weeks": given, "months": [period("2024-04-01", "2024-04-30", "April 2024", 12)],
        "owner": "", "behaviour": None, "due": True,
    } | more  # fmt: skip


def behaviour(word: str, *values: float, **more: object) -> dict:
    rows = [row | {"flag": 0, "word": word} for row in weeks(*values)]
    return {
        "rules": "NHS Making Data Count", "from": "2024-02-19", "to": "2024-03-31", "low": -1.0, "mean": 2.5,
        "high": 6.0, "points": 12, "weeks": rows, "word": word, "since": rows[0]["start"],
        "will_meet": {"word": "sometimes", "since": "baseline", "periods": 12, "met": 5, "trial": False},
        "notes": [],
    } | more  # fmt: skip


def effect(estimate: float | None, low: float | None, high: float | None, *, claimed: bool = False) -> dict:
    p = None if estimate is None else 0.001 if claimed else 0.3
    return {"estimate": estimate, "low": low, "high": high, "p": p, "claimed": claimed}


def span(first: int, estimate: float) -> dict:
    return {
        "first": first, "last": first + 3, "estimate": estimate, "low": estimate - 0.2, "high": estimate + 0.2,
        "teams": 2,
    }  # fmt: skip


def lead(**more: object) -> dict:
    return {
        "leads": True, "doubt": "", "lag_weeks": 3, "elasticity": 0.46, "low": 0.35, "high": 0.57, "p": 0.001,
        "placebo_p": 0.4, "q": 0.002,
    } | more  # fmt: skip


def evidence(verdict: str | None, **more: object) -> dict:
    return {
        "verdict": verdict, "reason": "The activity was adopted.", "next_look": 12, "looks": [8, 12], "spent": 1,
        "dwell": 8, "worthwhile": 0.05, "teams": ["Field Sales", "Inside Sales"],
        "design": {"started": 2, "waves": 2, "waiting": 2, "grade": "high", "refused": ""},
        "adoption": effect(0.304, 0.154, 0.439, claimed=True), "effect": effect(0.136, -0.021, 0.295),
        "lead": lead(), "middle": effect(None, None, None), "middle_metric": effect(None, None, None),
        "since_start": {"metric": [span(-4, 0.02), span(0, 0.11)], "activity": []},
        "orders": {"activity": None, "metric": None}, "next_look_on": "2024-06-24",
    } | more  # fmt: skip


def team(name: str, **more: object) -> dict:
    return {
        "team": name, "takeaway": f"{name} reached its activity target", "sellers": 9,
        "charter": {"version": "1.0", "dated": "2024-03-20", "status": "ready"}, "planned": True,
        "starts_on": "2024-04-01", "week": 6, "baseline": {"from": "2024-02-19", "to": "2024-03-31"},
        "activities": [line("meetings_held", "Meetings held", moves=["Win rate"])],
        "metrics": [
            line("win_rate", "Win rate", unit="share", shape="ratio", latest=None, why_not="no deal was closed")
        ],
        "signals": [], "guardrails": [], "measures": [], "not_computable": [],
        "pairs": [{
            "activity": "meetings_held", "metric": "win_rate", "says": "Meetings held → Win rate", "decision": None,
            "decided_on": None, "reason": "", "evidence": None,
        }],
        "exceptions": [], "recognition": [], "pipeline": None, "talks": [], "pulse": [], "changes": [],
        "earliest_review": "2024-06-03",
    } | more  # fmt: skip


def without_charter(name: str) -> dict:
    quarters = [
        period("2024-01-01", "2024-03-31", "Q1 2024", 348_000, note="incomplete: earlier deals are not in the data"),
        period("2024-04-01", "2024-06-30", "Q2 2024", 1_049_000),
    ]
    revenue = line("revenue", "Revenue", unit="money", every="quarter", quarters=quarters)
    reasons = [{"name": n, "says": "no activities are in the data"} for n in ("Calls made", "Emails sent")]
    return team(
        name, charter=None, planned=False, starts_on=None, week=None, baseline=None, earliest_review=None,
        activities=[], metrics=[], pairs=[], measures=[revenue], not_computable=reasons,
    )  # fmt: skip


def facts(*teams: dict, **more: object) -> dict:
    return {
        "schema": 3, "engagement": "Acme", "demo": False, "currency": "USD", "smallest_group": 3,
        "locale": "", "paper": "A4", "brand": None,
        "calendar": {"week_starts": "monday", "fiscal_year_starts": 1, "time_zone": "UTC"},
        "as_of": "2024-05-08", "run": "0123456789ab",
        "inputs": {"records": "f" * 64},
        "gate": {
            "import": 1, "passes": True, "fresh_to": "2024-05-08", "days_behind": 0, "says": "Data up to 8 May 2024.",
            "rows": [{"table": "opportunities", "rows": 8800}], "notes": ["The first weeks are incomplete."],
        },
        "review_plan": {"looks": [8, 12, 16, 20, 26]}, "teams": list(teams),
        "previous": None, "is_due": True,
    } | more  # fmt: skip
