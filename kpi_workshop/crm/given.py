"""The small tables that formulas are joined to: the calendar, the agreed limits, stages in order, first days."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from ..engagement import Engagement
from . import calendar
from .calendar import Period
from .coverage import Coverage
from .formulas import Formula
from .formulas.base import AGREED, SOON
from .sources import history

if TYPE_CHECKING:
    import pyarrow as pa


def given(
    engagement: Engagement, covered: Coverage, formula: Formula, spine: list[Period], every: str, as_of: dt.date, *,
    undated: bool,
) -> dict[str, pa.Table]:  # fmt: skip
    """The tables by the names under which the expressions of this formula ask for them.

    `undated`: what has no day counts where everything is one period.
    """
    import pyarrow as pa

    facts = {fact for fact, _ in formula.needs}
    tables: dict[str, Any] = {"terms": _terms(engagement, as_of)}
    if facts & {"staged", "judged_stages"}:
        tables["stages"] = _table(
            stage=pa.array([name for name, _ in covered.stages], pa.string()),
            place=pa.array([place for _, place in covered.stages], pa.int64()),
        )
    if "checklists" in facts:
        tables["checklists"] = _table(
            stage=pa.array([stage for stage, _ in covered.checklists], pa.string()),
            topic=pa.array([topic for _, topic in covered.checklists], pa.string()),
        )
    if "starts" in facts:
        tables["starts"] = _table(
            seller=pa.array([person for person, _ in covered.starts], pa.string()),
            day=_days([day for _, day in covered.starts]),
        )
    if formula.table == "activities" and (reach := covered.reached("activities")):
        tables["horizon"] = _horizon(engagement, reach[0], as_of)
    if formula.table == "pushes":
        tables["pushes"] = pushed(engagement, as_of=as_of)
    if formula.at_end:
        tables["ends"] = _ends(spine, as_of)
        tables["period_ends"] = _table(
            period_start=_days([period.start for period in spine]), period_end=_days([period.end for period in spine])
        )
    elif every == "all":
        tables["span"] = _table(
            period_start=_days([spine[0].start]), as_of=_days([as_of]), undated=pa.array([undated])
        )  # fmt: skip
    else:
        tables["days"] = _calendar(engagement, spine, every, as_of)
    return tables


def pushed(engagement: Engagement, *, as_of: dt.date) -> pa.Table:
    """Each push of an expected close as imports showed it: the deal, and the last day of the import that showed it."""
    import pyarrow as pa

    days = {version.at: version.record.last_day for version in history.imports(engagement)}
    found = history.pushed(engagement)
    rows = [(deal, days.get(at)) for deal, at in zip(found["opportunity_id"], found["imported_at"], strict=True)]
    rows = [(deal, day) for deal, day in rows if day and day <= as_of]
    return _table(opportunity_id=pa.array([deal for deal, _ in rows], pa.string()), day=_days([d for _, d in rows]))


def _table(**columns: Any) -> pa.Table:
    import pyarrow as pa

    return pa.table(columns)


def _days(values: list[dt.date | None]) -> Any:
    import pyarrow as pa

    return pa.array(values, pa.date32())


def _terms(engagement: Engagement, as_of: dt.date) -> pa.Table:
    import pyarrow as pa

    limits = engagement.settings.limits
    return _table(as_of=_days([as_of]), **{name: pa.array([getattr(limits, name)], pa.int64()) for name in AGREED})


def _horizon(engagement: Engagement, first: dt.date, as_of: dt.date) -> pa.Table:
    limits = engagement.settings.limits
    every_day = [first + dt.timedelta(days=n) for n in range((as_of - first).days + 1)]
    until = {name: dt.timedelta(days=getattr(limits, f"{name}_days")) for name in SOON}
    ends = {f"{name}_until": _days([day + more for day in every_day]) for name, more in until.items()}
    return _table(day=_days(list(every_day)), **ends)


def _calendar(engagement: Engagement, spine: list[Period], every: str, as_of: dt.date) -> pa.Table:
    import pyarrow as pa

    frame = calendar.days(engagement.settings.calendar, spine[0].start, as_of)
    start = pa.array(frame[f"{every}_start"]).cast(pa.timestamp("s")).cast(pa.date32())
    day = pa.array(frame["day"]).cast(pa.timestamp("s")).cast(pa.date32())
    return _table(day=day, period_start=start, as_of=_days([as_of] * len(frame)))


def _ends(spine: list[Period], as_of: dt.date) -> pa.Table:
    import pyarrow as pa

    last_days = [min(period.end, as_of) for period in spine]
    return _table(
        period_start=_days([period.start for period in spine]),
        snapshot_on=_days(list(last_days)),
        first_on=_days([period.start for period in spine]),
        year_ago=_days([_a_year_before(day) for day in last_days]),
        is_last=pa.array([day == as_of for day in last_days]),
    )


def _a_year_before(day: dt.date) -> dt.date:
    """The same day of the year before; 28 February for a leap day."""
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)
