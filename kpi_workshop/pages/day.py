"""The facts of the open engagement's day, worked out once for all cells, and again only where something changed."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
from pathlib import Path
from typing import Any

from .. import brand
from ..crm import compiled, engines
from ..kinds import Pulse
from ..steps import facts as everything
from ..steps import past_reports
from .workshop import Workshop

_last: dict[str, dict[str, Any]] = {}


def facts(here: Workshop) -> dict[str, Any]:
    """The facts, taken from memory or from the cache where records, check-ins, settings, data, day and code are same.

    What lies in an engine elsewhere may change without a sign: then nothing is kept on disk.
    """
    key = _state(here)
    if key in _last:
        return _last[key]
    file = here.engagement.cache / "facts" / _code() / f"{key}.json"
    found: dict[str, Any] | None = None
    elsewhere = here.engagement.settings.engine.is_elsewhere
    if not elsewhere:
        with contextlib.suppress(OSError, ValueError):
            found = json.loads(file.read_text(encoding="utf-8"))
    if found is None:
        made = json.dumps(everything.facts(here.engagement, as_of=here.as_of))
        found = json.loads(made)
        if not elsewhere and key == _state(here):
            with contextlib.suppress(OSError):
                compiled.keep(file, made)
    _last.clear()
    _last[key] = found
    return found


def _state(here: Workshop) -> str:
    """All that the facts depend on, as a digest."""
    engagement = here.engagement
    before = past_reports.last_before(engagement, day=here.as_of)
    parts = (
        str(engagement.folder),
        here.as_of.isoformat(),
        engagement.records.fingerprint(as_of=here.as_of),
        engagement.private.state(Pulse),
        engines.stamp(engagement),
        engagement.settings.model_dump_json(),
        brand.stamp(engagement.settings.brand, engagement.folder),
        before["run"] if before else "",
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


@functools.cache
def _code() -> str:
    """A digest of everything that facts come from."""
    digest = hashlib.sha256(compiled.code().encode())
    here = Path(__file__).parents[1]
    for room in ("steps", "evidence", "kinds", "."):
        for file in sorted((here / room).glob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
