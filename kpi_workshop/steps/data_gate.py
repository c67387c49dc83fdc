"""The data gate: whether the data reach the report date; where they do not, nothing is claimed."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ..engagement import Engagement
from ..errors import NothingImported
from ..numbers import counted, spoken_day

DAYS_BEHIND_ALLOWED = 14
"""Data that end more than two weeks before the report date cannot speak of its latest week: nothing is claimed."""


def check(engagement: Engagement, *, as_of: dt.date) -> dict[str, Any]:
    """Whether the data reach the report date, to which day, with how many rows, and what is known of them."""
    from ..crm import coverage, engines, measures

    last = engines.last_day(engagement)
    try:
        known = coverage.coverage(engagement, as_of=as_of).facts
        notes = measures.data_notes(engagement, as_of=as_of)
    except NothingImported:
        last = None
    if last is None:
        says = f"There are no CRM data up to {spoken_day(as_of)}. Nothing is claimed."
        return {"passes": False, "fresh_to": None, "days_behind": None, "says": says, "rows": [], "notes": []}
    rows = [{"table": table, "rows": known[table]} for table in sorted(engines.DAYS) if known.get(table)]
    fresh_to = min(last, as_of)
    behind = (as_of - fresh_to).days
    passes = behind <= DAYS_BEHIND_ALLOWED
    if passes:
        says = f"Data up to {spoken_day(fresh_to)}" + (f", {counted(behind, 'day')} behind." if behind else ".")
    else:
        says = f"The data end on {spoken_day(fresh_to)}; the report date is {spoken_day(as_of)}. Nothing is claimed."
    return {
        "passes": passes,
        "fresh_to": fresh_to.isoformat(),
        "days_behind": behind,
        "says": says,
        "rows": rows,
        "notes": [note for note in notes if not note.startswith("The data end on")],
    }
