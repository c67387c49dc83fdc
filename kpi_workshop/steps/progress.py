"""What the rollout shows of one team: each measure's latest value, target, baseline and the weeks behind them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
from collections.abc import Iterable
from typing import Any

from .. import catalogue
from ..engagement import Engagement
from ..errors import NotComputable
from ..evidence import readings
from ..evidence.readings import Period
from ..kinds import Charter, CharterLine, Rollout, Target
from ..numbers import spoken_period

WEEKS, MONTHS, QUARTERS = 6, 12, 4
"""How much history stands beside each number: six weeks, twelve months, four quarters."""

EVERY = {"weekly": "week", "monthly": "month", "quarterly": "quarter"}
POOLED = ("ratio", "attainment", "attainment_share")
"""Shapes that over several weeks are a ratio of sums, never a mean of ratios."""

PER_SELLER = ("quota_attainment_share",)
"""Measures that count sellers: in a group under the smallest size they would tell on each of them."""

_IN_ORDER = (
    "deals_closed", "revenue", "win_rate", "average_deal_size", "sales_cycle_length", "open_deals", "open_pipeline",
    "quota_attainment", "median_deal_size", "median_sales_cycle_length", "close_rate", "sales_growth",
    "quota_attainment_share",
)  # fmt: skip


class Panel:
    """The measures of an engagement by team, each read once however many teams ask for it."""

    def __init__(self, engagement: Engagement, *, as_of: dt.date, fresh_to: dt.date | None) -> None:
        self.engagement = engagement
        self.as_of = as_of
        self.fresh_to = fresh_to
        self._units: dict[str, str] = {}
        self._read: dict[tuple[str, str], dict[str, list[Period]]] = {}
        self._refused = ""

    @functools.cached_property
    def reasons(self) -> dict[str, str]:
        """Each measure that has a formula, with "" where the data can give it, else the reason why not."""
        from ..crm import measures

        return measures.availability(self.engagement, as_of=self.as_of)

    def why_not(self, measure: str) -> str:
        """Why a measure is not computable here; "" where it is."""
        if measure in self.reasons:
            return self.reasons[measure]
        found = catalogue.find(measure)
        if found is None:
            return f"'{measure}' is a measure of your own; it has no formula yet."
        return found.not_from_crm or f"'{found.name}' has no formula yet."

    def rows(self, measure: str, every: str, team: str) -> list[Period]:
        """A team's periods of a measure, oldest first."""
        if (measure, every) not in self._read:
            self._read[measure, every] = self._by_team(measure, every)
        return self._read[measure, every].get(team, [])

    def over(self, measure: str, team: str, first: dt.date, last: dt.date) -> float | None:
        """A team's value of a measure over some days as one period, as it was known on the last of them."""
        from ..crm import measures

        table = measures.measure_table(self.engagement, measure, by="team", every="all", as_of=last, since=first)
        rows = readings.periods(table[table["by"] == team], as_of=last)
        return rows[0].value if rows else None

    def absent(self, team: str) -> str:
        """Why a computable measure has no row for a team."""
        return self._refused or f"nobody has had a seat in {team} yet"

    def unit(self, measure: str) -> str:
        """The unit of a measure's values."""
        found = catalogue.find(measure)
        return self._units.get(measure) or (found.unit if found else "")

    def _by_team(self, measure: str, every: str) -> dict[str, list[Period]]:
        from ..crm import measures

        try:
            table = measures.measure_table(self.engagement, measure, by="team", every=every, as_of=self.as_of)
        except NotComputable as refused:
            self._refused = str(refused)
            return {}
        if len(table):
            unit = str(table["unit"].iloc[0])
            self._units[measure] = "money" if unit == self.engagement.settings.currency else unit
        whole = every == "all"
        teams = {}
        for team, rows in table.groupby("by", sort=False):
            read = readings.periods(rows, as_of=self.as_of, fresh_to=None if whole else self.fresh_to)
            teams[str(team)] = [self._suppressed(row) for row in read] if measure in PER_SELLER else read
        return teams

    def _suppressed(self, row: Period) -> Period:
        least = self.engagement.settings.smallest_group
        if row.value is None or (row.denominator or 0) >= least:
            return row
        note = f"fewer than {least} sellers with a quota: too few to show"
        return dataclasses.replace(row, value=None, numerator=None, denominator=None, note=note)


