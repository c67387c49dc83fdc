"""The data gate: whether the data reach the report date; where they do not, nothing is claimed."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from ..engagement import Engagement
from ..errors import NothingImported
from ..numbers import counted, spoken_day

DAYS_BEHIND_ALLOWED = 14
"""Data that end more than two weeks before the report date cannot speak of its latest week: nothing is claimed."""


def check(engagement: Engagement, *, as_of: dt.date) -> dict[str, Any]:
    """Whether the data reach the report date, to which day, with how many rows, and what is known of them.

    `restated` says what imports since the run of the report date before this one said otherwise about the past; it is
    among the notes too. Without an earlier run nothing was said yet that could be restated.
    """
    from ..crm import coverage, engines, measures

    last = engines.last_day(engagement)
    try:
        known = coverage.coverage(engagement, as_of=as_of).facts
        notes = measures.data_notes(engagement, as_of=as_of)
    except NothingImported:
        last = None
    if last is None:
        says = f"There are no CRM data up to {spoken_day(as_of)}. Nothing is claimed."
        nothing: dict[str, Any] = {"rows": [], "notes": [], "restated": []}
        return {"passes": False, "fresh_to": None, "days_behind": None, "says": says, **nothing}
    rows = [{"table": table, "rows": known[table]} for table in sorted(engines.DAYS) if known.get(table)]
    fresh_to = min(last, as_of)
    behind = (as_of - fresh_to).days
    passes = behind <= DAYS_BEHIND_ALLOWED
    if passes:
        says = f"Data up to {spoken_day(fresh_to)}" + (f", {counted(behind, 'day')} behind." if behind else ".")
    else:
        says = f"The data end on {spoken_day(fresh_to)}; the report date is {spoken_day(as_of)}. Nothing is claimed."
    restated = _restated(engagement, as_of=as_of)
    return {
        "passes": passes,
        "fresh_to": fresh_to.isoformat(),
        "days_behind": behind,
        "says": says,
        "rows": rows,
        "notes": [*restated, *(note for note in notes if not note.startswith("The data end on"))],
        "restated": restated,
    }


def _restated(engagement: Engagement, *, as_of: dt.date) -> list[str]:
    """What was said otherwise about the past since the last report before this one."""
    from ..crm.sources import history

    told = _last_run(engagement, before=as_of)
    if told is None:
        return []
    report, started = told
    opening = f"Said otherwise since the report of {spoken_day(report)}"
    return [f"{opening}: {sentence}" for sentence in history.told(engagement, since=started)]


def _last_run(engagement: Engagement, *, before: dt.date) -> tuple[dt.date, dt.datetime] | None:
    """Report date and beginning of the last run with an earlier report date, so that a run done again says the same."""
    found = []
    for file in engagement.run_folder("").glob("*/manifest.json"):
        try:
            manifest = json.loads(file.read_text(encoding="utf-8"))
            report, started = dt.date.fromisoformat(manifest["as_of"]), dt.datetime.fromisoformat(manifest["started"])
        except (OSError, ValueError, KeyError, TypeError):
            continue  # a run that did not end, or whose manifest somebody wrote into, is no run to compare with
        if report < before:
            found.append((report, started))
    return max(found, default=None)
