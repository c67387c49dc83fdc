"""What the numbers can and cannot show: statistics on plain panels that know no CRM and no engagement."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_ROOMS = {"analyse": "analysis", "event_study": "since_start"}
__all__ = ["analyse", "event_study"]


def __getattr__(name: str) -> Any:
    """Each is imported at its first use, so that light commands do not pay for the statistics."""
    if name in _ROOMS:
        return getattr(import_module(f".{_ROOMS[name]}", __name__), name)
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
