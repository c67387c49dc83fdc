"""What comes with the package: notebooks, templates, the catalogue and the demo data."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """The bundled folder `notebooks`, `templates` or `data`: in a wheel inside the package, in a checkout beside it."""
    for place in (_PACKAGE / "bundled" / name, _PACKAGE.parent / name):
        if place.is_dir():
            return place
    raise FileNotFoundError(f"This installation lacks its folder '{name}': install kpi-workshop again.")
