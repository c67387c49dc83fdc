"""What the numbers can and cannot show: statistics on plain panels that know no CRM and no engagement."""

from __future__ import annotations

from typing import Any

__all__ = ["analyse"]


def __getattr__(name: str) -> Any:
    """`analyse` is imported at its first use, so that light commands do not pay for the statistics."""
    if name == "analyse":
        from .analysis import analyse

        return analyse
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