def reading(
    panel: Panel, team: str, line: CharterLine, *, rollout: Rollout | None, targets: Iterable[Target]
) -> dict[str, Any]:
    """One line of a charter as the report shows it: latest finished period, target, baseline, weeks and months."""
    measure = catalogue.id_of(line.measure)
    every = EVERY[line.review]
    shown = _described(panel, measure) | {
        "label": line.label,
        "sentence": line.sentence or _described(panel, measure)["sentence"],
        "moves": [catalogue.name_of(moved) for moved in line.moves],
        "every": every,
        "latest": None, "target": line.target, "pace": None, "baseline": None, "meets": None,
        "weeks": [], "months": [],
    }  # fmt: skip
    if shown["why_not"]:
        return shown
    rows = panel.rows(measure, every, team)
    if not rows:
        return shown | {"why_not": panel.absent(team)}
    shown["unit"] = panel.unit(measure)
    latest = readings.latest_finished(rows)
    target, pace = _target(panel, team, measure, latest, targets)
    wanted = line.target if target is None else target
    return shown | {
        "latest": _period(panel, latest, every) if latest else None,
        "target": wanted,
        "pace": pace,
        "baseline": _baseline(panel, team, measure, every, rollout, line),
        "meets": readings.meets(latest.value if latest else None, wanted, shown["better"]),
        "weeks": [_period(panel, row, "week") for row in _strip(panel, team, measure, "week", WEEKS)],
        "months": [_period(panel, row, "month") for row in _strip(panel, team, measure, "month", MONTHS)],
    }


def mean_of_days(panel: Panel, team: str, line: CharterLine, *, first: dt.date, last: dt.date) -> float | None:
    """A line's mean over some days by the definition of the rollout's baseline, for a charter; None without one."""
    measure = catalogue.id_of(line.measure)
    if panel.why_not(measure):
        return None
    days = Rollout(team=team, baseline_from=first, baseline_to=last)
    found = _baseline(panel, team, measure, EVERY[line.review], days, line)
    return found["value"] if found else None


def overview(panel: Panel, team: str) -> list[dict[str, Any]]:
    """Every measure the data can give for a team, by quarter and month: what is shown before there is a charter."""
    known = [measure for measure, why_not in panel.reasons.items() if not why_not]
    ordered = [m for m in _IN_ORDER if m in known] + [m for m in known if m not in _IN_ORDER]
    shown = []
    for measure in ordered:
        quarters = panel.rows(measure, "quarter", team)
        if any(row.value is not None for row in quarters):
            shown.append(
                _described(panel, measure)
                | {
                    "every": "quarter",
                    "quarters": [_period(panel, r, "quarter") for r in readings.strip(quarters, most=QUARTERS)],
                    "months": [_period(panel, r, "month") for r in _strip(panel, team, measure, "month", MONTHS)],
                }
            )
    return shown


def latest_month(panel: Panel, team: str, measure: str) -> dict[str, Any] | None:
    """A measure in its last finished month: measure, name, unit, value, numerator, denominator, says; None without."""
    if panel.why_not(measure):
        return None
    latest = readings.latest_finished(panel.rows(measure, "month", team))
    if latest is None or latest.value is None:
        return None
    return {"measure": measure, "name": catalogue.name_of(measure), "unit": panel.unit(measure)} | _period(
        panel, latest, "month"
    )


def guardrails(panel: Panel, team: str, charter: Charter, *, rollout: Rollout | None) -> list[dict[str, Any]]:
    """The counter-measures of a charter's lines, each with its value and baseline, and the line it guards."""
    shown: dict[str, dict[str, Any]] = {}
    for line in charter.lines:
        if line.guardrail:
            measure = catalogue.id_of(line.guardrail)
            if measure not in shown:
                asked = CharterLine(measure=measure, label="metric", review=line.review)
                shown[measure] = reading(panel, team, asked, rollout=rollout, targets=()) | {"guards": []}
            shown[measure]["guards"].append(catalogue.name_of(line.measure))
    return list(shown.values())


