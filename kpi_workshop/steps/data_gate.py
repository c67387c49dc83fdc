"""The data gate: whether the data reach the report date; where they do not, nothing is claimed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from ..engagement import Engagement
from ..errors import NothingImported
from ..numbers import counted, spoken_day

DAYS_BEHIND_ALLOWED = 14
"""Data that end more than two weeks before the report date cannot speak of its latest week: nothing is claimed."""


def check(engagement: Engagement, *, as_of: dt.date, before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Whether the data reach the report date, to which day, with how many rows, and what is known of them.

    `before` are the facts of the report before. `restated` says what imports after the one it rests on (`import`) said
    otherwise about the past; it is among the notes too. Without such a report nothing was said that could be restated.
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
        nothing: dict[str, Any] = {"import": 0, "rows": [], "notes": [], "restated": []}
        return {"passes": False, "fresh_to": None, "days_behind": None, "says": says, **nothing}
    rows = [{"table": table, "rows": known[table]} for table in sorted(engines.DAYS) if known.get(table)]
    fresh_to = min(last, as_of)
    behind = (as_of - fresh_to).days
    passes = behind <= DAYS_BEHIND_ALLOWED
    if passes:
        says = f"Data up to {spoken_day(fresh_to)}" + (f", {counted(behind, 'day')} behind." if behind else ".")
    else:
        says = f"The data end on {spoken_day(fresh_to)}; the report date is {spoken_day(as_of)}. Nothing is claimed."
    restated = _restated(engagement, before)
    return {
        "passes": passes,
        "fresh_to": fresh_to.isoformat(),
        "days_behind": behind,
        "says": says,
        "import": engines.import_number(engagement),
        "rows": rows,
        "notes": [*restated, *(note for note in notes if not note.startswith("The data end on"))],
        "restated": restated,
    }


def _restated(engagement: Engagement, before: Mapping[str, Any] | None) -> list[str]:
    """What was said otherwise about the past since the report before."""
    from ..crm.sources import history

    rests_on = before["gate"]["import"] if before else 0
    done = {version.record.number: version.at for version in history.imports(engagement)}
    if before is None or rests_on not in done:
        return []
    opening = f"Said otherwise since the report of {spoken_day(dt.date.fromisoformat(before['as_of']))}"
    return [f"{opening}: {sentence}" for sentence in history.told(engagement, since=done[rests_on])]
