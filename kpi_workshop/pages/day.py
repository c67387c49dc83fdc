"""The facts of the open engagement's day, computed once for all cells that show something of them."""

from __future__ import annotations

from typing import Any

from ..crm import engines
from ..steps import facts as everything
from .workshop import Workshop

_last: dict[tuple[Any, ...], dict[str, Any]] = {}


def facts(here: Workshop) -> dict[str, Any]:
    """The facts, computed anew only where records, settings, data or the day have changed since the last call."""
    engagement = here.engagement
    state = (engagement.records.fingerprint(as_of=here.as_of), engines.stamp(engagement), engagement.settings)
    key = (engagement.folder, here.as_of, *state)
    if key not in _last:
        _last.clear()
        _last[key] = everything.facts(engagement, as_of=here.as_of)
    return _last[key]