def charter_pairs(charter: Charter | None) -> list[tuple[str, str]]:
    """Each activity of a charter with each metric it should move, as measure ids, in the charter's order."""
    lines = charter.lines if charter else ()
    activities = [line for line in lines if line.label == "activity"]
    return list(
        dict.fromkeys(
            (catalogue.id_of(line.measure), catalogue.id_of(moved)) for line in activities for moved in line.moves
        )
    )


def _described(panel: Panel, measure: str) -> dict[str, Any]:
    found = catalogue.find(measure)
    return {
        "measure": measure,
        "name": catalogue.name_of(measure),
        "unit": panel.unit(measure),
        "better": found.better if found else "higher",
        "sentence": found.sentence if found else "",
        "formula": found.formula if found else "",
        "shape": _shape(measure),
        "why_not": panel.why_not(measure),
    }


def _strip(panel: Panel, team: str, measure: str, every: str, most: int) -> list[Period]:
    return readings.strip(panel.rows(measure, every, team), most=most)


def _period(panel: Panel, row: Period, every: str) -> dict[str, Any]:
    starts = panel.engagement.settings.calendar.fiscal_year_starts
    return {
        "start": row.start.isoformat(),
        "end": row.end.isoformat(),
        "says": spoken_period(row.start, row.end, every=every, fiscal_year_starts=starts),
        "value": row.value,
        "numerator": row.numerator,
        "denominator": row.denominator,
        "note": row.note,
        "finished": row.finished,
    }


def _shape(measure: str) -> str:
    """How a measure behaves over time: "sum" adds up, "snapshot" is a level, "ratio" pools, and so on; "" unknown."""
    from ..crm import formulas

    found = formulas.FORMULAS.get(measure)
    return found.shape if found else ""


def _baseline(
    panel: Panel, team: str, measure: str, every: str, rollout: Rollout | None, line: CharterLine
) -> dict[str, Any] | None:
    if rollout is None:
        if line.baseline is None:
            return None
        return {"value": line.baseline, "low": None, "high": None, "periods": 0, "from": "charter"}
    first, last = rollout.baseline_from, rollout.baseline_to
    weeks = readings.within(panel.rows(measure, "week", team), first, last)
    mean = readings.baseline(weeks, pooled=_shape(measure) in POOLED)
    if mean is None:
        return None
    value, low, high, periods = mean.value, mean.low, mean.high, mean.periods
    if _shape(measure) == "median":
        # The median of all deals of these weeks, not the mean of weekly medians.
        value = panel.over(measure, team, first, last) or value
    if every != "week":
        # A month or a quarter rarely fits into the baseline's weeks; flows are scaled to its length, no band is shown.
        days = {"month": 365.25 / 12, "quarter": 365.25 / 4}[every]
        value = value * days / 7 if _shape(measure) == "sum" else value
        low = high = None
    return {"value": value, "low": low, "high": high, "periods": periods, "from": "weeks"}


def _target(
    panel: Panel, team: str, measure: str, latest: Period | None, targets: Iterable[Target]
) -> tuple[float | None, dict[str, Any] | None]:
    """The target of the latest period itself, and the pace towards one that runs over a longer time.

    A longer target of an additive measure is never split into weeks; one of a ratio holds in each of its weeks.
    """
    mine = [target for target in targets if target.measure == measure]
    exact = [t for t in mine if latest and (t.period_from, t.period_to) == (latest.start, latest.end)]
    running = [t for t in mine if t.period_from <= panel.as_of <= t.period_to and t not in exact]
    value = exact[-1].value if exact else None
    if value is None and running and _shape(measure) != "sum":
        return running[-1].value, None
    return value, _pace(panel, team, measure, running[-1]) if running else None


def _pace(panel: Panel, team: str, measure: str, target: Target) -> dict[str, Any] | None:
    """How far a team is towards a target of several weeks or months, and how much of the time is gone."""
    if _shape(measure) != "sum":
        return None
    months = [row for row in panel.rows(measure, "month", team) if row.start >= target.period_from]
    if not months or months[0].start != target.period_from:
        return None
    so_far = sum(row.value or 0 for row in months)
    days = (target.period_to - target.period_from).days + 1
    return {
        "target": target.value,
        "so_far": so_far,
        "gone": ((panel.as_of - target.period_from).days + 1) / days,
        "from": target.period_from.isoformat(),
        "to": target.period_to.isoformat(),
    }
